/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of the time forms. Each cuts its text into fields; finish() checks
 * the calendar once for all of them. */
#include "formats/base/time.h"

#include <strings.h>

#include "formats/base/time_field.h"

struct cursor {
    const char *p, *end;
};

#define NO_YEAR 0xFFFFU

/* What a text said; NO_YEAR: it named none. */
struct fields {
    unsigned year, month, day, hour, minute, second;
    uint32_t nsec;
    uint8_t digits;
    bool has_offset;
    int offset_min;
};

static size_t
left(const struct cursor *c)
{
    return (size_t)(c->end - c->p);
}

static bool
take(struct cursor *c, char ch)
{
    if (c->p == c->end || *c->p != ch)
        return false;
    c->p++;
    return true;
}

/* take_any(c, set): one of the characters of ${set}. */
static inline bool
take_any(struct cursor *c, const char *set)
{
    for (; c->p < c->end && *set != '\0'; set++) {
        if (*c->p == *set) {
            c->p++;
            return true;
        }
    }
    return false;
}

static bool
digit_next(const struct cursor *c)
{
    return c->p < c->end && (unsigned char)(*c->p - '0') <= 9;
}

/* number(c, min, max, out): the digits here, ${min} to ${max} of them. */
static bool
number(struct cursor *c, unsigned min, unsigned max, unsigned *out)
{
    unsigned v = 0, n = 0;

    while (n < max && digit_next(c)) {
        v = v * 10 + (unsigned)(*c->p++ - '0');
        n++;
    }
    *out = v;
    return n >= min;
}

/* spaces(c): skips them; false when there was none. */
static bool
spaces(struct cursor *c)
{
    const char *start = c->p;

    while (take(c, ' '))
        ;
    return c->p > start;
}

/* fraction(c, marks, f): nothing, or a mark and at least one digit. */
static bool
fraction(struct cursor *c, const char *marks, struct fields *f)
{
    static const uint32_t scale[10] = {1000000000, 100000000, 10000000, 1000000,
                                       100000,     10000,     1000,     100,
                                       10,         1};

    if (!take_any(c, marks))
        return true;
    if (!digit_next(c))
        return false;
    for (; digit_next(c); c->p++) {
        if (f->digits == 9)
            continue; /* what a stamp cannot hold */
        f->nsec = f->nsec * 10 + (uint32_t)(*c->p - '0');
        f->digits++;
    }
    f->nsec *= scale[f->digits];
    return true;
}

/* numeric_offset(c, f): +08:00, +0800 or +08. */
static bool
numeric_offset(struct cursor *c, struct fields *f)
{
    bool minus = c->p < c->end && *c->p == '-';
    unsigned hour, minute = 0;

    if (!take_any(c, "+-") || !number(c, 2, 2, &hour))
        return false;
    if (take(c, ':') || digit_next(c)) {
        if (!number(c, 2, 2, &minute) || minute > 59)
            return false;
    }
    f->offset_min = (int)(hour * 60 + minute);
    if (minus)
        f->offset_min = -f->offset_min;
    f->has_offset = true;
    return true;
}

/* zone(c, f): nothing, an offset, Z, UTC or GMT (with an offset behind), or
 * another word of 2 to 5 letters, whose meaning depends on the country. */
