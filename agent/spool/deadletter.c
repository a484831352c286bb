/* SPDX-License-Identifier: Apache-2.0 */
/* The records of an output that lags too far become dead letters by moving their
 * whole segment aside: no byte is copied, spool_export reads the folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "agent/spool/fault.h"
#include "agent/spool/internal.h"

#define DEAD_DIR "deadletter"

struct folder {
    struct spool *s;
    uint64_t bytes;
    char oldest[SPOOL_NAME_BYTES];
};

static bool
on_name(void *arg, const char *name)
{
    struct folder *f = arg;
    const struct spool_vfs *v = f->s->vfs;
    char path[SPOOL_PATH_BYTES], below[SPOOL_NAME_BYTES + 16];
    uint64_t first;
    int fd;

    if (!spool_format_read_name(name, &first))
        return true;
    (void)snprintf(below, sizeof below, "%s/%s", DEAD_DIR, name);
    spool_path(f->s, below, path);
    fd = spool_vfs_open(v, path, O_RDONLY, 0);
    if (fd >= 0) {
        int64_t size = v->size(v->ctx, fd);

        f->bytes += size > 0 ? (uint64_t)size : 0;
        v->close(v->ctx, fd);
    }
    if (f->oldest[0] == '\0' || strcmp(name, f->oldest) < 0)
        memcpy(f->oldest, name, strlen(name) + 1);
    return true;
}

/* Dead letters must not fill the device that the living need. */
static void
keep_bound(struct spool *s, const char *dir)
{
    for (;;) {
        struct folder f = {.s = s};
        char path[SPOOL_PATH_BYTES], below[SPOOL_NAME_BYTES + 16];

        if (s->vfs->list(s->vfs->ctx, dir, on_name, &f) != 0 ||
            f.bytes <= s->o.max_bytes / 4 || f.oldest[0] == '\0')
            return;
        (void)snprintf(below, sizeof below, "%s/%s", DEAD_DIR, f.oldest);
        spool_path(s, below, path);
        if (s->vfs->unlink(s->vfs->ctx, path) != 0)
            return;
        pthread_mutex_lock(&s->lock);
        s->stats.dead_segments_removed++;
        pthread_mutex_unlock(&s->lock);
    }
}

bool
spool_deadletter_move(struct spool *s, const char *name)
{
    char from[SPOOL_PATH_BYTES], dir[SPOOL_PATH_BYTES], to[SPOOL_PATH_BYTES],
        below[SPOOL_NAME_BYTES + 16];

    spool_path(s, name, from);
    spool_path(s, DEAD_DIR, dir);
    (void)snprintf(below, sizeof below, "%s/%s", DEAD_DIR, name);
    spool_path(s, below, to);
    if (s->vfs->mkdir(s->vfs->ctx, dir, 0700) != 0 && errno != EEXIST)
        return false;
    if (s->vfs->rename(s->vfs->ctx, from, to) != 0 && errno != ENOENT)
        return false; /* ENOENT: an earlier try moved it */
    fault_point("deadletter_moved");
    keep_bound(s, dir);
    return spool_vfs_sync_dir(s->vfs, dir) &&
           spool_vfs_sync_dir(s->vfs, s->dir);
}
