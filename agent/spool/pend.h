/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded entries on their way from the appender to the commit thread: a chain
 * of blocks that the appender fills beyond the last mark while the commit
 * thread writes what lies before it. No byte is copied on the way. */
#ifndef AGENT_SPOOL_PEND_H
#define AGENT_SPOOL_PEND_H

#include <pthread.h>
#include <sys/uio.h>

#include "formats/base/bytes.h"

#define PEND_BLOCK_BYTES ((size_t)256 << 10)

struct pend_block {
    struct pend_block *next;
    size_t used, cap; /* appender only, final once next is set */
    char data[];
};

struct pend_place {
    struct pend_block *block; /* never NULL after pend_init */
    size_t offset;
    uint64_t position; /* bytes since the start, over all blocks */
};

struct pend {
    struct pend_place tail; /* appender: next free byte */
    struct pend_place head; /* commit thread: first byte not committed */
    pthread_mutex_t lock;   /* the free list */
    struct pend_block *free;
    unsigned free_count;
};

/* pend_init(p) / pend_free(p): no thread may use it any more. */
bool pend_init(struct pend *p);
void pend_free(struct pend *p);

/* pend_room(p, n): appender: ${n} contiguous bytes, or NULL without memory;
 * pend_advance(p, n) makes the first ${n} of them part of the chain. */
char *pend_room(struct pend *p, size_t n);
void pend_advance(struct pend *p, size_t n);

/* pend_iov(at, to, iov, max): commit thread: the bytes from ${at} up to ${to} (a
 * tail published under a lock) as at most ${max} vectors; their number. ${at}
 * moves to the place reached. */
int pend_iov(struct pend_place *at, const struct pend_place *to,
             struct iovec *iov, int max);

/* pend_release(p, to): commit thread: everything before ${to} is not needed any
 * more. */
void pend_release(struct pend *p, const struct pend_place *to);

#endif
