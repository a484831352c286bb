/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/pend.h"

#include <stdlib.h>

#define FREE_BLOCKS 20 /* kept for reuse: a group at full speed */

static struct pend_block *
new_block(size_t cap)
{
    struct pend_block *b = malloc(sizeof *b + cap);

    if (b != NULL) {
        b->next = NULL;
        b->used = 0;
        b->cap = cap;
    }
    return b;
}

bool
pend_init(struct pend *p)
{
    *p = (struct pend){.head.block = new_block(PEND_BLOCK_BYTES)};
    p->tail = p->head;
    if (p->head.block == NULL)
        return false;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p->head.block);
        return false;
    }
    return true;
}

static void
free_chain(struct pend_block *b)
{
    while (b != NULL) {
        struct pend_block *next = b->next;

        free(b);
        b = next;
    }
}

void
pend_free(struct pend *p)
{
    free_chain(p->head.block);
    free_chain(p->free);
    pthread_mutex_destroy(&p->lock);
}

static struct pend_block *
take_free(struct pend *p, size_t n)
{
    struct pend_block *b = NULL;

    if (n > PEND_BLOCK_BYTES)
        return NULL;
    pthread_mutex_lock(&p->lock);
    if (p->free != NULL) {
        b = p->free;
        p->free = b->next;
        p->free_count--;
        b->next = NULL;
        b->used = 0;
    }
    pthread_mutex_unlock(&p->lock);
    return b;
}

char *
pend_room(struct pend *p, size_t n)
{
    struct pend_block *b = p->tail.block;
    size_t cap = n > PEND_BLOCK_BYTES ? n : PEND_BLOCK_BYTES;

    if (b->cap - b->used >= n)
        return b->data + b->used;
    b = take_free(p, n);
    if (b == NULL)
        b = new_block(cap);
    if (b == NULL)
        return NULL;
    p->tail.block->next = b;
    p->tail.block = b;
    p->tail.offset = 0;
    return b->data;
}

void
pend_advance(struct pend *p, size_t n)
{
    p->tail.block->used += n;
    p->tail.offset = p->tail.block->used;
    p->tail.position += n;
}

int
pend_iov(struct pend_place *at, const struct pend_place *to, struct iovec *iov,
         int max)
{
    int n = 0;

    while (n < max && at->position < to->position) {
        size_t stop = at->block == to->block ? to->offset : at->block->used;

        if (stop > at->offset) {
            iov[n].iov_base = at->block->data + at->offset;
            iov[n].iov_len = stop - at->offset;
            n++;
            at->position += stop - at->offset;
            at->offset = stop;
        }
        if (at->block != to->block && at->position < to->position) {
            at->block = at->block->next;
            at->offset = 0;
        }
    }
    return n;
}

void
pend_release(struct pend *p, const struct pend_place *to)
{
    struct pend_block *b = p->head.block;

    p->head = *to;
    pthread_mutex_lock(&p->lock);
    while (b != to->block) {
        struct pend_block *next = b->next;

        if (b->cap == PEND_BLOCK_BYTES && p->free_count < FREE_BLOCKS) {
            b->next = p->free;
            p->free = b;
            p->free_count++;
        } else {
            free(b);
        }
        b = next;
    }
    pthread_mutex_unlock(&p->lock);
}
