/* SPDX-License-Identifier: Apache-2.0 */
/* See receive_take.h. */
#include "agent/tool/receive_take.h"

#include "agent/tool/tool.h"
#include "formats/json/writer.h"
#include "transport/digest.h"
#include "transport/receiver.h"

/* An envelope is two levels around the records; raw is 64 KiB before base64. */
static const struct json_limits limits = {.depth = 34,
                                          .keys = 4096,
                                          .string_bytes = 262144,
                                          .nodes = TAPE_MAX_NODES,
                                          .bytes = RECEIVER_BODY_MAX};

/* The id that tells repeats: the record's own; empty when it has none. */
static struct bytes
event_id(struct receive_take *t, uint32_t item)
{
    uint32_t at = tape_get(&t->tape, item, BYTES("x_event_id"));

    if (at == 0 || t->tape.node[at].type != TAPE_STRING)
        return (struct bytes){0};
    return tape_clean(&t->tape, &t->tape.node[at], &t->scratch);
}

static void
known_line(void *arg, struct bytes line)
{
    struct receive_take *t = arg;
    struct bytes id;

    if (json_read(&t->reader, line, &t->tape, NULL) != ERR_OK)
        return;
    id = event_id(t, 0);
    if (id.len)
        (void)receive_ids_add(t->ids, id);
}

enum err_code
receive_take_init(struct receive_take *t, const char *store, struct err *err)
{
    enum err_code code = ERR_OK;

    *t = (struct receive_take){.store.fd = -1};
    json_reader_init(&t->reader, JSON_STRICT, &limits);
    t->ids = receive_ids_new(RECEIVE_IDS_MAX);
    if (!t->ids)
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    else if (store)
        code = receive_store_open(&t->store, store, known_line, t, err);
    if (code != ERR_OK)
        receive_take_fini(t);
    return code;
}

void
receive_take_fini(struct receive_take *t)
{
    receive_store_close(&t->store);
    receive_ids_free(t->ids);
    json_reader_free(&t->reader);
    tape_free(&t->tape);
    buf_free(&t->lines);
    buf_free(&t->scratch);
    *t = (struct receive_take){.store.fd = -1};
}

static bool
is_type(const struct receive_take *t, uint32_t at, enum tape_type type)
{
    return at != 0 && t->tape.node[at].type == type;
}

/* The digest is over the exact bytes of items, brackets included. */
static unsigned
check_digest(struct receive_take *t, uint32_t items, const char **why)
{
    const struct tape_node *n = t->tape.node;
    uint32_t digest = tape_get(&t->tape, 0, BYTES("digest"));
    uint32_t alg = digest ? tape_get(&t->tape, digest, BYTES("alg")) : 0;
    uint32_t value = digest ? tape_get(&t->tape, digest, BYTES("value")) : 0;
    enum digest_alg which;
    char hex[DIGEST_HEX_MAX];

    if (digest == 0)
        return 0;
    if (!is_type(t, alg, TAPE_STRING) || !is_type(t, value, TAPE_STRING) ||
        !digest_name(tape_raw(&t->tape, &n[alg]), &which)) {
        *why = "digest is not {alg: sm3 or sha256, value: hex}";
        return 422;
    }
    if (digest_hex(which, tape_raw(&t->tape, &n[items]), hex, NULL) != ERR_OK) {
        *why = "this machine cannot compute the digest";
        return 503;
    }
    if (!digest_same(bytes_str(hex), tape_raw(&t->tape, &n[value]))) {
        *why = "digest does not match the items";
        return 422;
    }
    return 0;
}

/* One line of the store; an item that spans lines is written anew. */
static void
put_line(struct receive_take *t, uint32_t item)
{
    struct bytes text = tape_raw(&t->tape, &t->tape.node[item]);

    if (bytes_find(text, '\n') == text.len &&
        bytes_find(text, '\r') == text.len)
        buf_bytes(&t->lines, text);
    else
        json_put_value(&t->lines, &t->tape, item);
    buf_char(&t->lines, '\n');
}

/* Statuses of all items, lines of the new ones; returns how many ids came in. */
static uint32_t
sort_items(struct receive_take *t, uint32_t items, uint16_t *item)
{
    uint32_t at = items + 1, added = 0;

    for (uint32_t i = 0; i < t->tape.node[items].hash; i++) {
        struct bytes id = {0};

        if (t->tape.node[at].type == TAPE_OBJECT) {
            id = event_id(t, at);
            item[i] = 202;
        } else {
            item[i] = 400;
        }
        if (id.len && receive_ids_add(t->ids, id))
            added++;
        else if (id.len)
            item[i] = 200;
        if (item[i] == 202)
            put_line(t, at);
        at = t->tape.node[at].next;
    }
    return added;
}

static bool
keep(struct receive_take *t, const char **why)
{
    struct err err;

    if (!buf_ok(&t->lines)) {
        *why = "out of memory";
        return false;
    }
    if (t->store.fd >= 0) {
        *why = "the store cannot be written";
        return receive_store_append(&t->store, buf_view(&t->lines), &err) ==
               ERR_OK;
    }
    *why = "the reader of the output is gone";
    t->closed = !tool_write(NULL, &t->lines);
    return !t->closed;
}

static void
count_items(struct receive_counters *c, const uint16_t *item, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c->records += item[i] == 202;
        c->repeats += item[i] == 200;
        c->refused += item[i] == 400;
    }
}

static unsigned
take(struct receive_take *t, struct bytes body, uint16_t *item, size_t max,
     size_t *count, const char **why)
{
    uint32_t items, added;
    unsigned status;

    if (json_read(&t->reader, body, &t->tape, NULL) != ERR_OK) {
        *why = "the body is no strict JSON within the limits";
        return 400;
    }
    items = tape_get(&t->tape, 0, BYTES("items"));
    if (!is_type(t, items, TAPE_ARRAY) || t->tape.node[items].hash > max) {
        *why = "the body is no envelope with an array of items";
        return 400;
    }
    status = check_digest(t, items, why);
    if (status != 0)
        return status;
    buf_reset(&t->lines);
    added = sort_items(t, items, item);
    if (t->lines.len && !keep(t, why)) {
        receive_ids_undo(t->ids, added);
        return 503;
    }
    *count = t->tape.node[items].hash;
    count_items(&t->counters, item, *count);
    return 202;
}

unsigned
receive_take_batch(struct receive_take *t, struct bytes body, uint16_t *item,
                   size_t max, size_t *count, const char **why)
{
    unsigned status;

    *count = 0;
    status = take(t, body, item, max, count, why);
    t->counters.batches += status == 202;
    t->counters.bad += status == 400 || status == 422;
    return status;
}
