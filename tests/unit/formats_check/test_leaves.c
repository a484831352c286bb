/* SPDX-License-Identifier: Apache-2.0 */
/* The leaves of the checker: number tokens, syntax of addresses and names, and
 * patterns matched by hand against PCRE2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/check/number.h"
#include "formats/check/pattern.h"
#include "formats/check/syntax.h"

static const struct number_case {
    const char *token;
    double value;
    int64_t whole;
    bool integral;
} numbers[] = {
    {"0", 0, 0, true},
    {"-0", 0, 0, true},
    {"443", 443, 443, true},
    {"-17", -17, -17, true},
    {"443.0", 443, 443, true},
    {"443.00000", 443, 443, true},
    {"4.43e2", 443, 443, true},
    {"4430E-1", 443, 443, true},
    {"4435e-1", 443.5, 0, false},
    {"0.5", 0.5, 0, false},
    {"0.0", 0, 0, true},
    {"0e99999999999", 0, 0, true},
    {"1e-400", 0, 0, false},
    {"-0.25", -0.25, 0, false},
    {"180.00000000000000000001", 180, 0, false},
    {"9007199254740991", 9007199254740991.0, INT64_C(9007199254740991), true},
    {"9223372036854775807", 9223372036854775807.0, INT64_MAX, true},
    {"99999999999999999999", 1e20, INT64_MAX, true},
    {"-1e300", -1e300, INT64_MIN, true},
    {"1e20", 1e20, INT64_MAX, true},
    {"65535.0e0", 65535, 65535, true},
    {"0.00001e5", 1, 1, true},
    {"0.1", 0.1, 0, false},
    {"-179.9999999", -179.9999999, 0, false},
};

static void
number_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        const struct number_case *c = &numbers[i];
        struct number n = number_of(bytes_str(c->token));
        double gap = n.value - c->value;
        double near = c->value < 0 ? -c->value : c->value;

        if (n.integral != c->integral || n.whole != c->whole ||
            gap > near * 1e-14 || gap < -near * 1e-14)
            fail_msg("%s: %.17g %lld %d", c->token, n.value, (long long)n.whole,
                     n.integral);
    }
}

static const struct syntax_case {
    enum std_format format;
    bool prefix_ok, ok;
    const char *text;
} syntaxes[] = {
    {STD_FORMAT_IPV4, false, true, "0.0.0.0"},
    {STD_FORMAT_IPV4, false, true, "255.255.255.255"},
    {STD_FORMAT_IPV4, false, false, "256.1.1.1"},
    {STD_FORMAT_IPV4, false, false, "1.2.3"},
    {STD_FORMAT_IPV4, false, false, "1.2.3.4.5"},
    {STD_FORMAT_IPV4, false, false, "01.2.3.4"},
    {STD_FORMAT_IPV4, false, false, "1.2.3.00"},
    {STD_FORMAT_IPV4, false, false, "1..3.4"},
    {STD_FORMAT_IPV4, false, false, ".1.2.3.4"},
    {STD_FORMAT_IPV4, false, false, "1.2.3.4."},
    {STD_FORMAT_IPV4, false, false, ""},
    {STD_FORMAT_IPV4, false, false, " 1.2.3.4"},
    {STD_FORMAT_IPV4, false, false, "1.2.3.4/24"},
    {STD_FORMAT_IPV4, true, true, "1.2.3.4/24"},
    {STD_FORMAT_IPV4, true, true, "1.2.3.4/0"},
    {STD_FORMAT_IPV4, true, false, "1.2.3.4/33"},
    {STD_FORMAT_IPV4, true, false, "1.2.3.4/024"},
    {STD_FORMAT_IPV4, true, false, "1.2.3.4/"},
    {STD_FORMAT_IPV4, true, false, "1.2.3.4/-1"},
    {STD_FORMAT_IPV6, false, true, "::"},
    {STD_FORMAT_IPV6, false, true, "::1"},
    {STD_FORMAT_IPV6, false, true, "1::"},
    {STD_FORMAT_IPV6, false, true, "2001:DB8:0:0:8:800:200C:417A"},
    {STD_FORMAT_IPV6, false, true, "2001:db8::8:800:200c:417a"},
    {STD_FORMAT_IPV6, false, true, "1:2:3:4:5:6:7::"},
    {STD_FORMAT_IPV6, false, true, "::2:3:4:5:6:7:8"},
    {STD_FORMAT_IPV6, false, true, "::ffff:192.0.2.1"},
    {STD_FORMAT_IPV6, false, true, "1:2:3:4:5:6:1.2.3.4"},
    {STD_FORMAT_IPV6, false, true, "::1.2.3.4"},
    {STD_FORMAT_IPV6, false, false, "1:2:3:4:5:6:7:1.2.3.4"},
    {STD_FORMAT_IPV6, false, false, "1:2:3:4:5:6:7"},
    {STD_FORMAT_IPV6, false, false, "1:2:3:4:5:6:7:8:9"},
    {STD_FORMAT_IPV6, false, false, "1:2:3:4::5:6:7:8"},
    {STD_FORMAT_IPV6, false, false, "1::2::3"},
    {STD_FORMAT_IPV6, false, false, ":::"},
    {STD_FORMAT_IPV6, false, false, ":"},
    {STD_FORMAT_IPV6, false, false, ""},
    {STD_FORMAT_IPV6, false, false, ":1::"},
    {STD_FORMAT_IPV6, false, false, "1::2:"},
    {STD_FORMAT_IPV6, false, false, "12345::"},
    {STD_FORMAT_IPV6, false, false, "g::"},
    {STD_FORMAT_IPV6, false, false, "fe80::1%eth0"},
    {STD_FORMAT_IPV6, false, false, "::1.2.3"},
    {STD_FORMAT_IPV6, false, false, "1.2.3.4::"},
    {STD_FORMAT_IPV6, false, false, "1.2.3.4"},
    {STD_FORMAT_IPV6, false, false, "::1/64"},
    {STD_FORMAT_IPV6, true, true, "::1/64"},
    {STD_FORMAT_IPV6, true, true, "::/128"},
    {STD_FORMAT_IPV6, true, false, "::/129"},
    {STD_FORMAT_IP, false, true, "192.0.2.1"},
    {STD_FORMAT_IP, false, true, "2001:db8::1"},
    {STD_FORMAT_IP, false, false, "example.com"},
    {STD_FORMAT_MAC, false, true, "00:1a:2B:3c:4d:5e"},
    {STD_FORMAT_MAC, false, false, "00-1a-2b-3c-4d-5e"},
    {STD_FORMAT_MAC, false, false, "00:1a:2b:3c:4d"},
    {STD_FORMAT_MAC, false, false, "00:1a:2b:3c:4d:5e:"},
    {STD_FORMAT_MAC, false, false, "00:1a:2b:3c:4d:5g"},
    {STD_FORMAT_HOSTNAME, false, true, "a"},
    {STD_FORMAT_HOSTNAME, false, true, "www.Example-1.com"},
    {STD_FORMAT_HOSTNAME, false, true, "192.0.2.1"},
    {STD_FORMAT_HOSTNAME, false, false, ""},
    {STD_FORMAT_HOSTNAME, false, false, "a..b"},
    {STD_FORMAT_HOSTNAME, false, false, "a."},
    {STD_FORMAT_HOSTNAME, false, false, "-a"},
    {STD_FORMAT_HOSTNAME, false, false, "a-.b"},
    {STD_FORMAT_HOSTNAME, false, false, "a_b"},
    {STD_FORMAT_HOSTNAME, false, false, "\xE4\xB8\xAD.cn"},
    {STD_FORMAT_HOSTNAME, false, true,
     "a23456789012345678901234567890123456789012345678901234567890123"},
    {STD_FORMAT_HOSTNAME, false, false,
     "a234567890123456789012345678901234567890123456789012345678901234"},
    {STD_FORMAT_URI, false, true, "https://example.com/a?b=%20#c"},
    {STD_FORMAT_URI, false, true, "/a/b?c"},
    {STD_FORMAT_URI, false, true, "urn:x"},
    {STD_FORMAT_URI, false, true, "a:"},
    {STD_FORMAT_URI, false, false, ""},
    {STD_FORMAT_URI, false, false, "example.com/a"},
    {STD_FORMAT_URI, false, false, "1a:b"},
    {STD_FORMAT_URI, false, false, ":b"},
    {STD_FORMAT_URI, false, false, "/a b"},
    {STD_FORMAT_URI, false, false, "/a%2"},
    {STD_FORMAT_URI, false, false, "/a%zz"},
    {STD_FORMAT_URI, false, false, "/a\"b"},
    {STD_FORMAT_URI, false, false, "/\xE4\xB8\xAD"},
    {STD_FORMAT_UUID, false, true, "6ba7b810-9dad-11d1-80b4-00C04fd430c8"},
    {STD_FORMAT_UUID, false, false, "6ba7b8109dad11d180b400c04fd430c8"},
    {STD_FORMAT_UUID, false, false, "6ba7b810-9dad-11d1-80b4-00c04fd430c"},
    {STD_FORMAT_UUID, false, false, "6ba7b810-9dad-11d1-80b4-00c04fd430cg"},
    {STD_FORMAT_HEX, false, true, "00fF"},
    {STD_FORMAT_HEX, false, false, "0"},
    {STD_FORMAT_HEX, false, false, ""},
    {STD_FORMAT_HEX, false, false, "0g"},
    {STD_FORMAT_BASE64, false, true, ""},
    {STD_FORMAT_BASE64, false, true, "QQ=="},
    {STD_FORMAT_BASE64, false, true, "QUI="},
    {STD_FORMAT_BASE64, false, true, "QUJD+w=="},
    {STD_FORMAT_BASE64, false, false, "QR=="},
    {STD_FORMAT_BASE64, false, false, "QUJ="},
    {STD_FORMAT_BASE64, false, false, "Q==="},
    {STD_FORMAT_BASE64, false, false, "QUI"},
    {STD_FORMAT_BASE64, false, false, "Q=I="},
    {STD_FORMAT_BASE64, false, false, "QU-_"},
    {STD_FORMAT_BASE64, false, false, "===="},
};

static void
syntax_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(syntaxes) / sizeof(*syntaxes); i++) {
        const struct syntax_case *c = &syntaxes[i];

        if (syntax_ok(c->format, c->prefix_ok, bytes_str(c->text)) != c->ok)
            fail_msg("%s: '%s' should be %s", syntax_name(c->format, false),
                     c->text, c->ok ? "accepted" : "refused");
    }
}

static const struct time_case {
    enum time_form form;
    bool ok;
    const char *text;
} times[] = {
    {TIME_DATETIME, true, "2026-11-22 10:00:00"},
    {TIME_DATETIME, true, "2026-11-22 10:00:00.1"},
    {TIME_DATETIME, true, "2026-11-22 10:00:00.123456789"},
    {TIME_DATETIME, false, "2026-11-22 10:00:00."},
    {TIME_DATETIME, false, "2026-11-22 10:00:00.1234567890"},
    {TIME_DATETIME, false, "2026-11-22T10:00:00"},
    {TIME_DATETIME, false, "2026/11/22 10:00:00"},
    {TIME_DATETIME, false, "2026-11-22 10:00"},
    {TIME_DATETIME, false, "2026-11-22 10:00:00Z"},
    {TIME_COMPACT, true, "20261122100000"},
    {TIME_COMPACT, false, "20261122100000.1"},
    {TIME_COMPACT, false, "2026112210000"},
    {TIME_EPOCH, true, "0"},
    {TIME_EPOCH, false, "-1"},
};

static void
time_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        if (syntax_time(times[i].form, bytes_str(times[i].text)) != times[i].ok)
            fail_msg("time '%s'", times[i].text);
    }
}

/* ---------------------------------------------------------------- patterns */

