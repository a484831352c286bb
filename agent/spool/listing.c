/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, first part: which files of the directory are segments of this
 * spool. One header is read of each; what does not belong is moved aside. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "agent/spool/internal.h"

#define FOUND_MAX 65536U

struct found { /* one file seg-*.log */
    char name[SPOOL_NAME_BYTES];
    uint64_t named; /* sequence in the name */
    int64_t size;   /* -1: unreadable */
    enum spool_header_result result;
    struct spool_header header;
};

struct listing {
    struct spool *s;
    struct found *items;
    size_t count, cap;
    bool nomem;
};

/* ---------------------------------------------------------------- listing */

static bool
on_name(void *arg, const char *name)
{
    struct listing *l = arg;
    uint64_t named;

    if (!spool_format_read_name(name, &named))
        return true;
    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        void *p =
            cap <= FOUND_MAX ? realloc(l->items, cap * sizeof *l->items) : NULL;

        if (p == NULL) {
            l->nomem = true;
            return false;
        }
        l->items = p;
        l->cap = cap;
    }
    l->items[l->count] = (struct found){.named = named};
    memcpy(l->items[l->count].name, name, strlen(name));
    l->count++;
    return true;
}

/* seg-<first>.log.new never came into use. */
static bool
on_new_name(void *arg, const char *name)
{
    struct spool *s = arg;
    char path[SPOOL_PATH_BYTES];

    if (strlen(name) == 28 && strncmp(name, "seg-", 4) == 0 &&
        strcmp(name + 24, ".new") == 0) {
        spool_path(s, name, path);
        (void)s->vfs->unlink(s->vfs->ctx, path);
    }
    return true;
}

/* Twice, since one failed call must not condemn a file. */
static void
read_head(struct spool *s, struct found *f)
{
    char path[SPOOL_PATH_BYTES], bytes[SPOOL_HEADER_BYTES];

    spool_path(s, f->name, path);
    f->size = -1;
    f->result = SPOOL_HEADER_BAD;
    for (unsigned attempt = 0; attempt < 2 && f->size < 0; attempt++) {
        int fd = spool_vfs_open(s->vfs, path, O_RDONLY, 0);
        ssize_t n = -1;

        if (fd < 0)
            continue;
        n = spool_vfs_read(s->vfs, fd, bytes, sizeof bytes, 0);
        if (n >= 0) {
            f->size = s->vfs->size(s->vfs->ctx, fd);
            f->result = spool_format_read_header(bytes, (size_t)n, &f->header);
        }
        s->vfs->close(s->vfs->ctx, fd);
    }
}

static int
by_first(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    bool named_x = x->named == x->header.first;

    if (x->header.first != y->header.first)
        return x->header.first < y->header.first ? -1 : 1;
    /* Of two that claim the same place the one that is named for it leads. */
    return named_x ? -1 : y->named == y->header.first;
}

/* ---------------------------------------------------------------- identity */

/* The spool's UUID: of the cursor file if a segment agrees or none can speak,
 * else of most segments. */
static bool
choose_uuid(const struct listing *l, const uint8_t *cursor_uuid, uint8_t *out)
{
    size_t best = 0, agree = 0, speak = 0;
    const uint8_t *most = NULL;

    for (size_t i = 0; i < l->count; i++) {
        const struct found *f = &l->items[i];
        size_t same = 0;

        if (f->result != SPOOL_HEADER_OK)
            continue;
        speak++;
        agree +=
            cursor_uuid != NULL && memcmp(cursor_uuid, f->header.uuid, 16) == 0;
        for (size_t j = 0; j < l->count; j++)
            same += l->items[j].result == SPOOL_HEADER_OK &&
                    memcmp(l->items[j].header.uuid, f->header.uuid, 16) == 0;
        if (same > best) {
            best = same;
            most = f->header.uuid;
        }
        if (i >= 64 && best * 2 > l->count)
            break; /* a majority; no need to compare thousands */
    }
    if (cursor_uuid != NULL && (agree != 0 || speak == 0))
        most = cursor_uuid;
    /* One segment whose header is damaged: its UUID may still be readable. */
    if (most == NULL && l->count != 0 && l->items[0].size >= 32)
        most = l->items[0].header.uuid;
    if (most == NULL)
        return false;
    memcpy(out, most, 16);
    return true;
}

/* A file without a good header: does it hold any entry of this spool? */
static bool
holds_ours(struct spool *s, const struct found *f, uint64_t *first)
{
    char path[SPOOL_PATH_BYTES];
    struct spool_scan scan = {.fd = -1};
    struct spool_entry e;
    enum spool_scan_result r;
    int fd;

    spool_path(s, f->name, path);
    fd = spool_vfs_open(s->vfs, path, O_RDONLY, 0);
    if (fd < 0)
        return false;
    spool_scan_start(&scan, s->vfs, fd, s->seed, 0);
    scan.end = (uint64_t)f->size;
    do
        r = spool_scan_next(&scan, &e);
    while (r == SPOOL_SCAN_DAMAGE);
    s->vfs->close(s->vfs->ctx, fd);
    spool_scan_free(&scan);
    *first =
        r == SPOOL_SCAN_ENTRY && e.sequence < f->named ? e.sequence : f->named;
    return r == SPOOL_SCAN_ENTRY;
}

