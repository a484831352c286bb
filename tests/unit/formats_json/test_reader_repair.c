/* SPDX-License-Identifier: Apache-2.0 */
/* What strict refuses and tolerant repairs: with strict's code and offset, the
 * flags of the tape and what is left. */
#include "tests/unit/formats_json/reader_case.h"

#define FFFD "\xEF\xBF\xBD"
#define DUPLICATE(name, in, offset, out)                                       \
    REPAIR(name, in, ERR_CONFLICT, offset, TAPE_DUPLICATE, out)
#define BIG(name, in, offset, out)                                             \
    REPAIR(name, in, ERR_RANGE, offset, TAPE_BIGNUM, out)
#define TEXT(name, in, offset, out)                                            \
    REPAIR(name, in, ERR_SYNTAX, offset, TAPE_REPAIRED, out)

/* clang-format off */
static const struct reader_case duplicates[] = {
    DUPLICATE("same key", "{\"a\":1,\"a\":2}", 7, "{\"a\":1}"),
    DUPLICATE("same key and value", "{\"a\":1,\"a\":1}", 7, "{\"a\":1}"),
    DUPLICATE("three times", "{\"a\":1,\"a\":2,\"a\":3}", 7, "{\"a\":1}"),
    DUPLICATE("with others between", "{\"a\":1,\"b\":2,\"a\":3,\"c\":4}", 13, "{\"a\":1,\"b\":2,\"c\":4}"),
    DUPLICATE("last one", "{\"a\":1,\"b\":2,\"b\":3}", 13, "{\"a\":1,\"b\":2}"),
    DUPLICATE("two pairs", "{\"a\":1,\"b\":2,\"a\":3,\"b\":4,\"c\":5}", 13, "{\"a\":1,\"b\":2,\"c\":5}"),
    DUPLICATE("empty key", "{\"\":1,\"\":2}", 6, "{\"\":1}"),
    DUPLICATE("object left out", "{\"a\":1,\"a\":{\"x\":[1,2,{\"y\":3}]},\"b\":2}", 7, "{\"a\":1,\"b\":2}"),
    DUPLICATE("array left out", "{\"a\":1,\"a\":[[],[1]],\"b\":2}", 7, "{\"a\":1,\"b\":2}"),
    DUPLICATE("object stays", "{\"a\":{\"x\":1},\"a\":2}", 13, "{\"a\":{\"x\":1}}"),
    DUPLICATE("inside", "{\"o\":{\"a\":1,\"a\":2},\"a\":3}", 12, "{\"o\":{\"a\":1},\"a\":3}"),
    DUPLICATE("in an array", "[{\"a\":1,\"a\":2},{\"a\":3}]", 8, "[{\"a\":1},{\"a\":3}]"),
    DUPLICATE("deep in what is left out", "{\"a\":1,\"a\":{\"b\":1,\"b\":{\"c\":1,\"c\":2}},\"d\":{\"b\":1,\"c\":2}}", 7, "{\"a\":1,\"d\":{\"b\":1,\"c\":2}}"),
    DUPLICATE("what was left out is forgotten", "{\"a\":1,\"a\":{\"x\":1,\"y\":2},\"o\":{\"x\":3,\"y\":4}}", 7, "{\"a\":1,\"o\":{\"x\":3,\"y\":4}}"),
    DUPLICATE("one escaped", "{\"a\":1,\"\\u0061\":2}", 7, "{\"a\":1}"),
    DUPLICATE("first escaped", "{\"\\u0061\":1,\"a\":2}", 12, "{\"\\u0061\":1}"),
    DUPLICATE("both escaped, otherwise", "{\"\\n\":1,\"\\u000a\":2}", 8, "{\"\\n\":1}"),
    DUPLICATE("slash escaped", "{\"a/b\":1,\"a\\/b\":2}", 9, "{\"a/b\":1}"),
    DUPLICATE("pair and character", "{\"\xF0\x9F\x98\x80\":1,\"\\ud83d\\ude00\":2}", 10, "{\"\xF0\x9F\x98\x80\":1}"),
    DUPLICATE("Chinese", "{\"\xE4\xB8\xAD\":1,\"\xE4\xB8\xAD\":2}", 9, "{\"\xE4\xB8\xAD\":1}"),
    DUPLICATE("17 bytes", "{\"0123456789abcdef0\":1,\"0123456789abcdef0\":2}", 23, "{\"0123456789abcdef0\":1}"),
    DUPLICATE("70 bytes", "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1,\"0123456789012345678901234567890123456789012345678901234567890123456789\":2}", 76, "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1}"),
    DUPLICATE("behind a nested object", "{\"a\":1,\"o\":{\"a\":2},\"a\":3}", 19, "{\"a\":1,\"o\":{\"a\":2}}"),
    DUPLICATE("space around", "{ \"a\" : 1 , \"a\" : 2 , \"b\" : 3 }", 12, "{\"a\":1,\"b\":3}"),
    DUPLICATE("big number left out", "{\"a\":1,\"a\":1e999}", 7, "{\"a\":1}"),
    DUPLICATE("bad text left out", "{\"a\":1,\"a\":\"\xFF\"}", 7, "{\"a\":1}"),
};

