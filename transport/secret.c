/* SPDX-License-Identifier: Apache-2.0 */
/* Reading secrets with the checks of secret.h. */
#include "transport/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

static enum err_code
check_stat(const struct stat *st, const char *path, bool secret,
           struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, ERR_TYPE, path, "not a regular file");
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(err, ERR_AUTH, path,
                       "owned by user %lu, not by root or the running user",
                       (unsigned long)st->st_uid);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, ERR_AUTH, path,
                       "mode %04o lets others write; chmod go-w",
                       (unsigned)(st->st_mode & 07777));
    if (secret && (st->st_mode & S_IRWXO))
        return err_set(err, ERR_AUTH, path,
                       "mode %04o lets others read a secret; chmod o-rwx",
                       (unsigned)(st->st_mode & 07777));
    return ERR_OK;
}

enum err_code
secret_check_file(const char *path, bool secret, struct err *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return err_errno(err, path, "cannot read");
    return check_stat(&st, path, secret, err);
}

static enum err_code
read_all(int fd, const char *path, char *text, size_t *len, struct err *err)
{
    *len = 0;
    for (;;) {
        ssize_t n = read(fd, text + *len, SECRET_MAX + 1 - *len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, path, "cannot read");
        if (n == 0)
            return ERR_OK;
        *len += (size_t)n;
        if (*len > SECRET_MAX)
            return err_set(err, ERR_LIMIT, path, "longer than %d bytes",
                           SECRET_MAX);
    }
}

static enum err_code
check_text(struct bytes b, const char *path, struct err *err)
{
    if (b.len == 0)
        return err_set(err, ERR_SYNTAX, path, "is empty");
    for (size_t i = 0; i < b.len; i++) {
        unsigned char c = (unsigned char)b.data[i];

        if ((c < 0x20 || c > 0x7e) && c != '\n' && c != '\r' && c != '\t')
            return err_set(err, ERR_SYNTAX, path,
                           "byte %zu is not printable ASCII", i);
    }
    return ERR_OK;
}

static void
drop(char *text)
{
    if (text)
        OPENSSL_cleanse(text, SECRET_MAX + 2);
    free(text);
}

static void
keep(struct secret *s, char *text, size_t len, const struct stat *st)
{
    drop(s->text);
    text[len] = '\0';
    s->text = text;
    s->value = bytes_trim(bytes_of(text, len));
    s->dev = st->st_dev;
    s->ino = st->st_ino;
    s->size = st->st_size;
    s->mtime = st->st_mtim;
    s->ctime = st->st_ctim;
}

enum err_code
secret_load(struct secret *s, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    size_t len = 0;
    char *text = NULL;
    enum err_code code;

    if (fd < 0)
        return err_errno(err, path, "cannot open");
    if (fstat(fd, &st) != 0) {
        code = err_errno(err, path, "cannot stat");
        goto close_fd;
    }
    code = check_stat(&st, path, true, err);
    if (code != ERR_OK)
        goto close_fd;
    text = malloc(SECRET_MAX + 2);
    if (!text) {
        code = err_set(err, ERR_NOMEM, path, "out of memory");
        goto close_fd;
    }
    code = read_all(fd, path, text, &len, err);
    if (code == ERR_OK)
        code = check_text(bytes_trim(bytes_of(text, len)), path, err);
    if (code == ERR_OK)
        keep(s, text, len, &st);
    else
        drop(text);
close_fd:
    close(fd);
    return code;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

enum err_code
secret_refresh(struct secret *s, const char *path, bool *changed,
               struct err *err)
{
    struct stat st;
    enum err_code code;

    *changed = false;
    if (stat(path, &st) != 0)
        return err_errno(err, path, "cannot read");
    if (s->text && st.st_dev == s->dev && st.st_ino == s->ino &&
        st.st_size == s->size && same_time(&st.st_mtim, &s->mtime) &&
        same_time(&st.st_ctim, &s->ctime))
        return ERR_OK;
    code = secret_load(s, path, err);
    *changed = code == ERR_OK;
    return code;
}

void
secret_fini(struct secret *s)
{
    drop(s->text);
    *s = (struct secret){0};
}