static void
drop_empty(struct spool *s, const char *name)
{
    char path[SPOOL_PATH_BYTES];

    spool_path(s, name, path);
    if (s->readonly || s->vfs->unlink(s->vfs->ctx, path) == 0)
        spool_note(s, SPOOL_NOTE_UNFINISHED, name, 0, 0);
}

/* Does ${f} belong to this spool's log? What does not is moved aside. */
static bool
belongs(struct spool *s, struct found *f)
{
    uint64_t first = f->named;

    if (f->size < 0) { /* unreadable: keep its place, touch nothing */
        f->header.first = f->named;
        spool_note(s, SPOOL_NOTE_UNREADABLE, f->name, 0, 0);
        return true;
    }
    if (f->result == SPOOL_HEADER_OK &&
        memcmp(f->header.uuid, s->uuid, 16) == 0)
        return true;
    if (f->result != SPOOL_HEADER_OK && f->size == 0) {
        drop_empty(s, f->name);
        return false;
    }
    if (f->result != SPOOL_HEADER_OK && holds_ours(s, f, &first)) {
        f->header.first = first;
        spool_note(s, SPOOL_NOTE_HEADER_DAMAGED, f->name, 0, 0);
        return true;
    }
    spool_note(s,
               f->result == SPOOL_HEADER_OK ? SPOOL_NOTE_FOREIGN
                                            : SPOOL_NOTE_NOTHING_READABLE,
               f->name, 0, (uint64_t)f->size);
    if (!spool_quarantine_move(s, f->name))
        spool_note(s, SPOOL_NOTE_NOT_MOVED, f->name, 0, 0);
    return false;
}

static bool
add_segments(struct spool *s, struct listing *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->count; i++)
        if (belongs(s, &l->items[i]))
            l->items[n++] = l->items[i];
    l->count = n;
    if (n > 1)
        qsort(l->items, n, sizeof *l->items, by_first);
    for (size_t i = 0; i < n; i++) {
        const struct found *f = &l->items[i];
        struct spool_segment seg = {.serial = f->header.serial,
                                    .first = f->header.first,
                                    .end = f->size > 0 ? (uint64_t)f->size : 0,
                                    .digest_len = f->header.digest_len,
                                    .suspect = f->size < 0 ||
                                               f->result != SPOOL_HEADER_OK};

        if (i > 0 && l->items[i - 1].header.first == f->header.first) {
            spool_note(s, SPOOL_NOTE_SECOND_COPY, f->name, 0,
                       (uint64_t)f->size);
            (void)spool_quarantine_move(s, f->name);
            continue;
        }
        if (f->result != SPOOL_HEADER_OK || seg.serial == 0)
            seg.serial = SPOOL_SERIAL_UNKNOWN + i;
        memcpy(seg.name, f->name, sizeof seg.name);
        memcpy(seg.digest, f->header.digest, sizeof seg.digest);
        if (!spool_segment_add(s, &seg))
            return false;
    }
    return true;
}

/* getrandom() cannot fail for 16 bytes once the system is up. */
static bool
new_uuid(uint8_t out[16])
{
    return getrandom(out, 16, 0) == 16;
}

static enum err_code
take_in(struct spool *s, struct listing *l, const uint8_t *cursor_uuid,
        struct err *err)
{
    for (size_t i = 0; i < l->count; i++) {
        read_head(s, &l->items[i]);
        if (l->items[i].result == SPOOL_HEADER_NEWER)
            return err_set(err, ERR_VERSION, l->items[i].name,
                           "segment of format version %u, this program "
                           "knows %d",
                           l->items[i].header.version, SPOOL_FORMAT_VERSION);
    }
    if (!choose_uuid(l, cursor_uuid, s->uuid) && !new_uuid(s->uuid))
        return err_errno(err, s->dir, "random bytes for a new spool");
    s->seed = spool_format_seed(s->uuid);
    if (!s->readonly)
        (void)s->vfs->list(s->vfs->ctx, s->dir, on_new_name, s);
    if (!add_segments(s, l))
        return err_set(err, ERR_NOMEM, s->dir, "no memory for the segments");
    return ERR_OK;
}

enum err_code
spool_listing_load(struct spool *s, const uint8_t *cursor_uuid, struct err *err)
{
    struct listing l = {.s = s};
    enum err_code e;
    bool listed = false;

    /* Twice, since one failed call proves nothing; from the start, since a file
     * listed twice would look like two. */
    for (unsigned attempt = 0; attempt < 2 && !listed; attempt++) {
        l.count = 0;
        listed = s->vfs->list(s->vfs->ctx, s->dir, on_name, &l) == 0;
    }
    if (!listed)
        e = err_errno(err, s->dir, "list the spool");
    else if (l.nomem)
        e = err_set(err, ERR_NOMEM, s->dir, "too many segments");
    else
        e = take_in(s, &l, cursor_uuid, err);
    free(l.items);
    return e;
}
