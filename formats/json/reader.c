/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's outside: limits, memory, choice of core, faults with their
 * place; and the rare cases of structure. */
#include "formats/json/reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/base/simd.h"
#include "formats/json/read.h"

#define MARK          "\xEF\xBB\xBF" /* a byte order mark, in UTF-8 */
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
        buf_free(&m->copy);
        free(m->special);
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
    read_guess_init(m);
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
    uint32_t string_bytes =
        limit32(l->string_bytes, d->string_bytes, TAPE_MAX_INPUT);

    return (struct json_limits){
        .depth = limit32(l->depth, d->depth, TAPE_MAX_DEPTH),
        .keys = limit32(l->keys, d->keys, TAPE_MAX_NODES),
        .string_bytes = string_bytes > 64 ? string_bytes : 64,
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
read_fail(struct read *r, size_t at, enum err_code code, const char *text)
{
    unsigned line, col;
    char where[ERR_WHERE_MAX];

    json_place(bytes_of(r->base, r->end), at, &line, &col);
    (void)snprintf(where, sizeof where, "offset %zu, line %u, column %u", at,
                   line, col);
    r->code = err_set(r->err, code, where, "%s", text);
    return false;
}

bool
read_unexpected(struct read *r, size_t at, const char *want)
{
    char text[64];
    unsigned char c = at < r->end ? (unsigned char)r->base[at] : 0;

    if (at >= r->end)
        (void)snprintf(text, sizeof text, "expected %s, not the end", want);
    else if (c > 0x20 && c < 0x7F)
        (void)snprintf(text, sizeof text, "expected %s, not '%c'", want, c);
    else
        (void)snprintf(text, sizeof text, "expected %s, not byte 0x%02x", want,
                       c);
    return read_fail(r, at, ERR_SYNTAX, text);
}

/* ---------------------------------------------------------------- rare */

uint32_t
read_nodes(struct read *r, size_t at, uint32_t count)
{
    struct tape *t = r->t;

    if (count > r->limits.nodes) {
        (void)read_fail(r, at, ERR_LIMIT, "too many values");
        return 0;
    }
    if (count > t->cap && !tape_grow(t)) {
        (void)read_fail(r, at, ERR_NOMEM, "out of memory");
        return 0;
    }
    return t->cap < r->limits.nodes ? t->cap : r->limits.nodes;
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t
read_space(const char *base, size_t i)
{
    while (is_space(base[i]))
        i++;
    return i;
}

/* skip_string(r, i): behind the string at ${i}, or the last byte. */
static size_t
skip_string(const struct read *r, size_t i)
{
    for (i++; i < r->last && r->base[i] != '"'; i++)
        i += r->base[i] == '\\';
    return i < r->last ? i + 1 : r->last;
}

/* skip_container(r, i): behind the container at ${i}: only brackets and strings
 * are looked at. 0 when they do not match or are too many. */
static size_t
skip_container(const struct read *r, size_t i)
{
    uint8_t object[CUT_MAX_DEPTH / 8] = {0};
    uint32_t depth = 0;

    while (i <= r->last) {
        char c = r->base[i];

        if (c == '"') {
            i = skip_string(r, i);
            continue;
        }
        i++;
        if (c == '{' || c == '[') {
            uint8_t bit = (uint8_t)(1U << depth % 8);

            if (depth == CUT_MAX_DEPTH)
                return 0;
            object[depth / 8] &= (uint8_t)~bit;
            object[depth / 8] |= c == '{' ? bit : 0;
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
            if ((object[depth / 8] >> depth % 8 & 1) != (c == '}'))
                return 0;
            if (depth == 0)
                return i;
        }
    }
    return 0;
}

size_t
read_deep(struct read *r, size_t at, struct tape_node *n)
{
    size_t end;

    if (r->strict)
        return read_fail(r, at, ERR_LIMIT, "nested too deep");
    end = skip_container(r, at);
    if (end == 0 || end >= r->end) /* something is around it */
        return read_fail(r, at, ERR_SYNTAX, "container without its end");
    n->type = TAPE_NULL;
    n->flags = TAPE_CUT;
    r->t->flags |= TAPE_CUT;
    return end;
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
read_key(struct read *r, uint32_t node, size_t at)
{
    const struct tape_node *n = &r->t->node[node];
    struct keyset_key key = {.serial = r->object_serial,
                             .object = r->object,
                             .node = node,
                             .hash = n->hash};
    uint32_t found = 0;

    if (r->object_count >= r->limits.keys) {
        if (!r->strict)
            return leave_out(r, r->object, TAPE_CUT);
        (void)read_fail(r, at, ERR_LIMIT, "too many keys in an object");
        return READ_KEY_FAIL;
    }
    key.text = tape_clean(r->t, n, &r->m->scratch);
    switch (keyset_add(r->set, r->t, &key, &found)) {
    case KEYSET_NEW:
        return READ_KEY_NEW;
    case KEYSET_OLD:
        if (!r->strict)
            return leave_out(r, found, TAPE_DUPLICATE);
        (void)read_fail(r, at, ERR_CONFLICT, "duplicate key");
        return READ_KEY_FAIL;
    case KEYSET_COLLIDES:
        if (!r->strict)
            return leave_out(r, r->object, TAPE_CUT);
        (void)read_fail(r, at, ERR_LIMIT, "too many keys with one hash");
        return READ_KEY_FAIL;
    case KEYSET_NOMEM:
    default:
        (void)read_fail(r, at, ERR_NOMEM, "out of memory");
        return READ_KEY_FAIL;
    }
}

/* ---------------------------------------------------------------- entry */

/* prepare(r, in): what is scanned ends in a bracket or in a NUL of our own. */
static bool
prepare(struct read *r, struct bytes in)
{
    while (in.len > 0 && is_space(in.data[in.len - 1]))
        in.len--;
    if (in.len > 0 &&
        (in.data[in.len - 1] == '}' || in.data[in.len - 1] == ']')) {
        r->base = in.data;
        r->end = in.len;
        r->last = in.len - 1;
        return true;
    }
    buf_reset(&r->m->copy);
    buf_bytes(&r->m->copy, in);
    if (buf_cstr(&r->m->copy) == NULL)
        return false;
    r->base = r->m->copy.data;
    r->end = in.len;
    r->last = in.len;
    return true;
}

/* classify(r): the maps of base..last, and one word more of each. */
static bool
classify(struct read *r)
{
    struct read_memory *m = r->m;
    size_t n = r->last + 1;
    size_t words = n / 64 + 2;

    if (words > m->words) {
        size_t want = words * 2 > 128 ? words * 2 : 128;
        uint64_t *map = malloc(2 * want * sizeof map[0]);

        if (map == NULL)
            return false;
        free(m->special);
        m->special = map;
        m->nondigit = map + want;
        m->words = want;
    }
    simd_classify(r->base, n, m->special, m->nondigit);
    m->special[r->last / 64] |= UINT64_C(1) << r->last % 64;
    r->special = m->special;
    r->nondigit = m->nondigit;
    return true;
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
        .err = err,
    };

    if (in.len > r.limits.bytes)
        return err_set(err, ERR_LIMIT, NULL,
                       "document of %zu bytes is too long", in.len);
    tape_reset(out, in);
    if (r.m == NULL || !prepare(&r, in) || !classify(&r))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    r.set = r.m->set;
    r.wide = r.last + 1 >= 16 ? r.last + 1 - 16 : 0;
    keyset_begin(r.set, (uint32_t)in.len + 1);
    if (!r.strict && bytes_starts(bytes_of(r.base, r.end), BYTES(MARK)))
        r.start = sizeof MARK - 1;
    if (!read_run(&r))
        return r.code;
    if (r.start != 0) {
        out->node[0].flags |= TAPE_REPAIRED;
        out->flags |= TAPE_REPAIRED;
    }
    return ERR_OK;
}
