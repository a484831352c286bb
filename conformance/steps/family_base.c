/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that need no protocol: waiting, variables, the product itself,
 * what it has stored. */
#include <stdio.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/session_in.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define STORE_POLL_MS 20

static enum verdict
do_wait(struct session *s, const struct ledger_step *st)
{
    const struct wire_until u = {s->end_ms, s->b->run->stop};

    wire_sleep(session_wait(s, st, "ms"), &u);
    return VERDICT_PASS;
}

static enum verdict
do_set(struct session *s, const struct ledger_step *st)
{
    const char *name, *value;

    for (size_t i = 0; session_each(s, st, "save", i, &name, &value); i++)
        session_set(s, name, bytes_str(value));
    return VERDICT_PASS;
}

static enum verdict
do_start(struct session *s, const struct ledger_step *st)
{
    return session_start(s, st);
}

static enum verdict
do_restart(struct session *s, const struct ledger_step *st)
{
    return session_restart(s, session_bool(s, st, "kill", false));
}

static enum verdict
do_make(struct session *s, const struct ledger_step *st)
{
    struct buf body = {0}, length = {0};
    enum verdict v = session_body(s, st, "body", &body);

    if (v == VERDICT_PASS)
        session_set(s, session_text(s, st, "save", "made"), buf_view(&body));
    buf_u64(&length, body.len);
    session_set(s, "made.length", buf_view(&length));
    buf_free(&length);
    buf_free(&body);
    return v;
}

/* ---- {store} */

/* The records of a stored line that hold ${text}: the line, or those among its
 * items. ${out} has the last of them and may be NULL; false: it is no JSON. A
 * product may keep the text as it came beside its own form of it, in one record. */
static bool
records_of(struct bytes line, const char *text, unsigned *n, struct buf *out)
{
    struct json_reader reader;
    struct buf item = {0};
    struct tape t = {0};
    uint32_t items, i;
    bool ok;

    json_reader_init(&reader, JSON_TOLERANT, NULL);
    ok = json_read(&reader, line, &t, NULL) == ERR_OK;
    items = ok ? tape_get(&t, 0, BYTES("items")) : 0;
    *n = 0;
    if (items == 0 || t.node[items].type != TAPE_ARRAY) {
        *n = 1;
        if (out != NULL)
            buf_bytes(out, line);
    } else {
        for (i = t.node[items].hash > 0 ? items + 1 : 0; i != 0;
             i = t.node[i].next) {
            buf_reset(&item);
            json_put_value(&item, &t, i);
            if (!assert_within(buf_view(&item), bytes_str(text)))
                continue;
            ++*n;
            if (out != NULL) {
                buf_reset(out);
                buf_bytes(out, buf_view(&item));
            }
        }
    }
    buf_free(&item);
    json_reader_free(&reader);
    tape_free(&t);
    return ok;
}

/* The next line of ${rest} that holds ${text}; no data: there is none. */
static struct bytes
line_with(struct bytes *rest, const char *text)
{
    while (rest->len > 0) {
        struct bytes line = bytes_upto(*rest, bytes_find(*rest, '\n'));

        *rest = bytes_from(*rest, line.len + 1);
        if (assert_within(line, bytes_str(text)))
            return line;
    }
    return (struct bytes){0};
}

/* How many records with the text the product stored since the test began; false
 * when that cannot be seen. */
static bool
seen(struct session *s, const char *text, unsigned *n)
{
    struct buf b = {0};
    struct bytes rest, line;
    uint64_t end;
    bool ok = session_store(s, s->store_at, &b, &end);

    rest = buf_view(&b);
    *n = 0;
    while (text[0] != '\0' && (line = line_with(&rest, text)).len > 0) {
        unsigned more;

        (void)records_of(line, text, &more, NULL);
        *n += more > 0 ? more : 1; /* it may stand beside the items */
    }
    buf_free(&b);
    return ok;
}

static enum verdict
not_observable(struct session *s)
{
    session_log(s, SESSION_NOTE, "store",
                BYTES("the effect is not observable: no {store}"));
    return VERDICT_PASS;
}

/* A pointer into what was stored is no pointer into an answer. */
static enum verdict
stored_as(struct session *s, enum verdict v)
{
    char at[sizeof s->at];

    if (s->at[0] == '/') {
        (void)snprintf(at, sizeof at, "store %.*s", (int)sizeof at - 7, s->at);
        memcpy(s->at, at, sizeof s->at);
    }
    return v;
}

/* What it stored of the record is what was sent. */
static enum verdict
check_stored(struct session *s, const struct ledger_step *st, const char *text)
{
    struct buf all = {0}, record = {0};
    struct bytes rest, line;
    uint64_t end;
    unsigned n;
    enum verdict v = VERDICT_PASS;

    if (step_arg(st, "json") == NULL)
        return v;
    (void)session_store(s, s->store_at, &all, &end);
    rest = buf_view(&all);
    line = line_with(&rest, text);
    if (line.len > 0)
        v = records_of(line, text, &n, &record)
                ? stored_as(s, session_assert(s, st, "json", buf_view(&record),
                                              "the stored record"))
                : session_fail(s, "store", "a JSON line", "no JSON");
    buf_free(&all);
    buf_free(&record);
    return v;
}

