/* SPDX-License-Identifier: Apache-2.0 */
/* Strings with escapes, non-ASCII, controls or too many bytes: checked where
 * strict, repaired where tolerant. */
#include "formats/base/simd.h"
#include "formats/base/text.h"
#include "formats/json/escape.h"
#include "formats/json/read.h"

#define REPLACEMENT BYTES("\xEF\xBF\xBD")

/* A unit of a string as written: a byte, a character or an escape. */
struct unit {
    size_t len;      /* bytes, at least 1 */
    const char *bad; /* why it cannot stand there, or NULL */
    bool escape;     /* a valid escape */
    bool gone;       /* when bad: becomes U+FFFD, not an escape of itself */
};

/* unit_at(b, key): the unit at the start of ${b}, which is not empty. */
static struct unit
unit_at(struct bytes b, bool key)
{
    unsigned char c = (unsigned char)*b.data;
    uint32_t cp = 0;
    size_t len;

    if (c == '\\') {
        len = escape_read(b.data, b.len, &cp);
        if (len == 0)
            return (struct unit){1, "unknown escape", false, false};
        if (cp >= 0xD800 && cp <= 0xDFFF)
            return (struct unit){len, "lone surrogate", false, true};
        if (cp == 0 && key)
            return (struct unit){len, "U+0000 in a key", false, true};
        return (struct unit){len, NULL, true, false};
    }
    if (c < 0x20)
        return (struct unit){1, "control character in a string", false,
                             key && c == 0};
    len = text_utf8_char(b.data, b.len);
    if (len == 0)
        return (struct unit){text_utf8_bad(b.data, b.len), "invalid UTF-8",
                             false, true};
    return (struct unit){len, NULL, false, false};
}

/* next_special(r, i): the first byte from ${i} on that is not plain; the last
 * byte is marked, so there is one. */
static size_t
next_special(const struct read *r, size_t i)
{
    for (;;) {
        uint64_t bits = simd_bits(r->special, i);

        if (bits != 0)
            return i + simd_ctz(bits);
        i += SIMD_BITS;
    }
}

/* repair(r, text, n): the text again, into the side buffer. */
static bool
repair(struct read *r, struct bytes text, struct tape_node *n)
{
    struct buf *side = &r->t->side;
    size_t at = side->len;

    while (text.len > 0) {
        struct unit u = unit_at(text, n->type == TAPE_KEY);

        if (u.bad == NULL)
            buf_add(side, text.data, u.len);
        else if (u.gone)
            buf_bytes(side, REPLACEMENT);
        else
            escape_put(side, (unsigned char)*text.data);
        if (u.escape || (u.bad != NULL && !u.gone))
            n->flags |= TAPE_ESCAPED;
        text = bytes_from(text, u.len);
    }
    if (!buf_ok(side) || side->len > UINT32_MAX)
        return read_fail(r, n->offset, ERR_NOMEM, "out of memory");
    n->offset = (uint32_t)at;
    n->length = (uint32_t)(side->len - at);
    n->flags |= TAPE_SIDE | TAPE_REPAIRED;
    return true;
}

/* cut(text, limit, key): the units of ${text} that end within ${limit} bytes. */
static struct bytes
cut(struct bytes text, size_t limit, bool key)
{
    size_t end = 0;

    while (end < text.len) {
        struct unit u = unit_at(bytes_from(text, end), key);

        if (u.len > limit - end)
            break;
        end += u.len;
    }
    return bytes_upto(text, end);
}

/* settle(r, start, end, bad, n): the string is start..end; make the node. */
static bool
settle(struct read *r, size_t start, size_t end, bool bad, struct tape_node *n)
{
    struct bytes text = {r->base + start, end - start};

    if (text.len > r->limits.string_bytes) {
        if (r->strict)
            return read_fail(r, start - 1, ERR_LIMIT, "string too long");
        text = cut(text, r->limits.string_bytes, n->type == TAPE_KEY);
        n->flags |= TAPE_CUT;
    }
    n->offset = (uint32_t)start;
    n->length = (uint32_t)text.len;
    if (bad) {
        n->flags &= (uint8_t)~TAPE_ESCAPED;
        if (!repair(r, text, n))
            return false;
    }
    r->t->flags |= n->flags & TAPE_REPAIRS;
    return true;
}

/* \" \\ \/ \b \f \n \r \t: two bytes, always right. */
static const bool short_escape[256] = {
    ['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
    ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true,
};

size_t
read_string(struct read *r, size_t start, struct tape_node *n)
{
    bool key = n->type == TAPE_KEY;
    bool bad = false;
    size_t i = start;

    for (;;) {
        struct unit u;

        i = next_special(r, i);
        if (i >= r->last) {
            (void)read_fail(r, start - 1, ERR_SYNTAX, "string without an end");
            return 0;
        }
        if (r->base[i] == '"')
            return settle(r, start, i, bad, n) ? i + 1 : 0;
        /* The last byte, which may be the next one, is none of these. */
        if (r->base[i] == '\\' && short_escape[(unsigned char)r->base[i + 1]]) {
            n->flags |= TAPE_ESCAPED;
            i += 2;
            continue;
        }
        u = unit_at(bytes_of(r->base + i, r->last - i), key);
        if (u.bad != NULL && r->strict) {
            (void)read_fail(r, i, ERR_SYNTAX, u.bad);
            return 0;
        }
        bad |= u.bad != NULL;
        n->flags |= u.escape ? TAPE_ESCAPED : 0;
        i += u.len;
    }
}

uint32_t
read_hash(struct read *r, const struct tape_node *n)
{
    struct buf *scratch = &r->m->scratch;
    struct bytes text = tape_clean(r->t, n, scratch);

    if (!buf_ok(scratch)) {
        (void)read_fail(r, n->offset, ERR_NOMEM, "out of memory");
        return 0;
    }
    return hash_key(text.data, text.len);
}
