# SPDX-License-Identifier: Apache-2.0
"""hutong-conform proxy between two reference products. Clean pairs pass and
nothing is lost, a seeded fault is found by its requirement, bytes go over as
they are, no secret is kept, what is encrypted is said, Ctrl-C reports."""
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import jsonschema

from conform_tool import TOOL, check
from harness import ROOT, launch, wait_until

PEER = ["/usr/bin/python3", os.path.join(ROOT, "tests", "peers", "py", "peer.py")]
SCHEMA = json.load(open(os.path.join(ROOT, "conformance", "catalogue", "schema", "report.schema.json")))
work = tempfile.mkdtemp(prefix="hutong-proxy-")
runs = 0


def fresh():
    global runs
    runs += 1
    path = os.path.join(work, str(runs))
    os.mkdir(path)
    return path


def port_in(path):
    check(wait_until(lambda: os.path.exists(path) and open(path).read().strip(), 20), f"{path}: no port")
    return int(open(path).read())


def proxy(folder, role, target, *options):
    """The running proxy and the port that it listens on."""
    p = launch([TOOL, "--lang", "en", "--json", "--quiet", "proxy", "--role", role, "--listen", "127.0.0.1:0", "--target",
                f"127.0.0.1:{target}", "--port-file", f"{folder}/proxy.port", "--out", f"{folder}/run", *options],
               stdout=open(f"{folder}/report.json", "wb"), stderr=open(f"{folder}/proxy.log", "wb"))
    return p, port_in(f"{folder}/proxy.port")


def ended(p, folder, code):
    check(p.wait(timeout=60) == code, f"{folder}: exit {p.returncode}, not {code}: {open(folder + '/proxy.log').read()}")
    r = json.load(open(f"{folder}/report.json"))
    jsonschema.validate(r, SCHEMA)
    v = subprocess.run([TOOL, "--lang", "en", "verify", f"{folder}/run"], capture_output=True, text=True)
    check(v.returncode == 0, f"{folder}: verify: {v.stdout}{v.stderr}")
    return r


def connections(folder):
    return [json.loads(line) for line in open(f"{folder}/run/evidence/connections.ndjson")]


def pair(role, server, client, code, count=12, options=(), shared=(), client_options=()):
    """A run of two references through the proxy: report, folder, lines stored."""
    folder = fresh()
    s = launch(PEER + ["--role", server, "--listen", "127.0.0.1:0", "--port-file", f"{folder}/port", "--store",
                       f"{folder}/store", *shared], stdout=subprocess.DEVNULL, stderr=open(f"{folder}/server.log", "wb"))
    p, port = proxy(folder, role, port_in(f"{folder}/port"), *options)
    c = subprocess.run(PEER + ["--role", client, "--connect", f"127.0.0.1:{port}", "--count", str(count), *shared,
                               *client_options], stdout=subprocess.DEVNULL, stderr=open(f"{folder}/client.log", "wb"), timeout=60)
    check(c.returncode == 0, f"{folder}: {client}: {open(folder + '/client.log').read()}")
    p.send_signal(signal.SIGINT)
    r = ended(p, folder, code)
    s.terminate()
    stored = sum(1 for _ in open(f"{folder}/store")) if os.path.exists(f"{folder}/store") else 0
    for k in connections(folder):
        for way in ("forth", "back"):
            check(k[way]["read"] == k[way]["written"], f"{folder}: bytes lost: {k}")
        check(k["lost_datagrams"] == 0, f"{folder}: datagrams lost: {k}")
    return r, folder, stored


def test_clean():
    rows = [("http_client", "http_server", "http_client", (), (), "records"),
            ("http_server", "http_server", "http_client", (), (), None),
            ("interop", "http_server", "http_client", (), (), "records"),
            ("function_client", "function_server", "function_client", (), (), None),
            ("function_server", "function_server", "function_client", (), (), None),
            ("zmq_pub", "zmq_sub", "zmq_pub", (), (), "records"),
            ("syslog_sender", "syslog_receiver", "syslog_sender", (), ("--transport", "tcp"), "records"),
            ("syslog_sender", "syslog_receiver", "syslog_sender", ("--udp",), ("--transport", "udp"), "records")]
    for role, server, client, options, shared, stored_as in rows:
        r, folder, stored = pair(role, server, client, 0, options=options, shared=shared)
        t = r["targets"][0]
        check(t["documents"] >= 12 and t["unreadable"] == 0, f"{folder}: {role}: {t}")
        check(r["summary"]["verdicts"]["fail"] == 0 and r["summary"]["verdicts"]["pass"] > 10, f"{folder}: {r['summary']}")
        if stored_as:  # nothing is lost on the way: what was seen is what arrived
            check(t["records"] == stored > 0, f"{folder}: {role}: {t['records']} seen, {stored} stored")
        print(f"ok   clean {role} {' '.join(shared)}: {t['documents']} documents")


def test_faults():
    """Seeded faults in data: a test of the requirement fails at the place."""
    rows = []
    for line in open(os.path.join(ROOT, "tests", "peers", "mutants.yaml"), encoding="utf-8"):
        if line.startswith("  - {") and 'role: "http_client"' in line and 'class: "data"' in line and 'set: "dev"' in line:
            rows.append({k: line.split(f'{k}: "')[1].split('"')[0] for k in ("id", "rid", "site")})
    full = os.environ.get("CONFORM_FULL")
    picked = rows if full else random.Random(44886).sample(rows, 6)
    for row in picked:
        r, folder, _ = pair("http_client", "http_server", "http_client", 1, count=4, client_options=("--fault", row["id"]))
        bad = [t for t in r["tests"] if t["verdict"] in ("fail", "warn") and row["rid"] in t["verifies"]]
        check(bad, f"{folder}: {row['id']}: no failing test verifies {row['rid']}")
        pointers = {s["pointer"] for t in bad for s in t["samples"]}
        check(any(p.startswith(row["site"]) or row["site"].startswith(p) for p in pointers), f"{folder}: {row}: {pointers}")
        places = [s["place"] for t in bad for s in t["samples"]]
        check(all(">127.0.0.1:" in p and "byte " in p for p in places), f"{folder}: {places}")
    print(f"ok   {len(picked)} seeded faults of {len(rows)}")


