#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU seconds per million events: hutong and its peers on the same corpus, in
turn, on one pinned core; the sink, where there is one, runs on the other.

Jobs
  normalize  file -> parse -> map -> (check) -> file
  daemon     file -> parse -> map -> (check) -> durable queue -> HTTPS
Figures are whole-process CPU (user + system), start-up included; the median of
BENCH_RUNS runs after one warm-up, and the ratio to hutong's. There is no absolute
verdict: the exit status tells only whether the ratios of the issue's floor hold
(1/12 of syslog-ng and 1/16 of rsyslog; 1/8 of syslog-ng with its disk buffer).
"""
import glob
import json
import os
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "build", "bench")
PEERS = os.path.join(BENCH, "peers")
BIN = os.environ.get("HUTONG_BIN", os.path.join(ROOT, "build", "optimised", "bin"))
LINES = int(os.environ.get("BENCH_LINES", "1000000"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
# Wall seconds a run may take: CPU is what counts, the machine may be shared.
TIMEOUT = int(os.environ.get("BENCH_TIMEOUT", "3600"))
TICK = os.sysconf("SC_CLK_TCK")

# 28 pairs, as in the published comparison: name, path, is it a number?
FIELDS = [
    ("eventId", "flow_id", 1), ("eventTime", "timestamp", 0), ("eventType", "event_type", 0),
    ("srcIp", "src_ip", 0), ("srcPort", "src_port", 1), ("dstIp", "dest_ip", 0),
    ("dstPort", "dest_port", 1), ("transProto", "proto", 0), ("appProto", "app_proto", 0),
    ("interface", "in_iface", 0), ("txId", "tx_id", 1), ("action", "alert.action", 0),
    ("ruleGroup", "alert.gid", 1), ("ruleId", "alert.signature_id", 1), ("ruleRev", "alert.rev", 1),
    ("eventName", "alert.signature", 0), ("eventCategory", "alert.category", 0),
    ("upPkts", "flow.pkts_toserver", 1), ("downPkts", "flow.pkts_toclient", 1),
    ("upBytes", "flow.bytes_toserver", 1), ("downBytes", "flow.bytes_toclient", 1),
    ("startTime", "flow.start", 0), ("httpHost", "http.hostname", 0), ("httpUrl", "http.url", 0),
    ("httpMethod", "http.http_method", 0), ("httpUa", "http.http_user_agent", 0),
    ("httpStatus", "http.status", 1),
]


def corpus():
    path = os.path.join(BENCH, f"eve-{LINES}.json")
    if not os.path.exists(path):
        with open(path + ".part", "wb") as out:
            subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "tests/bench/make-corpus.py"),
                            "--lines", str(LINES)], stdout=out, check=True)
        os.rename(path + ".part", path)
    return path


def library_path():
    return ":".join([f"{PEERS}/usr/lib/x86_64-linux-gnu", f"{PEERS}/usr/lib/syslog-ng",
                     f"{PEERS}/lib/x86_64-linux-gnu"])


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        rest = f.read().rsplit(")", 1)[1].split()
    return (int(rest[11]) + int(rest[12])) / TICK


def rss_peak_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


def count_lines(path):
    n = 0
    with open(path, "rb") as f:
        while True:
            block = f.read(1 << 20)
            if not block:
                return n
            n += block.count(b"\n")


class Sink:
    """A TLS server on the other core: answers 200, counts newlines and bytes."""

    def __init__(self, work):
        self.events = self.requests = 0
        self.lock = threading.Lock()
        import socket
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{work}/cert.pem", f"{work}/key.pem")
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            raw, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        try:
            s = self.context.wrap_socket(raw, server_side=True)
            f = s.makefile("rb", buffering=1 << 20)
            while True:
                line = f.readline()
                if not line:
                    return
                length, expect = 0, False
                while True:
                    h = f.readline()
                    if h in (b"\r\n", b""):
                        break
                    name, _, value = h.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                    expect = expect or name.lower() == b"expect"
                if expect:
                    s.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = f.read(length)
                n = body.count(b'"x_event_id"') or body.count(b"\n")
                with self.lock:
                    self.events += n
                    self.requests += 1
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (OSError, ssl.SSLError, ValueError):
            pass


def certificate(work):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
                    f"{work}/key.pem", "-out", f"{work}/cert.pem", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, stderr=subprocess.DEVNULL)
    os.chmod(f"{work}/key.pem", 0o600)


def run_until(argv, env, done, timeout=TIMEOUT, stop=signal.SIGTERM):
    """Start a daemon on core 0, wait until done(), read its CPU, stop it."""
    p = subprocess.Popen(["taskset", "-c", "0"] + argv, env=env,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.monotonic() + timeout
    while not done():
        if p.poll() is not None:
            raise SystemExit(f"{argv[0]} died: {p.stderr.read().decode()[-2000:]}")
        if time.monotonic() > end:
            p.kill()
            raise SystemExit(f"{argv[0]} did not finish in {timeout} s")
        time.sleep(0.02)
    cpu, rss = cpu_of(p.pid), rss_peak_mb(p.pid)
    p.send_signal(stop)
    try:
        p.wait(20)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
    return cpu, rss


def fresh(work):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)


def stable_count(path, want):
    """True when the output file holds `want` lines; cheap to poll."""
    state = {"offset": 0, "lines": 0}

    def check():
        try:
            with open(path, "rb") as f:
                f.seek(state["offset"])
                while True:
                    block = f.read(1 << 20)
                    if not block:
                        break
                    state["offset"] += len(block)
                    state["lines"] += block.count(b"\n")
        except FileNotFoundError:
            return False
        return state["lines"] >= want
    return check


def syslog_ng_config(work, source, destination):
    pairs = ["vendor=OISF", "product=Suricata", "deviceId=sensor-01",
             'severity=int64($(- 5 ${e.alert.severity}))']
    for name, path, number in FIELDS:
        pairs.append(f"{name}=int64($(or ${{e.{path}}} 0))" if number else f"{name}=${{e.{path}}}")
    template = "$(format-json --omit-empty-values " + " ".join(pairs) + ")"
    conf = f"""@version: 3.38
