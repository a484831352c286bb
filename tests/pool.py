#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pool.py SECONDS CORES < LIST: runs tests side by side. A line of LIST is how
many cores a test keeps busy, its name and its command:

    0.7 e2e-agent sh tests/e2e/agent.sh

The next one of the list begins as soon as CORES has room for it. What it says
goes to build/logs/NAME.log, its exit status and its seconds to
build/logs/NAME.status; one that takes SECONDS is ended (limit.py), for a run
that never ends says nothing."""
import os
import signal
import subprocess
import sys
import time

LIMIT = [sys.executable, os.path.join(os.path.dirname(__file__), "limit.py")]
LOGS = os.path.join("build", "logs")
running = {}  # process id -> (process, cores, name, begin)


def begin(seconds, cores, name, command):
    with open(os.path.join(LOGS, name + ".log"), "wb") as log:
        process = subprocess.Popen([*LIMIT, seconds, *command], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT)
    running[process.pid] = process, cores, name, time.monotonic()


def await_one():
    """The first to end; its cores are free again."""
    pid, status = os.wait()
    process, cores, name, since = running.pop(pid)
    process.returncode = os.waitstatus_to_exitcode(status)
    line = f"{process.returncode} {time.monotonic() - since:.0f}"
    with open(os.path.join(LOGS, name + ".status"), "w", encoding="ascii") as f:
        f.write(line + "\n")
    print(f"..    {name} {line}", flush=True)
    return cores


def stop(number, _):
    for process, *_ in running.values():
        process.terminate()  # which ends its group
    for process, *_ in list(running.values()):
        process.wait()
    sys.exit(128 + number)


def main():
    seconds, free = sys.argv[1], float(sys.argv[2])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for line in sys.stdin:
        cores, name, *command = line.split()
        cores = float(cores)
        while running and free < cores - 0.01:
            free += await_one()
        free -= cores
        begin(seconds, cores, name, command)
    while running:
        await_one()


if __name__ == "__main__":
    main()
