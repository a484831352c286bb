
"use strict";
/* SPDX-License-Identifier: Apache-2.0
   The page of a report. Every node is made with createElement and textContent:
   nothing of the data is ever read as markup. Both languages stand in the page;
   the attribute lang of the root hides one of them. */
(function () {
  const read = (id) => JSON.parse(document.getElementById(id).textContent || "null");
  const R = read("data"), PROOF = read("proof") || {};
  const SVG = "http://www.w3.org/2000/svg";
  const requirement = new Map(R.requirements.map((q) => [q.rid, q]));

  const VERDICTS = {
    fail: ["不通过", "fail", "✕"], error: ["工具错误", "error", "⚙"], unstable: ["不稳定", "unstable", "≈"],
    blocked: ["前置失败", "blocked", "⊘"], inconc: ["无法判定", "inconclusive", "?"], warn: ["建议改进", "warning", "!"],
    info: ["观察", "info", "i"], pass: ["通过", "pass", "✓"], not_applicable: ["不适用", "not applicable", "–"],
  };
  const ORDER = Object.keys(VERDICTS);
  const RESULTS = {
    conforms: ["符合", "conforms", "good"], does_not_conform: ["不符合", "does not conform", "bad"],
    consistent: ["一致", "consistent", "good"], inconsistent: ["不一致", "inconsistent", "bad"],
    not_assessed: ["未评定", "not assessed", "none"],
  };
  const OUTCOMES = { met: ["满足", "met", "pass"], not_met: ["不满足", "not met", "fail"], not_assessed: ["未评定", "not assessed", "not_applicable"] };
  const AUTHORITIES = {
    normative: ["标准正文", "normative"], referenced_standard: ["引用标准", "referenced standard"],
    informative: ["资料性", "informative"], profile: ["约定", "profile"], provisional: ["暂定", "provisional"],
  };
  const LEVELS = { "应": "shall", "宜": "should", "可": "may" };
  const PARTS = {
    alert: ["告警信息", "alert"], asset: ["资产信息", "asset"], threat: ["威胁信息", "threat"], behavior: ["行为信息", "behaviour"],
    envelope: ["信封", "envelope"], text: ["文本编码", "text"], set: ["跨记录", "across records"], http: ["HTTP 接口", "HTTP"],
    tls: ["TLS", "TLS"], syslog: ["Syslog", "syslog"], zmq: ["ZeroMQ", "ZeroMQ"], kafka: ["Kafka", "Kafka"],
    function: ["功能接口", "function interface"], interface: ["接口", "interface"], interop: ["互操作", "interoperation"],
    "function-server": ["功能接口：执行方", "function interface: server"], "function-client": ["功能接口：调用方", "function interface: client"],
    "http-client": ["HTTP 发送方", "HTTP client"],
  };
  const ROLES = {
    files: ["文件", "files"], http_server: ["HTTP 接收方", "HTTP server"], http_client: ["HTTP 发送方", "HTTP client"],
    function_server: ["功能接口执行方", "function interface, server"], function_client: ["功能接口调用方", "function interface, client"],
    zmq_pub: ["ZeroMQ 发布方", "ZeroMQ PUB"], zmq_push: ["ZeroMQ 推送方", "ZeroMQ PUSH"], zmq_dealer: ["ZeroMQ 发送方（有确认）", "ZeroMQ DEALER"],
    zmq_sub: ["ZeroMQ 订阅方", "ZeroMQ SUB"], syslog_sender: ["Syslog 发送方", "syslog sender"], syslog_receiver: ["Syslog 接收方", "syslog receiver"],
    kafka_producer: ["Kafka 生产者", "Kafka producer"], kafka_consumer: ["Kafka 消费者", "Kafka consumer"], agent: ["两端", "both ends"], interop: ["互操作", "interoperation"],
  };
  const STEPS = {
    "documents.expect_readable": ["读取全部文档，检查是否为合法 JSON", "read every document as JSON"],
    "records.expect_some": ["查找可识别的记录", "look for records that can be recognised"],
    "records.expect_varied": ["比较各条记录是否不同", "compare the records with each other"],
    "place.expect_seen": ["确认被测位置在样本中出现", "make sure that the place occurs in the samples"],
    "rules.expect_clean": ["按定义文件的规则逐条检查", "check every record with the rules of the definition"],
    "undeclared.expect_none": ["与产品声明比较信息类型", "compare the kinds with the declaration"],
    wait: ["等待", "wait"], set: ["保存一个值", "keep a value"], repeat: ["重复", "repeat"], ask: ["人工步骤", "manual step"],
  };
  /* An operation is family.verb; what has no words of its own keeps its name. */
  const FAMILIES = {
    http: ["HTTP", "HTTP"], serve: ["HTTP 服务端", "HTTP server"], tls: ["TLS", "TLS"], syslog: ["Syslog", "syslog"],
    zmq: ["ZeroMQ", "ZeroMQ"], zmtp: ["ZMTP 字节", "ZMTP octets"], kafka: ["Kafka", "Kafka"], store: ["产品存储", "product's store"],
    product: ["产品", "product"], interop: ["互操作", "interoperation"], command: ["功能接口", "function interface"],
  };
  const VERBS = {
    send: ["发送", "send"], receive: ["接收", "receive"], connect: ["连接", "connect"], listen: ["监听", "listen"], open: ["打开", "open"],
    close: ["关闭", "close"], cut: ["中途切断", "cut off"], accept: ["接受连接", "accept"], greet: ["握手", "greet"], ready: ["握手完成", "ready"],
    publish: ["发布", "publish"], subscribe: ["订阅", "subscribe"], ack: ["确认", "acknowledge"], put: ["写入", "put"], frame: ["发送帧", "send frames"],
    command: ["发送命令", "send a command"], answer: ["应答", "answer"], serve: ["提供服务", "serve"], start: ["启动", "start"], restart: ["重启", "restart"],
    pause: ["停顿", "pause"], fault: ["制造故障", "provoke a fault"], reopen: ["重新打开", "open again"], observe: ["观察", "observe"],
    expect: ["检查结果", "check"], expect_present: ["检查已有", "check presence"], expect_absent: ["检查没有", "check absence"],
    expect_dropped: ["检查未存储", "check that nothing is stored"], expect_stored: ["检查已存储", "check what is stored"],
    expect_refused: ["检查被拒绝", "check the refusal"], expect_denied: ["检查被拒绝", "check the refusal"], expect_repeat: ["检查重发", "check the repeat"],
    expect_no_repeat: ["检查没有重发", "check that nothing repeats"], expect_none: ["检查没有到达", "check that nothing comes"],
    expect_unique: ["检查不重复", "check uniqueness"], expect_pace: ["检查节奏", "check the pace"], expect_closed: ["检查连接关闭", "check the close"],
    expect_greeting: ["检查握手", "check the greeting"], expect_ready: ["检查握手完成", "check the handshake"], expect_wire: ["检查线上字节", "check the octets"],
    expect_subscription: ["检查订阅", "check the subscription"], expect_peer: ["检查对端", "check the peer"], expect_no_peer: ["检查没有对端", "check that no peer comes"],
    expect_requests: ["检查请求", "check the requests"],
  };
  function step(op) {
    if (STEPS[op]) return STEPS[op];
    const [family, verb] = op.split("."), f = FAMILIES[family], v = VERBS[verb];
    return f && v ? [f[0] + "：" + v[0], f[1] + ": " + v[1]] : [op, op];
  }

  /* ---- nodes */
  function el(name, attributes, ...children) {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attributes || {})) {
      if (v === true) e.setAttribute(k, "");
      else if (v !== false && v != null) e.setAttribute(k, v);
    }
    e.append(...children.flat(9).filter((c) => c != null && c !== false));
    return e;
  }
  function svg(name, attributes, ...children) {
    const e = document.createElementNS(SVG, name);
    for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
    e.append(...children);
    return e;
  }
  const both = (zh, en) => [el("span", { lang: "zh" }, zh), el("span", { lang: "en" }, en)];
  const said = (t) => (t ? both(t.zh, t.en) : null);
  const text = (s) => document.createTextNode(s);
  const spoken = []; /* [element, attribute, zh, en], set when the language changes */
  function speak(e, attribute, zh, en) {
    spoken.push([e, attribute, zh, en]);
    return e;
  }
  function badge(v, extra) {
    const [zh, en, symbol] = VERDICTS[v] || [v, v, "?"];
    return el("span", { class: "badge v-" + v }, el("span", { class: "sym", "aria-hidden": "true" }, symbol), both(zh, en), extra);
  }
  const mono = (s) => el("code", {}, s);
  const time = (s) => (s || "").replace("T", " ").replace(/\.\d+/, "");

  /* ---- charts */
  const sum = (n) => ORDER.reduce((a, v) => a + (n[v] || 0), 0);
  const words = (n, k) => ORDER.filter((v) => n[v]).map((v) => VERDICTS[v][k] + " " + n[v]).join(k ? ", " : "，");
  function strip(counts, className) {
    const total = sum(counts) || 1;
    const s = svg("svg", { class: className || "strip", viewBox: "0 0 1000 10", preserveAspectRatio: "none", role: "img" });
    let x = 0;
    for (const v of ["pass", "info", "warn", "inconc", "blocked", "unstable", "fail", "error", "not_applicable"]) {
      if (!counts[v]) continue;
      const width = (counts[v] / total) * 1000;
      s.append(svg("rect", { class: "f-" + v, x: x.toFixed(2), y: 0, width: width.toFixed(2), height: 10 }));
      x += width;
    }
    return speak(s, "aria-label", words(counts, 0) || "无", words(counts, 1) || "none");
  }
  function bars(rows) {
    return el("div", { class: "bars" }, rows.map(([name, counts]) => [
      el("span", {}, name), strip(counts),
      el("span", { class: "n num" }, ["fail", "error"].some((v) => counts[v])
        ? [el("strong", { class: "badge v-fail" }, String((counts.fail || 0) + (counts.error || 0))), " / "] : null, String(sum(counts))),
    ]));
  }
  function grouped(key) {
    const groups = new Map();
    for (const t of R.tests) {
      const keys = new Set((t.verifies.length ? t.verifies : [null]).map((rid) => key(requirement.get(rid))));
      for (const k of keys) {
        if (!groups.has(k)) groups.set(k, {});
        groups.get(k)[t.verdict] = (groups.get(k)[t.verdict] || 0) + 1;
      }
    }
    return [...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }
  function name(k, table) {
    const [zh, en] = table[k] || [k, k];
    return both(zh, en);
  }
  /* Many clauses are first shown by standard. */
  function byClause(clauses, label) {
    const rows = bars(clauses.map(([k, n]) => [label(k), n]));
    if (clauses.length <= 14) return rows;
    const std = grouped((q) => (q ? q.std : "")).map(([k, n]) => [k || label(""), n]);
    return [bars(std), el("details", { class: "more" }, el("summary", {}, both("逐条款", "Clause by clause")), rows)];
  }
  function charts() {
    const parts = grouped((q) => (q ? q.part : ""));
    const clauses = grouped((q) => (q ? q.std + "\t" + (q.clause || "") : ""));
    const none = ["前提与声明", "preconditions"];
    const label = (k) => {
      if (k === "") return both(...none);
      const [std, clause] = k.split("\t");
      return clause ? std + "  " + clause : both(std + " 条款未绑定", std + ", clause not bound");
    };
    return el("section", { "aria-labelledby": "h-charts" },
      head("h-charts", "结论分布", "Where the verdicts lie", "每格是测试数；红色数字是不通过的", "numbers of tests; in red those that failed"),
      el("div", { class: "charts" },
        el("div", { class: "box" }, el("h3", {}, both("按部分", "By part")),
          bars(parts.map(([k, n]) => [k === "" ? both(...none) : name(k, PARTS), n]))),
        el("div", { class: "box" }, el("h3", {}, both("按标准与条款", "By standard and clause")),
          byClause(clauses, label))));
  }
  function head(id, zh, en, hintZh, hintEn) {
    return el("div", { class: "head" }, el("h2", { id }, both(zh, en)), hintZh ? el("span", { class: "hint" }, both(hintZh, hintEn)) : null);
  }

  /* ---- title and tables */
  function pair(zh, en, value) {
    return value == null || value === "" ? null : el("div", {}, el("dt", {}, both(zh, en)), el("dd", {}, value));
  }
  function title() {
    const p = R.product;
    const sub = p ? [p.vendor, p.name, p.version].filter(Boolean).join(" ")
      : R.setting.target || R.targets.map((t) => t.name).slice(0, 3).join("、") + (R.targets.length > 3 ? " …" : "");
    return [
      el("div", { class: "title" }, el("h1", {}, both("互联互通符合性测试报告", "Interoperability conformance test report")),
        el("p", { class: "sub" }, sub)),
      el("dl", { class: "meta" },
        pair("测试时间", "Tested", el("span", { class: "num" }, time(R.started))), pair("角色", "Role", name(R.role, ROLES)),
        pair("产品类型", "Kind of product", p && p.type),
        pair("测试人员", "Tester", R.operator),
        pair("测试目录", "Catalogue", R.catalogue.id + " " + R.catalogue.version),
        pair("定义文件", "Definition", R.definition.edition), pair("测试工具", "Tool", R.tool.name + " " + R.tool.version)),
      R.complete ? null : el("p", { class: "note" }, both("运行中断，只看到一部分：没有结论可以算作通过。",
        "The run was interrupted and saw only a part: nothing counts as passed.")),
      R.setting.deviations.map((d) => el("p", { class: "note" }, both("偏离缺省：", "Deviation from the defaults: "), said(d))),
      (R.setting.notes || []).map((d) => el("p", { class: "note" }, said(d))),
    ];
  }
  function tableCard(zh, en, whatZh, whatEn, t, axisZh, axisEn, more) {
    const [rz, re, kind] = RESULTS[t.result] || RESULTS.not_assessed;
    const n = { pass: t.met || 0, fail: t.not_met || 0, not_applicable: t.not_assessed || 0 };
    return el("div", { class: "box table-card " + kind },
      el("div", { class: "row" }, el("h3", {}, both(zh, en)), el("span", { class: "axis" }, both(axisZh, axisEn))),
      el("p", { class: "result" }, both(rz, re), kind === "good" && t.not_assessed
        ? el("small", {}, both("（已评定的部分）", " (what was assessed)")) : null), el("p", { class: "what" }, both(whatZh, whatEn)),
      more || [speak(strip(n, "meter"), "aria-label", `满足 ${n.pass}，不满足 ${n.fail}，未评定 ${n.not_applicable}`,
        `met ${n.pass}, not met ${n.fail}, not assessed ${n.not_applicable}`),
      el("p", { class: "counts num" }, both(`满足 ${n.pass} · 不满足 ${n.fail} · 未评定 ${n.not_applicable}`,
        `met ${n.pass} · not met ${n.fail} · not assessed ${n.not_applicable}`))]);
  }
  function national(n) {
    const bound = { pass: 0, fail: 0, not_applicable: n.rows || 1 }, b = n.binding;
    if (b) Object.assign(bound, { pass: b.met, fail: b.not_met, not_applicable: Math.max(n.rows - b.met - b.not_met, 0) });
    const line = both(`${n.rows} 项要求中 ${n.bound} 项已绑定条款`, `${n.bound} of ${n.rows} requirements are bound to a clause`);
    return tableCard("GB/T 44886", "GB/T 44886",
      "条款由持有标准文本的人绑定以前，不作评定；没有依据的格子不会是绿色。",
      "Not assessed until somebody with the printed text binds the clauses; what rests on nothing is never green.",
      n, "符合性", "conformance", [
        b ? strip(bound, "meter") : speak(strip({ not_applicable: 1 }, "meter"), "aria-label", "未评定", "not assessed"),
        el("p", { class: "counts num" }, line),
        b ? el("p", { class: "counts num" }, both(`用户声明：满足 ${b.met} · 不满足 ${b.not_met} · 未评定 ${b.not_assessed}`,
          `claimed by the user: met ${b.met} · not met ${b.not_met} · not assessed ${b.not_assessed}`)) : null]);
  }
  function tables() {
    return el("section", { "aria-labelledby": "h-tables" }, head("h-tables", "结论", "Result"),
      el("div", { class: "tables" },
        tableCard("引用标准", "Referenced standards", "条款已知的 RFC 与国家标准要求。", "Requirements of RFCs and standards whose clause is known.",
          R.tables.referenced, "符合性", "conformance"),
        tableCard("定义文件", "Definition file", "与载入的定义文件是否一致；定义是暂定的。", "Whether the product agrees with the definitions that were loaded; they are provisional.",
          R.tables.definition, "兼容性", "compatibility"),
        national(R.tables.national)),
      R.definition.overlays > 0 && !R.definition.trusted ? el("p", { class: "note" }, both("用户声明：定义文件被未经信任签名的覆盖文件改动过。",
        "Claimed by the user: overlays without a trusted signature changed the definitions.")) : null,
      el("div", { class: "box", id: "summary" }, el("h3", {}, both(`${R.tests.length} 项测试`, `${R.tests.length} tests`)),
        strip(R.summary.verdicts),
        el("div", { class: "legend" }, ORDER.filter((v) => R.summary.verdicts[v]).map((v) =>
          badge(v, el("span", { class: "num" }, String(R.summary.verdicts[v])))))));
  }

  /* ---- cards */
  function command(s) {
    const b = speak(el("button", { type: "button", class: "copy" }, both("复制", "Copy")), "aria-label", "复制命令", "copy the command");
    b.addEventListener("click", () => {
      const done = () => { b.replaceChildren(...both("已复制", "Copied")); };
      if (navigator.clipboard) navigator.clipboard.writeText(s).then(done, () => {});
    });
    return el("div", { class: "cmd" }, el("code", {}, s), b);
  }
  const line = (zh, en, value) => (value == null ? null : [el("dt", {}, both(zh, en)), el("dd", {}, value)]);
  function clauseOf(q) {
    return q.clause ? q.std + " " + q.clause : both(q.std + "（条款未绑定）", q.std + " (clause not bound)");
  }
  function basis(t) {
    return t.verifies.map((rid) => {
      const q = requirement.get(rid);
      if (!q) return el("p", {}, mono(rid));
      return el("p", {}, mono(rid), " ", clauseOf(q), " · ", both(q.level, LEVELS[q.level] || q.level), " · ", name(q.authority, AUTHORITIES),
        el("br"), said(q.text));
    });
  }
  function samples(t) {
    if (!t.samples.length) return null;
    return el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, ["位置|Place", "指针|Pointer", "问题|Fault", "要求|Requirement"].map((h) => el("th", { scope: "col" }, both(...h.split("|")))))),
      el("tbody", {}, t.samples.map((s) => el("tr", {}, el("td", { class: "mono" }, s.file + ":" + s.line + ":" + s.column),
        el("td", { class: "mono" }, s.pointer || "/"), el("td", {}, said(s.text)), el("td", { class: "mono" }, s.rid))))),
      t.violations > t.samples.length ? el("p", { class: "counts" }, both(`共 ${t.violations} 处`, `${t.violations} in all`)) : null);
  }
  function attempts(t) {
    if (!t.attempts.length) return null;
    return el("span", {}, t.attempts.map((a) => [badge(a.verdict), " ", el("span", { class: "counts num" }, a.duration_ms + " ms"), "  "]));
  }
  function proofOf(t) {
    return t.evidence ? el("p", {}, mono(t.evidence.path), el("br"), el("code", { class: "digest" }, "SHA-256 " + t.evidence.sha256)) : null;
  }
  const hasText = (t) => t && (t.zh || t.en);
  function card(t, open) {
    return el("details", { class: "card c-" + t.verdict, id: "t-" + t.id, open, "data-verdict": t.verdict },
      el("summary", {}, badge(t.verdict), el("span", { class: "id mono" }, t.id), el("span", { class: "purpose" }, said(t.purpose))),
      el("div", { class: "body" }, el("dl", { class: "lines" },
        line("要求", "Requirement", t.verifies.length ? basis(t) : both("前提检查", "precondition")),
        line("判定说明", "Why", hasText(t.reason) ? said(t.reason) : null),
        line("测试所做", "Sent", said(t.sent)),
        line("预期", "Expected", said(t.expected)),
        line("实测", "Observed", said(t.observed)),
        line("首个差异", "First difference", t.at || t.difference ? [t.at ? el("p", {}, mono(t.at)) : null, t.difference ? el("p", {}, said(t.difference)) : null] : null),
        line("样例", "Samples", samples(t)),
        line("依赖", "Depends on", t.depends_on.length || t.twin ? [t.depends_on.map((d) => [mono(d), " "]), t.twin ? [both("正例 ", "twin "), mono(t.twin)] : null] : null),
        line("各次结果", "Attempts", attempts(t)),
        line("重现", "Reproduce", t.replay ? command(t.replay) : null),
        line("curl", "curl", t.curl ? command(t.curl) : null),
        line("证据", "Evidence", proofOf(t)))));
  }
  const shownAsCard = (t) => t.verdict !== "pass" && t.verdict !== "not_applicable";
  function cards() {
    const list = R.tests.filter(shownAsCard).sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
    const counts = {};
    for (const t of list) counts[t.verdict] = (counts[t.verdict] || 0) + 1;
    const nodes = list.map((t, i) => card(t, i < 3 && t.verdict !== "info"));
    const buttons = ["", ...ORDER.filter((v) => counts[v])].map((v) => {
      const b = el("button", { type: "button", class: "filter", "aria-pressed": String(v === "") },
        v ? both(VERDICTS[v][0], VERDICTS[v][1]) : both("全部", "All"), el("span", { class: "num" }, String(v ? counts[v] : list.length)));
      b.addEventListener("click", () => {
        for (const o of buttons) o.setAttribute("aria-pressed", String(o === b));
        for (const n of nodes) n.hidden = v !== "" && n.dataset.verdict !== v;
      });
      return b;
    });
    return el("section", { "aria-labelledby": "h-cards" },
      head("h-cards", "需要处理的测试", "What needs a look", "不通过先列", "failures first"),
      list.length > 1 ? speak(el("div", { class: "filters", role: "group" }, buttons), "aria-label", "按结论筛选", "filter by verdict") : null,
      list.length ? nodes : el("p", { class: "empty" }, both("没有不通过、无法判定或出错的测试。", "No test failed, stayed undecided or went wrong.")));
  }

  /* ---- watchlist, record, requirements */
  function fold(open, zh, en, n, ...inner) {
    return el("details", { class: "fold", open }, el("summary", {}, both(zh, en), n == null ? null : el("span", { class: "counts num" }, "  " + n)),
      el("div", { class: "inner" }, inner));
  }
  function heading(list) {
    return el("thead", {}, el("tr", {}, list.map(([zh, en]) => el("th", { scope: "col" }, both(zh, en)))));
  }
  function watchlist() {
    const list = R.tests.filter((t) => t.maturity === "watch" && t.verdict !== "not_applicable");
    if (!list.length) return null;
    return el("section", { "aria-labelledby": "h-watch", class: "noprint" },
      head("h-watch", "观察名单", "Watchlist", "尚未经足够多产品检验的测试：结论（包括通过）需要人工复核", "tests not tried on enough products yet: their verdicts, passes included, need a human look"),
      fold(false, "逐项复核", "Review one by one", list.length, el("div", { class: "scroll" }, el("table", {},
        heading([["已复核", "Reviewed"], ["测试", "Test"], ["修订", "Rev"], ["结论", "Verdict"], ["目的", "Purpose"]]),
        el("tbody", {}, list.map((t) => el("tr", {},
          el("td", {}, speak(el("input", { type: "checkbox", class: "tick" }), "aria-label", "已复核 " + t.id, "reviewed " + t.id)),
          el("td", { class: "mono" }, t.id), el("td", { class: "num" }, String(t.rev)), el("td", {}, badge(t.verdict)), el("td", {}, said(t.purpose)))))))));
  }
  const COLUMNS = [["测试项", "Test item"], ["依据条款", "Clause"], ["测试方法", "Method"], ["预期结果", "Expected"], ["实测结果", "Observed"], ["结果判定", "Verdict"], ["证据摘要值", "Evidence digest"]];
  function method(t) {
    const steps = t.steps.filter((s, i, all) => all.indexOf(s) === i).map(step);
    return [el("div", {}, said(t.purpose)), steps.length ? el("div", { class: "counts" },
      both(steps.map((s) => s[0]).join("；"), steps.map((s) => s[1]).join("; "))) : null, hasText(t.sent) ? el("div", {}, said(t.sent)) : null];
  }
  function clauses(t) {
    if (!t.verifies.length) return both("前提检查", "precondition");
    return t.verifies.map((rid) => {
      const q = requirement.get(rid);
      return el("div", {}, q ? [clauseOf(q), el("br")] : null, el("span", { class: "digest mono" }, rid));
    });
  }
  function seen(t) {
    return [el("div", {}, said(t.observed)), t.at ? el("div", { class: "mono digest" }, t.at) : null, t.difference ? el("div", {}, said(t.difference)) : null];
  }
  /* What the requirements demand, then what this test waited for. */
  function expected(t) {
    const texts = t.verifies.map((rid) => requirement.get(rid)).filter(Boolean).map((q) => q.text);
    const same = !t.expected || texts.some((x) => t.expected.zh.includes(x.zh));
    return [same ? null : texts.map((x) => el("div", {}, said(x))), el("div", {}, said(t.expected))];
  }
  /* Without a transcript of its own, a test of files rests on the sample. */
  function digestOf(t) {
    const one = R.targets.length === 1 && R.targets[0].sha256;
    if (!t.evidence && !one) return "—";
    return [t.evidence ? null : el("div", { class: "counts" }, both("样本", "sample")), el("span", { class: "digest mono" }, t.evidence ? t.evidence.sha256 : one)];
  }
  function recordRow(t) {
    const cells = [[el("strong", { class: "mono id" }, t.id), el("div", { class: "counts" }, both("修订 " + t.rev, "rev. " + t.rev)),
      t.maturity === "watch" ? el("div", { class: "counts" }, both("☐ 已人工复核", "☐ looked at")) : null],
      clauses(t), method(t), expected(t), seen(t), badge(t.verdict), digestOf(t)];
    return el("tr", {}, cells.map((c, i) => el("td", { "data-h": COLUMNS[i][0], "data-h-en": COLUMNS[i][1] }, c)));
  }
  const rule = (zh, en) => el("div", { class: "rule" }, el("span", {}, both(zh, en)));
  function signatures() {
    return el("div", { class: "sign" }, [["测试人员", "Tester", R.operator], ["复核人员", "Reviewer", null]].map(([zh, en, who]) => el("div", {},
      el("h3", {}, both(zh, en)), who ? el("p", { class: "counts" }, who) : null, rule("签名", "Signature"), rule("日期", "Date"))));
  }
  function record() {
    const list = R.tests.filter((t) => t.verdict !== "not_applicable"), rest = R.tests.length - list.length;
    return el("section", { class: "record", "aria-labelledby": "h-record" },
      head("h-record", "检测记录", "Laboratory record", "打印时自动展开", "unfolds when printed"),
      fold(false, "逐项记录", "Every test", list.length, el("div", { class: "scroll" }, el("table", { class: "grid record-table" },
        el("colgroup", {}, [13, 12, 21, 17, 18, 8, 11].map((w) => el("col", { width: w + "%" }))), heading(COLUMNS), el("tbody", {}, list.map(recordRow)))),
      rest ? el("p", { class: "counts" }, both(`另有 ${rest} 项不适用，见 report.json。`, `${rest} more do not apply, see report.json.`)) : null),
      signatures());
  }
  function requirements() {
    return el("section", { "aria-labelledby": "h-req", class: "noprint" }, head("h-req", "逐项要求", "Requirements"),
      fold(false, "全部要求", "All requirements", R.requirements.length, el("div", { class: "scroll" }, el("table", {},
        heading([["编号", "Id"], ["标准", "Standard"], ["条款", "Clause"], ["程度", "Level"], ["轴", "Axis"], ["结果", "Result"], ["内容", "Text"]]),
        el("tbody", {}, R.requirements.map((q) => {
          const [zh, en, v] = OUTCOMES[q.result] || OUTCOMES.not_assessed;
          return el("tr", {}, el("td", { class: "mono" }, q.rid), el("td", {}, q.std), el("td", {}, q.clause || "—", q.claimed ? both("（用户声明）", " (user claim)") : null),
            el("td", {}, both(q.level, LEVELS[q.level] || q.level)), el("td", {}, q.axis === "conformance" ? both("符合性", "conformance") : both("兼容性", "compatibility")),
            el("td", {}, el("span", { class: "badge v-" + v }, both(zh, en))), el("td", {}, said(q.text)));
        }))))));
  }

  /* ---- circumstances */
  function targets() {
    if (!R.targets.length) return null;
    return el("div", { class: "scroll" }, el("table", {},
      heading([["被测文件", "File"], ["文档", "Documents"], ["记录", "Records"], ["SHA-256", "SHA-256"]]),
      el("tbody", {}, R.targets.map((t) => el("tr", {}, el("td", { class: "mono" }, t.name, t.error ? el("div", { class: "badge v-error" }, t.error) : null),
        el("td", { class: "num" }, String(t.documents)), el("td", { class: "num" }, String(t.records)), el("td", { class: "digest mono" }, t.sha256 || "—"))))));
  }
  function features() {
    if (!R.features) return el("p", { class: "counts" }, both("没有产品声明。", "There is no declaration of the product."));
    const list = (zh, en, items) => el("div", {}, el("p", { class: "label" }, both(zh, en)), items.length
      ? el("ul", { class: "flat" }, items.map((f) => el("li", {}, said(f.text), " ", mono(f.id)))) : el("p", {}, "—"));
    return el("div", { class: "two" }, list("声明支持", "declared", R.features.supported), list("声明不支持", "not declared", R.features.unsupported));
  }
  function signers() {
    const roles = { tester: ["测试人员", "tester"], reviewer: ["复核人员", "reviewer"] };
    return (PROOF.signatures || []).map((s) => el("p", {}, name(s.as, roles), " ", el("code", { class: "digest" }, s.keyid)));
  }
  function circumstances() {
    const s = R.setting;
    return el("section", { "aria-labelledby": "h-run" }, head("h-run", "运行条件与证据", "Circumstances and evidence"),
      el("div", { class: "two" },
        el("div", { class: "box" }, el("h3", {}, both("运行条件", "Circumstances")), el("dl", { class: "meta" },
          pair("开始", "Started", time(R.started)), pair("结束", "Ended", time(R.ended)),
          pair("被测对象", "Target", s.target), pair("环境", "Environment", s.environment),
          pair("等待（校准）", "Wait (calibrated)", s.wait_ms ? s.wait_ms + " ms" : null), pair("探测次数", "Probes", s.probes || null),
          pair("探测 p99", "Probe p99", s.probe_p99_us ? (s.probe_p99_us / 1000).toFixed(1) + " ms" : null),
          pair("并行", "Jobs", s.jobs || null), pair("重复", "Repeats", s.repeats || null), pair("种子", "Seed", s.seed),
          pair("偏离缺省", "Deviations", s.deviations.length ? String(s.deviations.length) : both("无", "none")),
          pair("退出码", "Exit status", String(R.summary.exit)))),
        el("div", { class: "box" }, el("h3", {}, both("摘要值", "Digests")), el("dl", { class: "meta", id: "digests" },
          [["report.json", PROOF.report_sha256], ["seal.json", PROOF.seal], [both("测试目录", "catalogue"), R.catalogue.sha256], [both("定义文件", "definition"), R.definition.sha256],
            [both("产品声明", "declaration"), R.product && R.product.ics_sha256]].map(([zh, d]) => (d ? el("div", {}, el("dt", {}, zh), el("dd", {}, el("code", { class: "digest" }, d))) : null)),
          PROOF.intact ? el("div", {}, el("dt", {}, both("生成本页时", "When this page was made")), el("dd", {}, both("运行记录完整，与写入时一致", "the run folder was intact"))) : null,
          PROOF.signatures && PROOF.signatures.length ? el("div", {}, el("dt", {}, both("电子签名（用 verify --key 检查）", "Signatures (check with verify --key)")), el("dd", {}, signers())) : null))),
      R.targets.length ? el("div", { class: "box", id: "targets" }, targets()) : null,
      el("div", { class: "box", id: "features" }, el("h3", {}, both("产品声明", "Declaration")), features()));
  }
  function foot() {
    return el("footer", { class: "foot" },
      el("p", {}, both("本报告的结论只针对所载入的定义文件和引用标准，不表示符合 GB/T 44886，也不是认证。",
        "The verdicts are about the definitions that were loaded and the standards referred to; none of them says that GB/T 44886 is conformed to, and this is no certificate.")),
      el("p", {}, both("离线核对：hutong-conform verify RUN --key PUBLIC.pem", "To check offline: hutong-conform verify RUN --key PUBLIC.pem")));
  }

  /* ---- language, print */
  function setLanguage(zh) {
    document.documentElement.lang = zh ? "zh" : "en";
    for (const id of ["zh", "en"]) document.getElementById("lang-" + id).setAttribute("aria-pressed", String((id === "zh") === zh));
    for (const [e, attribute, z, n] of spoken) e.setAttribute(attribute, zh ? z : n);
    document.title = (zh ? "互联互通符合性测试报告 " : "Conformance test report ") + R.started.slice(0, 10);
  }
  function unfold() {
    const closed = [...document.querySelectorAll("details:not([open])")];
    for (const d of closed) d.open = true;
    return closed;
  }
  speak(document.getElementById("tools"), "aria-label", "语言与打印", "language and printing");
  document.getElementById("main").append(...[title(), tables(), charts(), cards(), watchlist(), requirements(), circumstances(), record(), foot()].flat(9).filter(Boolean));
  document.getElementById("lang-zh").addEventListener("click", () => setLanguage(true));
  document.getElementById("lang-en").addEventListener("click", () => setLanguage(false));
  document.getElementById("print").addEventListener("click", () => window.print());
  let closed = [];
  window.addEventListener("beforeprint", () => { closed = unfold(); });
  window.addEventListener("afterprint", () => { for (const d of closed) d.open = false; });
  setLanguage(document.documentElement.lang !== "en");
})();
