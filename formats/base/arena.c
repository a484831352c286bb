/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_ALIGN ((size_t)16)
#define ARENA_BLOCK ((size_t)16 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t cap;
    _Alignas(16) char data[];
};

void
arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

void
arena_free(struct arena *a)
{
    struct arena_block *b = a->first;

    while (b != NULL) {
        struct arena_block *next = b->next;

        free(b);
        b = next;
    }
    *a = (struct arena){.max = a->max};
}

void
arena_reset(struct arena *a)
{
    a->at = a->first;
    a->used = 0;
}

/* Link a new block behind the one in use; blocks after it stay reachable. */
static struct arena_block *
block_new(struct arena *a, size_t size)
{
    size_t cap = size > ARENA_BLOCK ? size : ARENA_BLOCK;
    struct arena_block *b;

    if (a->max != 0 && (cap > a->max || a->total > a->max - cap))
        return NULL;
    b = malloc(sizeof *b + cap);
    if (b == NULL)
        return NULL;
    b->cap = cap;
    if (a->at == NULL) {
        b->next = a->first;
        a->first = b;
    } else {
        b->next = a->at->next;
        a->at->next = b;
    }
    a->total += cap;
    return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
    void *p;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    while (a->at == NULL || a->at->cap - a->used < size) {
        struct arena_block *b = a->at ? a->at->next : NULL;

        if (b == NULL || b->cap < size)
            b = block_new(a, size);
        if (b == NULL)
            return NULL;
        a->at = b;
        a->used = 0;
    }
    p = a->at->data + a->used;
    a->used += size;
    return memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n;

    if (__builtin_mul_overflow(count, size, &n))
        return NULL;
    return arena_alloc(a, n);
}

struct bytes
arena_copy(struct arena *a, struct bytes b)
{
    char *p = b.len < SIZE_MAX / 4 ? arena_alloc(a, b.len + 1) : NULL;

    if (p == NULL)
        return (struct bytes){NULL, 0};
    if (b.len != 0)
        memcpy(p, b.data, b.len);
    return (struct bytes){p, b.len};
}

const char *
arena_str(struct arena *a, struct bytes b)
{
    return arena_copy(a, b).data;
}

const char *
arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return NULL;
    p = arena_alloc(a, (size_t)n + 1);
    if (p == NULL)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}
