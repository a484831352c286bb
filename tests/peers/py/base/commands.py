# SPDX-License-Identifier: Apache-2.0
"""The operations of the command interface and their parameters, in the form of
shape.py; the envelope of a request; the signature."""
import base64
import hashlib
import hmac

from . import fault

ENVELOPE = """
version! s 1 16
request_id! s 1 128
timestamp! t
nonce! s 8 128
sender! s 1 128
class! s 1 32
operation! s 1 64
params! o
auth f
"""

_TARGETS = """
targets! a 1 1024
targets[] s 1 256
"""
_BLOCK = """
kind! e kind
values! a 1 1024
values[] s 1 2048
scope s 1 64
ttl_s i 1 31536000
"""

# (class, operation): (parameters, long)
OPERATIONS = {
    ("identify", "asset_scan"): (_TARGETS + "ports s 1 256\nprofile s 1 64\ndeadline t", True),
    ("identify", "asset_query"): ("filter f\npage o\npage.size i 1 1000\npage.cursor s 1 256", False),
    ("identify", "vuln_scan"): (_TARGETS + "policy s 1 128\ndeadline t", True),
    ("identify", "baseline_check"): (_TARGETS + "template s 1 128\ndeadline t", True),
    ("identify", "data_discovery"): (_TARGETS + "classes a 0 256\nclasses[] s 1 128\ndeadline t", True),
    ("protect", "policy_apply"): ("policy! o\npolicy.id! s 1 128\npolicy.type! e policy\npolicy.match f\n"
                                  "policy.action! s 1 64\npolicy.priority i 0 65535\npolicy.valid_until t", False),
    ("protect", "policy_revoke"): ("policy_id! s 1 128", False),
    ("protect", "policy_query"): ("policy_id s 1 128", False),
    ("protect", "whitelist_set"): (_BLOCK, False),
    ("protect", "blacklist_set"): (_BLOCK, False),
    ("protect", "identity_enforce"): ("account! s 1 256\naction! e enforce", False),
    ("protect", "signature_update"): ("package_ref! s 1 2048\nversion! s 1 64\ndigest s 1 256", False),
    ("monitor", "subscribe"): ("info_type! e info\nfilter f\nendpoint! s 1 2048\nttl_s i 1 31536000", False),
    ("monitor", "unsubscribe"): ("subscription_id! s 1 128", False),
    ("monitor", "subscriptions"): ("", False),
    ("monitor", "log_collect"): ("source! s 1 256\nrange f", True),
    ("monitor", "traffic_capture"): ("bpf! s 0 1024\nseconds! i 1 3600\nmax_bytes i 1", True),
    ("monitor", "status_query"): ("items a 0 16\nitems[] e status_item", False),
    ("monitor", "threat_lookup"): ("ioc_type! e observable\nioc_values! a 1 1000\nioc_values[] s 1 2048", False),
    ("respond", "block"): (_BLOCK, False),
    ("respond", "unblock"): (_BLOCK, False),
    ("respond", "isolate_host"): ("asset_id s 1 64 id\nip s 1 45 ip\nmode s 1 64\nttl_s i 1 31536000", False),
    ("respond", "release_host"): ("asset_id s 1 64 id\nip s 1 45 ip\nmode s 1 64", False),
    ("respond", "kill_process"): ("asset_id! s 1 64 id\npid i 1 4294967295\nname s 1 256", False),
    ("respond", "quarantine_file"): ("asset_id! s 1 64 id\npath s 1 4096\nhash s 32 128 hex", False),
    ("respond", "restore_file"): ("asset_id! s 1 64 id\npath s 1 4096\nhash s 32 128 hex", False),
    ("respond", "disable_account"): ("asset_id s 1 64 id\naccount! s 1 256", False),
    ("respond", "enable_account"): ("asset_id s 1 64 id\naccount! s 1 256", False),
    ("respond", "alert_dispose"): ("alert_id! s 1 64\ndisposal_status! e disposal\ncomment s 0 2048", False),
    ("respond", "notify"): ("receivers! a 1 256\nreceivers[] s 1 256\ntext! s 1 4096", False),
    ("common", "capability_query"): ("", False),
}
LISTS = {
    "kind": {"ip", "domain", "url", "hash", "account"},
    "policy": {"acl", "waf", "ips", "av", "dlp"},
    "enforce": {"mfa", "lock", "unlock", "reset"},
    "status_item": {"cpu", "mem", "disk", "version", "license", "health"},
}
CLASSES = ("identify", "protect", "monitor", "respond", "common")


def sm3(data):
    return hashlib.new("sm3", data).hexdigest()


def signed_text(method, path, query, body, timestamp, nonce):
    return "\n".join([method, path, query, sm3(body), timestamp, nonce]).encode()


def signature(key, method, path, query, body, timestamp, nonce):
    text = signed_text(method, path, query, body, timestamp, nonce)
    if fault.on("fc-sign-no-nonce"):
        text = text.rsplit(b"\n", 1)[0]
    if fault.on("fc-sign-body"):
        text = "\n".join([method, path, query, sm3(body + b" "), timestamp, nonce]).encode()
    return base64.b64encode(hmac.new(key, text, "sm3").digest()).decode()


def parse_signature(value):
    """{alg, key_id, value} of the header field; {} when it is none."""
    parts = {}
    for one in value.split(";"):
        name, mark, rest = one.strip().partition("=")
        if mark:
            parts[name.strip()] = rest.strip()
    return parts


def load_key(path, token_file=None):
    """(key_id, key): a line KEY_ID:HEX, or the key itself; without a file the
    token is the key; None without both."""
    if not path and not token_file:
        return None
    path = path or token_file
    with open(path, "rb") as f:
        line = f.readline().strip()
    key_id, mark, rest = line.partition(b":")
    if mark:
        try:
            return key_id.decode(), bytes.fromhex(rest.decode())
        except ValueError:
            pass
    return "default", line.split()[0] if line.split() else b""
