# SPDX-License-Identifier: Apache-2.0
"""Syslog messages: RFC 5424 written and read strictly, octet counting (RFC 6587
3.4.1, RFC 5425 4.3), the limits of the interface tables."""
import re
import time

from . import check, fault
from .identity import rfc3339

UDP_MAX, STREAM_MAX = 8192, 65536
HARD_MAX = 1 << 20              # a receiver takes no more
BOM = b"\xef\xbb\xbf"
FACILITY = 16                   # local0


class Malformed(Exception):
    pass


# ---- writing

def stamp():
    if fault.on("ss-time-no-zone"):
        return rfc3339(digits=3)[:-6]
    if fault.on("ss-time-3164"):
        return time.strftime("%b %e %H:%M:%S")
    if fault.on("ss-time-7-digits"):
        return rfc3339(offset_h=0, digits=6)[:-1] + "1Z"
    if fault.on("ss-time-lower"):
        return rfc3339(digits=3).lower()
    if fault.on("ss-time-stale"):
        return rfc3339(time.time() - 86400 * 400)
    return rfc3339(digits=6)


def priority(m):
    severity = m.severity()
    if fault.on("ss-severity-constant"):
        severity = 6
    if fault.on("ss-severity-reversed"):
        severity = 8 - severity
    facility = FACILITY
    if fault.on("ss-facility-kernel"):
        facility = 0
    pri = str(facility * 8 + severity)
    if fault.on("ss-pri-192"):
        return "192"
    if fault.on("ss-pri-zero"):
        return "0" + pri
    if fault.on("ss-pri-swapped"):
        return str(severity * 8 + facility)[:3]
    return pri


def structured(m, number):
    if fault.on("ss-sd-empty"):
        return ""
    if fault.on("ss-sd-unescaped"):
        return '[origin software="a "b" ]"]'
    if fault.on("ss-sd-twice"):
        return '[origin software="a"][origin software="b"]'
    if fault.on("ss-sd-own-name"):
        return f'[interconn id="{m.msg_id}"]'
    if fault.on("ss-sd-space"):
        return '[origin software="a"] [meta sequenceId="1"]'
    if number % 2:
        return f'[origin software="peer-py" swVersion="1"][meta sequenceId="{number % 2147483647 + 1}"]'
    return "-"


def message(m, number, host="peer-py.example.cn"):
    """The message of the number-th envelope."""
    version = "1"
    if fault.on("ss-version-2"):
        version = "2"
    if fault.on("ss-no-version"):
        version = ""
    if fault.on("ss-host-long"):
        host = "h" * 256
    if fault.on("ss-host-utf8"):
        host = "主机"
    app, procid, msgid = "peer-py", str(100 + number), m.kind
    if fault.on("ss-app-long"):
        app = "a" * 49
    if fault.on("ss-app-space"):
        app = "peer py"
    if fault.on("ss-app-empty"):
        app = ""
    if fault.on("ss-procid-long"):
        procid = "9" * 129
    if fault.on("ss-msgid-nil"):
        msgid = "-"
    if fault.on("ss-msgid-kind"):
        msgid = {"alert": "asset"}.get(m.kind, "alert")
    if fault.on("ss-msgid-long"):
        msgid = m.kind + "-" * 32
    if fault.on("ss-msgid-upper"):
        msgid = m.kind.upper()
    head = [f"<{priority(m)}>{version}", stamp(), host, app, procid, msgid, structured(m, number)]
    if fault.on("ss-no-procid"):
        del head[4]
    if fault.on("ss-no-host"):
        del head[2]
    if fault.on("ss-two-spaces"):
        head[1] = head[1] + " "
    if fault.on("ss-old-form"):
        return f"<{priority(m)}>{time.strftime('%b %e %H:%M:%S')} host peer-py: ".encode() + m.body
    bom = BOM
    if fault.on("ss-no-bom"):
        bom = b""
    if fault.on("ss-bom-first"):
        return BOM + " ".join(head).encode() + b" " + m.body
    if fault.on("ss-bom-twice"):
        bom = BOM * 2
    body = m.body
    if fault.on("ss-pretty"):
        body = body.replace(b",", b",\n ")
    if fault.on("ss-trailing-newline"):
        body += b"\n"
    if fault.on("ss-trailing-nul"):
        body += b"\0"
    if fault.on("ss-gb18030"):
        body = body.decode("utf-8").encode("gb18030")
    if fault.on("ss-cut-1k"):
        body = body[:1024]
    if fault.on("ss-prefix-text"):
        body = b"interconn: " + body
    return " ".join(head).encode() + b" " + bom + body


