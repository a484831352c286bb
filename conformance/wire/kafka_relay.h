/* SPDX-License-Identifier: Apache-2.0 */
/* A relay between a product and the mock broker: it listens on the port that the
 * product was told, passes requests and replies on, looks at them, and can take
 * the broker away, cut a connection behind a request, or swallow a reply. */
#ifndef CONFORMANCE_WIRE_KAFKA_RELAY_H
#define CONFORMANCE_WIRE_KAFKA_RELAY_H

#include "conformance/wire/kafka_wire.h"
#include "formats/base/buf.h"
#include "formats/base/err.h"

struct kafka_facts { /* of the product's traffic so far */
    unsigned connections;
    unsigned requests[KAFKA_API_COUNT]; /* by api key */
    unsigned batches;                   /* Produce requests that were read */
    unsigned idempotent;                /* of them, with a producer id */
    int acks_least, acks_most;          /* of Produce requests; 99, -99: none */
    unsigned codec;                     /* of the last batch */
    unsigned malformed;                 /* requests that cannot be read */
    char client[64];                    /* client id, visible ASCII, or "" */
};

#define KAFKA_WATCHED_MAX 64 /* values that a relay keeps of what it watches */

struct kafka_relay;

/* kafka_relay_open(port, broker, err): listen on 127.0.0.1:${port} (0: a free
 * one) for the broker at 127.0.0.1:${broker}; starts its thread. NULL + err. */
struct kafka_relay *kafka_relay_open(unsigned port, unsigned broker,
                                     struct err *err);
void kafka_relay_close(struct kafka_relay *r); /* NULL is allowed */
unsigned kafka_relay_port(const struct kafka_relay *r);

/* kafka_relay_down(r, down): no connection is taken and all are cut, until it is
 * up again. kafka_relay_swallow(r, api, n): the next ${n} replies to ${api} are
 * lost and the connection cut. Any thread, as is kafka_relay_facts. */
void kafka_relay_down(struct kafka_relay *r, bool down);
void kafka_relay_swallow(struct kafka_relay *r, int api, unsigned n);
struct kafka_facts kafka_relay_facts(struct kafka_relay *r);

/* kafka_relay_watch(r, n): of the next ${n} Produce requests the relay keeps the
 * values (see kafka_values_read), each once, KAFKA_WATCHED_MAX and 8 MiB at most.
 * kafka_relay_watched(r, i, out): append value ${i} of them, from 0, in the order
 * in which they came; false when there are not as many. Any thread. */
void kafka_relay_watch(struct kafka_relay *r, unsigned n);
bool kafka_relay_watched(struct kafka_relay *r, size_t i, struct buf *out);

struct kafka_held {
    bool waiting;    /* a commit came and is held */
    int64_t offset;  /* that it commits */
    unsigned unread; /* OffsetCommit requests that cannot be read */
};

/* kafka_relay_hold(r, topic, partition, beyond): every OffsetCommit request that
 * commits an offset above ${beyond} for that partition stays in the relay, and
 * what comes behind it on its connection, until kafka_relay_release. ${topic} is
 * copied. One partition at a time. kafka_relay_held(r): what came of it since.
 * Any thread. */
void kafka_relay_hold(struct kafka_relay *r, const char *topic,
                      int32_t partition, int64_t beyond);
struct kafka_held kafka_relay_held(struct kafka_relay *r);
void kafka_relay_release(struct kafka_relay *r);

#endif
