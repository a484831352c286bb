/* SPDX-License-Identifier: Apache-2.0 */
/* LINK transport */
/* The HTTP push parser: whatever the bytes, the events, their order and their
 * content are the same for every way to cut the input into pieces. The first
 * byte chooses the pieces. */
#include <stdint.h>
#include <stdlib.h>

#include "transport/http_parse.h"

#define BODY_MAX 4096

/* One line of text a request: what a server would see. */
static void
note_head(const struct http_parser *p, struct buf *out)
{
    buf_printf(out, "%d %llu %d%d%d ", (int)p->method,
               (unsigned long long)p->length, p->chunked, p->keep_alive,
               p->expects);
    buf_bytes(out, p->path);
    buf_char(out, '?');
    buf_bytes(out, p->query);
    for (size_t i = 0; i < p->field_count; i++) {
        buf_char(out, '\n');
        buf_bytes(out, p->field[i].name);
        buf_char(out, ':');
        buf_bytes(out, p->field[i].value);
    }
}

/* False at the end of the conversation. */
static bool
note_event(struct http_parser *p, enum http_event event, struct buf *out)
{
    switch (event) {
    case HTTP_MORE:
        return true;
    case HTTP_HEAD:
        note_head(p, out);
        p->max_body = BODY_MAX;
        return true;
    case HTTP_DONE:
        if (p->body.len > BODY_MAX)
            abort();
        buf_bytes(out, buf_view(&p->body));
        buf_str(out, "\ndone\n");
        http_parse_next(p);
        return true;
    case HTTP_ERROR:
        if (p->status < 400 || p->status > 599 || !p->why)
            abort();
        buf_printf(out, "%u %s", p->status, p->why);
        return false;
    }
    return false;
}

static void
converse(struct bytes in, unsigned seed, struct buf *out)
{
    struct http_parser *p = calloc(1, sizeof(*p));
    bool open = p != NULL;

    if (p)
        http_parse_init(p);
    while (open && in.len) {
        struct bytes piece =
            bytes_upto(in, seed ? 1 + (seed = seed * 75 + 74) % 97 : in.len);
        enum http_event event;

        in = bytes_from(in, piece.len);
        do {
            event = http_parse_push(p, &piece);
            open = note_event(p, event, out);
        } while (open && (event == HTTP_HEAD || piece.len));
    }
    if (p)
        http_parse_fini(p);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);
    struct buf whole = {0}, pieces = {0};

    if (size == 0)
        return 0;
    converse(bytes_from(in, 1), 0, &whole);
    converse(bytes_from(in, 1), 1U + data[0], &pieces);
    if (!bytes_eq(buf_view(&whole), buf_view(&pieces)))
        abort();
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
