# SPDX-License-Identifier: Apache-2.0
"""`hutong-conform selftest`, read back line by line: what it counts is what it
lists, and what it lists is what is known (tests/peers/survivors.yaml)."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import yaml

from conform_tool import node_is_old
from harness import BIN, ROOT

TOOL = os.environ.get("HUTONG_CONFORM", os.path.join(BIN, "hutong-conform"))
PEERS = os.path.join(ROOT, "tests", "peers", "peers.yaml")
FULL = os.environ.get("CONFORM_FULL") == "1"
WITH_FAULTS = os.path.join(BIN, "hutong-conform")  # a debug build
# Of roughly this many; which ones, a hash of their names says.
MUTANTS, DUMB, DELETIONS = "20", "8", "60"
KEPT = os.path.join(ROOT, "build", "selftest")  # run folders of references in trouble
JOBS = "4"  # products at a time: they wait more than they work
# The references in the roles http_server and function_server run whole in conform_net.py.
ROLES = ["http_client", "function_client", "zmq_pub", "zmq_push", "zmq_dealer", "zmq_sub", "syslog_sender",
         "syslog_receiver", "kafka_producer", "kafka_consumer", "agent"]
failures = []


def check(ok, what):
    print(("ok    " if ok else "FAIL  ") + what, flush=True)
    if not ok:
        failures.append(what)


def selftest(*args, program=TOOL):
    p = subprocess.run([program, "--lang", "en", "--json", "--quiet", "selftest", *args],
                       stdout=subprocess.PIPE, check=False)
    rows = [json.loads(line) for line in p.stdout.decode().splitlines()]
    if not rows:
        sys.exit(f"FAIL  selftest {' '.join(args)}: exit {p.returncode} and no line")
    return p.returncode, rows


def products(*args, jobs=JOBS):
    return selftest("--part", "network", "--peers", PEERS, "--jobs", jobs, *args)


def size(n):
    return ["--full"] if FULL else ["--sample", n]


def alone():
    """The parts that need no product."""
    code, rows = selftest("--part", "logic")
    check(code == 0 and rows[-1]["broken"] == 0 and rows[-1]["rules"] > 100, f"logic: {rows[-1]}")
    code, rows = selftest("--part", "corpus", *size(DELETIONS))
    cases = [r for r in rows if "cases" in r]
    check(code == 0 and sum(r["cases"] for r in cases) >= 40 and
          all(r["cases"] == r["killed"] == r["right"] for r in cases),
          f"documents: {sum(r['cases'] for r in cases)} of a single fault, each found for its own reason")
    code, rows = selftest("--part", "ledger", *size(DELETIONS))
    total = rows[-1]
    check(code == 0 and total["deleted"] == "all" and total["tried"] >= 40 and total["unnoticed"] == 0,
          f"deletions: {total}")
    code, rows = selftest("--part", "tester", program=WITH_FAULTS)
    faults = [r for r in rows if r["fault"] != "-"]
    lost = [r["fault"] for r in faults if not r["noticed"]]
    check(code == 0 and len(faults) >= 19 and not lost, f"tester: {len(faults)} faults, not noticed: {lost}")


def mutants(known):
    _, rows = products("--kind", "mutant", "--set", "dev", *size(MUTANTS))
    tried = [r for r in rows if r.get("kind") == "mutant"]
    survivors = {r["id"] for r in tried if r.get("trouble") in ("survivor", "not run")}
    listed = {r["id"] for r in tried} & set(known)
    check(len(tried) >= 10 and len({r["role"] for r in tried}) >= 6,
          f"mutants: {len(tried)} over {len({r['role'] for r in tried})} roles")
    for r in tried:
        if r["id"] in survivors - set(known):
            check(False, f"survivor {r['role']} {r['id']} {r['rid']}: {r.get('what')}")
    check(not listed - survivors, f"known survivors that are killed: {sorted(listed - survivors)}")
    counted = next(r for r in rows if r.get("set") == "all" and "mutants" in r)
    check(counted["mutants"] == len(tried) and counted["killed"] == len(tried) - len(survivors),
          f"what is counted is what is listed: {counted}")


def lacking():
    """References that cannot be whole on this machine, and what they lack."""
    out = {("node", "http_server"): "Node.js 20"} if node_is_old() else {}
    if "NODE_MODULES" not in os.environ:
        out.update({("node", role): "kafkajs" for role in ("kafka_producer", "kafka_consumer")})
    return out


def troubled(rows, kind):
    return [r for r in rows if r.get("kind") == kind and r.get("trouble")]


def dumb():
    """Products that earn nothing. Few at a time: what is slow or silent takes long and costs little,
    and the references run beside them."""
    _, rows = products("--kind", "dumb", *size(DUMB), jobs="2" if FULL else "1")
    check(rows[-1]["dumb"] >= 3 and rows[-1]["hollow_passes"] == 0 and not troubled(rows, "dumb"),
          f"dumb products: {rows[-1]} {troubled(rows, 'dumb')}")


def kept(folder, row):
    """Which test it was is in `what`; what the product said is at the end of its transcript."""
    test = row["what"].split(" ")[0]
    run = os.path.join(folder, "-".join(x for x in (row["role"], row["peer"], row["variant"]) if x), "evidence")
    names = [n for n in sorted(os.listdir(run)) if n.startswith(test + ".")] if os.path.isdir(run) else []
    for name in names:
        with open(os.path.join(run, name), encoding="utf-8") as f:
            print("".join(f"      {name}: {line[:300].rstrip()}\n" for line in f.readlines()[-6:]), end="")


def keeps():
    """The run folder of a product in trouble stays, that of a sound one does not."""
    with tempfile.TemporaryDirectory() as top, open(PEERS, encoding="utf-8") as f:
        manifest, out = os.path.join(top, "peers.yaml"), os.path.join(top, "kept")
        peers = yaml.safe_load(f)
        py = next(p for p in peers["peers"] if p["id"] == "py")
        py["command"] = py["command"].replace("{peers}", os.path.dirname(PEERS))
        py["dumb"] = []
        peers["peers"] = [py, dict(py, id="absent", command="/bin/false")]
        peers["mutants"] = []
        with open(manifest, "w", encoding="utf-8") as g:
            json.dump(peers, g)  # which YAML is, and without anchors
        arguments = ["--part", "network", "--peers", manifest, "--role", "zmq_push", "--kind", "reference", "--out", out]
        code, rows = selftest(*arguments, "--sample", "1")
        check(code == 1 and os.listdir(out) == ["zmq_push-absent"], f"kept: {os.listdir(out)} {rows[-1]}")
        with open(os.path.join(out, "zmq_push-absent", "report.json"), encoding="utf-8") as f:
            observed = [t["observed"]["en"] for t in json.load(f)["tests"] if t.get("observed")]
        said = "the product ended before it was ready, exit status 1: it printed nothing"
        check(said in observed, f"a command that fails at once is told: {observed[:1]}")
        verified = subprocess.run([TOOL, "verify", os.path.join(out, "zmq_push-absent")], stdout=subprocess.DEVNULL,
                                  check=False).returncode
        again = subprocess.run([TOOL, "selftest", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        check(verified == 0 and again.returncode == 2 and out.encode() in again.stderr,
              f"what is kept verifies ({verified}), a folder that is there is refused: {again.stderr.decode()}")


def references():
    """Sound products, which raise no alarm: the whole catalogue of every role but
    those of conform-net (FULL: all, in every variant)."""
    full = ["--full"] if FULL else []
    shutil.rmtree(KEPT, ignore_errors=True)
    _, rows = products("--kind", "reference", "--out", KEPT, *(full or ["--role", ",".join(ROLES)]))
    bad = troubled(rows, "reference")
    for who, what in lacking().items():
        if any((r["peer"], r["role"]) == who for r in bad):
            print(f"SKIP {who[1]} of {who[0]}: needs {what}")
            bad = [r for r in bad if (r["peer"], r["role"]) != who]
    lasting = []
    for r in bad[:3]:  # once more with less at work: a lasting one is an alarm
        print("again ", r, flush=True)
        kept(KEPT, r)
        _, once_more = products("--kind", "reference", "--role", r["role"], *full, jobs="1")
        lasting += [x for x in troubled(once_more, "reference") if x["peer"] == r["peer"]]
    check(rows[-1]["references"] >= 2 * len(ROLES) - 1 and len(bad) <= 3 and not lasting,
          f"references: {rows[-1]} {lasting}")


def main():
    with open(os.path.join(ROOT, "tests", "peers", "survivors.yaml"), encoding="utf-8") as f:
        known = {s["id"]: s["why"] for s in yaml.safe_load(f)["survivors"]}
    check(all(known.values()), "each known survivor has its reason")
    with open(PEERS, encoding="utf-8") as f:
        advised = [t for p in yaml.safe_load(f)["peers"] for t in p.get("advised", [])]
    check(all(subprocess.run([TOOL, "explain", t], stdout=subprocess.DEVNULL, check=False).returncode == 0 for t in advised),
          f"what advises a reference is in the catalogue: {advised}")
    alone()
    keeps()
    mutants(known)
    with ThreadPoolExecutor(1) as beside:
        earns_nothing = beside.submit(dumb)
        references()
        earns_nothing.result()
    print(f"conform-selftest: {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
