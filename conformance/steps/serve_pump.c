/* SPDX-License-Identifier: Apache-2.0 */
/* From connections to requests: what came is cut into requests, copied, opened
 * (chunks, compression, the few members that every step asks for) and kept. */
#include <stdio.h>
#include <stdlib.h>

#include "conformance/steps/assert.h"
#include "conformance/steps/serve.h"

static const struct json_limits limits = {.depth = 64,
                                          .keys = 65536,
                                          .string_bytes = 4 << 20,
                                          .nodes = 1 << 22,
                                          .bytes = HTTP_SERVE_BODY_MAX};

static bool
prepare(struct serve *v)
{
    v->conn = calloc(INTAKE_CONNS_MAX, sizeof *v->conn);
    v->current = SIZE_MAX;
    json_reader_init(&v->reader, JSON_TOLERANT, &limits);
    return v->conn != NULL;
}

struct serve *
serve_of(struct session *s)
{
    struct serve *v = session_state(s, &step_family_http_serve);

    if (v != NULL && v->conn == NULL && !prepare(v))
        v = NULL;
    if (v == NULL)
        (void)session_error(s, &(struct err){.msg = "out of memory"});
    return v;
}

/* ---- members of a body */

static bool
read_body(struct serve *v, const struct serve_request *q)
{
    struct err err;

    return q->body.len > 0 &&
           json_read(&v->reader, q->body, &v->tape, &err) == ERR_OK;
}

static uint32_t
find(const struct tape *t, const char *path)
{
    uint32_t at = 0;

    while (*path != '\0') {
        size_t n = strcspn(path, "/");

        if (t->node[at].type != TAPE_OBJECT)
            return 0;
        at = tape_get(t, at, bytes_of(path, n));
        if (at == 0)
            return 0;
        path += n + (path[n] == '/');
    }
    return at;
}

static bool
member(struct serve *v, const char *path, struct bytes *out)
{
    uint32_t at = find(&v->tape, path);

    if (at == 0 || v->tape.node[at].type >= TAPE_ARRAY)
        return false;
    *out = tape_clean(&v->tape, &v->tape.node[at], &v->scratch);
    return true;
}

bool
serve_member(struct serve *v, const struct serve_request *q, const char *path,
             struct bytes *out)
{
    return read_body(v, q) && member(v, path, out);
}

int
serve_type(struct serve *v, const struct serve_request *q, const char *path)
{
    uint32_t at = read_body(v, q) ? find(&v->tape, path) : 0;

    return at != 0 ? v->tape.node[at].type : -1;
}

static const char *
keep(struct serve *v, struct bytes b)
{
    const char *text = arena_str(&v->arena, b);

    v->nomem |= text == NULL;
    return text != NULL ? text : "";
}

static void
open_body(struct serve *v, struct serve_request *q)
{
    struct bytes b, operation;
    uint32_t items;

    q->id = q->nonce = q->op = "";
    if (!read_body(v, q))
        return;
    if (member(v, q->command ? "request_id" : "msg_id", &b))
        q->id = keep(v, b);
    if (member(v, "nonce", &b))
        q->nonce = keep(v, b);
    items = find(&v->tape, "items");
    if (items != 0 && v->tape.node[items].type == TAPE_ARRAY)
        q->items = v->tape.node[items].hash;
    if (q->command)
        items = find(&v->tape, "params");
    if (items != 0) {
        struct bytes raw = tape_raw(&v->tape, &v->tape.node[items]);

        q->content = (uint64_t)raw.len << 32 | hash_key(raw.data, raw.len);
    }
    if (q->command && member(v, "class", &b)) {
        struct buf both = {0};

        buf_bytes(&both, b);
        buf_char(&both, '/');
        if (member(v, "operation", &operation))
            buf_bytes(&both, operation);
        q->op = keep(v, buf_view(&both));
        buf_free(&both);
    }
}

/* ---- requests */

static bool
is_gzip(struct bytes coding)
{
    return bytes_is(coding, "gzip") || bytes_is(coding, "x-gzip");
}

/* Content as it was meant. What says gzip and is none, or is some and does not
 * say so, is noted and left as it came. */
static void
open_content(struct serve *v, struct serve_request *q)
{
    struct bytes coding = http_serve_field(&q->r, "content-encoding", 0);
    bool magic = bytes_starts(q->body, BYTES("\x1f\x8b"));

    if (coding.data != NULL && is_gzip(coding) &&
        http_serve_inflate(q->body, HTTP_SERVE_BODY_MAX, &v->scratch)) {
        q->body = arena_copy(&v->arena, buf_view(&v->scratch));
        v->nomem |= q->body.data == NULL;
    } else {
        q->packed_badly = magic || (coding.data != NULL && is_gzip(coding));
    }
}

static bool
add(struct serve *v, struct serve_request *q)
{
    if (v->count == SERVE_REQUESTS_MAX)
        return false;
    if (v->count == v->cap) {
        size_t cap = v->cap ? v->cap * 2 : 64;
        struct serve_request **more =
            realloc(v->request, cap * sizeof(struct serve_request *));

        if (more == NULL)
            return false;
        v->request = more;
        v->cap = cap;
    }
    v->request[v->count++] = q;
    return true;
}

