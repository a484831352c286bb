# SPDX-License-Identifier: Apache-2.0
"""Role zmq_sub: takes published envelopes. Also the receiving ends that tests
need for the senders: PULL, and ROUTER with acknowledgements."""
import json

import zmq

from base import check, fault
from base.options import say
from base.take import Refused, Taker
from base.zmqx import open_socket, wait


class Malformed(Exception):
    pass


def read_header(frame):
    """The header's members that are checked; Malformed otherwise."""
    if len(frame) > 4096:
        raise Malformed("the header is too large")
    try:
        head = json.loads(frame.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed("the header is not JSON") from None
    if not isinstance(head, dict) or not isinstance(head.get("id"), str) or \
            not isinstance(head.get("info_type"), str) or not 1 <= len(head["id"]) <= 256:
        raise Malformed("the header lacks id or info_type")
    count = head.get("items")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
        raise Malformed("items is no number")
    return head


class Receiver:
    def __init__(self, o):
        self.o = o
        self.taker = Taker(o.store)
        self.refused = 0

    def message(self, parts):
        """(id, status, results) of one message without its identity."""
        msg_id = ""
        try:
            if len(parts) != 3 and not (len(parts) > 3 and fault.on("zs-frames")):
                raise Malformed("not three frames")
            head = read_header(parts[1])
            msg_id = head["id"]
            if parts[0].decode("ascii", "replace") != head["info_type"] + "." and not fault.on("zs-topic"):
                raise Malformed("the topic is not that of the header")
            if head["info_type"] not in check.BETWEEN:
                raise Malformed("no kind that is taken here")
            return self.body(head, parts[2])
        except Malformed as e:
            self.say_refused(str(e))
            return msg_id, 400, []

    def body(self, head, body):
        try:
            if fault.on("zs-crash") and len(body) < 64:
                raise SystemExit(134)
            kind = None if fault.on("zs-kind") else head["info_type"]
            announced = None if fault.on("zs-id") else head["id"]
            if head.get("items") is not None and not fault.on("zs-count"):
                value = self.taker.read(body)
                items = value.get("items") if isinstance(value, dict) else None
                if isinstance(items, list) and len(items) != head["items"]:
                    raise Refused(400, 1004, "/items", "the header counts otherwise")
            _, results, repeat = self.taker.envelope(body, kind, announced)
            whole = 202 if all(r < 300 for r in results) else 207
            return head["id"], whole, results
        except Refused as r:
            if fault.on("zs-stores-refused"):
                self.taker.store.keep(None, None, [body.decode("utf-8", "replace").replace("\n", " ")], None)
            self.say_refused(f"{r.pointer or '-'}: {r.why}")
            return head["id"], r.status, []

    def say_refused(self, why):
        self.refused += 1
        say(f"refused: {why}")
        if fault.on("zs-stops"):
            raise SystemExit(1)

    def run(self, kind):
        sock = open_socket(self.o, kind, self.o.mode == "bind" if self.o.mode else bool(self.o.listen))
        while True:
            wait(sock, zmq.POLLIN)
            parts = sock.recv_multipart()
            if kind != zmq.ROUTER:
                self.message(parts)
                continue
            msg_id, status, results = self.message(parts[1:])
            sock.send_multipart([parts[0], msg_id.encode(), str(status).encode(),
                                 json.dumps(results, separators=(",", ":")).encode()])


SOCKETS = {"sub": zmq.SUB, "pull": zmq.PULL, "router": zmq.ROUTER}


def run(o):
    receiver = Receiver(o)
    try:
        receiver.run(SOCKETS[o.transport or "sub"])
    finally:
        receiver.taker.store.close()
