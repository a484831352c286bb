/* SPDX-License-Identifier: Apache-2.0 */
/* What an output is done with: a contiguous frontier and ranges beyond it, what
 * was lost to damage and what was given up. */
#include <stdlib.h>

#include "agent/spool/internal.h"

#define RANGES_MAX 2048U /* a window of 4,096 has no more holes */

static bool
room_for_range(struct spool_cursor *c)
{
    unsigned cap = c->range_cap ? c->range_cap * 2 : 16;
    void *p;

    if (c->range_count < c->range_cap)
        return true;
    if (cap > RANGES_MAX)
        return false;
    p = realloc(c->ranges, cap * sizeof *c->ranges);
    if (p == NULL)
        return false;
    c->ranges = p;
    c->range_cap = cap;
    return true;
}

static void
remove_ranges(struct spool_cursor *c, unsigned at, unsigned n)
{
    memmove(c->ranges + at, c->ranges + at + n,
            (c->range_count - at - n) * sizeof *c->ranges);
    c->range_count -= n;
}

/* Sequences [first, last] beyond the frontier are done. What does not fit is
 * forgotten: it will be sent again, which is allowed. */
static void
insert_range(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    unsigned at = 0, n = 0;

    while (at < c->range_count && c->ranges[at].last + 1 < first)
        at++;
    while (at + n < c->range_count && c->ranges[at + n].first <= last + 1) {
        if (c->ranges[at + n].first < first)
            first = c->ranges[at + n].first;
        if (c->ranges[at + n].last > last)
            last = c->ranges[at + n].last;
        n++;
    }
    if (n == 0) {
        if (!room_for_range(c))
            return;
        memmove(c->ranges + at + 1, c->ranges + at,
                (c->range_count - at) * sizeof *c->ranges);
        c->range_count++;
    } else {
        remove_ranges(c, at + 1, n - 1);
    }
    c->ranges[at] = (struct spool_range){first, last};
}

/* Lock held. */
static void
settle(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    struct spool *s = c->spool;

    if (first <= c->settled)
        first = c->settled + 1;
    if (first > last)
        return;
    insert_range(c, first, last);
    while (c->range_count != 0 && c->ranges[0].first <= c->settled + 1) {
        if (c->ranges[0].last > c->settled)
            c->settled = c->ranges[0].last;
        remove_ranges(c, 0, 1);
        s->cursor_change++;
    }
    if (s->segment_count >= 2 && c->settled + 1 >= s->segments[1].first &&
        !s->collect_due) {
        s->collect_due = true;
        pthread_cond_signal(&s->work);
    }
}

/* Records that were given up while they were on their way arrived after all. */
static void
correct_given_up(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    struct spool_range *g = &c->given_up;
    uint64_t from = first > g->first ? first : g->first;
    uint64_t to = last < g->last ? last : g->last;

    if (g->last != 0 && from <= to) {
        uint64_t n = to - from + 1;

        *c->given_up_as -= n < *c->given_up_as ? n : *c->given_up_as;
    }
}

void
spool_frontier_settle(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    correct_given_up(c, first, last);
    settle(c, first, last);
}

void
spool_settle(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    struct spool *s = c->spool;
    uint64_t committed = atomic_load(&s->committed);

    if (last > committed)
        last = committed; /* only what was read can be done */
    pthread_mutex_lock(&s->lock);
    spool_frontier_settle(c, first, last);
    if (s->cursor_change != s->cursor_stored && s->sleeping == COMMIT_IDLE)
        pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

void
spool_frontier_lost(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    struct spool *s = c->spool;

    if (first > last)
        return;
    c->missed.damaged += last - first + 1;
    if (last > s->damage_mark) {
        if (first <= s->damage_mark)
            first = s->damage_mark + 1;
        s->stats.damaged += last - first + 1;
        s->damage_mark = last;
    }
    settle(c, first, last);
}

uint64_t
spool_frontier_skip(struct spool_cursor *c, uint64_t last, bool dead)
{
    uint64_t missed;

    if (c->settled >= last)
        return 0;
    missed = last - c->settled;
    for (unsigned i = 0; i < c->range_count && c->ranges[i].first <= last; i++)
        missed -= (c->ranges[i].last < last ? c->ranges[i].last : last) + 1 -
                  c->ranges[i].first;
    if (c->given_up.last == 0 || c->given_up.last != c->settled)
        c->given_up.first = c->settled + 1;
    c->given_up.last = last;
    c->given_up_as = dead ? &c->missed.dead : &c->missed.dropped;
    *c->given_up_as += missed;
    atomic_store(&c->skipped, last);
    settle(c, c->settled + 1, last);
    return missed;
}
