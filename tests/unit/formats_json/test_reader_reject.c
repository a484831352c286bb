/* SPDX-License-Identifier: Apache-2.0 */
/* What both modes must refuse, with the offset of the fault: bytes that have no
 * JSON structure. */
#include "tests/unit/formats_json/reader_case.h"

#define SYNTAX(name, in, offset) REJECT(name, in, ERR_SYNTAX, offset)

/* clang-format off */
static const struct reader_case structures[] = {
    SYNTAX("nothing", "", 0),
    SYNTAX("only spaces", "  \n\t", 0),
    SYNTAX("NUL", "\0", 0),
    SYNTAX("NUL behind", "{}\0", 2),
    SYNTAX("NUL between", "[1,\0]", 3),
    SYNTAX("NUL for a comma", "[1\0002]", 2),
    SYNTAX("open array", "[", 1),
    SYNTAX("open object", "{", 1),
    SYNTAX("close array", "]", 0),
    SYNTAX("close object", "}", 0),
    SYNTAX("comma", ",", 0),
    SYNTAX("colon", ":", 0),
    SYNTAX("array closed as object", "[}", 1),
    SYNTAX("object closed as array", "{]", 1),
    SYNTAX("array member closed as object", "[1}", 2),
    SYNTAX("object member closed as array", "{\"a\":1]", 6),
    SYNTAX("wrong order of closing", "[{\"a\":[1}]]", 8),
    SYNTAX("array too often closed", "[]]", 2),
    SYNTAX("object too often closed", "{}}", 2),
    SYNTAX("nested too often closed", "[[]]]", 4),
    SYNTAX("inner closed, outer open", "[[1]", 4),
    SYNTAX("inner object closed, outer open", "{\"a\":{}", 7),
    SYNTAX("three open", "[[[", 3),
    SYNTAX("comma before close", "[1,]", 3),
    SYNTAX("comma before close of object", "{\"a\":1,}", 7),
    SYNTAX("only a comma", "[,]", 1),
    SYNTAX("comma first", "[,1]", 1),
    SYNTAX("two commas", "[1,,2]", 3),
    SYNTAX("two commas in object", "{\"a\":1,,\"b\":2}", 7),
    SYNTAX("only a comma in object", "{,}", 1),
    SYNTAX("no comma", "[1 2]", 3),
    SYNTAX("no comma between strings", "[\"a\" \"b\"]", 5),
    SYNTAX("no comma between containers", "[[][]]", 3),
    SYNTAX("no comma in object", "{\"a\":1 \"b\":2}", 7),
    SYNTAX("no colon", "{\"a\" 1}", 5),
    SYNTAX("no value", "{\"a\"}", 4),
    SYNTAX("no value behind the colon", "{\"a\":}", 5),
    SYNTAX("no value before the comma", "{\"a\":,\"b\":1}", 5),
    SYNTAX("two colons", "{\"a\"::1}", 5),
    SYNTAX("comma for a colon", "{\"a\",1}", 4),
    SYNTAX("colon in array", "[1:2]", 2),
    SYNTAX("colon at root", "\"a\":1", 3),
    SYNTAX("key without quotes", "{a:1}", 1),
    SYNTAX("key in single quotes", "{'a':1}", 1),
    SYNTAX("number as key", "{1:1}", 1),
    SYNTAX("null as key", "{null:1}", 1),
    SYNTAX("object as key", "{{}:1}", 1),
    SYNTAX("array as key", "{[]:1}", 1),
    SYNTAX("value for a member", "{\"a\":1,2}", 7),
    SYNTAX("two values", "1 2", 2),
    SYNTAX("two objects", "{} {}", 3),
    SYNTAX("two objects on two lines", "{}\n{}", 3),
    SYNTAX("text behind", "[1]x", 3),
    SYNTAX("comma behind", "[1],", 3),
    SYNTAX("string behind", "{}\"a\"", 2),
    SYNTAX("bracket behind a word", "true]", 4),
    SYNTAX("bracket behind a number", "1]", 1),
    SYNTAX("bracket behind a string", "\"a\"]", 3),
    SYNTAX("line comment", "[1]//x", 3),
    SYNTAX("line comment inside", "[1,//x\n2]", 3),
    SYNTAX("block comment", "/*x*/[]", 0),
    SYNTAX("block comment inside", "[1/**/]", 2),
    SYNTAX("hash comment", "#x\n[]", 0),
    SYNTAX("three dots", "[1,...]", 3),
    SYNTAX("star", "*", 0),
    SYNTAX("angle brackets", "<null>", 0),
    SYNTAX("parentheses", "(1)", 0),
    SYNTAX("xml", "<?xml version=\"1.0\"?>", 0),
    SYNTAX("cef", "CEF:0|a|b|c|d|e|5|", 0),
    SYNTAX("binary", "\x7F\x45LF\x02\x01\x01", 0),
    SYNTAX("high bytes", "\x80\x81\x82", 0),
    SYNTAX("high byte between", "[1,\xC3\xA9]", 3),
    SYNTAX("vertical tab", "[1,\x0B" "2]", 3),
    SYNTAX("form feed", "\x0C[]", 0),
    SYNTAX("form feed behind", "[]\x0C", 2),
    SYNTAX("delete", "[\x7F]", 1),
    SYNTAX("no-break space", "[\xC2\xA0" "1]", 1),
    SYNTAX("ideographic space", "\xE3\x80\x80[]", 0),
    SYNTAX("mark in the middle", "[\xEF\xBB\xBF]", 1),
    SYNTAX("mark behind", "[]\xEF\xBB\xBF", 2),
    SYNTAX("half a mark", "\xEF\xBB[]", 0),
    SYNTAX("utf-16 little endian", "[\0]\0", 1),
    SYNTAX("utf-16 with mark", "\xFF\xFE[\0]\0", 0),
    SYNTAX("backslash", "[\\n]", 1),
    SYNTAX("escaped quote as key", "{\\\"a\":1}", 1),
};

