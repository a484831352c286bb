/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer and the borrowed range: appends, the limit and its latch,
 * numbers, and the small functions on bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/buf.h"

static void
test_append(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_add(&b, NULL, 0);
    assert_int_equal(b.cap, 0);
    buf_str(&b, "a");
    buf_char(&b, 'b');
    buf_bytes(&b, BYTES("c\0d"));
    buf_add(&b, "ef", 2);
    buf_printf(&b, "%s-%03d", "g", 7);
    assert_int_equal(b.len, 12);
    assert_memory_equal(b.data, "abc\0defg-007", 12);
    assert_memory_equal(buf_cstr(&b), "abc\0defg-007", 13);
    assert_int_equal(b.len, 12);
    buf_cut(&b, 99);
    assert_int_equal(b.len, 12);
    buf_cut(&b, 2);
    assert_string_equal(buf_cstr(&b), "ab");
    buf_reset(&b);
    assert_int_equal(buf_view(&b).len, 0);
    assert_true(b.cap > 0);
    buf_free(&b);
    buf_free(&b);
    buf_str(&b, "again");
    assert_string_equal(buf_cstr(&b), "again");
    buf_free(&b);
}

/* At every limit: what fits fits, one byte more latches and changes nothing. */
static void
test_limit(void **state)
{
    /* volatile: the compiler must not see that it is too much. */
    volatile size_t huge = SIZE_MAX;

    (void)state;
    for (size_t max = 1; max < 1200; max += max < 20 ? 1 : 97) {
        struct buf b;

        buf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            buf_char(&b, 'x');
        assert_true(buf_ok(&b));
        assert_int_equal(b.len, max);
        buf_char(&b, 'y');
        assert_false(buf_ok(&b));
        assert_int_equal(b.len, max);
        assert_true(b.cap <= max);
        buf_cut(&b, 0);
        buf_str(&b, "z"); /* latched: nothing more until a reset */
        assert_int_equal(b.len, 0);
        assert_null(buf_cstr(&b));
        buf_reset(&b);
        assert_true(buf_ok(&b));
        buf_add(&b, "", huge);
        assert_false(buf_ok(&b));
        buf_reset(&b);
        buf_printf(&b, "%*d", (int)max + 1, 1);
        assert_false(buf_ok(&b));
        buf_free(&b);
        assert_int_equal(b.max, max);
    }
}

static void
test_numbers(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_u64(&b, 0);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, -1);
    assert_string_equal(buf_cstr(&b),
                        "0 18446744073709551615 -9223372036854775808 "
                        "9223372036854775807 -1");
    buf_free(&b);
}

static void
test_bytes(void **state)
{
    uint64_t v = 7;

    (void)state;
    assert_true(bytes_eq(BYTES(""), bytes_str(NULL)));
    assert_true(bytes_is(BYTES("ab"), "ab"));
    assert_false(bytes_is(BYTES("ab\0"), "ab"));
    assert_true(bytes_starts(BYTES("abc"), BYTES("ab")));
    assert_true(bytes_starts(BYTES("abc"), bytes_of(NULL, 0)));
    assert_false(bytes_starts(BYTES("a"), BYTES("ab")));
    assert_true(bytes_is(bytes_from(BYTES("abc"), 1), "bc"));
    assert_int_equal(bytes_from(BYTES("abc"), 9).len, 0);
    assert_int_equal(bytes_from(bytes_of(NULL, 0), 9).len, 0);
    assert_true(bytes_is(bytes_upto(BYTES("abc"), 2), "ab"));
    assert_int_equal(bytes_upto(BYTES("abc"), 9).len, 3);
    assert_int_equal(bytes_find(BYTES("abc"), 'c'), 2);
    assert_int_equal(bytes_find(BYTES("abc"), 'z'), 3);
    assert_int_equal(bytes_find(bytes_of(NULL, 0), 'z'), 0);
    assert_true(bytes_is(bytes_trim(BYTES(" \t a b\r\n")), "a b"));
    assert_int_equal(bytes_trim(BYTES(" \t\r\n")).len, 0);
    assert_int_equal(bytes_trim(BYTES("\0 \0")).len, 3);
    assert_true(bytes_to_u64(BYTES("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_true(bytes_to_u64(BYTES("0042"), 42, &v));
    assert_int_equal(v, 42);
    assert_false(bytes_to_u64(BYTES("43"), 42, &v));
    assert_false(bytes_to_u64(BYTES("18446744073709551616"), UINT64_MAX, &v));
    assert_false(bytes_to_u64(BYTES("99999999999999999999"), UINT64_MAX, &v));
    assert_false(bytes_to_u64(BYTES(""), 42, &v));
    assert_false(bytes_to_u64(BYTES("-1"), 42, &v));
    assert_false(bytes_to_u64(BYTES(" 1"), 42, &v));
    assert_false(bytes_to_u64(BYTES("1x"), 42, &v));
    assert_int_equal(v, 42);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
