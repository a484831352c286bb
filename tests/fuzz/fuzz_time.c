/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_base */
/* Every time form on the same bytes; what is read, is written and read back. */
#include <stdlib.h>

#include "formats/base/time.h"

#define CHECK(x) ((x) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct time_context now = {.now = {.sec = 1795312800},
                                        .default_offset_min = 480};

/* back(form, t, out): ${t} written as ${form} is the same instant, as far as
 * the form has digits. */
static void
back(enum time_form form, const struct stamp *t, struct buf *out)
{
    struct time_context there = {.default_offset_min = t->offset_min};
    struct stamp u;

    buf_reset(out);
    CHECK(time_write(form, out, t) == ERR_OK);
    CHECK(time_parse(form, buf_view(out), &there, &u) == ERR_OK);
    CHECK(u.sec == t->sec);
    if (form == TIME_EPOCH_MS)
        CHECK(u.nsec / 1000000 == t->nsec / 1000000);
    else
        CHECK(time_compare(t, &u) == 0 && u.digits == t->digits);
}

/* inside(t): its local time has a year that the forms can name. */
static bool
inside(const struct stamp *t)
{
    int64_t local = t->sec + (int64_t)t->offset_min * 60;

    return local >= 0 && local < INT64_C(7258118400);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);
    struct buf out = {0};
    struct stamp t, u;

    for (int form = 0; form < TIME_FORM_COUNT; form++) {
        if (time_parse((enum time_form)form, in, &now, &t) != ERR_OK)
            continue;
        CHECK(t.nsec < 1000000000 && t.digits <= 9);
        CHECK(t.sec >= 0 && t.sec < INT64_C(7258118400));
        CHECK(inside(&t));
        back(TIME_RFC3339, &t, &out);
        back(TIME_EPOCH, &t, &out);
        back(TIME_EPOCH_MS, &t, &out);
        back(TIME_DATETIME, &t, &out);
        back(TIME_COMPACT, &t, &out);
    }
    if (time_rfc3339_strict(in, &t)) {
        CHECK(time_parse(TIME_RFC3339, in, NULL, &u) == ERR_OK);
        CHECK(time_compare(&t, &u) == 0 && t.has_offset && !t.guessed);
    }
    buf_free(&out);
    return 0;
}
