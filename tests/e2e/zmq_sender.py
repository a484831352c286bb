# SPDX-License-Identifier: Apache-2.0
"""A product that sends standard records over ZeroMQ and keeps what is not
acknowledged: libzmq by pyzmq, nothing of ours. Envelopes go out again, with the
same bytes, until their acknowledgement came."""
import collections
import hashlib
import json
import os
import random
import subprocess
import threading
import time

import zmq
from harness import BIN, eve

WINDOW = 24        # envelopes on their way
PATIENCE = 0.25    # seconds until an envelope is sent again


def template():
    r = subprocess.run([os.path.join(BIN, "hutong"), "normalize", "-m", "suricata-eve", "-"],
                       input=eve(1), capture_output=True, text=True, check=True)
    return json.loads(r.stdout)


def record(base, number):
    """Standard record number ${number}; the receivers' tests read x_source.flow_id."""
    event = hashlib.md5(str(number).encode()).hexdigest()
    return {**base, "general": {**base["general"], "alert_id": event}, "x_event_id": event,
            "x_source": {**base["x_source"], "flow_id": number}}


def envelope(records, msg_id, kind="alert"):
    return json.dumps({"schema": f"interconn/{kind}", "schema_version": "0.1.0", "msg_id": msg_id,
                       "info_type": kind, "sent_time": "2026-11-22T02:00:00Z",
                       "source_product": {"product_id": "peer", "product_name": "peer",
                                          "vendor": "test"},
                       "items": records}, ensure_ascii=False).encode()


def header(msg_id, items, kind="alert"):
    return json.dumps({"id": msg_id, "info_type": kind, "items": items, "first_sequence": 0,
                       "content_type": "application/json"}).encode()


def frames(records, msg_id, kind="alert"):
    return [f"{kind}.".encode(), header(msg_id, len(records), kind),
            envelope(records, msg_id, kind)]


class Dealer:
    """One exchange after the other, for tests that look at each answer."""

    def __init__(self, endpoint, keys=None, kind=zmq.DEALER):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        # libzmq gives a connection up for good when the other side wants another
        # mechanism; without one a send would wait for ever.
        self.socket.sndtimeo = 5000
        if keys:
            self.socket.curve_publickey, self.socket.curve_secretkey, server = keys
            self.socket.curve_serverkey = server
        self.socket.connect(endpoint)

    def send(self, parts):
        self.socket.send_multipart(parts)

    def answer(self, seconds=10):
        """(id, status, [item statuses]) or None."""
        if not self.socket.poll(int(seconds * 1000)):
            return None
        msg_id, status, items = self.socket.recv_multipart()
        return msg_id.decode(), int(status), json.loads(items)

    def ask(self, parts, seconds=10):
        self.send(parts)
        return self.answer(seconds)

    def close(self):
        self.socket.close()
        self.context.term()


class Sender(threading.Thread):
    """Sends numbered records under load until told to finish."""

    def __init__(self, endpoint, first, seed):
        super().__init__(daemon=True)
        self.endpoint, self.rng, self.base = endpoint, random.Random(seed), template()
        self.next = first
        self.first = first
        self.acknowledged = set()
        self.refused = []
        self.repeats = 0
        self.waiting = collections.OrderedDict()  # msg_id: (frames, numbers, sent at)
        self.count = 0
        self.finish = threading.Event()
        self.running = threading.Event()
        self.running.set()

    def make(self):
        numbers = list(range(self.next, self.next + self.rng.randrange(1, 120)))
        self.next = numbers[-1] + 1
        self.count += 1
        msg_id = f"peer-{self.count}"
        return msg_id, frames([record(self.base, n) for n in numbers], msg_id), numbers

    def take(self, parts):
        msg_id, status, items = parts[0].decode(), int(parts[1]), json.loads(parts[2])
        entry = self.waiting.get(msg_id)
        if entry is None:
            return
        statuses = items or [status] * len(entry[1])
        if any(s == 503 for s in statuses):
            return
        del self.waiting[msg_id]
        for number, s in zip(entry[1], statuses):
            if s in (200, 202):
                self.acknowledged.add(number)
                self.repeats += s == 200
            else:
                self.refused.append((number, s))

    def run(self):
        context = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.linger, socket.immediate, socket.sndhwm = 0, 1, 2 * WINDOW
        socket.reconnect_ivl, socket.reconnect_ivl_max = 20, 100
        socket.connect(self.endpoint)
        while not (self.finish.is_set() and not self.waiting):
            if len(self.waiting) < WINDOW and not self.finish.is_set() and self.running.is_set():
                msg_id, parts, numbers = self.make()
                self.waiting[msg_id] = [parts, numbers, 0.0]
            now = time.monotonic()
            for entry in self.waiting.values():
                if now - entry[2] > PATIENCE and socket.poll(0, zmq.POLLOUT):
                    socket.send_multipart(entry[0])
                    entry[2] = now
            while socket.poll(5):
                self.take(socket.recv_multipart())
        socket.close()
        context.term()

    @property
    def numbers(self):
        return range(self.first, self.next)