static bool
zone(struct cursor *c, struct fields *f)
{
    const char *word = c->p;
    size_t n;

    if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
        return numeric_offset(c, f);
    while (c->p < c->end && ((*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'z'))
        c->p++;
    n = (size_t)(c->p - word);
    if (n == 0)
        return c->p == c->end;
    if ((n == 1 && (*word | 0x20) == 'z') ||
        (n == 3 && (strncasecmp(word, "utc", 3) == 0 ||
                    strncasecmp(word, "gmt", 3) == 0))) {
        f->has_offset = true;
        return c->p == c->end || (n == 3 && numeric_offset(c, f));
    }
    return n >= 2 && n <= 5;
}

static bool
clock_time(struct cursor *c, unsigned hour_digits, struct fields *f)
{
    return number(c, hour_digits, 2, &f->hour) && take(c, ':') &&
           number(c, 2, 2, &f->minute) && take(c, ':') &&
           number(c, 2, 2, &f->second);
}

/* month_name(c, f): three letters, any case. */
static bool
month_name(struct cursor *c, struct fields *f)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (unsigned m = 0; left(c) >= 3 && m < 12; m++) {
        if (strncasecmp(c->p, names + (size_t)3 * m, 3) == 0) {
            c->p += 3;
            f->month = m + 1;
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- forms */

/* date_time(c, f): "2026-11-22?10:00:00", every field at its place; what stands
 * for T is returned, or '\0'. The common form, so it is read at once. */
static char
date_time(struct cursor *c, struct fields *f)
{
    const char *p = c->p;
    bool ok;

    if (left(c) < 19 || p[4] != '-' || p[7] != '-' || p[13] != ':' ||
        p[16] != ':')
        return '\0';
    ok = time_digits(p, 4, &f->year);
    ok &= time_digits(p + 5, 2, &f->month);
    ok &= time_digits(p + 8, 2, &f->day);
    ok &= time_digits(p + 11, 2, &f->hour);
    ok &= time_digits(p + 14, 2, &f->minute);
    ok &= time_digits(p + 17, 2, &f->second);
    c->p += 19;
    return ok ? p[10] : '\0';
}

static bool
parse_rfc3339(struct cursor *c, struct fields *f)
{
    char t = date_time(c, f);
    bool ok = (t == 'T' || t == 't' || t == ' ') && fraction(c, ".,", f);

    if (!ok || c->p == c->end)
        return ok;
    (void)spaces(c);
    if (take_any(c, "Zz")) {
        f->has_offset = true;
        return true;
    }
    return numeric_offset(c, f);
}

static bool
parse_datetime(struct cursor *c, struct fields *f)
{
    char sep;

    if (!number(c, 4, 4, &f->year) || left(c) == 0)
        return false;
    sep = *c->p;
    return (sep == '-' || sep == '/') && take(c, sep) &&
           number(c, 1, 2, &f->month) && take(c, sep) &&
           number(c, 1, 2, &f->day) && take_any(c, "T ") &&
           clock_time(c, 1, f) && fraction(c, ".,", f);
}

static bool
parse_compact(struct cursor *c, struct fields *f)
{
    bool ok = number(c, 4, 4, &f->year) && number(c, 2, 2, &f->month) &&
              number(c, 2, 2, &f->day) && number(c, 2, 2, &f->hour) &&
              number(c, 2, 2, &f->minute) && number(c, 2, 2, &f->second) &&
              fraction(c, ".", f);

    if (!ok || c->p == c->end)
        return ok;
    if (take(c, 'Z')) {
        f->has_offset = true;
        return true;
    }
    return numeric_offset(c, f);
}

static bool
parse_clf(struct cursor *c, struct fields *f)
{
    bool ok = number(c, 1, 2, &f->day) && take(c, '/') && month_name(c, f) &&
              take(c, '/') && number(c, 4, 4, &f->year) && take(c, ':') &&
              clock_time(c, 2, f) && fraction(c, ".", f);

    if (!ok || c->p == c->end)
        return ok;
    return spaces(c) && numeric_offset(c, f);
}

/* weekday(c): "Sun " or "Sun, "; never looks at which day it is. */
static void
weekday(struct cursor *c)
{
    static const char names[] = "sunmontuewedthufrisat";

    for (unsigned d = 0; left(c) >= 3 && d < 7; d++) {
        if (strncasecmp(c->p, names + (size_t)3 * d, 3) == 0) {
            c->p += 3;
            (void)take(c, ',');
            (void)spaces(c);
            return;
        }
    }
}

/* year_behind(c, f): the year of "Nov 22 2026 10:00:00"; the digits before the
 * first colon are the hour, so four of them and a space are a year. */
static bool
year_behind(struct cursor *c, struct fields *f)
{
    unsigned v;

    if (f->year != NO_YEAR || left(c) < 5 || c->p[4] != ' ' ||
        !time_digits(c->p, 4, &v))
        return true;
    c->p += 4;
    f->year = v;
    return spaces(c);
}

static bool
parse_rfc3164(struct cursor *c, struct fields *f)
{
    unsigned v;

    weekday(c);
    if (digit_next(c) && (!number(c, 4, 4, &f->year) || !spaces(c)))
        return false;
    if (!month_name(c, f) || !spaces(c) || !number(c, 1, 2, &f->day) ||
        !spaces(c) || !year_behind(c, f) || !clock_time(c, 2, f) ||
        !fraction(c, ".", f))
        return false;
    if (c->p == c->end)
        return true;
    if (!spaces(c))
        return zone(c, f);
    if (f->year == NO_YEAR && left(c) >= 4 && time_digits(c->p, 4, &v)) {
        c->p += 4;
        f->year = v;
        return c->p == c->end || (spaces(c) && left(c) > 0 && zone(c, f));
    }
    return left(c) > 0 && zone(c, f);
}

/* ---------------------------------------------------------------- numbers */

/* epoch(b, scale_digits, out): an integer of 10^-scale seconds; a fraction is
 * allowed at scale 0 only. */
static enum err_code
epoch(struct bytes b, unsigned scale_digits, struct stamp *out)
{
    static const uint32_t power[10] = {1,         10,        100,     1000,
                                       10000,     100000,    1000000, 10000000,
                                       100000000, 1000000000};
    struct cursor c = {b.data, b.data + b.len};
    struct fields f = {.digits = (uint8_t)scale_digits};
    uint64_t v = 0, sec;
    size_t n = 0;

    while (n < b.len && (unsigned char)(b.data[n] - '0') <= 9)
        n++;
    if (n == 0)
        return ERR_SYNTAX;
    c.p += n;
    if (scale_digits == 0 && !fraction(&c, ".", &f))
        return ERR_SYNTAX;
    if (c.p != c.end)
        return ERR_SYNTAX;
    if (!bytes_to_u64(bytes_upto(b, n), UINT64_MAX, &v))
        return ERR_RANGE;
    sec = v / power[scale_digits];
    if (sec >= (uint64_t)TIME_SEC_END)
        return ERR_RANGE;
    if (scale_digits != 0)
        f.nsec = (uint32_t)(v % power[scale_digits]) * power[9 - scale_digits];
    *out =
        (struct stamp){.sec = (int64_t)sec, .nsec = f.nsec, .digits = f.digits};
    return ERR_OK;
}

/* ---------------------------------------------------------------- calendar */

static bool
calendar_ok(const struct fields *f)
{
    return f->month >= 1 && f->month <= 12 && f->day >= 1 &&
           f->day <= time_month_days((int)f->year, f->month) && f->hour <= 23 &&
           f->minute <= 59 && f->second <= 60;
}

/* utc(f): seconds since the epoch in UTC; a leap second is 59. */
static int64_t
utc(const struct fields *f)
{
    int64_t days = time_days((int)f->year, f->month, f->day);
    unsigned second = f->second == 60 ? 59 : f->second;

    return days * 86400 + (int64_t)f->hour * 3600 + (int64_t)f->minute * 60 +
           second - (int64_t)f->offset_min * 60;
}

/* How far ahead of ours a device's clock may be: events are of the past, but
 * clocks and zones are wrong by days. */
#define AHEAD_S ((int64_t)7 * 86400)

/* guess_year(f, now): the latest year that does not put the fields more than
 * AHEAD_S behind ${now}; February 29 may need one several years back. False: no
 * year has that day. */
static bool
guess_year(struct fields *f, int64_t now)
{
    /* 31,556,952 s is the mean year; one year off is inside the search. */
    int around = TIME_YEAR_MIN + (int)(now / 31556952);

    for (int y = around + 1; y >= around - 8; y--) {
        if (y < TIME_YEAR_MIN || y > TIME_YEAR_MAX)
            continue;
        f->year = (unsigned)y;
        if (calendar_ok(f) && utc(f) - now <= AHEAD_S)
            return true;
    }
    f->year = NO_YEAR;
    return false;
}

static enum err_code
finish(struct fields *f, const struct time_context *ctx, struct stamp *out)
{
    bool guessed = !f->has_offset;
    int64_t sec;

    if (!f->has_offset && ctx != NULL)
        f->offset_min = ctx->default_offset_min;
    if (f->offset_min < -TIME_OFFSET_MAX || f->offset_min > TIME_OFFSET_MAX)
        return ERR_RANGE;
    if (f->year == NO_YEAR) {
        if (ctx == NULL)
            return ERR_ARG;
        guessed = true;
        if (!guess_year(f, ctx->now.sec))
            return ERR_RANGE;
    }
    if (f->year < TIME_YEAR_MIN || f->year > TIME_YEAR_MAX || !calendar_ok(f))
        return ERR_RANGE;
    sec = utc(f);
    if (sec < 0 || sec >= TIME_SEC_END)
        return ERR_RANGE;
    *out = (struct stamp){.sec = sec,
                          .nsec = f->nsec,
                          .offset_min = (int16_t)f->offset_min,
                          .digits = f->digits,
                          .has_offset = f->has_offset,
                          .guessed = guessed};
    return ERR_OK;
}

/* ---------------------------------------------------------------- the table */

struct form {
    const char *name;
    bool (*parse)(struct cursor *, struct fields *); /* NULL: an epoch */
    unsigned scale_digits;                           /* of an epoch */
};

static const struct form forms[TIME_FORM_COUNT] = {
    [TIME_RFC3339] = {"rfc3339", parse_rfc3339, 0},
    [TIME_RFC3164] = {"rfc3164", parse_rfc3164, 0},
    [TIME_CLF] = {"clf", parse_clf, 0},
    [TIME_EPOCH] = {"epoch", NULL, 0},
    [TIME_EPOCH_MS] = {"epoch_ms", NULL, 3},
    [TIME_EPOCH_US] = {"epoch_us", NULL, 6},
    [TIME_EPOCH_NS] = {"epoch_ns", NULL, 9},
    [TIME_DATETIME] = {"datetime", parse_datetime, 0},
    [TIME_CEF] = {"cef", parse_rfc3164, 3},
    [TIME_COMPACT] = {"compact", parse_compact, 0},
};

bool
time_form_name(struct bytes name, enum time_form *out)
{
    for (unsigned i = 0; i < TIME_FORM_COUNT; i++) {
        if (bytes_is(name, forms[i].name)) {
            *out = (enum time_form)i;
            return true;
        }
    }
    return false;
}

static bool
all_digits(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        if ((unsigned char)(b.data[i] - '0') > 9)
            return false;
    }
    return b.len > 0;
}

enum err_code
time_parse(enum time_form form, struct bytes b, const struct time_context *ctx,
           struct stamp *out)
{
    struct cursor c = {b.data, b.len ? b.data + b.len : b.data};
    struct fields f = {.year = NO_YEAR};
    const struct form *row;

    if ((unsigned)form >= TIME_FORM_COUNT)
        return ERR_ARG;
    row = &forms[form];
    if (row->parse == NULL || (form == TIME_CEF && all_digits(b)))
        return epoch(b, row->scale_digits, out);
    if (!row->parse(&c, &f) || c.p != c.end)
        return ERR_SYNTAX;
    return finish(&f, ctx, out);
}

bool
time_rfc3339_strict(struct bytes b, struct stamp *out)
{
    struct cursor c = {b.data, b.len ? b.data + b.len : b.data};
    struct fields f = {.year = NO_YEAR};
    const char *start;
    struct stamp t;
    bool ok = date_time(&c, &f) == 'T';

    start = c.p;
    if (!ok || !fraction(&c, ".", &f) || c.p - start > 10)
        return false;
    if (take(&c, 'Z'))
        f.has_offset = true;
    else if (c.end - c.p != 6 || c.p[3] != ':' || !numeric_offset(&c, &f))
        return false;
    if (c.p != c.end || finish(&f, NULL, &t) != ERR_OK)
        return false;
    if (f.second == 60 && t.sec % 86400 != 86399)
        return false;
    *out = t;
    return true;
}
