/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors: one per output, by name, and how their positions survive a restart.
 * What is settled is in frontier.c, reading in read.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "agent/spool/internal.h"

struct spool_cursor *
spool_cursor_new(struct spool *s, const char *name)
{
    struct spool_cursor *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->spool = s;
    c->scan.fd = -1;
    memcpy(c->name, name, strnlen(name, SPOOL_MAX_NAME));
    return c;
}

void
spool_cursor_free(struct spool_cursor *c)
{
    if (c == NULL)
        return;
    if (c->scan.fd >= 0)
        c->spool->vfs->close(c->spool->vfs->ctx, c->scan.fd);
    spool_scan_free(&c->scan);
    free(c->ranges);
    free(c);
}

static struct spool_cursor *
find(struct spool *s, const char *name, unsigned *index)
{
    for (unsigned i = 0; i < s->cursor_count; i++)
        if (strcmp(s->cursors[i]->name, name) == 0) {
            *index = i;
            return s->cursors[i];
        }
    return NULL;
}

/* Lock held. */
static enum err_code
find_or_add(struct spool *s, const char *name, bool from_start,
            struct spool_cursor **out, struct err *err)
{
    unsigned index;
    struct spool_cursor *c = find(s, name, &index);

    if (c != NULL) {
        *out = c;
        return c->open ? err_set(err, ERR_EXISTS, name, "cursor is open")
                       : ERR_OK;
    }
    if (s->cursor_count == SPOOL_MAX_CURSORS)
        return err_set(err, ERR_LIMIT, name, "more than %d cursors",
                       SPOOL_MAX_CURSORS);
    c = spool_cursor_new(s, name);
    if (c == NULL)
        return err_set(err, ERR_NOMEM, name, "no memory for a cursor");
    c->settled = atomic_load(&s->committed);
    if (from_start && s->segment_count != 0)
        c->settled = s->segments[0].first - 1;
    s->cursors[s->cursor_count++] = c;
    s->cursor_change++;
    *out = c;
    return ERR_OK;
}

enum err_code
spool_cursor_open(struct spool *s, const char *name, bool from_start,
                  uint64_t max_lag_bytes, enum spool_lag on_lag,
                  struct spool_cursor **out, struct err *err)
{
    struct spool_cursor *c = NULL;
    enum err_code e;
    uint64_t before;

