/* SPDX-License-Identifier: Apache-2.0 */
/* Which files there are. A scan compares what the pattern finds with the tails
 * by device and inode, so a rename is seen as what it is whatever the names.
 * Events only make a scan come sooner: on file systems without them (NFS)
 * everything still works. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/source/file.h"
#include "formats/base/hash.h"
#include "transport/clock.h"

bool
scan_is_compressed(const char *path)
{
    static const char *const ends[] = {".gz",  ".bz2", ".xz", ".zst",
                                       ".lz4", ".zip", ".Z"};
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t m = strlen(ends[i]);

        if (n > m && strcmp(path + n - m, ends[i]) == 0)
            return true;
    }
    return false;
}

/* What cannot be followed, for people; NULL: a regular file or a folder. */
static const char *
unfit(mode_t mode)
{
    if (S_ISFIFO(mode))
        return "is a FIFO, not a file: a position cannot be kept in it; use "
               "an input of type stdin or unix";
    if (S_ISSOCK(mode))
        return "is a socket, not a file: use an input of type unix";
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return "is a device, not a file";
    return NULL;
}

enum err_code
scan_check_path(const char *pattern, struct err *err)
{
    struct stat st;
    const char *why;

    if (pattern[0] != '/')
        return err_set(err, ERR_ARG, pattern, "path has to begin with /");
    if (strpbrk(pattern, "*?[{") != NULL || stat(pattern, &st) != 0)
        return ERR_OK; /* it may come later */
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_ARG, pattern,
                       "is a folder: name the files in it, such as *.log");
    why = unfit(st.st_mode);
    if (why != NULL)
        return err_set(err, ERR_UNSUPPORTED, pattern, "%s", why);
    return ERR_OK;
}

/* ---- indexes */

static struct tail **
ino_bucket(struct file_source *s, uint64_t ino)
{
    return &s->by_ino[hash_mix(ino, HASH_K0) % FILE_BUCKETS];
}

static struct tail **
path_bucket(struct file_source *s, uint32_t hash)
{
    return &s->by_path[hash % FILE_BUCKETS];
}

void
scan_index(struct file_source *s, struct tail *t)
{
    struct tail **b = ino_bucket(s, t->ino);

    t->next_ino = *b;
    *b = t;
    t->next_path = NULL;
    if (t->path != NULL) {
        b = path_bucket(s, t->path_hash);
        t->next_path = *b;
        *b = t;
    }
}

static void
reindex(struct file_source *s)
{
    memset(s->by_ino, 0, sizeof s->by_ino);
    memset(s->by_path, 0, sizeof s->by_path);
    for (size_t i = 0; i < s->tails; i++)
        scan_index(s, s->tail[i]);
}

static bool
move_to(struct file_source *s, struct tail *t, const char *path)
{
    if (t->path != NULL && strcmp(t->path, path) == 0)
        return true;
    if (!tail_set_path(s, t, path))
        return false;
    reindex(s); /* renames are rare */
    return true;
}

struct tail *
scan_find_path(struct file_source *s, const char *dir, const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    uint32_t hash;
    struct tail *found = NULL;

    if (n <= 0 || n >= (int)sizeof path)
        return NULL;
    hash = hash_key(path, (size_t)n);
    /* A deleted file keeps the name that its successor has now. */
    for (struct tail *t = *path_bucket(s, hash); t != NULL; t = t->next_path)
        if (t->path_hash == hash && strcmp(t->path, path) == 0 &&
            (found == NULL || t->state == TAIL_LIVE))
            found = t;
    return found;
}

static struct tail *
find_inode(struct file_source *s, const struct stat *st)
{
    struct tail *t;

    for (t = *ino_bucket(s, st->st_ino); t != NULL; t = t->next_ino)
        if (t->ino == st->st_ino && t->dev_now == st->st_dev)
            return t;
    return NULL;
}

/* After a reboot a device may have another number: then the inode and the
 * fingerprint have to do. */
static struct tail *
find_restored(struct file_source *s, const char *path, const struct stat *st)
{
    struct tail *t;

    for (t = *ino_bucket(s, st->st_ino); t != NULL; t = t->next_ino) {
        struct fingerprint print;
        int fd;

        if (t->state != TAIL_RESTORED || t->ino != st->st_ino ||
            t->print.len < 64)
            continue;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
            return NULL;
        print = tail_fingerprint(fd, t->print.len);
        close(fd);
        if (print.len == t->print.len &&
            memcmp(print.hash, t->print.hash, sizeof print.hash) == 0) {
            t->dev_now = st->st_dev;
            return t;
        }
    }
    return NULL;
}

/* ---- one path of the pattern */

/* Where "from: end" begins: behind the last line end, so that a line that is
 * being written is not delivered by halves. */
