# SPDX-License-Identifier: Apache-2.0
"""All seeded faults as rows. Read only when a fault is asked for."""
import json
import zlib

from . import data, hooks, hooks_agent, hooks_function
from .change import Change

ROLES = {
    "hs": "http_server", "hc": "http_client", "zb": "zmq_pub", "zp": "zmq_push", "zd": "zmq_dealer",
    "zs": "zmq_sub", "ss": "syslog_sender", "sr": "syslog_receiver", "kp": "kafka_producer",
    "kc": "kafka_consumer", "fs": "function_server", "fc": "function_client", "ag": "agent",
}
HOOKS = (hooks.SERVERS, hooks.RECEIVERS, hooks.SENDERS, hooks_function.SERVER, hooks_function.CLIENT,
         hooks_agent.AGENT)


# Where it shows, if not in the plain call of the role: the variants of peers.yaml.
VARIANTS = (("z", "curve", "curve"), ("sr", "tls-client", "mtls"), ("ss", "tls-", "tls"), ("sr", "tls-", "tls"),
            ("ss", "udp-", "udp"), ("sr", "udp-", "udp"),
            ("hs", "tls-client", "mtls"), ("fs", "tls-client", "mtls"), ("hc", "tls-client", "mtls"),
            ("fc", "tls-client", "mtls"))


def _variant(role, topic):
    for roles, topics, variant in VARIANTS:
        if role.startswith(roles) and topic.startswith(topics):
            return variant
    return None


class Row:
    """id: what --fault takes. hook or change: what happens. rule: of the
    definitions, or topic: of the role; the rest as in the manifest."""

    def __init__(self, role, name, site, class_, operator, text, difficulty, **more):
        self.role, self.site, self.class_, self.operator = ROLES[role], site, class_, operator
        self.id = f"py-{role}-{name}"
        self.short = role
        self.text = text
        self.difficulty, self.origin = int(difficulty[0]), "issue" if difficulty.endswith("*") else "spec"
        self.hook, self.change = more.get("hook"), more.get("change")
        self.rule, self.topic = more.get("rule"), more.get("topic")
        self.variant = _variant(role, self.topic or "")

    def held_out(self):
        """A quarter, by a checksum of the id: chosen by nobody."""
        return zlib.crc32(self.id.encode()) % 4 == 0


def _rule(kind, pointer, rule):
    """The rule of the definitions: a place from the pointer unless it has one."""
    if not rule.startswith("#"):
        head, _, tail = rule.partition("#")
        if head.split(".")[0] in ("general", "extension"):
            return f"{kind}.{head}#{tail}"
        if head.split(".")[0] in ("source_product", "signature"):
            return f"envelope.{head}#{tail}"
        return rule
    parts = pointer.split("/")[1:]
    if parts[:2] == ["items", "0"] and len(parts) > 2:
        parts = [kind] + parts[2:]
    else:
        parts = ["envelope"] + parts
    place = ""
    for part in parts:
        place += "[]" if part.isdigit() else ("." if place else "") + part
    return place + rule


# Faults of the text have no pointer: the tester names line and octet of what it
# received.
TEXT = "received:"


def _site(op, pointer, value, rule):
    if rule.startswith("text#"):
        return TEXT
    if rule.startswith("signature."):       # put in as a whole, one member is wrong
        return "/" + rule.partition("#")[0].replace(".", "/")
    if op == "rename":
        return pointer.rsplit("/", 1)[0] + "/" + value
    if op == "set" and isinstance(value, list) and len(value) == 1 and isinstance(value[0], (str, int)):
        return pointer + "/0"
    return pointer


def _say(op, pointer, value, operator):
    shown = "" if value is None else " " + json.dumps(value, ensure_ascii=False)[:60]
    return f"{operator}: {op} {pointer or 'the text'}{shown}"


def _data_rows():
    for line in (data.TREE + data.TEXT).strip().splitlines():
        if not line:
            continue
        role, name, kind, op, pointer, rest = line.split(" ", 5)
        value, rule, operator = rest.rsplit(" ", 2)
        pointer = "" if pointer == "-" else pointer
        value = None if value == "-" else json.loads(value)
        kind = None if kind == "*" else kind
        site = _site(op, pointer, value, rule)
        change = Change(op, pointer, value, kind)
        yield Row(role, name, site, "data", operator, _say(op, pointer, value, operator), "1",
                  change=change, rule=_rule(kind, site if op == "rename" else pointer, rule))
    for line in data.BYTES.strip().splitlines():
        role, name, make, rule, operator = line.split()
        yield Row(role, name, TEXT if rule.startswith("text#") else "", "data", operator, f"{operator}: the text as sent", "1",
                  change=Change("bytes", "", data.MAKE[make]), rule=rule)


def _hook_rows():
    for table in HOOKS:
        for line in table.strip().splitlines():
            head, _, text = line.partition(" | ")
            role, hook, topic, class_, operator, difficulty, site = head.split()
            if site == "retry" and role in ("hc", "fc"):
                site = "POST /interconn/v1/"    # what comes again, or does not
            site = site.removeprefix("header:")     # as the tester names it
            name = hook[3:] if hook.startswith(role + "-") else hook
            yield Row(role, name, site, class_, operator, text, difficulty, hook=hook, topic=topic)


def rows():
    yield from _data_rows()
    yield from _hook_rows()


def find(role, name):
    for row in rows():
        if row.id == name and row.role == role:
            return row
    return None
