/* SPDX-License-Identifier: Apache-2.0 */
/* What the tester's server says: as a sound receiver does, or with one fault on
 * purpose. An answer is made as bytes first, then sent whole, cut, slowly or
 * not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conformance/steps/serve.h"
#include "formats/base/time.h"
#include "transport/http_status.h"

static const char *const faults[] = {
    "none",        /* as it is */
    "cut_head",    /* ends inside the header */
    "cut_body",    /* ends inside the content that Content-Length promises */
    "close",       /* the connection ends, not one byte */
    "reset",       /* the same with RST */
    "hang",        /* nothing happens, the connection stays */
    "slow",        /* byte by byte */
    "garbage",     /* bytes that are no HTTP */
    "interim",     /* a 103 before */
    "chunked",     /* in chunks */
    "until_end",   /* no length: the content ends with the connection */
    "two_lengths", /* two Content-Length that differ */
    "long_field",  /* a field of 1 MiB */
    "last",        /* Connection: close, and so it does */
    NULL};
static const char *const forms[] = {"auto",     "empty",       "html",
                                    "other_id", "other_items", NULL};

/* ---- content */

static void
put_time(struct buf *out)
{
    struct timespec t;
    struct stamp now;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    now = time_of_ns((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
    time_write_rfc3339(out, &now);
}

struct serve_answer {
    unsigned status;
    const char *items; /* "202,400": statuses of items in turn; or NULL */
    const char *form, *body, *task, *data;
    int64_t code; /* of a command */
};

static void
put_results(struct buf *out, const struct serve_request *q,
            const struct serve_answer *a)
{
    bool other = strcmp(a->form, "other_id") == 0;
    bool miscounted = strcmp(a->form, "other_items") == 0;
    size_t n = a->items != NULL || other || miscounted ? q->items : 0;
    const char *at = a->items;

    buf_printf(out, "{\"msg_id\":\"%s\",\"accepted\":%zu,\"results\":[",
               other ? "00000000-0000-4000-8000-000000000000" : q->id,
               q->items);
    n += miscounted;
    for (size_t i = 0; i < n; i++) {
        long status = at != NULL ? strtol(at, NULL, 10) : 202;

        buf_printf(out, "%s%ld", i ? "," : "", status);
        at = at != NULL && strchr(at, ',') != NULL ? strchr(at, ',') + 1 : at;
    }
    buf_str(out, "]}");
}

static void
put_response(struct buf *out, const struct serve_request *q,
             const struct serve_answer *a)
{
    bool other = strcmp(a->form, "other_id") == 0;

    buf_printf(out,
               "{\"version\":\"1.0\",\"request_id\":\"%s\",\"code\":%lld,"
               "\"message\":\"%s\",\"timestamp\":\"",
               other ? "00000000-0000-4000-8000-000000000000" : q->id,
               (long long)a->code, a->code == 0 ? "ok" : "as the test wants");
    put_time(out);
    buf_char(out, '"');
    if (a->task != NULL)
        buf_printf(out, ",\"task_id\":\"%s\"", a->task);
    if (a->data != NULL)
        buf_printf(out, ",\"data\":%s", a->data);
    buf_char(out, '}');
}

static void
put_content(struct buf *out, const struct serve_request *q,
            const struct serve_answer *a)
{
    if (a->body != NULL)
        buf_str(out, a->body);
    else if (strcmp(a->form, "html") == 0)
        buf_str(out, "<html><body><h1>Bad Gateway</h1></body></html>");
    else if (strcmp(a->form, "empty") == 0)
        return;
    else if (q->command)
        put_response(out, q, a);
    else if (a->status < 300)
        put_results(out, q, a);
    else
        buf_printf(out,
                   "{\"code\":%lld,\"message\":\"as the test wants\","
                   "\"pointer\":\"\",\"msg_id\":\"%s\"}",
                   (long long)a->code, q->id);
}

/* ---- bytes */

struct serve_shape { /* how the bytes are laid out and sent */
    const char *fault;
    struct buf content, head, fields;
};

static bool
is(const struct serve_shape *h, const char *fault)
{
    return strcmp(h->fault, fault) == 0;
}

static void
put_framing(struct serve_shape *h, struct buf *out)
{
    if (is(h, "chunked"))
        buf_str(out, "Transfer-Encoding: chunked\r\n");
    else if (is(h, "until_end"))
        buf_str(out, "Connection: close\r\n");
    else
        buf_printf(out, "Content-Length: %zu\r\n",
                   h->content.len + (is(h, "cut_body") ? 64 : 0));
    if (is(h, "two_lengths"))
        buf_printf(out, "Content-Length: %zu\r\n", h->content.len + 1);
    if (is(h, "last"))
        buf_str(out, "Connection: close\r\n");
    if (is(h, "long_field")) {
        buf_str(out, "X-Long: ");
        for (int i = 0; i < 1 << 16; i++)
            buf_str(out, "0123456789abcdef");
        buf_str(out, "\r\n");
    }
}

static void
lay_out(struct serve_shape *h, struct buf *out)
{
    buf_reset(out);
    if (is(h, "garbage")) {
        buf_str(out, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
        return;
    }
    if (is(h, "interim"))
        buf_str(out, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    buf_bytes(out, buf_view(&h->head));
    put_framing(h, out);
    buf_str(out, "\r\n");
    if (is(h, "chunked")) { /* in two, the second one may be empty */
        size_t half = h->content.len / 2;

        if (half > 0)
            buf_printf(out, "%zx\r\n%.*s\r\n", half, (int)half,
                       h->content.data);
        if (h->content.len > half)
            buf_printf(out, "%zX;x=y\r\n%.*s\r\n", h->content.len - half,
                       (int)(h->content.len - half), h->content.data + half);
        buf_str(out, "0\r\n\r\n");
    } else {
        buf_bytes(out, buf_view(&h->content));
    }
    if (is(h, "cut_head"))
        buf_cut(out, out->len > 24 ? 24 : out->len);
}

static void
send_slowly(struct session *s, struct serve *v, struct serve_request *q)
{
    const struct timespec pause = {.tv_nsec = 8000000};
    struct bytes rest = buf_view(&v->out);

    /* The head byte by byte, the rest in small pieces: at most about 1.5 s. */
    for (size_t i = 0; rest.len > 0 && session_left(s) > 0; i++) {
        size_t n = i < 120 ? 1 : 64;

        if (!intake_write(q->conn, bytes_upto(rest, n), 1000))
            return;
        rest = bytes_from(rest, n);
        (void)intake_wait(v->in, 0);
        (void)nanosleep(&pause, NULL);
    }
}

static void
deliver(struct session *s, struct serve *v, struct serve_request *q,
        struct serve_shape *h)
{
    static const struct {
        const char *fault;
        enum intake_shut how;
    } ends[] = {
        {"cut_head", INTAKE_SHUT_CLEAN}, {"cut_body", INTAKE_SHUT_CLEAN},
        {"close", INTAKE_SHUT_CLEAN},    {"reset", INTAKE_SHUT_RESET},
        {"garbage", INTAKE_SHUT_CLEAN},  {"until_end", INTAKE_SHUT_CLEAN},
        {"last", INTAKE_SHUT_CLEAN}};

    lay_out(h, &v->out);
    if (!is(h, "close") && !is(h, "reset") && !is(h, "hang")) {
        session_log(s, SESSION_SENT, "http",
                    bytes_upto(buf_view(&v->out), 65536));
        if (is(h, "slow"))
            send_slowly(s, v, q);
        else
            (void)intake_write(q->conn, buf_view(&v->out), 5000);
    } else {
        session_log(s, SESSION_NOTE, "http", bytes_str(h->fault));
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (is(h, ends[i].fault))
            intake_shut(q->conn, ends[i].how);
    }
    q->ended_ms = session_now_ms();
}

/* Whether the product has the whole answer and may take it for true. */
static bool
is_whole(const char *fault)
{
    static const char *const whole[] = {"none",      "slow",      "interim",
                                        "chunked",   "until_end", "last",
                                        "long_field"};

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(fault, whole[i]) == 0)
            return true;
    }
    return false;
}

static void
answer(struct session *s, struct serve *v, struct serve_request *q,
       const struct serve_answer *a, struct serve_shape *h, const char *reason)
{
    put_content(&h->content, q, a);
    buf_printf(&h->head, "HTTP/1.1 %u %s\r\n", a->status, reason);
    buf_bytes(&h->head, buf_view(&h->fields));
    if (a->body == NULL && strcmp(a->form, "html") == 0)
        buf_str(&h->head, "Content-Type: text/html\r\n");
    else if (h->content.len > 0)
        buf_str(&h->head, "Content-Type: application/json\r\n");
    q->status = is_whole(h->fault) ? a->status : 0;
    deliver(s, v, q, h);
    buf_free(&h->content);
    buf_free(&h->head);
    buf_free(&h->fields);
}

void
serve_answer_code(struct session *s, struct serve *v, struct serve_request *q,
                  unsigned status, int64_t code)
{
    struct serve_answer a = {.status = status, .form = "auto", .code = code};
    struct serve_shape h = {.fault = "none"};

    if (q->conn->end == INTAKE_OPEN)
        answer(s, v, q, &a, &h, http_status_reason(status));
}

void
serve_answer_status(struct session *s, struct serve *v, struct serve_request *q,
                    unsigned status)
{
    serve_answer_code(s, v, q, status,
                      status < 300   ? 0
                      : status < 500 ? 1004
                                     : 5003);
}

void
serve_answer_well(struct session *s, struct serve *v, struct serve_request *q)
{
    serve_answer_status(s, v, q, q->command ? 200 : 202);
}

void
serve_document(struct session *s, const struct serve_request *q, bool good)
{
    if (!q->command || q->body.len > 0)
        session_document(s, q->body, good);
}

/* ---- serve.answer */

/* Header lines of the step come first of all. */
static void
put_fields(struct session *s, const struct ledger_step *st, struct buf *out)
{
    const char *name, *value;

    for (size_t i = 0; session_each(s, st, "headers", i, &name, &value); i++)
        buf_printf(out, "%s: %s\r\n", name, value);
}

const struct step_param serve_param_answer[] = {
    {"status", STEP_INT, false, NULL},   {"reason", STEP_TEXT, false, NULL},
    {"headers", STEP_MAP, false, NULL},  {"body", STEP_TEXT, false, NULL},
    {"form", STEP_TEXT, false, forms},   {"items", STEP_TEXT, false, NULL},
    {"code", STEP_INT, false, NULL},     {"task", STEP_TEXT, false, NULL},
    {"data", STEP_TEXT, false, NULL},    {"delay_ms", STEP_INT, false, NULL},
    {"fault", STEP_TEXT, false, faults}, {NULL, STEP_TEXT, false, NULL},
};

/* Waiting before an answer, while requests on other connections come in. */
static void
linger(struct session *s, struct serve *v, int64_t ms)
{
    int64_t end = session_now_ms() + ms;

    while (session_now_ms() < end && session_left(s) > 0)
        (void)serve_pump(s, v, 20);
}

enum verdict
serve_op_answer(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    struct serve_request *q = v ? serve_named(v, NULL) : NULL;
    struct serve_answer a = {0};
    struct serve_shape h = {0};
    const char *reason;

    if (q == NULL)
        return VERDICT_ERROR;
    a.status = (unsigned)session_int(s, st, "status", q->command ? 200 : 202);
    a.form = session_text(s, st, "form", "auto");
    a.body = session_text(s, st, "body", NULL);
    a.items = session_text(s, st, "items", NULL);
    a.task = session_text(s, st, "task", NULL);
    a.data = session_text(s, st, "data", NULL);
    a.code = session_int(s, st, "code", a.status < 300 ? 0 : 1004);
    h.fault = session_text(s, st, "fault", "none");
    reason = session_text(s, st, "reason", http_status_reason(a.status));
    if (a.form == NULL || h.fault == NULL || reason == NULL)
        return VERDICT_ERROR;
    linger(s, v, session_int(s, st, "delay_ms", 0));
    put_fields(s, st, &h.fields);
    if (q->conn->end != INTAKE_OPEN)
        session_log(s, SESSION_NOTE, "http",
                    BYTES("the product closed before the answer"));
    answer(s, v, q, &a, &h, reason);
    return VERDICT_PASS;
}

/* ---- serve.serve */

const struct step_param serve_param_serve[] = {
    {"count", STEP_INT, false, NULL}, {"within_ms", STEP_WAIT, false, NULL},
    {"good", STEP_BOOL, false, NULL}, {"enough", STEP_INT, false, NULL},
    {NULL, STEP_TEXT, false, NULL},
};

/* Answer everything well until ${count} requests came or the time is over;
 * fewer than ${enough} (default: ${count}) leave the test undecided. */
enum verdict
serve_op_serve(struct session *s, const struct ledger_step *st)
{
    struct serve *v = serve_of(s);
    int64_t end = session_now_ms() + session_wait(s, st, "within_ms");
    int64_t count = session_int(s, st, "count", 1);
    int64_t enough = session_int(s, st, "enough", count), got = 0;
    char text[80];

    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    for (; got < count; got++) {
        int64_t left = end - session_now_ms();
        struct serve_request *q =
            serve_take(s, v, left > 0 ? (unsigned)left : 0);

        if (q == NULL)
            break;
        serve_document(s, q, session_bool(s, st, "good", true));
        serve_answer_well(s, v, q);
    }
    if (got >= enough)
        return VERDICT_PASS;
    (void)snprintf(text, sizeof text, "%lld of %lld requests came",
                   (long long)got, (long long)enough);
    return session_inconc(s, "requests go on", text);
}
