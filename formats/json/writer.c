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

static bool
is_container(const struct tape_node *n)
{
    return n->type == TAPE_OBJECT || n->type == TAPE_ARRAY;
}

/* leaf_text(t, n): what stands in the output for any node but a container. */
static struct bytes
leaf_text(const struct tape *t, const struct tape_node *n)
{
    switch ((enum tape_type)n->type) {
    case TAPE_FALSE:
        return BYTES("false");
    case TAPE_TRUE:
        return BYTES("true");
    case TAPE_INTEGER:
    case TAPE_NUMBER:
    case TAPE_STRING:
    case TAPE_KEY:
        return tape_raw(t, n);
    case TAPE_NULL:
    case TAPE_ARRAY:
    case TAPE_OBJECT:
    default:
        return BYTES("null");
    }
}

static bool
in_quotes(const struct tape_node *n)
{
    return n->type == TAPE_STRING || n->type == TAPE_KEY ||
           (n->flags & TAPE_BIGNUM);
}

/* put_leaf(out, t, n, before): ${before} ('\0': nothing), then the leaf. */
static void
put_leaf(struct buf *out, const struct tape *t, const struct tape_node *n,
         char before)
{
    struct bytes text = leaf_text(t, n);
    bool quotes = in_quotes(n);
    char *p;

    if (!buf_reserve(out, text.len + 3))
        return;
    p = out->data + out->len;
    *p = before;
    p += before != '\0';
    if (quotes && (n->flags & (TAPE_QUOTE | TAPE_ESCAPED)) == TAPE_QUOTE) {
        out->len = (size_t)(p - out->data);
        json_put_string(out, text);
        return;
    }
    *p = '"';
    p += quotes;
    if (text.len != 0)
        memcpy(p, text.data, text.len);
    p += text.len;
    *p = '"';
    p += quotes;
    out->len = (size_t)(p - out->data);
}

/* An open container of json_put_value is one bit: it is an object. */
static void
put_close(struct buf *out, uint64_t object, uint32_t depth)
{
    buf_char(out, object >> depth & 1 ? '}' : ']');
}

void
json_put_value(struct buf *out, const struct tape *t, uint32_t i)
{
    /* TAPE_MAX_DEPTH containers fit in the bits; leaves may lie below them. */
    uint64_t object = 0;
    uint32_t base = t->node[i].depth;
    uint32_t depth = 0; /* open containers */
    char before = '\0';

    do {
        const struct tape_node *n = &t->node[i];

        while (depth > (uint32_t)(n->depth - base))
            put_close(out, object, --depth);
        if (is_container(n)) {
            bool is_object = n->type == TAPE_OBJECT;

            if (before != '\0')
                buf_char(out, before);
            buf_char(out, is_object ? '{' : '[');
            object &= ~((uint64_t)1 << depth);
            object |= (uint64_t)is_object << depth;
            depth++;
            before = n->hash != 0 ? '\0' : ',';
        } else {
            put_leaf(out, t, n, before);
            before = n->type == TAPE_KEY ? ':' : ',';
        }
        i++;
    } while (depth > 0 && i < t->count && t->node[i].depth > base);
    while (depth > 0)
        put_close(out, object, --depth);
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