static const struct pattern_case {
    const char *pattern;
    bool plain;
    const char *alphabet; /* random texts are made of these */
} patterns[] = {
    {"^[A-Za-z0-9._:-]{1,64}$", true, "aZ9._:- ~"},
    {"^(0[1-9]|10)\\d{3}$", true, "01239"},
    {"^(0[1-9]|10)[0-9]{3}$", true, "01239"},
    {"^T[0-9]{4}(\\.[0-9]{3})?$", true, "T019.\n"},
    {"^[A-Z]{2}$", true, "AZa\n"},
    {"^[0-9]{6}$", true, "09a"},
    {"^(?:CVE-[0-9]{4}-[0-9]{4,7}|CNVD-[0-9]{4})$", true, "CVEND-0"},
    {"^a+b*c?$", true, "abc"},
    {"^a*ab$", false, "ab"},
    {"^[ab]{1,2}b$", false, "ab"},
    {"^(ab?){2}$", true, "ab"},
    {"^(ab){1,2}c{2,}$", true, "abc"},
    {"^(a|(b|c)d)$", true, "abcd"},
    {"^a|b$", false, "abc"},
    {"^[^a]b$", false, "ab"},
    {"^a(|b)c$", true, "abc"},
    {"^x{0}y$", true, "xy"},
    {"^[\\]\\-a]+$", true, "]-ab"},
    {"^\\(a\\)$", true, "(a)"},
    {"^(a{1,2}){3}$", false, "a"},
    {"^\xE4\xB8\xAD+$", false, "\xE4\xB8\xAD"},
};

