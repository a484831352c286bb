/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/codec/text_put.h"

#include "formats/base/text.h"

static const struct json_limits *
limits_of(const struct codec_context *ctx)
{
    const struct json_limits *l = &ctx->json->limits;

    return l->string_bytes != 0 && l->keys != 0 ? l : &json_limits_default;
}

uint32_t
text_put_max_keys(const struct codec_context *ctx)
{
    return limits_of(ctx)->keys;
}

bool
text_put_key(struct tape *t, struct bytes name)
{
    return tape_key(t, tape_own(t, name));
}

/* At most ${max} bytes, not ending inside a character: the continuation bytes
 * behind the cut belong to a lead byte at most three before it. */
static struct bytes
cut(struct bytes b, size_t max)
{
    size_t n = max;

    while (n > 0 && max - n < 3 && ((unsigned char)b.data[n] & 0xC0) == 0x80)
        n--;
    return bytes_upto(b, n);
}

static bool
inside_input(const struct tape *t, struct bytes b)
{
    uintptr_t p = (uintptr_t)b.data;
    uintptr_t in = (uintptr_t)t->input;

    return p >= in && p - in < t->input_len;
}

void
text_put_value(struct codec_context *ctx, struct tape *t, struct bytes text)
{
    size_t max = limits_of(ctx)->string_bytes;
    unsigned flags = 0;

    if (text.len > max) {
        text = cut(text, max);
        flags |= TAPE_CUT;
    }
    if (text_utf8_valid(text) != text.len) {
        size_t at = t->side.len;

        text_utf8_repair(&t->side, text);
        if (!buf_ok(&t->side))
            t->failed = true;
        text = bytes_from(buf_view(&t->side), at);
        flags |= TAPE_REPAIRED;
    } else if (!inside_input(t, text)) {
        text = tape_own(t, text);
    }
    tape_text(t, text, flags);
}

void
text_put_member(struct codec_context *ctx, struct tape *t, struct bytes name,
                struct bytes text)
{
    if (text.len != 0 && text_put_key(t, name))
        text_put_value(ctx, t, text);
}

void
text_put_number(struct tape *t, struct bytes name, unsigned value)
{
    char digits[10];
    size_t i = sizeof digits;

    if (!text_put_key(t, name))
        return;
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    tape_number(t, TAPE_INTEGER,
                tape_own(t, bytes_of(digits + i, sizeof digits - i)));
}
