/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/cursorfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "agent/spool/fault.h"
#include "agent/spool/format.h"
#include "formats/base/hash.h"

static const char slot_magic[8] = {'h', 'u', 't', 'c', 'u', 'r', 's', 'r'};

/* Slot: magic[8] version16 count16 length32 generation64 uuid[16] synced64
 * synced_serial64 synced_end64, then per cursor name_len8 zero8 state_len16
 * zero32 settled64 name state, then crc32 as the last bytes of ${length}. */
enum {
    AT_VERSION = 8,
    AT_COUNT = 10,
    AT_LENGTH = 12,
    AT_GENERATION = 16,
    AT_UUID = 24,
    AT_SYNCED = 40,
    AT_SERIAL = 48,
    AT_END = 56,
    HEAD = 64,
    ROW = 16
};

_Static_assert(HEAD + 4 +
                       SPOOL_MAX_CURSORS *
                           (ROW + SPOOL_MAX_NAME + SPOOL_CURSOR_STATE) <=
                   SPOOL_SLOT_BYTES,
               "a slot holds every cursor");

size_t
spool_cursorfile_encode(const struct spool_slot *c, char *p)
{
    size_t at = HEAD;

    memset(p, 0, HEAD);
    memcpy(p, slot_magic, sizeof slot_magic);
    bytes_put_le(p + AT_VERSION, SPOOL_FORMAT_VERSION, 2);
    bytes_put_le(p + AT_COUNT, c->count, 2);
    bytes_put_le(p + AT_GENERATION, c->generation, 8);
    memcpy(p + AT_UUID, c->uuid, 16);
    bytes_put_le(p + AT_SYNCED, c->synced, 8);
    bytes_put_le(p + AT_SERIAL, c->synced_serial, 8);
    bytes_put_le(p + AT_END, c->synced_end, 8);
    for (unsigned i = 0; i < c->count; i++) {
        const struct spool_slot_cursor *row = &c->cursors[i];
        size_t name = strlen(row->name);

        memset(p + at, 0, ROW);
        bytes_put_le(p + at, name, 1);
        bytes_put_le(p + at + 2, row->state_len, 2);
        bytes_put_le(p + at + 8, row->settled, 8);
        memcpy(p + at + ROW, row->name, name);
        memcpy(p + at + ROW + name, row->state, row->state_len);
        at += ROW + name + row->state_len;
    }
    bytes_put_le(p + AT_LENGTH, at + 4, 4);
    bytes_put_le(p + at, hash_crc32c(0, p, at), 4);
    return at + 4;
}

static bool
decode_rows(const char *p, size_t n, struct spool_slot *out)
{
    for (unsigned i = 0; i < out->count; i++) {
        struct spool_slot_cursor *row = &out->cursors[i];
        size_t name, state;

        if (n < ROW)
            return false;
        name = (size_t)bytes_get_le(p, 1);
        state = (size_t)bytes_get_le(p + 2, 2);
        if (name == 0 || name > SPOOL_MAX_NAME || state > SPOOL_CURSOR_STATE ||
            n - ROW < name + state || memchr(p + ROW, 0, name) != NULL)
            return false;
        memset(row, 0, sizeof *row);
        row->settled = bytes_get_le(p + 8, 8);
        if (row->settled >= SPOOL_SEQUENCE_MAX)
            return false;
        memcpy(row->name, p + ROW, name);
        row->state_len = (uint16_t)state;
        memcpy(row->state, p + ROW + name, state);
        p += ROW + name + state;
        n -= ROW + name + state;
    }
    return n == 0;
}

enum spool_cursorfile_result
spool_cursorfile_decode(const char *p, size_t n, struct spool_slot *out)
{
    size_t length;

    if (n < HEAD + 4 || memcmp(p, slot_magic, sizeof slot_magic) != 0)
        return SPOOL_CURSORFILE_BAD;
    length = (size_t)bytes_get_le(p + AT_LENGTH, 4);
    if (length < HEAD + 4 || length > n ||
        bytes_get_le(p + length - 4, 4) != hash_crc32c(0, p, length - 4))
        return SPOOL_CURSORFILE_BAD;
    if (bytes_get_le(p + AT_VERSION, 2) > SPOOL_FORMAT_VERSION)
        return SPOOL_CURSORFILE_NEWER;
    out->generation = bytes_get_le(p + AT_GENERATION, 8);
    memcpy(out->uuid, p + AT_UUID, 16);
    out->synced = bytes_get_le(p + AT_SYNCED, 8);
    out->synced_serial = bytes_get_le(p + AT_SERIAL, 8);
    out->synced_end = bytes_get_le(p + AT_END, 8);
    out->count = (unsigned)bytes_get_le(p + AT_COUNT, 2);
    if (out->count > SPOOL_MAX_CURSORS || out->synced >= SPOOL_SEQUENCE_MAX ||
        !decode_rows(p + HEAD, length - 4 - HEAD, out))
        return SPOOL_CURSORFILE_BAD;
    return SPOOL_CURSORFILE_OK;
}