    if (name[0] == '\0' || strlen(name) > SPOOL_MAX_NAME)
        return err_set(err, ERR_LIMIT, name,
                       "a cursor's name has 1 to %d bytes", SPOOL_MAX_NAME);
    pthread_mutex_lock(&s->lock);
    before = s->cursor_change;
    e = find_or_add(s, name, from_start, &c, err);
    if (e == ERR_OK) {
        c->open = true;
        c->max_lag = max_lag_bytes;
        c->on_lag = on_lag;
        c->next = c->settled + 1;
        before = s->cursor_change - before;
    }
    pthread_mutex_unlock(&s->lock);
    if (e != ERR_OK)
        return e;
    /* A cursor that begins at the end must begin there after a crash, too. */
    if (before != 0 && !spool_cursor_persist(s)) {
        e = err_errno(err, name, "write the cursor file");
        spool_cursor_close(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void
spool_cursor_close(struct spool_cursor *c)
{
    struct spool *s;

    if (c == NULL)
        return;
    s = c->spool;
    pthread_mutex_lock(&s->lock);
    c->open = false;
    c->max_lag = 0;
    c->range_count = 0;
    pthread_mutex_unlock(&s->lock);
    if (c->scan.fd >= 0)
        s->vfs->close(s->vfs->ctx, c->scan.fd);
    spool_scan_free(&c->scan);
    c->serial = 0;
    c->hint_count = 0;
}

enum err_code
spool_cursor_remove(struct spool *s, const char *name, struct err *err)
{
    struct spool_cursor *c;
    unsigned index = 0;

    pthread_mutex_lock(&s->lock);
    c = find(s, name, &index);
    if (c != NULL && !c->open) {
        s->cursors[index] = s->cursors[--s->cursor_count];
        s->cursor_change++;
        s->collect_due = true;
        pthread_cond_signal(&s->work);
    }
    pthread_mutex_unlock(&s->lock);
    if (c == NULL)
        return err_set(err, ERR_NOT_FOUND, name, "no such cursor");
    if (c->open)
        return err_set(err, ERR_CONFLICT, name, "cursor is open");
    spool_cursor_free(c);
    if (!spool_cursor_persist(s))
        return err_errno(err, name, "write the cursor file");
    return ERR_OK;
}

void
spool_cursor_each(struct spool *s, spool_cursor_fn fn, void *ctx)
{
    char names[SPOOL_MAX_CURSORS][SPOOL_MAX_NAME + 1];
    bool open[SPOOL_MAX_CURSORS];
    unsigned n;

    pthread_mutex_lock(&s->lock);
    n = s->cursor_count;
    for (unsigned i = 0; i < n; i++) {
        memcpy(names[i], s->cursors[i]->name, sizeof names[i]);
        open[i] = s->cursors[i]->open;
    }
    pthread_mutex_unlock(&s->lock);
    for (unsigned i = 0; i < n; i++)
        fn(ctx, names[i], open[i]);
}

uint64_t
spool_cursor_settled(const struct spool_cursor *c)
{
    uint64_t v;

    pthread_mutex_lock(&c->spool->lock);
    v = c->settled;
    pthread_mutex_unlock(&c->spool->lock);
    return v;
}

uint64_t
spool_cursor_queued(const struct spool_cursor *c)
{
    struct spool *s = c->spool;
    uint64_t n;

    pthread_mutex_lock(&s->lock);
    n = atomic_load(&s->committed) - c->settled;
    for (unsigned i = 0; i < c->range_count; i++)
        n -= c->ranges[i].last - c->ranges[i].first + 1;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void
spool_cursor_missed(const struct spool_cursor *c, struct spool_missed *out)
{
    pthread_mutex_lock(&c->spool->lock);
    *out = c->missed;
    pthread_mutex_unlock(&c->spool->lock);
}

/* ---------------------------------------------------------------- on disk */

/* Lock held. */
static void
snapshot(const struct spool *s, struct spool_slot *slot)
{
    memcpy(slot->uuid, s->uuid, sizeof slot->uuid);
    slot->synced = s->durable.sequence;
    slot->synced_serial = s->durable.serial;
    slot->synced_end = s->durable.end;
    slot->count = s->cursor_count;
    for (unsigned i = 0; i < s->cursor_count; i++) {
        const struct spool_cursor *c = s->cursors[i];
        struct spool_slot_cursor *row = &slot->cursors[i];

        memcpy(row->name, c->name, sizeof row->name);
        row->settled = c->settled;
        row->state_len = c->state_len;
        memcpy(row->state, c->state, c->state_len);
    }
}

static void
stored(struct spool *s, const struct spool_slot *slot, uint64_t change)
{
    pthread_mutex_lock(&s->lock);
    s->cursor_stored = change;
    for (unsigned i = 0; i < slot->count; i++) {
        unsigned index;
        struct spool_cursor *c = find(s, slot->cursors[i].name, &index);

        if (c != NULL)
            c->stored = slot->cursors[i].settled;
    }
    pthread_mutex_unlock(&s->lock);
}

/* The slot that was read may be one that a process only wrote: it must be durable
 * before the other is written over. */
static bool
open_file(struct spool *s)
{
    char path[SPOOL_PATH_BYTES];
    int fd, saved;

    if (s->cursorfile.fd >= 0)
        return true;
    spool_path(s, SPOOL_CURSOR_FILE, path);
    fd = spool_vfs_open(s->vfs, path, O_RDWR | O_CREAT, 0600);
    if (fd < 0)
        return false;
    if (!spool_vfs_sync(s->vfs, fd) || !spool_vfs_sync_dir(s->vfs, s->dir)) {
        saved = errno;
        s->vfs->close(s->vfs->ctx, fd);
        errno = saved;
        return false;
    }
    s->cursorfile.fd = fd;
    return true;
}

static bool
write_slot(struct spool *s, enum spool_keep keep)
{
    struct spool_slot *slot = NULL;
    uint64_t change, have;
    bool ok = true;
    int saved = 0;

    pthread_mutex_lock(&s->lock);
    change = s->cursor_change;
    pthread_mutex_unlock(&s->lock);
    pthread_mutex_lock(&s->cursor_io);
    pthread_mutex_lock(&s->lock);
    have = s->cursor_stored;
    pthread_mutex_unlock(&s->lock);
    if (have >= change) /* another caller wrote it meanwhile */
        goto out;
    slot = malloc(sizeof *slot);
    ok = slot != NULL && open_file(s);
    if (ok) {
        pthread_mutex_lock(&s->lock);
        change = s->cursor_change;
        snapshot(s, slot);
        pthread_mutex_unlock(&s->lock);
        ok = spool_cursorfile_write(&s->cursorfile, s->vfs, slot, keep);
        saved = errno;
    }
    if (ok && keep == SPOOL_KEEP_DURABLE)
        stored(s, slot, change);
out:
    pthread_mutex_unlock(&s->cursor_io);
    free(slot);
    errno = saved;
    return ok;
}

bool
spool_cursor_persist(struct spool *s)
{
    return write_slot(s, SPOOL_KEEP_DURABLE);
}

enum err_code
spool_cursor_save(struct spool_cursor *c, uint64_t upto, struct bytes value,
                  enum spool_keep keep, struct err *err)
{
    struct spool *s = c->spool;
    uint64_t committed = atomic_load(&s->committed);

    if (value.len > SPOOL_CURSOR_STATE)
        return err_set(err, ERR_LIMIT, c->name,
                       "a cursor's state has at most %d bytes",
                       SPOOL_CURSOR_STATE);
    if (upto > committed)
        upto = committed;
    pthread_mutex_lock(&s->lock);
    spool_frontier_settle(c, c->settled + 1, upto);
    if (value.len != 0)
        memcpy(c->state, value.data, value.len);
    c->state_len = (uint16_t)value.len;
    s->cursor_change++;
    pthread_mutex_unlock(&s->lock);
    if (!write_slot(s, keep))
        return err_errno(err, c->name, "write the cursor file");
    return ERR_OK;
}

enum err_code
spool_cursor_state(struct spool_cursor *c, struct bytes value, struct err *err)
{
    return spool_cursor_save(c, 0, value, SPOOL_KEEP_DURABLE, err);
}

struct bytes
spool_cursor_state_get(struct spool_cursor *c)
{
    return bytes_of(c->state, c->state_len);
}
