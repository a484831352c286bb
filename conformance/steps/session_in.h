/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the engine: a session as its files see it. Families use session.h. */
#ifndef CONFORMANCE_STEPS_SESSION_IN_H
#define CONFORMANCE_STEPS_SESSION_IN_H

#include "conformance/steps/bench.h"
#include "conformance/steps/session.h"

#define SESSION_FAMILIES_MAX 32
#define SESSION_GOOD_MAX     1024 /* documents kept for the content tests */

struct session_var {
    const char *name;
    struct bytes value; /* NUL behind it */
    struct session_var *next;
};

struct session {
    struct bench *b;
    const struct ledger_test *test; /* NULL: a probe outside of tests */
    unsigned attempt;
    unsigned upsets;          /* executions of it that were disturbed */
    int64_t start_ms, end_ms; /* wire_now_ms() */
    int64_t wall_ns;          /* its ${now} */
    uint64_t drawn;           /* of ${uuid} and ${nonce}, so far */
    struct arena arena;
    struct session_var *var;
    unsigned port;
    unsigned input_port; /* that an agent listens on for its input; 0: none */
    void *state[SESSION_FAMILIES_MAX]; /* by place in step_family_table */
    /* transcript */
    struct buf transcript;
    bool full;
    const char *curl;       /* in the arena, or NULL; {body} is a file ... */
    struct bytes curl_body; /* ... of these bytes, in the arena */
    uint64_t store_at;      /* size of the store when it began */
    /* how it stands */
    char at[200], expected[400], observed[400];
    struct session_sent sent;
    struct err fault; /* the tester's, when a text cannot be made */
    bool attributable;
    struct observe *observe; /* owned, or NULL */
    struct buf good;         /* good documents (run_content_add) */
    struct product product;  /* of its own, sender-like roles */
    unsigned generation;     /* of the shared product when it began */
};

/* session_open(s, b, test, attempt, timeout_ms): {0} becomes a session. */
void session_open(struct session *s, struct bench *b,
                  const struct ledger_test *test, unsigned attempt,
                  unsigned timeout_ms);
/* session_steps(s, step, n): run them in order; lists by name are entered once.
 * The first verdict that is not PASS. */
enum verdict session_steps(struct session *s, const struct ledger_step *step,
                           size_t n);
void session_close(struct session *s);
/* session_note_end(s, v): the last line of the transcript: what it came to. */
void session_note_end(struct session *s, enum verdict v);

/* session_expand(s, text): ${...} filled in; in the arena; NULL after
 * session_error. */
const char *session_expand(struct session *s, struct bytes text);
/* session_command(s, name, params, id, out): append a request of the function
 * interface (PROPOSED, standard.md 11.2) for "class/operation"; ${params}: JSON
 * or NULL; ${id}: request_id, NULL: a new one. Sets request.id, request.nonce. */
void session_command(struct session *s, const char *name, const char *params,
                     const char *id, struct buf *out);
/* session_draw(s): the next of its reproducible random numbers. */
uint64_t session_draw(struct session *s);

#endif
