# SPDX-License-Identifier: Apache-2.0
"""Role function_server: takes commands. The order of the checks is that of the
interface tables, so that a request with one fault has one answer."""
import hmac
import json
import os
import threading
import time
from collections import OrderedDict

from base import check, commands, fault, strictjson, words
from base.auth import Tokens
from base.durable import Store
from base.httpd import Response, Server
from base.identity import rfc3339, uuid4

COMMAND, TASK = "/interconn/v1/command/", "/interconn/v1/task/"
WINDOW, LIMIT, NONCES, TASKS = 300, 1 << 20, 100_000, 10_000
RATE, BURST = 1000, 2000        # requests a second

words.LISTS.update(commands.LISTS)


class Deny(Exception):
    def __init__(self, status, code, why, pointer="", request_id="", retry=None, allow=None):
        super().__init__(why)
        self.status, self.code, self.why, self.pointer = status, code, why, pointer
        self.request_id, self.retry, self.allow = request_id, retry, allow


def reply(code, message, request_id="", data=None, task_id=None):
    out = {"version": "1.0", "request_id": request_id, "code": code, "message": message}
    if task_id:
        out["task_id"] = task_id
    if data is not None:
        out["data"] = data
    out["timestamp"] = rfc3339(digits=3)
    if fault.on("fs-no-timestamp"):
        del out["timestamp"]
    if fault.on("fs-timestamp-number"):
        out["timestamp"] = int(time.time())
    if fault.on("fs-version-other"):
        out["version"] = "0.9"
    if fault.on("fs-no-version"):
        del out["version"]
    if request_id and fault.on("fs-request-id-other"):
        out["request_id"] = uuid4()
    if request_id and fault.on("fs-no-request-id"):
        del out["request_id"]
    if fault.on("fs-code-text"):
        out["code"] = str(code)
    if fault.on("fs-no-message"):
        del out["message"]
    if fault.on("fs-code-zero-always"):
        out["code"] = 0
    if code >= 1000 and fault.on("fs-error-stack"):
        out["message"] = 'Traceback (most recent call last): File "/srv/app/handler.py", line 7'
    return out


def denial(d):
    status, code = d.status, d.code
    swaps = {                                   # a wrong code or status each
        "fs-code-2001": (2001, None, 2002), "fs-status-2001": (2001, 403, None),
        "fs-code-2002": (2002, None, 2001), "fs-status-2002": (2002, 401, None),
        "fs-code-1001": (1001, None, 1004), "fs-code-1003": (1003, None, 1002),
        "fs-code-1002": (1002, None, 1004), "fs-code-1004": (1004, None, 1002),
        "fs-code-1005": (1005, None, 1004), "fs-code-1006": (1006, None, 1001),
        "fs-code-3001": (3001, None, 3002), "fs-status-3001": (3001, 400, None),
        "fs-code-2003": (2003, None, 2001), "fs-code-2004": (2004, None, 1004),
        "fs-code-2005": (2005, None, 2004), "fs-status-2005": (2005, 409, None),
        "fs-code-3002": (3002, None, 3001), "fs-status-3002": (3002, 400, None),
        "fs-code-3006": (3006, None, 1004), "fs-status-3006": (3006, 400, None),
        "fs-status-1005": (1005, 501, None), "fs-status-1003": (1003, 422, None),
        "fs-status-errors-200": (None, 200, None), "fs-status-errors-500": (None, 500, None),
    }
    for name, (of, new_status, new_code) in swaps.items():
        if (of is None or of == code) and fault.on(name):
            status, code = new_status or status, new_code or code
            break
    headers = {}
    if status == 401 and not fault.on("fs-no-challenge"):
        headers["WWW-Authenticate"] = "Bearer"
    if d.allow:
        headers["Allow"] = d.allow
    if d.retry is not None:
        headers["Retry-After"] = str(d.retry)
    data = {"pointer": d.pointer} if d.pointer else None
    return Response(status, reply(code, d.why, d.request_id, data), headers)