def test_bytes():
    """Two megabytes each way at once of bytes that are no protocol."""
    folder = fresh()
    there, back = random.Random(1).randbytes(2 << 20), random.Random(2).randbytes(2 << 20)
    listener = socket.create_server(("127.0.0.1", 0))
    p, port = proxy(folder, "interop", listener.getsockname()[1])
    got = {}

    def side(s, send, name):
        def push():
            s.sendall(send)
            s.shutdown(socket.SHUT_WR)

        t = threading.Thread(target=push)
        t.start()
        h, n = hashlib.sha256(), 0
        while True:
            b = s.recv(50000)
            if not b:
                break
            h.update(b)
            n += len(b)
        t.join()
        got[name] = (n, h.hexdigest())

    a = socket.create_connection(("127.0.0.1", port))
    b, _ = listener.accept()
    threads = [threading.Thread(target=side, args=(a, there, "back")), threading.Thread(target=side, args=(b, back, "there"))]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    check(got["there"] == (len(there), hashlib.sha256(there).hexdigest()), "bytes there differ")
    check(got["back"] == (len(back), hashlib.sha256(back).hexdigest()), "bytes back differ")
    p.send_signal(signal.SIGTERM)
    r = ended(p, folder, 3)
    k = connections(folder)[0]
    check(k["forth"]["sha256"] == got["there"][1] and k["back"]["sha256"] == got["back"][1], f"digests: {k}")
    check(k["end"] == "closed", f"the connection did not end in order: {k}")
    check(any("no known protocol" in n["en"] for n in r["setting"]["notes"]), r["setting"])
    print("ok   4 MiB unchanged, both ways at once")


def test_secrets():
    """A token goes over and is in no file of the run."""
    folder = fresh()
    token = "s3cret-of-this-test-0123456789"
    with open(f"{folder}/token", "w") as f:
        f.write(token)
    os.chmod(f"{folder}/token", 0o600)
    r, run, _ = pair("http_client", "http_server", "http_client", 0, count=3, shared=("--token-file", f"{folder}/token"))
    for where, _, names in os.walk(f"{run}/run"):
        for name in names:
            check(token.encode() not in open(os.path.join(where, name), "rb").read(), f"the token is in {name}")
    again = subprocess.run([TOOL, "--lang", "en", "--json", "run", "--role", "files", f"{run}/run/evidence/traffic.pcapng"],
                           capture_output=True)
    check(again.returncode in (0, 1), f"the capture cannot be read: {again.stderr.decode()}")
    t = json.loads(again.stdout)["targets"][0]
    check(t["documents"] >= 3 and t["unreadable"] == 0 and t["capture"]["gaps"] == 0, f"the capture: {t}")
    print("ok   no secret is kept, the capture is read again")


def test_encrypted():
    """TLS: relayed, said, and nothing is called passed."""
    folder = fresh()
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(make, check=True, capture_output=True)
    s = launch(PEER + ["--role", "http_server", "--listen", "127.0.0.1:0", "--port-file", f"{folder}/port", "--store",
                       f"{folder}/store", "--cert", f"{folder}/cert.pem", "--key", f"{folder}/key.pem"], stderr=subprocess.DEVNULL)
    p, port = proxy(folder, "http_client", port_in(f"{folder}/port"))
    c = subprocess.run(PEER + ["--role", "http_client", "--connect", f"https://127.0.0.1:{port}", "--ca", f"{folder}/cert.pem",
                               "--count", "3"], capture_output=True, text=True, timeout=60)
    check(c.returncode == 0 and os.path.getsize(f"{folder}/store") > 0, f"TLS does not pass: {c.stderr}")
    p.send_signal(signal.SIGINT)
    r = ended(p, folder, 3)
    s.terminate()
    check(r["targets"][0]["capture"]["encrypted"] >= 2 and r["summary"]["verdicts"]["pass"] == 0, r["summary"])
    check(any("encrypted" in n["en"] and "加密" in n["zh"] for n in r["setting"]["notes"]), r["setting"])
    print("ok   TLS is relayed and said to be unseen")


def test_usage():
    for options in (["--role", "kafka_producer"], ["--role", "nobody"], ["--role", "zmq_sub"]):
        p = subprocess.run([TOOL, "proxy", *options, "--listen", "127.0.0.1:0", "--target", "127.0.0.1:1"], capture_output=True)
        check(p.returncode == 2 and not p.stdout and p.stderr, f"{options}: {p.returncode}")
    p = subprocess.run([TOOL, "proxy", "--listen", "127.0.0.1", "--target", "127.0.0.1:1"], capture_output=True, text=True)
    check(p.returncode == 2 and "HOST:PORT" in p.stderr, p.stderr)
    for lang, word in (("zh", "转发"), ("en", "Relays")):
        p = subprocess.run([TOOL, "--lang", lang, "proxy", "--help"], capture_output=True, text=True)
        check(p.returncode == 0 and word in p.stdout, p.stdout)
    print("ok   usage")


for test in (test_usage, test_bytes, test_clean, test_faults, test_secrets, test_encrypted):
    test()
shutil.rmtree(work)
print(f"ok   {check.count} checks")
