/* SPDX-License-Identifier: Apache-2.0 */
/* The broker and what it does: taking records, failing, going away; and records
 * of ours for a product that consumes. */
#include "conformance/steps/kafka_state.h"

#include <stdio.h>

#define PUT_MS  5000
#define LOG_MAX ((size_t)64 << 10)

static const struct {
    const char *name;
    int api;
} apis[] = {{"produce", KAFKA_PRODUCE},
            {"fetch", KAFKA_FETCH},
            {"metadata", KAFKA_METADATA},
            {"commit", KAFKA_OFFSET_COMMIT},
            {"coordinator", KAFKA_FIND_COORDINATOR},
            {"join", KAFKA_JOIN_GROUP},
            {"heartbeat", 12}};

const char *const kafka_api_names[] = {"produce",   "fetch",       "metadata",
                                       "commit",    "coordinator", "join",
                                       "heartbeat", NULL};

int
kafka_api(const char *name)
{
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++) {
        if (strcmp(apis[i].name, name) == 0)
            return apis[i].api;
    }
    return -1;
}

enum verdict
kafka_op_open(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    struct err err = {0};

    (void)t;
    if (!kafka_mock_there()) {
        session_log(s, SESSION_NOTE, "kafka",
                    BYTES("built without librdkafka: not available"));
        return VERDICT_NOT_APPLICABLE;
    }
    if (st->mock)
        return VERDICT_PASS;
    st->mock = kafka_mock_open(session_listen_port(s), KAFKA_PREFIX, &err);
    return st->mock ? VERDICT_PASS : session_error(s, &err);
}

static enum verdict
not_open(struct session *s)
{
    struct err err = {0};

    (void)err_set(&err, ERR_ARG, "kafka", "kafka.open comes first");
    return session_error(s, &err);
}

static void
log_record(struct session *s, const struct kafka_record *r)
{
    char where[200];

    (void)snprintf(where, sizeof(where), "%s [%d] @%lld, key %.60s", r->topic,
                   (int)r->partition, (long long)r->offset,
                   r->has_key ? "given" : "none");
    session_log(s, SESSION_RECEIVED, "kafka.record", bytes_str(where));
    session_log(s, SESSION_RECEIVED, "kafka.value",
                bytes_upto(r->value, LOG_MAX));
}

/* The next record, logged and kept; it is the last one then. ERR_OK,
 * ERR_TIMEOUT, ERR_LIMIT, ERR_NOMEM. */
static enum err_code
take_record(struct session *s, struct kafka_state *st, int64_t end, bool judge)
{
    int64_t left = end - session_now_ms();
    struct kafka_record r;

    if (kafka_mock_poll(st->mock, &r, left > 0 ? (unsigned)left : 0) !=
            ERR_OK ||
        session_left(s) == 0)
        return ERR_TIMEOUT;
    log_record(s, &r);
    if (judge && r.has_value)
        session_document(s, r.value, true);
    return kafka_keep(st, &r);
}

enum verdict
kafka_op_receive(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    int64_t want = session_int(s, t, "count", 1), got = 0;
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    bool judge = session_bool(s, t, "judge", false);
    char expected[64], observed[64];

    if (!st->mock)
        return not_open(s);
    while (got < want) {
        enum err_code code = take_record(s, st, end, judge);

        (void)snprintf(expected, sizeof(expected), "%lld records",
                       (long long)want);
        if (code == ERR_TIMEOUT) {
            (void)snprintf(observed, sizeof(observed), "%lld records in time",
                           (long long)got);
            return session_silence(s, "timeout", expected, observed);
        }
        if (code != ERR_OK)
            return session_inconc(s, expected,
                                  "more records than the tester keeps");
        got += !st->kept[st->count - 1].repeat ||
               !session_bool(s, t, "fresh", false);
    }
    return VERDICT_PASS;
}

/* Index of the first value of the refused requests that was not written; false:
 * all were. ${value} is it. */
static bool
unwritten(struct kafka_state *st, struct buf *value, size_t *values)
{
    struct kafka_relay *relay = kafka_mock_relay(st->mock);

    for (*values = 0;; (*values)++) {
        bool found = false;

        buf_reset(value);
        if (!kafka_relay_watched(relay, *values, value))
            return false;
        for (size_t i = 0; i < st->count && !found; i++)
            found = bytes_eq(buf_view(&st->kept[i].value), buf_view(value));
        if (!found)
            return true;
    }
}

/* The order in which they are written is not looked at here. What was on its way
 * when the fault began comes first: the requests that are refused come later. */
