/* SPDX-License-Identifier: Apache-2.0 */
/* What is expected of a producer's records and of what clients do on the wire. */
#include "conformance/steps/kafka_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/base/time.h"

#define VALUE_MAX                                                              \
    ((size_t)1 << 20) /* what brokers take unless told otherwise */
#define TEXT_MAX 200

/* ---- records */

static const char *
kind_of(const struct kafka_kept *k, size_t *n)
{
    static const char head[] = KAFKA_PREFIX ".";
    size_t len = strlen(k->topic), skip = sizeof(head) - 1;

    *n = 0;
    if (len < skip + 4 || strncmp(k->topic, head, skip) != 0 ||
        strcmp(k->topic + len - 3, ".v1") != 0)
        return NULL;
    *n = len - skip - 3;
    return k->topic + skip;
}

static bool
topic_form(const struct kafka_kept *k)
{
    static const char *const kinds[] = {"asset", "alert", "threat", "behavior"};
    size_t n;
    const char *kind = kind_of(k, &n);

    for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (bytes_is(bytes_of(kind, n), kinds[i]))
            return true;
    }
    return false;
}

static bool
topic_type(const struct kafka_kept *k)
{
    size_t n;
    const char *kind = kind_of(k, &n);

    return kind && bytes_is(bytes_of(kind, n), k->info_type);
}

static bool
key_there(const struct kafka_kept *k)
{
    return k->has_key && k->key.len > 0 &&
           text_utf8_valid(buf_view(&k->key)) == k->key.len;
}

/* The asset's or alert's identifier; where there is none, and for a batch of
 * several, msg_id. */
static bool
key_value(const struct kafka_kept *k)
{
    struct bytes key = buf_view(&k->key);

    if (k->record_id[0])
        return bytes_is(key, k->record_id);
    return k->msg_id[0] == '\0' || bytes_is(key, k->msg_id);
}

static bool
value_json(const struct kafka_kept *k)
{
    return k->has_value && k->json;
}

static bool
value_object(const struct kafka_kept *k)
{
    return k->object && k->info_type[0];
}

static bool
value_size(const struct kafka_kept *k)
{
    return k->value.len > 0 && k->value.len <= VALUE_MAX;
}

static bool
header_schema(const struct kafka_kept *k)
{
    return k->has_schema && k->schema.len > 0;
}

static bool
header_version(const struct kafka_kept *k)
{
    return k->has_schema_version && k->schema_version.len > 0;
}

static bool
header_source(const struct kafka_kept *k)
{
    return k->has_source && k->source.len > 0;
}

/* A bare record has no members to agree with; the type is in the schema then. */
static bool
schema_agrees(const struct kafka_kept *k)
{
    char want[KAFKA_TEXT + 16];

    (void)snprintf(want, sizeof(want), KAFKA_PREFIX "/%s", k->info_type);
    return bytes_is(buf_view(&k->schema),
                    k->value_schema[0] ? k->value_schema : want);
}

static bool
version_agrees(const struct kafka_kept *k)
{
    return !k->value_version[0] ||
           bytes_is(buf_view(&k->schema_version), k->value_version);
}

static bool
not_again(const struct kafka_kept *k)
{
    return !k->repeat;
}

struct rule {
    const char *name, *at, *expected;
    bool (*holds)(const struct kafka_kept *k);
    /* instead: against an earlier record of the same topic */
    bool (*pair)(const struct kafka_kept *a, const struct kafka_kept *b);
};

/* Of one key go to one partition. */
static bool
key_partition(const struct kafka_kept *a, const struct kafka_kept *b)
{
    return !a->has_key || !bytes_eq(buf_view(&a->key), buf_view(&b->key)) ||
           a->partition == b->partition;
}

/* In a partition, what was sent later lies behind. */
static bool
in_order(const struct kafka_kept *a, const struct kafka_kept *b)
{
    struct stamp ta, tb;

    if (a->partition != b->partition || b->repeat ||
        !time_rfc3339_strict(bytes_str(a->sent_time), &ta) ||
        !time_rfc3339_strict(bytes_str(b->sent_time), &tb))
        return true;
    return time_compare(&ta, &tb) <= 0;
}

