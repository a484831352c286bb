/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the checker: the shipped definitions from their files, and
 * one document checked in one call. */
#ifndef TESTS_UNIT_FORMATS_CHECK_LOAD_H
#define TESTS_UNIT_FORMATS_CHECK_LOAD_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/check/check.h"
#include "formats/json/reader.h"

#define DATA TEST_ROOT "/formats/standard/data"

static inline struct buf
load_file(const char *path)
{
    struct buf b = {0};
    FILE *f = fopen(path, "rb");
    size_t n;

    if (f == NULL)
        fail_msg("cannot open %s", path);
    do {
        assert_true(buf_reserve(&b, 65536));
        n = fread(b.data + b.len, 1, 65536, f);
        b.len += n;
    } while (n > 0);
    (void)fclose(f);
    return b;
}

static inline int
load_yaml_only(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static inline void
load_folder(struct std_loader *l, const char *dir)
{
    struct dirent **names;
    int count = scandir(dir, &names, load_yaml_only, alphasort);

    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        char path[512];
        struct buf b;

        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
        b = load_file(path);
        std_loader_add(l, path, bytes_of(b.data, b.len));
        buf_free(&b);
        free(names[i]);
    }
    free(names);
}

/* The shipped standard, with one overlay text or NULL. */
static inline struct standard *
load_standard(const char *overlay)
{
    struct diag diag;
    struct std_loader *l;
    struct standard *s;

    diag_init(&diag);
    l = std_loader_new(&diag);
    assert_non_null(l);
    load_folder(l, DATA "/codes");
    load_folder(l, DATA "/provisional");
    if (overlay != NULL)
        std_loader_add(l, "overlay.yaml", bytes_str(overlay));
    s = std_loader_finish(l);
    if (s == NULL) {
        struct buf b = {0};

        diag_print(&diag, &b);
        fail_msg("%s", buf_cstr(&b));
    }
    diag_free(&diag);
    return s;
}

struct bench { /* one checker with all it needs */
    struct standard *s;
    struct checker *c;
    struct check_state *st;
    struct json_reader reader;
    struct tape tape;
    struct findings out;
};

static inline void
bench_open(struct bench *b, const char *overlay, enum check_profile profile)
{
    const struct json_limits limits = {.depth = 32,
                                       .keys = 4096,
                                       .string_bytes = 1 << 20,
                                       .nodes = TAPE_MAX_NODES,
                                       .bytes = 16 << 20};
    struct err err = {0};

    *b = (struct bench){.s = load_standard(overlay)};
    b->c = checker_new(b->s, profile, &err);
    if (b->c == NULL)
        fail_msg("%s: %s", err.where, err.msg);
    b->st = check_state_new(b->c);
    assert_non_null(b->st);
    json_reader_init(&b->reader, JSON_STRICT, &limits);
}

static inline void
bench_close(struct bench *b)
{
    findings_free(&b->out);
    tape_free(&b->tape);
    json_reader_free(&b->reader);
    check_state_free(b->st);
    checker_free(b->c);
    std_free(b->s);
}

static inline void
bench_check(struct bench *b, struct bytes text)
{
    struct err err = {0};

    if (json_read(&b->reader, text, &b->tape, &err) != ERR_OK)
        fail_msg("%s: %s in %.*s", err.where, err.msg, (int)text.len,
                 text.data);
    findings_reset(&b->out);
    assert_int_equal(check_document(b->c, b->st, &b->tape, &b->out), ERR_OK);
}

static inline void
bench_body(struct bench *b, struct bytes text, const char *kind)
{
    struct err err = {0};

    if (json_read(&b->reader, text, &b->tape, &err) != ERR_OK)
        fail_msg("%s: %s in %.*s", err.where, err.msg, (int)text.len,
                 text.data);
    findings_reset(&b->out);
    assert_int_equal(check_body(b->c, b->st, &b->tape, 0, kind, "", &b->out),
                     ERR_OK);
}

/* All findings as "rule pointer" lines, for comparison and messages. */
static inline void
bench_lines(const struct bench *b, struct buf *out)
{
    for (size_t i = 0; i < b->out.count; i++) {
        finding_rule(&b->out.item[i], out);
        buf_printf(out, " %s\n", b->out.item[i].pointer);
    }
}

#endif
