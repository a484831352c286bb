/* SPDX-License-Identifier: Apache-2.0 */
/* A few slots, each free or in flight; see zbody.h. */
#include "transport/zbody.h"

#include <stdatomic.h>
#include <stdlib.h>

#define SLOTS 4

struct slot {
    atomic_bool busy;
    char *data;
    size_t cap;
};

struct zbody {
    struct slot slots[SLOTS];
};

struct zbody *
zbody_new(void)
{
    return calloc(1, sizeof(struct zbody));
}

void
zbody_free(struct zbody *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(p->slots[i].data);
    free(p);
}

static void
give_back(void *data, void *hint)
{
    struct slot *s = hint;

    (void)data;
    atomic_store_explicit(&s->busy, false, memory_order_release);
}

static struct slot *
free_slot(struct zbody *p)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (!atomic_load_explicit(&p->slots[i].busy, memory_order_acquire))
            return &p->slots[i];
    }
    return NULL;
}

bool
zbody_message(struct zbody *p, struct bytes body, zmq_msg_t *msg)
{
    struct slot *s = free_slot(p);

    if (!s) {
        if (zmq_msg_init_size(msg, body.len) != 0)
            return false;
        if (body.len)
            memcpy(zmq_msg_data(msg), body.data, body.len);
        return true;
    }
    if (s->cap < body.len || !s->data) {
        char *data = realloc(s->data, body.len ? body.len : 1);

        if (!data)
            return false;
        s->data = data;
        s->cap = body.len;
    }
    if (body.len)
        memcpy(s->data, body.data, body.len);
    atomic_store_explicit(&s->busy, true, memory_order_relaxed);
    if (zmq_msg_init_data(msg, s->data, body.len, give_back, s) != 0) {
        atomic_store_explicit(&s->busy, false, memory_order_relaxed);
        return false;
    }
    return true;
}
