/* SPDX-License-Identifier: Apache-2.0 */
/* The codec json: the document as it is, read by the context's reader. */
#include "formats/codec/codec.h"

/* A byte order mark is no JSON, but Windows products write one. */
static struct bytes
without_mark(struct bytes frame)
{
    return bytes_starts(frame, BYTES("\xEF\xBB\xBF")) ? bytes_from(frame, 3)
                                                      : frame;
}

static int
looks_like(struct bytes frame)
{
    struct bytes b = bytes_trim(without_mark(frame));

    if (b.len < 2)
        return 0;
    if (b.data[0] == '{')
        return b.data[b.len - 1] == '}' ? 95 : 80;
    /* Many text logs begin with a bracketed time or level. */
    return b.data[0] == '[' && b.data[b.len - 1] == ']' &&
                   memchr("{[\"]", b.data[1], 4) != NULL
               ? 60
               : 0;
}

static enum err_code
decode(struct codec_context *ctx, struct bytes frame, struct tape *out,
       struct err *err)
{
    return json_read(ctx->json, without_mark(frame), out, err);
}

const struct codec codec_json = {
    .name = "json",
    .looks_like = looks_like,
    .decode = decode,
};
