/* SPDX-License-Identifier: Apache-2.0 */
/* LINK formats_base */
/* Text: whatever comes in, repaired, decoded and visible text is valid UTF-8;
 * base64 and hex come back as they were. */
#include <stdlib.h>

#include "formats/base/simd.h"
#include "formats/base/text.h"

#define CHECK(x) ((x) ? (void)0 : __builtin_trap())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
valid(const struct buf *b)
{
    return text_utf8_valid(buf_view(b)) == b->len;
}

static void
utf8(struct bytes in, struct buf *out)
{
    size_t good = text_utf8_valid(in);
    size_t repairs = text_utf8_repair(out, in);

    CHECK(good <= in.len && valid(out));
    CHECK((repairs == 0) == (good == in.len));
    CHECK(repairs != 0 || bytes_eq(in, buf_view(out)));
    for (size_t n = 0; n < out->len && n < 40; n++) {
        struct bytes head = text_utf8_cut(buf_view(out), n);

        CHECK(head.len <= n && n - head.len < 4);
        CHECK(text_utf8_valid(head) == head.len);
    }
}

static void
visible(struct bytes in, struct buf *out)
{
    buf_reset(out);
    text_visible(out, in);
    CHECK(valid(out));
    for (size_t i = 0; i < out->len; i++)
        CHECK((unsigned char)out->data[i] >= 0x20 && out->data[i] != 0x7F);
}

static void
decode(struct bytes in, struct buf *out)
{
    for (int from = 0; from <= TEXT_GBK; from++) {
        size_t repairs = 0;

        buf_reset(out);
        CHECK(text_decode(out, in, (enum text_charset)from, &repairs) ==
              ERR_OK);
        CHECK(valid(out) && repairs <= in.len);
    }
}

static void
codes(struct bytes in, struct buf *out, struct buf *back)
{
    buf_reset(out);
    buf_reset(back);
    text_base64(out, in);
    CHECK(text_unbase64(back, buf_view(out)) == ERR_OK);
    CHECK(bytes_eq(buf_view(back), in));
    buf_reset(back);
    if (text_unbase64(back, in) == ERR_OK) {
        buf_reset(out);
        text_base64(out, buf_view(back));
        CHECK(bytes_eq(buf_view(out), in));
    }
    buf_reset(out);
    buf_reset(back);
    text_hex(out, in.data, in.len);
    CHECK(buf_reserve(back, in.len + 1));
    CHECK(text_unhex(buf_view(out), (uint8_t *)back->data, in.len));
    CHECK(in.len == 0 || memcmp(back->data, in.data, in.len) == 0);
}

/* maps(in): both ways of classifying say the same. */
static void
maps(struct bytes in)
{
    uint64_t a[64], b[64], c[64], d[64];
    size_t words = (in.len + 63) / 64;

    if (words > 64)
        return;
    simd_classify(in.data, in.len, a, b);
    simd_classify_base(in.data, in.len, c, d);
    CHECK(memcmp(a, c, words * 8) == 0 && memcmp(b, d, words * 8) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);
    struct buf out = {0}, back = {0};

    utf8(in, &out);
    visible(in, &out);
    decode(in, &out);
    codes(in, &out, &back);
    maps(in);
    buf_free(&out);
    buf_free(&back);
    return 0;
}
