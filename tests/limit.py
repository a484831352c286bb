#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""limit.py SECONDS COMMAND...: the status of COMMAND, or 124 when it had to be
ended; then the output says what was running, so that a test that hangs on
another machine can be understood from its log."""
import os
import signal
import subprocess
import sys

GRACE = 15


def end(process, sig):
    try:
        os.killpg(process.pid, sig)
        process.wait(GRACE)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass


def main():
    seconds, command = float(sys.argv[1]), sys.argv[2:]
    process = subprocess.Popen(command, start_new_session=True)
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda s, _: (end(process, signal.SIGTERM), sys.exit(128 + s)))
    try:
        status = process.wait(seconds)
        return status if status >= 0 else 128 - status
    except subprocess.TimeoutExpired:
        print(f"FAIL: not done after {seconds:g} s, ended; what was running:", flush=True)
        listing = "ps -ww -e -o pid,ppid,etimes,stat,wchan:20,args --forest"
        subprocess.run(f"{listing} | grep -v '\\[.*\\]$' | cut -c1-300", shell=True)
        end(process, signal.SIGTERM)
        end(process, signal.SIGKILL)
        return 124


if __name__ == "__main__":
    sys.exit(main())
