# SPDX-License-Identifier: Apache-2.0
"""Role syslog_sender: UDP, TCP or TLS. A message has one record, so that it fits
into a datagram. There are no acknowledgements: when a connection breaks, what
was last written on it is sent again on the next one."""
import socket
import time

from base import fault
from base.envelope import Encoder
from base.options import say
from base.syslogx import STREAM_MAX, UDP_MAX, frame, message

FIRST_S, CAP_S = .1, 2.0


class Datagrams:
    def __init__(self, host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.address = (host, port)

    def send(self, data):
        if fault.on("ss-udp-count"):
            data = frame(data)
        if fault.on("ss-udp-split"):
            half = len(data) // 2
            self.sock.sendto(data[:half], self.address)
            data = data[half:]
        self.sock.sendto(data, self.address)
        if fault.on("ss-udp-two"):
            self.sock.sendto(data, self.address)

    def close(self):
        self.sock.close()


class Stream:
    """A connection that is opened again when it breaks."""

    def __init__(self, o, host, port, secure):
        self.o, self.host, self.port, self.secure = o, host, port, secure
        self.sock = None
        self.last = None
        self.context = None
        if secure and not fault.on("ss-plain"):
            from base import tls
            self.tls = tls
            self.context = tls.client(o)

    def _open(self):
        sock = socket.create_connection((self.host, self.port), timeout=5)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            sock = self.context.wrap_socket(sock, server_hostname=self.host)
            # A refusal of our certificate comes after the handshake (TLS 1.3).
            sock.settimeout(.15)
            try:
                if sock.recv(1) == b"":
                    raise OSError("closed")
            except TimeoutError:
                pass
            sock.settimeout(5)
        self.sock = sock

    def _alive(self):
        """False when the receiver has closed."""
        self.sock.settimeout(0)
        try:
            return self.sock.recv(4096) != b""
        except OSError as e:
            return isinstance(e, BlockingIOError) or "want" in type(e).__name__.lower() \
                or "read" in str(e)
        finally:
            self.sock.settimeout(5)

    def send(self, data):
        pause = FIRST_S
        while True:
            try:
                fresh = self.sock is None
                if fresh:
                    self._open()
                    if self.last and not fault.on("ss-no-resend"):
                        self._write(self.last)
                elif not self._alive():
                    raise OSError("closed by the receiver")
                self._write(data)
                self.last = data
                return
            except (OSError, ValueError) as e:
                say(f"connection: {e}")
                self.drop()
                if fault.on("ss-gives-up"):
                    raise SystemExit(1) from None
                time.sleep(.005 if fault.on("ss-no-back-off") else pause)
                pause = min(pause * 2, CAP_S)

    def _write(self, data):
        self.sock.sendall(frame(data))

    def drop(self):
        if self.sock:
            self.sock.close()
            self.sock = None

    def close(self):
        if self.sock and self.context:
            self.tls.close(self.sock)
        self.drop()


def run(o):
    scheme, host, port = o.address()
    kind = scheme or o.transport or ("tls" if o.ca else "tcp")
    kind = {"syslog": "tcp", "ssl": "tls", "syslogs": "tls", "syslog+tls": "tls"}.get(kind, kind)
    out = Datagrams(host, port) if kind == "udp" else Stream(o, host, port, kind == "tls")
    limit = UDP_MAX if kind == "udp" else STREAM_MAX
    encoder = Encoder(o, batch=o.batch or 1)
    sent = 0
    while not o.count or sent < o.count:
        m = encoder.next()
        data = message(m, sent)
        if len(data) > limit:
            say("too large, left out")
            continue
        if fault.on("ss-fills-up"):
            data += b" " * (limit + 1 - len(data))
        out.send(data)
        if fault.on("ss-twice"):
            out.send(data)
        sent += 1
        time.sleep((o.interval_ms or 20) / 1000)
    out.close()
    say(f"sent {sent}")
    return 0
