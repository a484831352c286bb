#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the agent at random moments, under load, with receivers that come
and go: no acknowledged record lost, none doubled after the receiver dropped
repeats by event id, `unaccounted` 0.

A writer appends EVE alerts (each with its own number) to a file in bursts and
rotates it by rename once; the agent delivers to a ZeroMQ receiver and an HTTPS
receiver, both of which are killed now and then too. Everything is checked from
outside: the numbers in what the receivers stored against what was written.

HUTONG_KILLS (default 12) sets the number of kills, HUTONG_SEED the seed.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("HUTONG_BIN", os.path.join(ROOT, "build", "debug", "bin"))
KILLS = int(os.environ.get("HUTONG_KILLS", "12"))
SEED = int(os.environ.get("HUTONG_SEED", "20261122"))
BURST = 400

TEMPLATE = (
    '{"timestamp":"2026-11-22T10:%02d:%02d.%06d+0800","flow_id":%d,'
    '"in_iface":"eth0","event_type":"alert","src_ip":"192.0.2.%d",'
    '"src_port":%d,"dest_ip":"198.51.100.%d","dest_port":80,"proto":"TCP",'
    '"alert":{"action":"allowed","gid":1,"signature_id":2100498,"rev":7,'
    '"signature":"GPL ATTACK_RESPONSE id check returned root",'
    '"category":"Potentially Bad Traffic","severity":2},"app_proto":"http"}\n'
)


def line(n):
    return TEMPLATE % (
        n // 60 % 60, n % 60, n % 1000000, n + 1,
        1 + n % 250, 1024 + n % 60000, 1 + n // 250 % 250)


class Receiver:
    """`hutong receive` storing to a file; restarted on the same port."""

    def __init__(self, work, name, args):
        self.store = os.path.join(work, name + ".ndjson")
        self.log = open(os.path.join(work, name + ".log"), "ab")
        self.args = [os.path.join(BIN, "hutong"), "receive", "--quiet",
                     "--store", self.store] + args
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.args, stdout=subprocess.DEVNULL, stderr=self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def numbers(self):
        """flow_id of every stored record, with repeats."""
        out = []
        with open(self.store, encoding="utf-8") as f:
            for text in f:
                if not text.endswith("\n"):
                    raise SystemExit("torn line in " + self.store)
                out.append(int(json.loads(text)["x_source"]["flow_id"]))
        return out


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificates(work):
    def run(*args):
        subprocess.run(["openssl"] + list(args), check=True, cwd=work,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    os.chmod(os.path.join(work, "key.pem"), 0o600)


def write_config(work, zmq_port, https_port):
    path = os.path.join(work, "hutong.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"""version: 1
agent: {{id: kill9, data_dir: {work}/data}}
metrics: {{listen: ""}}
inputs:
  eve: {{type: file, path: "{work}/in/eve.json*", mapping: suricata-eve, from: start}}
outputs:
  zmq: {{type: zmq, endpoint: "tcp://127.0.0.1:{zmq_port}", deadline: 2s}}
  https: {{type: https, url: "https://localhost:{https_port}", ca: "{work}/cert.pem", deadline: 2s}}
""")
    os.chmod(path, 0o600)
    return path


def start_agent(work, config, log):
    return subprocess.Popen([os.path.join(BIN, "hutongd"), "-c", config],
                            stdout=log, stderr=log)


def status(work):
    r = subprocess.run([os.path.join(BIN, "hutong"), "status", "--json", "--socket",
                        os.path.join(work, "data", "control.sock")],
                       capture_output=True, text=True)
    return json.loads(r.stdout) if r.stdout else None


def main():
    rng = random.Random(SEED)
    work = tempfile.mkdtemp(prefix="hutong-kill9-")
    os.mkdir(os.path.join(work, "in"))
    certificates(work)
    zmq_port, https_port = free_port(), free_port()
    config = write_config(work, zmq_port, https_port)
    receivers = [
        Receiver(work, "zmq", ["--zmq", f"tcp://127.0.0.1:{zmq_port}"]),
        Receiver(work, "https", ["--https", f"127.0.0.1:{https_port}",
                                 "--cert", f"{work}/cert.pem", "--key", f"{work}/key.pem"]),
    ]
    log = open(os.path.join(work, "agent.log"), "ab")
    eve = os.path.join(work, "in", "eve.json")
    written = 0
    agent = start_agent(work, config, log)
    for kill in range(KILLS):
        deadline = time.monotonic() + rng.uniform(0.02, 0.6)
        while time.monotonic() < deadline:
            with open(eve, "a", encoding="utf-8") as f:
                for _ in range(rng.randrange(1, BURST)):
                    f.write(line(written))
                    written += 1
            time.sleep(rng.uniform(0, 0.03))
        if kill == KILLS // 2:
            os.rename(eve, eve + ".1")
        if rng.random() < 0.4:
            victim = rng.choice(receivers)
            victim.kill()
            victim.start()
        if agent.poll() is not None:
            print(f"the agent died by itself with {agent.returncode}; see {work}")
            return 1
        agent.kill()
        agent.wait()
        agent = start_agent(work, config, log)

    want = set(range(1, written + 1))
    end = time.monotonic() + 120
    final = None
    while time.monotonic() < end:
        time.sleep(0.2)
        final = status(work)
        if final and all(o["queued"] == 0 and o["routed"] >= written for o in final["outputs"]):
            break
    agent.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    code = agent.wait(timeout=30)
    took = time.monotonic() - stopped
    for r in receivers:
        r.process.send_signal(signal.SIGTERM)
        r.process.wait(timeout=10)

    bad = 0
    for r in receivers:
        got = r.numbers()
        lost, doubled = want - set(got), len(got) - len(set(got))
        foreign = set(got) - want
        print(f"{os.path.basename(r.store)}: written {written}, stored {len(got)}, "
              f"lost {len(lost)}, doubled {doubled}, foreign {len(foreign)}")
        bad += len(lost) + doubled + len(foreign)
    print(f"kills {KILLS}, unaccounted {final and final['unaccounted']}, "
          f"SIGTERM to exit {took:.2f} s, exit status {code}")
    if bad or code != 0 or took > 10 or not final or final["unaccounted"] != 0:
        print(f"FAILED (seed {SEED}); kept in {work}")
        print(json.dumps(final, indent=1))
        return 1
    subprocess.run(["rm", "-r", work], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
