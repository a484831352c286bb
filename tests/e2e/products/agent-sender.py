#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""hutongd as a product that sends over HTTPS: `--exec` of role http_client. Some
alerts of Suricata lie in its input, two go into an envelope.
  agent-sender.py BIN DIR URL CA CERT KEY TOKEN_FILE"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import eve  # noqa: E402

RECORDS = 400

binary, folder, url, ca, cert, key, token = sys.argv[1:8]
os.makedirs(f"{folder}/in", exist_ok=True)
with open(f"{folder}/in/eve.json", "w", encoding="utf-8") as f:
    f.writelines(eve(n) for n in range(1, RECORDS + 1))
extra = "" if url.startswith("https") else ", insecure_http: true"
if url.startswith("https"):
    extra = f', ca: "{ca}", cert: "{cert}", key: "{key}", tls12: true'
with open(f"{folder}/hutong.yaml", "w", encoding="utf-8") as f:
    f.write(f"""version: 1
agent: {{id: e2e, data_dir: "{folder}/data"}}
metrics: {{listen: ""}}
stop: {{drain: 1s}}
inputs:
  eve: {{type: file, path: "{folder}/in/*.json", mapping: suricata-eve, from: start}}
outputs:
  out: {{type: https, url: "{url}/interconn/v1/data", token_file: "{token}",
        batch_items: 2, linger: 20ms, deadline: 4s{extra}}}
""")
os.chmod(f"{folder}/hutong.yaml", 0o600)
os.execv(f"{binary}/hutongd", ["hutongd", "-c", f"{folder}/hutong.yaml"])
