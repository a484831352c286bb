#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The agent as its user meets it: bad input of every kind, reload, metrics, a
dead destination, an orderly stop, and the balance that notices one lost record."""
import http.server
import json
import os
import re
import shutil
import signal
import ssl
import stat
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BIN, Agent, Receiver, Work, eve, free_port, wait_until  # noqa: E402

BIG = int(os.environ.get("HUTONG_BIG_LINE", str(20 << 20)))
FAILURES = []


def expect(condition, text):
    print(("ok   " if condition else "FAIL ") + text)
    if not condition:
        FAILURES.append(text)


def base_config(work, outputs, metrics=""):
    return f"""version: 1
agent: {{id: e2e, data_dir: {work / "data"}}}
metrics: {{listen: "{metrics}"}}
stop: {{drain: 1s}}
inputs:
  eve: {{type: file, path: "{work / "in/*.json"}", mapping: suricata-eve, from: start}}
outputs:
{outputs}"""


def zmq_output(port, name="zmq"):
    return f'  {name}: {{type: zmq, endpoint: "tcp://127.0.0.1:{port}", deadline: 2s}}\n'


def delivered(agent, name, count):
    def check():
        o = agent.output(name)
        return o and o["delivered"] >= count and o["queued"] == 0
    return wait_until(check, 60)


def test_bad_input():
    work = Work("bad")
    port = free_port()
    receiver = Receiver.zmq(work, port)
    good = [eve(n).encode() for n in range(1, 11)]
    name = '"signature":"GPL ATTACK_RESPONSE id check returned root"'
    repaired = [
        eve(101).replace(name, '"signature":"\ud6d0\udce9"').encode("utf-8", "surrogatepass"),
        eve(102).encode().replace(b"GPL ATTACK", b"\xd6\xd0\xb9\xfa\xff"),
        eve(103).encode().replace(b"GPL", b"G\x00PL"),
        eve(104).encode().replace(b'"severity":2', b'"severity":2,"severity":1'),
        eve(105).encode().replace(b'"rev":7', b'"rev":123456789012345678901234567890'),
    ]
    unreadable = [
        b"\x7fELF\x02\x01\x01\x00\xff\xfe\xfd not json\n",
        eve(201).encode()[:150] + b"\n",
        b'{"event_type":"alert","a":' + b"[" * 100000 + b"]" * 100000 + b"}\n",
        b"{" + b'"k":' * 1000 + b"\n",
        b"[" * BIG + b"\n",
    ]
    with open(work / "in/eve.json", "wb") as f:
        for i, line in enumerate(good):
            f.write(line)
            if i < len(repaired):
                f.write(repaired[i])
            if i < len(unreadable):
                f.write(unreadable[i])
    agent = Agent(work, base_config(work, zmq_output(port)))
    total = len(good) + len(repaired)
    expect(delivered(agent, "zmq", total), f"{total} readable alerts arrive")
    i = agent.input("eve")
    expect(i["rejected"] == len(unreadable), f"{len(unreadable)} unreadable frames rejected, got {i['rejected']}")
    expect(i["frames"] == total + len(unreadable), "every frame counted")
    expect(i["repaired"] >= len(repaired) - 1, f"repairs counted: {i['repaired']}")
    expect(i["cut"] == 1, f"the long line was cut: {i['cut']}")
    expect(agent.status()["dead_letters"] == len(unreadable), "all in the dead letters")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0")
    rss = agent.rss_peak_kib()
    expect("asan" in BIN or "tsan" in BIN or rss < 64 * 1024, f"peak RSS {rss} KiB below 64 MiB")
    expect(agent.log_text().count("input eve") >= 1, "trouble is logged with its place")
    _, code = agent.stop()
    expect(code == 0, "exit status 0")
    receiver.stop()
    got = sorted(receiver.numbers())
    expect(got == sorted(list(range(1, 11)) + list(range(101, 106))), f"numbers arrived: {got}")
    r = subprocess.run([os.path.join(BIN, "hutong"), "spool", "export", work / "data/deadletter"],
                       capture_output=True, text=True)
    letters = [json.loads(line) for line in r.stdout.splitlines()]
    expect(len(letters) == len(unreadable) and all("reason" in x for x in letters),
           f"dead letters can be exported with reasons ({len(letters)})")
    r = subprocess.run([os.path.join(BIN, "hutong"), "validate", "--quiet", receiver.store])
    expect(r.returncode == 0, "what arrived has no findings")
    work.remove()


def exposition_faults(text):
    """What is wrong in a page of Prometheus' text format 0.0.4: the grammar of its
    lines, HELP and TYPE before the samples of a metric and those in one piece, no
    series twice, counters that end in _total."""
    faults, types, helps, seen, done, current = [], {}, set(), set(), set(), None
    if not text.endswith("\n"):
        faults.append("no end of the last line")
    sample = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)'
                        r'(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
                        r'(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*")*\})? '
                        r'(-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)$')
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helps.add(line.split(" ")[2])
        elif line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:4]
            if name in types or kind not in ("counter", "gauge"):
                faults.append(line)
            if (kind == "counter") != name.endswith("_total"):
                faults.append("name of a counter: " + line)
            types[name] = kind
        else:
            m = sample.match(line)
            if not m or m[1] not in types or m[1] not in helps:
                faults.append(line)
                continue
            if m[1] != current and m[1] in done:
                faults.append("in pieces: " + line)
            if (m[1], m[2]) in seen:
                faults.append("twice: " + line)
            current = m[1]
            done.add(m[1])
            seen.add((m[1], m[2]))
    return faults


def test_reload_and_metrics():
    work = Work("reload")
    port, second, metrics = free_port(), free_port(), free_port()
    receivers = [Receiver.zmq(work, port)]
    with open(work / "in/eve.json", "w", encoding="utf-8") as f:
        f.writelines(eve(n) for n in range(1, 101))
    listen = f"127.0.0.1:{metrics}"
    agent = Agent(work, base_config(work, zmq_output(port), listen))
    expect(delivered(agent, "zmq", 100), "100 alerts arrive")

    def page():
        try:
            with urllib.request.urlopen(f"http://{listen}/metrics", timeout=5) as r:
                text = r.read().decode()
        except OSError:
            return None
        return text if 'hutong_output_delivered_total{output="zmq"} 100' in text else None
    text = wait_until(page, 10) or ""
    expect("hutong_unaccounted 0" in text, "metrics page has the balance")
    faults = exposition_faults(text)
    expect(faults == [], f"the page is Prometheus text: {faults[:3]}")
    expect(exposition_faults('# TYPE a counter\na 1\n') != []
           and exposition_faults('# HELP a b\n# TYPE a gauge\na x\n') != []
           and exposition_faults('# HELP a b\n# TYPE a gauge\na 1') != [],
           "and what is not is seen")

    agent.configure("version: 1\ninputs: {}\n")
    agent.process.send_signal(signal.SIGHUP)
    expect(wait_until(lambda: "kept the old configuration" in agent.log_text(), 10),
           "a wrong configuration is refused with the reason")
    expect(agent.output("zmq") is not None, "the old one goes on")

    receivers.append(Receiver(work, "zmq2", ["--zmq", f"tcp://127.0.0.1:{second}"]))
    agent.configure(base_config(work, zmq_output(port) + zmq_output(second, "zmq2"), listen))
    agent.process.send_signal(signal.SIGHUP)
    with open(work / "in/eve.json", "a", encoding="utf-8") as f:
        f.writelines(eve(n) for n in range(101, 201))
    expect(delivered(agent, "zmq", 200), "after the reload 200 arrived")
    expect(wait_until(lambda: agent.output("zmq2") and agent.output("zmq2")["queued"] == 0
                      and agent.output("zmq2")["delivered"] >= 100, 60), "the new output works")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0 after a reload")
    agent.stop()
    for r in receivers:
        r.stop()
    expect(receivers[0].numbers() == list(range(1, 201)), "in order, none twice")
    work.remove()


def test_dead_destination():
    work = Work("dead")
    port = free_port()
    with open(work / "in/eve.json", "w", encoding="utf-8") as f:
        f.writelines(eve(n) for n in range(1, 1001))
    agent = Agent(work, base_config(work, zmq_output(port)))
    expect(wait_until(lambda: (agent.input("eve") or {}).get("spooled") == 1000, 30),
           "with nobody there the records are spooled")
    took, code = agent.stop()
    expect(code == 0 and took < 10, f"stops in order within 10 s: {took:.1f} s, status {code}")
    receiver = Receiver.zmq(work, port)
    agent.start()
    expect(delivered(agent, "zmq", 1000), "all delivered when it is there again")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0")
    agent.stop()
    receiver.stop()
    expect(receiver.numbers() == list(range(1, 1001)), "each exactly once")
    work.remove()


def test_seeded_loss():
    work = Work("loss")
    port = free_port()
    receiver = Receiver.zmq(work, port)
    with open(work / "in/eve.json", "w", encoding="utf-8") as f:
        f.writelines(eve(n) for n in range(1, 51))
    agent = Agent(work, base_config(work, zmq_output(port)), {"HUTONG_SEED_LOSS": "7"})
    expect(delivered(agent, "zmq", 49), "49 of 50 arrive")
    status = agent.status()
    expect(status["unaccounted"] == 1, f"one lost record makes unaccounted {status['unaccounted']}")
    r = subprocess.run([os.path.join(BIN, "hutong"), "status", "--quiet", "--socket",
                        work / "data/control.sock"], stdout=subprocess.DEVNULL)
    expect(r.returncode == 1, "hutong status exits with 1")
    agent.stop()
    receiver.stop()
    work.remove()


def test_curve():
    work = Work("curve")
    port = free_port()
    for name in ("server", "client", "stranger"):
        subprocess.run([os.path.join(BIN, "hutong"), "keygen", "--quiet", work / name], check=True)
    with open(work / "client.pub", encoding="ascii") as f:
        allowed = f.read()
    with open(work / "allow", "w", encoding="ascii") as f:
        f.write(allowed)
    receiver = Receiver(work, "zmq", ["--zmq", f"tcp://127.0.0.1:{port}", "--curve-secret",
                                      work / "server.secret", "--curve-allow", work / "allow"])
    with open(work / "in/eve.json", "w", encoding="utf-8") as f:
        f.writelines(eve(n) for n in range(1, 21))
    outputs = "".join(
        f"""  {name}: {{type: zmq, endpoint: "tcp://127.0.0.1:{port}", deadline: 2s,
    curve_secret: "{work / name}.secret", curve_server_key: "{work / "server.pub"}"}}
""" for name in ("client", "stranger"))
    agent = Agent(work, base_config(work, outputs))
    expect(delivered(agent, "client", 20), "the listed client delivers over CURVE")
    stranger = agent.output("stranger")
    expect(stranger["delivered"] == 0 and stranger["queued"] == 20,
           f"the stranger delivers nothing: {stranger['health']}, {stranger.get('reason')}")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0")
    agent.stop()
    receiver.stop()
    expect(receiver.numbers() == list(range(1, 21)), "each exactly once")
    work.remove()


class Desk(http.server.ThreadingHTTPServer):
    """Keeps (Idempotency-Key, body) of every POST; answers the first ${patience} of them."""
    daemon_threads = True

    def __init__(self, work, port, patience, on_first=lambda: None):
        super().__init__(("127.0.0.1", port), DeskRequest)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(work / "cert.pem", work / "key.pem")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.posts, self.patience, self.on_first = [], patience, on_first
        self.closed = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def events(self):
        return [item["x_event_id"] for _, body in self.posts for item in json.loads(body)["items"]]

    def close(self):
        self.closed.set()
        self.shutdown()
        self.server_close()


class DeskRequest(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        desk = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not desk.posts:
            desk.on_first()
        desk.posts.append((self.headers["Idempotency-Key"], body))
        if len(desk.posts) > desk.patience:
            desk.closed.wait()
        self.answer()

    def answer(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_OPTIONS = answer

    def log_message(self, *_):
        pass


def test_same_bytes_again():
    """A batch that was sent goes out again as it was, whatever ended the agent."""
    work = Work("again")
    port = free_port()
    with open(work / "in/eve.json", "w", encoding="utf-8") as f:
        f.writelines(eve(n) for n in range(1, 2001))
    output = (f'  soc: {{type: https, url: "https://localhost:{port}/x", ca: "{work / "cert.pem"}",'
              " batch_items: 100}\n")
    agent = Agent(work, base_config(work, output))
    expect(wait_until(lambda: (agent.input("eve") or {}).get("spooled") == 2000, 30),
           "a backlog of 20 batches")
    cursor, early = work / "data/spool/cursor", work / "cursor.early"
    desk = Desk(work, port, 5, lambda: shutil.copy(cursor, early))
    wait_until(lambda: len(desk.posts) == 6, 30)
    agent.kill()
    first = desk.posts[:]
    desk.close()
    shutil.copytree(work / "data", work / "power", copy_function=copy_unless_socket)
    shutil.copy(early, work / "power/spool/cursor")

    desk = Desk(work, port, 1000)
    agent.start()
    delivered(agent, "soc", 2000)
    agent.stop()
    desk.close()
    expect(len(first) == 6 and desk.posts[0] == first[5],
           "killed: the batch without an answer comes again, byte for byte")
    expect(len(set(desk.events())) == len(desk.events()) == 1500, "and no other one does")

    desk = Desk(work, port, 1000)
    agent.configure(base_config(work, output).replace(str(work / "data"), str(work / "power")))
    agent.start()
    wait_until(lambda: len(desk.posts) >= 20, 60)
    agent.process.send_signal(signal.SIGTERM)
    agent.process.wait(15)
    desk.close()
    expect(desk.posts[:6] == first, "power cut: what was sent since the last durable position "
           "comes again, byte for byte")
    expect(len(set(desk.events())) == 2000, "and all the others after it")
    work.remove()


def copy_unless_socket(source, target):
    if not stat.S_ISSOCK(os.stat(source).st_mode):
        shutil.copy2(source, target)


def main():
    for test in (test_bad_input, test_reload_and_metrics, test_dead_destination,
                 test_same_bytes_again, test_curve, test_seeded_loss):
        print(f"-- {test.__name__}")
        test()
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
