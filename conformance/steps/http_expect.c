/* SPDX-License-Identifier: Apache-2.0 */
/* http.expect and tls.connect: what a server answered, or how it refused. */
#include <stdio.h>
#include <strings.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/http.h"
#include "conformance/verdict/fault.h"
#include "formats/base/text.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

/* "202", "4xx" */
static bool
status_is(unsigned status, const char *pattern)
{
    char text[8];

    (void)snprintf(text, sizeof text, "%u", status);
    for (size_t i = 0; i < 3; i++) {
        if (pattern[i] == '\0' || (pattern[i] != 'x' && pattern[i] != text[i]))
            return false;
    }
    return pattern[3] == '\0';
}

bool
http_expect_negative(const struct ledger_step *st)
{
    const struct yaml_node *list = step_arg(st, "status");
    bool all = list != NULL && list->first != NULL;

    for (const struct yaml_node *n = list ? list->first : NULL; n; n = n->next)
        all = all && n->text.len > 0 &&
              (n->text.data[0] == '4' || n->text.data[0] == '5');
    return all;
}

bool
http_tls_negative(const struct ledger_step *st)
{
    const char *e = step_text(step_arg(st, "expect"));

    return e != NULL && strcmp(e, "refused") == 0;
}

/* ---- one reply */

static void
describe(const struct http_reply *p, struct buf *out)
{
    buf_printf(out, "status %u", p->r.status);
    if (p->r.body.len > 0) {
        buf_str(out, ", ");
        text_visible(out, bytes_upto(buf_view(&p->r.body), 200));
    }
}

static enum verdict
check_status(struct session *s, const struct ledger_step *st,
             const struct http_reply *p)
{
    struct buf expected = {0}, observed = {0};
    const char *name, *value;
    bool any = step_arg(st, "status") == NULL || fault_on("status-any"),
         found = any;
    enum verdict v = VERDICT_PASS;

    for (size_t i = 0; session_each(s, st, "status", i, &name, &value); i++) {
        found |= status_is(p->r.status, value);
        buf_printf(&expected, "%s%s", i > 0 ? " or " : "status ", value);
    }
    if (!found) {
        describe(p, &observed);
        v = session_fail(s, "status", buf_cstr(&expected), buf_cstr(&observed));
    }
    buf_free(&expected);
    buf_free(&observed);
    return v;
}

static enum verdict
check_headers(struct session *s, const struct ledger_step *st,
              const struct http_reply *p)
{
    const char *name, *value;
    char expected[300], observed[300];

    for (size_t i = 0; session_each(s, st, "headers", i, &name, &value); i++) {
        struct bytes have = reply_header(&p->r, name);

        if (have.data != NULL && assert_match(value, have))
            continue;
        (void)snprintf(expected, sizeof expected, "%.100s matches %.180s", name,
                       value);
        (void)snprintf(observed, sizeof observed,
                       have.data ? "%.*s" : "the header is absent%.*s",
                       (int)(have.len < 250 ? have.len : 250),
                       have.data ? have.data : "");
        return session_fail(s, name, expected, observed);
    }
    for (size_t i = 0; session_each(s, st, "no_headers", i, &name, &value);
         i++) {
        if (reply_header(&p->r, value).data != NULL)
            return session_fail(s, value, "no such header", "it is there");
    }
    return VERDICT_PASS;
}

/* The refusal says what it refuses: a status of one meaning, or a JSON body that
 * names a code, a place or a reason. */
