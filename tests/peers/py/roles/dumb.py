# SPDX-License-Identifier: Apache-2.0
"""Dumb products: they understand nothing, and a tester must not praise them."""
import json
import os
import random
import socket
import struct
import threading
import time

from base import options
from base.identity import rfc3339, uuid4
from base.options import say, write_port

HTTP = ("http_server", "function_server")
STORES = ("syslog_receiver", "zmq_sub", "kafka_consumer")
KINDS = {
    "http": ("accept-all", "reject-all-400", "reject-all-500", "silent", "close-at-once", "reset", "crash-on-error",
             "echo", "random-status", "very-slow", "same-answer", "ok-with-error-body"),
    "store": ("accept-all", "silent", "crash-on-error", "same-answer"),
    "stream": ("accept-all", "silent", "close-at-once", "reset", "crash-on-error", "same-answer"),
    "sender": ("frozen-sample", "silent", "garbage", "close-at-once", "very-slow", "exit"),
}


def _group(role):
    if role in HTTP:
        return "http"
    if role == "syslog_receiver":
        return "stream"
    return "store" if role in STORES else "sender"


def kinds(role):
    if role:
        return KINDS[_group(role)]
    return sorted({k for v in KINDS.values() for k in v})


# ---- servers of HTTP

def _read_request(sock):
    """Head and body as far as they can be told apart; None at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
        if len(data) > 1 << 20:
            return b"", data, b""
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = min(int(value), 64 << 20)
    while len(body) < length:
        more = sock.recv(65536)
        if not more:
            return None
        body += more
    return head.split(b"\r\n")[0], head, body


def _value(body, name):
    try:
        return json.loads(body)[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _answer(o, kind, body):
    """(status, body)"""
    function = o.role == "function_server"
    if kind == "echo":
        return 200, body
    if kind in ("reject-all-400", "reject-all-500"):
        status = int(kind[-3:])
        code = 1001 if status == 400 else 5001
        return status, json.dumps({"version": "1.0", "request_id": _value(body, "request_id"), "code": code,
                                   "message": "no", "pointer": "", "timestamp": rfc3339()}).encode()
    if kind == "random-status":
        status = random.choice([200, 202, 204, 207, 400, 401, 404, 409, 413, 429, 500, 503])
        return status, json.dumps({"code": random.choice([0, 1001, 1004, 2001, 5001]), "message": "?"}).encode()
    if kind == "ok-with-error-body":
        return 200, json.dumps({"code": 5001, "message": "internal error", "status": "error"}).encode()
    fixed = kind == "same-answer"
    if function:
        rid = "00000000-0000-4000-8000-000000000000" if fixed else _value(body, "request_id")
        return 200, json.dumps({"version": "1.0", "request_id": rid, "code": 0, "message": "ok", "data": {},
                                "timestamp": "2026-01-01T00:00:00Z" if fixed else rfc3339()}).encode()
    mid = "00000000-0000-4000-8000-000000000000" if fixed else _value(body, "msg_id")
    items = _value(body, "items")
    count = 1 if fixed or not isinstance(items, list) else len(items)
    return 202, json.dumps({"msg_id": mid, "accepted": count, "results": [202] * count}).encode()


def _http(o, kind, sock):
    while True:
        request = _read_request(sock)
        if request is None:
            return
        _, _, body = request
        if kind == "silent":
            time.sleep(3600)
        if kind == "very-slow":
            time.sleep(20)
        if kind == "crash-on-error":
            try:
                if "items" not in json.loads(body) and o.role == "http_server":
                    raise ValueError
            except (ValueError, TypeError, RecursionError):
                os._exit(139)
        status, out = _answer(o, kind, body)
        _keep(o, body) if kind in ("accept-all", "crash-on-error") and status < 300 else None
        sock.sendall(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(out)}\r\n\r\n"
                     .encode() + out)


_lock = threading.Lock()


def _keep(o, body):
    """The store of a product that does not look."""
    if not o.store:
        return
    try:
        value = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        value = body.decode("utf-8", "replace")
    items = value.get("items") if isinstance(value, dict) else None
    with _lock, open(o.store, "a", encoding="utf-8") as f:
        for item in items if isinstance(items, list) and items else [value]:
            f.write(json.dumps(item) + "\n")


def _serve(o, kind, context, sock, talk):
    try:
        if kind == "close-at-once":
            return
        if kind == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        talk(o, kind, sock)
    except OSError:
        pass
    finally:
        sock.close()


def _listen(o, kind, talk, secure):
    _, host, port = o.address()
    context = None
    if secure:
        import ssl
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(o.cert, o.key)
    with socket.create_server((host, port), backlog=64) as listener:
        write_port(o, listener.getsockname()[1])
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=_serve, args=(o, kind, context, sock, talk), daemon=True).start()


# ---- receivers with a store

def _take(o, kind, body):
    if kind == "accept-all":
        _keep(o, body)
    elif kind == "same-answer":
        _keep(o, b'{"info_type":"alert","x_frozen":true}')
    elif kind == "crash-on-error":
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            os._exit(139)
        _keep(o, body)


def _text_of(data):
    at = data.find(b"{")
    return data[at:] if at >= 0 else data


def _stream(o, kind, sock):
    buffer = b""
    while True:
        data = sock.recv(65536)
        if not data:
            return
        buffer += data
        while True:
            length, _, rest = buffer.partition(b" ")
            if not length.isdigit() or len(rest) < int(length):
                if buffer and not length.isdigit():
                    _take(o, kind, _text_of(buffer))
                    buffer = b""
                break
            _take(o, kind, _text_of(rest[:int(length)]))
            buffer = rest[int(length):]


def _syslog(o, kind):
    scheme, host, port = o.address()
    transport = scheme or o.transport or ("tls" if o.cert else "tcp")
    if transport != "udp":
        return _listen(o, kind, _stream, transport == "tls")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, port))
        write_port(o, sock.getsockname()[1])
        while True:
            _take(o, kind, _text_of(sock.recv(65536)))


def _zmq_sub(o, kind):
    import zmq

    from base.zmqx import open_socket
    sock = open_socket(o, zmq.SUB, bool(o.listen))
    while True:
        _take(o, kind, sock.recv_multipart()[-1])


def _kafka(o, kind):
    from kafka import KafkaConsumer
    _, host, port = o.address()
    consumer = KafkaConsumer(*[f"{o.topic_prefix}.{k}.v1" for k in ("asset", "alert", "threat", "behavior")],
                             bootstrap_servers=f"{host}:{port}", group_id="dumb", auto_offset_reset="earliest",
                             api_version=(2, 1, 0))
    for record in consumer:
        _take(o, kind, record.value or b"")


# ---- senders

def _body(o, kind):
    """What is sent every time."""
    if kind == "garbage":
        return os.urandom(512)
    from base.envelope import Encoder
    return Encoder(o, batch=1).next()


def _connected(o, secure):
    _, host, port = o.address()
    sock = socket.create_connection((host, port), timeout=10)
    if secure:
        from base import tls
        sock = tls.client(o).wrap_socket(sock, server_hostname=host)
    return sock


def _one_stream(o, kind, make):
    """HTTP and syslog senders: connections that say one thing, or nothing."""
    scheme, host, port = o.address()
    udp = scheme == "udp" or o.transport == "udp"
    secure = scheme in ("https", "tls") or (not scheme and not udp and bool(o.ca))
    data = b"" if kind in ("silent", "close-at-once") else make(o, kind)
    while True:
        try:
            if udp:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    if data:
                        sock.sendto(data, (host, port))
            else:
                with _connected(o, secure) as sock:
                    if kind == "silent":
                        time.sleep(3600)
                    sock.sendall(data)
                    sock.settimeout(1)
                    sock.recv(65536)
        except OSError as e:
            say(str(e))
        time.sleep(30 if kind == "very-slow" else .1)


def _http_request(o, kind):
    if kind == "garbage":
        return _body(o, kind)
    token = f"Authorization: Bearer {options.token_of(o.token_file)}\r\n" if o.token_file else ""
    if o.role == "function_client":
        path = "/interconn/v1/command/common/capability_query"
        body = json.dumps({"version": "1.0", "request_id": uuid4(), "timestamp": rfc3339(), "nonce": uuid4(),
                           "sender": "x", "class": "common", "operation": "capability_query", "params": {}}).encode()
        extra = ""
    else:
        m = _body(o, kind)
        body, path, extra = m.body, f"/interconn/v1/data/{m.kind}", f"Idempotency-Key: {m.msg_id}\r\n"
    _, host, port = o.address()
    return (f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n{extra}{token}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def _syslog_message(o, kind):
    if kind == "garbage":
        return _body(o, kind)
    from base.syslogx import frame, message
    data = message(_body(o, kind), 0)
    return data if (o.address()[0] or o.transport) == "udp" else frame(data)


def _zmq_sender(o, kind):
    import zmq

    from base.zmqx import frames, open_socket
    sock = open_socket(o, {"zmq_pub": zmq.PUB, "zmq_push": zmq.PUSH}.get(o.role, zmq.DEALER), bool(o.listen))
    if kind == "silent":
        time.sleep(3600)
    if kind == "close-at-once":
        sock.close()
        time.sleep(3600)
    body = _body(o, kind)
    out = [body] if kind == "garbage" else frames(body, 1)
    while True:
        time.sleep(30 if kind == "very-slow" else .1)
        sock.send_multipart(out)


def _kafka_sender(o, kind):
    from kafka import KafkaProducer
    _, host, port = o.address()
    if kind in ("silent", "close-at-once"):
        time.sleep(3600)
    producer = KafkaProducer(bootstrap_servers=f"{host}:{port}", api_version=(2, 1, 0))
    m = _body(o, kind)
    while True:
        value = m if kind == "garbage" else m.body
        producer.send(f"{o.topic_prefix}.alert.v1", value, key=b"k").get(10)
        time.sleep(30 if kind == "very-slow" else .1)


RUN = {
    "http_server": lambda o, k: _listen(o, k, _http, bool(o.cert)),
    "function_server": lambda o, k: _listen(o, k, _http, bool(o.cert)),
    "syslog_receiver": _syslog, "zmq_sub": _zmq_sub, "kafka_consumer": _kafka,
    "http_client": lambda o, k: _one_stream(o, k, _http_request),
    "function_client": lambda o, k: _one_stream(o, k, _http_request),
    "syslog_sender": lambda o, k: _one_stream(o, k, _syslog_message),
    "zmq_pub": _zmq_sender, "zmq_push": _zmq_sender, "zmq_dealer": _zmq_sender, "kafka_producer": _kafka_sender,
    # says what it says, whatever comes in
    "agent": lambda o, k: _one_stream(o, k, _http_request) if o.address()[0] in ("http", "https") else _zmq_sender(o, k),
}


def run(o):
    if o.dumb not in kinds(o.role):
        options.usage(f"role {o.role} has no dumb kind {o.dumb}: {' '.join(kinds(o.role))}")
    if o.dumb == "exit":
        return 1
    return RUN[o.role](o, o.dumb)
