# SPDX-License-Identifier: Apache-2.0
"""JSON as RFC 8259 and RFC 7493 have it, with the limits first: size, UTF-8, no
byte order mark, depth, then the parser; no duplicate names, lone surrogates,
numbers beyond double or integers beyond 2^53-1."""
import json
import re

from . import fault

DEPTH = 34              # an envelope is two levels around a record of 32
SIZE = 16 << 20
STRING = 1 << 20
SAFE = (1 << 53) - 1


class Bad(ValueError):
    """A text that is no strict JSON; ${pointer} where known."""

    def __init__(self, why, pointer=""):
        super().__init__(why)
        self.pointer = pointer


def _pairs(pairs):
    out = {}
    for key, value in pairs:
        if key in out and not fault.on("json-duplicates"):
            raise Bad(f"member {key[:64]!r} occurs twice")
        out[key] = value
    return out


def _int(text):
    if len(text) > 17 or abs(int(text)) > SAFE:
        if not fault.on("json-big-integers"):
            raise Bad("an integer is beyond 2^53-1")
        return float(text)
    return int(text)


def _float(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Bad("a number is beyond double range")
    return value


def _constant(text):
    if fault.on("json-nan"):
        return 0.0
    raise Bad(f"{text} is no JSON value")


_MARKS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.S)


def depth_of(text):
    """The deepest nesting outside strings; counts, never recurses."""
    if text.count(b"[") + text.count(b"{") <= DEPTH:
        return 0
    depth = deepest = 0
    for mark in _MARKS.finditer(text):
        first = text[mark.start()]
        if first in b"[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > DEPTH:
                    break
        elif first in b"]}":
            depth -= 1
    return deepest


def _surrogates(value):
    """Looks at every string without recursion."""
    todo = [value]
    while todo:
        v = todo.pop()
        if isinstance(v, str):
            if len(v) > STRING:
                raise Bad("a string is longer than 1 MiB")
            if any("\ud800" <= c <= "\udfff" for c in v) and not fault.on("json-surrogates"):
                raise Bad("a string holds a lone surrogate")
        elif isinstance(v, list):
            todo.extend(v)
        elif isinstance(v, dict):
            todo.extend(v.keys())
            todo.extend(v.values())


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_int, parse_float=_float,
                            parse_constant=_constant)


def loads(body):
    """The value of ${body} (bytes); Bad when it is no strict JSON."""
    if len(body) > SIZE:
        raise Bad("more than 16 MiB")
    if body[:3] == b"\xef\xbb\xbf":
        raise Bad("a byte order mark in front")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as e:
        if not fault.on("json-replaces"):
            raise Bad(f"byte {e.start} is not UTF-8") from None
        text = body.decode("utf-8", "replace")
    if depth_of(body) > DEPTH:
        if fault.on("json-deep-crash"):
            os_abort()
        if not fault.on("json-deep"):
            raise Bad("more than 32 levels in a record")
    text = text.strip(" \t\r\n")
    try:
        if fault.names("json-trailing"):
            value, end = _decoder.raw_decode(text)
            if end != len(text):
                fault.reached()
        else:
            value = _decoder.decode(text)
    except Bad:
        raise
    except (ValueError, RecursionError) as e:
        raise Bad(str(e)[:120]) from None
    _surrogates(value)
    return value


def os_abort():
    import os
    os._exit(134)


def dumps(value, ascii_only=False):
    return json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
