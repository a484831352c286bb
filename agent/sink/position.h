/* SPDX-License-Identifier: Apache-2.0 */
/* What an output stores with its cursor: how far it is, the window in work, and
 * what became of everything before it. All of it becomes durable in one step, so
 * the counters never disagree with the position. Private to the sink module. */
#ifndef AGENT_SINK_POSITION_H
#define AGENT_SINK_POSITION_H

#include "agent/spool/spool.h"

struct position {
    uint64_t settled;     /* every sequence up to here has its fate */
    uint64_t first, last; /* the run of windows in work; last 0: none */
    int64_t created_ns;   /* of that run: the sent_time of its windows */
    uint64_t delivered, filtered, dead_lettered, dropped; /* up to settled */
};

/* position_store(c, p, keep, err): kept as said when it returns ERR_OK. */
enum err_code position_store(struct spool_cursor *c, const struct position *p,
                             enum spool_keep keep, struct err *err) MUST_USE;

/* position_load(c, p): what was stored; for a new cursor (or an unreadable state)
 * the counters are 0 and settled is the cursor's own. */
void position_load(struct spool_cursor *c, struct position *p);

#endif
