/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up on whatever the directory holds. Only a newer format or a refusing
 * operating system stop it; damage never does. Cost: one header per segment and
 * two passes over the last one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

static int
open_segment(struct spool *s, const struct spool_segment *seg, int flags)
{
    char path[SPOOL_PATH_BYTES];
    int fd;

    spool_path(s, seg->name, path);
    fd = spool_vfs_open(s->vfs, path, flags, 0);
    return fd >= 0 ? fd : spool_vfs_open(s->vfs, path, flags, 0);
}

/* ---------------------------------------------------------------- segments */

/* The last segment is judged and cut; it stays open for writing when it is
 * sound, has room and was written under the same definitions. */
static enum err_code
recover_last(struct spool *s, struct err *err)
{
    struct spool_segment *seg;
    enum spool_tail_result r;
    int fd;

    if (s->segment_count == 0)
        return ERR_OK;
    seg = &s->segments[s->segment_count - 1];
    fd = open_segment(s, seg, s->readonly ? O_RDONLY : O_RDWR);
    if (fd < 0) {
        spool_note(s, SPOOL_NOTE_UNREADABLE, seg->name, 0, 0);
        seg->suspect = true;
        return ERR_OK;
    }
    r = spool_tail_recover(s, fd, seg);
    if (r == SPOOL_TAIL_OPEN && seg->end < s->o.segment_bytes &&
        seg->digest_len == s->digest_len &&
        memcmp(seg->digest, s->digest, s->digest_len) == 0) {
        s->fd = fd;
        s->end = seg->end;
        s->limit = s->o.segment_bytes;
        return ERR_OK;
    }
    s->vfs->close(s->vfs->ctx, fd);
    return r == SPOOL_TAIL_NOMEM
               ? err_set(err, ERR_NOMEM, seg->name, "no memory to recover")
               : ERR_OK;
}

/* The states: from the newest segment that begins with all of them on. */
static enum err_code
recover_states(struct spool *s, uint64_t *last, struct err *err)
{
    struct spool_tail t = {0};
    size_t from = s->segment_count;
    bool ok = true;

    while (from > 0 && !t.full && ok) {
        uint64_t bound = UINT64_MAX;

        spool_states_free(&s->states);
        from--;
        for (size_t i = from; ok && i < s->segment_count; i++) {
            struct spool_tail one = {0};
            int fd = open_segment(s, &s->segments[i], O_RDONLY);

            bound = i + 1 < s->segment_count ? s->segments[i + 1].first
                                             : UINT64_MAX;
            if (fd < 0)
                continue;
            ok = spool_tail_replay(s, fd, &s->segments[i], bound, &one);
            s->vfs->close(s->vfs->ctx, fd);
            t.full = t.full || one.full;
            if (one.full && i + 1 == s->segment_count)
                s->full_serial = s->segments[i].serial;
            t.last = one.last > t.last ? one.last : t.last;
        }
        /* Thousands of damaged segments must not make a start slow. */
        if (s->segment_count - from >= 4)
            break;
    }
    if (!ok || !spool_states_mark(&s->states))
        return err_set(err, ERR_NOMEM, s->dir, "no memory for the states");
    s->done_states = s->states.version;
    if (s->segment_count != 0 && s->end > SPOOL_HEADER_BYTES &&
        s->full_serial != s->segments[s->segment_count - 1].serial)
        spool_segment_seal(s); /* a new segment shall have them all */
    *last = t.last;
    return ERR_OK;
}

/* ---------------------------------------------------------------- cursors */

static bool
restore_cursors(struct spool *s, const struct spool_slot *slot)
{
    for (unsigned i = 0; i < slot->count; i++) {
        const struct spool_slot_cursor *row = &slot->cursors[i];
        struct spool_cursor *c = spool_cursor_new(s, row->name);

        if (c == NULL)
            return false;
        c->settled = c->stored = row->settled;
        c->state_len = row->state_len;
        memcpy(c->state, row->state, row->state_len);
        s->cursors[s->cursor_count++] = c;
    }
    return true;
}

/* A cursor that points before the oldest segment goes on there. After a torn
 * slot it may simply be old; else what it misses was lost. */
static void
check_cursors(struct spool *s, bool exact)
{
    uint64_t first = s->segment_count != 0 ? s->segments[0].first
                                           : atomic_load(&s->committed) + 1;

    for (unsigned i = 0; i < s->cursor_count; i++) {
        struct spool_cursor *c = s->cursors[i];

        if (c->settled + 1 >= first)
            continue;
        spool_note(s, SPOOL_NOTE_RECORDS_MISSING, c->name, c->settled + 1,
                   first - 1 - c->settled);
        if (exact)
            spool_frontier_lost(c, c->settled + 1, first - 1);
        else
            c->settled = first - 1;
    }
}

