/* SPDX-License-Identifier: Apache-2.0 */
/* Family interop: what the matrix of a run of role interop says. The pairs ran
 * before (interop.h); a step only looks. */
#include <stdio.h>

#include "conformance/steps/interop.h"
#include "conformance/steps/session_in.h"

static const char *const transports[] = {"http", "function", "syslog",
                                         "zmq",  "kafka",    NULL};
static const char *const whats[] = {"arrived", "lost", "doubled", "changed",
                                    NULL};

/* How many records of a cell are against the step. */
static size_t
against(const struct interop_cell *c, const char *what)
{
    if (strcmp(what, "arrived") == 0)
        return c->sent == 0 || c->stored == 0;
    if (strcmp(what, "lost") == 0)
        return c->lost;
    return strcmp(what, "doubled") == 0 ? c->doubled : c->changed;
}

static const struct step_param expect_param[] = {
    {"transport", STEP_TEXT, true, transports},
    {"what", STEP_TEXT, true, whats},
    {NULL, STEP_TEXT, false, NULL},
};

static enum verdict
op_expect(struct session *s, const struct ledger_step *st)
{
    const struct interop *m = s->b->matrix;
    const char *transport = session_text(s, st, "transport", "");
    const char *what = session_text(s, st, "what", "");
    size_t pairs = 0, silent = 0;
    char text[300], place[200];

    for (size_t i = 0; m != NULL && i < m->cells; i++) {
        const struct interop_cell *c = &m->cell[i];
        size_t n;

        if (strcmp(c->transport, transport) != 0)
            continue;
        pairs++;
        /* What never came over can neither be lost nor doubled. */
        silent += c->sent == 0;
        n = against(c, what);
        if (n == 0 || (c->sent == 0 && strcmp(what, "arrived") != 0))
            continue;
        (void)snprintf(place, sizeof place, "%.80s -> %.80s", c->producer->id,
                       c->consumer->id);
        (void)snprintf(text, sizeof text,
                       "sent %zu, stored %zu, lost %zu, doubled %zu, changed "
                       "%zu %.100s",
                       c->sent, c->stored, c->lost, c->doubled, c->changed,
                       c->why);
        return session_fail(s, place,
                            strcmp(what, "arrived") == 0
                                ? "records come over"
                                : "no record is lost, doubled or changed",
                            text);
    }
    if (pairs == 0)
        return VERDICT_NOT_APPLICABLE;
    return silent == pairs ? session_inconc(s, "records come over", "none did")
                           : VERDICT_PASS;
}

static const struct step_op ops[] = {
    {"interop.expect", expect_param, op_expect, NULL},
    {NULL, NULL, NULL, NULL},
};

extern const struct step_family step_family_interop;
const struct step_family step_family_interop = {.name = "interop", .op = ops};
