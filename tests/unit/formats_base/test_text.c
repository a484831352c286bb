/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, GB 18030, base64, hex and visible text, from buffers of exactly the
 * input's size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/simd.h"
#include "formats/base/text.h"

#define FFFD     "\xEF\xBF\xBD"
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* exact(b): a copy that ends where the memory ends. */
static struct bytes
exact(struct bytes b)
{
    char *copy = malloc(b.len ? b.len : 1);

    assert_non_null(copy);
    if (b.len)
        memcpy(copy, b.data, b.len);
    return bytes_of(copy, b.len);
}

static void
drop(struct bytes b)
{
    free((char *)(uintptr_t)b.data);
}

struct utf8_row {
    const char *in;
    size_t valid;       /* length of the valid prefix */
    const char *repair; /* NULL: as it is */
    size_t repairs;
};

/* The rows of one to six bytes follow the examples of "maximal subpart". */
static const struct utf8_row utf8[] = {
    {"", 0, NULL, 0},
    {"abc", 3, NULL, 0},
    {"\x7F", 1, NULL, 0},
    {"\xC2\x80", 2, NULL, 0},
    {"\xDF\xBF", 2, NULL, 0},
    {"\xE0\xA0\x80", 3, NULL, 0},
    {"\xED\x9F\xBF", 3, NULL, 0},
    {"\xEE\x80\x80", 3, NULL, 0},
    {"\xEF\xBF\xBF", 3, NULL, 0},
    {"\xF0\x90\x80\x80", 4, NULL, 0},
    {"\xF4\x8F\xBF\xBF", 4, NULL, 0},
    {"\xE4\xB8\xAD\xE6\x96\x87", 6, NULL, 0},
    {"a\x80z", 1, "a" FFFD "z", 1},
    {"\xBF", 0, FFFD, 1},
    {"\xC0\x80", 0, FFFD FFFD, 2},
    {"\xC1\xBF", 0, FFFD FFFD, 2},
    {"\xC2", 0, FFFD, 1},
    {"\xC2z", 0, FFFD "z", 1},
    {"\xC2\xC2\x80", 0, FFFD "\xC2\x80", 1},
    {"\xE0\x80\x80", 0, FFFD FFFD FFFD, 3},
    {"\xE0\x9F\xBF", 0, FFFD FFFD FFFD, 3},
    {"\xE0\xA0", 0, FFFD, 1},
    {"\xE4\xB8", 0, FFFD, 1},
    {"\xE4\xB8z", 0, FFFD "z", 1},
    {"\xED\xA0\x80", 0, FFFD FFFD FFFD, 3},
    {"\xED\xBF\xBF", 0, FFFD FFFD FFFD, 3},
    {"\xF0\x8F\xBF\xBF", 0, FFFD FFFD FFFD FFFD, 4},
    {"\xF0\x90\x80", 0, FFFD, 1},
    {"\xF0\x9F\x98z", 0, FFFD "z", 1},
    {"\xF1\x80\x80\xE1\x80\xC2z", 0, FFFD FFFD FFFD "z", 3},
    {"\xF4\x90\x80\x80", 0, FFFD FFFD FFFD FFFD, 4},
    {"\xF5\x80\x80\x80", 0, FFFD FFFD FFFD FFFD, 4},
    {"\xFE\xFF", 0, FFFD FFFD, 2},
    {"0123456789abcdef\xFF", 16, "0123456789abcdef" FFFD, 1},
    {"0123456789abcde\xC3\xA9", 17, NULL, 0},
    {"0123456789abcdef0123456789abcdef0123\xE4\xB8\xAD", 39, NULL, 0},
};

