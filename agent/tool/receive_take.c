/* SPDX-License-Identifier: Apache-2.0 */
/* See receive_take.h. */
#include "agent/tool/receive_take.h"

#include "agent/tool/tool.h"
#include "formats/json/writer.h"
#include "transport/digest.h"
#include "transport/receiver.h"

#define MESSAGES_MAX ((uint32_t)1 << 17) /* envelopes remembered */

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

/* A line of the log: "msg_id digest". */
static void
known_message(void *arg, struct bytes line)
{
    struct receive_take *t = arg;

    if (receive_ids_add(t->contents, line))
        (void)receive_ids_add(t->messages,
                              bytes_upto(line, bytes_find(line, ' ')));
}

static enum err_code
open_files(struct receive_take *t, const char *store, struct err *err)
{
    struct buf path = {0};
    enum err_code code =
        receive_store_open(&t->store, store, known_line, t, err);

    buf_printf(&path, "%s.messages", store);
    if (code == ERR_OK && !buf_cstr(&path))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (code == ERR_OK)
        code =
            receive_store_open(&t->log, buf_cstr(&path), known_message, t, err);
    buf_free(&path);
    return code;
}

enum err_code
receive_take_init(struct receive_take *t, const char *store, struct err *err)
{
    enum err_code code = ERR_OK;

    *t = (struct receive_take){.store.fd = -1, .log.fd = -1};
    json_reader_init(&t->reader, JSON_STRICT, &limits);
    t->ids = receive_ids_new(RECEIVE_IDS_MAX);
    t->messages = receive_ids_new(MESSAGES_MAX);
    t->contents = receive_ids_new(MESSAGES_MAX);
    if (!t->ids || !t->messages || !t->contents)
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    else if (store)
        code = open_files(t, store, err);
    if (code != ERR_OK)
        receive_take_fini(t);
    return code;
}

void
receive_take_fini(struct receive_take *t)
{
    receive_store_close(&t->store);
    receive_store_close(&t->log);
    receive_ids_free(t->ids);
    receive_ids_free(t->messages);
    receive_ids_free(t->contents);
    json_reader_free(&t->reader);
    tape_free(&t->tape);
    buf_free(&t->lines);
    buf_free(&t->scratch);
    *t = (struct receive_take){.store.fd = -1, .log.fd = -1};
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

/* Statuses of all items that are not refused yet, lines of the new ones; returns
 * how many ids came in. ${repeat}: the envelope as a whole was here before. */
static uint32_t
sort_items(struct receive_take *t, uint32_t items, uint16_t *item, bool repeat)
{
    uint32_t at = items + 1, added = 0;

    for (uint32_t i = 0; i < t->tape.node[items].hash;
         i++, at = t->tape.node[at].next) {
        struct bytes id = {0};

        if (t->tape.node[at].type != TAPE_OBJECT)
            item[i] = 400;
        if (item[i] == 400)
            continue;
        id = event_id(t, at);
        if (repeat)
            item[i] = 200;
        else if (id.len && receive_ids_add(t->ids, id))
            added++;
        else if (id.len)
            item[i] = 200;
        if (item[i] == 202)
            put_line(t, at);
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

/* ---- envelopes by their msg_id */

enum known { UNKNOWN, SAME, OTHER };

/* Enter msg_id and content; the line for the log goes into ${line}. UNKNOWN: new,
 * both are entered. Nothing is told of an envelope without an id. */
static enum known
enter_message(struct receive_take *t, const struct receiver_batch *b,
              struct buf *line)
{
    uint32_t at = tape_get(&t->tape, 0, BYTES("msg_id"));
    struct bytes id = b->id;
    char hex[DIGEST_HEX_MAX];

    if (id.len == 0 && is_type(t, at, TAPE_STRING))
        id = tape_clean(&t->tape, &t->tape.node[at], &t->scratch);
    if (id.len == 0 || bytes_find(id, '\n') < id.len ||
        bytes_find(id, ' ') < id.len ||
        digest_hex(DIGEST_SHA256, b->body, hex, NULL) != ERR_OK)
        return UNKNOWN;
    buf_bytes(line, id);
    buf_printf(line, " %s", hex);
    if (!buf_ok(line))
        return UNKNOWN;
    if (!receive_ids_add(t->contents, buf_view(line)))
        return SAME;
    if (receive_ids_add(t->messages, id))
        return UNKNOWN;
    receive_ids_undo(t->contents, 1);
    return OTHER;
}

/* Behind the records: what is in the log was stored. */
static bool
log_message(struct receive_take *t, struct buf *line)
{
    if (line->len == 0 || t->log.fd < 0)
        return true;
    buf_char(line, '\n');
    return buf_ok(line) &&
           receive_store_append(&t->log, buf_view(line), NULL) == ERR_OK;
}

static unsigned
store_items(struct receive_take *t, const struct receiver_batch *b,
            uint32_t items, struct receiver_verdict *v)
{
    struct buf line = {0};
    enum known known = enter_message(t, b, &line);
    uint32_t added = 0;
    bool stored = true;

    buf_reset(&t->lines);
    if (known != OTHER)
        added = sort_items(t, items, v->item, known == SAME);
    if (t->lines.len)
        stored = keep(t, &v->why);
    if (stored && known == UNKNOWN && !log_message(t, &line)) {
        stored = false;
        v->why = "the log of messages cannot be written";
    }
    if (!stored) {
        receive_ids_undo(t->ids, added);
        if (line.len && known == UNKNOWN) {
            receive_ids_undo(t->messages, 1);
            receive_ids_undo(t->contents, 1);
        }
    }
    buf_free(&line);
    if (known == OTHER)
        v->why = "the msg_id is that of another envelope";
    return known == OTHER ? 409 : stored ? 202 : 503;
}

static unsigned
take(struct receive_take *t, const struct receiver_batch *b,
     struct receiver_verdict *v)
{
    uint32_t items;
    unsigned status;
    size_t n, refused = 0;

    if (json_read(&t->reader, b->body, &t->tape, NULL) != ERR_OK) {
        v->why = "the body is no strict JSON within the limits";
        return 400;
    }
    items = tape_get(&t->tape, 0, BYTES("items"));
    if (!is_type(t, items, TAPE_ARRAY) ||
        t->tape.node[items].hash > RESULTS_MAX) {
        v->why = "the body is no envelope with an array of items";
        v->code = items == 0 ? 1003 : 1002;
        v->pointer = "/items";
        return 400;
    }
    n = t->tape.node[items].hash;
    for (size_t i = 0; i < n; i++)
        v->item[i] = 202;
    status = t->judge ? receive_judge_envelope(t->judge, &t->tape, b, v, n) : 0;
    if (status == 0)
        status = check_digest(t, items, &v->why);
    for (size_t i = 0; i < n; i++)
        refused += v->item[i] == 400;
    if (status == 0)
        status = store_items(t, b, items, v);
    if (status != 202)
        return status;
    v->items = n;
    count_items(&t->counters, v->item, n);
    return refused > 0 ? 207 : 202;
}

void
receive_take_batch(struct receive_take *t, const struct receiver_batch *b,
                   struct receiver_verdict *v)
{
    v->items = 0;
    v->status = take(t, b, v);
    t->counters.batches += v->status < 300;
    t->counters.bad += v->status >= 400 && v->status < 500;
}
