# SPDX-License-Identifier: Apache-2.0
"""What drives a reference through every site where a fault may be seeded: an
unfriendly client for servers, an unfriendly server for clients. They judge
nothing; the test looks at whether the fault was reached."""
import json
import os
import socket
import ssl
import threading
import time

from base import commands, envelope, options
from base.identity import rfc3339, uuid4

TOKEN = "Stimulus-Token-1"


def made(kind="alert", count=0, **changes):
    """A conformant envelope as a tree."""
    o = options.parse(["--kinds", kind, "--batch", str(count)])
    value = json.loads(envelope.Encoder(o).next().body)
    value.pop("digest", None)
    value.update(changes)
    return value


class Raw:
    """Requests as bytes; a new connection for each."""

    def __init__(self, port, context=None):
        self.port, self.context = port, context

    def send(self, data, plain=False):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=3) as sock:
                if self.context and not plain:
                    sock = self.context.wrap_socket(sock, server_hostname="127.0.0.1")
                sock.sendall(data)
                sock.settimeout(1)
                got = b""
                while b"\r\n\r\n" not in got:
                    more = sock.recv(65536)
                    if not more:
                        break
                    got += more
                return got
        except OSError:
            return b""

    def post(self, path, body, head=(), token=TOKEN, media="application/json", method="POST"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        fields = [f"Host: 127.0.0.1:{self.port}", f"Content-Length: {len(body)}", *head]
        if token:
            fields.append(token if ":" in token else f"Authorization: Bearer {token}")
        if media:
            fields.append(f"Content-Type: {media}")
        text = f"{method} {path} HTTP/1.1\r\n" + "\r\n".join(fields) + "\r\n\r\n"
        return self.send(text.encode("latin-1") + body)


def item_faults():
    """Envelopes of one item with one fault each."""
    def at(kind, path, value, variant=0):
        e = made(kind)
        e["items"] = [e["items"][variant]]
        spot = e["items"][0]
        *parts, last = path.split(".")
        for part in parts:
            spot = spot[part]
        if value is None:
            del spot[last]
        else:
            spot[last] = value
        return kind, e

    yield at("alert", "general.alert_name", None)
    yield at("alert", "general.alert_name", 5)
    yield at("alert", "general.alert_name", "x" * 300)
    yield at("alert", "general.alert_level", "severe")
    yield at("alert", "general.alert_time", "yesterday")
    yield at("alert", "general.source.ip", "1.2.3")
    yield at("alert", "general.source", {})
    yield at("alert", "general.confidence", 200)
    yield at("alert", "general.colour", "red")
    yield at("alert", "general.first_time", "2030-01-01T00:00:00Z")
    yield at("alert", "extension", {"other": {}})
    yield at("alert", "extension", {"other": {}, "malware": {"malware_name": "x"}})
    yield at("alert", "info_type", "asset")
    yield at("asset", "general.basic.product_code", None)
    yield at("threat", "general.valid_from", None, 6)


def texts():
    """Bodies that are no strict JSON, or not what was announced."""
    good = json.dumps(made(count=1)).encode()
    yield b"{"
    yield good[:-1] + b',"msg_id":"x"}'
    yield good.replace(b'"confidence": ', b'"x_n": 9007199254740993, "confidence": ')
    yield good.replace(b'"confidence": ', b'"count": NaN, "confidence": ')
    yield good.replace(b'"alert_name": "', b'"alert_name": "\\ud800')
    yield b"\xef\xbb\xbf" + good
    yield good.replace(b'"alert_name": "', b'"alert_name": "\xe9')
    yield good[:-1] + b',"x_deep":' + b"[" * 60 + b"]" * 60 + b"}"
    yield good + b" and more"
    for change in ({"items": []}, {"schema": "interconn/other"}, {"info_type": "asset"}):
        yield json.dumps(made(count=1, **change)).encode()
    yield json.dumps(made(count=1, digest={"alg": "sha256", "value": "0" * 64})).encode()


HEADS = (
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
    b"POST %s HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    b"POST %s HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    b"POST %s HTTP/1.1\r\nHost : a\r\nContent-Length: 0\r\n\r\n",
    b"POST %s HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
    b"POST %s HTTP/1.1\r\nHost: a\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
    b"POST %s HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(150)) +
    b"Content-Length: 0\r\n\r\n",
)
AUTHS = (None, "wrong", TOKEN[:-2], TOKEN.lower(), "Authorization: Basic " + TOKEN, "Authorization: Token " + TOKEN)


def drive_http_server(port, context):
    raw = Raw(port, context)
    path = "/interconn/v1/data/alert"
    if context:
        raw.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", plain=True)
    value = made(count=3)
    raw.post(path, value, [f"Idempotency-Key: {value['msg_id']}"])
    raw.post(path, value)
    raw.post(path, dict(value, sent_time=rfc3339(0)))
    raw.post(path, made(count=1), ["Idempotency-Key: other"])
    raw.post(path, made("asset", 1))
    raw.post(path, made(count=1), ["Expect: 100-continue"])
    for token in AUTHS:
        raw.post(path, made(count=1), token=token)
    raw.post(path + "?token=" + TOKEN, made(count=1), token=None)
    raw.post("/interconn/v1/data/nothing", made(count=1))
    raw.post(path, made(count=1), method="PUT")
    raw.post(path, made(count=1), media="text/plain")
    raw.post(path, made(count=1), media=None)
    mixed = made(count=3)
    del mixed["items"][1]["general"]["alert_name"]
    raw.post(path, mixed)
    for kind, e in item_faults():
        raw.post(f"/interconn/v1/data/{kind}", e)
    for text in texts():
        raw.post(path, text)
    for head in HEADS:
        raw.send(head.replace(b"%s", path.encode()).replace(b"Content-Length",
                 f"Authorization: Bearer {TOKEN}\r\nContent-Length".encode(), 1))
    big = b"POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n" % (
        path.encode(), TOKEN.encode())
    raw.send(big + b"Content-Length: 99999999\r\n\r\n")
    raw.send(big + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n")


def command(class_="respond", operation="block", params=None, **changes):
    e = {"version": "1.0", "request_id": uuid4(), "timestamp": rfc3339(), "nonce": uuid4(), "sender": "s",
         "class": class_, "operation": operation,
         "params": params if params is not None else {"kind": "ip", "values": ["192.0.2.1"], "ttl_s": 60}}
    e.update(changes)
    return {k: v for k, v in e.items() if v is not None}


def drive_function_server(port, context):
    raw = Raw(port, context)
    base = "/interconn/v1/command/"
    path = base + "respond/block"
    if context:
        raw.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", plain=True)
    one = command()
    raw.post(path, one)
    raw.post(path, dict(one, nonce=uuid4()))
    raw.post(path, dict(one, nonce=uuid4(), params={"kind": "ip", "values": ["192.0.2.9"]}))
    raw.post(path, dict(command(), nonce=one["nonce"]))
    for token in (*AUTHS, "Limited-1"):
        raw.post(path, command(), token=token)
    raw.post(path + "?token=" + TOKEN, command(), token=None)
    raw.post(path, command(), method="PUT")
    raw.post(path, command(), media="text/plain")
    for name in ("version", "request_id", "timestamp", "nonce", "sender", "class", "operation", "params"):
        raw.post(path, {k: v for k, v in command().items() if k != name})
    raw.post(path, command(version="9.9"))
    raw.post(path, command(priority=1))
    raw.post(path, command(sender=4))
    for params in ({}, {"kind": 5, "values": ["a"]}, {"kind": "x", "values": ["a"]}, {"kind": "ip", "values": []},
                   {"kind": "ip", "values": ["a"], "ttl_s": -1}, {"kind": "ip", "values": ["a"], "colour": 1},
                   {"kind": "ip", "values": ["a"], "dry_run": True}):
        raw.post(path, command(params=params))
    raw.post(base + "respond/explode", command(operation="explode"))
    raw.post(path, command(operation="unblock"))
    for shift in (-1000, 1000, -100):
        raw.post(path, command(timestamp=rfc3339(time.time() + shift)))
    raw.post(path, command(timestamp="now"))
    key = f"alg=hmac-sm3;key_id=default;value={'A' * 43}="
    raw.post(path, command(), ["X-Interconn-Signature: " + key])
    raw.post(base + "protect/policy_revoke", command("protect", "policy_revoke", {"policy_id": "none"}))
    got = raw.post(base + "identify/asset_scan", command("identify", "asset_scan", {"targets": ["192.0.2.0/30"]}))
    name = got.partition(b'"task_id": "')[2].partition(b'"')[0].decode() or uuid4()
    for method in ("GET", "DELETE"):
        raw.post("/interconn/v1/task/" + name, b"", method=method)
    time.sleep(.5)
    raw.post("/interconn/v1/task/" + name, b"", method="GET")
    raw.post("/interconn/v1/task/unknown", b"", method="GET")
    for class_, operation, params in (
            ("common", "capability_query", {}), ("identify", "asset_query", {}), ("monitor", "status_query", {}),
            ("monitor", "threat_lookup", {"ioc_type": "ipv4", "ioc_values": ["192.0.2.1"]}),
            ("protect", "policy_apply", {"policy": {"id": "p", "type": "acl", "action": "deny"}}),
            ("respond", "notify", {"receivers": ["soc"], "text": "t"}),
            ("respond", "isolate_host", {"asset_id": "host:10"})):
        raw.post(f"{base}{class_}/{operation}", command(class_, operation, params))
    for text in texts():
        raw.post(path, text)
    for head in HEADS:
        raw.send(head.replace(b"%s", path.encode()))
    raw.send(b"POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
             b"Content-Length: 9999999\r\n\r\n" % (path.encode(), TOKEN.encode()))


# ---- for clients: an HTTP server that answers by a list, then well

def _results(body):
    try:
        value = json.loads(body)
        return value.get("msg_id", ""), len(value.get("items", [])), value.get("request_id")
    except (ValueError, AttributeError, RecursionError):
        return "", 1, None


class Answers:
    """Statuses in turn; 0 closes without an answer, "junk" is no JSON, "foreign"
    answers another request, "task" is a task. Behind the list all is accepted."""

    def __init__(self, plan, context=None, function=False):
        self.plan, self.context, self.function = list(plan), context, function
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        try:
            sock.settimeout(10)
            if self.context and sock.recv(1, socket.MSG_PEEK) == b"\x16":
                sock = self.context.wrap_socket(sock, server_side=True)
            while self._one(sock):
                pass
        except (OSError, ValueError):
            pass
        finally:
            sock.close()

    def _one(self, sock):
        data = b""
        while b"\r\n\r\n" not in data and b"\n\n" not in data:
            more = sock.recv(65536)
            if not more:
                return False
            data += more
        mark = b"\r\n\r\n" if b"\r\n\r\n" in data else b"\n\n"
        head, _, body = data.partition(mark)
        length = 0
        for line in head.splitlines():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
                break
        sock.settimeout(.5)
        try:
            while len(body) < length:
                body += sock.recv(65536)
        except TimeoutError:
            pass
        sock.settimeout(10)
        with self.lock:
            step = self.plan.pop(0) if self.plan else 202
        if step == 0:
            return False
        sock.sendall(self._answer(step, head, body))
        return True

    def _answer(self, step, head, body):
        extra, status = "", step
        msg_id, count, rid = _results(body)
        value = {"msg_id": msg_id, "accepted": count, "results": [202] * count}
        if self.function:
            value = {"version": "1.0", "request_id": rid, "code": 0, "message": "", "data": {}, "timestamp": rfc3339()}
            value["data"] = {"state": "done"}
        if step == "junk":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\njunk"
        if step == "foreign":
            status, value["request_id"] = 200, uuid4()
        if step == "task":
            status, value["code"], value["task_id"] = 202, 1, uuid4()
        if step == "running":
            status, value["data"], value["code"] = 200, {"state": "running"}, 1
        if step == 2005:
            status, value["code"] = 401, 2005
        if step == "foreign" and not self.function:
            status, value["msg_id"] = 202, uuid4()
        if step == "count":
            status, value["results"] = 202, [202]
        if step == 207:
            value["results"] = [(202, 503, 400)[i % 3] for i in range(count)]
        if step in (429, 503):
            extra = "Retry-After: 1\r\n"
        if step == 307:
            extra = "Location: /elsewhere\r\n"
        text = json.dumps(value).encode()
        return f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(text)}\r\n\r\n" \
            .encode() + text


HTTP_PLAN = [202, "foreign", "count", 202, 503, 500, 202, 0, 202, 400, 409, 429, 202, 207, 202, 413, 202, 202, 401, 202, 307, 202]
FUNCTION_PLAN = [200, 503, 500, 200, 0, 200, 400, 429, 200, "foreign", 200, "junk", 200, "task", "running", "running",
                 200, 2005, 200, "task", 200, 404, 200]


def drive_zmq_receiver(o_port, kind):
    """Frames that a subscriber must refuse, and good ones."""
    import zmq
    context = zmq.Context.instance()
    sock = context.socket(kind)
    sock.linger = 500
    sock.connect(f"tcp://127.0.0.1:{o_port}")
    time.sleep(.4)

    def send(value, topic=None, **changes):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        v = value if isinstance(value, dict) else made(count=1)
        head = {"id": v.get("msg_id", "m"), "info_type": "alert", "items": len(v.get("items", [])),
                "first_sequence": 1, "content_type": "application/json"}
        head.update(changes)
        sock.send_multipart([(topic or "alert.").encode(), json.dumps(head).encode(), body])

    value = made(count=3)
    send(value)
    send(value)
    send(made(count=1, digest={"alg": "sha256", "value": "0" * 64}))
    send(made(count=1), topic="asset.")
    send(made(count=1), info_type="asset", topic="asset.")
    send(made(count=1), id="other")
    send(made(count=1), items=9)
    sock.send_multipart([b"alert.", b"{}", b"{}", b"more"])
    for _, e in item_faults():
        send(e)
    for text in texts():
        send(text)
    send(b"{")
    send(made(count=1))
    send(made(count=1))
    time.sleep(.3)
    sock.close()


def drive_syslog_receiver(port, transport, context=None):
    from base.syslogx import BOM

    def send(messages, framed=True):
        data = [b"%d %s" % (len(m), m) if framed and transport != "udp" else m for m in messages]
        if transport == "udp":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                for m in data:
                    sock.sendto(m, ("127.0.0.1", port))
            return
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=3) as sock:
                if context:
                    sock = context.wrap_socket(sock, server_hostname="127.0.0.1")
                sock.sendall(b"".join(data))
                time.sleep(.05)
                sock.sendall(b"".join(data[:1]))
                sock.settimeout(.2)
                sock.recv(1)
        except OSError:
            pass

    def head(pri="134", version="1", stamp=None, msgid="alert", sd="-"):
        return f"<{pri}>{version} {stamp or rfc3339()} h a 1 {msgid} {sd} ".encode()

    def body(value):
        return BOM + json.dumps(value, ensure_ascii=False).encode()

    def one():
        return made(count=1)

    same = one()
    send([head() + body(same), head() + body(same), head() + body(one()), head() + body(one())])
    send([head(pri="192") + body(one()), head(version="2") + body(one()), head(stamp="now") + body(one()),
          head(sd="[a b]") + body(one()), head(sd='[o a="1"][o a="2"]') + body(one()), head(msgid="asset") + body(one())])
    send([b"<13>Nov 22 10:00:00 h a: " + body(one())[3:], head() + body(one())[3:], head() + body(one()) + b"\n"])
    send([head() + BOM + text for text in texts()])
    send([head(msgid=kind) + body(e) for kind, e in item_faults()])
    send([head() + body(one()) + b" " * 9000])
    send([head() + body(one())[:-1]])
    if transport != "udp":
        send([head() + body(one()) + b"\n"], framed=False)
        send([b"0%d %s" % (len(m), m) for m in [head() + body(one())]], framed=False)
        send([b"garbage of a stream"], framed=False)
        if context:
            with socket.create_connection(("127.0.0.1", port), timeout=3) as sock:
                sock.sendall(head() + body(one()))
    time.sleep(.2)


def drain_tcp(context=None, closes=2):
    """A syslog receiver that reads; the first connections are closed early."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    left = [closes]

    def talk(sock):
        try:
            sock.settimeout(10)
            if context and sock.recv(1, socket.MSG_PEEK) == b"\x16":
                sock = context.wrap_socket(sock, server_side=True)
            early = left[0] > 0
            left[0] -= 1
            while sock.recv(65536):
                if early:
                    break
        except OSError:
            pass
        finally:
            sock.close()

    def run():
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=talk, args=(sock,), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


def sign_key(path):
    with open(path, "w", encoding="ascii") as f:
        f.write("k1:" + "0123456789abcdef" * 2 + "\n")
    os.chmod(path, 0o600)
    return commands.load_key(path)
