/* SPDX-License-Identifier: Apache-2.0 */
/* The only place of the inventory that opens files. */
#define _GNU_SOURCE /* O_PATH */
#include "agent/host/fsroot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "formats/base/text.h"

#define WORD_BYTES 256

/* A plain openat for the live root: the kernel's own links are trusted there
 * and a sandbox that does not know openat2 stays content. */
static int
open_below(const struct fsroot *r, const char *path, uint64_t flags)
{
    flags |= O_CLOEXEC;
    if (!(flags & O_PATH)) /* openat2 refuses the mix */
        flags |= O_NONBLOCK | O_NOCTTY;
    if (r->live)
        return openat(r->fd, path, (int)flags);

    struct open_how how = {
        .flags = flags,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, r->fd, path, &how, sizeof(how));
}

enum err_code
fsroot_open(const char *path, struct fsroot *out, struct err *err)
{
    struct fsroot r = {.live = strcmp(path, "/") == 0};
    int probe;

    r.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r.fd < 0)
        return err_errno(err, path, "cannot open the root");
    probe = open_below(&r, ".", O_PATH);
    if (probe < 0) {
        enum err_code code =
            errno == ENOSYS
                ? err_set(err, ERR_UNSUPPORTED, path,
                          "this kernel has no openat2 (needs Linux 5.6)")
                : err_errno(err, path, "cannot resolve inside the root");

        close(r.fd);
        return code;
    }
    close(probe);
    *out = r;
    return ERR_OK;
}

void
fsroot_close(struct fsroot *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
}

bool
fsroot_late(const struct fsroot *r)
{
    struct timespec t;

    if (r->cancel && atomic_load_explicit(r->cancel, memory_order_relaxed))
        return true;
    if (r->deadline_ns == 0)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec >= r->deadline_ns;
}

int
fsroot_file(const struct fsroot *r, const char *path)
{
    struct stat st;
    int fd = open_below(r, path, O_RDONLY);

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return -1;
    }
    return fd;
}

bool
fsroot_read(const struct fsroot *r, const char *path, size_t max,
            struct buf *out)
{
    int fd = fsroot_file(r, path);
    bool ok = true;

    buf_reset(out);
    if (fd < 0)
        return false;
    while (out->len < max) {
        size_t want = max - out->len < 65536 ? max - out->len : 65536;
        ssize_t n;

        if (!buf_reserve(out, want)) {
            ok = false;
            break;
        }
        n = read(fd, out->data + out->len, want);
        if (n < 0 && errno == EINTR)
            continue;
        /* A file of /proc may fail half way (the process ended): what came
         * before is still true. */
        ok = n >= 0 || out->len > 0;
        if (n <= 0)
            break;
        out->len += (size_t)n;
    }
    close(fd);
    return ok;
}

const char *
fsroot_word(const struct fsroot *r, const char *path, struct arena *a)
{
    char space[1024];
    ssize_t n;
    int fd = fsroot_file(r, path);

    if (fd < 0)
        return NULL;
    n = read(fd, space, sizeof(space));
    close(fd);
    if (n <= 0)
        return NULL;

    struct bytes b = {space, (size_t)n};

    b = bytes_upto(b, bytes_find(b, '\n'));
    /* Device tree strings end with a NUL. */
    return fsroot_clean(a, bytes_upto(b, bytes_find(b, '\0')), WORD_BYTES);
}

bool
fsroot_number(const struct fsroot *r, const char *path, uint64_t max,
              uint64_t *out)
{
    char space[64];
    ssize_t n;
    int fd = fsroot_file(r, path);

    if (fd < 0)
        return false;
    n = read(fd, space, sizeof(space));
    close(fd);
    return n > 0 &&
           bytes_to_u64(bytes_trim(bytes_of(space, (size_t)n)), max, out);
}

bool
fsroot_exists(const struct fsroot *r, const char *path)
{
    int fd = open_below(r, path, O_PATH);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *
fsroot_list(const struct fsroot *r, const char *path, size_t max,
            struct arena *a, size_t *count)
{
    int fd = open_below(r, path, O_RDONLY | O_DIRECTORY);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const char **names;
    const struct dirent *e;
    size_t n = 0;

    *count = 0;
    if (d == NULL) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    names = arena_array(a, max, sizeof(*names));
    while (names && n < max && !fsroot_late(r) && (e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        names[n] = arena_str(a, bytes_str(e->d_name));
        if (names[n] == NULL)
            break;
        n++;
    }
    closedir(d);
    if (names && n > 1)
        qsort(names, n, sizeof(*names), by_name);
    *count = n;
    return names;
}

bool
fsroot_link(const struct fsroot *r, const char *path, struct buf *out)
{
    int fd = open_below(r, path, O_PATH | O_NOFOLLOW);
    ssize_t n = -1;

    buf_reset(out);
    if (fd < 0)
        return false;
    if (buf_reserve(out, FSROOT_MAX_PATH))
        n = readlinkat(fd, "", out->data, FSROOT_MAX_PATH);
    close(fd);
    if (n < 0)
        return false;
    out->len = (size_t)n;
    return true;
}

const char *
fsroot_clean(struct arena *a, struct bytes b, size_t max)
{
    struct buf text = {0};
    const char *result = NULL;

    b = bytes_trim(bytes_upto(bytes_trim(b), max * 2));
    if (b.len == 0)
        return NULL;
    text_utf8_repair(&text, b);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x20 || c == 0x7f)
            text.data[i] = ' ';
    }
    if (buf_ok(&text)) {
        struct bytes t = bytes_trim(text_utf8_cut(buf_view(&text), max));

        result = t.len ? arena_str(a, t) : NULL;
    }
    buf_free(&text);
    return result;
}

bool
fsroot_line(struct bytes *b, struct bytes *line)
{
    size_t n;

    if (b->len == 0)
        return false;
    n = bytes_find(*b, '\n');
    *line = bytes_upto(*b, n);
    *b = bytes_from(*b, n + 1);
    return true;
}

bool
fsroot_field(struct bytes *b, struct bytes *word)
{
    size_t n = 0;

    *b = bytes_trim(*b);
    if (b->len == 0)
        return false;
    while (n < b->len && b->data[n] != ' ' && b->data[n] != '\t')
        n++;
    *word = bytes_upto(*b, n);
    *b = bytes_from(*b, n);
    return true;
}

bool
fsroot_pair(struct bytes line, char sep, struct bytes *key, struct bytes *value)
{
    size_t n = bytes_find(line, sep);

    if (n == line.len)
        return false;
    *key = bytes_trim(bytes_upto(line, n));
    *value = bytes_trim(bytes_from(line, n + 1));
    return true;
}