static void
test_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(utf8); i++) {
        const struct utf8_row *row = &utf8[i];
        struct bytes in = exact(bytes_str(row->in));
        struct buf out = {0};

        assert_int_equal(text_utf8_valid(in), row->valid);
        assert_int_equal(text_utf8_repair(&out, in), row->repairs);
        assert_string_equal(buf_cstr(&out),
                            row->repair ? row->repair : row->in);
        assert_int_equal(text_utf8_valid(buf_view(&out)), out.len);
        buf_free(&out);
        drop(in);
    }
}

/* All code points, and all pairs of bytes, against the definition. */
static void
test_utf8_all(void **state)
{
    struct buf out = {0};

    (void)state;
    for (uint32_t cp = 0; cp < 0x110010; cp++) {
        bool scalar = cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF);

        buf_reset(&out);
        text_utf8_put(&out, cp);
        assert_int_equal(text_utf8_char(out.data, out.len), out.len);
        if (!scalar)
            assert_memory_equal(out.data, FFFD, 3);
        for (size_t n = 0; n < out.len; n++)
            assert_int_equal(text_utf8_char(out.data, n), 0);
    }
    for (unsigned i = 0; i < 65536; i++) {
        char pair[2] = {(char)(i >> 8), (char)i};
        unsigned a = i >> 8, b = i & 0xFF;
        size_t want = a < 0x80                                       ? 1
                      : a >= 0xC2 && a <= 0xDF && (b & 0xC0) == 0x80 ? 2
                                                                     : 0;

        assert_int_equal(text_utf8_char(pair, 2), want);
    }
    buf_free(&out);
}

static void
test_utf8_cut(void **state)
{
    struct bytes b = BYTES("a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80");
    static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};

    (void)state;
    for (size_t n = 0; n < COUNT(want); n++)
        assert_int_equal(text_utf8_cut(b, n).len, want[n]);
    assert_int_equal(text_utf8_count(b), 4);
    assert_int_equal(text_utf8_count(BYTES("")), 0);
}

/* ---------------------------------------------------------------- charsets */

static void
test_names(void **state)
{
    static const char *const bad[] = {"",
                                      "utf8",
                                      "UTF-16",
                                      "gb2312",
                                      "gbk//IGNORE",
                                      "GBK//TRANSLIT",
                                      "gb18030 ",
                                      "ISO-2022-CN-EXT",
                                      "utf-8\n"};
    enum text_charset c;

    (void)state;
    assert_true(text_charset_name(BYTES("utf-8"), &c) && c == TEXT_UTF8);
    assert_true(text_charset_name(BYTES("UTF-8"), &c) && c == TEXT_UTF8);
    assert_true(text_charset_name(BYTES("GBK"), &c) && c == TEXT_GBK);
    assert_true(text_charset_name(BYTES("gB18030"), &c) && c == TEXT_GB18030);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(text_charset_name(bytes_str(bad[i]), &c));
    assert_false(text_charset_name(BYTES("gbk\0"), &c));
}

