/* SPDX-License-Identifier: Apache-2.0 */
/* The relay between a producer and a consumer. TLS ends at both of its sides, so
 * that the records can be seen; otherwise bytes go over as they come. */
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/steps/interop.h"
#include "conformance/wire/http_serve.h"
#include "conformance/wire/intake.h"
#include "conformance/wire/reply.h"
#include "conformance/wire/syslog_read.h"
#include "conformance/wire/zmtp.h"

#define CONNS_MAX    64
#define DATAGRAM_MAX 65536

struct pipe {
    struct wire_conn up; /* to the consumer */
    size_t sent;         /* of the producer's bytes */
    struct buf back;     /* what the consumer said */
    size_t returned;     /* of it */
    bool open;
};

struct interop_relay {
    struct bench *b;
    const struct interop_cell *cell;
    unsigned to;
    struct intake *in;
    struct pipe pipe[CONNS_MAX];
    int from_udp, to_udp; /* + 1; 0: no datagrams */
    struct buf datagram;
    struct interop_set seen; /* of datagrams */
    char why[160];
};

static bool
is_scheme(const struct interop_relay *r, const char *name)
{
    return strcmp(r->cell->producer->scheme, name) == 0;
}

static bool
is_secure(const struct interop_relay *r)
{
    return is_scheme(r, "https") || is_scheme(r, "tls");
}

/* ---- opening */

static enum err_code
open_datagrams(struct interop_relay *r, unsigned port, struct err *err)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int to = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    r->from_udp = from + 1;
    r->to_udp = to + 1;
    if (from < 0 || to < 0 || bind(from, (struct sockaddr *)&a, sizeof a) != 0)
        return err_errno(err, "relay", "udp");
    a.sin_port = htons((uint16_t)r->to);
    return connect(to, (struct sockaddr *)&a, sizeof a) == 0
               ? ERR_OK
               : err_errno(err, "relay", "udp");
}

struct interop_relay *
interop_relay_open(struct bench *b, const struct interop_cell *cell,
                   unsigned port, unsigned to, struct err *err)
{
    struct interop_relay *r = calloc(1, sizeof *r);
    char cert[512], key[512], ca[512];
    struct intake_tls t = {.client = INTAKE_CLIENT_WANT};
    enum err_code code;

    if (r == NULL) {
        (void)err_set(err, ERR_NOMEM, "relay", "out of memory");
        return NULL;
    }
    r->b = b;
    r->cell = cell;
    r->to = to;
    for (size_t i = 0; i < CONNS_MAX; i++)
        r->pipe[i].up.fd = -1;
    t.cert = bench_file(b, "server.cert", cert, sizeof cert);
    t.key = bench_file(b, "server.key", key, sizeof key);
    t.ca = bench_file(b, "ca", ca, sizeof ca);
    code = is_scheme(r, "udp")
               ? open_datagrams(r, port, err)
               : intake_open(port, is_secure(r) ? &t : NULL, &r->in, err);
    if (code != ERR_OK) {
        interop_relay_close(r);
        return NULL;
    }
    return r;
}

void
interop_relay_close(struct interop_relay *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < CONNS_MAX; i++) {
        wire_close(&r->pipe[i].up);
        buf_free(&r->pipe[i].back);
    }
    intake_close(r->in);
    if (r->from_udp > 0)
        (void)close(r->from_udp - 1);
    if (r->to_udp > 0)
        (void)close(r->to_udp - 1);
    buf_free(&r->datagram);
    interop_set_free(&r->seen);
    free(r);
}

/* ---- moving */

static bool
dial(struct interop_relay *r, struct pipe *p)
{
    const struct wire_until u = {wire_now_ms() + 5000, r->b->run->stop};
    char ca[512], cert[512], key[512];
    struct wire_tls t = {.name = "127.0.0.1"};
    enum wire_end e = wire_connect(&p->up, "127.0.0.1", r->to, &u);

    if (e == WIRE_OK && is_secure(r)) {
        t.ca = bench_file(r->b, "ca", ca, sizeof ca);
        t.cert = bench_file(r->b, "client.cert", cert, sizeof cert);
        t.key = bench_file(r->b, "client.key", key, sizeof key);
        e = wire_tls(&p->up, &t, &u);
    }
    p->open = e == WIRE_OK;
    if (!p->open)
        (void)snprintf(r->why, sizeof r->why, "the consumer: %.60s %.80s",
                       wire_end_name(e), p->up.why);
    return p->open;
}

static bool
forward(struct interop_relay *r, struct intake_conn *c, struct pipe *p)
{
    const struct wire_until u = {wire_now_ms() + 5000, r->b->run->stop};
    struct bytes rest = bytes_from(buf_view(&c->in), p->sent);

    if (rest.len == 0)
        return false;
    if (wire_send(&p->up, rest, &u) != WIRE_OK) {
        p->open = false;
        intake_shut(c, INTAKE_SHUT_CLEAN);
        return false;
    }
    p->sent += rest.len;
    return true;
}

static bool
backward(struct intake_conn *c, struct pipe *p)
{
    const struct wire_until u = {wire_now_ms() + 1, NULL};
    size_t before = p->back.len;
    enum wire_end e = wire_recv(&p->up, &p->back, 65536, &u);
    struct bytes rest = bytes_from(buf_view(&p->back), p->returned);

    if (rest.len > 0 && intake_write(c, rest, 5000))
        p->returned += rest.len;
    if (e != WIRE_OK && e != WIRE_TIMEOUT) {
        p->open = false;
        intake_shut(c, INTAKE_SHUT_CLEAN);
    }
    return p->back.len > before;
}

