/* SPDX-License-Identifier: Apache-2.0 */
/* The source paths that a plan knows, as a trie whose children are found by
 * the hash of their key; one walk over a tape fills the slots. */
#ifndef FORMATS_MAPPING_TRIE_H
#define FORMATS_MAPPING_TRIE_H

#include "formats/mapping/path.h"

enum trie_flag {
    TRIE_MAPPED = 1, /* a field reads exactly this path */
    TRIE_KEEP = 2,   /* kept whole (what is below it and not named) */
    TRIE_DROP = 4,   /* left out on purpose */
    TRIE_KEEPS = 8,  /* a KEEP at it or below */
    TRIE_TEST = 16   /* only conditions read it */
};

#define TRIE_NAME 36 /* bytes of a name that lie in the node itself */

struct trie_node {        /* one cache line */
    char head[TRIE_NAME]; /* of the name */
    uint32_t length;      /* of the whole name */
    uint32_t slot;        /* 0: none */
    uint32_t first;       /* of the children; 0: none */
    uint32_t index, mask; /* of the children by name in trie.cell */
    uint32_t element;     /* the "[]" child, 0: none */
    uint32_t flags;
};

struct trie_cell { /* open addressing; node 0: empty */
    uint32_t hash;
    uint32_t node;
};

struct trie_more {     /* what the walk does not look at */
    struct bytes name; /* "[]" for the elements of an array */
    uint32_t hash;
    uint32_t parent, next; /* list of children */
    const char *why;       /* of keep and drop */
};

struct trie {
    struct trie_node *node; /* 0 is the root */
    struct trie_more *more; /* the same number */
    uint32_t count, cap;
    struct trie_cell *cell;
};

/* trie_add(tr, arena, step, count): the node of a path, made when new; 0 when
 * memory is exhausted (the root is never asked for). */
uint32_t trie_add(struct trie *tr, struct arena *arena, const struct step *step,
                  uint32_t count);
/* trie_slot(tr, node, last): the slot of a node, ++*last when it has none. */
uint32_t trie_slot(struct trie *tr, uint32_t node, uint32_t *last);
/* trie_finish(tr, arena): build the indexes, hand KEEP down to everything
 * below that is neither mapped nor dropped; false: memory. */
bool trie_finish(struct trie *tr, struct arena *arena);

/* trie_same(a, b, n): ${n} equal bytes, by loads that may overlap. */
static inline bool
trie_same(const char *a, const char *b, size_t n)
{
    if (n >= 8) {
        uint64_t other = hash_load(a + n - 8, 8) ^ hash_load(b + n - 8, 8);

        other |= hash_load(a, 8) ^ hash_load(b, 8);
        for (size_t i = 8; i + 8 < n; i += 8)
            other |= hash_load(a + i, 8) ^ hash_load(b + i, 8);
        return other == 0;
    }
    if (n >= 4)
        return ((hash_load(a, 4) ^ hash_load(b, 4)) |
                (hash_load(a + n - 4, 4) ^ hash_load(b + n - 4, 4))) == 0;
    return n == 0 ||
           (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* trie_is(tr, c, t, key): the name of node ${c} is the tape's key. */
static inline bool
trie_is(const struct trie *tr, uint32_t c, const struct tape *t,
        const struct tape_node *key)
{
    const struct trie_node *n = &tr->node[c];

    if ((key->flags & (TAPE_ESCAPED | TAPE_SIDE)) != 0 || n->length > TRIE_NAME)
        return tape_is(t, key, tr->more[c].name);
    return key->length == n->length &&
           trie_same(t->input + key->offset, n->head, n->length);
}

/* trie_child(tr, n, t, key): the child of ${n} that the tape's key names, or
 * 0. */
static inline uint32_t
trie_child(const struct trie *tr, const struct trie_node *n,
           const struct tape *t, const struct tape_node *key)
{
    const struct trie_cell *cells = tr->cell + n->index;
    uint32_t hash = key->hash; /* never 0, as an empty cell's is */
    uint32_t mask = n->mask, i = hash & mask;

    while (true) {
        if (cells[i].hash == hash && trie_is(tr, cells[i].node, t, key))
            return cells[i].node;
        if (cells[i].hash == 0)
            return 0;
        i = (i + 1) & mask;
    }
}

#endif
