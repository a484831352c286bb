#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the capture fixtures of this folder: every link type, file format,
protocol and disorder that the readers promise, a few hundred bytes each.
Everything is made up here; nothing was captured from anybody."""
import base64, gzip, json, os, struct, sys

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")


def alert(n):
    return {"info_type": "alert", "general": {
        "alert_id": f"cap-{n}", "alert_name": f"示例 {n}", "alert_type": "02003",
        "alert_level": "high", "alert_time": "2026-11-22T10:00:00+08:00",
        "detector": {"product_id": "ids-01", "product_name": "IDS",
                     "product_type": "入侵检测系统(IDS)", "vendor": "示例公司",
                     "version": "1"}}}


def text(n):
    return json.dumps(alert(n), ensure_ascii=False, separators=(",", ":")).encode()


# ---- packets
A4, B4 = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
A6 = bytes.fromhex("20010db8000000000000000000000001")
B6 = bytes.fromhex("20010db8000000000000000000000002")


def tcp(sp, dp, seq, payload=b"", flags=0x18):
    return struct.pack("!HHIIBBHHH", sp, dp, seq & 0xFFFFFFFF, 0, 5 << 4, flags, 65535, 0, 0) + payload


def udp(sp, dp, payload):
    return struct.pack("!HHHH", sp, dp, 8 + len(payload), 0) + payload


def ip(payload, back=False, v6=False, proto=6, frag=0):
    a, b = ((A6, B6) if v6 else (A4, B4))
    if back:
        a, b = b, a
    if v6:
        return struct.pack("!IHBB", 6 << 28, len(payload), proto, 64) + a + b + payload
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, frag, 64, proto, 0) + a + b + payload


def ethertype(p):
    return 0x86DD if p[0] >> 4 == 6 else 0x0800


LINKS = {
    "null": (0, lambda p: struct.pack("<I", 30 if p[0] >> 4 == 6 else 2) + p),
    "ethernet": (1, lambda p: bytes(12) + struct.pack("!H", ethertype(p)) + p + bytes(6)),
    "vlan": (1, lambda p: bytes(12) + struct.pack("!HHHHH", 0x88A8, 7, 0x8100, 5, ethertype(p)) + p),
    "raw": (101, lambda p: p),
    "loop": (108, lambda p: struct.pack("!I", 2) + p),
    "sll": (113, lambda p: bytes(14) + struct.pack("!H", ethertype(p)) + p),
    "sll2": (276, lambda p: struct.pack("!H", ethertype(p)) + bytes(18) + p),
}


# ---- files
def pcap(frames, link=1, big=False, nano=False, cut=None):
    e = ">" if big else "<"
    out = struct.pack(e + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, cut or 262144, link)
    for i, f in enumerate(frames):
        have = f[:cut] if cut else f
        out += struct.pack(e + "IIII", 1700000000, i, len(have), len(f)) + have
    return out


def block(e, kind, body):
    body += bytes(-len(body) % 4)
    n = struct.pack(e + "I", 12 + len(body))
    return struct.pack(e + "I", kind) + n + body + n


def pcapng(frames, link=1, big=False, simple=False):
    e = ">" if big else "<"
    out = block(e, 0x0A0D0D0A, struct.pack(e + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(e, 1, struct.pack(e + "HHI", 147, 0, 0) if not simple else
                 struct.pack(e + "HHI", link, 0, 0))  # an interface of no use
    if not simple:
        out += block(e, 1, struct.pack(e + "HHI", link, 0, 0))
    out += block(e, 4, b"names that nobody reads.")
    for f in frames:
        if simple:
            out += block(e, 3, struct.pack(e + "I", len(f)) + f)
        else:
            out += block(e, 6, struct.pack(e + "IIIII", 1, 0, 0, len(f), len(f)) + f)
    return out


# ---- streams
def post(body, path="/interconn/v1/data/alert", extra="", head=None):
    return (head or f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n").encode() + body


def chunked(body, path="/interconn/v1/data/alert"):
    out = f"POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    for i in range(0, len(body), 50):
        out += b"%x;x=1\r\n" % len(body[i:i + 50]) + body[i:i + 50] + b"\r\n"
    return out + b"0\r\nX-Trailer: 1\r\n\r\n"


def answer(status="202 Accepted", body=b'{"code":1}'):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


HTTP = (post(text(1)) + chunked(text(2)) + post(b"{}", "/interconn/v1/command/block/ip")
        + post(gzip.compress(text(3), mtime=0), extra="Content-Encoding: gzip\r\n")
        + b"GET /interconn/v1/data/alert?limit=1 HTTP/1.1\r\nHost: a\r\n\r\n"
        + b"GET /index.html HTTP/1.1\r\n\r\n",
        answer() * 2 + answer("200 OK") + b"HTTP/1.1 100 Continue\r\n\r\n" + answer()
        + answer("200 OK", text(4)) + answer("200 OK", b"<html>"))


def rfc5424(body, msgid="alert", bom=True, sd='[x@1 a="]\\"" b="2"]'):
    return f"<134>1 2026-11-22T10:00:00+08:00 host app - {msgid} {sd} ".encode() + (b"\xef\xbb\xbf" if bom else b"") + body


def octets(m):
    return b"%d " % len(m) + m


def frame(b, more=False, command=False):
    flags = (1 if more else 0) | (4 if command else 0)
    if len(b) > 255:
        return bytes([flags | 2]) + struct.pack("!Q", len(b)) + b
    return bytes([flags, len(b)]) + b


def greeting(mechanism=b"NULL"):
    return b"\xff" + bytes(8) + b"\x7f\x03\x00" + mechanism.ljust(20, b"\0") + bytes(32)


def ready(kind):
    return frame(b"\x05READY\x0bSocket-Type" + struct.pack("!I", len(kind)) + kind, command=True)


HEAD = b'{"id":"m-1","info_type":"alert","items":1,"first_sequence":1,"content_type":"application/json"}'
ZMQ = (greeting() + ready(b"DEALER") + frame(b"alert", True) + frame(HEAD, True) + frame(text(1))
       + frame(b"hello") + frame(text(2)) + frame(b"\x04PING\x00\x00", command=True),
       greeting() + ready(b"ROUTER") + frame(b"m-1", True) + frame(b"ok", True) + frame(b'{"x":1}'))
ZMQ_PUB = (greeting() + ready(b"PUB") + frame(b"alert", True) + frame(HEAD, True) + frame(text(1)),
           greeting() + ready(b"SUB") + frame(b"\x01alert"))


def connection(ab, ba, mss=200, v6=False, port=8080, isn=0xFFFFFF80):
    """Segments of a whole connection, the answers behind what they answer."""
    p = [ip(tcp(40000, port, isn, flags=2), False, v6), ip(tcp(port, 40000, 7, flags=0x12), True, v6)]
    for i in range(0, len(ab), mss):
        p.append(ip(tcp(40000, port, isn + 1 + i, ab[i:i + mss]), False, v6))
    for i in range(0, len(ba), mss):
        p.append(ip(tcp(port, 40000, 8 + i, ba[i:i + mss]), True, v6))
    p.append(ip(tcp(40000, port, isn + 1 + len(ab), flags=0x11), False, v6))
    p.append(ip(tcp(port, 40000, 8 + len(ba), flags=0x11), True, v6))
    return p


def har():
    entries = []
    for method, url, body, reply in [
            ("POST", "https://a/interconn/v1/data/alert", text(1).decode(), "{}"),
            ("POST", "https://a/interconn/v1/command/block/ip", "{}", "{}"),
            ("GET", "https://a/interconn/v1/data/alert?since=1", None, text(2))]:
        e = {"request": {"method": method, "url": url},
             "response": {"status": 200, "content": {}}}
        if body is not None:
            e["request"]["postData"] = {"mimeType": "application/json", "text": body}
        if isinstance(reply, bytes):
            e["response"]["content"] = {"text": base64.b64encode(reply).decode(), "encoding": "base64"}
        else:
            e["response"]["content"] = {"text": reply}
        entries.append(e)
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}},
                      ensure_ascii=False, indent=1).encode()


def main():
    os.makedirs(OUT, exist_ok=True)
    files = {}
    small = connection(post(text(1)), answer(), mss=400)
    for name, (link, wrap) in LINKS.items():
        files[f"link-{name}.pcap"] = pcap([wrap(p) for p in small], link, big=name == "raw", nano=name == "sll")
    raw = lambda p: LINKS["raw"][1](p)
    files["ipv6.pcap"] = pcap(connection(post(text(1)), answer(), v6=True), 101)
    files["ng-enhanced.pcapng"] = pcapng(small, 101)
    files["ng-simple-big.pcapng"] = pcapng(small, 101, big=True, simple=True)
    files["http.pcap"] = pcap(connection(*HTTP), 101)
    p = connection(*HTTP, mss=120)
    files["disorder.pcap"] = pcap(p[:2] + [p[i] for i in sorted(range(2, len(p)), key=lambda i: (i // 4, -(i % 4)))], 101)
    double = [q for x in p for q in (x, x)]
    files["again.pcap"] = pcap(double, 101)
    # Overlaps: each segment begins 30 bytes early.
    ab = post(text(1)) + post(text(2))
    over = [ip(tcp(40000, 80, 1 + max(0, i - 30), ab[max(0, i - 30):i + 100])) for i in range(0, len(ab), 100)]
    files["overlap.pcap"] = pcap(over, 101)
    # A hole in the first message; the second begins a segment.
    one, two = post(text(1)), post(text(2))
    files["gap.pcap"] = pcap([ip(tcp(40000, 80, 1, one[:100])), ip(tcp(40000, 80, 1 + len(one), two))], 101)
    files["snaplen.pcap"] = pcap([ip(tcp(40000, 80, 1, one)), ip(tcp(40000, 80, 1 + len(one), two[:60])),
                                  ip(tcp(40000, 80, 1 + len(one) + 60, two[60:140]))], 101, cut=180)
    # The same ports twice.
    files["reuse.pcap"] = pcap(connection(post(text(1)), b"", isn=5) + connection(post(text(2)), b"", isn=900000), 101)
    lines = rfc5424(text(1)) + b"\n" + b"<13>Nov 22 10:00:00 host sshd[1]: hello\n" + rfc5424(text(2), "-", False, "-") + b"\n"
    files["syslog-lf.pcap"] = pcap(connection(lines, b"", port=514), 101)
    files["syslog-octets.pcap"] = pcap(connection(octets(rfc5424(text(1))) + octets(rfc5424(b"no json")) + octets(rfc5424(text(3))), b"", port=6514), 101)
    datagrams = [rfc5424(text(1)), rfc5424(b"plain", "-"), b"<13>Nov 22 10:00:00 host app: " + text(2), b"\x12\x34dns?"]
    files["syslog-udp.pcap"] = pcap([ip(udp(40000, 514, d), proto=17, v6=i % 2 == 1) for i, d in enumerate(datagrams)], 101)
    files["zeromq.pcap"] = pcap(connection(*ZMQ, port=5556), 101)
    files["zeromq-pub.pcap"] = pcap(connection(*ZMQ_PUB, port=5556), 101)
    files["encrypted.pcap"] = pcap(connection(b"\x16\x03\x01\x02\x00" + bytes(40), greeting(b"CURVE"), port=443), 101)
    files["foreign.pcap"] = pcap([ip(b"icmp....", proto=1), b"\x00", ip(tcp(1, 2, 3, b"x"), frag=0x2000), ip(tcp(9, 9, 1, b"SSH-2.0-x\r\n"))], 101)
    files["archive.har"] = har()
    for name, data in files.items():
        with open(os.path.join(OUT, name), "wb") as f:
            f.write(data)
    corpus = sys.argv[1] if len(sys.argv) > 1 else None
    for name, data in files.items() if corpus else []:
        with open(os.path.join(corpus, name), "wb") as f:
            f.write(data)
    print(len(files), "files,", sum(map(len, files.values())), "bytes")


main()
