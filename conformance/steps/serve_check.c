/* SPDX-License-Identifier: Apache-2.0 */
/* See serve_check.h. */
#include "conformance/steps/serve_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include <openssl/ssl.h>

#include "conformance/steps/assert.h"
#include "formats/base/text.h"
#include "formats/base/time.h"

#define CLOCK_WINDOW_S 300 /* standard.md 11.2: the window of the interface */

int
serve_finding(struct serve_finding *f, const char *at, const char *fmt, ...)
{
    va_list ap;

    f->at = at;
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
    return 0;
}

/* The n-th last segment of the path, from 0. */
static struct bytes
segment(const struct serve_request *q, unsigned n)
{
    struct bytes path = bytes_upto(q->r.target, bytes_find(q->r.target, '?'));
    size_t end = path.len, from;

    for (;;) {
        from = end;
        while (from > 0 && path.data[from - 1] != '/')
            from--;
        if (n-- == 0 || from == 0)
            return bytes_of(path.data + from, end - from);
        end = from - 1;
    }
}

static int
same_text(struct serve_finding *f, const char *at, struct bytes got,
          struct bytes want)
{
    if (bytes_eq(got, want))
        return 1;
    return serve_finding(
        f, at, "'%.*s', not '%.*s'", (int)(got.len > 80 ? 80 : got.len),
        got.len ? got.data : "", (int)(want.len > 80 ? 80 : want.len),
        want.len ? want.data : "");
}

/* ---- data */

static int
path_type(struct session *s, struct serve *v, const struct serve_request *q,
          struct serve_finding *f)
{
    struct bytes type;

    (void)s;
    if (!serve_member(v, q, "info_type", &type))
        return serve_finding(f, "/info_type", "the body has none");
    return same_text(f, "request target", segment(q, 0), type);
}

static int
key_is_id(struct session *s, struct serve *v, const struct serve_request *q,
          struct serve_finding *f)
{
    (void)s;
    (void)v;
    if (http_serve_field(&q->r, "idempotency-key", 0).data == NULL)
        return serve_finding(f, "Idempotency-Key", "there is none");
    if (http_serve_field(&q->r, "idempotency-key", 1).data != NULL)
        return serve_finding(f, "Idempotency-Key", "there are several");
    if (q->id[0] == '\0')
        return serve_finding(f, "/msg_id", "the body has none");
    return same_text(f, "Idempotency-Key", bytes_str(q->key), bytes_str(q->id));
}

static int
utf8(struct session *s, struct serve *v, const struct serve_request *q,
     struct serve_finding *f)
{
    size_t n = text_utf8_valid(q->body);

    (void)s;
    (void)v;
    if (bytes_starts(q->body, BYTES("\xEF\xBB\xBF")))
        return serve_finding(f, "body, byte 0", "a byte order mark");
    return n == q->body.len
               ? 1
               : serve_finding(f, "body", "byte %zu is no UTF-8", n);
}

static int
packing(struct session *s, struct serve *v, const struct serve_request *q,
        struct serve_finding *f)
{
    struct bytes coding = http_serve_field(&q->r, "content-encoding", 0);

    (void)s;
    (void)v;
    if (q->packed_badly)
        return serve_finding(f, "Content-Encoding",
                             coding.data ? "says gzip, the content is none"
                                         : "the content is gzip and no field "
                                           "says so");
    return 1;
}

static bool
is_parameter_utf8(struct bytes b)
{
    struct buf low = {0};
    bool yes;

    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];

        if (c != ' ' && c != '\t' && c != '"')
            buf_char(&low, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    yes = bytes_is(buf_view(&low), ";charset=utf-8") || low.len == 0;
    buf_free(&low);
    return yes;
}

static int
media(struct session *s, struct serve *v, const struct serve_request *q,
      struct serve_finding *f)
{
    struct bytes type = http_serve_field(&q->r, "content-type", 0);
    struct bytes name = bytes_trim(bytes_upto(type, bytes_find(type, ';')));

