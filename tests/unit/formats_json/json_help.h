/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the JSON reader, tape and writer share: reading from a
 * buffer of exactly the input's size (so that ASan sees one byte too far), and
 * the invariants of a tape, checked node by node. */
#ifndef TESTS_UNIT_FORMATS_JSON_JSON_HELP_H
#define TESTS_UNIT_FORMATS_JSON_JSON_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

/* A read that owns its input; `out` is the tape written again. */
struct reading {
    char *copy;
    struct json_reader reader;
    struct tape tape;
    struct err err;
    enum err_code code;
    struct buf out;
};

static inline bool
is_container(const struct tape_node *n)
{
    return n->type == TAPE_OBJECT || n->type == TAPE_ARRAY;
}

/* check_node(t, i): what one node promises by itself. */
static inline void
check_node(const struct tape *t, uint32_t i)
{
    const struct tape_node *n = &t->node[i];
    struct bytes raw = tape_raw(t, n);
    struct buf scratch = {0};

    if (is_container(n))
        return;
    if (n->flags & TAPE_SIDE)
        assert_true((size_t)n->offset + n->length <= t->side.len);
    else
        assert_true((size_t)n->offset + n->length <= t->input_len);
    assert_int_equal(text_utf8_valid(raw), raw.len);
    if (n->type == TAPE_KEY) {
        struct bytes clean = tape_clean(t, n, &scratch);

        assert_int_equal(n->hash, hash_key(clean.data, clean.len));
        assert_true(tape_is(t, n, clean));
    }
    buf_free(&scratch);
}

/* check_members(t, i): the chain of `next` visits exactly the members. */
static inline void
check_members(const struct tape *t, uint32_t i)
{
    const struct tape_node *n = &t->node[i];
    uint32_t end = tape_end(t, i);
    uint32_t count = 0, at = i + 1;

    for (; at < end; count++) {
        bool key = n->type == TAPE_OBJECT;
        uint32_t value = key ? at + 1 : at;
        uint32_t behind = tape_end(t, value);

        assert_int_equal(t->node[at].type == TAPE_KEY, key);
        assert_int_not_equal(t->node[value].type, TAPE_KEY);
        assert_int_equal(t->node[at].depth, n->depth + 1);
        assert_int_equal(t->node[value].depth, n->depth + 1);
        assert_int_equal(t->node[at].next, behind < end ? behind : 0);
        if (key)
            assert_int_equal(t->node[value].next, 0);
        at = behind;
    }
    assert_int_equal(at, end);
    assert_int_equal(n->hash, count);
}

static inline void
check_tape(const struct tape *t)
{
    uint32_t flags = 0;

    assert_true(t->count > 0);
    assert_int_equal(t->node[0].depth, 0);
    assert_int_equal(tape_end(t, 0), t->count);
    for (uint32_t i = 0; i < t->count; i++) {
        check_node(t, i);
        if (is_container(&t->node[i]))
            check_members(t, i);
        flags |= t->node[i].flags & TAPE_REPAIRS;
    }
    assert_int_equal(flags, t->flags);
}

static inline void
reading_open(struct reading *r, enum json_mode mode,
             const struct json_limits *limits, struct bytes in)
{
    *r = (struct reading){0};
    r->copy = malloc(in.len ? in.len : 1);
    assert_non_null(r->copy);
    if (in.len)
        memcpy(r->copy, in.data, in.len);
    json_reader_init(&r->reader, mode, limits);
    r->code = json_read(&r->reader, bytes_of(in.len ? r->copy : NULL, in.len),
                        &r->tape, &r->err);
    if (r->code == ERR_OK) {
        check_tape(&r->tape);
        json_put_value(&r->out, &r->tape, 0);
        assert_true(buf_ok(&r->out));
    } else {
        assert_int_equal(r->err.code, r->code);
        assert_true(r->err.msg[0] != '\0');
    }
}

static inline void
reading_close(struct reading *r)
{
    free(r->copy);
    json_reader_free(&r->reader);
    tape_free(&r->tape);
    buf_free(&r->out);
}

/* same_tape(a, b): the same values, whatever regions their texts lie in. */
static inline bool
same_tape(const struct tape *a, const struct tape *b)
{
    struct buf sa = {0}, sb = {0};
    bool same = a->count == b->count;

    for (uint32_t i = 0; same && i < a->count; i++) {
        const struct tape_node *x = &a->node[i], *y = &b->node[i];

        same = x->type == y->type && x->depth == y->depth &&
               x->next == y->next && x->hash == y->hash;
        if (same && x->type >= TAPE_INTEGER && !is_container(x))
            same = bytes_eq(tape_clean(a, x, &sa), tape_clean(b, y, &sb));
    }
    buf_free(&sa);
    buf_free(&sb);
    return same;
}

/* make(b, head, unit, n, tail): head, n times unit, tail. */
static inline struct bytes
make(struct buf *b, const char *head, const char *unit, size_t n,
     const char *tail)
{
    buf_reset(b);
    buf_str(b, head);
    for (size_t i = 0; i < n; i++)
        buf_str(b, unit);
    buf_str(b, tail);
    return buf_view(b);
}

/* expect_under(limits, in, strict, tolerant, flags): what both modes say. */
static inline void
expect_under(const struct json_limits *limits, struct bytes in,
             enum err_code strict, enum err_code tolerant, unsigned flags)
{
    struct reading s, t;

    reading_open(&s, JSON_STRICT, limits, in);
    reading_open(&t, JSON_TOLERANT, limits, in);
    assert_int_equal(s.code, strict);
    assert_int_equal(t.code, tolerant);
    if (tolerant == ERR_OK)
        assert_int_equal(t.tape.flags, flags);
    reading_close(&s);
    reading_close(&t);
}

/* expect(in, strict, tolerant, flags): the same under the default limits. */
static inline void
expect(struct bytes in, enum err_code strict, enum err_code tolerant,
       unsigned flags)
{
    expect_under(NULL, in, strict, tolerant, flags);
}

/* offset_of(err): the N of "offset N, line L, column C", or -1. */
static inline long
offset_of(const struct err *err)
{
    unsigned long offset, line, col;
    /* The text is our own; three numbers or nothing. */
    int n = sscanf(err->where, "offset %lu, line %lu, column %lu", &offset,
                   &line, &col);

    return n == 3 ? (long)offset : -1;
}

#endif
