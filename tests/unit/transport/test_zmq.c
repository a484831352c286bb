/* SPDX-License-Identifier: Apache-2.0 */
/* Transport `zmq` against our own receiver, and CURVE with everything that must
 * not get in. */
#include "tests/unit/transport/certs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zmq.h>

#include "transport/receiver.h"
#include "transport/transport.h"
#include "transport/zap.h"
#include "transport/zsock.h"

static struct certs files; /* its folder */

struct end {
    struct receiver *receiver;
    pthread_t thread;
    uint16_t item[4];
    size_t items;
    atomic_uint calls;
    atomic_bool held; /* answers nothing until it is false */
    char last[64];
    char endpoint[64];
};

static void
on_batch(void *arg, const struct receiver_batch *b, struct receiver_verdict *v)
{
    struct end *e = arg;
    struct timespec nap = {.tv_nsec = 5000000};

    e->calls++;
    while (e->held)
        (void)nanosleep(&nap, NULL);
    (void)snprintf(e->last, sizeof(e->last), "%.*s %.*s %.*s %llu",
                   (int)b->id.len, b->id.data, (int)b->info_type.len,
                   b->info_type.data, (int)b->body.len, b->body.data,
                   (unsigned long long)b->first_sequence);
    v->status = 202;
    memcpy(v->item, e->item, sizeof(e->item));
    v->items = e->items;
}

static void *
run(void *arg)
{
    receiver_run(arg, 0);
    return NULL;
}

static void
start(struct end *e, struct receiver_options o)
{
    struct err err = {0};

    o.fn = on_batch;
    o.arg = e;
    o.stop_fd = -1;
    if (!o.address)
        o.address = "tcp://127.0.0.1:*";
    if (receiver_open(&o, &e->receiver, &err) != ERR_OK)
        fail_msg("receiver: %s: %s", err.where, err.msg);
    if (!o.connect)
        (void)snprintf(e->endpoint, sizeof(e->endpoint), "tcp://127.0.0.1:%u",
                       receiver_port(e->receiver));
    assert_int_equal(pthread_create(&e->thread, NULL, run, e->receiver), 0);
}

static void
finish(struct end *e)
{
    receiver_stop(e->receiver);
    (void)pthread_join(e->thread, NULL);
    receiver_close(e->receiver);
    e->receiver = NULL;
}

static const struct transport *
zmq(void)
{
    const struct transport *t = transport_find("zmq");

    assert_non_null(t);
    return t;
}

static void *
open_with(const struct option_value *v)
{
    struct err err = {0};
    void *t = NULL;
    size_t n = 0;

    while (v[n].name)
        n++;
    if (zmq()->open(v, n, &t, &err) != ERR_OK)
        fail_msg("open: %s: %s", err.where, err.msg);
    return t;
}

#define TEXT(s)                                                                \
    {                                                                          \
        (s), sizeof(s) - 1                                                     \
    }

static const struct batch two = {.body = TEXT("[1,2]"),
                                 .id = TEXT("id-1"),
                                 .info_type = TEXT("alert"),
                                 .items = 2,
                                 .first_sequence = 17};

/* For what will come: long, since a loaded machine may stop us for seconds. */
#define WAIT_MS 30000

static void
connected(void *t)
{
    struct send_report r;

    zmq()->probe(t, WAIT_MS, &r);
    if (r.result != SEND_SENT)
        fail_msg("no peer: %s", r.text);
}

static void
expect(void *t, const struct batch *b, unsigned deadline_ms,
       enum send_result result)
{
    struct send_report r;

    zmq()->send(t, b, deadline_ms, &r);
    if (r.result != result)
        fail_msg("result %d, not %d: %s", (int)r.result, (int)result, r.text);
}

