/* SPDX-License-Identifier: Apache-2.0 */
/* Every time form: accepted, refused, guessed, written again. Accepted rows are
 * judged by what time_write_rfc3339 makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/time.h"

struct row {
    enum time_form form;
    const char *in;
    const char *out; /* NULL: refused with ${code} */
    enum err_code code;
    bool guessed;
};

/* OK: nothing guessed. GUESS: year or offset filled in. BAD, RANGE: refused. */
#define OK(form, in, out)                                                      \
    {                                                                          \
        TIME_##form, in, out, ERR_OK, false                                    \
    }
#define GUESS(form, in, out)                                                   \
    {                                                                          \
        TIME_##form, in, out, ERR_OK, true                                     \
    }
#define BAD(form, in)                                                          \
    {                                                                          \
        TIME_##form, in, NULL, ERR_SYNTAX, false                               \
    }
#define RANGE(form, in)                                                        \
    {                                                                          \
        TIME_##form, in, NULL, ERR_RANGE, false                                \
    }

/* Now is 2026-11-22T10:00:00+08:00; input without an offset is Beijing time. */
#define NOW 1795312800

/* clang-format off */
static const struct row rows[] = {
    OK(RFC3339, "2026-11-22T10:00:00Z", "2026-11-22T10:00:00+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00z", "2026-11-22T10:00:00+00:00"),
    OK(RFC3339, "2026-11-22t10:00:00Z", "2026-11-22T10:00:00+00:00"),
    OK(RFC3339, "2026-11-22 10:00:00Z", "2026-11-22T10:00:00+00:00"),
    OK(RFC3339, "2026-11-22 10:00:00 +08:00", "2026-11-22T10:00:00+08:00"),
    OK(RFC3339, "2026-11-22T10:00:00+08:00", "2026-11-22T10:00:00+08:00"),
    OK(RFC3339, "2026-11-22T10:00:00+0800", "2026-11-22T10:00:00+08:00"),
    OK(RFC3339, "2026-11-22T10:00:00+08", "2026-11-22T10:00:00+08:00"),
    OK(RFC3339, "2026-11-22T10:00:00-05:30", "2026-11-22T10:00:00-05:30"),
    OK(RFC3339, "2026-11-22T10:00:00-00:00", "2026-11-22T10:00:00+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00+14:00", "2026-11-22T10:00:00+14:00"),
    OK(RFC3339, "2026-11-22T10:00:00-14:00", "2026-11-22T10:00:00-14:00"),
    OK(RFC3339, "2026-11-22T10:00:00.1Z", "2026-11-22T10:00:00.1+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00.123Z", "2026-11-22T10:00:00.123+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00,123Z", "2026-11-22T10:00:00.123+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00.123456Z", "2026-11-22T10:00:00.123456+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00.123456789Z", "2026-11-22T10:00:00.123456789+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00.1234567899Z", "2026-11-22T10:00:00.123456789+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.000+00:00"),
    OK(RFC3339, "2026-11-22T10:00:00.000000001Z", "2026-11-22T10:00:00.000000001+00:00"),
    OK(RFC3339, "2018-10-10T09:24:31.695734+0000", "2018-10-10T09:24:31.695734+00:00"),
    OK(RFC3339, "2026-12-31T23:59:60Z", "2026-12-31T23:59:59+00:00"),
    OK(RFC3339, "2026-11-22T10:00:60Z", "2026-11-22T10:00:59+00:00"),
    OK(RFC3339, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00+00:00"),
    OK(RFC3339, "1970-01-01T08:00:00+08:00", "1970-01-01T08:00:00+08:00"),
    OK(RFC3339, "2199-12-31T23:59:59.999Z", "2199-12-31T23:59:59.999+00:00"),
    OK(RFC3339, "2199-12-31T23:59:59+14:00", "2199-12-31T23:59:59+14:00"),
    OK(RFC3339, "2000-02-29T00:00:00Z", "2000-02-29T00:00:00+00:00"),
    OK(RFC3339, "2024-02-29T23:59:59Z", "2024-02-29T23:59:59+00:00"),
    OK(RFC3339, "2026-02-28T12:34:56Z", "2026-02-28T12:34:56+00:00"),
    OK(RFC3339, "2026-03-01T00:00:00Z", "2026-03-01T00:00:00+00:00"),
    OK(RFC3339, "2026-01-31T00:00:00Z", "2026-01-31T00:00:00+00:00"),
    OK(RFC3339, "2026-04-30T00:00:00Z", "2026-04-30T00:00:00+00:00"),
    GUESS(RFC3339, "2026-11-22T10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3339, "2026-11-22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3339, "2026-11-22T10:00:00.5", "2026-11-22T10:00:00.5+08:00"),
    GUESS(RFC3339, "1970-01-01T08:00:00", "1970-01-01T08:00:00+08:00"),
    RANGE(RFC3339, "1970-01-01T07:59:59"),
    RANGE(RFC3339, "1970-01-01T00:00:00+00:01"),
    RANGE(RFC3339, "1969-12-31T23:59:59Z"),
    RANGE(RFC3339, "1969-12-31T23:59:59-08:00"),
    RANGE(RFC3339, "2200-01-01T00:00:00Z"),
    RANGE(RFC3339, "2200-01-01T00:00:00+08:00"),
    RANGE(RFC3339, "2199-12-31T23:59:59-00:01"),
    RANGE(RFC3339, "0000-01-01T00:00:00Z"),
    RANGE(RFC3339, "9999-12-31T00:00:00Z"),
    RANGE(RFC3339, "2026-00-22T10:00:00Z"),
    RANGE(RFC3339, "2026-13-22T10:00:00Z"),
    RANGE(RFC3339, "2026-11-00T10:00:00Z"),
    RANGE(RFC3339, "2026-11-31T10:00:00Z"),
    RANGE(RFC3339, "2026-01-32T10:00:00Z"),
    RANGE(RFC3339, "2026-02-29T10:00:00Z"),
    RANGE(RFC3339, "2024-02-30T10:00:00Z"),
    RANGE(RFC3339, "2100-02-29T10:00:00Z"),
    RANGE(RFC3339, "2026-06-31T10:00:00Z"),
    RANGE(RFC3339, "2026-11-22T24:00:00Z"),
    RANGE(RFC3339, "2026-11-22T10:60:00Z"),
    RANGE(RFC3339, "2026-11-22T10:00:61Z"),
    RANGE(RFC3339, "2026-11-22T10:00:00+14:01"),
    RANGE(RFC3339, "2026-11-22T10:00:00-15:00"),
    RANGE(RFC3339, "2026-11-22T10:00:00+99:00"),
    BAD(RFC3339, ""),
    BAD(RFC3339, "2026"),
    BAD(RFC3339, "2026-11-22"),
    BAD(RFC3339, "2026-11-22T"),
    BAD(RFC3339, "2026-11-22T10"),
    BAD(RFC3339, "2026-11-22T10:00"),
    BAD(RFC3339, "2026-11-22T10:00Z"),
    BAD(RFC3339, "2026-11-22T10:00:0Z"),
    BAD(RFC3339, "2026-11-22T10:00:00."),
    BAD(RFC3339, "2026-11-22T10:00:00.Z"),
    BAD(RFC3339, "2026-11-22T10:00:00+"),
    BAD(RFC3339, "2026-11-22T10:00:00+8"),
    BAD(RFC3339, "2026-11-22T10:00:00+080"),
    BAD(RFC3339, "2026-11-22T10:00:00+08:0"),
    BAD(RFC3339, "2026-11-22T10:00:00+08:"),
    BAD(RFC3339, "2026-11-22T10:00:00+08:60"),
    BAD(RFC3339, "2026-11-22T10:00:00+08:000"),
    BAD(RFC3339, "2026-11-22T10:00:00 "),
    BAD(RFC3339, " 2026-11-22T10:00:00Z"),
    BAD(RFC3339, "2026-11-22T10:00:00ZZ"),
    BAD(RFC3339, "2026-11-22T10:00:00Z "),
    BAD(RFC3339, "2026-11-22T10:00:00 CST"),
    BAD(RFC3339, "26-11-22T10:00:00Z"),
    BAD(RFC3339, "2026/11/22T10:00:00Z"),
    BAD(RFC3339, "2026-1-22T10:00:00Z"),
    BAD(RFC3339, "2026-11-22T1:00:00Z"),
    BAD(RFC3339, "2026-11-22_10:00:00Z"),
    BAD(RFC3339, "2026-11-22T10.00.00Z"),
    BAD(RFC3339, "-2026-11-22T10:00:00Z"),
    BAD(RFC3339, "+2026-11-22T10:00:00Z"),
    BAD(RFC3339, "2026-11-22T10:00:-1Z"),
    BAD(RFC3339, "20x6-11-22T10:00:00Z"),
    BAD(RFC3339, "now"),

    GUESS(RFC3164, "Nov 22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 22 10:00:00.123", "2026-11-22T10:00:00.123+08:00"),
    GUESS(RFC3164, "nov 22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "NOV 22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "Nov  2 10:00:00", "2026-11-02T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 2 10:00:00", "2026-11-02T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 02 10:00:00", "2026-11-02T10:00:00+08:00"),
    GUESS(RFC3164, "Dec 31 23:59:59", "2025-12-31T23:59:59+08:00"),
    GUESS(RFC3164, "Jan  1 00:00:00", "2026-01-01T00:00:00+08:00"),
    GUESS(RFC3164, "May 22 10:00:00", "2026-05-22T10:00:00+08:00"),
    GUESS(RFC3164, "May 24 10:00:00", "2026-05-24T10:00:00+08:00"),
    GUESS(RFC3164, "May 23 21:59:59", "2026-05-23T21:59:59+08:00"),
    GUESS(RFC3164, "May 23 22:00:01", "2026-05-23T22:00:01+08:00"),
    GUESS(RFC3164, "Feb 29 10:00:00", "2024-02-29T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 22 10:00:60", "2026-11-22T10:00:59+08:00"),
    GUESS(RFC3164, "2025 Nov 22 10:00:00", "2025-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "2024 Feb 29 10:00:00", "2024-02-29T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 22 2025 10:00:00", "2025-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "Sun Nov 22 10:00:00 2026", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "Wed Mar  6 15:52:23 2024", "2024-03-06T15:52:23+08:00"),
    GUESS(RFC3164, "Sun, Nov 22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 22 10:00:00 +0800", "2026-11-22T10:00:00+08:00"),
    OK(RFC3164, "Nov 22 2025 10:00:00 UTC", "2025-11-22T10:00:00+00:00"),
    OK(RFC3164, "Nov 22 2025 10:00:00 gmt+08:00", "2025-11-22T10:00:00+08:00"),
    OK(RFC3164, "2025 Nov 22 10:00:00+01:00", "2025-11-22T10:00:00+01:00"),
    OK(RFC3164, "Sun Nov 22 10:00:00 2026 +0800", "2026-11-22T10:00:00+08:00"),
    GUESS(RFC3164, "Nov 22 2025 10:00:00 CST", "2025-11-22T10:00:00+08:00"),
    RANGE(RFC3164, "Nov 31 10:00:00"),
    RANGE(RFC3164, "Feb 30 10:00:00"),
    RANGE(RFC3164, "Nov 0 10:00:00"),
    RANGE(RFC3164, "Nov 22 24:00:00"),
    RANGE(RFC3164, "Nov 22 10:60:00"),
    RANGE(RFC3164, "Nov 22 10:00:61"),
    RANGE(RFC3164, "2025 Feb 29 10:00:00"),
    RANGE(RFC3164, "0000 Nov 22 10:00:00"),
    RANGE(RFC3164, "1969 Nov 22 10:00:00"),
    RANGE(RFC3164, "2200 Nov 22 10:00:00"),
    BAD(RFC3164, ""),
    BAD(RFC3164, "Nov"),
    BAD(RFC3164, "Nov 22"),
    BAD(RFC3164, "Nov 22 10:00"),
    BAD(RFC3164, "Nov 22 1:00:00"),
    BAD(RFC3164, "Nov22 10:00:00"),
    BAD(RFC3164, "Nov 222 10:00:00"),
    BAD(RFC3164, "November 22 10:00:00"),
    BAD(RFC3164, "Nvm 22 10:00:00"),
    BAD(RFC3164, "22 Nov 10:00:00"),
    BAD(RFC3164, "26 Nov 22 10:00:00"),
    BAD(RFC3164, "Nov 22 10:00:00 "),
    BAD(RFC3164, "Nov 22 10:00:00."),
    BAD(RFC3164, "Nov 22 10:00:00 2026 "),
    BAD(RFC3164, "Nov 22 2025 10:00:00 2026"),
    BAD(RFC3164, "Nov 22 10:00:00 Beijing"),
    BAD(RFC3164, "Nov 22 10:00:00 +08:0"),
    BAD(RFC3164, "Sun"),

    OK(CLF, "22/Nov/2026:10:00:00 +0800", "2026-11-22T10:00:00+08:00"),
    OK(CLF, "22/Nov/2026:10:00:00.123456 +0800", "2026-11-22T10:00:00.123456+08:00"),
    OK(CLF, "2/Jan/2026:00:00:00 -0500", "2026-01-02T00:00:00-05:00"),
    OK(CLF, "22/nov/2026:10:00:00 +08:00", "2026-11-22T10:00:00+08:00"),
    GUESS(CLF, "22/Nov/2026:10:00:00", "2026-11-22T10:00:00+08:00"),
    RANGE(CLF, "31/Nov/2026:10:00:00 +0800"),
    RANGE(CLF, "22/Nov/0000:10:00:00 +0800"),
    BAD(CLF, ""),
    BAD(CLF, "[22/Nov/2026:10:00:00 +0800]"),
    BAD(CLF, "22/Nov/26:10:00:00 +0800"),
    BAD(CLF, "22/11/2026:10:00:00 +0800"),
    BAD(CLF, "22/Nov/2026 10:00:00 +0800"),
    BAD(CLF, "22/Nov/2026:10:00:00+0800"),
    BAD(CLF, "22/Nov/2026:10:00:00 "),
    BAD(CLF, "22/Nov/2026:10:00:00 0800"),

    OK(EPOCH, "0", "1970-01-01T00:00:00Z"),
    OK(EPOCH, "1795312800", "2026-11-22T02:00:00Z"),
    OK(EPOCH, "1795312800.5", "2026-11-22T02:00:00.5Z"),
    OK(EPOCH, "1795312800.123456", "2026-11-22T02:00:00.123456Z"),
    OK(EPOCH, "1795312800.1234567891", "2026-11-22T02:00:00.123456789Z"),
    OK(EPOCH, "0001795312800", "2026-11-22T02:00:00Z"),
    OK(EPOCH, "7258118399", "2199-12-31T23:59:59Z"),
    RANGE(EPOCH, "7258118400"),
    RANGE(EPOCH, "1795312800000"),
    RANGE(EPOCH, "18446744073709551615"),
    RANGE(EPOCH, "18446744073709551616"),
    RANGE(EPOCH, "99999999999999999999999999"),
    BAD(EPOCH, ""),
    BAD(EPOCH, "-1"),
    BAD(EPOCH, "+1"),
    BAD(EPOCH, "1795312800."),
    BAD(EPOCH, ".5"),
    BAD(EPOCH, "1.5.5"),
    BAD(EPOCH, "1e9"),
    BAD(EPOCH, "0x10"),
    BAD(EPOCH, " 1"),
    BAD(EPOCH, "1 "),
    OK(EPOCH_MS, "1795312800123", "2026-11-22T02:00:00.123Z"),
    OK(EPOCH_MS, "0", "1970-01-01T00:00:00.000Z"),
    OK(EPOCH_MS, "999", "1970-01-01T00:00:00.999Z"),
    RANGE(EPOCH_MS, "7258118400000"),
    RANGE(EPOCH_MS, "18446744073709551616"),
    BAD(EPOCH_MS, "1795312800123.5"),
    BAD(EPOCH_MS, "-5"),
    OK(EPOCH_US, "1795312800123456", "2026-11-22T02:00:00.123456Z"),
    OK(EPOCH_US, "1", "1970-01-01T00:00:00.000001Z"),
    RANGE(EPOCH_US, "7258118400000000"),
    BAD(EPOCH_US, "1x"),
    OK(EPOCH_NS, "1795312800123456789", "2026-11-22T02:00:00.123456789Z"),
    OK(EPOCH_NS, "1", "1970-01-01T00:00:00.000000001Z"),
    RANGE(EPOCH_NS, "7258118400000000000"),
    RANGE(EPOCH_NS, "18446744073709551616"),
    BAD(EPOCH_NS, ""),

    GUESS(DATETIME, "2026-11-22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(DATETIME, "2026/11/22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(DATETIME, "2026-11-22T10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(DATETIME, "2026-11-22 10:00:00.123", "2026-11-22T10:00:00.123+08:00"),
    GUESS(DATETIME, "2026-11-22 10:00:00,123", "2026-11-22T10:00:00.123+08:00"),
    GUESS(DATETIME, "2026/1/2 3:04:05", "2026-01-02T03:04:05+08:00"),
    GUESS(DATETIME, "2026-01-2 3:04:05.1", "2026-01-02T03:04:05.1+08:00"),
    RANGE(DATETIME, "2026-02-29 10:00:00"),
    RANGE(DATETIME, "2026-0-1 10:00:00"),
    RANGE(DATETIME, "0000-01-01 10:00:00"),
    BAD(DATETIME, ""),
    BAD(DATETIME, "2026"),
    BAD(DATETIME, "2026-11/22 10:00:00"),
    BAD(DATETIME, "2026.11.22 10:00:00"),
    BAD(DATETIME, "2026-11-22"),
    BAD(DATETIME, "2026-11-22 10:0:00"),
    BAD(DATETIME, "2026-11-22 10:00:00+08:00"),
    BAD(DATETIME, "2026-11-22 10:00:00Z"),
    BAD(DATETIME, "2026-011-22 10:00:00"),
    BAD(DATETIME, "2026-11-22  10:00:00"),

    OK(CEF, "1795312800123", "2026-11-22T02:00:00.123Z"),
    GUESS(CEF, "Nov 22 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(CEF, "Nov 22 2026 10:00:00", "2026-11-22T10:00:00+08:00"),
    GUESS(CEF, "Nov 22 2026 10:00:00.123", "2026-11-22T10:00:00.123+08:00"),
    GUESS(CEF, "Nov 22 2026 10:00:00 CST", "2026-11-22T10:00:00+08:00"),
    OK(CEF, "Nov 22 2026 10:00:00.123 GMT", "2026-11-22T10:00:00.123+00:00"),
    OK(CEF, "Nov 22 2026 10:00:00.123 GMT+08:00", "2026-11-22T10:00:00.123+08:00"),
    OK(CEF, "Nov 22 2026 10:00:00 Z", "2026-11-22T10:00:00+00:00"),
    OK(CEF, "Nov 22 2026 10:00:00 +0800", "2026-11-22T10:00:00+08:00"),
    RANGE(CEF, "99999999999999"),
    BAD(CEF, ""),
    BAD(CEF, "1795312800.123"),
    BAD(CEF, "2026-11-22 10:00:00"),
    BAD(CEF, "Nov 22 2026 10:00:00 C1T"),
    BAD(CEF, "Nov 22 2026 10:00:00 GMT+"),
    BAD(CEF, "Nov 22 2026 10:00:00 X"),

    GUESS(COMPACT, "20261122100000", "2026-11-22T10:00:00+08:00"),
    GUESS(COMPACT, "20261122100000.123", "2026-11-22T10:00:00.123+08:00"),
    OK(COMPACT, "20261122100000Z", "2026-11-22T10:00:00+00:00"),
    OK(COMPACT, "20261122100000+0800", "2026-11-22T10:00:00+08:00"),
    OK(COMPACT, "20261122100000.5-0500", "2026-11-22T10:00:00.5-05:00"),
    RANGE(COMPACT, "20261322100000"),
    RANGE(COMPACT, "00001122100000"),
    BAD(COMPACT, ""),
    BAD(COMPACT, "2026112210000"),
    BAD(COMPACT, "202611221000000"),
    BAD(COMPACT, "20261122100000."),
    BAD(COMPACT, "20261122T100000"),
    BAD(COMPACT, "2026112210000x"),
};
/* clang-format on */

#define ROWS (sizeof rows / sizeof rows[0])

static const struct time_context context = {.now = {.sec = NOW},
                                            .default_offset_min = 480};

static bool
judge(const struct row *row)
{
    struct stamp t = {.sec = -77};
    struct buf out = {0};
    enum err_code code =
        time_parse(row->form, bytes_str(row->in), &context, &t);
    bool ok = code == row->code;

    if (row->out == NULL) {
        ok = ok && t.sec == -77; /* untouched */
    } else if (ok) {
        time_write_rfc3339(&out, &t);
        ok = strcmp(buf_cstr(&out), row->out) == 0 && t.guessed == row->guessed;
    }
    if (!ok)
        print_error("form %d \"%s\": %s %s, guessed %d\n", (int)row->form,
                    row->in, err_name(code), out.len ? buf_cstr(&out) : "",
                    t.guessed);
    buf_free(&out);
    return ok;
}

static void
test_rows(void **state)
{
    unsigned bad = 0;

    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        bad += !judge(&rows[i]);
    print_message("%zu rows\n", ROWS);
    assert_true(ROWS >= 200);
    assert_int_equal(bad, 0);
}

/* Every prefix of every row, from a buffer of its size: no byte too far, and
 * nothing is said of an output that failed. */
static void
test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t n = 0; n <= strlen(rows[i].in); n++) {
            char *copy = malloc(n ? n : 1);
            struct stamp t = {.sec = -77};

            assert_non_null(copy);
            memcpy(copy, rows[i].in, n);
            if (time_parse(rows[i].form, bytes_of(copy, n), &context, &t) !=
                ERR_OK)
                assert_int_equal(t.sec, -77);
            if (!time_rfc3339_strict(bytes_of(copy, n), &t) && t.sec == -77)
                assert_int_equal(t.nsec, 0);
            free(copy);
        }
    }
}

static void
test_strict(void **state)
{
    static const struct {
        const char *in;
        bool ok;
    } row[] = {
        {"2026-11-22T10:00:00Z", true},
        {"2026-11-22T10:00:00+08:00", true},
        {"2026-11-22T10:00:00-00:00", true},
        {"2026-11-22T10:00:00.123456789+08:00", true},
        {"2026-11-22T10:00:00.1Z", true},
        {"2016-12-31T23:59:60Z", true},
        {"2017-01-01T07:59:60+08:00", true},
        {"2016-12-31T23:59:60.5Z", true},
        {"2016-12-31T23:59:60+08:00", false},
        {"2016-12-31T23:58:60Z", false},
        {"2026-11-22T10:00:60Z", false},
        {"2026-11-22T10:00:00.1234567890Z", false},
        {"2026-11-22T10:00:00", false},
        {"2026-11-22t10:00:00Z", false},
        {"2026-11-22T10:00:00z", false},
        {"2026-11-22 10:00:00Z", false},
        {"2026-11-22T10:00:00,1Z", false},
        {"2026-11-22T10:00:00.Z", false},
        {"2026-11-22T10:00:00+0800", false},
        {"2026-11-22T10:00:00+08", false},
        {"2026-11-22T10:00:00+14:01", false},
        {"2026-11-22T10:00:00+08:60", false},
        {"2026-11-22T24:00:00Z", false},
        {"2026-02-29T10:00:00Z", false},
        {"2026-2-28T10:00:00Z", false},
        {"2026-11-22T10:00:00Z ", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct stamp t = {.sec = -77};

        if (time_rfc3339_strict(bytes_str(row[i].in), &t) != row[i].ok)
            fail_msg("%s", row[i].in);
        assert_int_equal(t.sec == -77, !row[i].ok);
    }
}

/* Every day of the range, through writing and both readers. */
static void
test_every_day(void **state)
{
    struct buf out = {0};
    char previous[32] = "";

    (void)state;
    for (int64_t day = 0; day < 84006; day++) {
        struct stamp t = {.sec = day * 86400 + day % 86400, .has_offset = true};
        struct stamp back;

        buf_reset(&out);
        time_write_rfc3339(&out, &t);
        assert_true(strcmp(previous, buf_cstr(&out)) < 0);
        memcpy(previous, out.data, out.len);
        assert_true(time_rfc3339_strict(buf_view(&out), &back));
        assert_int_equal(time_compare(&t, &back), 0);
        assert_int_equal(time_parse(TIME_RFC3339, buf_view(&out), NULL, &back),
                         ERR_OK);
        assert_int_equal(time_compare(&t, &back), 0);
    }
    buf_free(&out);
}

static void
test_write(void **state)
{
    static const struct {
        enum time_form form;
        const char *out;
    } row[] = {
        {TIME_RFC3339, "2026-11-22T10:00:00.120+08:00"},
        {TIME_EPOCH, "1795312800.120"},
        {TIME_EPOCH_MS, "1795312800120"},
        {TIME_DATETIME, "2026-11-22 10:00:00.120"},
        {TIME_COMPACT, "20261122100000.120"},
    };
    struct stamp t = {.sec = NOW,
                      .nsec = 120000000,
                      .offset_min = 480,
                      .digits = 3,
                      .has_offset = true};
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct stamp back;

        buf_reset(&out);
        assert_int_equal(time_write(row[i].form, &out, &t), ERR_OK);
        assert_string_equal(buf_cstr(&out), row[i].out);
        assert_int_equal(
            time_parse(row[i].form, buf_view(&out), &context, &back), ERR_OK);
        assert_int_equal(time_compare(&t, &back), 0);
    }
    buf_reset(&out);
    assert_int_equal(time_write(TIME_CLF, &out, &t), ERR_UNSUPPORTED);
    assert_int_equal(time_write(TIME_CEF, &out, &t), ERR_UNSUPPORTED);
    assert_int_equal(time_write(TIME_FORM_COUNT, &out, &t), ERR_UNSUPPORTED);
    assert_int_equal(out.len, 0);
    for (unsigned digits = 0; digits <= 9; digits++) {
        t.digits = (uint8_t)digits;
        buf_reset(&out);
        time_write_rfc3339(&out, &t);
        assert_int_equal(out.len, 25 + digits + (digits > 0));
    }
    buf_free(&out);
}

/* Stamps from nowhere: the text stays a text of the form's size. */
static void
test_write_wild(void **state)
{
    static const int64_t secs[] = {INT64_MIN / 4, -62135596801, -1,
                                   253402300800, INT64_MAX / 4};
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof secs / sizeof secs[0]; i++) {
        struct stamp t = {.sec = secs[i],
                          .nsec = UINT32_MAX,
                          .offset_min = INT16_MIN,
                          .digits = 255,
                          .has_offset = true};

        buf_reset(&out);
        time_write_rfc3339(&out, &t);
        assert_int_equal(out.len, 35);
    }
    buf_free(&out);
}

