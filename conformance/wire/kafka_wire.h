/* SPDX-License-Identifier: Apache-2.0 */
/* As much of the Kafka protocol as the tester looks at on the wire: the head of
 * a request, what a Produce request asks for, and the addresses in a reply. The
 * client library does the rest. Pure functions over bytes; any thread. */
#ifndef CONFORMANCE_WIRE_KAFKA_WIRE_H
#define CONFORMANCE_WIRE_KAFKA_WIRE_H

#include "formats/base/bytes.h"

enum kafka_api {
    KAFKA_PRODUCE = 0,
    KAFKA_FETCH = 1,
    KAFKA_METADATA = 3,
    KAFKA_OFFSET_COMMIT = 8,
    KAFKA_FIND_COORDINATOR = 10,
    KAFKA_JOIN_GROUP = 11,
    KAFKA_INIT_PRODUCER_ID = 22,
    KAFKA_API_COUNT = 80
};

struct kafka_request {
    int16_t api, version;
    int32_t correlation;
    struct bytes client; /* client id; empty when null */
    struct bytes body;   /* behind the head; its tagged fields are in it */
};

/* kafka_request_read(in, r): ${in} is a request without its size; false when the
 * head does not fit. */
bool kafka_request_read(struct bytes in, struct kafka_request *r);

struct kafka_produced {
    int16_t acks;     /* -1: all in-sync replicas, 0, 1 */
    bool batch;       /* a record batch of magic 2 was found: */
    unsigned codec;   /* 0 none, 1 gzip ... */
    int64_t producer; /* producer id, -1: not idempotent */
    int32_t sequence; /* base sequence */
    int32_t records;
};

/* kafka_produced_read(r, p): what a Produce request of version 3 to 8 says of
 * its first batch; false for other versions and what does not fit. */
bool kafka_produced_read(const struct kafka_request *r,
                         struct kafka_produced *p);

/* kafka_values_read(r, value, max): the values of the records of a Produce
 * request of version 3 to 8, at most ${max}, as far as its batches are of magic 2
 * and not compressed; null values pass by. Slices of ${r}. How many there are. */
size_t kafka_values_read(const struct kafka_request *r, struct bytes *value,
                         size_t max);

/* kafka_committed_read(r, topic, partition, offset): what an OffsetCommit request
 * of version 0 to 9 commits for that partition: *offset, the offset of the record
 * to go on with; -1 when it is not among those committed. False for other
 * requests and versions and what does not fit. (The Kafka protocol guide,
 * OffsetCommit; from version 8 on in its flexible form, KIP-482.) */
bool kafka_committed_read(const struct kafka_request *r, struct bytes topic,
                          int32_t partition, int64_t *offset);

/* kafka_rewrite(reply, n, from, to): in a reply, port ${from} behind the host
 * 127.0.0.1 becomes ${to}; how many did. */
size_t kafka_rewrite(char *reply, size_t n, unsigned from, unsigned to);

#endif
