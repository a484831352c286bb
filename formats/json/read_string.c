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

/* unit_at(p, n, key): the unit at the start of ${n} > 0 bytes. */
static struct unit
unit_at(const char *p, size_t n, bool key)
{
    unsigned char c = (unsigned char)*p;
    uint32_t cp = 0;
    size_t len;

    if (c == '\\') {
        len = escape_read(p, n, &cp);
        if (len == 0)
            return (struct unit){1, "unknown escape", false, false};
        if (cp >= 0xD800 && cp <= 0xDFFF)
            return (struct unit){len, "lone surrogate", false, true};
        if (cp == 0 && key)
            return (struct unit){len, "U+0000 in a key", false, true};
        return (struct unit){len, NULL, true, false};
    }
    if (c < 0x20)
        return (struct unit){1, "control character in a string", false, false};
    len = text_utf8_char(p, n);
    if (len == 0)
        return (struct unit){text_utf8_bad(p, n), "invalid UTF-8", false, true};
    return (struct unit){len, NULL, false, false};
}

static const char *
next_special(const char *p, const char *end)
{
    while (end - p >= 16) {
        uint32_t mask = simd_special16(p);

        if (mask != 0)
            return p + simd_ctz(mask);
        p += 16;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 &&
           *p != '"' && *p != '\\')
        p++;
    return p;
}

/* repair(r, start, end, n): the text again, into the side buffer. */
static bool
repair(struct read *r, const char *start, const char *end, struct tape_node *n)
{
    struct buf *side = &r->t->side;
    size_t at = side->len;

    for (const char *p = start; p < end;) {
        struct unit u = unit_at(p, (size_t)(end - p), n->type == TAPE_KEY);

        if (u.bad == NULL)
            buf_add(side, p, u.len);
        else if (u.gone)
            buf_bytes(side, REPLACEMENT);
        else
            escape_put(side, (unsigned char)*p);
        if (u.escape || (u.bad != NULL && !u.gone))
            n->flags |= TAPE_ESCAPED;
        p += u.len;
    }
    if (!buf_ok(side))
        return read_fail(r, start, ERR_NOMEM, "out of memory");
    n->offset = (uint32_t)at;
    n->length = (uint32_t)(side->len - at);
    n->flags |= TAPE_SIDE | TAPE_REPAIRED;
    return true;
}

/* cut(start, end, limit, key): the end of the last unit that ends within
 * ${limit} bytes. */
static const char *
cut(const char *start, const char *end, uint32_t limit, bool key)
{
    const char *p = start;

    while (p < end) {
        struct unit u = unit_at(p, (size_t)(end - p), key);

        if (u.len > limit - (size_t)(p - start))
            break;
        p += u.len;
    }
    return p;
}

/* settle(r, start, end, bad, n): the string is start..end; make the node. */
static bool
settle(struct read *r, const char *start, const char *end, bool bad,
       struct tape_node *n)
{
    if ((size_t)(end - start) > r->limits.string_bytes) {
        if (r->strict)
            return read_fail(r, start - 1, ERR_LIMIT, "string too long");
        end = cut(start, end, r->limits.string_bytes, n->type == TAPE_KEY);
        n->flags |= TAPE_CUT;
    }
    n->offset = (uint32_t)(start - r->base);
    n->length = (uint32_t)(end - start);
    if (bad) {
        n->flags &= (uint8_t)~TAPE_ESCAPED;
        if (!repair(r, start, end, n))
            return false;
    }
    r->t->flags |= n->flags & TAPE_REPAIRS;
    return true;
}

const char *
read_string(struct read *r, const char *start, const char *at,
            struct tape_node *n)
{
    bool key = n->type == TAPE_KEY;
    bool bad = false;

    for (const char *p = at;; p = next_special(p, r->end)) {
        struct unit u;

        if (p >= r->end) {
            (void)read_fail(r, start - 1, ERR_SYNTAX, "string without an end");
            return NULL;
        }
        if (*p == '"')
            return settle(r, start, p, bad, n) ? p : NULL;
        u = unit_at(p, (size_t)(r->end - p), key);
        if (u.bad != NULL && r->strict) {
            (void)read_fail(r, p, ERR_SYNTAX, u.bad);
            return NULL;
        }
        bad |= u.bad != NULL;
        n->flags |= u.escape ? TAPE_ESCAPED : 0;
        p += u.len;
    }
}

uint32_t
read_hash(struct read *r, const struct tape_node *n)
{
    struct buf *scratch = &r->m->scratch;
    struct bytes text = tape_clean(r->t, n, scratch);

    if (!buf_ok(scratch)) {
        (void)read_fail(r, r->base, ERR_NOMEM, "out of memory");
        return 0;
    }
    return hash_key(text.data, text.len);
}
