/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of an HTTP client, malformed ones included (RFC 9110, 9112). */
#include "conformance/steps/http.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const ends[] = {"keep", "half_close", "close", "reset",
                                   NULL};
static const char *const versions[] = {"1.0", "1.1", "1.2", "1.3", NULL};
static const char *const outcomes[] = {"ok", "refused", "any", NULL};
static const char *const closings[] = {"any", "required", "forbidden", NULL};

static const struct step_param send_params[] = {
    {.name = "method", .type = STEP_TEXT},
    {.name = "path", .type = STEP_TEXT},
    {.name = "version", .type = STEP_TEXT}, /* "HTTP/1.1" */
    {.name = "headers", .type = STEP_MAP},  /* replace those of the same name */
    {.name = "omit", .type = STEP_LIST},    /* headers otherwise sent */
    {.name = "repeat_header", .type = STEP_MAP}, /* sent besides the first */
    {.name = "body", .type = STEP_BODY},
    {.name = "raw", .type = STEP_BODY}, /* the whole request */
    {.name = "content_type", .type = STEP_TEXT},
    {.name = "auth", .type = STEP_TEXT}, /* good, none, or the header's value */
    {.name = "content_length", .type = STEP_TEXT}, /* auto, none, or a text */
    {.name = "chunked", .type = STEP_TEXT, .names = http_chunk_words},
    {.name = "sign",
     .type = STEP_TEXT}, /* X-Interconn-Signature, see http_sign */
    {.name = "expect_continue", .type = STEP_BOOL},
    {.name = "split", .type = STEP_INT},    /* bytes of one write */
    {.name = "pause_ms", .type = STEP_INT}, /* between writes */
    {.name = "cut", .type = STEP_INT},      /* only the first bytes */
    {.name = "cut_end", .type = STEP_INT},  /* all but the last bytes */
    {.name = "end", .type = STEP_TEXT, .names = ends},
    {.name = "repeat", .type = STEP_INT},     /* one after the other */
    {.name = "pipeline", .type = STEP_INT},   /* in one write */
    {.name = "concurrent", .type = STEP_INT}, /* each on its connection */
    {.name = "reuse", .type = STEP_BOOL}, /* the connection of the last one */
    {.name = "within", .type = STEP_WAIT},
    {0}};

static const struct step_param expect_params[] = {
    {.name = "within", .type = STEP_WAIT},
    {.name = "status", .type = STEP_LIST}, /* "202", "4xx" */
    {.name = "tally", .type = STEP_MAP},   /* status: how many, of several */
    {.name = "headers", .type = STEP_MAP}, /* name: regular expression */
    {.name = "no_headers", .type = STEP_LIST},
    {.name = "json", .type = STEP_TESTS},
    {.name = "body", .type = STEP_TEXT}, /* regular expression */
    {.name = "save", .type = STEP_MAP},  /* name: JSON pointer */
    {.name = "closed", .type = STEP_TEXT, .names = closings},
    {.name = "bare", .type = STEP_BOOL}, /* the status says it all: no body is
                                            wanted to attribute a refusal */
    {.name = "interim", .type = STEP_BOOL}, /* a 100 came before */
    {.name = "replies", .type = STEP_INT},  /* at least so many; default all */
    {0}};

static const struct step_param tls_params[] = {
    {.name = "min", .type = STEP_TEXT, .names = versions},
    {.name = "max", .type = STEP_TEXT, .names = versions},
    {.name = "cert", .type = STEP_TEXT},    /* leaf of wire/ca.h, or none */
    {.name = "ciphers", .type = STEP_TEXT}, /* of TLS 1.2 */
    {.name = "name", .type = STEP_TEXT},    /* SNI */
    {.name = "alpn", .type = STEP_TEXT},
    {.name = "plain", .type = STEP_BOOL}, /* no TLS at all */
    {.name = "expect", .type = STEP_TEXT, .names = outcomes},
    {.name = "within", .type = STEP_WAIT},
    {0}};

static const struct step_param offered_params[] = {
    {.name = "operation", .type = STEP_TEXT, .required = true},
    {.name = "must", .type = STEP_BOOL}, /* FAIL, not NOT_APPLICABLE */
    {0}};
static const struct step_param no_params[] = {{0}};

static const struct step_op ops[] = {
    {.name = "command.offered", .param = offered_params, .run = http_offered},
    {.name = "command.expect_listed", .param = no_params, .run = http_obeyed},
    {.name = "http.send", .param = send_params, .run = http_send},
    {.name = "http.expect",
     .param = expect_params,
     .run = http_expect,
     .negative = http_expect_negative},
    {.name = "tls.connect",
     .param = tls_params,
     .run = http_tls,
     .negative = http_tls_negative},
    {0}};