static uint64_t
last_line_end(int fd, uint64_t size)
{
    char tail[4096];
    uint64_t at = size > sizeof tail ? size - sizeof tail : 0;
    ssize_t n = pread(fd, tail, sizeof tail, (off_t)at);

    while (n > 0 && tail[n - 1] != '\n')
        n--;
    return n > 0 ? at + (uint64_t)n : size;
}

/* Room for a file: what has been gone longest is forgotten early. */
static bool
evict_gone(struct file_source *s)
{
    size_t oldest = SIZE_MAX;

    for (size_t i = 0; i < s->tails; i++) {
        const struct tail *t = s->tail[i];

        if (t->state == TAIL_GONE && !t->queued &&
            (oldest == SIZE_MAX || t->since_ms < s->tail[oldest]->since_ms))
            oldest = i;
    }
    if (oldest == SIZE_MAX)
        return false;
    tail_free(s, s->tail[oldest]);
    s->tail[oldest] = s->tail[--s->tails];
    reindex(s);
    return true;
}

static void
say_full(struct file_source *s)
{
    if (!s->full)
        file_trouble(s, ERR_LIMIT, s->pattern,
                     "matches more files than max_files: the rest is not read");
    s->full = true;
}

static struct tail *
add_tail(struct file_source *s, const char *path, const struct stat *st,
         enum tail_state state)
{
    struct tail *t;

    if (s->tails >= s->opt.max_files && !evict_gone(s)) {
        say_full(s);
        return NULL;
    }
    t = tail_new(s);
    if (t == NULL)
        return NULL;
    t->state = state;
    t->dev = t->dev_now = st->st_dev;
    t->ino = st->st_ino;
    t->seen = true;
    if (!tail_set_path(s, t, path)) {
        s->tails--;
        tail_free(s, t);
        return NULL;
    }
    scan_index(s, t);
    watch_dir_of(s, path);
    return t;
}

static void
add_file(struct file_source *s, const char *path, const struct stat *st)
{
    struct tail *t = add_tail(s, path, st, TAIL_LIVE);
    bool from_end = s->opt.from_end && s->first_start && !s->scanned;

    if (t == NULL)
        return;
    /* At once while there are descriptors: an open file cannot get lost. */
    if ((s->open_files < s->max_open || from_end) && tail_open(s, t) &&
        from_end) {
        t->begin = last_line_end(t->fd, (uint64_t)st->st_size);
        tail_seek(s, t, t->begin);
    }
    file_ready(s, t, false);
}

static bool
changed(const struct tail *t, const struct stat *st)
{
    return (uint64_t)st->st_size != t->size ||
           st->st_mtim.tv_sec != t->mtime.tv_sec ||
           st->st_mtim.tv_nsec != t->mtime.tv_nsec;
}

static void
scan_path(struct file_source *s, const char *path)
{
    struct stat st;
    struct tail *t;

    if (scan_is_compressed(path) || stat(path, &st) != 0 || S_ISDIR(st.st_mode))
        return;
    t = find_inode(s, &st);
    if (t == NULL && S_ISREG(st.st_mode))
        t = find_restored(s, path, &st);
    if (!S_ISREG(st.st_mode)) {
        if (t == NULL && (t = add_tail(s, path, &st, TAIL_REJECTED)) != NULL)
            file_trouble(s, ERR_UNSUPPORTED, path, unfit(st.st_mode));
        if (t != NULL)
            t->seen = true;
        return;
    }
    if (t == NULL) {
        add_file(s, path, &st);
        return;
    }
    if (t->seen || t->state == TAIL_REJECTED)
        return; /* a second name of the same file */
    t->seen = true;
    if (!move_to(s, t, path))
        return;
    if (t->state != TAIL_LIVE)
        watch_dir_of(s, path);
    if (t->state != TAIL_LIVE || changed(t, &st))
        file_ready(s, t, t->state == TAIL_ROTATED);
    t->state = TAIL_LIVE;
}

/* ---- what the pattern does not find any more */

/* The name in ${dir} that leads to the inode of ${t}. */
static bool
find_in_dir(struct file_source *s, struct tail *t, const char *dir)
{
    char path[PATH_MAX];
    struct dirent *e;
    struct stat st;
    bool found = false;
    DIR *d = opendir(dir);

    if (d == NULL)
        return false;
    while (!found && (e = readdir(d)) != NULL) {
        int n = snprintf(path, sizeof path, "%s/%s", dir, e->d_name);

        found = e->d_ino == t->ino && n > 0 && n < (int)sizeof path &&
                stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
                st.st_ino == t->ino && st.st_dev == t->dev_now;
    }
    closedir(d);
    return found && move_to(s, t, path);
}

