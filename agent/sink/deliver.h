/* SPDX-License-Identifier: Apache-2.0 */
/* What to do with each send result, until every item of a group is delivered or
 * dead-lettered: repeat the same bytes, split, bisect, probe a dead destination.
 * Private to the sink module. */
#ifndef AGENT_SINK_DELIVER_H
#define AGENT_SINK_DELIVER_H

#include "agent/sink/output.h"
#include "transport/transport.h"

struct delivery { /* one output's means; used by its thread only */
    const struct transport *transport;
    void *handle;
    struct envelope envelope;
    struct buf body;
    unsigned deadline_ms;
    unsigned refuse_after;
    unsigned backoff_ms; /* grows to the cap while the destination is away */
    uint32_t random;     /* jitter; any seed */
    void *ctx;           /* of the callbacks */
    /* stopping(ctx): give up waiting and return. */
    bool (*stopping)(void *ctx);
    /* sleep(ctx, ms): wait that long or until stopping. */
    void (*sleep)(void *ctx, unsigned ms);
    /* state(ctx, health, reason): for status; ${reason} may be NULL. */
    void (*state)(void *ctx, enum output_health health, const char *reason);
    /* sent(ctx, items, bytes), dead(ctx, w, item, reason): the fate of items. */
    void (*sent)(void *ctx, uint32_t items, size_t bytes);
    void (*dead)(void *ctx, const struct window *w, uint32_t item,
                 const char *reason);
    void (*retried)(void *ctx, bool refused);
};

/* deliver_group(d, w, g): true when every item has its fate; false when
 * stopping came first (the window stays open and is repeated after a restart).
 */
bool deliver_group(struct delivery *d, const struct window *w,
                   const struct window_group *g);

#endif
