#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The reference peers of family A: their records by their own rules and by the
checker, each role against its counterpart and against hutong, every seeded fault
reached. test_peers.py [--full] [WORD...]: parts whose name has one of the words;
--full reaches every fault instead of one in twelve."""
import concurrent.futures
import glob
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "e2e")]
import stimuli  # noqa: E402
from base import check, envelope, fault, options, strictjson  # noqa: E402
from harness import BIN, Agent, Receiver, Work, eve, free_port, launch, wait_until  # noqa: E402
from seeded import table  # noqa: E402

PEER = os.path.join(HERE, "peer.py")
BROKER = os.environ.get("PEER_BROKER", os.path.join(os.path.dirname(BIN), "tests", "peer_broker"))
work = None
bad = []


def expect(ok, text):
    if not ok:
        bad.append(text)
        print("FAIL " + text, flush=True)


def peer(role, *args, **how):
    return launch(["/usr/bin/python3", PEER, "--role", role, *map(str, args)], stderr=None if os.environ.get("PEER_LOG") else subprocess.DEVNULL, **how)


def port_of(path):
    return int(wait_until(lambda: os.path.exists(path) and open(path, encoding="ascii").read(), 20, .01) or 0)


def fresh(name):
    for old in glob.glob(glob.escape(work / name) + "*"):
        os.remove(old)
    return work / name


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.endswith("\n")]


def server(role, *args):
    """A listening peer: (process, port, store)."""
    store, at = fresh("store-" + role), fresh("port-" + role)
    p = peer(role, "--listen", "127.0.0.1:0", "--port-file", at, "--store", store, *args)
    return p, port_of(at), store


def end(p, seconds=10):
    if p.poll() is None:
        p.send_signal(signal.SIGTERM)
    try:
        return p.wait(seconds)
    except subprocess.TimeoutExpired:
        p.kill()
        return None


# ---- the code and its tables

def part_static():
    rows = list(table.rows())
    expect(len({r.id for r in rows}) == len(rows), "an id occurs twice")
    source = "".join(open(f, encoding="utf-8").read() for d in ("base", "roles")
                     for f in glob.glob(os.path.join(HERE, d, "*.py")))
    on = re.findall(r'fault\.on\("([^"]+)"\)', source)
    names = set(re.findall(r'fault\.names\("([^"]+)"\)', source))
    swaps = re.findall(r'"(fs-(?:code|status)-[a-z0-9-]+)": \(', source)
    made = [f"fc-no-{w}" for w in "version request-id timestamp nonce sender class operation params".split()]
    made += [f"fs-missing-{w}" for w in "version request_id timestamp nonce sender class operation params".split()]
    sites = set(on) | names | set(swaps) | set(made)
    hooks = {r.hook for r in rows if r.hook}
    expect(not hooks - sites, f"faults without a site: {sorted(hooks - sites)}")
    expect(not sites - hooks, f"sites without a row: {sorted(sites - hooks)}")
    held = sum(r.held_out() for r in rows)
    expect(.15 < held / len(rows) < .35, f"held out: {held} of {len(rows)}")
    print(f"     {len(rows)} faults, {held} held out")


def part_start():
    """Half a dozen starts; the median is what a tester pays for each test."""
    took = []
    for _ in range(7):
        begin = time.monotonic()
        subprocess.run(["/usr/bin/python3", PEER, "--dumbs", "--role", "http_server"], check=True,
                       stdout=subprocess.DEVNULL)
        took.append(time.monotonic() - begin)
    print(f"     start and end: {sorted(took)[3] * 1000:.0f} ms")


def part_records():
    """Every variant by the peers' rules and by the checker."""
    path = work / "records.ndjson"
    with open(path, "wb") as f:
        e = envelope.Encoder(options.parse(["--seed", "7"]))
        for _ in range(40):
            m = e.next()
            value = strictjson.loads(m.body)
            kind = check.head(value)
            for i, item in enumerate(value["items"]):
                check.record(item, kind, f"/items/{i}")
            f.write(m.body + b"\n")
    r = subprocess.run([os.path.join(BIN, "hutong"), "validate", "--strict", path], capture_output=True, text=True)
    expect(r.returncode == 0, "the checker refuses records:\n" + r.stdout[-600:] + r.stderr[-300:])
    tester = os.path.join(BIN, "hutong-conform")
    r = subprocess.run([tester, "--lang", "en", "run", "--role", "files", "--target", path], capture_output=True, text=True)
    expect(r.returncode == 0, f"the tester, role files: exit {r.returncode}\n" + r.stdout[-800:])


