/* SPDX-License-Identifier: Apache-2.0 */
/* A split syslog message onto the tape. */
#include "formats/codec/syslog.h"

#include "formats/base/text.h"
#include "formats/codec/text_put.h"

/* RFC 5424 section 6.3.3: only \" \\ \] are escapes; another backslash is
 * itself. */
static struct bytes
unescape(struct codec_context *ctx, struct tape *t, struct bytes value)
{
    struct buf *out = &ctx->scratch;

    if (bytes_find(value, '\\') == value.len)
        return value;
    buf_reset(out);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\\' && i + 1 < value.len &&
            memchr("\"\\]", value.data[i + 1], 3) != NULL)
            i++;
        buf_char(out, value.data[i]);
    }
    t->failed |= !buf_ok(out);
    return buf_view(out);
}

/* A name of structured data should be ASCII; bytes that are not UTF-8 are
 * repaired like text. */
static bool
put_name(struct tape *t, struct bytes name)
{
    size_t at = t->side.len;

    if (text_utf8_valid(name) == name.len)
        return tape_key(t, name);
    text_utf8_repair(&t->side, name);
    if (!buf_ok(&t->side))
        t->failed = true;
    t->flags |= TAPE_REPAIRED;
    return tape_key(t, bytes_from(buf_view(&t->side), at));
}

static void
put_params(struct codec_context *ctx, struct tape *t, struct bytes *at,
           bool wanted)
{
    uint32_t room = text_put_max_keys(ctx);
    struct bytes name, value;

    while (syslog_sd_param(at, &name, &value) == 1) {
        if (!wanted)
            continue;
        if (room == 0) {
            t->flags |= TAPE_CUT;
            continue;
        }
        room--;
        if (put_name(t, name))
            text_put_value(ctx, t, unescape(ctx, t, value));
    }
}

static void
put_sd(struct codec_context *ctx, struct tape *t, struct bytes sd)
{
    struct bytes id;

    if (sd.len == 0 || !text_put_key(t, BYTES("sd")))
        return;
    tape_object(t);
    for (unsigned n = 0; syslog_sd_element(&sd, &id); n++) {
        bool wanted = n < SYSLOG_MAX_SD;

        if (!wanted)
            t->flags |= TAPE_CUT;
        wanted = wanted && put_name(t, id);
        if (wanted)
            tape_object(t);
        put_params(ctx, t, &sd, wanted);
        if (wanted)
            tape_close(t);
    }
    tape_close(t);
}

static void
put_pri(struct codec_context *ctx, struct tape *t, const struct syslog_parts *p)
{
    if (p->pri.len == 0)
        return;
    if (p->pri_valid)
        text_put_number(t, BYTES("facility"), p->facility);
    if (p->has_severity)
        text_put_number(t, BYTES("severity"), p->severity);
    if (p->pri_valid) {
        text_put_number(t, BYTES("pri"), p->facility * 8U + p->severity);
        return;
    }
    text_put_member(ctx, t, BYTES("pri"), p->pri);
    if (text_put_key(t, BYTES("pri_invalid")))
        tape_simple(t, TAPE_TRUE);
}

void
syslog_put(struct codec_context *ctx, struct tape *t,
           const struct syslog_parts *p)
{
    uint64_t version;

    put_pri(ctx, t, p);
    if (bytes_to_u64(p->version, 999, &version))
        text_put_number(t, BYTES("version"), (unsigned)version);
    text_put_member(ctx, t, BYTES("sequence"), p->sequence);
    text_put_member(ctx, t, BYTES("timestamp"), p->timestamp);
    text_put_member(ctx, t, BYTES("hostname"), p->hostname);
    text_put_member(ctx, t, BYTES("app"), p->app);
    text_put_member(ctx, t, BYTES("procid"), p->procid);
    text_put_member(ctx, t, BYTES("msgid"), p->msgid);
    put_sd(ctx, t, p->sd);
    text_put_member(ctx, t, BYTES("message"), p->message);
}
