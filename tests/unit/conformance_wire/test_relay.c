/* SPDX-License-Identifier: Apache-2.0 */
/* The relay between two ends that this test plays: bytes, half-closes, resets,
 * back-pressure, datagrams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "conformance/wire/relay.h"
#include "formats/base/buf.h"

#define BULK ((size_t)3 << 20)

struct rig {
    struct relay *relay;
    int server, from, to; /* the target's listener; both ends of a link */
    unsigned port;
    struct buf told[2];
    unsigned opened, ended[2], closed;
    struct relay_link last; /* as it was closed */
};

static void
on_opened(void *ctx, struct relay_link *l)
{
    struct rig *g = ctx;

    g->opened++;
    l->subject = g;
}

static void
on_bytes(void *ctx, struct relay_link *l, unsigned d, struct bytes b)
{
    struct rig *g = ctx;

    assert_ptr_equal(l->subject, g);
    buf_bytes(&g->told[d], b);
}

static void
on_ended(void *ctx, struct relay_link *l, unsigned d)
{
    struct rig *g = ctx;

    (void)l;
    g->ended[d]++;
}

static void
on_closed(void *ctx, struct relay_link *l)
{
    struct rig *g = ctx;

    g->closed++;
    g->last = *l;
}

static int
listener(int kind, unsigned *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, kind, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    if (kind == SOCK_STREAM)
        assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static int
dial(int kind, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, kind, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void
step(struct rig *g)
{
    struct err err;

    assert_int_equal(relay_step(g->relay, 20, &err), ERR_OK);
}

static void
open_rig(struct rig *g, bool datagrams)
{
    int kind = datagrams ? SOCK_DGRAM : SOCK_STREAM;
    char target[64];
    struct relay_options o = {
        .listen = "127.0.0.1:0",
        .target = target,
        .datagrams = datagrams,
        .events = {on_opened, on_bytes, on_ended, on_closed, g}};
    struct err err;

    *g = (struct rig){.from = -1, .to = -1};
    g->server = listener(kind, &g->port);
    (void)snprintf(target, sizeof target, "127.0.0.1:%u", g->port);
    g->relay = relay_open(&o, &err);
    assert_non_null(g->relay);
    g->from = dial(kind, relay_port(g->relay));
    if (datagrams)
        return;
    for (int i = 0; i < 100 && g->to < 0; i++) {
        struct pollfd p = {.fd = g->server, .events = POLLIN};

        step(g);
        if (poll(&p, 1, 0) > 0)
            g->to = accept(g->server, NULL, NULL);
    }
    assert_true(g->to >= 0);
    assert_int_equal(fcntl(g->from, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(g->to, F_SETFL, O_NONBLOCK), 0);
}

static void
close_rig(struct rig *g)
{
    relay_close(g->relay);
    for (size_t i = 0; i < 2; i++)
        buf_free(&g->told[i]);
    if (g->from >= 0)
        (void)close(g->from);
    if (g->to >= 0)
        (void)close(g->to);
    (void)close(g->server);
}

static char *
pattern(uint32_t seed)
{
    char *p = malloc(BULK);

    assert_non_null(p);
    for (size_t i = 0; i < BULK; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (char)(seed >> 24);
    }
    return p;
}

struct flow { /* one end: what it sends, what came */
    int fd;
    const char *data;
    size_t sent;
    struct buf got;
    bool eof, shut;
};

static void
pump(struct flow *f)
{
    static char in[100000];
    ssize_t n;

    if (f->sent < BULK) {
        n = send(f->fd, f->data + f->sent, BULK - f->sent, MSG_NOSIGNAL);
        f->sent += n > 0 ? (size_t)n : 0;
    } else if (!f->shut) {
        f->shut = shutdown(f->fd, SHUT_WR) == 0;
    }
    n = recv(f->fd, in, sizeof in, 0);
    if (n > 0)
        buf_add(&f->got, in, (size_t)n);
    f->eof |= n == 0;
}

/* 3 MiB each way at once arrive byte for byte, what was told is what passed, and
 * each half-close is one. */
static void
test_bytes_equal(void **state)
{
    struct rig g;
    struct flow a = {0}, b = {0};
    char *forth = pattern(1), *back = pattern(2);

    (void)state;
    open_rig(&g, false);
    a.fd = g.from, a.data = forth;
    b.fd = g.to, b.data = back;
    for (int i = 0; i < 200000 && (!a.eof || !b.eof); i++) {
        struct err err;

        pump(&a);
        pump(&b);
        assert_int_equal(relay_step(g.relay, 1, &err), ERR_OK);
    }
    assert_true(a.eof && b.eof);
    assert_int_equal(a.got.len, BULK);
    assert_int_equal(b.got.len, BULK);
    assert_memory_equal(b.got.data, forth, BULK);
    assert_memory_equal(a.got.data, back, BULK);
    assert_int_equal(g.told[0].len, BULK);
    assert_memory_equal(g.told[0].data, forth, BULK);
    assert_memory_equal(g.told[1].data, back, BULK);
    step(&g);
    assert_int_equal(g.ended[0] + g.ended[1], 2);
    assert_int_equal(g.closed, 1);
    assert_int_equal(g.last.end, RELAY_CLOSED);
    assert_int_equal(g.last.taken[0], BULK);
    assert_int_equal(g.last.given[0], BULK);
    assert_int_equal(g.last.given[1], BULK);
    buf_free(&a.got);
    buf_free(&b.got);
    free(forth);
    free(back);
    close_rig(&g);
}

/* One side ends, the other still answers. */
static void
test_half_close(void **state)
{
    struct rig g;
    char in[16];

    (void)state;
    open_rig(&g, false);
    assert_int_equal(send(g.from, "ask", 3, 0), 3);
    assert_int_equal(shutdown(g.from, SHUT_WR), 0);
    for (int i = 0; i < 50 && g.ended[0] == 0; i++)
        step(&g);
    assert_int_equal(recv(g.to, in, sizeof in, 0), 3);
    assert_int_equal(recv(g.to, in, sizeof in, 0), 0);
    assert_int_equal(g.closed, 0);
    assert_int_equal(send(g.to, "answer", 6, 0), 6);
    for (int i = 0; i < 50 && g.told[1].len < 6; i++)
        step(&g);
    assert_int_equal(recv(g.from, in, sizeof in, 0), 6);
    close_rig(&g);
    assert_int_equal(g.last.end, RELAY_STOPPED);
}

/* A reset is handed on as one. */
static void
test_reset(void **state)
{
    static const struct linger now = {.l_onoff = 1};
    struct rig g;
    char in[16];

    (void)state;
    open_rig(&g, false);
    assert_int_equal(
        setsockopt(g.from, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    (void)close(g.from);
    g.from = -1;
    for (int i = 0; i < 50 && g.closed == 0; i++)
        step(&g);
    assert_int_equal(g.last.end, RELAY_RESET);
    assert_int_equal(g.last.error, ECONNRESET);
    assert_int_equal(recv(g.to, in, sizeof in, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    close_rig(&g);
}

/* Who does not read stops who writes: the relay holds no more than its buffer. */
static void
test_back_pressure(void **state)
{
    struct rig g;
    char *data = pattern(3);
    size_t sent = 0;
    unsigned idle = 0;

    (void)state;
    open_rig(&g, false);
    while (idle < 20) {
        ssize_t n =
            sent < BULK * 16 ? send(g.from, data, 65536, MSG_NOSIGNAL) : -1;

        sent += n > 0 ? (size_t)n : 0;
        idle = n > 0 ? 0 : idle + 1;
        step(&g);
    }
    assert_true(sent < BULK * 16);
    assert_true(g.told[0].len < sent);
    close_rig(&g);
    assert_true(g.last.taken[0] - g.last.given[0] <= RELAY_BUFFER);
    free(data);
}

static void
test_refused(void **state)
{
    struct rig g;
    char in[4];

    (void)state;
    open_rig(&g, false);
    (void)close(g.server);
    (void)close(g.from);
    (void)close(g.to);
    for (int i = 0; i < 50 && g.closed == 0; i++)
        step(&g);
    g.to = -1;
    g.from = dial(SOCK_STREAM, relay_port(g.relay));
    for (int i = 0; i < 50 && g.closed < 2; i++)
        step(&g);
    assert_int_equal(g.last.end, RELAY_REFUSED);
    assert_int_equal(g.last.error, ECONNREFUSED);
    assert_int_equal(recv(g.from, in, sizeof in, 0), -1);
    g.server = listener(SOCK_STREAM, &g.port);
    close_rig(&g);
}

static void
test_datagrams(void **state)
{
    struct rig g;
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    char in[64];

    (void)state;
    open_rig(&g, true);
    assert_int_equal(send(g.from, "one", 3, 0), 3);
    assert_int_equal(send(g.from, "", 0, 0), 0); /* an empty one is one too */
    for (int i = 0; i < 50 && g.told[0].len < 3; i++)
        step(&g);
    assert_int_equal(
        recvfrom(g.server, in, sizeof in, 0, (struct sockaddr *)&a, &n), 3);
    assert_int_equal(recv(g.server, in, sizeof in, 0), 0);
    assert_int_equal(sendto(g.server, "back", 4, 0, (struct sockaddr *)&a, n),
                     4);
    for (int i = 0; i < 50 && g.told[1].len < 4; i++)
        step(&g);
    assert_int_equal(recv(g.from, in, sizeof in, 0), 4);
    assert_int_equal(g.opened, 1);
    close_rig(&g);
    assert_int_equal(g.last.lost, 0);
    assert_int_equal(g.last.taken[0], 3);
}

static void
test_addresses(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
    } rows[] = {
        {"127.0.0.1:80", ERR_OK}, {"[::1]:443", ERR_OK},
        {"127.0.0.1", ERR_ARG},   {":80", ERR_ARG},
        {"127.0.0.1:", ERR_ARG},  {"127.0.0.1:65536", ERR_ARG},
        {"127.0.0.1:x", ERR_ARG}, {"::1:80", ERR_ARG},
        {"[]:80", ERR_NOT_FOUND}, {"no such host:80", ERR_NOT_FOUND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sockaddr_storage a;
        socklen_t n;
        struct err err = {0};

        if (relay_address(rows[i].text, false, false, &a, &n, &err) !=
            rows[i].code)
            fail_msg("%s", rows[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_equal),
        cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
