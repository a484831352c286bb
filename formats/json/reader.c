/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's outside: limits, memory, choice of core, faults with their
 * place; and the rare cases of structure. */
#include "formats/json/reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/base/simd.h"
#include "formats/json/escape.h"
#include "formats/json/read.h"

#define CUT_MAX_DEPTH 4096U /* brackets inside a container that is cut away */

const struct json_limits json_limits_default = {
    .depth = 32,
    .keys = 4096,
    .string_bytes = 64 * 1024,
    .nodes = 1U << 18,
    .bytes = (size_t)1 << 20,
};

void
json_reader_init(struct json_reader *r, enum json_mode mode,
                 const struct json_limits *limits)
{
    *r = (struct json_reader){.mode = mode};
    if (limits != NULL)
        r->limits = *limits;
}

void
json_reader_free(struct json_reader *r)
{
    struct read_memory *m = r->keys;

    if (m != NULL) {
        keyset_free(m->set);
        buf_free(&m->scratch);
    }
    free(m);
    r->keys = NULL;
}

static struct read_memory *
memory(struct json_reader *r)
{
    struct read_memory *m = r->keys;

    if (m != NULL)
        return m;
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->set = keyset_new();
    if (m->set == NULL) {
        free(m);
        return NULL;
    }
    r->keys = m;
    return m;
}

static uint32_t
limit32(uint32_t value, uint32_t def, uint32_t max)
{
    uint32_t v = value != 0 ? value : def;

    return v < max ? v : max;
}

static struct json_limits
limits_of(const struct json_limits *l)
{
    const struct json_limits *d = &json_limits_default;
    size_t bytes = l->bytes != 0 ? l->bytes : d->bytes;

    return (struct json_limits){
        .depth = limit32(l->depth, d->depth, TAPE_MAX_DEPTH),
        .keys = limit32(l->keys, d->keys, TAPE_MAX_NODES),
        .string_bytes =
            limit32(l->string_bytes, d->string_bytes, TAPE_MAX_INPUT),
        .nodes = limit32(l->nodes, d->nodes, TAPE_MAX_NODES),
        .bytes = bytes < TAPE_MAX_INPUT ? bytes : TAPE_MAX_INPUT,
    };
}

/* ---------------------------------------------------------------- faults */

void
json_place(struct bytes in, size_t offset, unsigned *line, unsigned *col)
{
    size_t start = 0;

    *line = 1;
    if (offset > in.len)
        offset = in.len;
    for (size_t i = 0; i < offset; i++) {
        if (in.data[i] == '\n') {
            ++*line;
            start = i + 1;
        }
    }
    *col = (unsigned)(offset - start + 1);
}

bool
read_fail(struct read *r, const char *p, enum err_code code, const char *text)
{
    size_t offset = (size_t)(p - r->base);
    unsigned line, col;
    char where[ERR_WHERE_MAX];

    json_place(r->in, offset, &line, &col);
    (void)snprintf(where, sizeof where, "offset %zu, line %u, column %u",
                   offset, line, col);
    r->code = err_set(r->err, code, where, "%s", text);
    return false;
}

bool
read_unexpected(struct read *r, const char *p, const char *want)
{
    char text[64];
    unsigned char c = p < r->end ? (unsigned char)*p : 0;

    if (p >= r->end)
        (void)snprintf(text, sizeof text, "expected %s, not the end", want);
    else if (c > 0x20 && c < 0x7F)
        (void)snprintf(text, sizeof text, "expected %s, not '%c'", want, c);
    else
        (void)snprintf(text, sizeof text, "expected %s, not byte 0x%02x", want,
                       c);
    return read_fail(r, p, ERR_SYNTAX, text);
}

/* ---------------------------------------------------------------- rare */

bool
read_nodes(struct read *r, const char *p)
{
    if (r->t->count >= r->limits.nodes || r->t->cap >= TAPE_MAX_NODES)
        return read_fail(r, p, ERR_LIMIT, "too many values");
    if (r->t->cap < r->limits.nodes && !tape_grow(r->t))
        return read_fail(r, p, ERR_NOMEM, "out of memory");
    return true;
}

const char *
read_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

static const char *
skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : end;
}

/* skip_container(p, end): behind the container at ${p}: only brackets and
 * strings are looked at. NULL when they do not match or are too many. */
