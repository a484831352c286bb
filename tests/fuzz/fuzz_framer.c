/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_codec */
/* The first byte chooses framing, limit and how the rest is split; the frames
 * of one piece and of many must be the same. */
#include <stdlib.h>

#include "formats/codec/framer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
run(struct framer *f, struct bytes in, size_t step, struct buf *out)
{
    struct frame frame;

    while (in.len != 0 && !f->broken) {
        struct bytes part = bytes_upto(in, step);

        in = bytes_from(in, step);
        while (framer_next(f, &part, &frame)) {
            if (frame.data.len > f->max || frame.end > f->offset)
                abort();
            buf_bytes(out, frame.data);
            buf_printf(out, "<%llu-%llu %d>", (unsigned long long)frame.start,
                       (unsigned long long)frame.end, frame.cut);
        }
    }
    if (!f->broken && framer_flush(f, &frame))
        buf_bytes(out, frame.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct framer a, b;
    struct buf x = {0}, y = {0};
    struct bytes in = bytes_from(bytes_of((const char *)data, size), 1);
    unsigned how = size ? data[0] : 0;

    framer_init(&a, (enum framer_kind)(how % 3), 1 + how / 12, 0);
    framer_init(&b, (enum framer_kind)(how % 3), 1 + how / 12, 0);
    run(&a, in, SIZE_MAX, &x);
    run(&b, in, 1 + how / 3 % 4, &y);
    if (!bytes_eq(buf_view(&x), buf_view(&y)) || a.broken != b.broken ||
        a.skipped != b.skipped || a.cut != b.cut)
        abort();
    framer_free(&a);
    framer_free(&b);
    buf_free(&x);
    buf_free(&y);
    return 0;
}
