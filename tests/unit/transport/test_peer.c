/* SPDX-License-Identifier: Apache-2.0 */
/* The ZeroMQ acknowledgement protocol against a peer that shares no code with
 * us: tests/peers/zmq_peer.py, on libzmq's Python binding. */
#include "tests/unit/transport/certs.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

#include "transport/receiver.h"
#include "transport/transport.h"

#define PYTHON "/usr/bin/python3"
#define PEER   TEST_ROOT "/tests/peers/zmq_peer.py"

static bool
has_peer(void)
{
    if (system(PYTHON " -c 'import zmq' 2>/dev/null") == 0)
        return true;
    print_message("SKIP: " PYTHON " has no zmq module (python3-zmq); the "
                  "independent ZeroMQ peer was NOT run\n");
    return false;
}

static void
read_all(FILE *f, char *out, size_t size)
{
    size_t n = fread(out, 1, size - 1, f);

    out[n] = '\0';
}

/* ---- its DEALER, our ROUTER */

static void
on_batch(void *arg, const struct receiver_batch *b, struct receiver_verdict *v)
{
    (void)arg;
    (void)b;
    v->status = 202;
    v->item[0] = 202;
    v->item[1] = 200;
    v->items = 2;
}

static void *
run(void *arg)
{
    receiver_run(arg, 0);
    return NULL;
}

static void
test_its_dealer(void **state)
{
    struct receiver_options o = {.kind = RECEIVER_ROUTER,
                                 .address = "tcp://127.0.0.1:0",
                                 .fn = on_batch,
                                 .stop_fd = -1};
    struct receiver *r = NULL;
    struct err err;
    pthread_t thread;
    char command[200], got[1024];
    FILE *f;

    (void)state;
    if (!has_peer())
        return;
    assert_int_equal(receiver_open(&o, &r, &err), ERR_OK);
    assert_int_equal(pthread_create(&thread, NULL, run, r), 0);
    (void)snprintf(command, sizeof(command),
                   PYTHON " " PEER " dealer tcp://127.0.0.1:%u",
                   receiver_port(r));
    f = popen(command, "re");
    assert_non_null(f);
    read_all(f, got, sizeof(got));
    assert_int_equal(pclose(f), 0);
    assert_string_equal(got, "m1 202 [202,200]\n"
                             "m2 202 [202,200]\n"
                             "m1 202 [202,200]\n"
                             "m3 202 [202,200]\n"
                             "m4 202 [202,200]\n"
                             " 400 []\n"
                             " 400 []\n"
                             "m6 202 [202,200]\n");
    receiver_stop(r);
    (void)pthread_join(thread, NULL);
    assert_int_equal(receiver_counters(r).malformed, 2);
    receiver_close(r);
}

/* ---- its ROUTER, our DEALER */

static unsigned
wait_port(const char *path)
{
    struct timespec nap = {.tv_nsec = 10000000};
    unsigned port = 0;

    for (int i = 0; i < 1000 && port == 0; i++) {
        FILE *f = fopen(path, "re");

        if (f && fscanf(f, "%u", &port) != 1)
            port = 0;
        if (f)
            (void)fclose(f);
        else
            (void)nanosleep(&nap, NULL);
    }
    assert_true(port > 0);
    return port;
}

#define TEXT(s)                                                                \
    {                                                                          \
        (s), sizeof(s) - 1                                                     \
    }

static void
test_its_router(void **state)
{
    static const struct batch b = {.body = TEXT("[1,2]"),
                                   .id = TEXT("id-7"),
                                   .info_type = TEXT("alert"),
                                   .items = 2,
                                   .first_sequence = 99};
    const struct transport *zmq = transport_find("zmq");
    struct certs dir = {.dir = "/tmp/hutong-test-XXXXXX"};
    char command[300], got[1024], endpoint[64];
    struct option_value v = {"endpoint", endpoint};
    struct send_report r;
    void *t = NULL;
    FILE *f;

    (void)state;
    if (!has_peer())
        return;
    assert_non_null(mkdtemp(dir.dir));
    (void)snprintf(command, sizeof(command), PYTHON " " PEER " router %s 2",
                   certs_path(&dir, "port"));
    f = popen(command, "re");
    assert_non_null(f);
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                   wait_port(certs_path(&dir, "port")));
    assert_int_equal(zmq->open(&v, 1, &t, NULL), ERR_OK);
    zmq->send(t, &b, 10000, &r);
    assert_int_equal(r.result, SEND_SENT);
    assert_int_equal(r.item[0], SEND_SENT);
    assert_int_equal(r.item[1], SEND_SENT);
    zmq->send(t, &b, 10000, &r);
    assert_int_equal(r.result, SEND_SENT);
    assert_int_equal(r.item[0], SEND_REFUSED);
    assert_int_equal(r.item[1], SEND_SENT);
    zmq->close(t);
    read_all(f, got, sizeof(got));
    assert_int_equal(pclose(f), 0);
    assert_string_equal(got, "alert. id-7 alert 2 99 [1,2]\n"
                             "alert. id-7 alert 2 99 [1,2]\n");
    certs_remove(&dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_dealer),
        cmocka_unit_test(test_its_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
