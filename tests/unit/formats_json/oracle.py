#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judges what the JSON reader said of generated documents, with python's json
and the rules of I-JSON that python does not have. A line of the file is:
document, what strict made of it, what tolerant made of it, in hexadecimal; "-"
for refused. Exit 1 when a verdict or a value differs."""
import json
import sys

SAFE = 2**53 - 1


class NotIJson(ValueError):
    """Python reads it, RFC 7493 (or our written choice) does not."""


def constant(name):
    raise NotIJson("constant " + name)


def integer(text):
    value = int(text)
    if not -SAFE <= value <= SAFE:
        raise NotIJson("integer out of range")
    return ("integer", text)


def number(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotIJson("number out of range")
    return ("number", text)


def check_text(text):
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise NotIJson("lone surrogate")


def members(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise NotIJson("duplicate key")
    for key in keys:
        check_text(key)
        if "\0" in key:
            raise NotIJson("U+0000 in a key")
    return ("object", pairs)


def check(value):
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, list):
        for element in value:
            check(element)
    elif isinstance(value, tuple) and value[0] == "object":
        for _, member in value[1]:
            check(member)


def read(data):
    value = json.loads(
        data.decode("utf-8"),
        parse_constant=constant,
        parse_int=integer,
        parse_float=number,
        object_pairs_hook=members,
    )
    check(value)
    return value


def judge(line):
    document, strict, tolerant = line.split()
    data = b"" if document == "." else bytes.fromhex(document)
    try:
        value, why = read(data), None
    except ValueError as error:
        value, why = None, error
    if (why is None) != (strict != "-"):
        return "strict: %s, python: %s: %r" % (strict != "-", why or "accepts", data)
    if strict != "-" and read(bytes.fromhex(strict)) != value:
        return "strict reads another value: %r" % data
    if strict != "-" and tolerant != strict:
        return "tolerant differs from strict: %r" % data
    if tolerant != "-":
        try:
            read(bytes.fromhex(tolerant))
        except ValueError as error:
            return "tolerant's output: %s: %r" % (error, data)
    return None


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        verdicts = [(line, judge(line)) for line in lines]
    bad = [text for _, text in verdicts if text]
    accepted = sum(1 for line, _ in verdicts if line.split()[1] != "-")
    repaired = sum(1 for line, _ in verdicts if line.split()[2] != "-") - accepted
    for text in bad[:20]:
        print(text)
    print("python: %d documents, %d accepted, %d repaired, %d differ"
          % (len(verdicts), accepted, repaired, len(bad)))
    enough = accepted > 1000 and repaired > 100 and len(verdicts) - accepted > 1000
    return 0 if not bad and enough else 1


if __name__ == "__main__":
    sys.exit(main())
