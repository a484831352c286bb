/* SPDX-License-Identifier: Apache-2.0 */
/* The tester's Kafka: librdkafka's mock cluster in this process behind a relay
 * that the product talks to, a producer and a consumer of our own. Without
 * librdkafka at build time every function says so. One thread uses a mock. */
#ifndef CONFORMANCE_WIRE_KAFKA_MOCK_H
#define CONFORMANCE_WIRE_KAFKA_MOCK_H

#include "conformance/wire/kafka_relay.h"
#include "formats/base/buf.h"

#define KAFKA_HEADERS_MAX 32

struct kafka_mock;

struct kafka_header {
    struct bytes name, value;
};

struct kafka_record {
    const char *topic; /* valid until the next poll, as is all of it */
    int32_t partition;
    int64_t offset;
    struct bytes key, value;
    bool has_key, has_value; /* else null */
    struct kafka_header header[KAFKA_HEADERS_MAX];
    size_t headers;
};

/* kafka_mock_there(): built with librdkafka. */
bool kafka_mock_there(void);

/* kafka_mock_open(port, prefix, err): a cluster with one broker and topics
 * <prefix>.<kind>.v1 of four partitions, reached at 127.0.0.1:${port} (0: any).
 * NULL + err: ERR_UNSUPPORTED, ERR_IO, ERR_NOMEM. */
struct kafka_mock *kafka_mock_open(unsigned port, const char *prefix,
                                   struct err *err);
void kafka_mock_close(struct kafka_mock *k); /* NULL is allowed; within 2 s */

/* kafka_mock_relay(k): what the product does on the wire. */
struct kafka_relay *kafka_mock_relay(struct kafka_mock *k);

/* kafka_mock_fault(k, api, code, n): the next ${n} requests of ${api} fail with
 * Kafka's error ${code}. */
void kafka_mock_fault(struct kafka_mock *k, int api, int code, unsigned n);

/* kafka_mock_poll(k, r, wait_ms): the next record of any topic, also of topics
 * that the product made up. ERR_OK, ERR_TIMEOUT, ERR_IO, ERR_UNSUPPORTED. */
enum err_code kafka_mock_poll(struct kafka_mock *k, struct kafka_record *r,
                              unsigned wait_ms);

/* kafka_mock_put(k, r, wait_ms, err): produce ${r} (partition -1: by its key)
 * and wait until the broker has it. ERR_OK, ERR_IO, ERR_TIMEOUT. */
enum err_code kafka_mock_put(struct kafka_mock *k, const struct kafka_record *r,
                             unsigned wait_ms, struct err *err);

/* kafka_mock_end(k, topic, partition, offset, err): the offset that the next
 * record of a partition gets. ERR_OK, ERR_IO, ERR_UNSUPPORTED. */
enum err_code kafka_mock_end(struct kafka_mock *k, const char *topic,
                             int32_t partition, int64_t *offset,
                             struct err *err);

#endif
