/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/capture/packet.h"

#define ETHER_IPV4  0x0800
#define ETHER_IPV6  0x86DD
#define VLANS_MAX   3
#define HEADERS_MAX 8 /* extension headers of IPv6 */
#define PROTO_TCP   6
#define PROTO_UDP   17

static unsigned
u8(struct bytes b, size_t at)
{
    return (unsigned char)b.data[at];
}

static unsigned
u16(struct bytes b, size_t at)
{
    return u8(b, at) << 8 | u8(b, at + 1);
}

static uint32_t
u32(struct bytes b, size_t at)
{
    return (uint32_t)u16(b, at) << 16 | u16(b, at + 2);
}

/* ---- link layers: how many bytes lie before the IP header, 0: no IP (a raw
 * link has its own row) */

static size_t
ether(struct bytes b, size_t at)
{
    for (int i = 0; i <= VLANS_MAX && b.len >= at + 2; i++, at += 4) {
        unsigned type = u16(b, at);

        if (type == ETHER_IPV4 || type == ETHER_IPV6)
            return at + 2;
        if (type != 0x8100 && type != 0x88A8 && type != 0x9100)
            return 0;
    }
    return 0;
}

static size_t
ethernet(struct bytes b)
{
    return ether(b, 12);
}

static size_t
cooked(struct bytes b)
{
    return ether(b, 14);
}

static size_t
cooked_2(struct bytes b)
{
    unsigned type = b.len >= 20 ? u16(b, 0) : 0;

    return type == ETHER_IPV4 || type == ETHER_IPV6 ? 20 : 0;
}

static size_t
loopback(struct bytes b)
{
    return b.len >= 4 ? 4 : 0; /* the IP header says which family */
}

static const struct {
    uint32_t link;
    size_t (*skip)(struct bytes b); /* NULL: nothing lies before */
} links[] = {
    {PACKET_NULL, loopback}, {PACKET_ETHERNET, ethernet},
    {PACKET_RAW_OLD, NULL},  {PACKET_RAW_OLDER, NULL},
    {PACKET_RAW, NULL},      {PACKET_LOOP, loopback},
    {PACKET_SLL, cooked},    {PACKET_IPV4, NULL},
    {PACKET_IPV6, NULL},     {PACKET_SLL2, cooked_2},
};

#define LINKS (sizeof links / sizeof links[0])

bool
packet_link_known(uint32_t link)
{
    for (size_t i = 0; i < LINKS; i++) {
        if (links[i].link == link)
            return true;
    }
    return false;
}

/* ---- IP: the payload and its protocol */

struct datagram {
    unsigned protocol;
    struct bytes payload;
    size_t cut;
    bool fragment, more;
    uint32_t id;
    size_t offset;
};

/* ${total}: bytes from the IP header on by its own length field. What is longer
 * is padding of the link; what is missing was cut. */
static void
measure(struct datagram *g, struct bytes b, size_t total, size_t header)
{
    g->cut = total > b.len ? total - b.len : 0;
    g->payload = bytes_from(bytes_upto(b, total), header);
}

static bool
ipv4(struct bytes b, size_t missing, struct tcp_segment *out,
     struct datagram *g)
{
    size_t header, total;

    if (b.len < 20)
        return false;
    header = (u8(b, 0) & 15) * 4;
    total = u16(b, 2);
    if (total == 0) /* segmentation by the network card */
        total = b.len + missing;
    if (header < 20 || b.len < header || total < header)
        return false;
    g->fragment = (u16(b, 6) & 0x3FFF) != 0;
    g->more = (u16(b, 6) & 0x2000) != 0;
    g->offset = (size_t)(u16(b, 6) & 0x1FFF) * 8;
    g->id = u16(b, 4);
    g->protocol = u8(b, 9);
    memcpy(out->from.address, b.data + 12, 4);
    memcpy(out->to.address, b.data + 16, 4);
    measure(g, b, total, header);
    return true;
}

static bool
ipv6(struct bytes b, size_t missing, struct tcp_segment *out,
     struct datagram *g)
{
    size_t header = 40, total;

