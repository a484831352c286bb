# SPDX-License-Identifier: Apache-2.0
"""Roles http_server and function_server against the reference products, against
dumb products that must earn nothing, and what a run leaves behind."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

import jsonschema

from conform_tool import TOOL, check, node_is_old, tool
from harness import BIN, ROOT

SCHEMA = json.load(open(os.path.join(ROOT, "conformance", "catalogue", "schema", "report.schema.json")))
PEERS = os.path.join(ROOT, "tests", "peers")
work = tempfile.mkdtemp(prefix="hutong-conform-net-")


def peer(kind, role, more=""):
    program = {"py": f"/usr/bin/python3 {PEERS}/py/peer.py", "node": f"node {PEERS}/node/peer.mjs"}[kind]
    return f"exec {program} --role {role} --listen {{host}}:{{port}} --token-file {{token_file}} --store {{store}} {more}"


def run(role, command, *args):
    code, out, err = tool("--json", "run", "--role", role, "--exec", command, *args)
    report = json.loads(out) if out else None
    if report:
        jsonschema.validate(report, SCHEMA)
    return code, report, err


def by_verdict(report):
    out = {}
    for t in report["tests"]:
        out.setdefault(t["verdict"], []).append(t["id"])
    return out


def passes(report, negative):
    return [t["id"] for t in report["tests"] if t["verdict"] == "pass" and bool(t["twin"]) == negative]


# ---------------------------------------------------------------- references

# What the HTTP of Node.js lets through before release 20, whoever uses it.
OLD_NODE = {"HS-FRAME-001", "HS-FRAME-003", "HS-HEAD-012"}


def references():
    kinds = ["py"] + (["node"] if shutil.which("node") else [])
    tls = "--ca {ca} --cert {cert} --key {key}"
    for role, least in (("http_server", 150), ("function_server", 130)):
        for kind in kinds:
            begin = time.monotonic()
            code, report, err = run(role, peer(kind, role, tls if role == "http_server" else ""))
            took = time.monotonic() - begin
            found = by_verdict(report)
            bad = {v: ids for v, ids in found.items() if v not in ("pass", "warn", "info", "not_applicable")}
            if kind == "node" and set(bad.get("fail", [])) & OLD_NODE and node_is_old():
                print("SKIP of node:", ", ".join(sorted(OLD_NODE)), "need Node.js 20")
                bad["fail"] = [t for t in bad["fail"] if t not in OLD_NODE]
                bad = {v: ids for v, ids in bad.items() if ids}
                code = code if bad else 0
            check(code == 0 and not bad, f"{role} of {kind}: exit {code}, {bad} {err}")
            check(len(found["pass"]) >= least, f"{role} of {kind}: only {len(found['pass'])} passes")
            check(took < 60, f"{role} of {kind} took {took:.0f} s")
            check(20 == report["setting"]["probes"] if "setting" in report else True, "baseline probes")


# ---------------------------------------------------------------- dumb products

DUMB = r'''
import json, random, socket, struct, sys, threading, time
kind, port = sys.argv[1], int(sys.argv[2])
def http(status, body):
    b = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(b)) + b
def request(c):
    data = b""
    while b"\r\n\r\n" not in data:
        d = c.recv(65536)
        if not d:
            return None
        data += d
    head, _, body = data.partition(b"\r\n\r\n")
    n = [l for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")]
    try:
        n = int(n[0].split(b":")[1]) if n else 0
    except ValueError:
        n = 0
    while len(body) < min(n, 1 << 20):
        d = c.recv(65536)
        if not d:
            break
        body += d
    return body
def answer(c, body):
    try:
        value = json.loads(body)
    except ValueError:
        value = {}
    value = value if isinstance(value, dict) else {}
    good = {"msg_id": value.get("msg_id", ""), "accepted": 1, "results": [202], "version": "1.0", "code": 0,
            "message": "ok", "request_id": value.get("request_id", ""), "timestamp": "2026-11-27T00:00:00Z",
            "data": {"capabilities": [{"class": "respond", "operation": "block", "versions": ["1.0"]}], "dry_run": True}}
    if kind == "accept-all": return http(200 if "command" in sys.argv else 202, good)
    if kind == "reject-400": return http(400, {"code": 1004, "message": "no"})
    if kind == "reject-500": return http(500, {"code": 5001, "message": "no"})
    if kind == "same": return http(202, {"msg_id": "always", "accepted": 1, "results": [202]})
    if kind == "error-body": return http(200, {"code": 1004, "message": "no"})
    if kind == "random": return http(random.choice([200, 202, 400, 401, 404, 409, 500]), {"code": random.choice([0, 1001, 2001, 3006])})
    if kind == "echo": return body
    if kind == "slow": time.sleep(20)
    return b""
def serve(c):
    try:
        if kind == "close": return
        if kind == "reset":
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if kind == "silent":
            time.sleep(30)
            return
        while True:
            body = request(c)
            if body is None: return
            c.sendall(answer(c, body))
    except OSError:
        pass
    finally:
        c.close()
s = socket.create_server(("127.0.0.1", port), backlog=128)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
'''
KINDS = ("accept-all", "reject-400", "reject-500", "same", "error-body", "random", "echo", "slow", "close", "reset",
         "silent")


def dumb():
    program = os.path.join(work, "dumb.py")
    with open(program, "w") as f:
        f.write(DUMB)
    # A sample of the kinds, unless CONFORM_FULL asks for all (five minutes).
    full = "CONFORM_FULL" in os.environ
    for role, kinds in (("http_server", KINDS if full else ("accept-all", "reject-400")),
                        ("function_server", ("accept-all", "reject-400", "close", "same") if full else ("same",))):
        for kind in kinds:
            word = "command" if role == "function_server" else "data"
            command = f"exec /usr/bin/python3 {program} {kind} {{port}} {word} {{store}}"
            code, report, _ = run(role, command, "--repeat", "1")
            check(code in (1, 3, 5), f"{kind} as {role}: exit {code}")
            check(passes(report, True) == [], f"{kind} as {role} passes negative tests: {passes(report, True)}")
            if kind in ("reject-400", "reject-500", "echo", "slow", "close", "reset", "silent"):
                check(passes(report, False) == [], f"{kind} as {role} passes {passes(report, False)}")


# ---------------------------------------------------------------- what is left behind

def replay():
    folder = os.path.join(work, "failing")
    command = (f"exec {BIN}/hutong receive --https {{host}}:{{port}} --cert {{cert}} --key {{key}} "
               "--token-file {token_file} --store {store}")
    code, report, err = run("http_server", command, "--only", "HS-REJ-0", "--out", folder)
    check(code == 1, f"a receiver without a checker: exit {code} {err}")
    check(tool("verify", folder)[0] == 0, "the run folder is intact")
    n = 0
    for t in report["tests"]:
        if t["verdict"] not in ("fail", "warn", "inconc"):
            continue
        words = shlex.split(t["replay"])
        code, out, err = tool(*words[1:])
        check(words[0] == "hutong-conform" and code == 0, f"{t['id']}: {t['replay']}: {out}{err}")
        check("are those recorded" in out, f"{t['id']} sends other bytes: {out}")
        check("curl" not in t or t["curl"] is None or t["curl"].startswith("curl "), t["id"])
        n += 1
    check(n >= 20, f"only {n} failures to replay")
    code, out, _ = tool("replay", f"{folder}/HS-REJ-015", "--exec", peer("py", "http_server"))
    check(code == 1 and "ANOTHER verdict" in out, f"a product that is mended: {out}")
    for line in open(os.path.join(folder, "evidence", "HS-ACC-001.1.ndjson")):
        check("Bearer [redacted]" in line or "Bearer" not in line, "a token in a transcript")


DECLARED = """kind: ics
version: 1
template: monitoring-platform
product: {vendor: a, name: b, version: "1"}
supports: [alert.send, alert.attack, envelope.send, function.server, function.client, function.identify,
           function.protect, function.monitor, function.respond, function.async, function.dry_run]
