/* SPDX-License-Identifier: Apache-2.0 */
/* The table of segments and the birth of a new one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

bool
spool_segment_add(struct spool *s, const struct spool_segment *seg)
{
    size_t at = s->segment_count;

    if (s->segment_count == s->segment_cap) {
        size_t cap = s->segment_cap ? s->segment_cap * 2 : 64;
        void *p = realloc(s->segments, cap * sizeof *s->segments);

        if (p == NULL)
            return false;
        s->segments = p;
        s->segment_cap = cap;
    }
    while (at > 0 && s->segments[at - 1].first > seg->first)
        at--;
    memmove(s->segments + at + 1, s->segments + at,
            (s->segment_count - at) * sizeof *s->segments);
    s->segments[at] = *seg;
    s->segment_count++;
    if (seg->serial > s->last_serial && seg->serial < SPOOL_SERIAL_UNKNOWN)
        s->last_serial = seg->serial;
    return true;
}

size_t
spool_segment_find(const struct spool *s, uint64_t sequence)
{
    size_t low = 0, high = s->segment_count;

    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;

        if (s->segments[mid].first <= sequence)
            low = mid;
        else
            high = mid;
    }
    return low;
}

void
spool_segment_account(struct spool *s)
{
    uint64_t used = 0;

    for (size_t i = 0; i < s->segment_count; i++)
        used += s->segments[i].end;
    atomic_store(&s->used, used);
}

static int64_t
wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Blocks for the whole segment, or on a nearly full device for less, down to
 * what the next group needs; the size reserved, 0 with errno on failure. */
static uint64_t
reserve(struct spool *s, int fd, uint64_t need)
{
    uint64_t size = s->o.segment_bytes;

    if (size < need)
        size = need;
    for (;;) {
        if (s->vfs->reserve(s->vfs->ctx, fd, (off_t)size) == 0)
            return size;
        if (errno == EINTR)
            continue;
        if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
            return size; /* no reservation here: ENOSPC shows on write */
        if ((errno != ENOSPC && errno != EDQUOT) || size / 2 < need)
            return 0;
        size /= 2;
    }
}

static bool
write_header(struct spool *s, int fd, uint64_t first)
{
    char bytes[SPOOL_HEADER_BYTES];
    struct spool_header h = {.first = first,
                             .serial = s->last_serial + 1,
                             .created_ns = wall_ns(),
                             .digest_len = s->digest_len};
    struct iovec iov = {bytes, sizeof bytes};

    memcpy(h.uuid, s->uuid, sizeof h.uuid);
    memcpy(h.digest, s->digest, s->digest_len);
    spool_format_header(&h, bytes);
    return spool_vfs_write(s->vfs, fd, &iov, 1, 0);
}

/* The file itself: written, reserved and synced under ${path}. */
static int
create_file(struct spool *s, const char *path, uint64_t first, uint64_t need)
{
    int fd = spool_vfs_open(s->vfs, path, O_RDWR | O_CREAT | O_EXCL, 0600);
    int saved;

    if (fd < 0)
        return -1;
    fault_point("segment_create");
    s->limit = reserve(s, fd, need);
    if (s->limit == 0 || !write_header(s, fd, first))
        goto fail;
    fault_point("segment_header");
    if (!spool_vfs_sync(s->vfs, fd))
        goto fail;
    fault_point("segment_sync");
    return fd;
fail:
    saved = errno;
    s->vfs->close(s->vfs->ctx, fd);
    s->vfs->unlink(s->vfs->ctx, path);
    errno = saved;
    return -1;
}

/* Put the new segment into the table; one without records that has the same
 * first sequence is replaced. */