def frame(data):
    """Octet counting."""
    length = len(data)
    if fault.on("ss-count-more"):
        length += 1
    if fault.on("ss-count-less"):
        length -= 1
    if fault.on("ss-count-characters"):
        length = len(data.decode("utf-8", "replace"))
    if fault.on("ss-count-zero"):
        return b"0" + str(length).encode() + b" " + data
    if fault.on("ss-count-no-space"):
        return str(length).encode() + data
    if fault.on("ss-lf-framing"):
        return data + b"\n"
    if fault.on("ss-count-and-lf"):
        return str(length).encode() + b" " + data + b"\n"
    return str(length).encode() + b" " + data


# ---- reading

_HEAD = re.compile(rb"<(0|[1-9][0-9]{0,2})>([1-9][0-9]{0,2}) (-|[^ ]+) "
                   rb"(-|[\x21-\x7e]{1,255}) (-|[\x21-\x7e]{1,48}) "
                   rb"(-|[\x21-\x7e]{1,128}) (-|[\x21-\x7e]{1,32}) ")
_NAME = rb"[^\x00-\x20=\]\"\x7f-\xff]{1,32}"
_SD = re.compile(rb"\[(" + _NAME + rb")((?: " + _NAME + rb'="(?:[^"\\\]]|\\.)*")*)\]', re.S)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.A)


class Read:
    __slots__ = ("pri", "msgid", "body", "bom")


def parse(data):
    """A message of RFC 5424; Malformed with the element that is wrong."""
    m = _HEAD.match(data)
    if not m:
        if fault.names("sr-3164") and re.match(rb"<\d+>[A-Z][a-z]{2} ", data):
            fault.reached()
            r = Read()
            r.pri, r.msgid, r.bom = 0, None, True
            r.body = data[data.find(b"{"):]
            return r
        raise Malformed("HEADER")
    if int(m[1]) > 191 and not fault.on("sr-pri"):
        raise Malformed("PRI")
    if m[2] != b"1" and not fault.on("sr-version"):
        raise Malformed("VERSION")
    if m[3] != b"-":
        text = m[3].decode("ascii", "replace")
        if (not _STAMP.fullmatch(text) or check.instant(text) is None or ":60" in text) and \
                not fault.on("sr-timestamp"):
            raise Malformed("TIMESTAMP")
    at = m.end()
    if data[at:at + 1] == b"-":
        at += 1
    else:
        at = _elements(data, at)
    r = Read()
    r.pri, r.msgid = int(m[1]), m[7].decode("ascii")
    r.body, r.bom = b"", False
    if at == len(data):
        return r
    if data[at:at + 1] != b" ":
        raise Malformed("STRUCTURED-DATA")
    r.body = data[at + 1:]
    if r.body.startswith(BOM):
        r.body, r.bom = r.body[3:], True
    return r


def _elements(data, at):
    seen = set()
    while data[at:at + 1] == b"[":
        m = _SD.match(data, at)
        if not m:
            if fault.on("sr-sd"):
                return data.find(b"] ", at) + 1 or at
            raise Malformed("STRUCTURED-DATA")
        if m[1] in seen and not fault.on("sr-sd-twice"):
            raise Malformed("SD-ID")
        seen.add(m[1])
        try:
            m[2].decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("PARAM-VALUE") from None
        at = m.end()
    if not seen:
        raise Malformed("STRUCTURED-DATA")
    return at


class Frames:
    """Octet counting of a stream: feed bytes, get messages; Malformed ends it."""

    def __init__(self):
        self.buffer = b""

    def feed(self, data):
        self.buffer += data
        out = []
        while self.buffer:
            at = self.buffer.find(b" ", 0, 8)
            digits = self.buffer[:at] if at >= 0 else self.buffer[:8]
            if not digits.isdigit() or digits.startswith(b"0"):
                raise Malformed("MSG-LEN")
            if at < 0:
                if len(self.buffer) > 7:
                    raise Malformed("MSG-LEN")
                break
            length = int(digits)
            if length > HARD_MAX:
                raise Malformed("MSG-LEN")
            if fault.on("sr-small-limit"):
                length = min(length, 8192)
            if len(self.buffer) < at + 1 + length:
                break
            out.append(self.buffer[at + 1:at + 1 + length])
            self.buffer = self.buffer[at + 1 + length:]
        return out
