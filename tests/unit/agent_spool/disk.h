/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory under the spool's vfs table. It knows what was synced: a
 * power cut keeps that and, sector by sector, any part of the rest, in any
 * order; names that were not synced with their directory may be gone or back. It
 * also fails the n-th call. A failed fdatasync leaves the bytes readable but
 * marks them clean, as Linux does: only the platter knows. Thread-safe. */
#ifndef TESTS_UNIT_AGENT_SPOOL_DISK_H
#define TESTS_UNIT_AGENT_SPOOL_DISK_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spool/vfs.h"
#include "formats/base/bytes.h"

#define DISK_FILES  4096
#define DISK_NAMES  1024
#define DISK_FDS    256
#define DISK_SECTOR ((size_t)512)

struct disk_bytes {
    char *data;
    size_t len, cap;
};

struct disk_write { /* not synced; len == 0 with data NULL: a truncate */
    size_t offset, len;
    char *data;
};

struct disk_file {
    struct disk_bytes now, platter;
    struct disk_write *writes;
    size_t write_count, write_cap;
    bool directory;
    unsigned coin;
};

struct disk_name {
    char path[96];
    int file;    /* -1: no such name now */
    int durable; /* the same on the platter */
};

enum disk_fail { DISK_FAIL_ONCE, DISK_FAIL_SHORT, DISK_FAIL_FOREVER };

struct disk {
    struct spool_vfs vfs;
    pthread_mutex_t lock;
    struct disk_file *files[DISK_FILES];
    int file_count;
    struct disk_name names[DISK_NAMES];
    int name_count;
    struct {
        int file; /* -1: closed */
        bool locked;
    } fds[DISK_FDS];
    uint64_t calls;   /* so far */
    uint64_t fail_at; /* this call fails, 0: none */
    int fail_errno;
    enum disk_fail fail;
    bool failed;       /* it did */
    uint64_t dead_at;  /* from this call on the power is off, 0: never */
    uint64_t capacity; /* bytes for all files, 0: endless */
    uint64_t seed;
};

static inline uint64_t
disk_random(struct disk *d)
{
    d->seed ^= d->seed << 13;
    d->seed ^= d->seed >> 7;
    d->seed ^= d->seed << 17;
    return d->seed * 0x2545F4914F6CDD1DU >> 11;
}

static inline void
disk_resize(struct disk_bytes *b, size_t len)
{
    if (len > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 4096;

        while (cap < len)
            cap *= 2;
        b->data = realloc(b->data, cap);
        b->cap = cap;
    }
    if (len > b->len)
        memset(b->data + b->len, 0, len - b->len);
    b->len = len;
}

static inline void
disk_put(struct disk_bytes *b, size_t offset, const char *p, size_t n)
{
    if (n == 0)
        return;
    if (b->len < offset + n)
        disk_resize(b, offset + n);
    memcpy(b->data + offset, p, n);
}

/* Every call passes here, lock held. False: it fails with errno. */
static inline bool
disk_call(struct disk *d)
{
    d->calls++;
    if (d->dead_at != 0 && d->calls >= d->dead_at) {
        errno = EIO;
        return false;
    }
    if (d->fail_at != 0 &&
        (d->calls == d->fail_at ||
         (d->fail == DISK_FAIL_FOREVER && d->calls > d->fail_at))) {
        d->failed = true;
        errno = d->fail_errno;
        return false;
    }
    return true;
}

static inline struct disk_name *
disk_find(struct disk *d, const char *path)
{
    for (int i = 0; i < d->name_count; i++)
        if (strcmp(d->names[i].path, path) == 0)
            return &d->names[i];
    return NULL;
}

static inline struct disk_name *
disk_name_of(struct disk *d, const char *path)
{
    struct disk_name *n = disk_find(d, path);

    if (n != NULL || d->name_count == DISK_NAMES || strlen(path) >= 96)
        return n;
    n = &d->names[d->name_count++];
    *n = (struct disk_name){.file = -1, .durable = -1};
    memcpy(n->path, path, strlen(path) + 1);
    return n;
}

static inline int
disk_make(struct disk *d, bool directory)
{
    if (d->file_count == DISK_FILES)
        return -1;
    d->files[d->file_count] = calloc(1, sizeof *d->files[0]);
    d->files[d->file_count]->directory = directory;
    return d->file_count++;
}

