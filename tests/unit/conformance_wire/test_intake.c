/* SPDX-License-Identifier: Apache-2.0 */
/* The listening side against our own client: what it tells of good and bad
 * meetings, with and without TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include <pthread.h>

#include "conformance/wire/ca.h"
#include "conformance/wire/conn.h"
#include "conformance/wire/intake.h"

static char dir[64];

static const char *
file(const char *name)
{
    static char path[64][128];
    static unsigned turn;
    char *p = path[turn++ % 64];

    (void)snprintf(p, sizeof path[0], "%s/%s.pem", dir, name);
    return p;
}

/* A client in a thread of its own: connect, greet, read until the end. */
struct client {
    unsigned port;
    const char *ca, *say;
    int max; /* TLS version, 0: any */
    bool tls, shows;
    enum wire_end end;
    struct buf got;
};

static void *
client_run(void *arg)
{
    struct client *c = arg;
    const struct wire_until u = {wire_now_ms() + 5000, NULL};
    struct wire_tls t = {.ca = c->ca, .name = "127.0.0.1", .max = c->max};
    struct wire_conn w;

    if (c->shows) {
        t.cert = file("client.cert");
        t.key = file("client.key");
    }
    c->end = wire_connect(&w, "127.0.0.1", c->port, &u);
    if (c->end == WIRE_OK && c->tls)
        c->end = wire_tls(&w, &t, &u);
    if (c->end == WIRE_OK)
        c->end = wire_send(&w, bytes_str(c->say), &u);
    while (c->end == WIRE_OK)
        c->end = wire_recv(&w, &c->got, 4096, &u);
    wire_close(&w);
    return NULL;
}

/* Serve until a connection has ${n} bytes or ended; answer with "pong". */
static struct intake_conn *
serve(struct intake *in, struct client *c, size_t n, enum intake_shut how)
{
    int64_t end = intake_now_ms() + 5000;
    struct intake_conn *k = NULL;
    pthread_t thread;

    c->port = intake_port(in);
    assert_int_equal(pthread_create(&thread, NULL, client_run, c), 0);
    while (intake_now_ms() < end) {
        (void)intake_wait(in, 20);
        k = intake_count(in) > 0 ? intake_conn(in, intake_count(in) - 1) : NULL;
        if (k != NULL && (k->end != INTAKE_OPEN || (n > 0 && k->in.len >= n)))
            break;
    }
    assert_non_null(k);
    if (k->end == INTAKE_OPEN)
        assert_true(intake_write(k, BYTES("pong"), 1000));
    intake_shut(k, how);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return k;
}

static void
test_plain(void **state)
{
    struct client c = {.say = "ping"};
    struct intake *in = NULL;
    struct err err;
    struct intake_conn *k;

    (void)state;
    assert_int_equal(intake_open(0, NULL, &in, &err), ERR_OK);
    assert_false(intake_is_tls(in));
    k = serve(in, &c, 4, INTAKE_SHUT_CLEAN);
    assert_true(bytes_is(buf_view(&k->in), "ping"));
    assert_true(bytes_is(buf_view(&c.got), "pong"));
    assert_int_equal(c.end, WIRE_EOF);
    assert_int_equal(k->end, INTAKE_SHUT);
    buf_reset(&c.got);
    k = serve(in, &c, 4, INTAKE_SHUT_RESET);
    assert_int_equal(k->number, 2);
    assert_true(c.end == WIRE_RESET || c.end == WIRE_EOF);
    intake_pause(in);
    k = NULL;
    (void)client_run(&c);
    assert_int_equal(c.end, WIRE_REFUSED);
    assert_int_equal(intake_resume(in, &err), ERR_OK);
    assert_int_equal(intake_port(in), c.port);
    intake_close(in);
    intake_close(NULL);
    buf_free(&c.got);
}