static void
test_acknowledged(void **state)
{
    struct end e = {.item = {202, 400}, .items = 2};
    struct send_report r;
    void *t;

    (void)state;
    start(&e, (struct receiver_options){.kind = RECEIVER_ROUTER});
    t = open_with((struct option_value[]){{"endpoint", e.endpoint}, {0}});
    for (int i = 0; i < 20; i++) {
        zmq()->send(t, &two, WAIT_MS, &r);
        assert_int_equal(r.result, SEND_SENT);
        assert_non_null(r.item);
        assert_int_equal(r.item[0], SEND_SENT);
        assert_int_equal(r.item[1], SEND_REFUSED);
    }
    zmq()->close(t);
    finish(&e);
    assert_int_equal(e.calls, 20);
    assert_string_equal(e.last, "id-1 alert [1,2] 17");
}

/* Bodies larger and more than the buffers that are used again. */
static void
test_large(void **state)
{
    enum { SIZE = 3 << 20 };
    struct end e = {0};
    char *body = calloc(1, SIZE);
    struct batch b = two;
    void *t;

    (void)state;
    assert_non_null(body);
    memset(body, 'x', SIZE);
    b.body = bytes_of(body, SIZE);
    start(&e, (struct receiver_options){.kind = RECEIVER_ROUTER});
    t = open_with((struct option_value[]){{"endpoint", e.endpoint}, {0}});
    for (int i = 0; i < 8; i++)
        expect(t, &b, WAIT_MS, SEND_SENT);
    zmq()->close(t);
    finish(&e);
    assert_int_equal(e.calls, 8);
    free(body);
}

/* The acknowledgement comes after the deadline: the batch goes again, and the
 * late acknowledgement counts because it names the same batch. */
static void
test_late_acknowledgement(void **state)
{
    struct end e = {.held = true};
    void *t;

    (void)state;
    start(&e, (struct receiver_options){.kind = RECEIVER_ROUTER});
    t = open_with((struct option_value[]){{"endpoint", e.endpoint}, {0}});
    connected(t);
    expect(t, &two, 100, SEND_AGAIN);
    e.held = false;
    expect(t, &two, WAIT_MS, SEND_SENT);
    zmq()->close(t);
    finish(&e);
    assert_in_range(e.calls, 1, 2);
}

/* A ROUTER that reads and never answers, then answers another id, then goes. */
static void
test_lost_acknowledgement(void **state)
{
    void *context = zmq_ctx_new(), *router = zmq_socket(context, ZMQ_ROUTER);
    char endpoint[64], identity[64], frame[1024];
    size_t size = sizeof(endpoint);
    int timeout = WAIT_MS, linger = 0, n, more = 1;
    void *t;

    (void)state;
    (void)zmq_setsockopt(router, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
    (void)zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof(linger));
    assert_int_equal(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size),
                     0);
    t = open_with((struct option_value[]){{"endpoint", endpoint}, {0}});
    connected(t);
    expect(t, &two, 200, SEND_AGAIN);
    n = zmq_recv(router, identity, sizeof(identity), 0);
    assert_true(n > 0);
    while (more) {
        size = sizeof(more);
        assert_true(zmq_recv(router, frame, sizeof(frame), 0) >= 0);
        assert_int_equal(zmq_getsockopt(router, ZMQ_RCVMORE, &more, &size), 0);
    }
    (void)zmq_send(router, identity, (size_t)n, ZMQ_SNDMORE);
    (void)zmq_send(router, "id-0", 4, ZMQ_SNDMORE);
    (void)zmq_send(router, "202", 3, ZMQ_SNDMORE);
    (void)zmq_send(router, "[]", 2, 0);
    expect(t, &two, 200, SEND_AGAIN);
    (void)zmq_close(router);
    (void)zmq_ctx_term(context);
    expect(t, &two, 300, SEND_DOWN);
    zmq()->close(t);
}

