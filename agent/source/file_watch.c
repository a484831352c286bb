/* SPDX-License-Identifier: Apache-2.0 */
/* inotify on the folders of the files: a write makes its file ready at once, a
 * name that comes or goes makes a scan come sooner. Never needed, only quicker:
 * where there is none, the scan at its interval does everything. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/source/file.h"

#define WATCH_MASK                                                             \
    (IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |         \
     IN_ONLYDIR)
#define WATCH_MAX_DIRS 1024
#define WATCH_READS    4 /* reads of one wake-up: writers do not starve us */

void
watch_open(struct file_source *s)
{
    s->inotify = -1;
    if (!s->opt.inotify)
        return;
    s->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (s->inotify < 0)
        file_trouble_errno(s, s->pattern,
                           "files are looked at on an interval only, no "
                           "inotify");
}

static void
add_dir(struct file_source *s, const char *dir)
{
    struct watch *grown;
    char *copy;

    for (size_t i = 0; i < s->watches; i++)
        if (strcmp(s->watch[i].dir, dir) == 0)
            return;
    if (s->watches >= WATCH_MAX_DIRS)
        return;
    grown = realloc(s->watch, (s->watches + 1) * sizeof *grown);
    if (grown == NULL)
        return;
    s->watch = grown;
    copy = strdup(dir);
    if (copy == NULL)
        return;
    grown[s->watches] = (struct watch){.wd = -1, .dir = copy};
    if (s->inotify >= 0)
        grown[s->watches].wd = inotify_add_watch(s->inotify, dir, WATCH_MASK);
    if (s->inotify >= 0 && grown[s->watches].wd < 0 && !s->watch_said) {
        s->watch_said = true;
        file_trouble_errno(s, dir, "looked at on an interval only");
    }
    s->watches++;
}

void
watch_dir_of(struct file_source *s, const char *path)
{
    char copy[PATH_MAX];

    if (strlen(path) >= sizeof copy)
        return;
    (void)snprintf(copy, sizeof copy, "%s", path);
    add_dir(s, dirname(copy));
}

/* A folder that was removed and made again has a new inode: its watch is gone,
 * and is made anew when a file of it is found. */
static void
drop_watch(struct file_source *s, int wd)
{
    for (size_t i = 0; i < s->watches; i++) {
        if (s->watch[i].wd != wd)
            continue;
        free(s->watch[i].dir);
        s->watch[i] = s->watch[--s->watches];
        return;
    }
}

static void
take_event(struct file_source *s, const struct inotify_event *e)
{
    const char *dir = NULL;
    struct tail *t;

    if (e->mask & IN_Q_OVERFLOW)
        file_scan_soon(s);
    if (e->mask & IN_IGNORED) {
        drop_watch(s, e->wd);
        return;
    }
    for (size_t i = 0; i < s->watches && dir == NULL; i++)
        if (s->watch[i].wd == e->wd)
            dir = s->watch[i].dir;
    if (dir == NULL || e->len == 0)
        return;
    t = scan_find_path(s, dir, e->name);
    if (e->mask & IN_MODIFY) {
        if (t != NULL && (t->state == TAIL_LIVE || t->state == TAIL_ROTATED))
            file_ready(s, t, t->state == TAIL_ROTATED);
    } else if (t != NULL || !scan_is_compressed(e->name)) {
        file_scan_soon(s);
    }
}

void
watch_read(struct file_source *s)
{
    alignas(struct inotify_event) char buf[16384];

    for (int i = 0; i < WATCH_READS; i++) {
        ssize_t n = read(s->inotify, buf, sizeof buf);

        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const void *)(buf + at);

            take_event(s, e);
            at += (ssize_t)(sizeof *e + e->len);
        }
        if (n < (ssize_t)sizeof buf / 2)
            return;
    }
}

void
watch_close(struct file_source *s)
{
    if (s->inotify >= 0)
        close(s->inotify);
    for (size_t i = 0; i < s->watches; i++)
        free(s->watch[i].dir);
    free(s->watch);
}