def part_data_faults():
    """Each breaks its rule at its place by the peers' own rules, and nothing before it."""
    for row in table.rows():
        if not row.change:
            continue
        fault._hook = fault.data = None
        fault.switch_on(row, None)
        e = envelope.Encoder(options.parse(["--seed", "3"]))
        m = e.next()
        expect(fault._reached, f"{row.id}: not reached")
        fault._reached = False
        if row.rule.startswith("set#") or row.rule == "envelope#digest":
            continue
        try:
            value = strictjson.loads(m.body)
            kind = check.head(value)
            for i, item in enumerate(value["items"]):
                check.record(item, kind, f"/items/{i}")
            expect(False, f"{row.id}: nothing is broken")
        except strictjson.Bad:
            expect(row.rule.startswith("text#"), f"{row.id}: no strict JSON")
        except check.Fault as f:
            # Between envelope and items the order of finding is free.
            near = f.pointer == row.site or row.rule in ("record#type", "record#info_type", "envelope#schema") or \
                (f.pointer == "/info_type" and row.site == "/info_type")
            expect(near, f"{row.id}: at {f.pointer}, not {row.site}")
    fault._hook = fault.data = None
    fault._reached = False


# ---- pairs

def pair(sender, send_args, store, records, envelopes=8):
    begin = time.monotonic()
    p = peer(sender, "--count", envelopes, *send_args)
    code = p.wait(60)
    expect(code == 0, f"{sender}: exit {code}")
    got = wait_until(lambda: len(lines(store)) >= records and lines(store), 20)
    expect(got and len(got) == records, f"{sender}: {len(lines(store))} records of {records}")
    kinds = {r.get("info_type") for r in got or []}
    expect(len(kinds) == 4 or records < 30, f"{sender}: only {kinds}")
    print(f"     {sender}: {records} records in {time.monotonic() - begin:.2f} s")


FULL = 2 * sum(len(v) for v in envelope.VARIANTS.values())      # records of 8 envelopes


def part_http():
    tls = ["--cert", work / "cert.pem", "--key", work / "key.pem", "--token-file", token()]
    p, port, store = server("http_server", *tls)
    pair("http_client", ["--connect", f"127.0.0.1:{port}", "--ca", work / "cert.pem", "--token-file", token()], store, FULL)
    end(p)


def token():
    path = work / "token"
    with open(path, "w", encoding="ascii") as f:
        f.write(stimuli.TOKEN + "\n")
    os.chmod(path, 0o600)
    return path


def part_http_restart():
    """A repeat is known after kill -9; other contents under its id are refused."""
    store, at = fresh("store-r"), fresh("port-r")
    value = stimuli.made(count=2)
    path = "/interconn/v1/data/alert"
    for n in range(3):
        if os.path.exists(at):
            os.remove(at)
        p = peer("http_server", "--listen", "127.0.0.1:0", "--port-file", at, "--store", store)
        got = stimuli.Raw(port_of(at)).post(path, value)
        expect(b" 202 " in got, f"round {n}: {got[:80]!r}")
        other = stimuli.Raw(port_of(at)).post(path, dict(value, sent_time="2026-01-01T00:00:00Z"))
        expect(b" 409 " in other, f"conflict: {other[:80]!r}")
        p.kill()
        p.wait()
    expect(len(lines(store)) == 2, "a repeat took effect over a restart")


def part_zmq():
    for role, other in (("zmq_pub", "sub"), ("zmq_push", "pull"), ("zmq_dealer", "router")):
        p, port, store = server("zmq_sub", "--transport", other)
        pair(role, ["--connect", f"127.0.0.1:{port}"], store, FULL)
        end(p)


