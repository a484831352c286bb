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
    return ok;
}

bool
spool_segment_create(struct spool *s, uint64_t first, uint64_t need)
{
    char name[SPOOL_NAME_BYTES], path[SPOOL_PATH_BYTES],
        made[SPOOL_PATH_BYTES + 8];
    bool replace = s->segment_count != 0 &&
                   s->segments[s->segment_count - 1].first == first;
    int fd, saved;

    spool_format_name(first, name);
    spool_path(s, name, path);
    /* A segment that holds states but no record yet gives way to its successor
     * of the same name in one step. */
    (void)snprintf(made, sizeof made, "%s%s", path, replace ? ".new" : "");
    fd = create_file(s, made, first, need + SPOOL_HEADER_BYTES);
    if (fd < 0 && errno == EEXIST) {
        bool gone = replace ? s->vfs->unlink(s->vfs->ctx, made) == 0
                            : spool_quarantine_move(s, name);

        fd = gone ? create_file(s, made, first, need + SPOOL_HEADER_BYTES) : -1;
    }
    if (fd < 0)
        return false;
    if (replace && s->vfs->rename(s->vfs->ctx, made, path) != 0)
        goto fail;
    fault_point("segment_named");
    if (!spool_vfs_sync_dir(s->vfs, s->dir))
        goto fail;
    fault_point("segment_dir_sync");
    if (!enter(s, first, replace)) {
        errno = ENOMEM;
        goto fail;
    }
    s->fd = fd;
    s->end = SPOOL_HEADER_BYTES;
    return true;
fail:
    saved = errno;
    s->vfs->close(s->vfs->ctx, fd);
    s->vfs->unlink(s->vfs->ctx, made);
    errno = saved;
    return false;
}

void
spool_segment_seal(struct spool *s)
{
    if (s->fd < 0)
        return;
    /* Gives the reserved blocks back; after a failure also removes bytes that
     * nobody was told of. Records from the next segment's first sequence on are
     * ignored in this one, so it does not matter when this fails. */
    (void)s->vfs->ftruncate(s->vfs->ctx, s->fd, (off_t)s->end);
    s->vfs->close(s->vfs->ctx, s->fd);
    s->fd = -1;
    fault_point("segment_sealed");
}
