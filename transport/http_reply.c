/* SPDX-License-Identifier: Apache-2.0 */
/* See http_reply.h. */
#include "transport/http_reply.h"

#include <stdio.h>
#include <time.h>

#include "transport/gzip.h"
#include "transport/http_status.h"

static bool
on_path(const struct http_route *r, struct bytes path)
{
    return r->prefix ? bytes_starts(path, bytes_str(r->path))
                     : bytes_is(path, r->path);
}

static const struct http_route *
find_route(const struct http_route *r, const struct http_parser *p, bool *path)
{
    *path = false;
    for (; r->path; r++) {
        if (!on_path(r, p->path))
            continue;
        *path = true;
        if (r->method == p->method)
            return r;
    }
    return NULL;
}

/* type/subtype without parameters, any case. */
static bool
is_media_type(struct bytes field, const char *wanted)
{
    struct bytes type = bytes_trim(bytes_upto(field, bytes_find(field, ';')));

    if (type.len != strlen(wanted))
        return false;
    for (size_t i = 0; i < type.len; i++) {
        char c = type.data[i];

        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != wanted[i])
            return false;
    }
    return true;
}

static void
deny(struct http_verdict *out, unsigned status, const char *why)
{
    out->status = status;
    out->why = why;
}

static void
judge_body(const struct http_route *r, const struct http_parser *p,
           struct http_verdict *out)
{
    struct bytes coding = http_parse_field(p, "content-encoding");

    if (p->length > r->max_body)
        deny(out, 413, "body too large");
    else if (coding.len && !(r->gzip && bytes_is(coding, "gzip")))
        deny(out, 415, "content encoding is not taken");
    else if (r->content_type && (p->length || p->chunked) &&
             !is_media_type(http_parse_field(p, "content-type"),
                            r->content_type))
        deny(out, 415, "media type is not taken");
}

void
http_reply_route(struct http_shared *s, const struct http_parser *p, bool cert,
                 struct http_verdict *out)
{
    bool path, bad;
    const struct http_route *r = find_route(s->options.routes, p, &path);

    *out = (struct http_verdict){.route = r};
    out->roles = http_auth_roles(&s->auth, http_parse_field(p, "authorization"),
                                 cert, &bad);
    if (bad)
        deny(out, 401, "the token is not right");
    else if (!r)
        deny(out, path ? 405 : 404,
             path ? "method is not offered here" : "nothing is offered here");
    else if ((out->roles & r->role) != r->role)
        deny(out, out->roles == s->options.auth.anonymous_roles ? 401 : 403,
             "credentials do not allow this");
    else
        judge_body(r, p, out);
}

unsigned
http_reply_unpack(struct http_shared *s, const struct http_route *route,
                  struct http_request *rq)
{
    enum err_code code;

    if (http_parse_field(rq->head, "content-encoding").len == 0 ||
        rq->body.len == 0)
        return 0;
    buf_reset(&s->unpacked);
    code = gzip_unpack(rq->body, route->max_body, &s->unpacked);
    rq->body = buf_view(&s->unpacked);
    return code == ERR_OK      ? 0
           : code == ERR_LIMIT ? 413
           : code == ERR_NOMEM ? 503
                               : 400;
}

void
http_reply_reset(struct http_response *rs)
{
    buf_reset(&rs->body);
    rs->status = 500;
    rs->content_type = NULL;
    rs->retry_after_s = 0;
}

/* The code of the interface that goes with a status where nobody knows a closer
 * one (standard.md 11.2, PROPOSED). */
static unsigned
code_of_status(unsigned status)
{
    static const struct {
        unsigned status, code;
    } rows[] = {{401, 2001}, {403, 2002}, {404, 3001}, {405, 3001},
                {409, 3006}, {413, 1006}, {414, 1006}, {422, 1004},
                {429, 3007}, {431, 1006}, {503, 5003}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == status)
            return rows[i].code;
    }
    return status < 500 ? 1001 : 5001;
}

void
http_reply_refusal(struct http_response *rs, unsigned status, unsigned code,
                   const char *pointer, const char *why)
{
    buf_printf(&rs->body, "{\"status\":%u,\"reason\":\"%s\",\"code\":%u,",
               status, http_status_reason(status),
               code ? code : code_of_status(status));
    if (pointer)
        buf_printf(&rs->body, "\"pointer\":\"%s\",", pointer);
    buf_printf(&rs->body, "\"detail\":\"%s\"}", why ? why : "");
}

void
http_reply_error(struct http_response *rs, unsigned status, const char *why,
                 unsigned retry_after_s)
{
    http_reply_reset(rs);
    rs->status = status;
    rs->retry_after_s = retry_after_s;
    http_reply_refusal(rs, status, 0, NULL, why);
}

/* RFC 9110 section 5.6.7, without the locale's names. */
static void
put_date(struct buf *out)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
                                   "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = time(NULL);
    struct tm t;

    if (gmtime_r(&now, &t))
        buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
                   days[t.tm_wday], t.tm_mday, months[t.tm_mon],
                   t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

bool
http_reply_write(struct evbuffer *out, const struct http_response *rs,
                 bool keep)
{
    struct buf head = {0};
    bool ok;

    buf_printf(&head, "HTTP/1.1 %u %s\r\n", rs->status,
               http_status_reason(rs->status));
    put_date(&head);
    if (rs->body.len)
        buf_printf(&head, "Content-Type: %s\r\n",
                   rs->content_type ? rs->content_type : "application/json");
    if (rs->retry_after_s)
        buf_printf(&head, "Retry-After: %u\r\n", rs->retry_after_s);
    if (rs->status == 401)
        buf_str(&head, "WWW-Authenticate: Bearer\r\n");
    if (rs->status == 405)
        buf_str(&head, "Allow: GET, POST, PUT, DELETE\r\n");
    if (!keep)
        buf_str(&head, "Connection: close\r\n");
    buf_printf(&head, "Content-Length: %zu\r\n\r\n", rs->body.len);
    ok = buf_ok(&head) && buf_ok(&rs->body) &&
         evbuffer_add(out, head.data, head.len) == 0 &&
         (rs->body.len == 0 ||
          evbuffer_add(out, rs->body.data, rs->body.len) == 0);
    buf_free(&head);
    return ok;
}

void
http_reply_subject(X509 *cert, char *out, size_t n)
{
    X509_NAME *name = X509_get_subject_name(cert);

    if (X509_NAME_get_text_by_NID(name, NID_commonName, out, (int)n) <= 0)
        (void)snprintf(out, n, "certificate without name");
    for (char *p = out; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
}
