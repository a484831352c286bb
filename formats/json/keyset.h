/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of all objects of one document, to find duplicates in O(1) a key.
 * Entries are stamped with document and object, so nothing is cleared between
 * documents. Work an attacker can cause with colliding keys is bounded. For
 * the reader and the tape builder only. Not thread-safe. */
#ifndef FORMATS_JSON_KEYSET_H
#define FORMATS_JSON_KEYSET_H

#include "formats/json/tape.h"

struct keyset_slot {
    uint32_t stamp; /* of the object; stale when below the document's base */
    uint32_t node;  /* of the key */
};

struct keyset {
    struct keyset_slot *slot; /* owned */
    uint32_t mask;            /* slots - 1 */
    uint32_t base;            /* first stamp of this document */
    uint32_t span;            /* stamps of this document */
    uint32_t room;            /* keys until it must grow */
    uint32_t budget;          /* comparisons left for colliding keys */
};

/* keyset_new(): NULL when memory ran out. keyset_free(NULL) does nothing. */
struct keyset *keyset_new(void);
void keyset_free(struct keyset *k);

/* keyset_begin(k, span): a new document, every key is forgotten; its objects
 * have serials below ${span}, which is at most TAPE_MAX_INPUT. */
void keyset_begin(struct keyset *k, uint32_t span);

enum keyset_result { KEYSET_NEW, KEYSET_OLD, KEYSET_COLLIDES, KEYSET_NOMEM };

struct keyset_key {
    uint32_t serial;   /* of the object: unique in the document */
    uint32_t object;   /* node of the object */
    uint32_t node;     /* node of this key (its text need not be set yet) */
    uint32_t hash;     /* hash_key(text) */
    struct bytes text; /* clean */
};

/* keyset_add(k, t, key, found): enter the key unless the object has it; then
 * KEYSET_OLD and the node of the first in *found. KEYSET_COLLIDES when so many
 * keys have one hash that looking further is refused. */
enum keyset_result keyset_add(struct keyset *k, const struct tape *t,
                              const struct keyset_key *key, uint32_t *found);

/* Where the search for a key starts: the same place for the same shape of
 * document, so that a stream of alike documents stays in the cache. */
static inline uint32_t
keyset_start(const struct keyset *k, uint32_t serial, uint32_t hash)
{
    return (hash + serial * 0x9E3779B1U) & k->mask;
}

#endif
