/* SPDX-License-Identifier: Apache-2.0 */
/* The header frame of a ZeroMQ batch: one flat JSON object
 *   {"id":"...","info_type":"alert","items":2,"first_sequence":17,
 *    "content_type":"application/json"}
 * of strings without escapes and of numbers. A reader takes any order, skips
 * names it does not know and needs no JSON parser. */
#ifndef TRANSPORT_ZHEAD_H
#define TRANSPORT_ZHEAD_H

#include "formats/base/buf.h"

#define ZHEAD_MAX 4096 /* bytes of the frame */

struct zhead {
    struct bytes id;           /* 1..256 visible ASCII, as sent */
    struct bytes info_type;    /* [A-Za-z0-9_-]{1,64} */
    struct bytes content_type; /* may be empty */
    uint64_t items;
    uint64_t first_sequence;
};

/* zhead_write(out, h): append; the texts need no escaping (answer_expects). */
void zhead_write(struct buf *out, const struct zhead *h);

/* zhead_scan(in, h): false unless all of ${in} is such an object with an id and
 * an info_type of valid shape; ${h} points into ${in}, unspecified on false. */
bool zhead_scan(struct bytes in, struct zhead *h);

/* zhead_is_id, zhead_is_type: the shapes above. */
bool zhead_is_id(struct bytes b);
bool zhead_is_type(struct bytes b);

#endif
