/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is freed all at once. Blocks are kept on reset, so a per-event
 * arena reaches a steady state without malloc. Not thread-safe. */
#ifndef FORMATS_BASE_ARENA_H
#define FORMATS_BASE_ARENA_H

#include "formats/base/bytes.h"

struct arena_block;

struct arena {
    struct arena_block *first; /* owned list of blocks */
    struct arena_block *at;    /* block in use */
    size_t used;               /* bytes used of the block in use */
    size_t total;              /* bytes allocated from the system */
    size_t max;                /* refuse to grow beyond; 0 means no limit */
};

/* {0} is a valid arena without a limit. */
void arena_init(struct arena *a, size_t max);

/* arena_free(a): release all blocks; everything handed out is gone. */
void arena_free(struct arena *a);

/* arena_reset(a): everything handed out is gone, the blocks stay. */
void arena_reset(struct arena *a);

/* arena_alloc(a, size): ${size} zeroed bytes aligned to 16, or NULL when memory
 * or the limit is exhausted. Size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);

/* arena_array(a, count, size): as arena_alloc, overflow-checked. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* arena_copy(a, b): a copy with a NUL behind it; data is NULL on failure. */
struct bytes arena_copy(struct arena *a, struct bytes b);

/* arena_str(a, b): the same as a C string, or NULL. */
const char *arena_str(struct arena *a, struct bytes b);

/* arena_printf(a, fmt, ...): a formatted C string, or NULL. */
const char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
