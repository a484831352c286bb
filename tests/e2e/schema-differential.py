#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The checker against python3-jsonschema under the exported JSON Schema.

Documents are drawn from the exported schema itself (so they are valid, also at
the edges of every pattern), most are then broken in one to three places, and both
sides judge each: `hutong validate` and the schema. They must agree, but for the
classes of ALLOWED, which say why. The same again under the alien edition.

usage: schema-differential.py HUTONG [--count N] [--seed N]
"""
import argparse
import json
import os
import random
import subprocess
import sys

import jsonschema

try:
    import re._constants as sre
    import re._parser as sre_parser
except ImportError:  # Python before 3.11
    import sre_constants as sre
    import sre_parse as sre_parser

HERE = os.path.dirname(os.path.abspath(__file__))
ALIEN = os.path.join(HERE, "alien", "alien.yaml")

# Classes of disagreement that are right: (verdict of the schema, a test over the
# rules our checker named) and the reason.
ALLOWED = [
    (True, lambda rules: all(r.endswith("#order") for r in rules),
     "a JSON Schema cannot compare two times"),
]


class Draw:
    """Random values that fit a schema."""

    def __init__(self, schema, rng):
        self.root = schema
        self.rng = rng
        self.parsed = {}

    def resolve(self, s):
        out = {}
        while isinstance(s, dict) and "$ref" in s:
            out.update({k: v for k, v in s.items() if k != "$ref"})
            s = self.root["$defs"][s["$ref"].rsplit("/", 1)[1]]
        return {**s, **out} if isinstance(s, dict) else s

    def pattern(self, text):
        if text not in self.parsed:
            self.parsed[text] = sre_parser.parse(text)
        return self.sequence(self.parsed[text])

    def sequence(self, items):
        return "".join(self.atom(op, arg) for op, arg in items)

    def atom(self, op, arg):
        rng = self.rng
        if op == sre.LITERAL:
            return chr(arg)
        if op == sre.IN:
            return self.member(arg)
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, inner = arg
            high = min(high, low + rng.choice((0, 1, 3, 20)))
            return "".join(self.sequence(inner)
                           for _ in range(rng.randint(low, high)))
        if op == sre.BRANCH:
            return self.sequence(rng.choice(arg[1]))
        if op == sre.SUBPATTERN:
            return self.sequence(arg[-1])
        if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            return ""
        raise ValueError("pattern uses %s" % op)

    def member(self, items):
        if items[0][0] == sre.NEGATE:
            raise ValueError("pattern uses a negated set")
        op, arg = self.rng.choice(items)
        return chr(arg) if op == sre.LITERAL else chr(self.rng.randint(*arg))

    def string(self, s):
        low, high = s.get("minLength", 0), s.get("maxLength", 40)
        if "pattern" in s:
            for _ in range(50):
                text = self.pattern(s["pattern"])
                if low <= len(text) <= high:
                    return text
            if all(x[0] != sre.BRANCH for x in self.parsed[s["pattern"]]):
                return self.repeated(s["pattern"], low)
            raise ValueError("no text for " + s["pattern"])
        if low <= 16 <= high and self.rng.random() < 0.02:
            return "security_product"  # a condition of presence asks for it
        n = self.rng.choice((low, low + 1, min(high, 60), min(high, 8)))
        n = max(low, min(n, high))
        return "".join(self.rng.choice("aZ09 ./:-_中é😀\"\\\n") for _ in range(n))

    def repeated(self, pattern, length):
        """A text of a wanted length, for patterns that are one repeated group."""
        text = ""
        while len(text) < length:
            text += self.pattern(pattern)
        return text[:length]

    def number(self, s):
        low, high = s.get("minimum", -1000), s.get("maximum", 1 << 40)
        v = self.rng.choice((low, high, self.rng.randint(int(low), int(high))))
        if s["type"] == "number" and self.rng.random() < 0.3:
            return min(max(v + 0.25, low), high)
        return float(v) if self.rng.random() < 0.1 else v

    def object(self, s):
        names = list(s.get("properties", {}))
        need = set(s.get("required", ()))
        wanted = [n for n in names if n in need or self.rng.random() < 0.4]
        most = s.get("maxProperties", len(names))
        if len(wanted) > most:
            wanted = self.rng.sample(wanted, most)
        if not wanted and s.get("minProperties", 0) and names:
            wanted = [self.rng.choice(names)]
        for choice in s.get("anyOf", ()):
            if choice.get("required") and not any(
                    set(c.get("required", ())) <= set(wanted)
                    for c in s["anyOf"]):
                wanted.append(choice["required"][0])
        out = {n: self.value(s["properties"][n]) for n in wanted}
        if not names:
            out = {"free": self.rng.choice((1, "x", None, [], {}))}
        return out

    def value(self, s):
        s = self.resolve(s)
        if s is True:
            return self.rng.choice((1, "x", None, [1], {"a": 1}))
        if "enum" in s:
            fits = [v for v in s["enum"] if isinstance(v, int) or
                    (s.get("minLength", 0) <= len(v) <=
                     s.get("maxLength", 1 << 20))]
            return self.rng.choice(fits)
        if "const" in s:
            return s["const"]
        kind = s.get("type")
        if kind == "string":
            return self.string(s)
        if kind in ("integer", "number"):
            return self.number(s)
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind == "array":
            low = s.get("minItems", 0)
            n = self.rng.choice((low, 1, 2)) if low < 2 else low
            return [self.value(s["items"]) for _ in range(max(n, low))]
        if kind == "object":
            return self.object(s)
        raise ValueError("cannot draw from %s" % s)


def forbidden(schema):
    """What the conditions of a record schema exclude: (path, value) to the
    members that may not stand with it, as (parent or None, name)."""
    out = {}
    for rule in schema.get("allOf", ()):
        place, s = [], rule.get("if", {})
        while s.get("properties"):
            name, s = next(iter(s["properties"].items()))
            place.append(name)
        gone = []
        for name, sub in rule.get("then", {}).get("properties", {}).items():
            if sub is False:
                gone.append((None, name))
            for inner, value in (sub.get("properties", {}).items()
                                 if isinstance(sub, dict) else ()):
                if value is False:
                    gone.append((name, inner))
        for v in s.get("enum", ()):
            out.setdefault((tuple(place), v), set()).update(gone)
    return out


def make_valid(doc, rules, draw):
    """Choose the value of a category so that it allows the extension given;
    where none does (a flat edition drew members of several), drop members."""
    for path in sorted({p for p, _ in rules}):
        at, s = doc, draw.resolve(draw.root)
        for step in path:
            s = draw.resolve(s["properties"][step])
        for step in path[:-1]:
            at = at.get(step, {})
        if path[-1] not in at or "enum" not in s:
            continue
        values = [v for v in s["enum"]
                if isinstance(v, int) or len(v) <= s.get("maxLength", 99)
                and len(v) >= s.get("minLength", 0)]
        fits = [v for v in values if not any(
            name in (doc.get(up, {}) if up else doc)
            for up, name in rules.get((path, v), ()))]
        at[path[-1]] = draw.rng.choice(fits or values)
        for up, name in rules.get((path, at[path[-1]]), ()):
            (doc.get(up, {}) if up else doc).pop(name, None)


def places(doc):
    """Every (container, key) of a document."""
    out, todo = [], [doc]
    while todo:
        o = todo.pop()
        pairs = o.items() if isinstance(o, dict) else enumerate(o)
        for key, value in list(pairs):
            out.append((o, key))
            if isinstance(value, (dict, list)):
                todo.append(value)
    return out


def bend_string(text, rng):
    at = rng.randrange(len(text) + 1)
    return rng.choice((
        lambda: text[:at] + rng.choice("0aZ:.-/ %é٣\n\0g") + text[at:],
        lambda: text[:at] + text[at + 1:],
        lambda: text[:at] + rng.choice("019afAF:.TZ+-") + text[at + 1:],
        lambda: text + "\n",
        lambda: " " + text,
        lambda: text * 9,
        lambda: text.upper(),
        lambda: text.swapcase(),
        lambda: "",
        lambda: text[::-1],
        lambda: "security_product",
        lambda: "2026-02-29T24:00:60Z",
    ))()


def bend_number(v, rng):
    return rng.choice((v + 1, v - 1, -v, v + 0.5, float(v), 0, -1, 65536, 1e3,
                       (1 << 53) - 1, 4102444800000, 1e17))


def mutate(doc, rng):
    options = places(doc)
    if not options:
        return
    o, key = rng.choice(options)
    value = o[key]
    roll = rng.random()
    if roll < 0.2:
        del o[key]
    elif roll < 0.35:
        o[key] = rng.choice((None, True, 7, 1.5, "x", [], {}, [{}], "7"))
    elif roll < 0.45:
        target = value if isinstance(value, dict) else doc
        target[rng.choice(("nosuch", "x_own", "X_own", "", "info_type", "a/b",
                           "general", "items"))] = rng.choice((1, "alert", {}))
    elif roll < 0.5:
        other, name = rng.choice(options)
        if name in other if isinstance(other, dict) else name < len(other):
            o[key] = json.loads(json.dumps(other[name]))
    elif isinstance(value, str):
        o[key] = bend_string(value, rng)
    elif isinstance(value, bool):
        o[key] = int(value)
    elif isinstance(value, (int, float)):
        o[key] = bend_number(value, rng)
    elif isinstance(value, list) and value:
        o[key] = value * rng.choice((2, 70)) if rng.random() < 0.7 else []
    elif isinstance(value, dict):
        o[key] = {}


class Edition:
    def __init__(self, hutong, overlay):
        self.name = "alien" if overlay else "shipped"
        self.base = [hutong, "--lang", "en"]
        if overlay:
            self.base += ["--overlay", overlay]

    def run(self, args, **more):
        return subprocess.run(self.base + args, stdout=subprocess.PIPE, **more)

    def schema(self, kind):
        args = ["standard", "export", "--format", "json-schema"]
        got = self.run(args + (["--kind", kind] if kind else []), check=True)
        return json.loads(got.stdout)

    def judge(self, docs):
        """The rules that each document breaks, by our checker."""
        text = "".join(json.dumps(d) + "\n" for d in docs).encode()
        got = self.run(["--json", "validate", "--max-findings", "0", "-"],
                       input=text)
        rules = [[] for _ in docs]
        for line in got.stdout.splitlines():
            finding = json.loads(line)
            if "line" in finding:
                rules[finding["line"] - 1].append(
                    finding.get("rule", finding.get("unreadable")))
        if b'"summary"' not in got.stdout:
            sys.exit("hutong validate gave no summary")
        return rules


def documents(schema, count, rng):
    draw, out = Draw(schema, rng), []
    rules = forbidden(schema)
    for i in range(count):
        doc = draw.object(draw.resolve(schema))
        make_valid(doc, rules, draw)
        if i % 3:
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                mutate(doc, rng)
        out.append(doc)
    return out


def envelopes(schema, records, count, rng):
    draw, out = Draw(schema, rng), []
    shape = {**schema, "properties": dict(schema["properties"])}
    for i in range(count):
        doc = draw.object(shape)
        kind = rng.choice(list(records))
        name = "info_type" if "info_type" in doc else "infoType"
        doc[name] = kind
        doc["items"] = [json.loads(json.dumps(rng.choice(records[kind])))
                        for _ in range(rng.choice((1, 1, 2, 3)))]
        for item in doc["items"]:
            if rng.random() < 0.3:
                item.pop("info_type", None)
        if i % 3:
            mutate(doc, rng)
        out.append(doc)
    return out


class Score:
    def __init__(self):
        self.total = self.valid = self.wrong = 0
        self.allowed = {}
        self.rules = set()

    def compare(self, what, schema, docs, rules):
        validator = jsonschema.Draft202012Validator(schema)
        for doc, named in zip(docs, rules):
            theirs = validator.is_valid(doc)
            self.rules.update(named)
            self.total += 1
            self.valid += theirs
            if theirs == (not named):
                continue
            why = next((w for verdict, fits, w in ALLOWED
                        if verdict == theirs and fits(named)), None)
            if why:
                self.allowed[why] = self.allowed.get(why, 0) + 1
                continue
            self.wrong += 1
            if self.wrong <= 20:
                print("DISAGREE %s: schema says %s, checker %s" %
                      (what, theirs, named))
                print("   ", json.dumps(doc, ensure_ascii=False)[:600])
                if not theirs:
                    for e in list(validator.iter_errors(doc))[:3]:
                        print("    schema:", e.message[:200], list(e.path))


def run_edition(edition, count, seed, score):
    records = {}
    for kind in ("alert", "asset", "threat", "behavior"):
        schema = edition.schema(kind)
        rng = random.Random("%s %s %d" % (edition.name, kind, seed))
        docs = documents(schema, count, rng)
        rules = edition.judge(docs)
        score.compare("%s %s" % (edition.name, kind), schema, docs, rules)
        good = [d for d, r in zip(docs, rules) if not r]
        records[kind] = good[:50] + docs[1:3]
    schema = edition.schema(None)
    rng = random.Random("%s envelope %d" % (edition.name, seed))
    docs = envelopes(schema, records, count // 4, rng)
    score.compare(edition.name + " envelope", schema, docs,
                  edition.judge(docs))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hutong")
    p.add_argument("--count", type=int, default=2000, help="records a kind")
    p.add_argument("--seed", type=int, default=20261122)
    args = p.parse_args()
    score = Score()
    run_edition(Edition(args.hutong, None), args.count, args.seed, score)
    run_edition(Edition(args.hutong, ALIEN), args.count // 2, args.seed, score)
    for why, n in sorted(score.allowed.items()):
        print("allowed %d: %s" % (n, why))
    print("%d documents, %d valid, %d rules broken, %d disagreements" %
          (score.total, score.valid, len(score.rules), score.wrong))
    if not score.total // 5 < score.valid < score.total * 4 // 5:
        print("the mix is off: too few valid or too few broken documents")
        return 1
    return 1 if score.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
