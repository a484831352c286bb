/* SPDX-License-Identifier: Apache-2.0 */
/* Acknowledgements that wait for the disk: envelopes that were read and are not
 * durable yet, in the order in which they came. Bounded by the number of their
 * items. */
#ifndef AGENT_SOURCE_ZMQ_ACK_H
#define AGENT_SOURCE_ZMQ_ACK_H

#include "transport/zserve.h"

struct zmq_ack; /* one waiting acknowledgement */

struct zmq_acks { /* {0} is an empty queue */
    struct zmq_ack *first, *last;
    struct zmq_ack *fresh; /* first of those without a number yet */
    size_t items;          /* that wait; an empty envelope counts as one */
    struct buf scratch;
    uint64_t unsent; /* found no peer */
};

/* zmq_acks_add(q, identity, id, v): copies everything. False: out of memory, the
 * sender will not hear of this one and repeats it. */
bool zmq_acks_add(struct zmq_acks *q, struct bytes identity, struct bytes id,
                  const struct receiver_verdict *v);

/* zmq_acks_number(q, n): all without a number may go when ${n} is durable. */
void zmq_acks_number(struct zmq_acks *q, uint64_t n);

/* zmq_acks_send(q, s, durable): send and forget those whose number is reached.
 * True when there were any. */
bool zmq_acks_send(struct zmq_acks *q, struct zsock *s, uint64_t durable);

void zmq_acks_free(struct zmq_acks *q);

#endif
