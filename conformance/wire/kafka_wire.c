/* SPDX-License-Identifier: Apache-2.0 */
/* See kafka_wire.h. All integers are in network byte order. */
#include "conformance/wire/kafka_wire.h"

#define BATCH_HEAD 61 /* octets of a record batch before its records */

/* Taking fields off the front; ${bad} is latched. */
struct cut {
    struct bytes in;
    bool bad;
};

static uint64_t
take(struct cut *c, size_t n)
{
    uint64_t v = 0;

    if (c->in.len < n) {
        c->bad = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        v = v << 8 | (uint8_t)c->in.data[i];
    c->in = bytes_from(c->in, n);
    return v;
}

static int16_t
take16(struct cut *c)
{
    return (int16_t)(uint16_t)take(c, 2);
}

static int32_t
take32(struct cut *c)
{
    return (int32_t)(uint32_t)take(c, 4);
}

/* A text or bytes of ${n} octets; a negative size is null. */
static struct bytes
take_text(struct cut *c, int64_t n)
{
    struct bytes out = {0};

    if (n <= 0)
        return out;
    if ((uint64_t)n > c->in.len) {
        c->bad = true;
        return out;
    }
    out = bytes_upto(c->in, (size_t)n);
    c->in = bytes_from(c->in, (size_t)n);
    return out;
}

bool
kafka_request_read(struct bytes in, struct kafka_request *r)
{
    struct cut c = {.in = in};

    r->api = take16(&c);
    r->version = take16(&c);
    r->correlation = take32(&c);
    r->client = take_text(&c, take16(&c));
    r->body = c.in;
    return !c.bad;
}

static void
read_batch(struct bytes records, struct kafka_produced *p)
{
    struct cut c = {.in = records};

    if (records.len < BATCH_HEAD)
        return;
    (void)take(&c, 8); /* base offset */
    (void)take32(&c);  /* length */
    (void)take32(&c);  /* leader epoch */
    if (take(&c, 1) != 2)
        return;
    (void)take32(&c); /* checksum */
    p->codec = (unsigned)take16(&c) & 7U;
    (void)take32(&c);  /* last offset delta */
    (void)take(&c, 8); /* first and last time */
    (void)take(&c, 8);
    p->producer = (int64_t)take(&c, 8);
    (void)take16(&c); /* epoch */
    p->sequence = take32(&c);
    p->records = take32(&c);
    p->batch = !c.bad;
}

bool
kafka_produced_read(const struct kafka_request *r, struct kafka_produced *p)
{
    struct cut c = {.in = r->body};
    int32_t topics, partitions;

    *p = (struct kafka_produced){.producer = -1};
    if (r->api != KAFKA_PRODUCE || r->version < 3 || r->version > 8)
        return false;
    (void)take_text(&c, take16(&c)); /* transactional id */
    p->acks = take16(&c);
    (void)take32(&c); /* timeout */
    topics = take32(&c);
    if (c.bad || topics < 1)
        return !c.bad;
    (void)take_text(&c, take16(&c)); /* topic */
    partitions = take32(&c);
    if (c.bad || partitions < 1)
        return !c.bad;
    (void)take32(&c); /* partition */
    read_batch(take_text(&c, take32(&c)), p);
    return !c.bad;
}

/* A number of seven bits an octet. */
static uint64_t
take_unsigned(struct cut *c)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t octet = take(c, 1);

        v |= (octet & 0x7F) << shift;
        if (c->bad || !(octet & 0x80))
            return v;
    }
    c->bad = true;
    return 0;
}

