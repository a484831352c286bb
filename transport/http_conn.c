/* SPDX-License-Identifier: Apache-2.0 */
/* A connection: phases with absolute deadlines, requests strictly in order, and
 * after an error one answer, then silence. */
#include "transport/http_conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>

#include "transport/http_peer.h"
#include "transport/http_reply.h"

#define CONN_READ_MAX  65536    /* bytes read ahead of the parser */
#define CONN_WRITE_MAX 262144   /* answers waiting before we read on */
#define CONN_KEEP      1048576  /* scratch memory kept between requests */
#define CONN_DRAIN_MAX 16777216 /* bytes taken in after an error */

enum phase { HANDSHAKE, IDLE, HEAD, BODY, WRITE, DRAIN };

struct http_conn {
    struct http_shared *server;
    struct http_conn *prev, *next;
    struct bufferevent *bev;
    SSL *ssl; /* owned by bev; NULL: plain */
    struct event *timer;
    enum phase phase;
    bool closing; /* answer what is written, then drain and close */
    bool hung_up; /* our side is shut */
    bool ended;   /* the peer has shut its side */
    unsigned served;
    size_t drained;
    uint64_t reserved; /* of the server's bytes for bodies */
    unsigned roles;
    const struct http_route *route;
    struct sockaddr_storage address;
    char peer[HTTP_PEER_TEXT];
    char identity[128];
    struct http_parser parser;
};