static const struct reader_case big_numbers[] = {
    BIG("2^53", "[9007199254740992]", 1, "[\"9007199254740992\"]"),
    BIG("-2^53", "[-9007199254740992]", 1, "[\"-9007199254740992\"]"),
    BIG("17 digits", "[10000000000000000]", 1, "[\"10000000000000000\"]"),
    BIG("2^63", "[9223372036854775808]", 1, "[\"9223372036854775808\"]"),
    BIG("2^64", "{\"a\":18446744073709551616}", 5, "{\"a\":\"18446744073709551616\"}"),
    BIG("40 digits", "[1234567890123456789012345678901234567890]", 1, "[\"1234567890123456789012345678901234567890\"]"),
    BIG("root", "9007199254740992", 0, "\"9007199254740992\""),
    BIG("two", "[9007199254740993,1,-9007199254740993]", 1, "[\"9007199254740993\",1,\"-9007199254740993\"]"),
    BIG("1e400", "[1e400]", 1, "[\"1e400\"]"),
    BIG("-1e309", "[-1e309]", 1, "[\"-1e309\"]"),
    BIG("1e309", "[1e309]", 1, "[\"1e309\"]"),
    BIG("infinity begins", "[1.797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548458177115317644757302700698555713669596228429148198608349364752927190741684443655107043427115596995080930428800e308]", 1, "[\"1.797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548458177115317644757302700698555713669596228429148198608349364752927190741684443655107043427115596995080930428800e308\"]"),
    BIG("1.8e308", "[1.8e308]", 1, "[\"1.8e308\"]"),
    BIG("huge exponent", "[1e99999999999999999999999]", 1, "[\"1e99999999999999999999999\"]"),
    BIG("moved left", "[0.001e312]", 1, "[\"0.001e312\"]"),
    BIG("many digits and exponent", "[179769313486231590000000000e282]", 1, "[\"179769313486231590000000000e282\"]"),
};

static const struct reader_case bytes[] = {
    TEXT("stray continuation", "[\"a\x80" "b\"]", 3, "[\"a" FFFD "b\"]"),
    TEXT("three continuations", "[\"\x80\x81\xBF\"]", 2, "[\"" FFFD FFFD FFFD "\"]"),
    TEXT("lead without tail", "[\"\xC3\"]", 2, "[\"" FFFD "\"]"),
    TEXT("lead and ASCII", "[\"\xC3" "a\"]", 2, "[\"" FFFD "a\"]"),
    TEXT("three-byte cut by one", "[\"\xE4\xB8\"]", 2, "[\"" FFFD "\"]"),
    TEXT("three-byte cut by two", "[\"\xE4\"]", 2, "[\"" FFFD "\"]"),
    TEXT("four-byte cut by one", "[\"\xF0\x9F\x98\"]", 2, "[\"" FFFD "\"]"),
    TEXT("overlong two", "[\"\xC0\xAF\"]", 2, "[\"" FFFD FFFD "\"]"),
    TEXT("overlong NUL", "[\"\xC0\x80\"]", 2, "[\"" FFFD FFFD "\"]"),
    TEXT("overlong three", "[\"\xE0\x80\xAF\"]", 2, "[\"" FFFD FFFD FFFD "\"]"),
    TEXT("overlong four", "[\"\xF0\x80\x80\xAF\"]", 2, "[\"" FFFD FFFD FFFD FFFD "\"]"),
    TEXT("surrogate in UTF-8", "[\"\xED\xA0\x80\"]", 2, "[\"" FFFD FFFD FFFD "\"]"),
    TEXT("pair in UTF-8", "[\"\xED\xA0\xBD\xED\xB8\x80\"]", 2, "[\"" FFFD FFFD FFFD FFFD FFFD FFFD "\"]"),
    TEXT("above U+10FFFF", "[\"\xF4\x90\x80\x80\"]", 2, "[\"" FFFD FFFD FFFD FFFD "\"]"),
    TEXT("five-byte form", "[\"\xF8\x88\x80\x80\x80\"]", 2, "[\"" FFFD FFFD FFFD FFFD FFFD "\"]"),
    TEXT("FE FF", "[\"\xFE\xFF\"]", 2, "[\"" FFFD FFFD "\"]"),
    TEXT("Latin-1", "[\"caf\xE9\"]", 5, "[\"caf" FFFD "\"]"),
    TEXT("GBK", "[\"\xD6\xD0\xCE\xC4\"]", 2, "[\"" FFFD FFFD FFFD FFFD "\"]"),
    TEXT("bad then good", "[\"\xFF\xE4\xB8\xAD\"]", 2, "[\"" FFFD "\xE4\xB8\xAD\"]"),
    TEXT("good then bad", "[\"\xE4\xB8\xAD\xFF\"]", 5, "[\"\xE4\xB8\xAD" FFFD "\"]"),
    TEXT("far behind", "[\"0123456789012345678901234567890123456789012345678901234567890123456789\xFF\"]", 72, "[\"0123456789012345678901234567890123456789012345678901234567890123456789" FFFD "\"]"),
    TEXT("in a key", "{\"a\xFF\":1}", 3, "{\"a" FFFD "\":1}"),
    TEXT("root string", "\"\xFF\"", 1, "\"" FFFD "\""),
    TEXT("cut character before the quote and an escape", "[\"\xE4\xB8\\n\"]", 2, "[\"" FFFD "\\n\"]"),
    TEXT("mark first", "\xEF\xBB\xBF{\"a\":1}", 0, "{\"a\":1}"),
    TEXT("mark before a number", "\xEF\xBB\xBF" "1", 0, "1"),
    TEXT("mark and spaces", "\xEF\xBB\xBF [] ", 0, "[]"),
    REPAIR("two bad keys become one", "{\"\xFE\":1,\"\xFF\":2}", ERR_SYNTAX, 2, TAPE_REPAIRED | TAPE_DUPLICATE, "{\"" FFFD "\":1}"),
};

