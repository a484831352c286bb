/* SPDX-License-Identifier: Apache-2.0 */
/* Who connects to a bound ZeroMQ socket and is no peer: port scanners, health
 * checks, other protocols. They cost a peer nothing and stop nothing. */
#define _GNU_SOURCE /* memmem */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "transport/receiver.h"
#include "transport/transport.h"
#include "transport/zsock.h"

#define WAIT_MS 30000 /* for what will come */
#define BATCHES 10

/* More connections than the monitor holds the news of (2,000 events, three of a
 * connection), no more than libzmq's backlog of 100 beyond. */
#define CROWD 720

static char dir[] = "/tmp/hutong-test-XXXXXX";
static char path[64], endpoint[80];

/* ---- the count, event by event */

enum { HAND = -1, HANDED = -2 }; /* in place of an event */

struct event_row {
    int event;
    uint32_t value;
    bool lost;
    unsigned count;
    enum zpeers_refusal refused;
};

static const struct event_row event_rows[] = {
    /* A peer comes; a stranger comes and goes; the peer goes. */
    {ZMQ_EVENT_ACCEPTED, 7, false, 0, ZPEERS_WELCOME},
    {ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0, false, 1, ZPEERS_WELCOME},
    {HAND, 0, false, 1, ZPEERS_WELCOME},
    {HANDED, 0, false, 1, ZPEERS_WELCOME},
    {ZMQ_EVENT_ACCEPTED, 8, false, 1, ZPEERS_WELCOME},
    {ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, 104, false, 1, ZPEERS_BROKEN},
    {ZMQ_EVENT_DISCONNECTED, 8, false, 1, ZPEERS_BROKEN},
    {ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, 1, false, 1, ZPEERS_SECURITY},
    {ZMQ_EVENT_DISCONNECTED, 7, true, 0, ZPEERS_SECURITY},
    /* Strangers who are there, or come, while something is handed over. */
    {ZMQ_EVENT_ACCEPTED, 7, true, 0, ZPEERS_SECURITY},
    {HAND, 0, false, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_ACCEPTED, 8, false, 0, ZPEERS_SECURITY},
    {HANDED, 0, false, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_ACCEPTED, 9, false, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_DISCONNECTED, 9, false, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_DISCONNECTED, 8, true, 0, ZPEERS_SECURITY},
    {HAND, 0, false, 0, ZPEERS_SECURITY},
    {HANDED, 0, false, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_DISCONNECTED, 7, true, 0, ZPEERS_SECURITY},
    /* Two knock, one gets in: which one, libzmq does not say. */
    {ZMQ_EVENT_ACCEPTED, 7, true, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_ACCEPTED, 8, true, 0, ZPEERS_SECURITY},
    {ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0, true, 1, ZPEERS_WELCOME},
    {HAND, 0, false, 1, ZPEERS_WELCOME},
    {HANDED, 0, false, 1, ZPEERS_WELCOME},
    {ZMQ_EVENT_DISCONNECTED, 8, true, 0, ZPEERS_WELCOME},
    {HAND, 0, false, 0, ZPEERS_WELCOME},
    {HANDED, 0, false, 0, ZPEERS_WELCOME},
    {ZMQ_EVENT_DISCONNECTED, 7, true, 0, ZPEERS_WELCOME},
    /* One number twice, the end of the first not told. */
    {HAND, 0, false, 0, ZPEERS_WELCOME},
    {ZMQ_EVENT_CONNECTED, 9, false, 0, ZPEERS_WELCOME},
    {HANDED, 0, false, 0, ZPEERS_WELCOME},
    {ZMQ_EVENT_CONNECTED, 9, false, 0, ZPEERS_WELCOME},
    {ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400, false, 0, ZPEERS_CREDENTIALS},
    {ZMQ_EVENT_DISCONNECTED, 9, false, 0, ZPEERS_CREDENTIALS},
    {ZMQ_EVENT_DISCONNECTED, 9, true, 0, ZPEERS_CREDENTIALS},
};

static void
test_events(void **state)
{
    struct zpeers p = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(event_rows) / sizeof(event_rows[0]); i++) {
        const struct event_row *row = &event_rows[i];

        if (row->event < 0)
            zpeers_handing(&p, row->event == HAND);
        else if (zpeers_take(&p, (uint16_t)row->event, row->value) !=
                 (row->event == ZMQ_EVENT_DISCONNECTED))
            fail_msg("row %zu: told as an end, or not", i);
        if (p.lost != row->lost || p.count != row->count ||
            p.refused != row->refused)
            fail_msg("row %zu: lost %d count %u refused %d", i, p.lost, p.count,
                     (int)p.refused);
    }
}

