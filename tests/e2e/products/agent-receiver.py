#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""hutongd as a product that receives syslog: `--exec` of role syslog_receiver.
Its mapping takes any message; the text is in what it stores.
  agent-receiver.py BIN DIR udp|tcp HOST PORT STORE"""
import os
import sys

MAPPING = """kind: mapping
id: any-syslog
version: 0.1.0
zh: 任意 syslog 消息（测试用）
en: any syslog message (for tests)
from:
  codec: syslog
  product: {vendor: test, name: test}
  require: [message]
to: alert
fields:
  alert.general.alert_name: {const: syslog, why: "the test looks at the text only"}
  alert.general.alert_type: {const: "10000", why: "the test looks at the text only"}
  alert.general.alert_level: {const: info, why: "the test looks at the text only"}
  alert.general.alert_time: {path: timestamp, time: rfc3339}
  alert.general.description: {path: message}
keep: [facility, severity, hostname, app, procid, msgid, version, sd]
"""

binary, folder, transport, host, port, store = sys.argv[1:7]
os.makedirs(f"{folder}/override/mapping/data/in", exist_ok=True)
with open(f"{folder}/override/mapping/data/in/any-syslog.yaml", "w", encoding="utf-8") as f:
    f.write(MAPPING)
with open(f"{folder}/hutong.yaml", "w", encoding="utf-8") as f:
    f.write(f"""version: 1
agent: {{id: e2e, data_dir: "{folder}/data"}}
data: {{dir: "{folder}/override"}}
metrics: {{listen: ""}}
stop: {{drain: 1s}}
inputs:
  in: {{type: syslog, listen: "{transport}://{host}:{port}", mapping: any-syslog, keep_raw: true}}
outputs:
  out: {{type: file, path: "{store}"}}
""")
os.chmod(f"{folder}/hutong.yaml", 0o600)
os.execv(f"{binary}/hutongd", ["hutongd", "-c", f"{folder}/hutong.yaml"])
