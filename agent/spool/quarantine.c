/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged bytes are kept aside for people, within a bound, never thrown away
 * silently: quarantine/<segment>-<offset>.bin and whole foreign files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

#define QUARANTINE_DIR "quarantine"
#define CHUNK          ((size_t)64 << 10)

static bool
make_dir(struct spool *s, char dir[SPOOL_PATH_BYTES])
{
    spool_path(s, QUARANTINE_DIR, dir);
    if (s->vfs->mkdir(s->vfs->ctx, dir, 0700) == 0)
        return spool_vfs_sync_dir(s->vfs, s->dir);
    return errno == EEXIST;
}

static void
count(struct spool *s, uint64_t bytes)
{
    pthread_mutex_lock(&s->lock);
    s->stats.quarantined_bytes += bytes;
    pthread_mutex_unlock(&s->lock);
}

static bool
copy(struct spool *s, int from_fd, int to_fd, uint64_t from, uint64_t to)
{
    char *chunk = malloc(CHUNK);
    uint64_t at = from;
    bool ok = chunk != NULL;

    while (ok && at < to) {
        size_t n = to - at < CHUNK ? (size_t)(to - at) : CHUNK;
        ssize_t got = spool_vfs_read(s->vfs, from_fd, chunk, n, (off_t)at);
        struct iovec iov = {chunk, n};

        if (got < 0 || (size_t)got < n) /* what cannot be read: zeros */
            memset(chunk + (got > 0 ? got : 0), 0,
                   n - (size_t)(got > 0 ? got : 0));
        ok = spool_vfs_write(s->vfs, to_fd, &iov, 1, (off_t)(at - from));
        at += n;
    }
    free(chunk);
    return ok && spool_vfs_sync(s->vfs, to_fd);
}

static void
copy_path(const struct spool *s, const char *name, uint64_t from,
          char out[SPOOL_PATH_BYTES + 64])
{
    char dir[SPOOL_PATH_BYTES];

    spool_path(s, QUARANTINE_DIR, dir);
    (void)snprintf(out, SPOOL_PATH_BYTES + 64, "%s/%s-%08llx.bin", dir, name,
                   (unsigned long long)from);
}

bool
spool_quarantine_has(const struct spool *s, const char *name, uint64_t from)
{
    char path[SPOOL_PATH_BYTES + 64];
    int fd;

    copy_path(s, name, from, path);
    fd = spool_vfs_open(s->vfs, path, O_RDONLY, 0);
    if (fd >= 0)
        s->vfs->close(s->vfs->ctx, fd);
    return fd >= 0;
}

bool
spool_quarantine_copy(struct spool *s, int fd, const char *name, uint64_t from,
                      uint64_t to)
{
    char dir[SPOOL_PATH_BYTES], path[SPOOL_PATH_BYTES + 64];
    uint64_t kept;
    int out;
    bool ok;

    if (s->readonly)
        return true;
    pthread_mutex_lock(&s->lock);
    kept = s->stats.quarantined_bytes;
    pthread_mutex_unlock(&s->lock);
    if (kept + (to - from) > SPOOL_QUARANTINE_MAX)
        return true; /* enough to look at */
    if (!make_dir(s, dir))
        return false;
    copy_path(s, name, from, path);
    out = spool_vfs_open(s->vfs, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (out < 0)
        return errno == EEXIST; /* another cursor met the same damage */
    ok = copy(s, fd, out, from, to);
    s->vfs->close(s->vfs->ctx, out);
    fault_point("quarantine_copied");
    if (!ok) {
        s->vfs->unlink(s->vfs->ctx, path);
        return false;
    }
    count(s, to - from);
    return spool_vfs_sync_dir(s->vfs, dir);
}

bool
spool_quarantine_move(struct spool *s, const char *name)
{
    char dir[SPOOL_PATH_BYTES], from[SPOOL_PATH_BYTES],
        to[SPOOL_PATH_BYTES + 64];
    int64_t size = 0;
    int fd;

    if (s->readonly)
        return true;
    if (!make_dir(s, dir))
        return false;
    spool_path(s, name, from);
    (void)snprintf(to, sizeof to, "%s/%s.%llx", dir, name,
                   (unsigned long long)spool_now_ns());
    fd = spool_vfs_open(s->vfs, from, O_RDONLY, 0);
    if (fd >= 0) {
        size = s->vfs->size(s->vfs->ctx, fd);
        s->vfs->close(s->vfs->ctx, fd);
    }
    if (s->vfs->rename(s->vfs->ctx, from, to) != 0)
        return false;
    fault_point("quarantine_moved");
    count(s, size > 0 ? (uint64_t)size : 0);
    return spool_vfs_sync_dir(s->vfs, dir) &&
           spool_vfs_sync_dir(s->vfs, s->dir);
}