static void
test_busy_port(void **state)
{
    struct intake *in = NULL, *other = NULL;
    struct err err;

    (void)state;
    assert_int_equal(intake_open(0, NULL, &in, &err), ERR_OK);
    assert_int_equal(intake_open(intake_port(in), NULL, &other, &err),
                     ERR_EXISTS);
    assert_null(other);
    intake_close(in);
}

static const struct {
    const char *name, *leaf;
    int only; /* the server's version, 0: any */
    enum intake_client client;
    bool tls, shows, established, plaintext, alert;
} meetings[] = {
    {"good", "server", 0, INTAKE_CLIENT_NONE, true, false, true, false, false},
    {"mutual", "server", 0, INTAKE_CLIENT_REQUIRE, true, true, true, false,
     false},
    {"no client certificate", "server", TLS1_2_VERSION, INTAKE_CLIENT_REQUIRE,
     true, false, false, false, false},
    {"expired", "expired", 0, INTAKE_CLIENT_NONE, true, false, false, false,
     true},
    {"wrong name", "wrong_name", 0, INTAKE_CLIENT_NONE, true, false, false,
     false, true},
    {"self signed", "self_signed", 0, INTAKE_CLIENT_NONE, true, false, false,
     false, true},
    {"unknown authority", "other", 0, INTAKE_CLIENT_NONE, true, false, false,
     false, true},
    {"TLS 1.1 only", "server", TLS1_1_VERSION, INTAKE_CLIENT_NONE, true, false,
     false, false, false},
    {"plaintext", "server", 0, INTAKE_CLIENT_NONE, false, false, false, true,
     false},
};

static void
test_tls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof meetings / sizeof meetings[0]; i++) {
        char cert[32], key[32];
        struct intake_tls t = {.ca = file("ca"),
                               .client = meetings[i].client,
                               .min_version = meetings[i].only,
                               .max_version = meetings[i].only};
        struct client c = {.say = "ping",
                           .ca = file("ca"),
                           .tls = meetings[i].tls,
                           .shows = meetings[i].shows};
        struct intake *in = NULL;
        struct intake_conn *k;
        struct err err;

        (void)snprintf(cert, sizeof cert, "%s.cert", meetings[i].leaf);
        (void)snprintf(key, sizeof key, "%s.key", meetings[i].leaf);
        t.cert = file(cert);
        t.key = file(key);
        assert_int_equal(intake_open(0, &t, &in, &err), ERR_OK);
        assert_true(intake_is_tls(in));
        k = serve(in, &c, 4, INTAKE_SHUT_CLEAN);
        if (k->established != meetings[i].established ||
            k->plaintext != meetings[i].plaintext ||
            (k->alert >= 0) < meetings[i].alert ||
            (k->subject[0] != '\0') != meetings[i].shows)
            fail_msg("%s: established %d plaintext %d alert %s",
                     meetings[i].name, k->established, k->plaintext,
                     intake_alert_name(k->alert));
        if (k->established) {
            assert_true(bytes_is(buf_view(&c.got), "pong"));
            assert_true(k->tls_version >= TLS1_2_VERSION);
        }
        intake_close(in);
        buf_free(&c.got);
    }
}

static void
test_bad_files(void **state)
{
    struct intake_tls t = {.cert = "/nonexistent", .key = "/nonexistent"};
    struct intake *in = NULL;
    struct err err;

    (void)state;
    assert_int_equal(intake_open(0, &t, &in, &err), ERR_ARG);
    assert_null(in);
    t.cert = file("server.cert");
    t.key = file("client.key"); /* of another certificate */
    assert_int_equal(intake_open(0, &t, &in, &err), ERR_ARG);
    assert_string_equal(intake_alert_name(48), "unknown_ca");
    assert_string_equal(intake_alert_name(-1), "alert");
}

static int
set_up(void **state)
{
    struct err err;

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(dir, sizeof dir, "/tmp/hutong-intake-XXXXXX");
    return mkdtemp(dir) != NULL && ca_make(dir, &err) == ERR_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_busy_port),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_bad_files),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
