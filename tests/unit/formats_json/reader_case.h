/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the reader's tables and how it is judged. */
#ifndef TESTS_UNIT_FORMATS_JSON_READER_CASE_H
#define TESTS_UNIT_FORMATS_JSON_READER_CASE_H

#include "tests/unit/formats_json/json_help.h"

struct reader_case {
    const char *name;
    struct bytes in;
    enum err_code strict;   /* ERR_OK: accepted, and tolerant accepts as well */
    enum err_code tolerant; /* ERR_OK: accepted with ${flags} */
    unsigned flags;         /* of the tape; 0 when strict accepts */
    struct bytes out;       /* what tolerant makes of it, minified; no data: as
                               the input */
    long offset;            /* of the fault where strict refuses; -1: any */
};

/* ACCEPT: both accept, and the input is minified already. ACCEPT_AS: both
 * accept, written again it is out. REJECT: both refuse. REPAIR: strict refuses
 * with code at offset, tolerant makes out of it. */
#define LIT(text)                                                              \
    {                                                                          \
        (text), sizeof(text) - 1                                               \
    }
#define ACCEPT(name, in)                                                       \
    {                                                                          \
        name, LIT(in), ERR_OK, ERR_OK, 0, {NULL, 0}, -1                        \
    }
#define ACCEPT_AS(name, in, out)                                               \
    {                                                                          \
        name, LIT(in), ERR_OK, ERR_OK, 0, LIT(out), -1                         \
    }
#define REJECT(name, in, code, offset)                                         \
    {                                                                          \
        name, LIT(in), code, code, 0, {NULL, 0}, offset                        \
    }
#define REPAIR(name, in, code, offset, flags, out)                             \
    {                                                                          \
        name, LIT(in), code, ERR_OK, flags, LIT(out), offset                   \
    }

static inline bool
judge_accepted(const struct reader_case *c, const struct reading *r,
               unsigned flags)
{
    struct bytes want = c->out.data ? c->out : c->in;
    struct bytes got = buf_view(&r->out);

    if (r->code != ERR_OK) {
        print_error("%s: refused: %s: %s\n", c->name, r->err.where, r->err.msg);
        return false;
    }
    if (!bytes_eq(got, want)) {
        print_error("%s: gave %.*s\n", c->name, (int)got.len, got.data);
        return false;
    }
    if (r->tape.flags != flags) {
        print_error("%s: flags 0x%x, not 0x%x\n", c->name,
                    (unsigned)r->tape.flags, flags);
        return false;
    }
    return true;
}

static inline bool
judge_refused(const struct reader_case *c, const struct reading *r,
              enum err_code want)
{
    if (r->code != want) {
        print_error("%s: %s, not %s (%s)\n", c->name, err_name(r->code),
                    err_name(want), r->err.msg);
        return false;
    }
    if (c->offset >= 0 && offset_of(&r->err) != c->offset) {
        print_error("%s: fault at %s, not %ld (%s)\n", c->name, r->err.where,
                    c->offset, r->err.msg);
        return false;
    }
    return true;
}

/* judge_again(c, tolerant): what was written reads strictly and, where nothing
 * became a string, to the same tape. */
static inline bool
judge_again(const struct reader_case *c, const struct reading *tolerant)
{
    struct reading again;
    bool ok;

    reading_open(&again, JSON_STRICT, NULL, buf_view(&tolerant->out));
    ok = again.code == ERR_OK &&
         bytes_eq(buf_view(&again.out), buf_view(&tolerant->out));
    if (ok && !(tolerant->tape.flags & TAPE_BIGNUM))
        ok = same_tape(&again.tape, &tolerant->tape);
    if (!ok)
        print_error("%s: what was written reads differently\n", c->name);
    reading_close(&again);
    return ok;
}

static inline unsigned
judge(const struct reader_case *c)
{
    struct reading strict, tolerant;
    bool ok;

    reading_open(&strict, JSON_STRICT, NULL, c->in);
    reading_open(&tolerant, JSON_TOLERANT, NULL, c->in);
    ok = c->strict == ERR_OK ? judge_accepted(c, &strict, 0)
                             : judge_refused(c, &strict, c->strict);
    if (c->tolerant == ERR_OK)
        ok &=
            judge_accepted(c, &tolerant, c->flags) && judge_again(c, &tolerant);
    else
        ok &= judge_refused(c, &tolerant, c->tolerant);
    reading_close(&strict);
    reading_close(&tolerant);
    return ok ? 0 : 1;
}

static inline void
judge_all(const struct reader_case *cases, size_t count)
{
    unsigned bad = 0;

    for (size_t i = 0; i < count; i++) {
        bad += judge(&cases[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(cases[i].name, cases[k].name);
    }
    print_message("%zu cases\n", count);
    assert_int_equal(bad, 0);
}

#endif
