/* SPDX-License-Identifier: Apache-2.0 */
/* Transport `file`: batches appended to an NDJSON file, on disk before SENT.
 * It rotates by size and opens a new file when the old one was renamed away. A
 * torn append is cut off again, so a repeated batch starts on a line of its
 * own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "transport/report.h"
#include "transport/transport.h"

static const struct option_row options[] = {
    {.name = "path",
     .type = OPT_PATH,
     .required = true,
     .help_zh = "输出文件；目录必须已存在",
     .help_en = "file to append to; its folder must exist"},
    {.name = "rotate_size",
     .type = OPT_SIZE,
     .min = 0,
     .max = INT64_C(1) << 40,
     .def = "256MiB",
     .help_zh = "达到该大小后轮转；0 为不轮转",
     .help_en = "rotate at this size; 0: never"},
    {.name = "rotate_count",
     .type = OPT_INT,
     .min = 1,
     .max = 1000,
     .def = "8",
     .help_zh = "保留的旧文件数（路径.1 最新），更旧的删除",
     .help_en = "old files to keep (path.1 is the newest), older ones go"},
    {0},
};

struct file_out {
    char *path;
    int fd;     /* -1: not open */
    off_t size; /* bytes known good */
    bool torn;  /* cut back to size before the next append */
    int64_t rotate_size;
    int rotate_count;
};

static void
file_close(void *t)
{
    struct file_out *f = t;

    if (!f)
        return;
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    free(f);
}

static enum err_code
check_folder(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    struct stat st;
    char *folder;
    enum err_code code = ERR_OK;

    if (slash && slash[1] == '\0')
        return err_set(err, ERR_ARG, path, "is a folder");
    folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return err_set(err, ERR_NOMEM, path, "out of memory");
    if (stat(folder, &st) != 0)
        code = err_errno(err, folder, "no such folder");
    else if (!S_ISDIR(st.st_mode))
        code = err_set(err, ERR_ARG, folder, "not a folder");
    else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        code = err_set(err, ERR_ARG, path, "not a regular file");
    free(folder);
    return code;
}

static enum err_code
file_open(const struct option_value *v, size_t n, void **out, struct err *err)
{
    enum err_code code = option_verify(v, n, options, err);
    struct file_out *f;

    if (code == ERR_OK)
        code = check_folder(option_get(v, n, options, "path"), err);
    if (code != ERR_OK)
        return code;
    f = calloc(1, sizeof(*f));
    if (f)
        f->path = strdup(option_get(v, n, options, "path"));
    if (!f || !f->path) {
        free(f);
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    f->fd = -1;
    f->rotate_size = option_number(v, n, options, "rotate_size");
    f->rotate_count = (int)option_number(v, n, options, "rotate_count");
    *out = f;
    return ERR_OK;
}

static bool
sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    free(folder);
    return ok;
}

/* A crash may have left half a batch behind: what follows the last newline was
 * never reported as sent and goes. */
static off_t
last_line_end(int fd, off_t size)
{
    char part[4096];

    while (size > 0) {
        size_t n = size < (off_t)sizeof(part) ? (size_t)size : sizeof(part);
        ssize_t got = pread(fd, part, n, size - (off_t)n);

        if (got != (ssize_t)n)
            return -1;
        while (n > 0 && part[n - 1] != '\n') {
            n--;
            size--;
        }
        if (n > 0)
            return size;
    }
    return 0;
}

/* Open for append, created if need be. */
static bool
open_file(struct file_out *f)
{
    struct stat st;
    int fd =
        open(f->path,
             O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
             0640);
    off_t end = -1;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        end = last_line_end(fd, st.st_size);
    else
        errno = EINVAL;
    if (end < 0 || (end != st.st_size && ftruncate(fd, end) != 0) ||
        (st.st_size == 0 && !sync_folder(f->path))) {
        int saved = errno;

        close(fd);
        errno = saved;
        return false;
    }
    f->fd = fd;
    f->size = end;
    f->torn = false;
    return true;
}

static void
shut(struct file_out *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* Somebody renamed or removed the file (logrotate): go on in a new one. */
static bool
is_current(const struct file_out *f)
{
    struct stat mine, there;

    return fstat(f->fd, &mine) == 0 && stat(f->path, &there) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* path.(n-1) to path.n, ..., path to path.1. */
static bool
rotate(struct file_out *f)
{
    struct buf from = {0}, to = {0};
    bool ok = true;

    shut(f);
    for (int i = f->rotate_count; ok && i >= 1; i--) {
        buf_reset(&from);
        buf_reset(&to);
        if (i > 1)
            buf_printf(&from, "%s.%d", f->path, i - 1);
        else
            buf_str(&from, f->path);
        buf_printf(&to, "%s.%d", f->path, i);
        ok = buf_cstr(&from) && buf_cstr(&to) &&
             (rename(from.data, to.data) == 0 || errno == ENOENT);
    }
    buf_free(&from);
    buf_free(&to);
    return ok && sync_folder(f->path);
}

static bool
ready(struct file_out *f, size_t more)
{
    if (f->fd >= 0 && !is_current(f))
        shut(f);
    if (f->fd < 0 && !open_file(f))
        return false;
    if (f->rotate_size > 0 && f->size > 0 &&
        f->size + (off_t)more > f->rotate_size && (!rotate(f) || !open_file(f)))
        return false;
    if (f->torn && ftruncate(f->fd, f->size) != 0)
        return false;
    f->torn = false;
    return true;
}

static bool
append(struct file_out *f, struct bytes body)
{
    bool newline = body.len == 0 || body.data[body.len - 1] != '\n';
    size_t left = body.len + newline;
    struct iovec part[2] = {{(void *)(uintptr_t)body.data, body.len},
                            {(void *)(uintptr_t) "\n", newline}};

    f->torn = true;
    while (left > 0) {
        ssize_t n = writev(f->fd, part, 2);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        left -= (size_t)n;
        for (int i = 0; i < 2 && n > 0; i++) {
            size_t step =
                (size_t)n < part[i].iov_len ? (size_t)n : part[i].iov_len;

            part[i].iov_base = (char *)part[i].iov_base + step;
            part[i].iov_len -= step;
            n -= (ssize_t)step;
        }
    }
    if (fdatasync(f->fd) != 0)
        return false;
    f->size += (off_t)(body.len + newline);
    f->torn = false;
    return true;
}

static void
file_send(void *t, const struct batch *b, unsigned deadline_ms,
          struct send_report *r)
{
    struct file_out *f = t;

    (void)deadline_ms;
    if (ready(f, b->body.len + 1) && append(f, b->body)) {
        report_set(r, SEND_SENT, "on disk");
        return;
    }
    /* A full disk drains; a wrong mode or folder needs somebody. */
    report_set(r, SEND_DOWN, "%s: %s", f->path, strerror(errno));
    r->pause = errno != ENOSPC && errno != EDQUOT && errno != EINTR;
    /* After a failed sync the kernel may hold pages as clean that never reached
     * the disk: the file is read afresh and its unsynced tail cut. */
    if (f->fd >= 0 && f->torn && ftruncate(f->fd, f->size) == 0)
        f->torn = false;
    shut(f);
}

/* Nothing here waits for a peer. */
static void
file_wake(void *t)
{
    (void)t;
}

extern const struct transport transport_file;
const struct transport transport_file = {
    .scheme = "file",
    .options = options,
    .guarantee = "SENT means that the batch is in the file and fdatasync has "
                 "returned",
    .open = file_open,
    .send = file_send,
    .wake = file_wake,
    .close = file_close,
};
