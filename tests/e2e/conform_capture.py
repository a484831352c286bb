# SPDX-License-Identifier: Apache-2.0
"""hutong-conform over captures that tcpdump takes of HTTP, syslog and ZeroMQ
between real sockets on the loopback interface: every document that was sent is
found, a broken one is named with its interface, packet and offset."""
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import jsonschema
import zmq

from conform_tool import TOOL, check
from harness import ROOT, launch, wait_until

FIXTURES = os.path.join(ROOT, "tests", "unit", "conformance_capture", "fixtures")
SCHEMA = json.load(open(os.path.join(ROOT, "conformance", "catalogue", "schema", "report.schema.json")))
HEAD = b'{"id":"m-%d","info_type":"alert","items":1,"first_sequence":1,"content_type":"application/json"}'
work = tempfile.mkdtemp(prefix="hutong-capture-")


def alert(n, level="high"):
    return json.dumps({"info_type": "alert", "general": {
        "alert_id": f"cap-{n}", "alert_name": f"示例 {n}", "alert_type": "02003",
        "alert_level": level, "alert_time": "2026-11-22T10:00:00+08:00",
        "detector": {"product_id": "ids-01", "product_name": "IDS", "product_type": "入侵检测系统(IDS)",
                     "vendor": "示例公司", "version": "1"}},
        "x_note": "长" * (n * 900 % 20000)}, ensure_ascii=False).encode()


def captured(name, ports, traffic):
    """The capture of what ${traffic} sends."""
    path = os.path.join(work, name + ".pcap")
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("127.0.0.1", 0))
    expression = " or ".join(f"port {p}" for p in [*ports, end.getsockname()[1]])
    log = open(os.path.join(work, name + ".log"), "wb")
    dump = launch(["tcpdump", "--immediate-mode", "-B", "65536", "-U", "-n", "-s", "0", "-i", "lo", "-w", path, "-Z", "root", expression],
                  stderr=log)
    listening = wait_until(lambda: b"listening on" in open(log.name, "rb").read(), 20)
    if not listening:
        print("SKIP  tcpdump cannot capture here:", open(log.name, "rb").read().decode().strip())
        sys.exit(0)
    traffic()

    def arrived():  # a last datagram of no information stands in the file
        end.sendto(b"<13>1 - - - - - - END OF CAPTURE", end.getsockname())
        return b"END OF CAPTURE" in open(path, "rb").read()

    check(wait_until(arrived, 30, 0.3), f"{name}: the capture does not end")
    dump.send_signal(signal.SIGINT)
    dump.wait(timeout=20)
    return path


def report(path, code=0):
    p = subprocess.run([TOOL, "--lang", "en", "--json", "run", "--role", "files", path], capture_output=True)
    check(p.returncode == code, f"{path}: exit {p.returncode}: {p.stdout.decode()[-900:]}{p.stderr.decode()}")
    out = json.loads(p.stdout)
    jsonschema.validate(out, SCHEMA)
    return out


def interface(r, name):
    return next((i for i in r.get("interfaces", []) if i["name"] == name), {"documents": 0, "records": 0, "faults": 0})


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while (n := int(self.rfile.readline(), 16)) > 0:
                self.rfile.read(n + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b'{"code":1}')

    def log_message(self, *args):
        pass


def over_http(bodies):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def send():
        c = http.client.HTTPConnection("127.0.0.1", server.server_port)
        for i, body in enumerate(bodies):
            how = {"Content-Type": "application/json"}
            chunked = iter([body[:500], body[500:]]) if i % 3 == 2 else body
            c.request("POST", "/interconn/v1/data/alert", chunked, how, encode_chunked=i % 3 == 2)
            c.getresponse().read()
            c.request("POST", "/interconn/v1/command/block/ip", b"{}", how)
            c.getresponse().read()
        c.close()
        server.shutdown()

    return server.server_port, send


ended = []  # connections whose last byte has come


def listener():
    s = socket.create_server(("127.0.0.1", 0))

    def drain():
        while True:
            c = s.accept()[0]
            while c.recv(65536):
                pass
            c.close()
            ended.append(c)

    threading.Thread(target=drain, daemon=True).start()
    return s.getsockname()[1]


def rfc5424(body):
    return b"<134>1 2026-11-22T10:00:00+08:00 host app - alert - \xef\xbb\xbf" + body


