/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/capture/capture.h"

#include <stdlib.h>

#include "conformance/capture/packet.h"

#define PCAP_HEADER   24
#define PCAP_RECORD   16
#define NG_SECTION    0x0A0D0D0Au
#define NG_INTERFACE  1u
#define NG_SIMPLE     3u
#define NG_ENHANCED   6u
#define NG_ORDER      0x1A2B3C4Du
#define NG_BLOCK_MIN  12u
#define SNAPLEN_WHOLE 0x7FFFFFFFu /* "no limit" of a simple packet block */

struct capture {
    enum capture_kind kind;
    struct capture_sink *sink;
    struct tcp *tcp;         /* owned; NULL for HAR */
    struct fragments *parts; /* owned; likewise */
    struct buf held;         /* owned: a record that is not whole */
    size_t skip;             /* bytes of a block that nobody wants */
    bool headed, big;        /* the file's header was read; big-endian */
    bool failed;
    uint32_t link; /* of pcap */
    struct {
        uint32_t link, snaplen;
    } interface[CAPTURE_INTERFACES_MAX]; /* of pcapng */
    size_t interfaces;
};

static uint32_t
word32(struct bytes b, size_t at, bool big)
{
    const unsigned char *p = (const unsigned char *)b.data + at;

    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                     (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
                     (uint32_t)p[1] << 8 | p[0];
}

static unsigned
word16(struct bytes b, size_t at, bool big)
{
    const unsigned char *p = (const unsigned char *)b.data + at;

    return big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

/* The four magic numbers: order of bytes, and micro- or nanoseconds, which is
 * nothing to us. */
static bool
is_pcap(struct bytes b, bool *big)
{
    static const uint32_t magic[] = {0xA1B2C3D4u, 0xA1B23C4Du};

    for (int i = 0; b.len >= 4 && i < 4; i++) {
        *big = i & 1;
        if (word32(b, 0, *big) == magic[i / 2])
            return true;
    }
    return false;
}

/* {"log": as the first member: no envelope and no record begins so. */
static bool
is_har(struct bytes b)
{
    if (bytes_starts(b, BYTES("\xEF\xBB\xBF")))
        b = bytes_from(b, 3);
    b = bytes_trim(b);
    if (b.len == 0 || b.data[0] != '{')
        return false;
    b = bytes_trim(bytes_from(b, 1));
    if (!bytes_starts(b, BYTES("\"log\"")))
        return false;
    b = bytes_trim(bytes_from(b, 5));
    if (b.len == 0 || b.data[0] != ':')
        return false;
    b = bytes_trim(bytes_from(b, 1));
    return b.len > 0 && b.data[0] == '{';
}

enum capture_kind
capture_recognise(struct bytes begin)
{
    bool big;

    if (is_pcap(begin, &big))
        return CAPTURE_PCAP;
    if (begin.len >= 12 && word32(begin, 0, false) == NG_SECTION &&
        (word32(begin, 8, false) == NG_ORDER ||
         word32(begin, 8, true) == NG_ORDER))
        return CAPTURE_PCAPNG;
    return is_har(begin) ? CAPTURE_HAR : CAPTURE_NONE;
}

const char *
capture_kind_name(enum capture_kind k)
{
    static const char *const names[] = {"file", "pcap", "pcapng", "har"};

    return names[k];
}

struct capture *
capture_new(enum capture_kind kind, struct capture_sink *sink, struct err *err)
{
    struct capture *c = calloc(1, sizeof *c);

    if (c != NULL) {
        c->kind = kind;
        c->sink = sink;
        if (kind == CAPTURE_HAR || ((c->parts = fragments_new()) != NULL &&
                                    (c->tcp = tcp_new(sink)) != NULL))
            return c;
        fragments_free(c->parts);
    }
    free(c);
    (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
    return NULL;
}

/* What never became a datagram. */
static void
give_up_fragments(struct capture *c)
{
    if (c->parts != NULL)
        c->sink->counts->fragments += fragments_held(c->parts);
    fragments_free(c->parts);
    c->parts = NULL;
}

void
capture_free(struct capture *c)
{
    if (c == NULL)
        return;
    tcp_free(c->tcp);
    give_up_fragments(c);
    buf_free(&c->held);
    free(c);
}

/* ---- packets */

static void
take_packet(struct capture *c, uint32_t link, struct bytes frame,
            size_t missing)
{
    struct capture_counts *n = c->sink->counts;
    struct tcp_segment s;
    char name[CAPTURE_PLACE_MAX / 2];

    n->packets++;
    switch (packet_read(link, frame, missing, c->parts, &s)) {
    case PACKET_FOREIGN:
        n->foreign++;
        break;
    case PACKET_FRAGMENT: /* counted at the end, if it stays one */
        break;
    case PACKET_BROKEN:
        n->fragments++;
        break;
    case PACKET_TCP:
        n->cut += s.cut > 0;
        s.packet = n->packets;
        tcp_take(c->tcp, &s);
        break;
    case PACKET_UDP:
        n->cut += s.cut > 0;
        tcp_name(&s.from, &s.to, s.v6, name, sizeof name);
        if (s.cut == 0) /* half a message is none */
            conversation_datagram(c->sink, name, s.payload, n->packets);
        break;
    }
}

static enum err_code
bad_link(uint32_t link, struct err *err)
{
    return err_set(err, ERR_UNSUPPORTED, NULL,
                   "link type %u of the capture is not read",
                   (unsigned)link & 0xFFFFu);
}

/* One record of ${b}: *used its length, 0 when it is not whole. */
static enum err_code
pcap_record(struct capture *c, struct bytes b, size_t *used, struct err *err)
{
    uint32_t have, real;

    *used = 0;
    if (!c->headed) {
        if (b.len < PCAP_HEADER)
            return ERR_OK;
        if (!is_pcap(b, &c->big))
            return err_set(err, ERR_CORRUPT, NULL, "is no pcap file");
        c->link = word32(b, 20, c->big) & 0x0FFFFFFFu; /* FCS bits above */
        c->headed = true;
        *used = PCAP_HEADER;
        return packet_link_known(c->link) ? ERR_OK : bad_link(c->link, err);
    }
    if (b.len < PCAP_RECORD)
        return ERR_OK;
    have = word32(b, 8, c->big);
    real = word32(b, 12, c->big);
    if (have > CAPTURE_RECORD_MAX)
        return err_set(err, ERR_LIMIT, NULL,
                       "packet %llu claims %u bytes, more than %zu",
                       (unsigned long long)c->sink->counts->packets + 1,
                       (unsigned)have, CAPTURE_RECORD_MAX);
    if (b.len < PCAP_RECORD + (size_t)have)
        return ERR_OK;
    take_packet(c, c->link, bytes_upto(bytes_from(b, PCAP_RECORD), have),
                real > have ? real - have : 0);
    *used = PCAP_RECORD + (size_t)have;
    return ERR_OK;
}

/* ---- pcapng */

static enum err_code
ng_section(struct capture *c, struct bytes b, struct err *err)
{
    c->big = word32(b, 8, true) == NG_ORDER;
    if (!c->big && word32(b, 8, false) != NG_ORDER)
        return err_set(err, ERR_CORRUPT, NULL,
                       "a pcapng section has no byte-order magic");
    c->interfaces = 0;
    c->headed = true;
    return ERR_OK;
}

static enum err_code
ng_interface(struct capture *c, struct bytes b, struct err *err)
{
    if (b.len < 20)
        return err_set(err, ERR_CORRUPT, NULL,
                       "an interface block is too short");
    if (c->interfaces == CAPTURE_INTERFACES_MAX)
        return err_set(err, ERR_LIMIT, NULL, "more than %d interfaces",
                       CAPTURE_INTERFACES_MAX);
    c->interface[c->interfaces].link = word16(b, 8, c->big);
    c->interface[c->interfaces++].snaplen = word32(b, 12, c->big);
    return ERR_OK;
}

/* An interface of another link type is read past, packet by packet: a capture
 * of several interfaces need not fail for one of them. */
static enum err_code
ng_enhanced(struct capture *c, struct bytes b, struct err *err)
{
    uint32_t id = b.len >= 32 ? word32(b, 8, c->big) : 0;
    uint32_t have = b.len >= 32 ? word32(b, 20, c->big) : 0;
    uint32_t real = b.len >= 32 ? word32(b, 24, c->big) : 0;

    if (b.len < 32 || have > b.len - 32 || id >= c->interfaces)
        return err_set(err, ERR_CORRUPT, NULL, "packet block %llu is malformed",
                       (unsigned long long)c->sink->counts->packets + 1);
    take_packet(c, c->interface[id].link, bytes_upto(bytes_from(b, 28), have),
                real > have ? real - have : 0);
    return ERR_OK;
}

static enum err_code
ng_simple(struct capture *c, struct bytes b, struct err *err)
{
    uint32_t real = b.len >= 16 ? word32(b, 8, c->big) : 0, have = real;

    if (c->interfaces > 0 && c->interface[0].snaplen > 0 &&
        have > c->interface[0].snaplen)
        have = c->interface[0].snaplen;
    if (b.len < 16 || have > b.len - 16 || c->interfaces == 0)
        return err_set(err, ERR_CORRUPT, NULL,
                       "a simple packet block is malformed");
    take_packet(c, c->interface[0].link, bytes_upto(bytes_from(b, 12), have),
                real - have);
    return ERR_OK;
}

static enum err_code
ng_block(struct capture *c, struct bytes b, uint32_t type, struct err *err)
{
    static const struct {
        uint32_t type;
        enum err_code (*take)(struct capture *c, struct bytes b,
                              struct err *err);
    } blocks[] = {{NG_SECTION, ng_section},
                  {NG_INTERFACE, ng_interface},
                  {NG_SIMPLE, ng_simple},
                  {NG_ENHANCED, ng_enhanced}};

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (blocks[i].type == type)
            return blocks[i].take(c, b, err);
    }
    return ERR_OK; /* names, statistics, secrets, custom */
}

static bool
ng_wanted(uint32_t type)
{
    return type == NG_SECTION || type == NG_INTERFACE || type == NG_SIMPLE ||
           type == NG_ENHANCED;
}

static enum err_code
ng_record(struct capture *c, struct bytes b, size_t *used, struct err *err)
{
    uint32_t type, len;
    bool big = c->big;

    *used = 0;
    if (b.len < NG_BLOCK_MIN)
        return ERR_OK;
    type = word32(b, 0, big);
    if (type == NG_SECTION) /* may turn the order of bytes */
        big = word32(b, 8, true) == NG_ORDER;
    else if (!c->headed)
        return err_set(err, ERR_CORRUPT, NULL, "is no pcapng file");
    len = word32(b, 4, big);
    if (len < NG_BLOCK_MIN + (type == NG_SECTION ? 4 : 0) || len % 4 != 0)
        return err_set(err, ERR_CORRUPT, NULL, "a block claims %u bytes",
                       (unsigned)len);
    if (!ng_wanted(type)) {
        *used = b.len < len ? b.len : len;
        c->skip = len - *used;
        return ERR_OK;
    }
    if (len > CAPTURE_RECORD_MAX)
        return err_set(err, ERR_LIMIT, NULL,
                       "a block claims %u bytes, more than %zu", (unsigned)len,
                       CAPTURE_RECORD_MAX);
    if (b.len < len)
        return ERR_OK;
    if (word32(b, len - 4, big) != len)
        return err_set(err, ERR_CORRUPT, NULL,
                       "a block ends with another length than it begins with");
    *used = len;
    return ng_block(c, bytes_upto(b, len), type, err);
}

/* ---- feeding */

static enum err_code
take_records(struct capture *c, struct bytes b, size_t *used, struct err *err)
{
    enum err_code code = ERR_OK;
    size_t n = 1;

    *used = 0;
    while (n > 0 && code == ERR_OK) {
        struct bytes rest = bytes_from(b, *used);

        code = c->kind == CAPTURE_PCAP ? pcap_record(c, rest, &n, err)
                                       : ng_record(c, rest, &n, err);
        *used += n;
    }
    return code;
}

static enum err_code
no_memory(struct err *err)
{
    return err_set(err, ERR_NOMEM, NULL, "out of memory");
}

/* Whole records are read where they lie; only what is left is kept. */
static enum err_code
feed_packets(struct capture *c, struct bytes b, struct err *err)
{
    size_t used, skip = b.len < c->skip ? b.len : c->skip;
    enum err_code code;

    c->skip -= skip;
    b = bytes_from(b, skip);
    if (c->held.len > 0) {
        buf_bytes(&c->held, b);
        if (!buf_ok(&c->held))
            return no_memory(err);
        b = buf_view(&c->held);
    }
    code = take_records(c, b, &used, err);
    if (code != ERR_OK)
        return code;
    if (c->held.len > 0) {
        c->held.len -= used;
        memmove(c->held.data, c->held.data + used, c->held.len);
    } else {
        buf_bytes(&c->held, bytes_from(b, used));
    }
    return buf_ok(&c->held) && !c->sink->nomem ? ERR_OK : no_memory(err);
}

static enum err_code
feed_har(struct capture *c, struct bytes b, struct err *err)
{
    if (c->held.len + b.len > CAPTURE_HAR_MAX)
        return err_set(err, ERR_LIMIT, NULL,
                       "the archive has more than %zu MiB",
                       CAPTURE_HAR_MAX >> 20);
    buf_bytes(&c->held, b);
    return buf_ok(&c->held) ? ERR_OK : no_memory(err);
}

enum err_code
capture_feed(struct capture *c, struct bytes b, struct err *err)
{
    enum err_code code;

    if (c->failed)
        return err_set(err, ERR_CLOSED, NULL, "the capture failed before");
    code =
        c->kind == CAPTURE_HAR ? feed_har(c, b, err) : feed_packets(c, b, err);
    c->failed = code != ERR_OK;
    return code;
}

enum err_code
capture_end(struct capture *c, struct err *err)
{
    if (c->kind == CAPTURE_HAR && !c->failed)
        return har_read(buf_view(&c->held), c->sink, err);
    if (c->tcp != NULL)
        tcp_end(c->tcp);
    give_up_fragments(c);
    if (!c->failed && (c->held.len > 0 || c->skip > 0 || !c->headed))
        return err_set(err, ERR_CORRUPT, NULL,
                       "the capture ends within a record");
    return ERR_OK;
}
