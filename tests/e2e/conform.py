# SPDX-License-Identifier: Apache-2.0
"""hutong-conform over hutong's own recordings, over seeded faults, dumb
products, a tampered run folder and a tampered catalogue."""
import base64
import glob
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import jsonschema

from conform_mutants import dump, mutants
from conform_tool import TOOL, check, tool
from harness import BIN, ROOT, wait_until

CATALOGUE = os.path.join(ROOT, "conformance", "catalogue")
SCHEMA = json.load(open(os.path.join(CATALOGUE, "schema", "report.schema.json")))
PEERS = os.path.join(ROOT, "tests", "peers", "peers.yaml")
work = tempfile.mkdtemp(prefix="hutong-conform-")


def path(name, content=None):
    p = os.path.join(work, name)
    if content is not None:
        with open(p, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
    return p


def run(target, *args):
    code, out, err = tool("--json", "run", "--role", "files", "--target", target, *args)
    report = json.loads(out) if out else None
    if report:
        jsonschema.validate(report, SCHEMA)
        check(report["tables"]["national"]["result"] == "not_assessed", "GB/T 44886 is assessed")
    return code, report, err


# The self-test in CI is a sample; CONFORM_FULL=1 takes every document.
FULL = ["--full"] if "CONFORM_FULL" in os.environ else []


def verdicts(report, *which):
    return [t for t in report["tests"] if t["verdict"] in which]


def catalogue():
    for words in (["lint"], ["coverage"], ["coverage", "--peers", PEERS], ["selftest", *FULL, "--part", "logic,corpus"]):
        code, out, err = tool(*words)
        check(code == 0, f"{words}: exit {code}\n{out[-800:]}{err[-800:]}")
    listed = [json.loads(l) for l in tool("--json", "list")[1].splitlines()]
    check(len(listed) >= 120, "few tests")
    roles = [json.loads(l) for l in tool("--json", "list", "--roles")[1].splitlines()]
    check(sum(r["tests"] for r in roles) == len(listed) and all(r["tests"] for r in roles), "a role without tests")
    one = tool("--json", "list", "--role", "interop")[1].splitlines()
    check([len(one)] == [r["tests"] for r in roles if r["role"] == "interop"], "tests of one role")
    check(tool("list", "--role", "nobody")[0] == 2, "list of an unknown role")
    rows = [json.loads(l) for l in tool("--json", "coverage", "--peers", PEERS)[1].splitlines()]
    total = rows.pop()
    check(len(rows) >= 120 and total["percent"] >= 90 and total["covered"] <= total["wanted"], f"coverage: {total}")
    matrix = [json.loads(l) for l in tool("--json", "selftest", "--part", "corpus,logic")[1].splitlines()]
    check(all(0 < r["cases"] == r["killed"] == r["right"] for r in matrix if "cases" in r), "selftest as JSON")
    one = json.loads(tool("--json", "explain", "FILES-ALERT-003")[1])
    check(one["verifies"] == ["ALERT-0003"] and one["twin"] == "FILES-ALERT-000", "explain as JSON")
    for lang, word in (("zh", "应"), ("en", "shall")):
        check(word in tool("explain", "FILES-ALERT-003", lang=lang)[1], "explain")
    check(tool("explain", "FILES-NO")[0] == 2, "explain of nothing")


# A change of one catalogue file that lint, coverage or the loader must refuse.
LEDGER = [
    ("requirements/alert.yaml", r"  - rid: ALERT-0003\n", "  - rid: ALERT-0004\n"),
    ("requirements/alert.yaml", r"(?s)  - rid: ALERT-0008\n.*?(?=  - rid: ALERT-0009\n)", ""),
    ("requirements/alert.yaml", "alert.general.alert_level#code", "alert.general.alert_level#cod"),
    ("requirements/alert.yaml", "    rules:\n", "    rule:\n"),
    ("requirements/text.yaml", "    clause: '8.1'\n", "    clause: null\n"),
    ("requirements/asset.yaml", "    clause: null\n", "    clause: '5.2'\n"),
    ("requirements/asset.yaml", "ics.asset.send", "ics.asset.sent"),
    ("requirements/alert.yaml", "    level: 应\n", "    level: 宜\n"),
    ("requirements/envelope.yaml", "    reason: .*\n", ""),
    ("tests/files/alert.yaml", "    twin: FILES-ALERT-000\n", ""),
    ("tests/files/alert.yaml", "    twin: FILES-ALERT-000\n", "    twin: FILES-ALERT-00\n"),
    ("tests/files/alert.yaml", r"verifies: \[ALERT-0003\]", "verifies: [ALERT-0300]"),
    ("tests/files/alert.yaml", r"verifies: \[ALERT-0003\]", "verifies: [ALERT-0004]"),
    ("tests/files/alert.yaml", "rules.expect_clean", "rules.expect_dirty"),
    ("tests/files/alert.yaml", "at: 'alert.general.alert_level'", "at: 'alert.general.alert_levels'"),
    ("tests/files/base.yaml", r"depends_on: \[FILES-BASE-002\]", "depends_on: [FILES-BASE-009]"),
    ("tests/files/base.yaml", r"depends_on: \[FILES-BASE-001\]", "depends_on: [FILES-BASE-003]"),
    ("corpus/alert.yaml", "    at: '/general/alert_id'\n", "    at: '/general/alert_name'\n"),
    ("corpus/alert.yaml", "remove: '/general/alert_id'", "remove: '/general/alert_name'"),
    ("corpus/alert.yaml", "    verdict: invalid\n", "    verdict: valid\n"),
    ("corpus/set.yaml", "    after_base: true\n", ""),
    ("corpus/envelope.yaml", "(?m)^    patch:\n      - .*remove: '/schema'.*\n", ""),
    ("corpus/asset.yaml", "(?s)  - id: ASSET-INV-017\n.*?(?=  - id: ASSET-INV-018\n)", ""),
]


def ledger_mutants():
    for n, (name, old, new) in enumerate(LEDGER):
        copy = path(f"catalogue-{n}")
        shutil.copytree(CATALOGUE, copy)
        file = os.path.join(copy, name)
        text = open(file).read()
        changed = re.sub(old, lambda m: new, text, count=1)
        check(changed != text, f"ledger mutant {n} changes nothing: {old}")
        open(file, "w").write(changed)
        noticed = any(tool("--catalogue", copy, word)[0] for word in ("lint", "coverage"))
        check(noticed, f"ledger mutant {n} is not noticed: {name}: {old}")
        shutil.rmtree(copy)
    code, out, _ = tool("--catalogue", CATALOGUE, "lint")
    check(code == 0, "the folder differs from what is embedded")


def records():
    """hutong's own records without those it marked itself."""
    lines = []
    for f in sorted(glob.glob(os.path.join(ROOT, "tests/golden/*/*.want"))):
        lines += [l for l in open(f) if '"x_findings"' not in l and '"info_type"' in l]
    return lines


def own_recordings(lines):
    good = path("good.ndjson", "".join(lines))
    folder = path("good-run")
    code, report, err = run(good, "--out", folder)
    check(code == 0, f"own recordings: exit {code}")
    check(not verdicts(report, "fail", "warn", "inconc", "error", "blocked", "unstable"),
          "own recordings do not pass")
    check(len(verdicts(report, "pass")) >= 50, "hardly anything was exercised")
    check(report["tables"]["referenced"]["result"] == "conforms", "RFC 8259")
    check(report["tables"]["definition"]["result"] == "consistent", "definition file")
    check(report["summary"]["records"] == len(lines), "count of records")
    check(tool("validate", good)[0] == 0, "validate own recordings")
    for lang in ("zh", "en"):
        text = tool("report", folder, lang=lang)[1]
        check("未评定" in text if lang == "zh" else "not assessed" in text, "no third table")
        check("符合 GB/T 44886" not in text and "conforms to GB/T 44886" not in text, "a claim")
    check(tool("verify", folder)[0] == 0, "verify own run")
    check(json.loads(tool("--json", "verify", folder)[1])["result"] == "intact", "verify as JSON")
    check(run(good, "--out", folder)[0] == 2, "a run was written over another")
    return folder


def pick(lines, test):
    return next(r for r in map(json.loads, lines) if test(r))


def seeded_faults(lines):
    alert = pick(lines, lambda r: "payload" in r.get("extension", {}).get("attack", {})
                 and "status" in r["extension"]["attack"].get("http", {}))
    assets = [json.loads(l) for l in lines if '"info_type":"asset"' in l]
    device = next(r for r in assets if r["general"]["basic"]["asset_type"] == "device")
    system = next(r for r in assets if r["general"]["basic"]["asset_type"] == "operating_system")
    for r in assets:
        r["general"]["basic"].pop("parent_id", None)
    device["general"]["basic"].pop("asset_subtype", None)
    seen = set()
    for name, rid, pointer, line in mutants(alert, device, system):
        if line in seen:
            sys.exit(f"FAIL  mutant {name} repeats another")
        seen.add(line)
        # Beside the mutant, other good records, so that only it is at fault.
        others = [l for l in lines if json.loads(l)["info_type"] == "alert"][:4]
        target = path("mutant.ndjson", "".join(others).encode() + line + b"\n")
        code, report, _ = run(target)
        bad = verdicts(report, "fail", "warn")
        check(bad and code in (0, 1), f"mutant {name} survives (exit {code})")
        check({r for t in bad for r in t["verifies"]} == {rid},
              f"mutant {name}: killed by {[t['id'] for t in bad]}, wanted {rid}")
        samples = [s for t in bad for s in t["samples"]]
        check(pointer is None or [s["pointer"] for s in samples] == [pointer],
              f"mutant {name}: at {[s['pointer'] for s in samples]}, wanted {pointer}")
        check(all(s["line"] == len(others) + 1 for s in samples), f"mutant {name}: line")
    check(len(seen) >= 60, "few mutants")
    return len(seen)


def dumb_products(lines):
    one = lines[0]
    dumb = {
        "empty": b"", "blank": b"\n\n \n", "garbage": random.Random(1).randbytes(5000),
        "html": b"<html><body>502</body></html>\n", "frozen": one.encode() * 20,
        "empty objects": b"{}\n{}\n", "nulls": b"null\n" * 5, "brackets": b"[" * 100000,
        "text": "全部正常\n".encode() * 10, "other json": b'{"status":"ok"}\n{"status":"up"}\n',
    }
    for name, content in dumb.items():
        code, report, _ = run(path("dumb", content))
        check(code == 3, f"dumb product {name}: exit {code}")
        check(not verdicts(report, "pass"), f"dumb product {name} earns a pass")
    return len(dumb)


def exit_statuses(lines):
    good = path("good.ndjson")
    target = ("run", "--role", "files", "--target")
    check(run(path("nowhere"))[0] == 4, "unreadable target")
    check(run(good, "--only", "FILES-NOPE")[0] == 6, "nothing selected")
    code, report, _ = run(good, "--only", "FILES-ALERT-008")
    check(code == 0 and len(report["tests"]) == 5, "one test with what it needs")
    for args in ([], ["runn"], ["run"], ["run", "--role", "http"], [*target],
                 [*target, good, "--ics", path("nowhere")], ["--lang", "fr", "list"],
                 ["report"], ["report", work], ["verify", path("nowhere")],
                 ["--catalogue", path("nowhere"), "lint"], ["plan"]):
        code, out, err = tool(*args)
        check(code == 2 and err, f"{args}: exit {code}")
    form = tool("plan", "--template", "ids")[1]
    ics = path("ids.yaml", form.replace('""', '"x"'))
    code, out, _ = tool("plan", "--ics", ics)
    check(code == 0 and "applies" in out, "plan")
    plan = [json.loads(l) for l in tool("--json", "plan", "--ics", ics)[1].splitlines()]
    check({p["applies"] for p in plan} == {True, False}, "plan as JSON")
    code, report, _ = run(good, "--ics", ics)
    check(code == 5 and report["product"]["template"] == "ids", f"declared, not shown: {code}")
    few = [l for l in form.replace('""', '"x"').splitlines()
           if not re.match(r"  - (?!alert\.send|alert\.attack)", l)]
    alerts = path("alerts.ndjson", "".join(
        l for l in lines if '"attack":' in l and '"info_type":"alert"' in l))
    code, report, _ = run(alerts, "--ics", path("few.yaml", "\n".join(few) + "\n"))
    check(code == 0, f"a true declaration: exit {code}")
    assets = "".join(lines)
    code, report, _ = run(path("more.ndjson", assets), "--ics", path("few.yaml"))
    check([t["id"] for t in verdicts(report, "warn")] == ["FILES-BASE-004"], "undeclared kind")


def tampering(folder, flips=300):
    rng = random.Random(20261122)
    files = [os.path.join(d, f) for d, _, fs in os.walk(folder) for f in fs]
    sizes = [os.path.getsize(f) for f in files]
    for _ in range(flips):
        # as often in a small file as in a large one
        i = rng.randrange(len(files))
        at = rng.randrange(sizes[i])
        with open(files[i], "r+b") as f:
            before = f.read()
            bad = bytearray(before)
            bad[at] ^= 1 << rng.randrange(8)
            f.seek(0)
            f.write(bad)
        code, out, _ = tool("verify", folder)
        name = os.path.relpath(files[i], folder)
        line = before[:at].count(b"\n") + 1
        check(code == 1 and out.startswith(f"{name}:{line}:"),
              f"flip in {name} line {line}: exit {code} {out}")
        with open(files[i], "wb") as f:
            f.write(before)
    check(tool("verify", folder)[0] == 0, "the folder was not put back")


def exports(lines):
    record = json.loads(lines[0])
    record["general"]["alert_level"] = "<High> & \"x\" \u0007"
    target = path("bad.ndjson", "".join(lines[1:3]) + dump(record) + "\n")
    folder = path("bad-run")
    code, report, _ = run(target, "--out", folder, "--operator", "张三")
    check(code == 1 and report["operator"] == "张三", "bad run")
    code, xml, _ = tool("report", folder, "--format", "junit", lang="zh")
    suite = ET.fromstring(xml).find("testsuite")
    cases = suite.findall("testcase")
    names = [c.get("name") for c in cases]
    check(code == 0 and len(set(names)) == len(names) == int(suite.get("tests")), "junit names")
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        n = sum(1 for c in cases if c.find(kind) is not None)
        check(n == int(suite.get(attribute)), f"junit {attribute}")
    check(int(suite.get("failures")) == 1 and int(suite.get("errors")) == 0, "junit failure")
    check("<High> &" in "".join(suite.itertext()), "junit escaping")
    rows = tool("report", folder, "--format", "csv")[1].splitlines()
    check(len(rows) == len(report["requirements"]) + 1, "csv rows")
    card = tool("report", folder, lang="zh")[1]
    check("不通过" in card and "/general/alert_level" in card, "failure card")
    events = [json.loads(l) for l in open(os.path.join(folder, "events.ndjson"))]
    check([e["n"] for e in events] == list(range(1, len(events) + 1)), "event numbers")
    check(sum(e["type"] == "verdict" for e in events) == len(report["tests"]), "verdict events")
    return folder


def comparing(good, bad):
    code, out, _ = tool("compare", good, good)
    check(code == 0 and out.startswith("0 tests"), "a run differs from itself")
    code, out, _ = tool("compare", good, bad, lang="zh")
    check(code == 1, "two runs do not differ")
    rows = [json.loads(l) for l in tool("--json", "compare", good, bad)[1].splitlines()]
    check({"test": "FILES-ALERT-008", "from": "pass", "to": "fail", "cause": "product_changed",
           "direction": "worse"} in rows, "compare as JSON")
    row = next(l for l in out.splitlines() if l.startswith("  FILES-ALERT-008 "))
    check("通过 -> 不通过" in row and "产品变化：" in out, f"compare: {row}")
    folder = path("few-run")
    run(path("good.ndjson"), "--only", "FILES-ALERT-008", "--out", folder)
    out = tool("compare", good, folder)[1]
    check("FILES-ALERT-009  pass -> not run" in out or "FILES-ALERT-009  not applicable -> not run" in out, "a test that was left out")
    check(tool("compare", good)[0] == 2 and tool("compare", good, work)[0] == 2, "compare usage")


def other_edition():
    """The same tests over an edition with other names, places and codes."""
    alien = os.path.join(ROOT, "tests", "e2e", "alien", "alien.yaml")
    folder = os.path.join(ROOT, "tests", "golden", "suricata-eve")
    made = subprocess.run(
        [os.path.join(BIN, "hutong"), "--quiet", "--overlay", alien, "normalize", "-m",
         "suricata-eve", "--now", "2026-11-22T10:00:00Z", "01-web-attack.in"],
        cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    code, report, _ = run(path("alien.ndjson", made), "--overlay", alien)
    check(code == 0 and report["definition"]["overlays"] == 1, f"alien edition: exit {code}")
    passed = {r for t in verdicts(report, "pass") for r in t["verifies"]}
    check({"ALERT-0003", "ALERT-0008", "ALERT-0011"} <= passed, "alien edition: too few passes")
    check("用户声明" in tool("--overlay", alien, "run", "--role", "files", "--target",
                         path("alien.ndjson"), lang="zh")[1], "overlay without a word")
    bad = re.sub(rb'"alertLevel":\d+', b'"alertLevel":7', made, count=1)
    code, report, _ = run(path("alien.ndjson", bad), "--overlay", alien)
    check([t["verifies"] for t in verdicts(report, "fail")] == [["ALERT-0008"]], "alien fault")


def signing(folder):
    def openssl(*args):
        return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout
    key, public, other = path("key.pem"), path("public.pem"), path("other.pem")
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    openssl("pkey", "-in", key, "-pubout", "-out", public)
    openssl("genpkey", "-algorithm", "ed25519", "-out", path("key2.pem"))
    openssl("pkey", "-in", path("key2.pem"), "-pubout", "-out", other)
    openssl("genpkey", "-algorithm", "rsa", "-out", path("rsa.pem"))
    check(tool("verify", folder, "--key", public)[0] == 2, "no signature yet")
    check(tool("sign", folder, "--key", path("rsa.pem"))[0] == 2, "an RSA key signs")
    check(tool("sign", folder, "--key", key)[0] == 0, "sign")
    check(tool("sign", folder, "--key", key)[0] == 2, "signed twice")
    code, out, _ = tool("--json", "verify", folder, "--key", public)
    check(code == 0 and json.loads(out)["signature"] == "holds", "signature")
    check(tool("verify", folder, "--key", other)[0] == 1, "another key")
    check(tool("verify", folder)[0] == 0, "verify a signed run without a key")
    # openssl agrees about what was signed
    file = os.path.join(folder, "attestation.json")
    text = open(file, "rb").read()
    envelope = json.loads(text)
    body = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    path("pae", b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body))
    path("sig", base64.b64decode(envelope["signatures"][0]["sig"]))
    openssl("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin",
            "-in", path("pae"), "-sigfile", path("sig"))
    statement = json.loads(body)
    check(statement["predicate"]["result"] == "PASSED", "result of the run")
    for s in statement["subject"]:
        digest = hashlib.sha256(open(os.path.join(folder, s["name"]), "rb").read()).hexdigest()
        check(s["digest"]["sha256"] == digest, f"digest of {s['name']}")
    for at in range(text.index(b'"sig"') + 7, len(text) - 5, 7):
        open(file, "wb").write(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
        check(tool("verify", folder, "--key", public)[0] == 1, f"attestation altered at {at}")
    # the attestation of another run
    shutil.copy(file, path("bad-run"))
    open(os.path.join(path("bad-run"), "attestation.json"), "wb").write(text)
    check(tool("verify", path("bad-run"), "--key", public)[0] == 1, "attestation of another run")
    os.unlink(os.path.join(path("bad-run"), "attestation.json"))


def envelopes():
    """Envelopes, whole and over many lines, with digests of our own making."""
    items = [{"general": {"alert_id": f"e{i}", "alert_name": f"n{i}", "alert_type": "02001",
                          "alert_level": "low", "alert_time": "2026-11-22T10:00:00Z",
                          "detector": {"product_name": "p", "vendor": "v"}}} for i in range(3)]
    body = json.dumps(items, indent=1)
    for alg, digest in (("sha256", hashlib.sha256(body.encode()).hexdigest()),
                        ("sm3", hashlib.new("sm3", body.encode()).hexdigest()),):
        text = ('{"schema":"interconn/alert","schema_version":"0.1.0",'
                '"msg_id":"0b8f0a7e-4b0c-4c2e-9a75-0d7a0c3f5a11","info_type":"alert",'
                '"sent_time":"2026-11-22T10:00:01Z","source_product":{"product_id":"p",'
                '"product_name":"n","vendor":"v"},\n"items":%s,\n'
                '"digest":{"alg":"%s","value":"%s"}}' % (body, alg, digest))
        code, report, _ = run(path("envelope.json", text))
        check(code == 0 and report["summary"]["envelopes"] == 1, f"envelope with {alg}")
        check([t["verdict"] for t in report["tests"] if t["verifies"] == ["ENV-0025"]] == ["pass"],
              f"{alg} of the items")
        code, report, _ = run(path("envelope.json", text.replace('"low"', '"high"', 1)))
        check([r for t in verdicts(report, "fail") for r in t["verifies"]] == ["ENV-0025"],
              f"{alg} of other items")


def interruption(lines):
    folder = path("interrupted-run")
    p = subprocess.Popen([TOOL, "--lang", "zh", "run", "--role", "files", "--target", "-",
                          "--out", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    p.stdin.write("".join(lines[:5]).encode())
    p.stdin.flush()
    begun = os.path.join(folder, "events.ndjson")
    check(wait_until(lambda: os.path.exists(begun) and os.path.getsize(begun) > 0),
          "it does not begin")
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=30)
    check(p.returncode in (3, 5), f"interrupted: exit {p.returncode}")
    check("运行中断" in out.decode(), "no word about the interruption")
    check(tool("verify", folder)[0] == 0, "an interrupted run does not verify")
    report = json.load(open(os.path.join(folder, "report.json")))
    jsonschema.validate(report, SCHEMA)
    check(report["complete"] is False and not verdicts(report, "pass"), "interrupted report")


def main():
    lines = records()
    check(len(lines) >= 30, "few recordings")
    catalogue()
    ledger_mutants()
    good = own_recordings(lines)
    killed = seeded_faults(lines)
    dumb = dumb_products(lines)
    exit_statuses(lines)
    envelopes()
    other_edition()
    bad = exports(lines)
    comparing(good, bad)
    signing(good)
    tampering(bad)
    interruption(lines)
    shutil.rmtree(work)
    print(f"conform: {check.count} checks, {killed} seeded faults killed, {dumb} dumb products, "
          f"{len(LEDGER)} catalogue mutants")


main()
