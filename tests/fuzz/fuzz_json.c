/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_json */
/* The JSON reader in both modes: what strict takes, tolerant takes unrepaired
 * and equal; what tolerant makes is read by strict, again the same. */
#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define CHECK(x) ((x) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct state {
    struct json_reader strict, tolerant;
    struct tape a, b;
    struct buf first, again, clean;
};

/* same(s): the tapes a and b hold the same values. */
static void
same(struct state *s)
{
    CHECK(s->a.count == s->b.count);
    for (uint32_t i = 0; i < s->a.count; i++) {
        const struct tape_node *x = &s->a.node[i], *y = &s->b.node[i];

        CHECK(x->type == y->type && x->next == y->next && x->hash == y->hash &&
              x->depth == y->depth);
        if (x->type == TAPE_STRING || x->type == TAPE_KEY)
            CHECK(tape_is(&s->a, x, tape_clean(&s->b, y, &s->clean)));
    }
}

static void
check(struct state *s, struct bytes in)
{
    struct err err;
    bool strict = json_read(&s->strict, in, &s->b, NULL) == ERR_OK;
    bool tolerant = json_read(&s->tolerant, in, &s->a, &err) == ERR_OK;
    bool numbers_stay = !(s->a.flags & TAPE_BIGNUM);

    /* Again by a reader that has seen it: it guesses keys, right or wrong. */
    CHECK(strict == (json_read(&s->strict, in, &s->b, NULL) == ERR_OK));
    CHECK(!strict || (tolerant && s->a.flags == 0));
    if (!tolerant)
        return;
    CHECK(strict || s->a.flags != 0);
    if (strict)
        same(s);
    json_put_value(&s->first, &s->a, 0);
    CHECK(text_utf8_valid(buf_view(&s->first)) == s->first.len);
    CHECK(json_read(&s->strict, buf_view(&s->first), &s->b, NULL) == ERR_OK);
    if (numbers_stay)
        same(s);
    json_put_value(&s->again, &s->b, 0);
    CHECK(bytes_eq(buf_view(&s->first), buf_view(&s->again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state s = {.strict = {.mode = JSON_STRICT},
                      .tolerant = {.mode = JSON_TOLERANT}};

    /* A repaired string may grow beyond the limit of strings. */
    if (size <= 8192)
        check(&s, bytes_of((const char *)data, size));
    json_reader_free(&s.strict);
    json_reader_free(&s.tolerant);
    tape_free(&s.a);
    tape_free(&s.b);
    buf_free(&s.first);
    buf_free(&s.again);
    buf_free(&s.clean);
    return 0;
}
