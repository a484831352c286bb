/* SPDX-License-Identifier: Apache-2.0 */
/* What time.c and time_parse.c share: the calendar, and fields of digits. Not
 * for other modules. */
#ifndef FORMATS_BASE_TIME_FIELD_H
#define FORMATS_BASE_TIME_FIELD_H

#include "formats/base/time.h"

#define TIME_YEAR_MIN   1970
#define TIME_YEAR_MAX   2199
#define TIME_SEC_END    INT64_C(7258118400) /* 2200-01-01T00:00:00Z */
#define TIME_OFFSET_MAX 840                 /* minutes */

/* time_days(y, m, d): days from 1970-01-01 in the Gregorian calendar. */
int64_t time_days(int year, unsigned month, unsigned day);

/* time_month_days(y, m): 28..31; ${month} is 1..12. */
unsigned time_month_days(int year, unsigned month);

/* time_digits(p, n, out): ${n} decimal digits at ${p}; false when one is not. */
static inline bool
time_digits(const char *p, unsigned n, unsigned *out)
{
    unsigned v = 0, bad = 0;

    for (unsigned i = 0; i < n; i++) {
        unsigned d = (unsigned)(unsigned char)p[i] - '0';

        bad |= d > 9;
        v = v * 10 + d;
    }
    *out = v;
    return !bad;
}

#endif
