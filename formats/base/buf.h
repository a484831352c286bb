/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer. Failure is latched: appends after one do nothing, and
 * the writer asks once at the end (buf_ok). Reused buffers keep their memory,
 * so the steady state allocates nothing. Not thread-safe. */
#ifndef FORMATS_BASE_BUF_H
#define FORMATS_BASE_BUF_H

#include "formats/base/bytes.h"
#include "formats/base/err.h"

struct buf {
    char *data;  /* owned; NULL until the first append */
    size_t len;  /* bytes in use */
    size_t cap;  /* bytes allocated */
    size_t max;  /* refuse to grow beyond; 0 means SIZE_MAX / 2 */
    bool failed; /* an append did not fit or memory ran out */
};

/* buf_init(b, max): empty, nothing allocated. {0} is also a valid buffer. */
void buf_init(struct buf *b, size_t max);

/* buf_free(b): release the memory; the buffer is empty and usable again. */
void buf_free(struct buf *b);

/* buf_reserve_slow(b, n): grow so that ${n} more bytes fit; on failure latch
 * ${b}->failed and return false. Use buf_reserve. */
bool buf_reserve_slow(struct buf *b, size_t n);

/* buf_printf(b, fmt, ...): formatted append; for cold paths. */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* buf_u64(b, v), buf_i64(b, v): decimal digits. */
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);

/* buf_reserve(b, n): make room for ${n} bytes at data + len. */
static inline bool
buf_reserve(struct buf *b, size_t n)
{
    if (!b->failed && b->cap - b->len >= n)
        return true;
    return buf_reserve_slow(b, n);
}

static inline void
buf_add(struct buf *b, const char *p, size_t n)
{
    if (n != 0 && buf_reserve(b, n)) {
        memcpy(b->data + b->len, p, n);
        b->len += n;
    }
}

static inline void
buf_bytes(struct buf *b, struct bytes s)
{
    buf_add(b, s.data, s.len);
}

static inline void
buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

static inline void
buf_char(struct buf *b, char c)
{
    if (buf_reserve(b, 1))
        b->data[b->len++] = c;
}

/* buf_reset(b): empty, failure cleared, memory kept. */
static inline void
buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

/* buf_cut(b, len): back to an earlier length; no effect if it is longer. */
static inline void
buf_cut(struct buf *b, size_t len)
{
    if (len < b->len)
        b->len = len;
}

static inline struct bytes
buf_view(const struct buf *b)
{
    return (struct bytes){b->data, b->len};
}

static inline bool
buf_ok(const struct buf *b)
{
    return !b->failed;
}

/* buf_cstr(b): the content with a NUL behind it (not counted in len), or NULL
 * when the buffer has failed. Borrowed until the next append. */
const char *buf_cstr(struct buf *b);

#endif
