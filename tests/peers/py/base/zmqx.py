# SPDX-License-Identifier: Apache-2.0
"""ZeroMQ sockets of the data interface: frames, CURVE, limits.

message          [topic "<info_type>."][header JSON][body]
header           {"id","info_type","items","first_sequence","content_type"}
acknowledgement  [id][status][results]            (DEALER/ROUTER)"""
import json
import time

import zmq

from . import fault
from .options import say, write_port
from .strictjson import SIZE


def _key(path):
    """A Z85 key: 40 characters, the first line that is one; certificates of the
    library's own format (public-key = "...") are read too."""
    with open(path, encoding="ascii") as f:
        for line in f:
            word = line.split("=")[-1].strip().strip('"') if "-key" in line else line.strip()
            if len(word) == 40 and not line.startswith("#"):
                return word.encode()
    raise SystemExit(f"no key in {path}")


def _lines(path):
    with open(path, encoding="ascii") as f:
        return {line.strip().encode() for line in f if line.strip() and not line.startswith("#")}


def curve(context, sock, o, serve):
    """Own and foreign keys, where given. As a server with --curve-allow only
    those clients come in."""
    if not o.curve_secret:
        if o.curve_server_key and not serve:
            public, secret = zmq.curve_keypair()    # an anonymous client
            sock.curve_publickey, sock.curve_secretkey = public, secret
            sock.curve_serverkey = _key(o.curve_server_key)
        return None
    if fault.on("zmq-null"):
        return None
    secret = _key(o.curve_secret)
    sock.curve_secretkey, sock.curve_publickey = secret, zmq.curve_public(secret)
    if not serve:
        sock.curve_serverkey = _key(o.curve_server_key)
        return None
    sock.curve_server = 1
    if not o.curve_allow:
        return None
    sock.zap_domain = b"peer"
    sock.setsockopt(93, 1)                          # ZAP_ENFORCE_DOMAIN
    return _zap(context, {zmq.utils.z85.decode(k) for k in _lines(o.curve_allow)})


def _zap(context, allowed):
    """The authentication handler (RFC 27) in a thread."""
    import threading
    handler = context.socket(zmq.REP)
    handler.linger = 0
    handler.bind("inproc://zeromq.zap.01")

    def loop():
        while True:
            frames = handler.recv_multipart()
            good = len(frames) > 6 and frames[5] == b"CURVE" and frames[6] in allowed
            handler.send_multipart([b"1.0", frames[1], b"200" if good else b"400",
                                    b"OK" if good else b"not allowed", b"", b""])

    threading.Thread(target=loop, daemon=True).start()
    return handler


class Link:
    """libzmq gives an endpoint up after a protocol error or a refusal: it is
    connected anew when nothing has happened on it for a second."""

    EVENTS = zmq.EVENT_CONNECTED | zmq.EVENT_CONNECT_RETRIED | zmq.EVENT_CONNECT_DELAYED | \
        zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | \
        zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    UP = (zmq.EVENT_CONNECTED, zmq.EVENT_CONNECT_RETRIED, zmq.EVENT_CONNECT_DELAYED, zmq.EVENT_HANDSHAKE_SUCCEEDED)

    def __init__(self, sock, endpoint):
        self.sock, self.endpoint = sock, endpoint
        self.monitor = sock.get_monitor_socket(self.EVENTS)
        self.monitor.linger = 0
        self.down_since = None
        self.met = False                    # somebody, ever

    def look(self):
        """Read the events; connect anew when the endpoint was given up."""
        while self.monitor.poll(0):
            event = int.from_bytes(self.monitor.recv_multipart()[0][:2], "little")
            self.down_since = None if event in self.UP else time.monotonic()
            self.met |= event == zmq.EVENT_HANDSHAKE_SUCCEEDED
        if self.down_since is None or time.monotonic() - self.down_since < 1:
            return
        self.down_since = None
        try:
            self.sock.disconnect(self.endpoint)
        except zmq.ZMQError:
            pass                            # it is gone already
        self.sock.connect(self.endpoint)


_links = {}     # of connecting sockets
_watched = {}   # the monitor of a binding PUB, there before the first subscriber is


