/* SPDX-License-Identifier: Apache-2.0 */
/* What a request must be: serve.expect, on one request or on all of them. */
#include <stdio.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/serve_check.h"

static const char *const fates[] = {"same", "new", NULL};

const struct step_param serve_param_expect[] = {
    {"of", STEP_TEXT, false, NULL},          {"method", STEP_TEXT, false, NULL},
    {"path", STEP_TEXT, false, NULL},        {"headers", STEP_MAP, false, NULL},
    {"absent", STEP_LIST, false, NULL},      {"clean", STEP_LIST, false, NULL},
    {"holds", STEP_LIST, false, NULL},       {"json", STEP_TESTS, false, NULL},
    {"connection", STEP_TEXT, false, fates}, {"than", STEP_TEXT, false, NULL},
    {"gap_min_ms", STEP_INT, false, NULL},   {NULL, STEP_TEXT, false, NULL},
};

static enum verdict
expect_line(struct session *s, const struct ledger_step *st,
            const struct serve_request *q)
{
    const char *method = session_text(s, st, "method", NULL);
    const char *path = session_text(s, st, "path", NULL);
    struct bytes target = bytes_upto(q->r.target, bytes_find(q->r.target, '?'));

    if (method != NULL && !bytes_is(q->r.method, method))
        return session_fail(s, "method", method, q->source);
    if (path != NULL && !assert_match(path, target))
        return session_fail(s, "request target", path, q->source);
    return VERDICT_PASS;
}

static enum verdict
expect_fields(struct session *s, const struct ledger_step *st,
              const struct serve_request *q)
{
    const char *name, *value;
    char text[200];

    for (size_t i = 0; session_each(s, st, "headers", i, &name, &value); i++) {
        struct bytes got = http_serve_field(&q->r, name, 0);

        (void)snprintf(text, sizeof text, "%.*s",
                       (int)(got.len > 190 ? 190 : got.len),
                       got.data ? got.data : "(none)");
        if (got.data == NULL || !assert_match(value, got))
            return session_fail(s, name, value, text);
    }
    for (size_t i = 0; session_each(s, st, "absent", i, &name, &value); i++) {
        if (http_serve_field(&q->r, value, 0).data != NULL)
            return session_fail(s, value, "no such field", "it is there");
    }
    return VERDICT_PASS;
}

static enum verdict
say_fault(struct session *s, enum http_fault f, size_t at)
{
    char text[200], place[64];

    /* What the content has beyond its length, or a request behind it. */
    (void)snprintf(place, sizeof place, "%sbyte %zu",
                   f == HTTP_FAULT_GARBAGE ? "Content-Length, " : "", at);
    (void)snprintf(text, sizeof text, "%s (%s)", http_fault_table[f].what,
                   http_fault_table[f].clause);
    return session_fail(s, place, http_fault_table[f].name, text);
}

/* The faults that the step names, in this request or in what was none. */
static enum verdict
expect_clean(struct session *s, const struct ledger_step *st, struct serve *v,
             const struct serve_request *q)
{
    const char *name, *value;

    for (size_t i = 0; session_each(s, st, "clean", i, &name, &value); i++) {
        enum http_fault f = http_fault_find(value);

        if (f == HTTP_FAULT_COUNT)
            return session_error(
                s, &(struct err){.where = "clean", .msg = "no such fault"});
        if (q != NULL && q->r.faults & (1U << f))
            return say_fault(s, f, q->r.fault_at[f]);
        if (v->stray & (1U << f))
            return say_fault(s, f, 0);
    }
    return VERDICT_PASS;
}

/* NOT_APPLICABLE: a property says nothing about this request. */
static enum verdict
expect_holds(struct session *s, const struct ledger_step *st, struct serve *v,
             const struct serve_request *q)
{
    const char *name, *value;
    enum verdict got = VERDICT_PASS;
    int held;

    for (size_t i = 0; session_each(s, st, "holds", i, &name, &value); i++) {
        const struct serve_check *c = serve_check_find(value);
        struct serve_finding f = {.at = NULL};

        if (c == NULL)
            return session_error(
                s, &(struct err){.where = "holds", .msg = "no such property"});
        held = c->holds(s, v, q, &f);
        if (held == 0)
            return session_fail(s, f.at, c->expected, f.text);
        if (held < 0)
            got = VERDICT_NOT_APPLICABLE;
    }
    return got;
}

/* Against an earlier request: which connection, how much later. */
static enum verdict
expect_relation(struct session *s, const struct ledger_step *st,
                struct serve *v, const struct serve_request *q)
{
    const char *fate = session_text(s, st, "connection", NULL);
    const struct serve_request *than =
        serve_named(v, session_text(s, st, "than", NULL));
    int64_t gap = session_int(s, st, "gap_min_ms", 0);
    char text[80];

    if (than == NULL || than == q)
        return VERDICT_PASS;
    (void)snprintf(text, sizeof text, "connection %u, then %u",
                   than->conn->number, q->conn->number);
    if (fate != NULL && (strcmp(fate, "same") == 0) != (than->conn == q->conn))
        return session_fail(s, "connection",
                            strcmp(fate, "same") == 0
                                ? "the connection is used again"
                                : "a new connection",
                            text);
    (void)snprintf(text, sizeof text, "after %lld ms",
                   (long long)(q->at_ms - than->ended_ms));
    if (gap > 0 && q->at_ms - than->ended_ms < gap)
        return session_fail(s, "time", "it waits as it was told", text);
    return VERDICT_PASS;
}

static enum verdict
expect(struct session *s, const struct ledger_step *st, struct serve *v,
       const struct serve_request *q)
{
    enum verdict got = expect_line(s, st, q), held = VERDICT_PASS;

    if (got == VERDICT_PASS)
        got = expect_fields(s, st, q);
    if (got == VERDICT_PASS)
        got = expect_clean(s, st, v, q);
    if (got == VERDICT_PASS)
        got = expect_relation(s, st, v, q);
    if (got == VERDICT_PASS && step_arg(st, "json") != NULL)
        got = session_assert(s, st, "json", q->body, q->source);
    if (got == VERDICT_PASS)
        held = expect_holds(s, st, v, q);
    return got != VERDICT_PASS ? got : held;
}

/* All requests; one to which the step applies is enough, none is not. */
static enum verdict
expect_all(struct session *s, const struct ledger_step *st, struct serve *v)
{
    enum verdict got = VERDICT_NOT_APPLICABLE;

    for (size_t i = 0; i < v->count; i++) {
        enum verdict one = expect(s, st, v, v->request[i]);

        if (one != VERDICT_PASS && one != VERDICT_NOT_APPLICABLE)
            return one;
        if (one == VERDICT_PASS)
            got = one;
    }
    return v->count == 0 ? expect_clean(s, st, v, NULL) : got;
}

enum verdict
serve_op_expect(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    const char *of = session_text(s, st, "of", "last");
    const struct serve_request *q;
    enum verdict got;

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    if (strcmp(of, "all") == 0) {
        got = expect_all(s, st, v);
    } else {
        q = serve_named(v, of);
        got = q != NULL ? expect(s, st, v, q) : VERDICT_ERROR;
    }
    if (got == VERDICT_PASS)
        session_refused(s, true); /* of a negative test: the fault is absent */
    return got;
}
