/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines of records that the checker has seen clean. A record that looks like
 * one of them is clean too, and need be neither read back nor checked. Bounded:
 * a full table starts afresh, so that whoever invents outlines only gets every
 * record checked. Not thread-safe. */
#ifndef FORMATS_MAPPING_KNOWN_H
#define FORMATS_MAPPING_KNOWN_H

#include "formats/mapping/mapping.h"

#define KNOWN_SLOTS 2048U /* about 256 KiB */

/* A record in so many is checked although it is known. */
#define KNOWN_AUDIT 1024U

struct known_slot {
    struct plan_outline outline;
    uint32_t hash; /* 0: free */
    uint32_t plan;
};

struct known {
    struct known_slot *slot; /* owned; NULL before the first */
    uint32_t used;
    uint32_t asked; /* for KNOWN_AUDIT */
};

/* known_has(k, plan, o): a clean record of plan number ${plan} had the outline
 * ${o}. */
bool known_has(const struct known *k, uint32_t plan,
               const struct plan_outline *o);

/* known_add(k, plan, o): a record of this outline was checked and has neither
 * error nor warning. Ignored when ${o} is not sure, or without memory. */
void known_add(struct known *k, uint32_t plan, const struct plan_outline *o);

/* known_audit(k): true for one call in KNOWN_AUDIT. */
static inline bool
known_audit(struct known *k)
{
    return ++k->asked % KNOWN_AUDIT == 0;
}

/* known_clear(k): forget all. known_free(k): and the memory. */
void known_clear(struct known *k);
void known_free(struct known *k);

#endif
