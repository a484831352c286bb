#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The ZeroMQ input as its senders meet it: answers item by item, repeats, bad
envelopes, CURVE, hostile bytes, a full spool, modes without acknowledgement; and
from there over HTTPS to `hutong receive`."""
import hashlib
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BIN, Agent, Receiver, Work, free_port, wait_until  # noqa: E402

import zmq  # noqa: E402
from zmq_sender import Dealer, envelope, frames, header, record, template  # noqa: E402

FAILURES = []
BASE = template()
RSS_KIB = 160 * 1024 if "asan" in BIN or "tsan" in BIN else 64 * 1024


def expect(condition, text):
    print(("ok   " if condition else "FAIL ") + text, flush=True)
    if not condition:
        FAILURES.append(text)


def config(work, inputs, outputs, spool=""):
    return f"""version: 1
agent: {{id: zin, data_dir: {work / "data"}}}
metrics: {{listen: ""}}
stop: {{drain: 1s}}
{spool}inputs:
{inputs}outputs:
{outputs or file_output(work)}"""


def file_output(work):
    return f'  file: {{type: file, path: "{work / "out.ndjson"}"}}\n'


def zmq_input(port, more="", name="peers"):
    return f'  {name}: {{type: zmq, endpoint: "tcp://127.0.0.1:{port}"{more}}}\n'


def https_output(work, port):
    return (f'  https: {{type: https, url: "https://localhost:{port}/interconn/v1/data", '
            f'ca: "{work / "cert.pem"}", deadline: 2s}}\n')


def delivered(agent, name, count):
    def check():
        o = agent.output(name)
        return o and o["delivered"] >= count and o["queued"] == 0
    return wait_until(check, 60)


def numbers(receiver):
    return sorted(receiver.numbers())


def broken_envelopes(good):
    """(what, frames, expected status)"""
    body = envelope([good], "bad")
    digest = json.loads(body)
    digest["digest"] = {"alg": "sha256", "value": "00" * 32}
    right = json.loads(body)
    items = json.dumps(right["items"])
    right = ('{"msg_id":"right","info_type":"alert","items":%s,"digest":{"alg":"sha256","value":'
             '"%s"}}' % (items, hashlib.sha256(items.encode()).hexdigest())).encode()
    head = header("bad", 1)
    return [
        ("no JSON", [b"alert.", head, b"\x00\xff{"], 400),
        ("no items", [b"alert.", head, b"{}"], 400),
        ("items are no array", [b"alert.", head, b'{"items":{}}'], 400),
        ("a duplicate member", [b"alert.", head, b'{"items":[],"items":[]}'], 400),
        ("a wrong digest", [b"alert.", head, json.dumps(digest).encode()], 422),
        ("another number of items", [b"alert.", header("bad", 2), body], 400),
        ("another info_type", [b"asset.", header("bad", 1, "asset"), body], 400),
        ("another msg_id", [b"alert.", header("other", 1), body], 400),
        ("a header that is none", [b"alert.", b"not json", body], 400),
        ("a frame too many", [b"alert.", head, body, b"x"], 400),
        ("one frame", [b"x"], 400),
        ("a hundred frames", [b"x"] * 100, 400),
        ("a right digest", [b"alert.", header("right", 1), right], 202),
    ]


def test_answers():
    work = Work("zin")
    port, https = free_port(), free_port()
    receiver = Receiver.https(work, https)
    agent = Agent(work, config(work, zmq_input(port), https_output(work, https)))
    peer = Dealer(f"tcp://127.0.0.1:{port}")
    first = frames([record(BASE, n) for n in range(1, 11)], "m1")
    expect(peer.ask(first) == ("m1", 202, [202] * 10), "ten records are accepted item by item")
    expect(peer.ask(first) == ("m1", 202, [200] * 10), "again: known, and acknowledged again")
    expect(peer.ask(frames([record(BASE, n) for n in (10, 11)], "m2")) == ("m2", 202, [200, 202]),
           "another envelope with one of them: that one is known by its event id")
    expect(peer.ask(frames([record(BASE, 99)], "m1")) == ("m1", 409, []),
           "another envelope under a known msg_id is a conflict")
    missing, wrong, bare = record(BASE, 12), record(BASE, 13), record(BASE, 14)
    del missing["general"]["alert_name"]
    wrong["general"]["alert_level"] = 7
    del bare["x_event_id"], bare["info_type"]
    partial = frames([missing, wrong, "text", bare, record(BASE, 15)], "m3")
    expect(peer.ask(partial) == ("m3", 207, [400, 400, 400, 202, 202]),
           "wrong items are refused, the others of the envelope accepted")
    expect(peer.ask(partial) == ("m3", 207, [400, 400, 400, 200, 200]),
           "again: the same answer, a record without an id of its own is known too")
    got = peer.ask(frames([record(BASE, 16)], "m4", "nonsense"))
    expect(got == ("m4", 207, [400]), "a kind that nobody knows is refused")
    expect(peer.ask(frames([], "m5")) == ("m5", 202, []), "an empty envelope is accepted")
    bad = broken_envelopes(record(BASE, 20))
    for what, parts, status in bad:
        got = peer.ask(parts)
        expect(got and got[1] == status, f"{what}: {status}, got {got}")
    expect(delivered(agent, "https", 14), "14 records arrive over HTTPS")
    status = agent.status()
    i = agent.input("peers")
    expect(status["unaccounted"] == 0, "unaccounted 0")
    expect(i["spooled"] == 14 and i["deduplicated"] == 15,
           f"14 spooled, 15 repeats left out: {i['spooled']}, {i['deduplicated']}")
    letters = i["rejected"] + i["dead_lettered"]
    expect(letters == status["dead_letters"] == len(bad) - 1 + 6,
           f"what was refused is in the dead letters: {letters}, {status['dead_letters']}")
    expect("/general/alert_name" in agent.log_text(), "the log has the place of a fault")
    agent.stop()
    receiver.stop()
    expect(numbers(receiver) == list(range(1, 12)) + [14, 15, 20],
           f"each exactly once: {numbers(receiver)}")
    r = subprocess.run([os.path.join(BIN, "hutong"), "validate", "--quiet", receiver.store])
    expect(r.returncode == 0, "what arrived has no findings")
    r = subprocess.run([os.path.join(BIN, "hutong"), "spool", "export", work / "data/deadletter"],
                       capture_output=True, text=True)
    reasons = [json.loads(line)["reason"] for line in r.stdout.splitlines()]
    expect(any("/general/alert_name" in x for x in reasons), "dead letters name the place")
    peer.close()
    work.remove()


def test_restart():
    """What was acknowledged before kill -9 is a repeat after it."""
    work = Work("zin-restart")
    port, out = free_port(), free_port()
    receiver = Receiver.zmq(work, out)
    outputs = f'  zmq: {{type: zmq, endpoint: "tcp://127.0.0.1:{out}", deadline: 2s}}\n'
    agent = Agent(work, config(work, zmq_input(port), outputs))
    peer = Dealer(f"tcp://127.0.0.1:{port}")
    parts = frames([record(BASE, n) for n in range(1, 501)], "m1")
    expect(peer.ask(parts) == ("m1", 202, [202] * 500), "500 accepted")
    agent.kill()
    agent.start()
    expect(peer.ask(parts, 30) == ("m1", 202, [200] * 500), "after kill -9: all known")
    expect(peer.ask(frames([record(BASE, 501)], "m1")) == ("m1", 409, []), "the msg_id too")
    # More than the window: the oldest ids give way, the agent goes on.
    for k in range(34):
        many = frames([record(BASE, 1000 + 1000 * k + n) for n in range(1000)], f"n{k}")
        got = peer.ask(many, 60)
        if not got or got[2] != [202] * 1000:
            expect(False, f"envelope n{k}: {got and got[:2]}")
            break
    agent.kill()
    agent.start()
    expect(peer.ask(many, 30) == ("n33", 202, [200] * 1000), "the last 1,000 of 34,000 are known")
    expect(wait_until(lambda: (agent.output("zmq") or {"queued": 1})["queued"] == 0, 60),
           "all delivered")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0")
    rss = agent.rss_peak_kib()
    expect(rss < RSS_KIB, f"peak RSS {rss} KiB")
    _, code = agent.stop()
    expect(code == 0, "exit status 0")
    receiver.stop()
    got = receiver.numbers()
    expect(len(got) == len(set(got)) == 34500, f"34,500 stored, none twice: {len(got)}")
    peer.close()
    work.remove()


def curve_keys(work, name):
    with open(work / f"{name}.pub", encoding="ascii") as f:
        public = f.read().split()[0].encode()
    with open(work / f"{name}.secret", encoding="ascii") as f:
        return public, f.read().split()[0].encode()


def test_curve():
    work = Work("zin-curve")
    port = free_port()
    for name in ("server", "client", "stranger"):
        subprocess.run([os.path.join(BIN, "hutong"), "keygen", "--quiet", work / name], check=True)
    with open(work / "client.pub", encoding="ascii") as f, \
            open(work / "allow", "w", encoding="ascii") as g:
        g.write(f.read())
    server = curve_keys(work, "server")[0]
    more = f', curve_secret: "{work / "server.secret"}", curve_allow: "{work / "allow"}"'
    agent = Agent(work, config(work, zmq_input(port, more), ""))
    endpoint = f"tcp://127.0.0.1:{port}"
    client = Dealer(endpoint, (*curve_keys(work, "client"), server))
    expect(client.ask(frames([record(BASE, 1)], "m1")) == ("m1", 202, [202]),
           "the listed client is served over CURVE")
    peers = [("a stranger", Dealer(endpoint, (*curve_keys(work, "stranger"), server))),
             ("a peer without CURVE", Dealer(endpoint)),
             ("a peer with another server's key",
              Dealer(endpoint, (*curve_keys(work, "client"), curve_keys(work, "stranger")[0])))]
    for what, peer in peers:
        try:
            peer.send(frames([record(BASE, 2)], "m2"))
        except zmq.Again:
            pass
        expect(peer.answer(1) is None, f"{what} is not")
        peer.close()
    expect(client.ask(frames([record(BASE, 3)], "m3")) == ("m3", 202, [202]), "the client still is")
    expect(agent.input("peers")["spooled"] == 2, "nothing of the others came in")
    expect("refused: " in agent.log_text(), "the log says that peers were refused")
    agent.stop()
    client.close()
    with open(work / "hutong.yaml", encoding="utf-8") as f:
        text = f.read()
    agent.configure(text.replace(f', curve_allow: "{work / "allow"}"', ""))
    r = subprocess.run([os.path.join(BIN, "hutongd"), "-c", agent.config], capture_output=True,
                       text=True)
    expect(r.returncode == 78, "without a list of clients the input does not open")
    agent.configure(text.replace("127.0.0.1", "0.0.0.0").replace(more, ""))
    r = subprocess.run([os.path.join(BIN, "hutongd"), "-c", agent.config], capture_output=True,
                       text=True)
    expect(r.returncode == 78 and "without CURVE" in r.stderr,
           "in the clear it does not leave the machine unasked")
    work.remove()


def raw_bytes(port):
    """Openings that are no ZMTP, and one that is, followed by a frame that says
    it is 2^60 bytes long."""
    greeting = b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL" + b"\0" * 16 + b"\0" * 32
    ready = b"\4\x19\5READY\x0bSocket-Type\0\0\0\6DEALER"
    openings = [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 4096, os.urandom(4096), b"\xff" * 64,
                greeting[:20], greeting + b"\6" + b"\xff" * 8, greeting + ready[:10],
                greeting + b"\4" + bytes([len(ready) - 2]) + ready[2:]
                + b"\2" + (1 << 60).to_bytes(8, "big") + b"x" * 1000]
    for _ in range(20):
        for opening in openings:
            with socket.create_connection(("127.0.0.1", port)) as s:
                try:
                    s.sendall(opening)
                except OSError:
                    pass


def test_hostile():
    work = Work("zin-hostile")
    port = free_port()
    agent = Agent(work, config(work, zmq_input(port), ""))
    endpoint = f"tcp://127.0.0.1:{port}"
    good = Dealer(endpoint)
    expect(good.ask(frames([record(BASE, 1)], "m1")) == ("m1", 202, [202]), "a good peer is served")
    raw_bytes(port)
    expect(good.ask(frames([record(BASE, 2)], "m2")) == ("m2", 202, [202]), "beside raw bytes too")
    big = Dealer(endpoint)
    for _ in range(5):
        big.send([b"alert.", header("big", 1), b"[" * (20 << 20)])
    expect(big.answer(1) is None, "a frame of 20 MiB is not answered")
    big.close()
    deep = Dealer(endpoint)
    bodies = [b'{"items":' + b"[" * 500000, b'{"items":[' + b"{}," * 300000 + b"{}]}",
              b'{"items":[' + b'{"a":' * 100000 + b"1" + b"}" * 100000 + b"]}",
              b'{"items":["' + b"x" * 900000 + b'"]}', b'{"items":[1e999]}', b"\xef\xbb\xbf{}"]
    for k, body in enumerate(bodies):
        got = deep.ask([b"alert.", header(f"deep{k}", 0), body], 30)
        expect(got and got[1] in (207, 400), f"hostile body {k} is refused: {got and got[:2]}")
    deep.close()
    flood = [Dealer(endpoint) for _ in range(8)]
    for peer in flood:
        for k in range(200):
            peer.send([b"x", b"y" * 3000])
    expect(good.ask(frames([record(BASE, 3)], "m3"), 30) == ("m3", 202, [202]),
           "and beside a flood of malformed messages")
    for peer in flood:
        peer.close()
    status = agent.status()
    expect(status["unaccounted"] == 0, "unaccounted 0")
    rss = agent.rss_peak_kib()
    expect(rss < 4 * RSS_KIB, f"peak RSS {rss} KiB is bounded")
    lines = agent.log_text().count("\n")
    expect(lines < 200, f"the log is rate-limited: {lines} lines")
    _, code = agent.stop()
    expect(code == 0, "exit status 0")
    good.close()
    work.remove()


def test_full_spool():
    """Nobody takes the records: the input stops reading and acknowledging, its
    memory stays bounded, and goes on when there is room again."""
    work = Work("zin-full")
    port, out = free_port(), free_port()
    outputs = f'  zmq: {{type: zmq, endpoint: "tcp://127.0.0.1:{out}", deadline: 2s}}\n'
    agent = Agent(work, config(work, zmq_input(port), outputs, "spool: {max_bytes: 34MiB}\n"))
    peer = Dealer(f"tcp://127.0.0.1:{port}")
    batch, acknowledged, sent = 500, 0, 0
    while sent < 200:
        peer.send(frames([record(BASE, sent * batch + n) for n in range(batch)], f"m{sent}"))
        sent += 1
        got = peer.answer(2 if sent > 60 else 20)
        if got is None:
            break
        acknowledged += got[1] == 202
    expect(0 < acknowledged < 200, f"the full spool stops the sender after {acknowledged} envelopes")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0 while full")
    receiver = Receiver.zmq(work, out)
    while acknowledged < sent:
        got = peer.answer(60)
        if got is None:
            break
        acknowledged += got[1] == 202
    expect(acknowledged == sent, f"all {sent} are acknowledged when there is room")
    expect(delivered(agent, "zmq", sent * batch), "and delivered")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0")
    rss = agent.rss_peak_kib()
    expect(rss < RSS_KIB, f"peak RSS {rss} KiB")
    agent.stop()
    receiver.stop()
    got = receiver.numbers()
    expect(sorted(got) == list(range(sent * batch)), "each exactly once")
    peer.close()
    work.remove()


def test_without_acknowledgement():
    work = Work("zin-modes")
    pull, sub = free_port(), free_port()
    context = zmq.Context()
    publisher = context.socket(zmq.XPUB)
    publisher.linger = 0
    publisher.bind(f"tcp://127.0.0.1:{sub}")
    inputs = (zmq_input(pull, ", mode: pull", "pull")
              + zmq_input(sub, ", mode: sub, connect: true", "sub"))
    agent = Agent(work, config(work, inputs, ""))
    push = Dealer(f"tcp://127.0.0.1:{pull}", kind=zmq.PUSH)
    push.send(frames([record(BASE, n) for n in range(5)], "m1"))
    push.send([b"x"])
    expect(wait_until(lambda: (agent.input("pull") or {}).get("frames") == 6, 20), "PUSH arrives")
    expect(publisher.poll(10000) and publisher.recv(zmq.NOBLOCK) == b"\1", "the input subscribes to all")
    publisher.send_multipart(frames([record(BASE, n) for n in range(7)], "m1"))
    expect(wait_until(lambda: (agent.input("sub") or {}).get("spooled") == 7, 20), "PUB arrives")
    i = agent.input("pull")
    expect(i["spooled"] == 5 and i["rejected"] == 1, "a bad message is a dead letter")
    expect(agent.status()["unaccounted"] == 0, "unaccounted 0")
    agent.stop()
    push.close()
    publisher.close()
    context.term()
    work.remove()


def test_check():
    work = Work("zin-check")
    agent_config = work / "hutong.yaml"

    def check(level, inputs):
        with open(agent_config, "w", encoding="utf-8") as f:
            f.write(config(work, inputs, ""))
        os.chmod(agent_config, 0o600)
        return subprocess.run([os.path.join(BIN, "hutong"), "check", "--level", level,
                               agent_config], capture_output=True, text=True)
    port = free_port()
    expect(check("environment", zmq_input(port)).returncode == 0, "a good input passes every level")
    r = check("semantic", zmq_input(port, ", mapping: suricata-eve"))
    expect(r.returncode == 78 and "standard's form" in r.stdout + r.stderr, "a mapping is refused")
    r = check("semantic", zmq_input(port, ", modus: pull"))
    expect(r.returncode == 78 and "mode" in r.stdout + r.stderr, "an unknown key is named")
    with socket.socket() as s:
        s.bind(("127.0.0.1", port))
        s.listen()
        r = check("environment", zmq_input(port))
        expect("in use" in r.stdout + r.stderr, "an address in use is told")
    work.remove()


def main():
    tests = (test_answers, test_restart, test_curve, test_hostile, test_full_spool,
             test_without_acknowledgement, test_check)
    for test in tests:
        if len(sys.argv) > 1 and test.__name__ not in sys.argv[1:]:
            continue
        start = time.monotonic()
        print(f"-- {test.__name__}")
        test()
        print(f"   {time.monotonic() - start:.1f} s")
    print(f"{len(FAILURES)} failures")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
