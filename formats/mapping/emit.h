/* SPDX-License-Identifier: Apache-2.0 */
/* Short copies into a record, inlined: a call to memcpy costs more than the
 * twenty bytes of a member name. */
#ifndef FORMATS_MAPPING_EMIT_H
#define FORMATS_MAPPING_EMIT_H

#include "formats/base/buf.h"

#define EMIT_BLOCK 32 /* bytes of a fragment that are copied at once */

/* emit_span(to, from, n): ${n} bytes, reading and writing nothing else. */
static inline void
emit_span(char *to, const char *from, size_t n)
{
    if (n > 32) {
        memcpy(to, from, n);
    } else if (n >= 16) {
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    }
}

/* emit_bytes(out, s): append. */
static inline void
emit_bytes(struct buf *out, struct bytes s)
{
    if (buf_reserve(out, s.len)) {
        emit_span(out->data + out->len, s.data, s.len);
        out->len += s.len;
    }
}

/* emit_quoted(out, s): append with quotes; ${s} is valid between them. */
static inline void
emit_quoted(struct buf *out, struct bytes s)
{
    if (buf_reserve(out, s.len + 2)) {
        char *to = out->data + out->len;

        to[0] = '"';
        emit_span(to + 1, s.data, s.len);
        to[s.len + 1] = '"';
        out->len += s.len + 2;
    }
}

/* emit_member(out, name): append the fragment `,"name":` without its comma
 * where an object has just been opened. The memory behind ${name} is readable
 * up to a multiple of EMIT_BLOCK (fragments are padded). */
static inline void
emit_member(struct buf *out, struct bytes name)
{
    size_t skip = out->len > 0 && out->data[out->len - 1] == '{';

    if (!buf_reserve(out, name.len + EMIT_BLOCK))
        return;
    for (size_t i = 0; i < name.len; i += EMIT_BLOCK)
        memcpy(out->data + out->len - skip + i, name.data + i, EMIT_BLOCK);
    if (skip)
        out->data[out->len - 1] = '{';
    out->len += name.len - skip;
}

#endif