def first_peer(sock, ms):
    """Wait for the first handshake, at most so long."""
    end = time.monotonic() + ms / 1000
    link = _links.get(sock)
    if link:
        while not link.met and time.monotonic() < end:
            link.monitor.poll(100)
            link.look()
        return
    monitor = _watched.pop(sock)
    while monitor.poll(max(0, int((end - time.monotonic()) * 1000))):
        if int.from_bytes(monitor.recv_multipart()[0][:2], "little") == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            break
    sock.disable_monitor()


def wait(sock, events, ms=None):
    """As poll, looking after the link; 0 when the time is over."""
    end = None if ms is None else time.monotonic() + ms / 1000
    link = _links.get(sock)
    while True:
        if link:
            link.look()
        left = 500 if end is None else min(500, max(0, int((end - time.monotonic()) * 1000)))
        got = sock.poll(left, events)
        if got or (end is not None and time.monotonic() >= end):
            return got


def finish(sock):
    """What was handed over still goes out, for the time that linger gives."""
    if _links.pop(sock, None):
        sock.disable_monitor()
    sock.close()
    zmq.Context.instance().term()


def open_socket(o, kind, bind):
    import zmq.utils.z85  # noqa: F401
    context = zmq.Context.instance()
    sock = context.socket(kind)
    sock.linger = 1000
    sock.sndhwm = sock.rcvhwm = 64
    sock.maxmsgsize = SIZE
    sock.ipv6 = 1
    sock.immediate = 1
    sock.handshake_ivl = 5000
    sock.reconnect_ivl, sock.reconnect_ivl_max = 50, 1000
    sock.heartbeat_ivl, sock.heartbeat_timeout = 2000, 6000
    if kind == zmq.SUB:
        sock.subscribe(b"")
    if kind == zmq.PUB:
        sock.setsockopt(zmq.XPUB_NODROP, 1)
    curve(context, sock, o, bind)
    scheme, host, port = o.address()
    host = f"[{host}]" if ":" in host else host
    if scheme == "ipc":
        endpoint = o.listen or o.connect
    else:
        endpoint = f"tcp://{host}:{port or '*'}"
    if not bind:
        sock.connect(endpoint)
        _links[sock] = Link(sock, endpoint)
        return sock
    if kind == zmq.PUB:
        _watched[sock] = sock.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    sock.bind(endpoint)
    if scheme != "ipc":
        port = int(sock.last_endpoint.rsplit(b":", 1)[1])
        write_port(o, port)
        say(f"listening on {port}")
    return sock


def header(m, sequence):
    h = {"id": m.msg_id, "info_type": m.kind, "items": len(m.items), "first_sequence": sequence,
         "content_type": "application/json"}
    if fault.on("zmq-header-no-id"):
        del h["id"]
    if fault.on("zmq-header-other-id"):
        h["id"] = "x-" + m.msg_id
    if fault.on("zmq-header-no-kind"):
        del h["info_type"]
    if fault.on("zmq-header-other-kind"):
        h["info_type"] = {"alert": "asset"}.get(m.kind, "alert")
    if fault.on("zmq-header-count"):
        h["items"] += 1
    if fault.on("zmq-header-no-count"):
        del h["items"]
    if fault.on("zmq-header-count-text"):
        h["items"] = str(h["items"])
    if fault.on("zmq-header-sequence"):
        h["first_sequence"] = 1
    if fault.on("zmq-header-media"):
        h["content_type"] = "text/xml"
    text = json.dumps(h)
    if fault.on("zmq-header-not-json"):
        text = text[:-1]
    if fault.on("zmq-header-nested"):
        text = json.dumps({"header": h})
    return text.encode()


def frames(m, sequence):
    topic = m.kind + "."
    if fault.on("zmq-topic-no-dot"):
        topic = m.kind
    if fault.on("zmq-topic-kind"):
        topic = {"alert": "asset."}.get(m.kind, "alert.")
    if fault.on("zmq-topic-upper"):
        topic = m.kind.upper() + "."
    if fault.on("zmq-topic-prefix"):
        topic = "interconn." + topic
    if fault.on("zmq-topic-empty"):
        topic = ""
    out = [topic.encode(), header(m, sequence), m.body]
    if fault.on("zmq-no-topic"):
        del out[0]
    if fault.on("zmq-no-header"):
        del out[1]
    if fault.on("zmq-frame-more"):
        out.append(b"")
    if fault.on("zmq-one-frame"):
        out = [b"".join(out)]
    if fault.on("zmq-frames-order"):
        out[1], out[2] = out[2], out[1]
    if fault.on("zmq-body-empty"):
        out[2] = b""
    return out
