/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving side of the ZeroMQ form, message by message: what
 * `hutong receive` and the agent's input have in common. A message is
 *   [topic][header][body], behind [identity] on a ROUTER;
 * its acknowledgement is [identity][id][status][results] (results.h). When to
 * acknowledge is the caller's decision. One thread a socket. */
#ifndef TRANSPORT_ZSERVE_H
#define TRANSPORT_ZSERVE_H

#include <zmq.h>

#include "transport/receiver.h"
#include "transport/zsock.h"

#define ZSERVE_FRAMES       4   /* the most of a message */
#define ZSERVE_IDENTITY_MAX 255 /* bytes; RFC 28 */

struct zserve_message {
    size_t count; /* all frames; those beyond ZSERVE_FRAMES are dropped */
    zmq_msg_t frame[ZSERVE_FRAMES];
};

/* zserve_type(kind): ZMQ_ROUTER, ZMQ_PULL or ZMQ_SUB. */
int zserve_type(enum receiver_kind kind);

/* zserve_receive(s, m): the next waiting message; false when none waits. Never
 * blocks. ${m} is initialised in any case: zserve_release it. */
bool zserve_receive(struct zsock *s, struct zserve_message *m);
void zserve_release(struct zserve_message *m);

/* zserve_read(kind, m, identity, b): what it says, borrowed from ${m}. False:
 * it has not the form; on a ROUTER ${identity} is set all the same, so that it
 * can be refused (400 with an empty id). Elsewhere ${identity} is empty. */
bool zserve_read(enum receiver_kind kind, struct zserve_message *m,
                 struct bytes *identity, struct receiver_batch *b);

/* zserve_acknowledge(s, scratch, identity, id, v): v->status, and the statuses of
 * v->items items. ${scratch} is for the list. Never blocks. False: there is no
 * such peer any more, or its queue is full; it will send the batch again. */
bool zserve_acknowledge(struct zsock *s, struct buf *scratch,
                        struct bytes identity, struct bytes id,
                        const struct receiver_verdict *v);

#endif
