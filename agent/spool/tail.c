/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, second part: where the committed part of the last segment ends, and
 * the states that its commit groups carry. */
#include <errno.h>
#include <fcntl.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

struct tail {        /* what the last segment holds */
    uint64_t keep;   /* offset behind the last committed byte */
    uint64_t size;   /* of the file */
    bool unreadable; /* in part: then nothing is cut */
};

/* Is the group [start, at of commit) complete as its commit entry says? */
static bool
group_complete(struct spool *s, int fd, uint64_t start, uint64_t stop,
               const struct spool_commit *c)
{
    struct spool_scan scan = {.fd = -1};
    struct spool_entry e;
    enum spool_scan_result r;
    uint64_t sum = 0, entries = 0;

    spool_scan_start(&scan, s->vfs, fd, s->seed, start);
    scan.end = stop;
    while ((r = spool_scan_next(&scan, &e)) == SPOOL_SCAN_ENTRY) {
        sum += e.header_crc;
        entries++;
    }
    spool_scan_free(&scan);
    return r == SPOOL_SCAN_END && sum == c->sum && entries == c->entries;
}

/* Where the committed part of the last segment ends. Groups before the last one
 * were synced, since each is written after the sync of the one before it. The
 * last one counts if it is complete or if the cursor file knows it was synced:
 * then what is missing in it is damage and not a torn write. */
static bool
find_end(struct spool *s, int fd, const struct spool_segment *seg,
         struct tail *t)
{
    struct spool_scan scan = {.fd = -1};
    struct spool_entry e;
    struct spool_commit c = {0}, found;
    enum spool_scan_result r;
    uint64_t commit_from = 0, commit_end = 0, whole = SPOOL_HEADER_BYTES;

    spool_scan_start(&scan, s->vfs, fd, s->seed, SPOOL_HEADER_BYTES);
    scan.end = t->size;
    while ((r = spool_scan_next(&scan, &e)) == SPOOL_SCAN_ENTRY ||
           r == SPOOL_SCAN_DAMAGE) {
        if (r == SPOOL_SCAN_DAMAGE)
            continue;
        whole = scan.at;
        if (spool_format_read_commit(&e, &found)) {
            c = found;
            commit_from = scan.from;
            commit_end = scan.at;
        }
    }
    t->unreadable = scan.unreadable;
    spool_scan_free(&scan);
    if (r == SPOOL_SCAN_NOMEM)
        return false;
    t->keep = SPOOL_HEADER_BYTES;
    if (commit_end != 0) {
        bool inside = c.bytes <= commit_from - SPOOL_HEADER_BYTES;
        uint64_t start = inside ? commit_from - c.bytes : commit_from;

        t->keep =
            group_complete(s, fd, start, commit_from, &c) ? commit_end : start;
    }
    /* Never into an entry: what is written next must not be taken for the rest
     * of one that the end cuts off. */
    if (s->durable.serial == seg->serial && s->durable.end > t->keep)
        t->keep = s->durable.end <= whole ? s->durable.end : whole;
    return true;
}

/* ---------------------------------------------------------------- states */

struct replay {
    struct spool *s;
    struct buf group; /* states of the open group: name_len8 value_len32 name
                         value, applied at its commit entry */
};

static bool
apply_group(struct replay *r, bool full)
{
    struct bytes left = buf_view(&r->group);
    struct spool_states *to = &r->s->states;

    if (full)
        spool_states_free(to);
    while (left.len != 0) {
        size_t name_len = (size_t)bytes_get_le(left.data, 1);
        size_t value_len = (size_t)bytes_get_le(left.data + 1, 4);
        struct bytes name = bytes_upto(bytes_from(left, 5), name_len);
        struct bytes value =
            bytes_upto(bytes_from(left, 5 + name_len), value_len);

        if (spool_states_set(to, &r->s->lock, name, value, NULL) == ERR_NOMEM)
            return false;
        left = bytes_from(left, 5 + name_len + value_len);
    }
    buf_reset(&r->group);
    return true;
}

