/* SPDX-License-Identifier: Apache-2.0 */
/* Tables on a terminal: widths of Chinese text, alignment, hostile cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/tool/table.h"

static void
test_width(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"", 0},          {"abc", 3},
        {"告警", 4},      {"é", 1},
        {"e\xcc\x81", 1}, {"，", 2},
        {"─", 1},         {"a中b", 4},
        {"한글", 4},      {"\xf0\x9f\x98\x80", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t got = table_width(bytes_str(cases[i].text));

        if (got != cases[i].width)
            fail_msg("%s: %zu", cases[i].text, got);
    }
}

static void
test_table(void **state)
{
    struct buf out = {0};
    struct table t;

    (void)state;
    table_init(&t, 3);
    table_row(&t, (const char *const[]){"键", "name", "x"});
    table_row(&t, (const char *const[]){"a.b", "告警级别", "M"});
    table_row(&t, (const char *const[]){"c", "", NULL});
    table_print(&t, true, &out);
    assert_string_equal(buf_cstr(&out), "键   name      x\n"
                                        "───  ────────  ─\n"
                                        "a.b  告警级别  M\n"
                                        "c\n");
    assert_false(t.failed);
    table_free(&t);
    buf_free(&out);
}

/* Text of a definition file must not move the cursor of a terminal. */
static void
test_hostile_cell(void **state)
{
    struct buf out = {0};
    struct table t;

    (void)state;
    table_init(&t, 1);
    table_row(&t, (const char *const[]){"a\x1b[2J\xff\nb"});
    table_print(&t, false, &out);
    for (size_t i = 0; i + 1 < out.len; i++)
        assert_true((unsigned char)out.data[i] >= 0x20 &&
                    (unsigned char)out.data[i] < 0x7f);
    table_free(&t);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_hostile_cell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
