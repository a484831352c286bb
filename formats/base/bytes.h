/* SPDX-License-Identifier: Apache-2.0 */
/* A borrowed range of bytes, and a bounded cursor over one: the only way a
 * parser of ours looks at input. Lengths first, no terminators. */
#ifndef FORMATS_BASE_BYTES_H
#define FORMATS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const char *data; /* may be NULL when len is 0 */
    size_t len;       /* bytes */
};

/* A string literal as bytes, without its NUL. */
#define BYTES(literal) ((struct bytes){(literal), sizeof(literal) - 1})

static inline struct bytes
bytes_of(const char *data, size_t len)
{
    return (struct bytes){data, len};
}

/* bytes_str(s): ${s} up to its NUL; NULL gives empty bytes. */
static inline struct bytes
bytes_str(const char *s)
{
    return (struct bytes){s, s ? strlen(s) : 0};
}

static inline bool
bytes_eq(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool
bytes_is(struct bytes a, const char *s)
{
    return bytes_eq(a, bytes_str(s));
}

static inline bool
bytes_starts(struct bytes a, struct bytes prefix)
{
    return a.len >= prefix.len &&
           (prefix.len == 0 || memcmp(a.data, prefix.data, prefix.len) == 0);
}

/* bytes_from(a, n): ${a} without its first ${n} bytes (all, if shorter). */
static inline struct bytes
bytes_from(struct bytes a, size_t n)
{
    if (n > a.len)
        n = a.len;
    return (struct bytes){a.len ? a.data + n : a.data, a.len - n};
}

/* bytes_upto(a, n): the first ${n} bytes of ${a} (all, if shorter). */
static inline struct bytes
bytes_upto(struct bytes a, size_t n)
{
    return (struct bytes){a.data, n < a.len ? n : a.len};
}

/* bytes_find(a, c): index of the first ${c} in ${a}, or a.len. */
static inline size_t
bytes_find(struct bytes a, char c)
{
    const char *p = a.len ? memchr(a.data, c, a.len) : NULL;

    return p ? (size_t)(p - a.data) : a.len;
}

/* bytes_trim(a): ${a} without spaces, tabs, CR and LF at both ends. */
static inline struct bytes
bytes_trim(struct bytes a)
{
    while (a.len && strchr(" \t\r\n", a.data[0]) && a.data[0])
        a = bytes_from(a, 1);
    while (a.len && strchr(" \t\r\n", a.data[a.len - 1]) && a.data[a.len - 1])
        a.len--;
    return a;
}

/* bytes_put_le(p, v, n), bytes_get_le(p, n): little-endian integers of ${n} <= 8
 * bytes at any alignment. */
static inline void
bytes_put_le(char *p, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (char)(uint8_t)(v >> (8 * i));
}

static inline uint64_t
bytes_get_le(const char *p, unsigned n)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < n; i++)
        v |= (uint64_t)(uint8_t)p[i] << (8 * i);
    return v;
}

/* bytes_to_u64(a, max, out): decimal digits only, no sign, at least one; false
 * when empty, not digits or above ${max}; *out is untouched then. */
static inline bool
bytes_to_u64(struct bytes a, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (a.len == 0)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned d = (unsigned)(unsigned char)a.data[i] - '0';

        if (d > 9 || v > (UINT64_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    if (v > max)
        return false;
    *out = v;
    return true;
}

#endif
