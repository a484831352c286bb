/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes inside JSON strings (RFC 8259 section 7). */
#ifndef FORMATS_JSON_ESCAPE_H
#define FORMATS_JSON_ESCAPE_H

#include "formats/base/buf.h"

/* escape_plain(b): index of the first byte of ${b} that must not stand between
 * quotes as it is (a control below 0x20, quote, backslash), or b.len. */
size_t escape_plain(struct bytes b);

/* escape_put(out, c): the escape of control, quote or backslash ${c}. */
void escape_put(struct buf *out, unsigned char c);

/* escape_read(p, n, cp): bytes of the escape at ${p}, whose first byte is a
 * backslash, and its code point in *cp: 2, 6, or 12 for a surrogate pair; a
 * lone surrogate is 6 bytes and *cp is in 0xD800..0xDFFF; 0 when it is no
 * escape (*cp is untouched then). */
size_t escape_read(const char *p, size_t n, uint32_t *cp);

/* escape_undo(out, raw): append ${raw} unescaped; lone surrogates become
 * U+FFFD, what is no escape stays. */
void escape_undo(struct buf *out, struct bytes raw);

/* escape_equals(raw, s): ${raw} unescaped equals ${s}; nothing is allocated. */
bool escape_equals(struct bytes raw, struct bytes s);

#endif
