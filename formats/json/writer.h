/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text into a buffer: the pieces for compiled plans, and a small
 * streaming writer with commas and nesting for everything else. Output is
 * minified UTF-8; non-ASCII is written as it is; `/` is not escaped; C0
 * controls as \b \f \n \r \t or \u00XX. Errors latch in the buffer. */
#ifndef FORMATS_JSON_WRITER_H
#define FORMATS_JSON_WRITER_H

#include "formats/json/tape.h"

/* json_put_string(out, clean): quoted and escaped; ${clean} must be UTF-8. */
void json_put_string(struct buf *out, struct bytes clean);

/* json_put_text(out, t, n): the string, key or number node ${n} as a JSON
 * string; escaped text is copied as it stands, no unescaping. */
void json_put_text(struct buf *out, const struct tape *t,
                   const struct tape_node *n);

/* json_put_value(out, t, i): the subtree at ${i}, minified; a number flagged
 * TAPE_BIGNUM is written as a string. No recursion. */
void json_put_value(struct buf *out, const struct tape *t, uint32_t i);

struct json_writer {
    struct buf *out; /* borrowed */
    uint32_t depth;
    uint64_t filled; /* bit d: the container at depth d has a member */
    bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out);
void json_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_bytes(struct json_writer *w, struct bytes key);
void json_string(struct json_writer *w, struct bytes clean);
void json_cstr(struct json_writer *w, const char *s); /* NULL: null */
void json_i64(struct json_writer *w, int64_t v);
void json_u64(struct json_writer *w, uint64_t v);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
/* json_raw(w, text): ${text} is one JSON value already. */
void json_raw(struct json_writer *w, struct bytes text);

#endif
