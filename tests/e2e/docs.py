# SPDX-License-Identifier: Apache-2.0
"""What the README and the tutorial tell a reader to type: the same in both languages,
and it does what they say. What installs, builds or serves for ever is left to
quickstart, conform-products and conform-proxy."""
import os
import re
import shutil
import subprocess
import tempfile

from conform_tool import TOOL, check
from harness import BIN, ROOT

# A command of the tutorial that contains this is not run, or ends like this.
ELSEWHERE = ("install-deps.sh", "cmake ", "export PATH", " proxy ")
ENDS = (("bad.ndjson --out", 1), ("compare ", 1), ("--ics my-product.yaml --out", 5))
# A whole run over the network is a test of its own: here, that it would begin.
NETWORK = re.compile(r"\brun (--role (?:http_server|syslog_sender)) --out \S+( --expect \S+)?")


def commands(name):
    """The commands of the ```sh blocks, without comments, long ones joined."""
    text = open(os.path.join(ROOT, name), encoding="utf-8").read()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            line = re.sub(r"\s+#.*", "", line)
            if line:
                yield line


def follow(name, folder):
    env = dict(os.environ, PATH=f"{os.path.dirname(TOOL)}:{BIN}:{os.environ['PATH']}", LANG="C.UTF-8")
    ran = 0
    for line in commands(name):
        if any(word in line for word in ELSEWHERE):
            continue
        if "node " in line and not shutil.which("node"):
            print("SKIP", line, "(no Node.js)")
            continue
        line = NETWORK.sub(r"preflight \1", line)
        want = next((code for word, code in ENDS if word in line), 0)
        p = subprocess.run(line, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=120,
                           check=False)
        check(p.returncode == want, f"{name}: {line}\nexit {p.returncode}, not {want}\n{p.stdout}\n{p.stderr}")
        ran += 1
    return ran


def verbs():
    """Every command of the table in the README has its help."""
    text = open(os.path.join(ROOT, "README.md"), encoding="utf-8").read()
    found = sorted(set(re.findall(r"^\| `hutong ([a-z]+)", text, re.M)))
    for verb in found:
        p = subprocess.run([os.path.join(BIN, "hutong"), verb, "--help"], capture_output=True, text=True, check=False)
        check(p.returncode == 0 and p.stdout.startswith("usage: hutong " + verb), f"hutong {verb} --help: {p.stdout}")
    return len(found)


for english in ("README.md", "conformance/TUTORIAL.md"):
    chinese = english.replace(".md", ".zh-CN.md")
    check(list(commands(english)) == list(commands(chinese)), f"{english} and {chinese} have the same commands")
check(verbs() >= 10, "the README's table is read")
work = tempfile.mkdtemp(prefix="hutong-docs-")
try:
    for part in ("tests", "conformance"):
        os.symlink(os.path.join(ROOT, part), os.path.join(work, part))
    check(follow("conformance/TUTORIAL.md", work) >= 18, "the tutorial has its commands")
    page = open(os.path.join(work, "report.html"), encoding="utf-8").read()
    check("<html" in page and os.path.getsize(os.path.join(work, "junit.xml")) > 0, "the report was written")
finally:
    shutil.rmtree(work, ignore_errors=True)
print(f"docs: {check.count} checks")
