/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and octet counts. One byte more than the limit is held, so that a CR
 * before the LF does not count against a line of exactly the limit. */
#include "formats/codec/framer.h"

/* A buffer that one huge frame made large is given back, or a thousand quiet
 * connections would each keep a megabyte. */
#define HELD_KEEP ((size_t)64 << 10)

void
framer_init(struct framer *f, enum framer_kind kind, size_t max,
            uint64_t offset)
{
    *f = (struct framer){.kind = kind, .offset = offset};
    f->max = max != 0 ? max : FRAMER_MAX_FRAME;
    buf_init(&f->held, f->max + 1);
}

void
framer_free(struct framer *f)
{
    buf_free(&f->held);
    f->state = FRAMER_AT_START;
}

static void
advance(struct framer *f, struct bytes *in, size_t n)
{
    *in = bytes_from(*in, n);
    f->offset += n;
}

static void
begin(struct framer *f, enum framer_state state)
{
    f->state = state;
    f->held_start = f->offset;
    f->over = false;
    f->drop = false;
    if (f->held.cap > HELD_KEEP) {
        buf_free(&f->held);
        buf_init(&f->held, f->max + 1);
    } else {
        buf_reset(&f->held);
    }
}

/* Keep what fits; the rest of the frame is skipped. */
static void
hold(struct framer *f, struct bytes part)
{
    size_t room = f->drop ? 0 : f->max + 1 - f->held.len;
    size_t n = part.len < room ? part.len : room;
    size_t before = f->held.len;

    buf_add(&f->held, part.data, n);
    n = f->held.len - before; /* 0 when memory ran out */
    if (n < part.len) {
        f->over = true;
        f->skipped += part.len - n;
    }
}

/* Only of a frame that could have been held whole, so that the same bytes give
 * the same frame however they arrive. */
static bool
ends_with(const struct framer *f, struct bytes data, char c)
{
    return !f->over && data.len != 0 && data.len <= f->max + 1 &&
           data.data[data.len - 1] == c;
}

/* The frame is complete: cut it, strip its line end, count it. False when
 * nothing is left of it. */
static bool
finish(struct framer *f, struct bytes data, bool line_end, struct frame *out)
{
    f->state = FRAMER_AT_START;
    if (f->drop)
        return false;
    if (line_end && ends_with(f, data, '\r'))
        data.len--;
    if (data.len == 0) {
        f->empty++;
        return false;
    }
    out->cut = f->over;
    if (data.len > f->max) {
        f->skipped += data.len - f->max;
        data.len = f->max;
        out->cut = true;
    }
    out->data = data;
    out->start = f->held_start;
    out->end = f->offset;
    f->frames++;
    f->cut += out->cut;
    return true;
}

static bool
line_step(struct framer *f, struct bytes *in, struct frame *out)
{
    size_t n = bytes_find(*in, '\n');
    bool ended = n < in->len;
    struct bytes data = bytes_upto(*in, n);

    if (!ended || f->held.len != 0 || f->over || f->drop) {
        hold(f, data);
        data = buf_view(&f->held);
    }
    advance(f, in, ended ? n + 1 : n);
    return ended && finish(f, data, true, out);
}

/* The count of an octet-counted frame, digit by digit. Returns false when the
 * stream is broken. */
static bool
count_step(struct framer *f, struct bytes *in)
{
    char c = in->data[0];
    bool digit = c >= '0' && c <= '9';
    bool ends = c == ' ' && f->held.len > 0;

    if (digit && f->held.len < FRAMER_COUNT_DIGITS &&
        !(c == '0' && f->held.len == 0)) {
        buf_char(&f->held, c);
        advance(f, in, 1);
    } else if (ends && bytes_to_u64(buf_view(&f->held), UINT64_MAX, &f->left)) {
        advance(f, in, 1);
        buf_reset(&f->held);
        f->state = FRAMER_IN_OCTETS;
    } else if (f->kind == FRAMER_OCTETS) {
        f->broken = true;
        return false;
    } else {
        f->state = FRAMER_IN_LINE; /* the digits were the line's beginning */
    }
    return true;
}

static bool
octets_step(struct framer *f, struct bytes *in, struct frame *out)
{
    size_t n = in->len < f->left ? in->len : (size_t)f->left;
    struct bytes data = bytes_upto(*in, n);
    bool line_end = false;

    f->left -= n;
    if (f->left != 0 || f->held.len != 0 || f->over || f->drop) {
        hold(f, data);
        data = buf_view(&f->held);
    }
    advance(f, in, n);
    if (f->left != 0)
        return false;
    /* Many senders count a line end in. */
    if (ends_with(f, data, '\n')) {
        data.len--;
        line_end = true;
    }
    return finish(f, data, line_end, out);
}

/* Decide what the next frame is from its first byte. */
static void
start_step(struct framer *f, struct bytes *in)
{
    char c = in->data[0];

    if (f->kind == FRAMER_LINES) {
        begin(f, FRAMER_IN_LINE);
    } else if (f->kind == FRAMER_OCTETS && (c == '\n' || c == '\r')) {
        advance(f, in, 1); /* a line end behind a counted message */
    } else if (f->kind == FRAMER_OCTETS || (c >= '1' && c <= '9')) {
        begin(f, FRAMER_IN_COUNT);
    } else {
        begin(f, FRAMER_IN_LINE);
    }
}

bool
framer_next(struct framer *f, struct bytes *in, struct frame *out)
{
    while (in->len != 0 && !f->broken) {
        switch (f->state) {
        case FRAMER_AT_START:
            start_step(f, in);
            break;
        case FRAMER_IN_COUNT:
            if (!count_step(f, in))
                return false;
            break;
        case FRAMER_IN_LINE:
            if (line_step(f, in, out))
                return true;
            break;
        case FRAMER_IN_OCTETS:
            if (octets_step(f, in, out))
                return true;
            break;
        }
    }
    return false;
}

bool
framer_pending(const struct framer *f)
{
    if (f->state == FRAMER_AT_START || f->drop || f->held.len == 0)
        return false;
    return f->state != FRAMER_IN_COUNT || f->kind != FRAMER_OCTETS;
}

bool
framer_flush(struct framer *f, struct frame *out)
{
    enum framer_state state = f->state;
    struct bytes data = buf_view(&f->held);
    bool given;

    if (!framer_pending(f))
        return false;
    if (state == FRAMER_IN_OCTETS)
        f->over = true; /* half a message */
    given = finish(f, data, true, out);
    if (given && out->cut) {
        f->state = state;
        f->drop = true;
    }
    return given;
}
