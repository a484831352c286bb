/* SPDX-License-Identifier: Apache-2.0 */
/* Documents for differential tests: valid ones of every kind of token, and the
 * same with damage. The same seed gives the same documents everywhere. */
#ifndef TESTS_UNIT_FORMATS_JSON_GENERATE_H
#define TESTS_UNIT_FORMATS_JSON_GENERATE_H

#include "formats/base/buf.h"

struct generator {
    uint64_t state; /* not 0 */
};

static inline uint32_t
generate_number(struct generator *g, uint32_t below)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return (uint32_t)((g->state >> 16) % below);
}

#define PICK(g, table)                                                         \
    ((table)[generate_number(g, sizeof(table) / sizeof(table)[0])])

static inline void
generate_space(struct generator *g, struct buf *out)
{
    static const char *const spaces[] = {"",  "",   "",   "",
                                         " ", "\n", "\t", "\r\n  "};

    buf_str(out, PICK(g, spaces));
}

static inline void
generate_string(struct generator *g, struct buf *out, bool key)
{
    static const char *const parts[] = {"a",
                                        "b",
                                        "key",
                                        "0",
                                        " ",
                                        "/",
                                        "~",
                                        "\x7F",
                                        "\\\"",
                                        "\\\\",
                                        "\\/",
                                        "\\b",
                                        "\\f",
                                        "\\n",
                                        "\\r",
                                        "\\t",
                                        "\\u0041",
                                        "\\u00e9",
                                        "\\u4E2d",
                                        "\\ud83d\\ude00",
                                        "\\uDBFF\\uDFFF",
                                        "\\u0001",
                                        "\\uffff",
                                        "\xC3\xA9",
                                        "\xE4\xB8\xAD",
                                        "\xF0\x9F\x98\x80",
                                        "\xED\x9F\xBF",
                                        "\xEF\xBF\xBF",
                                        "0123456789abcdef0123456789abcdef",
                                        "GET / HTTP/1.1\\r\\n",
                                        "\xE6\x81\xB6\xE6\x84\x8F",
                                        "{[,:]}"};
    uint32_t n = generate_number(g, key ? 3 : 8);

    buf_char(out, '"');
    for (uint32_t i = 0; i < n; i++)
        buf_str(out, PICK(g, parts));
    /* Few keys are alike, so that most documents have no duplicate. */
    if (key && generate_number(g, 20) != 0)
        buf_printf(out, "%u", generate_number(g, 100000));
    buf_char(out, '"');
}

static inline void
generate_scalar(struct generator *g, struct buf *out)
{
    static const char *const scalars[] = {"true",
                                          "false",
                                          "null",
                                          "0",
                                          "-0",
                                          "1",
                                          "-1",
                                          "10",
                                          "123456789",
                                          "9007199254740991",
                                          "-9007199254740991",
                                          "0.5",
                                          "-0.0",
                                          "1e5",
                                          "1E-5",
                                          "1.5e+3",
                                          "123.456e-7",
                                          "1e308",
                                          "5e-324",
                                          "1e-400",
                                          "3.14159265358979323846",
                                          "100000000000000000000.0",
                                          "0e10"};

    if (generate_number(g, 2) == 0)
        generate_string(g, out, false);
    else
        buf_str(out, PICK(g, scalars));
}

static inline void
generate_value(struct generator *g, struct buf *out, unsigned depth)
{
    uint32_t kind = generate_number(g, 6);
    uint32_t members = generate_number(g, depth == 0 ? 8 : 4);

    generate_space(g, out);
    if (depth >= 6 || (kind > 1 && depth > 0)) {
        generate_scalar(g, out);
    } else {
        bool object = kind % 2 == 0;

        buf_char(out, object ? '{' : '[');
        for (uint32_t i = 0; i < members; i++) {
            if (i > 0)
                buf_char(out, ',');
            if (object) {
                generate_space(g, out);
                generate_string(g, out, true);
                generate_space(g, out);
                buf_char(out, ':');
            }
            generate_value(g, out, depth + 1);
        }
        generate_space(g, out);
        buf_char(out, object ? '}' : ']');
    }
    generate_space(g, out);
}

/* generate_damage(g, b): one place of ${b} becomes something else. */
static inline void
generate_damage(struct generator *g, struct buf *b)
{
    static const char *const tokens[] = {",",
                                         ":",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "\"",
                                         "\\",
                                         "'",
                                         "0",
                                         "-",
                                         "+",
                                         ".",
                                         "e",
                                         "01",
                                         "1.",
                                         ".5",
                                         "1e",
                                         "-",
                                         "NaN",
                                         "Infinity",
                                         "-Infinity",
                                         "nul",
                                         "tru",
                                         "True",
                                         "/*x*/",
                                         "//",
                                         "\t",
                                         "\n",
                                         "\x01",
                                         "\x1F",
                                         "\x80",
                                         "\xC3",
                                         "\xE4\xB8",
                                         "\xED\xA0\x80",
                                         "\xF5",
                                         "\xFF",
                                         "\\x",
                                         "\\u12",
                                         "\\ud800",
                                         "\\udc00",
                                         "\\u0000",
                                         "9007199254740992",
                                         "18446744073709551616",
                                         "1e400",
                                         "-1e400",
                                         "\"\\u0000\":1,",
                                         "\"a\":1,\"a\":2,",
                                         "\"\\u0061\":1,\"a\":2,",
                                         "\xEF\xBB\xBF"};
    size_t at = generate_number(g, (uint32_t)b->len + 1);
    size_t cut = generate_number(g, 3);
    struct buf whole = {0};

    if (cut > b->len - at)
        cut = b->len - at;
    buf_add(&whole, b->data, at);
    if (generate_number(g, 4) != 0)
        buf_str(&whole, PICK(g, tokens));
    buf_add(&whole, b->data + at + cut, b->len - at - cut);
    if (generate_number(g, 30) == 0)
        buf_cut(&whole, at);
    buf_reset(b);
    buf_bytes(b, buf_view(&whole));
    buf_free(&whole);
}

/* generate(g, i, b): document number ${i}: every second one is damaged. */
static inline struct bytes
generate(struct generator *g, unsigned i, struct buf *b)
{
    buf_reset(b);
    if (i % 10 == 9)
        generate_scalar(g, b);
    else
        generate_value(g, b, 0);
    if (i % 2 != 0)
        generate_damage(g, b);
    return buf_view(b);
}

#endif
