/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/format.h"

#include <stdio.h>

#include "formats/base/hash.h"

#define ENTRY_MAGIC UINT32_C(0x4C505348)
static const char header_magic[8] = {'h', 'u', 't', 's', 'p', 'o', 'o', 'l'};

/* Offsets of the header's fields. */
enum {
    AT_VERSION = 8,
    AT_LENGTH = 10,
    AT_UUID = 16,
    AT_FIRST = 32,
    AT_CREATED = 40,
    AT_DIGEST_LEN = 48,
    AT_DIGEST = 56,
    AT_SERIAL = 88,
    AT_CRC = SPOOL_HEADER_BYTES - 4
};

/* Offsets of an entry's fields. */
enum {
    E_LENGTH = 4,
    E_SEQUENCE = 8,
    E_RECEIVED = 16,
    E_ID = 24,
    E_TYPE = 40,
    E_FLAGS = 42,
    E_META = 44,
    E_ZERO = 46,
    E_PAYLOAD_CRC = 48,
    E_HEADER_CRC = 52
};

void
spool_format_header(const struct spool_header *h, char *p)
{
    memset(p, 0, SPOOL_HEADER_BYTES);
    memcpy(p, header_magic, sizeof header_magic);
    bytes_put_le(p + AT_VERSION, SPOOL_FORMAT_VERSION, 2);
    bytes_put_le(p + AT_LENGTH, SPOOL_HEADER_BYTES, 2);
    memcpy(p + AT_UUID, h->uuid, 16);
    bytes_put_le(p + AT_FIRST, h->first, 8);
    bytes_put_le(p + AT_CREATED, (uint64_t)h->created_ns, 8);
    bytes_put_le(p + AT_DIGEST_LEN, h->digest_len, 1);
    memcpy(p + AT_DIGEST, h->digest, h->digest_len);
    bytes_put_le(p + AT_SERIAL, h->serial, 8);
    bytes_put_le(p + AT_CRC, hash_crc32c(0, p, AT_CRC), 4);
}

enum spool_header_result
spool_format_read_header(const char *p, size_t n, struct spool_header *out)
{
    size_t length;

    memset(out, 0, sizeof *out);
    if (n < SPOOL_HEADER_BYTES)
        return SPOOL_HEADER_BAD;
    out->version = (unsigned)bytes_get_le(p + AT_VERSION, 2);
    memcpy(out->uuid, p + AT_UUID, 16);
    out->first = bytes_get_le(p + AT_FIRST, 8);
    out->created_ns = (int64_t)bytes_get_le(p + AT_CREATED, 8);
    out->digest_len = (uint8_t)bytes_get_le(p + AT_DIGEST_LEN, 1);
    if (out->digest_len > SPOOL_DIGEST_BYTES)
        out->digest_len = SPOOL_DIGEST_BYTES;
    memcpy(out->digest, p + AT_DIGEST, out->digest_len);
    out->serial = bytes_get_le(p + AT_SERIAL, 8);
    length = (size_t)bytes_get_le(p + AT_LENGTH, 2);
    if (memcmp(p, header_magic, sizeof header_magic) != 0 || length < 16 ||
        length > n ||
        bytes_get_le(p + length - 4, 4) != hash_crc32c(0, p, length - 4))
        return SPOOL_HEADER_BAD;
    if (out->version > SPOOL_FORMAT_VERSION)
        return SPOOL_HEADER_NEWER;
    if (length != SPOOL_HEADER_BYTES || out->version == 0 ||
        out->first >= SPOOL_SEQUENCE_MAX)
        return SPOOL_HEADER_BAD;
    return SPOOL_HEADER_OK;
}

uint32_t
spool_format_seed(const uint8_t uuid[16])
{
    return hash_crc32c(0, uuid, 16);
}

/* A CRC is a bijection of its seed for equal data, so any two sequences below
 * 2^32 apart differ. */
static uint32_t
seed_of(uint32_t seed, uint64_t sequence)
{
    return seed ^ (uint32_t)((sequence ^ sequence >> 32) * 0x9E3779B1U);
}

