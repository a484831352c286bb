#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's input: EVE alert lines of about 1.3 KB in the shapes that
Suricata recorded (tests/golden/recordings/suricata/ids.eve.json), with varied
times, addresses, ports, signatures, severities, counters and HTTP fields.
flow_id is a running number from 1, so that a loss shows. Every second line
writes "/" as "\\/", as other EVE writers do. The same seed gives the same bytes.

    make-corpus.py [--lines N] [--seed N] [--out FILE]"""
import argparse
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDING = os.path.join(HERE, "../golden/recordings/suricata/ids.eve.json")
START = 1795345324  # 2026-11-22T11:02:04Z
PER_SECOND = 2000
CHUNK = 2000

# Category and priority belong together: Suricata's classification.config.
CATEGORIES = [
    ("Web Application Attack", 1), ("Attempted Administrator Privilege Gain", 1),
    ("A Network Trojan was detected", 1), ("Malware Command and Control Activity Detected", 1),
    ("Attempted User Privilege Gain", 1), ("Executable code was detected", 1),
    ("Attempted Information Leak", 2), ("Potentially Bad Traffic", 2), ("Misc Attack", 2),
    ("Attempted Denial of Service", 2), ("access to a potentially vulnerable web application", 2),
    ("Misc activity", 3), ("Detection of a Network Scan", 3), ("Generic Protocol Command Decode", 3),
    ("Not Suspicious Traffic", 3), ("A TCP connection was detected", 4),
]
WORDS = ("index login admin item search upload view api report user cart page news download image "
         "static config order data account").split()
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
          "curl/7.88.1", "python-requests/2.31.0", "sqlmap/1.7.2#stable (https://sqlmap.org)",
          "Mozilla/4.0 (compatible; beacon 2)"]
HOSTS = [f"{w}.example.{d}" for w in ("www", "api", "files", "mail", "shop") for d in ("com", "net", "org")]

# What each slot of a template is called; numbers stand without quotes.
NUMBERS = ("flow_id", "src_port", "dest_port", "signature_id", "rev", "severity", "pts", "ptc", "bts", "btc",
           "status", "length", "pcap_cnt")


def slot(name):
    return f"@{name}@"


def put(tree, key, name):
    if isinstance(tree, dict) and key in tree:
        tree[key] = slot(name)


def mark(event):
    """A recorded alert with slots in place of what varies."""
    source, target = event["src_ip"], event["dest_ip"]
    for key in ("timestamp", "flow_id", "pcap_cnt", "src_ip", "src_port", "dest_ip", "dest_port"):
        put(event, key, key)
    alert = event["alert"]
    for key in ("signature_id", "rev", "severity", "category"):
        put(alert, key, key)
    for end in ("source", "target"):
        if end in alert:
            side = "src" if alert[end]["ip"] == source else "dest"
            put(alert[end], "ip", side + "_ip")
            put(alert[end], "port", side + "_port")
    flow = event["flow"]
    swapped = flow["src_ip"] == target
    for key in ("src_ip", "dest_ip", "src_port", "dest_port"):
        if key in flow:
            other = {"src": "dest", "dest": "src"}[key.split("_")[0]] + "_" + key.split("_")[1]
            flow[key] = slot(other if swapped else key)
    put(flow, "start", "timestamp")
    for key, name in (("pkts_toserver", "pts"), ("pkts_toclient", "ptc"), ("bytes_toserver", "bts"),
                      ("bytes_toclient", "btc")):
        put(flow, key, name)
    http = event.get("http")
    for key, name in (("hostname", "hostname"), ("url", "url"), ("http_user_agent", "agent"),
                      ("status", "status"), ("length", "length")):
        put(http, key, name)
    return event


def compile_template(event, escape):
    """The line as pieces for the % operator."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    if escape:
        text = text.replace("/", "\\/")
    text = text.replace("%", "%%")
    for name in NUMBERS:
        text = text.replace(f'"@{name}@"', f"%({name})d")
    return re.sub(r"@([a-z_]+)@", r"%(\1)s", text) + "\n"


# Length classes and their shares in percent, as in alert files of real sensors.
CLASSES = [(0, 800, 5), (900, 1500, 74), (1500, 2600, 21)]


def templates(path, escape):
    """100 lists of templates, one a percent: lines of sensors with different
    settings (everything, no packet, no payload, neither) sorted into CLASSES."""
    classes = [[] for _ in CLASSES]
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            event = json.loads(line)
            if event["event_type"] != "alert" or "flow" not in event or "src_port" not in event:
                continue
            for drop in ((), ("packet", "packet_info"), ("payload", "payload_printable"),
                         ("payload", "payload_printable", "packet", "packet_info")):
                shape = {k: v for k, v in json.loads(line).items() if k not in drop}
                length = len(json.dumps(shape, ensure_ascii=False, separators=(",", ":")))
                for shapes, (low, high, _) in zip(classes, CLASSES):
                    if low <= length < high:
                        shapes.append(compile_template(mark(shape), escape))
    return [shapes for shapes, (_, _, share) in zip(classes, CLASSES) for _ in range(share)]


