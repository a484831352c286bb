/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/report/badge.h"

#include "conformance/report/render.h"
#include "formats/base/text.h"
#include "transport/digest.h"

#define PARTS      3
#define PAD        8  /* px on both sides of a text */
#define TEXT_BYTES 64 /* of a part; longer ones are cut */

struct part {
    struct buf text;
    unsigned width;
};

/* Width in px of 12 px text: CJK characters are square, others about half. */
static unsigned
width_of(struct bytes text)
{
    unsigned w = 0;

    for (size_t i = 0; i < text.len;) {
        size_t n = text_utf8_char(text.data + i, text.len - i);

        w += n > 2 ? 12 : 7;
        i += n > 0 ? n : 1;
    }
    return w;
}

static void
put_escaped(struct buf *out, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'')
            buf_printf(out, "&#%u;", (unsigned)c);
        else
            buf_char(out, c);
    }
}

/* "结果文件 1a2b3c4d", "目录 0.1.0", "2026-11-22" */
static enum err_code
fill(struct render *r, struct part part[PARTS], struct err *err)
{
    char hex[DIGEST_HEX_MAX];
    enum err_code code = digest_hex(DIGEST_SHA256, r->json, hex, err);

    if (code != ERR_OK)
        return code;
    buf_printf(&part[0].text, "%s %.8s", r->zh ? "结果文件" : "result file",
               hex);
    buf_str(&part[1].text, r->zh ? "目录 " : "catalogue ");
    text_visible(
        &part[1].text,
        text_utf8_cut(render_text(r, 0, "catalogue.version"), TEXT_BYTES));
    text_visible(&part[2].text, bytes_upto(render_text(r, 0, "started"), 10));
    for (size_t i = 0; i < PARTS; i++) {
        if (!buf_ok(&part[i].text))
            return err_set(err, ERR_NOMEM, NULL, "out of memory");
        part[i].width = width_of(buf_view(&part[i].text)) + 2 * PAD;
    }
    return ERR_OK;
}

static void
draw(const struct part part[PARTS], bool zh, struct buf *out)
{
    static const char *const colours[PARTS] = {"#24435f", "#1f5fae", "#52606d"};
    unsigned all = part[0].width + part[1].width + part[2].width, x = 0;

    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
               "height=\"24\" viewBox=\"0 0 %u 24\" role=\"img\" "
               "xml:lang=\"%s\"><title>hutong-conform:",
               all, all, zh ? "zh" : "en");
    for (size_t i = 0; i < PARTS; i++) {
        buf_char(out, ' ');
        put_escaped(out, buf_view(&part[i].text));
    }
    buf_str(out, "</title><clipPath id=\"r\"><rect width=\"100%\" "
                 "height=\"24\" rx=\"4\"/></clipPath><g clip-path=\"url(#r)\" "
                 "font-family=\"system-ui,'Noto Sans CJK SC',sans-serif\" "
                 "font-size=\"12\" fill=\"#fff\">");
    for (size_t i = 0; i < PARTS; i++) {
        buf_printf(out,
                   "<rect x=\"%u\" width=\"%u\" height=\"24\" fill=\"%s\"/>"
                   "<text x=\"%u\" y=\"16\" textLength=\"%u\">",
                   x, part[i].width, colours[i], x + PAD,
                   part[i].width - 2 * PAD);
        put_escaped(out, buf_view(&part[i].text));
        buf_str(out, "</text>");
        x += part[i].width;
    }
    buf_str(out, "</g></svg>\n");
}

enum err_code
badge_svg(struct bytes json, bool zh, struct buf *out, struct err *err)
{
    struct render r = {.zh = zh, .json = json};
    struct part part[PARTS] = {{{0}, 0}};
    enum err_code code = render_open(&r, json, err);

    if (code == ERR_OK)
        code = fill(&r, part, err);
    if (code == ERR_OK) {
        draw(part, zh, out);
        if (!buf_ok(out))
            code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    for (size_t i = 0; i < PARTS; i++)
        buf_free(&part[i].text);
    render_close(&r);
    return code;
}
