/* SPDX-License-Identifier: Apache-2.0 */
/* The report as one HTML file without any outside asset. Template, style and
 * script are data files (report/page/); the report goes in as JSON, which the
 * script turns into text nodes, so that nothing of it is ever markup. A content
 * security policy allows this one script and style and nothing else. Without
 * scripts the plain report is shown. */
#include "conformance/report/render.h"
#include "formats/base/embed.h"
#include "formats/base/text.h"
#include "transport/digest.h"

extern const struct embed_file report_files[];

static struct bytes
page_file(const char *name)
{
    for (const struct embed_file *f = report_files; f->name != NULL; f++) {
        if (strcmp(f->name, name) == 0)
            return bytes_of(f->start, (size_t)(f->end - f->start));
    }
    return BYTES("");
}

static void
put_language(struct render *r)
{
    buf_str(r->out, r->zh ? "zh" : "en");
}

static void
put_title(struct render *r)
{
    buf_str(r->out,
            r->zh ? "互联互通符合性测试报告" : "Conformance test report");
}

/* CSP: the base64 of the digest of what stands between the tags. */
static void
put_hash(struct render *r, const char *name)
{
    uint8_t digest[DIGEST_BYTES];
    struct err err;

    if (digest_of(DIGEST_SHA256, page_file(name), digest, &err) != ERR_OK)
        r->out->failed = true;
    else
        text_base64(r->out, bytes_of((const char *)digest, sizeof digest));
}

static void
put_script_hash(struct render *r)
{
    put_hash(r, "page.js");
}

static void
put_style_hash(struct render *r)
{
    put_hash(r, "page.css");
}

static void
put_script(struct render *r)
{
    buf_bytes(r->out, page_file("page.js"));
}

static void
put_style(struct render *r)
{
    buf_bytes(r->out, page_file("page.css"));
}

/* JSON inside of a script element: in strings, where alone they occur, these
 * can be written in another way that ends no element. */
static void
put_json(struct render *r, struct bytes json)
{
    for (size_t i = 0; i < json.len; i++) {
        char c = json.data[i];

        if (c == '<' || c == '>' || c == '&')
            buf_printf(r->out, "\\u%04x", (unsigned)(unsigned char)c);
        else
            buf_char(r->out, c);
    }
}

static void
put_data(struct render *r)
{
    put_json(r, r->json);
}

static void
put_proof(struct render *r)
{
    put_json(r, r->proof.len > 0 ? r->proof : BYTES("null"));
}

static void
put_plain(struct render *r, bool zh)
{
    struct buf text = {0}, *page = r->out;
    bool was = r->zh;

    r->out = &text;
    r->zh = zh;
    render_plain(r);
    r->out = page;
    r->zh = was;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '<')
            buf_str(page, "&lt;");
        else if (text.data[i] == '&')
            buf_str(page, "&amp;");
        else
            buf_char(page, text.data[i]);
    }
    page->failed |= !buf_ok(&text);
    buf_free(&text);
}

static void
put_plain_zh(struct render *r)
{
    put_plain(r, true);
}

static void
put_plain_en(struct render *r)
{
    put_plain(r, false);
}

/* What stands in the template as @{name}@. */
static const struct {
    const char *name;
    void (*put)(struct render *r);
} slots[] = {
    {"lang", put_language},
    {"title", put_title},
    {"script_sha256", put_script_hash},
    {"style_sha256", put_style_hash},
    {"script", put_script},
    {"style", put_style},
    {"data", put_data},
    {"proof", put_proof},
    {"plain_zh", put_plain_zh},
    {"plain_en", put_plain_en},
};

static void
put_slot(struct render *r, struct bytes name)
{
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (bytes_is(name, slots[i].name)) {
            slots[i].put(r);
            return;
        }
    }
    r->out->failed = true; /* a template that asks for what there is not */
}

void
render_html(struct render *r)
{
    struct bytes rest = page_file("page.html");

    while (rest.len > 0) {
        size_t n = bytes_find(rest, '@');
        struct bytes tail = bytes_from(rest, n);

        buf_bytes(r->out, bytes_upto(rest, n));
        if (bytes_starts(tail, BYTES("@{"))) {
            size_t end = bytes_find(tail, '}');

            put_slot(r, bytes_from(bytes_upto(tail, end), 2));
            rest = bytes_from(tail, end + 2);
        } else {
            buf_bytes(r->out, bytes_upto(tail, 1));
            rest = bytes_from(tail, 1);
        }
    }
}