class Numbers:
    """64 fresh bits a call, the same on every Python."""

    def __init__(self, seed):
        self.state = (seed * 0x9E3779B97F4A7C15 + 1) & 0xFFFFFFFFFFFFFFFF

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return self.state >> 11


def pools(seed):
    rng = Numbers(seed)
    outside = [f"{net}.{n}" for net in ("203.0.113", "198.51.100") for n in range(1, 255)]
    outside += [f"100.64.{rng.next() % 256}.{rng.next() % 254 + 1}" for _ in range(3000)]
    outside += ["2001:0db8:0002:0000:0000:0000:0000:%04x" % n for n in range(1, 200)]
    inside = [f"192.0.2.{n}" for n in range(1, 255)]
    inside += [f"10.{rng.next() % 256}.{rng.next() % 256}.{rng.next() % 254 + 1}" for _ in range(750)]
    urls = []
    for _ in range(4096):
        url = "/" + "/".join(WORDS[rng.next() % len(WORDS)] for _ in range(1 + rng.next() % 3))
        if rng.next() % 2:
            url += "?" + "&".join(f"{WORDS[rng.next() % len(WORDS)]}={rng.next() % 100000}"
                                  for _ in range(1 + rng.next() % 3))
        if rng.next() % 8 == 0:
            url += "%27%20UNION%20SELECT%20user,pw--"
        urls.append(url)
    return outside, inside, urls


def generate(lines, seed, out, recording):
    plain, escaped = templates(recording, False), templates(recording, True)
    outside, inside, urls = pools(seed)
    slashed = [u.replace("/", "\\/") for u in urls]
    agents = [AGENTS, [a.replace("/", "\\/") for a in AGENTS]]
    rng = Numbers(seed + 1)
    step = rng.next
    slots, chunk, second, prefix, total = {}, [], -1, "", 0
    for i in range(lines):
        if i // PER_SECOND != second:
            second = i // PER_SECOND
            prefix = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(START + 8 * 3600 + second))
        a, b = step(), step()
        odd = i & 1
        slots["timestamp"] = f"{prefix}{i % PER_SECOND * 500:06d}+0800"
        slots["flow_id"] = i + 1
        slots["pcap_cnt"] = i * 7 + 1
        slots["src_ip"] = outside[a % len(outside)]
        slots["dest_ip"] = inside[b % len(inside)]
        slots["src_port"] = 1024 + (a >> 12) % 64000
        slots["dest_port"] = (80, 443, 8080, 22, 25, 53, 3306, 445)[(a >> 29) & 7]
        slots["signature_id"] = 2000000 + (b >> 12) % 60000
        slots["rev"] = 1 + ((a >> 33) & 7)
        slots["category"], slots["severity"] = CATEGORIES[(b >> 30) & 15]
        slots["pts"] = pts = 1 + (a >> 36) % 2000
        slots["ptc"] = ptc = (b >> 34) % 2000
        slots["bts"] = pts * (60 + ((a >> 40) & 511))
        slots["btc"] = ptc * (60 + ((b >> 40) & 1023))
        slots["url"] = (slashed if odd else urls)[(a >> 20) & 4095]
        slots["hostname"] = HOSTS[(b >> 24) % len(HOSTS)]
        slots["agent"] = agents[odd][(b >> 20) % len(AGENTS)]
        slots["status"] = (200, 200, 404, 403, 500, 302, 200, 401)[(b >> 37) & 7]
        slots["length"] = (a >> 25) % 100000
        shapes = (escaped if odd else plain)[(a >> 5) % 100]
        chunk.append(shapes[(b >> 7) % len(shapes)] % slots)
        if len(chunk) == CHUNK:
            total += out.write("".join(chunk).encode())
            chunk = []
    total += out.write("".join(chunk).encode())
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--lines", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="-", help="file, default standard output")
    parser.add_argument("--recording", default=RECORDING, help="EVE file that gives the shapes")
    o = parser.parse_args()
    if o.lines < 1:
        parser.error("--lines: at least 1")
    out = sys.stdout.buffer if o.out == "-" else open(o.out, "wb")
    total = generate(o.lines, o.seed, out, o.recording)
    out.flush()
    print(f"{o.lines} lines, {total} bytes, mean {total / o.lines:.0f}", file=sys.stderr)
    if o.out != "-":
        out.close()


if __name__ == "__main__":
    main()
