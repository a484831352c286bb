#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every error and diagnostic has a Chinese row, every row a use, their slots agree.

The formats given to err_set, err_errno, diag_add and the functions that pass a text
on to them are taken out of the sources and compared with the catalogue. A format
without a word of its own ("%s: %s") carries other messages and has no row.
Usage: tests/messages.py [ROOT]; exit 1 when something is wrong.
"""
import errno
import json
import os
import re
import sys

FOLDERS = ("formats", "agent", "transport", "conformance")
CATALOGUE = "formats/base/data/messages.zh.yaml"
# function, file it is limited to, argument of the text, what the function appends
CALLS = (
    ("err_set", "", 3, ""),
    ("err_errno", "", 2, ": %s"),
    ("diag_add", "", 5, ""),
    ("yaml_error", "", 2, ""),
    ("yaml_key_error", "", 2, ""),
    ("compile_error", "", 3, ""),
    ("draft_error", "", 2, ""),
    ("read_fail", "formats/json/", 3, ""),
    ("refuse", "formats/base/yaml.c", 2, ""),
    ("fail", "formats/mapping/cond.c", 1, ""),
    ("say", "formats/mapping/lint.c", 4, ""),
    ("complain", "formats/standard/interface_resolve.c", 1, ": '%s'"),
    ("bad", "agent/source/address.c", 2, ""),
    ("gate_trouble", "agent/source/", 3, ""),
    ("gate_trouble_errno", "agent/source/", 2, ": %s"),
    ("file_trouble", "agent/source/", 3, ""),
    ("file_trouble_errno", "agent/source/", 2, ": %s"),
    ("lose", "agent/source/file_scan.c", 2, ""),
    ("fail", "transport/tls.c", 2, "%s"),
    ("bad_row", "conformance/ledger/lint.c", 2, "%s"),
    ("bad_test", "conformance/ledger/lint.c", 2, "%s"),
    ("bad_case", "conformance/ledger/lint.c", 2, "%s"),
    ("bad", "conformance/steps/lint.c", 2, "%s"),
)
TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|\s+|.""",
    re.S)
CONVERSION = re.compile(r"%[-+ #0-9.*]*(?:hh|h|ll|l|z|j|t)?[sducxoi]")
ROW = re.compile(r'^  - \{en: ("(?:\\.|[^"\\])*"), zh: ("(?:\\.|[^"\\])*")\}$')


def tokens(text):
    line = 1
    for m in TOKEN.finditer(text):
        s = m.group()
        if not s.isspace() and not s.startswith(("/*", "//")):
            yield s, line
        line += s.count("\n")


def unquote(literal):
    return literal[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def literals(words):
    """String literals among words, adjacent ones joined; PRIu64 and the like are
    conversions between two of them."""
    out, joined = [], False
    for w in words:
        if w.startswith('"'):
            out[-1:] = [out[-1] + unquote(w)] if joined else out[-1:] + [unquote(w)]
            joined = True
        elif w.startswith("PRI") and joined:
            out[-1] += "llu"
        else:
            joined = False
    return out


def arguments(words, at):
    """The arguments of the call whose '(' is words[at]."""
    out, depth, i = [[]], 1, at + 1
    while depth and i < len(words):
        w = words[i][0]
        depth += (w in "([{") - (w in ")]}")
        if depth == 1 and w == ",":
            out.append([])
        elif depth:
            out[-1].append(w)
        i += 1
    return out


def shape(fmt):
    """The format with its slots as the loader sees them: conversions side by side
    are one, of a number only when it stands alone."""
    def one(m):
        kinds = CONVERSION.findall(m.group())
        return "\0#" if len(kinds) == 1 and kinds[0][-1] not in "sc" else "\0*"
    return re.sub(f"(?:{CONVERSION.pattern})+", one, fmt)


def sources(root):
    for folder in FOLDERS:
        for where, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(where, name)
                    with open(path, encoding="utf-8") as f:
                        yield os.path.relpath(path, root), list(tokens(f.read()))


def scan(root):
    """{shape: (format, place)} of all messages; all string literals of the sources."""
    found, texts = {}, set()
    for path, words in sources(root):
        texts.update(literals(w for w, _ in words))
        for i, (word, line) in enumerate(words[:-1]):
            if words[i + 1][0] != "(":
                continue
            for name, only, at, more in CALLS:
                if word != name or not path.startswith(only):
                    continue
                args = arguments(words, i + 1)
                for text in literals(args[at]) if at < len(args) else []:
                    text = re.sub(r"%[12]", "%s", text) if name == "say" else text
                    if re.search(r"[^\W_]", CONVERSION.sub("", text + more)):
                        found.setdefault(shape(text + more),
                                         (text + more, f"{path}:{line}"))
    return found, texts


def rows(root):
    """(section, en, zh, line) of the catalogue."""
    section = None
    with open(os.path.join(root, CATALOGUE), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            m = ROW.match(line)
            if m:
                yield section, json.loads(m.group(1)), json.loads(m.group(2)), number
            elif re.match(r"^[a-z]+:$", line):
                section = line[:-1]
            elif line and not re.match(r"^ *#", line):
                sys.exit(f"{CATALOGUE}:{number}: a row is one line: {line}")


def used(section, en, found, texts, errnos):
    if section == "errno":
        return en in errnos
    if section == "messages":
        return shape(en) in found
    return all(any(p in t for t in texts)
               for p in re.split("\0[*#]", shape(en)) if p)


def main(root):
    found, texts = scan(root)
    errnos = {os.strerror(n) for n in errno.errorcode}
    bad, have, count = [], set(), 0
    for section, en, zh, number in rows(root):
        place, count = f"{CATALOGUE}:{number}", count + 1
        slots = re.findall("\0[*#]", shape(en))
        named = sorted(int(n) for n in re.findall(r"\{([1-8])~?\}", zh))
        if named != list(range(1, len(slots) + 1)):
            bad.append(f"{place}: zh has the slots {named}, en has {len(slots)}: {en}")
        if not re.search(r"[^\s]", CONVERSION.sub("", en)):
            bad.append(f"{place}: a row of slots alone: {en}")
        if shape(en) in have:
            bad.append(f"{place}: stands twice: {en}")
        if not used(section, en, found, texts, errnos):
            bad.append(f"{place}: no source says this any more: {en}")
        have.add(shape(en))
    for key, (text, place) in sorted(found.items(), key=lambda kv: kv[1][1]):
        # "a: b" is read as a head and a message: "in %s: %s" says "in %s: %s: %s" too.
        if key not in have and re.sub("\0\\*: \0\\*$", "\0*", key) not in have:
            bad.append(f"{place}: no Chinese row in {CATALOGUE} for: {text}")
    print("\n".join(bad + [f"messages: {len(found)} of the sources, {count} rows, "
                           f"{len(bad)} wrong"]))
    return 1 if bad or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else
                  os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")))
