/* SPDX-License-Identifier: Apache-2.0 */
/* ZeroMQ: [identity][topic][header][body] in, [identity][id][status][results]
 * out; the identity only where the socket is a ROUTER. */
#include "transport/receiver_end.h"

#include <stdio.h>
#include <time.h>

#include <zmq.h>

#include "transport/zhead.h"

#define FRAMES 4  /* the most of a batch */
#define QUEUE  16 /* batches waiting per peer: each may be 16 MiB */
#define BURST  64 /* batches between looks at the stop bell */

static const int types[] = {[RECEIVER_ROUTER] = ZMQ_ROUTER,
                            [RECEIVER_PULL] = ZMQ_PULL,
                            [RECEIVER_SUB] = ZMQ_SUB};

enum err_code
receiver_end_open(struct receiver *r, const struct receiver_options *o,
                  struct err *err)
{
    struct zsock_options zo = {.type = types[o->kind],
                               .endpoint = o->address,
                               .bind = !o->connect,
                               .plain = o->plain,
                               .secret = o->secret,
                               .server_key = o->server_key,
                               .allow = o->allow,
                               .max_message = RECEIVER_BODY_MAX,
                               .queue = QUEUE};

    return zsock_open(&r->sock, &zo, err);
}

struct parts {
    size_t count; /* all frames; those beyond FRAMES are dropped */
    zmq_msg_t frame[FRAMES];
};

static void
close_parts(struct parts *p)
{
    for (size_t i = 0; i < FRAMES; i++)
        (void)zmq_msg_close(&p->frame[i]);
}

static struct bytes
view(struct parts *p, size_t i)
{
    return bytes_of(zmq_msg_data(&p->frame[i]), zmq_msg_size(&p->frame[i]));
}

/* False when nothing waits. ${p} is initialised in any case. */
static bool
receive(struct receiver *r, struct parts *p)
{
    zmq_msg_t extra;
    int more = 1;

    p->count = 0;
    for (size_t i = 0; i < FRAMES; i++)
        (void)zmq_msg_init(&p->frame[i]);
    while (more) {
        zmq_msg_t *to = p->count < FRAMES ? &p->frame[p->count] : &extra;

        if (to == &extra)
            (void)zmq_msg_init(&extra);
        if (zmq_msg_recv(to, r->sock.socket, ZMQ_DONTWAIT) < 0)
            return false;
        more = zmq_msg_more(to);
        p->count++;
        if (to == &extra)
            (void)zmq_msg_close(&extra);
    }
    return true;
}

static void
acknowledge(struct receiver *r, struct bytes identity, struct bytes id,
            const struct receiver_verdict *v)
{
    void *s = r->sock.socket;
    char status[16];
    int n = snprintf(status, sizeof(status), "%u", v->status);

    buf_reset(&r->reply);
    results_write_list(&r->reply, v->item, v->items);
    if (n < 0 || !buf_ok(&r->reply) ||
        zmq_send(s, identity.data, identity.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) <
            0 ||
        zmq_send(s, id.data, id.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_send(s, status, (size_t)n, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
        zmq_send(s, r->reply.data, r->reply.len, ZMQ_DONTWAIT) < 0)
        r->counters.unsent++; /* the sender will repeat the batch */
}

static void
handle(struct receiver *r, struct parts *p)
{
    size_t first = r->kind == RECEIVER_ROUTER ? 1 : 0;
    struct receiver_verdict v = {.status = 400, .item = r->item};
    struct zhead head = {0};

    if (p->count == first + 3 && zhead_scan(view(p, first + 1), &head)) {
        struct receiver_batch b = {.id = head.id,
                                   .info_type = head.info_type,
                                   .body = view(p, first + 2),
                                   .topic = view(p, first),
                                   .items = head.items,
                                   .first_sequence = head.first_sequence};

        v.status = 500;
        r->counters.batches++;
        r->fn(r->arg, &b, &v);
    } else {
        r->counters.malformed++;
        head.id = (struct bytes){"", 0};
    }
    if (r->kind == RECEIVER_ROUTER)
        acknowledge(r, view(p, 0), head.id, &v);
}

static int64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* burst(r): what waits, up to a number; true when the callback said stop. */
static bool
burst(struct receiver *r)
{
    for (int i = 0; i < BURST; i++) {
        struct parts p;
        bool got = receive(r, &p);

        if (got)
            handle(r, &p);
        close_parts(&p);
        if (!got)
            break;
        if (wake_take(&r->stop))
            return true;
    }
    return false;
}

void
receiver_end_run(struct receiver *r, unsigned timeout_ms)
{
    int64_t end = now_ms() + timeout_ms;
    zmq_pollitem_t items[] = {
        {.socket = r->sock.socket, .events = ZMQ_POLLIN},
        {.socket = r->sock.monitor, .events = ZMQ_POLLIN},
        {.fd = r->stop.fd, .events = ZMQ_POLLIN},
        {.fd = r->stop_fd, .events = ZMQ_POLLIN},
    };

    for (;;) {
        int64_t left = end - now_ms();
        int count = r->stop_fd >= 0 ? 4 : 3;

        if (timeout_ms && left <= 0)
            return;
        (void)zmq_poll(items, count,
                       zsock_patience(&r->sock, timeout_ms ? left : -1));
        (void)zsock_events(&r->sock);
        zsock_revive(&r->sock, now_ms());
        if (burst(r))
            return;
        if (wake_take(&r->stop) || (count == 4 && items[3].revents))
            return;
    }
}
