/* SPDX-License-Identifier: Apache-2.0 */
/* The commit thread: takes everything up to the last mark, writes it behind the
 * last segment with the states and a commit entry, syncs, tells everybody. */
#include <errno.h>
#include <time.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

#define MS         INT64_C(1000000)
#define RETRY_NS   (100 * MS)  /* a full device is asked again */
#define PERSIST_NS (1000 * MS) /* cursors, relaxed syncs */
#define BUSY_BYTES ((uint64_t)64 << 10)
#define VECTORS    64
#define NEVER      INT64_MAX

struct group { /* what one commit takes */
    struct spool_mark to;
    uint64_t first, bytes, states_version;
    struct spool_encoded content;
    bool roll; /* into a new segment */
    bool full; /* with every state: the first group of a segment */
};

static uint64_t
pending_bytes(const struct spool *s)
{
    return s->mark.place.position - s->done.place.position;
}

static bool
pending(const struct spool *s)
{
    return pending_bytes(s) != 0 || s->states.version != s->done_states;
}

/* Lock held: every cursor has passed everything, yet the last segment's bytes
 * keep an append from fitting: a new one lets it go. */
static bool
wants_room(const struct spool *s)
{
    uint64_t committed = atomic_load(&s->committed);

    if (atomic_load(&s->need) == 0 || s->cursor_count == 0 ||
        s->segment_count == 0 ||
        s->segments[s->segment_count - 1].first > committed)
        return false;
    for (unsigned i = 0; i < s->cursor_count; i++)
        if (s->cursors[i]->settled < committed)
            return false;
    return true;
}

/* ---------------------------------------------------------------- waiting */

static int64_t
commit_due(const struct spool *s, int64_t now)
{
    uint64_t bytes = pending_bytes(s);

    if (!pending(s) && !wants_room(s))
        return NEVER;
    if (now < s->retry_ns)
        return s->retry_ns;
    if (!s->busy || s->waiters != 0 || bytes >= s->o.commit_bytes || s->stop)
        return now;
    return s->mark_ns + (int64_t)s->o.commit_ms * MS;
}

static int64_t
due(const struct spool *s, int64_t now)
{
    int64_t at = NEVER;

    if (!atomic_load(&s->degraded))
        at = commit_due(s, now);
    if (s->cursor_change != s->cursor_stored && s->persist_ns < at)
        at = s->persist_ns;
    if (!s->synced && s->sync_ns < at)
        at = s->sync_ns;
    return at;
}

/* Lock held: sleep until something is due. */
static void
wait_for_work(struct spool *s)
{
    while (!s->stop) {
        int64_t now = spool_now_ns();
        int64_t at = due(s, now);
        struct timespec t;

        if (at <= now)
            break;
        if (s->busy && pending(s))
            s->sleeping = COMMIT_GATHERING;
        else
            s->sleeping = at == NEVER ? COMMIT_IDLE : COMMIT_TIMED;
        if (at == NEVER) {
            pthread_cond_wait(&s->work, &s->lock);
        } else {
            t.tv_sec = (time_t)(at / 1000000000);
            t.tv_nsec = (long)(at % 1000000000);
            pthread_cond_timedwait(&s->work, &s->lock, &t);
        }
        s->sleeping = COMMIT_AWAKE;
        if (s->collect_due)
            break;
    }
}

/* ---------------------------------------------------------------- a group */

static void
add_commit(struct spool *s, const struct group *g)
{
    struct spool_commit c = {.last = g->to.last,
                             .bytes = g->bytes,
                             .entries = g->content.entries,
                             .sum = g->content.sum};
    struct spool_entry e = {.sequence = g->to.last,
                            .type = SPOOL_ENTRY_COMMIT,
                            .flags = g->full ? SPOOL_FLAG_FULL : 0,
                            .length = SPOOL_COMMIT_BYTES};
    char *p;

    if (!buf_reserve(&s->tail, SPOOL_ENTRY_BYTES + SPOOL_COMMIT_BYTES + 8))
        return;
    p = s->tail.data + s->tail.len;
    spool_format_commit(&c, p + SPOOL_ENTRY_BYTES);
    spool_format_finish(s->seed, &e, p);
    s->tail.len += e.total;
}

/* Everything up to the last mark, with the states as they were then. A retry
 * calls this again and takes what was marked meanwhile along. */
static bool
take(struct spool *s, struct group *g)
{
    bool work;

    pthread_mutex_lock(&s->lock);
    g->to = s->mark;
    g->bytes = pending_bytes(s);
    g->content.out = &s->tail;
    g->content.sum = g->to.sum - s->done.sum;
    g->content.entries = g->to.entries - s->done.entries;
    g->first = s->done.last + 1;
    g->states_version = s->states.version;
    g->roll = wants_room(s);
    work = pending(s) || g->roll;
    if (s->fd < 0 || (s->end > SPOOL_HEADER_BYTES &&
                      s->end + g->bytes + SPOOL_ENTRY_BYTES > s->limit))
        g->roll = true;
    g->full = g->roll || s->end == SPOOL_HEADER_BYTES;
    buf_reset(&s->tail);
    if (work) {
        spool_states_encode(&s->states, g->full ? 0 : s->done_states, s->seed,
                            g->to.last, &g->content);
        g->bytes += s->tail.len;
        add_commit(s, g);
    }
    pthread_mutex_unlock(&s->lock);
    if (!buf_ok(&s->tail)) {
        errno = ENOMEM;
        return false;
    }
    return work;
}

