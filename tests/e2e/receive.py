# SPDX-License-Identifier: Apache-2.0
"""hutong receive against Python's HTTPS client and ZeroMQ binding: results per
item, credentials, gzip, kill -9 between and inside batches, exits."""
import gzip
import http.client
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import zlib

from harness import BIN, ROOT, Work, wait_until

HUTONG = os.path.join(BIN, "hutong")
PATH = "/interconn/v1/data/alert"


def expect(condition, text):
    if not condition:
        sys.exit("FAILED: " + text)


def envelope(ids):
    return json.dumps({"msg_id": "m", "items": [
        {"info_type": "alert", "x_event_id": i} for i in ids]}).encode()


class Receive:
    def __init__(self, work, *args, **popen):
        self.port_file = work / "port"
        if os.path.exists(self.port_file):
            os.unlink(self.port_file)
        self.process = subprocess.Popen(
            [HUTONG, "receive", "--port-file", self.port_file, *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)
        expect(wait_until(lambda: os.path.exists(self.port_file), 20), "port file")
        with open(self.port_file, encoding="ascii") as f:
            self.port = int(f.read())

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, out, err


def client(work, port, trust=True):
    context = ssl.create_default_context(cafile=work / "cert.pem" if trust else None)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)


def post(conn, body, path=PATH, **headers):
    fields = {"Content-Type": "application/json", "Idempotency-Key": f"m{zlib.crc32(body)}"}
    fields.update({k.replace("_", "-"): v for k, v in headers.items()})
    conn.request("POST", path, body, fields)
    answer = conn.getresponse()
    return answer.status, answer.read().decode()


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line)["x_event_id"] for line in f]


def test_https():
    work = Work("receive")
    with open(work / "token", "w", encoding="ascii") as f:
        f.write("s3cret\n")
    os.chmod(work / "token", 0o600)
    tls = ["--https", "127.0.0.1:0", "--cert", work / "cert.pem", "--key", work / "key.pem"]
    r = Receive(work, *tls, "--token-file", work / "token", "--store", work / "s", "--json")
    conn = client(work, r.port)
    right = {"Authorization": "Bearer s3cret"}
    status, text = post(conn, envelope(["a", "b"]), Idempotency_Key="m", **right)
    expect((status, json.loads(text)) ==
           (202, {"msg_id": "m", "accepted": 2, "results": [202, 202]}), text)
    status, text = post(conn, gzip.compress(envelope(["b", "c"])), Content_Encoding="gzip", **right)
    expect((status, json.loads(text)["results"]) == (202, [200, 202]), text)
    status, text = post(conn, envelope(["z"]), Idempotency_Key="m", **right)
    expect((status, json.loads(text)["code"]) == (409, 3006), f"a key used twice: {text}")
    expect(post(conn, b"{", **right)[0] == 400, "malformed")
    expect(post(conn, envelope(["d"]), path=PATH + "/../x", **right)[0] == 400, "dot segments")
    rows = [(401, {}, envelope(["x"])), (401, {"Authorization": "Bearer wrong"}, envelope(["x"])),
            (415, {**right, "Content_Type": "text/plain"}, envelope(["x"])),
            (413, right, b" " * ((16 << 20) + 1))]
    for wanted, headers, body in rows:
        try:
            got = post(client(work, r.port), body, **headers)[0]
        except (BrokenPipeError, ConnectionResetError):
            got = 413  # the server stopped reading before all was sent
        expect(got == wanted, f"{got} instead of {wanted} for {headers}")
    try:
        client(work, r.port, trust=False).connect()
        expect(False, "an unknown certificate was trusted")
    except ssl.SSLCertVerificationError:
        pass
    code, out, _ = r.end()
    counts = json.loads(out)
    expect(code == 0 and counts["records"] == 3 and counts["repeats"] == 1, out)
    expect(lines(work / "s") == ["a", "b", "c"], "store")
    work.remove()
    print("ok   https")


