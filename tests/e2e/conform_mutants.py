# SPDX-License-Identifier: Apache-2.0
"""Faults seeded into good records by code that shares nothing with the tester:
each is one change of a parsed record (or of its text), the requirement that it
breaks and the place where. Manifest of what `conform.py` must see killed."""
import copy
import json


def parts(pointer):
    return [p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]]


def parent_of(record, pointer):
    *path, last = parts(pointer)
    at = record
    for p in path:
        at = at[int(p)] if isinstance(at, list) else at[p]
    return at, (int(last) if isinstance(at, list) and last != "-" else last)


def drop(pointer):
    def change(record):
        at, key = parent_of(record, pointer)
        del at[key]
    return change


def put(pointer, value):
    def change(record):
        at, key = parent_of(record, pointer)
        at[key] = value
    return change


G = "/general/"
B = "/general/basic/"
D = "/extension/device/"
O = "/extension/operating_system/"

# (id, requirement, pointer, change) on the alert, the device, the system.
ALERT = [
    ("a-id-gone", "ALERT-0003", G + "alert_id", drop(G + "alert_id")),
    ("a-id-number", "ALERT-0003", G + "alert_id", put(G + "alert_id", 12)),
    ("a-id-65", "ALERT-0003", G + "alert_id", put(G + "alert_id", "x" * 65)),
    ("a-name-gone", "ALERT-0004", G + "alert_name", drop(G + "alert_name")),
    ("a-name-empty", "ALERT-0004", G + "alert_name", put(G + "alert_name", "")),
    ("a-name-null", "ALERT-0004", G + "alert_name", put(G + "alert_name", None)),
    ("a-type-gone", "ALERT-0005", G + "alert_type", drop(G + "alert_type")),
    ("a-type-letters", "ALERT-0006", G + "alert_type", put(G + "alert_type", "02x03")),
    ("a-type-2007", "ALERT-0006", G + "alert_type", put(G + "alert_type", "NAI")),
    ("a-type-unknown", "ALERT-0006", G + "alert_type", put(G + "alert_type", "02099")),
    ("a-level-gone", "ALERT-0007", G + "alert_level", drop(G + "alert_level")),
    ("a-level-number", "ALERT-0007", G + "alert_level", put(G + "alert_level", 4)),
    ("a-level-case", "ALERT-0008", G + "alert_level", put(G + "alert_level", "HIGH")),
    ("a-level-word", "ALERT-0008", G + "alert_level", put(G + "alert_level", "severe")),
    ("a-grade-word", "ALERT-0009", G + "incident_grade", put(G + "incident_grade", "IV")),
    ("a-time-gone", "ALERT-0010", G + "alert_time", drop(G + "alert_time")),
    ("a-time-epoch", "ALERT-0010", G + "alert_time", put(G + "alert_time", 1763777000)),
    ("a-time-no-zone", "ALERT-0011", G + "alert_time", put(G + "alert_time", "2026-11-22T10:00:00")),
    ("a-time-month-13", "ALERT-0011", G + "alert_time", put(G + "alert_time", "2026-13-01T10:00:00Z")),
    ("a-time-local", "ALERT-0011", G + "alert_time", put(G + "alert_time", "2026-11-22 10:00:00")),
    ("a-last-form", "ALERT-0012", G + "last_time", put(G + "last_time", "yesterday")),
    ("a-count-0", "ALERT-0014", G + "count", put(G + "count", 0)),
    ("a-count-text", "ALERT-0014", G + "count", put(G + "count", "1")),
    ("a-detector-gone", "ALERT-0016", G + "detector", drop(G + "detector")),
    ("a-detector-text", "ALERT-0016", G + "detector", put(G + "detector", "Suricata")),
    ("a-vendor-gone", "ALERT-0017", G + "detector/vendor", drop(G + "detector/vendor")),
    ("a-product-empty", "ALERT-0017", G + "detector/product_name", put(G + "detector/product_name", "")),
    ("a-product-type", "ALERT-0018", G + "detector/product_type", put(G + "detector/product_type", "IDS")),
    ("a-detector-ip", "ALERT-0020", G + "detector/ip", put(G + "detector/ip", "10.0.0.256")),
    ("a-rule-number", "ALERT-0021", G + "detector/rule_id", put(G + "detector/rule_id", 9000001)),
    ("a-confidence", "ALERT-0022", G + "confidence", put(G + "confidence", 101)),
    ("a-technique", "ALERT-0024", G + "techniques/0", put(G + "techniques", ["1190"])),
    ("a-result", "ALERT-0025", G + "attack_result", put(G + "attack_result", "successful")),
    ("a-source-empty", "ALERT-0026", G + "source", put(G + "source", {})),
    ("a-source-ip", "ALERT-0027", G + "source/ip", put(G + "source/ip", "1.2.3.4:80")),
    ("a-source-port", "ALERT-0028", G + "source/port", put(G + "source/port", 65536)),
    ("a-source-port-text", "ALERT-0028", G + "source/port", put(G + "source/port", "443")),
    ("a-source-mac", "ALERT-0029", G + "source/mac", put(G + "source/mac", "0016.3e00.0001.00")),
    ("a-target-ip", "ALERT-0034", G + "target/ip", put(G + "target/ip", "")),
    ("a-target-port", "ALERT-0035", G + "target/port", put(G + "target/port", -1)),
    ("a-action", "ALERT-0041", G + "action", put(G + "action", "drop")),
    ("a-status", "ALERT-0042", G + "disposal_status", put(G + "disposal_status", "open")),
    ("a-assets-text", "ALERT-0043", G + "asset_ids", put(G + "asset_ids", "host-1")),
    ("a-unknown", "ALERT-0002", G + "severity", put(G + "severity", 3)),
    ("a-two-extensions", "ALERT-0046", "/extension", put("/extension", {})),
    ("a-wrong-extension", "ALERT-0047", "/extension/malware",
     put("/extension", {"malware": {"malware_name": "x"}})),
    ("a-method-gone", "ALERT-0065", "/extension/attack/attack_method",
     drop("/extension/attack/attack_method")),
    ("a-payload", "ALERT-0067", "/extension/attack/payload", put("/extension/attack/payload", "a=b")),
    ("a-status-code", "ALERT-0069", "/extension/attack/http/status",
     put("/extension/attack/http/status", "200")),
    ("a-top", "TEXT-0010", "/severity", put("/severity", 3)),
    ("a-kind-gone", "TEXT-0009", "/info_type", drop("/info_type")),
    ("a-kind-case", "TEXT-0009", "/info_type", put("/info_type", "ALERT")),
]
DEVICE = [
    ("d-id-gone", "ASSET-0003", B + "asset_id", drop(B + "asset_id")),
    ("d-id-chars", "ASSET-0004", B + "asset_id", put(B + "asset_id", "主机1")),
    ("d-name-gone", "ASSET-0005", B + "asset_name", drop(B + "asset_name")),
    ("d-type-gone", "ASSET-0006", B + "asset_type", drop(B + "asset_type")),
    ("d-status-gone", "ASSET-0012", B + "running_status", drop(B + "running_status")),
    ("d-status-word", "ASSET-0013", B + "running_status", put(B + "running_status", "up")),
    ("d-protection", "ASSET-0015", B + "protection_level", put(B + "protection_level", 6)),
    ("d-seen-gone", "ASSET-0017", B + "last_seen", drop(B + "last_seen")),
    ("d-seen-form", "ASSET-0018", B + "last_seen", put(B + "last_seen", "22/Nov/2026")),
    ("d-order", "ASSET-0019", B + "first_seen", put(B + "first_seen", "2199-01-01T00:00:00Z")),
    ("d-product-code", "ASSET-0009", B + "product_code",
     put(B + "asset_subtype", "security_product")),
    ("d-unknown", "ASSET-0002", B + "ip", put(B + "ip", "192.0.2.1")),
    ("d-location", "ASSET-0024", G + "location", put(G + "location", {})),
    ("d-latitude", "ASSET-0029", G + "location/latitude", put(G + "location", {"latitude": 91})),
    ("d-hostname", "ASSET-0040", G + "network/hostname", put(G + "network", {"hostname": "a_b"})),
    ("d-port", "ASSET-0042", G + "network/ports/0/port",
     put(G + "network", {"ports": [{"port": 70000, "protocol": "tcp"}]})),
    ("d-protocol", "ASSET-0043", G + "network/ports/0/protocol",
     put(G + "network", {"ports": [{"port": 80, "protocol": "http"}]})),
    ("d-mac", "ASSET-0034", G + "network/interfaces/0/mac",
     put(G + "network", {"interfaces": [{"mac": "00-16-3e-00-00-01"}]})),
    ("d-no-address", "ASSET-0032", G + "network/interfaces/0",
     put(G + "network", {"interfaces": [{"name": "eth0"}]})),
    ("d-cores", "ASSET-0056", D + "cpu/cores", put("/extension", {"device": {"cpu": {"cores": 0}}})),
    ("d-licence", "ASSET-0058", D + "license_expire",
     put("/extension", {"device": {"license_expire": "2027-12-31"}})),
    ("d-extension", "ASSET-0049", "/extension/operating_system",
     put("/extension", {"operating_system": {"os_family": "a", "os_name": "b", "os_version": "c"}})),
]
SYSTEM = [
    ("s-name-gone", "ASSET-0059", O + "os_name", drop(O + "os_name")),
    ("s-version-number", "ASSET-0059", O + "os_version", put(O + "os_version", 12)),
    ("s-patches", "ASSET-0060", O + "patches", put(O + "patches", "KB1")),
]
# Faults of the text: (id, requirement, function of the line).
TEXT = [
    ("t-cut", "TEXT-0001", lambda s: s[:-2]),
    ("t-comma", "TEXT-0001", lambda s: s[:-1] + ",}"),
    ("t-quotes", "TEXT-0001", lambda s: s.replace('"general"', "'general'")),
    ("t-nan", "TEXT-0001", lambda s: s[:-1] + ',"x_n":NaN}'),
    ("t-two", "TEXT-0001", lambda s: s + s),
    ("t-gbk", "TEXT-0002", lambda s: s[:-1].encode() + ',"x_n":"中文"}'.encode("gbk")),
    ("t-latin", "TEXT-0002", lambda s: s[:-1].encode() + b',"x_n":"\xe9"}'),
    ("t-bom", "TEXT-0003", lambda s: "\ufeff" + s),
    ("t-twice", "TEXT-0004", lambda s: s[:-1] + ',"x_n":1,"x_n":2}'),
    ("t-surrogate", "TEXT-0005", lambda s: s[:-1] + ',"x_n":"\\ud800"}'),
    ("t-big", "TEXT-0006", lambda s: s[:-1] + ',"x_n":18446744073709551616}'),
    ("t-array", "TEXT-0008", lambda s: "[" + s + "]"),
]


def dump(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def mutants(alert, device, system):
    """(id, requirement, pointer or None, bytes) of every seeded fault."""
    for good, table in ((alert, ALERT), (device, DEVICE), (system, SYSTEM)):
        for name, rid, pointer, change in table:
            record = copy.deepcopy(good)
            change(record)
            yield name, rid, pointer, dump(record).encode()
    for name, rid, change in TEXT:
        text = change(dump(alert))
        yield name, rid, None, text if isinstance(text, bytes) else text.encode()
