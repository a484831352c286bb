/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax only: bytes to tape. What a field means is a mapping (data). */
#ifndef FORMATS_CODEC_CODEC_H
#define FORMATS_CODEC_CODEC_H

#include "formats/base/time.h"
#include "formats/json/reader.h"

/* Scratch and options of one input; one thread. Reused for every frame. */
struct codec_context {
    struct json_reader *json; /* tolerant reader, borrowed; never NULL */
    struct time_context time; /* receive time, default offset of the input */
    struct buf scratch;       /* owned by whoever owns the context */
};

struct codec {
    const char *name; /* the word in CMakeLists.txt and in mappings */

    /* looks_like(frame): 0 (no) to 100 (sure) that ${frame} is this syntax;
     * cheap, no allocation; for recognition on the command line. */
    int (*looks_like)(struct bytes frame);

    /* decode(ctx, frame, out, err): one frame (no line end) into ${out}, which
     * borrows ${frame} until its next reset. Tolerant: repairs are flagged on
     * the tape; an error means that the frame has no such structure and goes to
     * the dead letters. Never blocks. Shapes:
     *   json    the document
     *   syslog  {facility, severity, pri, version?, sequence?, timestamp,
     *           hostname, app, procid, msgid, sd:{id:{name:value}}, message};
     *           timestamp is the text as sent; what the frame does not give
     *           (or gives as "-") is absent. RFC 3164 and RFC 5424, told apart
     *           by version. PRI outside 0..191: pri is a string as sent,
     *           severity is pri mod 8, no facility, pri_invalid is true.
     *   cef     {syslog:{...}? , cef_version, device_vendor, device_product,
     *           device_version, signature_id, name, severity, ext_stray?,
     *           ext:{k:v}} with CEF escapes undone and values trimmed; a syslog
     *           header before "CEF:" is decoded too; ext_stray is text in front
     *           of the first key. */
    enum err_code (*decode)(struct codec_context *ctx, struct bytes frame,
                            struct tape *out, struct err *err);
};

/* All codecs, NULL-ended (generated). */
extern const struct codec *const codec_table[];

/* codec_find(name): or NULL. */
const struct codec *codec_find(const char *name);

#endif
