/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the family syslog: what a sender sent the tester, and the connections
 * over which the tester sends to a receiver. One thread, as a session. */
#ifndef CONFORMANCE_STEPS_SLOG_H
#define CONFORMANCE_STEPS_SLOG_H

#include "conformance/steps/session.h"
#include "conformance/wire/conn.h"
#include "conformance/wire/intake.h"
#include "conformance/wire/syslog_read.h"
#include "formats/json/reader.h"

#define SLOG_MESSAGES_MAX 4096
#define SLOG_LINES_MAX    32

enum slog_transport { SLOG_UDP, SLOG_TCP, SLOG_TLS };

struct slog_message {
    struct bytes raw;        /* one message, in the arena */
    struct syslog_message m; /* slices of ${raw}; faults of the frame too */
    size_t conn;             /* number of its connection, 0: a datagram */
    bool counted;            /* came with a count */
    int64_t at_ms;
    /* of its JSON, "" where absent */
    const char *type, *id, *level;
    bool json; /* one JSON object */
};

struct slog_line { /* a connection of the tester to a receiver */
    const char *name;
    struct wire_conn c;
    int udp; /* socket, -1: ${c} is used */
    bool ended;
};

struct slog {
    struct arena arena;
    enum slog_transport transport;
    /* the product sends: */
    struct intake *in; /* TCP and TLS */
    int udp;           /* + 1: socket; 0: none */
    struct slog_message *message;
    size_t count, cap;
    struct json_reader reader;
    struct tape tape;
    struct buf scratch, out;
    /* the product receives: */
    struct slog_line line[SLOG_LINES_MAX];
    size_t lines;
    bool ready, nomem;
};

extern const struct step_family step_family_syslog;

/* slog_of(s): the session's; NULL: no memory (a fault of the tester). */
struct slog *slog_of(struct session *s);

/* slog_fits(v, wanted): the step is for the transport that the product was given;
 * ${wanted} is one of slog_transports. */
extern const char *const slog_transports[];
bool slog_fits(const struct slog *v, const char *wanted);

/* slog_pump(s, v, ms): wait up to ${ms} and enter the messages that came. */
void slog_pump(struct session *s, struct slog *v, unsigned ms);

/* A property of all messages together or of each. holds: 1 yes, 0 no (${why},
 * *at names the element), -1 says nothing here. ${m} is one of v->message. */
struct slog_check {
    const char *name, *expected;
    int (*holds)(struct slog *v, const struct slog_message *m, const char **at,
                 char *why, size_t size);
};
extern const struct slog_check slog_check_table[]; /* ends with name NULL */

/* Operations, by file. */
enum verdict slog_op_listen(struct session *s, const struct ledger_step *st);
enum verdict slog_op_tls(struct session *s, const struct ledger_step *st);
enum verdict slog_op_pause(struct session *s, const struct ledger_step *st);
enum verdict slog_op_cut(struct session *s, const struct ledger_step *st);
enum verdict slog_op_receive(struct session *s, const struct ledger_step *st);
enum verdict slog_op_refused(struct session *s, const struct ledger_step *st);
enum verdict slog_op_pace(struct session *s, const struct ledger_step *st);
enum verdict slog_op_connections(struct session *s,
                                 const struct ledger_step *st);
enum verdict slog_op_expect(struct session *s, const struct ledger_step *st);
enum verdict slog_op_connect(struct session *s, const struct ledger_step *st);
enum verdict slog_op_send(struct session *s, const struct ledger_step *st);
enum verdict slog_op_close(struct session *s, const struct ledger_step *st);
enum verdict slog_op_stored(struct session *s, const struct ledger_step *st);
enum verdict slog_op_absent(struct session *s, const struct ledger_step *st);
enum verdict slog_op_denied(struct session *s, const struct ledger_step *st);
extern const struct step_param slog_param_listen[], slog_param_tls[],
    slog_param_pause[], slog_param_cut[], slog_param_receive[],
    slog_param_refused[], slog_param_connections[], slog_param_expect[],
    slog_param_pace[], slog_param_connect[], slog_param_send[],
    slog_param_close[], slog_param_stored[], slog_param_absent[],
    slog_param_denied[];

#endif
