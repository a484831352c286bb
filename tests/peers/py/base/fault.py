# SPDX-License-Identifier: Apache-2.0
"""Where a reference asks whether the one seeded fault is to happen here. Each
hook's name occurs at one site of the code; a row of the fault tables (seeded/)
names the hook, or a change of the data that the senders' encoder applies."""
import os

_hook = None    # name of the hook that is switched on
_trace = None   # file that gets a line when it is reached
_reached = False
data = None     # change of a record, envelope or text: see seeded/change.py


def switch_on(row, trace):
    global _hook, _trace, data
    _trace = trace
    _hook = row.hook
    if row.change:
        data = row.change


def reached():
    global _reached
    if _reached or not _trace:
        _reached = True
        return
    _reached = True
    fd = os.open(_trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, b"reached\n")
    os.close(fd)


def on(name):
    """True at the site of the fault ${name} when it is switched on."""
    if _hook != name:
        return False
    reached()
    return True


def names(name):
    """As on(), for code that only prepares the site: not counted as reached."""
    return _hook == name