static bool
turn_streams(struct interop_relay *r, unsigned ms)
{
    bool moved = intake_wait(r->in, ms);

    for (size_t i = 0; i < intake_count(r->in) && i < CONNS_MAX; i++) {
        struct intake_conn *c = intake_conn(r->in, i);
        struct pipe *p = &r->pipe[i];

        if (!c->established || (!p->open && (p->sent > 0 || c->fd < 0)))
            continue;
        if (!p->open && p->up.fd < 0 && !dial(r, p)) {
            intake_shut(c, INTAKE_SHUT_CLEAN);
            continue;
        }
        moved |= p->open && forward(r, c, p);
        moved |= p->open && backward(c, p);
        if (p->open && c->fd < 0) {
            p->open = false;
            wire_close(&p->up);
        }
    }
    return moved;
}

static bool
turn_datagrams(struct interop_relay *r, unsigned ms)
{
    struct pollfd p = {.fd = r->from_udp - 1, .events = POLLIN};
    bool moved = false;
    ssize_t n;

    if (poll(&p, 1, (int)ms) <= 0)
        return false;
    buf_reset(&r->datagram);
    while (buf_reserve(&r->datagram, DATAGRAM_MAX) &&
           (n = recv(p.fd, r->datagram.data, DATAGRAM_MAX, MSG_DONTWAIT)) >=
               0) {
        struct syslog_message m;

        moved = true;
        (void)send(r->to_udp - 1, r->datagram.data, (size_t)n, 0);
        syslog_read(bytes_of(r->datagram.data, (size_t)n), &m);
        (void)interop_document(&r->seen, m.msg);
    }
    return moved;
}

bool
interop_relay_turn(struct interop_relay *r, unsigned ms)
{
    return r->in != NULL ? turn_streams(r, ms) : turn_datagrams(r, ms);
}

/* ---- what went over */

/* Requests whose answer accepted them; the answers come in their order. */
static void
count_http(struct bytes in, struct bytes back, struct interop_set *sent,
           char *why, size_t size)
{
    struct http_serve_request *q = calloc(1, sizeof *q);
    struct reply *a = calloc(1, sizeof *a);
    struct buf decoded = {0}, plain = {0};

    while (q != NULL && a != NULL &&
           http_serve_read(in, false, &decoded, q) == HTTP_SERVE_DONE) {
        struct bytes body = q->body;

        do { /* interim answers say nothing yet */
            if (reply_read(back, false, false, a) != REPLY_DONE) {
                in.len = 0;
                break;
            }
            back = bytes_from(back, a->used);
        } while (a->status < 200);
        if (in.len == 0)
            break;
        if (http_serve_inflate(body, HTTP_SERVE_BODY_MAX, &plain))
            body = buf_view(&plain);
        if (a->status >= 200 && a->status <= 299 && a->status != 207)
            (void)interop_document(sent, body);
        else if (a->status != 207)
            (void)snprintf(why, size, "the consumer answered %u", a->status);
        in = bytes_from(in, q->used);
    }
    if (a != NULL)
        reply_free(a);
    buf_free(&decoded);
    buf_free(&plain);
    free(q);
    free(a);
}

static void
count_syslog(struct bytes in, struct interop_set *sent)
{
    struct syslog_frame f;

    while (syslog_frame(in, false, &f) == SYSLOG_FRAME_DONE) {
        struct syslog_message m;

        syslog_read(f.message, &m);
        (void)interop_document(sent, m.msg);
        in = bytes_from(in, f.used);
    }
}

/* The last frame of every message that is complete. */
static void
count_zmq(struct bytes in, struct interop_set *sent)
{
    struct zmtp_frame f;
    enum zmtp_fault fault;
    size_t used;

    in = bytes_from(in, ZMTP_GREETING);
    while (zmtp_frame_read(in, (uint64_t)32 << 20, &f, &used, &fault) ==
           ZMTP_GOT) {
        if (!(f.flags & (ZMTP_COMMAND | ZMTP_MORE)))
            (void)interop_document(sent, f.body);
        in = bytes_from(in, used);
    }
}

void
interop_relay_count(struct interop_relay *r, struct interop_set *sent,
                    char *why, size_t size)
{
    const char *transport = r->cell->transport;

    (void)snprintf(why, size, "%s", r->why);
    if (r->in == NULL) {
        interop_set_free(sent);
        *sent = r->seen;
        r->seen = (struct interop_set){0};
        return;
    }
    if (intake_count(r->in) == 0)
        (void)snprintf(why, size, "the producer did not connect");
    for (size_t i = 0; i < intake_count(r->in) && i < CONNS_MAX; i++) {
        const struct intake_conn *c = intake_conn(r->in, i);
        struct bytes in = bytes_upto(buf_view(&c->in), r->pipe[i].sent);

        if (c->alert >= 0)
            (void)snprintf(why, size, "the producer: TLS alert %s",
                           intake_alert_name(c->alert));
        if (strcmp(transport, "zmq") == 0)
            count_zmq(in, sent);
        else if (strcmp(transport, "syslog") == 0)
            count_syslog(in, sent);
        else
            count_http(in, buf_view(&r->pipe[i].back), sent, why, size);
    }
}
