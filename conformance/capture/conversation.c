/* SPDX-License-Identifier: Apache-2.0 */
/* What every stream has in common: held bytes, recognition, gaps, places. */
#include "conformance/capture/conversation.h"

#include <stdio.h>
#include <stdlib.h>

#include "conformance/capture/internal.h"

/* More than a head, a frame header or a greeting needs; longer means that a
 * reader waits for something that does not come. */
#define HELD_MAX (CAPTURE_DOCUMENT_MAX + CAPTURE_HEAD_MAX)

static const struct protocol *const protocols[] = {
    &protocol_request, &protocol_response, &protocol_octets,
    &protocol_lines,   &protocol_zmtp,     NULL,
};

struct conversation *
conversation_new(struct capture_sink *sink, const char *const name[2], bool tls)
{
    struct conversation *c = calloc(1, sizeof *c);

    if (c == NULL) {
        sink->nomem = true;
        return NULL;
    }
    c->sink = sink;
    c->tls = tls;
    for (unsigned d = 0; d < 2; d++) {
        c->way[d].c = c;
        c->way[d].number = d;
        (void)snprintf(c->name[d], sizeof c->name[d], "%s", name[d]);
    }
    sink->counts->streams++;
    return c;
}

void
conversation_free(struct conversation *c)
{
    if (c == NULL)
        return;
    for (unsigned d = 0; d < 2; d++) {
        buf_free(&c->way[d].held);
        buf_free(&c->way[d].body);
    }
    free(c);
}

void
direction_mark(struct direction *d, size_t n)
{
    d->marked = true;
    d->from_offset = d->offset + n;
    d->from_packet = d->packet;
}

void
direction_document(struct direction *d, struct bytes text,
                   const char *interface, bool too_long)
{
    struct capture_sink *sink = d->c->sink;
    char place[CAPTURE_PLACE_MAX];
    const struct capture_document doc = {.text = text,
                                         .interface = interface,
                                         .place = place,
                                         .direction = d->number,
                                         .too_long = too_long};

    if (!d->marked) {
        d->from_offset = d->offset;
        d->from_packet = d->packet;
    }
    if (d->from_packet > 0)
        (void)snprintf(place, sizeof place, "packet %llu, %s, byte %llu",
                       (unsigned long long)d->from_packet,
                       d->c->name[d->number],
                       (unsigned long long)d->from_offset);
    else
        (void)snprintf(place, sizeof place, "%s, byte %llu",
                       d->c->name[d->number],
                       (unsigned long long)d->from_offset);
    sink->counts->documents++;
    sink->document(sink->ctx, &doc);
}

void
direction_lost(struct direction *d, uint64_t *counter)
{
    d->dead = true;
    ++*counter;
    buf_free(&d->held);
    buf_free(&d->body);
}

static bool
is_tls(struct bytes b)
{
    return b.len >= 3 && b.data[0] == 0x16 && b.data[1] == 3 &&
           (unsigned char)b.data[2] <= 4;
}

/* Which protocol the held bytes are; false: none, or not yet. */
static bool
recognise(struct direction *d, struct bytes b)
{
    struct capture_counts *n = d->c->sink->counts;
    bool open = false;

    for (size_t i = 0; protocols[i] != NULL; i++) {
        int looks = protocols[i]->looks(b);

        open |= looks < 0;
        if (looks <= 0)
            continue;
        d->protocol = protocols[i];
        memset(&d->u, 0, sizeof d->u);
        return true;
    }
    if (is_tls(b))
        direction_lost(d, &n->encrypted);
    else if (!open || d->ended)
        direction_lost(d, &n->unknown);
    return false;
}

/* As much as can be read of what is held. One memmove a call, not a message:
 * ${used} runs ahead. */
static void
advance(struct direction *d)
{
    size_t used = 0;

    while (!d->dead) {
        struct bytes rest = bytes_from(buf_view(&d->held), used);
        size_t n;

        if (rest.len == 0 && !d->ended)
            break;
        if (d->protocol == NULL && (rest.len == 0 || !recognise(d, rest)))
            break;
        n = d->protocol->take(d, rest);
        if (n == 0)
            break;
        if (n > rest.len) { /* further bytes are passed over as they come */
            d->skip = n - rest.len;
            n = rest.len;
        }
        used += n;
        d->offset += n;
        d->packet = d->last; /* what is left came with the last bytes */
        if (d->skip > 0 && rest.len == n)
            break;
    }
    if (d->dead || used == 0)
        return;
    d->held.len -= used;
    memmove(d->held.data, d->held.data + used, d->held.len);
}

void
conversation_bytes(struct conversation *c, unsigned number, struct bytes b,
                   uint64_t packet)
{
    struct direction *d = &c->way[number];
    size_t skip = b.len < d->skip ? b.len : (size_t)d->skip;

    d->skip -= skip;
    d->offset += skip;
    b = bytes_from(b, skip);
    if (d->dead || d->ended || b.len == 0)
        return;
    if (d->held.len == 0)
        d->packet = packet;
    d->last = packet;
    buf_bytes(&d->held, b);
    if (!buf_ok(&d->held)) {
        c->sink->nomem = true;
        direction_lost(d, &c->sink->counts->limits);
        return;
    }
    advance(d);
    if (!d->dead && d->held.len > HELD_MAX)
        direction_lost(d, &c->sink->counts->limits);
}

void
conversation_gap(struct conversation *c, unsigned number, uint64_t n)
{
    struct direction *d = &c->way[number];
    uint64_t past = d->offset + d->held.len + n;

    c->sink->counts->gaps++;
    if (d->skip >= n) { /* the hole lies in what nobody wants */
        d->skip -= n;
        d->offset += n;
        return;
    }
    if (d->dead)
        return;
    if (d->protocol != NULL && !d->protocol->resumes) {
        direction_lost(d, &c->sink->counts->unknown);
        return;
    }
    d->protocol = NULL; /* a new beginning, recognised like the first */
    d->skip = 0;
    d->offset = past;
    c->asked_count = 0;
    buf_reset(&d->held);
    buf_reset(&d->body);
}

void
conversation_end(struct conversation *c, unsigned number)
{
    struct direction *d = &c->way[number];

    if (d->dead || d->ended)
        return;
    d->ended = true;
    advance(d);
    buf_free(&d->held);
    buf_free(&d->body);
}

void
conversation_datagram(struct capture_sink *sink, const char *name,
                      struct bytes b, uint64_t packet)
{
    char place[CAPTURE_PLACE_MAX];
    struct capture_document doc = {.interface = "syslog-udp", .place = place};

    sink->counts->streams++;
    if (protocol_lines.looks(b) != 1) {
        sink->counts->unknown++;
        return;
    }
    if (!syslog_document(b, &doc.text)) {
        sink->counts->ignored++;
        return;
    }
    if (packet > 0)
        (void)snprintf(place, sizeof place, "packet %llu, %s",
                       (unsigned long long)packet, name);
    else
        (void)snprintf(place, sizeof place, "%s", name);
    sink->counts->documents++;
    sink->document(sink->ctx, &doc);
}
