# SPDX-License-Identifier: Apache-2.0
"""A strict HTTP/1.1 server (RFC 9110, RFC 9112): a thread per connection, both
bounded; lengths before contents; whatever could be read in two ways is refused."""
import json
import re
import socket
import threading
import time

from . import fault
from .options import say, write_port

LINE, HEAD, FIELDS = 8192, 32768, 100
CONNECTIONS = 256
HEAD_S, BODY_S, IDLE_S = 10, 30, 30

REASON = {
    100: "Continue", 200: "OK", 202: "Accepted", 204: "No Content", 207: "Multi-Status", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
    422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?")
_TARGET = re.compile(r"[!$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]-]+")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[\t ]*(;[\t\x20-\x7e\x80-\xff]*)?")


class Refuse(Exception):
    """A request that is answered before or in place of the handler; the
    connection is closed after it."""

    def __init__(self, status, why, code=1001):
        super().__init__(why)
        self.status, self.why, self.code = status, why, code


class Gone(Exception):
    """The peer left, or said nothing for too long between requests."""


class Response:
    def __init__(self, status, value=None, headers=None, close=False):
        self.status, self.headers, self.close = status, dict(headers or {}), close
        self.body = b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
        if value is not None:
            self.headers.setdefault("Content-Type", "application/json")


class Request:
    __slots__ = ("method", "target", "path", "query", "version", "fields", "length", "chunked", "body", "secure")

    def field(self, name):
        """The value, several joined as RFC 9110 5.3 says; '' when absent."""
        return ", ".join(v for n, v in self.fields if n == name)

    def all(self, name):
        return [v for n, v in self.fields if n == name]


class Reader:
    """Buffered reading with a deadline for the whole of head or body."""

    def __init__(self, sock):
        self.sock, self.buffer, self.end = sock, bytearray(), 0

    def deadline(self, seconds):
        self.end = time.monotonic() + seconds

    def more(self):
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        data = self.sock.recv(65536)
        if not data:
            raise Gone
        self.buffer += data

    def line(self, limit, status):
        while True:
            at = self.buffer.find(b"\n")
            if at >= 0:
                break
            if len(self.buffer) > limit:
                raise Refuse(status, "a line is too long")
            self.more()
        if at > limit:
            raise Refuse(status, "a line is too long")
        line = bytes(self.buffer[:at])
        del self.buffer[:at + 1]
        if line.endswith(b"\r"):
            line = line[:-1]
        else:
            raise Refuse(400, "a line ends without CR")
        if b"\r" in line or b"\0" in line:
            raise Refuse(400, "a control character in a line")
        return line

    def take(self, n):
        while len(self.buffer) < n:
            self.more()
        data = bytes(self.buffer[:n])
        del self.buffer[:n]
        return data


def _start_line(reader, rq):
    line = reader.line(LINE, 414)
    if line == b"":
        line = reader.line(LINE, 414)       # RFC 9112 2.2: one empty line
    try:
        method, target, version = line.decode("ascii").split(" ")
    except (UnicodeDecodeError, ValueError):
        raise Refuse(400, "no request line") from None
    if not re.fullmatch(r"HTTP/\d\.\d", version):
        raise Refuse(400, "no HTTP version")
    if version not in ("HTTP/1.1", "HTTP/1.0") and not version.startswith("HTTP/1."):
        raise Refuse(505, "only HTTP/1.1")
    if not _TOKEN.fullmatch(method) or not _TARGET.fullmatch(target):
        raise Refuse(400, "no request line")
    rq.method, rq.target, rq.version = method, target, version


def _fields(reader, rq):
    rq.fields, total = [], 0
    while True:
        line = reader.line(HEAD, 431)
        if not line:
            return
        total += len(line) + 2
        if total > HEAD or len(rq.fields) >= FIELDS:
            raise Refuse(431, "the head is too large")
        if line[:1] in b" \t":
            raise Refuse(400, "a folded header line")
        name, colon, value = line.partition(b":")
        if fault.names("http-space-colon") and name != name.rstrip():
            fault.reached()
            name = name.rstrip()
        text = name.decode("latin-1")
        value = value.strip(b" \t")
        if not colon or not _TOKEN.fullmatch(text) or (value and not _VALUE.fullmatch(value)):
            raise Refuse(400, "not a header line")
        rq.fields.append((text.lower(), value.decode("latin-1")))


def _target(rq):
    target = rq.target
    m = re.match(r"(?i)https?://([^/?]*)", target)
    if m:
        target = target[m.end():] or "/"
    if rq.method == "OPTIONS" and target == "*":
        target = "/"
    if not target.startswith("/"):
        raise Refuse(400, "not a target of this server")
    path, _, rq.query = target.partition("?")
    out = bytearray()
    i = 0
    while i < len(path):
        if path[i] == "%":
            if not re.fullmatch(r"[0-9A-Fa-f]{2}", path[i + 1:i + 3]):
                raise Refuse(400, "a bad escape in the path")
            out.append(int(path[i + 1:i + 3], 16))
            i += 3
        else:
            out.append(ord(path[i]))
            i += 1
    try:
        rq.path = out.decode("utf-8")
    except UnicodeDecodeError:
        raise Refuse(400, "the path is not UTF-8") from None
    if "\0" in rq.path:
        raise Refuse(400, "NUL in the path")


def _framing(rq):
    hosts = rq.all("host")
    if (len(hosts) > 1 or (not hosts and rq.version != "HTTP/1.0")) and not fault.on("http-host"):
        raise Refuse(400, "one Host is needed")
    if hosts and re.search(r"[\s/?#@\\]", hosts[0]):
        raise Refuse(400, "not a Host")
    coding, lengths = rq.field("transfer-encoding"), rq.all("content-length")
    rq.chunked, rq.length = False, 0
    if coding:
        if lengths and not fault.on("http-te-and-cl"):
            raise Refuse(400, "Transfer-Encoding with Content-Length")
        if rq.version == "HTTP/1.0":
            raise Refuse(400, "Transfer-Encoding in HTTP/1.0")
        if coding.strip().lower() != "chunked":
            raise Refuse(501 if coding.lower().endswith("chunked") else 400, "transfer coding is not known")
        rq.chunked = True
        return
    values = {v.strip() for line in lengths for v in line.split(",")}
    if len(values) > 1 and not fault.on("http-two-lengths"):
        raise Refuse(400, "two lengths")
    if values:
        value = lengths[0].split(",")[0].strip()
        if not (value.isascii() and value.isdigit()) or len(value) > 15:
            if not (fault.on("http-bad-length") and value.lstrip("+").isdigit()):
                raise Refuse(400, "not a length")
        rq.length = int(value)


def _chunks(reader, limit):
    body = bytearray()
    while True:
        m = _CHUNK.fullmatch(reader.line(4096, 400))
        if not m:
            raise Refuse(400, "not a chunk")
        size = int(m[1], 16)
        if size == 0:
            break
        if len(body) + size > limit and not fault.on("http-endless-chunks"):
            raise Refuse(413, "the body is too large", 1006)
        body += reader.take(size)
        if reader.take(2) != b"\r\n":
            raise Refuse(400, "no end of a chunk")
    for _ in range(FIELDS):                 # trailers are not used
        if not reader.line(HEAD, 431):
            return bytes(body)
    raise Refuse(431, "too many trailers")


class Server:
    """handler.limit: bytes of a body; handler.before(rq): a Response before the
    body is read, or None; handler.answer(rq): a Response; handler.error(status,
    why, code): the value of an error."""

    def __init__(self, o, handler):
        self.o, self.handler = o, handler
        self.context = None
        if o.cert:
            from . import tls
            self.tls = tls
            self.context = tls.server(o)
        self.room = threading.BoundedSemaphore(CONNECTIONS)

    def run(self):
        _, host, port = self.o.address()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as listener:
            write_port(self.o, listener.getsockname()[1])
            say(f"listening on {listener.getsockname()[1]}")
            while True:
                sock, _ = listener.accept()
                self.room.acquire()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection(sock)
        except (OSError, Gone):
            pass
        finally:
            self.room.release()

    def _secure(self, sock):
        if not self.context:
            return sock
        sock.settimeout(HEAD_S)
        if fault.names("tls-plaintext-too") and sock.recv(1, socket.MSG_PEEK) != b"\x16":
            fault.reached()
            return sock
        try:
            return self.context.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()
            raise

    def _connection(self, sock):
        sock = self._secure(sock)
        reader = Reader(sock)
        keep = True
        try:
            while keep:
                keep = self._one(sock, reader)
            self._linger(sock)
        finally:
            if self.context:
                self.tls.close(sock)
            sock.close()

    def _one(self, sock, reader):
        """One request and its answer; whether the connection goes on."""
        rq = Request()
        rq.secure = self.context is not None
        rq.method, rq.version = "GET", "HTTP/1.1"
        try:
            reader.deadline(IDLE_S)
            if not reader.buffer:
                try:
                    reader.more()
                except TimeoutError:
                    return False
            reader.deadline(HEAD_S)
            _start_line(reader, rq)
            _fields(reader, rq)
            _target(rq)
            _framing(rq)
            early = self.handler.before(rq)
            if early:
                return self._send(sock, rq, early, close=rq.length > 0 or rq.chunked)
            self._expect(sock, rq)
            reader.deadline(BODY_S)
            rq.body = _chunks(reader, self.handler.limit) if rq.chunked else reader.take(rq.length)
            answer = self.handler.answer(rq)
        except Refuse as r:
            answer = Response(r.status, self.handler.error(r.status, r.why, r.code))
            return self._send(sock, rq, answer, close=True)
        except TimeoutError:
            answer = Response(408, self.handler.error(408, "the request came too slowly", 1001))
            return self._send(sock, rq, answer, close=True)
        return self._send(sock, rq, answer)

    @staticmethod
    def _expect(sock, rq):
        expect = rq.field("expect").lower()
        if not expect:
            return
        if expect != "100-continue":
            raise Refuse(417, "expectation is not known")
        if rq.version == "HTTP/1.1" and not fault.on("http-no-continue"):
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, sock, rq, rs, close=False):
        words = [w.strip().lower() for w in rq.field("connection").split(",")] if hasattr(rq, "fields") else []
        close = close or rs.close or "close" in words or \
            (rq.version == "HTTP/1.0" and "keep-alive" not in words)
        head = [f"HTTP/1.1 {rs.status} {REASON.get(rs.status, 'Status')}"]
        fields = dict(rs.headers)
        if not fault.on("http-no-date"):
            fields["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        body = rs.body
        if rs.status >= 400:
            body = self._error_body(body, fields)
        if fault.on("http-answer-text") and body:
            fields["Content-Type"] = "text/plain"
        if rs.status != 204:
            length = len(body) + (1 if fault.on("http-answer-length") else 0)
            fields["Content-Length"] = str(length)
        if close:
            fields["Connection"] = "close"
        head += [f"{n}: {v}" for n, v in fields.items()]
        data = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        sock.settimeout(BODY_S)
        sock.sendall(data + (b"" if rq.method == "HEAD" else body))
        return not close

    @staticmethod
    def _error_body(body, fields):
        if fault.on("http-html-error"):
            fields["Content-Type"] = "text/html"
            return b"<html><body><h1>Error</h1></body></html>"
        if fault.on("http-empty-error"):
            fields.pop("Content-Type", None)
            return b""
        if fault.on("http-broken-error"):
            return body[:-1]
        return body

    @staticmethod
    def _linger(sock):
        """What still comes is read for a moment, so that the answer is not lost
        in a reset (RFC 9112 9.6)."""
        try:
            if hasattr(sock, "context"):
                return
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(.5)
            for _ in range(64):
                if not sock.recv(65536):
                    break
        except OSError:
            pass