"""


def content():
    """What a product answers is judged as documents; what it declares and a function interface cannot carry
    is not missed; the printed command does it again."""
    path = os.path.join(work, "declared.yaml")
    with open(path, "w") as f:
        f.write(DECLARED)
    code, report, err = run("function_server", peer("py", "function_server", "--fault py-fs-result-unknown"),
                            "--ics", path, "--only", "FS-OP,FILES-FUNC,FILES-ALERT-000")
    verdicts = {t["id"]: t["verdict"] for t in report["tests"]}
    failed = [t for t in report["tests"] if t["verdict"] == "fail"]
    check(code == 1 and [t["id"] for t in failed] == ["FILES-FUNC-035"], f"exit {code}, {by_verdict(report)} {err}")
    check("/data/note" in json.dumps(failed), f"where: {failed}")
    check(verdicts["FILES-ALERT-000"] == "not_applicable", f"an alert is missed: {verdicts['FILES-ALERT-000']}")
    words = shlex.split(failed[0]["replay"])
    code, out, err = tool("--json", *words[1:])
    again = [t["verdict"] for t in json.loads(out)["tests"] if t["id"] == "FILES-FUNC-035"]
    check(code == 1 and again == ["fail"], f"{failed[0]['replay']}: exit {code} {again} {err}")


def begun(folder, least=10):
    """Waits until the run in this folder has so many transcripts."""
    evidence = os.path.join(folder, "evidence")
    end = time.monotonic() + 30
    while not (os.path.isdir(evidence) and len(os.listdir(evidence)) > least):
        check(time.monotonic() < end, "the run does not begin")
        time.sleep(.02)


def interrupt():
    folder = os.path.join(work, "cut")
    p = subprocess.Popen([TOOL, "run", "--role", "http_server", "--exec", peer("py", "http_server"), "--jobs", "1",
                          "--out", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun(folder)
    p.send_signal(signal.SIGINT)
    code = p.wait(20)
    report = json.load(open(os.path.join(folder, "report.json")))
    found = by_verdict(report)
    check(code == 5, f"interrupted: exit {code}")
    check('"interrupted"' in open(os.path.join(folder, "events.ndjson")).read(), "the log says so")
    check(found.get("pass") and found.get("inconc"), f"a part of it is told: { {k: len(v) for k, v in found.items()} }")
    check(tool("verify", folder)[0] == 0, "what was cut short is intact")


def stall():
    """The tester stands still, its product goes on: that is not held against it."""
    folder = os.path.join(work, "stall")
    client = (f"exec /usr/bin/python3 {PEERS}/py/peer.py --role http_client --connect {{host}}:{{port}} "
              "--token-file {token_file}")
    p = subprocess.Popen([TOOL, "run", "--role", "http_client", "--exec", client, "--only", "HC-BASE,HC-RTY-01",
                          "--out", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun(folder, 4)
    p.send_signal(signal.SIGSTOP)
    time.sleep(4)
    p.send_signal(signal.SIGCONT)
    code = p.wait(120)
    report = json.load(open(os.path.join(folder, "report.json")))
    found = by_verdict(report)
    bad = {v: ids for v, ids in found.items() if v not in ("pass", "info", "not_applicable")}
    check(code == 0 and not bad, f"a stopped tester: exit {code}, {bad}")
    notes = [n["en"] for n in report["setting"].get("notes", [])]
    check(any("stood still for" in n and "made again" in n for n in notes), f"the report says so: {notes}")


def expected():
    command = peer("py", "http_server")
    only = ("--only", "HS-ACC-00")
    head = "kind: expected-deviations\nversion: 1\ndeviations:\n"
    row = "  - {test: HS-ACC-001, rev: 1, text: 'x', reason: 'known', until: '2099-01-01'}\n"
    file = os.path.join(work, "expected.yaml")
    with open(file, "w") as f:
        f.write(head + row)
    code, report, _ = run("http_server", command, *only, "--expect", file)
    check(code == 1 and "HS-ACC-001" in by_verdict(report)["fail"], "an expected failure that does not happen is red")
    check(report["tables"]["definition"]["not_met"] == 0, f"its requirements are met nevertheless: {report['tables']}")
    dumb_file = os.path.join(work, "dumb.py")
    code, report, _ = run("http_server", f"exec /usr/bin/python3 {dumb_file} same {{port}} data", "--only", "HS-ACC-007")
    check("HS-ACC-007" in by_verdict(report)["fail"], "the msg_id is another")
    for text, until, want in (("always", "2099-01-01", "info"), ("something else", "2099-01-01", "fail"),
                              ("always", "2020-01-01", "fail")):
        with open(file, "w") as f:
            f.write(head + f"  - {{test: HS-ACC-007, rev: 1, text: '{text}', reason: 'known', until: '{until}'}}\n")
        code, report, _ = run("http_server", f"exec /usr/bin/python3 {dumb_file} same {{port}} data",
                              "--only", "HS-ACC-007", "--expect", file)
        check("HS-ACC-007" in by_verdict(report)[want], f"{text} until {until}: {by_verdict(report)}")
        unmet = [q["result"] for q in report["requirements"] if q["rid"] == "HTTP-0003"]
        check(unmet == ["not_met"] and report["tables"]["definition"]["result"] == "inconsistent",
              f"an expected deviation leaves its requirement unmet: {unmet} {report['tables']}")
        notes = [n["en"] for n in report["setting"].get("notes", [])]
        check((want == "info") == any(n.startswith("expected deviations: 1;") for n in notes), f"it is noted: {notes}")
    with open(file, "w") as f:
        f.write(head + "  - {test: NOBODY, rev: 1, text: '(', reason: r, until: soon}\n")
    code, _, err = run("http_server", command, "--only", "HS-ACC-007", "--expect", file)
    check(code == 2 and "NOBODY" in err and "date" in err, f"a wrong file: {code} {err}")


def usage():
    for args in (["--role", "http_server"], ["--role", "http_server", "--target", "nonsense"],
                 ["--role", "http_server", "--target", "http://127.0.0.1:1", "--exec", "x"],
                 ["--role", "http_server", "--exec", "x {nobody}"], ["--role", "nobody", "--exec", "x"],
                 ["--role", "files", "--target", "x", "--jobs", "2"],
                 ["--role", "http_server", "--target", "http://127.0.0.1:1", "--jobs", "0"]):
        code, out, err = tool("run", *args)
        check(code in (2, 3) and err, f"{args}: exit {code}")
    begin = time.monotonic()
    code, _, err = tool("run", "--role", "http_server", "--target", "http://127.0.0.1:1")
    check(code == 3 and err, f"nobody listens: exit {code}")
    code, _, _ = run("http_server", peer("py", "http_server"), "--only", "HS-BASE-001")
    check(time.monotonic() - begin < 10, "the first verdict comes soon")
    check(tool("run", "--role", "http_server", "--exec", "exit 3")[0] == 3, "a product that ends at once")
    check(tool("run", "--role", "http_server", "--exec", peer("py", "http_server"), "--only", "NOTHING")[0] == 6,
          "nothing selected")


try:
    usage()
    references()
    dumb()
    replay()
    content()
    interrupt()
    stall()
    expected()
finally:
    shutil.rmtree(work, ignore_errors=True)
print(f"conform-net: {check.count} checks")