static void
test_small(void **state)
{
    struct stamp a = time_of_ns(1500000000), b = time_of_ns(1500000001);
    struct stamp c = time_of_ns(-1);
    enum time_form form;

    (void)state;
    assert_int_equal(a.sec, 1);
    assert_int_equal(a.nsec, 500000000);
    assert_int_equal(a.digits, 3);
    assert_int_equal(c.sec, -1);
    assert_int_equal(c.nsec, 999999999);
    assert_int_equal(time_compare(&a, &b), -1);
    assert_int_equal(time_compare(&b, &a), 1);
    assert_int_equal(time_compare(&a, &a), 0);
    assert_int_equal(time_compare(&c, &a), -1);
    assert_true(time_form_name(BYTES("rfc3164"), &form));
    assert_int_equal(form, TIME_RFC3164);
    assert_true(time_form_name(BYTES("compact"), &form));
    assert_int_equal(form, TIME_COMPACT);
    assert_false(time_form_name(BYTES("RFC3164"), &form));
    assert_false(time_form_name(BYTES(""), &form));
    assert_int_equal(
        time_parse(TIME_RFC3164, BYTES("Nov 22 10:00:00"), NULL, &a), ERR_ARG);
    assert_int_equal(time_parse(TIME_FORM_COUNT, BYTES("0"), NULL, &a),
                     ERR_ARG);
}

