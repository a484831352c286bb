/* SPDX-License-Identifier: Apache-2.0 */
/* Positions as a blob of at most 63 KiB: version, then a row a file,
 * numbers as LEB128, device and inode as differences from the row before. Names are not in it: the
 * inode and the fingerprint find the file whatever it is called now. */
#include "agent/source/file.h"
#include "transport/clock.h"

#define SAVE_VERSION    1
#define FLAG_DRAINED    1 /* read to its end */
#define FLAG_FULL_PRINT 2 /* the fingerprint covers FILE_FINGERPRINT bytes */
#define FLAG_GONE       4
#define FLAGS_KNOWN     7

static void
put_number(struct buf *out, uint64_t v)
{
    while (v >= 0x80) {
        buf_char(out, (char)(v | 0x80));
        v >>= 7;
    }
    buf_char(out, (char)v);
}

static bool
get_number(struct bytes *in, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 64 && in->len != 0; shift += 7) {
        uint64_t b = (unsigned char)in->data[0];

        *in = bytes_from(*in, 1);
        *v |= (b & 0x7F) << shift;
        if (b < 0x80)
            return shift < 63 || b < 2;
    }
    return false;
}

static void
put_tail(struct buf *out, const struct tail *t, uint64_t dev, uint64_t ino)
{
    bool gone = t->state == TAIL_GONE;
    bool drained = gone || (t->at_end && t->taken >= t->size);
    bool full = t->print.len == FILE_FINGERPRINT;

    if (t->state == TAIL_RESTORED)
        drained = t->drained;
    buf_char(out,
             (char)((drained ? FLAG_DRAINED : 0) |
                    (full ? FLAG_FULL_PRINT : 0) | (gone ? FLAG_GONE : 0)));
    put_number(out, t->dev - dev);
    put_number(out, t->dev == dev ? t->ino - ino : t->ino);
    if (!full)
        put_number(out, t->print.len);
    buf_add(out, (const char *)t->print.hash, sizeof t->print.hash);
    put_number(out, t->generation);
    put_number(out, t->taken);
}

/* Of all states; those that are gone go first when there is no room. */
static bool
put_all(struct file_source *s, struct buf *out, bool with_gone)
{
    uint64_t dev = 0, ino = 0;
    size_t before = out->len;

    buf_char(out, SAVE_VERSION);
    for (size_t i = 0; i < s->tails; i++) {
        const struct tail *t = s->tail[i];

        if (t->state == TAIL_REJECTED || (t->state == TAIL_GONE && !with_gone))
            continue;
        put_tail(out, t, dev, ino);
        dev = t->dev;
        ino = t->ino;
        if (out->len - before > FILE_SAVE_MAX)
            return false;
    }
    return true;
}

void
file_save_tails(struct file_source *s, struct buf *out)
{
    size_t before = out->len;

    if (put_all(s, out, true))
        return;
    buf_cut(out, before);
    if (put_all(s, out, false) || s->save_said)
        return;
    s->save_said = true;
    file_trouble(s, ERR_LIMIT, s->pattern,
                 "too many files: not every position can be kept");
}

static bool
get_tail(struct bytes *in, struct tail *t, uint64_t *dev, uint64_t *ino)
{
    uint64_t flags, d, i, print = FILE_FINGERPRINT, generation;

    if (!get_number(in, &flags) || (flags & ~(uint64_t)FLAGS_KNOWN) != 0 ||
        !get_number(in, &d) || !get_number(in, &i) ||
        (!(flags & FLAG_FULL_PRINT) && !get_number(in, &print)) ||
        print > FILE_FINGERPRINT || in->len < sizeof t->print.hash)
        return false;
    t->print.len = (uint16_t)print;
    memcpy(t->print.hash, in->data, sizeof t->print.hash);
    *in = bytes_from(*in, sizeof t->print.hash);
    if (!get_number(in, &generation) || generation > UINT32_MAX ||
        !get_number(in, &t->taken) || t->taken > INT64_MAX)
        return false;
    *ino = d == 0 ? *ino + i : i;
    *dev += d;
    t->dev = t->dev_now = *dev;
    t->ino = *ino;
    t->generation = (uint32_t)generation;
    t->drained = (flags & (FLAG_DRAINED | FLAG_GONE)) != 0;
    t->state = (flags & FLAG_GONE) ? TAIL_GONE : TAIL_RESTORED;
    return true;
}

enum err_code
file_load_tails(struct file_source *s, struct bytes saved, struct err *err)
{
    uint64_t dev = 0, ino = 0;

    if (saved.len == 0)
        return ERR_OK;
    if (saved.data[0] != SAVE_VERSION)
        return err_set(err, ERR_VERSION, s->name,
                       "the saved positions are of version %d, not %d",
                       saved.data[0], SAVE_VERSION);
    saved = bytes_from(saved, 1);
    while (saved.len != 0) {
        struct tail *t;

        if (s->tails >= FILE_MAX_FILES)
            return err_set(err, ERR_CORRUPT, s->name,
                           "the saved positions name too many files");
        t = tail_new(s);
        if (t == NULL)
            return err_set(err, ERR_NOMEM, s->name, "out of memory");
        if (!get_tail(&saved, t, &dev, &ino))
            return err_set(err, ERR_CORRUPT, s->name,
                           "the saved positions are damaged");
        /* More was known to be there than was read. */
        t->size = t->drained ? t->taken : t->taken + 1;
        t->since_ms = clock_ms();
        tail_seek(s, t, t->taken);
        scan_index(s, t);
    }
    return ERR_OK;
}