/* More than are told apart: the rest count as peers, the table stays whole. */
static void
test_many(void **state)
{
    struct zpeers p = {0};

    (void)state;
    for (uint32_t fd = 0; fd <= ZPEERS_STRANGERS; fd++)
        assert_false(zpeers_take(&p, ZMQ_EVENT_ACCEPTED, fd));
    for (uint32_t fd = 0; fd <= ZPEERS_STRANGERS; fd++) {
        assert_false(p.lost);
        assert_true(zpeers_take(&p, ZMQ_EVENT_DISCONNECTED, fd));
    }
    assert_true(p.lost);
    assert_int_equal(p.strangers, 0);
    assert_int_equal(p.count, 0);
}

/* ---- with libzmq */

static int
knock(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

/* Says it, and waits until libzmq has hung up: it tells its monitor first. */
static void
stranger(const void *said, size_t n)
{
    char sink[256];
    int fd = knock();

    (void)send(fd, said, n, MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    while (recv(fd, sink, sizeof(sink), 0) > 0)
        continue;
    (void)close(fd);
}

#define GREETING                                                               \
    "\xff\0\0\0\0\0\0\0\0\x7f\3\0NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"         \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const struct {
    const char *name, *said;
    size_t n;
} stranger_rows[] = {
    {"says nothing", "", 0},
    {"HTTP", "GET / HTTP/1.0\r\n\r\n", 18},
    {"half a greeting", GREETING, 12},
    {"a greeting", GREETING, 64},
    {"no READY", GREETING "\4\6\5READX", 72},
    {"a type that does not fit",
     GREETING "\4\x19\5READY\13Socket-Type\0\0\0\3PUB", 91},
};

static struct zsock
open_bound(void)
{
    struct zsock_options o = {.type = ZMQ_DEALER,
                              .endpoint = endpoint,
                              .bind = true,
                              .max_message = 1024,
                              .queue = 8};
    struct err err = {0};
    struct zsock z;

    if (zsock_open(&z, &o, &err) != ERR_OK)
        fail_msg("%s: %s", err.where, err.msg);
    return z;
}

/* Reads the monitor until ${count} peers are there. */
static void
await_count(struct zsock *z, unsigned count)
{
    struct timespec nap = {.tv_nsec = 5000000};

    for (int i = 0; i < WAIT_MS / 5; i++) {
        (void)zsock_events(z);
        if (z->peers.count == count)
            return;
        (void)nanosleep(&nap, NULL);
    }
    fail_msg("%u peers, not %u", z->peers.count, count);
}

static void
test_peer_stays(void **state)
{
    struct zsock z = open_bound();
    void *peer = zmq_socket(z.context, ZMQ_ROUTER);
    int zero = 0;

    (void)state;
    (void)zmq_setsockopt(peer, ZMQ_LINGER, &zero, sizeof(zero));
    assert_int_equal(zmq_connect(peer, endpoint), 0);
    await_count(&z, 1);
    for (size_t i = 0; i < sizeof(stranger_rows) / sizeof(stranger_rows[0]);
         i++) {
        stranger(stranger_rows[i].said, stranger_rows[i].n);
        if (!zsock_events(&z) || z.peers.lost || z.peers.count != 1)
            fail_msg("%s: %u peers", stranger_rows[i].name, z.peers.count);
    }
    assert_int_equal(zmq_close(peer), 0);
    await_count(&z, 0);
    assert_true(z.peers.lost);
    zsock_close(&z);
}

/* Nobody reads the monitor; libzmq waits for room in it, and still lets go. */
static void
test_close_in_a_crowd(void **state)
{
    struct zsock z = open_bound();

    (void)state;
    for (int i = 0; i < CROWD; i++)
        (void)close(knock());
    (void)usleep(200000); /* for libzmq to get stuck */
    zsock_close(&z);
}

static const struct transport *
zmq(void)
{
    const struct transport *t = transport_find("zmq");

    assert_non_null(t);
    return t;
}

static void *
open_output(void)
{
    const struct option_value v[] = {{"endpoint", endpoint}, {"bind", "true"}};
    struct err err = {0};
    void *t;

    if (zmq()->open(v, 2, &t, &err) != ERR_OK)
        fail_msg("%s: %s", err.where, err.msg);
    return t;
}

static const struct batch batch = {.body = {"[1]", 3},
                                   .id = {"id-1", 4},
                                   .info_type = {"alert", 5},
                                   .items = 1};

/* A peer that answers once strangers of all kinds have come and gone. */
static void
in_company(void *calls, const struct receiver_batch *b,
           struct receiver_verdict *v)
{
    (void)b;
    ++*(atomic_uint *)calls;
    (void)usleep(2000); /* for the sender to be done with giving it away */
    for (size_t i = 0; i < sizeof(stranger_rows) / sizeof(stranger_rows[0]);
         i++)
        stranger(stranger_rows[i].said, stranger_rows[i].n);
    v->status = 202;
}

static void *
run(void *receiver)
{
    receiver_run(receiver, 0);
    return NULL;
}

/* What a peer has in work is not sent again because of them. Whether one came
 * before the batch was given away or after, a stopped sender cannot tell: on a
 * loaded machine a few may be. */
static void
test_batch_in_flight(void **state)
{
    atomic_uint calls = 0;
    struct receiver_options o = {.kind = RECEIVER_ROUTER,
                                 .address = endpoint,
                                 .connect = true,
                                 .fn = in_company,
                                 .arg = &calls,
                                 .stop_fd = -1};
    struct receiver *receiver;
    struct send_report r;
    struct err err = {0};
    pthread_t thread;
    void *t = open_output();
    int sent = 0;

    (void)state;
    assert_int_equal(receiver_open(&o, &receiver, &err), ERR_OK);
    assert_int_equal(pthread_create(&thread, NULL, run, receiver), 0);
    for (int i = 0; i < BATCHES; i++) {
        zmq()->send(t, &batch, WAIT_MS, &r);
        sent += r.result == SEND_SENT;
    }
    receiver_stop(receiver);
    (void)pthread_join(thread, NULL);
    receiver_close(receiver);
    zmq()->close(t);
    assert_int_equal(calls, BATCHES);
    assert_true(sent > BATCHES / 2);
}

/* Does not begin as ZMTP 3 does, is given a batch, and goes with it. */
static void *
take_and_go(void *arg)
{
    char sink[4096];
    size_t n = 0;
    int fd = knock();

    (void)arg;
    (void)send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
    while (n < sizeof(sink) && !memmem(sink, n, "id-1", 4)) {
        ssize_t got = recv(fd, sink + n, sizeof(sink) - n, 0);

        if (got <= 0)
            break;
        n += (size_t)got;
    }
    (void)close(fd);
    return NULL;
}

/* That is a loss, told at once and not when the deadline has passed. */
static void
test_stranger_has_it(void **state)
{
    struct send_report r;
    pthread_t thread;
    void *t = open_output();

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, take_and_go, NULL), 0);
    zmq()->send(t, &batch, WAIT_MS, &r);
    (void)pthread_join(thread, NULL);
    assert_int_equal(r.result, SEND_DOWN);
    assert_non_null(strstr(r.text, "went away before it acknowledged"));
    zmq()->close(t);
}

