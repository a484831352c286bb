/* SPDX-License-Identifier: Apache-2.0 */
/* For the codec tests: decode a frame and show the tape as JSON, so that a row
 * of a table is an input and the JSON it must become. */
#ifndef TESTS_UNIT_FORMATS_CODEC_DECODE_H
#define TESTS_UNIT_FORMATS_CODEC_DECODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/codec/codec.h"
#include "formats/json/writer.h"

struct decode_row {
    const char *name;
    const char *in;
    size_t len;       /* 0: strlen */
    const char *want; /* JSON; NULL: an error whose text has ${error} */
    uint32_t flags;   /* repairs on the tape */
    const char *error;
};

struct decoder {
    struct json_reader json;
    struct codec_context ctx;
    struct tape tape;
    char *frame;     /* owned copy that the tape borrows */
    struct buf text; /* the tape as JSON */
    struct err err;
};

static inline void
decoder_init(struct decoder *d)
{
    *d = (struct decoder){0};
    json_reader_init(&d->json, JSON_TOLERANT, NULL);
    d->ctx.json = &d->json;
}

static inline void
decoder_free(struct decoder *d)
{
    json_reader_free(&d->json);
    buf_free(&d->ctx.scratch);
    buf_free(&d->text);
    free(d->frame);
    tape_free(&d->tape);
}

/* The frame is decoded from an exact copy: reading past it is caught. */
static inline enum err_code
decoder_run(struct decoder *d, const struct codec *codec, struct bytes in)
{
    enum err_code code;

    free(d->frame);
    d->frame = malloc(in.len ? in.len : 1);
    if (in.len)
        memcpy(d->frame, in.data, in.len);
    d->err = (struct err){0};
    code =
        codec->decode(&d->ctx, bytes_of(d->frame, in.len), &d->tape, &d->err);
    buf_reset(&d->text);
    if (code == ERR_OK)
        json_put_value(&d->text, &d->tape, 0);
    return code;
}

static inline bool
decode_check(struct decoder *d, const struct codec *codec,
             const struct decode_row *r)
{
    struct bytes in = bytes_of(r->in, r->len ? r->len : strlen(r->in));
    enum err_code code = decoder_run(d, codec, in);
    bool good;

    if (r->want == NULL)
        good = code != ERR_OK && strstr(d->err.msg, r->error) != NULL;
    else
        good = code == ERR_OK && bytes_is(buf_view(&d->text), r->want) &&
               (d->tape.flags & TAPE_REPAIRS) == r->flags;
    if (!good)
        print_error("%s\n  in   %.*s\n  got  %.*s %s flags %x\n  want %s %s "
                    "flags %x\n",
                    r->name, (int)in.len, in.data, (int)d->text.len,
                    d->text.data ? d->text.data : "", d->err.msg,
                    (unsigned)d->tape.flags, r->want ? r->want : "",
                    r->error ? r->error : "", (unsigned)r->flags);
    return good;
}

static inline void
decode_check_all(const struct codec *codec, const struct decode_row *rows,
                 size_t n)
{
    struct decoder d;
    size_t bad = 0;

    decoder_init(&d);
    for (size_t i = 0; i < n; i++)
        bad += !decode_check(&d, codec, &rows[i]);
    decoder_free(&d);
    if (bad != 0)
        fail_msg("%zu of %zu rows", bad, n);
}

/* Every prefix of every row: no crash, and either an error with a text or a
 * tape that the writer can write. */
static inline void
decode_truncate_all(const struct codec *codec, const struct decode_row *rows,
                    size_t n)
{
    struct decoder d;

    decoder_init(&d);
    for (size_t i = 0; i < n; i++) {
        size_t len = rows[i].len ? rows[i].len : strlen(rows[i].in);

        for (size_t cut = 0; cut < len; cut++) {
            enum err_code code =
                decoder_run(&d, codec, bytes_of(rows[i].in, cut));

            if (code == ERR_OK)
                assert_true(buf_ok(&d.text) && d.text.len >= 2);
            else
                assert_true(d.err.msg[0] != '\0' && d.err.code == code);
        }
    }
    decoder_free(&d);
}

/* An input with NUL in it, and its length. */
#define WITH_NUL(s) (s), sizeof(s) - 1

#define ROW_COUNT(rows) (sizeof(rows) / sizeof *(rows))

#endif