def part_zmq_curve():
    import zmq
    for name in ("server", "client"):
        public, secret = zmq.curve_keypair()
        for kind, key in (("public", public), ("secret", secret)):
            with open(work / f"{name}.{kind}", "wb") as f:
                f.write(key + b"\n")
            os.chmod(work / f"{name}.{kind}", 0o600)
    p, port, store = server("zmq_sub", "--transport", "router", "--curve-secret", work / "server.secret",
                            "--curve-allow", work / "client.public")
    pair("zmq_dealer", ["--connect", f"127.0.0.1:{port}", "--curve-secret", work / "client.secret",
                        "--curve-server-key", work / "server.public"], store, FULL)
    for extra in ([], ["--curve-server-key", work / "server.public"]):
        s = peer("zmq_dealer", "--connect", f"127.0.0.1:{port}", "--count", 1, *extra)
        try:
            s.wait(1.5)
            expect(False, "a client without the right key was let in")
        except subprocess.TimeoutExpired:
            s.kill()
    end(p)


def part_syslog():
    tls = ["--cert", work / "cert.pem", "--key", work / "key.pem"]
    for transport in ("udp", "tcp", "tls"):
        p, port, store = server("syslog_receiver", "--transport", transport, *(tls if transport == "tls" else []))
        pair("syslog_sender", ["--connect", f"{transport}://127.0.0.1:{port}", "--ca", work / "cert.pem"], store, 40, 40)
        end(p)


def part_function():
    p, port, store = server("function_server", "--token-file", token(), "--signature")
    c = peer("function_client", "--connect", f"127.0.0.1:{port}", "--token-file", token(), "--signature", "--count", 24)
    expect(c.wait(60) == 0, "function_client")
    effects = wait_until(lambda: len(lines(store)) >= 16 and lines(store), 10)
    expect(effects and len({e["request_id"] for e in effects}) == 16, f"{len(lines(store))} effects")
    end(p)


