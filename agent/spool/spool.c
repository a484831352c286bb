/* SPDX-License-Identifier: Apache-2.0 */
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
#define LOW_LEVEL            3 /* refuse_low refuses levels 1 and 2 */

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

/* ---------------------------------------------------------------- appending */

static uint64_t
waiting_bytes(const struct spool *s)
{
    return s->pend.tail.position - atomic_load(&s->committed_position);
}

/* May ${size} more bytes be taken? */
static bool
fits(const struct spool *s, uint64_t size)
{
    uint64_t waiting = waiting_bytes(s);
    uint64_t unmarked = s->pend.tail.position - s->open_mark.place.position;
    uint64_t most = s->pend_max;

    if (atomic_load(&s->device_full))
        return false;
    /* What is not marked cannot become durable, so it must not be in the way
     * of itself; a group is at most twice the bound. */
    if (waiting + size > most && (waiting > unmarked || waiting > 2 * most))
        return false;
    return s->o.on_full == SPOOL_DROP_OLDEST ||
           atomic_load(&s->used) + waiting + size <= s->o.max_bytes;
}

static bool
refuses(const struct spool *s, const struct spool_meta *m, uint64_t size)
{
    return s->o.on_full == SPOOL_REFUSE_LOW && m->kind == SPOOL_EVENT &&
           m->level != 0 && m->level < LOW_LEVEL &&
           atomic_load(&s->used) + waiting_bytes(s) + size >
               s->o.max_bytes / 10 * 8;
}

static enum err_code
no_room(struct spool *s, uint64_t size, struct err *err)
{
    if (size > s->o.max_bytes / 4)
        return err_set(err, ERR_LIMIT, s->dir,
                       "a record may use a quarter of the quota");
    atomic_store(&s->need, size);
    pthread_mutex_lock(&s->lock);
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    return err_set(err, ERR_FULL, s->dir, "the spool is full");
}

enum err_code
spool_append(struct spool *s, const struct spool_meta *m, struct bytes item,
             uint64_t *sequence, struct err *err)
{
    size_t most = SPOOL_ENTRY_BYTES + SPOOL_META_BYTES + item.len + 8;
    struct spool_entry e;
    char *p;

    if (item.len > SPOOL_MAX_RECORD)
        return err_set(err, ERR_LIMIT, s->dir, "record of %zu bytes", item.len);
    if (atomic_load(&s->degraded))
        return err_set(err, ERR_CLOSED, s->dir,
                       "the spool cannot be written any more");
    if (refuses(s, m, most)) {
        s->refused_low++;
        *sequence = 0;
        return ERR_OK;
    }
    if (!fits(s, most))
        return no_room(s, most, err);
    p = pend_room(&s->pend, most);
    if (p == NULL)
        return err_set(err, ERR_NOMEM, s->dir, "no memory for a record");
    e.sequence = s->next;
    e.received_ns = m->received_ns;
    memcpy(e.event_id, m->event_id, sizeof e.event_id);
    e.type = (uint16_t)m->kind;
    e.flags = m->flags;
    e.meta_len = (uint16_t)spool_format_meta(m, p + SPOOL_ENTRY_BYTES);
    e.length = (uint32_t)(e.meta_len + item.len);
    if (item.len != 0)
        memcpy(p + SPOOL_ENTRY_BYTES + e.meta_len, item.data, item.len);
    s->open_mark.sum += spool_format_finish(s->seed, &e, p);
    s->open_mark.entries++;
    s->open_mark.last = s->next;
    pend_advance(&s->pend, e.total);
    s->appended++;
    if (atomic_load_explicit(&s->need, memory_order_relaxed) != 0)
        atomic_store(&s->need, 0);
    *sequence = s->next++;
    return ERR_OK;
}

enum err_code
spool_state(struct spool *s, struct bytes name, struct bytes value,
            struct err *err)
{
    return spool_states_set(&s->states, &s->lock, name, value, err);
}

bool
spool_state_get(struct spool *s, struct bytes name, struct bytes *value)
{
    const struct spool_state_value *v = spool_states_get(&s->states, name);

    if (v == NULL)
        return false;
    *value = buf_view(&v->current);
    return true;
}

void
spool_mark(struct spool *s)
{
    bool wake = false;

    if (s->open_mark.place.position == s->pend.tail.position &&
        s->states.touched_count == 0)
        return;
    s->open_mark.place = s->pend.tail;
    pthread_mutex_lock(&s->lock);
    if (s->mark.place.position == s->done.place.position)
        s->mark_ns = spool_now_ns();
    /* Without memory for the states nothing is marked: records must not become
     * durable ahead of the position behind them. The next mark tries again. */
    if (spool_states_mark(&s->states)) {
        s->mark = s->open_mark;
        s->marked_appended = s->appended;
        s->marked_refused = s->refused_low;
        wake = s->sleeping == COMMIT_IDLE || s->sleeping == COMMIT_TIMED ||
               (s->sleeping == COMMIT_GATHERING &&
                s->mark.place.position - s->done.place.position >=
                    s->o.commit_bytes);
    }
    if (wake)
        pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
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

bool
spool_has_room(const struct spool *s)
{
    return !atomic_load(&s->degraded) && fits(s, atomic_load(&s->need));
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