static void
test_decode(void **state)
{
    static const struct {
        enum text_charset from;
        const char *in, *out;
        size_t repairs;
    } row[] = {
        {TEXT_GBK, "", "", 0},
        {TEXT_GBK, "plain ASCII", "plain ASCII", 0},
        {TEXT_GBK, "\xD6\xD0\xCE\xC4", "\xE4\xB8\xAD\xE6\x96\x87", 0},
        {TEXT_GBK, "a\xD6\xD0z", "a\xE4\xB8\xADz", 0},
        {TEXT_GBK, "\xB6\xF1\xD2\xE2\xB4\xFA\xC2\xEB: 1",
         "\xE6\x81\xB6\xE6\x84\x8F\xE4\xBB\xA3\xE7\xA0\x81: 1", 0},
        {TEXT_GBK, "\xD6\xD0\xFF\xCE\xC4", "\xE4\xB8\xAD" FFFD "\xE6\x96\x87",
         1},
        {TEXT_GBK, "\xD6", FFFD, 1},
        {TEXT_GBK, "abc\xD6", "abc" FFFD, 1},
        {TEXT_GBK, "\xFF\xFF", FFFD FFFD, 2},
        {TEXT_GB18030, "\xD6\xD0", "\xE4\xB8\xAD", 0},
        {TEXT_GB18030, "\x95\x32\x82\x36", "\xF0\xA0\x80\x80", 0},
        {TEXT_GB18030, "\x81\x30\x81\x30", "\xC2\x80", 0},
        {TEXT_GB18030, "\x84\x31\xA4\x37", FFFD, 0},
        {TEXT_GB18030, "\x81\x30\x81", FFFD "0" FFFD, 2},
        {TEXT_UTF8, "\xE4\xB8\xAD", "\xE4\xB8\xAD", 0},
        {TEXT_UTF8, "\xD6\xD0", FFFD FFFD, 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct bytes in = exact(bytes_str(row[i].in));
        struct buf out = {0};
        size_t repairs = 99;

        assert_int_equal(text_decode(&out, in, row[i].from, &repairs), ERR_OK);
        assert_string_equal(buf_cstr(&out), row[i].out);
        assert_int_equal(repairs, row[i].repairs);
        buf_free(&out);
        drop(in);
    }
}

/* Long texts cross every growth of the buffer; broken ones stay linear. */
static void
test_decode_long(void **state)
{
    struct buf in = {0}, out = {0};
    size_t repairs;

    (void)state;
    for (size_t i = 0; i < 20000; i++)
        buf_add(&in, "\xD6\xD0", 2);
    assert_int_equal(text_decode(&out, buf_view(&in), TEXT_GBK, &repairs),
                     ERR_OK);
    assert_int_equal(out.len, 60000);
    assert_int_equal(repairs, 0);
    buf_reset(&in);
    buf_reset(&out);
    for (size_t i = 0; i < 20000; i++)
        buf_char(&in, '\xFF');
    assert_int_equal(text_decode(&out, buf_view(&in), TEXT_GB18030, NULL),
                     ERR_OK);
    assert_int_equal(out.len, 60000);
    buf_free(&out);
    buf_init(&out, 100);
    assert_int_equal(text_decode(&out, buf_view(&in), TEXT_GBK, NULL),
                     ERR_NOMEM);
    assert_true(out.len <= 100);
    buf_free(&in);
    buf_free(&out);
}

/* ---------------------------------------------------------------- codes */

static void
test_base64(void **state)
{
    static const struct {
        const char *plain, *code;
    } row[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFF\xFE\xFD", "//79"},
        {"\xFB\xEF\xBE", "++++"},
    };
    static const char *const bad[] = {"Z",    "Zg",       "Zg=",    "Zh==",
                                      "Zm9=", "Zg==Zg==", "Zg=a",   "=",
                                      "====", "Z===",     "Zm9v\n", "Zm 9v",
                                      "Zm9_", "Zm9-",     "Zm9*",   "Zg==\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct bytes plain = exact(bytes_str(row[i].plain));
        struct bytes code = exact(bytes_str(row[i].code));
        struct buf out = {0};

        text_base64(&out, plain);
        assert_string_equal(buf_cstr(&out), row[i].code);
        buf_reset(&out);
        assert_int_equal(text_unbase64(&out, code), ERR_OK);
        assert_true(bytes_eq(buf_view(&out), plain));
        buf_free(&out);
        drop(plain);
        drop(code);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct bytes code = exact(bytes_str(bad[i]));
        struct buf out = {0};

        buf_str(&out, "kept");
        if (text_unbase64(&out, code) != ERR_SYNTAX)
            fail_msg("%s", bad[i]);
        assert_string_equal(buf_cstr(&out), "kept");
        buf_free(&out);
        drop(code);
    }
}

static void
test_hex(void **state)
{
    struct buf out = {0};
    uint8_t back[3] = {0};

    (void)state;
    text_hex(&out, "\x00\x7F\xFF", 3);
    assert_string_equal(buf_cstr(&out), "007fff");
    assert_true(text_unhex(BYTES("007fFF"), back, 3));
    assert_memory_equal(back, "\x00\x7F\xFF", 3);
    assert_true(text_unhex(BYTES(""), back, 0));
    assert_false(text_unhex(BYTES("00"), back, 3));
    assert_false(text_unhex(BYTES("007ff"), back, 2));
    assert_false(text_unhex(BYTES("007fff0"), back, 3));
    assert_false(text_unhex(BYTES("007fg0"), back, 3));
    assert_false(text_unhex(BYTES("0x7fff"), back, 3));
    assert_memory_equal(back, "\x00\x7F\xFF", 3);
    buf_free(&out);
}

static void
test_visible(void **state)
{
    static const struct {
        const char *in, *out;
    } row[] = {
        {"plain \\ text", "plain \\ text"},
        {"\xE4\xB8\xAD\xE6\x96\x87", "\xE4\xB8\xAD\xE6\x96\x87"},
        {"a\nb\tc\r", "a\\u000ab\\u0009c\\u000d"},
        {"\x1B[31m", "\\u001b[31m"},
        {"\x7F", "\\u007f"},
        {"\xC2\x85", "\\u0085"},
        {"\xC2\xA0", "\xC2\xA0"},
        {"\xE2\x80\xAE"
         "abc",
         "\\u202eabc"},
        {"\xE2\x80\xAA\xE2\x80\xAF", "\\u202a\xE2\x80\xAF"},
        {"\xE2\x81\xA6\xE2\x81\xA9\xE2\x81\xAA", "\\u2066\\u2069\xE2\x81\xAA"},
        {"\xFFz\xC3", "\\xffz\\xc3"},
        {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        struct bytes in = exact(bytes_str(row[i].in));
        struct buf out = {0};

        text_visible(&out, in);
        assert_string_equal(buf_cstr(&out), row[i].out);
        buf_free(&out);
        drop(in);
    }
}

/* ---------------------------------------------------------------- classes */

static bool
is_special(unsigned char c)
{
    return c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
}

static void
check_maps(struct bytes b, const uint64_t *special, const uint64_t *nondigit)
{
    for (size_t i = 0; i < (b.len + 63) / 64 * 64; i++) {
        unsigned char c = i < b.len ? (unsigned char)b.data[i] : 0;

        assert_int_equal(special[i / 64] >> i % 64 & 1, is_special(c));
        assert_int_equal(nondigit[i / 64] >> i % 64 & 1, c < '0' || c > '9');
        if (i < b.len)
            assert_int_equal(simd_bits(special, i) & 1, is_special(c));
    }
}

/* Both ways of classifying, for every length and every byte value. */
static void
test_classify(void **state)
{
    uint64_t special[8], nondigit[8];

    (void)state;
    for (size_t len = 0; len <= 300; len++) {
        char text[300];
        struct bytes in;

        for (size_t i = 0; i < len; i++)
            text[i] = (char)(i * 7 + len);
        in = exact(bytes_of(text, len));
        memset(special, 0x55, sizeof special);
        memset(nondigit, 0x55, sizeof nondigit);
        simd_classify(in.data, in.len, special, nondigit);
        check_maps(in, special, nondigit);
        memset(special, 0xAA, sizeof special);
        memset(nondigit, 0xAA, sizeof nondigit);
        simd_classify_base(in.data, in.len, special, nondigit);
        check_maps(in, special, nondigit);
        drop(in);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),     cmocka_unit_test(test_utf8_all),
        cmocka_unit_test(test_utf8_cut), cmocka_unit_test(test_names),
        cmocka_unit_test(test_decode),   cmocka_unit_test(test_decode_long),
        cmocka_unit_test(test_base64),   cmocka_unit_test(test_hex),
        cmocka_unit_test(test_visible),  cmocka_unit_test(test_classify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
