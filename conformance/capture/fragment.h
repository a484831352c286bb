/* SPDX-License-Identifier: Apache-2.0 */
/* IP fragments put together again: IPv4 (RFC 791 3.2, by the holes of RFC 815) and
 * IPv6 (RFC 8200 4.5). Fragments that overlap spoil their datagram (RFC 5722;
 * for IPv4 too: what a receiver made of it cannot be known), the same one again
 * does not. Bounded: who sends only first fragments holds no memory. */
#ifndef CONFORMANCE_CAPTURE_FRAGMENT_H
#define CONFORMANCE_CAPTURE_FRAGMENT_H

#include "formats/base/buf.h"

#define FRAGMENT_OPEN_MAX  64    /* datagrams at once; the oldest gives way */
#define FRAGMENT_PIECE_MAX 128   /* fragments of a datagram */
#define FRAGMENT_BYTES_MAX 65535 /* of a datagram */

struct fragment {
    uint8_t from[16], to[16]; /* IPv4 in the first four bytes */
    bool v6;
    uint32_t id;
    unsigned protocol; /* of the payload; of IPv6 from its first fragment */
    size_t offset;     /* in the datagram's payload, bytes */
    bool more;         /* it is not the last */
    struct bytes payload;
};

struct fragments;

struct fragments *fragments_new(void); /* NULL: out of memory */
void fragments_free(struct fragments *f);

enum fragment_end {
    FRAGMENT_WAITS, /* others are missing */
    FRAGMENT_WHOLE, /* *payload is the datagram's, until the next call */
    FRAGMENT_LOST   /* it is malformed, overlaps, or is too much */
};

/* fragments_take(f, p, payload, protocol): one more; ${p} is borrowed. *protocol
 * is filled with *payload. One thread. */
enum fragment_end fragments_take(struct fragments *f, const struct fragment *p,
                                 struct bytes *payload, unsigned *protocol);

/* fragments_held(f): fragments of datagrams that were never whole. */
uint64_t fragments_held(const struct fragments *f);

#endif