static bool
is_attributable(const struct http_reply *p)
{
    static const unsigned clear[] = {401, 403, 404, 405, 408, 409,
                                     411, 413, 414, 415, 417, 422,
                                     426, 429, 431, 501, 505};
    static const char *const members[] = {"code",    "pointer", "detail",
                                          "message", "reason",  "errors"};
    struct json_reader reader;
    struct tape t = {0};
    bool yes = false;

    for (size_t i = 0; i < sizeof clear / sizeof clear[0]; i++)
        yes |= p->r.status == clear[i];
    if (yes)
        return true;
    json_reader_init(&reader, JSON_STRICT, NULL);
    if (json_read(&reader, buf_view(&p->r.body), &t, NULL) == ERR_OK) {
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            uint32_t at = tape_get(&t, 0, bytes_str(members[i]));

            yes |= at != 0 && t.node[at].length > 0 &&
                   t.node[at].type != TAPE_NULL;
        }
    }
    json_reader_free(&reader);
    tape_free(&t);
    return yes;
}

static enum verdict
save_values(struct session *s, const struct ledger_step *st,
            const struct http_reply *p)
{
    struct json_reader reader;
    struct tape t = {0};
    struct buf scratch = {0};
    struct err err = {0};
    const char *name, *pointer;
    enum verdict v = VERDICT_PASS;

    if (step_arg(st, "save") == NULL)
        return v;
    json_reader_init(&reader, JSON_STRICT, NULL);
    if (json_read(&reader, buf_view(&p->r.body), &t, &err) != ERR_OK)
        v = session_fail(s, "body", "a JSON document", err.msg);
    for (size_t i = 0;
         v == VERDICT_PASS && session_each(s, st, "save", i, &name, &pointer);
         i++) {
        uint32_t at;

        if (!assert_find(&t, bytes_str(pointer), &at)) {
            v = session_fail(s, pointer, "the member is there",
                             "the answer has no such member");
            break;
        }
        session_set(s, name,
                    t.node[at].type == TAPE_OBJECT ||
                            t.node[at].type == TAPE_ARRAY
                        ? bytes_of(p->r.body.data + t.node[at].offset,
                                   t.node[at].length)
                    : t.node[at].type == TAPE_STRING
                        ? tape_clean(&t, &t.node[at], &scratch)
                        : tape_raw(&t, &t.node[at]));
    }
    json_reader_free(&reader);
    tape_free(&t);
    buf_free(&scratch);
    return v;
}

/* What a product says when it obeys is judged with the definition of what it was
 * asked for; refusals have their own tests. */
static void
keep_document(struct session *s, const struct http_reply *p)
{
    if (s->b->role->content && p->r.status >= 200 && p->r.status <= 299 &&
        p->r.body.len > 0)
        session_answer(s, bytes_str(session_get(s, "sent.body")),
                       buf_view(&p->r.body));
}

static enum verdict
check_reply(struct session *s, const struct ledger_step *st,
            const struct http_reply *p)
{
    const char *body = session_text(s, st, "body", NULL);
    bool bare = session_bool(s, st, "bare", false); /* 207 refuses in part */
    enum verdict v = check_status(s, st, p);

    if (v == VERDICT_PASS)
        v = check_headers(s, st, p);
    if (v == VERDICT_PASS && step_arg(st, "json") != NULL)
        v = session_assert(s, st, "json", buf_view(&p->r.body), "the answer");
    if (v == VERDICT_PASS && body != NULL &&
        !assert_match(body, buf_view(&p->r.body)))
        v = session_fail(s, "body", body, "another body");
    if (v == VERDICT_PASS)
        v = save_values(s, st, p);
    if (v == VERDICT_PASS)
        keep_document(s, p);
    if (v == VERDICT_PASS && (bare || http_expect_negative(st)))
        session_refused(s, bare || is_attributable(p));
    return v;
}

/* ---- all replies */

static enum verdict
check_tally(struct session *s, const struct ledger_step *st, struct http *h)
{
    const char *name, *value;

    for (size_t i = 0; session_each(s, st, "tally", i, &name, &value); i++) {
        char expected[100], observed[100];
        unsigned n = 0;

        for (size_t k = 0; k < h->replies; k++)
            n += status_is(h->reply[k].r.status, name);
        (void)snprintf(expected, sizeof expected, "%.20s answers with %.10s",
                       value, name);
        (void)snprintf(observed, sizeof observed, "%u of %zu", n, h->replies);
        (void)snprintf(h->why, sizeof h->why, "%u", n);
        if (strcmp(h->why, value) != 0)
            return session_fail(s, "status", expected, observed);
    }
    return VERDICT_PASS;
}

