#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rsyslog as a product: `--exec` of roles syslog_sender and syslog_receiver.
  rsyslog.py receive DIR udp|tcp|tls HOST PORT STORE [CA CERT KEY]
  rsyslog.py send DIR udp|tcp|tls HOST PORT RECORDS [CA CERT KEY]
What it sends are the records of RECORDS again and again with new identifiers,
formatted by an rsyslog template; the queue, the connection and the framing are
rsyslog's."""
import json
import os
import signal
import subprocess
import sys
import time
import uuid

mode, folder, transport, host, port, path = sys.argv[1:7]
tls = sys.argv[7:10]
spool = f"{folder}/records.log"

GLOBAL = f'global(workDirectory="{folder}" maxMessageSize="2m"'
GLOBAL += ' parser.escapeControlCharactersOnReceive="off"'
if transport == "tls":
    GLOBAL += (f' defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{tls[0]}"'
               f' defaultNetstreamDriverCertFile="{tls[1]}" defaultNetstreamDriverKeyFile="{tls[2]}"')
GLOBAL += ")\n"

RECEIVE = {
    "udp": f'module(load="imudp")\ninput(type="imudp" address="{host}" port="{port}" ruleset="in")\n',
    "tcp": f'module(load="imtcp")\ninput(type="imtcp" address="{host}" port="{port}" ruleset="in")\n',
    "tls": 'module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")\n'
           f'input(type="imtcp" address="{host}" port="{port}" ruleset="in")\n',
}

FORWARD = {
    "udp": 'protocol="udp"',
    "tcp": 'protocol="tcp" TCP_Framing="octet-counted"',
    "tls": 'protocol="tcp" TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" '
           'StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="127.0.0.1,localhost"',
}

if mode == "receive":
    config = GLOBAL + f"""template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="in") {{ action(type="omfile" file="{path}" template="raw" flushOnTXEnd="on") }}
""" + RECEIVE[transport]
else:
    # The line is "KIND SEVERITY JSON"; field() takes the first two off.
    config = GLOBAL + f"""module(load="imfile")
template(name="out" type="list") {{
  constant(value="<") property(name="$.pri") constant(value=">1 ")
  property(name="timereported" dateFormat="rfc3339") constant(value=" ")
  property(name="hostname") constant(value=" hutong-test - ")
  property(name="$.kind") constant(value=" - \ufeff") property(name="$.json")
}}
ruleset(name="out") {{
  set $.kind = field($msg, 32, 1);
  set $.pri = field($msg, 32, 2);
  set $.json = re_extract($msg, "([{{].*)", 0, 1, "");
  action(type="omfwd" target="{host}" port="{port}" {FORWARD[transport]} template="out"
         action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="linkedList")
}}
input(type="imfile" file="{spool}" tag="x" ruleset="out")
"""

SEVERITY = {"critical": 130, "high": 131, "medium": 132, "low": 133, "info": 134}


def renewed(record):
    """A record with an identifier of its own."""
    general = record["general"]
    for place in (general, general.get("basic", {})):
        for name in ("alert_id", "asset_id", "threat_id", "behavior_id"):
            if name in place:
                place[name] = f"rsyslog:{uuid.uuid4()}"
    level = SEVERITY.get(general.get("alert_level"), 134)
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return f'{record["info_type"]} {level} {text}\n'


with open(f"{folder}/rsyslog.conf", "w", encoding="utf-8") as f:
    f.write(config)
open(spool, "a", encoding="utf-8").close()
daemon = subprocess.Popen(["/usr/sbin/rsyslogd", "-n", "-f", f"{folder}/rsyslog.conf",
                           "-i", f"{folder}/rsyslog.pid"])


def end(*_):
    daemon.terminate()
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
if mode == "receive":
    sys.exit(daemon.wait())
with open(path, encoding="utf-8") as f:
    records = [json.loads(line) for line in f]
with open(spool, "a", encoding="utf-8") as out:
    while daemon.poll() is None:
        for record in records:
            out.write(renewed(record))
            out.flush()
            time.sleep(0.05)
sys.exit(daemon.returncode)
