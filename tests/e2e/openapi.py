#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI export without a validator: every $ref leads somewhere, each
operation is there with its request and response, and the schemas of the bodies
take the base documents of the checker's vectors and refuse the broken ones (but
for the order of two times, which no schema can say).

usage: openapi.py HUTONG FILE        openapi.py --references FILE
"""
import copy
import glob
import json
import os
import subprocess
import sys

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "unit", "formats_check", "vectors", "body-*.jsonl")


def references(doc):
    """Every $ref of the document."""
    todo = [doc]
    while todo:
        at = todo.pop()
        if isinstance(at, dict):
            if isinstance(at.get("$ref"), str):
                yield at["$ref"]
            todo.extend(at.values())
        elif isinstance(at, list):
            todo.extend(at)


def find(doc, ref):
    for part in ref.removeprefix("#/").split("/"):
        doc = doc[part.replace("~1", "/").replace("~0", "~")]
    return doc


def expand(value):
    if isinstance(value, dict) and "times" in value:
        if "list" in value:
            return [value["list"]] * value["times"]
        return value["repeat"] * value["times"]
    return value


def parent(doc, pointer):
    parts = pointer.split("/")[1:]
    for part in parts[:-1]:
        doc = doc[int(part) if isinstance(doc, list) else part]
    return doc, int(parts[-1]) if isinstance(doc, list) else parts[-1]


def patched(base, line):
    doc = copy.deepcopy(base)
    for pointer in line[3] if len(line) > 3 else ():
        at, key = parent(doc, pointer)
        del at[key]
    for pointer, value in line[2].items():
        if pointer == "":
            return value
        at, key = parent(doc, pointer)
        at[key] = expand(value)
    return doc


def vectors(doc):
    taken = refused = 0
    kinds = set()
    for name in sorted(glob.glob(VECTORS)):
        for number, text in enumerate(open(name, encoding="utf-8"), 1):
            line = json.loads(text)
            where = f"{os.path.basename(name)}:{number}"
            if isinstance(line, dict):
                base = line["base"]
                kinds.add(line["body"])
                schema = {"$ref": "#/components/schemas/" + line["body"], "components": doc["components"]}
                judge = jsonschema.Draft202012Validator(schema)
                judge.validate(base)
                taken += 1
            elif not line[0].endswith("#order"):
                if judge.is_valid(patched(base, line)):
                    sys.exit(f"{where}: the schema takes what breaks {line[0]}")
                refused += 1
    return taken, refused, kinds


def operations(hutong, doc):
    listed = json.loads(subprocess.run([hutong, "--quiet", "--json", "standard", "list", "interface"],
                                       stdout=subprocess.PIPE, check=True).stdout)
    base = doc["servers"][0]["url"].removeprefix("https://{host}")
    for o in listed:
        call = doc["paths"][o["path"].removeprefix(base)]["post"]
        body = json.dumps(call["requestBody"])
        for name in (o["params"], "command.request"):
            assert f"#/components/schemas/{name}" in body, o
        answer = json.dumps(call["responses"]["200"])
        assert f"#/components/schemas/{o['result']}" in answer, o
        assert ("202" in call["responses"]) == o["async"], o
        for status in ("400", "401", "403", "404", "409", "413", "415", "429", "500", "503"):
            assert status in call["responses"], (o["path"], status)
    names = [c["operationId"] for p in doc["paths"].values() for c in p.values()]
    assert len(names) == len(set(names)), "an operationId stands twice"
    return len(listed)


def main():
    doc = json.load(open(sys.argv[-1], encoding="utf-8"))
    assert doc["openapi"] == "3.1.0"
    refs = set(references(doc))
    for ref in refs:
        find(doc, ref)
    print(len(refs), "references lead somewhere")
    if sys.argv[1] == "--references":
        return
    print(operations(sys.argv[1], doc), "operations")
    taken, refused, kinds = vectors(doc)
    bodies = {n for n in doc["components"]["schemas"] if "." in n}
    assert kinds == bodies, kinds ^ bodies
    print(taken, "bodies are taken,", refused, "broken ones refused")


main()
