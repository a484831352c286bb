/* SPDX-License-Identifier: Apache-2.0 */
/* Text encodings: UTF-8 (RFC 3629), GB 18030 and GBK, base64 (RFC 4648), hex.
 * No function here keeps state or depends on the locale. */
#ifndef FORMATS_BASE_TEXT_H
#define FORMATS_BASE_TEXT_H

#include "formats/base/buf.h"

/* text_utf8_char(p, n): bytes of the valid character at the start of the ${n}
 * bytes at ${p} (1 to 4), or 0 when they do not begin with one. */
static inline size_t
text_utf8_char(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;
    unsigned char c = n > 0 ? s[0] : 0xFF;

    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4 || n < 2 || (s[1] & 0xC0) != 0x80)
        return 0;
    if (c < 0xE0)
        return 2;
    if (n < 3 || (s[2] & 0xC0) != 0x80)
        return 0;
    if (c < 0xF0)
        return (c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F) ? 0 : 3;
    if (n < 4 || (s[3] & 0xC0) != 0x80)
        return 0;
    return (c == 0xF0 && s[1] < 0x90) || (c == 0xF4 && s[1] > 0x8F) ? 0 : 4;
}

/* text_utf8_bad(p, n): bytes of the maximal subpart (1 to 3) at ${p}, where
 * text_utf8_char gave 0; it is what one U+FFFD replaces. */
size_t text_utf8_bad(const char *p, size_t n);

/* text_utf8_valid(b): length of the longest valid UTF-8 prefix; equal to b.len
 * when all of it is valid. Overlong forms, surrogates and values above U+10FFFF
 * are invalid. Uses SIMD for ASCII runs. */
size_t text_utf8_valid(struct bytes b);

/* text_utf8_count(b): code points of ${b}, which must be valid UTF-8. */
size_t text_utf8_count(struct bytes b);

/* text_utf8_cut(b, n): the longest prefix of valid UTF-8 ${b} of at most ${n}
 * bytes that does not split a character. */
struct bytes text_utf8_cut(struct bytes b, size_t n);

/* text_copy(out, size, b): ${b} with a NUL in the ${size} > 0 bytes of ${out},
 * cut as above where it does not fit. */
void text_copy(char *out, size_t size, struct bytes b);

/* text_utf8_repair(out, b): append ${b}, with U+FFFD for each maximal invalid
 * part (Unicode 15 section 3.9, the "maximal subpart" practice); returns the
 * number of replacements. */
size_t text_utf8_repair(struct buf *out, struct bytes b);

/* text_utf8_put(out, cp): append code point ${cp}; U+FFFD for surrogates and
 * values above U+10FFFF. */
void text_utf8_put(struct buf *out, uint32_t cp);

enum text_charset { TEXT_UTF8, TEXT_GB18030, TEXT_GBK };

/* text_charset_name(name, out): "utf-8", "gb18030" or "gbk" (any case); false
 * for anything else: no other name ever reaches iconv. */
bool text_charset_name(struct bytes name, enum text_charset *out);

/* text_decode(out, b, from, repairs): append ${b} converted to UTF-8; each
 * undecodable byte becomes U+FFFD and is counted in *repairs (NULL allowed).
 * ERR_UNSUPPORTED when iconv lacks the charset, ERR_NOMEM. */
enum err_code text_decode(struct buf *out, struct bytes b,
                          enum text_charset from, size_t *repairs) MUST_USE;

/* text_base64(out, b): append with padding, no line breaks. */
void text_base64(struct buf *out, struct bytes b);

/* text_unbase64(out, b): strict RFC 4648 section 4 (padding required, no other
 * characters, unused bits zero); ERR_SYNTAX leaves ${out} as it was. */
enum err_code text_unbase64(struct buf *out, struct bytes b) MUST_USE;

/* text_hex(out, p, n): lower-case hex. text_unhex: both cases, exactly 2n
 * digits; false otherwise. */
void text_hex(struct buf *out, const void *p, size_t n);
bool text_unhex(struct bytes b, uint8_t *out, size_t n);

/* text_visible(out, b): append ${b} for a terminal or a log line: controls
 * (C0, DEL, C1), bidirectional overrides (U+202A..E, U+2066..9) and invalid
 * bytes are written as \uXXXX or \xXX; backslash stays. */
void text_visible(struct buf *out, struct bytes b);

#endif
