/* SPDX-License-Identifier: Apache-2.0 */
/* A run folder is intact, or verify names the first line that is not: a bit
 * of every third byte is tried. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "conformance/evidence/verify.h"

#define T "2026-11-22T10:00:00Z"

struct place {
    char root[64], dir[96];
};

static void
write_run(const char *dir, bool seal)
{
    struct evidence e;
    struct err err = {0};

    assert_int_equal(evidence_open(&e, dir, &err), ERR_OK);
    assert_int_equal(
        evidence_event(&e, "begin", T, BYTES("\"role\":\"files\""), &err),
        ERR_OK);
    assert_int_equal(evidence_file(&e, "evidence/T-1.ndjson", T,
                                   BYTES("{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n"),
                                   &err),
                     ERR_OK);
    assert_int_equal(evidence_file(&e, "report.json", T, BYTES("{\n}\n"), &err),
                     ERR_OK);
    assert_int_equal(evidence_event(&e, "end", T, BYTES(""), &err), ERR_OK);
    if (seal)
        assert_int_equal(evidence_seal(&e, &err), ERR_OK);
    evidence_close(&e);
}

static int
setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    assert_non_null(p);
    (void)snprintf(p->root, sizeof p->root, "/tmp/hutong-evidence-XXXXXX");
    assert_non_null(mkdtemp(p->root));
    (void)snprintf(p->dir, sizeof p->dir, "%s/a/run", p->root);
    *state = p;
    return 0;
}

static int
teardown(void **state)
{
    struct place *p = *state;
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", p->root);
    assert_int_equal(system(command), 0);
    free(p);
    return 0;
}

static size_t
load(const char *path, char *out, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    n = fread(out, 1, cap, f);
    assert_int_equal(fclose(f), 0);
    return n;
}

static void
save(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void
intact(void **state)
{
    struct place *p = *state;
    struct verify_result r;
    struct err err = {0};
    struct evidence e;

    write_run(p->dir, true);
    assert_int_equal(verify_run(p->dir, &r, &err), ERR_OK);
    assert_int_equal(r.what, VERIFY_INTACT);
    assert_int_equal(r.events, 4);
    assert_int_equal(r.files, 2);
    /* never over another run */
    assert_int_equal(evidence_open(&e, p->dir, &err), ERR_EXISTS);
}

/* Flip a bit of every third byte of a file; the file is named, and its line. */
static void
flip_all(const char *dir, const char *name)
{
    static char text[8192];
    char path[256];
    size_t n;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    n = load(path, text, sizeof text);
    for (size_t bit = 0; bit < 8 * n; bit += 25) {
        struct verify_result r;
        struct err err = {0};
        size_t line = 1;

        for (size_t i = 0; i < bit / 8; i++)
            line += text[i] == '\n';
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        save(path, text, n);
        assert_int_equal(verify_run(dir, &r, &err), ERR_OK);
        if (r.what != VERIFY_ALTERED || strcmp(r.file, name) != 0 ||
            r.line != line)
            fail_msg("%s bit %zu (line %zu): %s, %s line %zu", name, bit, line,
                     verify_word(r.what, false), r.file, r.line);
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
    }
    save(path, text, n);
}

static void
bits(void **state)
{
    struct place *p = *state;

    write_run(p->dir, true);
    flip_all(p->dir, "report.json");
    flip_all(p->dir, "evidence/T-1.ndjson");
    flip_all(p->dir, "seal.json");
    flip_all(p->dir, "events.ndjson");
}

static void
expect(const char *dir, enum verify_what what, const char *file)
{
    struct verify_result r;
    struct err err = {0};

    assert_int_equal(verify_run(dir, &r, &err), ERR_OK);
    if (r.what != what || strcmp(r.file, file) != 0)
        fail_msg("%s %s, wanted %s %s", verify_word(r.what, false), r.file,
                 verify_word(what, false), file);
}

static void
files_come_and_go(void **state)
{
    struct place *p = *state;
    char path[256], other[256];

    write_run(p->dir, true);
    (void)snprintf(path, sizeof path, "%s/evidence/T-2.ndjson", p->dir);
    save(path, "x", 1);
    expect(p->dir, VERIFY_UNLISTED, "evidence/T-2.ndjson");
    assert_int_equal(unlink(path), 0);
    expect(p->dir, VERIFY_INTACT, "");
    (void)snprintf(path, sizeof path, "%s/report.json", p->dir);
    (void)snprintf(other, sizeof other, "%s/report.jsom", p->dir);
    assert_int_equal(rename(path, other), 0);
    expect(p->dir, VERIFY_MISSING, "report.json");
    assert_int_equal(rename(other, path), 0);
    expect(p->dir, VERIFY_INTACT, "");
}

/* The end of the log cut off, line by line: never intact. */
static void
cut_log(void **state)
{
    struct place *p = *state;
    char path[256];
    static char text[8192];
    size_t n;

    write_run(p->dir, true);
    (void)snprintf(path, sizeof path, "%s/events.ndjson", p->dir);
    n = load(path, text, sizeof text);
    for (size_t cut = 0; cut < n; cut += 3) {
        struct verify_result r;
        struct err err = {0};

        save(path, text, cut);
        assert_int_equal(verify_run(p->dir, &r, &err), ERR_OK);
        if (r.what == VERIFY_INTACT)
            fail_msg("cut to %zu of %zu bytes is called intact", cut, n);
    }
}

static void
cut_short(void **state)
{
    struct place *p = *state;
    struct verify_result r;
    struct err err = {0};

    write_run(p->dir, false);
    expect(p->dir, VERIFY_UNSEALED, "seal.json");
    assert_int_not_equal(verify_run("/nonexistent", &r, &err), ERR_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(intact, setup, teardown),
        cmocka_unit_test_setup_teardown(bits, setup, teardown),
        cmocka_unit_test_setup_teardown(files_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_log, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_short, setup, teardown)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