@module appmodel
options {{ threaded(yes); flush-lines(1000); log-fifo-size(200000); stats-freq(0); use-dns(no); }};
source s {{ file("{source}" flags(no-parse) log-msg-size(65536) follow-freq(0.1) log-iw-size(20000)
  log-fetch-limit(1000) read-old-records(yes)); }};
parser p {{ json-parser(prefix("e.")); }};
template t {{ template("{template}\\n"); }};
destination d {{ {destination.replace("@TEMPLATE@", template)} }};
log {{ source(s); parser(p); destination(d); flags(flow-control); }};
"""
    path = f"{work}/syslog-ng.conf"
    with open(path, "w") as f:
        f.write(conf.replace("@module appmodel\n", ""))
    return path


def syslog_ng(work, source, destination, done):
    conf = syslog_ng_config(work, source, destination)
    env = dict(os.environ, LD_LIBRARY_PATH=library_path())
    return run_until(
        [f"{PEERS}/usr/sbin/syslog-ng", "-F", "--no-caps", "-f", conf,
         f"--module-path={PEERS}/usr/lib/syslog-ng/3.38/", f"--persist-file={work}/ng.persist",
         f"--pidfile={work}/ng.pid", f"--control={work}/ng.ctl"], env, done)


def rsyslog_config(work, source, out):
    rows = [f'constant(value="\\"vendor\\":\\"OISF\\",\\"product\\":\\"Suricata\\",\\"deviceId\\":\\"sensor-01\\",")']
    for name, path, number in FIELDS:
        prop = "$!" + path.replace(".", "!")
        rows.append(f'property(name="{prop}" outname="{name}" format="jsonf"'
                    + (' datatype="number"' if number else "") + ")")
        rows.append('constant(value=",")')
    rows.append('property(name="$.sev" outname="severity" format="jsonf" datatype="number")')
    with open(f"{work}/sev.json", "w") as f:
        json.dump({"version": 1, "nomatch": "0", "type": "string", "table": [
            {"index": str(i), "value": str(5 - i)} for i in range(1, 5)]}, f)
    modules = f"{PEERS}/usr/lib/x86_64-linux-gnu/rsyslog"
    conf = f"""global(workDirectory="{work}" maxMessageSize="64k")
