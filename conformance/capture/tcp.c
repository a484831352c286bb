/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/capture/tcp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/base/hash.h"

#define BUCKETS 4096 /* a power of two */

struct waiting { /* a segment that came before its turn; sorted by sequence */
    struct waiting *next;
    uint32_t sequence;
    uint64_t packet;
    size_t len;
    char data[];
};

struct half { /* what one end sends */
    struct waiting *first;
    uint32_t expect; /* the next sequence number */
    uint32_t isn;    /* of the SYN, when synced */
    size_t held, segments;
    bool begun, synced, fin;
    uint32_t fin_at;
};

struct flow {
    struct flow *chain;         /* of the bucket */
    struct flow *older, *newer; /* of all, by last use */
    uint32_t bucket;
    struct tcp_endpoint end[2]; /* end[d] sends direction d */
    bool v6;
    struct conversation *conversation; /* NULL: over */
    struct half half[2];
};

struct tcp {
    struct capture_sink *sink;
    struct flow *bucket[BUCKETS];
    struct flow *oldest, *newest;
    size_t flows;
};

struct tcp *
tcp_new(struct capture_sink *sink)
{
    struct tcp *t = calloc(1, sizeof *t);

    if (t == NULL)
        sink->nomem = true;
    else
        t->sink = sink;
    return t;
}

void
tcp_name(const struct tcp_endpoint *from, const struct tcp_endpoint *to,
         bool v6, char *out, size_t size)
{
    char a[INET6_ADDRSTRLEN] = "?", b[INET6_ADDRSTRLEN] = "?";
    int family = v6 ? AF_INET6 : AF_INET;

    (void)inet_ntop(family, from->address, a, sizeof a);
    (void)inet_ntop(family, to->address, b, sizeof b);
    (void)snprintf(out, size, v6 ? "[%s]:%u>[%s]:%u" : "%s:%u>%s:%u", a,
                   from->port, b, to->port);
}

/* ---- flows */

static bool
same(const struct tcp_endpoint *a, const struct tcp_endpoint *b)
{
    return a->port == b->port && memcmp(a->address, b->address, 16) == 0;
}

/* The same for both directions. */
static uint32_t
bucket_of(const struct tcp_segment *s)
{
    uint32_t h = hash_key((const char *)s->from.address, 16) + s->from.port;

    h += hash_key((const char *)s->to.address, 16) + s->to.port;
    return (h ^ h >> 12) & (BUCKETS - 1);
}

static void
unlink_age(struct tcp *t, struct flow *f)
{
    *(f->older ? &f->older->newer : &t->oldest) = f->newer;
    *(f->newer ? &f->newer->older : &t->newest) = f->older;
}

static void
make_newest(struct tcp *t, struct flow *f)
{
    f->older = t->newest;
    f->newer = NULL;
    *(t->newest ? &t->newest->newer : &t->oldest) = f;
    t->newest = f;
}

static void
drop_waiting(struct half *h)
{
    while (h->first != NULL) {
        struct waiting *w = h->first;

        h->first = w->next;
        free(w);
    }
    h->held = h->segments = 0;
}

static void
deliver(struct flow *f, unsigned d, struct bytes b, uint64_t packet)
{
    f->half[d].expect += (uint32_t)b.len;
    if (f->conversation != NULL)
        conversation_bytes(f->conversation, d, b, packet);
}

/* What of ${b}, at ${sequence}, is new and next: true and delivered. */
static bool
next_bytes(struct flow *f, unsigned d, uint32_t sequence, struct bytes b,
           uint64_t packet)
{
    int32_t ahead = (int32_t)(sequence - f->half[d].expect);

    if (ahead > 0)
        return false;
    b = bytes_from(b, (size_t) - (int64_t)ahead); /* seen already */
    if (b.len > 0)
        deliver(f, d, b, packet);
    return true;
}

static void
drain(struct flow *f, unsigned d)
{
    struct half *h = &f->half[d];
    struct waiting *w;

    while (
        (w = h->first) != NULL &&
        next_bytes(f, d, w->sequence, bytes_of(w->data, w->len), w->packet)) {
        h->first = w->next;
        h->held -= w->len;
        h->segments--;
        free(w);
    }
    if (h->fin && (int32_t)(h->expect - h->fin_at) >= 0 &&
        f->conversation != NULL)
        conversation_end(f->conversation, d);
}

/* Give up the hole before the first waiting segment. */
static void
pass_hole(struct flow *f, unsigned d)
{
    struct half *h = &f->half[d];
    uint32_t n = h->first->sequence - h->expect;

    if (f->conversation != NULL)
        conversation_gap(f->conversation, d, n);
    h->expect = h->first->sequence;
    drain(f, d);
}

/* What was not closed is not over: half a line at the end of a capture is no
 * message, so only a FIN ends a direction (drain). */
static void
end_flow(struct flow *f)
{
    for (unsigned d = 0; d < 2; d++) {
        while (f->half[d].first != NULL)
            pass_hole(f, d);
    }
    conversation_free(f->conversation);
    f->conversation = NULL;
}

static void
free_flow(struct tcp *t, struct flow *f)
{
    struct flow **p = &t->bucket[f->bucket];

    end_flow(f);
    while (*p != f)
        p = &(*p)->chain;
    *p = f->chain;
    unlink_age(t, f);
    t->flows--;
    free(f);
}

