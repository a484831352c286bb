/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/capture/record.h"

#include <netinet/in.h>

#define NG_SECTION   0x0A0D0D0Au
#define NG_ORDER     0x1A2B3C4Du
#define NG_INTERFACE 1u
#define NG_ENHANCED  6u
#define LINK_RAW     101u
#define HOPS         64
#define HEADERS_MAX  (40 + 20) /* IPv6, TCP */
#define UDP_MAX      (65535 - 40 - 8)

static void
put32(struct buf *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) /* little-endian, as NG_ORDER says */
        buf_char(out, (char)(v >> (8 * i)));
}

void
record_begin(struct buf *out)
{
    put32(out, NG_SECTION);
    put32(out, 28);
    put32(out, NG_ORDER);
    put32(out, 1); /* version 1.0 */
    put32(out, 0xFFFFFFFFu);
    put32(out, 0xFFFFFFFFu); /* length of the section: not known */
    put32(out, 28);
    put32(out, NG_INTERFACE);
    put32(out, 32);
    put32(out, LINK_RAW);
    put32(out, 0);             /* no limit of lengths */
    put32(out, 9u | 1u << 16); /* if_tsresol, one byte: */
    put32(out, 9);             /* ... nanoseconds */
    put32(out, 0);             /* end of options */
    put32(out, 32);
}

/* ---- headers in network order */

static void
set16(unsigned char *p, unsigned v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static void
set32(unsigned char *p, uint32_t v)
{
    set16(p, v >> 16);
    set16(p + 2, v & 0xFFFF);
}

/* RFC 1071: the sum before it is complemented. */
static uint32_t
sum(uint32_t s, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        s += (uint32_t)p[i] << 8 | p[i + 1];
    if (n & 1)
        s += (uint32_t)p[n - 1] << 8;
    return (s & 0xFFFF) + (s >> 16);
}

static unsigned
complement(uint32_t s)
{
    s = (s & 0xFFFF) + (s >> 16);
    s = (s & 0xFFFF) + (s >> 16);
    return ~s & 0xFFFF;
}

static unsigned
port_of(const struct sockaddr_storage *a)
{
    return ntohs(a->ss_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)a)->sin6_port
                     : ((const struct sockaddr_in *)a)->sin_port);
}

/* An IPv4 address among IPv6 ones is ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
static void
set_address(unsigned char *p, const struct sockaddr_storage *a, bool v6)
{
    if (a->ss_family == AF_INET6) {
        memcpy(p, &((const struct sockaddr_in6 *)a)->sin6_addr, 16);
        return;
    }
    if (v6) {
        memset(p, 0, 10);
        memset(p + 10, 0xFF, 2);
        p += 12;
    }
    memcpy(p, &((const struct sockaddr_in *)a)->sin_addr, 4);
}

static size_t
set_ip(unsigned char *p, const struct record_frame *f, bool v6, size_t length)
{
    unsigned char protocol = f->udp ? IPPROTO_UDP : IPPROTO_TCP;

    if (v6) {
        p[0] = 0x60;
        set16(p + 4, (unsigned)length);
        p[6] = protocol;
        p[7] = HOPS;
        set_address(p + 8, f->from, true);
        set_address(p + 24, f->to, true);
        return 40;
    }
    p[0] = 0x45;
    set16(p + 2, (unsigned)(20 + length));
    p[6] = 0x40; /* is not to be fragmented */
    p[8] = HOPS;
    p[9] = protocol;
    set_address(p + 12, f->from, false);
    set_address(p + 16, f->to, false);
    set16(p + 10, complement(sum(0, p, 20)));
    return 20;
}

static void
set_transport(unsigned char *p, const struct record_frame *f, size_t length)
{
    set16(p, port_of(f->from));
    set16(p + 2, port_of(f->to));
    if (f->udp) {
        set16(p + 4, (unsigned)length);
        return;
    }
    set32(p + 4, f->sequence);
    set32(p + 8, f->acknowledges);
    p[12] = 5 << 4;
    p[13] = (unsigned char)f->flags;
    set16(p + 14, 65535);
}

void
record_frame(struct buf *out, const struct record_frame *f)
{
    unsigned char h[HEADERS_MAX] = {0};
    bool v6 = f->from->ss_family == AF_INET6 || f->to->ss_family == AF_INET6;
    size_t own = f->udp ? 8 : 20, max = f->udp ? UDP_MAX : RECORD_PAYLOAD_MAX;
    struct bytes payload = bytes_upto(f->payload, max);
    size_t ip = set_ip(h, f, v6, own + payload.len), total;
    uint32_t s = (uint32_t)(own + payload.len) +
                 (uint32_t)(f->udp ? IPPROTO_UDP : IPPROTO_TCP);
    uint64_t time = (uint64_t)f->time_ns;

    set_transport(h + ip, f, own + payload.len);
    s = sum(s, h + (v6 ? 8 : 12), v6 ? 32 : 8); /* the pseudo-header */
    s = sum(s, h + ip, own);
    s = sum(s, (const unsigned char *)payload.data, payload.len);
    s = complement(s);
    set16(h + ip + (f->udp ? 6 : 16), f->udp && s == 0 ? 0xFFFF : s);
    total = ip + own + payload.len;
    put32(out, NG_ENHANCED);
    put32(out, (uint32_t)(32 + (total + 3) / 4 * 4));
    put32(out, 0); /* the interface */
    put32(out, (uint32_t)(time >> 32));
    put32(out, (uint32_t)time);
    put32(out, (uint32_t)total);
    put32(out, (uint32_t)total);
    buf_add(out, (const char *)h, ip + own);
    buf_bytes(out, payload);
    buf_add(out, "\0\0\0", (4 - total % 4) % 4);
    put32(out, (uint32_t)(32 + (total + 3) / 4 * 4));
}
