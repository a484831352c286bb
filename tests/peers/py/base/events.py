# SPDX-License-Identifier: Apache-2.0
"""What an agent reads: Suricata's EVE alerts and CEF events, as alerts of the
standard. What is neither is None."""
import json
import re

from . import fault
from .identity import rfc3339

LEVELS = {1: "high", 2: "medium", 3: "low"}
CEF_LEVELS = ["info", "low", "low", "low", "medium", "medium", "medium", "high", "high", "critical", "critical"]
ACTIONS = {"allowed": "alert", "blocked": "block"}
PAIR = re.compile(r"(?:^| )([A-Za-z0-9]+)=((?:(?! [A-Za-z0-9]+=).)*)", re.S)
_turn = [0]


def eve(text):
    """The members that matter, named as in CEF."""
    value = json.loads(text)
    alert = value["alert"]
    stamp = value["timestamp"]
    return {"name": alert["signature"], "rule": str(alert["signature_id"]), "level": LEVELS[alert["severity"]],
            "time": stamp[:-2] + ":" + stamp[-2:], "src": value["src_ip"], "spt": value["src_port"],
            "dst": value["dest_ip"], "dpt": value["dest_port"], "act": alert["action"],
            "app": value.get("app_proto"), "product": "Suricata", "vendor": "OISF"}


def cef(text):
    head = re.split(r"(?<!\\)\|", text[text.index("CEF:"):], maxsplit=7)
    if len(head) < 7:
        raise ValueError("no CEF header")
    plain = [re.sub(r"\\([\\|])", r"\1", h) for h in head]
    ext = dict(PAIR.findall(head[7] if len(head) > 7 else ""))
    return {"name": plain[5], "rule": plain[4], "level": CEF_LEVELS[int(plain[6])],
            "time": rfc3339(int(ext["rt"]) // 1000, 8)[:-6] + f".{int(ext['rt']) % 1000:03d}+08:00",
            "src": ext.get("src") or ext["c6a2"], "spt": int(ext["spt"]),
            "dst": ext.get("dst") or ext["c6a3"], "dpt": int(ext["dpt"]), "act": ext["act"],
            "app": ext.get("app"), "product": plain[2], "vendor": plain[1]}


def read(line, form):
    try:
        text = line.decode("utf-8")
        return cef(text) if form == "cef" else eve(text[max(0, text.find("{")):])
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def _damaged(e):
    """The seeded faults of reading."""
    if fault.on("ag-name-cut"):
        e["name"] = e["name"][:24]
    if fault.on("ag-name-ascii"):
        e["name"] = e["name"].encode("ascii", "replace").decode()
    if fault.on("ag-name-spaces"):
        e["name"] = e["name"].replace("\t", " ")
    if fault.on("ag-swaps-ends"):
        e["src"], e["dst"] = e["dst"], e["src"]
    if fault.on("ag-target-is-source"):
        e["dst"] = e["src"]
    if fault.names("ag-drops-six") and ":" in e["src"]:
        fault.reached()
        e["src"] = e["dst"] = "0.0.0.0"
    if fault.on("ag-swaps-ports"):
        e["spt"], e["dpt"] = e["dpt"], e["spt"]
    if fault.on("ag-port-16-bit"):
        e["spt"] %= 32768
    if fault.on("ag-time-offset"):
        e["time"] = e["time"][:-6] + "+08:00"
    if fault.on("ag-time-seconds"):
        e["time"] = re.sub(r"\.\d+", "", e["time"])
    if fault.on("ag-time-read"):
        e["time"] = rfc3339(digits=3)
    if fault.on("ag-level-constant"):
        e["level"] = "medium"
    if fault.on("ag-level-reversed"):
        e["level"] = {"high": "low", "critical": "low", "low": "high", "info": "high"}.get(e["level"], e["level"])
    if fault.on("ag-level-flat"):
        e["level"] = {"high": "high", "critical": "high"}.get(e["level"], "low")
    if fault.names("ag-level-varies"):
        fault.reached()
        _turn[0] += 1
        if _turn[0] % 5 == 0 and e["level"] == "medium":
            e["level"] = "low"
    if fault.on("ag-action-alert"):
        e["act"] = "allowed"
    return e


def record(e, alert_id):
    e = _damaged(e)
    general = {
        "alert_id": alert_id, "alert_name": e["name"], "alert_type": "10000", "alert_level": e["level"],
        "alert_time": e["time"],
        "detector": {"product_name": e["product"], "vendor": e["vendor"], "rule_id": e["rule"]},
        "source": {"ip": e["src"], "port": e["spt"]}, "target": {"ip": e["dst"], "port": e["dpt"]},
        "action": ACTIONS.get(e["act"], "alert"),
    }
    if e["app"]:
        general["protocol"] = e["app"]
    if fault.on("ag-no-detector"):
        del general["detector"]
    if fault.on("ag-no-type"):
        del general["alert_type"]
    if fault.on("ag-no-action"):
        del general["action"]
    return {"info_type": "alert", "general": general}
