/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/capture/fragment.h"

#include <stdlib.h>

struct piece {
    size_t from, to; /* in the payload */
};

struct open { /* a datagram of which something came */
    uint8_t from[16], to[16];
    bool v6, used;
    uint32_t id;
    unsigned protocol;
    uint64_t age;
    bool spoilt; /* what else comes of it is not looked at */
    bool ended;  /* the last one came: */
    size_t len;  /* ... the payload is so long */
    size_t have; /* bytes that came */
    struct piece piece[FRAGMENT_PIECE_MAX];
    size_t pieces;
    struct buf text; /* owned */
};

struct fragments {
    struct open open[FRAGMENT_OPEN_MAX];
    uint64_t age, given_up; /* given_up: fragments */
    struct buf whole;       /* owned: the last one that was */
};

struct fragments *
fragments_new(void)
{
    return calloc(1, sizeof(struct fragments));
}

void
fragments_free(struct fragments *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < FRAGMENT_OPEN_MAX; i++)
        buf_free(&f->open[i].text);
    buf_free(&f->whole);
    free(f);
}

uint64_t
fragments_held(const struct fragments *f)
{
    uint64_t n = f->given_up;

    for (size_t i = 0; i < FRAGMENT_OPEN_MAX; i++)
        n += f->open[i].used && !f->open[i].spoilt ? f->open[i].pieces : 0;
    return n;
}

/* RFC 791: source, destination, protocol and identification; RFC 8200: the same
 * without the protocol. */
static bool
same(const struct open *o, const struct fragment *p)
{
    return o->used && o->v6 == p->v6 && o->id == p->id &&
           (p->v6 || o->protocol == p->protocol) &&
           memcmp(o->from, p->from, 16) == 0 && memcmp(o->to, p->to, 16) == 0;
}

/* The datagram of ${p}; a new one takes the place that is free or oldest. */
static struct open *
open_of(struct fragments *f, const struct fragment *p)
{
    struct open *place = &f->open[0];
    struct buf text;

    for (size_t i = 0; i < FRAGMENT_OPEN_MAX; i++) {
        struct open *o = &f->open[i];

        if (same(o, p))
            return o;
        if (place->used && (!o->used || o->age < place->age))
            place = o;
    }
    f->given_up += place->used && !place->spoilt ? place->pieces : 0;
    text = place->text;
    buf_reset(&text);
    memset(place, 0, sizeof *place);
    place->text = text;
    memcpy(place->from, p->from, 16);
    memcpy(place->to, p->to, 16);
    place->v6 = p->v6;
    place->id = p->id;
    place->protocol = p->protocol;
    place->used = true;
    place->age = ++f->age;
    return place;
}

static enum fragment_end
spoil(struct fragments *f, struct open *o)
{
    f->given_up += o->pieces;
    o->spoilt = true;
    buf_free(&o->text);
    return FRAGMENT_LOST;
}

/* 1: new; 0: the same again; -1: overlaps another one. */
static int
place_of(const struct open *o, const struct fragment *p)
{
    size_t to = p->offset + p->payload.len;

    for (size_t i = 0; i < o->pieces; i++) {
        const struct piece *q = &o->piece[i];

        if (q->from == p->offset && q->to == to)
            return memcmp(o->text.data + q->from, p->payload.data,
                          p->payload.len) == 0
                       ? 0
                       : -1;
        if (p->offset < q->to && q->from < to)
            return -1;
    }
    return 1;
}

static bool
put(struct open *o, const struct fragment *p)
{
    size_t to = p->offset + p->payload.len;

    if (o->text.len < to) {
        size_t more = to - o->text.len;

        if (!buf_reserve(&o->text, more))
            return false;
        memset(o->text.data + o->text.len, 0, more);
        o->text.len = to;
    }
    memcpy(o->text.data + p->offset, p->payload.data, p->payload.len);
    o->piece[o->pieces++] = (struct piece){p->offset, to};
    o->have += p->payload.len;
    return true;
}

enum fragment_end
fragments_take(struct fragments *f, const struct fragment *p,
               struct bytes *payload, unsigned *protocol)
{
    struct open *o = open_of(f, p);
    size_t to = p->offset + p->payload.len;
    int place;

    if (o->spoilt)
        return FRAGMENT_LOST;
    if (p->payload.len == 0 || to > FRAGMENT_BYTES_MAX ||
        (p->more && p->payload.len % 8 != 0) || o->pieces == FRAGMENT_PIECE_MAX)
        return spoil(f, o);
    if ((!p->more && o->ended && o->len != to) || (o->ended && to > o->len) ||
        (!p->more && to < o->text.len))
        return spoil(f, o);
    place = place_of(o, p);
    if (place < 0 || (place > 0 && !put(o, p)))
        return spoil(f, o);
    if (p->offset == 0)
        o->protocol = p->protocol; /* RFC 8200: the first one's counts */
    if (!p->more) {
        o->ended = true;
        o->len = to;
    }
    if (!o->ended || o->have < o->len)
        return FRAGMENT_WAITS;
    buf_reset(&f->whole);
    buf_bytes(&f->whole, buf_view(&o->text));
    *payload = buf_view(&f->whole);
    *protocol = o->protocol;
    o->used = false;
    buf_free(&o->text);
    return buf_ok(&f->whole) ? FRAGMENT_WHOLE : FRAGMENT_LOST;
}