    (void)s;
    (void)v;
    if (q->body.len == 0 && type.data == NULL)
        return -1; /* a poll has no content */
    if (type.data == NULL)
        return serve_finding(f, "Content-Type", "there is none");
    if (http_serve_field(&q->r, "content-type", 1).data != NULL)
        return serve_finding(f, "Content-Type", "there are several");
    if (name.len != 16 || strncasecmp(name.data, "application/json", 16) != 0 ||
        !is_parameter_utf8(bytes_from(type, bytes_find(type, ';'))))
        return serve_finding(f, "Content-Type", "%.*s",
                             (int)(type.len > 100 ? 100 : type.len), type.data);
    return 1;
}

static int
authority(struct session *s, struct serve *v, const struct serve_request *q,
          struct serve_finding *f)
{
    struct bytes host = http_serve_field(&q->r, "host", 0);
    char want[64];

    (void)s;
    (void)snprintf(want, sizeof want, "127.0.0.1:%u", intake_port(v->in));
    return same_text(f, "Host", host, bytes_str(want));
}

/* ---- time */

static int
current(struct serve *v, const struct serve_request *q, const char *path,
        const char *at, struct serve_finding *f)
{
    struct bytes text;
    struct stamp t;
    int64_t off;

    if (!serve_member(v, q, path, &text))
        return serve_finding(f, at, "there is none");
    if (!time_rfc3339_strict(text, &t))
        return serve_finding(f, at, "no RFC 3339 time with offset: %.*s",
                             (int)(text.len > 60 ? 60 : text.len), text.data);
    off = t.sec - (int64_t)time(NULL);
    if (off < -CLOCK_WINDOW_S || off > CLOCK_WINDOW_S)
        return serve_finding(f, at, "%lld s from now", (long long)off);
    return 1;
}

static int
sent_now(struct session *s, struct serve *v, const struct serve_request *q,
         struct serve_finding *f)
{
    (void)s;
    return current(v, q, "sent_time", "/sent_time", f);
}

static int
timestamp_now(struct session *s, struct serve *v, const struct serve_request *q,
              struct serve_finding *f)
{
    (void)s;
    return q->body.len == 0 ? -1 : current(v, q, "timestamp", "/timestamp", f);
}

/* ---- commands */

static int
path_op(struct session *s, struct serve *v, const struct serve_request *q,
        struct serve_finding *f)
{
    struct bytes class, operation;

    (void)s;
    if (q->body.len == 0)
        return -1;
    if (!serve_member(v, q, "class", &class))
        return serve_finding(f, "/class", "there is none");
    if (same_text(f, "/class", class, segment(q, 1)) == 0)
        return 0;
    if (!serve_member(v, q, "operation", &operation))
        return serve_finding(f, "/operation", "there is none");
    return same_text(f, "/operation", operation, segment(q, 0));
}

static int
members(struct session *s, struct serve *v, const struct serve_request *q,
        struct serve_finding *f)
{
    static const char *const known[] = {"version",   "request_id", "timestamp",
                                        "nonce",     "sender",     "class",
                                        "operation", "params",     "auth"};
    struct bytes any;
    const struct tape *t = &v->tape;

    (void)s;
    if (q->body.len == 0)
        return -1;
    (void)serve_member(v, q, "version", &any); /* reads it */
    for (uint32_t i = t->count > 1 && t->node[0].type == TAPE_OBJECT ? 1 : 0;
         i != 0; i = t->node[i].next) {
        bool found = false;

        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            found |= tape_is(t, &t->node[i], bytes_str(known[k]));
        if (!found) {
            struct bytes name = tape_raw(t, &t->node[i]);

            struct buf at = {0};
            const char *pointer;

            buf_printf(&at, "/%.*s", (int)(name.len > 60 ? 60 : name.len),
                       name.data);
            pointer = arena_str(&v->arena, buf_view(&at));
            buf_free(&at);
            return serve_finding(
                f, pointer ? pointer : "request", "unknown member '%.*s'",
                (int)(name.len > 60 ? 60 : name.len), name.data);
        }
    }
    return 1;
}

static int
ttl(struct session *s, struct serve *v, const struct serve_request *q,
    struct serve_finding *f)
{
    int type = serve_type(v, q, "params/ttl_s");
    struct bytes text;
    uint64_t n;

