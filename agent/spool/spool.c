/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing, waiting and numbers. Appending is in append.c. */
#include "agent/spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

#define DEFAULT_QUOTA        ((uint64_t)1 << 30)
#define DEFAULT_COMMIT_MS    5U
#define DEFAULT_COMMIT_BYTES ((uint64_t)4 << 20)
#define LOCK_FILE            "lock"

int64_t
spool_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void
spool_path(const struct spool *s, const char *name, char out[SPOOL_PATH_BYTES])
{
    (void)snprintf(out, SPOOL_PATH_BYTES, "%s/%s", s->dir, name);
}

void
spool_notify(struct spool *s)
{
    uint64_t one = 1;
    ssize_t n = write(s->event_fd, &one, sizeof one);

    (void)n; /* EAGAIN: it is readable already */
}

/* ---------------------------------------------------------------- opening */

enum err_code
spool_fill_options(struct spool *s, const struct spool_options *o,
                   struct err *err)
{
    size_t len = strlen(o->dir);
    uint64_t most;

    while (len > 1 && o->dir[len - 1] == '/')
        len--;
    if (len == 0 || len >= sizeof s->dir ||
        o->definition_digest.len > SPOOL_DIGEST_BYTES)
        return err_set(err, ERR_ARG, o->dir, "directory or digest too long");
    memcpy(s->dir, o->dir, len);
    s->o = *o;
    s->o.dir = s->dir;
    s->vfs = o->vfs != NULL ? o->vfs : &spool_vfs_system;
    s->digest_len = (uint8_t)o->definition_digest.len;
    if (s->digest_len != 0)
        memcpy(s->digest, o->definition_digest.data, s->digest_len);
    if (s->o.max_bytes == 0)
        s->o.max_bytes = DEFAULT_QUOTA;
    if (s->o.segment_bytes == 0)
        s->o.segment_bytes = SPOOL_SEGMENT_BYTES;
    if (s->o.commit_ms == 0)
        s->o.commit_ms = DEFAULT_COMMIT_MS;
    if (s->o.commit_bytes == 0)
        s->o.commit_bytes = DEFAULT_COMMIT_BYTES;
    /* Space is given back by the segment: keep at least eight of them. */
    most = s->o.max_bytes / 8;
    if (most < SPOOL_SEGMENT_MIN)
        most = SPOOL_SEGMENT_MIN;
    if (s->o.segment_bytes > most)
        s->o.segment_bytes = most;
    return ERR_OK;
}

/* On a small device the segments are small, too. */
static void
fit_device(struct spool *s)
{
    int64_t device = s->vfs->capacity(s->vfs->ctx, s->dir);
    uint64_t most;

    if (device <= 0)
        return;
    most = (uint64_t)device / 16;
    if (most < SPOOL_SEGMENT_MIN)
        most = SPOOL_SEGMENT_MIN;
    if (s->o.segment_bytes > most)
        s->o.segment_bytes = most;
}

/* How much may wait in memory: also what one commit writes at most, so it goes
 * with the size of a segment and a quarter of the quota. */
static void
bound_pending(struct spool *s)
{
    s->pend_max = SPOOL_PEND_MAX;
    if (s->pend_max > s->o.max_bytes / 4)
        s->pend_max = s->o.max_bytes / 4;
    if (s->pend_max > s->o.segment_bytes * 4)
        s->pend_max = s->o.segment_bytes * 4;
}

enum err_code
spool_lock(struct spool *s, struct err *err)
{
    char path[SPOOL_PATH_BYTES];

    spool_path(s, LOCK_FILE, path);
    s->lock_fd = s->readonly
                     ? spool_vfs_open(s->vfs, path, O_RDONLY, 0)
                     : spool_vfs_open(s->vfs, path, O_RDWR | O_CREAT, 0600);
    if (s->lock_fd < 0 && s->readonly && errno == ENOENT)
        return ERR_OK; /* a copy of a spool, or its dead letters */
    if (s->lock_fd < 0)
        return err_errno(err, path, "open the lock file");
    while (s->vfs->lock(s->vfs->ctx, s->lock_fd) != 0) {
        if (errno == EINTR)
            continue;
        if (errno == EWOULDBLOCK)
            return err_set(err, ERR_EXISTS, s->dir,
                           "another process owns this spool");
        return err_errno(err, path, "lock the spool");
    }
    return ERR_OK;
}

