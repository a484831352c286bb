/* SPDX-License-Identifier: Apache-2.0 */
/* What both modes of the reader must accept without a repair, and how it is
 * written again. */
#include "tests/unit/formats_json/reader_case.h"

/* clang-format off */
static const struct reader_case structures[] = {
    ACCEPT("empty object", "{}"),
    ACCEPT("empty array", "[]"),
    ACCEPT("one member", "{\"a\":1}"),
    ACCEPT("two members", "{\"a\":1,\"b\":2}"),
    ACCEPT("one element", "[1]"),
    ACCEPT("three elements", "[1,2,3]"),
    ACCEPT("array in array", "[[],[[]],[]]"),
    ACCEPT("object in object", "{\"a\":{\"b\":{}}}"),
    ACCEPT("array in object", "{\"a\":[1,{\"b\":[]}],\"c\":[]}"),
    ACCEPT("objects in array", "[{\"a\":1},{\"a\":2},{}]"),
    ACCEPT("same key in sibling objects", "{\"a\":{\"k\":1},\"b\":{\"k\":2},\"k\":3}"),
    ACCEPT("same key inside and outside", "{\"k\":{\"k\":{\"k\":1}}}"),
    ACCEPT("key after nested object", "{\"a\":{\"x\":1},\"x\":2}"),
    ACCEPT("empty key", "{\"\":0}"),
    ACCEPT("empty key and space key", "{\"\":0,\" \":1}"),
    ACCEPT("keys differ in case", "{\"a\":1,\"A\":2}"),
    ACCEPT("keys that are prefixes", "{\"a\":1,\"aa\":2,\"aaa\":3}"),
    ACCEPT("keys differ in the last byte", "{\"0123456789abcdef0\":1,\"0123456789abcdef1\":2}"),
    ACCEPT("keys of many lengths", "{\"a\":0,\"ab\":0,\"abc\":0,\"abcd\":0,\"abcde\":0,\"abcdef\":0,\"abcdefg\":0,\"abcdefgh\":0,\"abcdefghi\":0,\"abcdefghij\":0,\"abcdefghijk\":0,\"abcdefghijkl\":0,\"abcdefghijklm\":0,\"abcdefghijklmn\":0,\"abcdefghijklmno\":0,\"abcdefghijklmnop\":0,\"abcdefghijklmnopq\":0}"),
    ACCEPT("key looks like a number", "{\"1\":1,\"01\":2}"),
    ACCEPT("depth 32", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    ACCEPT("depth 32 objects", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}"),
    ACCEPT("brackets in strings", "[\"[{\",\"]}\",\",\",\":\"]"),
    ACCEPT("true", "true"),
    ACCEPT("false", "false"),
    ACCEPT("null", "null"),
    ACCEPT("words in array", "[true,false,null]"),
    ACCEPT("words in object", "{\"a\":true,\"b\":false,\"c\":null}"),
    ACCEPT("root string", "\"abc\""),
    ACCEPT("root empty string", "\"\""),
    ACCEPT("root number", "42"),
    ACCEPT("root negative", "-1"),
    ACCEPT("root zero", "0"),
    ACCEPT("root fraction", "0.5"),
    ACCEPT("root escaped string", "\"\\n\""),
    ACCEPT("root string ends in bracket", "\"]\""),
    ACCEPT("mixed", "{\"a\":[true,{\"b\":null}],\"c\":\"d\",\"e\":-0.5e-3}"),
};

static const struct reader_case spaces[] = {
    ACCEPT_AS("space in empty object", "{ }", "{}"),
    ACCEPT_AS("space in empty array", "[ ]", "[]"),
    ACCEPT_AS("all four spaces", " \t\r\n[\t1\r,\n2 ]\n ", "[1,2]"),
    ACCEPT_AS("around colon", "{\"a\" : 1 , \"b\"\t:\n2}", "{\"a\":1,\"b\":2}"),
    ACCEPT_AS("before close", "[1 ,2\n]", "[1,2]"),
    ACCEPT_AS("pretty", "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ]\n}\n", "{\"a\":[1,{\"b\":null}]}"),
    ACCEPT_AS("crlf behind", "{}\r\n", "{}"),
    ACCEPT_AS("newline behind number", "7\n", "7"),
    ACCEPT_AS("space before word", " true", "true"),
    ACCEPT_AS("space behind word", "null ", "null"),
    ACCEPT_AS("around string", " \"a\" ", "\"a\""),
    ACCEPT_AS("after number", "[1 ]", "[1]"),
    ACCEPT_AS("after string", "[\"a\" ]", "[\"a\"]"),
    ACCEPT_AS("after word", "[true ]", "[true]"),
    ACCEPT_AS("between brackets", "[ [ ] , { } ]", "[[],{}]"),
    ACCEPT_AS("many", "                                                                    [                                                                  1                                                            ]", "[1]"),
};

static const struct reader_case numbers[] = {
    ACCEPT("zero", "[0]"),
    ACCEPT("minus zero", "[-0]"),
    ACCEPT("digits", "[1,12,123,1234,12345,123456,1234567,12345678,123456789]"),
    ACCEPT("15 digits", "[999999999999999]"),
    ACCEPT("16 digits inside", "[1000000000000000]"),
    ACCEPT("2^53-1", "[9007199254740991]"),
    ACCEPT("-(2^53-1)", "[-9007199254740991]"),
    ACCEPT("2^53 with a fraction", "[9007199254740992.0]"),
    ACCEPT("20 digits with an exponent", "[12345678901234567890e0]"),
    ACCEPT("fraction", "[0.5,-0.5,12.25,0.0,-0.0]"),
    ACCEPT("long fraction", "[3.14159265358979323846264338327950288419716939937510582097494459]"),
    ACCEPT("exponents", "[1e1,1E1,1e+1,1e-1,1.5E+10,0e0,-0e-0]"),
    ACCEPT("leading zeros of an exponent", "[1e01,1e-007,1e+00000000000000000001]"),
    ACCEPT("largest double", "[1.7976931348623157e308]"),
    ACCEPT("negative largest double", "[-1.7976931348623157e308]"),
    ACCEPT("rounds to the largest double", "[1.7976931348623158e308]"),
    ACCEPT("just below infinity", "[179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042879.9]"),
    ACCEPT("largest double moved", "[0.00017976931348623157e312]"),
    ACCEPT("largest double moved left", "[17976931348623157e292]"),
    ACCEPT("smallest double", "[5e-324]"),
    ACCEPT("underflow", "[1e-400,1e-99999999999999999999]"),
    ACCEPT("zero with a huge exponent", "[0e999999999999999999999,0.000e400]"),
    ACCEPT("400 zeros behind the point", "[0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001e400]"),
    ACCEPT("70 digits and an exponent", "[1234567890123456789012345678901234567890123456789012345678901234567890e-60]"),
    ACCEPT("number as value", "{\"a\":1,\"b\":-2.5e3,\"c\":0}"),
    ACCEPT_AS("number then space", "{\"a\":1 ,\"b\":10\n}", "{\"a\":1,\"b\":10}"),
    ACCEPT("root 2^53-1", "9007199254740991"),
    ACCEPT("root exponent", "1e5"),
    ACCEPT("root fraction and exponent", "-12.5E-3"),
};

static const struct reader_case strings[] = {
    ACCEPT("empty", "[\"\"]"),
    ACCEPT("ascii", "[\" !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~\"]"),
    ACCEPT("delete is no control of JSON", "[\"\x7F\"]"),
    ACCEPT("simple escapes", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    ACCEPT("escaped quote at the end", "[\"a\\\"\"]"),
    ACCEPT("escaped backslash at the end", "[\"a\\\\\"]"),
    ACCEPT("backslashes and quote", "[\"\\\\\\\"\\\\\"]"),
    ACCEPT("unicode escape", "[\"\\u0041\\u00e9\\u4e2d\"]"),
    ACCEPT("unicode escape upper and lower", "[\"\\uABCD\\uabcd\\uAbCd\"]"),
    ACCEPT("escaped control", "[\"\\u0001\\u001f\\u007f\"]"),
    ACCEPT("escaped NUL in a value", "[\"a\\u0000b\"]"),
    ACCEPT("surrogate pair", "[\"\\ud83d\\ude00\"]"),
    ACCEPT("first and last pair", "[\"\\ud800\\udc00\\udbff\\udfff\"]"),
    ACCEPT("pair upper case", "[\"\\uD834\\uDD1E\"]"),
    ACCEPT("escaped noncharacter", "[\"\\ufffe\\uffff\\ufdd0\"]"),
    ACCEPT("escaped replacement character", "[\"\\ufffd\"]"),
    ACCEPT("two bytes", "[\"\xC2\x80\xC3\xA9\xDF\xBF\"]"),
    ACCEPT("three bytes", "[\"\xE0\xA0\x80\xE4\xB8\xAD\xEF\xBF\xBD\"]"),
    ACCEPT("around the surrogates", "[\"\xED\x9F\xBF\xEE\x80\x80\"]"),
    ACCEPT("four bytes", "[\"\xF0\x90\x80\x80\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF\"]"),
    ACCEPT("noncharacters", "[\"\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xB7\x90\"]"),
    ACCEPT("byte order mark inside a string", "[\"\xEF\xBB\xBF\"]"),
    ACCEPT("line and paragraph separator", "[\"\xE2\x80\xA8\xE2\x80\xA9\"]"),
    ACCEPT("C1 controls", "[\"\xC2\x85\xC2\x9F\"]"),
    ACCEPT("Chinese", "{\"\xE6\xBA\x90\xE5\x9C\xB0\xE5\x9D\x80\":\"\xE6\x81\xB6\xE6\x84\x8F\xE4\xBB\xA3\xE7\xA0\x81\"}"),
    ACCEPT("Chinese and ASCII mixed", "[\"\xE6\xA3\x80\xE6\xB5\x8B\xE5\x88\xB0 SQL \xE6\xB3\xA8\xE5\x85\xA5: id=1' or '1'='1 \xE6\x94\xBB\xE5\x87\xBB\"]"),
    ACCEPT("escape behind Chinese", "[\"\xE4\xB8\xAD\\n\xE6\x96\x87\\u0041\"]"),
    ACCEPT("escaped key", "{\"\\u0061b\":1}"),
    ACCEPT("escaped keys that differ", "{\"\\u0061\":1,\"\\u0062\":2}"),
    ACCEPT("escaped key like an escape's text", "{\"\\\\u0061\":1,\"a\":2}"),
    ACCEPT("key with pair", "{\"\\ud83d\\ude00\":1}"),
    ACCEPT("key with quote", "{\"a\\\"b\":1}"),
    ACCEPT("16 bytes", "[\"0123456789abcdef\"]"),
    ACCEPT("32 bytes", "[\"0123456789abcdef0123456789abcdef\"]"),
    ACCEPT("56 57 58 bytes", "[\"01234567890123456789012345678901234567890123456789abcdef\",\"01234567890123456789012345678901234567890123456789abcdefg\",\"01234567890123456789012345678901234567890123456789abcdefgh\"]"),
    ACCEPT("63 64 65 bytes", "[\"012345678901234567890123456789012345678901234567890123456789abc\",\"012345678901234567890123456789012345678901234567890123456789abcd\",\"012345678901234567890123456789012345678901234567890123456789abcde\"]"),
    ACCEPT("escape behind 60 bytes", "[\"012345678901234567890123456789012345678901234567890123456789\\n012345678901234567890123456789012345678901234567890123456789\"]"),
    ACCEPT("long key", "{\"01234567890123456789012345678901234567890123456789012345678901234567890123456789\":1}"),
    ACCEPT("slashes", "[\"https://example.org/a\\/b\"]"),
    ACCEPT("payload", "[\"GET / HTTP/1.1\\r\\nHost: example.org\\r\\nUser-Agent: \\u003cscript\\u003e\\r\\n\\r\\n\"]"),
};
/* clang-format on */

#define TEST(table)                                                            \
    static void test_##table(void **state)                                     \
    {                                                                          \
        (void)state;                                                           \
        judge_all(table, sizeof table / sizeof(table)[0]);                     \
    }

TEST(structures)
TEST(spaces)
TEST(numbers)
TEST(strings)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structures),
        cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
