# SPDX-License-Identifier: Apache-2.0
"""Role kafka_consumer: takes the four topics from their beginning; an offset is
committed only after its record is in the store."""
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from base import check, fault
from base.options import say
from base.take import Refused, Taker

KINDS = ("asset", "alert", "threat", "behavior")


class Receiver:
    def __init__(self, o):
        self.o = o
        self.taker = Taker(o.store)
        self.refused = 0

    def consumer(self):
        _, host, port = self.o.address()
        extra = {}
        if self.o.ca:
            extra = {"security_protocol": "SSL", "ssl_cafile": self.o.ca, "ssl_certfile": self.o.cert,
                     "ssl_keyfile": self.o.key}
        topics = [f"{self.o.topic_prefix}.{k}.v1" for k in KINDS]
        if fault.on("kc-one-topic"):
            topics = topics[:1]
        reset = "latest" if fault.on("kc-latest") else "earliest"
        return KafkaConsumer(
            *topics, bootstrap_servers=f"{host}:{port}", group_id="peer-py", enable_auto_commit=False,
            auto_offset_reset=reset, api_version=(2, 1, 0), client_id="peer-py", consumer_timeout_ms=1000,
            max_partition_fetch_bytes=16 << 20, fetch_max_wait_ms=100, metadata_max_age_ms=2000, **extra)

    def take(self, r):
        kind = r.topic.rsplit(".", 2)[-2]
        try:
            if r.value is None:
                raise Refused(400, 1001, "", "no value")
            self._headers(r, kind)
            value = self.taker.read(r.value)
            if not isinstance(value, dict):
                raise Refused(400, 1002, "", "not an object")
            announced = None if fault.on("kc-topic") else kind
            if "items" in value or "msg_id" in value:
                self.taker.envelope(r.value, announced)
            else:
                if announced and value.get("info_type") != announced:
                    raise Refused(400, 1004, "/info_type", "not that of the topic")
                self.taker.record(r.value)
        except (Refused, check.Fault) as e:
            self.refused += 1
            say(f"refused {r.topic}/{r.partition}/{r.offset}: {e}")
            if fault.on("kc-stops"):
                raise SystemExit(1) from None
            if fault.on("kc-stores-refused"):
                self.taker.store.keep(None, None, [ascii(r.value)], None)

    @staticmethod
    def _headers(r, kind):
        """Where the header schema is given it names the kind of the topic."""
        for name, value in r.headers or []:
            if name == "schema" and value != f"interconn/{kind}".encode():
                raise Refused(400, 1004, "/schema", "the header names another kind")

    def run(self):
        consumer = self.consumer()
        while True:
            for r in consumer:
                where = {TopicPartition(r.topic, r.partition): OffsetAndMetadata(r.offset + 1, "")}
                if fault.on("kc-commits-first"):
                    consumer.commit(where)
                    self.take(r)
                    continue
                self.take(r)
                if not fault.on("kc-never-commits"):
                    consumer.commit(where)


def run(o):
    receiver = Receiver(o)
    try:
        receiver.run()
    finally:
        receiver.taker.store.close()
