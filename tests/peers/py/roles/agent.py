# SPDX-License-Identifier: Apache-2.0
"""Role agent: lines of a file, or syslog messages over TCP, become alerts that
are delivered at least once, in order, over ZeroMQ or HTTP(S).

The input is its own memory: a file is read from the last place that was
acknowledged; what comes over TCP is appended to a file of our own first. The
message that is on its way is kept with that place, so that it goes again byte for
byte after a crash; identifiers come of the place, so that they stay the same."""
import hashlib
import json
import os
import random
import socket
import threading
import time

from base import events, fault
from base.envelope import Message
from base.identity import uuid4
from base.options import say

BATCH, POLL_S, LINE_MAX = 5, .02, 1 << 20


class Position:
    """Where the reading stands, and the message that goes out. Replaced whole."""

    def __init__(self, path):
        self.path = path
        self.value = {"agent": uuid4(), "acked": 0, "made": 0}
        if os.path.exists(path) and not fault.on("ag-forgets-position"):
            with open(path, encoding="utf-8") as f:
                self.value = json.load(f)
        elif os.path.exists(path):
            self.value["acked"] = -1            # the seeded fault: from the end
        self.save()

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as f:
            json.dump(self.value, f)
            f.flush()
            os.fsync(f.fileno())
        os.rename(self.path + ".new", self.path)