module(load="{modules}/mmjsonparse")
module(load="{modules}/imfile" mode="inotify")
input(type="imfile" File="{source}" Tag="eve:" ruleset="r" freshStartTail="off")
lookup_table(name="sev" file="{work}/sev.json")
template(name="n" type="list") {{ constant(value="{{") {' '.join(rows)} constant(value="}}\\n") }}
ruleset(name="r" queue.type="LinkedList" queue.size="100000" queue.dequeueBatchSize="1024"
  queue.workerThreads="1" queue.fulldelaymark="70000" queue.lightdelaymark="50000") {{
  action(type="mmjsonparse" cookie="")
  set $.sev = lookup("sev", $!alert!severity);
  action(type="omfile" file="{out}" template="n" ioBufferSize="256k" flushOnTXEnd="off")
}}
"""
    path = f"{work}/rsyslog.conf"
    with open(path, "w") as f:
        f.write(conf)
    return path, modules


def rsyslog(work, source, done, out):
    conf, modules = rsyslog_config(work, source, out)
    env = dict(os.environ, LD_LIBRARY_PATH=library_path(), RSYSLOG_MODDIR=modules + "/")
    # The last buffer is written at exit: count CPU until the input is read, then
    # stop; `done` looks at the file with a margin of one buffer.
    return run_until([f"{PEERS}/usr/sbin/rsyslogd", "-n", "-f", conf, "-i", f"{work}/rs.pid",
                      "-M", modules], env, done)


def job_normalize_hutong(work, source):
    out = f"{work}/out"
    with open(out, "wb") as f:
        p = subprocess.Popen(["taskset", "-c", "0", f"{BIN}/hutong", "normalize", "--quiet",
                              "-m", "suricata-eve", source], stdout=f)
        _, code, usage = os.wait4(p.pid, 0)
    if code != 0 or count_lines(out) != LINES:
        raise SystemExit(f"hutong normalize: status {code}, {count_lines(out)} of {LINES} records")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def job_normalize_syslog_ng(work, source):
    out = f"{work}/out"
    return syslog_ng(work, source, f'file("{out}" template(t));', stable_count(out, LINES))


def job_normalize_rsyslog(work, source):
    out = f"{work}/out"
    return rsyslog(work, source, stable_count(out, LINES - 1000), out)


def job_daemon_hutong(work, source):
    certificate(work)
    sink = Sink(work)
    conf = f"{work}/hutong.yaml"
    with open(conf, "w") as f:
        f.write(f"""version: 1
agent: {{id: bench, data_dir: {work}/data}}
metrics: {{listen: ""}}
spool: {{max_bytes: 4GiB}}
inputs:
  eve: {{type: file, path: {source}, mapping: suricata-eve, from: start}}
outputs:
  soc: {{type: https, url: "https://localhost:{sink.port}/interconn/v1/data", ca: {work}/cert.pem}}
""")
    os.chmod(conf, 0o600)
    result = run_until([f"{BIN}/hutongd", "-c", conf], os.environ, lambda: sink.events >= LINES)
    time.sleep(0.1)
    if sink.events != LINES:
        raise SystemExit(f"hutongd delivered {sink.events} of {LINES}")
    return result


def job_daemon_syslog_ng(work, source):
    certificate(work)
    sink = Sink(work)
    http = (f'http(url("https://localhost:{sink.port}/in") method("POST") body(\'@TEMPLATE@\') '
            f'delimiter("\\n") batch-lines(1000) batch-bytes(1048576) batch-timeout(200) workers(2) '
            f'tls(ca-file("{work}/cert.pem")) '
            f'disk-buffer(reliable(yes) disk-buf-size(8589934592) mem-buf-size(16777216) dir("{work}")));')
    # A body without a final delimiter has one newline less than lines.
    return syslog_ng(work, source, http, lambda: sink.events + sink.requests >= LINES)


JOBS = {
    "normalize": [("hutong", job_normalize_hutong, 1), ("syslog-ng", job_normalize_syslog_ng, 12),
                  ("rsyslog", job_normalize_rsyslog, 16)],
    "daemon": [("hutong", job_daemon_hutong, 1), ("syslog-ng", job_daemon_syslog_ng, 8)],
}


def main():
    wanted = sys.argv[1:] or list(JOBS)
    os.makedirs(BENCH, exist_ok=True)
    source = corpus()
    os.sched_setaffinity(0, {1} if os.cpu_count() > 1 else {0})
    print(f"{LINES} events, {os.path.getsize(source) / LINES:.0f} bytes each, {RUNS} runs in turn")
    floor_holds = True
    for job in wanted:
        figures = {name: [] for name, _, _ in JOBS[job]}
        memory = dict.fromkeys(figures, 0.0)
        for run in range(RUNS + 1):
            for name, function, _ in JOBS[job]:
                work = f"{BENCH}/work"
                fresh(work)
                cpu, rss = function(work, source)
                print(f"{job} {name} {'run ' + str(run) if run else 'warm-up'}: "
                      f"{cpu * 1e6 / LINES:.2f} s/M, {rss:.0f} MB", file=sys.stderr)
                if run:
                    figures[name].append(cpu * 1e6 / LINES)
                memory[name] = max(memory[name], rss)
        own = statistics.median(figures["hutong"])
        print(f"\n{job}: CPU seconds per million events (min, median, max), ratio, peak RSS")
        for name, _, floor in JOBS[job]:
            f = figures[name]
            ratio = statistics.median(f) / own
            note = "" if floor == 1 else f"  floor {floor}: {'holds' if ratio >= floor else 'MISSED'}"
            floor_holds = floor_holds and (floor == 1 or ratio >= floor)
            print(f"  {name:10s} {min(f):7.2f} {statistics.median(f):7.2f} {max(f):7.2f}"
                  f"  x{ratio:5.1f}  {memory[name]:6.0f} MB{note}")
    fresh(f"{BENCH}/work")
    return 0 if floor_holds else 1


if __name__ == "__main__":
    sys.exit(main())
