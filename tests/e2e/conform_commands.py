# SPDX-License-Identifier: Apache-2.0
"""hutong-conform preflight, explain, list and plan against a reference product and
against none: text in both languages, JSON, exit status."""
import json
import os
import shutil
import subprocess
import tempfile

import conform_tool
from conform_tool import TOOL, check
from harness import ROOT, free_port, launch, wait_until

PEER = ["/usr/bin/python3", os.path.join(ROOT, "tests", "peers", "py", "peer.py")]
work = tempfile.mkdtemp(prefix="hutong-commands-")


def tool(*args, code=0, lang="en"):
    status, out, err = conform_tool.tool(*args, lang=lang)
    check(status == code, f"{args}: exit {status}, not {code}: {out[-600:]}{err[-600:]}")
    return out


def results(*args, code):
    out = json.loads(tool("--json", "preflight", *args, code=code))
    check(out["exit"] == code, out)
    return {c["id"]: c for c in out["checks"]}


def server(role, *more):
    folder = tempfile.mkdtemp(dir=work)
    p = launch(PEER + ["--role", role, "--listen", "127.0.0.1:0", "--port-file", f"{folder}/port", "--store", f"{folder}/store",
                       *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    check(wait_until(lambda: os.path.exists(f"{folder}/port") and open(f"{folder}/port").read().strip(), 20), "no port")
    return p, int(open(f"{folder}/port").read())


def test_preflight():
    p, port = server("http_server")
    r = results("--role", "http_server", "--target", f"http://127.0.0.1:{port}", code=0)
    for name in ("openssl", "tests", "target", "clock", "probes", "HS-BASE-001"):
        check(r[name]["result"] == "ok", r[name])
    check(r["declaration"]["result"] == "note" and r["declaration"]["todo"], r["declaration"])
    p.terminate()
    r = results("--role", "http_server", "--target", f"http://127.0.0.1:{free_port()}", code=3)
    check(r["target"]["result"] == "bad" and "refused" in r["target"]["seen"] and r["target"]["todo"], r["target"])
    check("HS-BASE-001" not in r, "a product that is not reachable is not tested")
    out = tool("preflight", "--role", "http_server", "--target", "http://127.0.0.1:1", code=3, lang="zh")
    check("✗ 产品可达" in out and "→" in out and "不能测试" in out, out)
    token = os.path.join(work, "token")
    open(token, "w").write("a-token-for-this-test\n")
    os.chmod(token, 0o644)
    os.mkdir(os.path.join(work, "taken"))
    r = results("--role", "http_server", "--target", f"http://127.0.0.1:{free_port()}", "--token-file", token, "--out",
                os.path.join(work, "taken"), code=3)
    check(r["token"]["result"] == "bad" and r["out"]["result"] == "bad", r)
    r = results("--role", "http_server", "--exec", " ".join(PEER) + " --role http_server --listen {host}:{port} --store {store}"
                " --token-file {token_file} --dumb reject-all-400", code=3)
    check(r["HS-BASE-001"]["result"] == "bad" if "HS-BASE-001" in r else r["product"]["result"] == "bad", r)
    sample = os.path.join(work, "none.ndjson")
    open(sample, "w").write("{}\n")
    r = results("--role", "files", "--target", sample, code=3)
    check(r["FILES-BASE-002"]["result"] == "bad", r)
    tool("preflight", "--role", "nobody", "--target", "x", code=2)
    print("ok   preflight")


def test_tls():
    folder = tempfile.mkdtemp(dir=work)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=tls-facts", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out",
                    f"{folder}/cert.pem"], check=True, capture_output=True)
    p, port = server("http_server", "--cert", f"{folder}/cert.pem", "--key", f"{folder}/key.pem")
    r = results("--role", "http_server", "--target", f"https://127.0.0.1:{port}", "--ca", f"{folder}/cert.pem", code=0)
    check(r["tls"]["result"] == "ok" and "TLSv1." in r["tls"]["seen"], r["tls"])
    check(r["certificate"]["result"] == "note" and "tls-facts" in r["certificate"]["seen"], r["certificate"])
    p.terminate()
    print("ok   preflight over TLS")