static void
let_go(struct file_source *s, struct tail *t)
{
    tail_close(s, t);
    t->state = TAIL_GONE;
    t->drained = true;
    t->since_ms = clock_ms();
}

static void
lose(struct file_source *s, struct tail *t, const char *what)
{
    s->counters.lost++;
    file_trouble(s, ERR_NOT_FOUND, t->path ? t->path : s->pattern, what);
    let_go(s, t);
}

/* Renamed or deleted: its end is still to be read. */
static void
begin_rotated(struct file_source *s, struct tail *t)
{
    char copy[PATH_MAX];
    bool found;

    (void)snprintf(copy, sizeof copy, "%s", t->path);
    found = find_in_dir(s, t, dirname(copy));
    t->state = TAIL_ROTATED;
    t->since_ms = clock_ms();
    if (t->fd < 0 && !(found && tail_open(s, t))) {
        if (t->size > t->taken)
            lose(s, t, "is gone before its end was read");
        else
            let_go(s, t);
        return;
    }
    file_ready(s, t, true);
}

static void
check_rotated(struct file_source *s, struct tail *t)
{
    int64_t now = clock_ms();
    struct stat st;

    if (t->queued || t == s->stuck)
        return;
    if (t->fd < 0 && !tail_open(s, t)) {
        let_go(s, t);
        return;
    }
    if (fstat(t->fd, &st) == 0 && changed(t, &st)) {
        t->since_ms = now;
        file_ready(s, t, true);
        return;
    }
    if (!t->at_end || now - t->since_ms < s->opt.rotate_wait_ms ||
        s->stuck != NULL)
        return;
    if (tail_finish(s, t))
        let_go(s, t);
}

/* Saved positions that no path of the pattern leads to: the files may have
 * been renamed while the agent was down. */
static void
search_restored(struct file_source *s)
{
    for (size_t i = 0; i < s->tails; i++) {
        struct tail *t = s->tail[i];
        bool found = false;

        if (t->state != TAIL_RESTORED)
            continue;
        for (size_t w = 0; w < s->watches && !found; w++)
            found = find_in_dir(s, t, s->watch[w].dir);
        if (found && tail_open(s, t)) {
            t->state = TAIL_ROTATED;
            t->since_ms = clock_ms();
            file_ready(s, t, true);
        } else if (!t->drained) {
            lose(s, t,
                 "a file that was not read to its end is gone since the "
                 "last run");
        } else {
            let_go(s, t);
        }
    }
}

/* The tails that the scan did not see. */
static void
settle(struct file_source *s)
{
    for (size_t i = 0; i < s->tails; i++) {
        struct tail *t = s->tail[i];

        if (t->state == TAIL_LIVE && !t->seen)
            begin_rotated(s, t);
        else if (t->state == TAIL_ROTATED)
            check_rotated(s, t);
    }
}

static bool
to_forget(const struct file_source *s, const struct tail *t)
{
    if (t->queued || t == s->stuck)
        return false;
    return (t->state == TAIL_GONE &&
            s->scanned_ms - t->since_ms >= s->opt.forget_ms) ||
           (t->state == TAIL_REJECTED && !t->seen);
}

static void
forget(struct file_source *s)
{
    size_t kept = 0;
    size_t count = s->tails;

    for (size_t i = 0; i < count; i++) {
        if (to_forget(s, s->tail[i]))
            tail_free(s, s->tail[i]);
        else
            s->tail[kept++] = s->tail[i];
    }
    if (kept == count)
        return;
    s->tails = kept;
    s->full = false;
    reindex(s);
}

/* The order that makes the saved positions small. */
static int
by_inode(const void *a, const void *b)
{
    const struct tail *x = *(struct tail *const *)a;
    const struct tail *y = *(struct tail *const *)b;

    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    return x->ino < y->ino ? -1 : x->ino > y->ino;
}

void
scan_run(struct file_source *s)
{
    glob_t found = {0};
    int r = glob(s->pattern, GLOB_BRACE, NULL, &found);

    s->soon = false;
    s->scanned_ms = clock_ms();
    if (r != 0 && r != GLOB_NOMATCH) {
        file_trouble(s, ERR_IO, s->pattern, "the folder cannot be read");
        globfree(&found);
        return;
    }
    for (size_t i = 0; i < s->tails; i++)
        s->tail[i]->seen = false;
    for (size_t i = 0; i < found.gl_pathc; i++)
        scan_path(s, found.gl_pathv[i]);
    globfree(&found);
    if (!s->scanned)
        search_restored(s);
    settle(s);
    forget(s);
    /* Here, because a save can come in the middle of any loop over them. */
    if (s->tails != 0)
        qsort(s->tail, s->tails, sizeof *s->tail, by_inode);
    s->scanned = true;
}