enum verdict
kafka_op_expect_written(struct session *s, const struct ledger_step *t)
{
    static const char wanted[] = "what was refused is written, unchanged";
    struct kafka_state *st = kafka_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    struct buf value = {0};
    enum err_code code = ERR_OK;
    enum verdict v = VERDICT_PASS;
    bool lacks;
    size_t values;

    if (!st->mock)
        return not_open(s);
    for (;;) { /* requests come while it waits: looked at after the last one */
        lacks = unwritten(st, &value, &values);
        if (code != ERR_OK || (!lacks && values > 0))
            break;
        code = take_record(s, st, end, false);
    }
    if (code != ERR_OK && code != ERR_TIMEOUT) {
        v = session_inconc(s, wanted, "more records than the tester keeps");
    } else if (lacks) {
        session_log(s, SESSION_RECEIVED, "kafka.refused",
                    bytes_upto(buf_view(&value), LOG_MAX));
        v = session_fail(s, "retry", wanted, "it was not written");
    } else if (values == 0) {
        v = session_inconc(s, "refused requests whose records can be read",
                           "none came");
    }
    buf_free(&value);
    return v;
}

/* What is in Produce requests that fail is kept for kafka.expect_written. */
enum verdict
kafka_op_fault(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    int api = kafka_api(session_text(s, t, "api", "produce"));
    unsigned n = (unsigned)session_int(s, t, "count", 1);

    if (!st->mock)
        return not_open(s);
    if (api == KAFKA_PRODUCE)
        kafka_relay_watch(kafka_mock_relay(st->mock), n);
    kafka_mock_fault(st->mock, api, (int)session_int(s, t, "code", 6), n);
    return VERDICT_PASS;
}

enum verdict
kafka_op_broker(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);

    if (!st->mock)
        return not_open(s);
    kafka_relay_down(kafka_mock_relay(st->mock),
                     session_bool(s, t, "down", true));
    return VERDICT_PASS;
}

enum verdict
kafka_op_swallow(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);

    if (!st->mock)
        return not_open(s);
    kafka_relay_swallow(kafka_mock_relay(st->mock),
                        kafka_api(session_text(s, t, "api", "produce")),
                        (unsigned)session_int(s, t, "count", 1));
    return VERDICT_PASS;
}

/* ---- records of ours */

/* "auto": the three headers that the information interface wants. */
static void
fill_headers(struct session *s, const struct ledger_step *t, const char *kind,
             char *schema, size_t size, struct kafka_record *r)
{
    const char *name, *value;

    if (session_bool(s, t, "bare", false))
        return;
    while (r->headers < KAFKA_HEADERS_MAX &&
           session_each(s, t, "headers", r->headers, &name, &value)) {
        r->header[r->headers++] =
            (struct kafka_header){bytes_str(name), bytes_str(value)};
    }
    if (r->headers > 0)
        return;
    (void)snprintf(schema, size, "interconn/%s", kind);
    r->header[r->headers++] =
        (struct kafka_header){BYTES("schema"), bytes_str(schema)};
    r->header[r->headers++] =
        (struct kafka_header){BYTES("schema_version"), BYTES("0.1.0")};
    r->header[r->headers++] =
        (struct kafka_header){BYTES("source"), BYTES("hutong-conform")};
}

static enum verdict
put_one(struct session *s, struct kafka_state *st, const struct ledger_step *t,
        struct bytes value)
{
    const char *kind = session_text(s, t, "kind", "alert");
    const char *key = session_text(s, t, "key", session_get(s, "seed.id"));
    struct kafka_record r = {
        .partition = (int32_t)session_int(s, t, "partition", -1),
        .key = bytes_str(key),
        .has_key = key && !session_bool(s, t, "no_key", false),
        .value = value,
        .has_value = !session_bool(s, t, "no_value", false)};
    char topic[128], schema[96];
    struct err err = {0};

    (void)snprintf(topic, sizeof(topic), KAFKA_PREFIX ".%s.v1", kind);
    r.topic = session_text(s, t, "topic", topic);
    fill_headers(s, t, kind, schema, sizeof(schema), &r);
    session_log(s, SESSION_SENT, "kafka.topic", bytes_str(r.topic));
    session_log(s, SESSION_SENT, "kafka.value", bytes_upto(value, LOG_MAX));
    if (kafka_mock_put(st->mock, &r, PUT_MS, &err) != ERR_OK)
        return session_error(s, &err);
    return VERDICT_PASS;
}

enum verdict
kafka_op_put(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    int64_t times = session_int(s, t, "times", 1);
    bool same = session_bool(s, t, "same", false);
    enum verdict v = VERDICT_PASS;
    struct buf body = {0};

    if (!st->mock)
        return not_open(s);
    for (int64_t i = 0; i < times && i < 10000 && v == VERDICT_PASS; i++) {
        if (i == 0 || !same) {
            buf_reset(&body);
            v = session_body(s, t, "body", &body);
        }
        if (v == VERDICT_PASS)
            v = put_one(s, st, t, buf_view(&body));
    }
    buf_free(&body);
    return v;
}
