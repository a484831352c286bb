/* SPDX-License-Identifier: Apache-2.0 */
/* Reading with a cursor: large reads from the page cache, checksums verified,
 * damage stepped over, a lock only when the buffer is used up. */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "agent/spool/internal.h"

#define OPEN_TRIES 5U
#define READ_TRIES 5U
#define HINT_EVERY 64U

enum advance { MORE, WAIT, REFUSED };

static void
leave_segment(struct spool_cursor *c)
{
    struct spool *s = c->spool;

    if (c->scan.fd >= 0)
        s->vfs->close(s->vfs->ctx, c->scan.fd);
    spool_scan_start(&c->scan, s->vfs, -1, s->seed, SPOOL_HEADER_BYTES);
    c->serial = 0;
}

/* Lock held: what the reader must know of a segment. */
static void
refresh(struct spool_cursor *c, size_t index)
{
    const struct spool *s = c->spool;
    const struct spool_segment *seg = &s->segments[index];

    c->scan.end = seg->end;
    c->bound = index + 1 < s->segment_count ? s->segments[index + 1].first
                                            : UINT64_MAX;
}

static void
start_at_hint(struct spool_cursor *c)
{
    uint64_t n = c->hint_count < SPOOL_HINTS ? c->hint_count : SPOOL_HINTS;
    uint64_t best = 0;

    for (uint64_t i = 0; i < n; i++)
        if (c->hints[i].serial == c->serial &&
            c->hints[i].sequence <= c->next && c->hints[i].sequence > best) {
            best = c->hints[i].sequence;
            c->scan.at = c->scan.base = c->hints[i].offset;
        }
}

static int
open_segment(const struct spool *s, const struct spool_segment *seg)
{
    char path[SPOOL_PATH_BYTES];

    spool_path(s, seg->name, path);
    return spool_vfs_open(s->vfs, path, O_RDONLY, 0);
}

/* Lock held. A segment that cannot be opened: is it lost? Not when the device
 * refuses everything, only when the file is gone or another one opens. */
static bool
segment_is_lost(struct spool_cursor *c, size_t index, int error)
{
    const struct spool *s = c->spool;
    size_t other = index != 0 ? index - 1 : index + 1;
    int fd;

    if (error == ENOENT)
        return true;
    if (++c->open_failures < OPEN_TRIES || other >= s->segment_count)
        return false;
    fd = open_segment(s, &s->segments[other]);
    if (fd < 0)
        return false;
    s->vfs->close(s->vfs->ctx, fd);
    return true;
}

/* Lock held: go on behind segment ${index}. */
static void
give_up_segment(struct spool_cursor *c, size_t index)
{
    const struct spool *s = c->spool;
    uint64_t behind = index + 1 < s->segment_count
                          ? s->segments[index + 1].first
                          : atomic_load(&s->committed) + 1;

    c->open_failures = 0;
    spool_frontier_lost(c, c->next, behind - 1);
    c->next = behind;
}

/* Lock held on entry and exit, not while the file is opened. Enter the segment
 * that holds c->next. */
static enum advance
enter(struct spool_cursor *c, struct err *err)
{
    struct spool *s = c->spool;
    struct spool_segment seg = s->segments[spool_segment_find(s, c->next)];
    size_t index;
    int fd, error;

    leave_segment(c);
    if (seg.first > c->next) { /* segments before it are missing */
        spool_frontier_lost(c, c->next, seg.first - 1);
        c->next = seg.first;
    }
    pthread_mutex_unlock(&s->lock);
    fd = open_segment(s, &seg);
    error = errno;
    pthread_mutex_lock(&s->lock);
    if (fd >= 0) {
        c->open_failures = 0;
        spool_scan_start(&c->scan, s->vfs, fd, s->seed, SPOOL_HEADER_BYTES);
        c->scan.strict = true;
        c->serial = seg.serial;
        c->digest_len = seg.digest_len;
        memcpy(c->digest, seg.digest, seg.digest_len);
        memcpy(c->segment_name, seg.name, sizeof c->segment_name);
        start_at_hint(c);
        return MORE; /* the next round takes its end from the table */
    }
    if (s->segment_count == 0)
        return MORE;
    index = spool_segment_find(s, c->next);
    if (s->segments[index].serial != seg.serial)
        return MORE; /* it was let go meanwhile */
    if (segment_is_lost(c, index, error)) {
        give_up_segment(c, index);
        return MORE;
    }
    errno = error;
    (void)err_errno(err, seg.name, "open a segment");
    return REFUSED;
}

/* Lock held: the bytes at hand are used up. */
static enum advance
advance(struct spool_cursor *c, struct err *err)
{
    struct spool *s = c->spool;
    uint64_t committed = atomic_load(&s->committed);
    uint64_t skipped = atomic_load(&c->skipped);
    size_t index;

    if (skipped >= c->next) {
        c->next = skipped + 1;
        leave_segment(c);
    }
    if (s->segment_count == 0) {
        spool_frontier_lost(c, c->next, committed);
        if (c->next <= committed)
            c->next = committed + 1;
        return WAIT;
    }
    if (c->serial == 0) {
        if (c->next > committed)
            return WAIT;
        return enter(c, err);
    }
    for (index = 0; index < s->segment_count; index++)
        if (s->segments[index].serial == c->serial)
            break;
    if (index == s->segment_count) { /* let go or replaced */
        leave_segment(c);
        return MORE;
    }
    if (c->scan.end < s->segments[index].end) {
        refresh(c, index);
        return MORE;
    }
    if (index + 1 < s->segment_count) {
        uint64_t first = s->segments[index + 1].first;

        if (c->next < first) {
            spool_frontier_lost(c, c->next, first - 1);
            c->next = first;
        }
        leave_segment(c);
        return c->next <= committed ? MORE : WAIT;
    }
    spool_frontier_lost(c, c->next, committed);
    if (c->next <= committed)
        c->next = committed + 1;
    return WAIT;
}