    (void)s;
    if (type < 0)
        return -1;
    if (type != TAPE_INTEGER || !serve_member(v, q, "params/ttl_s", &text) ||
        !bytes_to_u64(text, UINT32_MAX, &n) || n == 0)
        return serve_finding(f, "/params/ttl_s", "no positive whole number");
    return 1;
}

static int
dry_run(struct session *s, struct serve *v, const struct serve_request *q,
        struct serve_finding *f)
{
    int type = serve_type(v, q, "params/dry_run");

    (void)s;
    if (type < 0)
        return -1;
    return type == TAPE_TRUE || type == TAPE_FALSE
               ? 1
               : serve_finding(f, "/params/dry_run", "neither true nor false");
}

static int
signature(struct session *s, struct serve *v, const struct serve_request *q,
          struct serve_finding *f)
{
    const char *key = session_ixit(s, "hmac_key");
    if (http_serve_field(&q->r, "x-interconn-signature", 0).data == NULL)
        return q->body.len == 0
                   ? -1
                   : serve_finding(f, "X-Interconn-Signature", "there is none");
    if (key == NULL)
        key = session_token(s);
    f->at = "X-Interconn-Signature";
    return serve_signature(v, q, bytes_str(key), f->text, sizeof f->text);
}

/* ---- the connection */

static int
tls12(struct session *s, struct serve *v, const struct serve_request *q,
      struct serve_finding *f)
{
    (void)s;
    (void)v;
    if (q->conn->tls_version >= TLS1_2_VERSION)
        return 1;
    return serve_finding(f, "TLS", "version %#x",
                         (unsigned)q->conn->tls_version);
}

static int
client_cert(struct session *s, struct serve *v, const struct serve_request *q,
            struct serve_finding *f)
{
    (void)s;
    (void)v;
    return q->conn->subject[0] != '\0'
               ? 1
               : serve_finding(f, "TLS", "no client certificate");
}

static int
token_hidden(struct session *s, struct serve *v, const struct serve_request *q,
             struct serve_finding *f)
{
    const char *token = session_token(s);

    (void)v;
    return assert_within(q->r.target, bytes_str(token))
               ? serve_finding(f, "request target", "it holds the token")
               : 1;
}

static int
token_sent(struct session *s, struct serve *v, const struct serve_request *q,
           struct serve_finding *f)
{
    struct bytes a = http_serve_field(&q->r, "authorization", 0);
    const char *token = session_token(s);
    bool right = a.len == 7 + strlen(token) &&
                 strncasecmp(a.data, "Bearer ", 7) == 0 &&
                 bytes_is(bytes_from(a, 7), token);

    (void)v;
    if (right && http_serve_field(&q->r, "authorization", 1).data == NULL)
        return 1;
    return serve_finding(f, "Authorization",
                         a.data == NULL ? "there is none"
                         : right        ? "there are several"
                                        : "another scheme or token");
}

const struct serve_check serve_check_table[] = {
    {"path_type", "the last path element is the info_type of the body",
     path_type},
    {"key_is_id", "one Idempotency-Key, equal to msg_id", key_is_id},
    {"utf8", "the content is UTF-8 without byte order mark", utf8},
    {"packing", "Content-Encoding says what the content is", packing},
    {"media", "Content-Type is application/json", media},
    {"authority", "Host names the server that was addressed", authority},
    {"sent_now", "sent_time within 300 s of now", sent_now},
    {"timestamp_now", "timestamp within 300 s of now", timestamp_now},
    {"path_op", "class and operation of the body are those of the path",
     path_op},
    {"members", "no member that the request does not have", members},
    {"ttl", "ttl_s is a positive whole number", ttl},
    {"dry_run", "dry_run is true or false", dry_run},
    {"signature", "the signature is the HMAC-SM3 of the request", signature},
    {"tls12", "TLS 1.2 or later", tls12},
    {"client_cert", "the client's certificate", client_cert},
    {"token_hidden", "no secret in the request target", token_hidden},
    {"token_sent", "Authorization: Bearer with the token", token_sent},
    {NULL, NULL, NULL},
};

const struct serve_check *
serve_check_find(const char *name)
{
    const struct serve_check *c = serve_check_table;

    while (c->name != NULL && strcmp(c->name, name) != 0)
        c++;
    return c->name != NULL ? c : NULL;
}
