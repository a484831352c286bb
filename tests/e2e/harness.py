# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: a working folder with a throw-away
certificate, an agent, receivers, and waiting on a condition instead of time."""
import atexit
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("HUTONG_BIN", os.path.join(ROOT, "build", "debug", "bin"))

EVE = (
    '{"timestamp":"2026-11-22T10:%02d:%02d.%06d+0800","flow_id":%d,'
    '"in_iface":"eth0","event_type":"alert","src_ip":"192.0.2.%d",'
    '"src_port":%d,"dest_ip":"198.51.100.%d","dest_port":80,"proto":"TCP",'
    '"alert":{"action":"allowed","gid":1,"signature_id":2100498,"rev":7,'
    '"signature":"GPL ATTACK_RESPONSE id check returned root",'
    '"category":"Potentially Bad Traffic","severity":2},"app_proto":"http"}\n'
)


def eve(n):
    """EVE alert number n (from 1); its flow_id is n."""
    return EVE % (n // 60 % 60, n % 60, n % 1000000, n,
                  1 + n % 250, 1024 + n % 60000, 1 + n // 250 % 250)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds=60, step=0.05):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(step)
    return None


STARTED = []


@atexit.register
def end_what_was_started():
    for process in STARTED:
        if process.poll() is None:
            process.kill()


def launch(args, **how):
    """A process that does not outlive the test, however the test ends."""
    process = subprocess.Popen(args, **how)
    STARTED.append(process)
    return process


class Work:
    """A folder that goes away when the test passed."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"hutong-{name}-")
        os.mkdir(self / "in")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, cwd=self.path, stderr=subprocess.DEVNULL)
        os.chmod(self / "key.pem", 0o600)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def remove(self):
        subprocess.run(["rm", "-r", self.path], check=True)


class Receiver:
    """`hutong receive` storing to a file; restarts on the same port."""

    def __init__(self, work, name, args):
        self.store = work / (name + ".ndjson")
        self.log = open(work / (name + ".log"), "ab")
        self.args = [os.path.join(BIN, "hutong"), "receive", "--quiet",
                     "--store", self.store] + args
        self.start()

    @classmethod
    def zmq(cls, work, port):
        return cls(work, "zmq", ["--zmq", f"tcp://127.0.0.1:{port}"])

    @classmethod
    def https(cls, work, port):
        return cls(work, "https", ["--https", f"127.0.0.1:{port}", "--cert", work / "cert.pem",
                                   "--key", work / "key.pem"])

    def start(self):
        self.process = launch(self.args, stdout=subprocess.DEVNULL, stderr=self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)

    def records(self):
        if not os.path.exists(self.store):
            return []
        with open(self.store, encoding="utf-8") as f:
            return [json.loads(line) for line in f if line.endswith("\n")]

    def numbers(self):
        return [int(r["x_source"]["flow_id"]) for r in self.records()]


class Agent:
    """`hutongd` with a configuration below ${work}."""

    def __init__(self, work, config, env=None):
        self.work = work
        self.config = work / "hutong.yaml"
        self.env = dict(os.environ, **(env or {}))
        self.log_path = work / "agent.log"
        self.log = open(self.log_path, "ab")
        self.configure(config)
        self.start()

    def configure(self, text):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.config, 0o600)

    def start(self):
        self.process = launch([os.path.join(BIN, "hutongd"), "-c", self.config],
                              stdout=self.log, stderr=self.log, env=self.env)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Seconds from SIGTERM to exit, and the exit status."""
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        return time.monotonic() - start, code

    def status(self):
        r = subprocess.run([os.path.join(BIN, "hutong"), "status", "--json", "--socket",
                            self.work / "data/control.sock"], capture_output=True, text=True)
        return json.loads(r.stdout) if r.stdout else None

    def output(self, name):
        status = self.status()
        for o in status["outputs"] if status else []:
            if o["name"] == name:
                return o
        return None

    def input(self, name):
        status = self.status()
        for i in status["inputs"] if status else []:
            if i["name"] == name:
                return i
        return None

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def rss_peak_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith("VmHWM"):
                    return int(line.split()[1])
        return 0
