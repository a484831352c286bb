/* SPDX-License-Identifier: Apache-2.0 */
/* ZeroMQ: [identity][topic][header][body] in, [identity][id][status][results]
 * out; the identity only where the socket is a ROUTER. */
#include "transport/receiver_end.h"

#include <time.h>

#include <zmq.h>

#include "transport/clock.h"
#include "transport/zserve.h"

#define QUEUE 16 /* batches waiting per peer: each may be 16 MiB */
#define BURST 64 /* batches between looks at the stop bell */

enum err_code
receiver_end_open(struct receiver *r, const struct receiver_options *o,
                  struct err *err)
{
    struct zsock_options zo = {.type = zserve_type(o->kind),
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

static void
handle(struct receiver *r, struct zserve_message *m)
{
    struct receiver_verdict v = {.status = 400, .item = r->item};
    struct receiver_batch b = {.id = {"", 0}};
    struct bytes identity;

    if (zserve_read(r->kind, m, &identity, &b)) {
        v.status = 500;
        r->counters.batches++;
        r->fn(r->arg, &b, &v);
    } else {
        r->counters.malformed++;
    }
    if (r->kind == RECEIVER_ROUTER &&
        !zserve_acknowledge(&r->sock, &r->reply, identity, b.id, &v))
        r->counters.unsent++; /* the sender will repeat the batch */
}

/* burst(r): what waits, up to a number; true when the callback said stop. */
static bool
burst(struct receiver *r)
{
    for (int i = 0; i < BURST; i++) {
        struct zserve_message m;
        bool got = zserve_receive(&r->sock, &m);

        if (got)
            handle(r, &m);
        zserve_release(&m);
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
    int64_t end = clock_ms() + timeout_ms;
    zmq_pollitem_t items[] = {
        {.socket = r->sock.socket, .events = ZMQ_POLLIN},
        {.socket = r->sock.monitor, .events = ZMQ_POLLIN},
        {.fd = r->stop.fd, .events = ZMQ_POLLIN},
        {.fd = r->stop_fd, .events = ZMQ_POLLIN},
    };

    for (;;) {
        int64_t left = end - clock_ms();
        int count = r->stop_fd >= 0 ? 4 : 3;

        if (timeout_ms && left <= 0)
            return;
        (void)zmq_poll(items, count,
                       zsock_patience(&r->sock, timeout_ms ? left : -1));
        (void)zsock_events(&r->sock);
        zsock_revive(&r->sock, clock_ms());
        if (burst(r))
            return;
        if (wake_take(&r->stop) || (count == 4 && items[3].revents))
            return;
    }
}
