/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_capture */
/* A capture file in two pieces: no document twice, none after a failure. */
#include "conformance/capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(void *ctx, const struct capture_document *d)
{
    size_t *bytes = ctx;

    for (size_t i = 0; i < d->text.len; i++)
        *bytes += (unsigned char)d->text.data[i]; /* all of it can be read */
    *bytes += strlen(d->place) + strlen(d->interface);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct capture_counts counts = {0};
    size_t sum = 0;
    struct capture_sink sink = {
        .document = take, .ctx = &sum, .counts = &counts};
    struct bytes in = {(const char *)data, size};
    enum capture_kind kind = capture_recognise(in);
    struct capture *c;
    struct err err;

    if (kind == CAPTURE_NONE)
        return 0;
    c = capture_new(kind, &sink, &err);
    if (c == NULL)
        return 0;
    if (capture_feed(c, bytes_upto(in, size / 2), &err) == ERR_OK &&
        capture_feed(c, bytes_from(in, size / 2), &err) == ERR_OK &&
        capture_end(c, &err) == ERR_NOMEM)
        __builtin_trap();
    capture_free(c);
    return 0;
}