/* The same, zigzag. */
static int64_t
take_var(struct cut *c)
{
    uint64_t v = take_unsigned(c);

    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static struct bytes
take_value(struct bytes record)
{
    struct cut c = {.in = record};
    struct bytes value;

    (void)take(&c, 1);  /* attributes */
    (void)take_var(&c); /* time and offset */
    (void)take_var(&c);
    (void)take_text(&c, take_var(&c)); /* key */
    value = take_text(&c, take_var(&c));
    return c.bad ? BYTES("") : value;
}

/* Of one batch; ${c} is behind it then. */
static size_t
batch_values(struct cut *c, struct bytes *value, size_t max)
{
    struct cut b;
    int32_t records;
    size_t n = 0;

    (void)take(c, 8); /* base offset */
    b = (struct cut){.in = take_text(c, take32(c)), .bad = c->bad};
    (void)take32(&b); /* leader epoch */
    if (take(&b, 1) != 2)
        return 0;
    (void)take32(&b); /* checksum */
    if ((take16(&b) & 7) != 0)
        return 0;
    (void)take32(&b); /* last offset delta, times, producer, epoch, sequence */
    (void)take(&b, 8);
    (void)take(&b, 8);
    (void)take(&b, 8);
    (void)take16(&b);
    (void)take32(&b);
    records = take32(&b);
    for (int32_t i = 0; i < records && n < max && !b.bad; i++) {
        value[n] = take_value(take_text(&b, take_var(&b)));
        n += value[n].len > 0;
    }
    return n;
}

size_t
kafka_values_read(const struct kafka_request *r, struct bytes *value,
                  size_t max)
{
    struct cut c = {.in = r->body};
    int32_t topics;
    size_t n = 0;

    if (r->api != KAFKA_PRODUCE || r->version < 3 || r->version > 8)
        return 0;
    (void)take_text(&c, take16(&c)); /* transactional id */
    (void)take16(&c);                /* acks, timeout */
    (void)take32(&c);
    topics = take32(&c);
    for (int32_t t = 0; t < topics && !c.bad; t++) {
        int32_t partitions;

        (void)take_text(&c, take16(&c)); /* topic */
        partitions = take32(&c);
        for (int32_t i = 0; i < partitions && !c.bad; i++) {
            struct cut batches;

            (void)take32(&c); /* partition */
            batches = (struct cut){.in = take_text(&c, take32(&c))};
            while (batches.in.len > 0 && !batches.bad)
                n += batch_values(&batches, value + n, max - n);
        }
    }
    return n;
}

/* ---- OffsetCommit: sizes of fixed width, or one more than the size in seven
 * bits an octet (compact) and tagged fields behind each structure */

static int64_t
take_size(struct cut *c, bool compact, bool wide)
{
    if (compact)
        return (int64_t)(take_unsigned(c) - 1);
    return wide ? take32(c) : take16(c);
}

static struct bytes
take_name(struct cut *c, bool compact)
{
    return take_text(c, take_size(c, compact, false));
}

static void
skip_tags(struct cut *c, bool compact)
{
    uint64_t n = compact ? take_unsigned(c) : 0;

    for (uint64_t i = 0; i < n && !c->bad; i++) {
        (void)take_unsigned(c); /* tag */
        (void)take_text(c, (int64_t)take_unsigned(c));
    }
}

/* Of one partition of the request: its number, what is committed. */
static int32_t
take_place(struct cut *c, int16_t version, int64_t *offset)
{
    int32_t partition = take32(c);

    *offset = (int64_t)take(c, 8);
    if (version >= 6)
        (void)take32(c); /* leader epoch */
    if (version == 1)
        (void)take(c, 8);             /* time */
    (void)take_name(c, version >= 8); /* metadata */
    skip_tags(c, version >= 8);
    return partition;
}

bool
kafka_committed_read(const struct kafka_request *r, struct bytes topic,
                     int32_t partition, int64_t *offset)
{
    struct cut c = {.in = r->body};
    const bool compact = r->version >= 8;
    int64_t topics;

    *offset = -1;
    if (r->api != KAFKA_OFFSET_COMMIT || r->version < 0 || r->version > 9)
        return false;
    skip_tags(&c, compact);       /* of the head */
    (void)take_name(&c, compact); /* group */
    if (r->version >= 1) {
        (void)take32(&c); /* generation, member */
        (void)take_name(&c, compact);
    }
    if (r->version >= 7)
        (void)take_name(&c, compact); /* instance */
    if (r->version >= 2 && r->version <= 4)
        (void)take(&c, 8); /* retention time */
    topics = take_size(&c, compact, true);
    for (int64_t t = 0; t < topics && !c.bad; t++) {
        bool mine = bytes_eq(take_name(&c, compact), topic);
        int64_t places = take_size(&c, compact, true), at;

        for (int64_t i = 0; i < places && !c.bad; i++) {
            if (take_place(&c, r->version, &at) == partition && mine &&
                at > *offset)
                *offset = at;
        }
        skip_tags(&c, compact);
    }
    skip_tags(&c, compact);
    return !c.bad;
}

size_t
kafka_rewrite(char *reply, size_t n, unsigned from, unsigned to)
{
    static const char host[] = "127.0.0.1";
    const size_t size = sizeof(host) - 1;
    size_t done = 0;

    for (size_t i = 0; n >= size + 4 && i <= n - size - 4; i++) {
        uint8_t *port = (uint8_t *)reply + i + size;

        if (memcmp(reply + i, host, size) != 0)
            continue;
        if (port[0] || port[1] || (unsigned)(port[2] << 8 | port[3]) != from)
            continue;
        port[2] = (uint8_t)(to >> 8 & 0xFF);
        port[3] = (uint8_t)(to & 0xFF);
        done++;
    }
    return done;
}