static enum verdict
do_present(struct session *s, const struct ledger_step *st)
{
    const struct wire_until u = {wire_now_ms() + session_wait(s, st, "within"),
                                 s->b->run->stop};
    const char *text = session_text(s, st, "text", "");
    int64_t want = session_int(s, st, "count", 1);
    char expected[300], observed[80];
    unsigned n;

    do {
        if (!seen(s, text, &n))
            return not_observable(s);
        if ((int64_t)n >= want)
            break;
        wire_sleep(STORE_POLL_MS, &u);
    } while (wire_left(&u) > 0);
    if ((int64_t)n == want)
        return want > 0 ? check_stored(s, st, text) : VERDICT_PASS;
    (void)snprintf(expected, sizeof expected, "%.250s is stored %lld times",
                   text, (long long)want);
    (void)snprintf(observed, sizeof observed, "%u times", n);
    return session_fail(s, "store", expected, observed);
}

static enum verdict
do_absent(struct session *s, const struct ledger_step *st)
{
    const struct wire_until u = {s->end_ms, s->b->run->stop};
    const char *text = session_text(s, st, "text", "");
    double settle = 4 * s->b->probe_p99_ms;
    char expected[300];
    unsigned n;

    wire_sleep(settle < 50 ? 50 : settle > 1000 ? 1000 : (unsigned)settle, &u);
    if (!seen(s, text, &n))
        return not_observable(s);
    if (n == 0) {
        /* No answer is owed: that it has no effect is the refusal. */
        if (session_bool(s, st, "proves", false))
            session_refused(s, true);
        return VERDICT_PASS;
    }
    (void)snprintf(expected, sizeof expected, "%.250s is not stored", text);
    return session_fail(s, "store", expected, "it is stored");
}

/* For receivers that answer nothing: what was sent before ${after} would be there
 * by now. That ${after} is stored and ${text} is not tells them apart. */
static enum verdict
do_dropped(struct session *s, const struct ledger_step *st)
{
    const struct wire_until u = {wire_now_ms() + session_wait(s, st, "within"),
                                 s->b->run->stop};
    const char *text = session_text(s, st, "text", "");
    const char *after = session_text(s, st, "after", "");
    char expected[300];
    unsigned n = 0;

    do {
        if (!seen(s, after, &n))
            return not_observable(s);
        if (n > 0)
            break;
        wire_sleep(STORE_POLL_MS, &u);
    } while (wire_left(&u) > 0);
    if (n == 0)
        return session_inconc(s, "what was sent behind it is stored",
                              "it is not");
    (void)seen(s, text, &n);
    if (n == 0) {
        session_refused(s, true);
        return VERDICT_PASS;
    }
    (void)snprintf(expected, sizeof expected, "%.250s is not stored", text);
    return session_fail(s, "store", expected, "it is stored");
}

static enum verdict
do_alive(struct session *s, const struct ledger_step *st)
{
    int status = 0;
    char observed[80];

    (void)st;
    if (session_alive(s, &status))
        return VERDICT_PASS;
    (void)snprintf(observed, sizeof observed, "it ended, wait status %d",
                   status);
    return session_fail(s, "product", "the product keeps running", observed);
}

static bool
negative(const struct ledger_step *st)
{
    (void)st;
    return true;
}

static bool
wants_absence(const struct ledger_step *st)
{
    const char *proves = step_text(step_arg(st, "proves"));

    return proves != NULL && strcmp(proves, "true") == 0;
}

static const struct step_param wait_params[] = {
    {.name = "ms", .type = STEP_WAIT, .required = true}, {0}};
static const struct step_param set_params[] = {
    {.name = "save", .type = STEP_MAP, .required = true}, {0}};
static const struct step_param no_params[] = {{0}};
static const struct step_param present_params[] = {
    {.name = "text", .type = STEP_TEXT, .required = true},
    {.name = "count", .type = STEP_INT}, /* exactly */
    {.name = "within", .type = STEP_WAIT},
    {.name = "json", .type = STEP_TESTS}, /* of the stored record */
    {0}};
static const struct step_param restart_params[] = {
    {.name = "kill", .type = STEP_BOOL}, {0}};
static const struct step_param make_params[] = {
    {.name = "save", .type = STEP_TEXT, .required = true},
    {.name = "body", .type = STEP_BODY, .required = true},
    {0}};
static const struct step_param dropped_params[] = {
    {.name = "text", .type = STEP_TEXT, .required = true},
    {.name = "after", .type = STEP_TEXT, .required = true},
    {.name = "within", .type = STEP_WAIT},
    {0}};
static const struct step_param absent_params[] = {
    {.name = "text", .type = STEP_TEXT, .required = true},
    {.name = "proves", .type = STEP_BOOL}, /* what the test is about */
    {0}};

static const struct step_op ops[] = {
    {.name = "wait", .param = wait_params, .run = do_wait},
    {.name = "set", .param = set_params, .run = do_set},
    {.name = "product.start", .param = no_params, .run = do_start},
    {.name = "make", .param = make_params, .run = do_make},
    {.name = "product.restart", .param = restart_params, .run = do_restart},
    {.name = "product.expect_alive", .param = no_params, .run = do_alive},
    {.name = "store.expect_present",
     .param = present_params,
     .run = do_present},
    {.name = "store.expect_dropped",
     .param = dropped_params,
     .run = do_dropped,
     .negative = negative},
    {.name = "store.expect_absent",
     .param = absent_params,
     .run = do_absent,
     .negative = wants_absence},
    {0}};

const struct step_family step_family_base = {.name = "base", .op = ops};