static inline int
disk_open_locked(struct disk *d, const char *path, int flags)
{
    struct disk_name *n;
    int fd = 0;

    if (!disk_call(d))
        return -1;
    n = disk_name_of(d, path);
    if (n == NULL || (n->file < 0 && !(flags & O_CREAT))) {
        errno = n == NULL ? ENFILE : ENOENT;
        return -1;
    }
    if (n->file >= 0 && (flags & O_CREAT) && (flags & O_EXCL)) {
        errno = EEXIST;
        return -1;
    }
    while (fd < DISK_FDS && d->fds[fd].file >= 0)
        fd++;
    if (n->file < 0)
        n->file = disk_make(d, false);
    if (fd == DISK_FDS || n->file < 0) {
        errno = EMFILE;
        return -1;
    }
    d->fds[fd].file = n->file;
    d->fds[fd].locked = false;
    return fd + 1000; /* never a descriptor of the system */
}

#define DISK_ENTER(type, expression)                                           \
    struct disk *d = ctx;                                                      \
    type result;                                                               \
    pthread_mutex_lock(&d->lock);                                              \
    result = (expression);                                                     \
    pthread_mutex_unlock(&d->lock);                                            \
    return result

static inline int
disk_open(void *ctx, const char *path, int flags, mode_t mode)
{
    (void)mode;
    DISK_ENTER(int, disk_open_locked(d, path, flags));
}

static inline struct disk_file *
disk_file_of(struct disk *d, int fd)
{
    return d->files[d->fds[fd - 1000].file];
}

static inline int
disk_close_locked(struct disk *d, int fd)
{
    d->fds[fd - 1000].file = -1;
    return 0;
}

static inline int
disk_close(void *ctx, int fd)
{
    DISK_ENTER(int, disk_close_locked(d, fd));
}

static inline uint64_t
disk_used(const struct disk *d)
{
    uint64_t used = 0;

    for (int i = 0; i < d->name_count; i++)
        if (d->names[i].file >= 0)
            used += d->files[d->names[i].file]->now.len;
    return used;
}

static inline void
disk_log(struct disk_file *f, size_t offset, const char *p, size_t n)
{
    struct disk_write *w;

    if (f->write_count == f->write_cap) {
        f->write_cap = f->write_cap ? f->write_cap * 2 : 16;
        f->writes = realloc(f->writes, f->write_cap * sizeof *f->writes);
    }
    w = &f->writes[f->write_count++];
    w->offset = offset;
    w->len = n;
    w->data = NULL;
    if (n != 0) {
        w->data = malloc(n);
        memcpy(w->data, p, n);
    }
}

static inline ssize_t
disk_pwritev_locked(struct disk *d, int fd, const struct iovec *iov, int count,
                    off_t offset)
{
    struct disk_file *f = disk_file_of(d, fd);
    size_t done = 0, most = SIZE_MAX, total = 0;

    for (int i = 0; i < count; i++)
        total += iov[i].iov_len;
    if (!disk_call(d)) {
        if (d->fail != DISK_FAIL_SHORT || d->calls != d->fail_at || total < 2)
            return -1;
        most = total / 2;
    }
    if (d->capacity != 0 && (size_t)offset + total > f->now.len) {
        uint64_t more = (size_t)offset + total - f->now.len;

        if (disk_used(d) + more > d->capacity) {
            errno = ENOSPC;
            return -1;
        }
    }
    for (int i = 0; i < count && done < most; i++) {
        size_t n = iov[i].iov_len < most - done ? iov[i].iov_len : most - done;

        disk_put(&f->now, (size_t)offset + done, iov[i].iov_base, n);
        if (n != 0)
            disk_log(f, (size_t)offset + done, iov[i].iov_base, n);
        done += n;
    }
    return (ssize_t)done;
}

static inline ssize_t
disk_pwritev(void *ctx, int fd, const struct iovec *iov, int count,
             off_t offset)
{
    DISK_ENTER(ssize_t, disk_pwritev_locked(d, fd, iov, count, offset));
}

static inline ssize_t
disk_pread_locked(struct disk *d, int fd, void *to, size_t size, off_t offset)
{
    struct disk_file *f = disk_file_of(d, fd);
    size_t n;

    if (!disk_call(d))
        return -1;
    if ((size_t)offset >= f->now.len)
        return 0;
    n = f->now.len - (size_t)offset;
    if (n > size)
        n = size;
    memcpy(to, f->now.data + offset, n);
    return (ssize_t)n;
}

static inline ssize_t
disk_pread(void *ctx, int fd, void *to, size_t size, off_t offset)
{
    DISK_ENTER(ssize_t, disk_pread_locked(d, fd, to, size, offset));
}

static inline void
disk_forget_writes(struct disk_file *f)
{
    for (size_t i = 0; i < f->write_count; i++)
        free(f->writes[i].data);
    f->write_count = 0;
}

