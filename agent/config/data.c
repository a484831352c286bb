/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/config/data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/embed.h"
#include "formats/base/yaml.h"

#define DATA_MAX_FILES 1024
#define DATA_MAX_DEPTH 4 /* folders below one of the two data folders */
#define DATA_MAX_PATH  1024
#define MAPPINGS       "mapping/data/in/"

/* One data file: embedded, or read from the folder. */
struct file {
    const char *name; /* below formats/ or below the folder */
    const char *from; /* for messages */
    struct bytes text;
};

struct files {
    struct arena arena;
    struct file list[DATA_MAX_FILES];
    size_t count;
    struct diag *diag;
};

static bool
ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

/* ---- reading */

/* Whoever may write a file decides what the agent means: only root and the
 * running user may. */
static enum err_code
check_owner(const char *path, const struct stat *st, struct err *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(err, ERR_AUTH, path,
                       "is owned by neither root nor the running user");
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, ERR_AUTH, path,
                       "is writable by group or others (chmod go-w)");
    return ERR_OK;
}

static enum err_code
read_all(const char *path, int fd, size_t max, struct buf *out, struct err *err)
{
    size_t start = out->len;

    while (true) {
        ssize_t n;

        if (!buf_reserve(out, 16384))
            return err_set(err, ERR_NOMEM, path, "out of memory");
        n = read(fd, out->data + out->len, 16384);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, path, "read");
        if (n == 0)
            return ERR_OK;
        out->len += (size_t)n;
        if (out->len - start > max)
            return err_set(err, ERR_LIMIT, path,
                           "longer than the limit of %zu bytes", max);
    }
}

enum err_code
data_read_safe(const char *path, size_t max, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    size_t start = out->len;
    enum err_code code;
    struct stat st;

    if (fd < 0 && errno == ELOOP)
        return err_set(err, ERR_ARG, path, "is a symbolic link");
    if (fd < 0)
        return err_errno(err, path, "open");
    if (fstat(fd, &st) != 0)
        code = err_errno(err, path, "stat");
    else if (!S_ISREG(st.st_mode))
        code = err_set(err, ERR_ARG, path, "is no regular file");
    else
        code = check_owner(path, &st, err);
    if (code == ERR_OK)
        code = read_all(path, fd, max, out, err);
    if (code != ERR_OK)
        buf_cut(out, start);
    (void)close(fd);
    return code;
}

static void
report(struct diag *diag, const struct err *err)
{
    diag_add(diag, DIAG_ERROR, err->where[0] ? err->where : "data", 0, 0, "%s",
             err->msg);
}

/* ---- the set of files */

static void
put_file(struct files *f, const char *name, const char *from, struct bytes text)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->list[i].name, name) == 0) {
            f->list[i] = (struct file){name, from, text};
            return;
        }
    if (f->count == DATA_MAX_FILES)
        diag_add(f->diag, DIAG_ERROR, from, 0, 0, "more than %d data files",
                 DATA_MAX_FILES);
    else
        f->list[f->count++] = (struct file){name, from, text};
}

static void
add_file(struct files *f, const char *path, const char *name)
{
    struct buf b = {0};
    struct err err = {0};
    struct bytes text;
    const char *own = arena_str(&f->arena, bytes_str(name));
    const char *from = arena_str(&f->arena, bytes_str(path));

    if (data_read_safe(path, YAML_MAX_BYTES, &b, &err) != ERR_OK) {
        report(f->diag, &err);
    } else {
        text = arena_copy(&f->arena, buf_view(&b));
        if (own != NULL && from != NULL && text.data != NULL)
            put_file(f, own, from, text);
    }
    buf_free(&b);
}

/* Every *.yaml below ${dir}/${below}. The depth is bounded, links are no
 * folders. A folder that does not exist replaces nothing. */
static void
add_folder(struct files *f, const char *dir, const char *below, unsigned depth)
{
    char path[DATA_MAX_PATH];
    struct dirent *e;
    struct err err = {0};
    struct stat st;
    DIR *d;

    if (snprintf(path, sizeof path, "%s/%s", dir, below) >= (int)sizeof path)
        return;
    d = opendir(path);
    if (d == NULL) {
        if (errno != ENOENT && errno != ENOTDIR) {
            (void)err_errno(&err, path, "open");
            report(f->diag, &err);
        }
        return;
    }
    if (fstat(dirfd(d), &st) != 0 || check_owner(path, &st, &err) != ERR_OK) {
        report(f->diag, &err);
        (void)closedir(d);
        return;
    }
    while ((e = readdir(d)) != NULL) {
        char name[DATA_MAX_PATH];

        if (e->d_name[0] == '.' ||
            snprintf(name, sizeof name, "%s/%s", below, e->d_name) >=
                (int)sizeof name ||
            snprintf(path, sizeof path, "%s/%s", dir, name) >=
                (int)sizeof path ||
            lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && depth < DATA_MAX_DEPTH)
            add_folder(f, dir, name, depth + 1);
        else if (ends_with(name, ".yaml"))
            add_file(f, path, name);
    }
    (void)closedir(d);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name,
                  ((const struct file *)b)->name);
}

