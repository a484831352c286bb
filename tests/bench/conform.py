#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hutong-conform over exported files: CPU seconds beside those of `wc -lw` and
`sha256sum` over the same bytes, in turn, in one run; and the catalogue's own
documents. Prints figures, judges nothing: a machine's speed is no defect."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.environ.get("HUTONG_CONFORM", os.path.join(ROOT, "build", "release", "bin", "hutong-conform"))
LINES = int(os.environ.get("BENCH_LINES", "240000"))
RUNS = int(os.environ.get("BENCH_RUNS", "5"))


def alert(n):
    return {"info_type": "alert", "general": {
        "alert_id": f"b-{n}", "alert_name": f"示例告警 {n % 97}", "alert_type": "02003",
        "alert_level": "high", "alert_time": f"2026-11-22T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}+08:00",
        "detector": {"product_id": "ids-01", "product_name": "IDS", "product_type": "入侵检测系统(IDS)",
                     "vendor": "示例公司", "version": "1"},
        "description": "GPL ATTACK_RESPONSE id check returned root", "confidence": n % 100,
        "source": {"ip": f"192.0.2.{n % 250 + 1}", "port": 1024 + n % 60000},
        "target": {"ip": f"198.51.100.{n // 250 % 250 + 1}", "port": 80}, "protocol": "TCP"},
        "x_event_id": f"{n:032x}", "x_source": {"flow_id": n, "in_iface": "eth0"}}


def cost(command):
    """CPU seconds and seconds of one run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if p.returncode != 0:
        sys.exit(f"{command[0]}: {p.stdout.decode()[-500:]}{p.stderr.decode()[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def first_verdict():
    """Seconds from the command to the first verdict of a small file."""
    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        f.write(json.dumps(alert(1)).encode())
        f.flush()
        start = time.monotonic()
        subprocess.run([TOOL, "--quiet", "run", "--role", "files", f.name], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return time.monotonic() - start


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as f:
        for n in range(LINES):
            f.write(json.dumps(alert(n), ensure_ascii=False, separators=(",", ":")) + "\n")
        f.flush()
        size = os.path.getsize(f.name)
        rows = {
            "hutong-conform validate": [TOOL, "--quiet", "validate", f.name],
            "sha256sum": ["sha256sum", f.name],
            "wc -lw": ["wc", "-lw", f.name],
            "cat": ["cat", f.name],
        }
        taken = {name: [] for name in rows}
        for _ in range(RUNS):  # in turn, so that a busy moment hits all
            for name, command in rows.items():
                taken[name].append(cost(command))
        base = statistics.median(c for c, _ in taken["sha256sum"])
        print(f"{LINES} records, {size / 1e6:.1f} MB, median of {RUNS} runs")
        print(f"{'':26} {'CPU s':>7} {'MB/CPU s':>9} {'wall s':>7} {'x sha256sum':>12}")
        for name, values in taken.items():
            cpu = statistics.median(c for c, _ in values)
            wall = statistics.median(w for _, w in values)
            print(f"{name:26} {cpu:7.3f} {size / 1e6 / max(cpu, 1e-3):9.0f} {wall:7.3f} {cpu / max(base, 1e-3):12.2f}")
    cases = json.loads(subprocess.run([TOOL, "--json", "lint"], capture_output=True, check=True).stdout.splitlines()[-1])["documents"]
    cpu, wall = min(cost([TOOL, "lint"]) for _ in range(RUNS))
    print(f"{cases} corpus cases, each judged: {cpu:.3f} CPU s, {wall:.3f} s")
    print(f"first verdict: {min(first_verdict() for _ in range(RUNS)):.3f} s")


main()
