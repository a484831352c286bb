/* SPDX-License-Identifier: Apache-2.0 */
/* One captured frame: link layer, IPv4 (RFC 791) or IPv6 (RFC 8200), then TCP
 * or UDP. Checksums are not looked at: a capture on the sending machine has
 * them still empty. */
#ifndef CONFORMANCE_CAPTURE_PACKET_H
#define CONFORMANCE_CAPTURE_PACKET_H

#include "conformance/capture/fragment.h"
#include "conformance/capture/tcp.h"

/* Link types (tcpdump.org/linktypes.html) that are read. */
enum packet_link {
    PACKET_NULL = 0,       /* BSD loopback: family in the host's order */
    PACKET_ETHERNET = 1,   /* with VLAN tags */
    PACKET_RAW_OLD = 12,   /* raw IP, by another number */
    PACKET_RAW_OLDER = 14, /* the same of OpenBSD */
    PACKET_RAW = 101,
    PACKET_LOOP = 108, /* OpenBSD loopback: family in network order */
    PACKET_SLL = 113,  /* Linux cooked */
    PACKET_IPV4 = 228,
    PACKET_IPV6 = 229,
    PACKET_SLL2 = 276
};

/* packet_link_known(link): frames of this link type are read. */
bool packet_link_known(uint32_t link);

enum packet_kind {
    PACKET_FOREIGN,
    PACKET_FRAGMENT, /* of a datagram that is not whole yet */
    PACKET_BROKEN, /* ... that never will be: malformed, overlapping, too much */
    PACKET_TCP,
    PACKET_UDP
};

/* packet_read(link, frame, missing, parts, out): what ${frame} carries; ${missing}
 * bytes of it were not captured. Fragments are gathered in ${parts}; the one that
 * makes a datagram whole carries it (its payload lives until the next call). Fills all of ${out} but the packet number for
 * TCP, and its ends, payload and cut for UDP. */
enum packet_kind packet_read(uint32_t link, struct bytes frame, size_t missing,
                             struct fragments *parts, struct tcp_segment *out);

#endif