static struct timespec
deadline_of(unsigned ms)
{
    int64_t at = spool_now_ns() + (int64_t)ms * 1000000;
    struct timespec t = {.tv_sec = (time_t)(at / 1000000000),
                         .tv_nsec = (long)(at % 1000000000)};

    return t;
}

/* Get at more committed bytes, or wait for them. ERR_OK: go on scanning. */
static enum err_code
more(struct spool_cursor *c, unsigned ms, struct err *err)
{
    struct spool *s = c->spool;
    struct timespec deadline = {0};
    enum err_code e = ERR_OK;
    enum advance a;

    pthread_mutex_lock(&s->lock);
    while ((a = advance(c, err)) == WAIT) {
        if (s->stop)
            e = ERR_CLOSED;
        else if (ms == 0)
            e = ERR_AGAIN;
        if (e != ERR_OK)
            break;
        if (deadline.tv_sec == 0)
            deadline = deadline_of(ms);
        s->readers++;
        if (pthread_cond_timedwait(&s->changed, &s->lock, &deadline) ==
            ETIMEDOUT)
            ms = 0;
        s->readers--;
    }
    pthread_mutex_unlock(&s->lock);
    return a == REFUSED ? ERR_IO : e;
}

static void
missing(struct spool_cursor *c, uint64_t first, uint64_t last)
{
    pthread_mutex_lock(&c->spool->lock);
    spool_frontier_lost(c, first, last);
    pthread_mutex_unlock(&c->spool->lock);
}

static void
remember(struct spool_cursor *c, uint64_t sequence)
{
    uint64_t i;

    if (sequence % HINT_EVERY != 0)
        return;
    i = c->hint_count++ % SPOOL_HINTS;
    c->hints[i].sequence = sequence;
    c->hints[i].serial = c->serial;
    c->hints[i].offset = c->scan.from;
}

/* A page that cannot be read: an error for the caller, who tries again. When it
 * lasts and other pages of the segment can be read it is damage; a device that is
 * gone altogether is not. ERR_OK: go on over the damage. */
static enum err_code
unreadable(struct spool_cursor *c, struct err *err)
{
    const struct spool_vfs *v = c->spool->vfs;
    enum err_code e = err_errno(err, c->segment_name, "read a segment");
    char byte;

    if (++c->read_failures < READ_TRIES)
        return e;
    if (spool_vfs_read(v, c->scan.fd, &byte, 1, 0) < 0 &&
        spool_vfs_read(v, c->scan.fd, &byte, 1, (off_t)c->scan.end - 1) < 0)
        return e;
    c->scan.strict = false;
    c->read_failures = 0;
    return ERR_OK;
}

/* An undamaged entry; true when it is the next record. */
static bool
accept(struct spool_cursor *c, const struct spool_entry *e,
       struct spool_record *out)
{
    if (e->type >= SPOOL_ENTRY_STATE || e->sequence < c->next ||
        e->sequence >= c->bound)
        return false;
    if (e->sequence > c->next)
        missing(c, c->next, e->sequence - 1);
    c->next = e->sequence + 1;
    remember(c, e->sequence);
    if (spool_format_read_record(e, out))
        return true;
    missing(c, e->sequence, e->sequence);
    return false;
}

enum err_code
spool_read(struct spool_cursor *c, struct spool_record *out, unsigned ms,
           struct err *err)
{
    struct spool *s = c->spool;

    spool_scan_shrink(&c->scan);
    for (;;) {
        uint64_t skipped =
            atomic_load_explicit(&c->skipped, memory_order_relaxed);
        struct spool_entry e;
        enum err_code code;

        if (skipped >= c->next) {
            c->next = skipped + 1;
            leave_segment(c);
        }
        switch (spool_scan_next(&c->scan, &e)) {
        case SPOOL_SCAN_ENTRY:
            if (accept(c, &e, out))
                return ERR_OK;
            break;
        case SPOOL_SCAN_DAMAGE:
            (void)spool_quarantine_copy(s, c->scan.fd, c->segment_name,
                                        c->scan.from, c->scan.at);
            break;
        case SPOOL_SCAN_END:
            code = more(c, ms, err);
            if (code != ERR_OK)
                return code;
            break;
        case SPOOL_SCAN_NOMEM:
            return err_set(err, ERR_NOMEM, c->segment_name,
                           "no memory for a record");
        case SPOOL_SCAN_IO:
            code = unreadable(c, err);
            if (code != ERR_OK)
                return code;
            break;
        }
    }
}

void
spool_rewind(struct spool_cursor *c)
{
    c->next = spool_cursor_settled(c) + 1;
    leave_segment(c);
}

struct bytes
spool_cursor_digest(const struct spool_cursor *c)
{
    return bytes_of((const char *)c->digest, c->digest_len);
}
