/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a spool that no agent has open: the same recovery as a start, told
 * not to change anything, and a walk over every entry. */
#include <errno.h>
#include <fcntl.h>

#include "agent/spool/internal.h"

#define READ_TRIES 16U /* more than a cursor needs to step over bad pages */

struct inspect {
    struct spool *s;
    spool_item_fn fn;
    void *ctx;
    bool full;
    uint64_t notes;
    uint64_t expected; /* sequence of the next record */
    struct spool_item sum;
};

static void
count_note(void *ctx, const struct spool_item *item)
{
    struct inspect *in = ctx;

    in->notes++;
    in->fn(in->ctx, item);
}

/* Open without writing a byte. */
static enum err_code
open_readonly(const char *dir, bool lock, struct inspect *in, struct err *err)
{
    struct spool_options o = {.dir = dir};
    struct spool *s = spool_new();
    enum err_code e;
    int fd;

    if (s == NULL)
        return err_set(err, ERR_NOMEM, dir, "no memory for a spool");
    s->manual = s->readonly = true;
    s->on_item = in->fn != NULL ? count_note : NULL;
    s->on_item_ctx = in;
    e = spool_fill_options(s, &o, err);
    fd = spool_vfs_open(s->vfs, s->dir, O_RDONLY | O_DIRECTORY, 0);
    if (e == ERR_OK && fd < 0)
        e = err_errno(err, dir, "open the spool");
    if (fd >= 0)
        s->vfs->close(s->vfs->ctx, fd);
    if (e == ERR_OK && lock)
        e = spool_lock(s, err);
    if (e == ERR_OK)
        e = spool_recover(s, err);
    if (e != ERR_OK) {
        spool_release(s);
        return e;
    }
    in->s = s;
    return ERR_OK;
}

/* ---------------------------------------------------------------- segments */

static void
walk(struct inspect *in, struct spool_scan *scan, uint64_t bound,
     struct spool_item *item)
{
    struct spool_entry e;
    struct spool_record r;
    enum spool_scan_result result;

    while ((result = spool_scan_next(scan, &e)) == SPOOL_SCAN_ENTRY ||
           result == SPOOL_SCAN_DAMAGE) {
        if (result == SPOOL_SCAN_DAMAGE) {
            item->damaged_bytes += scan->at - scan->from;
            spool_note(in->s,
                       spool_quarantine_has(in->s, item->name, scan->from)
                           ? SPOOL_NOTE_DAMAGE_KEPT
                           : SPOOL_NOTE_DAMAGE,
                       item->name, scan->from, scan->at - scan->from);
            continue;
        }
        if (e.type >= SPOOL_ENTRY_STATE || e.sequence < in->expected ||
            e.sequence >= bound || !spool_format_read_record(&e, &r))
            continue;
        item->lost += e.sequence - in->expected;
        in->expected = e.sequence + 1;
        item->records++;
    }
    if (bound != UINT64_MAX && in->expected < bound) {
        item->lost += bound - in->expected;
        in->expected = bound;
    }
}

static void
inspect_segment(struct inspect *in, size_t index)
{
    struct spool *s = in->s;
    const struct spool_segment *seg = &s->segments[index];
    uint64_t bound = index + 1 < s->segment_count ? s->segments[index + 1].first
                                                  : UINT64_MAX;
    struct spool_item item = {.kind = SPOOL_ITEM_SEGMENT,
                              .name = seg->name,
                              .first = seg->first,
                              .bytes = seg->end};
    struct spool_scan scan = {.fd = -1};
    char path[SPOOL_PATH_BYTES];
    int fd = -1;

    item.last = bound != UINT64_MAX ? bound - 1 : s->next - 1;
    if (in->expected < seg->first) {
        item.lost += index != 0 ? seg->first - in->expected : 0;
        in->expected = seg->first;
    }
    spool_path(s, seg->name, path);
    if (in->full)
        fd = spool_vfs_open(s->vfs, path, O_RDONLY, 0);
    if (fd >= 0) {
        spool_scan_start(&scan, s->vfs, fd, s->seed, SPOOL_HEADER_BYTES);
        scan.end = seg->end;
        walk(in, &scan, index + 1 < s->segment_count ? bound : s->next, &item);
        spool_scan_free(&scan);
        s->vfs->close(s->vfs->ctx, fd);
    }
    in->sum.bytes += item.bytes;
    in->sum.records += item.records;
    in->sum.lost += item.lost;
    in->sum.damaged_bytes += item.damaged_bytes;
    in->fn(in->ctx, &item);
}