static inline int
disk_fdatasync_locked(struct disk *d, int fd)
{
    struct disk_file *f = disk_file_of(d, fd);

    if (!disk_call(d)) {
        if (errno != EINTR && !(d->dead_at != 0 && d->calls >= d->dead_at))
            disk_forget_writes(f); /* clean, yet not on the platter */
        return -1;
    }
    for (size_t i = 0; i < f->write_count; i++) {
        const struct disk_write *w = &f->writes[i];

        if (w->data == NULL)
            disk_resize(&f->platter, w->offset);
        else
            disk_put(&f->platter, w->offset, w->data, w->len);
    }
    disk_forget_writes(f);
    return 0;
}

static inline int
disk_fdatasync(void *ctx, int fd)
{
    DISK_ENTER(int, disk_fdatasync_locked(d, fd));
}

/* Is ${path} a name directly in the directory ${dir}? */
static inline bool
disk_in(const char *dir, const char *path)
{
    size_t n = strlen(dir);

    return strncmp(dir, path, n) == 0 && path[n] == '/' &&
           strchr(path + n + 1, '/') == NULL;
}

static inline int
disk_fsync_locked(struct disk *d, int fd)
{
    int file = d->fds[fd - 1000].file;

    if (!d->files[file]->directory)
        return disk_fdatasync_locked(d, fd);
    if (!disk_call(d))
        return -1;
    for (int i = 0; i < d->name_count; i++) {
        if (d->names[i].file != file)
            continue;
        for (int j = 0; j < d->name_count; j++)
            if (disk_in(d->names[i].path, d->names[j].path))
                d->names[j].durable = d->names[j].file;
    }
    return 0;
}

static inline int
disk_fsync(void *ctx, int fd)
{
    DISK_ENTER(int, disk_fsync_locked(d, fd));
}

static inline int
disk_ftruncate_locked(struct disk *d, int fd, off_t size)
{
    struct disk_file *f = disk_file_of(d, fd);

    if (!disk_call(d))
        return -1;
    disk_resize(&f->now, (size_t)size);
    disk_log(f, (size_t)size, NULL, 0);
    return 0;
}

static inline int
disk_ftruncate(void *ctx, int fd, off_t size)
{
    DISK_ENTER(int, disk_ftruncate_locked(d, fd, size));
}

static inline int
disk_reserve_locked(struct disk *d, int fd, off_t size)
{
    struct disk_file *f = disk_file_of(d, fd);

    if (!disk_call(d))
        return -1;
    if (d->capacity != 0 && (size_t)size > f->now.len &&
        disk_used(d) + (size_t)size - f->now.len > d->capacity) {
        errno = ENOSPC;
        return -1;
    }
    return 0;
}

static inline int
disk_reserve(void *ctx, int fd, off_t size)
{
    DISK_ENTER(int, disk_reserve_locked(d, fd, size));
}

static inline int
disk_unlink_locked(struct disk *d, const char *path)
{
    struct disk_name *n = disk_find(d, path);

    if (!disk_call(d))
        return -1;
    if (n == NULL || n->file < 0) {
        errno = ENOENT;
        return -1;
    }
    n->file = -1;
    return 0;
}

static inline int
disk_unlink(void *ctx, const char *path)
{
    DISK_ENTER(int, disk_unlink_locked(d, path));
}

static inline int
disk_rename_locked(struct disk *d, const char *from, const char *to)
{
    struct disk_name *a = disk_find(d, from), *b;

    if (!disk_call(d))
        return -1;
    b = disk_name_of(d, to);
    if (a == NULL || a->file < 0 || b == NULL) {
        errno = ENOENT;
        return -1;
    }
    b->file = a->file;
    a->file = -1;
    return 0;
}

static inline int
disk_rename(void *ctx, const char *from, const char *to)
{
    DISK_ENTER(int, disk_rename_locked(d, from, to));
}

static inline int
disk_mkdir_locked(struct disk *d, const char *path)
{
    struct disk_name *n;

    if (!disk_call(d))
        return -1;
    n = disk_name_of(d, path);
    if (n == NULL || n->file >= 0) {
        errno = n == NULL ? ENOSPC : EEXIST;
        return -1;
    }
    n->file = disk_make(d, true);
    return n->file >= 0 ? 0 : -1;
}

static inline int
disk_mkdir(void *ctx, const char *path, mode_t mode)
{
    (void)mode;
    DISK_ENTER(int, disk_mkdir_locked(d, path));
}

static inline int
disk_lock_locked(struct disk *d, int fd)
{
    int file = d->fds[fd - 1000].file;

    if (!disk_call(d))
        return -1;
    for (int i = 0; i < DISK_FDS; i++)
        if (d->fds[i].file == file && d->fds[i].locked) {
            errno = EWOULDBLOCK;
            return -1;
        }
    d->fds[fd - 1000].locked = true;
    return 0;
}

static inline int
disk_lock(void *ctx, int fd)
{
    DISK_ENTER(int, disk_lock_locked(d, fd));
}