static enum verdict
check_closing(struct session *s, const struct ledger_step *st, struct http *h)
{
    const char *closed = session_text(s, st, "closed", "any");
    const struct wire_until u = http_until(s, session_wait(s, st, "within"));
    struct http_exchange *ex = &h->ex[0];
    bool gone;

    if (strcmp(closed, "any") == 0 || h->exs == 0)
        return VERDICT_PASS;
    if (strcmp(closed, "forbidden") == 0) /* no FIN is on its way either */
        gone = ex->end != WIRE_OK ||
               (h->replies > 0 && !h->reply[h->replies - 1].r.keeps);
    else
        for (gone = ex->end != WIRE_OK && ex->end != WIRE_TIMEOUT; !gone;) {
            enum wire_end e = wire_recv(&ex->conn, &ex->in, 65536, &u);

            if (e == WIRE_TIMEOUT)
                break;
            gone = e != WIRE_OK;
        }
    if (gone == (strcmp(closed, "required") == 0))
        return VERDICT_PASS;
    return session_fail(s, "connection",
                        gone ? "the connection stays open"
                             : "the connection is closed",
                        gone ? "it was closed" : "it stayed open");
}

static enum verdict
nothing_came(struct session *s, const struct http *h)
{
    static const char *const how[] = {
        [WIRE_OK] = "timeout",      [WIRE_EOF] = "closed",
        [WIRE_RESET] = "reset",     [WIRE_ALERT] = "closed",
        [WIRE_TIMEOUT] = "timeout", [WIRE_REFUSED] = "reset",
        [WIRE_FAILED] = "reset"};
    char observed[200];

    (void)snprintf(observed, sizeof observed, "no answer: %s",
                   h->why[0] ? h->why : wire_end_name(h->end));
    return session_silence(s, how[h->end], "an answer", observed);
}

enum verdict
http_expect(struct session *s, const struct ledger_step *st)
{
    struct http *h = http_of(s);
    const struct wire_until u = http_until(s, session_wait(s, st, "within"));
    int64_t least = session_int(s, st, "replies", -1);
    enum verdict v = VERDICT_PASS;
    char at[40];

    if (h == NULL)
        return session_error(s, &(struct err){.msg = "out of memory"});
    http_collect(s, h, &u);
    if (h->bad != NULL) {
        (void)snprintf(at, sizeof at, "%sbyte %zu",
                       strstr(h->bad, "Content-Length") ? "Content-Length, "
                                                        : "",
                       h->bad_at);
        return session_fail(s, at, "a response by RFC 9112", h->bad);
    }
    if (h->missing && (least < 0 || (int64_t)h->replies < least))
        return nothing_came(s, h);
    if (session_bool(s, st, "interim", false) && h->interim == 0)
        return session_fail(s, "status", "100 (Continue) before the body",
                            "no interim response");
    for (size_t i = 0; i < h->replies && v == VERDICT_PASS; i++)
        v = check_reply(s, st, &h->reply[i]);
    for (size_t i = 0; i < h->exs && v == VERDICT_PASS; i++) {
        if (h->ex[i].awaited == 0 && h->ex[i].in.len > h->ex[i].taken)
            v = session_fail(s, "body", "nothing behind the response",
                             "more bytes than the response has");
    }
    if (v == VERDICT_PASS)
        v = check_tally(s, st, h);
    return v == VERDICT_PASS ? check_closing(s, st, h) : v;
}

/* ---- TLS */

