/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mapping/known.h"

#include <stdlib.h>
#include <string.h>

#include "formats/base/hash.h"

#define KNOWN_FULL (KNOWN_SLOTS / 4 * 3)

static uint32_t
hash_of(uint32_t plan, const struct plan_outline *o)
{
    uint64_t h = plan + o->told_len + UINT64_C(0x9E3779B97F4A7C15);

    for (size_t i = 0; i < PLAN_OUTLINE_MEMBERS; i++)
        h = (h ^ o->member[i]) * UINT64_C(0xD6E8FEB86659FD93);
    for (size_t i = 0; i < o->told_len; i += 8) {
        h ^= h >> 32;
        h = (h ^ hash_load(o->told + i, 8)) * UINT64_C(0xD6E8FEB86659FD93);
    }
    return (uint32_t)(h >> 32) | 1U;
}

static bool
same(const struct plan_outline *a, const struct plan_outline *b)
{
    return a->told_len == b->told_len &&
           memcmp(a->member, b->member, sizeof a->member) == 0 &&
           memcmp(a->told, b->told, a->told_len) == 0;
}

/* The slot that holds ${o}, or the free one where it belongs. */
static struct known_slot *
find(const struct known *k, uint32_t hash, uint32_t plan,
     const struct plan_outline *o)
{
    for (uint32_t i = hash >> 1;; i++) {
        struct known_slot *s = &k->slot[i % KNOWN_SLOTS];

        if (s->hash == 0 ||
            (s->hash == hash && s->plan == plan && same(&s->outline, o)))
            return s;
    }
}

bool
known_has(const struct known *k, uint32_t plan, const struct plan_outline *o)
{
    return o->sure && k->slot != NULL &&
           find(k, hash_of(plan, o), plan, o)->hash != 0;
}

void
known_add(struct known *k, uint32_t plan, const struct plan_outline *o)
{
    uint32_t hash = hash_of(plan, o);
    struct known_slot *s;

    if (!o->sure)
        return;
    if (k->slot == NULL)
        k->slot = calloc(KNOWN_SLOTS, sizeof *k->slot);
    if (k->slot == NULL)
        return;
    if (k->used >= KNOWN_FULL)
        known_clear(k);
    s = find(k, hash, plan, o);
    if (s->hash != 0)
        return;
    s->hash = hash;
    s->plan = plan;
    s->outline = *o;
    k->used++;
}

void
known_clear(struct known *k)
{
    if (k->slot != NULL)
        memset(k->slot, 0, KNOWN_SLOTS * sizeof *k->slot);
    k->used = 0;
}

void
known_free(struct known *k)
{
    free(k->slot);
    *k = (struct known){0};
}