/* The files below ${below} ("standard/data", "mapping/data/in"), by name. */
static struct files *
collect(const struct data_options *o, const char *below, struct diag *diag)
{
    struct files *f = calloc(1, sizeof *f);
    size_t n = strlen(below);

    if (f == NULL) {
        diag_add(diag, DIAG_ERROR, below, 0, 0, "out of memory");
        return NULL;
    }
    f->diag = diag;
    for (const struct embed_file *e = hutong_data; e->name != NULL; e++)
        if (strncmp(e->name, below, n) == 0 && e->name[n] == '/')
            put_file(f, e->name, e->name,
                     bytes_of(e->start, (size_t)(e->end - e->start)));
    if (o->dir != NULL)
        add_folder(f, o->dir, below, 0);
    qsort(f->list, f->count, sizeof *f->list, by_name);
    return f;
}

static void
files_free(struct files *f)
{
    if (f == NULL)
        return;
    arena_free(&f->arena);
    free(f);
}

/* ---- the standard */

static void
add_overlay(struct std_loader *l, const char *path, struct diag *diag)
{
    struct buf b = {0};
    struct err err = {0};

    if (data_read_safe(path, YAML_MAX_BYTES, &b, &err) != ERR_OK)
        report(diag, &err);
    else
        std_loader_add(l, path, buf_view(&b));
    buf_free(&b);
}

/* Lexical order (DESIGN section 4). */
static void
add_system_overlays(struct std_loader *l, struct diag *diag)
{
    struct files *f = calloc(1, sizeof *f);

    if (f == NULL) {
        diag_add(diag, DIAG_ERROR, DATA_SYSTEM_OVERLAYS, 0, 0, "out of memory");
        return;
    }
    f->diag = diag;
    add_folder(f, DATA_SYSTEM_OVERLAYS, ".", DATA_MAX_DEPTH);
    qsort(f->list, f->count, sizeof *f->list, by_name);
    for (size_t i = 0; i < f->count; i++)
        std_loader_add(l, f->list[i].from, f->list[i].text);
    files_free(f);
}

struct standard *
data_standard(const struct data_options *o, struct diag *diag)
{
    unsigned errors = diag->errors;
    struct files *f = collect(o, "standard/data", diag);
    struct std_loader *l = std_loader_new(diag);
    struct standard *s;

    if (f == NULL || l == NULL) {
        files_free(f);
        if (l != NULL)
            std_free(std_loader_finish(l));
        return NULL;
    }
    for (size_t i = 0; i < f->count; i++)
        std_loader_add(l, f->list[i].from, f->list[i].text);
    if (o->system_overlays)
        add_system_overlays(l, diag);
    for (size_t i = 0; i < o->overlay_count; i++)
        add_overlay(l, o->overlay[i], diag);
    s = std_loader_finish(l);
    files_free(f);
    if (diag->errors == errors)
        return s;
    std_free(s);
    return NULL;
}

/* ---- mappings */

static struct mapping *
mapping_from_file(const char *path, struct diag *diag)
{
    struct buf b = {0};
    struct err err = {0};
    struct mapping *m = NULL;

    if (data_read_safe(path, YAML_MAX_BYTES, &b, &err) != ERR_OK)
        report(diag, &err);
    else
        m = mapping_load(path, buf_view(&b), diag);
    buf_free(&b);
    return m;
}

/* "mapping/data/in/suricata-eve.yaml" is suricata-eve: a mapping's file has
 * the name of its id (mapping lint says so). */
static struct bytes
id_of(const char *name)
{
    struct bytes b = bytes_str(name + sizeof MAPPINGS - 1);

    return bytes_upto(b, b.len - (sizeof ".yaml" - 1));
}

#define DATA_MAX_IDS 256

static void
unknown_mapping(const struct files *f, const char *name, struct diag *diag)
{
    const char *ids[DATA_MAX_IDS + 1] = {0};
    struct arena arena = {0};
    const char *near;

    for (size_t i = 0; i < f->count && i < DATA_MAX_IDS; i++)
        ids[i] = arena_str(&arena, id_of(f->list[i].name));
    near = diag_nearest(bytes_str(name), ids);
    diag_add(diag, DIAG_ERROR, name, 0, 0, "no such mapping%s%s",
             near ? "; did you mean " : "", near ? near : "");
    arena_free(&arena);
}

struct mapping *
data_mapping(const struct data_options *o, const char *name, struct diag *diag)
{
    unsigned errors = diag->errors;
    struct mapping *m = NULL;
    const struct file *found = NULL;
    struct files *f;

    if (strchr(name, '/') != NULL || ends_with(name, ".yaml"))
        return mapping_from_file(name, diag);
    f = collect(o, "mapping/data/in", diag);
    if (f == NULL)
        return NULL;
    for (size_t i = 0; i < f->count; i++)
        if (bytes_is(id_of(f->list[i].name), name))
            found = &f->list[i];
    /* A folder that cannot be trusted does not fall back to what it was meant to
     * replace. */
    if (diag->errors == errors && found != NULL)
        m = mapping_load(found->from, found->text, diag);
    else if (diag->errors == errors)
        unknown_mapping(f, name, diag);
    files_free(f);
    return m;
}

size_t
data_mapping_ids(const struct data_options *o, struct arena *arena,
                 const char **out, size_t max)
{
    struct diag diag;
    struct files *f;
    size_t n = 0;

    diag_init(&diag);
    f = collect(o, "mapping/data/in", &diag);
    for (size_t i = 0; f != NULL && i < f->count && n < max; i++) {
        out[n] = arena_str(arena, id_of(f->list[i].name));
        n += out[n] != NULL;
    }
    files_free(f);
    diag_free(&diag);
    return n;
}
