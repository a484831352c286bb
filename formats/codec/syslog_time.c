/* SPDX-License-Identifier: Apache-2.0 */
/* A timestamp is a pattern of pieces; each piece is measured by one function
 * that returns its length, or NONE. */
#include "formats/codec/syslog_time.h"

#define NONE SIZE_MAX

static bool
digit_at(struct bytes b, size_t i)
{
    return i < b.len && b.data[i] >= '0' && b.data[i] <= '9';
}

static size_t
digits(struct bytes b, size_t at, size_t max)
{
    size_t n = 0;

    while (n < max && digit_at(b, at + n))
        n++;
    return n;
}

/* One of the NULL-ended ${names}, any case of ASCII letters. */
static size_t
word(struct bytes b, const char *const *names)
{
    for (; *names != NULL; names++) {
        size_t n = strlen(*names);
        size_t i = 0;

        while (i < n && i < b.len && (b.data[i] | 0x20) == ((*names)[i] | 0x20))
            i++;
        if (i == n)
            return n;
    }
    return NONE;
}

static size_t
month(struct bytes b)
{
    static const char *const names[] = {
        "January", "February",  "March",   "April",    "June",     "July",
        "August",  "September", "October", "November", "December", "Jan",
        "Feb",     "Mar",       "Apr",     "May",      "Jun",      "Jul",
        "Aug",     "Sep",       "Oct",     "Nov",      "Dec",      NULL};

    return word(b, names);
}

static size_t
weekday(struct bytes b)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu",
                                        "Fri", "Sat", "Sun", NULL};
    size_t n = word(b, names);

    if (n != NONE && n < b.len && b.data[n] == ',')
        n++;
    return n;
}

static size_t
day(struct bytes b)
{
    size_t n = digits(b, 0, 2);

    if (n == 0 || digit_at(b, n))
        return NONE;
    return n == 2 && b.data[0] > '3' ? NONE : n;
}

static size_t
year(struct bytes b)
{
    if (digits(b, 0, 4) != 4 || digit_at(b, 4))
        return NONE;
    return b.data[0] == '2' || (b.data[0] == '1' && b.data[1] == '9') ? 4
                                                                      : NONE;
}

/* yyyy-m-d or yyyy/m/d. */
static size_t
date(struct bytes b)
{
    size_t n = year(b);
    size_t m;
    char sep;

    if (n == NONE || n >= b.len || (b.data[n] != '-' && b.data[n] != '/'))
        return NONE;
    sep = b.data[n++];
    m = digits(b, n, 2);
    n += m;
    if (m == 0 || n >= b.len || b.data[n] != sep)
        return NONE;
    m = digits(b, ++n, 2);
    return m == 0 ? NONE : n + m;
}

/* h:mm:ss with an optional fraction. */
static size_t
clock_time(struct bytes b)
{
    size_t n = digits(b, 0, 2);
    size_t f;

    if (n == 0)
        return NONE;
    for (int part = 0; part < 2; part++) {
        if (n >= b.len || b.data[n] != ':' || digits(b, n + 1, 2) != 2)
            return NONE;
        n += 3;
    }
    if (digit_at(b, n))
        return NONE;
    if (n < b.len && (b.data[n] == '.' || b.data[n] == ',')) {
        f = digits(b, n + 1, 9);
        if (f != 0)
            n += 1 + f;
    }
    return n;
}

static size_t
spaces(struct bytes b)
{
    size_t n = 0;

    while (n < 3 && n < b.len && b.data[n] == ' ')
        n++;
    return n == 0 ? NONE : n;
}

static size_t
letter_t(struct bytes b)
{
    return b.len != 0 && (b.data[0] | 0x20) == 't' ? 1 : NONE;
}

/* A colon counts only in front of a space: "2001:db8::1" is no year. "|" and
 * "," do not: there the time is a column of the message. */
static bool
boundary(struct bytes b, size_t i)
{
    if (i < b.len && b.data[i] == ':')
        i++;
    return i >= b.len || b.data[i] == ' ' || b.data[i] == '\t';
}

/* +hh:mm, +hhmm, +hh. */
static size_t
offset_from_utc(struct bytes b)
{
    size_t n = 3;

    if (b.len < 3 || (b.data[0] != '+' && b.data[0] != '-') ||
        digits(b, 1, 2) != 2)
        return NONE;
    if (n < b.len && b.data[n] == ':' && digits(b, n + 1, 2) == 2)
        n += 3;
    else if (digits(b, n, 2) == 2)
        n += 2;
    return boundary(b, n) ? n : NONE;
}

/* A zone, or nothing: never NONE. A zone's name counts only in front of ':',
 * as Cisco writes it, or with an offset; else it may be a host's name. */
static size_t
zone(struct bytes b)
{
    static const char *const names[] = {
        "UTC", "GMT", "CST",  "CDT", "EST", "EDT", "PST", "PDT",
        "MST", "MDT", "CEST", "CET", "BST", "JST", "HKT", NULL};
    size_t gap = b.len != 0 && b.data[0] == ' ' ? 1 : 0;
    struct bytes rest = bytes_from(b, gap);
    size_t n = offset_from_utc(rest);
    size_t o;

    if (n != NONE)
        return gap + n;
    if (gap == 0 && rest.len != 0 && (rest.data[0] | 0x20) == 'z')
        return boundary(rest, 1) ? 1 : 0;
    n = word(rest, names);
    if (n == NONE)
        return 0;
    o = offset_from_utc(bytes_from(rest, n));
    if (o != NONE)
        return gap + n + o;
    return n < rest.len && rest.data[n] == ':' ? gap + n : 0;
}

typedef size_t (*piece_fn)(struct bytes b);

#define MAX_PIECES 9

/* The longer form of a prefix comes first. */
static const piece_fn patterns[][MAX_PIECES] = {
    {date, letter_t, clock_time, zone},
    {date, spaces, clock_time, zone},
    {month, spaces, day, spaces, year, spaces, clock_time, zone},
    {month, spaces, day, spaces, clock_time, spaces, year},
    {month, spaces, day, spaces, clock_time, zone},
    {year, spaces, month, spaces, day, spaces, clock_time, zone},
    {weekday, spaces, month, spaces, day, spaces, clock_time, spaces, year},
    {weekday, spaces, month, spaces, day, spaces, clock_time, zone},
};

static size_t
match(const piece_fn *pattern, struct bytes b)
{
    size_t at = 0;

    for (size_t i = 0; i < MAX_PIECES && pattern[i] != NULL; i++) {
        size_t n = pattern[i](bytes_from(b, at));

        if (n == NONE)
            return 0;
        at += n;
    }
    return boundary(b, at) ? at : 0;
}

size_t
syslog_time_span(struct bytes b)
{
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        size_t n = match(patterns[i], b);

        if (n != 0)
            return n;
    }
    return 0;
}
