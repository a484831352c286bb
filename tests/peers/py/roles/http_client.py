# SPDX-License-Identifier: Apache-2.0
"""Role http_client: delivers envelopes over HTTP(S), at least once.

2xx delivered (207: by item); 409 the receiver has it; 400, 422 and other 4xx
about the data: dead, the next; 401, 403, 404, 405, 415: the set-up is wrong,
tried again slowly; 413: halves; 408, 425, 429, 5xx, no answer: the same bytes
again after a pause that grows, or as long as Retry-After says."""
import json
import random
import time

from base import fault
from base.envelope import Encoder
from base.httpc import Broken, Client
from base.options import say, token_of

FIRST_S, CAP_S, SETUP_S = .1, 2.0, 2.0
SETUP = (401, 403, 404, 405, 407, 415, 421, 426, 431)
AGAIN = (408, 425, 429)


class Sender:
    def __init__(self, o):
        self.o = o
        self.encoder = Encoder(o)
        self.client = Client(o, timeout=3)
        self.token = token_of(o.token_file) if o.token_file else None
        self.delivered = self.dead = 0
        self.queue = []
        self.sent_before = []

    # ---- one request

    def fields(self, m):
        fields = {"Content-Type": "application/json", "Idempotency-Key": m.msg_id,
                  "Accept": "application/json", "User-Agent": "peer-py/1"}
        if self.token:
            fields["Authorization"] = "Bearer " + self.token
        if fault.on("hc-media"):
            fields["Content-Type"] = "text/plain"
        if fault.on("hc-no-media"):
            del fields["Content-Type"]
        if fault.on("hc-no-key"):
            del fields["Idempotency-Key"]
        if fault.on("hc-key-other"):
            from base.identity import uuid4
            fields["Idempotency-Key"] = uuid4()
        if self.token and fault.on("hc-no-token"):
            del fields["Authorization"]
        if self.token and fault.on("hc-basic"):
            import base64
            fields["Authorization"] = "Basic " + base64.b64encode(b"peer:" + self.token.encode()).decode()
        if self.token and fault.on("hc-token-in-url"):
            del fields["Authorization"]
        if fault.on("hc-gzip-lie"):
            fields["Content-Encoding"] = "gzip"
        if fault.on("hc-two-lengths"):
            fields["content-length"] = str(len(m.body) + 1)
        if fault.on("hc-charset"):
            fields["Content-Type"] = "application/json; charset=gb18030"
        return fields

    def path(self, m):
        kind = m.kind
        if fault.on("hc-path-kind"):
            kind = {"alert": "asset"}.get(kind, "alert")
        if fault.on("hc-path-plural"):
            kind += "s"
        if fault.on("hc-path-old"):
            return f"/interconn/v0/data/{kind}"
        path = f"/interconn/v1/data/{kind}"
        if fault.on("hc-path-slash"):
            path += "/"
        if self.token and fault.names("hc-token-in-url"):
            path += "?token=" + self.token
        if fault.on("hc-token-also-in-url") and self.token:
            path += "?access_token=" + self.token
        return path

    def exchange(self, m):
        """(status, answer or None); 0 when there was none."""
        method = "PUT" if fault.on("hc-put") else "GET" if fault.on("hc-get") else "POST"
        try:
            answer = self.client.request(method, self.path(m), m.body, self.fields(m))
            return answer.status, answer
        except Broken as e:
            say(f"no answer: {e}")
            return 0, None

    # ---- what an answer means

    def deliver(self, m):
        """Until the message has an end; the pauses are in here."""
        tries, pause = 0, FIRST_S
        while True:
            status, answer = self.exchange(m)
            tries += 1
            verdict = self.judge(m, status, answer)
            if verdict == "again" and fault.on("hc-gives-up"):
                verdict = "dead"
            if verdict in ("done", "dead"):
                self.delivered += verdict == "done"
                self.dead += verdict == "dead"
                if verdict == "done" and fault.on("hc-resends-accepted"):
                    self.exchange(m)
                return
            m = self.changed(m)
            wait = SETUP_S if verdict == "setup" else self.pause(pause, answer)
            pause = min(pause * 2, CAP_S)
            time.sleep(wait)

    def pause(self, pause, answer):
        after = answer.retry_after() if answer else None
        if after is not None and not fault.on("hc-ignores-retry-after"):
            return after
        if fault.on("hc-no-back-off"):
            return .005
        if fault.names("hc-401-fast") and answer and answer.status in SETUP:
            return .005
        if fault.on("hc-flat-back-off"):
            return .05
        return pause * (.75 + random.random() / 2)

    def changed(self, m):
        """The message as it is sent again: the same."""
        if fault.on("hc-new-id-on-retry"):
            return self.encoder.encode(m.kind, m.items)
        if fault.names("hc-new-bytes-on-retry"):
            fault.reached()
            return self.encoder.encode(m.kind, m.items, m.msg_id)
        if fault.on("hc-new-key-on-retry"):
            from base.identity import uuid4
            m.msg_id = uuid4()
        if fault.on("hc-drops-last-on-retry") and len(m.items) > 1:
            return self.encoder.encode(m.kind, m.items[:-1], m.msg_id)
        return m

    def judge(self, m, status, answer):
        if status == 0:
            return "dead" if fault.on("hc-lost-answer-is-done") else "again"
        if status == 207:
            return self.partial(m, answer)
        if 200 <= status <= 299:
            return "done" if self.ours(m, answer) else "again"
        if status == 409:
            return "again" if fault.on("hc-409-again") else "done"
        if status == 413 and len(m.items) > 1:
            self.split(m)
            return "dead"
        if 300 <= status <= 399:
            if fault.on("hc-follows-redirect"):
                return self.follow(m, answer)
            return "setup"
        if status in SETUP:
            return "again" if fault.on("hc-401-fast") else "setup"
        if status in AGAIN:
            return "dead" if fault.on("hc-429-is-dead") else "again"
        if 400 <= status <= 499:
            say(f"refused with {status}: {answer.body[:200]!r}")
            return "again" if fault.on("hc-retries-400") else "dead"
        if fault.on("hc-5xx-is-done"):
            return "done"
        return "dead" if fault.on("hc-5xx-is-dead") else "again"

    @staticmethod
    def ours(m, answer):
        """An answer that names another message, or other items, accepts nothing."""
        try:
            value = json.loads(answer.body)
        except (ValueError, RecursionError):
            return True
        if not isinstance(value, dict):
            return True
        if value.get("msg_id") not in (None, "", m.msg_id) and not fault.on("hc-any-answer"):
            return False
        results = value.get("results")
        return not isinstance(results, list) or len(results) in (0, len(m.items)) or fault.on("hc-any-results")

    def follow(self, m, answer):
        """For a seeded fault: where Location says, whoever that is."""
        where = answer.fields.get("location", "")
        host, mark, path = where.partition("://")[2].partition("/") if "://" in where else ("", "", where[1:])
        del mark
        client, old = self.client, self.o.connect
        try:
            if host:
                self.o.connect = where.partition("://")[0] + "://" + host
                client = Client(self.o, timeout=3)
            client.request("POST", "/" + path, m.body, self.fields(m))
        except (Broken, SystemExit):
            pass
        finally:
            self.o.connect = old
        return "done"

    def split(self, m):
        half = len(m.items) // 2
        if fault.on("hc-413-drops"):
            return
        self.queue += [(m.kind, m.items[:half], None, m.escaped), (m.kind, m.items[half:], None, m.escaped)]

    def partial(self, m, answer):
        """207: items that may come again go into a message of their own."""
        if not self.ours(m, answer):
            return "again"
        try:
            results = json.loads(answer.body)["results"]
            if len(results) != len(m.items):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            return "done"
        if fault.on("hc-207-is-done"):
            return "done"
        if fault.on("hc-207-resends-all"):
            return "again"
        later = [i for i, r in zip(m.items, results) if r >= 500 or r in AGAIN]
        if fault.on("hc-207-resends-refused"):
            later = [i for i, r in zip(m.items, results) if r >= 400]
        if later:
            time.sleep(FIRST_S)
            self.queue.append((m.kind, later, None, m.escaped))
        return "done"

    # ---- the loop

    def next(self):
        if self.queue:
            return self.encoder.encode(*self.queue.pop(0))
        if fault.names("hc-frozen-id") and self.sent_before:
            fault.reached()
            m = self.encoder.next()
            return self.encoder.encode(m.kind, m.items, self.sent_before[0].msg_id)
        m = self.encoder.next()
        if fault.names("hc-repeats-content") and self.sent_before:
            fault.reached()
            old = self.sent_before[0]
            m = self.encoder.encode(old.kind, old.items)
        self.sent_before = [m] if not self.sent_before else self.sent_before
        return m

    def run(self):
        while not self.o.count or self.delivered + self.dead < self.o.count:
            self.deliver(self.next())
            time.sleep((self.o.interval_ms or 20) / 1000)
        self.client.close()
        say(f"delivered {self.delivered}, refused {self.dead}")
        return 0


def run(o):
    return Sender(o).run()
