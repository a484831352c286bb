/* SPDX-License-Identifier: Apache-2.0 */
/* The few JSON tokens that the fixed grammars of this layer need: punctuation,
 * strings without escapes, whole numbers. Part of results.h and zhead.h. */
#ifndef TRANSPORT_SCAN_H
#define TRANSPORT_SCAN_H

#include "formats/base/bytes.h"

#define SCAN_STRING_MAX 256 /* bytes of one string */

struct scan {
    struct bytes rest; /* not yet used */
};

/* Each skips white space, then takes its token; false leaves ${s} unspecified
 * except for scan_take, which then only skipped white space. */
bool scan_take(struct scan *s, char c);
bool scan_peek(struct scan *s, char c); /* the same without taking it */
/* Printable ASCII without quote and backslash, at most SCAN_STRING_MAX bytes. */
bool scan_string(struct scan *s, struct bytes *out);
/* Decimal digits without leading zeros, at most ${max}. */
bool scan_number(struct scan *s, uint64_t max, uint64_t *out);
/* Nothing but white space is left. */
bool scan_end(struct scan *s);

#endif