static const char *
skip_container(const char *p, const char *end)
{
    uint8_t object[CUT_MAX_DEPTH / 8];
    uint32_t depth = 0;

    while (p < end) {
        char c = *p;
        uint8_t bit = (uint8_t)(1U << depth % 8);

        if (c == '"') {
            p = skip_string(p, end);
            continue;
        }
        p++;
        if (c == '{' || c == '[') {
            if (depth == CUT_MAX_DEPTH)
                return NULL;
            object[depth / 8] &= (uint8_t)~bit;
            object[depth / 8] |= c == '{' ? bit : 0;
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
            bit = (uint8_t)(1U << depth % 8);
            if (!(object[depth / 8] & bit) != (c == ']'))
                return NULL;
            if (depth == 0)
                return p;
        }
    }
    return NULL;
}

const char *
read_deep(struct read *r, const char *p, struct tape_node *n)
{
    const char *e;

    if (r->strict) {
        (void)read_fail(r, p, ERR_LIMIT, "nested too deep");
        return NULL;
    }
    e = skip_container(p, r->end);
    if (e == NULL) {
        (void)read_fail(r, p, ERR_SYNTAX, "container without its end");
        return NULL;
    }
    n->type = TAPE_NULL;
    n->flags = TAPE_CUT;
    r->t->flags |= TAPE_CUT;
    return e;
}

/* leave_out(r, node, flag): a key goes; ${node} remembers why. */
static enum read_key
leave_out(struct read *r, uint32_t node, enum tape_flag flag)
{
    r->t->node[node].flags |= (uint8_t)flag;
    r->t->flags |= (uint32_t)flag;
    return READ_KEY_DROP;
}

enum read_key
read_key(struct read *r, const struct frame *f, uint32_t node, const char *p)
{
    const struct tape_node *n = &r->t->node[node];
    struct keyset_key key = {
        .serial = f->serial, .object = f->node, .node = node, .hash = n->hash};
    uint32_t found = 0;

    if (f->count >= r->limits.keys) {
        if (!r->strict)
            return leave_out(r, f->node, TAPE_CUT);
        (void)read_fail(r, p, ERR_LIMIT, "too many keys in an object");
        return READ_KEY_FAIL;
    }
    key.text = tape_clean(r->t, n, &r->m->scratch);
    switch (keyset_add(r->set, r->t, &key, &found)) {
    case KEYSET_NEW:
        return READ_KEY_NEW;
    case KEYSET_OLD:
        if (!r->strict)
            return leave_out(r, found, TAPE_DUPLICATE);
        (void)read_fail(r, p, ERR_CONFLICT, "duplicate key");
        return READ_KEY_FAIL;
    case KEYSET_COLLIDES:
        if (!r->strict)
            return leave_out(r, f->node, TAPE_CUT);
        (void)read_fail(r, p, ERR_LIMIT, "too many keys with one hash");
        return READ_KEY_FAIL;
    case KEYSET_NOMEM:
    default:
        (void)read_fail(r, p, ERR_NOMEM, "out of memory");
        return READ_KEY_FAIL;
    }
}

/* ---------------------------------------------------------------- entry */

#define PAD ((size_t)64) /* at least two vectors */

/* run(r, in): scan ${in}, or a padded copy when a vector would not fit. */
static bool
run(struct read *r, struct bytes in)
{
    char pad[PAD] = {0};

    r->base = in.data;
    r->end = in.len ? in.data + in.len : in.data;
    r->room = r->end;
    if (in.len < PAD) {
        if (in.len > 0)
            memcpy(pad, in.data, in.len);
        r->base = pad;
        r->end = pad + in.len;
        r->room = pad + PAD;
    }
    return simd_has_avx2() ? read_avx2(r) : read_base(r);
}

enum err_code
json_read(struct json_reader *reader, struct bytes in, struct tape *out,
          struct err *err)
{
    struct read r = {
        .t = out,
        .m = memory(reader),
        .limits = limits_of(&reader->limits),
        .strict = reader->mode == JSON_STRICT,
        .in = in,
        .err = err,
    };

    if (in.len > r.limits.bytes)
        return err_set(err, ERR_LIMIT, NULL,
                       "document of %zu bytes is too long", in.len);
    if (r.m == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    tape_reset(out, in);
    r.set = r.m->set;
    keyset_begin(r.set, (uint32_t)in.len + 1);
    return run(&r, in) ? ERR_OK : r.code;
}
