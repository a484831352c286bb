/* SPDX-License-Identifier: Apache-2.0 */
/* Times of one document against each other: the clocks of tester and product
 * need not agree, those of one answer do. */
#include "conformance/steps/assert.h"
#include "formats/base/time.h"

#define SHIFT_MAX 4102444800U /* seconds */

static bool
time_at(const struct tape *t, uint32_t at, int64_t *out)
{
    struct buf scratch = {0};
    struct stamp when;
    bool ok = t->node[at].type == TAPE_STRING &&
              time_rfc3339_strict(tape_clean(t, &t->node[at], &scratch), &when);

    if (ok)
        *out = when.sec;
    buf_free(&scratch);
    return ok;
}

/* "POINTER+Ns" */
static bool
read_bound(struct bytes bound, struct bytes *pointer, uint64_t *shift)
{
    size_t plus = bytes_find(bound, '+');
    struct bytes digits = bytes_from(bound, plus + 1);

    *pointer = bytes_upto(bound, plus);
    return digits.len > 1 && digits.data[digits.len - 1] == 's' &&
           bytes_to_u64(bytes_upto(digits, digits.len - 1), SHIFT_MAX, shift);
}

bool
assert_time_form(struct bytes bound)
{
    struct bytes pointer;
    uint64_t shift;

    return read_bound(bound, &pointer, &shift);
}

bool
assert_time(const struct tape *t, uint32_t at, struct bytes bound, bool upper)
{
    struct bytes pointer;
    uint64_t shift;
    uint32_t base;
    int64_t have, want;

    if (!read_bound(bound, &pointer, &shift) ||
        !assert_find(t, pointer, &base) || !time_at(t, base, &want) ||
        !time_at(t, at, &have))
        return false;
    want += (int64_t)shift;
    return upper ? have <= want : have >= want;
}
