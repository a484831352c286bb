/* SPDX-License-Identifier: Apache-2.0 */
/* Scanner and writer of the per-item results; see results.h. */
#include "transport/results.h"

#include "transport/scan.h"

static bool
take_list(struct scan *c, struct results *r)
{
    r->count = 0;
    if (!scan_take(c, '['))
        return false;
    if (scan_take(c, ']'))
        return true;
    do {
        uint64_t status;

        if (!scan_number(c, 599, &status) || status < 100 || r->count >= r->max)
            return false;
        r->status[r->count++] = (uint16_t)status;
    } while (scan_take(c, ','));
    return scan_take(c, ']');
}

bool
results_scan_list(struct bytes in, struct results *r)
{
    struct scan c = {in};

    if (!take_list(&c, r))
        return false;
    return scan_end(&c);
}

bool
results_scan(struct bytes in, struct results *r)
{
    enum { ID = 1, ACCEPTED = 2, LIST = 4 };
    struct scan c = {in};
    unsigned seen = 0;
    struct bytes key;
    uint64_t accepted;

    r->msg_id = (struct bytes){0};
    if (!scan_take(&c, '{'))
        return false;
    do {
        unsigned member;
        bool ok = scan_string(&c, &key) && scan_take(&c, ':');

        member = !ok                         ? 0
                 : bytes_is(key, "msg_id")   ? ID
                 : bytes_is(key, "accepted") ? ACCEPTED
                 : bytes_is(key, "results")  ? LIST
                                             : 0;
        if (member == 0 || (seen & member))
            return false;
        seen |= member;
        if (member == ID)
            ok = scan_string(&c, &r->msg_id);
        else if (member == ACCEPTED)
            ok = scan_number(&c, RESULTS_MAX, &accepted);
        else
            ok = take_list(&c, r);
        if (!ok)
            return false;
    } while (scan_take(&c, ','));
    if (!scan_take(&c, '}') || !(seen & LIST))
        return false;
    return scan_end(&c);
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
    for (size_t i = 0; i < msg_id.len && i < SCAN_STRING_MAX; i++) {
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
