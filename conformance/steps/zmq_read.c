/* SPDX-License-Identifier: Apache-2.0 */
/* What a message says: its header, its body, which one of its id it is. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>
#include <string.h>

#define FRAMES_READ 8 /* in search of a name */

/* The member's text, cut where it does not fit (a wrong one then, anyway). */
static bool
text_of(struct zmq_state *st, const char *name, char *out, size_t size,
        bool *is_text)
{
    uint32_t at = tape_get(&st->tape, 0, bytes_str(name));
    struct bytes text;

    out[0] = '\0';
    if (at == 0)
        return false;
    if (st->tape.node[at].type != TAPE_STRING)
        return true;
    *is_text = true;
    text = tape_clean(&st->tape, &st->tape.node[at], &st->scratch);
    text = bytes_upto(text, size - 1);
    if (text.len)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

static bool
number_of(struct zmq_state *st, const char *name, int64_t *out)
{
    uint32_t at = tape_get(&st->tape, 0, bytes_str(name));
    uint64_t v;

    *out = -1;
    if (at == 0)
        return false;
    if (st->tape.node[at].type == TAPE_INTEGER &&
        bytes_to_u64(tape_raw(&st->tape, &st->tape.node[at]), INT64_MAX, &v))
        *out = (int64_t)v;
    return true;
}

static bool
read_object(struct zmq_state *st, struct bytes in, bool *json)
{
    struct err err;

    *json = json_read(&st->reader, in, &st->tape, &err) == ERR_OK;
    return *json && st->tape.node[0].type == TAPE_OBJECT;
}

static void
read_head(struct zmq_state *st, struct bytes in, struct zmq_head *h)
{
    bool json;

    *h = (struct zmq_head){.items = -1, .sequence = -1};
    h->object = read_object(st, in, &json);
    if (!h->object)
        return;
    h->has_id = text_of(st, "id", h->id, sizeof(h->id), &h->id_text);
    h->has_type = text_of(st, "info_type", h->info_type, sizeof(h->info_type),
                          &h->type_text);
    h->has_content = text_of(st, "content_type", h->content_type,
                             sizeof(h->content_type), &h->content_text);
    h->has_items = number_of(st, "items", &h->items);
    h->has_sequence = number_of(st, "first_sequence", &h->sequence);
}

static void
read_body(struct zmq_state *st, struct bytes in, struct zmq_body *b)
{
    bool text;
    uint32_t at;

    *b = (struct zmq_body){.items = -1};
    b->object = read_object(st, in, &b->json);
    if (!b->object)
        return;
    (void)text_of(st, "msg_id", b->msg_id, sizeof(b->msg_id), &text);
    (void)text_of(st, "info_type", b->info_type, sizeof(b->info_type), &text);
    at = tape_get(&st->tape, 0, BYTES("items"));
    if (at && st->tape.node[at].type == TAPE_ARRAY)
        b->items = st->tape.node[at].hash;
}

bool
zmq_item_id(struct zmq_state *st, const struct zmq_seen *m, int64_t i,
            char out[ZMQ_TEXT])
{
    static const char *const paths[] = {
        "general.alert_id", "general.basic.asset_id", "general.threat_id",
        "general.behavior_id"};
    bool json;
    uint32_t at = read_object(st, zmq_frame(m, 2), &json)
                      ? tape_get(&st->tape, 0, BYTES("items"))
                      : 0;

    if (at == 0 || st->tape.node[at].type != TAPE_ARRAY ||
        i >= (int64_t)st->tape.node[at].hash)
        return false;
    for (at++; i > 0; i--)
        at = st->tape.node[at].next;
    for (size_t p = 0; p < sizeof(paths) / sizeof(paths[0]); p++) {
        uint32_t leaf = at;
        struct bytes rest = bytes_str(paths[p]), text;

        while (leaf && rest.len) {
            size_t n = bytes_find(rest, '.');

            leaf = tape_get(&st->tape, leaf, bytes_upto(rest, n));
            rest = bytes_from(rest, n + 1);
        }
        if (!leaf || st->tape.node[leaf].type != TAPE_STRING)
            continue;
        text = tape_raw(&st->tape, &st->tape.node[leaf]);
        (void)snprintf(out, ZMQ_TEXT, "\"%.*s\"",
                       (int)(text.len < 240 ? text.len : 240), text.data);
        return text.len > 0;
    }
    return false;
}

/* Which message of its id it is. Without an id each is its own. */
void
zmq_find_first(struct zmq_state *st, size_t at)
{
    struct zmq_seen *m = &st->seen[at];

    m->first = at;
    m->repeat = 0;
    for (size_t i = at; m->head.id[0] && i > 0; i--) {
        struct zmq_seen *o = &st->seen[i - 1];

        if (strcmp(o->head.id, m->head.id) == 0) {
            m->first = o->first;
            m->repeat = o->repeat + 1;
            return;
        }
    }
}

static void
add_name(struct zmq_seen *m, const char *name)
{
    if (!name[0] || m->names >= ZMQ_NAMES ||
        (m->names && strcmp(m->name[0], name) == 0))
        return;
    (void)snprintf(m->name[m->names++], ZMQ_TEXT, "%s", name);
}

/* A sender that waits for an acknowledgement sends the same message until it
 * has one, and would never show another where its frames are in disorder or its
 * header cannot be read: what the rules of the frames and of the header say of
 * it is theirs to say, here every name counts. */
static void
read_names(struct zmq_state *st, struct zmq_seen *m)
{
    m->names = 0;
    m->items = m->head.items >= 0 ? m->head.items : m->body.items;
    add_name(m, m->head.id);
    add_name(m, m->body.msg_id);
    for (size_t i = 0; m->names == 0 && i < zmq_frames(m) && i < FRAMES_READ;
         i++) {
        struct zmq_head h;
        struct zmq_body b;

        read_head(st, zmq_frame(m, i), &h);
        read_body(st, zmq_frame(m, i), &b);
        add_name(m, b.msg_id);
        add_name(m, h.id);
        if (m->names > 0)
            m->items = h.items >= 0 ? h.items : b.items;
    }
}

void
zmq_read(struct zmq_state *st, struct zmq_seen *m)
{
    read_head(st, zmq_frame(m, 1), &m->head);
    read_body(st, zmq_frame(m, 2), &m->body);
    read_names(st, m);
}
