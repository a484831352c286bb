/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json/escape.h"

#include "formats/base/simd.h"
#include "formats/base/text.h"

static bool
must_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

size_t
escape_plain(struct bytes b)
{
    size_t i = 0;

    while (b.len - i >= 16) {
        uint32_t special = simd_special16(b.data + i) & 0xFFFF;

        special &= ~simd_high16(b.data + i);
        if (special != 0)
            return i + simd_ctz(special);
        i += 16;
    }
    while (i < b.len && !must_escape((unsigned char)b.data[i]))
        i++;
    return i;
}

void
escape_put(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letter[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    if (c < 0x20 && letter[c] == '\0') {
        buf_add(out, text, 6);
        return;
    }
    text[1] = c < 0x20 ? letter[c] : (char)c;
    buf_add(out, text, 2);
}

/* hex4(p): four hexadecimal digits, or -1. */
static int32_t
hex4(const char *p)
{
    int32_t v = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned c = (unsigned char)p[i];
        unsigned lower = c | 0x20U;
        unsigned d = c <= '9' ? c - '0' : lower - 'a' + 10;

        if (d > 15 || (c > '9' && d < 10))
            return -1;
        v = v * 16 + (int32_t)d;
    }
    return v;
}

size_t
escape_read(const char *p, size_t n, uint32_t *cp)
{
    static const unsigned char simple[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    int32_t high, low;

    if (n < 2)
        return 0;
    if (simple[(unsigned char)p[1]] != 0) {
        *cp = simple[(unsigned char)p[1]];
        return 2;
    }
    if (p[1] != 'u' || n < 6 || (high = hex4(p + 2)) < 0)
        return 0;
    *cp = (uint32_t)high;
    if (high < 0xD800 || high > 0xDBFF || n < 12 || p[6] != '\\' || p[7] != 'u')
        return 6;
    low = hex4(p + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 6;
    *cp =
        0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    return 12;
}

void
escape_undo(struct buf *out, struct bytes raw)
{
    while (raw.len > 0) {
        size_t plain = bytes_find(raw, '\\');
        uint32_t cp = 0;
        size_t n;

        buf_add(out, raw.data, plain);
        raw = bytes_from(raw, plain);
        if (raw.len == 0)
            return;
        n = escape_read(raw.data, raw.len, &cp);
        if (n == 0) {
            buf_char(out, '\\');
            n = 1;
        } else {
            text_utf8_put(out, cp);
        }
        raw = bytes_from(raw, n);
    }
}

bool
escape_equals(struct bytes raw, struct bytes s)
{
    while (raw.len > 0) {
        size_t plain = bytes_find(raw, '\\');
        char small[8];
        struct buf one = {.data = small, .cap = sizeof small, .max = 1};
        uint32_t cp = 0;
        size_t n;

        if (!bytes_starts(s, bytes_upto(raw, plain)))
            return false;
        s = bytes_from(s, plain);
        raw = bytes_from(raw, plain);
        if (raw.len == 0)
            break;
        n = escape_read(raw.data, raw.len, &cp);
        text_utf8_put(&one, n == 0 ? '\\' : cp);
        if (!bytes_starts(s, buf_view(&one)))
            return false;
        s = bytes_from(s, one.len);
        raw = bytes_from(raw, n == 0 ? 1 : n);
    }
    return s.len == 0;
}
