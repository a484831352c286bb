# SPDX-License-Identifier: Apache-2.0
"""Which requirement of the catalogue a topic of a role is about. Not read by the
peers, only by manifest.py. Lines: role topic requirement; * any role."""

TABLE = """
"""


def _read():
    out = {}
    for line in TABLE.split("\n"):
        if line.strip():
            role, topic, rid = line.split()
            out[role, topic] = rid
    return out


_rids = _read()


def find(role, topic):
    return _rids.get((role, topic)) or _rids.get(("*", topic))
