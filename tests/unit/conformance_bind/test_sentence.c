/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences, clauses and modal words of a text that we made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conformance/bind/sentence.h"

static const struct {
    const char *text;
    enum sentence_word word;
} modal[] = {
    {"告警信息应包含标识", WORD_SHALL},  {"发送方不应重复", WORD_SHALL_NOT},
    {"口令不得明文传输", WORD_MUST_NOT}, {"宜采用压缩", WORD_SHOULD},
    {"不宜超过一分钟", WORD_SHOULD_NOT}, {"可包含扩展", WORD_MAY},
    {"该字段能表示时区", WORD_CAN},      {"应用系统的响应时间", WORD_NONE},
    {"功能与性能可靠", WORD_NONE},       {"应用系统应记录日志", WORD_SHALL},
    {"接收方应能处理", WORD_SHALL},      {"产品可信", WORD_NONE},
    {"对应的不应用于", WORD_NONE},       {"", WORD_NONE},
};

static void
test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modal / sizeof modal[0]; i++) {
        enum sentence_word w = sentence_word(bytes_str(modal[i].text));

        if (w != modal[i].word)
            fail_msg("%s: %s", modal[i].text, sentence_word_text(w));
    }
    assert_string_equal(sentence_level(WORD_MUST_NOT, false), "shall");
    assert_string_equal(sentence_level(WORD_SHOULD, true), "宜");
}

static const struct {
    const char *raw, *want;
} forms[] = {
    {" 告警 信息\t应\u3000包含 ID。", "告警信息应包含ID"},
    {"ａ）　告警ＩＤ；", "告警ID"},
    {"a) 告警；", "告警"},
    {"12) 告警：", "告警"},
    {"——告警，", "告警"},
    {"“标识”是‘字’。", "\"标识\"是'字'"},
    {"1.5 倍", "1.5倍"},
    {"。；", ""},
    {"\xff告警", "\xff告警"},
    {"", ""},
};

static void
test_normal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct buf out = {0};

        sentence_normalise(bytes_str(forms[i].raw), &out);
        if (!bytes_is(buf_view(&out), forms[i].want))
            fail_msg("%s: %s", forms[i].raw, buf_cstr(&out));
        buf_free(&out);
    }
}

static const char text[] =
    "\xEF\xBB\xBF目  次\n"
    "5 要求 ............ 3\n"
    "5.1 告警 ……… 4\n"
    "\n"
    "1 范围\n"
    "本文件规定了示例。\n"
    "5　要求\n"
    "5.1 告警\n"
    "5.1.1 一般要求\n"
    "告警信息应包含以下内容：\n"
    "a) 标识，应唯一；\n"
    "b) 名称；\n"
    "c) 时间。\n"
    "发送方\n不应重复发送同一\n"
    "10 条告警。\n"
    "5.1.2 告警级别应取自附录 B 规定的代码,其取值由发送方按产品手册确定并在\n"
    "文档中说明。接收方宜记录。\n"
    "\n"
    "附录 B\n"
    "B.1 代码\n"
    "可增加代码\n";

static const struct {
    const char *clause, *text;
    enum sentence_word word;
    unsigned line;
} wanted[] = {
    {"", "目次", WORD_NONE, 1},
    {"1", "范围", WORD_NONE, 5},
    {"1", "本文件规定了示例", WORD_NONE, 6},
    {"5", "要求", WORD_NONE, 7},
    {"5.1", "告警", WORD_NONE, 8},
    {"5.1.1", "一般要求", WORD_NONE, 9},
    {"5.1.1", "告警信息应包含以下内容", WORD_SHALL, 10},
    {"5.1.1", "标识,应唯一", WORD_SHALL, 11},
    {"5.1.1", "名称", WORD_NONE, 12},
    {"5.1.1", "时间", WORD_NONE, 13},
    {"5.1.1", "发送方不应重复发送同一10条告警", WORD_SHALL_NOT, 14},
    {"5.1.2",
     "告警级别应取自附录B规定的代码,其取值由发送方按产品手册确定并在文档中说"
     "明",
     WORD_SHALL, 17},
    {"5.1.2", "接收方宜记录", WORD_SHOULD, 18},
    {"B.1", "代码", WORD_NONE, 21},
    {"B.1", "可增加代码", WORD_MAY, 22},
};

static void
test_text(void **state)
{
    struct sentences s = {0};
    struct err err = {0};
    size_t n = sizeof wanted / sizeof wanted[0], k = 0;

    (void)state;
    assert_int_equal(sentences_read(&s, bytes_of(text, sizeof text - 1), &err),
                     ERR_OK);
    for (size_t i = 0; i < s.count; i++) {
        const struct sentence *e = &s.item[i];

        if (k >= n || !bytes_is(e->text, wanted[k].text) ||
            strcmp(e->clause, wanted[k].clause) != 0 ||
            e->word != wanted[k].word || e->line != wanted[k].line)
            fail_msg("%zu: [%s] %.*s %s line %u", k, e->clause,
                     (int)e->text.len, e->text.data,
                     sentence_word_text(e->word), e->line);
        assert_int_equal(strlen(e->sm3), 64);
        k++;
    }
    assert_int_equal(k, n);
    sentences_free(&s);
}

/* Line breaks and spaces make no difference to the digest. */
static void
test_digest(void **state)
{
    struct sentences a = {0}, b = {0};
    struct err err;

    (void)state;
    assert_int_equal(sentences_read(&a, BYTES("告警信息应包含标识。"), &err),
                     ERR_OK);
    assert_int_equal(
        sentences_read(&b, BYTES("\n告警信\r\n  息应 包含\u3000标识。\n"),
                       &err),
        ERR_OK);
    assert_int_equal(a.count, 1);
    assert_int_equal(b.count, 1);
    assert_string_equal(a.item[0].sm3, b.item[0].sm3);
    sentences_free(&a);
    sentences_free(&b);
}

static void
test_refused(void **state)
{
    struct sentences s = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(sentences_read(&s, BYTES("\xB8\xE6"), &err), ERR_SYNTAX);
    assert_int_equal(sentences_read(&s, BYTES(""), &err), ERR_OK);
    assert_int_equal(s.count, 0);
    sentences_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),   cmocka_unit_test(test_normal),
        cmocka_unit_test(test_text),    cmocka_unit_test(test_digest),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