static inline int64_t
disk_size_locked(struct disk *d, int fd)
{
    return disk_call(d) ? (int64_t)disk_file_of(d, fd)->now.len : -1;
}

static inline int64_t
disk_size(void *ctx, int fd)
{
    DISK_ENTER(int64_t, disk_size_locked(d, fd));
}

static inline int
disk_list(void *ctx, const char *path, spool_vfs_list_fn fn, void *arg)
{
    struct disk *d = ctx;
    char(*found)[96];
    int n = 0;
    int n_told, saved;
    bool ok;

    pthread_mutex_lock(&d->lock);
    ok = disk_call(d);
    saved = errno;
    found = calloc((size_t)d->name_count + 1, sizeof *found);
    for (int i = 0; i < d->name_count; i++)
        if (d->names[i].file >= 0 && disk_in(path, d->names[i].path))
            memcpy(found[n++], d->names[i].path + strlen(path) + 1,
                   strlen(d->names[i].path) - strlen(path));
    pthread_mutex_unlock(&d->lock);
    n_told = ok ? n : n / 2; /* it may fail halfway */
    for (int i = 0; i < n_told && fn(arg, found[i]); i++) {
    }
    free(found);
    errno = saved;
    return ok ? 0 : -1;
}

static inline int64_t
disk_capacity(void *ctx, const char *path)
{
    struct disk *d = ctx;

    (void)path;
    return d->capacity != 0 ? (int64_t)d->capacity : INT64_MAX;
}

static inline struct disk *
disk_new(uint64_t seed)
{
    struct disk *d = calloc(1, sizeof *d);

    d->vfs = (struct spool_vfs){.ctx = d,
                                .open = disk_open,
                                .close = disk_close,
                                .pwritev = disk_pwritev,
                                .pread = disk_pread,
                                .fdatasync = disk_fdatasync,
                                .fsync = disk_fsync,
                                .ftruncate = disk_ftruncate,
                                .reserve = disk_reserve,
                                .unlink = disk_unlink,
                                .rename = disk_rename,
                                .mkdir = disk_mkdir,
                                .lock = disk_lock,
                                .size = disk_size,
                                .list = disk_list,
                                .capacity = disk_capacity};
    pthread_mutex_init(&d->lock, NULL);
    d->seed = seed * 0x9E3779B97F4A7C15U | 1;
    for (int i = 0; i < DISK_FDS; i++)
        d->fds[i].file = -1;
    return d;
}

static inline void
disk_free(struct disk *d)
{
    for (int i = 0; i < d->file_count; i++) {
        disk_forget_writes(d->files[i]);
        free(d->files[i]->writes);
        free(d->files[i]->now.data);
        free(d->files[i]->platter.data);
        free(d->files[i]);
    }
    pthread_mutex_destroy(&d->lock);
    free(d);
}

/* What of one unsynced write reached the platter: each sector on its own coin of
 * ${keep} in 4, in units of ${unit} bytes. */
static inline void
disk_tear(struct disk *d, struct disk_file *f, const struct disk_write *w,
          unsigned keep, size_t unit)
{
    size_t at = 0;

    while (at < w->len) {
        size_t n = unit - (w->offset + at) % unit;

        if (n > w->len - at)
            n = w->len - at;
        if (disk_random(d) % 4 < keep)
            disk_put(&f->platter, w->offset + at, w->data + at, n);
        at += n;
    }
}

/* The power is cut: afterwards the disk holds one state that the platter may be
 * in. ${keep}: 0 nothing unsynced survives, 4 all of it, else by chance. */
static inline void
disk_cut(struct disk *d, unsigned keep, size_t unit)
{
    for (int i = 0; i < d->file_count; i++) {
        struct disk_file *f = d->files[i];

        for (size_t j = 0; j < f->write_count; j++) {
            const struct disk_write *w = &f->writes[j];

            if (w->data != NULL)
                disk_tear(d, f, w, keep, unit);
            else if (disk_random(d) % 4 < keep)
                disk_resize(&f->platter, w->offset);
        }
        disk_forget_writes(f);
        f->coin = (unsigned)(disk_random(d) % 4);
        disk_resize(&f->now, 0);
        disk_put(&f->now, 0, f->platter.data, f->platter.len);
    }
    for (int i = 0; i < d->name_count; i++) {
        struct disk_name *n = &d->names[i];

        int file = n->file >= 0 ? n->file : n->durable;

        /* One coin a file, so that a rename happens or not. */
        if (n->file != n->durable && d->files[file]->coin < keep)
            n->durable = n->file;
        n->file = n->durable;
    }
    for (int i = 0; i < DISK_FDS; i++)
        d->fds[i].file = -1;
    d->dead_at = d->fail_at = 0;
    d->failed = false;
}

#endif
