/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver says about each item of a batch, in order, as HTTP status
 * codes. Over HTTP the body of a 2xx reply is
 *   {"msg_id":"...","accepted":N,"results":[202,202,400]}
 * (members in any order, JSON white space allowed, nothing else); over ZeroMQ
 * the third frame of an acknowledgement is the array alone. An empty array says
 * nothing about items: the status of the whole is theirs. A fixed grammar of
 * integers needs no JSON reader, so none is exposed to a receiver's bytes. */
#ifndef TRANSPORT_RESULTS_H
#define TRANSPORT_RESULTS_H

#include "formats/base/buf.h"

#define RESULTS_MAX 65536 /* items of one batch */

struct results {
    struct bytes msg_id; /* points into the input; empty when not given */
    uint16_t *status;    /* 100..599; caller's array */
    size_t max;          /* its places, at most RESULTS_MAX */
    size_t count;        /* places filled */
};

/* results_scan(in, r): the object form. results_scan_list: the array form. True
 * only when all of ${in} follows the grammar and fits; r->count and r->msg_id
 * are unspecified otherwise. */
bool results_scan(struct bytes in, struct results *r);
bool results_scan_list(struct bytes in, struct results *r);

/* results_write, results_write_list: the same forms, appended without spaces.
 * ${msg_id} must be printable ASCII without quote and backslash (others are
 * left out). */
void results_write(struct buf *out, struct bytes msg_id, const uint16_t *status,
                   size_t n);
void results_write_list(struct buf *out, const uint16_t *status, size_t n);

#endif
