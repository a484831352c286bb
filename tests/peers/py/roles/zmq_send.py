# SPDX-License-Identifier: Apache-2.0
"""Roles zmq_pub, zmq_push and zmq_dealer. The dealer waits for the receiver's
acknowledgement and repeats the same frames until it has one; the others hand
over, and number what they send."""
import json
import time

import zmq

from base import fault
from base.envelope import Encoder
from base.options import say
from base.zmqx import finish, first_peer, frames, open_socket, wait

KINDS = {"zmq_pub": zmq.PUB, "zmq_push": zmq.PUSH, "zmq_dealer": zmq.DEALER}
ACK_MS, FIRST_S, CAP_S, SETUP_S = 1500, .1, 2.0, 2.0
AGAIN = (408, 425, 429)
SETUP = (401, 403, 404, 405, 415)


class Sender:
    def __init__(self, o):
        self.o = o
        self.kind = KINDS[o.role]
        self.encoder = Encoder(o)
        self.sock = open_socket(o, self.kind, o.mode == "bind" if o.mode else bool(o.listen))
        self.sequence = 1
        self.delivered = self.dead = 0
        self.queue = []

    # ---- without an answer

    def publish(self):
        """A PUB sends to whom is there: wait for the first subscriber."""
        if self.kind == zmq.PUB:
            self._wait_for_peer()
        held = None
        while not self.o.count or self.delivered < self.o.count:
            m = self.encoder.next()
            out = frames(m, self.sequence)
            self.sequence += len(m.items)
            if fault.names("zmq-loses-third") and self.delivered % 3 == 2:
                fault.reached()
            elif fault.names("zmq-swaps") and held is None:
                held = out
            else:
                wait(self.sock, zmq.POLLOUT)
                self.sock.send_multipart(out)
                if held:
                    fault.reached()
                    self.sock.send_multipart(held)
                    held = None
                if fault.on("zmq-sends-twice"):
                    self.sock.send_multipart(out)
            self.delivered += 1
            time.sleep((self.o.interval_ms or 20) / 1000)

    def _wait_for_peer(self):
        first_peer(self.sock, 5000 if self.o.connect else 60000)
        time.sleep(.2)                      # the subscription is on its way

    # ---- with acknowledgements

    def wait_ack(self, msg_id, ms):
        """(status, results) of this message; None when none comes in time.
        Others, late or foreign, pass by."""
        end = time.monotonic() + ms / 1000
        while True:
            left = int((end - time.monotonic()) * 1000)
            if left <= 0 or not wait(self.sock, zmq.POLLIN, left):
                return None
            ack = self.sock.recv_multipart()
            if fault.on("zd-any-ack"):
                return 202, []
            if len(ack) < 2 or ack[0] != msg_id.encode() or not ack[1].isdigit():
                if fault.on("zd-ack-other-id") and len(ack) > 1 and ack[1].isdigit():
                    return int(ack[1]), []
                continue
            try:
                results = json.loads(ack[2]) if len(ack) > 2 else []
            except ValueError:
                results = []
            return int(ack[1]), results if isinstance(results, list) else []

    def deliver(self, m):
        out = frames(m, self.sequence)
        pause, last = FIRST_S, 0
        while True:
            if last and fault.on("zd-new-id"):
                m = self.encoder.encode(m.kind, m.items)
                out = frames(m, self.sequence)
            elif last and fault.on("zd-new-bytes"):
                m = self.encoder.encode(m.kind, m.items, m.msg_id)
                out = frames(m, self.sequence)
            wait(self.sock, zmq.POLLOUT)
            self.sock.send_multipart(out)
            if fault.on("zd-no-wait"):
                return self._end(m, True)
            ack = self.wait_ack(m.msg_id, ACK_MS)
            last = 1
            verdict = self.judge(m, ack)
            if verdict == "done" and fault.on("zd-resend-after-ack"):
                self.sock.send_multipart(out)
                self.wait_ack(m.msg_id, 500)
            if verdict in ("done", "dead"):
                return self._end(m, verdict == "done")
            if verdict == "setup":
                time.sleep(SETUP_S)
            elif not fault.on("zd-no-back-off"):
                time.sleep(pause if ack else 0)
                pause = min(pause * 2, CAP_S)

    def _end(self, m, done):
        self.sequence += len(m.items)
        self.delivered += done
        self.dead += not done

    def judge(self, m, ack):
        if ack is None:
            return "dead" if fault.on("zd-no-resend") else "again"
        status, results = ack
        if status == 207 or (200 <= status <= 299 and len(results) == len(m.items)):
            return self.partial(m, results)
        if 200 <= status <= 299 or status == 409:
            return "done"
        if status == 413 and len(m.items) > 1:
            half = len(m.items) // 2
            self.queue += [(m.kind, m.items[:half], None, m.escaped), (m.kind, m.items[half:], None, m.escaped)]
            return "dead"
        if status in SETUP:
            return "setup"
        if 400 <= status <= 499 and status not in AGAIN:
            return "again" if fault.on("zd-retries-400") else "dead"
        return "dead" if fault.on("zd-503-is-dead") else "done" if fault.on("zd-503-is-done") else "again"

    def partial(self, m, results):
        if len(results) != len(m.items) or fault.on("zd-207-is-done"):
            return "done"
        later = [i for i, r in zip(m.items, results) if r >= 500 or r in AGAIN]
        if fault.on("zd-207-resends-refused"):
            later = [i for i, r in zip(m.items, results) if r >= 400]
        if later:
            if fault.on("zd-207-resends-all"):
                later = list(m.items)
            time.sleep(FIRST_S)
            self.queue.append((m.kind, later, None, m.escaped))
        return "done"

    def next(self):
        return self.encoder.encode(*self.queue.pop(0)) if self.queue else self.encoder.next()

    def run(self):
        if self.kind != zmq.DEALER:
            self.publish()
        else:
            while not self.o.count or self.delivered + self.dead < self.o.count:
                self.deliver(self.next())
                time.sleep((self.o.interval_ms or 20) / 1000)
        say(f"delivered {self.delivered}, refused {self.dead}")
        finish(self.sock)
        return 0


def run(o):
    return Sender(o).run()
