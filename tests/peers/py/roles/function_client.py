# SPDX-License-Identifier: Apache-2.0
"""Role function_client: issues commands. A command that has no answer, or one
that says later, is sent again with the same request_id and params, a new nonce
and time; one that is refused is not; long work is followed by its task."""
import json
import random
import time

from base import commands, fault
from base.httpc import Broken, Client
from base.identity import rfc3339, uuid4
from base.options import say, token_of
from base.strictjson import dumps

FIRST_S, CAP_S, POLL_S = .1, 2.0, .2
AGAIN = (408, 425, 429)


def _segment(text):
    """Percent-encoded as one segment of a path (RFC 3986 3.3)."""
    keep = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return "".join(chr(b) if b in keep else f"%{b:02X}" for b in text.encode("utf-8"))


def plan(n, r):
    """The n-th command: (class, operation, params)."""
    address = f"203.0.113.{r.randrange(1, 255)}"
    rows = [
        ("common", "capability_query", {}),
        ("respond", "block", {"kind": "ip", "values": [address, "2001:db8::7"], "scope": "边界", "ttl_s": 600}),
        ("identify", "asset_query", {"filter": {"asset_type": "device"}, "page": {"size": 100}}),
        ("monitor", "status_query", {"items": ["cpu", "mem", "version"]}),
        ("identify", "asset_scan", {"targets": ["192.0.2.0/24"], "ports": "1-1024", "profile": "quick"}),
        ("protect", "policy_apply", {"policy": {"id": f"p-{n}", "type": "acl", "match": {"src_ip": address},
                                                "action": "deny", "priority": 10}}),
        ("respond", "block", {"kind": "domain", "values": ["c2.example.com"], "ttl_s": 60, "dry_run": True}),
        ("monitor", "threat_lookup", {"ioc_type": "ipv4", "ioc_values": [address]}),
        ("respond", "isolate_host", {"asset_id": "host:12", "mode": "full"}),
        ("respond", "alert_dispose", {"alert_id": f"al-{n}", "disposal_status": "confirmed", "comment": "已核实"}),
        ("protect", "blacklist_set", {"kind": "hash", "values": ["a" * 64], "ttl_s": 3600}),
        ("respond", "unblock", {"kind": "ip", "values": [address]}),
    ]
    return rows[n % len(rows)]


