/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text to tape, one pass, no recursion, no malloc in the steady state.
 *
 * JSON_STRICT is RFC 8259 and I-JSON (RFC 7493): UTF-8 only, no duplicate
 * keys, no lone surrogates, numbers within double range and integers within
 * +-(2^53-1), no U+0000 in keys, one value and nothing after it but spaces.
 *
 * JSON_TOLERANT (DESIGN section 5) accepts the same grammar, but repairs what
 * an attacker can write into a value: the first of duplicate keys wins,
 * undecodable bytes and lone surrogates become U+FFFD, raw controls in strings
 * are kept (as escapes), big numbers stay as text, over-long strings are cut at
 * a character; each repair sets a TAPE_* flag on the node and on the tape. What
 * has no JSON structure is still an error. */
#ifndef FORMATS_JSON_READER_H
#define FORMATS_JSON_READER_H

#include "formats/json/tape.h"

enum json_mode { JSON_STRICT, JSON_TOLERANT };

struct json_limits {
    uint32_t depth;        /* containers inside each other; at most
                            TAPE_MAX_DEPTH */
    uint32_t keys;         /* members of one object */
    uint32_t string_bytes; /* one string or number, as written; at least 64 */
    uint32_t nodes;        /* nodes of the tape */
    size_t bytes;          /* the document */
};

/* DESIGN section 10: 32, 4,096, 64 KiB, 2^18 nodes, 1 MiB. */
extern const struct json_limits json_limits_default;

struct json_reader {
    enum json_mode mode;
    struct json_limits limits; /* all zero: the default */
    /* Duplicate-key table: owned, reused, freed by json_reader_free. */
    void *keys;
};

/* json_reader_init(r, mode, limits): ${limits} NULL for the default. */
void json_reader_init(struct json_reader *r, enum json_mode mode,
                      const struct json_limits *limits);
void json_reader_free(struct json_reader *r);

/* json_read(r, in, out, err): one document. ${in} is borrowed by ${out} until
 * its next reset; the reader never reads outside ${in} (no padding needed).
 * ERR_SYNTAX, ERR_LIMIT, ERR_RANGE, ERR_CONFLICT (duplicate key), ERR_NOMEM;
 * err->where is "offset N, line L, column C" (offset from 0, others from 1,
 * column in bytes). On failure ${out} is unspecified but valid to reset or
 * free. Not thread-safe per reader. RFC 8259, RFC 7493. */
enum err_code json_read(struct json_reader *r, struct bytes in,
                        struct tape *out, struct err *err) MUST_USE;

/* json_place(in, offset, line, col): line and column (from 1) of ${offset}. */
void json_place(struct bytes in, size_t offset, unsigned *line, unsigned *col);

#endif
