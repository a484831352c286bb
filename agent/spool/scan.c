/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/scan.h"

#include <stdlib.h>

#define PAGE ((size_t)4096)

void
spool_scan_start(struct spool_scan *s, const struct spool_vfs *vfs, int fd,
                 uint32_t seed, uint64_t at)
{
    s->vfs = vfs;
    s->fd = fd;
    s->seed = seed;
    s->end = 0;
    s->at = s->from = s->base = at;
    s->len = 0;
    s->strict = s->unreadable = false;
}

void
spool_scan_free(struct spool_scan *s)
{
    free(s->buf);
    *s = (struct spool_scan){.fd = -1};
}

void
spool_scan_shrink(struct spool_scan *s)
{
    if (s->cap > 4 * SPOOL_SCAN_BYTES && s->end - s->at < SPOOL_SCAN_BYTES) {
        free(s->buf);
        s->buf = NULL;
        s->cap = s->len = 0;
        s->base = s->at;
    }
}

/* A bad sector must not hide its neighbours: page by page, zeros for those that
 * cannot be read or that the file no longer has. False: strict and unreadable. */
static bool
read_pages(struct spool_scan *s, char *to, size_t size, uint64_t offset)
{
    while (size > 0) {
        size_t n = PAGE - (size_t)(offset % PAGE);
        ssize_t got;

        if (n > size)
            n = size;
        got = spool_vfs_read(s->vfs, s->fd, to, n, (off_t)offset);
        if (got < 0) {
            s->unreadable = true;
            if (s->strict)
                return false;
            got = 0;
        }
        memset(to + got, 0, n - (size_t)got);
        to += n;
        size -= n;
        offset += n;
    }
    return true;
}

/* Move what is left to the front of a buffer of at least ${need} bytes. */
static bool
make_room(struct spool_scan *s, size_t need, size_t keep)
{
    const char *from = keep != 0 ? s->buf + (s->at - s->base) : NULL;

    if (need > s->cap) {
        size_t cap = need > SPOOL_SCAN_BYTES ? need : SPOOL_SCAN_BYTES;
        char *buf = malloc(cap);

        if (buf == NULL)
            return false;
        if (keep != 0)
            memcpy(buf, from, keep);
        free(s->buf);
        s->buf = buf;
        s->cap = cap;
    } else if (keep != 0) {
        memmove(s->buf, from, keep);
    }
    s->base = s->at;
    s->len = keep;
    return true;
}

/* Make [at, at + need) of the file available, or as much as the end allows.
 * SPOOL_SCAN_ENTRY when that worked. */
static enum spool_scan_result
fill(struct spool_scan *s, size_t need)
{
    uint64_t stop = s->base + s->len;
    size_t keep = stop > s->at ? (size_t)(stop - s->at) : 0;
    size_t want;
    ssize_t got;

    if (!make_room(s, need, keep))
        return SPOOL_SCAN_NOMEM;
    want = s->cap - keep;
    if (want > s->end - s->at - keep)
        want = (size_t)(s->end - s->at - keep);
    if (want == 0)
        return SPOOL_SCAN_ENTRY;
    got = spool_vfs_read(s->vfs, s->fd, s->buf + keep, want,
                         (off_t)(s->base + keep));
    if ((got < 0 || (size_t)got < want) &&
        !read_pages(s, s->buf + keep, want, s->base + keep))
        return SPOOL_SCAN_IO;
    s->len += want;
    return SPOOL_SCAN_ENTRY;
}

static const char *
view(const struct spool_scan *s, size_t *n)
{
    uint64_t stop = s->base + s->len < s->end ? s->base + s->len : s->end;

    *n = stop > s->at ? (size_t)(stop - s->at) : 0;
    return *n != 0 ? s->buf + (s->at - s->base) : NULL;
}

/* From a byte that starts no entry to the next one that does. */
static enum spool_scan_result
skip_damage(struct spool_scan *s)
{
    enum spool_scan_result r;

    s->at += s->end - s->at < 8 ? s->end - s->at : 8;
    while (s->at < s->end) {
        size_t n, step;
        const char *p;

        if (s->end - s->at < SPOOL_ENTRY_BYTES) {
            s->at = s->end;
            break;
        }
        p = view(s, &n);
        if (n < SPOOL_ENTRY_BYTES) {
            r = fill(s, SPOOL_ENTRY_BYTES);
            if (r != SPOOL_SCAN_ENTRY)
                return r;
            p = view(s, &n);
        }
        step = spool_format_resync(s->seed, p, n);
        s->at += step;
        if (n - step >= SPOOL_ENTRY_BYTES)
            break; /* a good header */
    }
    return SPOOL_SCAN_DAMAGE;
}

enum spool_scan_result
spool_scan_next(struct spool_scan *s, struct spool_entry *e)
{
    enum spool_scan_result r;

    s->from = s->at;
    while (s->at < s->end) {
        size_t n;
        const char *p = view(s, &n);

        switch (spool_format_parse(s->seed, p, n, e)) {
        case SPOOL_PARSE_OK:
            s->at += e->total;
            return SPOOL_SCAN_ENTRY;
        case SPOOL_PARSE_BAD_PAYLOAD:
            s->at += e->total;
            return SPOOL_SCAN_DAMAGE;
        case SPOOL_PARSE_BAD:
            return skip_damage(s);
        case SPOOL_PARSE_MORE:
            if (e->total > s->end - s->at) {
                s->at = s->end;
                return SPOOL_SCAN_DAMAGE;
            }
            r = fill(s, e->total);
            if (r != SPOOL_SCAN_ENTRY)
                return r;
            break;
        }
    }
    return SPOOL_SCAN_END;
}
