/* SPDX-License-Identifier: Apache-2.0 */
/* See receive_take.h. */
#include "agent/tool/receive_take.h"

#include "agent/tool/tool.h"
#include "formats/json/writer.h"
#include "transport/digest.h"
#include "transport/receiver.h"

#define MESSAGES_MAX ((uint32_t)1 << 17) /* envelopes remembered */

/* The id that tells repeats: the record's own; empty when it has none. */
static struct bytes
event_id(struct receive_take *t, uint32_t item)
{
    return unwrap_text(&t->in, item, BYTES("x_event_id"));
}

static void
known_line(void *arg, struct bytes line)
{
    struct receive_take *t = arg;
    struct bytes id;

    if (json_read(&t->in.reader, line, &t->in.tape, NULL) != ERR_OK)
        return;
    id = event_id(t, 0);
    if (id.len)
        (void)recent_add(t->ids, id);
}

/* A line of the log: "msg_id digest". */
static void
known_message(void *arg, struct bytes line)
{
    struct receive_take *t = arg;

    if (recent_add(t->contents, line))
        (void)recent_add(t->messages, bytes_upto(line, bytes_find(line, ' ')));
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
    unwrap_init(&t->in);
    t->ids = recent_new(RECENT_MAX);
    t->messages = recent_new(MESSAGES_MAX);
    t->contents = recent_new(MESSAGES_MAX);
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
    recent_free(t->ids);
    recent_free(t->messages);
    recent_free(t->contents);
    unwrap_fini(&t->in);
    buf_free(&t->lines);
    *t = (struct receive_take){.store.fd = -1, .log.fd = -1};
}

/* One line of the store; an item that spans lines is written anew. */
static void
put_line(struct receive_take *t, uint32_t item)
{
    struct bytes text = tape_raw(&t->in.tape, &t->in.tape.node[item]);

    if (bytes_find(text, '\n') == text.len &&
        bytes_find(text, '\r') == text.len)
        buf_bytes(&t->lines, text);
    else
        json_put_value(&t->lines, &t->in.tape, item);
    buf_char(&t->lines, '\n');
}

/* Statuses of all items that are not refused yet, lines of the new ones; returns
 * how many ids came in. ${repeat}: the envelope as a whole was here before. */
static uint32_t
sort_items(struct receive_take *t, uint32_t items, uint16_t *item, bool repeat)
{
    uint32_t at = items + 1, added = 0;

    for (uint32_t i = 0; i < t->in.tape.node[items].hash;
         i++, at = t->in.tape.node[at].next) {
        struct bytes id = {0};

        if (t->in.tape.node[at].type != TAPE_OBJECT)
            item[i] = 400;
        if (item[i] == 400)
            continue;
        id = event_id(t, at);
        if (repeat)
            item[i] = 200;
        else if (id.len && recent_add(t->ids, id))
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
    struct bytes id = b->id;
    char hex[DIGEST_HEX_MAX];

    if (id.len == 0)
        id = unwrap_text(&t->in, 0, BYTES("msg_id"));
    if (id.len == 0 || bytes_find(id, '\n') < id.len ||
        bytes_find(id, ' ') < id.len ||
        digest_hex(DIGEST_SHA256, b->body, hex, NULL) != ERR_OK)
        return UNKNOWN;
    buf_bytes(line, id);
    buf_printf(line, " %s", hex);
    if (!buf_ok(line))
        return UNKNOWN;
    if (!recent_add(t->contents, buf_view(line)))
        return SAME;
    if (recent_add(t->messages, id))
        return UNKNOWN;
    recent_undo(t->contents, 1);
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
        recent_undo(t->ids, added);
        if (line.len && known == UNKNOWN) {
            recent_undo(t->messages, 1);
            recent_undo(t->contents, 1);
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
    unsigned status = unwrap_read(&t->in, b->body, v);
    size_t n = t->in.count, refused = 0;

    if (status != 0)
        return status;
    for (size_t i = 0; i < n; i++)
        v->item[i] = 202;
    status =
        t->judge ? receive_judge_envelope(t->judge, &t->in.tape, b, v, n) : 0;
    if (status == 0)
        status = unwrap_digest(&t->in, v);
    for (size_t i = 0; i < n; i++)
        refused += v->item[i] == 400;
    if (status == 0)
        status = store_items(t, b, t->in.items, v);
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
