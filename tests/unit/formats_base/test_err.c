/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: what is stored, how long texts are cut, names and exit statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "formats/base/err.h"
#include "formats/base/text.h"

static void
test_set(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_set(&e, ERR_SYNTAX, "a:1:2", "no %s %d", "x", 7),
                     ERR_SYNTAX);
    assert_int_equal(e.code, ERR_SYNTAX);
    assert_string_equal(e.where, "a:1:2");
    assert_string_equal(e.msg, "no x 7");
    assert_int_equal(err_set(&e, ERR_LIMIT, NULL, "%s", ""), ERR_LIMIT);
    assert_string_equal(e.where, "");
    assert_string_equal(e.msg, "");
    assert_int_equal(err_set(NULL, ERR_IO, "x", "y"), ERR_IO);
}

/* A long text is cut between characters, whatever its length. */
static void
test_cut(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 8; lead++) {
        char text[600] = "";
        struct err e;

        memset(text, 'x', lead);
        for (size_t i = 0; i < 120; i++)
            memcpy(text + lead + 4 * i,
                   i % 2 ? "\xE4\xB8\xADz" : "\xF0\x9F\x98\x80", 4);
        (void)err_set(&e, ERR_IO, text, "%s", text);
        assert_true(strlen(e.where) < ERR_WHERE_MAX);
        assert_true(strlen(e.where) > ERR_WHERE_MAX - 6);
        assert_true(strlen(e.msg) < ERR_MSG_MAX);
        assert_true(strlen(e.msg) > ERR_MSG_MAX - 6);
        assert_int_equal(text_utf8_valid(bytes_str(e.where)), strlen(e.where));
        assert_int_equal(text_utf8_valid(bytes_str(e.msg)), strlen(e.msg));
        assert_memory_equal(e.msg, text, strlen(e.msg));
    }
}

static void
test_errno(void **state)
{
    static const struct {
        int number;
        enum err_code code;
    } row[] = {
        {ENOSPC, ERR_FULL}, {EDQUOT, ERR_FULL}, {ENOENT, ERR_NOT_FOUND},
        {EACCES, ERR_AUTH}, {EPERM, ERR_AUTH},  {ENOMEM, ERR_NOMEM},
        {EIO, ERR_IO},      {99999, ERR_IO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct err e;

        errno = row[i].number;
        assert_int_equal(err_errno(&e, "/x", "open"), row[i].code);
        assert_string_equal(e.where, "/x");
        assert_memory_equal(e.msg, "open: ", 6);
        assert_true(strlen(e.msg) > 6);
    }
}

static void
test_names(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_CODE_COUNT; i++) {
        assert_string_not_equal(err_name((enum err_code)i), "unknown");
        for (int k = 0; k < i; k++)
            assert_string_not_equal(err_name((enum err_code)i),
                                    err_name((enum err_code)k));
    }
    assert_string_equal(err_name((enum err_code)999), "unknown");
    assert_int_equal(err_exit(ERR_OK), 0);
    assert_int_equal(err_exit(ERR_ARG), 2);
    assert_int_equal(err_exit(ERR_SYNTAX), 65);
    assert_int_equal(err_exit(ERR_TIMEOUT), 69);
    assert_int_equal(err_exit(ERR_CONFLICT), 78);
    assert_int_equal(err_exit((enum err_code)999), 69);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
