/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/feed.h"

static bool
offer(struct feed *f, const struct frame *frame, feed_fn give, void *ctx)
{
    if (give(ctx, frame))
        return true;
    f->waiting = *frame;
    f->refused = true;
    return false;
}

enum feed_result
feed_run(struct feed *f, feed_fn give, void *ctx)
{
    struct frame frame;

    if (f->refused) {
        f->refused = false;
        frame = f->waiting;
        if (!offer(f, &frame, give, ctx))
            return FEED_FULL;
    }
    while (framer_next(&f->framer, &f->rest, &frame))
        if (!offer(f, &frame, give, ctx))
            return FEED_FULL;
    return f->framer.broken ? FEED_BROKEN : FEED_EMPTY;
}

enum feed_result
feed_end(struct feed *f, feed_fn give, void *ctx)
{
    enum feed_result r = feed_run(f, give, ctx);
    struct frame frame;

    if (r == FEED_EMPTY && framer_flush(&f->framer, &frame) &&
        !offer(f, &frame, give, ctx))
        return FEED_FULL;
    return r;
}