class Caller:
    def __init__(self, o):
        self.o = o
        self.r = random.Random(o.seed)
        self.client = Client(o, timeout=3)
        self.token = token_of(o.token_file) if o.token_file else None
        self.key = commands.load_key(o.sign_key, o.token_file) if o.sign_key or o.signature else None
        self.made = self.done = self.refused = 0
        self.first_nonce = None

    # ---- requests

    def nonce(self):
        fresh = uuid4().replace("-", "")
        if fault.on("fc-nonce-constant"):
            return "0123456789abcdef"
        if fault.on("fc-nonce-empty"):
            return ""
        return fresh

    def stamp(self):
        if fault.on("fc-stamp-stale"):
            return rfc3339(time.time() - 900)
        if fault.on("fc-stamp-future"):
            return rfc3339(time.time() + 900)
        if fault.on("fc-stamp-local"):
            return rfc3339()[:-6]
        if fault.on("fc-stamp-number"):
            return int(time.time())
        if fault.on("fc-stamp-utc-lie"):
            return rfc3339()[:-6] + "Z"
        return rfc3339(digits=3)

    def envelope(self, class_, operation, params, request_id):
        e = {"version": "1.0", "request_id": request_id, "timestamp": self.stamp(), "nonce": self.nonce(),
             "sender": "peer-py-01", "class": class_, "operation": operation, "params": params}
        for name in ("version", "request_id", "timestamp", "nonce", "sender", "class", "operation", "params"):
            if fault.on(f"fc-no-{name.replace('_', '-')}"):
                del e[name]
        if fault.on("fc-version-2"):
            e["version"] = "2.0"
        if fault.on("fc-version-number"):
            e["version"] = 1.0
        if fault.on("fc-sender-empty"):
            e["sender"] = ""
        if fault.on("fc-class-zh"):
            e["class"] = "处置"
        if fault.on("fc-class-differs"):
            e["class"] = "monitor" if class_ != "monitor" else "identify"
        if fault.on("fc-operation-differs"):
            e["operation"] = "status_query" if operation != "status_query" else "asset_query"
        if fault.on("fc-operation-camel"):
            e["operation"] = "".join(w.capitalize() for w in operation.split("_"))
        if fault.on("fc-unknown-member"):
            e["priority"] = 1
        if fault.on("fc-params-array"):
            e["params"] = [params]
        if fault.on("fc-params-text"):
            e["params"] = dumps(params)
        self._params(e)
        return e

    def _params(self, e):
        p = e.get("params")
        if not isinstance(p, dict):
            return
        if "kind" in p and fault.on("fc-kind-word"):
            p["kind"] = "address"
        if "values" in p and fault.on("fc-values-text"):
            p["values"] = p["values"][0]
        if "values" in p and fault.on("fc-values-empty"):
            p["values"] = []
        if "values" in p and fault.on("fc-no-values"):
            del p["values"]
        if "ttl_s" in p and fault.on("fc-ttl-text"):
            p["ttl_s"] = str(p["ttl_s"])
        if "ttl_s" in p and fault.on("fc-ttl-negative"):
            p["ttl_s"] = -1
        if "policy" in p and fault.on("fc-policy-no-id"):
            del p["policy"]["id"]
        if "disposal_status" in p and fault.on("fc-disposal-word"):
            p["disposal_status"] = "ok"
        if "ioc_values" in p and fault.on("fc-no-ioc-values"):
            del p["ioc_values"]
        if p.get("dry_run") and fault.on("fc-dry-run-text"):
            p["dry_run"] = "true"
        if "targets" in p and fault.on("fc-no-targets"):
            del p["targets"]
        if fault.on("fc-params-unknown"):
            p["colour"] = "red"

    def fields(self, path, body, e):
        fields = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "peer-py/1"}
        if self.token and not fault.on("fc-no-token"):
            fields["Authorization"] = "Bearer " + self.token
        if self.token and fault.on("fc-basic"):
            fields["Authorization"] = "Basic " + self.token
        if self.token and fault.on("fc-token-in-body"):
            del fields["Authorization"]
        if fault.on("fc-media"):
            fields["Content-Type"] = "text/plain"
        if self.key:
            value = commands.signature(self.key[1], "POST", path, "", body, str(e.get("timestamp", "")),
                                       str(e.get("nonce", "")))
            if fault.on("fc-sign-garbage"):
                value = "AAAA" + value[4:]
            alg = "hmac-sha256" if fault.on("fc-sign-alg") else "hmac-sm3"
            fields["X-Interconn-Signature"] = f"alg={alg};key_id={self.key[0]};value={value}"
        return fields

    def path(self, class_, operation):
        if fault.on("fc-path-class"):
            class_ = "monitor" if class_ != "monitor" else "identify"
        if fault.on("fc-path-flat"):
            return f"/interconn/v1/command/{operation}"
        if fault.on("fc-path-old"):
            return f"/interconn/v0/command/{class_}/{operation}"
        path = f"/interconn/v1/command/{class_}/{operation}"
        if self.token and fault.on("fc-token-in-url"):
            path += "?token=" + self.token
        return path

    def post(self, class_, operation, params, request_id, old=None):
        """(answer or None, its JSON or None, the envelope that was sent)."""
        e = old or self.envelope(class_, operation, json.loads(dumps(params)), request_id)
        if self.token and fault.on("fc-token-in-body"):
            e["auth"] = {"token": self.token}
        body = dumps(e).encode()
        if fault.on("fc-body-twice"):
            body = body[:-1] + b',"version":"1.0"}'
        if fault.on("fc-body-bom"):
            body = b"\xef\xbb\xbf" + body
        if fault.on("fc-body-latin"):
            body = body[:-1] + b',"x":"\xe9"}'
        path = self.path(class_, operation)
        method = "PUT" if fault.on("fc-put") else "POST"
        try:
            answer = self.client.request(method, path, body, self.fields(self.client.base + path, body, e))
        except Broken as x:
            say(f"no answer: {x}")
            return None, None, e
        return answer, self._json(answer), e

    @staticmethod
    def _json(answer):
        try:
            value = json.loads(answer.body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    # ---- one command

    def call(self, class_, operation, params):
        request_id = uuid4()
        if fault.on("fc-request-id-constant"):
            request_id = "00000000-0000-4000-8000-000000000000"
        pause, old = FIRST_S, None
        while True:
            answer, value, e = self.post(class_, operation, params, request_id, old)
            verdict = self.judge(answer, value, e)
            if verdict == "done":
                self.done += 1
                if fault.on("fc-repeats-done"):
                    self.post(class_, operation, params, request_id)
                if value.get("task_id") and answer.status == 202 and not fault.on("fc-no-poll"):
                    self.follow(value["task_id"])
                return
            if verdict == "refused":
                self.refused += 1
                return
            if fault.on("fc-new-id-on-retry"):
                request_id = uuid4()
            if fault.on("fc-same-bytes-on-retry"):
                old = e
            if fault.names("fc-same-nonce-on-retry"):
                fault.reached()
                self.nonce = lambda nonce=e.get("nonce"): nonce
            if fault.names("fc-same-stamp-on-retry"):
                fault.reached()
                self.stamp = lambda stamp=e.get("timestamp"): stamp
            if fault.on("fc-params-change-on-retry"):
                params = dict(params, dry_run=True)
            self.wait(answer, pause)
            pause = min(pause * 2, CAP_S)

    @staticmethod
    def wait(answer, pause):
        after = answer.retry_after() if answer else None
        if after is not None and not fault.on("fc-ignores-retry-after"):
            time.sleep(after)
        elif fault.on("fc-no-back-off"):
            time.sleep(.005)
        else:
            time.sleep(pause * (.75 + random.random() / 2))

    def judge(self, answer, value, e):
        if answer is None:
            return "refused" if fault.on("fc-no-retry") else "again"
        status = answer.status
        if 200 <= status <= 299:
            if value is None:
                return "refused" if fault.on("fc-any-body") else "again"
            if value.get("code") not in (0, 1):
                return "refused"
            if value.get("request_id") != e.get("request_id") and not fault.on("fc-any-request-id"):
                return "again"
            return "done"
        if status == 401 and value and value.get("code") == 2005 and not fault.on("fc-2005-refused"):
            return "again"                      # with a new nonce
        if status in AGAIN:
            return "refused" if fault.on("fc-429-refused") else "again"
        if 300 <= status <= 499:
            return "again" if fault.on("fc-retries-400") else "refused"
        return "refused" if fault.on("fc-503-refused") else "again"

    def follow(self, task_id):
        """Until the task has an end; at most a minute."""
        end = time.monotonic() + 60
        if fault.on("fc-polls-other-task"):
            task_id = uuid4()
        name = str(task_id) if fault.on("fc-task-raw") else _segment(str(task_id))
        path = f"/interconn/v1/task/{name}"
        if fault.on("fc-polls-query"):
            path = f"/interconn/v1/task?task_id={task_id}"
        fields = {"Accept": "application/json"}
        if self.token and not fault.on("fc-polls-no-token"):
            fields["Authorization"] = "Bearer " + self.token
        while time.monotonic() < end:
            time.sleep(.002 if fault.on("fc-polls-fast") else POLL_S)
            try:
                answer = self.client.request("POST" if fault.on("fc-polls-post") else "GET", path,
                                             b"" if fault.names("fc-polls-post") else None, fields)
            except Broken:
                continue
            if answer.status in AGAIN or answer.status >= 500:
                time.sleep(answer.retry_after() or FIRST_S)
                continue
            value = self._json(answer)
            if not value or value.get("code") != 1:     # 1: not done yet
                if not (fault.on("fc-polls-on") and answer.status == 200):
                    return
            if fault.on("fc-polls-once"):
                return

    def run(self):
        while not self.o.count or self.done + self.refused < self.o.count:
            self.call(*plan(self.made, self.r))
            self.made += 1
            time.sleep((self.o.interval_ms or 20) / 1000)
        self.client.close()
        say(f"done {self.done}, refused {self.refused}")
        return 0


def run(o):
    return Caller(o).run()