static bool
enter(struct spool *s, uint64_t first, bool replace)
{
    struct spool_segment seg = {.serial = s->last_serial + 1,
                                .first = first,
                                .end = SPOOL_HEADER_BYTES,
                                .digest_len = s->digest_len};
    bool ok = true;

    memcpy(seg.digest, s->digest, s->digest_len);
    spool_format_name(first, seg.name);
    pthread_mutex_lock(&s->lock);
    if (replace)
        s->segment_count--;
    ok = spool_segment_add(s, &seg);
    spool_segment_account(s);
    pthread_mutex_unlock(&s->lock);
    if (!ok)
        errno = ENOMEM;
    return ok;
}

static void
new_path(const struct spool *s, uint64_t first, bool replace,
         char out[SPOOL_PATH_BYTES])
{
    char name[SPOOL_NAME_BYTES + 8];

    spool_format_name(first, name);
    if (replace)
        memcpy(name + strlen(name), ".new", sizeof ".new");
    spool_path(s, name, out);
}

/* What is in the way of a new segment is not ours to overwrite. */
static bool
clear_way(struct spool *s, const char *path, uint64_t first, bool replace)
{
    char name[SPOOL_NAME_BYTES];

    if (replace)
        return s->vfs->unlink(s->vfs->ctx, path) == 0;
    spool_format_name(first, name);
    return spool_quarantine_move(s, name);
}

/* The new file is of no use: close and remove it, keep errno. */
static void
discard(struct spool *s, const char *path)
{
    int saved = errno;

    s->vfs->close(s->vfs->ctx, s->fd);
    s->fd = -1;
    s->unnamed = false;
    (void)s->vfs->unlink(s->vfs->ctx, path);
    errno = saved;
}

bool
spool_segment_create(struct spool *s, uint64_t first, uint64_t need)
{
    char path[SPOOL_PATH_BYTES];
    bool replace = s->segment_count != 0 &&
                   s->segments[s->segment_count - 1].first == first;

    new_path(s, first, replace, path);
    need += SPOOL_HEADER_BYTES;
    s->fd = create_file(s, path, first, need);
    if (s->fd < 0 && errno == EEXIST && clear_way(s, path, first, replace))
        s->fd = create_file(s, path, first, need);
    if (s->fd < 0)
        return false;
    s->end = SPOOL_HEADER_BYTES;
    s->first = first;
    s->unnamed = replace;
    fault_point("segment_named");
    if (replace || (spool_vfs_sync_dir(s->vfs, s->dir) && enter(s, first, 0))) {
        fault_point("segment_dir_sync");
        return true;
    }
    discard(s, path);
    return false;
}

bool
spool_segment_name(struct spool *s)
{
    char from[SPOOL_PATH_BYTES], to[SPOOL_PATH_BYTES];
    int saved;

    if (!s->unnamed)
        return true;
    new_path(s, s->first, true, from);
    new_path(s, s->first, false, to);
    fault_point("segment_before_rename");
    if (!spool_vfs_sync(s->vfs, s->fd) ||
        s->vfs->rename(s->vfs->ctx, from, to) != 0)
        return false;
    s->unnamed = false;
    fault_point("segment_after_rename");
    (void)enter(s, s->first, true); /* there is room: one left */
    if (spool_vfs_sync_dir(s->vfs, s->dir))
        return true;
    /* After a crash either file may have the name, and both are whole: leave
     * this one as it is. */
    saved = errno;
    s->vfs->close(s->vfs->ctx, s->fd);
    s->fd = -1;
    errno = saved;
    return false;
}

void
spool_segment_seal(struct spool *s)
{
    char path[SPOOL_PATH_BYTES];

    if (s->fd < 0)
        return;
    if (s->unnamed) {
        new_path(s, s->first, true, path);
        discard(s, path);
        return;
    }
    /* Gives the reserved blocks back; after a failure also removes bytes that
     * nobody was told of. Records from the next segment's first sequence on are
     * ignored in this one, so it does not matter when this fails. */
    if (!s->readonly)
        (void)s->vfs->ftruncate(s->vfs->ctx, s->fd, (off_t)s->end);
    s->vfs->close(s->vfs->ctx, s->fd);
    s->fd = -1;
    fault_point("segment_sealed");
}
