/* SPDX-License-Identifier: Apache-2.0 */
/* Building a tape and looking things up in one. */
#include "formats/json/tape.h"

#include <stdlib.h>

#include "formats/json/escape.h"
#include "formats/json/keyset.h"

#define FIRST_NODES 256U

void
tape_free(struct tape *t)
{
    free(t->node);
    keyset_free(t->keys);
    buf_free(&t->side);
    *t = (struct tape){0};
}

/* fail(t, code): the first reason stays. */
static void
fail(struct tape *t, enum err_code code)
{
    if (!t->failed)
        t->why = code;
    t->failed = true;
}

void
tape_reset(struct tape *t, struct bytes input)
{
    t->input = input.data;
    t->input_len = input.len;
    buf_reset(&t->side);
    t->count = 0;
    t->flags = 0;
    t->failed = false;
    t->why = ERR_OK;
    if (input.len > TAPE_MAX_INPUT)
        fail(t, ERR_LIMIT);
    t->depth = 0;
    if (t->keys != NULL)
        keyset_begin(t->keys, TAPE_MAX_NODES);
}

bool
tape_grow(struct tape *t)
{
    uint32_t cap = t->cap ? t->cap * 2 : FIRST_NODES;
    struct tape_node *node;

    if (t->cap >= TAPE_MAX_NODES)
        return false;
    node = realloc(t->node, cap * sizeof node[0]);
    if (node == NULL)
        return false;
    t->node = node;
    t->cap = cap;
    return true;
}

/* ---------------------------------------------------------------- building */

/* append(t, type): the next node, linked to the one before it in an array or,
 * for a key, in an object; NULL when the tape has failed. */
static struct tape_node *
append(struct tape *t, enum tape_type type)
{
    uint32_t i = t->count;
    struct tape_node *n;

    if (i == t->cap && !tape_grow(t))
        fail(t, t->cap >= TAPE_MAX_NODES ? ERR_LIMIT : ERR_NOMEM);
    if (t->failed)
        return NULL;
    n = &t->node[i];
    *n = (struct tape_node){.type = (uint8_t)type, .depth = (uint16_t)t->depth};
    t->count++;
    if (t->depth > 0) {
        uint32_t d = t->depth - 1;
        struct tape_node *open = &t->node[t->open[d]];

        if (open->type == TAPE_OBJECT && type != TAPE_KEY)
            return n; /* the value of a key */
        if (t->last[d] != 0)
            t->node[t->last[d]].next = i;
        t->last[d] = i;
        open->hash++;
    }
    return n;
}

static void
open_container(struct tape *t, enum tape_type type)
{
    uint32_t i = t->count;

    if (t->depth == TAPE_MAX_DEPTH)
        fail(t, ERR_LIMIT);
    if (append(t, type) == NULL)
        return;
    t->open[t->depth] = i;
    t->last[t->depth] = 0;
    t->depth++;
}

void
tape_object(struct tape *t)
{
    open_container(t, TAPE_OBJECT);
}

void
tape_array(struct tape *t)
{
    open_container(t, TAPE_ARRAY);
}

void
tape_close(struct tape *t)
{
    if (t->depth == 0)
        fail(t, ERR_ARG);
    else if (!t->failed)
        t->depth--;
}

/* place(t, n, text): offset, length and region of ${text}, by its address. */
static void
place(struct tape *t, struct tape_node *n, struct bytes text)
{
    uintptr_t p = (uintptr_t)text.data;
    uintptr_t in = (uintptr_t)t->input;
    uintptr_t side = (uintptr_t)t->side.data;

    n->length = (uint32_t)text.len;
    if (text.len == 0)
        return;
    if (p >= in && p - in < t->input_len &&
        text.len <= t->input_len - (p - in)) {
        n->offset = (uint32_t)(p - in);
    } else if (p >= side && p - side < t->side.len &&
               text.len <= t->side.len - (p - side) &&
               t->side.len <= UINT32_MAX) {
        n->offset = (uint32_t)(p - side);
        n->flags |= TAPE_SIDE;
    } else {
        fail(t, ERR_ARG);
    }
}

/* quote_needed(b): has a control below 0x20, a quote or a backslash. */
static bool
quote_needed(struct bytes b)
{
    return escape_plain(b) < b.len;
}

