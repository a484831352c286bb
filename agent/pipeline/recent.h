/* SPDX-License-Identifier: Apache-2.0 */
/* The last million event ids: a repeated record is dropped, memory is bounded.
 * Ids are kept as keyed 128-bit hashes, so chosen ids cannot collide. */
#ifndef AGENT_PIPELINE_RECENT_H
#define AGENT_PIPELINE_RECENT_H

#include "formats/base/bytes.h"

#define RECENT_MAX ((uint32_t)1 << 20)

struct recent;

/* recent_new(max): room for ${max} ids (a power of two, at most
 * RECENT_MAX); NULL when out of memory or randomness. */
struct recent *recent_new(uint32_t max);
void recent_free(struct recent *s);

/* recent_add(s, id): false when ${id} is there already; else it is added
 * and the oldest makes room. */
bool recent_add(struct recent *s, struct bytes id);

/* recent_undo(s, n): forget the ${n} ids added last. */
void recent_undo(struct recent *s, uint32_t n);

uint32_t recent_count(const struct recent *s);

#endif
