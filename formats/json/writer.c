/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json/writer.h"

#include "formats/json/escape.h"

void
json_put_string(struct buf *out, struct bytes clean)
{
    if (!buf_reserve(out, clean.len + 2))
        return;
    buf_char(out, '"');
    for (;;) {
        size_t plain = escape_plain(clean);

        buf_add(out, clean.data, plain);
        if (plain == clean.len)
            break;
        escape_put(out, (unsigned char)clean.data[plain]);
        clean = bytes_from(clean, plain + 1);
    }
    buf_char(out, '"');
}

void
json_put_text(struct buf *out, const struct tape *t, const struct tape_node *n)
{
    struct bytes raw = tape_raw(t, n);
    char *p;

    if ((n->flags & (TAPE_QUOTE | TAPE_ESCAPED)) == TAPE_QUOTE) {
        json_put_string(out, raw);
        return;
    }
    if (!buf_reserve(out, raw.len + 2))
        return;
    p = out->data + out->len;
    *p++ = '"';
    if (raw.len != 0)
        memcpy(p, raw.data, raw.len);
    p[raw.len] = '"';
    out->len += raw.len + 2;
}

/* put_leaf(out, t, n): any node but a container. */
static void
put_leaf(struct buf *out, const struct tape *t, const struct tape_node *n)
{
    switch ((enum tape_type)n->type) {
    case TAPE_FALSE:
        buf_add(out, "false", 5);
        break;
    case TAPE_TRUE:
        buf_add(out, "true", 4);
        break;
    case TAPE_INTEGER:
    case TAPE_NUMBER:
        if (n->flags & TAPE_BIGNUM)
            json_put_text(out, t, n);
        else
            buf_bytes(out, tape_raw(t, n));
        break;
    case TAPE_STRING:
    case TAPE_KEY:
        json_put_text(out, t, n);
        break;
    case TAPE_NULL:
    case TAPE_ARRAY:
    case TAPE_OBJECT:
    default:
        buf_add(out, "null", 4);
        break;
    }
}

static bool
is_container(const struct tape_node *n)
{
    return n->type == TAPE_OBJECT || n->type == TAPE_ARRAY;
}

void
json_put_value(struct buf *out, const struct tape *t, uint32_t i)
{
    /* One bit a depth: the container there is an object. TAPE_MAX_DEPTH is 64
     * and a leaf may lie at depth 64 below that many. */
    uint64_t object = 0;
    uint32_t base = t->node[i].depth;
    uint32_t end = tape_end(t, i);
    uint32_t depth = 0; /* open containers */

    for (uint32_t at = i; at < end; at++) {
        const struct tape_node *n = &t->node[at];
        bool value_of_key = at > i && t->node[at - 1].type == TAPE_KEY;

        for (; depth > (uint32_t)(n->depth - base); depth--)
            buf_char(out, object >> (depth - 1) & 1 ? '}' : ']');
        if (value_of_key)
            buf_char(out, ':');
        else if (at > i && !(is_container(n - 1) && n[-1].depth < n->depth))
            buf_char(out, ',');
        if (!is_container(n)) {
            put_leaf(out, t, n);
            continue;
        }
        object &= ~((uint64_t)1 << depth);
        object |= (uint64_t)(n->type == TAPE_OBJECT) << depth;
        buf_char(out, n->type == TAPE_OBJECT ? '{' : '[');
        depth++;
    }
    for (; depth > 0; depth--)
        buf_char(out, object >> (depth - 1) & 1 ? '}' : ']');
}

/* ---------------------------------------------------------------- streaming */

#define WRITER_MAX_DEPTH 63

void
json_writer_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
}

/* separate(w): the comma before a member, if it is not the first. */
static void
separate(struct json_writer *w)
{
    uint64_t bit = (uint64_t)1 << w->depth;

    if (w->after_key)
        w->after_key = false;
    else if (w->filled & bit)
        buf_char(w->out, ',');
    w->filled |= bit;
}

static void
open_container(struct json_writer *w, char c)
{
    separate(w);
    buf_char(w->out, c);
    if (w->depth == WRITER_MAX_DEPTH) {
        w->out->failed = true;
        return;
    }
    w->depth++;
    w->filled &= ~((uint64_t)1 << w->depth);
}

static void
close_container(struct json_writer *w, char c)
{
    buf_char(w->out, c);
    if (w->depth == 0)
        w->out->failed = true;
    else
        w->depth--;
}

void
json_object(struct json_writer *w)
{
    open_container(w, '{');
}

void
json_end_object(struct json_writer *w)
{
    close_container(w, '}');
}

void
json_array(struct json_writer *w)
{
    open_container(w, '[');
}

void
json_end_array(struct json_writer *w)
{
    close_container(w, ']');
}

void
json_key(struct json_writer *w, const char *key)
{
    json_key_bytes(w, bytes_str(key));
}

void
json_key_bytes(struct json_writer *w, struct bytes key)
{
    separate(w);
    json_put_string(w->out, key);
    buf_char(w->out, ':');
    w->after_key = true;
}

void
json_string(struct json_writer *w, struct bytes clean)
{
    separate(w);
    json_put_string(w->out, clean);
}

void
json_cstr(struct json_writer *w, const char *s)
{
    if (s == NULL)
        json_null(w);
    else
        json_string(w, bytes_str(s));
}

void
json_i64(struct json_writer *w, int64_t v)
{
    separate(w);
    buf_i64(w->out, v);
}

void
json_u64(struct json_writer *w, uint64_t v)
{
    separate(w);
    buf_u64(w->out, v);
}

void
json_bool(struct json_writer *w, bool v)
{
    json_raw(w, v ? BYTES("true") : BYTES("false"));
}

void
json_null(struct json_writer *w)
{
    json_raw(w, BYTES("null"));
}

void
json_raw(struct json_writer *w, struct bytes text)
{
    separate(w);
    buf_bytes(w->out, text);
}
