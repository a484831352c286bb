# SPDX-License-Identifier: Apache-2.0
"""What every receiver does with the text of a message: read it strictly, check
envelope and items, keep the good ones, answer each item."""
import hashlib
import hmac
import threading

from . import check, fault, strictjson
from .durable import Store


class Refused(Exception):
    """The whole message: HTTP status, code of the interface, pointer, reason."""

    def __init__(self, status, code, pointer, why):
        super().__init__(why)
        self.status, self.code, self.pointer, self.why = status, code, pointer, why


def items_text(text):
    """The exact text of the member items, for the digest; None without one."""
    depth, i, n = 0, 0, len(text)
    import json
    scan = json.decoder.scanstring
    while i < n:
        c = text[i]
        if c == '"':
            name, i = scan(text, i + 1, True)
            if depth == 1 and name == "items":
                while text[i] in " \t\r\n":
                    i += 1
                if text[i] == ":":
                    i += 1
                    while text[i] in " \t\r\n":
                        i += 1
                    _, end = json.JSONDecoder().raw_decode(text, i)
                    return text[i:end]
            continue
        depth += c in "{["
        depth -= c in "}]"
        i += 1
    return None


def _digest(value, body):
    """A digest that is given is right, or the message is refused."""
    d = value.get("digest")
    if not d or fault.on("take-digest"):
        return
    text = items_text(body.decode("utf-8"))
    try:
        mine = hashlib.new(d["alg"], text.encode("utf-8")).hexdigest()
    except ValueError:
        raise Refused(503, 5003, "/digest/alg", "this machine lacks the algorithm") from None
    if not hmac.compare_digest(mine, d["value"].lower()):
        raise Refused(422, 1004, "/digest/value", "digest does not match the items")


class Taker:
    def __init__(self, path):
        self.store = Store(path)
        self.count = 0
        self.lock = threading.Lock()

    def read(self, body):
        try:
            return strictjson.loads(body)
        except strictjson.Bad as e:
            raise Refused(400, 1001, e.pointer, str(e)) from None

    def envelope(self, body, kind=None, msg_id=None):
        """Keep the items of an envelope. ${kind}: what it was announced as;
        ${msg_id}: what was announced for it. Returns (msg_id, results, repeat)
        with a status per item; Refused when all of it is."""
        value = self.read(body)
        try:
            own = check.head(value)
        except check.Fault as f:
            raise Refused(400, f.code, f.pointer, f.why) from None
        if kind and own != kind and not fault.on("take-path-kind"):
            raise Refused(400, 1004, "/info_type", f"{kind} was announced")
        if msg_id and msg_id != value["msg_id"] and not fault.on("take-key-differs"):
            raise Refused(400, 1004, "/msg_id", "differs from the announced id")
        with self.lock:                         # looking and keeping is one act
            return self._keep(value, own, body)

    def _keep(self, value, kind, body):
        msg_id = value["msg_id"]
        digest = Store.digest(body)
        seen = self.store.seen(msg_id)
        if seen and not fault.on("take-no-idempotency"):
            if seen[0] != digest and not fault.on("take-conflict"):
                raise Refused(409, 3006, "/msg_id", "this msg_id came with other contents")
            if fault.on("take-repeat-409"):
                raise Refused(409, 3006, "/msg_id", "seen before")
            return msg_id, seen[1], True
        _digest(value, body)
        lines, results, first = [], [], None
        for i, item in enumerate(value["items"]):
            try:
                check.record(item, kind, f"/items/{i}")
                lines.append(strictjson.dumps(self._kept(item)))
                results.append(202)
            except check.Fault as f:
                first = first or f
                results.append(400)
        if first and (not lines or fault.on("take-all-or-nothing")):
            raise Refused(400, first.code, first.pointer, first.why)
        self.store.keep(msg_id, digest, self._lines(lines), results)
        return msg_id, self._results(results), False

    @staticmethod
    def _results(results):
        if fault.on("take-results-lie") and 400 in results:
            return [202] * len(results)
        if fault.on("take-results-short"):
            return results[:-1]
        if fault.on("take-results-order"):
            return results[::-1]
        return results

    def _lines(self, lines):
        """The seeded faults of keeping."""
        self.count += 1
        if fault.on("store-twice"):
            return lines + lines
        if fault.on("store-loses-last") and len(lines) > 1:
            return lines[:-1]
        if fault.on("store-reversed"):
            return lines[::-1]
        if fault.names("store-loses-third") and self.count % 3 == 0:
            fault.reached()
            return []
        if fault.on("store-nothing"):
            return []
        if fault.on("store-latin1"):
            return [line.encode("utf-8").decode("latin-1") for line in lines]
        if fault.on("store-question-marks"):
            return [line.encode("ascii", "replace").decode() for line in lines]
        return lines

    @staticmethod
    def _kept(item):
        """The item as it is kept: as it came."""
        if fault.on("store-cuts-strings"):
            return _cut(item, 64)
        if fault.on("store-lower-case"):
            return {k: v for k, v in _lower(item).items()}
        if fault.on("store-drops-own"):
            return {k: v for k, v in item.items() if not k.startswith("x_")}
        if fault.on("store-drops-extension"):
            return {k: v for k, v in item.items() if k != "extension"}
        if fault.on("store-numbers-text"):
            return _map(item, lambda v: str(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else v)
        return item

    def record(self, body):
        """Keep a bare record (syslog, Kafka); Refused when it breaks a rule."""
        value = self.read(body)
        try:
            kind = check.kind_of(value)
            check.record(value, kind)
        except check.Fault as f:
            raise Refused(400, f.code, f.pointer, f.why) from None
        self.store.keep(None, None, self._lines([strictjson.dumps(self._kept(value))]), None)
        return kind


def _map(value, leaf):
    if isinstance(value, dict):
        return {k: _map(v, leaf) for k, v in value.items()}
    if isinstance(value, list):
        return [_map(v, leaf) for v in value]
    return leaf(value)


def _cut(value, n):
    return _map(value, lambda v: v[:n] if isinstance(v, str) else v)


def _lower(value):
    return _map(value, lambda v: v.lower() if isinstance(v, str) else v)
