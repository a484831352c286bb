/* SPDX-License-Identifier: Apache-2.0 */
/* http.send: a request as written, or as broken as the test wants it. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "conformance/steps/http.h"

/* How to frame the body in chunks (RFC 9112 section 7.1), right and wrong. */
const char *const http_chunk_words[] = {
    "ok",        "small",   "extension", "trailer",     "bad_size",  "negative",
    "huge_size", "no_crlf", "no_end",    "with_length", "prefix_0x", NULL};

static bool
is_header(const char *name, const char *other)
{
    return strcasecmp(name, other) == 0;
}

/* The step itself names a header, or leaves it out. */
static bool
is_overridden(struct session *s, const struct ledger_step *st, const char *name)
{
    const char *key, *value;

    for (size_t i = 0; session_each(s, st, "headers", i, &key, &value); i++) {
        if (is_header(key, name))
            return true;
    }
    for (size_t i = 0; session_each(s, st, "omit", i, &key, &value); i++) {
        if (is_header(value, name))
            return true;
    }
    return false;
}

static void
put_header(struct session *s, const struct ledger_step *st, const char *name,
           const char *value, struct buf *out)
{
    if (value != NULL && !is_overridden(s, st, name))
        buf_printf(out, "%s: %s\r\n", name, value);
}

static void
put_all(struct session *s, const struct ledger_step *st, const char *param,
        struct buf *out)
{
    const char *name, *value;

    for (size_t i = 0; session_each(s, st, param, i, &name, &value); i++)
        buf_printf(out, "%s: %s\r\n", name, value);
}

static const char *
auth_value(struct session *s, const struct ledger_step *st)
{
    const char *auth = session_text(s, st, "auth", "good");

    if (strcmp(auth, "none") == 0)
        return NULL;
    if (strcmp(auth, "good") != 0)
        return auth;
    if (!bench_has(s->b, "target.token"))
        return NULL;
    return arena_printf(&s->arena, "Bearer %s", s->b->token);
}

/* ---- bodies */

static void
put_chunk(struct buf *out, struct bytes part, const char *word)
{
    if (strcmp(word, "prefix_0x") == 0)
        buf_printf(out, "0x%zx\r\n", part.len);
    else if (strcmp(word, "extension") == 0)
        buf_printf(out, "%zx;name=\"value\"\r\n", part.len);
    else
        buf_printf(out, "%zx\r\n", part.len);
    buf_bytes(out, part);
    buf_str(out, strcmp(word, "no_crlf") == 0 ? "" : "\r\n");
}

static void
put_chunks(struct buf *out, struct bytes body, const char *word)
{
    size_t step = strcmp(word, "small") == 0 ? 7 : 4096;

    if (strcmp(word, "bad_size") == 0)
        buf_str(out, "zz\r\n");
    else if (strcmp(word, "negative") == 0)
        buf_str(out, "-5\r\nhello\r\n");
    else if (strcmp(word, "huge_size") == 0)
        buf_str(out, "ffffffffffffffff1\r\n");
    while (body.len > 0) {
        put_chunk(out, bytes_upto(body, step), word);
        body = bytes_from(body, step);
    }
    if (strcmp(word, "no_end") == 0)
        return;
    buf_str(out, strcmp(word, "trailer") == 0 ? "0\r\nX-Trailer: 1\r\n\r\n"
                                              : "0\r\n\r\n");
}

static void
put_length(struct session *s, const struct ledger_step *st, struct bytes body,
           bool has_body, struct buf *out)
{
    const char *length = session_text(s, st, "content_length", "auto");
    const char *chunked = session_text(s, st, "chunked", NULL);

    if (chunked != NULL)
        put_header(s, st, "Transfer-Encoding", "chunked", out);
    if (strcmp(length, "none") == 0 ||
        (chunked != NULL && strcmp(chunked, "with_length") != 0))
        return;
    if (strcmp(length, "auto") != 0)
        buf_printf(out, "Content-Length: %s\r\n", length);
    else if (has_body && !is_overridden(s, st, "Content-Length"))
        buf_printf(out, "Content-Length: %zu\r\n", body.len);
}