/* The receiver dies and comes back on the same port. */
static void
test_restart(void **state)
{
    struct end e = {0};
    struct send_report r;
    char port[64];
    void *t;

    (void)state;
    start(&e, (struct receiver_options){.kind = RECEIVER_ROUTER});
    t = open_with((struct option_value[]){{"endpoint", e.endpoint}, {0}});
    expect(t, &two, WAIT_MS, SEND_SENT);
    memcpy(port, e.endpoint, sizeof(port));
    finish(&e);
    /* Until libzmq has noticed, a batch may be taken and not acknowledged. */
    for (int i = 0; i < 100; i++) {
        zmq()->send(t, &two, 200, &r);
        if (r.result != SEND_AGAIN)
            break;
    }
    assert_int_equal(r.result, SEND_DOWN);
    zmq()->probe(t, 50, &r);
    assert_int_equal(r.result, SEND_DOWN);
    start(&e,
          (struct receiver_options){.kind = RECEIVER_ROUTER, .address = port});
    zmq()->probe(t, WAIT_MS, &r);
    assert_int_equal(r.result, SEND_SENT);
    expect(t, &two, WAIT_MS, SEND_SENT);
    zmq()->close(t);
    finish(&e);
    assert_int_equal(e.calls, 2);
}

/* Waits, without a clock in the verdict, until ${*calls} has grown. */
static void
wait_calls(const atomic_uint *calls, unsigned wanted)
{
    struct timespec nap = {.tv_nsec = 5000000};

    for (int i = 0; i < WAIT_MS / 5 && *calls < wanted; i++)
        (void)nanosleep(&nap, NULL);
    assert_true(*calls >= wanted);
}

static void
test_push_and_pub(void **state)
{
    struct end e = {0};
    void *t;
    char sub[96];

    (void)state;
    start(&e, (struct receiver_options){.kind = RECEIVER_PULL});
    t = open_with((struct option_value[]){
        {"endpoint", e.endpoint}, {"mode", "push"}, {0}});
    for (int i = 0; i < 5; i++)
        expect(t, &two, WAIT_MS, SEND_SENT);
    wait_calls(&e.calls, 5);
    zmq()->close(t);
    finish(&e);
    assert_string_equal(e.last, "id-1 alert [1,2] 17");

    (void)snprintf(sub, sizeof(sub), "ipc://%s/pub", files.dir);
    memset(&e, 0, sizeof(e));
    t = open_with((struct option_value[]){
        {"endpoint", sub}, {"mode", "pub"}, {"bind", "true"}, {0}});
    expect(t, &two, 1000, SEND_SENT); /* nobody is there: lost, by design */
    start(&e, (struct receiver_options){
                  .kind = RECEIVER_SUB, .address = sub, .connect = true});
    for (int i = 0; i < WAIT_MS / 5 && e.calls == 0; i++) {
        struct timespec nap = {.tv_nsec = 5000000};

        expect(t, &two, 1000, SEND_SENT);
        (void)nanosleep(&nap, NULL);
    }
    finish(&e);
    zmq()->close(t);
    assert_true(e.calls > 0);
}

static void *
ring(void *arg)
{
    struct timespec nap = {.tv_nsec = 50000000};

    (void)nanosleep(&nap, NULL);
    zmq()->wake(arg);
    return NULL;
}

static void
test_wake(void **state)
{
    void *t = open_with(
        (struct option_value[]){{"endpoint", "tcp://127.0.0.1:9"}, {0}});
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, ring, t), 0);
    expect(t, &two, 60000, SEND_AGAIN);
    (void)pthread_join(thread, NULL);
    zmq()->close(t);
}

/* ---- CURVE */

static void
make_keys(const char *name)
{
    char public[41], secret[41], file[64], line[64];

    assert_int_equal(zmq_curve_keypair(public, secret), 0);
    (void)snprintf(file, sizeof(file), "%s.secret", name);
    (void)snprintf(line, sizeof(line), "%s\n", secret);
    certs_file(&files, file, line, 0600);
    (void)snprintf(file, sizeof(file), "%s.public", name);
    (void)snprintf(line, sizeof(line), "# %s\n%s\n", name, public);
    certs_file(&files, file, line, 0644);
}

struct curve_row {
    const char *name;
    const char *secret, *server_key; /* NULL: none */
    enum send_result result;
    bool pause;
};

static const struct curve_row curve_rows[] = {
    {"listed client", "client.secret", "server.public", SEND_SENT, false},
    {"client not on the list", "stranger.secret", "server.public", SEND_DOWN,
     true},
    {"wrong server key", "client.secret", "stranger.public", SEND_DOWN, false},
    {"no key (NULL)", NULL, NULL, SEND_DOWN, false},
};

