/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF 2.1.0 (OASIS): each violation with file, line and column, for editors
 * and code hosts. Rules are the requirements. */
#include "conformance/report/render.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

#define SARIF_SCHEMA                                                           \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"      \
    "sarif-schema-2.1.0.json"

static void
put(struct json_writer *w, const char *key, struct bytes text)
{
    json_key(w, key);
    json_string(w, text);
}

static void
put_message(struct json_writer *w, const char *key, struct bytes text)
{
    json_key(w, key);
    json_object(w);
    put(w, "text", text);
    json_end_object(w);
}

static void
put_both(struct render *r, struct json_writer *w, uint32_t q)
{
    put(w, "zh", render_text(r, q, "text.zh"));
    put(w, "en", render_text(r, q, "text.en"));
}

static void
put_rule(struct render *r, struct json_writer *w, uint32_t q)
{
    json_object(w);
    put(w, "id", render_text(r, q, "rid"));
    put_message(w, "shortDescription", render_said(r, q, "text"));
    json_key(w, "properties");
    json_object(w);
    put(w, "std", render_text(r, q, "std"));
    put(w, "clause", render_text(r, q, "clause"));
    put(w, "authority", render_text(r, q, "authority"));
    put(w, "level", render_text(r, q, "level"));
    put_both(r, w, q);
    json_end_object(w);
    json_end_object(w);
}

/* A path as URI reference (RFC 3986): what is not unreserved is encoded. */
static void
put_uri(struct json_writer *w, struct bytes path)
{
    struct buf uri = {0};

    if (bytes_is(path, "-"))
        path = BYTES("stdin");
    for (size_t i = 0; i < path.len; i++) {
        char c = path.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~/", c)))
            buf_char(&uri, c);
        else
            buf_printf(&uri, "%%%02X", (unsigned)(unsigned char)c);
    }
    put(w, "uri", buf_view(&uri));
    w->out->failed |= !buf_ok(&uri);
    buf_free(&uri);
}

static void
put_location(struct render *r, struct json_writer *w, uint32_t s)
{
    uint64_t line = render_u64(r, s, "line");

    json_key(w, "locations");
    json_array(w);
    json_object(w);
    json_key(w, "physicalLocation");
    json_object(w);
    json_key(w, "artifactLocation");
    json_object(w);
    put_uri(w, render_text(r, s, "file"));
    json_end_object(w);
    if (line > 0) {
        json_key(w, "region");
        json_object(w);
        json_key(w, "startLine");
        json_u64(w, line);
        json_end_object(w);
    }
    json_end_object(w);
    json_key(w, "logicalLocations");
    json_array(w);
    json_object(w);
    put(w, "fullyQualifiedName", render_text(r, s, "pointer"));
    json_key(w, "kind");
    json_cstr(w, "member");
    json_end_object(w);
    json_end_array(w);
    json_end_object(w);
    json_end_array(w);
}

static const char *
level_of(enum verdict v)
{
    switch (v) {
    case VERDICT_FAIL:
        return "error";
    case VERDICT_WARN:
        return "warning";
    case VERDICT_NONE:
    case VERDICT_NOT_APPLICABLE:
    case VERDICT_PASS:
    case VERDICT_INFO:
    case VERDICT_INCONC:
    case VERDICT_BLOCKED:
    case VERDICT_UNSTABLE:
    case VERDICT_ERROR:
    case VERDICT_COUNT:
        break;
    }
    return "note";
}

static void
put_result(struct render *r, struct json_writer *w, uint32_t t, uint32_t s)
{
    json_object(w);
    put(w, "ruleId", render_text(r, s, "rid"));
    json_key(w, "level");
    json_cstr(w, level_of(render_verdict(r, t)));
    put_message(w, "message", render_said(r, s, "text"));
    put_location(r, w, s);
    json_key(w, "partialFingerprints");
    json_object(w);
    put(w, "documentSha256/v1", render_text(r, s, "document_sha256"));
    json_end_object(w);
    json_key(w, "properties");
    json_object(w);
    put(w, "test", render_text(r, t, "id"));
    put(w, "rule", render_text(r, s, "rule"));
    /* ours counts bytes, SARIF's columns count characters */
    json_key(w, "byteColumn");
    json_u64(w, render_u64(r, s, "column"));
    json_end_object(w);
    json_end_object(w);
    buf_char(w->out, '\n');
}

static void
put_driver(struct render *r, struct json_writer *w)
{
    json_key(w, "tool");
    json_object(w);
    json_key(w, "driver");
    json_object(w);
    put(w, "name", render_text(r, 0, "tool.name"));
    put(w, "version", render_text(r, 0, "tool.version"));
    json_key(w, "rules");
    json_array(w);
    for (uint32_t q = render_first(r, 0, "requirements"); q != 0;
         q = render_next(r, q)) {
        put_rule(r, w, q);
        buf_char(w->out, '\n');
    }
    json_end_array(w);
    json_end_object(w);
    json_end_object(w);
}

void
render_sarif(struct render *r)
{
    struct json_writer w;

    json_writer_init(&w, r->out);
    json_object(&w);
    put(&w, "$schema", bytes_str(SARIF_SCHEMA));
    put(&w, "version", BYTES("2.1.0"));
    json_key(&w, "runs");
    json_array(&w);
    json_object(&w);
    put_driver(r, &w);
    json_key(&w, "results");
    json_array(&w);
    for (uint32_t t = render_first(r, 0, "tests"); t; t = render_next(r, t)) {
        for (uint32_t s = render_first(r, t, "samples"); s != 0;
             s = render_next(r, s))
            put_result(r, &w, t, s);
    }
    json_end_array(&w);
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
    buf_char(w.out, '\n');
}
