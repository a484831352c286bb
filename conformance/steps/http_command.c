/* SPDX-License-Identifier: Apache-2.0 */
/* What a function interface says that it offers, and whether that is so. */
#include <stdio.h>

#include "conformance/steps/http.h"
#include "formats/json/reader.h"

#define OFFERS_MAX 200

/* One command on a connection of its own; its answer stays the last reply. */
static const struct http_reply *
ask(struct session *s, const char *name, const char *params)
{
    struct http *h = http_of(s);
    struct buf body = {0}, request = {0};
    const struct wire_until u = http_until(s, s->b->wait_ms);
    struct http_exchange *ex;

    if (h == NULL)
        return NULL;
    http_drop(h);
    h->bad = NULL;
    session_command(s, name, params, NULL, &body);
    buf_printf(
        &request,
        "POST %s/interconn/v1/command/%s HTTP/1.1\r\nHost: %s:%u\r\n"
        "Content-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
        s->b->target.path, name, s->b->target.host, s->b->target.port,
        session_expand(s, BYTES("${auth.line}")), body.len);
    buf_bytes(&request, buf_view(&body));
    ex = &h->ex[h->exs++];
    ex->end = http_connect(s, h, ex, &u);
    if (ex->end == WIRE_OK) {
        ex->awaited = 1;
        session_log(s, SESSION_SENT, "http:ask", buf_view(&request));
        (void)wire_send(&ex->conn, buf_view(&request), &u);
        http_collect(s, h, &u);
    }
    buf_free(&body);
    buf_free(&request);
    return h->replies > 0 ? &h->reply[0] : NULL;
}

struct offers {
    struct json_reader reader;
    struct tape tape;
    struct buf text; /* what the tape lies over: the reply goes with the next */
    uint32_t list;   /* node of data.capabilities, or 0 */
};

static enum verdict
read_offers(struct session *s, struct offers *o)
{
    const struct http_reply *p = ask(s, "common/capability_query", NULL);
    uint32_t data;

    json_reader_init(&o->reader, JSON_STRICT, NULL);
    if (p == NULL)
        return session_inconc(s, "an answer to capability_query", "no answer");
    buf_bytes(&o->text, buf_view(&p->r.body));
    if (json_read(&o->reader, buf_view(&o->text), &o->tape, NULL) == ERR_OK &&
        (data = tape_get(&o->tape, 0, BYTES("data"))) != 0)
        o->list = tape_get(&o->tape, data, BYTES("capabilities"));
    if (o->list == 0 || o->tape.node[o->list].type != TAPE_ARRAY)
        return session_fail(s, "/data/capabilities",
                            "a list of class, operation, versions",
                            "capability_query does not give it");
    return VERDICT_PASS;
}

static void
free_offers(struct offers *o)
{
    json_reader_free(&o->reader);
    tape_free(&o->tape);
    buf_free(&o->text);
}

/* "class/operation" of an entry; false: it has none. */
static bool
name_of(const struct offers *o, uint32_t entry, char *out, size_t size)
{
    struct buf a = {0}, b = {0};
    uint32_t class = tape_get(&o->tape, entry, BYTES("class"));
    uint32_t operation = tape_get(&o->tape, entry, BYTES("operation"));
    struct bytes c, p;
    bool ok = class != 0 && operation != 0 &&
              o->tape.node[class].type == TAPE_STRING &&
              o->tape.node[operation].type == TAPE_STRING;

    if (ok) {
        c = tape_clean(&o->tape, &o->tape.node[class], &a);
        p = tape_clean(&o->tape, &o->tape.node[operation], &b);
        ok = c.len > 0 && p.len > 0 && c.len + p.len + 2 < size;
        for (size_t i = 0; ok && i < c.len; i++)
            ok = (c.data[i] >= 'a' && c.data[i] <= 'z') || c.data[i] == '_';
        for (size_t i = 0; ok && i < p.len; i++)
            ok = (p.data[i] >= 'a' && p.data[i] <= 'z') || p.data[i] == '_' ||
                 (p.data[i] >= '0' && p.data[i] <= '9');
        if (ok)
            (void)snprintf(out, size, "%.*s/%.*s", (int)c.len, c.data,
                           (int)p.len, p.data);
    }
    buf_free(&a);
    buf_free(&b);
    return ok;
}

enum verdict
http_offered(struct session *s, const struct ledger_step *st)
{
    const char *want = session_text(s, st, "operation", "");
    struct offers o = {0};
    enum verdict v = read_offers(s, &o);
    char name[160], expected[200];
    bool found = false;

    for (uint32_t i =
             v == VERDICT_PASS && o.tape.node[o.list].hash > 0 ? o.list + 1 : 0;
         i != 0 && !found; i = o.tape.node[i].next)
        found = name_of(&o, i, name, sizeof name) && strcmp(name, want) == 0;
    free_offers(&o);
    if (v != VERDICT_PASS || found)
        return v;
    if (!session_bool(s, st, "must", false)) {
        session_log(s, SESSION_NOTE, "command", BYTES("is not offered"));
        return VERDICT_NOT_APPLICABLE;
    }
    (void)snprintf(expected, sizeof expected, "%.150s is listed", want);
    return session_fail(s, "/data/capabilities", expected,
                        "it is obeyed and not listed");
}

/* The answer says that the operation is unknown. */
static bool
is_unknown(const struct http_reply *p)
{
    struct json_reader reader;
    struct tape t = {0};
    uint32_t code;
    bool yes = false;

    json_reader_init(&reader, JSON_STRICT, NULL);
    if (json_read(&reader, buf_view(&p->r.body), &t, NULL) == ERR_OK) {
        code = tape_get(&t, 0, BYTES("code"));
        yes = code != 0 && bytes_is(tape_raw(&t, &t.node[code]), "3001");
    }
    json_reader_free(&reader);
    tape_free(&t);
    return yes;
}

enum verdict
http_obeyed(struct session *s, const struct ledger_step *st)
{
    struct offers o = {0};
    enum verdict v = read_offers(s, &o);
    char name[160], expected[200];
    unsigned n = 0;

    (void)st;
    for (uint32_t i =
             v == VERDICT_PASS && o.tape.node[o.list].hash > 0 ? o.list + 1 : 0;
         i != 0 && v == VERDICT_PASS && n < OFFERS_MAX;
         i = o.tape.node[i].next, n++) {
        const struct http_reply *p;

        if (!name_of(&o, i, name, sizeof name)) {
            v = session_fail(s, "/data/capabilities",
                             "class and operation in each entry",
                             "an entry without them");
            break;
        }
        p = ask(s, name, "{\"dry_run\":true}");
        (void)snprintf(expected, sizeof expected, "%.150s is known", name);
        if (p == NULL)
            v = session_silence(s, "timeout", expected, "no answer");
        else if (is_unknown(p))
            v = session_fail(s, "/data/capabilities", expected,
                             "code 3001: operation unknown");
    }
    free_offers(&o);
    return v;
}
