/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_codec */
/* Syslog of any shape: any bytes give an error with a reason or a tape that can
 * be written. */
#include <stdlib.h>

#include "formats/base/text.h"
#include "formats/codec/codec.h"
#include "formats/json/writer.h"

extern const struct codec codec_syslog;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Reused, as the pipeline does it. */
    static struct json_reader reader;
    static struct tape tape;
    static struct buf scratch, out;
    struct codec_context ctx = {.json = &reader, .scratch = scratch};
    struct bytes frame = bytes_of((const char *)data, size);
    struct err err = {0};

    json_reader_init(&reader, JSON_TOLERANT, NULL);
    buf_reset(&out);
    if (codec_syslog.looks_like(frame) > 100)
        abort();
    if (codec_syslog.decode(&ctx, frame, &tape, &err) != ERR_OK) {
        if (err.msg[0] == '\0')
            abort();
    } else {
        json_put_value(&out, &tape, 0);
        if (!buf_ok(&out) || text_utf8_valid(buf_view(&out)) != out.len)
            abort();
    }
    scratch = ctx.scratch;
    json_reader_free(&reader);
    return 0;
}
