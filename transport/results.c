/* SPDX-License-Identifier: Apache-2.0 */
/* Scanner and writer of the per-item results; see results.h. */
#include "transport/results.h"

#define MAX_STRING 256 /* msg_id */

struct cursor {
    struct bytes rest;
};

static void
skip_space(struct cursor *c)
{
    while (c->rest.len && (c->rest.data[0] == ' ' || c->rest.data[0] == '\t' ||
                           c->rest.data[0] == '\r' || c->rest.data[0] == '\n'))
        c->rest = bytes_from(c->rest, 1);
}

/* take(c, ch): the next token is ${ch}; white space in front is skipped. */
static bool
take(struct cursor *c, char ch)
{
    skip_space(c);
    if (c->rest.len == 0 || c->rest.data[0] != ch)
        return false;
    c->rest = bytes_from(c->rest, 1);
    return true;
}

static bool
take_string(struct cursor *c, struct bytes *out)
{
    size_t n = 0;

    if (!take(c, '"'))
        return false;
    while (n < c->rest.len && c->rest.data[n] != '"') {
        unsigned char b = (unsigned char)c->rest.data[n];

        if (b < 0x20 || b > 0x7e || b == '\\' || n >= MAX_STRING)
            return false;
        n++;
    }
    if (n == c->rest.len)
        return false;
    *out = bytes_upto(c->rest, n);
    c->rest = bytes_from(c->rest, n + 1);
    return true;
}

static bool
take_number(struct cursor *c, uint64_t max, uint64_t *out)
{
    size_t n = 0;

    skip_space(c);
    while (n < c->rest.len && c->rest.data[n] >= '0' && c->rest.data[n] <= '9')
        n++;
    if (n > 1 && c->rest.data[0] == '0')
        return false; /* not a JSON number */
    if (n > 10 || !bytes_to_u64(bytes_upto(c->rest, n), max, out))
        return false;
    c->rest = bytes_from(c->rest, n);
    return true;
}

static bool
take_list(struct cursor *c, struct results *r)
{
    r->count = 0;
    if (!take(c, '['))
        return false;
    if (take(c, ']'))
        return true;
    do {
        uint64_t status;

        if (!take_number(c, 599, &status) || status < 100 || r->count >= r->max)
            return false;
        r->status[r->count++] = (uint16_t)status;
    } while (take(c, ','));
    return take(c, ']');
}

bool
results_scan_list(struct bytes in, struct results *r)
{
    struct cursor c = {in};

    if (!take_list(&c, r))
        return false;
    skip_space(&c);
    return c.rest.len == 0;
}

bool
results_scan(struct bytes in, struct results *r)
{
    enum { ID = 1, ACCEPTED = 2, LIST = 4 };
    struct cursor c = {in};
    unsigned seen = 0;
    struct bytes key;
    uint64_t accepted;

    r->msg_id = (struct bytes){0};
    if (!take(&c, '{'))
        return false;
    do {
        unsigned member;
        bool ok = take_string(&c, &key) && take(&c, ':');

        member = !ok                         ? 0
                 : bytes_is(key, "msg_id")   ? ID
                 : bytes_is(key, "accepted") ? ACCEPTED
                 : bytes_is(key, "results")  ? LIST
                                             : 0;
        if (member == 0 || (seen & member))
            return false;
        seen |= member;
        if (member == ID)
            ok = take_string(&c, &r->msg_id);
        else if (member == ACCEPTED)
            ok = take_number(&c, RESULTS_MAX, &accepted);
        else
            ok = take_list(&c, r);
        if (!ok)
            return false;
    } while (take(&c, ','));
    if (!take(&c, '}') || !(seen & LIST))
        return false;
    skip_space(&c);
    return c.rest.len == 0;
}

void
results_write_list(struct buf *out, const uint16_t *status, size_t n)
{
    buf_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(out, ',');
        buf_u64(out, status[i]);
    }
    buf_char(out, ']');
}

void
results_write(struct buf *out, struct bytes msg_id, const uint16_t *status,
              size_t n)
{
    uint64_t accepted = 0;

    for (size_t i = 0; i < n; i++)
        accepted += status[i] >= 200 && status[i] <= 299;
    buf_str(out, "{\"msg_id\":\"");
    for (size_t i = 0; i < msg_id.len && i < MAX_STRING; i++) {
        char b = msg_id.data[i];

        if (b >= 0x20 && b <= 0x7e && b != '"' && b != '\\')
            buf_char(out, b);
    }
    buf_str(out, "\",\"accepted\":");
    buf_u64(out, accepted);
    buf_str(out, ",\"results\":");
    results_write_list(out, status, n);
    buf_char(out, '}');
}
