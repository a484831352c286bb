# SPDX-License-Identifier: Apache-2.0
"""What a sender sends: envelopes of records, or bare records, in the order of
the kinds, with identifiers of their own."""
import hashlib
import json

from . import fault
from .identity import rfc3339, uuid4
from .records import VARIANTS, Maker, make
from .strictjson import dumps

VERSION = "0.1.0"
LEVELS = {"critical": 2, "high": 3, "medium": 4, "low": 5, "info": 6}


class Message:
    __slots__ = ("kind", "msg_id", "items", "body", "escaped")

    def __init__(self, kind, msg_id, items, body, escaped):
        self.kind, self.msg_id, self.items, self.body = kind, msg_id, items, body
        self.escaped = escaped

    def key(self):
        """The Kafka key: the id of the only record, where the kind has one."""
        general = self.items[0].get("general", {})
        own = {"asset": general.get("basic", {}).get("asset_id"), "alert": general.get("alert_id")}
        return own.get(self.kind) or self.msg_id

    def severity(self):
        """Syslog: the gravest level of the items; informational without one."""
        names = {"alert": "alert_level", "threat": "severity"}
        levels = [i.get("general", {}).get(names.get(self.kind)) for i in self.items]
        return min((LEVELS[x] for x in levels if isinstance(x, str) and x in LEVELS), default=6)


class Encoder:
    """Makes the next message again and again."""

    def __init__(self, options, batch=None, bare=False):
        self.maker = Maker(options.seed)
        self.kinds = (options.kinds or "alert,asset,threat,behavior").split(",")
        self.batch = options.batch if batch is None else batch
        self.bare = bare or options.bare
        self.made = 0
        self.turn = {}
        self.given = self._read(options.records) if options.records else None
        self.change = fault.data
        if self.change:
            self._faulty_first()

    def _read(self, path):
        given = {}
        with open(path, encoding="utf-8") as f:
            for line in f:
                if line.strip():
                    record = json.loads(line)
                    given.setdefault(record.get("info_type"), []).append(record)
        self.kinds = [k for k in self.kinds if k in given]
        return given

    def _faulty_first(self):
        """The kind that shows the seeded fault is the first to be sent."""
        kind = self.change.kind
        if kind in self.kinds:
            self.kinds = [kind] + [k for k in self.kinds if k != kind]

    # ---- records

    def _records(self, kind):
        if self.given:
            pool = self.given[kind]
            start = self.turn.get(kind, 0)
            size = self.batch or min(len(pool), 1000)
            self.turn[kind] = start + size
            return [pool[(start + i) % len(pool)] for i in range(size)]
        self.maker.devices = []             # a parent is in the same envelope
        variants = VARIANTS[kind]
        size = self.batch or len(variants)
        start = self.turn.get(kind, 0)
        self.turn[kind] = start + size
        records = [make(self.maker, kind, variants[(start + i) % len(variants)]) for i in range(size)]
        return self._faulty(kind, records)

    def _faulty(self, kind, records):
        """With a fault in a record: the record that can have it comes first."""
        c = self.change
        if not c or not c.in_record or kind != c.kind:
            return records
        for i, record in enumerate(records):
            if c.fits(record):
                break
        else:
            for variant in VARIANTS[kind]:
                record = make(self.maker, kind, variant)
                if c.fits(record):
                    records[0], i = record, 0
                    break
            else:
                return records
        records[0], records[i] = records[i], records[0]
        if c.op != "twice":
            c.tree(records[0])
            fault.reached()
        return records

    # ---- text

    def head(self, kind, msg_id):
        return {
            "schema": f"interconn/{kind}", "schema_version": VERSION, "msg_id": msg_id,
            "info_type": kind, "sent_time": rfc3339(digits=3), "source_product": dict(self.maker.product),
        }

    def _digest(self, items):
        alg = "sm3" if self.made % 4 == 1 else "sha256"
        try:
            return {"alg": alg, "value": hashlib.new(alg, items).hexdigest()}
        except ValueError:
            return {"alg": "sha256", "value": hashlib.sha256(items).hexdigest()}

    def _envelope_change(self, tree):
        c = self.change
        if c and not c.in_record and c.op not in ("text", "bytes", "twice") and \
                c.kind in (None, tree.get("info_type")) and c.fits_head(tree):
            c.tree(tree)
            fault.reached()
        return tree

    def _text_change(self, text, record):
        c = self.change
        if not c or c.in_record != record:
            return text
        if c.op == "twice":
            text = c.twice(text)
        elif c.op == "text":
            text = text.replace(c.value[0], c.value[1], 1)
        else:
            return text
        fault.reached()
        return text

    def encode(self, kind, records, msg_id=None, escaped=None):
        """Message of ${records}; the digest is over the items as sent. ${escaped}:
        \\u for all that is not ASCII; an item that comes again is the same text."""
        msg_id = msg_id or uuid4()
        self.made += 1
        ascii_only = self.made % 3 == 2 if escaped is None else escaped
        texts = [dumps(r, ascii_only) for r in records]
        if kind == (self.change.kind if self.change else None):
            texts[0] = self._text_change(texts[0], True)
        if self.bare:
            return Message(kind, msg_id, records, self._bytes(texts[0]), ascii_only)
        items = "[" + ",".join(texts) + "]"
        tree = self.head(kind, msg_id)
        tree["items"] = None                    # its text is put in below
        if self.made % 2:
            tree["digest"] = self._digest(items.encode())
        tree = self._envelope_change(tree)
        if isinstance(tree.get("msg_id"), str):
            msg_id = tree["msg_id"]             # one fault: what names the message agrees
        if tree.get("items", 0) is None:
            parts = [f"{dumps(k, ascii_only)}:{items if k == 'items' else dumps(v, ascii_only)}"
                     for k, v in tree.items()]
            text = "{" + ",".join(parts) + "}"
        else:
            text = dumps(tree, ascii_only)
        return Message(kind, msg_id, records, self._bytes(self._text_change(text, False)), ascii_only)

    def _bytes(self, text):
        body = text.encode("utf-8", "surrogatepass")
        if self.change and self.change.op == "bytes":
            changed = self.change.value(body)
            if changed != body:
                fault.reached()
            return changed
        return body

    def next(self):
        kind = self.kinds[self.made % len(self.kinds)]
        return self.encode(kind, self._records(kind))