def part_kafka():
    if not os.path.exists(BROKER):
        print("SKIP kafka: no broker was built")
        return
    at = fresh("bootstrap")
    broker = launch([BROKER, at, "1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
    address = wait_until(lambda: os.path.exists(at) and open(at, encoding="ascii").read().strip(), 20)
    store = fresh("store-kafka")
    c = peer("kafka_consumer", "--connect", address, "--store", store)
    pair("kafka_producer", ["--connect", address], store, 40, 40)
    end(c)
    broker.stdin.close()
    end(broker)


# ---- with hutong

def part_hutong_receives():
    port = free_port()
    receiver = Receiver.https(work, port)
    wait_until(lambda: not_refused(port))
    p = peer("http_client", "--connect", f"127.0.0.1:{port}", "--ca", work / "cert.pem", "--count", 8)
    expect(p.wait(60) == 0, "http_client against hutong receive")
    expect(len(receiver.records()) == FULL, f"hutong receive --https has {len(receiver.records())} of {FULL}")
    receiver.stop()
    port = free_port()
    receiver = Receiver.zmq(work, port)
    p = peer("zmq_dealer", "--connect", f"127.0.0.1:{port}", "--count", 8)
    expect(p.wait(60) == 0, "zmq_dealer against hutong receive")
    expect(len(receiver.records()) == FULL, f"hutong receive --zmq has {len(receiver.records())} of {FULL}")
    receiver.stop()


def not_refused(port):
    import socket
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def part_hutong_sends():
    """hutongd delivers to the references, which check what it says."""
    h, hp, hs = server("http_server", "--cert", work / "cert.pem", "--key", work / "key.pem")
    z, zp, zs = server("zmq_sub", "--transport", "router")
    with open(work / "in/eve.json", "w", encoding="utf-8") as f:
        f.write("".join(eve(n) for n in range(1, 301)))
    agent = Agent(work, f"""version: 1
agent: {{id: e2e, data_dir: {work / "data"}}}
inputs:
  eve: {{type: file, path: "{work / "in/*.json"}", mapping: suricata-eve, from: start}}
outputs:
  web: {{type: https, url: "https://127.0.0.1:{hp}/interconn/v1/data", ca: "{work / "cert.pem"}"}}
  zmq: {{type: zmq, endpoint: "tcp://127.0.0.1:{zp}", deadline: 5s}}
""")
    for name, store in (("http_server", hs), ("zmq router", zs)):
        wait_until(lambda store=store: len(lines(store)) >= 300, 40)
        expect(len(lines(store)) == 300, f"{name} took {len(lines(store))} of hutongd's 300\n{agent.log_text()[-500:]}")
    agent.stop()
    end(h)
    end(z)


# ---- faults

def contexts():
    s = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    s.load_cert_chain(work / "cert.pem", work / "key.pem")
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    return s, c


def reach(row, n):
    """Run the role with the fault until it says that it was reached."""
    trace, store, at = work / f"trace{n}", work / f"store{n}", work / f"port{n}"
    common = ["--fault", row.id, "--fault-trace", trace, "--store", store]
    done = lambda: os.path.exists(trace)  # noqa: E731
    p = STIMULATE[row.role](row, common, at)
    for q in p:
        if q.poll() is None and not done():
            wait_until(done, 25, .02)
        end(q, 5)
    return row.id, done()


def listening(role, common, at, *args):
    return peer(role, "--listen", "127.0.0.1:0", "--port-file", at, *common, *args)


def needs_tls(row):
    return "tls" in (row.hook or "") or row.hook in ("http-plain-client", "ss-plain")


def tls_server_args():
    return ["--cert", work / "cert.pem", "--key", work / "key.pem", "--ca", work / "cert.pem"]


def do_http_server(row, common, at):
    args = tls_server_args() + (["--mtls"] if "client" in row.hook else []) if needs_tls(row) else []
    p = listening(row.role, common, at, "--token-file", work / "tokens", *args)
    port = port_of(at)
    drive = stimuli.drive_http_server if row.role == "http_server" else stimuli.drive_function_server
    drive(port, contexts()[1] if needs_tls(row) else None)
    return [p]


def do_client(row, common, at):
    plan = stimuli.HTTP_PLAN if row.role == "http_client" else stimuli.FUNCTION_PLAN
    a = stimuli.Answers(plan, contexts()[0] if needs_tls(row) else None, row.role == "function_client")
    args = ["--ca", work / "cert.pem", *(["--cert", work / "cert.pem", "--key", work / "key.pem"])] if needs_tls(row) else []
    if row.hook == "tls-falls-back":
        args = ["--ca", work / "token"] if False else ["--ca", work / "other.pem"]
    if "sign" in (row.hook or ""):
        args += ["--signature"]
    return [peer(row.role, "--connect", f"127.0.0.1:{a.port}", "--token-file", work / "token", *common, *args)]


def do_zmq_sender(row, common, at):
    extra = []
    if row.hook == "zmq-null":
        extra = ["--curve-secret", work / "k.secret", "--curve-server-key", work / "k.public"]
    if row.role != "zmq_dealer":
        other = {"zmq_pub": "sub", "zmq_push": "pull"}[row.role]
        r = peer("zmq_sub", "--transport", other, "--listen", "127.0.0.1:0", "--port-file", at)
        return [peer(row.role, "--connect", f"127.0.0.1:{port_of(at)}", *common, *extra), r]
    port = acks()
    return [peer(row.role, "--connect", f"127.0.0.1:{port}", *common, *extra)]


def acks():
    """A ROUTER that answers by a list."""
    import threading

    import zmq
    sock = zmq.Context.instance().socket(zmq.ROUTER)
    sock.linger = 0
    port = sock.bind_to_random_port("tcp://127.0.0.1")
    plan = [202, 503, 202, 400, "other", 202, 0, 202, 207, 202]

    def run():
        for _ in range(200):
            parts = sock.recv_multipart()
            step = plan.pop(0) if plan else 202
            try:
                mid = json.loads(parts[2]).get("id", "") if len(parts) > 2 else ""
            except (ValueError, AttributeError):
                mid = ""
            if step == 0:
                continue
            results = b"[]"
            if step == 207:
                count = len(json.loads(parts[-1])["items"])
                results = json.dumps([(202, 503, 400)[i % 3] for i in range(count)]).encode()
            if step == "other":
                mid, step = "another", 202
            sock.send_multipart([parts[0], str(mid).encode(), str(step).encode(), results])

    threading.Thread(target=run, daemon=True).start()
    return port


def do_zmq_sub(row, common, at):
    import zmq
    extra = []
    if row.hook == "zmq-null":
        extra = ["--curve-secret", work / "k.secret", "--curve-allow", work / "k.public"]
    p = listening(row.role, common, at, *extra)
    port = port_of(at)
    if not extra:
        stimuli.drive_zmq_receiver(port, zmq.PUB)
    return [p]


def do_syslog_receiver(row, common, at):
    transport = "tls" if needs_tls(row) else "udp" if "udp" in row.hook else "tcp"
    args = tls_server_args() if transport == "tls" else []
    p = listening(row.role, common, at, "--transport", transport, *args, *(["--mtls"] if "client" in row.hook else []))
    stimuli.drive_syslog_receiver(port_of(at), transport, contexts()[1] if transport == "tls" else None)
    return [p]


def do_syslog_sender(row, common, at):
    args = []
    transport = "tls" if needs_tls(row) else "udp" if "udp" in (row.hook or "") else "tcp"
    if transport == "tls":
        args = tls_server_args()
    port = stimuli.drain_tcp(contexts()[0] if transport == "tls" else None)
    return [peer(row.role, "--connect", f"{transport}://127.0.0.1:{port}", "--count", 30, *common, *args)]


def do_kafka(row, common, at):
    boot = str(at) + "-boot"
    broker = launch([BROKER, boot, "1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
    address = wait_until(lambda: os.path.exists(boot) and open(boot, encoding="ascii").read().strip(), 20)
    if row.role == "kafka_producer":
        if row.hook in ("kp-gives-up", "kp-new-id"):
            broker.stdin.write(b"produce 87 40\n")      # INVALID_RECORD: not retried below
            broker.stdin.flush()
        p = peer(row.role, "--connect", address, *common)
    else:
        from kafka import KafkaProducer
        p = peer(row.role, "--connect", address, *common)
        out = KafkaProducer(bootstrap_servers=address, api_version=(2, 1, 0))
        same = json.dumps(stimuli.made(count=3)).encode()
        for kind, body, headers in (
                [("alert", same, []), ("alert", same, []), ("asset", same, [("schema", b"interconn/asset")]),
                 ("asset", json.dumps(stimuli.made(count=1)).encode(), []), ("alert", b"{", []),
                 ("alert", json.dumps(stimuli.made(count=1)).encode(), [("schema", b"interconn/asset")])] +
                [("alert", t, []) for t in stimuli.texts()] +
                [(k, json.dumps(e).encode(), []) for k, e in stimuli.item_faults()] +
                [("alert", json.dumps(stimuli.made(count=1)).encode(), []) for _ in range(3)]):
            out.send(f"interconn.{kind}.v1", body, headers=headers)
        out.close(5)
    return [p, broker]


def eve(n):
    """An alert; addresses of both versions, a blocked one, a worst one."""
    source = "2001:db8::7" if n % 3 == 0 else "192.0.2.7"
    return json.dumps({
        "timestamp": f"2026-11-22T10:00:{n % 60:02d}.123456-0330", "event_type": "alert", "src_ip": source, "src_port": 50000,
        "dest_ip": source[:-1] + "8", "dest_port": 443, "app_proto": "http", "alert": {
            "action": "blocked" if n % 2 else "allowed", "signature_id": n, "severity": 1 + n % 3,
            "signature": f"可疑登录\tevent {n} with a longer name"}}, ensure_ascii=False) + "\n"


def do_agent(row, common, at):
    """Lines, a bad one among them, more while it runs; for what shows after a
    start, a first life that ends with a message on its way."""
    import threading
    path, state = f"{at}-in", f"{at}-state"
    with open(path, "w", encoding="utf-8") as f:
        f.writelines([eve(n) for n in range(17)] + ["no JSON\n"] + [eve(n) for n in range(60)])
        if row.hook == "ag-half-lines":
            f.write(eve(1)[:40])
    args = ["--input", path, "--state", state]
    if row.hook in ("ag-forgets-position", "ag-open-anew"):
        first = peer("agent", "--connect", "tcp://127.0.0.1:9", *args)
        wait_until(lambda: os.path.exists(state) and '"open"' in open(state, encoding="utf-8").read(), 20)
        first.kill()
        first.wait()

    def more():
        with open(path, "a", encoding="utf-8") as f:
            f.write(eve(99))

    later = threading.Timer(6, more)
    later.daemon = True
    later.start()
    return [peer("agent", "--connect", f"tcp://127.0.0.1:{acks()}", *common, *args)]


STIMULATE = {
    "http_server": do_http_server, "function_server": do_http_server, "http_client": do_client,
    "function_client": do_client, "zmq_pub": do_zmq_sender, "zmq_push": do_zmq_sender, "zmq_dealer": do_zmq_sender,
    "zmq_sub": do_zmq_sub, "syslog_receiver": do_syslog_receiver, "syslog_sender": do_syslog_sender,
    "kafka_producer": do_kafka, "kafka_consumer": do_kafka, "agent": do_agent,
}


def part_faults(full=False, words=()):
    import zmq
    token()
    with open(work / "tokens", "w", encoding="ascii") as f:
        f.write(stimuli.TOKEN + "\nLimited-1 identify,monitor\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-keyout", "other.key", "-out", "other.pem", "-subj", "/CN=other"], check=True, cwd=work.path,
                   stderr=subprocess.DEVNULL)
    public, secret = zmq.curve_keypair()
    for name, key in (("k.public", public), ("k.secret", secret)):
        with open(work / name, "wb") as f:
            f.write(key + b"\n")
    rows = list(table.rows())
    if words:
        rows = [r for r in rows if any(w in r.id for w in words)]
    elif not full:
        rows = rows[::12]
    if not os.path.exists(BROKER):
        rows = [r for r in rows if not r.role.startswith("kafka")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        missed = [name for name, ok in pool.map(lambda x: reach(*x), zip(rows, range(len(rows)))) if not ok]
    expect(not missed, f"{len(missed)} of {len(rows)} faults were not reached: {missed}")
    print(f"     {len(rows)} faults were run")


def part_dumb():
    """Every dumb product starts and stays (or ends, where that is what it does)."""
    from roles import dumb
    running = []
    for role in options.ROLES:
        if role.startswith("kafka"):
            continue
        for kind in dumb.kinds(role):
            side = ["--listen", "127.0.0.1:0"] if dumb._group(role) != "sender" else ["--connect", "127.0.0.1:9"]
            running.append((role, kind, peer(role, *side, "--dumb", kind)))
    for role, kind, p in running:
        if kind == "exit":
            expect(p.wait(60) == 1, f"dumb {role} {kind}: exit {p.returncode}")
    # those that end begin like the others: who would fall, has fallen
    time.sleep(1)
    for role, kind, p in running:
        if kind != "exit":
            expect(p.poll() is None, f"dumb {role} {kind}: exit {p.poll()}")
            p.kill()
            p.wait()


def main():
    global work
    full = "--full" in sys.argv
    words = [w for w in sys.argv[1:] if w != "--full"]
    work = Work("peers-py")
    parts = {k[5:]: v for k, v in globals().items() if k.startswith("part_")}
    for name, part in parts.items():
        ids = [w for w in words if w.startswith("py-")]
        if words and not any(w in name for w in words) and not (ids and name == "faults"):
            continue
        print(f"--   {name}", flush=True)
        try:
            part(full, ids) if name == "faults" else part()
        except Exception as x:
            import traceback
            traceback.print_exc()
            expect(False, f"{name}: {x!r}")
    if bad:
        sys.exit(f"{len(bad)} failed (files: {work.path})")
    work.remove()
    print("ok   peers-py")


if __name__ == "__main__":
    main()
    os._exit(0)