static const char *
key(const char *name)
{
    return name ? certs_path(&files, name) : NULL;
}

static void
test_curve(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(curve_rows) / sizeof(curve_rows[0]); i++) {
        const struct curve_row *row = &curve_rows[i];
        struct end e = {0};
        struct option_value v[4] = {{0}};
        struct send_report r;
        void *t;

        start(&e, (struct receiver_options){.kind = RECEIVER_ROUTER,
                                            .secret = key("server.secret"),
                                            .allow = key("client.public")});
        v[0] = (struct option_value){"endpoint", e.endpoint};
        if (row->secret) {
            v[1] = (struct option_value){"curve_secret", key(row->secret)};
            v[2] =
                (struct option_value){"curve_server_key", key(row->server_key)};
        }
        t = open_with(v);
        for (int tries = 0; tries < 20; tries++) {
            zmq()->send(t, &two, row->result == SEND_SENT ? WAIT_MS : 400, &r);
            if (!row->pause || r.pause) /* a refusal may come late */
                break;
        }
        if (r.result != row->result || (row->pause && !r.pause))
            fail_msg("%s: result %d pause %d: %s", row->name, (int)r.result,
                     r.pause, r.text);
        zmq()->close(t);
        finish(&e);
        assert_int_equal(e.calls, row->result == SEND_SENT);
    }
}

/* A raw client: PLAIN credentials, or the CURVE keys of the listed client. */
static void *
raw_client(void *context, bool plain)
{
    void *s = zmq_socket(context, ZMQ_PUSH);
    char server[64] = {0}, secret[64] = {0}, public[41];
    int zero = 0;
    FILE *f;

    (void)zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof(zero));
    if (plain) {
        (void)zmq_setsockopt(s, ZMQ_PLAIN_USERNAME, "admin", 5);
        (void)zmq_setsockopt(s, ZMQ_PLAIN_PASSWORD, "admin", 5);
        return s;
    }
    f = fopen(key("server.public"), "re");
    assert_non_null(f);
    assert_non_null(fgets(server, sizeof(server), f)); /* comment */
    assert_non_null(fgets(server, sizeof(server), f));
    (void)fclose(f);
    f = fopen(key("client.secret"), "re");
    assert_non_null(f);
    assert_non_null(fgets(secret, sizeof(secret), f));
    (void)fclose(f);
    server[40] = secret[40] = '\0';
    assert_int_equal(zmq_curve_public(public, secret), 0);
    (void)zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server, 41);
    (void)zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, secret, 41);
    (void)zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, public, 41);
    return s;
}

/* Whether a message of such a client reaches ${z} within ${ms}. */
static bool
arrives(struct zsock *z, bool plain, long ms)
{
    void *context = zmq_ctx_new(), *s = raw_client(context, plain);
    zmq_pollitem_t item = {.socket = z->socket, .events = ZMQ_POLLIN};
    char endpoint[64], byte;
    bool got;

    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                   zsock_port(z));
    assert_int_equal(zmq_connect(s, endpoint), 0);
    assert_int_equal(zmq_send(s, "x", 1, 0), 1);
    got = zmq_poll(&item, 1, ms) > 0 &&
          zmq_recv(z->socket, &byte, 1, ZMQ_DONTWAIT) == 1;
    (void)zmq_close(s);
    (void)zmq_ctx_term(context);
    return got;
}

static void
test_curve_closed(void **state)
{
    struct zsock_options o = {.type = ZMQ_PULL,
                              .endpoint = "tcp://127.0.0.1:*",
                              .bind = true,
                              .secret = key("server.secret"),
                              .allow = key("client.public"),
                              .max_message = 1024,
                              .queue = 8};
    struct err err = {0};
    struct zsock z;

    (void)state;
    assert_int_equal(zsock_open(&z, &o, &err), ERR_OK);
    assert_true(
        arrives(&z, false, WAIT_MS)); /* the listed client does get in */
    assert_false(arrives(&z, true, 300));
    zap_stop(z.zap);
    z.zap = NULL;
    assert_false(arrives(&z, false, 300)); /* no handler: closed, not open */
    assert_false(arrives(&z, true, 300));
    zsock_close(&z);
}

