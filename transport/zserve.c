/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/zserve.h"

#include <stdio.h>

#include "transport/zhead.h"

int
zserve_type(enum receiver_kind kind)
{
    return kind == RECEIVER_ROUTER ? ZMQ_ROUTER
           : kind == RECEIVER_PULL ? ZMQ_PULL
                                   : ZMQ_SUB;
}

void
zserve_release(struct zserve_message *m)
{
    for (size_t i = 0; i < ZSERVE_FRAMES; i++)
        (void)zmq_msg_close(&m->frame[i]);
}

static struct bytes
view(struct zserve_message *m, size_t i)
{
    return bytes_of(zmq_msg_data(&m->frame[i]), zmq_msg_size(&m->frame[i]));
}

bool
zserve_receive(struct zsock *s, struct zserve_message *m)
{
    zmq_msg_t extra;
    int more = 1;

    m->count = 0;
    for (size_t i = 0; i < ZSERVE_FRAMES; i++)
        (void)zmq_msg_init(&m->frame[i]);
    while (more) {
        bool kept = m->count < ZSERVE_FRAMES;
        zmq_msg_t *to = kept ? &m->frame[m->count] : &extra;

        if (!kept)
            (void)zmq_msg_init(&extra);
        if (zmq_msg_recv(to, s->socket, ZMQ_DONTWAIT) < 0)
            return false;
        more = zmq_msg_more(to);
        m->count++;
        if (!kept)
            (void)zmq_msg_close(&extra);
    }
    return true;
}

bool
zserve_read(enum receiver_kind kind, struct zserve_message *m,
            struct bytes *identity, struct receiver_batch *b)
{
    size_t first = kind == RECEIVER_ROUTER ? 1 : 0;
    struct zhead head = {0};

    *identity = first ? view(m, 0) : (struct bytes){"", 0};
    if (m->count != first + 3 || !zhead_scan(view(m, first + 1), &head))
        return false;
    *b = (struct receiver_batch){.id = head.id,
                                 .info_type = head.info_type,
                                 .body = view(m, first + 2),
                                 .topic = view(m, first),
                                 .items = head.items,
                                 .first_sequence = head.first_sequence};
    return true;
}

bool
zserve_acknowledge(struct zsock *z, struct buf *scratch, struct bytes identity,
                   struct bytes id, const struct receiver_verdict *v)
{
    const int more = ZMQ_SNDMORE | ZMQ_DONTWAIT;
    void *s = z->socket;
    char status[16];
    int n = snprintf(status, sizeof(status), "%u", v->status);

    buf_reset(scratch);
    results_write_list(scratch, v->item, v->items);
    return n > 0 && buf_ok(scratch) &&
           zmq_send(s, identity.data, identity.len, more) >= 0 &&
           zmq_send(s, id.data, id.len, more) >= 0 &&
           zmq_send(s, status, (size_t)n, more) >= 0 &&
           zmq_send(s, scratch->data, scratch->len, ZMQ_DONTWAIT) >= 0;
}
