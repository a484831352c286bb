/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the source zmq: what its two files share. zmq.c is its options, loop
 * and life, zmq_message.c what becomes of one message. */
#ifndef AGENT_SOURCE_ZMQ_IN_H
#define AGENT_SOURCE_ZMQ_IN_H

#include "agent/source/gate.h"
#include "agent/source/unwrap.h"
#include "agent/source/zmq_ack.h"

struct event;

struct zmq_source {
    char *name;
    struct gate gate;
    struct zsock sock;
    enum receiver_kind kind;
    size_t max_unacked;
    char *port_file; /* NULL: none */
    struct event *readable, *monitor, *tick, *again;
    struct zmq_acks acks;
    bool started, stopped;

    /* The message that is being handed over. */
    bool holding;
    struct zserve_message message;
    struct bytes identity;
    struct receiver_batch batch;
    struct receiver_verdict verdict; /* item: the array below */
    uint16_t *item;                  /* RESULTS_MAX */
    struct unwrap in;
    struct err broken; /* code set: goes to the dead letters as a whole */
    uint8_t seed[16];
    size_t next;  /* item */
    uint32_t at;  /* its node */
    bool refused; /* some item was not taken */
};

/* zmq_source_take(s): the next message, opened and checked as a whole, is held;
 * false when none waits. */
bool zmq_source_take(struct zmq_source *s);

/* zmq_source_give(s): what is held goes to the host item by item (or as a whole
 * to the dead letters), its acknowledgement to s->acks. False: the host has no
 * room; the rest of the message is kept for the next call. */
bool zmq_source_give(struct zmq_source *s);

#endif