static void
fini(void *state)
{
    http_drop(state);
}

const struct step_family step_family_http = {.name = "http",
                                             .op = ops,
                                             .state_bytes = sizeof(struct http),
                                             .fini = fini};

struct wire_until
http_until(const struct session *s, unsigned ms)
{
    int64_t at = wire_now_ms() + ms;

    return (struct wire_until){at < s->end_ms ? at : s->end_ms,
                               s->b->run->stop};
}

void
http_drop(struct http *h)
{
    for (size_t i = 0; i < h->exs; i++) {
        wire_close(&h->ex[i].conn);
        buf_free(&h->ex[i].in);
    }
    for (size_t i = 0; i < h->replies; i++) {
        reply_free(&h->reply[i].r);
        buf_free(&h->reply[i].in);
    }
    free(h->reply);
    h->reply = NULL;
    h->exs = h->replies = 0;
    h->ready = false;
}

static void
set_default_tls(struct session *s, struct http *h)
{
    if (h->tls_set)
        return;
    h->tls =
        (struct wire_tls){.ca = s->b->o.insecure ? NULL : session_file(s, "ca"),
                          .cert = session_file(s, "client.cert"),
                          .key = session_file(s, "client.key"),
                          .name = s->b->target.host};
    h->tls_set = true;
}

enum wire_end
http_connect(struct session *s, struct http *h, struct http_exchange *ex,
             const struct wire_until *u)
{
    const struct wire_url *t = &s->b->target;
    enum wire_end e;

    *ex = (struct http_exchange){.in = ex->in, .number = ++h->opened};
    buf_reset(&ex->in);
    e = wire_connect(&ex->conn, t->host, t->port, u);
    if (e == WIRE_OK && strcmp(t->scheme, "https") == 0 && !h->plain) {
        set_default_tls(s, h);
        e = wire_tls(&ex->conn, &h->tls, u);
    }
    if (e != WIRE_OK)
        session_log(s, SESSION_NOTE, "connect", bytes_str(ex->conn.why));
    return e;
}

/* ---- replies */

static bool
take_reply(struct session *s, struct http *h, struct http_exchange *ex)
{
    struct http_reply *grown =
        realloc(h->reply, (h->replies + 1) * sizeof *h->reply);
    struct http_reply *p;
    enum reply_state state;

    if (grown == NULL) {
        (void)err_set(&s->fault, ERR_NOMEM, NULL, "out of memory");
        return false;
    }
    h->reply = grown;
    p = &grown[h->replies];
    *p = (struct http_reply){0};
    buf_bytes(&p->in, bytes_from(buf_view(&ex->in), ex->taken));
    state = reply_read(buf_view(&p->in), ex->end != WIRE_OK, ex->head, &p->r);
    if (state == REPLY_DONE) {
        ex->taken += p->r.used;
        if (p->r.status < 200 && p->r.status != 101) {
            h->interim++;
        } else {
            h->replies++;
            ex->awaited--;
            return true;
        }
    } else if (state == REPLY_BAD && h->bad == NULL) {
        h->bad = p->r.why;
        h->bad_at = p->r.at;
    }
    reply_free(&p->r);
    buf_free(&p->in);
    return state == REPLY_DONE;
}

static void
collect_one(struct session *s, struct http *h, struct http_exchange *ex,
            const struct wire_until *u)
{
    while (ex->awaited > 0 && h->bad == NULL && s->fault.code == ERR_OK &&
           h->replies < HTTP_REPLIES_MAX) {
        size_t before = ex->in.len;
        char channel[24];

        if (before > ex->taken && take_reply(s, h, ex))
            continue;
        if (h->bad != NULL || ex->end != WIRE_OK)
            break;
        ex->end = wire_recv(&ex->conn, &ex->in, SESSION_BODY_MAX - before, u);
        (void)snprintf(channel, sizeof channel, "http:%u", ex->number);
        if (ex->in.len > before)
            session_log(s, SESSION_RECEIVED, channel,
                        bytes_from(buf_view(&ex->in), before));
        if (ex->end != WIRE_OK && ex->in.len > ex->taken)
            (void)take_reply(s, h, ex);
    }
    if (ex->awaited == 0)
        return;
    h->missing = true;
    h->end = ex->end;
    (void)snprintf(h->why, sizeof h->why, "%s", ex->conn.why);
    session_log(s, SESSION_NOTE, "http", bytes_str(wire_end_name(ex->end)));
}

void
http_collect(struct session *s, struct http *h, const struct wire_until *u)
{
    h->missing = false;
    for (size_t i = 0; i < h->exs; i++)
        collect_one(s, h, &h->ex[i], u);
}
