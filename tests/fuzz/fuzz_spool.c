/* SPDX-License-Identifier: Apache-2.0 */
/* LINK agent_spool */
/* A segment and a cursor file made from the input: entries with right checksums
 * and hostile fields, or plain bytes. The spool starts unless a version is newer,
 * reads to the end with rising sequences, writes, and starts again. */
#include <stdlib.h>

#include "agent/spool/internal.h"
#include "formats/base/hash.h"
#include "tests/unit/agent_spool/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t uuid[16] = "fuzzed spool id";

/* One piece of the segment: kind, then its fields. */
static size_t
piece(struct disk_bytes *out, const uint8_t *p, size_t n)
{
    static const uint16_t types[] = {1, 2, 3, 16, 17, 16, 17, 4};
    struct spool_entry e = {0};
    char entry[1024];
    size_t len = p[1] < n - 6 ? p[1] : n - 6;

    if (p[0] & 0x80) { /* plain bytes */
        disk_put(out, out->len, (const char *)p + 6, len);
        return 6 + len;
    }
    e.type = types[p[0] & 7];
    e.flags = p[0] >> 3 & 3;
    e.sequence = (uint64_t)(p[2] & 15) << (p[2] & 0x80 ? 60 : 0);
    e.meta_len = p[3];
    e.length = (uint32_t)len;
    memset(entry, 0, sizeof entry);
    memcpy(entry + SPOOL_ENTRY_BYTES, p + 6, len);
    if (e.type == SPOOL_ENTRY_COMMIT && p[4] & 1) {
        struct spool_commit c = {e.sequence, out->len - p[4], p[5], p[3]};

        e.length = SPOOL_COMMIT_BYTES;
        spool_format_commit(&c, entry + SPOOL_ENTRY_BYTES);
    }
    spool_format_finish(spool_format_seed(uuid), &e, entry);
    disk_put(out, out->len, entry, p[4] & 0x80 ? e.total / 2 : e.total);
    return 6 + len;
}

static void
put_file(struct disk *d, const char *path, const char *p, size_t n)
{
    struct disk_name *name = disk_name_of(d, path);

    name->file = name->durable = disk_make(d, false);
    disk_put(&d->files[name->file]->now, 0, p, n);
}

/* A slot whose fields are the input's and whose checksum is right. */
static void
put_cursors(struct disk *d, const uint8_t *data, size_t n)
{
    char slot[256] = "hutcursr\1";

    if (n < 72) {
        put_file(d, "/s/cursor", (const char *)data, n);
        return;
    }
    memcpy(slot + 10, data + 10, n - 10);
    memcpy(slot + 24, uuid, sizeof uuid);
    bytes_put_le(slot + 12, n, 4);
    bytes_put_le(slot + n - 4, hash_crc32c(0, slot, n - 4), 4);
    put_file(d, "/s/cursor", slot, n);
}

static void
live(struct disk *d)
{
    struct spool_options o = {.dir = "/s", .vfs = &d->vfs};
    struct spool_meta m = {.kind = SPOOL_EVENT};
    struct spool_cursor *c;
    struct spool_record r;
    struct spool *s;
    struct bytes v;
    uint64_t last = 0;
    enum err_code e = spool_open_manual(&o, &s, NULL, NULL);

    if (e == ERR_VERSION)
        return;
    if (e != ERR_OK)
        abort();
    e = spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL);
    while (e == ERR_OK && spool_read(c, &r, 0, NULL) == ERR_OK) {
        if (r.sequence <= last)
            abort();
        last = r.sequence;
    }
    (void)spool_state_get(s, BYTES("pos"), &v);
    if (spool_append(s, &m, BYTES("x"), &last, NULL) == ERR_OK)
        spool_mark(s);
    spool_close(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spool_header h = {.first = 1, .serial = 1};
    struct disk_bytes segment = {0};
    char head[SPOOL_HEADER_BYTES];
    struct disk *d = disk_new(1);
    size_t cursor = size > 2 ? data[0] : 0;

    memcpy(h.uuid, uuid, sizeof uuid);
    spool_format_header(&h, head);
    disk_put(&segment, 0, head, sizeof head);
    if (cursor > size)
        cursor = size;
    put_cursors(d, data, cursor);
    for (size_t at = cursor; at + 6 < size && segment.len < 1 << 16;)
        at += piece(&segment, data + at, size - at);
    put_file(d, "/s/seg-0000000000000001.log", segment.data, segment.len);
    live(d);
    live(d);
    free(segment.data);
    disk_free(d);
    return 0;
}