static const struct reader_case words[] = {
    SYNTAX("t", "t", 0),
    SYNTAX("tru", "tru", 0),
    SYNTAX("tru in array", "[tru]", 1),
    SYNTAX("truE", "[truE]", 1),
    SYNTAX("True", "[True]", 1),
    SYNTAX("TRUE", "TRUE", 0),
    SYNTAX("truex", "[truex]", 5),
    SYNTAX("true true", "[true true]", 6),
    SYNTAX("truefalse", "[truefalse]", 5),
    SYNTAX("fals", "[fals]", 1),
    SYNTAX("fals at the end", "fals", 0),
    SYNTAX("falsey", "falsey", 5),
    SYNTAX("nul", "[nul]", 1),
    SYNTAX("nul at the end", "nul", 0),
    SYNTAX("nulls", "[nulls]", 5),
    SYNTAX("None", "[None]", 1),
    SYNTAX("nil", "nil", 0),
    SYNTAX("undefined", "[undefined]", 1),
    SYNTAX("NaN", "[NaN]", 1),
    SYNTAX("nan", "[nan]", 1),
    SYNTAX("minus NaN", "[-NaN]", 2),
    SYNTAX("Infinity", "[Infinity]", 1),
    SYNTAX("minus Infinity", "[-Infinity]", 2),
    SYNTAX("inf", "inf", 0),
    SYNTAX("word without quotes", "[hello]", 1),
    SYNTAX("word for a value", "{\"a\":b}", 5),
    SYNTAX("full-width digit", "[\xEF\xBC\x91]", 1),
};

