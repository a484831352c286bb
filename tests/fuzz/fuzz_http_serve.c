/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_wire */
/* The judge of requests: what it takes lies inside the input, a request stays
 * the same when more follows it, and no piece of it is complete before. */
#include <stdint.h>
#include <stdlib.h>

#include "conformance/wire/http_serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct bytes part, struct bytes in)
{
    if (part.len > 0 &&
        (part.data < in.data || part.data + part.len > in.data + in.len))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);
    struct http_serve_request *r = calloc(1, sizeof *r);
    struct buf decoded = {0}, again = {0};

    while (r != NULL && in.len > 0) {
        enum http_serve_state s = http_serve_read(in, false, &decoded, r);
        size_t used = r->used;

        if (used > in.len || r->fields > HTTP_SERVE_FIELDS_MAX)
            abort();
        inside(r->method, in);
        inside(r->target, in);
        if (!r->chunked)
            inside(r->body, in);
        if (s != HTTP_SERVE_DONE)
            break;
        if (used == 0 ||
            http_serve_read(bytes_upto(in, used), false, &again, r) !=
                HTTP_SERVE_DONE ||
            !bytes_eq(buf_view(&decoded), buf_view(&again)) ||
            http_serve_read(bytes_upto(in, used - 1), false, &again, r) ==
                HTTP_SERVE_DONE)
            abort();
        in = bytes_from(in, used);
    }
    (void)http_serve_inflate(bytes_of((const char *)data, size), 1 << 20,
                             &again);
    buf_free(&decoded);
    buf_free(&again);
    free(r);
    return 0;
}
