/* SPDX-License-Identifier: Apache-2.0 */
/* See kafka_state.h. */
#include "conformance/steps/kafka_state.h"

#include <stdio.h>
#include <stdlib.h>

struct kafka_state *
kafka_state(struct session *s)
{
    static const struct json_limits limits = {.depth = 64,
                                              .keys = 65536,
                                              .string_bytes = 16U << 20,
                                              .nodes = TAPE_MAX_NODES,
                                              .bytes = (size_t)32 << 20};
    struct kafka_state *st = session_state(s, &step_family_kafka);

    if (!st->begun)
        json_reader_init(&st->reader, JSON_STRICT, &limits);
    st->begun = true;
    return st;
}

static void
release(struct kafka_kept *k)
{
    buf_free(&k->key);
    buf_free(&k->value);
    buf_free(&k->schema);
    buf_free(&k->schema_version);
    buf_free(&k->source);
}

void
kafka_state_fini(void *state)
{
    struct kafka_state *st = state;

    if (!st->begun)
        return;
    kafka_mock_close(st->mock);
    for (size_t i = 0; i < st->count; i++)
        release(&st->kept[i]);
    free(st->kept);
    json_reader_free(&st->reader);
    tape_free(&st->tape);
    buf_free(&st->scratch);
    st->begun = false;
}

/* ---- reading a value */

static void
text_at(struct kafka_state *st, uint32_t at, char *out, size_t size)
{
    struct bytes text;

    out[0] = '\0';
    if (at == 0 || st->tape.node[at].type != TAPE_STRING)
        return;
    text = bytes_upto(tape_clean(&st->tape, &st->tape.node[at], &st->scratch),
                      size - 1);
    if (text.len)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

/* What the key of a record is taken from: alert_id, asset_id. */
static void
record_id(struct kafka_state *st, uint32_t record, struct kafka_kept *k)
{
    uint32_t general = tape_get(&st->tape, record, BYTES("general"));
    uint32_t basic = general ? tape_get(&st->tape, general, BYTES("basic")) : 0;
    uint32_t at = general ? tape_get(&st->tape, general, BYTES("alert_id")) : 0;

    if (at == 0 && basic)
        at = tape_get(&st->tape, basic, BYTES("asset_id"));
    text_at(st, at, k->record_id, sizeof(k->record_id));
}

static void
read_value(struct kafka_state *st, struct kafka_kept *k)
{
    struct tape *t = &st->tape;
    struct err err;
    uint32_t items;

    k->json = json_read(&st->reader, buf_view(&k->value), t, &err) == ERR_OK;
    k->object = k->json && t->node[0].type == TAPE_OBJECT;
    if (!k->object)
        return;
    text_at(st, tape_get(t, 0, BYTES("msg_id")), k->msg_id, KAFKA_TEXT);
    text_at(st, tape_get(t, 0, BYTES("info_type")), k->info_type, KAFKA_TEXT);
    text_at(st, tape_get(t, 0, BYTES("schema")), k->value_schema, KAFKA_TEXT);
    text_at(st, tape_get(t, 0, BYTES("schema_version")), k->value_version,
            KAFKA_TEXT);
    text_at(st, tape_get(t, 0, BYTES("sent_time")), k->sent_time,
            sizeof(k->sent_time));
    items = tape_get(t, 0, BYTES("items"));
    if (items == 0) {
        record_id(st, 0, k);
        return;
    }
    if (t->node[items].type == TAPE_ARRAY)
        k->items = t->node[items].hash;
    if (k->items == 1)
        record_id(st, items + 1, k);
}

static void
read_headers(const struct kafka_record *r, struct kafka_kept *k)
{
    const struct {
        const char *name;
        struct buf *to;
        bool *has;
    } rows[] = {{"schema", &k->schema, &k->has_schema},
                {"schema_version", &k->schema_version, &k->has_schema_version},
                {"source", &k->source, &k->has_source}};

    for (size_t i = 0; i < r->headers; i++) {
        for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
            if (!bytes_is(r->header[i].name, rows[n].name) || *rows[n].has)
                continue;
            *rows[n].has = true;
            buf_bytes(rows[n].to, r->header[i].value);
        }
    }
}

static bool
came_before(const struct kafka_state *st, const struct kafka_kept *k)
{
    for (size_t i = 0; i < st->count; i++) {
        if (bytes_eq(buf_view(&st->kept[i].value), buf_view(&k->value)))
            return true;
    }
    return false;
}

enum err_code
kafka_keep(struct kafka_state *st, const struct kafka_record *r)
{
    struct kafka_kept *k;

    if (st->count >= KAFKA_KEPT_MAX || st->bytes > KAFKA_KEPT_BYTES)
        return ERR_LIMIT;
    if (st->count == st->room) {
        size_t room = st->room ? st->room * 2 : 64;
        struct kafka_kept *p = realloc(st->kept, room * sizeof(*p));

        if (!p)
            return ERR_NOMEM;
        st->kept = p;
        st->room = room;
    }
    k = &st->kept[st->count];
    *k = (struct kafka_kept){.partition = r->partition,
                             .offset = r->offset,
                             .has_key = r->has_key,
                             .has_value = r->has_value};
    (void)snprintf(k->topic, sizeof(k->topic), "%s", r->topic);
    buf_bytes(&k->key, r->key);
    buf_bytes(&k->value, r->value);
    read_headers(r, k);
    if (!buf_ok(&k->key) || !buf_ok(&k->value)) {
        release(k);
        return ERR_NOMEM;
    }
    read_value(st, k);
    k->repeat = came_before(st, k);
    st->bytes += k->value.len + k->key.len;
    st->count++;
    return ERR_OK;
}
