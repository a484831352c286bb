#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""hutongd as a product under test: makes a configuration in a folder, starts the
agent, feeds it alerts while it runs (or leaves the input to the tester), and
ends with it.

  hutongd_product.py MODE --connect HOST:PORT --dir DIR [--input FILE | --input-port PORT] [--format eve|cef]
      [--curve-server-key F --curve-secret F] [--url URL --ca F --token-file F]
MODE: dealer, push, pub (ZeroMQ) or https; an input port takes syslog over TCP. HUTONG_BIN names the programs' folder.
"""
import argparse
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import BIN, eve  # noqa: E402

LINES, PAUSE_S = 600, 0.03


def output(o):
    common = "batch_items: 2, linger: 60ms, deadline: 1500ms, from: start"
    if o.mode == "https":
        token = f', token_file: "{o.token_file}"' if o.token_file else ""
        ca = f', ca: "{o.ca}"' if o.ca and o.url.startswith("https") else ""
        plain = "" if o.url.startswith("https") else ", insecure_http: true"
        return f'  out: {{type: https, url: "{o.url}"{ca}{token}{plain}, {common}}}\n'
    curve = ""
    if o.curve_server_key:
        curve = f', curve_server_key: "{o.curve_server_key}", curve_secret: "{o.curve_secret}"'
    return f'  out: {{type: zmq, mode: {o.mode}, endpoint: "tcp://{o.connect}"{curve}, {common}}}\n'


def source(o):
    mapping = {"eve": "suricata-eve", "cef": "cef-generic"}[o.format]
    if o.input_port:
        return f'  in: {{type: syslog, listen: "tcp://127.0.0.1:{o.input_port}", mapping: {mapping}}}'
    return f'  eve: {{type: file, path: "{o.input or o.dir + "/eve.json"}", mapping: {mapping}, from: start}}'


def configure(o):
    path = os.path.join(o.dir, "hutong.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"""version: 1
agent: {{id: under-test, data_dir: "{o.dir}/data"}}
metrics: {{listen: ""}}
stop: {{drain: 200ms}}
inputs:
{source(o)}
outputs:
{output(o)}""")
    os.chmod(path, 0o600)
    return path


def feed(o, agent):
    """Alerts one after the other, going on where an earlier start ended."""
    path = os.path.join(o.dir, "eve.json")
    done = 0
    if os.path.exists(path):
        with open(path, "rb") as f:
            done = f.read().count(b"\n")
    with open(path, "a", encoding="utf-8") as f:
        while done < LINES and agent.poll() is None:
            done += 1
            f.write(eve(done))
            f.flush()
            time.sleep(PAUSE_S)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("mode", choices=["dealer", "push", "pub", "https"])
    p.add_argument("--format", choices=["eve", "cef"], default="eve")
    for name in ("connect", "dir", "input", "input-port", "curve-server-key", "curve-secret", "url", "ca", "token-file"):
        p.add_argument("--" + name)
    o = p.parse_args()
    agent = subprocess.Popen([os.path.join(BIN, "hutongd"), "-c", configure(o)])
    signal.signal(signal.SIGTERM, lambda *_: agent.terminate())
    if not (o.input or o.input_port):
        feed(o, agent)
    sys.exit(agent.wait())


main()
