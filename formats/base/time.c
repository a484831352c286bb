/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps: calendar arithmetic, writing, comparing, and the strict RFC 3339 of
 * the checker. The tolerant readers of all forms are in time_parse.c. */
#include "formats/base/time.h"

#include "formats/base/time_field.h"

/* Two digits at a time: "00" "01" ... "99". */
#define TEN(d)                                                                 \
#d "0" #d "1" #d "2" #d "3" #d "4" #d "5" #d "6" #d "7" #d "8" #d "9"
static const char pairs[] =
    TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9);

/* Writing stays inside four-digit years whatever the stamp holds. */
#define SEC_MIN (-INT64_C(62135596800)) /* 0001-01-01 */
#define SEC_MAX INT64_C(253402214400)   /* 9999-12-31 */

int64_t
time_days(int year, unsigned month, unsigned day)
{
    /* Years that begin in March put the leap day last: no month table. */
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy =
        (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

unsigned
time_month_days(int year, unsigned month)
{
    static const unsigned char days[13] = {0,  31, 28, 31, 30, 31, 30,
                                           31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && leap ? 29U : days[month];
}

struct date {
    unsigned year, month, day;
};

static struct date
date_of_days(int64_t days)
{
    uint64_t z = (uint64_t)(days + 719468);
    uint32_t era = (uint32_t)(z / 146097);
    uint32_t doe = (uint32_t)(z - (uint64_t)era * 146097);
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;
    uint32_t month = mp < 10 ? mp + 3 : mp - 9;

    return (struct date){yoe + era * 400 + (month <= 2), month,
                         doy - (153 * mp + 2) / 5 + 1};
}

static void
put2(char *p, unsigned v)
{
    memcpy(p, pairs + (size_t)2 * v, 2);
}

/* put_local(p, t, seps): date and time of day in the offset of ${t}; ${seps}
 * are the characters between date parts, date and time, and time parts; '\0'
 * leaves one out. Returns the end; at most 19 bytes. */
static char *
put_local(char *p, const struct stamp *t, const char seps[3])
{
    int64_t local = t->sec + (int64_t)t->offset_min * 60;
    struct date d;
    unsigned s;
    int64_t days;

    if (local < SEC_MIN || local > SEC_MAX)
        local = local < SEC_MIN ? SEC_MIN : SEC_MAX;
    days = (local >= 0 ? local : local - 86399) / 86400;
    s = (unsigned)(local - days * 86400);
    d = date_of_days(days);
    put2(p, d.year / 100);
    put2(p + 2, d.year % 100);
    p += 4;
    *p = seps[0];
    p += seps[0] != '\0';
    put2(p, d.month);
    p += 2;
    *p = seps[0];
    p += seps[0] != '\0';
    put2(p, d.day);
    p += 2;
    *p = seps[1];
    p += seps[1] != '\0';
    put2(p, s / 3600);
    p += 2;
    *p = seps[2];
    p += seps[2] != '\0';
    put2(p, s / 60 % 60);
    p += 2;
    *p = seps[2];
    p += seps[2] != '\0';
    put2(p, s % 60);
    return p + 2;
}

/* put_fraction(p, t): '.' and t->digits digits, or nothing. */
static char *
put_fraction(char *p, const struct stamp *t)
{
    unsigned digits = t->digits > 9 ? 9 : t->digits;
    uint32_t v = t->nsec % 1000000000;
    char all[10];

    if (digits == 0)
        return p;
    for (unsigned i = 0; i < 4; i++) {
        put2(all + 8 - 2 * i, v % 100);
        v /= 100;
    }
    put2(all, v);
    *p++ = '.';
    memcpy(p, all + 1, 9); /* the caller has room; digits say what counts */
    return p + digits;
}

/* put_offset(p, t): "Z" or "+08:00". */
static char *
put_offset(char *p, const struct stamp *t)
{
    unsigned v = (unsigned)(t->offset_min < 0 ? -t->offset_min : t->offset_min);

    if (v == 0 && !t->has_offset) {
        *p++ = 'Z';
        return p;
    }
    v %= 6000;
    *p++ = t->offset_min < 0 ? '-' : '+';
    put2(p, v / 60);
    p[2] = ':';
    put2(p + 3, v % 60);
    return p + 5;
}

#define TEXT_ROOM 48 /* more than the longest form and its scratch */

void
time_write_rfc3339(struct buf *out, const struct stamp *t)
{
    char *p;

    if (!buf_reserve(out, TEXT_ROOM))
        return;
    p = put_local(out->data + out->len, t, "-T:");
    p = put_fraction(p, t);
    p = put_offset(p, t);
    out->len = (size_t)(p - out->data);
}

static void
write_local(struct buf *out, const struct stamp *t, const char seps[3])
{
    char *p;

    if (!buf_reserve(out, TEXT_ROOM))
        return;
    p = put_fraction(put_local(out->data + out->len, t, seps), t);
    out->len = (size_t)(p - out->data);
}

static void
write_epoch(struct buf *out, const struct stamp *t)
{
    char text[16];

    buf_i64(out, t->sec);
    buf_add(out, text, (size_t)(put_fraction(text, t) - text));
}

enum err_code
time_write(enum time_form form, struct buf *out, const struct stamp *t)
{
    switch ((int)form) {
    case TIME_RFC3339:
        time_write_rfc3339(out, t);
        break;
    case TIME_EPOCH:
        write_epoch(out, t);
        break;
    case TIME_EPOCH_MS:
        buf_i64(out, t->sec * 1000 + t->nsec / 1000000);
        break;
    case TIME_DATETIME:
        write_local(out, t, "- :");
        break;
    case TIME_COMPACT:
        write_local(out, t, "\0\0\0");
        break;
    default:
        return ERR_UNSUPPORTED;
    }
    return buf_ok(out) ? ERR_OK : ERR_NOMEM;
}

int
time_compare(const struct stamp *a, const struct stamp *b)
{
    if (a->sec != b->sec)
        return a->sec < b->sec ? -1 : 1;
    return (a->nsec > b->nsec) - (a->nsec < b->nsec);
}

struct stamp
time_of_ns(int64_t ns)
{
    int64_t sec = ns / 1000000000;
    int64_t rest = ns % 1000000000;

    if (rest < 0) {
        rest += 1000000000;
        sec--;
    }
    return (struct stamp){.sec = sec, .nsec = (uint32_t)rest, .digits = 3};
}
