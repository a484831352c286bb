#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the rows of family A into tests/peers/mutants.yaml; rows of others stay.

  manifest.py            write
  manifest.py --check    exit 1 when the file is not what would be written
  manifest.py --open     list the topics that no requirement row is named for

The requirement of a fault in the data is the owner of the rule that it breaks
(`rules` in conformance/catalogue/requirements); that of another is named by
topic in seeded/rids.py."""
import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
FILE = os.path.join(ROOT, "tests", "peers", "mutants.yaml")
sys.path.insert(0, HERE)
from seeded import rids, table  # noqa: E402

HEAD = """# SPDX-License-Identifier: Apache-2.0
# Single faults seeded into reference peers: what hutong-conform must find. `id` is
# what --fault of the peer takes, `rid` the requirement that is broken, `site`
# where: a JSON pointer or an element of the protocol. A quarter is held out: not
# to be looked at while tests are written. variant: of the call in peers.yaml, where
# the plain one does not show it. Rows of peer py are written by
# tests/peers/py/manifest.py.
kind: mutants
id: mutants
version: 0.1.0
mutants:
"""
ORDER = ("id", "peer", "role", "rid", "site", "class", "operator", "difficulty", "origin", "set", "variant",
         "description")


def owners():
    """rule or pattern -> rid, read by lines: the files are plain enough."""
    out, known = {}, set()
    for path in sorted(glob.glob(os.path.join(ROOT, "conformance/catalogue/requirements/*.yaml"))):
        rid, inside = None, False
        with open(path, encoding="utf-8") as f:
            for line in f:
                m = re.match(r"\s*- rid: (\S+)", line)
                if m:
                    rid, inside = m[1], False
                    known.add(rid)
                elif re.match(r"\s+rules:", line):
                    inside = True
                    for rule in re.findall(r"'([^']+)'", line):
                        out[rule] = rid
                elif inside and (m := re.match(r"\s+- '([^']+)'", line)):
                    out[m[1]] = rid
                elif not line.strip().startswith("-"):
                    inside = False
    return out, known


def owner(rules, rule):
    """The closest name wins: the rule itself, place#*, then places above."""
    if rule in rules:
        return rules[rule]
    place, _, word = rule.partition("#")
    if f"{place}#*" in rules:
        return rules[f"{place}#*"]
    while place:
        for name in (f"{place}.*#{word}", f"{place}.*#*", f"{place}.*"):
            if name in rules:
                return rules[name]
        place = place.rpartition(".")[0]
    return None


def make():
    """(rows, topics without a requirement)."""
    rules, known = owners()
    rows, lost = [], []
    for r in table.rows():
        rid = owner(rules, r.rule) if r.rule else rids.find(r.short, r.topic)
        if rid not in known:
            lost.append(f"{r.short} {r.topic or r.rule}" + (f" ({rid} is not there)" if rid else ""))
            rid = None
        rows.append({"id": r.id, "peer": "py", "role": r.role, "rid": rid, "site": r.site, "class": r.class_,
                     "operator": r.operator, "difficulty": r.difficulty, "origin": r.origin,
                     "set": "held_out" if r.held_out() else "dev", "variant": r.variant, "description": r.text})
    return rows, lost


def write(rows):
    def value(v):
        if v is None:
            return "null"
        return str(v) if isinstance(v, int) else json.dumps(v, ensure_ascii=False)
    return "".join("  - {" + ", ".join(f"{k}: {value(r[k])}" for k in ORDER
                                           if k != "variant" or r[k]) + "}\n" for r in rows)


def others():
    if not os.path.exists(FILE):
        return ""
    with open(FILE, encoding="utf-8") as f:
        return "".join(line for line in f if line.startswith("  - {") and 'peer: "py"' not in line)


def main():
    rows, lost = make()
    if "--open" in sys.argv:
        print("\n".join(sorted(set(lost))))
        return 0
    rows = [r for r in rows if r["rid"]]
    text = HEAD + write(rows) + others()
    if "--check" in sys.argv:
        with open(FILE, encoding="utf-8") as f:
            return 0 if f.read() == text else 1
    with open(FILE, "w", encoding="utf-8") as f:
        f.write(text)
    print(f"{len(rows)} rows, {len(lost)} without a requirement")
    return 0


if __name__ == "__main__":
    sys.exit(main())
