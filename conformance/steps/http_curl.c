/* SPDX-License-Identifier: Apache-2.0 */
/* The request of a failure card as a curl command line, where curl can say it:
 * one well-formed request on one connection. */
#include "conformance/steps/http.h"

#define BODY_MAX ((size_t)4 << 20)

static void
put_quoted(struct buf *out, struct bytes text)
{
    buf_char(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, text.data[i]);
    }
    buf_char(out, '\'');
}

/* Headers that curl makes itself. */
static bool
is_own(struct bytes line)
{
    static const char *const names[] = {
        "Host: ", "User-Agent: ", "Content-Length: ", NULL};

    for (const char *const *p = names; *p != NULL; p++) {
        if (bytes_starts(line, bytes_str(*p)))
            return true;
    }
    return line.len == 0;
}

static void
put_header(struct session *s, struct bytes line, struct buf *out)
{
    struct bytes auth = BYTES("Authorization: Bearer ");

    if (is_own(line))
        return;
    buf_str(out, " -H ");
    if (bytes_starts(line, auth) &&
        bytes_is(bytes_from(line, auth.len), s->b->token))
        buf_str(out, "\"Authorization: Bearer $TOKEN\"");
    else
        put_quoted(out, line);
}

static bool
is_plain(const struct ledger_step *st)
{
    static const char *const odd[] = {
        "raw",           "omit",   "chunked",  "content_length",
        "repeat_header", "split",  "cut",      "cut_end",
        "end",           "repeat", "pipeline", "concurrent",
        "version",       NULL};

    for (const char *const *p = odd; *p != NULL; p++) {
        if (step_arg(st, *p) != NULL)
            return false;
    }
    return true;
}

void
http_curl(struct session *s, const struct ledger_step *st, struct bytes request)
{
    const struct wire_url *t = &s->b->target;
    struct buf out = {0};
    size_t a, b;

    s->curl = NULL;
    s->curl_body = BYTES("");
    if (!is_plain(st) || request.len > BODY_MAX)
        return;
    a = bytes_find(request, ' ');
    b = bytes_find(bytes_from(request, a + 1), ' ');
    buf_str(&out, "curl -isS --http1.1");
    if (strcmp(t->scheme, "https") == 0)
        buf_str(&out, s->b->o.ca != NULL ? " --cacert " : " -k");
    if (strcmp(t->scheme, "https") == 0 && s->b->o.ca != NULL)
        put_quoted(&out, bytes_str(s->b->o.ca));
    buf_printf(&out, " -X %.*s", (int)a, request.data);
    for (struct bytes rest = bytes_from(request, bytes_find(request, '\n') + 1);
         rest.len > 0 && rest.data[0] != '\r';
         rest = bytes_from(rest, bytes_find(rest, '\n') + 1))
        put_header(s, bytes_upto(rest, bytes_find(rest, '\r')), &out);
    if (step_arg(st, "body") != NULL) {
        size_t head = http_head_length(request);

        buf_str(&out, " --data-binary @{body}");
        s->curl_body = arena_copy(&s->arena, bytes_from(request, head));
    }
    buf_printf(&out, " '%s://%s:%u%.*s'", t->scheme, t->host, t->port, (int)b,
               request.data + a + 1);
    s->curl = buf_ok(&out) ? arena_str(&s->arena, buf_view(&out)) : NULL;
    buf_free(&out);
}