static const struct reader_case controls[] = {
    TEXT("tab", "[\"a\tb\"]", 3, "[\"a\\tb\"]"),
    TEXT("newline", "[\"a\nb\"]", 3, "[\"a\\nb\"]"),
    TEXT("carriage return", "[\"a\rb\"]", 3, "[\"a\\rb\"]"),
    TEXT("backspace", "[\"\b\"]", 2, "[\"\\b\"]"),
    TEXT("form feed", "[\"\f\"]", 2, "[\"\\f\"]"),
    TEXT("NUL", "[\"a\0b\"]", 3, "[\"a\\u0000b\"]"),
    TEXT("01", "[\"\x01\"]", 2, "[\"\\u0001\"]"),
    TEXT("1F", "[\"\x1F\"]", 2, "[\"\\u001f\"]"),
    TEXT("escape character", "[\"\x1B[31m\"]", 2, "[\"\\u001b[31m\"]"),
    TEXT("in a key", "{\"a\tb\":1}", 3, "{\"a\\tb\":1}"),
    TEXT("behind a good escape", "[\"\\n\t\"]", 4, "[\"\\n\\t\"]"),
    TEXT("before a good escape", "[\"\t\\u0041\\\"\"]", 2, "[\"\\t\\u0041\\\"\"]"),
    TEXT("all in one", "[\"\x01\xFF\\q\\ud800\"]", 2, "[\"\\u0001" FFFD "\\\\q" FFFD "\"]"),
};