class Nonces:
    """What was seen within the window, kept over a restart."""

    def __init__(self, path):
        self.seen = OrderedDict()
        self.lock = threading.Lock()
        self.fd = -1
        if path and not fault.on("fs-nonces-forgotten"):
            self.fd = os.open(path + ".nonces", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            for line in os.pread(self.fd, 16 << 20, 0).decode("utf-8", "replace").splitlines():
                when, _, nonce = line.partition(" ")
                if when.isdigit() and time.time() - int(when) < 2 * WINDOW:
                    self.seen[nonce] = int(when)

    def fresh(self, nonce):
        with self.lock:
            now = int(time.time())
            while self.seen and (len(self.seen) >= NONCES or now - next(iter(self.seen.values())) > 2 * WINDOW):
                self.seen.popitem(last=False)
            if nonce in self.seen:
                return False
            self.seen[nonce] = now
            if fault.on("fs-nonce-last-only"):
                for old in list(self.seen)[:-1]:
                    del self.seen[old]
            if self.fd >= 0:
                os.write(self.fd, f"{now} {nonce}\n".encode())
                os.fdatasync(self.fd)
            return True


class Task:
    def __init__(self, class_, operation, seconds, rid):
        self.id = uuid4()
        self.request_id = rid
        self.of = f"{class_}/{operation}"
        self.end = time.monotonic() + seconds
        self.cancelled = False

    def data(self):
        if fault.on("fs-task-never-ends"):
            state = "running"
        elif self.cancelled and not fault.on("fs-cancel-ignored"):
            state = "cancelled"
        else:
            state = "done" if time.monotonic() >= self.end else "running"
        out = {"task_id": self.id, "state": state, "progress": 100 if state == "done" else 50, "operation": self.of}
        if state == "done":
            out["result"] = {"items": []}
        return out


class Handler:
    limit = LIMIT

    def __init__(self, o):
        self.tokens = Tokens(o.token_file)
        if o.token_file:
            self.tokens.remember(o.token_file)
        if o.limited_token_file:
            self.tokens.limit(o.limited_token_file, set(commands.CLASSES) - {"respond"})
        self.store = Store(o.store)
        self.nonces = Nonces(o.store)
        self.key = commands.load_key(o.sign_key, o.token_file)
        self.signed = o.signature
        self.tasks = OrderedDict()
        self.policies, self.subscriptions = {}, {}
        self.lock = threading.Lock()
        self.level, self.level_at = float(BURST), time.monotonic()
        self.rules = {}
        if fault.on("fs-no-limit"):
            self.limit = 1 << 40

    @staticmethod
    def error(status, why, code):
        del status
        return reply(code, why)

    # ---- before the body

    def before(self, rq):
        try:
            self._before(rq)
        except Deny as d:
            return denial(d)
        return None

    def _before(self, rq):
        known, allowed = self.tokens.check(rq)
        if not known:
            raise Deny(401, 2001, "token missing or wrong")
        task = rq.path.startswith(TASK)
        if not task and not rq.path.startswith(COMMAND):
            raise Deny(404, 3001, "nothing is offered here")
        methods = ("GET", "DELETE") if task else ("POST",)
        if rq.method not in methods and not fault.on("fs-any-method"):
            raise Deny(405, 3001, "method is not offered here", allow=", ".join(methods))
        if task:
            return
        class_ = rq.path[len(COMMAND):].partition("/")[0]
        if allowed is not None and class_ in commands.CLASSES and class_ not in allowed and class_ != "common":
            if not fault.on("fs-no-roles"):
                raise Deny(403, 2002, "the role lacks this class")
        if rq.length > self.limit:
            raise Deny(413, 1006, "the body is too large")
        media = rq.field("content-type").partition(";")[0].strip().lower()
        if media != "application/json" and not fault.on("fs-any-media"):
            raise Deny(415, 1001, "application/json only")

    # ---- the body

    def answer(self, rq):
        try:
            if rq.path.startswith(TASK):
                return self._task(rq)
            return self._command(rq)
        except Deny as d:
            return denial(d)
        except Exception as e:                  # a fault of ours is no crash
            return denial(Deny(500, 5001, type(e).__name__))

    def _read(self, rq):
        try:
            value = strictjson.loads(rq.body)
        except strictjson.Bad as e:
            raise Deny(400, 1001, str(e)) from None
        if not isinstance(value, dict):
            raise Deny(400, 1002, "not an object")
        self.request_id = None
        return value

    def _check(self, rule, value, at, request_id):
        try:
            check.apply(rule, value, at)
        except check.Fault as f:
            raise Deny(400, f.code, f.why, f.pointer, request_id) from None

    def _rule(self, name, table):
        if name not in self.rules:
            rule = check._compile(table) if table.strip() else check.Rule()
            self.rules[name] = rule
        return self.rules[name]

    def _envelope(self, value, request_id):
        version = value.get("version")
        if isinstance(version, str) and version != "1.0" and not fault.on("fs-any-version"):
            raise Deny(400, 1005, "version is not supported", "/version", request_id)
        rule = self._rule("envelope", commands.ENVELOPE)
        for name, child in rule.children.items():
            if child.must and name not in value and not fault.on(f"fs-missing-{name}"):
                raise Deny(400, 1003, f"{name} is missing", "/" + name, request_id)
        if fault.names("fs-unknown-member"):
            extra = [n for n in value if n not in rule.children]
            if extra:
                fault.reached()
            value = {n: v for n, v in value.items() if n in rule.children}
        present = check.Rule()
        present.children = {n: c for n, c in rule.children.items() if n in value and n != "params"}
        body = {n: v for n, v in value.items() if n != "params"}
        if not isinstance(value.get("params", {}), dict):
            raise Deny(400, 1002, "params is no object", "/params", request_id)
        self._check(present, body, "", request_id)

    def _command(self, rq):
        value = self._read(rq)
        raw_id = value.get("request_id")
        rid = raw_id if isinstance(raw_id, str) and len(raw_id) <= 128 else ""
        self._envelope(value, rid)
        rid = rid or uuid4()                # only with a fault that lets it be absent
        class_, _, operation = rq.path[len(COMMAND):].partition("/")
        if (class_, operation) not in commands.OPERATIONS:
            if fault.on("fs-any-operation"):
                return Response(200, reply(0, "ok", rid, {}))
            raise Deny(404, 3001, "the operation is not known", "", rid)
        if (value.get("class", class_), value.get("operation", operation)) != (class_, operation) and \
                not fault.on("fs-path-differs"):
            pointer = "/class" if value["class"] != class_ else "/operation"
            raise Deny(400, 1004, "differs from the path", pointer, rid)
        params = value.get("params", {})
        table, long = commands.OPERATIONS[class_, operation]
        given = {n: v for n, v in params.items() if n != "dry_run"}
        dry = params.get("dry_run", False)
        if not isinstance(dry, bool):
            raise Deny(400, 1002, "not a boolean", "/params/dry_run", rid)
        if "params" in value and not fault.on("fs-params-unchecked"):
            self._check(self._rule((class_, operation), table), given, "/params", rid)
        self._security(rq, value, rid)
        return self._execute(class_, operation, params, dry, long, rid)

    # ---- security

    def _security(self, rq, value, rid):
        self._signature(rq, value, rid)
        stamp = check.instant(value.get("timestamp", rfc3339()))
        now = check.instant(rfc3339(offset_h=0))
        age = now[0] - stamp[0]
        low, high = -WINDOW, WINDOW
        if fault.on("fs-window-wide"):
            low, high = -WINDOW * 12, WINDOW * 12
        if fault.on("fs-no-window"):
            low, high = -1 << 60, 1 << 60
        if fault.on("fs-future-ok"):
            low = -1 << 60
        if fault.on("fs-past-ok"):
            high = 1 << 60
        if fault.on("fs-window-narrow"):
            low, high = -10, 10
        if not low <= age <= high:
            raise Deny(401, 2004, "the timestamp is out of the window", "/timestamp", rid)
        nonce = value.get("nonce", uuid4())
        if fault.on("fs-nonce-with-id"):
            nonce += value.get("request_id", "")
        if fault.on("fs-no-nonces"):
            return
        if not self.nonces.fresh(nonce):
            raise Deny(401, 2005, "the nonce was seen before", "/nonce", rid)

    def _signature(self, rq, value, rid):
        given = rq.field("x-interconn-signature")
        if not given and not self.signed or fault.on("fs-signature-ignored"):
            return
        parts = commands.parse_signature(given)
        if self.key and parts.get("alg") == "hmac-sm3" and \
                (parts.get("key_id") == self.key[0] or self.key[0] == "default"):
            body = rq.body
            if fault.on("fs-signature-no-body"):
                return
            mine = commands.signature(self.key[1], rq.method, rq.path, rq.query, body,
                                      value.get("timestamp", ""), value.get("nonce", ""))
            if hmac.compare_digest(mine, parts.get("value", "")):
                return
        raise Deny(401, 2003, "the signature is wrong", "", rid)

    # ---- effects

    def _limit_rate(self, rid):
        now = time.monotonic()
        self.level = min(BURST, self.level + (now - self.level_at) * RATE)
        self.level_at = now
        self.level -= 1
        if self.level < 0 or fault.on("fs-limits-always"):
            raise Deny(429, 3007, "too many requests", "", rid, retry=1)

    def _known_target(self, operation, params, rid):
        """3002 for what this product does not have."""
        if fault.on("fs-any-target"):
            return
        if operation == "policy_revoke" and params.get("policy_id") not in self.policies:
            raise Deny(404, 3002, "no such policy", "/params/policy_id", rid)
        if operation == "unsubscribe" and params.get("subscription_id") not in self.subscriptions:
            raise Deny(404, 3002, "no such subscription", "/params/subscription_id", rid)
        asset = params.get("asset_id")
        if isinstance(asset, str) and not asset[-1:].isdigit():
            raise Deny(404, 3002, "no such asset", "/params/asset_id", rid)

    def _execute(self, class_, operation, params, dry, long, rid):
        with self.lock:
            content = json.dumps([class_, operation, params], sort_keys=True)
            digest = Store.digest(content.encode())
            self._known_target(operation, params, rid)
            seen = self.store.seen(rid)
            if seen and not fault.on("fs-no-idempotency"):
                if seen[0] != digest and not fault.on("fs-conflict-ok"):
                    raise Deny(409, 3006, "this request_id came with other contents", "/request_id", rid)
                if fault.on("fs-repeat-409"):
                    raise Deny(409, 3006, "seen before", "/request_id", rid)
                status, stored = seen[1]
                if fault.on("fs-repeat-other"):
                    stored = dict(stored, data={"repeated": True})
                return Response(status, stored)
            self._limit_rate(rid)
            return self._effect(class_, operation, params, dry, long, rid, digest)

    def _effect(self, class_, operation, params, dry, long, rid, digest):
        if dry and not fault.on("fs-dry-run-acts"):
            data = {} if fault.on("fs-dry-run-unsaid") else {"dry_run": True}
            value = reply(0, "ok", rid, data)
            self.store.keep(rid, digest, [], [200, value])
            return Response(200, value)
        if long:
            status, value = self._start(class_, operation, rid)
        else:
            status, value = 200, reply(0, "ok", rid, self._data(class_, operation, params))
        line = strictjson.dumps({"request_id": rid, "class": class_, "operation": operation, "params": params})
        lines = [] if class_ == "common" or operation.endswith("_query") else [line]
        if fault.on("fs-effect-lost"):
            lines = []
        if fault.on("fs-effect-twice"):
            lines = lines * 2
        self.store.keep(rid, digest, lines, [status, value])
        return Response(status, value)

    def _start(self, class_, operation, rid):
        task = Task(class_, operation, .4, rid)
        self.tasks[task.id] = task
        if len(self.tasks) > TASKS:
            self.tasks.popitem(last=False)
        status = 200 if fault.on("fs-202-as-200") else 202
        code = 0 if fault.on("fs-accepted-code-0") else 1
        named = None if fault.on("fs-no-task-id") else uuid4() if fault.on("fs-task-id-other") else task.id
        return status, reply(code, "accepted", rid, None, named)

    def _data(self, class_, operation, params):
        if operation == "capability_query":
            rows = [{"class": c, "operation": o, "versions": ["1.0"]} for c, o in commands.OPERATIONS]
            if fault.on("fs-capability-short"):
                rows = [r for r in rows if r["class"] != "respond"]
            if fault.on("fs-capability-more"):
                rows.append({"class": "respond", "operation": "self_destruct", "versions": ["1.0"]})
            if fault.on("fs-capability-no-versions"):
                for r in rows:
                    del r["versions"]
            if fault.on("fs-capability-map"):
                return {"capabilities": {r["operation"]: r["class"] for r in rows}}
            return {"capabilities": rows}
        if operation == "policy_apply":
            self.policies[params.get("policy", {}).get("id")] = params
            data = {"policy_id": params.get("policy", {}).get("id"), "state": "active"}
            return dict(data, note="in force") if fault.on("fs-result-unknown") else data
        if operation == "policy_revoke":
            self.policies.pop(params.get("policy_id"), None)
            return {"policy_id": params.get("policy_id"), "state": "revoked"}
        if operation == "subscribe":
            name = uuid4()
            self.subscriptions[name] = params
            return {"subscription_id": name}
        if operation == "unsubscribe":
            self.subscriptions.pop(params.get("subscription_id"), None)
            return {"subscription_id": params.get("subscription_id")}
        if operation == "subscriptions":
            return {"subscriptions": [dict(v, subscription_id=k) for k, v in self.subscriptions.items()]}
        return self._state(operation, params)

    def _state(self, operation, params):
        if operation in ("block", "whitelist_set", "blacklist_set"):
            ttl = params.get("ttl_s", 3600)
            if fault.on("fs-ttl-ignored"):
                ttl = 86400 * 365
            data = {"accepted": params.get("values", []), "rejected": []}
            if not fault.on("fs-no-effective-until"):
                data["effective_until"] = rfc3339(time.time() + ttl)
            if fault.on("fs-result-text"):
                data["accepted"] = ",".join(data["accepted"])
            return data
        if operation == "status_query":
            full = {"cpu": 12.5, "mem": 40.1, "disk": 71, "version": "1.4.2", "license": "valid", "health": "ok"}
            if fault.on("fs-result-percent"):
                full["cpu"] = "12.5%"
            return {k: v for k, v in full.items() if k in (params.get("items") or full)}
        if operation == "asset_query":
            return {"items": {} if fault.on("fs-result-items-map") else []}
        if operation == "threat_lookup":
            return {"items": ["203.0.113.7"] if fault.on("fs-result-items-text") else []}
        if operation == "signature_update":
            return {"version": params.get("version")}
        if operation == "notify":
            return {"delivered": params.get("receivers", [])}
        return {"state": "已完成" if fault.on("fs-result-word") else "done"}

    # ---- tasks

    def _task(self, rq):
        name = rq.path[len(TASK):]
        with self.lock:
            task = self.tasks.get(name)
        if task and fault.on("fs-task-never-found"):
            task = None
        if not task:
            if fault.on("fs-task-always-found"):
                return Response(200, reply(0, "ok", "", {"task_id": name, "state": "done"}))
            raise Deny(404, 3002, "no such task")
        if rq.method == "DELETE":
            task.cancelled = True
        data = task.data()
        if fault.on("fs-task-id-wrong"):
            data["task_id"] = uuid4()
        if fault.on("fs-task-no-state"):
            del data["state"]
        return Response(200, reply(0 if data.get("state") != "running" else 1, "ok", task.request_id, data,
                                   task.id))


def run(o):
    handler = Handler(o)
    try:
        Server(o, handler).run()
    finally:
        handler.store.close()
