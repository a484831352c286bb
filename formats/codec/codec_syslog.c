/* SPDX-License-Identifier: Apache-2.0 */
/* The codec syslog: every frame that is not empty has a message. */
#include "formats/codec/syslog.h"

static int
looks_like(struct bytes frame)
{
    struct syslog_parts p;

    syslog_split(bytes_upto(frame, 1024), &p);
    if (p.pri.len != 0)
        return p.timestamp.len != 0 || p.version.len != 0 ? 90 : 60;
    if (p.timestamp.len == 0 || p.hostname.len == 0)
        return 0;
    return p.app.len != 0 ? 70 : 30;
}

static enum err_code
decode(struct codec_context *ctx, struct bytes frame, struct tape *out,
       struct err *err)
{
    struct syslog_parts p;

    tape_reset(out, frame);
    syslog_split(frame, &p);
    if (p.pri.len == 0 && p.timestamp.len == 0 && p.message.len == 0)
        return err_set(err, ERR_SYNTAX, "offset 0", "the frame is empty");
    tape_object(out);
    syslog_put(ctx, out, &p);
    tape_close(out);
    if (tape_done(out) != ERR_OK)
        return err_set(err, ERR_LIMIT, NULL,
                       "the message needs more than the tape may hold");
    return ERR_OK;
}

const struct codec codec_syslog = {
    .name = "syslog",
    .looks_like = looks_like,
    .decode = decode,
};
