/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: validation, counting, cutting, repair, and text made visible. */
#include "formats/base/text.h"

#include "formats/base/simd.h"

#define REPLACEMENT BYTES("\xEF\xBF\xBD")

/* ascii_run(b): number of leading bytes below 0x80, in steps of a vector. */
static size_t
ascii_run(const char *p, size_t n)
{
    size_t i = 0;

    while (n - i >= 16) {
        uint32_t high = simd_high16(p + i);

        if (high != 0)
            return i + simd_ctz(high);
        i += 16;
    }
    while (i < n && (unsigned char)p[i] < 0x80)
        i++;
    return i;
}

size_t
text_utf8_valid(struct bytes b)
{
    size_t i = 0;

    while (i < b.len) {
        if ((unsigned char)b.data[i] < 0x80) {
            i += ascii_run(b.data + i, b.len - i);
        } else {
            size_t n = text_utf8_char(b.data + i, b.len - i);

            if (n == 0)
                return i;
            i += n;
        }
    }
    return i;
}

size_t
text_utf8_count(struct bytes b)
{
    size_t count = 0;

    for (size_t i = 0; i < b.len; i++)
        count += ((unsigned char)b.data[i] & 0xC0) != 0x80;
    return count;
}

struct bytes
text_utf8_cut(struct bytes b, size_t n)
{
    if (n >= b.len)
        return b;
    while (n > 0 && ((unsigned char)b.data[n] & 0xC0) == 0x80)
        n--;
    return bytes_upto(b, n);
}

void
text_copy(char *out, size_t size, struct bytes b)
{
    b = text_utf8_cut(b, size - 1);
    if (b.len != 0)
        memcpy(out, b.data, b.len);
    out[b.len] = '\0';
}

size_t
text_utf8_bad(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;
    unsigned char low = 0x80, high = 0xBF; /* range of the second byte */
    size_t want, i = 1;

    if (n == 0 || s[0] < 0xC2 || s[0] > 0xF4)
        return 1;
    want = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (s[0] == 0xE0)
        low = 0xA0;
    else if (s[0] == 0xED)
        high = 0x9F;
    else if (s[0] == 0xF0)
        low = 0x90;
    else if (s[0] == 0xF4)
        high = 0x8F;
    while (i < n && i < want && s[i] >= low && s[i] <= high) {
        low = 0x80;
        high = 0xBF;
        i++;
    }
    return i;
}

size_t
text_utf8_repair(struct buf *out, struct bytes b)
{
    size_t repairs = 0;

    for (;;) {
        size_t n = text_utf8_valid(b);

        buf_add(out, b.data, n);
        if (n == b.len)
            return repairs;
        b = bytes_from(b, n);
        buf_bytes(out, REPLACEMENT);
        b = bytes_from(b, text_utf8_bad(b.data, b.len));
        repairs++;
    }
}

void
text_utf8_put(struct buf *out, uint32_t cp)
{
    char c[4];
    size_t n;

    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = 0xFFFD;
    if (cp < 0x80) {
        c[0] = (char)cp;
        n = 1;
    } else if (cp < 0x800) {
        c[0] = (char)(0xC0 | cp >> 6);
        n = 2;
    } else if (cp < 0x10000) {
        c[0] = (char)(0xE0 | cp >> 12);
        n = 3;
    } else {
        c[0] = (char)(0xF0 | cp >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        c[i] = (char)(0x80 | (cp >> (6 * (n - 1 - i)) & 0x3F));
    buf_add(out, c, n);
}

/* hidden(cp): a terminal would act on it or show nothing. */
static bool
hidden(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) ||
           (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);
}

static uint32_t
code_point(const char *p, size_t n)
{
    static const unsigned char lead_bits[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t cp = (unsigned char)p[0] & lead_bits[n];

    for (size_t i = 1; i < n; i++)
        cp = cp << 6 | ((unsigned char)p[i] & 0x3F);
    return cp;
}

void
text_visible(struct buf *out, struct bytes b)
{
    for (size_t i = 0; i < b.len;) {
        size_t n = text_utf8_char(b.data + i, b.len - i);

        if (n == 0) {
            buf_add(out, "\\x", 2);
            text_hex(out, b.data + i, 1);
            n = 1;
        } else if (hidden(code_point(b.data + i, n))) {
            uint32_t cp = code_point(b.data + i, n);
            uint8_t be[2] = {(uint8_t)(cp >> 8), (uint8_t)cp};

            buf_add(out, "\\u", 2);
            text_hex(out, be, 2);
        } else {
            buf_add(out, b.data + i, n);
        }
        i += n;
    }
}