static void
enter(struct session *s, struct serve *v, struct intake_conn *c,
      struct bytes raw)
{
    struct serve_request *q = arena_alloc(&v->arena, sizeof *q);
    char source[160];

    raw = arena_copy(&v->arena, raw);
    if (q == NULL || raw.data == NULL) {
        v->nomem = true;
        return;
    }
    (void)http_serve_read(raw, true, &v->decoded, &q->r);
    q->raw = raw;
    q->body =
        q->r.chunked ? arena_copy(&v->arena, buf_view(&v->decoded)) : q->r.body;
    q->conn = c;
    q->nth = ++v->conn[c->number - 1].seen;
    q->at_ms = session_now_ms();
    q->command = assert_within(q->r.target, BYTES("/command/")) ||
                 assert_within(q->r.target, BYTES("/task/"));
    q->key = keep(v, http_serve_field(&q->r, "idempotency-key", 0));
    (void)snprintf(
        source, sizeof source, "%.*s %.*s",
        (int)(q->r.method.len > 16 ? 16 : q->r.method.len), q->r.method.data,
        (int)(q->r.target.len > 128 ? 128 : q->r.target.len), q->r.target.data);
    q->source = keep(v, bytes_str(source));
    open_content(v, q);
    open_body(v, q);
    v->nomem |= !add(v, q);
    session_log(s, SESSION_RECEIVED, "http", raw);
}

/* The head came and the content waits for a word (RFC 9110 section 10.1.1). */
static void
encourage(struct serve *v, struct intake_conn *c)
{
    struct serve_conn *k = &v->conn[c->number - 1];

    if (v->probe.expects && !k->continued)
        k->continued =
            intake_write(c, BYTES("HTTP/1.1 100 Continue\r\n\r\n"), 1000);
}

/* Behind a complete request only the token of the next method may stand, or one
 * empty line (RFC 9112 section 2.2): with a length that is too short the end of
 * the content stands there. */
static void
see_between(struct session *s, struct serve *v, const struct serve_conn *k,
            struct bytes rest)
{
    unsigned char c = (unsigned char)rest.data[0];
    bool token = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                 (c >= 'a' && c <= 'z') ||
                 (c != '\0' && strchr("!#$%&'*+-.^_`|~\r", c) != NULL);

    if (k->seen == 0 || token || v->stray & (1U << HTTP_FAULT_GARBAGE))
        return;
    v->stray |= 1U << HTTP_FAULT_GARBAGE;
    session_log(s, SESSION_NOTE, "http", BYTES("bytes behind a request"));
}

static void
read_requests(struct session *s, struct serve *v, struct intake_conn *c)
{
    struct serve_conn *k = &v->conn[c->number - 1];

    while (!k->broken && !c->plaintext) {
        struct bytes rest = bytes_from(buf_view(&c->in), c->taken);
        bool ended = c->end != INTAKE_OPEN;
        enum http_serve_state state;

        if (rest.len == 0)
            return;
        see_between(s, v, k, rest);
        if (rest.len < k->need && !ended)
            return;
        state = http_serve_read(rest, ended, &v->decoded, &v->probe);
        k->need = v->probe.need;
        if (state == HTTP_SERVE_MORE) {
            encourage(v, c);
            return;
        }
        if (state == HTTP_SERVE_BROKEN) {
            k->broken = true;
            v->stray |= v->probe.faults;
            session_log(s, SESSION_RECEIVED, "http", rest);
            return;
        }
        k->need = 0;
        k->continued = false;
        c->taken += v->probe.used;
        enter(s, v, c, bytes_upto(rest, v->probe.used));
    }
}

bool
serve_pump(struct session *s, struct serve *v, unsigned ms)
{
    bool moved = intake_wait(v->in, ms);

    for (size_t i = 0; i < intake_count(v->in) && moved; i++)
        read_requests(s, v, intake_conn(v->in, i));
    return moved;
}

struct serve_request *
serve_take(struct session *s, struct serve *v, unsigned ms)
{
    int64_t end = session_now_ms() + ms;

    while (v->next == v->count) {
        int64_t left = end - session_now_ms();
        unsigned rest = session_left(s);

        if (left < 0 || rest == 0 || v->nomem)
            return NULL;
        if (left > rest)
            left = rest;
        (void)serve_pump(s, v, left > 50 ? 50 : (unsigned)left);
        if (left == 0 && v->next == v->count)
            return NULL;
    }
    v->current = v->next++;
    return v->request[v->current];
}

struct serve_request *
serve_named(const struct serve *v, const char *name)
{
    size_t at = v->current;

    for (size_t i = 0; name != NULL && i < v->names; i++) {
        if (strcmp(v->name[i].name, name) == 0)
            at = v->name[i].index;
    }
    return at < v->count ? v->request[at] : NULL;
}
