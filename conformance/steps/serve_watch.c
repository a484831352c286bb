/* SPDX-License-Identifier: Apache-2.0 */
/* What happens over time: repeats, no repeats, the pace of attempts, one effect
 * for one id. */
#include <stdio.h>

#include "conformance/steps/serve.h"

static const char *const silences[] = {"fail", "inconc", NULL};

/* ---- repeats */

static const char *
mark_of(const struct serve_request *q)
{
    return q->command || q->key[0] == '\0' ? q->id : q->key;
}

/* Another attempt at ${first}: the same target, and the same key or the same id
 * of the body: a repeat may be wrong in one of them. */
static bool
is_repeat(const struct serve_request *first, const struct serve_request *q)
{
    const char *a = mark_of(first), *b = mark_of(q);

    if (q == first || !bytes_eq(q->r.target, first->r.target))
        return false;
    if (a[0] == '\0' || b[0] == '\0')
        return bytes_eq(q->body, first->body);
    return strcmp(a, b) == 0 ||
           (first->id[0] != '\0' && strcmp(first->id, q->id) == 0);
}

/* The same content at the same target under another id: where no repeat comes,
 * this is what came in its place. */
static bool
is_renamed(const struct serve_request *first, const struct serve_request *q)
{
    return q != first && first->content != 0 && first->content == q->content &&
           bytes_eq(q->r.target, first->r.target);
}

