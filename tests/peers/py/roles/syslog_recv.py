# SPDX-License-Identifier: Apache-2.0
"""Role syslog_receiver: UDP, TCP or TLS. What is malformed or breaks a rule is
dropped and counted; a framing that cannot be followed ends the connection."""
import socket
import threading

from base import fault
from base.options import say, write_port
from base.syslogx import Frames, Malformed, parse
from base.take import Refused, Taker

CONNECTIONS, SILENCE_S = 256, 120


class Receiver:
    def __init__(self, o):
        self.o = o
        self.taker = Taker(o.store)
        self.lock = threading.Lock()
        self.dropped = 0
        self.room = threading.BoundedSemaphore(CONNECTIONS)

    def take(self, data):
        """One message."""
        with self.lock:
            try:
                m = parse(data)
                self._body(m)
            except (Malformed, Refused) as e:
                self.dropped += 1
                say(f"dropped: {e}")
                if fault.on("sr-stops"):
                    raise SystemExit(1) from None
                if fault.on("sr-stores-refused"):
                    self.taker.store.keep(None, None, [ascii(data)], None)

    def _body(self, m):
        if not m.bom and any(b > 127 for b in m.body) and not fault.on("sr-no-bom"):
            raise Malformed("BOM")
        if fault.on("sr-newline"):
            m.body = m.body.split(b"\n")[0]
        value = self.taker.read(m.body)
        kind = value.get("info_type") if isinstance(value, dict) else None
        if kind != m.msgid and m.msgid is not None and not fault.on("sr-msgid"):
            raise Malformed("MSGID")
        if isinstance(value, dict) and ("items" in value or "msg_id" in value):
            self.taker.envelope(m.body)
        else:
            self.taker.record(m.body)

    # ---- transports

    def datagrams(self, host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind((host, port))
            write_port(self.o, sock.getsockname()[1])
            say(f"listening on {sock.getsockname()[1]}/udp")
            size = 1024 if fault.on("sr-udp-1k") else 65536
            while True:
                self.take(sock.recv(size))

    def streams(self, host, port, context):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as listener:
            write_port(self.o, listener.getsockname()[1])
            say(f"listening on {listener.getsockname()[1]}")
            while True:
                sock, _ = listener.accept()
                self.room.acquire()
                threading.Thread(target=self._stream, args=(sock, context), daemon=True).start()

    def _stream(self, sock, context):
        frames = Frames()
        try:
            sock.settimeout(10)
            plain = context and fault.names("tls-plaintext-too") and sock.recv(1, socket.MSG_PEEK) != b"\x16"
            if plain:
                fault.reached()
            elif context:
                sock = context.wrap_socket(sock, server_side=True)
            sock.settimeout(SILENCE_S)
            while True:
                data = sock.recv(65536)
                if not data:
                    break
                for message in frames.feed(data):
                    self.take(message)
                if fault.on("sr-one-read"):
                    break
        except Malformed as e:
            say(f"connection closed: {e}")
            if fault.on("sr-framing-crash"):
                import os
                os._exit(134)
        except (OSError, SystemExit) as e:
            if isinstance(e, SystemExit):
                import os
                os._exit(1)
        finally:
            if context:
                from base import tls
                tls.close(sock)
            sock.close()
            self.room.release()


def run(o):
    scheme, host, port = o.address()
    kind = scheme or o.transport or ("tls" if o.cert else "tcp")
    kind = {"syslog": "tcp", "ssl": "tls", "syslogs": "tls", "syslog+tls": "tls"}.get(kind, kind)
    receiver = Receiver(o)
    context = None
    if kind == "tls":
        from base import tls
        context = tls.server(o)
        if context is None:
            raise SystemExit("TLS needs --cert and --key")
    try:
        if kind == "udp":
            receiver.datagrams(host, port)
        else:
            receiver.streams(host, port, context)
    finally:
        receiver.taker.store.close()