static bool
all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

/* Both slots lie in ${p}; ${b} is scratch. */
static enum spool_cursorfile_result
choose(const char *p, size_t n, struct spool_slot *a, struct spool_slot *b,
       unsigned *slot)
{
    size_t half = n < SPOOL_SLOT_BYTES ? n : SPOOL_SLOT_BYTES;
    enum spool_cursorfile_result ra, rb;

    ra = spool_cursorfile_decode(p, half, a);
    rb = spool_cursorfile_decode(p + half, n - half, b);
    if (ra == SPOOL_CURSORFILE_NEWER || rb == SPOOL_CURSORFILE_NEWER)
        return SPOOL_CURSORFILE_NEWER;
    if (ra != SPOOL_CURSORFILE_OK && rb != SPOOL_CURSORFILE_OK)
        return SPOOL_CURSORFILE_BAD;
    *slot = 0;
    if (rb == SPOOL_CURSORFILE_OK &&
        (ra != SPOOL_CURSORFILE_OK || b->generation > a->generation)) {
        *a = *b;
        *slot = 1;
    }
    if (ra == rb || (a->generation == 1 && all_zero(p + half, n - half)))
        return SPOOL_CURSORFILE_OK;
    return SPOOL_CURSORFILE_ONE_BAD;
}

/* One bad sector must not take both slots. */
static ssize_t
read_slots(const struct spool_vfs *v, int fd, char *both)
{
    ssize_t n = -1, m;

    for (unsigned attempt = 0; attempt < 2 && n < 0; attempt++)
        n = spool_vfs_read(v, fd, both, 2 * SPOOL_SLOT_BYTES, 0);
    if (n >= 0)
        return n;
    memset(both, 0, 2 * SPOOL_SLOT_BYTES);
    n = spool_vfs_read(v, fd, both, SPOOL_SLOT_BYTES, 0);
    m = spool_vfs_read(v, fd, both + SPOOL_SLOT_BYTES, SPOOL_SLOT_BYTES,
                       (off_t)SPOOL_SLOT_BYTES);
    return n < 0 && m < 0 ? -1 : (ssize_t)(2 * SPOOL_SLOT_BYTES);
}

enum spool_cursorfile_result
spool_cursorfile_read(const struct spool_vfs *v, const char *path,
                      struct spool_slot *out, unsigned *slot)
{
    enum spool_cursorfile_result r = SPOOL_CURSORFILE_BAD;
    struct spool_slot *scratch = malloc(sizeof *scratch);
    char *both = malloc(2 * SPOOL_SLOT_BYTES);
    int fd = spool_vfs_open(v, path, O_RDONLY, 0);
    ssize_t n;

    if (fd < 0 && errno != ENOENT) /* one failed call proves nothing */
        fd = spool_vfs_open(v, path, O_RDONLY, 0);
    if (fd < 0) {
        r = errno == ENOENT ? SPOOL_CURSORFILE_ABSENT : SPOOL_CURSORFILE_BAD;
        goto out;
    }
    if (scratch == NULL || both == NULL)
        goto out_close;
    n = read_slots(v, fd, both);
    if (n == 0)
        r = SPOOL_CURSORFILE_ABSENT;
    else if (n > 0)
        r = choose(both, (size_t)n, out, scratch, slot);
out_close:
    v->close(v->ctx, fd);
out:
    free(both);
    free(scratch);
    return r;
}

bool
spool_cursorfile_write(struct spool_cursorfile *f, const struct spool_vfs *v,
                       struct spool_slot *content, enum spool_keep keep)
{
    char *p = malloc(SPOOL_SLOT_BYTES);
    unsigned slot = 1 - f->slot;
    bool ok = false;
    struct iovec iov;
    int saved;

    if (p == NULL)
        return false;
    content->generation = f->generation + 1;
    iov.iov_base = p;
    iov.iov_len = spool_cursorfile_encode(content, p);
    fault_point("cursor_before_write");
    if (!spool_vfs_write(v, f->fd, &iov, 1, (off_t)(slot * SPOOL_SLOT_BYTES)))
        goto out;
    fault_point("cursor_after_write");
    if (keep == SPOOL_KEEP_DURABLE) {
        if (!spool_vfs_sync(v, f->fd))
            goto out;
        fault_point("cursor_after_sync");
        f->slot = slot;
        f->generation++;
    }
    ok = true;
out:
    saved = errno;
    free(p);
    errno = saved;
    return ok;
}
