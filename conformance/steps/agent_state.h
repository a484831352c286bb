/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations of family `agent` share: numbered events that the tester
 * writes where the product reads, and what of them came out. The number stands
 * in the name of the alert; from it all other members are known. */
#ifndef CONFORMANCE_STEPS_AGENT_STATE_H
#define CONFORMANCE_STEPS_AGENT_STATE_H

#include "conformance/steps/zmq_state.h"

#define AGENT_EVENTS_MAX 20000
#define AGENT_ID         96

struct agent_event { /* what is written for number ${n}, from 1 */
    char source[64], target[64], time[40], name[160];
    unsigned source_port, target_port, severity; /* severity 1 is the worst */
};

/* agent_event(n, e): the same for the same number. */
void agent_event(unsigned n, struct agent_event *e);

/* agent_line(out, n, e): as a line of Suricata's EVE JSON. */
void agent_line(struct buf *out, unsigned n, const struct agent_event *e);

enum agent_fault { /* in what came out; bits */
                   AGENT_NAME = 1,
                   AGENT_SOURCE = 2,
                   AGENT_TARGET = 4,
                   AGENT_PORT = 8,
                   AGENT_TIME = 16,
                   AGENT_LEVEL = 32,
                   AGENT_DETECTOR = 64,
                   AGENT_TYPE = 128
};

struct agent_seen {
    unsigned times;  /* it came */
    unsigned others; /* of them, with another identifier than the first */
    unsigned place;  /* of its first coming, from 1 */
    unsigned faults; /* enum agent_fault, all comings together */
    char id[AGENT_ID];
    char wrong[96]; /* the first value that is wrong */
};

struct agent_state {
    struct agent_seen *seen; /* owned; by number */
    unsigned fed;            /* numbers written so far */
    unsigned arrived;        /* numbers seen */
    unsigned items;          /* items that came */
    unsigned foreign;        /* of them, without a number of ours */
    struct buf line;
};

extern const struct step_family step_family_agent;
struct agent_state *agent_state(struct session *s);

/* agent_take(a, st, body): enter the items of an envelope. */
void agent_take(struct agent_state *a, struct zmq_state *st, struct bytes body);

extern const char *const agent_rule_names[];
enum verdict agent_op_feed(struct session *s, const struct ledger_step *t);
enum verdict agent_op_collect(struct session *s, const struct ledger_step *t);
enum verdict agent_op_expect(struct session *s, const struct ledger_step *t);

#endif
