// SPDX-License-Identifier: Apache-2.0
// A report in headless Chromium: node page.mjs FILE. Prints one JSON object of
// what was seen; conform_report.py judges it.
import { pathToFileURL } from "node:url";
const puppeteer = (await import(pathToFileURL(process.env.REPORT_MODULES +
  "/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js"))).default;

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu"] });
const seen = { errors: [], requests: [], contrast: [], overflow: {}, focus: [] };

// Text whose contrast with what is behind it is below WCAG AA.
function weak() {
  const parse = (c) => { const n = c.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((a, v, i) => a + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; }
    return [255, 255, 255, 1]; };
  const bad = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(e.tagName) || !e.checkVisibility() || e.closest("noscript")) continue;
    const s = getComputedStyle(e), [a, b] = [light(parse(s.color)), light(behind(e))].sort((x, y) => y - x);
    const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && +s.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) bad.push(`${n.data.trim().slice(0, 20)} ${ratio.toFixed(2)} ${e.className}`);
  }
  return bad;
}

async function open(width, scheme, javascript = true) {
  const page = await browser.newPage();
  page.on("console", (m) => { if (m.type() !== "log") seen.errors.push(m.text()); });
  page.on("pageerror", (e) => seen.errors.push(e.message));
  page.on("request", (r) => { if (!/^(file|data):/.test(r.url())) seen.requests.push(r.url()); });
  await page.setJavaScriptEnabled(javascript);
  await page.setViewport({ width, height: 844, isMobile: width < 600, hasTouch: width < 600 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(process.argv[2]).href);
  return page;
}
const visible = (page) => page.evaluate(() => document.body.innerText);

for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"]]) {
  const page = await open(width, scheme);
  for (const lang of ["zh", "en"]) {
    await page.click("#lang-" + lang);
    await page.evaluate(() => { for (const d of document.querySelectorAll("details")) d.open = true; });
    seen.contrast.push(...await page.evaluate(weak));
    seen.overflow[`${width} ${scheme} ${lang}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    seen["text_" + lang] = await visible(page);
    seen["title_" + lang] = await page.title();
  }
  await page.close();
}

// With the keyboard alone: the first stop skips to the content, every stop shows
// where it is, Enter works a button and unfolds a card.
const page = await open(1280, "light");
await page.click("#lang-zh");
await page.reload();
for (let i = 0; i < 400; i++) {
  await page.keyboard.press("Tab");
  const at = await page.evaluate(() => {
    const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
    return e === document.body ? null : { what: e.tagName + (e.id ? "#" + e.id : "") + (e.className ? "." + e.className : ""),
      outline: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2, seen: box.width > 0 && box.height > 0,
      name: (e.getAttribute("aria-label") || e.innerText || "").trim() };
  });
  if (at === null) break;
  seen.focus.push(at);
}
await page.reload();
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
seen.skipped = await page.evaluate(() => location.hash);
await page.focus("#lang-en");
await page.keyboard.press("Enter");
seen.lang = await page.evaluate(() => document.documentElement.lang);
seen.pressed = await page.evaluate(() => [...document.querySelectorAll(".seg")].map((b) => b.getAttribute("aria-pressed")));
const cards = () => page.evaluate(() => [...document.querySelectorAll(".card")].filter((c) => !c.hidden).map((c) => c.dataset.verdict));
seen.cards = await cards();
seen.filters = [];
for (const b of await page.$$(".filter")) {
  await b.focus();
  await page.keyboard.press("Space");
  seen.filters.push([await b.evaluate((e) => e.innerText), await cards()]);
}
const last = await page.$$(".card > summary");
if (last.length > 0) {
  const before = await page.evaluate(() => [...document.querySelectorAll(".card")].map((c) => c.open));
  await (await page.$$(".filter"))[0]?.click();
  await last.at(-1).focus();
  await page.keyboard.press("Enter");
  seen.unfolds = await page.evaluate((b) => [...document.querySelectorAll(".card")].at(-1).open !== b.at(-1), before);
}
seen.markup = await page.evaluate(() => document.querySelectorAll("main b, main i, main script, main img, main a[href^='javascript']").length);
seen.scripts = await page.evaluate(() => document.scripts.length);
seen.ids = await page.evaluate(() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return ids.length - new Set(ids).size; });
seen.rows = await page.evaluate(() => document.querySelectorAll(".record-table tbody tr").length);

const bare = await open(1280, "light", false);
seen.plain = await visible(bare);
await browser.close();
console.log(JSON.stringify(seen));