static size_t
waiting(const struct http_conn *c)
{
    return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static void
conn_free(struct http_conn *c)
{
    struct http_shared *s = c->server;

    if (c->prev)
        c->prev->next = c->next;
    else
        s->first = c->next;
    if (c->next)
        c->next->prev = c->prev;
    s->count--;
    s->reserved -= c->reserved;
    if (c->timer)
        event_free(c->timer);
    if (c->bev)
        bufferevent_free(c->bev);
    http_parse_fini(&c->parser);
    free(c);
}

bool
http_conn_all_written(const struct http_shared *s)
{
    for (const struct http_conn *c = s->first; c; c = c->next) {
        if (waiting(c) > 0)
            return false;
    }
    return true;
}

void
http_conn_close_all(struct http_shared *s)
{
    while (s->first)
        conn_free(s->first);
}

/* enter(c, phase): a deadline starts with its phase and is never extended by
 * bytes that trickle in. */
static void
enter(struct http_conn *c, enum phase phase)
{
    const struct http_limits *l = &c->server->options.limits;
    const unsigned ms[] = {
        [HANDSHAKE] = l->handshake_ms, [IDLE] = l->idle_ms,
        [HEAD] = l->head_ms,           [BODY] = l->body_ms,
        [WRITE] = l->write_ms,         [DRAIN] = l->drain_ms,
    };
    struct timeval tv = {.tv_sec = ms[phase] / 1000,
                         .tv_usec = (suseconds_t)(ms[phase] % 1000) * 1000};

    c->phase = phase;
    (void)evtimer_add(c->timer, &tv);
}

/* Our side is shut after the last answer; the peer's bytes are still read for a
 * moment, or a reset could destroy the answer on its way. */
static void
hang_up(struct http_conn *c)
{
    evutil_socket_t fd = bufferevent_getfd(c->bev);

    c->hung_up = true;
    if (c->ssl)
        (void)SSL_shutdown(c->ssl);
    (void)shutdown(fd, SHUT_WR);
    enter(c, DRAIN);
}

static void
answer(struct http_conn *c, const struct http_response *rs, bool keep)
{
    struct evbuffer *out = bufferevent_get_output(c->bev);

    if (!http_reply_write(out, rs, keep))
        keep = false;
    if (!keep) {
        c->closing = true;
        enter(c, WRITE);
    }
}

/* An answer of the server itself: always the last one. */
static void
refuse(struct http_conn *c, unsigned status, const char *why,
       unsigned retry_after_s)
{
    struct http_response *rs = &c->server->response;

    http_reply_error(rs, status, why, retry_after_s);
    if (c->parser.is_head)
        buf_reset(&rs->body);
    c->server->counters.refused++;
    answer(c, rs, false);
}

/* Many bodies at once must not fill the memory. */
static bool
reserve(struct http_conn *c, uint64_t bytes)
{
    struct http_shared *s = c->server;

    if (bytes > s->options.limits.body_bytes - s->reserved)
        return false;
    s->reserved += bytes;
    c->reserved = bytes;
    return true;
}

/* The head is complete: everything that can be judged without the body. */
static void
judge_head(struct http_conn *c)
{
    struct http_shared *s = c->server;
    struct http_parser *p = &c->parser;
    struct http_verdict v = {0};
    unsigned retry;

    http_reply_route(s, p, c->identity[0] != '\0', &v);
    if (v.status != 0) {
        refuse(c, v.status, v.why, 0);
        return;
    }
    c->route = v.route;
    c->roles = v.roles;
    retry = s->options.busy ? s->options.busy(s->options.arg) : 0;
    if (!retry && !reserve(c, p->chunked ? v.route->max_body : p->length))
        retry = 1;
    if (retry) {
        refuse(c, 503, "busy", retry);
        return;
    }
    p->max_body = v.route->max_body;
    if (p->expects && p->length <= p->max_body)
        (void)bufferevent_write(c->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    enter(c, BODY);
}

static void
serve(struct http_conn *c)
{
    struct http_shared *s = c->server;
    struct http_request rq = {.head = &c->parser,
                              .body = buf_view(&c->parser.body),
                              .roles = c->roles,
                              .peer = c->peer,
                              .identity = c->identity};
    struct http_response *rs = &s->response;
    unsigned status = http_reply_unpack(s, c->route, &rq);

    if (status != 0) {
        refuse(c, status, "the gzip body does not unpack within the limit", 0);
        return;
    }
    http_reply_reset(rs);
    c->route->handler(s->options.arg, &rq, rs);
    s->counters.requests++;
    c->served++;
    answer(c, rs,
           c->parser.keep_alive && c->served < s->options.limits.requests);
    http_parse_next(&c->parser);
    if (s->unpacked.cap > CONN_KEEP)
        buf_free(&s->unpacked);
    s->reserved -= c->reserved;
    c->reserved = 0;
    if (!c->closing)
        enter(c, IDLE);
}

/* One step of the parser over the bytes at hand; false when it needs more. */
static bool
step(struct http_conn *c, struct evbuffer *in)
{
    struct evbuffer_iovec part = {0};
    struct bytes rest = {0};
    enum http_event event;

    if (evbuffer_peek(in, -1, NULL, &part, 1) > 0)
        rest = bytes_of(part.iov_base, part.iov_len);
    if (c->phase == IDLE && rest.len)
        enter(c, HEAD);
    event = http_parse_push(&c->parser, &rest);
    (void)evbuffer_drain(in, part.iov_len - rest.len);
    switch (event) {
    case HTTP_MORE:
        break;
    case HTTP_HEAD:
        judge_head(c);
        return true;
    case HTTP_DONE:
        serve(c);
        return true;
    case HTTP_ERROR:
        refuse(c, c->parser.status, c->parser.why, 0);
        return true;
    }
    return evbuffer_get_length(in) > 0;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
    struct http_conn *c = arg;
    struct evbuffer *in = bufferevent_get_input(bev);

    while (!c->closing && waiting(c) < CONN_WRITE_MAX && step(c, in))
        continue;
    if (c->closing) {
        c->drained += evbuffer_get_length(in);
        (void)evbuffer_drain(in, evbuffer_get_length(in));
        if (c->drained > CONN_DRAIN_MAX)
            (void)bufferevent_disable(bev, EV_READ);
    } else if (waiting(c) >= CONN_WRITE_MAX) {
        (void)bufferevent_disable(bev, EV_READ);
        enter(c, WRITE);
    }
}

/* All written bytes are out. */
static void
on_written(struct bufferevent *bev, void *arg)
{
    struct http_conn *c = arg;

    if (waiting(c) > 0)
        return;
    if (c->closing) {
        if (c->ended)
            conn_free(c);
        else if (!c->hung_up)
            hang_up(c);
        return;
    }
    if (c->phase == WRITE) {
        enter(c, http_parse_started(&c->parser) ? HEAD : IDLE);
        (void)bufferevent_enable(bev, EV_READ);
        on_read(bev, c);
    }
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
    struct http_conn *c = arg;

    if (what & BEV_EVENT_CONNECTED) {
        X509 *cert = SSL_get1_peer_certificate(c->ssl);

        if (cert && SSL_get_verify_result(c->ssl) == X509_V_OK)
            http_reply_subject(cert, c->identity, sizeof(c->identity));
        X509_free(cert);
        enter(c, HEAD);
        return;
    }
    if (c->phase == HANDSHAKE) {
        /* Closing at once could reset the connection before the peer has read
         * the alert that tells it why. */
        c->server->counters.unfinished++;
        (void)shutdown(bufferevent_getfd(bev), SHUT_WR);
        enter(c, DRAIN);
        return;
    }
    if ((what & BEV_EVENT_EOF) && waiting(c) > 0) {
        c->ended = true; /* answers still go out */
        c->closing = true;
        enter(c, WRITE);
        return;
    }
    conn_free(c);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct http_conn *c = arg;

    (void)fd;
    (void)what;
    if (c->phase == DRAIN) {
        conn_free(c);
        return;
    }
    c->server->counters.expired++;
    if ((c->phase == HEAD || c->phase == BODY) &&
        http_parse_started(&c->parser)) {
        refuse(c, 408, "the request took too long", 0);
        return;
    }
    conn_free(c);
}

/* ---- accepting */

static bool
has_room(const struct http_shared *s, const struct sockaddr *address)
{
    unsigned same = 0;

    if (s->count >= s->options.limits.connections)
        return false;
    for (const struct http_conn *c = s->first; c; c = c->next)
        same += http_peer_same(&c->address, address);
    return same < s->options.limits.per_source;
}

static struct bufferevent *
make_bev(struct http_conn *c, evutil_socket_t fd, SSL_CTX *tls)
{
    struct bufferevent *bev;

    if (!tls)
        return bufferevent_socket_new(c->server->base, fd,
                                      BEV_OPT_CLOSE_ON_FREE);
    c->ssl = SSL_new(tls);
    if (!c->ssl)
        return NULL;
    bev = bufferevent_openssl_socket_new(c->server->base, fd, c->ssl,
                                         BUFFEREVENT_SSL_ACCEPTING,
                                         BEV_OPT_CLOSE_ON_FREE);
    if (!bev)
        SSL_free(c->ssl);
    else
        bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
    return bev;
}

void
http_conn_open(struct http_shared *s, evutil_socket_t fd,
               const struct sockaddr *address, SSL_CTX *tls)
{
    struct http_conn *c;
    int on = 1;

    if (!has_room(s, address) || !(c = calloc(1, sizeof(*c)))) {
        s->counters.turned_away++;
        (void)evutil_closesocket(fd);
        return;
    }
    s->counters.connections++;
    s->count++;
    c->server = s;
    c->next = s->first;
    if (s->first)
        s->first->prev = c;
    s->first = c;
    http_peer_set(address, &c->address, c->peer);
    http_parse_init(&c->parser);
    /* Without it an answer waits for the delayed acknowledgement of the
     * handshake's last flight: 180 requests a second. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    c->timer = evtimer_new(s->base, on_deadline, c);
    c->bev = make_bev(c, fd, tls);
    if (!c->timer || !c->bev) {
        if (!c->bev)
            (void)evutil_closesocket(fd);
        conn_free(c);
        return;
    }
    bufferevent_setwatermark(c->bev, EV_READ, 0, CONN_READ_MAX);
    bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
    enter(c, tls ? HANDSHAKE : HEAD);
    (void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}