static bool
write_group(struct spool *s, const struct group *g, uint64_t *end)
{
    struct iovec iov[VECTORS];
    struct pend_place at = s->pend.head;
    uint64_t offset = s->end;
    bool last = false;

    while (!last) {
        uint64_t from = at.position;
        int n = pend_iov(&at, &g->to.place, iov, VECTORS - 1);
        uint64_t bytes = at.position - from;

        last = at.position == g->to.place.position;
        if (last && !fault_armed("group_partial")) {
            iov[n].iov_base = s->tail.data;
            iov[n].iov_len = s->tail.len;
            n++;
            bytes += s->tail.len;
        }
        if (!spool_vfs_write(s->vfs, s->fd, iov, n, (off_t)offset))
            return false;
        offset += bytes;
        fault_point("group_partial");
    }
    if (fault_armed("group_partial")) {
        iov[0] = (struct iovec){s->tail.data, s->tail.len};
        if (!spool_vfs_write(s->vfs, s->fd, iov, 1, (off_t)offset))
            return false;
        offset += s->tail.len;
    }
    *end = offset;
    return true;
}

/* Lock held: everything written is on the device. */
static void
note_durable(struct spool *s)
{
    s->durable = s->written;
    if (s->rolled == s->written.serial)
        s->full_serial = s->rolled;
}

static void
publish(struct spool *s, const struct group *g, uint64_t end)
{
    pthread_mutex_lock(&s->lock);
    s->end = end;
    s->segments[s->segment_count - 1].end = end;
    s->done = g->to;
    s->written.sequence = g->to.last;
    s->written.serial = s->segments[s->segment_count - 1].serial;
    s->written.end = end;
    s->done_states = g->states_version;
    atomic_store(&s->device_full, false);
    atomic_store(&s->committed, g->to.last);
    atomic_store(&s->committed_position, g->to.place.position);
    spool_segment_account(s);
    if (g->full)
        s->rolled = s->written.serial;
    if (!s->o.relaxed)
        note_durable(s);
    s->stats.commits++;
    s->cursor_change++; /* the slot says how far the log is durable */
    s->mark_ns = spool_now_ns();
    if (s->readers != 0)
        pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pend_release(&s->pend, &g->to.place);
    s->busy = g->bytes >= BUSY_BYTES;
    s->failures = 0;
    spool_notify(s);
}

/* What a failed write, sync or create means: a full device is tried again
 * later; anything else is final for this segment, and twice in a row for the
 * spool. A failed fdatasync is never repeated on the same bytes: the kernel has
 * marked them clean. */
static void
failed(struct spool *s, bool synced_badly)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == ENOMEM;
    bool degraded;

    if (synced_badly || !full) {
        spool_segment_seal(s);
        s->synced = true;
    }
    if (full) {
        atomic_store(&s->device_full, true);
        s->retry_ns = spool_now_ns() + RETRY_NS;
    } else {
        s->failures++;
    }
    degraded = s->failures >= 2;
    pthread_mutex_lock(&s->lock);
    if (synced_badly || !full)
        s->stats.sync_failures++;
    if (degraded) {
        atomic_store(&s->degraded, true);
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    spool_notify(s);
}

static bool
roll(struct spool *s, const struct group *g)
{
    if (!s->synced && s->fd >= 0 && !spool_vfs_sync(s->vfs, s->fd)) {
        failed(s, true);
        return false;
    }
    s->synced = true;
    spool_segment_seal(s);
    if (spool_segment_create(s, g->first, g->bytes + s->tail.len))
        return true;
    failed(s, false);
    return false;
}

/* One attempt; true when the durable end moved. */
static bool
commit(struct spool *s)
{
    struct group g;
    uint64_t end;

    if (!take(s, &g)) {
        if (!buf_ok(&s->tail))
            failed(s, false);
        return false;
    }
    if (g.roll && !roll(s, &g))
        return false;
    fault_point("group_before_write");
    if (!write_group(s, &g, &end)) {
        failed(s, false);
        return false;
    }
    fault_point("group_after_write");
    if (s->o.relaxed) {
        if (s->synced)
            s->sync_ns = spool_now_ns() + PERSIST_NS;
        s->synced = false;
    } else if (!spool_vfs_sync(s->vfs, s->fd)) {
        failed(s, true);
        return false;
    }
    if (!spool_segment_name(s)) {
        failed(s, true);
        return false;
    }
    fault_point("group_after_sync");
    publish(s, &g, end);
    fault_point("group_published");
    return true;
}

static void
sync_relaxed(struct spool *s)
{
    if (s->synced || s->fd < 0)
        return;
    if (!spool_vfs_sync(s->vfs, s->fd)) {
        failed(s, true);
        return;
    }
    s->synced = true;
    pthread_mutex_lock(&s->lock);
    note_durable(s);
    s->cursor_change++;
    pthread_mutex_unlock(&s->lock);
}

void
spool_commit_step(struct spool *s, bool all)
{
    int64_t now = spool_now_ns();
    bool persist;

    if (!atomic_load(&s->degraded) && (all || now >= s->retry_ns)) {
        bool moved = commit(s);

        if (!moved && s->failures == 1)
            (void)commit(s); /* into a new segment */
    }
    if (all || now >= s->sync_ns)
        sync_relaxed(s);
    pthread_mutex_lock(&s->lock);
    persist =
        s->cursor_change != s->cursor_stored && (all || now >= s->persist_ns);
    s->collect_due = false;
    pthread_mutex_unlock(&s->lock);
    spool_collect(s);
    if (persist) {
        (void)spool_cursor_persist(s);
        pthread_mutex_lock(&s->lock);
        s->persist_ns = now + PERSIST_NS;
        pthread_mutex_unlock(&s->lock);
    }
}

void *
spool_commit_run(void *arg)
{
    struct spool *s = arg;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        wait_for_work(s);
        if (s->stop)
            break;
        pthread_mutex_unlock(&s->lock);
        spool_commit_step(s, false);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}