struct bad_row {
    const char *name;
    struct option_value v[4];
    const char *text;
};

static void
test_bad_keys(void **state)
{
    const char *secret = key("client.secret"), *open_secret = key("open"),
               *half = key("half");
    char dir[160];
    struct bad_row rows[] = {
        {"server without list",
         {{"bind", "true"}, {"curve_secret", secret}},
         "list of its clients"},
        {"client without server key",
         {{"curve_secret", secret}},
         "server's public"},
        {"list without own key", {{"curve_allow", secret}}, "own secret key"},
        {"readable secret",
         {{"curve_secret", open_secret}, {"curve_server_key", secret}},
         "lets others read"},
        {"not a key",
         {{"curve_secret", half}, {"curve_server_key", secret}},
         "40 Z85"},
        {"no file",
         {{"curve_secret", "/nonexistent"}, {"curve_server_key", secret}},
         "cannot open"},
        {"folder",
         {{"curve_secret", dir}, {"curve_server_key", secret}},
         "not a regular file"},
    };

    (void)state;
    (void)snprintf(dir, sizeof(dir), "%s", files.dir);
    certs_file(&files, "open", "x\n", 0644);
    certs_file(&files, "half", "abc\n", 0600);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct option_value v[4] = {{"endpoint", "tcp://127.0.0.1:1"}};
        struct err err = {0};
        void *t = NULL;
        size_t n = 1;

        while (rows[i].v[n - 1].name) {
            v[n] = rows[i].v[n - 1];
            n++;
        }
        if (zmq()->open(v, n, &t, &err) == ERR_OK)
            fail_msg("%s: opened", rows[i].name);
        if (!strstr(err.msg, rows[i].text))
            fail_msg("%s: %s", rows[i].name, err.msg);
    }
}

static int
set_up(void **state)
{
    (void)state;
    files = (struct certs){.dir = "/tmp/hutong-test-XXXXXX"};
    assert_non_null(mkdtemp(files.dir));
    make_keys("server");
    make_keys("client");
    make_keys("stranger");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    certs_remove(&files);
    return 0;
}

/* A peer that breaks ZMTP: greeting, READY of a ROUTER, and the head of a frame
 * of 2^40 octets. libzmq gives the endpoint up; we do not. */
static void *
break_protocol(void *arg)
{
    static const char ready[] = "\4\x1c\5READY\xbSocket-Type\0\0\0\6ROUTER"
                                "\2\0\0\1\0\0\0\0\0";
    char octets[64 + sizeof(ready) - 1] = "\xff\0\0\0\0\0\0\0\0\x7f\3\1NULL";
    char sink[512];
    int fd = accept(*(int *)arg, NULL, NULL);

    memcpy(octets + 64, ready, sizeof(ready) - 1);
    (void)send(fd, octets, sizeof(octets), MSG_NOSIGNAL);
    while (recv(fd, sink, sizeof(sink), 0) > 0)
        continue;
    close(fd);
    return NULL;
}

static void
test_revived(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);
    struct end e = {.item = {202, 202}, .items = 2};
    char endpoint[64];
    pthread_t thread;
    void *t;
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    (void)state;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                   ntohs(a.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, break_protocol, &fd), 0);
    t = open_with((struct option_value[]){{"endpoint", endpoint}, {0}});
    (void)pthread_join(thread, NULL); /* the socket has hung up on it */
    close(fd);
    start(&e, (struct receiver_options){.kind = RECEIVER_ROUTER,
                                        .address = endpoint});
    expect(t, &two, WAIT_MS, SEND_SENT);
    zmq()->close(t);
    finish(&e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acknowledged),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_late_acknowledgement),
        cmocka_unit_test(test_lost_acknowledgement),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_push_and_pub),
        cmocka_unit_test(test_revived),
        cmocka_unit_test(test_wake),
        cmocka_unit_test(test_curve),
        cmocka_unit_test(test_curve_closed),
        cmocka_unit_test(test_bad_keys),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
