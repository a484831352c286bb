/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_capture */
/* Two directions of a stream: the first byte of the input cuts it into pieces,
 * whose lowest bits say which direction, and whether a hole comes before. */
#include "conformance/capture/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(void *ctx, const struct capture_document *d)
{
    size_t *sum = ctx;

    for (size_t i = 0; i < d->text.len; i++)
        *sum += (unsigned char)d->text.data[i];
    *sum += strlen(d->place);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[2] = {"a>b", "b>a"};
    struct capture_counts counts = {0};
    size_t sum = 0, step = size > 0 ? (size_t)data[0] + 1 : 1;
    struct capture_sink sink = {
        .document = take, .ctx = &sum, .counts = &counts};
    struct bytes in = bytes_from((struct bytes){(const char *)data, size}, 1);
    struct conversation *c = conversation_new(&sink, names, size & 1);

    if (c == NULL)
        return 0;
    for (uint64_t n = 1; in.len > 0; n++) {
        struct bytes piece = bytes_upto(in, step);
        unsigned d = step > 128 ? 0 : (unsigned char)piece.data[0] & 1u;

        if (piece.len > 1 && piece.data[0] == '\xA5')
            conversation_gap(c, d, 3);
        conversation_bytes(c, d, piece, n);
        in = bytes_from(in, step);
    }
    conversation_end(c, 0);
    conversation_end(c, 1);
    conversation_free(c);
    return 0;
}