static enum keyset_result
enter_key(struct tape *t, struct bytes key, uint32_t *found)
{
    struct keyset_key k = {.serial = t->open[t->depth - 1],
                           .object = t->open[t->depth - 1],
                           .node = t->count,
                           .hash = hash_key(key.data, key.len),
                           .text = key};

    if (t->keys == NULL) {
        t->keys = keyset_new();
        if (t->keys == NULL)
            return KEYSET_NOMEM;
        keyset_begin(t->keys, TAPE_MAX_NODES);
    }
    return keyset_add(t->keys, t, &k, found);
}

bool
tape_key(struct tape *t, struct bytes key)
{
    uint32_t found = 0;
    struct tape_node *n;

    if (t->depth == 0)
        fail(t, ERR_ARG);
    if (t->failed)
        return false;
    switch (enter_key(t, key, &found)) {
    case KEYSET_NEW:
        break;
    case KEYSET_OLD:
        t->node[found].flags |= TAPE_DUPLICATE;
        t->flags |= TAPE_DUPLICATE;
        return false;
    case KEYSET_COLLIDES: /* an attack: the key is left out, and said to be */
        t->node[t->open[t->depth - 1]].flags |= TAPE_CUT;
        t->flags |= TAPE_CUT;
        return false;
    case KEYSET_NOMEM:
    default:
        fail(t, ERR_NOMEM);
        return false;
    }
    n = append(t, TAPE_KEY);
    if (n == NULL)
        return false;
    place(t, n, key);
    n->hash = hash_key(key.data, key.len);
    if (quote_needed(key))
        n->flags |= TAPE_QUOTE;
    return true;
}

void
tape_text(struct tape *t, struct bytes text, unsigned flags)
{
    struct tape_node *n = append(t, TAPE_STRING);

    if (n == NULL)
        return;
    n->flags = (uint8_t)flags;
    place(t, n, text);
    if (quote_needed(text))
        n->flags |= TAPE_QUOTE;
    t->flags |= flags & TAPE_REPAIRS;
}

void
tape_number(struct tape *t, enum tape_type type, struct bytes text)
{
    struct tape_node *n = append(t, type);

    if (n != NULL)
        place(t, n, text);
}

void
tape_simple(struct tape *t, enum tape_type type)
{
    (void)append(t, type);
}

struct bytes
tape_own(struct tape *t, struct bytes text)
{
    size_t at = t->side.len;

    buf_bytes(&t->side, text);
    if (!buf_ok(&t->side) || t->side.len > UINT32_MAX) {
        fail(t, buf_ok(&t->side) ? ERR_LIMIT : ERR_NOMEM);
        return (struct bytes){NULL, 0};
    }
    return (struct bytes){at ? t->side.data + at : t->side.data, text.len};
}

enum err_code
tape_done(const struct tape *t)
{
    if (t->failed)
        return t->why;
    return t->depth == 0 && t->count > 0 ? ERR_OK : ERR_ARG;
}

/* ---------------------------------------------------------------- reading */

struct bytes
tape_clean(const struct tape *t, const struct tape_node *n, struct buf *scratch)
{
    struct bytes raw = tape_raw(t, n);

    if (!(n->flags & TAPE_ESCAPED))
        return raw;
    buf_reset(scratch);
    escape_undo(scratch, raw);
    return buf_view(scratch);
}

bool
tape_is(const struct tape *t, const struct tape_node *n, struct bytes s)
{
    struct bytes raw = tape_raw(t, n);

    return n->flags & TAPE_ESCAPED ? escape_equals(raw, s) : bytes_eq(raw, s);
}

uint32_t
tape_get(const struct tape *t, uint32_t object, struct bytes key)
{
    const struct tape_node *o;
    uint32_t hash;

    if (object >= t->count)
        return 0;
    o = &t->node[object];
    if (o->type != TAPE_OBJECT || o->hash == 0)
        return 0;
    hash = hash_key(key.data, key.len);
    for (uint32_t i = object + 1; i != 0; i = t->node[i].next) {
        if (t->node[i].hash == hash && tape_is(t, &t->node[i], key))
            return i + 1;
    }
    return 0;
}

uint32_t
tape_path(const struct tape *t, struct bytes path)
{
    uint32_t at = 0;

    for (;;) {
        size_t dot = bytes_find(path, '.');

        at = tape_get(t, at, bytes_upto(path, dot));
        if (at == 0 || dot == path.len)
            return at;
        path = bytes_from(path, dot + 1);
    }
}

uint32_t
tape_end(const struct tape *t, uint32_t i)
{
    uint32_t depth = t->node[i].depth;
    bool container =
        t->node[i].type == TAPE_OBJECT || t->node[i].type == TAPE_ARRAY;

    i++;
    while (container && i < t->count && t->node[i].depth > depth)
        i++;
    return i;
}
