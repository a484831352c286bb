/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST_CAP ((size_t)256)

void
buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void
buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.max = b->max};
}

bool
buf_reserve_slow(struct buf *b, size_t n)
{
    size_t max = b->max ? b->max : SIZE_MAX / 2;
    size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
    char *data;

    if (b->failed)
        return false;
    if (n > max || b->len > max - n) {
        b->failed = true;
        return false;
    }
    while (cap < b->len + n)
        cap = cap > max / 2 ? max : cap * 2;
    if (cap > max) /* a small limit is below the first allocation */
        cap = max;
    data = realloc(b->data, cap);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!buf_reserve(b, (size_t)n + 1))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void
buf_u64(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t i = sizeof digits;

    do {
        digits[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    buf_add(b, digits + i, sizeof digits - i);
}

void
buf_i64(struct buf *b, int64_t v)
{
    if (v < 0) {
        buf_char(b, '-');
        buf_u64(b, (uint64_t)0 - (uint64_t)v);
    } else {
        buf_u64(b, (uint64_t)v);
    }
}

const char *
buf_cstr(struct buf *b)
{
    if (!buf_reserve(b, 1))
        return NULL;
    b->data[b->len] = '\0';
    return b->data;
}
