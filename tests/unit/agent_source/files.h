/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the file source: files in the folder of a rig. */
#ifndef TESTS_UNIT_AGENT_SOURCE_FILES_H
#define TESTS_UNIT_AGENT_SOURCE_FILES_H

#include <errno.h>
#include <limits.h>

#include "tests/unit/agent_source/rig.h"

extern const struct source source_file;

#define NONE ((struct bytes){0})

struct place { /* a path in the folder of the rig */
    char path[PATH_MAX];
};

static inline struct place
at(const struct rig *r, const char *name)
{
    struct place p;

    (void)snprintf(p.path, sizeof p.path, "%s/%s", r->dir, name);
    return p;
}

static inline void
put(const char *path, int flags, const char *text, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

static inline void
append(const struct rig *r, const char *name, const char *text)
{
    put(at(r, name).path, O_APPEND, text, strlen(text));
}

static inline void
rename_to(const struct rig *r, const char *from, const char *to)
{
    struct place a = at(r, from), b = at(r, to);

    assert_int_equal(rename(a.path, b.path), 0);
}

/* A rig that follows ${name} with short intervals. */
static inline void
follow(struct rig *r, struct place *p, const char *name)
{
    rig_init(r, &source_file);
    *p = at(r, name);
    rig_set(r, "path", p->path);
    rig_set(r, "rescan", "10ms");
    rig_set(r, "rotate_wait", "50ms");
}

static inline const struct source_counters *
counters(const struct rig *r)
{
    return r->source->counters(r->handle);
}

static inline void
fill(const struct rig *r, const char *name, size_t lines)
{
    struct buf b = {0};

    for (size_t i = 0; i < lines; i++)
        buf_printf(&b, "%s line %zu %0100d\n", name, i, 7);
    put(at(r, name).path, O_APPEND, b.data, b.len);
    buf_free(&b);
}

#define LINES 4000 /* about 460 KB: more than one chunk */

#endif
