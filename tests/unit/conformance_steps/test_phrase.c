/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of failures, in Chinese: forms, what stays as it is, and that no
 * row of the table hides another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/steps/phrase.h"

static void
test_forms(void **state)
{
    static const struct {
        const char *en, *zh; /* NULL: stays */
    } rows[] = {
        {"there is none", "没有"},
        {"status 202", "状态码 202"},
        {"status 400, 401 or 4xx", "状态码 400、401 或 4xx"},
        /* what a product sent is never said again */
        {"status 200, {\"a\": \"closed, or there is none\"}",
         "状态码 200，{\"a\": \"closed, or there is none\"}"},
        {"'there is none', not 'closed'", "“there is none”，而不是“closed”"},
        {"unknown member 'none came'", "未知成员“none came”"},
        {"message 3: no id", "第 3 条消息：没有 id"},
        {"message 3: what nobody knows", "第 3 条消息：what nobody knows"},
        {"the liveness probe: expected status 200, observed no answer: timeout",
         "存活探测：预期 状态码 200，实测 没有应答：超时"},
        {"the answer has no such member", "应答中没有该成员"},
        {"the answer is no JSON: expected a value (offset 3)",
         "应答不是 JSON：expected a value（offset 3）"},
        {"0 times", "0 次"},
        {"x, y or z", NULL},
        {"times", NULL},
        {"", NULL},
        {"status ", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        bool known = phrase_zh(bytes_str(rows[i].en), &out);
        const char *want = rows[i].zh ? rows[i].zh : rows[i].en;

        if (known != (rows[i].zh != NULL) || strcmp(buf_cstr(&out), want) != 0)
            fail_msg("%s: %s", rows[i].en, buf_cstr(&out));
        buf_free(&out);
    }
}

/* The row's own text, its holes filled, is said by this row and not by another,
 * and without an English word of the row. */
static void
test_rows(void **state)
{
    (void)state;
    for (const struct phrase *p = phrase_table; p->en != NULL; p++) {
        struct buf en = {0}, zh = {0}, want = {0};

        for (const char *c = p->en; *c != '\0'; c++)
            buf_str(&en, *c == '*' || *c == '#' ? "77" : (char[]){*c, 0});
        for (const char *c = p->zh; *c != '\0'; c++) {
            if ((*c == '%' || *c == '$') && c[1] >= '1' && c[1] <= '6')
                buf_str(&want, "77"), c++;
            else
                buf_char(&want, *c);
        }
        assert_true(phrase_zh(buf_view(&en), &zh));
        if (strcmp(buf_cstr(&zh), buf_cstr(&want)) != 0)
            fail_msg("row \"%s\": %s", p->en, buf_cstr(&zh));
        buf_free(&en);
        buf_free(&zh);
        buf_free(&want);
    }
}

/* Whatever a product puts in: it ends, and soon. */
static void
test_hostile(void **state)
{
    struct buf in = {0}, out = {0};

    (void)state;
    for (int i = 0; i < 3000; i++)
        buf_str(&in, "message 1: ");
    (void)phrase_zh(buf_view(&in), &out);
    assert_true(out.len > 0 && out.len < 2 * in.len);
    buf_free(&in);
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
