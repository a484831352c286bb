/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/json/keyset.h"

#include <stdlib.h>

#define FIRST_SLOTS 512U
#define PROBES_MAX  24U /* then the table grows or is attacked */
#define BUDGET      ((uint32_t)1 << 20) /* node visits a document: about 2 ms */

struct keyset *
keyset_new(void)
{
    struct keyset *k = calloc(1, sizeof *k);

    if (k == NULL)
        return NULL;
    k->slot = calloc(FIRST_SLOTS, sizeof k->slot[0]);
    if (k->slot == NULL) {
        free(k);
        return NULL;
    }
    k->mask = FIRST_SLOTS - 1;
    k->span = 1; /* a fresh slot has stamp 0, below every base */
    return k;
}

void
keyset_free(struct keyset *k)
{
    if (k != NULL)
        free(k->slot);
    free(k);
}

void
keyset_begin(struct keyset *k, uint32_t span)
{
    if ((uint64_t)k->base + k->span + span > UINT32_MAX) {
        memset(k->slot, 0, ((size_t)k->mask + 1) * sizeof k->slot[0]);
        k->base = 0;
        k->span = 1; /* a cleared slot has stamp 0, below every base */
    }
    k->base += k->span;
    k->span = span;
    k->room = (k->mask + 1) / 2;
    k->budget = BUDGET;
}

/* The step is odd, so that it visits every slot, and comes from other bits of
 * the hash than the start. */
static uint32_t
step_of(uint32_t hash)
{
    return hash >> 16 | 1U;
}

/* grow(k, t): twice the slots, with the entries of this document only. */
static bool
grow(struct keyset *k, const struct tape *t)
{
    uint32_t count = (k->mask + 1) * 2;
    struct keyset_slot *old = k->slot;
    uint32_t old_count = k->mask + 1;
    struct keyset_slot *slot = calloc(count, sizeof slot[0]);

    if (slot == NULL)
        return false;
    k->slot = slot;
    k->mask = count - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        uint32_t at, hash;

        if (old[i].stamp < k->base)
            continue;
        hash = t->node[old[i].node].hash;
        at = keyset_start(k, old[i].stamp - k->base, hash);
        while (slot[at].stamp >= k->base)
            at = (at + step_of(hash)) & k->mask;
        slot[at] = old[i];
    }
    free(old);
    k->room = count / 2 - (old_count / 2 - k->room);
    return true;
}

static bool
same_key(const struct tape *t, uint32_t node, const struct keyset_key *key)
{
    return t->node[node].hash == key->hash &&
           tape_is(t, &t->node[node], key->text);
}

/* walk(k, t, key, found): the slow, exact answer when the table cannot give
 * one: the object's keys one after the other, within the document's budget. */
static enum keyset_result
walk(struct keyset *k, const struct tape *t, const struct keyset_key *key,
     uint32_t *found)
{
    uint32_t i = key->object + 1;

    if (i == key->node)
        return KEYSET_NEW;
    for (;; i = t->node[i].next) {
        if (k->budget == 0)
            return KEYSET_COLLIDES;
        k->budget--;
        if (same_key(t, i, key)) {
            *found = i;
            return KEYSET_OLD;
        }
        if (t->node[i].next == 0 || t->node[i].next == key->node)
            return KEYSET_NEW;
    }
}

enum keyset_result
keyset_add(struct keyset *k, const struct tape *t, const struct keyset_key *key,
           uint32_t *found)
{
    uint32_t stamp = k->base + key->serial;
    uint32_t at;

    if (k->room == 0 && !grow(k, t))
        return KEYSET_NOMEM;
    at = keyset_start(k, key->serial, key->hash);
    for (uint32_t n = 0; n < PROBES_MAX; n++) {
        struct keyset_slot *s = &k->slot[at];

        if (s->stamp < k->base) {
            *s = (struct keyset_slot){stamp, key->node};
            k->room--;
            return KEYSET_NEW;
        }
        if (s->stamp == stamp && same_key(t, s->node, key)) {
            *found = s->node;
            return KEYSET_OLD;
        }
        at = (at + step_of(key->hash)) & k->mask;
    }
    return walk(k, t, key, found);
}
