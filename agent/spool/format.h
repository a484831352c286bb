/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a segment. All integers are little-endian. A segment is a
 * 128-byte header and then entries, each 8-byte aligned:
 *
 *   header  magic[8] version16 length16 zero32 uuid[16] first64 created64
 *           digest_len8 zero[7] digest[32] serial64 zero[28] crc32 (last 4)
 *   entry   magic32 length32 sequence64 received64 event_id[16] type16 flags16
 *           meta16 zero16 payload_crc32 header_crc32 payload pad
 *
 * payload = metadata (${meta} bytes) + item. Both CRC32C are seeded with the
 * spool's UUID and the entry's sequence, so that stale blocks, misplaced writes
 * and copied segments do not validate. A group ends with a COMMIT entry that
 * sums the header checksums of its entries; STATE entries carry a named state in
 * the sequence of the group's last record. */
#ifndef AGENT_SPOOL_FORMAT_H
#define AGENT_SPOOL_FORMAT_H

#include <endian.h>

#include "agent/spool/spool.h"

#define SPOOL_FORMAT_VERSION 1
#define SPOOL_HEADER_BYTES   128
#define SPOOL_ENTRY_BYTES    56
#define SPOOL_META_BYTES     ((size_t)(9 + 7 * 256)) /* most of encoded meta */
#define SPOOL_PAYLOAD_MAX    (SPOOL_MAX_RECORD + 4096)
#define SPOOL_COMMIT_BYTES   32
#define SPOOL_DIGEST_BYTES   32
#define SPOOL_STATE_MAX      ((size_t)64 << 10)
#define SPOOL_SEQUENCE_MAX   (UINT64_C(1) << 62) /* larger ones are damage */

enum spool_entry_type { /* 1..15 are enum spool_record_kind */
                        SPOOL_ENTRY_STATE =
                            16, /* meta: name; item: value; flag 1: removed */
                        SPOOL_ENTRY_COMMIT =
                            17 /* item: struct spool_commit; flag 1: the group
                               holds every state */
};
#define SPOOL_FLAG_REMOVED 1U
#define SPOOL_FLAG_FULL    1U

struct spool_header {
    unsigned version;
    uint8_t uuid[16];
    uint64_t first;  /* sequence of the first record */
    uint64_t serial; /* no two segments of a spool have the same */
    int64_t created_ns;
    uint8_t digest_len, digest[SPOOL_DIGEST_BYTES];
};

struct spool_entry {
    uint64_t sequence;
    int64_t received_ns;
    uint8_t event_id[SPOOL_ID_BYTES];
    uint32_t length; /* of the payload */
    uint16_t type, flags, meta_len;
    uint32_t payload_crc, header_crc;
    size_t total;        /* header + payload + padding */
    const char *payload; /* into the parsed bytes */
};

struct spool_commit {
    uint64_t last;    /* sequence of the last record of the group or before */
    uint64_t bytes;   /* of the group's entries before this one */
    uint64_t entries; /* their number */
    uint64_t sum;     /* of their header_crc */
};

enum spool_header_result {
    SPOOL_HEADER_OK,
    SPOOL_HEADER_BAD,  /* short or damaged */
    SPOOL_HEADER_NEWER /* undamaged, of a later version */
};

/* spool_format_header / _read_header: ${p} holds SPOOL_HEADER_BYTES (write) or
 * ${n} bytes (read). A later version keeps magic, version, length and the
 * checksum in its last four bytes. After BAD the fields are still filled from
 * the bytes if there are enough, as a hint. */
void spool_format_header(const struct spool_header *h, char *p);
enum spool_header_result spool_format_read_header(const char *p, size_t n,
                                                  struct spool_header *out);

/* spool_format_seed(uuid): the part of the checksum seeds that a spool shares. */
uint32_t spool_format_seed(const uint8_t uuid[16]);

/* spool_format_finish(seed, e, p): ${p} has room for the header with the
 * e->length payload bytes behind it in place; fills checksums, header and zero
 * padding, sets e->total, returns header_crc. */
uint32_t spool_format_finish(uint32_t seed, struct spool_entry *e, char *p);

enum spool_parse {
    SPOOL_PARSE_OK,
    SPOOL_PARSE_MORE,        /* needs out->total bytes (>= SPOOL_ENTRY_BYTES) */
    SPOOL_PARSE_BAD_PAYLOAD, /* header good: skip out->total bytes */
    SPOOL_PARSE_BAD          /* search for the next entry */
};

/* spool_format_parse(seed, p, n, out): the entry at ${p}. */
enum spool_parse spool_format_parse(uint32_t seed, const char *p, size_t n,
                                    struct spool_entry *out);

/* spool_format_resync(seed, p, n): offset, a multiple of 8, of the first good
 * entry header in ${p}, or the first offset that cannot be judged with ${n}
 * bytes (n - n % 8 or less). */
size_t spool_format_resync(uint32_t seed, const char *p, size_t n);

/* Metadata: written to ${p} (room for SPOOL_META_BYTES), length returned; read
 * back into ${out} with strings that borrow from the entry. False when the
 * lengths do not fit. */
size_t spool_format_meta(const struct spool_meta *m, char *p);
bool spool_format_read_record(const struct spool_entry *e,
                              struct spool_record *out);

void spool_format_commit(const struct spool_commit *c, char *p);
bool spool_format_read_commit(const struct spool_entry *e,
                              struct spool_commit *out);

/* spool_format_name(first, out): "seg-<16 hex>.log" (25 bytes with NUL). The
 * reverse is true only for exactly that form. */
#define SPOOL_NAME_BYTES 32
void spool_format_name(uint64_t first, char out[SPOOL_NAME_BYTES]);
bool spool_format_read_name(const char *name, uint64_t *first);

#endif
