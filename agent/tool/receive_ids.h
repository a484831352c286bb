/* SPDX-License-Identifier: Apache-2.0 */
/* The last million event ids: a repeated record is dropped, memory is bounded.
 * Ids are kept as keyed 128-bit hashes, so chosen ids cannot collide. */
#ifndef AGENT_TOOL_RECEIVE_IDS_H
#define AGENT_TOOL_RECEIVE_IDS_H

#include "formats/base/bytes.h"

#define RECEIVE_IDS_MAX ((uint32_t)1 << 20)

struct receive_ids;

/* receive_ids_new(max): room for ${max} ids (a power of two, at most
 * RECEIVE_IDS_MAX); NULL when out of memory or randomness. */
struct receive_ids *receive_ids_new(uint32_t max);
void receive_ids_free(struct receive_ids *s);

/* receive_ids_add(s, id): false when ${id} is there already; else it is added
 * and the oldest makes room. */
bool receive_ids_add(struct receive_ids *s, struct bytes id);

/* receive_ids_undo(s, n): forget the ${n} ids added last. */
void receive_ids_undo(struct receive_ids *s, uint32_t n);

uint32_t receive_ids_count(const struct receive_ids *s);

#endif