    if (b.len < 40)
        return false;
    total = u16(b, 4) > 0 ? 40 + u16(b, 4) : b.len + missing;
    out->v6 = true;
    memcpy(out->from.address, b.data + 8, 16);
    memcpy(out->to.address, b.data + 24, 16);
    g->protocol = u8(b, 6);
    for (int i = 0; i < HEADERS_MAX; i++) {
        unsigned p = g->protocol;

        if (p != 0 && p != 43 && p != 60 && p != 44 && p != 51)
            break;
        if (b.len < header + 8)
            return false;
        if (p == 44 && (u16(b, header + 2) & 0xFFF9) != 0) {
            g->fragment = true;
            g->more = u16(b, header + 2) & 1;
            g->offset = u16(b, header + 2) & 0xFFF8;
            g->id = u32(b, header + 4);
            g->protocol = u8(b, header);
            header += 8;
            break; /* what follows is a part of the datagram */
        }
        g->protocol = u8(b, header);
        header += p == 44   ? 8
                  : p == 51 ? (u8(b, header + 1) + 2) * 4
                            : (u8(b, header + 1) + 1) * 8;
    }
    if (b.len < header || total < header)
        return false;
    measure(g, b, total, header);
    return true;
}

/* ---- TCP, UDP */

static bool
tcp(const struct datagram *g, struct tcp_segment *out)
{
    struct bytes b = g->payload;
    size_t header;

    if (b.len < 20)
        return false;
    header = (u8(b, 12) >> 4) * 4;
    if (header < 20 || b.len < header)
        return false;
    out->from.port = (uint16_t)u16(b, 0);
    out->to.port = (uint16_t)u16(b, 2);
    out->sequence = u32(b, 4);
    out->fin = u8(b, 13) & 1;
    out->syn = u8(b, 13) & 2;
    out->rst = u8(b, 13) & 4;
    out->payload = bytes_from(b, header);
    return true;
}

static bool
udp(const struct datagram *g, struct tcp_segment *out)
{
    struct bytes b = g->payload;

    if (b.len < 8)
        return false;
    out->from.port = (uint16_t)u16(b, 0);
    out->to.port = (uint16_t)u16(b, 2);
    out->payload = bytes_from(b, 8);
    return true;
}

/* A fragment into its datagram; true: that is whole, and ${g} now. */
static bool
gather(struct fragments *parts, const struct tcp_segment *s, struct datagram *g,
       enum packet_kind *kind)
{
    struct fragment p = {.v6 = s->v6,
                         .id = g->id,
                         .protocol = g->protocol,
                         .offset = g->offset,
                         .more = g->more,
                         .payload = g->payload};
    enum fragment_end end;

    memcpy(p.from, s->from.address, 16);
    memcpy(p.to, s->to.address, 16);
    *kind = PACKET_BROKEN;
    if (g->cut > 0) /* not all of it was captured */
        return false;
    end = fragments_take(parts, &p, &g->payload, &g->protocol);
    if (end == FRAGMENT_WAITS)
        *kind = PACKET_FRAGMENT;
    return end == FRAGMENT_WHOLE;
}

enum packet_kind
packet_read(uint32_t link, struct bytes frame, size_t missing,
            struct fragments *parts, struct tcp_segment *out)
{
    enum packet_kind kind;
    struct datagram g = {0};
    size_t skip = 0, i = 0;
    unsigned version;

    *out = (struct tcp_segment){0};
    while (i < LINKS && links[i].link != link)
        i++;
    if (i == LINKS)
        return PACKET_FOREIGN;
    if (links[i].skip != NULL && (skip = links[i].skip(frame)) == 0)
        return PACKET_FOREIGN;
    frame = bytes_from(frame, skip);
    version = frame.len > 0 ? u8(frame, 0) >> 4 : 0;
    if (!(version == 4   ? ipv4(frame, missing, out, &g)
          : version == 6 ? ipv6(frame, missing, out, &g)
                         : false))
        return PACKET_FOREIGN;
    if (g.fragment && !gather(parts, out, &g, &kind))
        return kind;
    out->cut = g.cut;
    if (g.protocol == PROTO_TCP && tcp(&g, out))
        return PACKET_TCP;
    if (g.protocol == PROTO_UDP && udp(&g, out))
        return PACKET_UDP;
    return PACKET_FOREIGN;
}
