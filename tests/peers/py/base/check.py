# SPDX-License-Identifier: Apache-2.0
"""What a receiver refuses: the rules of shape.py and those between fields. The
first fault found is named with the codes of the interface tables: 1002 wrong
type or unknown member, 1003 missing, 1004 bad value."""
import base64
import re
import socket
from collections import deque

from . import fault, shape, shape_more, words

UNKNOWN, MISSING, VALUE = 1002, 1003, 1004


class Fault(Exception):
    def __init__(self, code, pointer, why):
        super().__init__(why)
        self.code, self.pointer, self.why = code, pointer, why


def _ip(family, text):
    try:
        socket.inet_pton(family, text)
        return True
    except (OSError, ValueError):
        return False


def _net(family, bits):
    def test(text):
        address, slash, prefix = text.partition("/")
        return _ip(family, address) and (
            not slash or (prefix.isascii() and prefix.isdigit() and len(prefix) <= 3
                          and int(prefix) <= bits and str(int(prefix)) == prefix))
    return test


def _base64(text):
    try:
        base64.b64decode(text.encode("ascii"), validate=True)
        return True
    except ValueError:
        return False


def _pattern(text):
    compiled = re.compile(text)
    return lambda value: compiled.fullmatch(value) is not None


FORMATS = {
    "schema": _pattern(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*"),
    "semver": _pattern(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?"),
    "uuid": _pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "ip": lambda v: _ip(socket.AF_INET, v) or _ip(socket.AF_INET6, v),
    "net4": _net(socket.AF_INET, 32),
    "net6": _net(socket.AF_INET6, 128),
    "mac": _pattern(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}"),
    "id": _pattern(r"[A-Za-z0-9._:-]+"),
    "digits": _pattern(r"[0-9]+"),
    "upper": _pattern(r"[A-Z]+"),
    "hex": _pattern(r"[0-9a-fA-F]+"),
    "technique": _pattern(r"T[0-9]{4}(?:\.[0-9]{3})?"),
    "hostname": _pattern(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
                         r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?"),
    "uri": _pattern(r"(?:/|[A-Za-z][A-Za-z0-9+.-]*:)(?:[!$&-;=?-Z_a-z~\[\]#@]|%[0-9A-Fa-f]{2})*"),
    "base64": _base64,
}

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?"
                   r"(?:[Zz]|([+-])(\d\d):(\d\d))", re.A)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def instant(text):
    """Seconds and the digits behind them, for comparing; None when ${text} is no
    RFC 3339 time with an offset."""
    m = _TIME.fullmatch(text)
    if not m:
        return None
    year, month, day, hour, minute, second = (int(m[i]) for i in range(1, 7))
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 60:
        return None
    if not 1 <= day <= _DAYS[month - 1] + (leap and month == 2):
        return None
    shift = 0
    if m[8]:
        if int(m[9]) > 23 or int(m[10]) > 59:
            return None
        shift = (int(m[9]) * 60 + int(m[10])) * (60 if m[8] == "+" else -60)
    y = year - (month <= 2)
    era_day = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    days = y // 400 * 146097 + y % 400 * 365 + y % 400 // 4 - y % 400 // 100 + era_day
    seconds = days * 86400 + hour * 3600 + minute * 60 + second - shift
    if second == 60 and seconds % 86400 != 0:
        return None                         # a leap second ends a day of UTC
    return seconds, (m[7] or "").rstrip("0")


class Rule:
    __slots__ = ("type", "args", "must", "children", "element")

    def __init__(self):
        self.type, self.args, self.must = "o", [], False
        self.children, self.element = {}, None


def _compile(table):
    root = Rule()
    for line in table.strip().splitlines():
        if not line:
            continue
        place, kind, *args = line.split()
        rule = root
        for part in place.rstrip("!").split("."):
            name = part.replace("[]", "")
            rule = rule.children.setdefault(name, Rule())
            for _ in range(part.count("[]")):
                if rule.element is None:
                    rule.element = Rule()
                rule = rule.element
        rule.type, rule.args, rule.must = kind, args, place.endswith("!")
    return root


_rules = {}


def rules(kind):
    tables = {"envelope": shape.ENVELOPE, "asset": shape.ASSET, "alert": shape.ALERT,
              "threat": shape_more.THREAT, "behavior": shape_more.BEHAVIOR}
    if kind not in _rules:
        _rules[kind] = _compile(tables[kind])
    return _rules[kind]


def _step(pointer, name):
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _text(rule, value, at):
    low, high = int(rule.args[0]), int(rule.args[1])
    if not isinstance(value, str):
        raise Fault(UNKNOWN, at, "not a text")
    if not low <= len(value) <= high and not fault.on("check-length"):
        raise Fault(VALUE, at, f"not {low} to {high} characters")
    if len(rule.args) > 2 and not FORMATS[rule.args[2]](value) and not fault.on("check-format"):
        raise Fault(VALUE, at, f"not of the form {rule.args[2]}")


def _number(rule, value, at):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Fault(UNKNOWN, at, "not a number")
    if rule.type == "i" and value != int(value):
        raise Fault(UNKNOWN, at, "not an integer")
    low, high = (float(rule.args[i]) if i < len(rule.args) else None for i in (0, 1))
    if ((low is not None and value < low) or (high is not None and value > high)) and \
            not fault.on("check-range"):
        raise Fault(VALUE, at, "out of range")


def _word(rule, value, at):
    if not isinstance(value, str):
        raise Fault(UNKNOWN, at, "not a word")
    if value not in words.LISTS[rule.args[0]] and not fault.on("check-enum"):
        raise Fault(VALUE, at, f"not in the list {rule.args[0]}")


def _time(_rule, value, at):
    if not isinstance(value, str):
        raise Fault(UNKNOWN, at, "not a time")
    if instant(value) is None and not fault.on("check-time"):
        raise Fault(VALUE, at, "not an RFC 3339 time with offset")


def _boolean(_rule, value, at):
    if not isinstance(value, bool):
        raise Fault(UNKNOWN, at, "not a boolean")


def _object(rule, value, at, todo, free=None):
    if not isinstance(value, dict):
        raise Fault(UNKNOWN, at, "not an object")
    for name, child in rule.children.items():
        if child.must and name not in value and not fault.on("check-missing"):
            raise Fault(MISSING, _step(at, name), "missing")
    for name in value:
        if name in rule.children:
            todo.append((rule.children[name], value[name], _step(at, name)))
        elif not (free and free(name)) and not fault.on("check-unknown"):
            raise Fault(UNKNOWN, _step(at, name), "unknown member")
    for word in rule.args:
        if word == "any" and not value and not fault.on("check-empty-object"):
            raise Fault(VALUE, at, "needs a member")
        if word == "one" and len(value) != 1 and not fault.on("check-one-extension"):
            raise Fault(VALUE, at, "needs exactly one member")
        if "," in word and not set(word.split(",")) & set(value):
            raise Fault(VALUE, at, f"needs one of {word}")


def _array(rule, value, at, todo):
    if not isinstance(value, list):
        raise Fault(UNKNOWN, at, "not an array")
    low, high = (int(x) for x in rule.args)
    if not low <= len(value) <= high and not fault.on("check-array-length"):
        raise Fault(VALUE, at, f"not {low} to {high} elements")
    for i, element in enumerate(value):
        todo.append((rule.element, element, f"{at}/{i}"))


LEAVES = {"s": _text, "i": _number, "n": _number, "e": _word, "t": _time, "b": _boolean}


def apply(rule, value, at, free=None):
    """All of ${value} against ${rule}; raises the first Fault. No recursion."""
    todo = deque()
    _object(rule, value, at, todo, free)
    while todo:
        r, v, p = todo.popleft()
        if r.type == "o":
            _object(r, v, p, todo)
        elif r.type == "a":
            _array(r, v, p, todo)
        elif r.type != "f":
            try:
                LEAVES[r.type](r, v, p)
            except Fault as f:
                if f.code != UNKNOWN or not fault.on("check-type"):
                    raise


def _order(record, at, place, first, last, strict=False):
    for part in place:
        record = record.get(part, {})
        at = _step(at, part)
    a, b = (instant(record[n]) if isinstance(record.get(n), str) else None for n in (first, last))
    if a and b and (a > b or (strict and a == b)) and not fault.on("check-order"):
        raise Fault(VALUE, _step(at, first), f"after {last}")


CATEGORY = {"01": "malware", "02": "attack", "03": "data", "04": "content", "05": "fault",
            "06": "violation", "07": "hazard", "08": "abnormal", "09": "force_majeure",
            "10": "other"}
DOMAIN = {"threat_actor": "object", "target": "object", "ttp": "method",
          "course_of_action": "method", "campaign": "event", "incident": "event",
          "indicator": "event", "observable": "event"}


def _extension(record, at, wanted):
    ext = record.get("extension")
    if ext and wanted not in ext and not fault.on("check-extension"):
        raise Fault(VALUE, _step(at + "/extension", next(iter(ext))), f"{wanted} belongs here")


def _alert(r, at):
    g = r["general"]
    _order(r, at, ["general"], "first_time", "last_time")
    _extension(r, at, CATEGORY.get(str(g.get("alert_type"))[:2], "other"))


def _asset(r, at):
    b = r["general"]["basic"]
    _order(r, at, ["general", "basic"], "first_seen", "last_seen")
    if b.get("asset_subtype") == "security_product" and "product_code" not in b and \
            not fault.on("check-condition"):
        raise Fault(MISSING, at + "/general/basic/product_code", "a security product has one")
    _extension(r, at, b.get("asset_type"))


def _threat(r, at):
    g = r["general"]
    component = g.get("component")
    _order(r, at, ["general"], "create_time", "update_time")
    _order(r, at, ["general"], "valid_from", "valid_until", strict=True)
    if component == "indicator" and "valid_from" not in g and not fault.on("check-valid-from"):
        raise Fault(MISSING, at + "/general/valid_from", "an indicator has one")
    if "domain" in g and g["domain"] != DOMAIN.get(component):
        raise Fault(VALUE, at + "/general/domain", "not the domain of the component")
    if "extension" not in r and component not in ("campaign", "target"):
        raise Fault(MISSING, at + "/extension", "the component has one")
    _extension(r, at, component)
    for name in ("incident", "campaign"):
        if name in r.get("extension", {}):
            _order(r, at, ["extension", name], "start", "end")


def _behavior(r, at):
    kind = r["general"].get("behavior_type")
    if kind in ("network", "process", "file", "account", "data", "management"):
        _extension(r, at, kind)
    elif r.get("extension"):
        raise Fault(VALUE, at + "/extension", f"{kind} has no extension")


BETWEEN = {"asset": _asset, "alert": _alert, "threat": _threat, "behavior": _behavior}


def record(value, kind, at=""):
    """One record; Fault when it breaks a rule. ${kind}: what it must be."""
    if not isinstance(value, dict):
        raise Fault(UNKNOWN, at, "not an object")
    own = value.get("info_type", kind)
    if own != kind and not fault.on("check-item-kind"):
        raise Fault(VALUE, at + "/info_type", f"{kind} was announced")
    body = {k: v for k, v in value.items() if k != "info_type"}
    apply(rules(kind), body, at, free=lambda name: name.startswith("x_"))
    BETWEEN[kind](body, at)


def kind_of(value):
    """info_type of a bare record or envelope that is a known kind, or a Fault."""
    if not isinstance(value, dict):
        raise Fault(UNKNOWN, "", "not an object")
    if "info_type" not in value:
        raise Fault(MISSING, "/info_type", "missing")
    kind = value["info_type"]
    if not isinstance(kind, str):
        raise Fault(UNKNOWN, "/info_type", "not a word")
    if kind not in BETWEEN:
        raise Fault(VALUE, "/info_type", "no kind that is taken here")
    return kind


def head(value):
    """The envelope without its items. Returns the kind."""
    if not isinstance(value, dict):
        raise Fault(UNKNOWN, "", "not an object")
    apply(rules("envelope"), value, "", free=lambda name: name.startswith("x_"))
    kind = kind_of(value)
    if value["schema"].partition("/")[2] != kind and not fault.on("check-schema"):
        raise Fault(VALUE, "/schema", "does not agree with info_type")
    return kind
