#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""hutong validate: exit status, what it says, and that a stream of any size
costs bounded memory."""
import copy
import json
import os
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HUTONG = os.path.join(
    os.environ.get("HUTONG_BIN", os.path.join(ROOT, "build", "debug", "bin")),
    "hutong")
ALIEN = os.path.join(HERE, "alien", "alien.yaml")
CLAIM = "符合 GB/T 44886"
MEMORY = 192 << 20  # address space for the streaming cases

ALERT = {
    "info_type": "alert",
    "general": {
        "alert_id": "a-1", "alert_name": "端口扫描", "alert_type": "02001",
        "alert_level": "high", "alert_time": "2026-11-22T10:00:00+08:00",
        "detector": {"product_name": "IDS", "vendor": "示例"},
    },
}
ENVELOPE = {
    "schema": "interconn/alert", "schema_version": "0.1.0",
    "msg_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "info_type": "alert",
    "sent_time": "2026-11-22T10:00:00Z",
    "source_product": {"product_id": "p", "product_name": "x", "vendor": "x"},
    "items": [ALERT, ALERT],
}


def changed(doc, path, value):
    doc = copy.deepcopy(doc)
    at = doc
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return doc


def text(*docs, indent=None):
    return "".join(json.dumps(d, ensure_ascii=False, indent=indent) + "\n"
                   for d in docs)


BAD_LEVEL = changed(ALERT, ["general", "alert_level"], "hihg")
NO_NAME = changed(ALERT, ["general", "alert_name"], None)
BAD_ITEM = changed(ENVELOPE, ["items", 1, "general", "count"], 0)

# name, arguments, standard input, exit status, wanted, unwanted texts
CASES = [
    ("clean record", ["-"], text(ALERT), 0,
     ["1 documents, 1 records: 0 errors", "agrees with definition "
      "provisional-2026 (strict)", "of them provisional",
      "GB/T 44886 not assessed"], ["differs", "用户声明"]),
    ("clean, Chinese", ["--lang", "zh", "-"], text(ALERT), 0,
     ["与定义文件 provisional-2026 一致（strict）", "为暂定",
      "GB/T 44886 未评定"], ["用户声明"]),
    ("fault with hint", ["-"], text(BAD_LEVEL), 1,
     ['-:1: /general/alert_level: error: alert_level (alert level) is "hihg", '
      'which is not in the code list alert_levels; did you mean "high"? '
      "[alert.general.alert_level#code]", "differs from definition"], []),
    ("fault, Chinese", ["--lang=zh", "-"], text(BAD_LEVEL), 1,
     ["错误: “告警级别”（alert_level）的值“hihg”，不在代码表", "不一致"], []),
    ("NDJSON with line numbers", ["-"], text(ALERT, NO_NAME, ALERT, BAD_LEVEL),
     1, ["-:2: /general/alert_name: error", "-:4: /general/alert_level: error",
         "4 documents, 4 records: 2 errors"], ["-:1:", "-:3:"]),
    ("blank lines count", ["-"], "\n\n" + text(NO_NAME), 1,
     ["-:3: /general/alert_name"], []),
    ("no newline at the end", ["-"], text(ALERT, NO_NAME)[:-1], 1,
     ["-:2: /general/alert_name"], []),
    ("pretty record", ["-"], text(BAD_LEVEL, indent=1), 1,
     ["-:7: /general/alert_level: error"], []),
    ("envelope", ["-"], text(ENVELOPE, indent=2), 0,
     ["1 documents, 2 records: 0 errors"], []),
    ("fault in an item", ["-"], text(BAD_ITEM), 1,
     ["/items/1/general/count: error", "[alert.general.count#range]"], []),
    ("NDJSON of envelopes", ["-"], text(ENVELOPE, BAD_ITEM), 1,
     ["-:2: /items/1/general/count", "2 documents, 4 records"], []),
    ("lenient warns", ["--lenient", "-"], text(NO_NAME, BAD_LEVEL), 0,
     [": warning: ", "0 errors, 2 warnings", "(lenient)"], [": error: "]),
    ("lenient still has types", ["--lenient", "-"],
     text(changed(ALERT, ["general", "count"], "1")), 1, [": error: "], []),
    ("warnings as errors", ["--lenient", "--warnings-as-errors", "-"],
     text(NO_NAME), 1, [": warning: "], []),
    ("options behind files", ["-", "--lenient"], text(NO_NAME), 0,
     ["(lenient)"], []),
    ("at most so many", ["--max-findings", "2", "-"], text(*[NO_NAME] * 9), 1,
     ["-:2:", "(7 more not listed", "       9  error  alert.general.alert_name"
      "#missing", "9 errors"], ["-:3:"]),
    ("quiet", ["--quiet", "-"], text(BAD_LEVEL), 1, ["-:1:"],
     ["agrees", "differs", "documents"]),
    ("nothing at all", ["-"], "", 0, ["0 documents", "no record to check"], []),
    ("not JSON", ["-"], text(ALERT) + "{nope}\n" + text(BAD_LEVEL), 65,
     ["-:2: unreadable: ", "-:3: /general/alert_level: error",
      "1 unreadable", "not judged"], ["agrees"]),
    ("duplicate key", ["-"], '{"info_type":"alert","info_type":"alert"}', 65,
     ["-:1: unreadable: duplicate key"], []),
    ("bad UTF-8 is unreadable", ["-"], b'{"info_type":"\xff"}', 65,
     ["-:1: unreadable"], []),
    ("binary", ["-"], bytes(range(256)) * 40, 65, ["unreadable"], []),
    ("hostile text is made visible", ["-"],
     text(changed(ALERT, ["a\x1b[2Jb\u202e"], 1)), 1,
     ["a\\u001b[2Jb\\u202e"], ["\x1b", "\u202e"]),
    ("a file that is not there", ["/nonexistent/x.json"], "", 65,
     ["/nonexistent/x.json: unreadable: "], []),
    ("a folder", ["/"], "", 65, ["unreadable"], []),
    ("no file", [], "", 2, [], ["agrees"]),
    ("unknown option", ["--nosuch", "-"], "", 2, [], []),
    ("bad number", ["--max-findings", "x", "-"], "", 2, [], []),
    ("overlay without signature", ["--overlay", ALIEN, "-"], text(
        {"info_type": "alert", "alertId": "a", "alertName": "x",
         "alertType": "02001", "alertLevel": 50, "alertTime": 1795305600123,
         "detectorProductName": "x", "detectorVendor": "x"}), 0,
     ["用户声明", "agrees with definition alien-1"], []),
    ("broken overlay", ["--overlay", "/nonexistent.yaml", "-"], "", 78, [], []),
]


def run(args, data, limit=None):
    if isinstance(data, str):
        data = data.encode()
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    got = subprocess.run(
        [HUTONG, "validate"] + args, input=data, env=env,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
        preexec_fn=limit and (lambda: resource.setrlimit(
            resource.RLIMIT_AS, (limit, limit))))
    out = got.stdout.decode() + got.stderr.decode()
    if CLAIM in out or "符合GB/T 44886" in out:
        out += "\nCLAIMS CONFORMITY"
    return got.returncode, out, got.stdout.decode()


def table():
    failed = 0
    for name, args, data, status, wanted, unwanted in CASES:
        code, out, _ = run(args, data)
        missing = [w for w in wanted if w not in out]
        extra = [u for u in unwanted + ["CLAIMS"] if u in out]
        if code != status or missing or extra:
            failed += 1
            print("FAIL %s: exit %d, missing %s, unwanted %s\n%s" %
                  (name, code, missing, extra, out))
    return failed, len(CASES)


def json_output():
    """One object a finding, then one summary, all parseable."""
    docs = text(ALERT, BAD_LEVEL) + "{\n" + text(NO_NAME)
    code, _, out = run(["--json", "-"], docs)
    lines = [json.loads(x) for x in out.splitlines()]
    assert code == 65, code
    assert [x.get("line") for x in lines] == [2, 3, 4, None], lines
    first, broken, last = lines[0], lines[1], lines[-1]["summary"]
    assert first["pointer"] == "/general/alert_level", first
    assert first["rule"] == "alert.general.alert_level#code", first
    assert first["severity"] == "error" and first["clause"] is None, first
    assert first["provisional"] is True and first["offset"] > 0, first
    assert broken["unreadable"], broken
    assert last["documents"] == 3 and last["records"] == 3, last
    assert last["errors"] == 2 and last["unreadable"] == 1, last
    assert last["rows"] == last["provisional_rows"] > 100, last
    assert last["verdict"] == "unreadable", last
    assert last["by_rule"] == {"alert.general.alert_level#code": 1,
                               "alert.general.alert_name#missing": 1}, last
    code, _, out = run(["--json", "-"], text(ENVELOPE))
    both = json.loads(out)["summary"]
    assert code == 0 and both["verdict"] == "agrees", both
    assert both["envelopes"] == 1 and both["rows"] > last["rows"], both


def several_files():
    with tempfile.TemporaryDirectory() as d:
        paths = [os.path.join(d, n) for n in ("a.json", "b\n.json")]
        for path, doc in zip(paths, (ENVELOPE, BAD_LEVEL)):
            with open(path, "w") as f:
                f.write(text(doc))
        code, out, _ = run(paths + ["-"], text(ALERT))
    assert code == 1, out
    assert "b\\u000a.json:1: /general/alert_level" in out, out
    assert "3 documents, 4 records: 1 errors" in out, out


def big_stream():
    """80 MB of lines and a line of 40 MB, in bounded memory."""
    lines = text(*[ALERT] * 100).encode() * 2000
    long = b'{"info_type":"alert","x_a":"' + b"a" * (40 << 20) + b'"}\n'
    code, out, _ = run(["-"], lines + long + text(NO_NAME).encode(), MEMORY)
    assert code == 65, (code, out[-500:])
    assert "-:200001: unreadable: " in out, out[-500:]
    assert "-:200002: /general/alert_name" in out, out[-500:]
    assert "200001 documents, 200001 records: 1 errors" in out, out[-500:]


def closed_pipe():
    """A reader that had enough ends it quietly."""
    p = subprocess.Popen([HUTONG, "validate", "--max-findings", "0", "-"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    p.stdout.close()
    try:
        p.stdin.write(text(NO_NAME).encode() * 20000)
        p.stdin.close()
    except BrokenPipeError:
        pass
    assert p.wait(60) in (1, 65), p.returncode
    assert p.stderr.read() == b""


def main():
    failed, count = table()
    for test in (json_output, several_files, big_stream, closed_pipe):
        count += 1
        try:
            test()
        except AssertionError as e:
            failed += 1
            print("FAIL %s: %s" % (test.__name__, str(e)[:2000]))
    print("validate: %d cases, %d failed" % (count, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
