#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A conformant product of any role, or one with a single seeded fault, or a dumb
one: reference peer family A of the conformance tester. See tests/peers/README.md.
Shares no code with the tester, the agent or the other family."""
import importlib
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = not os.access(os.path.dirname(os.path.abspath(__file__)), os.W_OK)

from base import fault, options  # noqa: E402


def stop(*_):
    raise SystemExit(0)


def listing(o):
    from seeded import table
    for row in table.rows():
        if not o.role or row.role == o.role:
            print(row.id)


def main(argv):
    o = options.parse(argv)
    options.QUIET = o.quiet
    if o.help:
        print(options.USAGE)
        return 0
    if o.faults:
        listing(o)
        return 0
    if o.dumbs:
        from roles import dumb
        print("\n".join(dumb.kinds(o.role)))
        return 0
    if not o.role or not (o.listen or o.connect):
        options.usage("--role and --listen or --connect are needed")
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if o.dumb:
        from roles import dumb
        return dumb.run(o) or 0
    if o.fault:
        from seeded import table
        row = table.find(o.role, o.fault)
        if not row:
            options.usage(f"role {o.role} has no fault {o.fault}")
        fault.switch_on(row, o.fault_trace)
    return importlib.import_module(options.ROLES[o.role]).run(o) or 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except SystemExit as e:
        code = e.code if isinstance(e.code, int) else 0 if e.code is None else 2
    except BrokenPipeError:
        code = 1
    sys.stdout.flush()
    # Threads that wait on a peer must not delay the end.
    os._exit(code)