/* One msg_id is one message: the same bytes or another id. */
static bool
id_once(const struct kafka_kept *a, const struct kafka_kept *b)
{
    return !a->msg_id[0] || strcmp(a->msg_id, b->msg_id) != 0 ||
           bytes_eq(buf_view(&a->value), buf_view(&b->value));
}

static const struct rule rules[] = {
    {"topic_form", "topic", "interconn.<info_type>.v1", topic_form, NULL},
    {"topic_type", "topic", "the topic of the value's info_type", topic_type,
     NULL},
    {"key_there", "key", "a key of UTF-8 text", key_there, NULL},
    {"key_value", "key", "asset_id or alert_id, else msg_id", key_value, NULL},
    {"value_json", "value", "one strict JSON text", value_json, NULL},
    {"value_object", "value", "an envelope or a record with info_type",
     value_object, NULL},
    {"value_size", "value", "1 octet to 1 MiB", value_size, NULL},
    {"header_schema", "headers/schema", "a header schema", header_schema, NULL},
    {"header_version", "headers/schema_version", "a header schema_version",
     header_version, NULL},
    {"header_source", "headers/source", "a header source", header_source, NULL},
    {"schema_agrees", "headers/schema", "the schema of the value",
     schema_agrees, NULL},
    {"version_agrees", "headers/schema_version",
     "the schema_version of the value", version_agrees, NULL},
    {"not_again", "value", "every record once", not_again, NULL},
    {"key_partition", "partition", "one partition for one key", NULL,
     key_partition},
    {"in_order", "offset", "the order in which it was sent", NULL, in_order},
    {"id_once", "value/msg_id", "one msg_id names one message", NULL, id_once},
    /* Of all together: a producer of one frozen record shows nothing. */
    {"varied", "record", "records that differ", NULL, NULL},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

const char *const kafka_rule_names[] = {
    "topic_form",    "topic_type",    "key_there",
    "key_value",     "value_json",    "value_object",
    "value_size",    "header_schema", "header_version",
    "header_source", "schema_agrees", "version_agrees",
    "not_again",     "key_partition", "in_order",
    "id_once",       "varied",        NULL};

/* The first record that breaks the rule, with the one it disagrees with. */
static const struct kafka_kept *
broken(const struct kafka_state *st, const struct rule *r)
{
    for (size_t i = 0; i < st->count; i++) {
        const struct kafka_kept *k = &st->kept[i];

        if (r->holds && !r->holds(k))
            return k;
        for (size_t n = 0; r->pair && n < i; n++) {
            const struct kafka_kept *o = &st->kept[n];

            if (strcmp(o->topic, k->topic) == 0 && !r->pair(o, k))
                return k;
        }
    }
    return NULL;
}

static void
describe(const struct kafka_kept *k, const char *at, char *out, size_t size)
{
    struct buf b = {0};
    struct bytes text = strcmp(at, "topic") == 0 ? bytes_str(k->topic)
                        : strcmp(at, "key") == 0 ? buf_view(&k->key)
                        : strcmp(at, "headers/schema") == 0
                            ? buf_view(&k->schema)
                        : strcmp(at, "headers/schema_version") == 0
                            ? buf_view(&k->schema_version)
                            : bytes_upto(buf_view(&k->value), 60);

    text_visible(&b, bytes_upto(text, 80));
    (void)snprintf(out, size, "%s [%d] @%lld: %.*s", k->topic,
                   (int)k->partition, (long long)k->offset, (int)b.len,
                   b.data ? b.data : "");
    buf_free(&b);
}

static bool
same_record(const struct kafka_kept *a, const struct kafka_kept *b)
{
    return strcmp(a->topic, b->topic) == 0 &&
           bytes_eq(buf_view(&a->key), buf_view(&b->key)) &&
           bytes_eq(buf_view(&a->value), buf_view(&b->value));
}

/* The last record when all are the same, else NULL. */
static const struct kafka_kept *
frozen(const struct kafka_state *st)
{
    for (size_t i = 1; i < st->count; i++) {
        if (!same_record(&st->kept[0], &st->kept[i]))
            return NULL;
    }
    return &st->kept[st->count - 1];
}

enum verdict
kafka_op_expect(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    const char *name = session_text(s, t, "rule", "");
    char text[TEXT_MAX + 200];

    if (st->count == 0)
        return session_inconc(s, "records to look at", "none came");
    for (size_t i = 0; i < RULES; i++) {
        const struct kafka_kept *k;

        if (strcmp(rules[i].name, name) != 0)
            continue;
        k = rules[i].holds || rules[i].pair ? broken(st, &rules[i])
                                            : frozen(st);
        if (!k)
            return VERDICT_PASS;
        describe(k, rules[i].at, text, sizeof(text));
        return session_fail(s, rules[i].at, rules[i].expected, text);
    }
    return session_inconc(s, "a rule", name);
}

/* ---- the wire */

const char *const kafka_wire_names[] = {
    "acks_all", "acks_some", "idempotent", "client_id", "well_formed", NULL};

enum verdict
kafka_op_expect_wire(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    const char *name = session_text(s, t, "rule", "acks_all");
    struct kafka_facts f;
    char text[160];

    if (!st->mock)
        return session_inconc(s, "requests to look at", "no broker is open");
    f = kafka_relay_facts(kafka_mock_relay(st->mock));
    (void)snprintf(text, sizeof(text),
                   "%u Produce requests, acks %d to %d, %u of %u batches with "
                   "a producer id, client id %s, %u malformed",
                   f.requests[KAFKA_PRODUCE], f.acks_least, f.acks_most,
                   f.idempotent, f.batches, f.client[0] ? f.client : "none",
                   f.malformed);
    session_log(s, SESSION_NOTE, "kafka.wire", bytes_str(text));
    if (strcmp(name, "well_formed") == 0)
        return f.malformed ? session_fail(s, "request", "readable heads", text)
                           : VERDICT_PASS;
    if (strcmp(name, "client_id") == 0)
        return f.client[0] ? VERDICT_PASS
                           : session_fail(s, "client_id", "a client id", text);
    if (f.acks_least > f.acks_most)
        return session_inconc(s, "Produce requests of version 3 to 8", text);
    if (strcmp(name, "acks_all") == 0)
        return f.acks_least == -1 && f.acks_most == -1
                   ? VERDICT_PASS
                   : session_fail(s, "acks", "acks=all (-1)", text);
    if (strcmp(name, "acks_some") == 0)
        return f.acks_least != 0 && f.acks_most != 0
                   ? VERDICT_PASS
                   : session_fail(s, "acks", "acknowledged requests", text);
    return f.batches > 0 && f.idempotent == f.batches
               ? VERDICT_PASS
               : session_fail(s, "producer_id", "an idempotent producer", text);
}

/* At least, or at most, so many requests (or connections) since the begin. */
enum verdict
kafka_op_expect_requests(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    const char *name = session_text(s, t, "api", "commit");
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    unsigned least = (unsigned)session_int(s, t, "least", 1);
    unsigned most = (unsigned)session_int(s, t, "most", 1U << 30);
    int api = kafka_api(name);
    unsigned n;
    char text[96], want[96];

    if (!st->mock)
        return session_inconc(s, "requests to look at", "no broker is open");
    for (;;) {
        struct kafka_facts f = kafka_relay_facts(kafka_mock_relay(st->mock));

        n = api < 0 ? f.connections : f.requests[api];
        if (n >= least || session_now_ms() >= end || session_left(s) == 0)
            break;
        session_pause(s, 20);
    }
    (void)snprintf(text, sizeof(text), "%u", n);
    (void)snprintf(want, sizeof(want), "%s: %u to %u", name, least, most);
    session_log(s, SESSION_NOTE, name, bytes_str(text));
    if (n < least)
        return session_silence(s, "timeout", want, text);
    return n > most ? session_fail(s, name, want, text) : VERDICT_PASS;
}

enum verdict
kafka_op_observe(struct session *s, const struct ledger_step *t)
{
    struct kafka_state *st = kafka_state(s);
    size_t repeats = 0;
    char text[120];

    (void)t;
    for (size_t i = 0; i < st->count; i++)
        repeats += st->kept[i].repeat;
    (void)snprintf(text, sizeof(text), "%zu records, %zu of them again",
                   st->count, repeats);
    session_log(s, SESSION_NOTE, "kafka.observed", bytes_str(text));
    session_set(s, "observed", bytes_str(text));
    return VERDICT_PASS;
}