static void
pattern_is_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        struct pattern *p = pattern_new(patterns[i].pattern, true, NULL);

        assert_non_null(p);
        if (pattern_plain(p) != patterns[i].plain)
            fail_msg("%s: plain is %d", patterns[i].pattern,
                     !patterns[i].plain);
        pattern_free(p);
    }
}

static uint32_t
draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Matching by hand agrees with PCRE2 on texts near the pattern. */
static void
pattern_agrees(void **state)
{
    struct pattern_scratch *scratch = pattern_scratch_new();
    uint64_t seed = 20261122;

    (void)state;
    assert_non_null(scratch);
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        const struct pattern_case *c = &patterns[i];
        struct pattern *plain = pattern_new(c->pattern, true, NULL);
        struct pattern *other = pattern_new(c->pattern, false, NULL);
        size_t letters = strlen(c->alphabet), hits = 0;
        char text[12];

        assert_false(pattern_plain(other));
        for (unsigned n = 0; n < 4000 && plain; n++) {
            struct bytes b = {text, draw(&seed) % sizeof(text)};

            for (size_t k = 0; k < b.len; k++)
                text[k] = c->alphabet[draw(&seed) % letters];
            if ((unsigned char)c->alphabet[0] >= 0x80)
                b.len = 0; /* no half characters */
            if (pattern_ok(plain, scratch, b) != pattern_ok(other, scratch, b))
                fail_msg("%s on '%.*s'", c->pattern, (int)b.len, text);
            hits += pattern_ok(other, scratch, b);
        }
        (void)hits;
        pattern_free(plain);
        pattern_free(other);
    }
    pattern_scratch_free(scratch);
}

static void
pattern_limits(void **state)
{
    struct pattern_scratch *scratch = pattern_scratch_new();
    struct pattern *p = pattern_new("^(a+)+$", true, NULL);
    struct err err = {0};
    char text[64];

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = 'b';
    /* Exponential for a backtracking matcher: ends by the limit. */
    assert_false(pattern_plain(p));
    assert_false(pattern_ok(p, scratch, bytes_of(text, sizeof(text))));
    pattern_free(p);
    p = pattern_new("^(a$", true, &err);
    assert_null(p);
    assert_int_equal(err.code, ERR_SYNTAX);
    pattern_scratch_free(scratch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_cases),   cmocka_unit_test(syntax_cases),
        cmocka_unit_test(time_cases),     cmocka_unit_test(pattern_is_plain),
        cmocka_unit_test(pattern_agrees), cmocka_unit_test(pattern_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
