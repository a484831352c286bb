/* SPDX-License-Identifier: Apache-2.0 */
/* Every system call the spool makes, as a table, so that a test can fail the
 * n-th one or keep the files on a simulated disk that loses power. */
#ifndef AGENT_SPOOL_VFS_H
#define AGENT_SPOOL_VFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* One entry of a directory; false stops the listing. */
typedef bool (*spool_vfs_list_fn)(void *arg, const char *name);

/* Every slot is called by the opener, the commit thread and the readers, so an
 * implementation is thread-safe. On failure each returns -1 with errno, as the
 * call it is named for; EINTR and short counts are allowed and handled by
 * the spool. */
struct spool_vfs {
    void *ctx;
    int (*open)(void *ctx, const char *path, int flags, mode_t mode);
    int (*close)(void *ctx, int fd);
    ssize_t (*pwritev)(void *ctx, int fd, const struct iovec *iov, int count,
                       off_t offset);
    ssize_t (*pread)(void *ctx, int fd, void *to, size_t size, off_t offset);
    int (*fdatasync)(void *ctx, int fd);
    int (*fsync)(void *ctx, int fd); /* also of directories */
    int (*ftruncate)(void *ctx, int fd, off_t size);
    /* reserve blocks for [0, size) without changing the file's size */
    int (*reserve)(void *ctx, int fd, off_t size);
    int (*unlink)(void *ctx, const char *path);
    int (*rename)(void *ctx, const char *from, const char *to);
    int (*mkdir)(void *ctx, const char *path, mode_t mode);
    int (*lock)(void *ctx, int fd); /* exclusive; EWOULDBLOCK when held */
    int64_t (*size)(void *ctx, int fd);
    int (*list)(void *ctx, const char *path, spool_vfs_list_fn fn, void *arg);
    int64_t (*capacity)(void *ctx, const char *path); /* bytes of the device */
};

/* The operating system's calls. */
extern const struct spool_vfs spool_vfs_system;

/* spool_vfs_write(v, fd, iov, count, offset): all of it, over EINTR and short
 * writes; ${iov} is used up. False with errno. */
bool spool_vfs_write(const struct spool_vfs *v, int fd, struct iovec *iov,
                     int count, off_t offset);

/* spool_vfs_read(v, fd, to, size, offset): until ${size} or the end of file;
 * the count read, or -1 with errno. */
ssize_t spool_vfs_read(const struct spool_vfs *v, int fd, void *to, size_t size,
                       off_t offset);

/* spool_vfs_open(v, path, flags, mode): O_CLOEXEC added, over EINTR. */
int spool_vfs_open(const struct spool_vfs *v, const char *path, int flags,
                   mode_t mode);

/* spool_vfs_sync(v, fd): fdatasync over EINTR; any other failure is final. */
bool spool_vfs_sync(const struct spool_vfs *v, int fd);

/* spool_vfs_sync_dir(v, path): make the names in ${path} durable. */
bool spool_vfs_sync_dir(const struct spool_vfs *v, const char *path);

#endif