static const struct reader_case escapes[] = {
    TEXT("x", "[\"\\x41\"]", 2, "[\"\\\\x41\"]"),
    TEXT("a", "[\"\\a\"]", 2, "[\"\\\\a\"]"),
    TEXT("zero", "[\"\\0\"]", 2, "[\"\\\\0\"]"),
    TEXT("single quote", "[\"\\'\"]", 2, "[\"\\\\'\"]"),
    TEXT("capital U", "[\"\\U0041\"]", 2, "[\"\\\\U0041\"]"),
    TEXT("capital N", "[\"\\N\"]", 2, "[\"\\\\N\"]"),
    TEXT("space", "[\"\\ \"]", 2, "[\"\\\\ \"]"),
    TEXT("path", "[\"C:\\Users\\x\"]", 4, "[\"C:\\\\Users\\\\x\"]"),
    TEXT("regular expression", "[\"\\d+\\.\\w\"]", 2, "[\"\\\\d+\\\\.\\\\w\"]"),
    TEXT("newline behind a backslash", "[\"\\\n\"]", 2, "[\"\\\\\\n\"]"),
    TEXT("high byte behind a backslash", "[\"\\\xFF\"]", 2, "[\"\\\\" FFFD "\"]"),
    TEXT("Chinese behind a backslash", "[\"\\\xE4\xB8\xAD\"]", 2, "[\"\\\\\xE4\xB8\xAD\"]"),
    TEXT("u without digits", "[\"\\u\"]", 2, "[\"\\\\u\"]"),
    TEXT("u with one digit", "[\"\\u1\"]", 2, "[\"\\\\u1\"]"),
    TEXT("u with three digits", "[\"\\u004\"]", 2, "[\"\\\\u004\"]"),
    TEXT("u with a bad digit", "[\"\\u00g1\"]", 2, "[\"\\\\u00g1\"]"),
    TEXT("u with a plus", "[\"\\u+041\"]", 2, "[\"\\\\u+041\"]"),
    TEXT("u with a space", "[\"\\u 041\"]", 2, "[\"\\\\u 041\"]"),
    TEXT("u with braces", "[\"\\u{41}\"]", 2, "[\"\\\\u{41}\"]"),
    TEXT("u cut by the quote", "[\"\\u00\",1]", 2, "[\"\\\\u00\",1]"),
    TEXT("digits around the letters", "[\"\\u00:0\\u00@0\\u00`0\\u00/0\"]", 2, "[\"\\\\u00:0\\\\u00@0\\\\u00`0\\\\u00/0\"]"),
    TEXT("in a key", "{\"\\x\":1}", 2, "{\"\\\\x\":1}"),
    TEXT("lone high", "[\"\\ud800\"]", 2, "[\"" FFFD "\"]"),
    TEXT("lone high and text", "[\"\\ud800abc\"]", 2, "[\"" FFFD "abc\"]"),
    TEXT("lone low", "[\"\\udc00\"]", 2, "[\"" FFFD "\"]"),
    TEXT("low then high", "[\"\\udc00\\ud800\"]", 2, "[\"" FFFD FFFD "\"]"),
    TEXT("high high low", "[\"\\ud800\\ud800\\udc00\"]", 2, "[\"" FFFD "\\ud800\\udc00\"]"),
    TEXT("high and other escape", "[\"\\ud800\\n\"]", 2, "[\"" FFFD "\\n\"]"),
    TEXT("high and u0041", "[\"\\ud800\\u0041\"]", 2, "[\"" FFFD "\\u0041\"]"),
    TEXT("high and half an escape", "[\"\\ud800\\udc\"]", 2, "[\"" FFFD "\\\\udc\"]"),
    TEXT("high and bad digits", "[\"\\ud800\\udcgg\"]", 2, "[\"" FFFD "\\\\udcgg\"]"),
    TEXT("lone in a key", "{\"\\udfff\":1}", 2, "{\"" FFFD "\":1}"),
    TEXT("NUL in a key", "{\"a\\u0000b\":1}", 3, "{\"a" FFFD "b\":1}"),
    TEXT("raw NUL in a key", "{\"a\0b\":1}", 3, "{\"a" FFFD "b\":1}"),
    REPAIR("NUL keys that become one", "{\"\\u0000\":1,\"" FFFD "\":2}", ERR_SYNTAX, 2, TAPE_REPAIRED | TAPE_DUPLICATE, "{\"" FFFD "\":1}"),
};

static const struct reader_case depths[] = {
    REPAIR("33 arrays", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", ERR_LIMIT, 32, TAPE_CUT, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[null]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    REPAIR("33 with content", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1,\"]\\\"\",{\"a\":[]}],2]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", ERR_LIMIT, 32, TAPE_CUT, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[null,2]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    {"33, cut one broken", LIT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), ERR_LIMIT, ERR_SYNTAX, 0, {NULL, 0}, 32},
    {"33, not closed", LIT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]"), ERR_LIMIT, ERR_SYNTAX, 0, {NULL, 0}, 32},
    {"33, string open", LIT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"]"), ERR_LIMIT, ERR_SYNTAX, 0, {NULL, 0}, 32},
};
/* clang-format on */

#define TEST(table)                                                            \
    static void test_##table(void **state)                                     \
    {                                                                          \
        (void)state;                                                           \
        judge_all(table, sizeof table / sizeof(table)[0]);                     \
    }

TEST(duplicates)
TEST(big_numbers)
TEST(bytes)
TEST(controls)
TEST(escapes)
TEST(depths)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_duplicates), cmocka_unit_test(test_big_numbers),
        cmocka_unit_test(test_bytes),      cmocka_unit_test(test_controls),
        cmocka_unit_test(test_escapes),    cmocka_unit_test(test_depths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
