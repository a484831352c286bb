/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as bytes. The current time is always a parameter: nothing in
 * formats/ reads a clock. No locale, no strptime. Years 1970 to 2199. */
#ifndef FORMATS_BASE_TIME_H
#define FORMATS_BASE_TIME_H

#include "formats/base/buf.h"

struct stamp {
    int64_t sec;        /* seconds since 1970-01-01T00:00:00Z, UTC */
    uint32_t nsec;      /* 0..999,999,999 */
    int16_t offset_min; /* minutes east of UTC, -840..840 */
    uint8_t digits;     /* fraction digits to write, 0..9 */
    bool has_offset;    /* the input named its offset */
    bool guessed;       /* year or offset was supplied by us */
};

enum time_form {
    TIME_RFC3339,  /* 2026-11-22T10:00:00.123+08:00; also "+0800", "+08", "Z",
                      a space for T, a comma before the fraction, lower case,
                      and no offset (then has_offset is false) */
    TIME_RFC3164,  /* "Nov 22 10:00:00", also "Nov  2 ...", a weekday before, a
                      year before the month, behind the day or at the end (as
                      asctime), a fraction, a zone */
    TIME_CLF,      /* 22/Nov/2026:10:00:00.123456 +0800 (Apache, ModSecurity) */
    TIME_EPOCH,    /* seconds, optional fraction: 1763805600.123 */
    TIME_EPOCH_MS, /* milliseconds */
    TIME_EPOCH_US, /* microseconds */
    TIME_EPOCH_NS, /* nanoseconds */
    TIME_DATETIME, /* 2026-11-22 10:00:00[.123] without offset, also with '/';
                      month, day and hour may have one digit */
    TIME_CEF,      /* CEF rt: epoch ms, or "MMM dd [yyyy] HH:mm:ss[.SSS [zzz]]";
                      an ambiguous zone word (CST) counts as no offset */
    TIME_COMPACT,  /* 20261122100000[.123] with optional offset */
    TIME_FORM_COUNT
};

/* time_form_name(name, out): "rfc3339", "rfc3164", "clf", "epoch", "epoch_ms",
 * "epoch_us", "epoch_ns", "datetime", "cef", "compact"; false otherwise. */
bool time_form_name(struct bytes name, enum time_form *out);

struct time_context {
    struct stamp now; /* receive time: the year of RFC 3164 is guessed so
                             that the result is the latest one not more than
                             seven days behind it */
    int16_t default_offset_min; /* for input without an offset */
};

/* time_parse(form, b, ctx, out): all of ${b} must be used. A leap second 60 is
 * taken as 59. Missing offset or year are filled from ${ctx} and flagged in
 * out->guessed. Fraction digits behind the ninth are dropped. An epoch names an
 * instant: it is UTC, not guessed, has_offset false. ERR_SYNTAX; ERR_RANGE for
 * a field outside the calendar, a year outside 1970..2199 (as written or in
 * UTC) or an offset beyond 14 hours; *out is untouched then. */
enum err_code time_parse(enum time_form form, struct bytes b,
                         const struct time_context *ctx,
                         struct stamp *out) MUST_USE;

/* time_rfc3339_strict(b, out): exactly RFC 3339 section 5.6 with upper-case T
 * and Z (or numeric offset up to 14:00), calendar checked, at most 9 fraction
 * digits; what the checker accepts. The leap second is accepted at 23:59:60 UTC
 * only (and taken as 59). */
bool time_rfc3339_strict(struct bytes b, struct stamp *out);

/* time_write_rfc3339(out, t): with t's offset and fraction digits; offset 0 is
 * written as "+00:00" unless !has_offset, then "Z". About 25 ns. */
void time_write_rfc3339(struct buf *out, const struct stamp *t);

/* time_write(form, out, t): any form that is a value encoding of an overlay
 * (RFC3339, EPOCH, EPOCH_MS, DATETIME, COMPACT); others give ERR_UNSUPPORTED. */
enum err_code time_write(enum time_form form, struct buf *out,
                         const struct stamp *t) MUST_USE;

/* time_compare(a, b): -1, 0, 1 by the instant. */
int time_compare(const struct stamp *a, const struct stamp *b);

/* time_of_ns(ns): UTC stamp with 3 digits of ${ns} since the epoch. */
struct stamp time_of_ns(int64_t ns);

#endif