/* Events are of the past: up to a year back, and a week ahead for wrong clocks,
 * whatever day it is now. */
static void
test_year_guess(void **state)
{
    (void)state;
    for (int64_t now = 40LL * 365 * 86400; now < 80LL * 365 * 86400;
         now += 86400 * 29 + 12345) {
        struct time_context ctx = {.now = {.sec = now}};
        struct buf out = {0};

        for (int64_t away = -357; away <= 6; away += 9) {
            static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
            struct stamp t = {.sec = now + away * 86400}, back;
            char text[32];
            unsigned month;

            buf_reset(&out);
            time_write_rfc3339(&out, &t);
            month = (unsigned)(out.data[5] - '0') * 10 +
                    (unsigned)(out.data[6] - '0');
            (void)snprintf(text, sizeof text, "%.3s %.2s %.8s",
                           names + (size_t)3 * (month - 1), out.data + 8,
                           out.data + 11);
            assert_int_equal(
                time_parse(TIME_RFC3164, bytes_str(text), &ctx, &back), ERR_OK);
            assert_int_equal(back.sec, t.sec);
        }
        buf_free(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),   cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_strict), cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_write),  cmocka_unit_test(test_write_wild),
        cmocka_unit_test(test_small),  cmocka_unit_test(test_year_guess),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