const struct step_param serve_param_repeat[] = {
    {"of", STEP_TEXT, false, NULL},
    {"within_ms", STEP_WAIT, false, NULL},
    {"none", STEP_TEXT, false, silences},
    {"gap_min_ms", STEP_INT, false, NULL},
    {"gap_max_ms", STEP_INT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

static bool
is_same_time(struct serve *v, const struct serve_request *first,
             const struct serve_request *q)
{
    char before[64] = "";
    struct bytes b;

    if (serve_member(v, first, "timestamp", &b))
        (void)snprintf(before, sizeof before, "%.*s",
                       (int)(b.len > 60 ? 60 : b.len), b.data);
    return serve_member(v, q, "timestamp", &b) && bytes_is(b, before);
}

/* A repeat of a message is the same bytes; a repeat of a command is the same
 * but for nonce and timestamp, and those are new. */
static enum verdict
compare(struct session *s, struct serve *v, const struct serve_request *first,
        const struct serve_request *q)
{
    if (!first->command && strcmp(first->key, q->key) != 0)
        return session_fail(s, "Idempotency-Key",
                            "the repeat has the same bytes and key",
                            "another Idempotency-Key");
    if (!first->command)
        return bytes_eq(first->body, q->body)
                   ? VERDICT_PASS
                   : session_fail(s, "body",
                                  "the repeat has the same bytes and key",
                                  "they differ");
    if (strcmp(first->op, q->op) != 0)
        return session_fail(s, "/operation", first->op, q->op);
    if (first->content != q->content)
        return session_fail(s, "/params", "the same parameters",
                            "other parameters");
    if (strcmp(first->nonce, q->nonce) == 0)
        return session_fail(s, "/nonce", "a fresh nonce", "the same one");
    if (q->at_ms - first->at_ms > 1500 && is_same_time(v, first, q))
        return session_fail(s, "/timestamp", "the time of the repeat",
                            "that of the first attempt");
    return VERDICT_PASS;
}

static enum verdict
judge_gap(struct session *s, const struct ledger_step *st,
          const struct serve_request *first, const struct serve_request *q)
{
    int64_t gap = q->at_ms - first->ended_ms;
    int64_t min = session_int(s, st, "gap_min_ms", 0);
    int64_t max = session_int(s, st, "gap_max_ms", INT64_MAX);
    char text[80], want[80];

    if (gap >= min && gap <= max)
        return VERDICT_PASS;
    (void)snprintf(text, sizeof text, "after %lld ms", (long long)gap);
    (void)snprintf(want, sizeof want, "a repeat after %s%lld ms",
                   gap < min ? "at least " : "at most ",
                   (long long)(gap < min ? min : max));
    return session_fail(s, "time", want, text);
}

static enum verdict
no_repeat(struct session *s, const struct ledger_step *st,
          const struct serve_request *first, bool renamed)
{
    if (strcmp(session_text(s, st, "none", "fail"), "fail") != 0)
        return session_inconc(s, "the same request again",
                              "it is not repeated in the time of this test");
    if (renamed)
        return session_fail(s, first->command ? "/request_id" : first->source,
                            "the same request again",
                            "the same content came under another identifier");
    return session_fail(s, first->source, "the same request again",
                        "it is not repeated in time");
}

enum verdict
serve_op_repeat(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct serve_request *first =
        v ? serve_named(v, session_text(s, st, "of", NULL)) : NULL;
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    bool renamed = false; /* what came next: later it is another command */
    size_t others = 0;
    enum verdict got;

    if (first == NULL)
        return VERDICT_ERROR;
    for (;;) {
        int64_t left = end - session_now_ms();
        struct serve_request *q =
            serve_take(s, v, left > 0 ? (unsigned)left : 0);

        if (q == NULL)
            break;
        if (!is_repeat(first, q)) {
            renamed |= others++ == 0 && is_renamed(first, q);
            serve_answer_well(s, v, q);
            continue;
        }
        got = compare(s, v, first, q);
        return got == VERDICT_PASS ? judge_gap(s, st, first, q) : got;
    }
    return no_repeat(s, st, first, renamed);
}

const struct step_param serve_param_none[] = {
    {"of", STEP_TEXT, false, NULL},
    {"within_ms", STEP_WAIT, false, NULL},
    {"progress", STEP_BOOL, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* No repeat of a request, while others go on and are answered well. */
enum verdict
serve_op_none(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct serve_request *first =
        v ? serve_named(v, session_text(s, st, "of", NULL)) : NULL;
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    size_t others = 0;

    if (first == NULL)
        return VERDICT_ERROR;
    for (;;) {
        int64_t left = end - session_now_ms();
        struct serve_request *q =
            serve_take(s, v, left > 0 ? (unsigned)left : 0);
        char text[96];

        if (q == NULL)
            break;
        if (is_repeat(first, q)) {
            (void)snprintf(text, sizeof text, "it came again after %lld ms",
                           (long long)(q->at_ms - first->ended_ms));
            return session_fail(s, first->source,
                                "this request is not repeated", text);
        }
        others++;
        serve_answer_well(s, v, q);
    }
    if (others == 0 && session_bool(s, st, "progress", true))
        return session_inconc(s, "the product goes on with other requests",
                              "nothing else came");
    session_refused(s, true);
    return VERDICT_PASS;
}

/* ---- pace */

const struct step_param serve_param_pace[] = {
    {"within_ms", STEP_INT, true, NULL}, {"status", STEP_INT, true, NULL},
    {"min", STEP_INT, false, NULL},      {"max", STEP_INT, true, NULL},
    {"code", STEP_INT, false, NULL},     {NULL, STEP_TEXT, false, NULL},
};

/* Every request is answered with ${status} and ${code} (5003: overloaded); how
 * many come is counted. */
enum verdict
serve_op_pace(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    int64_t end = session_now_ms() + session_int(s, st, "within_ms", 0);
    int64_t max = session_int(s, st, "max", 0), n = 0;
    int64_t code = session_int(s, st, "code", 5003);
    unsigned status = (unsigned)session_int(s, st, "status", 503);
    char text[96];

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    for (;;) {
        int64_t left = end - session_now_ms();

        struct serve_request *q =
            serve_take(s, v, left > 0 ? (unsigned)left : 0);

        if (q == NULL)
            break;
        n++;
        serve_answer_code(s, v, q, status, code);
    }
    (void)snprintf(text, sizeof text, "%lld attempts", (long long)n);
    if (n < session_int(s, st, "min", 1))
        return session_inconc(s, "attempts go on", text);
    if (n > max)
        return session_fail(s, "time", "attempts keep a distance", text);
    return VERDICT_PASS;
}

/* ---- one effect for one id */

static const char *const kinds[] = {"nonce", "id", "accepted", "items", NULL};

/* By kind: what is expected, and where it is told in a message and in a command;
 * NULL: at the request that must not be. */
static const struct {
    const char *of, *expected, *in_message, *in_command;
} unique[] = {
    {"nonce", "every nonce is used once", "nonce", "/nonce"},
    {"id", "one identifier for one content", "/msg_id", "/request_id"},
    {"accepted", "what was accepted does not come again", NULL, NULL},
    {"items", "the same items do not come again", "body/items", "/params"},
};

const struct step_param serve_param_unique[] = {
    {"of", STEP_TEXT, true, kinds},
    {"min", STEP_INT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* ${b} came when ${a} had been accepted. */
static bool
is_late(const struct serve_request *a, const struct serve_request *b)
{
    return a->status >= 200 && a->status <= 299 && b->at_ms >= a->ended_ms;
}

static bool
is_same_id(const struct serve_request *a, const struct serve_request *b)
{
    return a->id[0] != '\0' && strcmp(a->id, b->id) == 0;
}

/* Whether ${b}, which came after ${a}, must not be. */
static const char *
clash(const char *of, const struct serve_request *a,
      const struct serve_request *b)
{
    if (strcmp(of, "nonce") == 0)
        return a->nonce[0] != '\0' && strcmp(a->nonce, b->nonce) == 0
                   ? "a nonce is used twice"
                   : NULL;
    if (strcmp(of, "items") == 0) /* whatever the message is called */
        return a->content != 0 && a->content == b->content && is_late(a, b)
                   ? "the same items come again"
                   : NULL;
    if (!is_same_id(a, b))
        return NULL;
    if (strcmp(of, "accepted") == 0)
        return is_late(a, b) ? "what was accepted comes again" : NULL;
    if (a->command ? strcmp(a->op, b->op) != 0 : !bytes_eq(a->body, b->body))
        return "one identifier for two contents";
    return NULL;
}

static enum verdict
fail_clash(struct session *s, const char *of, const char *why,
           const struct serve_request *a, const struct serve_request *b)
{
    bool again = strcmp(of, "items") == 0 && is_same_id(a, b);
    const char *at;
    char text[160];
    size_t i = 0;

    while (strcmp(unique[i].of, of) != 0)
        i++;
    at = a->command ? unique[i].in_command : unique[i].in_message;
    if (strcmp(of, "items") == 0 && !again) {
        (void)snprintf(text, sizeof text,
                       "the %zu items of %.60s come in %.60s", a->items,
                       a->id[0] != '\0' ? a->id : "a message",
                       b->id[0] != '\0' ? b->id : "another one");
        why = text;
    }
    return session_fail(s, at == NULL || again ? b->source : at,
                        unique[i].expected, why);
}

enum verdict
serve_op_unique(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    const char *of = session_text(s, st, "of", "id");
    size_t marked = 0;

    if (v == NULL)
        return VERDICT_ERROR;
    for (size_t i = 0; i < v->count; i++) {
        const struct serve_request *a = v->request[i];

        marked +=
            strcmp(of, "nonce") == 0 ? a->nonce[0] != '\0' : a->id[0] != '\0';
        for (size_t k = i + 1; k < v->count; k++) {
            const char *why = clash(of, a, v->request[k]);

            if (why != NULL)
                return fail_clash(s, of, why, a, v->request[k]);
        }
    }
    if (marked < (size_t)session_int(s, st, "min", 2))
        return session_inconc(s, "enough requests to compare",
                              "too few came, or they name none");
    session_refused(s, true);
    return VERDICT_PASS;
}
