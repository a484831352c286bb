/* SPDX-License-Identifier: Apache-2.0 */
/* The operating system under the spool. fallocate() with KEEP_SIZE and flock()
 * are Linux; everything else is POSIX. */
#define _GNU_SOURCE
#include "agent/spool/vfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int
sys_open(void *ctx, const char *path, int flags, mode_t mode)
{
    (void)ctx;
    return open(path, flags, mode);
}

static int
sys_close(void *ctx, int fd)
{
    (void)ctx;
    return close(fd);
}

static ssize_t
sys_pwritev(void *ctx, int fd, const struct iovec *iov, int count, off_t offset)
{
    (void)ctx;
    return pwritev(fd, iov, count, offset);
}

static ssize_t
sys_pread(void *ctx, int fd, void *to, size_t size, off_t offset)
{
    (void)ctx;
    return pread(fd, to, size, offset);
}

static int
sys_fdatasync(void *ctx, int fd)
{
    (void)ctx;
    return fdatasync(fd);
}

static int
sys_fsync(void *ctx, int fd)
{
    (void)ctx;
    return fsync(fd);
}

static int
sys_ftruncate(void *ctx, int fd, off_t size)
{
    (void)ctx;
    return ftruncate(fd, size);
}

static int
sys_reserve(void *ctx, int fd, off_t size)
{
    (void)ctx;
    return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size);
}

static int
sys_unlink(void *ctx, const char *path)
{
    (void)ctx;
    return unlink(path);
}

static int
sys_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return rename(from, to);
}

static int
sys_mkdir(void *ctx, const char *path, mode_t mode)
{
    (void)ctx;
    return mkdir(path, mode);
}

static int
sys_lock(void *ctx, int fd)
{
    (void)ctx;
    return flock(fd, LOCK_EX | LOCK_NB);
}

static int64_t
sys_size(void *ctx, int fd)
{
    struct stat st;

    (void)ctx;
    return fstat(fd, &st) == 0 ? (int64_t)st.st_size : -1;
}

static int
sys_list(void *ctx, const char *path, spool_vfs_list_fn fn, void *arg)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int saved;

    (void)ctx;
    if (dir == NULL)
        return -1;
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
        if (!fn(arg, entry->d_name)) {
            errno = 0;
            break;
        }
    saved = errno;
    closedir(dir);
    errno = saved;
    return saved == 0 ? 0 : -1;
}

static int64_t
sys_capacity(void *ctx, const char *path)
{
    struct statvfs st;

    (void)ctx;
    if (statvfs(path, &st) != 0)
        return -1;
    return (int64_t)st.f_blocks * (int64_t)st.f_frsize;
}

const struct spool_vfs spool_vfs_system = {
    .open = sys_open,
    .close = sys_close,
    .pwritev = sys_pwritev,
    .pread = sys_pread,
    .fdatasync = sys_fdatasync,
    .fsync = sys_fsync,
    .ftruncate = sys_ftruncate,
    .reserve = sys_reserve,
    .unlink = sys_unlink,
    .rename = sys_rename,
    .mkdir = sys_mkdir,
    .lock = sys_lock,
    .size = sys_size,
    .list = sys_list,
    .capacity = sys_capacity,
};

bool
spool_vfs_write(const struct spool_vfs *v, int fd, struct iovec *iov, int count,
                off_t offset)
{
    while (count > 0) {
        ssize_t n;

        if (iov->iov_len == 0) {
            iov++;
            count--;
            continue;
        }
        n = v->pwritev(v->ctx, fd, iov, count, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO;
        if (n <= 0)
            return false;
        offset += n;
        while (count > 0 && (size_t)n >= iov->iov_len) {
            n -= (ssize_t)iov->iov_len;
            iov++;
            count--;
        }
        if (count > 0) {
            iov->iov_base = (char *)iov->iov_base + n;
            iov->iov_len -= (size_t)n;
        }
    }
    return true;
}

ssize_t
spool_vfs_read(const struct spool_vfs *v, int fd, void *to, size_t size,
               off_t offset)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = v->pread(v->ctx, fd, (char *)to + got, size - got,
                             offset + (off_t)got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

int
spool_vfs_open(const struct spool_vfs *v, const char *path, int flags,
               mode_t mode)
{
    int fd;

    do
        fd = v->open(v->ctx, path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

bool
spool_vfs_sync(const struct spool_vfs *v, int fd)
{
    int r;

    do
        r = v->fdatasync(v->ctx, fd);
    while (r != 0 && errno == EINTR);
    return r == 0;
}

bool
spool_vfs_sync_dir(const struct spool_vfs *v, const char *path)
{
    int fd = spool_vfs_open(v, path, O_RDONLY | O_DIRECTORY, 0);
    int r, saved;

    if (fd < 0)
        return false;
    do
        r = v->fsync(v->ctx, fd);
    while (r != 0 && errno == EINTR);
    saved = errno;
    v->close(v->ctx, fd);
    errno = saved;
    return r == 0;
}
