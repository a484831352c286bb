/* SPDX-License-Identifier: Apache-2.0 */
/* See receive_store.h. */
#include "agent/tool/receive_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP      ((size_t)1 << 20)
#define LINE_MAX_BYTES ((size_t)16 << 20)

/* Lines complete in ${text} go to the callback, the rest stays. */
static void
give_lines(struct receive_store *s, struct buf *text,
           void (*line)(void *arg, struct bytes text), void *arg)
{
    struct bytes rest = buf_view(text);

    for (;;) {
        size_t n = bytes_find(rest, '\n');

        if (n == rest.len)
            break;
        line(arg, bytes_upto(rest, n));
        s->size += n + 1;
        s->lines++;
        rest = bytes_from(rest, n + 1);
    }
    if (rest.len)
        memmove(text->data, rest.data, rest.len);
    text->len = rest.len;
}

static enum err_code
read_lines(struct receive_store *s, const char *path,
           void (*line)(void *arg, struct bytes text), void *arg,
           struct err *err)
{
    struct buf text = {.max = LINE_MAX_BYTES + READ_STEP};
    enum err_code code = ERR_OK;

    for (;;) {
        ssize_t n;

        if (!buf_reserve(&text, READ_STEP)) {
            code = err_set(err, ERR_LIMIT, path, "line %llu is too long",
                           (unsigned long long)s->lines + 1);
            break;
        }
        n = pread(s->fd, text.data + text.len, READ_STEP,
                  (off_t)(s->size + text.len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            code = err_errno(err, path, "cannot read");
        if (n <= 0)
            break;
        text.len += (size_t)n;
        give_lines(s, &text, line, arg);
    }
    buf_free(&text);
    return code;
}

static enum err_code
prepare(struct receive_store *s, const char *path,
        void (*line)(void *arg, struct bytes text), void *arg, struct err *err)
{
    struct stat st;
    enum err_code code;

    if (fstat(s->fd, &st) != 0)
        return err_errno(err, path, "cannot stat");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_TYPE, path, "not a regular file");
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0)
        return err_set(err, ERR_CONFLICT, path, "another process has it");
    code = read_lines(s, path, line, arg, err);
    if (code == ERR_OK && ftruncate(s->fd, (off_t)s->size) != 0)
        code = err_errno(err, path, "cannot cut the torn last line");
    return code;
}

enum err_code
receive_store_open(struct receive_store *s, const char *path,
                   void (*line)(void *arg, struct bytes text), void *arg,
                   struct err *err)
{
    enum err_code code;

    *s = (struct receive_store){.fd = open(path,
                                           O_RDWR | O_APPEND | O_CREAT |
                                               O_CLOEXEC | O_NOFOLLOW |
                                               O_NONBLOCK,
                                           0640)};
    if (s->fd < 0)
        return err_errno(err, path, "cannot open");
    code = prepare(s, path, line, arg, err);
    if (code != ERR_OK)
        receive_store_close(s);
    return code;
}

enum err_code
receive_store_append(struct receive_store *s, struct bytes lines,
                     struct err *err)
{
    struct bytes rest = lines;
    enum err_code code;

    while (rest.len) {
        ssize_t n = write(s->fd, rest.data, rest.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        rest = bytes_from(rest, (size_t)n);
    }
    if (rest.len == 0 && fdatasync(s->fd) == 0) {
        s->size += lines.len;
        return ERR_OK;
    }
    code = err_errno(err, "store", "cannot write");
    /* What was not acknowledged must not stay, or it would be there twice. */
    if (ftruncate(s->fd, (off_t)s->size) != 0)
        receive_store_close(s);
    return code;
}

void
receive_store_close(struct receive_store *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}
