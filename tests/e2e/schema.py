#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The exported JSON Schema and the checker must agree.

usage: schema.py HUTONG [--count N] [--seed N] [--overlay FILE]

Generates documents that the schema accepts, mutates them, and asks both
python3-jsonschema and `hutong validate` about each. What a schema cannot say is
counted, not compared: the order of two times (rule "order"), and what the strict
reader refuses as a limit of its own: texts beyond 64 KiB (a schema counts
characters, not bytes) and, in free objects, integers beyond 2^53 - 1. Any other
disagreement is printed and makes the exit status 1.
"""
import argparse
import functools
import json
import random
import subprocess
import sys
import tempfile

import jsonschema

try:
    from re import _constants as sre, _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as sre
    import sre_parse as parser


parse = functools.lru_cache(maxsize=None)(parser.parse)


@functools.lru_cache(maxsize=None)
def fitting(values, bounds):
    """Of the values of an enumeration those that the limits beside it allow."""
    limits = jsonschema.Draft202012Validator(dict(bounds))
    return [v for v in values if limits.is_valid(v)]


class Maker:
    """Documents that a schema accepts, from a seeded generator."""

    def __init__(self, schema, rng):
        self.root = schema
        self.rng = rng
        self.want = 0  # how many more repetitions a length asks for

    def resolve(self, schema):
        while "$ref" in schema:
            node = self.root
            for step in schema["$ref"][2:].split("/"):
                node = node[step]
            rest = {k: v for k, v in schema.items() if k != "$ref"}
            schema = {**node, **rest}
        return schema

    def from_class(self, items):
        chars = []
        for op, arg in items:
            if op is sre.LITERAL:
                chars.append(chr(arg))
            elif op is sre.RANGE:
                chars.extend(chr(c) for c in range(arg[0], arg[1] + 1))
        return self.rng.choice(chars)

    def from_tree(self, tree):
        out = []
        for op, arg in tree:
            if op is sre.LITERAL:
                out.append(chr(arg))
            elif op is sre.IN:
                out.append(self.from_class(arg))
            elif op is sre.BRANCH:
                out.append(self.from_tree(self.rng.choice(arg[1])))
            elif op is sre.SUBPATTERN:
                out.append(self.from_tree(arg[3]))
            elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
                low, high, sub = arg
                high = min(int(high), low + 6 + self.want)
                for _ in range(self.rng.randint(low, high)):
                    out.append(self.from_tree(sub))
            elif op in (sre.AT, sre.ASSERT_NOT):
                continue
            else:
                raise ValueError(f"no generator for {op}")
        return "".join(out)

    def text(self, schema):
        low = schema.get("minLength", 0)
        high = schema.get("maxLength", 40)
        if "pattern" in schema:
            self.want = low // 2
            for _ in range(2000):
                s = self.from_tree(parse(schema["pattern"]))
                if low <= len(s) <= high:
                    return s
            raise ValueError(schema["pattern"])
        n = self.rng.choice([low, min(high, low + 7), min(high, 60), high if high < 600 else low])
        return "".join(self.rng.choice("aZ09 -_/:.中文é\U0001f600\"\\\t") for _ in range(n))

    def number(self, schema, whole):
        low = schema.get("minimum", -1000)
        high = schema.get("maximum", low + 100000)
        v = self.rng.choice([low, high, self.rng.randint(int(low), int(high))])
        if whole:
            return self.rng.choice([v, v, v, float(v)])
        return self.rng.choice([v, max(low, min(high, v + 0.5))])

    def value(self, schema):
        schema = self.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            bounds = tuple((k, schema[k]) for k in ("pattern", "minLength", "maxLength") if k in schema)
            return self.rng.choice(fitting(tuple(schema["enum"]), bounds))
        kind = schema.get("type")
        if kind == "object":
            return self.object(schema)
        if kind == "array":
            low = schema.get("minItems", 0)
            n = self.rng.choice([low, low + 1, min(low + 3, schema.get("maxItems", low + 3))])
            return [self.value(schema["items"]) for _ in range(n)]
        if kind == "string":
            return self.text(schema)
        if kind == "integer":
            return self.number(schema, True)
        if kind == "number":
            return self.number(schema, False)
        if kind == "boolean":
            return self.rng.choice([True, False])
        return self.rng.choice([None, 1, "x", [], {}])

    def object(self, schema):
        if "properties" not in schema:
            return {f"k{self.rng.randint(0, 9)}": self.value({}) for _ in range(self.rng.randint(0, 2))}
        must = set(schema.get("required", []))
        may = [k for k in schema["properties"] if k not in must]
        share = self.rng.choice([0, 0.1, 0.5, 1])
        names = must | {k for k in may if self.rng.random() < share}
        if "maxProperties" in schema:
            names = {self.rng.choice(list(schema["properties"]))}
        elif len(names) < schema.get("minProperties", 0):
            names.add(self.rng.choice(may))
        for choice in [self.rng.choice(schema["anyOf"])] if "anyOf" in schema else []:
            names |= set(choice["required"])
        return {k: self.value(s) for k, s in schema["properties"].items() if k in names}


def repair(doc, validator):
    """Take out what only other values of other members would allow."""
    for _ in range(4):
        bad = [e for e in validator.iter_errors(doc) if e.schema is False or e.validator == "minProperties"]
        for e in bad:
            node = doc
            for step in list(e.absolute_path)[:-1]:
                node = node.get(step, {}) if isinstance(node, dict) else node[step]
            if isinstance(node, dict):
                node.pop(e.absolute_path[-1], None)
        if not bad:
            return doc
    return doc


def places(doc):
    """Every (container, key) of a document."""
    stack = [doc]
    while stack:
        node = stack.pop()
        items = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
        for key, value in items:
            yield node, key
            if isinstance(value, (dict, list)):
                stack.append(value)


ODD = [None, True, False, 0, 1, -1, 1.0, 1.5, 1e2, 65536, 2**53, "", " ", "1", "中" * 300, "x" * 70000, [], {}, [[]],
       {"a": 1}, "01007", "10000", "01999", "02001", "10", "MI", "high", "5", "2026-11-22T10:00:00Z",
       "2026-02-29T10:00:00Z", "2024-02-29T23:59:59.123456789+14:00", "2016-12-31T23:59:60Z", "2017-01-01T07:59:60+08:00",
       "2026-11-22T10:00:00", "2026-11-22t10:00:00z", "2026-11-22T10:00:00+14:01", "2200-01-01T00:00:00Z",
       "2026-11-22 10:00:00", "192.0.2.1", "192.0.2.01", "192.0.2.1/24", "192.0.2.1/033", "256.1.1.1", "1.2.3", "::",
       "::1", "1::", ":::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1::2:3:4:5:6:7:8", "::ffff:192.0.2.1", "::1/128",
       "::1/129", "fe80::1%eth0", "2001:DB8::G", "00:1a:2B:3c:4d:5e", "00-1a-2b-3c-4d-5e", "a.b", "-a.b", "a" * 64,
       "a_b", "/x", "x:y", "http://[::1]/%41?#", "http://a b", "%zz", "CVE-2024-1", "AAAA", "AAA=", "AAB=", "AA==",
       "AB==", "0g", "0F", "security_product", "٣", 7258118399999, 7258118400000, "设备", "成功"]


def mutate(doc, rng):
    spots = list(places(doc))
    node, key = rng.choice(spots)
    how = rng.randrange(8)
    if how == 0:
        del node[key]
    elif how == 1 and isinstance(node, dict):
        node[rng.choice(["x_more", "more", "info_type", "general", "extension", "other", "data"])] = rng.choice(ODD)
    elif how == 2 and isinstance(node[key], str) and node[key]:
        s = node[key]
        i = rng.randrange(len(s))
        node[key] = rng.choice([s[:i] + rng.choice("aZ9 :./-\n٣") + s[i + 1:], s + "\n", s[:-1], " " + s, s + s,
                                s.upper(), s.lower()])
    elif how == 3 and isinstance(node[key], list):
        node[key] = node[key] * rng.choice([0, 2, 70])
    elif how == 4 and isinstance(node[key], (int, float)) and not isinstance(node[key], bool):
        node[key] = rng.choice([-node[key], node[key] + 0.5, node[key] * 1000, str(node[key])])
    elif how == 5 and isinstance(node, dict) and isinstance(node[key], dict) and node[key]:
        other = rng.choice(list(node[key]))
        node[rng.choice(["attack", "device", "malware", "other"])] = node[key].pop(other)
    else:
        node[key] = rng.choice(ODD)
    return doc


def beyond_reader(doc):
    values = [node[key] for node, key in places(doc)]
    return any(isinstance(v, str) and len(v.encode()) > 65536 or
               isinstance(v, (int, float)) and abs(v) >= 2**53 for v in values)


def faults(hutong, options, documents):
    """Per line: None when clean, else the set of rules broken."""
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as f:
        for d in documents:
            f.write(json.dumps(d, ensure_ascii=False) + "\n")
        f.flush()
        run = subprocess.run([hutong, *options, "validate", "--json", "--max-findings", "0", f.name],
                             stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1, 65):
        sys.exit(f"hutong validate ended with {run.returncode}")
    found = {}
    for line in run.stdout.decode().splitlines():
        item = json.loads(line)
        if "unreadable" in item:
            found.setdefault(item["line"], set()).add("unreadable")
        elif "severity" in item and item["severity"] == "error":
            found.setdefault(item["line"], set()).add(item["rule"].split("#")[1])
    return [found.get(i + 1, set()) for i in range(len(documents))]


def compare(name, schema, args, options):
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    rng = random.Random(args.seed)
    maker = Maker(schema, rng)
    documents = []
    for i in range(args.count):
        d = json.loads(json.dumps(maker.value(schema)))
        if name == "envelope":
            kind = rng.choice(["alert", "asset", "threat", "behavior"])
            names = {v["x-key"]: k for k, v in schema["properties"].items()}
            if rng.random() < 0.9:
                d[names["envelope.info_type"]] = kind
            record = {"$ref": f"#/$defs/record_{kind}"}
            d[names["envelope.items"]] = [maker.value(record) for _ in range(rng.randint(1, 3))]
        d = repair(d, validator)
        for _ in range(rng.choice([0, 1, 1, 2])):
            if not list(places(d)):
                break
            d = mutate(d, rng)
        documents.append(d)
    rules = faults(args.hutong, options, documents)
    valid = order = long = wrong = 0
    for d, broken in zip(documents, rules):
        accepted = validator.is_valid(d)
        valid += accepted
        if broken == {"order"}:
            order += 1
            broken = set()
        if broken == {"unreadable"} and beyond_reader(d):
            long += 1
        elif accepted != (not broken):
            wrong += 1
            if wrong <= 10:
                why = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:100]}"
                       for e in list(validator.iter_errors(d))[:3]]
                print(f"{name}: schema {'accepts' if accepted else why}, checker {sorted(broken) or 'accepts'}:\n  "
                      f"{json.dumps(d, ensure_ascii=False)[:2000]}")
    print(f"{name}: {len(documents)} documents, {valid} valid by the schema, {order} with times out of order, "
          f"{long} beyond the reader's limits, {wrong} disagreements")
    return wrong


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hutong")
    p.add_argument("--count", type=int, default=2500)
    p.add_argument("--seed", type=int, default=20986)
    p.add_argument("--overlay")
    args = p.parse_args()
    options = ["--overlay", args.overlay] if args.overlay else []
    wrong = 0
    for kind in ("alert", "asset", "threat", "behavior", "envelope"):
        command = [args.hutong, *options, "--quiet", "standard", "export", "--format", "json-schema"]
        if kind != "envelope":
            command += ["--kind", kind]
        schema = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        wrong += compare(kind, schema, args, options)
    sys.exit(1 if wrong else 0)


main()
