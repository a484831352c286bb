/* SPDX-License-Identifier: Apache-2.0 */
/* Lets segments go: those that every cursor has passed, those of outputs that
 * lag more than they may, and the oldest where the policy says so. The order is
 * law: cursors synced, then unlink. */
#include <errno.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

enum verdict { KEEP, PASSED, LAGS, LAGS_DEAD, OVER_QUOTA };

/* Lock held. Bytes behind the first segment: what a cursor in it lags at least. */
static uint64_t
lag_behind_first(const struct spool *s)
{
    return atomic_load(&s->used) - s->segments[0].end;
}

static bool
over_quota(const struct spool *s)
{
    uint64_t slack = s->o.segment_bytes;
    uint64_t used = atomic_load(&s->used);
    uint64_t waiting =
        s->mark.place.position - atomic_load(&s->committed_position);

    if (s->o.on_full != SPOOL_DROP_OLDEST)
        return false;
    return atomic_load(&s->device_full) ||
           used + waiting + slack > s->o.max_bytes;
}

/* Lock held: may the first segment, whose last record is ${last}, go? */
static enum verdict
judge(const struct spool *s, uint64_t last)
{
    uint64_t lag = lag_behind_first(s);
    bool pinned = false, excused = true, dead = false;

    for (unsigned i = 0; i < s->cursor_count; i++) {
        const struct spool_cursor *c = s->cursors[i];

        if (c->settled >= last)
            continue;
        pinned = true;
        if (c->max_lag == 0 || lag <= c->max_lag ||
            c->on_lag == SPOOL_LAG_BLOCK)
            excused = false;
        dead = dead || c->on_lag == SPOOL_LAG_DEAD_LETTER;
    }
    if (s->cursor_count != 0 && !pinned)
        return PASSED;
    if (pinned && excused)
        return dead ? LAGS_DEAD : LAGS;
    return over_quota(s) ? OVER_QUOTA : KEEP;
}

/* Lock held: the cursors go on behind ${last}; what they miss is counted. */
static void
give_up(struct spool *s, enum verdict v, uint64_t last)
{
    uint64_t missed = 0;

    for (unsigned i = 0; i < s->cursor_count; i++) {
        struct spool_cursor *c = s->cursors[i];

        missed += spool_frontier_skip(
            c, last, v == LAGS_DEAD && c->on_lag == SPOOL_LAG_DEAD_LETTER);
    }
    if (s->cursor_count == 0)
        missed = last + 1 - s->segments[0].first;
    if (v == OVER_QUOTA)
        s->stats.dropped_quota += missed;
    else
        s->stats.dropped_lag += missed;
}

static bool
stored_behind(struct spool *s, uint64_t last)
{
    bool behind = false;

    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->cursor_count; i++)
        behind = behind || s->cursors[i]->stored < last;
    pthread_mutex_unlock(&s->lock);
    return behind;
}

/* The file of a segment that nobody needs. */
static bool
dispose(struct spool *s, const struct spool_segment *seg)
{
    char path[SPOOL_PATH_BYTES];

    if (seg->suspect)
        return spool_quarantine_move(s, seg->name);
    spool_path(s, seg->name, path);
    fault_point("before_unlink");
    if (s->vfs->unlink(s->vfs->ctx, path) != 0 && errno != ENOENT)
        return false;
    fault_point("after_unlink");
    return true;
}

/* Lock held: the first segment is gone. */
static void
forget_first(struct spool *s)
{
    s->segment_count--;
    memmove(s->segments, s->segments + 1,
            s->segment_count * sizeof *s->segments);
    spool_segment_account(s);
    if (s->readers != 0)
        pthread_cond_broadcast(&s->changed);
}

static bool
collect_first(struct spool *s)
{
    struct spool_segment seg;
    enum verdict v = KEEP;
    uint64_t last = 0;

    pthread_mutex_lock(&s->lock);
    /* The last one is being written; the others may hold the only copy of the
     * states until it has them all. */
    if (s->segment_count >= 2 &&
        s->segments[s->segment_count - 1].serial == s->full_serial) {
        seg = s->segments[0];
        last = s->segments[1].first - 1;
        v = judge(s, last);
    }
    pthread_mutex_unlock(&s->lock);
    if (v == KEEP || (v == LAGS_DEAD && !spool_deadletter_move(s, seg.name)))
        return false;
    if (v != PASSED) {
        pthread_mutex_lock(&s->lock);
        give_up(s, v, last);
        pthread_mutex_unlock(&s->lock);
    }
    if (stored_behind(s, last) && !spool_cursor_persist(s))
        return false;
    if (v != LAGS_DEAD && !dispose(s, &seg))
        return false;
    pthread_mutex_lock(&s->lock);
    forget_first(s);
    pthread_mutex_unlock(&s->lock);
    return true;
}

void
spool_collect(struct spool *s)
{
    bool any = false;

    while (collect_first(s))
        any = true;
    if (!any)
        return;
    (void)spool_vfs_sync_dir(s->vfs, s->dir);
    fault_point("unlink_dir_sync");
    spool_notify(s);
}
