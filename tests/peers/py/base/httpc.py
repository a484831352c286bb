# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 client: one connection that is kept, bounded answers."""
import socket
import time

from . import fault

HEAD, BODY = 32768, 4 << 20


class Broken(Exception):
    """No answer: refused, reset, timed out or not HTTP."""


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def retry_after(self, now=None):
        """Seconds, from either form of the field; None without one."""
        value = self.fields.get("retry-after", "").strip()
        if value.isdigit():
            return min(int(value), 3600)
        if value:
            try:
                import calendar
                t = time.strptime(value, "%a, %d %b %Y %H:%M:%S GMT")
                return max(0, min(calendar.timegm(t) - (now or time.time()), 3600))
            except ValueError:
                return None
        return None


class Client:
    def __init__(self, o, timeout=10):
        self.o, self.timeout = o, timeout
        scheme, self.host, self.port = o.address()
        self.base = "/" + o.path.strip("/") if o.path.strip("/") else ""
        self.secure = scheme == "https" or (not scheme and bool(o.ca))
        if self.secure and fault.on("http-plain-client"):
            self.secure = False
        self.context = None
        if self.secure:
            from . import tls
            self.tls = tls
            self.context = tls.client(o)
        self.sock = None
        self.buffer = b""

    def close(self):
        if self.sock:
            if self.secure:
                self.tls.close(self.sock)
            self.sock.close()
            self.sock = None
        self.buffer = b""

    def _open(self):
        try:
            sock = socket.create_connection((self.host, self.port), timeout=self.timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.secure:
                sock = self.context.wrap_socket(sock, server_hostname=self.host)
        except (OSError, ValueError) as e:
            if self.secure and fault.on("tls-falls-back"):
                self.secure = False
                return self._open()
            raise Broken(str(e)) from None
        self.sock, self.buffer = sock, b""
        return None

    def _authority(self):
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def request(self, method, path, body=None, fields=None):
        """One exchange; Broken when there is no whole answer. Never sends twice:
        that is the caller's, who waits before it does."""
        head = [f"{method} {self.base}{path} HTTP/1.1"]
        if not fault.on("hc-no-host"):
            head.append(f"Host: {self._authority()}")
        if body is not None and not (fields or {}).get("Transfer-Encoding"):
            length = len(body)
            if fault.on("hc-length-short"):
                length -= 1
            if fault.on("hc-length-long"):
                length += 1
            head.append(f"Content-Length: {length}")
        head += [f"{n}: {v}" for n, v in (fields or {}).items()]
        end = "\n" if fault.on("hc-bare-lf") else "\r\n"
        data = (end.join(head) + end + end).encode("latin-1") + (body or b"")
        return self._exchange(method, data)

    def _exchange(self, method, data):
        if not self.sock:
            self._open()
        try:
            self.sock.settimeout(self.timeout)
            self._write(data)
            return self._answer(method)
        except (OSError, ValueError, Broken) as e:
            self.close()
            raise Broken(str(e)) from None

    def _write(self, data):
        """An answer that comes while the body is still going out ends it."""
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.sock.settimeout(1)

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Broken("the connection ended within an answer")
        self.buffer += data

    def _line(self):
        while b"\r\n" not in self.buffer:
            if len(self.buffer) > HEAD:
                raise Broken("the answer's head is too large")
            self._more()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode("latin-1")

    def _take(self, n):
        if n > BODY:
            raise Broken("the answer is too large")
        while len(self.buffer) < n:
            self._more()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def _head(self):
        version, _, rest = self._line().partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise Broken("no HTTP answer")
        fields = {}
        for _ in range(100):
            line = self._line()
            if not line:
                return int(rest[:3]), fields
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if name == "content-length" and fields.get(name, value) != value:
                raise Broken("two lengths")
            fields[name] = value
        raise Broken("too many header lines")

    def _answer(self, method):
        while True:
            status, fields = self._head()
            if status >= 200:
                break
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif fields.get("transfer-encoding", "").lower() == "chunked":
            body = self._chunks()
        elif "content-length" in fields:
            body = self._take(int(fields["content-length"]))
        else:
            body = self._rest()
            fields["connection"] = "close"
        if fields.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, fields, body)

    def _chunks(self):
        body = b""
        while True:
            size = int(self._line().partition(";")[0].strip(), 16)
            if size == 0:
                while self._line():
                    pass
                return body
            if len(body) + size > BODY:
                raise Broken("the answer is too large")
            body += self._take(size)
            if self._take(2) != b"\r\n":
                raise Broken("no chunk")

    def _rest(self):
        body = self.buffer
        while len(body) <= BODY:
            data = self.sock.recv(65536)
            if not data:
                self.buffer = b""
                return body
            body += data
        raise Broken("the answer is too large")