static size_t
padded(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

uint32_t
spool_format_finish(uint32_t seed, struct spool_entry *e, char *p)
{
    uint32_t own = seed_of(seed, e->sequence);
    size_t end = SPOOL_ENTRY_BYTES + (size_t)e->length;

    e->total = padded(end);
    memset(p + end, 0, e->total - end);
    e->payload = p + SPOOL_ENTRY_BYTES;
    e->payload_crc = hash_crc32c(own, e->payload, e->length);
    bytes_put_le(p, ENTRY_MAGIC, 4);
    bytes_put_le(p + E_LENGTH, e->length, 4);
    bytes_put_le(p + E_SEQUENCE, e->sequence, 8);
    bytes_put_le(p + E_RECEIVED, (uint64_t)e->received_ns, 8);
    memcpy(p + E_ID, e->event_id, SPOOL_ID_BYTES);
    bytes_put_le(p + E_TYPE, e->type, 2);
    bytes_put_le(p + E_FLAGS, e->flags, 2);
    bytes_put_le(p + E_META, e->meta_len, 2);
    bytes_put_le(p + E_ZERO, 0, 2);
    bytes_put_le(p + E_PAYLOAD_CRC, e->payload_crc, 4);
    e->header_crc = hash_crc32c(own, p, E_HEADER_CRC);
    bytes_put_le(p + E_HEADER_CRC, e->header_crc, 4);
    return e->header_crc;
}

static bool
parse_header(uint32_t seed, const char *p, struct spool_entry *out)
{
    if (bytes_get_le(p, 4) != ENTRY_MAGIC)
        return false;
    out->sequence = bytes_get_le(p + E_SEQUENCE, 8);
    out->header_crc = (uint32_t)bytes_get_le(p + E_HEADER_CRC, 4);
    if (hash_crc32c(seed_of(seed, out->sequence), p, E_HEADER_CRC) !=
        out->header_crc)
        return false;
    out->length = (uint32_t)bytes_get_le(p + E_LENGTH, 4);
    out->received_ns = (int64_t)bytes_get_le(p + E_RECEIVED, 8);
    memcpy(out->event_id, p + E_ID, SPOOL_ID_BYTES);
    out->type = (uint16_t)bytes_get_le(p + E_TYPE, 2);
    out->flags = (uint16_t)bytes_get_le(p + E_FLAGS, 2);
    out->meta_len = (uint16_t)bytes_get_le(p + E_META, 2);
    out->payload_crc = (uint32_t)bytes_get_le(p + E_PAYLOAD_CRC, 4);
    out->payload = p + SPOOL_ENTRY_BYTES;
    out->total = padded(SPOOL_ENTRY_BYTES + (size_t)out->length);
    return out->length <= SPOOL_PAYLOAD_MAX && out->meta_len <= out->length &&
           out->sequence < SPOOL_SEQUENCE_MAX;
}

enum spool_parse
spool_format_parse(uint32_t seed, const char *p, size_t n,
                   struct spool_entry *out)
{
    if (n < SPOOL_ENTRY_BYTES) {
        out->total = SPOOL_ENTRY_BYTES;
        return SPOOL_PARSE_MORE;
    }
    if (!parse_header(seed, p, out))
        return SPOOL_PARSE_BAD;
    if (n < out->total)
        return SPOOL_PARSE_MORE;
    if (hash_crc32c(seed_of(seed, out->sequence), out->payload, out->length) !=
        out->payload_crc)
        return SPOOL_PARSE_BAD_PAYLOAD;
    return SPOOL_PARSE_OK;
}

size_t
spool_format_resync(uint32_t seed, const char *p, size_t n)
{
    struct spool_entry e;
    size_t at = 0;

    for (; n - at >= SPOOL_ENTRY_BYTES; at += 8)
        if (bytes_get_le(p + at, 4) == ENTRY_MAGIC &&
            parse_header(seed, p + at, &e))
            return at;
    return at;
}

/* The strings of the metadata, in their order on disk. */
static const size_t meta_strings[] = {
    offsetof(struct spool_meta, info_type), offsetof(struct spool_meta, input),
    offsetof(struct spool_meta, product),   offsetof(struct spool_meta, source),
    offsetof(struct spool_meta, mapping),   offsetof(struct spool_meta, key),
    offsetof(struct spool_meta, reason),
};
#define META_STRINGS (sizeof meta_strings / sizeof meta_strings[0])

/* At most ${n} bytes, not ending inside a character if it is UTF-8. */
static struct bytes
cut(struct bytes s, size_t n)
{
    if (s.len <= n)
        return s;
    for (unsigned back = 0; back < 3 && ((uint8_t)s.data[n] & 0xC0) == 0x80;
         back++)
        n--;
    return bytes_upto(s, n);
}

/* Short strings make up the metadata: a call of memcpy each costs more than the
 * bytes do. */
static inline void
copy_short(char *to, const char *from, size_t n)
{
    size_t at = 0;

    if (n < 8) {
        for (; at < n; at++)
            to[at] = from[at];
        return;
    }
    for (; at + 8 < n; at += 8)
        memcpy(to + at, from + at, 8);
    memcpy(to + n - 8, from + n - 8, 8);
}

size_t
spool_format_meta(const struct spool_meta *m, char *p)
{
    char *at = p + 9;

    bytes_put_le(p, (uint64_t)m->event_ns, 8);
    p[8] = (char)m->level;
    for (size_t i = 0; i < META_STRINGS; i++) {
        struct bytes s;

        memcpy(&s, (const char *)m + meta_strings[i], sizeof s);
        s = cut(s, 255);
        *at++ = (char)(uint8_t)s.len;
        copy_short(at, s.data, s.len);
        at += s.len;
    }
    return (size_t)(at - p);
}

bool
spool_format_read_record(const struct spool_entry *e, struct spool_record *out)
{
    const char *p = e->payload;
    size_t left = e->meta_len;
    struct spool_record r = {.sequence = e->sequence};

    if (left < 9)
        return false;
    r.meta.kind = (enum spool_record_kind)e->type;
    r.meta.received_ns = e->received_ns;
    r.meta.flags = (uint8_t)e->flags;
    memcpy(r.meta.event_id, e->event_id, SPOOL_ID_BYTES);
    r.meta.event_ns = (int64_t)bytes_get_le(p, 8);
    r.meta.level = (uint8_t)p[8];
    p += 9;
    left -= 9;
    for (size_t i = 0; i < META_STRINGS; i++) {
        struct bytes s = {NULL, 0};

        if (left == 0 || (uint8_t)*p > left - 1)
            return false;
        s = bytes_of(p + 1, (uint8_t)*p);
        memcpy((char *)&r.meta + meta_strings[i], &s, sizeof s);
        p += 1 + s.len;
        left -= 1 + s.len;
    }
    r.item = bytes_of(e->payload + e->meta_len, e->length - e->meta_len);
    *out = r;
    return true;
}

void
spool_format_commit(const struct spool_commit *c, char *p)
{
    bytes_put_le(p, c->last, 8);
    bytes_put_le(p + 8, c->bytes, 8);
    bytes_put_le(p + 16, c->entries, 8);
    bytes_put_le(p + 24, c->sum, 8);
}

bool
spool_format_read_commit(const struct spool_entry *e, struct spool_commit *out)
{
    if (e->type != SPOOL_ENTRY_COMMIT || e->length != SPOOL_COMMIT_BYTES)
        return false;
    out->last = bytes_get_le(e->payload, 8);
    out->bytes = bytes_get_le(e->payload + 8, 8);
    out->entries = bytes_get_le(e->payload + 16, 8);
    out->sum = bytes_get_le(e->payload + 24, 8);
    return true;
}

void
spool_format_name(uint64_t first, char out[SPOOL_NAME_BYTES])
{
    (void)snprintf(out, SPOOL_NAME_BYTES, "seg-%016llx.log",
                   (unsigned long long)first);
}

bool
spool_format_read_name(const char *name, uint64_t *first)
{
    char again[SPOOL_NAME_BYTES];
    uint64_t v = 0;
    static const char digits[] = "0123456789abcdef";

    if (strlen(name) != 24)
        return false;
    for (unsigned i = 4; i < 20; i++) {
        const char *d = memchr(digits, name[i], 16);

        if (d == NULL)
            return false;
        v = v << 4 | (uint64_t)(d - digits);
    }
    spool_format_name(v, again);
    if (strcmp(again, name) != 0 || v >= SPOOL_SEQUENCE_MAX)
        return false;
    *first = v;
    return true;
}
