/* SPDX-License-Identifier: Apache-2.0 */
/* See scan.h. */
#include "transport/scan.h"

#define SCAN_DIGITS_MAX 20

static void
skip_space(struct scan *s)
{
    while (s->rest.len && (s->rest.data[0] == ' ' || s->rest.data[0] == '\t' ||
                           s->rest.data[0] == '\r' || s->rest.data[0] == '\n'))
        s->rest = bytes_from(s->rest, 1);
}

bool
scan_peek(struct scan *s, char c)
{
    skip_space(s);
    return s->rest.len > 0 && s->rest.data[0] == c;
}

bool
scan_take(struct scan *s, char c)
{
    if (!scan_peek(s, c))
        return false;
    s->rest = bytes_from(s->rest, 1);
    return true;
}

bool
scan_string(struct scan *s, struct bytes *out)
{
    size_t n = 0;

    if (!scan_take(s, '"'))
        return false;
    while (n < s->rest.len && s->rest.data[n] != '"') {
        char c = s->rest.data[n];

        if (c < 0x20 || c > 0x7e || c == '\\' || n >= SCAN_STRING_MAX)
            return false;
        n++;
    }
    if (n == s->rest.len)
        return false;
    *out = bytes_upto(s->rest, n);
    s->rest = bytes_from(s->rest, n + 1);
    return true;
}

bool
scan_number(struct scan *s, uint64_t max, uint64_t *out)
{
    size_t n = 0;

    skip_space(s);
    while (n < s->rest.len && s->rest.data[n] >= '0' && s->rest.data[n] <= '9')
        n++;
    if (n > SCAN_DIGITS_MAX || (n > 1 && s->rest.data[0] == '0') ||
        !bytes_to_u64(bytes_upto(s->rest, n), max, out))
        return false;
    s->rest = bytes_from(s->rest, n);
    return true;
}

bool
scan_end(struct scan *s)
{
    skip_space(s);
    return s->rest.len == 0;
}
