/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON number token as a value that ranges and aliases can be compared with.
 * No strtod: it follows the locale and needs a terminator. */
#ifndef FORMATS_CHECK_NUMBER_H
#define FORMATS_CHECK_NUMBER_H

#include "formats/base/bytes.h"

struct number {
    double value;  /* within one unit in the last place of the token */
    int64_t whole; /* the integer, saturated; 0 when not integral */
    bool integral; /* no fraction: 443, 443.0 and 4.43e2 alike */
};

/* number_of(token): ${token} follows the grammar of RFC 8259 section 6 (the
 * reader has checked it). */
struct number number_of(struct bytes token);

#endif
