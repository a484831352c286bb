#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the keys of every input and output type into hutong.yaml.5, from the
tables of the program itself.

    packaging/man/options.py HUTONG           rewrite the part between the marks
    packaging/man/options.py HUTONG --check   exit 1 when it is not up to date
"""
import json
import os
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hutong.yaml.5")
BEGIN = '.\\" begin of what options.py writes\n'
END = '.\\" end of what options.py writes\n'


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def section(rows):
    out, last = [], None
    for r in rows:
        if r["type"] == "*":
            continue
        if (r["of"], r["type"]) != last:
            if last:
                out.append(".El")
            last = (r["of"], r["type"])
            out.append(f".Ss {r['of'].capitalize()} type {r['type']}")
            out.append(".Bl -tag -width Ds")
        notes = []
        if r["required"]:
            notes.append("required")
        if "default" in r:
            notes.append(f"default {r['default']}" if r["default"] else "default empty")
        if "values" in r:
            notes.append(" or ".join(r["values"]))
        out.append(f".It Li {r['name']}")
        out.append(escape(r["help"]) + (f" ({escape('; '.join(notes))})." if notes else "."))
    return "\n".join(out + [".El"]) + "\n"


def main():
    rows = json.loads(subprocess.run([sys.argv[1], "--lang", "en", "--json", "check", "--options"],
                                     check=True, capture_output=True, text=True).stdout)
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    head, rest = page.split(BEGIN)
    tail = rest.split(END)[1]
    new = head + BEGIN + section(rows) + END + tail
    if "--check" in sys.argv[2:]:
        if new != page:
            print("packaging/man/hutong.yaml.5 is not what packaging/man/options.py writes")
        return new != page
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