static void
hold_state(struct replay *r, const struct spool_entry *e)
{
    char head[5];

    bytes_put_le(head, e->meta_len & 0xFF, 1);
    bytes_put_le(head + 1, e->length - e->meta_len, 4);
    if (e->meta_len > SPOOL_STATE_NAME)
        return;
    buf_add(&r->group, head, sizeof head);
    buf_add(&r->group, e->payload, e->length);
}

bool
spool_tail_replay(struct spool *s, int fd, const struct spool_segment *seg,
                  uint64_t bound, struct spool_tail *out)
{
    struct replay r = {.s = s};
    struct spool_scan scan = {.fd = -1};
    struct spool_entry e;
    enum spool_scan_result result;
    bool ok = true;

    spool_scan_start(&scan, s->vfs, fd, s->seed, SPOOL_HEADER_BYTES);
    scan.end = seg->end;
    while (ok && ((result = spool_scan_next(&scan, &e)) == SPOOL_SCAN_ENTRY ||
                  result == SPOOL_SCAN_DAMAGE)) {
        if (result == SPOOL_SCAN_DAMAGE || e.sequence >= bound)
            continue;
        if (e.type < SPOOL_ENTRY_STATE) {
            out->last = e.sequence > out->last ? e.sequence : out->last;
        } else if (e.type == SPOOL_ENTRY_STATE) {
            hold_state(&r, &e);
        } else if (e.type == SPOOL_ENTRY_COMMIT) {
            out->full = out->full || (e.flags & SPOOL_FLAG_FULL) != 0;
            ok = apply_group(&r, (e.flags & SPOOL_FLAG_FULL) != 0);
        }
    }
    /* The end of a group that was synced but lost its commit entry. */
    ok = ok && apply_group(&r, false) && buf_ok(&r.group);
    buf_free(&r.group);
    spool_scan_free(&scan);
    return ok;
}

/* ---------------------------------------------------------------- the cut */

static bool
tail_is_empty(struct spool *s, int fd, const struct tail *t)
{
    char chunk[4096];
    uint64_t at = t->keep;

    while (at < t->size) {
        size_t n = sizeof chunk;
        ssize_t got;

        if (n > t->size - at)
            n = (size_t)(t->size - at);
        got = spool_vfs_read(s->vfs, fd, chunk, n, (off_t)at);
        if (got <= 0)
            return false;
        for (ssize_t i = 0; i < got; i++)
            if (chunk[i] != 0)
                return false;
        at += (uint64_t)got;
    }
    return true;
}

/* Remove the torn tail, durably, after keeping a copy: old bytes must not
 * reappear among new ones after a loss of power. */
static bool
cut(struct spool *s, int fd, const struct spool_segment *seg,
    const struct tail *t)
{
    if (t->keep == t->size)
        return true;
    if (!tail_is_empty(s, fd, t)) {
        spool_note(s, SPOOL_NOTE_TAIL_CUT, seg->name, t->keep,
                   t->size - t->keep);
        if (!spool_quarantine_copy(s, fd, seg->name, t->keep, t->size)) {
            spool_note(s, SPOOL_NOTE_TAIL_KEPT, seg->name, t->keep,
                       t->size - t->keep);
            return false;
        }
    }
    if (s->readonly)
        return false;
    fault_point("before_truncate");
    if (s->vfs->ftruncate(s->vfs->ctx, fd, (off_t)t->keep) != 0 ||
        !spool_vfs_sync(s->vfs, fd))
        return false;
    fault_point("after_truncate");
    return true;
}

enum spool_tail_result
spool_tail_recover(struct spool *s, int fd, struct spool_segment *seg)
{
    struct tail t = {.size = seg->end};
    bool clean;

    if (t.size < SPOOL_HEADER_BYTES)
        return SPOOL_TAIL_CLOSED;
    if (!find_end(s, fd, seg, &t))
        return SPOOL_TAIL_NOMEM;
    clean = !t.unreadable && cut(s, fd, seg, &t);
    if (t.unreadable)
        spool_note(s, SPOOL_NOTE_PART_UNREADABLE, seg->name, 0, 0);
    seg->end = t.keep;
    return clean && !seg->suspect ? SPOOL_TAIL_OPEN : SPOOL_TAIL_CLOSED;
}