def test_kill():
    """Every acknowledged record is stored once, however often it dies."""
    work = Work("receive-kill")
    choice = random.Random(7)
    sent = 0
    for _ in range(8):
        r = Receive(work, "--https", "127.0.0.1:0", "--cert", work / "cert.pem", "--key",
                    work / "key.pem", "--store", work / "s")
        conn = client(work, r.port)
        for _ in range(choice.randrange(1, 12)):
            ids = [f"e{i}" for i in range(max(0, sent - 3), sent + 5)]
            status, text = post(conn, envelope(ids))
            expect(status == 202, text)
            sent += 5
        ids = [f"e{i}" for i in range(sent, sent + 5)]
        conn.request("POST", PATH, envelope(ids), {"Content-Type": "application/json"})
        r.process.kill()  # its answer may be lost: sent again next time
        r.process.communicate()
    stored = lines(work / "s")
    expect(len(stored) == len(set(stored)), "doubled")
    expect(set(stored) >= {f"e{i}" for i in range(sent)}, "lost")
    work.remove()
    print("ok   kill -9")


def test_exits():
    work = Work("receive-exit")

    def run(*args):
        return subprocess.run([HUTONG, "receive", *args], capture_output=True, text=True,
                              check=False)

    rows = [(2, []), (2, ["--zmq"]), (2, ["--zmq", "ipc:///tmp/x", "--https", "127.0.0.1:0"]),
            (2, ["--https", "127.0.0.1:0"]), (2, ["--zmq", "ipc:///tmp/x", "--cert", "x"]),
            (2, ["--zmq", "ipc:///tmp/x", "--mode", "req"]), (2, ["--elephant"]),
            (2, ["--zmq", "tcp://0.0.0.0:0"]), (2, ["--zmq", "carrier-pigeon://x"]),
            (69, ["--zmq", "tcp://127.0.0.1:0", "--timeout", "1", "--count", "1"]),
            (0, ["--zmq", "tcp://127.0.0.1:0", "--timeout", "1"])]
    for wanted, args in rows:
        got = run(*args)
        expect(got.returncode == wanted, f"{args}: {got.returncode}: {got.stderr}")
        expect(wanted == 0 or got.stderr, f"{args}: silent")
    r = Receive(work, "--https", "127.0.0.1:0", "--insecure-http", "--count", "2", "--quiet")
    conn = http.client.HTTPConnection("127.0.0.1", r.port, timeout=20)
    expect(post(conn, envelope(["a"]))[0] == 202, "first")
    expect(post(conn, envelope(["b", "c"]))[0] == 202, "the answer to the last one")
    out, err = r.process.communicate(timeout=15)
    expect(r.process.returncode == 0 and err == "", err)
    expect([json.loads(x)["x_event_id"] for x in out.split("\n")[:-1]] == ["a", "b", "c"], out)
    work.remove()
    print("ok   exits")


def test_zmq_peer():
    work = Work("receive-zmq")
    r = Receive(work, "--zmq", "tcp://127.0.0.1:*", "--store", work / "s", "--json")
    peer = subprocess.run(
        ["/usr/bin/python3", os.path.join(ROOT, "tests/peers/zmq_peer.py"), "dealer",
         f"tcp://127.0.0.1:{r.port}"], capture_output=True, text=True, check=False)
    code, out, err = r.end()
    if peer.returncode == 77:
        print("SKIP python3-zmq is missing; the independent ZeroMQ peer was NOT run")
    else:
        expect(peer.stdout == "m1 202 [202,202]\nm2 202 [200,202]\nm1 202 [200,200]\n"
               "m3 422 []\nm4 400 []\n 400 []\n 400 []\nm6 202 [202]\n", peer.stdout)
        expect(code == 0 and json.loads(out) == {
            "records": 4, "repeats": 3, "batches": 4, "refused": 0, "bad": 4}, out + err)
        expect(lines(work / "s") == ["e1", "e2", "e3", "e5"], "store")
        print("ok   zmq peer")
    work.remove()


test_https()
test_kill()
test_exits()
test_zmq_peer()