class Listener(threading.Thread):
    """Syslog in octet counting (RFC 6587 3.4.1), each message a line on disk."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self.sock = socket.create_server(("127.0.0.1", port))
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.start()

    def run(self):
        while True:
            conn, _ = self.sock.accept()
            with conn:
                conn.settimeout(30)
                try:
                    self.take(conn.makefile("rb"))
                except (OSError, ValueError) as e:
                    say(f"input: {e}")

    def take(self, f):
        while True:
            digits = b""
            while (c := f.read(1)) and c.isdigit() and len(digits) < 8:
                digits += c
            if not c:
                return
            size = int(digits)
            message = f.read(min(size, LINE_MAX)) if c == b" " else b""
            if c != b" " or len(message) != size:
                raise ValueError("no octet counting")
            os.write(self.fd, message.replace(b"\n", b" ") + b"\n")
            os.fsync(self.fd)


class Agent:
    def __init__(self, o):
        self.o = o
        self.form = o.format or "eve"
        self.path = o.input or o.state + ".in"
        self.at = Position(o.state)
        if o.input_port:
            self.listener = Listener(int(o.input_port), self.path)
        self.sender = self.output()
        self.deaf = 0
        self.lines = 0

    def output(self):
        if self.o.address()[0] in ("http", "https"):
            from roles import http_client
            return http_client.Sender(self.o)
        from roles import zmq_send
        self.o.role = "zmq_dealer"
        return zmq_send.Sender(self.o)

    # ---- reading

    def complete(self, start=None):
        """(offset, line) of at most BATCH whole lines behind ${start}, or what was
        acked."""
        out = []
        if not os.path.exists(self.path):
            return out
        with open(self.path, "rb") as f:
            if self.at.value["acked"] < 0:
                self.at.value["acked"] = f.seek(0, 2)
            f.seek(self.at.value["acked"] if start is None else start)
            while len(out) < BATCH:
                offset = f.tell()
                line = f.readline(LINE_MAX)
                if not line.endswith(b"\n") and not (line and fault.on("ag-half-lines")):
                    break
                out.append((offset, line.rstrip(b"\n"), f.tell()))
        if fault.names("ag-keeps-last") and out and self._at_end(out[-1][2]):
            fault.reached()
            out.pop()
        return out

    def _at_end(self, offset):
        return offset == os.path.getsize(self.path)

    def name(self, offset):
        text = f"{self.at.value['agent']} {offset}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def alerts(self, lines):
        out = []
        for offset, line, _ in lines:
            e = events.read(line, self.form)
            if e is None and line:
                say("a line that is no event")
                if fault.on("ag-stops-at-bad"):
                    time.sleep(3600)
                if fault.on("ag-bad-spoils-batch"):
                    return []
            if e is None:
                continue
            self.lines += 1
            if fault.names("ag-loses-tenth") and self.lines % 10 == 0:
                fault.reached()
                continue
            out.append(events.record(e, self.name(offset)))
            if fault.names("ag-doubles-fifth") and self.lines % 5 == 0:
                fault.reached()
                out.append(events.record(events.read(line, self.form), uuid4()))
        if fault.on("ag-reverses"):
            out.reverse()
        if fault.on("ag-heartbeat"):
            out.append(events.record(dict(events.read(lines[0][1], self.form) or {}, name="agent is alive"), uuid4())
                       if out else None)
        return [r for r in out if r]

    def read(self):
        """The next message, kept before it goes out; None: nothing to send."""
        lines = self.complete()
        if not lines:
            return None
        items = self.alerts(lines)
        if not items:
            self.at.value["acked"] = lines[-1][2]
            self.at.save()
            return None
        self.sender.encoder.made = self.at.value["made"]
        m = self.sender.encoder.encode("alert", items)
        self.at.value.update(made=self.at.value["made"] + 1, open={
            "end": lines[-1][2], "msg_id": m.msg_id, "items": items, "body": m.body.decode("utf-8")})
        if fault.on("ag-acks-first"):
            self.at.value["acked"] = lines[-1][2]
            opened = self.at.value.pop("open")
            self.at.save()
            self.at.value["open"] = opened
        else:
            self.at.save()
        return m

    def reopened(self):
        """The message that was on its way when we ended."""
        kept = self.at.value.get("open")
        if not kept:
            return None
        if fault.on("ag-open-anew"):
            return self.sender.encoder.encode("alert", [dict(i, general=dict(i["general"], alert_id=uuid4()))
                                                       for i in kept["items"]])
        return Message("alert", kept["msg_id"], kept["items"], kept["body"].encode(), None)

    # ---- sending

    def deliver(self, m):
        if fault.names("ag-one-try"):
            fault.reached()
            self.once(m)
            return
        if fault.names("ag-swaps-messages") and random.random() < .3:
            self.overtake()
        self.whole(m)
        if fault.on("ag-sends-twice"):
            self.sender.deliver(m)

    def whole(self, m):
        self.sender.deliver(m)
        while self.sender.queue:                # parts of it
            self.sender.deliver(self.sender.next())

    def overtake(self):
        """For a seeded fault: the message behind the one on its way goes out first.
        The order is all that is wrong: without one behind it nothing happens, and
        the place is moved on when both are delivered."""
        opened = self.at.value["open"]
        lines = self.complete(opened["end"])
        items = self.alerts(lines)
        if not items:
            return
        fault.reached()
        self.whole(self.sender.encoder.encode("alert", items))
        self.at.value["made"] += 1
        opened["end"] = lines[-1][2]

    def once(self, m):
        """For a seeded fault: what is not taken at once is gone."""
        if hasattr(self.sender, "exchange"):
            self.sender.exchange(m)
            return
        from base.zmqx import frames, wait
        import zmq
        if wait(self.sender.sock, zmq.POLLOUT, 200):
            self.sender.sock.send_multipart(frames(m, 1))
            self.sender.wait_ack(m.msg_id, 300)

    def shed(self):
        """For a seeded fault: a queue of thirty lines, the oldest go."""
        if not fault.names("ag-short-queue"):
            return
        with open(self.path, "rb") as f:
            f.seek(self.at.value["acked"])
            rest = f.read().split(b"\n")
        if len(rest) > 31:
            fault.reached()
            self.at.value["acked"] += sum(len(line) + 1 for line in rest[:-31])

    def run(self):
        m = self.reopened()
        idle = False
        while True:
            if m is None:
                m = self.read()
            if m is None:
                idle = True
                time.sleep(POLL_S)
                continue
            if idle and fault.on("ag-only-at-start"):
                time.sleep(3600)
            self.deliver(m)
            opened = self.at.value.pop("open", None)
            if opened:
                self.at.value["acked"] = max(self.at.value["acked"], opened["end"])
            if not fault.on("ag-keeps-no-position"):
                self.at.save()
            self.shed()
            m = None


def run(o):
    return Agent(o).run()
