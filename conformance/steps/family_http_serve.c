/* SPDX-License-Identifier: Apache-2.0 */
/* Family http_serve: the product is the client, the tester is a server with
 * faults on purpose. Operations serve.*: listening and receiving are here,
 * answering, expecting and watching in serve_*.c. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/serve.h"
#include "conformance/steps/trust.h"

static const char *const silences[] = {"fail", "inconc", NULL};

/* ---- listening */

static bool
is_secure(const struct session *s)
{
    return strcmp(session_scheme(s), "https") == 0;
}

static const struct step_param listen_param[] = {
    {"tls", STEP_TEXT, false, trust_certificates},
    {"version", STEP_TEXT, false, trust_versions},
    {"client", STEP_TEXT, false, trust_clients},
    {"start", STEP_BOOL, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
serve_open(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct trust m = {.plain = false};
    struct err err = {0};
    enum verdict got = trust_read(s, st, "tls", is_secure(s), &m);
    enum err_code code;

    if (v == NULL || got != VERDICT_PASS)
        return v == NULL ? VERDICT_ERROR : got;
    do
        code = intake_open(session_listen_port(s), m.plain ? NULL : &m.tls,
                           &v->in, &err);
    while (code == ERR_EXISTS && session_other_port(s));
    return code == ERR_OK ? VERDICT_PASS : session_error(s, &err);
}

static enum verdict
op_listen(struct session *s, const struct ledger_step *st)
{
    enum verdict got = serve_open(s, st);

    return got == VERDICT_PASS && session_bool(s, st, "start", true)
               ? session_start(s, st)
               : got;
}

static const struct step_param tls_param[] = {
    {"cert", STEP_TEXT, false, trust_certificates},
    {"version", STEP_TEXT, false, trust_versions},
    {"client", STEP_TEXT, false, trust_clients},
    {NULL, STEP_TEXT, false, NULL},
};

/* Later connections meet another certificate or version. */
static enum verdict
op_tls(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct trust m = {.plain = false};
    struct err err = {0};
    enum verdict got = trust_read(s, st, "cert", is_secure(s), &m);

    if (v == NULL || v->in == NULL || got != VERDICT_PASS || m.plain)
        return got != VERDICT_PASS ? got : VERDICT_ERROR;
    return intake_tls(v->in, &m.tls, &err) == ERR_OK ? VERDICT_PASS
                                                     : session_error(s, &err);
}

static const struct step_param pause_param[] = {
    {"ms", STEP_INT, true, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* Nobody listens for a while: connections are ended, new ones are refused. */
static enum verdict
op_pause(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    int64_t end = session_now_ms() + session_int(s, st, "ms", 500);
    struct err err = {0};

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    for (size_t i = 0; i < intake_count(v->in); i++)
        intake_shut(intake_conn(v->in, i), INTAKE_SHUT_CLEAN);
    intake_pause(v->in);
    session_log(s, SESSION_NOTE, "server", BYTES("does not listen"));
    while (session_now_ms() < end && session_left(s) > 0)
        (void)intake_wait(v->in, 20);
    session_log(s, SESSION_NOTE, "server", BYTES("listens again"));
    return intake_resume(v->in, &err) == ERR_OK ? VERDICT_PASS
                                                : session_error(s, &err);
}

/* ---- receiving */

static const struct step_param receive_param[] = {
    {"within_ms", STEP_WAIT, false, NULL}, {"none", STEP_TEXT, false, silences},
    {"good", STEP_BOOL, false, NULL},      {"save", STEP_TEXT, false, NULL},
    {"items_min", STEP_INT, false, NULL},  {"path", STEP_TEXT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* Names for what follows: ${request.key}, ${request.id}, ${request.target}. */
static void
publish(struct session *s, const struct serve_request *q)
{
    session_set(s, "request.key", bytes_str(q->key));
    session_set(s, "request.id", bytes_str(q->id));
    session_set(s, "request.op", bytes_str(q->op));
    session_set(s, "request.target", q->r.target);
}

static bool
is_fail(const char *none)
{
    return none != NULL && strcmp(none, "fail") == 0;
}

static bool
any_established(const struct serve *v)
{
    bool any = !intake_is_tls(v->in);

    for (size_t i = 0; i < intake_count(v->in); i++)
        any |= intake_conn(v->in, i)->established ||
               intake_conn(v->in, i)->plaintext;
    return any;
}

static enum verdict
no_session(struct session *s, const char *none)
{
    static const char want[] = "the TLS handshake succeeds",
                      got[] = "it connected, no handshake was completed";

    return is_fail(none) ? session_fail(s, "TLS", want, got)
                         : session_inconc(s, want, got);
}

/* Requests came, none of them at ${path}: what came in its place is shown. */
static enum verdict
another_target(struct session *s, const struct serve_request *other,
               const char *path, const char *none)
{
    char want[200], got[240];

    (void)snprintf(want, sizeof want, "a request to %.160s", path);
    (void)snprintf(got, sizeof got, "none came, the first other one was %.190s",
                   other->source);
    return is_fail(none) ? session_fail(s, "request target", want, got)
                         : session_inconc(s, want, got);
}

static enum verdict
nothing_came(struct session *s, struct serve *v, const struct ledger_step *st,
             const struct serve_request *other)
{
    const char *none = session_text(s, st, "none", "inconc");
    const char *path = session_text(s, st, "path", NULL);
    const char *what = "no request came";
    char text[200];

    if (v->stray != 0) {
        size_t n = 0;

        for (int i = 0; i < HTTP_FAULT_COUNT; i++) {
            if (v->stray & (1U << i))
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
                                      n ? "; " : "", http_fault_table[i].what);
            if (n >= sizeof text)
                break;
        }
        what = text;
    }
    if (intake_count(v->in) == 0)
        what = session_absent(s);
    else if (!any_established(v))
        return no_session(s, none);
    for (size_t i = 0; i < intake_count(v->in); i++) {
        const struct intake_conn *c = intake_conn(v->in, i);

        /* What came and is no request speaks for itself. */
        if (c->plaintext)
            return session_fail(s, "TLS", "a request over TLS",
                                "it speaks without TLS");
        if (v->stray != 0 || c->in.len > c->taken)
            return session_fail(s, "request", "a complete request",
                                v->stray ? what
                                         : "only a part of a request came");
    }
    if (path != NULL && other != NULL)
        return another_target(s, other, path, none);
    return is_fail(none) ? session_fail(s, "request", "a request in time", what)
                         : session_inconc(s, "a request in time", what);
}

static bool
save_as(struct serve *v, const char *name)
{
    if (name == NULL || v->names == SERVE_NAMES_MAX)
        return name == NULL;
    v->name[v->names].name = name;
    v->name[v->names++].index = v->current;
    return true;
}

static bool
is_at(const struct serve_request *q, const char *path)
{
    return path == NULL ||
           assert_match(path,
                        bytes_upto(q->r.target, bytes_find(q->r.target, '?')));
}

static enum verdict
op_receive(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    size_t items = (size_t)session_int(s, st, "items_min", 0);
    const char *path = session_text(s, st, "path", NULL);
    struct serve_request *q = NULL, *other = NULL;

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    for (;;) {
        int64_t left = end - session_now_ms();

        q = serve_take(s, v, left > 0 ? (unsigned)left : 0);
        if (q == NULL || (q->items >= items && is_at(q, path)))
            break;
        other = other != NULL ? other : q;
        serve_answer_well(s, v, q); /* not what this test needs */
    }
    if (q == NULL && items > 0 && v->count > 0)
        return VERDICT_NOT_APPLICABLE; /* it never sends so many together */
    if (q == NULL)
        return nothing_came(s, v, st, other);
    publish(s, q);
    serve_document(s, q, session_bool(s, st, "good", true));
    return save_as(v, session_text(s, st, "save", NULL)) ? VERDICT_PASS
                                                         : VERDICT_ERROR;
}

/* ---- the family */

static bool
always(const struct ledger_step *st)
{
    (void)st;
    return true;
}

static const struct step_op ops[] = {
    {"serve.listen", listen_param, op_listen, NULL},
    {"serve.tls", tls_param, op_tls, NULL},
    {"serve.pause", pause_param, op_pause, NULL},
    {"serve.receive", receive_param, op_receive, NULL},
    {"serve.answer", serve_param_answer, serve_op_answer, NULL},
    {"serve.serve", serve_param_serve, serve_op_serve, NULL},
    {"serve.expect", serve_param_expect, serve_op_expect, NULL},
    {"serve.expect_none", serve_param_none, serve_op_none, always},
    {"serve.expect_repeat", serve_param_repeat, serve_op_repeat, NULL},
    {"serve.expect_refused", serve_param_refused, serve_op_refused, always},
    {"serve.expect_split", serve_param_split, serve_op_split, NULL},
    {"serve.expect_unique", serve_param_unique, serve_op_unique, NULL},
    {"serve.expect_pace", serve_param_pace, serve_op_pace, NULL},
    {"serve.decoy", serve_param_decoy, serve_op_decoy, NULL},
    {"serve.expect_no_leak", serve_param_no_leak, serve_op_no_leak, always},
    {NULL, NULL, NULL, NULL},
};

static void
fini(void *state)
{
    struct serve *v = state;

    intake_close(v->in);
    intake_close(v->decoy);
    free(v->request);
    free(v->conn);
    json_reader_free(&v->reader);
    tape_free(&v->tape);
    buf_free(&v->scratch);
    buf_free(&v->decoded);
    buf_free(&v->out);
    arena_free(&v->arena);
}

const struct step_family step_family_http_serve = {
    .name = "http_serve",
    .op = ops,
    .state_bytes = sizeof(struct serve),
    .fini = fini,
};
