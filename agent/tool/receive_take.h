/* SPDX-License-Identifier: Apache-2.0 */
/* One envelope that arrived: split into records, repeats dropped, the new ones
 * made durable, a status for each. */
#ifndef AGENT_TOOL_RECEIVE_TAKE_H
#define AGENT_TOOL_RECEIVE_TAKE_H

#include "agent/tool/receive_ids.h"
#include "agent/tool/receive_store.h"
#include "formats/json/reader.h"

struct receive_counters {
    uint64_t records; /* new ones taken */
    uint64_t repeats; /* known by their id, dropped */
    uint64_t refused; /* items that are no objects */
    uint64_t batches; /* envelopes taken */
    uint64_t bad;     /* envelopes refused: syntax, structure, digest */
};

struct receive_take {
    struct receive_ids *ids;
    struct receive_store store; /* fd -1: print to stdout instead */
    struct receive_counters counters;
    bool closed; /* nobody reads stdout any more */
    struct json_reader reader;
    struct tape tape;
    struct buf lines;   /* new records of the batch */
    struct buf scratch; /* unescaped texts */
};

/* receive_take_init(t, store, err): ${store} NULL prints. Reads the ids of what
 * the store holds. */
enum err_code receive_take_init(struct receive_take *t, const char *store,
                                struct err *err) MUST_USE;
void receive_take_fini(struct receive_take *t);

/* receive_take_batch(t, body, item, max, count, why): HTTP status of the batch:
 * 202 with *count item statuses (202 new, 200 known, 400 no object), 400 and
 * 422 (digest) with *why, 503 when it could not be made durable. */
unsigned receive_take_batch(struct receive_take *t, struct bytes body,
                            uint16_t *item, size_t max, size_t *count,
                            const char **why);

#endif