static bool
is_envelope(const struct ledger_step *st)
{
    const struct yaml_node *body = step_arg(st, "body");
    const char *wrap = step_text(step_member(body, "wrap"));

    return step_member(body, "seed") != NULL &&
           (wrap == NULL || strcmp(wrap, "none") != 0);
}

static void
put_head(struct session *s, const struct ledger_step *st, struct bytes body,
         struct buf *out)
{
    const struct wire_url *t = &s->b->target;
    bool has_body = step_arg(st, "body") != NULL;
    const char *host =
        strchr(t->host, ':') != NULL
            ? arena_printf(&s->arena, "[%s]:%u", t->host, t->port)
            : arena_printf(&s->arena, "%s:%u", t->host, t->port);

    buf_printf(out, "%s %s%s %s\r\n",
               session_text(s, st, "method", has_body ? "POST" : "GET"),
               t->path, session_text(s, st, "path", "/"),
               session_text(s, st, "version", "HTTP/1.1"));
    put_header(s, st, "Host", host, out);
    put_header(s, st, "User-Agent", "hutong-conform/" HUTONG_VERSION, out);
    put_header(s, st, "Accept", "application/json", out);
    put_header(s, st, "Authorization", auth_value(s, st), out);
    if (has_body)
        put_header(s, st, "Content-Type",
                   session_text(s, st, "content_type", "application/json"),
                   out);
    if (is_envelope(st))
        put_header(s, st, "Idempotency-Key", session_get(s, "seed.msg_id"),
                   out);
    if (session_bool(s, st, "expect_continue", false))
        put_header(s, st, "Expect", "100-continue", out);
    put_length(s, st, body, has_body, out);
    put_all(s, st, "headers", out);
    put_all(s, st, "repeat_header", out);
}

enum verdict
http_request(struct session *s, const struct ledger_step *st, struct buf *out)
{
    const char *chunked = session_text(s, st, "chunked", NULL);
    struct buf body = {0};
    enum verdict v;

    if (step_arg(st, "raw") != NULL)
        return session_body(s, st, "raw", out);
    v = session_body(s, st, "body", &body);
    if (v == VERDICT_PASS) {
        session_set(s, "sent.body", bytes_upto(buf_view(&body), 65536));
        put_head(s, st, buf_view(&body), out);
        if (step_arg(st, "sign") != NULL)
            v = http_sign(s, st, buf_view(&body), out);
        buf_str(out, "\r\n");
        if (chunked != NULL)
            put_chunks(out, buf_view(&body), chunked);
        else
            buf_bytes(out, buf_view(&body));
    }
    if (v == VERDICT_PASS && !buf_ok(out))
        v = session_error(s, &(struct err){.msg = "out of memory"});
    buf_free(&body);
    return v;
}

/* ---- writing */

static void
log_sent(struct session *s, const struct http_exchange *ex, struct bytes data)
{
    char channel[24];

    (void)snprintf(channel, sizeof channel, "http:%u", ex->number);
    session_log(s, SESSION_SENT, channel, data);
}

/* Wait for the 100 before the body; a final answer is as good. */
static void
await_continue(struct session *s, struct http *h, struct http_exchange *ex,
               const struct wire_until *u)
{
    unsigned interim = h->interim;

    while (h->interim == interim && h->replies == 0 && ex->end == WIRE_OK &&
           h->bad == NULL) {
        size_t before = ex->in.len;
        struct http_exchange one;

        ex->end = wire_recv(&ex->conn, &ex->in, 65536, u);
        if (ex->in.len == before)
            break;
        session_log(s, SESSION_RECEIVED, "http:continue",
                    bytes_from(buf_view(&ex->in), before));
        one = *ex;
        if (bytes_starts(bytes_from(buf_view(&ex->in), ex->taken),
                         BYTES("HTTP/1.1 1")))
            h->interim++;
        else if (one.in.len > 12)
            break; /* a final answer: http.expect reads it */
    }
    if (h->interim >
        interim) { /* taken out of the input as a reply of its own */
        struct reply r = {0};

        if (reply_read(bytes_from(buf_view(&ex->in), ex->taken), false, false,
                       &r) == REPLY_DONE)
            ex->taken += r.used;
        reply_free(&r);
    }
    if (ex->end == WIRE_TIMEOUT)
        ex->end = WIRE_OK;
}

