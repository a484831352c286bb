/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations of family `agent` share: numbered events that the tester
 * gives the product to read, and what of them came out. The number stands in the
 * name of the alert; from it all other members are known.
 *
 * How the product is set up is the run's, not a test's: what its input looks
 * like (--set input_format=eve|cef), where it reads it (a file {input}, or a
 * syslog stream that it takes at {input_port}) and where it sends to (--set
 * scheme=tcp: ZeroMQ with acknowledgements; http, https: the data interface). */
#ifndef CONFORMANCE_STEPS_AGENT_STATE_H
#define CONFORMANCE_STEPS_AGENT_STATE_H

#include "conformance/steps/session.h"
#include "formats/json/reader.h"

#define AGENT_EVENTS_MAX   20000
#define AGENT_ID           96
#define AGENT_MESSAGES_MAX 4096

enum agent_format { AGENT_EVE, AGENT_CEF };

struct agent_event { /* what is given for number ${n}, from 1 */
    char source[64], target[64], name[160];
    char time[40];  /* RFC 3339 without the colon of the offset, as Suricata */
    int64_t second; /* the same instant, since 1970 */
    unsigned micro;
    unsigned source_port, target_port, severity; /* severity 1 is the worst */
    bool blocked;
};

/* agent_event(format, n, e): the same for the same number. CEF knows
 * milliseconds, EVE microseconds. */
void agent_event(enum agent_format format, unsigned n, struct agent_event *e);

/* agent_line(out, format, n, e): as a line of Suricata's EVE JSON, or as a CEF
 * event (CEF Implementation Standard 25), without a line end. */
void agent_line(struct buf *out, enum agent_format format, unsigned n,
                const struct agent_event *e);

enum agent_fault { /* in what came out; bits */
                   AGENT_NAME = 1,
                   AGENT_SOURCE = 2,
                   AGENT_TARGET = 4,
                   AGENT_PORT = 8,
                   AGENT_TIME = 16,
                   AGENT_LEVEL = 32,
                   AGENT_DETECTOR = 64,
                   AGENT_TYPE = 128,
                   AGENT_ACTION = 256
};

struct agent_seen {
    unsigned times;  /* it came */
    bool taken;      /* it came in a message that was answered well */
    unsigned others; /* of them, with another identifier than the first */
    unsigned place;  /* of its first coming, from 1 */
    unsigned faults; /* enum agent_fault, all comings together */
    int rank;        /* of its level, 0 (info) to 4; -1: no level */
    char id[AGENT_ID];
    char wrong[96]; /* the first value that is wrong */
};

struct agent_message { /* what came under one msg_id; hashes */
    uint64_t id, bytes;
};

struct agent_state {
    bool begun;
    enum agent_format format;
    struct agent_seen *seen;       /* owned; by number */
    unsigned fed;                  /* numbers given so far */
    unsigned arrived;              /* numbers seen */
    unsigned taken;                /* of them, in a message answered well */
    unsigned items;                /* items that came */
    unsigned foreign;              /* of them, without a number of ours */
    struct agent_message *message; /* owned; by first coming */
    unsigned messages, changed;    /* changed: came again as other bytes */
    struct buf line, framed;
    struct json_reader reader;
    struct tape tape;
    struct buf scratch;
};

extern const struct step_family step_family_agent;

/* agent_state(s): of this session, made ready at the first call; NULL after
 * session_error. */
struct agent_state *agent_state(struct session *s);

/* agent_take(a, body, taken): enter an envelope; what is none has no effect.
 * ${taken}: it is answered well; else the agent has to send it again. */
void agent_take(struct agent_state *a, struct bytes body, bool taken);

extern const char *const agent_rule_names[], *const agent_answer_names[];
/* agent_in.c */
enum verdict agent_op_feed(struct session *s, const struct ledger_step *t);
/* agent_out.c */
enum verdict agent_op_listen(struct session *s, const struct ledger_step *t);
enum verdict agent_op_close(struct session *s, const struct ledger_step *t);
enum verdict agent_op_reopen(struct session *s, const struct ledger_step *t);
enum verdict agent_op_collect(struct session *s, const struct ledger_step *t);
/* family_agent.c */
enum verdict agent_op_expect(struct session *s, const struct ledger_step *t);

#endif
