# SPDX-License-Identifier: Apache-2.0
"""What the tests of hutong-conform share: the program, calling it, and checks
that are counted."""
import os
import subprocess
import sys

from harness import BIN

TOOL = os.environ.get("HUTONG_CONFORM", os.path.join(BIN, "hutong-conform"))


class Check:
    """check(ok, what): counted; the first that fails ends the script."""

    def __init__(self):
        self.count = 0

    def __call__(self, ok, what):
        self.count += 1
        if not ok:
            sys.exit(f"FAIL  {what}")


check = Check()


def node_is_old():
    """The HTTP of Node.js before release 20 lets through what must be refused."""
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return int(version.lstrip("v").split(".")[0] or 0) < 20


def tool(*args, lang="en", data=None, timeout=600, **how):
    """Exit status, standard output and standard error of one call."""
    p = subprocess.run([TOOL, "--lang", lang, *args], input=data, capture_output=True,
                       timeout=timeout, check=False, **how)
    return p.returncode, p.stdout.decode(), p.stderr.decode()
