/* SPDX-License-Identifier: Apache-2.0 */
/* One envelope that arrived: split into records, repeats dropped, the new ones
 * made durable, a status for each. */
#ifndef AGENT_TOOL_RECEIVE_TAKE_H
#define AGENT_TOOL_RECEIVE_TAKE_H

#include "agent/pipeline/recent.h"
#include "agent/source/unwrap.h"
#include "agent/tool/receive_judge.h"
#include "agent/tool/receive_store.h"

struct receive_counters {
    uint64_t records; /* new ones taken */
    uint64_t repeats; /* known by their id, dropped */
    uint64_t refused; /* items that are no objects, or wrong (--check) */
    uint64_t batches; /* envelopes taken */
    uint64_t bad;     /* envelopes refused: syntax, structure, digest, id */
};

struct receive_take {
    struct recent *ids;          /* of records */
    struct recent *messages;     /* msg_ids taken ... */
    struct recent *contents;     /* ... and each with its content's digest */
    struct receive_store store;  /* fd -1: print to stdout instead */
    struct receive_store log;    /* beside it: msg_id and digest, a line each */
    struct receive_judge *judge; /* borrowed; NULL: nothing is checked */
    struct receive_counters counters;
    bool closed; /* nobody reads stdout any more */
    struct unwrap in;
    struct buf lines; /* new records of the batch */
};

/* receive_take_init(t, store, err): ${store} NULL prints. Reads the ids of what
 * the store holds. */
enum err_code receive_take_init(struct receive_take *t, const char *store,
                                struct err *err) MUST_USE;
void receive_take_fini(struct receive_take *t);

/* receive_take_batch(t, b, v): one envelope as it came. v->status 202, or 207
 * when the judge refused some of its items, with v->items statuses in v->item
 * (202 new, 200 known, 400 refused; room for RESULTS_MAX); 400 (structure,
 * judge), 409 (its msg_id was another envelope's), 422 (digest) or 503 (not made
 * durable) with v->why. Repeats are known by the records' own event ids and,
 * for records without one, by the msg_id; of the latter a crash between store
 * and log forgets the last envelope. */
void receive_take_batch(struct receive_take *t, const struct receiver_batch *b,
                        struct receiver_verdict *v);

#endif