static int
version_of(const char *text)
{
    static const struct {
        const char *text;
        int value;
    } rows[] = {{"1.0", TLS1_VERSION},
                {"1.1", TLS1_1_VERSION},
                {"1.2", TLS1_2_VERSION},
                {"1.3", TLS1_3_VERSION}};

    for (size_t i = 0; text != NULL && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(text, rows[i].text) == 0)
            return rows[i].value;
    }
    return 0;
}

static bool
read_tls(struct session *s, const struct ledger_step *st, struct http *h)
{
    const char *cert = session_text(s, st, "cert", "client");
    struct wire_tls *t = &h->tls;

    *t = (struct wire_tls){
        .ca = s->b->o.insecure ? NULL : session_file(s, "ca"),
        .name = session_text(s, st, "name", s->b->target.host),
        .min = version_of(session_text(s, st, "min", NULL)),
        .max = version_of(session_text(s, st, "max", NULL)),
        .ciphers = session_text(s, st, "ciphers", NULL),
        .alpn = session_text(s, st, "alpn", NULL)};
    if (strcmp(t->name, s->b->target.host) != 0)
        t->ca = NULL; /* the name asked for is not the one to verify */
    h->tls_set = true;
    h->plain = session_bool(s, st, "plain", false);
    if (strcmp(cert, "none") == 0)
        return true;
    t->cert = session_file(s, arena_printf(&s->arena, "%s.cert", cert));
    t->key = session_file(s, arena_printf(&s->arena, "%s.key", cert));
    return t->cert != NULL && t->key != NULL;
}

/* In TLS 1.3 a server judges the client's certificate when the client is
 * already through: a request brings the refusal to light. */
static enum wire_end
provoke(struct session *s, struct http_exchange *ex, const struct wire_until *u)
{
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    enum wire_end e = wire_send(&ex->conn, bytes_str(request), u);

    session_log(s, SESSION_SENT, "tls", bytes_str(request));
    return e == WIRE_OK || e == WIRE_RESET
               ? wire_recv(&ex->conn, &ex->in, 65536, u)
               : e;
}

static enum verdict
judge_refusal(struct session *s, const struct http_exchange *ex,
              enum wire_end e)
{
    if (e == WIRE_OK)
        return session_fail(s, "TLS handshake", "the connection is refused",
                            "the server goes on and answers");
    if (e == WIRE_ALERT || (e == WIRE_FAILED && ex->conn.alert < 0)) {
        session_refused(s, true); /* alert, or no version in common */
        return VERDICT_PASS;
    }
    return session_silence(s,
                           e == WIRE_TIMEOUT ? "timeout"
                           : e == WIRE_EOF   ? "closed"
                                             : "reset",
                           "a TLS alert", ex->conn.why);
}

enum verdict
http_tls(struct session *s, const struct ledger_step *st)
{
    struct http *h = http_of(s);
    const char *want = session_text(s, st, "expect", "ok");
    const struct wire_until u = http_until(s, session_wait(s, st, "within"));
    struct http_exchange *ex;
    enum wire_end e;

    if (h == NULL || !read_tls(s, st, h))
        return session_error(s, &(struct err){.msg = "no such certificate"});
    http_drop(h);
    ex = &h->ex[h->exs++];
    e = http_connect(s, h, ex, &u);
    if (strcmp(want, "refused") == 0) {
        if (e == WIRE_OK)
            e = provoke(s, ex, &u);
        session_log(s, SESSION_NOTE, "tls", bytes_str(ex->conn.why));
        return judge_refusal(s, ex, e);
    }
    if (e != WIRE_OK && strcmp(want, "any") != 0)
        return session_fail(s, "TLS handshake", "the TLS handshake succeeds",
                            ex->conn.why);
    ex->end = e;
    h->ready = e == WIRE_OK;
    if (e == WIRE_OK && ex->conn.tls != NULL) {
        session_set(s, "tls.version", bytes_str(SSL_get_version(ex->conn.tls)));
        session_set(s, "tls.cipher", bytes_str(SSL_get_cipher(ex->conn.tls)));
    }
    return VERDICT_PASS;
}