static enum wire_end
write_pieces(struct session *s, const struct ledger_step *st,
             struct http_exchange *ex, struct bytes data,
             const struct wire_until *u)
{
    int64_t split = session_int(s, st, "split", 0);
    int64_t pause = session_int(s, st, "pause_ms", 0);
    enum wire_end e = WIRE_OK;

    log_sent(s, ex, data);
    while (data.len > 0 && e == WIRE_OK) {
        size_t n = split > 0 ? (size_t)split : data.len;

        e = wire_send(&ex->conn, bytes_upto(data, n), u);
        data = bytes_from(data, n);
        if (data.len > 0 && pause > 0)
            wire_sleep((unsigned)pause, u);
    }
    return e;
}

static void
finish_end(struct session *s, const struct ledger_step *st,
           struct http_exchange *ex)
{
    const char *end = session_text(s, st, "end", "keep");

    if (strcmp(end, "keep") == 0)
        return;
    session_log(s, SESSION_NOTE, "http", bytes_str(end));
    if (strcmp(end, "half_close") == 0) {
        wire_half_close(&ex->conn);
        return;
    }
    if (strcmp(end, "reset") == 0)
        wire_reset(&ex->conn);
    else
        wire_close(&ex->conn);
    ex->awaited = 0;
}

size_t
http_head_length(struct bytes request)
{
    for (size_t i = 0; i + 4 <= request.len; i++) {
        if (memcmp(request.data + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    }
    return request.len;
}

/* A whole request, or what the test leaves of it, on one connection. */
static enum wire_end
write_request(struct session *s, const struct ledger_step *st, struct http *h,
              struct http_exchange *ex, struct bytes data)
{
    unsigned wait = session_wait(s, st, "within");
    struct wire_until u = http_until(s, session_left(s));
    int64_t cut = session_int(s, st, "cut", -1);
    int64_t cut_end = session_int(s, st, "cut_end", 0);
    enum wire_end e = WIRE_OK;

    if (cut >= 0)
        data = bytes_upto(data, (size_t)cut);
    if (cut_end > 0)
        data = bytes_upto(data, data.len - ((size_t)cut_end < data.len
                                                ? (size_t)cut_end
                                                : data.len));
    if (session_bool(s, st, "expect_continue", false)) {
        const struct wire_until soon = http_until(s, wait);
        size_t n = http_head_length(data);

        e = write_pieces(s, st, ex, bytes_upto(data, n), &u);
        if (e == WIRE_OK)
            await_continue(s, h, ex, &soon);
        data = bytes_from(data, n);
        if (ex->in.len > ex->taken) /* refused before the body */
            data.len = 0;
    }
    if (e == WIRE_OK)
        e = write_pieces(s, st, ex, data, &u);
    finish_end(s, st, ex);
    return e;
}

static struct http_exchange *
connection(struct session *s, const struct ledger_step *st, struct http *h,
           enum wire_end *e)
{
    const struct wire_until u = http_until(s, s->b->wait_ms);
    struct http_exchange *ex;
    bool reuse = session_bool(s, st, "reuse", false) || h->ready;

    *e = WIRE_OK;
    h->ready = false;
    if (reuse && h->exs > 0 && h->ex[0].end == WIRE_OK)
        return &h->ex[0];
    ex = &h->ex[h->exs++];
    *e = http_connect(s, h, ex, &u);
    ex->end = *e;
    return ex;
}

static enum verdict
not_connected(struct session *s, const struct http_exchange *ex,
              enum wire_end e)
{
    return session_silence(s,
                           e == WIRE_TIMEOUT ? "timeout"
                           : e == WIRE_EOF   ? "closed"
                                             : "reset",
                           "a connection", ex->conn.why);
}

/* Replies of the last request go; of several connections only one stays. */
static void
begin_request(struct http *h, bool keep)
{
    for (size_t i = 0; i < h->replies; i++) {
        reply_free(&h->reply[i].r);
        buf_free(&h->reply[i].in);
    }
    h->replies = 0;
    h->interim = 0;
    h->bad = NULL;
    h->missing = false;
    for (size_t i = keep ? 1 : 0; i < h->exs; i++) {
        wire_close(&h->ex[i].conn);
        buf_free(&h->ex[i].in);
        h->ex[i] = (struct http_exchange){.conn.fd = -1};
    }
    h->exs = keep && h->exs > 0 ? 1 : 0;
}

/* Each on its own connection, the last byte of all of them in one burst. */
static enum verdict
send_concurrent(struct session *s, const struct ledger_step *st, struct http *h,
                int64_t count)
{
    struct buf request = {0};
    enum verdict v = VERDICT_PASS;

    for (int64_t i = 0; i < count && v == VERDICT_PASS; i++) {
        struct wire_until u = http_until(s, session_left(s));
        struct http_exchange *ex;
        enum wire_end e;

        buf_reset(&request);
        if (i == 0 || step_arg(st, "raw") == NULL)
            v = http_request(s, st, &request);
        if (v != VERDICT_PASS)
            break;
        ex = connection(s, st, h, &e);
        if (e != WIRE_OK) {
            v = not_connected(s, ex, e);
            break;
        }
        ex->awaited = 1;
        log_sent(s, ex, buf_view(&request));
        (void)wire_send(&ex->conn,
                        bytes_upto(buf_view(&request), request.len - 1), &u);
        h->last[h->exs - 1] = request.data[request.len - 1];
    }
    for (size_t i = 0; i < h->exs && v == VERDICT_PASS; i++) {
        struct wire_until u = http_until(s, session_left(s));

        (void)wire_send(&h->ex[i].conn, bytes_of(&h->last[i], 1), &u);
    }
    buf_free(&request);
    return v;
}

static enum verdict
send_one(struct session *s, const struct ledger_step *st, struct http *h,
         unsigned pipeline)
{
    struct buf request = {0};
    struct http_exchange *ex;
    enum wire_end e = WIRE_OK;
    enum verdict v = VERDICT_PASS;

    for (unsigned i = 0; i < pipeline && v == VERDICT_PASS; i++) {
        struct buf one = {0};

        v = http_request(s, st, &one);
        buf_bytes(&request, buf_view(&one));
        buf_free(&one);
    }
    if (v == VERDICT_PASS) {
        ex = connection(s, st, h, &e);
        if (e != WIRE_OK) {
            v = not_connected(s, ex, e);
        } else {
            ex->awaited += pipeline;
            http_curl(s, st, buf_view(&request));
            ex->head = strcmp(session_text(s, st, "method", ""), "HEAD") == 0;
            /* A product may answer and close before it has read everything. */
            (void)write_request(s, st, h, ex, buf_view(&request));
        }
    }
    buf_free(&request);
    return v;
}

enum verdict
http_send(struct session *s, const struct ledger_step *st)
{
    struct http *h = http_of(s);
    int64_t repeat = session_int(s, st, "repeat", 1);
    int64_t concurrent = session_int(s, st, "concurrent", 1);
    int64_t pipeline = session_int(s, st, "pipeline", 1);
    enum verdict v = VERDICT_PASS;

    if (h == NULL || repeat > HTTP_REPLIES_MAX || concurrent > HTTP_CONNS_MAX ||
        pipeline > HTTP_CONNS_MAX || repeat < 1 || pipeline < 1)
        return session_error(s, &(struct err){.msg = "too many requests"});
    begin_request(h, h->ready || session_bool(s, st, "reuse", false));
    if (concurrent > 1)
        return send_concurrent(s, st, h, concurrent);
    for (int64_t i = 0; i < repeat && v == VERDICT_PASS; i++) {
        const struct wire_until u =
            http_until(s, session_wait(s, st, "within"));

        if (i > 0) { /* the next one on the same connection, if it is kept */
            if (h->exs > 0 && (h->ex[0].end != WIRE_OK || h->replies == 0 ||
                               !h->reply[h->replies - 1].r.keeps)) {
                wire_close(&h->ex[0].conn);
                buf_free(&h->ex[0].in);
                h->exs = 0;
            }
            h->ready = h->exs > 0;
        }
        v = send_one(s, st, h, (unsigned)pipeline);
        if (v == VERDICT_PASS && repeat > 1)
            http_collect(s, h, &u);
    }
    return v;
}