def over_syslog(bodies):
    lf, octets = listener(), listener()
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    udp = sink.getsockname()[1]

    def send():
        a = socket.create_connection(("127.0.0.1", lf))
        b = socket.create_connection(("127.0.0.1", octets))
        u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for body in bodies:
            m = rfc5424(body)
            a.sendall(m + b"\n")
            b.sendall(b"%d " % len(m) + m)
            u.sendto(m, ("127.0.0.1", udp))
        a.close()
        b.close()
        check(wait_until(lambda: len(ended) == 2), "syslog: not all arrived")

    return [lf, octets, udp], send


def over_zmq(bodies):
    context = zmq.Context()
    pairs = []
    for ours, theirs in ((zmq.PUSH, zmq.PULL), (zmq.DEALER, zmq.ROUTER), (zmq.PUB, zmq.SUB)):
        end, sender = context.socket(theirs), context.socket(ours)
        port = end.bind_to_random_port("tcp://127.0.0.1")
        if theirs == zmq.SUB:
            end.setsockopt(zmq.SUBSCRIBE, b"")
        pairs.append((port, sender, end))

    def send():
        for port, sender, end in pairs:
            sender.connect(f"tcp://127.0.0.1:{port}")
        for port, sender, end in pairs:
            sender.setsockopt(zmq.SNDTIMEO, 10000)
            end.setsockopt(zmq.RCVTIMEO, 300)
            got = 0
            while got == 0:  # a SUB hears nothing before its subscription arrived
                sender.send_multipart([b"alert", HEAD % 0, bodies[0]])
                try:
                    got += len(end.recv_multipart()) > 0
                except zmq.Again:
                    pass
            for i, body in enumerate(bodies):
                sender.send_multipart([b"alert", HEAD % i, body])
                end.recv_multipart()
        context.destroy(linger=0)

    return [p for p, _, _ in pairs], send


def test_http():
    bodies = [alert(n) for n in range(1, 40)]
    port, send = over_http(bodies)
    r = report(captured("http", [port], send))
    i = interface(r, "http")
    check(i["documents"] == i["records"] == len(bodies) and i["faults"] == 0, f"http: {r['interfaces']}")
    counts = r["targets"][0]["capture"]
    check(r["targets"][0]["kind"] == "pcap" and counts["gaps"] == 0 and counts["unknown"] == 0, f"http: {counts}")
    check(counts["ignored"] > 3 * len(bodies), f"http: {counts}")


def test_syslog():
    bodies = [alert(n) for n in range(1, 20)]
    ports, send = over_syslog(bodies)
    r = report(captured("syslog", ports, send))
    check(interface(r, "syslog-tcp")["records"] == 2 * len(bodies), f"syslog tcp: {r['interfaces']}")
    check(interface(r, "syslog-udp")["records"] == len(bodies), f"syslog udp: {r['interfaces']}")


def test_zmq():
    bodies = [alert(n) for n in range(1, 20)]
    ports, send = over_zmq(bodies)
    r = report(captured("zmq", ports, send))
    check(interface(r, "zeromq")["records"] >= 3 * (len(bodies) + 1), f"zeromq: {r['interfaces']}")
    check(r["targets"][0]["capture"]["unknown"] == 0, "zeromq: unknown")


def test_fault():
    """One document of a capture is broken: it is named."""
    port, send = over_http([alert(1), alert(2, "terrible"), alert(3)])
    path = captured("fault", [port], send)
    r = report(path, 1)
    samples = [s for t in r["tests"] for s in t["samples"]]
    check(len(samples) == 1, f"{len(samples)} samples")
    s = samples[0]
    check(s["pointer"] == "/general/alert_level" and s["interface"] == "http", f"{s}")
    check(s["place"].startswith("packet ") and f">127.0.0.1:{port}, byte " in s["place"], f"{s}")
    p = subprocess.run([TOOL, "--lang", "en", "validate", path], capture_output=True)
    check(p.returncode == 1 and s["place"].encode() in p.stdout, f"validate: {p.stdout.decode()}")


def test_fixtures():
    """Those that hold something hold it without a fault."""
    for name in sorted(os.listdir(FIXTURES)):
        p = subprocess.run([TOOL, "--json", "run", "--role", "files", os.path.join(FIXTURES, name)], capture_output=True)
        r = json.loads(p.stdout)
        jsonschema.validate(r, SCHEMA)
        bad = name in ("syslog-octets.pcap",)  # has one message that is no JSON
        check(p.returncode == (1 if bad else 0) or r["summary"]["records"] == 0, f"{name}: {p.returncode}")


def main():
    if shutil.which("tcpdump") is None:
        print("SKIP  tcpdump is not installed")
    else:
        test_http()
        test_syslog()
        test_zmq()
        test_fault()
    test_fixtures()
    shutil.rmtree(work)
    print(f"{check.count} checks passed")


main()