/* An output that has nothing to send stays open to a peer, and does not take a
 * stranger's failure for its own wrong credentials. */
static void
test_idle_output(void **state)
{
    struct send_report r;
    void *t = open_output(), *context = zmq_ctx_new(),
         *peer = zmq_socket(context, ZMQ_ROUTER);
    int zero = 0;

    (void)state;
    for (int i = 0; i < 2 * CROWD; i++) {
        (void)close(knock());
        if (i % 50 == 0)
            zmq()->idle(t);
    }
    for (size_t i = 0; i < sizeof(stranger_rows) / sizeof(stranger_rows[0]);
         i++) {
        stranger(stranger_rows[i].said, stranger_rows[i].n);
        zmq()->probe(t, 1, &r);
        if (r.result != SEND_DOWN || r.pause ||
            !strstr(r.text, "no peer is connected"))
            fail_msg("%s: %s", stranger_rows[i].name, r.text);
    }
    (void)zmq_setsockopt(peer, ZMQ_LINGER, &zero, sizeof(zero));
    assert_int_equal(zmq_connect(peer, endpoint), 0);
    zmq()->probe(t, WAIT_MS, &r);
    assert_int_equal(r.result, SEND_SENT);
    (void)zmq_close(peer);
    (void)zmq_ctx_term(context);
    zmq()->close(t);
}

static int
set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/socket", dir);
    (void)snprintf(endpoint, sizeof(endpoint), "ipc://%s", path);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_peer_stays),
        cmocka_unit_test(test_close_in_a_crowd),
        cmocka_unit_test(test_batch_in_flight),
        cmocka_unit_test(test_stranger_has_it),
        cmocka_unit_test(test_idle_output),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
