/* SPDX-License-Identifier: Apache-2.0 */
/* A finished English message, said again in Chinese. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/messages.h"

static const char catalogue[] =
    "messages:\n"
    "  - {en: \"open: %s\", zh: \"打开：{1~}\"}\n"
    "  - {en: \"'%s' of '%s' is bad\", zh: \"“{2}”的“{1}”不对\"}\n"
    "  - {en: \"key '%s'%s%s%s\", zh: \"键“{1}”{2~}\"}\n"
    "  - {en: \"key '%s' is empty\", zh: \"键“{1}”为空\"}\n"
    "  - {en: \"%s is empty\", zh: \"{1}为空\"}\n"
    "  - {en: \"more than %zu of %u\", zh: \"{2} 中超过 {1} 个\"}\n"
    "  - {en: \"in %s: %s\", zh: \"输入 {1}：{2~}\"}\n"
    "  - {en: \"bare\", zh: \"光的\"}\n"
    "parts:\n"
    "  - {en: \"; did you mean %s?\", zh: \"；是否指 {1}？\"}\n"
    "errno:\n"
    "  - {en: \"No such file or directory\", zh: \"没有那个文件或目录\"}\n";

static struct messages *
load(const char *text, unsigned errors)
{
    struct messages *m;
    struct diag diag;

    diag_init(&diag);
    m = messages_load("m.yaml", bytes_str(text), &diag);
    assert_int_equal(diag.errors, errors);
    assert_int_equal(m == NULL, errors > 0);
    diag_free(&diag);
    return m;
}

static void
test_table(void **state)
{
    static const struct {
        const char *en, *zh; /* NULL: no row, the same text */
    } rows[] = {
        {"bare", "光的"},
        {"bare ", NULL},
        {"", NULL},
        /* a message in a slot, and one whose slot is none */
        {"open: No such file or directory", "打开：没有那个文件或目录"},
        {"open: odd", "打开：odd"},
        /* other order; the slots are as short as can be */
        {"'a' of 'b' is bad", "“b”的“a”不对"},
        {"'a' of 'b' of 'c' is bad", "“b' of 'c”的“a”不对"},
        /* the row with most fixed text, wherever it stands */
        {"key 'x' is empty", "键“x”为空"},
        {"all is empty", "all为空"},
        {"key 'x'", "键“x”"},
        {"key 'x'; did you mean y?", "键“x”；是否指 y？"},
        /* numbers are numbers */
        {"more than 3 of 7", "7 中超过 3 个"},
        {"more than three of 7", NULL},
        /* heads without words */
        {"a.yaml: bare", "a.yaml：光的"},
        {"a: b: open: odd", "a: b：打开：odd"},
        {"a: b: c", NULL},
        {"in x: in y: in z: bare", "输入 x：输入 y：输入 z：光的"},
        /* what a slot holds passes unchanged, also a message */
        {"'bare' of '\x1b[2J\xff{1}{2~}' is bad",
         "“\x1b[2J\xff{1}{2~}”的“bare”不对"},
        {"'%s' of '%n' is bad", "“%n”的“%s”不对"},
    };
    struct messages *m = load(catalogue, 0);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        bool said = messages_zh(m, bytes_str(rows[i].en), &out);

        assert_int_equal(said, rows[i].zh != NULL);
        assert_string_equal(buf_cstr(&out),
                            rows[i].zh ? rows[i].zh : rows[i].en);
        buf_free(&out);
    }
    messages_free(m);
}

/* Messages within messages, deeper than anything is looked into: the rest stays
 * as it came. */
static void
test_deep_and_long(void **state)
{
    struct messages *m = load(catalogue, 0);
    struct buf en = {0}, zh = {0};

    (void)state;
    for (size_t i = 0; i < 100; i++)
        buf_str(&en, "in x: ");
    buf_str(&en, "bare");
    assert_true(messages_zh(m, buf_view(&en), &zh));
    assert_true(bytes_starts(buf_view(&zh), BYTES("输入 x：输入 x：")));
    assert_non_null(strstr(buf_cstr(&zh), "in x: bare"));
    buf_reset(&zh);
    for (size_t i = 0; i < MESSAGES_TEXT_MAX; i++)
        buf_str(&en, "x");
    assert_false(messages_zh(m, buf_view(&en), &zh));
    assert_true(bytes_eq(buf_view(&en), buf_view(&zh)));
    buf_reset(&zh);
    assert_false(messages_zh(NULL, BYTES("bare"), &zh));
    assert_string_equal(buf_cstr(&zh), "bare");
    buf_free(&en);
    buf_free(&zh);
    messages_free(m);
}

static void
test_wrong_catalogues(void **state)
{
    static const char *const wrong[] = {
        "messages:\n  - {en: \"%s\", zh: \"{1}\"}\n",
        "messages:\n  - {en: \"%s%d\", zh: \"{1}\"}\n",
        "messages:\n  - {en: \"a %s\", zh: \"a\"}\n",
        "messages:\n  - {en: \"a %s\", zh: \"{1}{1}\"}\n",
        "messages:\n  - {en: \"a %s\", zh: \"{2}\"}\n",
        "messages:\n  - {en: \"a\", zh: \"{1}\"}\n",
        "messages:\n  - {en: \"a %n\", zh: \"{1}\"}\n",
        "messages:\n  - {en: \"a %\", zh: \"a\"}\n",
        "messages:\n  - {en: \"%dx%dx%dx%dx%dx%dx%dx%dx%d\", zh: \"a\"}\n",
        ("messages:\n  - {en: \"a %s\", zh: \"{1}\"}\n"
         "parts:\n  - {en: \"a %.*s\", zh: \"{1~}\"}\n"),
        "messages:\n  - {en: a}\n",
        "messages:\n  - {en: a, zh: b, de: c}\n",
        "messages:\n  - a\n",
        "massages: []\n",
        "- a\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(load(wrong[i], 1));
}

static void
test_diagnostics(void **state)
{
    struct messages *m = load(catalogue, 0);
    struct buf out = {0};
    struct diag d;

    (void)state;
    diag_init(&d);
    diag_add(&d, DIAG_ERROR, "a.yaml", 3, 5, "key '%s' is empty", "\x1b[2J");
    diag_add(&d, DIAG_WARNING, "b.yaml", 0, 0, "in x: odd");
    diag_print_zh(&d, m, &out);
    assert_string_equal(buf_cstr(&out), "a.yaml:3:5: 键“\\x1b[2J”为空\n"
                                        "b.yaml: 警告：输入 x：odd\n");
    buf_free(&out);
    diag_free(&d);
    messages_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_deep_and_long),
        cmocka_unit_test(test_wrong_catalogues),
        cmocka_unit_test(test_diagnostics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
