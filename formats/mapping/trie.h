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

struct trie_node {
    struct bytes name; /* "[]" for the elements of an array */
    uint32_t hash;
    uint32_t slot;                /* 0: none */
    uint32_t parent, first, next; /* children list; 0: none */
    uint32_t index, mask;         /* of the children in trie.index; mask 0 and
                                     index 0: no children by name */
    uint32_t element;             /* the "[]" child, 0: none */
    uint8_t flags;
    const char *why; /* of keep and drop */
};

struct trie {
    struct trie_node *node; /* 0 is the root */
    uint32_t count, cap;
    uint32_t *index; /* node numbers, 0: empty */
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

/* Equality of ${n} bytes, inlined: names are short and a call costs more. */
static inline bool
trie_same(const char *a, const char *b, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        if (hash_load(a + i, 8) != hash_load(b + i, 8))
            return false;
    if (i + 4 <= n) {
        uint32_t x, y;

        memcpy(&x, a + i, 4);
        memcpy(&y, b + i, 4);
        if (x != y)
            return false;
        i += 4;
    }
    for (; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* trie_child(tr, node, t, key): the child that the tape's key names, or 0. */
static inline uint32_t
trie_child(const struct trie *tr, const struct trie_node *n,
           const struct tape *t, const struct tape_node *key)
{
    for (uint32_t i = key->hash & n->mask;; i = (i + 1) & n->mask) {
        uint32_t c = tr->index[n->index + i];

        if (c == 0)
            return 0;
        if (tr->node[c].hash == key->hash &&
            ((key->flags & TAPE_ESCAPED) == 0
                 ? key->length == tr->node[c].name.len &&
                       trie_same(tape_raw(t, key).data, tr->node[c].name.data,
                                 key->length)
                 : tape_is(t, key, tr->node[c].name)))
            return c;
    }
}

#endif