static bool
init_threads(struct spool *s)
{
    pthread_condattr_t attr;
    bool ok;

    if (pthread_condattr_init(&attr) != 0)
        return false;
    ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
         pthread_mutex_init(&s->lock, NULL) == 0 &&
         pthread_mutex_init(&s->cursor_io, NULL) == 0 &&
         pthread_cond_init(&s->work, &attr) == 0 &&
         pthread_cond_init(&s->changed, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return ok;
}

void
spool_release(struct spool *s)
{
    const struct spool_vfs *v = s->vfs;

    for (unsigned i = 0; i < s->cursor_count; i++)
        spool_cursor_free(s->cursors[i]);
    if (s->fd >= 0)
        v->close(v->ctx, s->fd);
    if (s->cursorfile.fd >= 0)
        v->close(v->ctx, s->cursorfile.fd);
    if (s->lock_fd >= 0)
        v->close(v->ctx, s->lock_fd);
    if (s->event_fd >= 0)
        close(s->event_fd);
    spool_states_free(&s->states);
    buf_free(&s->tail);
    free(s->segments);
    pend_free(&s->pend);
    pthread_cond_destroy(&s->changed);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->cursor_io);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct spool *
spool_new(void)
{
    struct spool *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->fd = s->lock_fd = s->cursorfile.fd = -1;
    s->synced = true;
    s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->event_fd < 0)
        goto free_spool;
    if (!pend_init(&s->pend))
        goto close_event;
    if (!init_threads(s))
        goto free_pend;
    return s;
free_pend:
    pend_free(&s->pend);
close_event:
    close(s->event_fd);
free_spool:
    free(s);
    return NULL;
}

static enum err_code
make_dir(struct spool *s, struct err *err)
{
    if (s->vfs->mkdir(s->vfs->ctx, s->dir, 0700) != 0 && errno != EEXIST)
        return err_errno(err, s->dir, "make the spool directory");
    return ERR_OK;
}

static void
write_note(void *report, const struct spool_item *item)
{
    spool_item_text(item, report);
    buf_char(report, '\n');
}

enum err_code
spool_open_manual(const struct spool_options *o, struct spool **out,
                  struct buf *report, struct err *err)
{
    struct spool *s = spool_new();
    enum err_code e;

    if (s == NULL)
        return err_set(err, ERR_NOMEM, o->dir, "no memory for a spool");
    s->manual = true;
    s->on_item = report != NULL ? write_note : NULL;
    s->on_item_ctx = report;
    e = spool_fill_options(s, o, err);
    if (e == ERR_OK)
        e = make_dir(s, err);
    if (e == ERR_OK)
        e = spool_lock(s, err);
    if (e == ERR_OK) {
        fit_device(s);
        bound_pending(s);
        e = spool_recover(s, err);
    }
    s->on_item = NULL;
    fault_point("recovered");
    if (e == ERR_OK && !spool_cursor_persist(s))
        e = err_errno(err, s->dir, "write the cursor file");
    if (e != ERR_OK) {
        spool_release(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

enum err_code
spool_open(const struct spool_options *o, struct spool **out,
           struct buf *report, struct err *err)
{
    struct spool *s;
    enum err_code e = spool_open_manual(o, &s, report, err);

    if (e != ERR_OK)
        return e;
    s->manual = false;
    errno = pthread_create(&s->thread, NULL, spool_commit_run, s);
    if (errno != 0) {
        e = err_errno(err, s->dir, "start the commit thread");
        spool_release(s);
        return e;
    }
    *out = s;
    return ERR_OK;
}

void
spool_close(struct spool *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->work);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (!s->manual)
        pthread_join(s->thread, NULL);
    fault_point("close_drain");
    spool_commit_step(s, true);
    fault_point("closed");
    spool_segment_seal(s);
    spool_release(s);
}

/* ---------------------------------------------------------------- waiting */

uint64_t
spool_committed(const struct spool *s)
{
    return atomic_load(&s->committed);
}

enum err_code
spool_wait(struct spool *s, uint64_t sequence, unsigned ms)
{
    int64_t at = spool_now_ns() + (int64_t)ms * 1000000;
    struct timespec t = {.tv_sec = (time_t)(at / 1000000000),
                         .tv_nsec = (long)(at % 1000000000)};
    enum err_code e = ERR_OK;

    pthread_mutex_lock(&s->lock);
    s->waiters++;
    s->readers++;
    if (s->sleeping == COMMIT_GATHERING)
        pthread_cond_signal(&s->work);
    while (e == ERR_OK && atomic_load(&s->committed) < sequence) {
        if (atomic_load(&s->degraded) || s->stop)
            e = ERR_CLOSED;
        else if (pthread_cond_timedwait(&s->changed, &s->lock, &t) == ETIMEDOUT)
            e = ERR_TIMEOUT;
    }
    if (atomic_load(&s->committed) >= sequence)
        e = ERR_OK;
    s->readers--;
    s->waiters--;
    pthread_mutex_unlock(&s->lock);
    return e;
}

int
spool_event_fd(const struct spool *s)
{
    return s->event_fd;
}

/* ---------------------------------------------------------------- numbers */

void
spool_stats(const struct spool *cs, struct spool_stats *out)
{
    struct spool *s = (struct spool *)(uintptr_t)cs; /* only its lock changes */

    pthread_mutex_lock(&s->lock);
    *out = s->stats;
    out->committed = atomic_load(&s->committed);
    out->last = s->mark.last;
    out->first =
        s->segment_count != 0 ? s->segments[0].first : out->committed + 1;
    out->bytes = atomic_load(&s->used);
    out->segments = s->segment_count;
    out->appended = s->marked_appended;
    out->refused_low = s->marked_refused;
    out->degraded = atomic_load(&s->degraded);
    pthread_mutex_unlock(&s->lock);
}

const uint8_t *
spool_uuid(const struct spool *s)
{
    return s->uuid;
}
