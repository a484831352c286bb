#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""syslog-ng as a product: `--exec` of role syslog_receiver.
  syslog-ng.py DIR udp|tcp|tls HOST PORT STORE [CA CERT KEY]
SYSLOG_NG names the folder that Debian's package was unpacked into where it is not
installed (rsyslog and syslog-ng conflict)."""
import os
import sys

folder, transport, host, port, path = sys.argv[1:6]
tls = sys.argv[6:9]
root = os.environ.get("SYSLOG_NG", "")
secure = ""
if transport == "tls":
    secure = (f' tls(key-file("{tls[2]}") cert-file("{tls[1]}") ca-file("{tls[0]}")'
              ' peer-verify(optional-trusted) ssl-options(no-sslv2, no-sslv3, no-tlsv1, no-tlsv11))')
# no-parse: the message as it came, as the store of a receiver has it. Ten
# connections at most are its default; a window of messages goes with each.
driver = "network" if transport == "udp" else "syslog"      # octet counting
CONFIG = f"""@version: 3.35
options {{ log-msg-size(2097152); keep-hostname(yes); }};
source in {{ {driver}(ip("{host}") port({port}) transport("{transport}") flags(no-parse)
  max-connections(256) log-iw-size(25600){secure}); }};
destination store {{ file("{path}" template("$MSG\\n") perm(0600)); }};
log {{ source(in); destination(store); }};
"""
with open(f"{folder}/syslog-ng.conf", "w", encoding="utf-8") as f:
    f.write(CONFIG)
env = dict(os.environ)
args = [f"{root}/usr/sbin/syslog-ng", "-F", "-f", f"{folder}/syslog-ng.conf", "--persist-file", f"{folder}/ng.persist",
        "--pidfile", f"{folder}/ng.pid", "--control", f"{folder}/ng.ctl", "--stderr"]
if root:
    arch = next((d for d in os.listdir(f"{root}/usr/lib") if d.endswith("linux-gnu")), "")
    env["LD_LIBRARY_PATH"] = ":".join(f"{root}/{d}" for d in ("usr/lib/syslog-ng", f"usr/lib/{arch}", f"lib/{arch}"))
    args.append(f"--module-path={root}/usr/lib/syslog-ng/3.38/")
os.execve(args[0], args, env)
