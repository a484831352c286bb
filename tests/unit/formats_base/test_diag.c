/* SPDX-License-Identifier: Apache-2.0 */
/* Problems with places: printing, counting beyond the limit, "did you mean". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/diag.h"

static void
test_print(void **state)
{
    struct buf out = {0};
    struct diag d;

    (void)state;
    diag_init(&d);
    diag_add(&d, DIAG_ERROR, "a.yaml", 3, 5, "unknown key '%s'", "x\x1b[2J");
    diag_add(&d, DIAG_WARNING, "b.yaml", 0, 0, "whole file");
    diag_print(&d, &out);
    assert_string_equal(buf_cstr(&out), "a.yaml:3:5: unknown key 'x\\x1b[2J'\n"
                                        "b.yaml: warning: whole file\n");
    assert_int_equal(d.errors, 1);
    assert_int_equal(d.warnings, 1);
    buf_free(&out);
    diag_free(&d);
}

static void
test_limit(void **state)
{
    struct buf out = {0};
    struct diag d;
    unsigned lines = 0;

    (void)state;
    diag_init(&d);
    for (unsigned i = 0; i < DIAG_MAX + 7; i++)
        diag_add(&d, DIAG_ERROR, "f", i + 1, 1, "problem %u", i);
    assert_int_equal(d.errors, DIAG_MAX + 7);
    diag_print(&d, &out);
    for (size_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    assert_int_equal(lines, DIAG_MAX + 1);
    assert_non_null(strstr(buf_cstr(&out), "... and 7 more\n"));
    buf_free(&out);
    diag_free(&d);
}

static void
test_long_text_is_cut(void **state)
{
    char text[4096];
    struct diag d;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    diag_init(&d);
    diag_add(&d, DIAG_ERROR, "f", 1, 1, "%s", text);
    assert_non_null(d.first);
    assert_true(strlen(d.first->text) < 1024);
    diag_free(&d);
}

static void
test_reuse_after_free(void **state)
{
    struct diag d;

    (void)state;
    diag_init(&d);
    diag_add(&d, DIAG_ERROR, "f", 1, 1, "one");
    diag_free(&d);
    diag_add(&d, DIAG_ERROR, "f", 1, 1, "two");
    assert_int_equal(d.errors, 1);
    assert_string_equal(d.first->text, "two");
    diag_free(&d);
}

static void
test_nearest(void **state)
{
    static const char *const names[] = {"presence", "pattern",     "type",
                                        "zh",       "provisional", NULL};
    static const struct {
        const char *word, *want;
    } cases[] = {
        {"presence", "presence"},
        {"presense", "presence"},
        {"prsence", "presence"},
        {"parscnze", NULL},
        {"pattrn", "pattern"},
        {"patetrn", "pattern"},
        {"typ", "type"},
        {"tpye", "type"},
        {"tips", NULL},
        {"xh", "zh"},
        {"qq", NULL},
        {"", NULL},
        {"provisionall", "provisional"},
        {"something", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = diag_nearest(bytes_str(cases[i].word), names);

        if ((got == NULL) != (cases[i].want == NULL) ||
            (got != NULL && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: got %s, want %s", cases[i].word, got ? got : "-",
                     cases[i].want ? cases[i].want : "-");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_reuse_after_free),
        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
