/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text: base64 (RFC 4648 section 4) and hexadecimal. */
#include "formats/base/text.h"

static const char base64_digit[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digit[] = "0123456789abcdef";

void
text_base64(struct buf *out, struct bytes b)
{
    const unsigned char *s = (const unsigned char *)b.data;
    char *d;

    if (b.len == 0)
        return;
    if (b.len > SIZE_MAX / 4 || !buf_reserve(out, (b.len + 2) / 3 * 4)) {
        out->failed = true;
        return;
    }
    d = out->data + out->len;
    for (size_t i = 0; i < b.len; i += 3) {
        size_t left = b.len - i;
        uint32_t v = (uint32_t)s[i] << 16 |
                     (left > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
                     (left > 2 ? s[i + 2] : 0U);

        *d++ = base64_digit[v >> 18];
        *d++ = base64_digit[v >> 12 & 63];
        *d++ = left > 1 ? base64_digit[v >> 6 & 63] : '=';
        *d++ = left > 2 ? base64_digit[v & 63] : '=';
    }
    out->len += (b.len + 2) / 3 * 4;
}

/* sextet(c): the value of a base64 digit, or 64. */
static unsigned
sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : 64;
}

enum err_code
text_unbase64(struct buf *out, struct bytes b)
{
    size_t start = out->len;
    size_t pad = 0;

    if (b.len % 4 != 0)
        return ERR_SYNTAX;
    while (pad < 2 && b.len > pad && b.data[b.len - 1 - pad] == '=')
        pad++;
    if (!buf_reserve(out, b.len / 4 * 3))
        return ERR_NOMEM;
    for (size_t i = 0; i < b.len; i += 4) {
        size_t digits = i + 4 == b.len ? 4 - pad : 4;
        uint32_t v = 0;

        for (size_t k = 0; k < 4; k++) {
            unsigned x = k < digits ? sextet(b.data[i + k]) : 0;

            if (x == 64)
                goto bad;
            v = v << 6 | x;
        }
        if ((v & (digits == 2 ? 0xFFFFU : digits == 3 ? 0xFFU : 0U)) != 0)
            goto bad;
        for (size_t k = 0; k + 1 < digits; k++)
            out->data[out->len++] = (char)(v >> (16 - 8 * k));
    }
    return ERR_OK;
bad:
    out->len = start;
    return ERR_SYNTAX;
}

void
text_hex(struct buf *out, const void *p, size_t n)
{
    const unsigned char *s = p;

    if (n > SIZE_MAX / 4 || !buf_reserve(out, 2 * n)) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out->data[out->len++] = hex_digit[s[i] >> 4];
        out->data[out->len++] = hex_digit[s[i] & 15];
    }
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
text_unhex(struct bytes b, uint8_t *out, size_t n)
{
    if (b.len / 2 != n || b.len % 2 != 0)
        return false;
    for (size_t i = 0; i < b.len; i++) {
        if (hex_value(b.data[i]) < 0)
            return false;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(hex_value(b.data[2 * i]) * 16 +
                           hex_value(b.data[2 * i + 1]));
    return true;
}
