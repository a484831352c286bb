/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_wire */
/* The strict reader of HTTP responses: any bytes, whole or cut. */
#include <stdlib.h>

#include "conformance/wire/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply r = {0}, again = {0};
    struct bytes in;
    enum reply_state s;

    if (size == 0)
        return 0;
    in = bytes_of((const char *)data + 1, size - 1);
    s = reply_read(in, data[0] & 1, data[0] & 2, &r);
    if (s == REPLY_DONE && (r.used > in.len || r.status < 100))
        abort();
    if (s == REPLY_BAD && (r.why == NULL || r.at > in.len))
        abort();
    /* What is whole stays the same whatever comes behind it. */
    if (s == REPLY_DONE && !r.until_close &&
        (reply_read(bytes_upto(in, r.used), false, data[0] & 2, &again) !=
             REPLY_DONE ||
         again.used != r.used ||
         !bytes_eq(buf_view(&again.body), buf_view(&r.body))))
        abort();
    reply_free(&r);
    reply_free(&again);
    return 0;
}
