/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* nftw */
#include "conformance/ledger/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/ledger/ledger.h"
#include "formats/base/yaml.h"

#define PATH_BYTES 1024
#define PREFIX     "catalogue/"

static bool
is_yaml(const char *name)
{
    size_t n = strlen(name);

    return n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static void
put(struct folder *f, const char *name, struct bytes text, struct diag *diag)
{
    const char *own = arena_str(&f->arena, bytes_str(name));

    if (f->count == FOLDER_FILES_MAX) {
        diag_add(diag, DIAG_ERROR, name, 0, 0, "more than %d files",
                 FOLDER_FILES_MAX);
        return;
    }
    if (f->count == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 32;
        struct folder_file *grown = realloc(f->file, cap * sizeof *grown);

        if (grown != NULL) {
            f->file = grown;
            f->cap = cap;
        }
    }
    if (own == NULL || f->count == f->cap)
        diag_add(diag, DIAG_ERROR, name, 0, 0, "out of memory");
    else
        f->file[f->count++] = (struct folder_file){own, text};
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    (void)remove(path);
    return 0;
}

void
folder_remove(const char *path)
{
    (void)nftw(path, remove_one, FOLDER_DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}

enum err_code
folder_slurp(const char *path, size_t max, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t start = out->len;
    enum err_code code = ERR_OK;
    struct stat st;
    ssize_t n = 1;

    if (fd < 0)
        return err_errno(err, path, "open");
    if (fstat(fd, &st) != 0)
        code = err_errno(err, path, "stat");
    else if (!S_ISREG(st.st_mode))
        code = err_set(err, ERR_IO, path, "is no regular file");
    while (code == ERR_OK && n > 0) {
        if (!buf_reserve(out, 65536)) {
            code = err_set(err, ERR_NOMEM, path, "out of memory");
            break;
        }
        n = read(fd, out->data + out->len, 65536);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n < 0)
            code = err_errno(err, path, "read");
        else
            out->len += (size_t)n;
        if (out->len - start > max)
            code = err_set(err, ERR_LIMIT, path,
                           "longer than the limit of %zu bytes", max);
    }
    (void)close(fd);
    if (code != ERR_OK)
        buf_cut(out, start);
    return code;
}

static void
put_path(struct folder *f, const char *path, const char *name,
         struct diag *diag)
{
    struct buf b = {0};
    struct err err = {0};
    struct bytes text;

    if (folder_slurp(path, YAML_MAX_BYTES, &b, &err) != ERR_OK) {
        diag_add(diag, DIAG_ERROR, err.where, 0, 0, "%s", err.msg);
    } else {
        text = arena_copy(&f->arena, buf_view(&b));
        if (text.data == NULL)
            diag_add(diag, DIAG_ERROR, name, 0, 0, "out of memory");
        else
            put(f, name, text, diag);
    }
    buf_free(&b);
}

/* Everything below ${dir}/${below}; the depth is bounded, so is the stack. */
static void
walk(struct folder *f, const char *dir, const char *below, unsigned depth,
     struct diag *diag)
{
    char path[PATH_BYTES], name[PATH_BYTES];
    struct dirent *e;
    struct err err = {0};
    struct stat st;
    DIR *d;

    (void)snprintf(path, sizeof path, "%s%s%s", dir, below[0] ? "/" : "",
                   below);
    d = opendir(path);
    if (d == NULL) {
        (void)err_errno(&err, path, "open");
        diag_add(diag, DIAG_ERROR, path, 0, 0, "%s", err.msg);
        return;
    }
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.' ||
            snprintf(name, sizeof name, "%s%s%s", below, below[0] ? "/" : "",
                     e->d_name) >= (int)sizeof name ||
            snprintf(path, sizeof path, "%s/%s", dir, name) >=
                (int)sizeof path ||
            lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX)
            walk(f, dir, name, depth + 1, diag);
        else if (S_ISREG(st.st_mode) && is_yaml(name))
            put_path(f, path, name, diag);
    }
    (void)closedir(d);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct folder_file *)a)->name,
                  ((const struct folder_file *)b)->name);
}

void
folder_read(struct folder *f, const char *dir, struct diag *diag)
{
    if (dir != NULL) {
        walk(f, dir, "", 0, diag);
    } else {
        for (const struct embed_file *e = conform_data; e->name; e++) {
            if (strncmp(e->name, PREFIX, sizeof PREFIX - 1) == 0 &&
                is_yaml(e->name))
                put(f, e->name + sizeof PREFIX - 1,
                    bytes_of(e->start, (size_t)(e->end - e->start)), diag);
        }
    }
    if (f->count > 0)
        qsort(f->file, f->count, sizeof *f->file, by_name);
}

void
folder_free(struct folder *f)
{
    free(f->file);
    arena_free(&f->arena);
    *f = (struct folder){0};
}
