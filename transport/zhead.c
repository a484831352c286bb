/* SPDX-License-Identifier: Apache-2.0 */
/* See zhead.h. */
#include "transport/zhead.h"

#include "transport/answer.h"
#include "transport/scan.h"

/* Identifiers enter heads and JSON without escaping, so what would need it is
 * refused. */
bool
zhead_is_id(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];

        if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\')
            return false;
    }
    return b.len > 0 && b.len <= ANSWER_ID_MAX;
}

bool
zhead_is_type(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return b.len > 0 && b.len <= ANSWER_TYPE_MAX;
}

void
zhead_write(struct buf *out, const struct zhead *h)
{
    buf_str(out, "{\"id\":\"");
    buf_bytes(out, h->id);
    buf_str(out, "\",\"info_type\":\"");
    buf_bytes(out, h->info_type);
    buf_str(out, "\",\"items\":");
    buf_u64(out, h->items);
    buf_str(out, ",\"first_sequence\":");
    buf_u64(out, h->first_sequence);
    buf_str(out, ",\"content_type\":\"");
    buf_bytes(out, h->content_type);
    buf_str(out, "\"}");
}

/* The value of a text member that we know, once; others pass by. */
static bool
text_member(struct zhead *h, struct bytes key, struct bytes text)
{
    struct bytes *place = bytes_is(key, "id")             ? &h->id
                          : bytes_is(key, "info_type")    ? &h->info_type
                          : bytes_is(key, "content_type") ? &h->content_type
                                                          : NULL;

    if (!place)
        return true;
    if (place->data)
        return false;
    *place = text;
    return true;
}

static bool
member(struct scan *s, struct zhead *h)
{
    struct bytes key, text;
    uint64_t number;

    if (!scan_string(s, &key) || !scan_take(s, ':'))
        return false;
    if (scan_peek(s, '"'))
        return scan_string(s, &text) && text_member(h, key, text);
    if (!scan_number(s, UINT64_MAX, &number))
        return false;
    if (bytes_is(key, "items"))
        h->items = number;
    else if (bytes_is(key, "first_sequence"))
        h->first_sequence = number;
    return true;
}

bool
zhead_scan(struct bytes in, struct zhead *h)
{
    struct scan s = {in};

    *h = (struct zhead){0};
    if (in.len > ZHEAD_MAX || !scan_take(&s, '{'))
        return false;
    do {
        if (!member(&s, h))
            return false;
    } while (scan_take(&s, ','));
    return scan_take(&s, '}') && scan_end(&s) && zhead_is_id(h->id) &&
           zhead_is_type(h->info_type);
}
