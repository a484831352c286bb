# SPDX-License-Identifier: Apache-2.0
"""Identifiers and times."""
import os
import time


def uuid4():
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0f | 0x40
    raw[8] = raw[8] & 0x3f | 0x80
    h = raw.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def rfc3339(seconds=None, offset_h=8, digits=0):
    """Local time at ${offset_h} hours east, with ${digits} of a second."""
    if seconds is None:
        seconds = time.time()
    whole = int(seconds // 1)
    t = time.gmtime(whole + offset_h * 3600)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", t)
    if digits:
        text += f"{seconds - whole:.{digits}f}"[1:]
    if offset_h == 0:
        return text + "Z"
    return text + f"{'+' if offset_h > 0 else '-'}{abs(offset_h):02d}:00"
