/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_wire */
/* What a hostile product or broker sends on a Kafka connection, as the relay of the
 * roles kafka_producer and kafka_consumer reads it: heads of requests, what is
 * produced and what is committed, replies whose addresses are written anew. What
 * is read lies inside of the input. */
#include <stdint.h>
#include <stdlib.h>

#include "conformance/wire/kafka_wire.h"

#define VALUES_MAX 64

static void
inside(struct bytes all, struct bytes part)
{
    if (part.len &&
        (part.data < all.data || part.data + part.len > all.data + all.len))
        abort();
}

/* Whatever version the head names, all of them read the body. */
static void
bodies(struct bytes in, struct kafka_request *r)
{
    struct bytes value[VALUES_MAX];
    struct kafka_produced p;
    int64_t offset;

    for (r->version = 0; r->version < 11; r->version++) {
        size_t n = kafka_values_read(r, value, VALUES_MAX);

        if (n > VALUES_MAX)
            abort();
        for (size_t i = 0; i < n; i++)
            inside(in, value[i]);
        (void)kafka_produced_read(r, &p);
        (void)kafka_committed_read(r, BYTES("t"), 3, &offset);
        if (offset < -1)
            abort();
    }
}

static void
reply(struct bytes in)
{
    char *copy = malloc(in.len ? in.len : 1);

    if (!copy)
        return;
    if (in.len)
        memcpy(copy, in.data, in.len);
    (void)kafka_rewrite(copy, in.len, 9092, 1);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);
    struct kafka_request r;

    if (kafka_request_read(in, &r)) {
        inside(in, r.client);
        inside(in, r.body);
        bodies(in, &r);
    }
    reply(in);
    return 0;
}