static void
begin(struct tcp *t, struct flow *f, const struct tcp_segment *s)
{
    char name[2][CAPTURE_PLACE_MAX / 2];
    const char *const names[2] = {name[0], name[1]};

    tcp_name(&s->from, &s->to, s->v6, name[0], sizeof name[0]);
    tcp_name(&s->to, &s->from, s->v6, name[1], sizeof name[1]);
    f->end[0] = s->from;
    f->end[1] = s->to;
    f->v6 = s->v6;
    memset(f->half, 0, sizeof f->half);
    f->conversation = conversation_new(t->sink, names, false);
}

static struct flow *
add_flow(struct tcp *t, const struct tcp_segment *s, uint32_t bucket)
{
    struct flow *f = calloc(1, sizeof *f);

    if (f == NULL) {
        t->sink->nomem = true;
        return NULL;
    }
    if (t->flows >= TCP_FLOWS_MAX) {
        if (t->oldest->conversation != NULL)
            t->sink->counts->limits++;
        free_flow(t, t->oldest);
    }
    f->bucket = bucket;
    f->chain = t->bucket[bucket];
    t->bucket[bucket] = f;
    t->flows++;
    make_newest(t, f);
    begin(t, f, s);
    return f;
}

static struct flow *
flow_of(struct tcp *t, const struct tcp_segment *s, unsigned *d)
{
    uint32_t bucket = bucket_of(s);
    struct flow *f = t->bucket[bucket];

    for (; f != NULL; f = f->chain) {
        *d = same(&f->end[0], &s->from) && same(&f->end[1], &s->to)   ? 0
             : same(&f->end[1], &s->from) && same(&f->end[0], &s->to) ? 1
                                                                      : 2;
        if (*d < 2 && f->v6 == s->v6)
            break;
    }
    if (f == NULL) {
        *d = 0;
        return add_flow(t, s, bucket);
    }
    unlink_age(t, f);
    make_newest(t, f);
    return f;
}

/* ---- segments */

static void
wait_turn(struct tcp *t, struct flow *f, unsigned d,
          const struct tcp_segment *s, uint32_t sequence)
{
    struct half *h = &f->half[d];
    struct waiting **p = &h->first;
    struct waiting *w;

    while (*p != NULL && (int32_t)((*p)->sequence - sequence) < 0)
        p = &(*p)->next;
    if (*p != NULL && (*p)->sequence == sequence && (*p)->len >= s->payload.len)
        return; /* the same again */
    w = malloc(sizeof *w + s->payload.len);
    if (w == NULL) {
        t->sink->nomem = true;
        return;
    }
    w->sequence = sequence;
    w->packet = s->packet;
    w->len = s->payload.len;
    memcpy(w->data, s->payload.data, w->len);
    w->next = *p;
    *p = w;
    h->held += w->len;
    h->segments++;
    if (h->held > TCP_HELD_MAX || h->segments > TCP_SEGMENTS_MAX)
        pass_hole(f, d);
}

/* A SYN begins a connection; on used ports a new one. */
static void
take_syn(struct tcp *t, struct flow *f, unsigned *d,
         const struct tcp_segment *s)
{
    struct half *h = &f->half[*d];

    if (h->synced && h->isn == s->sequence)
        return; /* the same again */
    if (h->begun) {
        end_flow(f);
        drop_waiting(&f->half[0]);
        drop_waiting(&f->half[1]);
        begin(t, f, s);
        *d = 0;
        h = &f->half[0];
    }
    h->expect = s->sequence + 1;
    h->isn = s->sequence;
    h->begun = h->synced = true;
}

static void
take_payload(struct tcp *t, struct flow *f, unsigned d,
             const struct tcp_segment *s)
{
    uint32_t sequence = s->sequence + s->syn;
    struct half *h = &f->half[d];

    if (!h->begun) { /* the capture began in the middle */
        h->begun = true;
        h->expect = sequence;
    }
    if (s->fin && !h->fin) {
        h->fin = true;
        h->fin_at = sequence + (uint32_t)(s->payload.len + s->cut);
    }
    if (s->payload.len > 0 &&
        !next_bytes(f, d, sequence, s->payload, s->packet))
        wait_turn(t, f, d, s, sequence);
    else if (s->cut > 0 && h->expect == sequence + (uint32_t)s->payload.len) {
        if (f->conversation != NULL)
            conversation_gap(f->conversation, d, s->cut);
        h->expect += (uint32_t)s->cut;
    }
    drain(f, d);
}

void
tcp_take(struct tcp *t, const struct tcp_segment *s)
{
    unsigned d = 0;
    struct flow *f = flow_of(t, s, &d);

    if (f == NULL)
        return;
    if (s->syn)
        take_syn(t, f, &d, s);
    if (s->payload.len > 0 || s->fin || s->cut > 0)
        take_payload(t, f, d, s);
    if (s->rst)
        end_flow(f);
}

void
tcp_end(struct tcp *t)
{
    while (t->oldest != NULL)
        free_flow(t, t->oldest);
}

void
tcp_free(struct tcp *t)
{
    if (t == NULL)
        return;
    tcp_end(t);
    free(t);
}