static void
inspect_cursors(struct inspect *in)
{
    for (unsigned i = 0; i < in->s->cursor_count; i++) {
        const struct spool_cursor *c = in->s->cursors[i];
        struct spool_item item = {.kind = SPOOL_ITEM_CURSOR,
                                  .name = c->name,
                                  .settled = c->settled,
                                  .queued = spool_cursor_queued(c)};

        in->fn(in->ctx, &item);
    }
}

enum err_code
spool_inspect(const char *dir, enum spool_depth depth, spool_item_fn fn,
              void *ctx, struct err *err)
{
    struct inspect in = {.fn = fn, .ctx = ctx, .full = depth == SPOOL_FULL};
    enum err_code e = open_readonly(dir, in.full, &in, err);
    struct spool *s = in.s;

    if (e != ERR_OK)
        return e;
    in.sum = (struct spool_item){.kind = SPOOL_ITEM_SUMMARY,
                                 .name = dir,
                                 .last = s->next - 1,
                                 .segments = s->segment_count,
                                 .uuid = s->uuid};
    in.expected = s->segment_count != 0 ? s->segments[0].first : s->next;
    in.sum.first = in.expected;
    for (size_t i = 0; i < s->segment_count; i++)
        inspect_segment(&in, i);
    inspect_cursors(&in);
    in.sum.notes = in.notes;
    fn(ctx, &in.sum);
    spool_release(s);
    return ERR_OK;
}

/* ---------------------------------------------------------------- verbs */

static void
write_json(void *report, const struct spool_item *item)
{
    spool_item_json(item, report);
    buf_char(report, '\n');
}

enum err_code
spool_check(const char *dir, struct buf *report, struct err *err)
{
    return spool_inspect(dir, SPOOL_FULL, write_json, report, err);
}

static void
write_actions(void *report, const struct spool_item *item)
{
    if (item->kind == SPOOL_ITEM_NOTE)
        write_json(report, item);
}

static bool
ignore_record(void *ctx, const struct spool_record *r)
{
    (void)ctx;
    (void)r;
    return true;
}

static enum err_code
read_all(struct spool *s, spool_export_fn fn, void *ctx, struct err *err)
{
    struct spool_cursor *c = spool_cursor_new(s, "export");
    struct spool_record r;
    unsigned refused = 0;
    enum err_code e;

    if (c == NULL)
        return err_set(err, ERR_NOMEM, s->dir, "no memory for a cursor");
    c->next = s->segment_count != 0 ? s->segments[0].first : s->next;
    c->settled = c->next - 1;
    do {
        e = spool_read(c, &r, 0, err);
        refused = e == ERR_IO ? refused + 1 : 0;
    } while ((e == ERR_OK && fn(ctx, &r)) ||
             (refused != 0 && refused < READ_TRIES));
    spool_cursor_free(c);
    return e == ERR_AGAIN ? ERR_OK : e;
}

enum err_code
spool_repair(const char *dir, bool apply, struct buf *report, struct err *err)
{
    struct spool_options o = {.dir = dir};
    struct spool *s;
    enum err_code e =
        spool_inspect(dir, SPOOL_FULL, write_actions, report, err);

    if (e != ERR_OK || !apply)
        return e;
    e = spool_open_manual(&o, &s, NULL, err);
    if (e != ERR_OK)
        return e;
    e = read_all(s, ignore_record, NULL, err); /* copies damage aside */
    spool_close(s);
    return e;
}

enum err_code
spool_export(const char *dir, spool_export_fn fn, void *ctx, struct err *err)
{
    struct inspect in = {.fn = NULL};
    enum err_code e = open_readonly(dir, true, &in, err);

    if (e != ERR_OK)
        return e;
    e = read_all(in.s, fn, ctx, err);
    spool_release(in.s);
    return e;
}
