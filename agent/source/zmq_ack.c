/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/zmq_ack.h"

#include <stdlib.h>

struct zmq_ack {
    struct zmq_ack *next;
    uint64_t number; /* may go when this is durable */
    size_t identity_len, id_len, items;
    unsigned status;
    uint16_t item[]; /* then the bytes of identity and id */
};

static char *
texts(struct zmq_ack *a)
{
    return (char *)(a->item + a->items);
}

static size_t
weight(const struct zmq_ack *a)
{
    return a->items ? a->items : 1;
}

bool
zmq_acks_add(struct zmq_acks *q, struct bytes identity, struct bytes id,
             const struct receiver_verdict *v)
{
    size_t list = v->items * sizeof(uint16_t);
    struct zmq_ack *a = malloc(sizeof *a + list + identity.len + id.len);

    if (a == NULL)
        return false;
    *a = (struct zmq_ack){.identity_len = identity.len,
                          .id_len = id.len,
                          .items = v->items,
                          .status = v->status};
    if (list != 0)
        memcpy(a->item, v->item, list);
    if (identity.len != 0)
        memcpy(texts(a), identity.data, identity.len);
    if (id.len != 0)
        memcpy(texts(a) + identity.len, id.data, id.len);
    if (q->last != NULL)
        q->last->next = a;
    else
        q->first = a;
    q->last = a;
    if (q->fresh == NULL)
        q->fresh = a;
    q->items += weight(a);
    return true;
}

void
zmq_acks_number(struct zmq_acks *q, uint64_t n)
{
    for (struct zmq_ack *a = q->fresh; a != NULL; a = a->next)
        a->number = n;
    q->fresh = NULL;
}

static void
take_first(struct zmq_acks *q)
{
    struct zmq_ack *a = q->first;

    q->first = a->next;
    if (q->first == NULL)
        q->last = NULL;
    if (q->fresh == a)
        q->fresh = a->next;
    q->items -= weight(a);
    free(a);
}

bool
zmq_acks_send(struct zmq_acks *q, struct zsock *s, uint64_t durable)
{
    bool any = false;

    while (q->first != NULL && q->first != q->fresh &&
           q->first->number <= durable) {
        struct zmq_ack *a = q->first;
        struct receiver_verdict v = {
            .status = a->status, .item = a->item, .items = a->items};

        if (!zserve_acknowledge(
                s, &q->scratch, bytes_of(texts(a), a->identity_len),
                bytes_of(texts(a) + a->identity_len, a->id_len), &v))
            q->unsent++;
        take_first(q);
        any = true;
    }
    return any;
}

void
zmq_acks_free(struct zmq_acks *q)
{
    while (q->first != NULL)
        take_first(q);
    buf_free(&q->scratch);
}