/* A cursor file that cannot be used is set aside: a later one must not meet its
 * old slots. */
static void
note_cursorfile(struct spool *s, enum spool_cursorfile_result r)
{
    if (r == SPOOL_CURSORFILE_ONE_BAD)
        spool_note(s, SPOOL_NOTE_CURSOR_ONE_BAD, SPOOL_CURSOR_FILE, 0, 0);
    if (r != SPOOL_CURSORFILE_BAD)
        return;
    spool_note(s, SPOOL_NOTE_CURSOR_BAD, SPOOL_CURSOR_FILE, 0, 0);
    if (!spool_quarantine_move(s, SPOOL_CURSOR_FILE))
        spool_note(s, SPOOL_NOTE_NOT_MOVED, SPOOL_CURSOR_FILE, 0, 0);
}

/* ---------------------------------------------------------------- order */

/* What the slot says, if it is this spool's. */
static enum err_code
take_slot(struct spool *s, const struct spool_slot *slot, struct err *err)
{
    s->cursorfile.generation = slot->generation;
    if (memcmp(slot->uuid, s->uuid, sizeof s->uuid) != 0) {
        spool_note(s, SPOOL_NOTE_FOREIGN, SPOOL_CURSOR_FILE, 0, 0);
        return ERR_OK;
    }
    if (slot->synced_serial > s->last_serial)
        s->last_serial = slot->synced_serial;
    s->durable.sequence = slot->synced;
    s->durable.serial = slot->synced_serial;
    s->durable.end = slot->synced_end;
    if (!restore_cursors(s, slot))
        return err_set(err, ERR_NOMEM, s->dir, "no memory for cursors");
    return ERR_OK;
}

/* A sequence that was ever durable or delivered is not given again. */
static uint64_t
highest(const struct spool *s, uint64_t last)
{
    if (s->segment_count != 0 &&
        s->segments[s->segment_count - 1].first > last + 1)
        last = s->segments[s->segment_count - 1].first - 1;
    if (s->durable.sequence > last)
        last = s->durable.sequence;
    for (unsigned i = 0; i < s->cursor_count; i++)
        if (s->cursors[i]->settled > last)
            last = s->cursors[i]->settled;
    return last;
}

static enum err_code
recover(struct spool *s, struct spool_slot *slot, struct err *err)
{
    char path[SPOOL_PATH_BYTES];
    enum spool_cursorfile_result r;
    enum err_code e;
    uint64_t last = 0;
    bool have;

    spool_path(s, SPOOL_CURSOR_FILE, path);
    r = spool_cursorfile_read(s->vfs, path, slot, &s->cursorfile.slot);
    if (r == SPOOL_CURSORFILE_NEWER)
        return err_set(err, ERR_VERSION, "cursor",
                       "cursor file of a newer program");
    have = r == SPOOL_CURSORFILE_OK || r == SPOOL_CURSORFILE_ONE_BAD;
    e = spool_listing_load(s, have ? slot->uuid : NULL, err);
    if (e != ERR_OK)
        return e;
    note_cursorfile(s,
                    r); /* nothing is touched before all versions are known */
    if (have)
        e = take_slot(s, slot, err);
    if (e == ERR_OK)
        e = recover_last(s, err);
    if (e == ERR_OK)
        e = recover_states(s, &last, err);
    if (e != ERR_OK)
        return e;
    last = highest(s, last);
    s->next = last + 1;
    atomic_store(&s->committed, last);
    check_cursors(s, r == SPOOL_CURSORFILE_OK);
    return ERR_OK;
}

enum err_code
spool_recover(struct spool *s, struct err *err)
{
    struct spool_slot *slot = calloc(1, sizeof *slot);
    enum err_code e;

    if (slot == NULL)
        return err_set(err, ERR_NOMEM, s->dir, "no memory to recover");
    s->cursorfile.slot = 1; /* a new file begins with the first slot */
    e = recover(s, slot, err);
    free(slot);
    if (e != ERR_OK)
        return e;
    spool_segment_account(s);
    s->mark.last = s->done.last = s->open_mark.last = s->next - 1;
    s->mark.place = s->done.place = s->open_mark.place = s->pend.head;
    if (s->segment_count != 0) {
        struct spool_segment *seg = &s->segments[s->segment_count - 1];

        s->durable = (struct spool_durable){s->next - 1, seg->serial, seg->end};
    }
    s->written = s->durable;
    s->cursor_change = 1;
    return ERR_OK;
}