static const struct reader_case numbers[] = {
    SYNTAX("minus", "-", 1),
    SYNTAX("minus in array", "[-]", 2),
    SYNTAX("minus space", "[- 1]", 2),
    SYNTAX("two minus", "[--1]", 2),
    SYNTAX("plus", "[+1]", 1),
    SYNTAX("plus root", "+1", 0),
    SYNTAX("minus plus", "[-+1]", 2),
    SYNTAX("leading zero", "[01]", 1),
    SYNTAX("leading zero root", "01", 0),
    SYNTAX("leading zeros", "[00]", 1),
    SYNTAX("leading zero negative", "[-01]", 2),
    SYNTAX("leading zero of a fraction", "[00.5]", 1),
    SYNTAX("leading zero, many digits", "[0123456789012345]", 1),
    SYNTAX("point first", "[.5]", 1),
    SYNTAX("minus point", "[-.5]", 2),
    SYNTAX("point last", "[1.]", 3),
    SYNTAX("point last root", "1.", 2),
    SYNTAX("point and comma", "[0.,1]", 3),
    SYNTAX("point exponent", "[1.e5]", 3),
    SYNTAX("two points", "[1.2.3]", 4),
    SYNTAX("address", "[10.0.0.1]", 5),
    SYNTAX("exponent without digits", "[1e]", 3),
    SYNTAX("exponent without digits root", "1e", 2),
    SYNTAX("exponent plus", "[1e+]", 4),
    SYNTAX("exponent minus root", "1e-", 3),
    SYNTAX("exponent first", "[e5]", 1),
    SYNTAX("exponent twice", "[1e5e5]", 4),
    SYNTAX("exponent with point", "[1e1.5]", 4),
    SYNTAX("exponent two signs", "[1e+-5]", 4),
    SYNTAX("hexadecimal", "[0x1F]", 2),
    SYNTAX("octal", "[0o17]", 2),
    SYNTAX("binary number", "[0b1]", 2),
    SYNTAX("suffix", "[1L]", 2),
    SYNTAX("letter in number", "[1a2]", 2),
    SYNTAX("space in number", "[1 000]", 3),
    SYNTAX("comma as point", "{\"a\":1,5}", 7),
    SYNTAX("underscore", "[1_000]", 2),
    SYNTAX("minus behind", "[1-]", 2),
    SYNTAX("minus inside", "[1-2]", 2),
    SYNTAX("date", "[2026-11-22]", 5),
    SYNTAX("NUL in number", "[1\0]", 2),
    SYNTAX("high byte in number", "[1\xE9]", 2),
    SYNTAX("bare point", "[.]", 1),
    SYNTAX("arabic digit", "[\xD9\xA1]", 1),
};

static const struct reader_case strings[] = {
    SYNTAX("quote", "\"", 0),
    SYNTAX("no end", "\"abc", 0),
    SYNTAX("no end in array", "[\"abc", 1),
    SYNTAX("no end, bracket inside", "[\"abc]", 1),
    SYNTAX("no end, long", "[\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]", 1),
    SYNTAX("no end of key", "{\"a", 1),
    SYNTAX("no end of key, bracket", "{\"a:1}", 1),
    SYNTAX("escaped end", "[\"abc\\\"]", 1),
    SYNTAX("escaped end of root", "\"abc\\\"", 0),
    SYNTAX("single quotes", "['a']", 1),
    SYNTAX("single quotes root", "'a'", 0),
    SYNTAX("backquotes", "[`a`]", 1),
    SYNTAX("curly quotes", "[\xE2\x80\x9C" "a\xE2\x80\x9D]", 1),
    SYNTAX("closed twice", "[\"a\"\"]", 4),
    SYNTAX("text behind", "[\"a\"b]", 4),
};
/* clang-format on */

/* A string without an end may hold other faults that strict sees first. */
static const struct reader_case ends[] = {
    REJECT("ends in backslash", "[\"abc\\", ERR_SYNTAX, -1),
    REJECT("high byte at the end", "[\"a\xE4", ERR_SYNTAX, -1),
    REJECT("half an escape", "[\"\\u00", ERR_SYNTAX, -1),
    REJECT("half a pair", "[\"\\ud83d\\ude", ERR_SYNTAX, -1),
    REJECT("half a pair and end", "\"\\ud83d", ERR_SYNTAX, -1),
    REJECT("control and no end", "[\"\x01", ERR_SYNTAX, -1),
    REJECT("bad byte and no end", "[\"\xFF]", ERR_SYNTAX, -1),
};

#define TEST(table)                                                            \
    static void test_##table(void **state)                                     \
    {                                                                          \
        (void)state;                                                           \
        judge_all(table, sizeof table / sizeof(table)[0]);                     \
    }

TEST(structures)
TEST(words)
TEST(numbers)
TEST(strings)
TEST(ends)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structures), cmocka_unit_test(test_words),
        cmocka_unit_test(test_numbers),    cmocka_unit_test(test_strings),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
