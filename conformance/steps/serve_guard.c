/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the product trusts: a server it must refuse, a host it must not follow
 * to; and the parts of a message that was too large. */
#include <stdio.h>

#include "conformance/steps/serve.h"
#include "conformance/steps/trust.h"

/* ---- a server that must be refused */

const struct step_param serve_param_refused[] = {
    {"within_ms", STEP_WAIT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

struct pumping {
    struct session *s;
    struct serve *v;
};

static void
pump(void *arg)
{
    struct pumping *p = arg;

    (void)serve_pump(p->s, p->v, 20);
}

enum verdict
serve_op_refused(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct pumping p = {s, v};

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    /* With requests before, only later connections are in question. */
    return trust_refused(s, v->in, v->count > 0 ? intake_count(v->in) : 0,
                         session_wait(s, st, "within_ms"), pump, &p);
}

/* ---- another host */

const struct step_param serve_param_decoy[] = {
    {"as", STEP_TEXT, true, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* A second server, without TLS, for redirects: ${<as>url}. */
enum verdict
serve_op_decoy(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct err err = {0};
    char url[64], name[64];

    if (v == NULL)
        return VERDICT_ERROR;
    if (intake_open(0, NULL, &v->decoy, &err) != ERR_OK)
        return session_error(s, &err);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u",
                   intake_port(v->decoy));
    (void)snprintf(name, sizeof name, "%surl", session_text(s, st, "as", ""));
    session_set(s, name, bytes_str(url));
    return VERDICT_PASS;
}

const struct step_param serve_param_no_leak[] = {
    {"within_ms", STEP_WAIT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

enum verdict
serve_op_no_leak(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    struct serve_request *q;

    if (v == NULL || v->in == NULL || v->decoy == NULL)
        return VERDICT_ERROR;
    while (session_now_ms() < end && session_left(s) > 0) {
        (void)intake_wait(v->decoy, 10);
        while ((q = serve_take(s, v, 10)) != NULL)
            serve_answer_well(s, v, q);
        for (size_t i = 0; i < intake_count(v->decoy); i++) {
            struct intake_conn *c = intake_conn(v->decoy, i);

            if (c->in.len == 0)
                continue;
            session_log(s, SESSION_RECEIVED, "decoy", buf_view(&c->in));
            return session_fail(s, "redirect",
                                "nothing is sent to another host",
                                "the other host was sent the request");
        }
    }
    session_refused(s, true);
    return VERDICT_PASS;
}

/* ---- parts of what was too large */

const struct step_param serve_param_split[] = {
    {"of", STEP_TEXT, false, NULL},
    {"within_ms", STEP_WAIT, false, NULL},
    {"smaller", STEP_BOOL, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* The i-th item of a body that is in v->tape, as it stands. */
static uint32_t
first_item(const struct tape *t)
{
    uint32_t items = t->count > 0 && t->node[0].type == TAPE_OBJECT
                         ? tape_get(t, 0, BYTES("items"))
                         : 0;

    return items != 0 && t->node[items].type == TAPE_ARRAY &&
                   t->node[items].hash > 0
               ? items + 1
               : 0;
}

/* Tick the items of ${whole} (slices) that ${part} has. */
static void
tick(struct serve *v, const struct serve_request *part,
     const struct bytes *whole, bool *seen, size_t n)
{
    struct bytes any;
    const struct tape *t = &v->tape;

    (void)serve_member(v, part, "msg_id", &any); /* reads the body */
    for (uint32_t i = first_item(t); i != 0; i = t->node[i].next) {
        struct bytes item = bytes_upto(
            bytes_from(part->body, t->node[i].offset), t->node[i].length);

        for (size_t k = 0; k < n; k++)
            seen[k] |= bytes_eq(item, whole[k]);
    }
}

static size_t
items_of(struct serve *v, const struct serve_request *q, struct bytes *out)
{
    struct bytes any;
    const struct tape *t = &v->tape;
    size_t n = 0;

    (void)serve_member(v, q, "msg_id", &any);
    for (uint32_t i = first_item(t); i != 0 && n < q->items;
         i = t->node[i].next)
        out[n++] = bytes_upto(bytes_from(q->body, t->node[i].offset),
                              t->node[i].length);
    return n;
}

static bool
all_of(const bool *seen, size_t n)
{
    while (n > 0 && seen[n - 1])
        n--;
    return n == 0;
}

/* All items of ${of} come again; unless ${smaller} is false in parts of it. */
enum verdict
serve_op_split(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct serve_request *whole =
                             v ? serve_named(v, session_text(s, st, "of", NULL))
                               : NULL,
                         *q;
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    bool smaller = session_bool(s, st, "smaller", true);
    size_t n = whole ? whole->items : 0;
    struct bytes *item = v ? arena_array(&v->arena, n + 1, sizeof *item) : NULL;
    bool *seen = v ? arena_array(&v->arena, n + 1, sizeof *seen) : NULL;

    if (whole == NULL || item == NULL || seen == NULL)
        return VERDICT_ERROR;
    n = items_of(v, whole, item);
    while (!all_of(seen, n)) {
        int64_t left = end - session_now_ms();

        q = serve_take(s, v, left > 0 ? (unsigned)left : 0);
        if (q == NULL)
            return session_fail(s, "/items",
                                smaller ? "all items come in smaller parts"
                                        : "all items come again",
                                "some items did not come again");
        if (smaller && q->body.len >= whole->body.len &&
            strcmp(q->id, whole->id) == 0)
            return session_fail(s, "body", "parts are smaller",
                                "the same size again");
        tick(v, q, item, seen, n);
        serve_answer_well(s, v, q);
    }
    return VERDICT_PASS;
}