def test_explain():
    out = tool("explain", "ALERT-0003")
    for word in ("告警有标识", "an alert has an id", "authority: provisional", "clause: not bound", "FILES-ALERT-003",
                 "fault at /general/alert_id", "valid "):
        check(word in out, f"explain ALERT-0003: no '{word}'")
    check("暂定" in tool("explain", "ALERT-0003", lang="zh"), "the Chinese one does not say that it is provisional")
    rule = "alert.general.alert_id#length"
    r = json.loads(tool("--json", "explain", rule))
    check(r["rid"] == "ALERT-0003" and r["rule"] == rule and r["pointer"] == "/general/alert_id", r)
    valid, invalid = json.loads(r["valid"]), json.loads(r["invalid"])
    check(len(invalid["general"]["alert_id"]) == 65, "the invalid message does not break the rule")
    differs = [k for k in valid["general"] if valid["general"][k] != invalid["general"].get(k)]
    check(differs == ["alert_id"], f"more than one fault: {differs}")
    for name, want in (("valid", 0), ("invalid", 1)):  # they are what they are called
        path = os.path.join(work, f"{name}.json")
        open(path, "w", encoding="utf-8").write(r[name])
        tool("validate", path, code=want)
    tool("explain", "no.such.row#missing", code=2)
    tool("explain", "NOBODY-001", code=2)
    print("ok   explain")


def test_list():
    rows = [json.loads(line) for line in tool("--json", "list").splitlines()]
    for option, value, key in (("--role", "http_server", "role"), ("--kind", "recommended", "kind"), ("--maturity", "watch", "maturity")):
        some = [json.loads(line) for line in tool("--json", "list", option, value).splitlines()]
        check(some == [r for r in rows if r[key] == value] and some, f"list {option}")
    some = [json.loads(line) for line in tool("--json", "list", "--verifies=ALERT-0003").splitlines()]
    check(some == [r for r in rows if "ALERT-0003" in r["verifies"]] and some, "list --verifies")
    part = [json.loads(line) for line in tool("--json", "list", "--part", "alert", "--level", "应", "--authority", "provisional",
                                              "--only", "FILES-").splitlines()]
    check(part and all(r["id"].startswith("FILES-") for r in part) and len(part) < len(rows), "list with several filters")
    check(len(tool("--json", "list", "--std", "RFC 5424").splitlines()) > 0, "list --std")
    tool("list", "--part", "nothing-of-this-name", code=6)
    tool("list", "--colour", "blue", code=2)
    print("ok   list")


def declaration(*left_out, name="plan.yaml"):
    path = os.path.join(work, name)
    lines = tool("plan", "--template", "firewall").splitlines()
    with open(path, "w", encoding="utf-8") as f:
        for line in lines:
            if not any(f"- {item}" in line for item in left_out):
                f.write(line.replace("# - ", "- ") + "\n")
    return path


def test_plan():
    full = declaration()
    out = tool("plan", "--ics", full)
    check("therefore not judged" not in out, out[-400:])
    less = declaration("asset.device", name="less.yaml")
    out = tool("plan", "--ics", less)
    check("therefore not judged" in out and "asset.device" in out.split("not judged")[1], out[-400:])
    check("不评定" in tool("plan", "--ics", less, lang="zh"), "the Chinese one")
    broken = os.path.join(work, "broken.yaml")
    open(broken, "w").write("kind: ics\ntemplate: firewall\nversion: 1\nproduct: {vendor: a, name: b}\nsupports: [alert.sendd]\n")
    p = subprocess.run([TOOL, "--lang", "en", "plan", "--ics", broken], capture_output=True, text=True)
    check(p.returncode == 2, p.returncode)
    for word in ("version", "did you mean", "mandatory"):  # all at once
        check(word in p.stderr, f"no '{word}' in: {p.stderr}")
    s, port = server("function_server")
    out = tool("plan", "--ics", full, "--target", f"http://127.0.0.1:{port}")
    check("✓ function.protect" in out, out[-600:])
    quiet = declaration("function.protect", name="quiet.yaml")
    out = tool("plan", "--ics", quiet, "--target", f"http://127.0.0.1:{port}")
    check("! function.protect" in out and "not declared" in out, out[-600:])
    s.terminate()
    tool("plan", "--ics", full, "--target", f"http://127.0.0.1:{free_port()}", code=3)
    print("ok   plan")


for test in (test_explain, test_list, test_plan, test_preflight, test_tls):
    test()
shutil.rmtree(work)
print(f"ok   {check.count} checks")
