# SPDX-License-Identifier: Apache-2.0
"""Role kafka_producer: topic <prefix>.<info_type>.v1, key asset_id or alert_id
(else msg_id), headers schema, schema_version, source; waits for the broker's
acknowledgement of all replicas and repeats until it has it."""
import time

from kafka import KafkaProducer
from kafka.errors import KafkaError

from base import fault
from base.envelope import VERSION, Encoder
from base.identity import uuid4
from base.options import say

FIRST_S, CAP_S = .1, 2.0


def settings(o):
    _, host, port = o.address()
    out = {
        "bootstrap_servers": f"{host}:{port}", "acks": "all", "retries": 5, "max_in_flight_requests_per_connection": 1,
        "linger_ms": 0, "max_request_size": 1 << 20, "client_id": "peer-py", "api_version": (2, 1, 0),
        "request_timeout_ms": 10000, "max_block_ms": 10000, "retry_backoff_ms": 100,
    }
    if fault.on("kp-acks-0"):
        out["acks"] = 0
    elif fault.on("kp-acks-1"):
        out["acks"] = 1
    if o.ca:
        out.update(security_protocol="SSL", ssl_cafile=o.ca, ssl_certfile=o.cert, ssl_keyfile=o.key)
    return out


def topic(o, m):
    kind, prefix, version = m.kind, o.topic_prefix, "v1"
    if fault.on("kp-topic-kind"):
        kind = {"alert": "asset"}.get(kind, "alert")
    if fault.on("kp-topic-version"):
        version = "v2"
    if fault.on("kp-topic-no-version"):
        return f"{prefix}.{kind}"
    if fault.on("kp-topic-one"):
        return f"{prefix}.alert.v1"
    if fault.on("kp-topic-dashes"):
        return f"{prefix}-{kind}-{version}"
    if fault.on("kp-topic-plural"):
        kind += "s"
    if fault.on("kp-topic-upper"):
        return f"{prefix}.{kind.upper()}.{version}"
    return f"{prefix}.{kind}.{version}"


def key(m):
    if fault.on("kp-key-none"):
        return None
    if fault.on("kp-key-random"):
        return uuid4().encode()
    if fault.on("kp-key-constant"):
        return b"peer"
    if fault.on("kp-key-kind"):
        return m.kind.encode()
    if fault.on("kp-key-empty"):
        return b""
    if fault.on("kp-key-quoted"):
        return b'"' + m.key().encode() + b'"'
    if fault.on("kp-key-msg-id"):
        return m.msg_id.encode()
    return m.key().encode()


def headers(m):
    h = {"schema": f"interconn/{m.kind}", "schema_version": VERSION, "source": "peer-py-01"}
    if fault.on("kp-no-headers"):
        return []
    if fault.on("kp-no-schema"):
        del h["schema"]
    if fault.on("kp-no-version"):
        del h["schema_version"]
    if fault.on("kp-no-source"):
        del h["source"]
    if fault.on("kp-schema-kind"):
        h["schema"] = "interconn/" + {"alert": "asset"}.get(m.kind, "alert")
    if fault.on("kp-version-other"):
        h["schema_version"] = "9.9.9"
    if fault.on("kp-version-word"):
        h["schema_version"] = "latest"
    if fault.on("kp-source-empty"):
        h["source"] = ""
    if fault.on("kp-headers-upper"):
        h = {k.upper(): v for k, v in h.items()}
    return [(k, v.encode()) for k, v in h.items()]


def value(m):
    if fault.on("kp-value-null"):
        return None
    if fault.on("kp-value-empty"):
        return b""
    if fault.on("kp-value-quoted"):
        from base.strictjson import dumps
        return dumps(m.body.decode("utf-8", "replace")).encode()
    if fault.on("kp-value-gzip"):
        import gzip
        return gzip.compress(m.body)
    if fault.on("kp-value-framed"):
        return b"\0\0\0\0\1" + m.body
    return m.body


class Sender:
    def __init__(self, o):
        self.o = o
        self.encoder = Encoder(o, batch=o.batch or 1)
        self.producer = None
        self.sent = 0

    def connect(self):
        pause = FIRST_S
        while self.producer is None:
            try:
                self.producer = KafkaProducer(**settings(self.o))
            except KafkaError as e:
                say(f"no broker: {type(e).__name__}")
                time.sleep(pause)
                pause = min(pause * 2, CAP_S)

    def deliver(self, m):
        """Until the broker has it."""
        pause = FIRST_S
        while True:
            try:
                future = self.producer.send(topic(self.o, m), value(m), key=key(m), headers=headers(m))
                future.get(timeout=15)
                return
            except KafkaError as e:
                say(f"not delivered: {type(e).__name__}")
                if fault.on("kp-gives-up"):
                    return
                if fault.on("kp-new-id"):
                    m = self.encoder.encode(m.kind, m.items)
                time.sleep(pause)
                pause = min(pause * 2, CAP_S)

    def run(self):
        self.connect()
        while not self.o.count or self.sent < self.o.count:
            m = self.encoder.next()
            self.deliver(m)
            if fault.on("kp-twice"):
                self.deliver(m)
            self.sent += 1
            time.sleep((self.o.interval_ms or 5) / 1000)
        self.producer.close(timeout=5)
        say(f"delivered {self.sent}")
        return 0


def run(o):
    return Sender(o).run()
