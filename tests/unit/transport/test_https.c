/* SPDX-License-Identifier: Apache-2.0 */
/* Transport `https` against our own receiver and server over real sockets. */
#include "tests/unit/transport/certs.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "transport/http_server.h"
#include "transport/receiver.h"
#include "transport/transport.h"

static struct certs certs;

/* What the receiving end should say, and what it got. */
struct plan {
    unsigned status, retry_after_s;
    uint16_t item[8];
    size_t items;
    unsigned sleep_ms;
    size_t calls; /* written by the server's thread, read after its join */
    char body[256], id[64], type[32];
};

struct end {
    struct receiver *receiver;
    pthread_t thread;
    struct plan plan;
    char url[80];
};

static void
on_batch(void *arg, const struct receiver_batch *b, struct receiver_verdict *v)
{
    struct plan *p = arg;
    struct timespec nap = {.tv_nsec = (long)p->sleep_ms * 1000000};

    p->calls++;
    (void)snprintf(p->body, sizeof(p->body), "%.*s", (int)b->body.len,
                   b->body.data);
    (void)snprintf(p->id, sizeof(p->id), "%.*s", (int)b->id.len, b->id.data);
    (void)snprintf(p->type, sizeof(p->type), "%.*s", (int)b->info_type.len,
                   b->info_type.data);
    v->status = p->status ? p->status : 202;
    v->retry_after_s = p->retry_after_s;
    memcpy(v->item, p->item, sizeof(p->item));
    v->items = p->items;
    if (p->sleep_ms)
        (void)nanosleep(&nap, NULL);
}

static void *
run(void *arg)
{
    receiver_run(arg, 0);
    return NULL;
}

static void
start(struct end *e, const struct tls_files *tls, const char *token_file)
{
    struct receiver_options o = {.kind = RECEIVER_HTTP,
                                 .address = "127.0.0.1:0",
                                 .tls = tls,
                                 .token_file = token_file,
                                 .fn = on_batch,
                                 .arg = &e->plan,
                                 .stop_fd = -1};
    struct err err = {0};

    if (receiver_open(&o, &e->receiver, &err) != ERR_OK)
        fail_msg("receiver: %s: %s", err.where, err.msg);
    (void)snprintf(e->url, sizeof(e->url),
                   "%s://127.0.0.1:%u/interconn/v1/data",
                   tls ? "https" : "http", receiver_port(e->receiver));
    assert_int_equal(pthread_create(&e->thread, NULL, run, e->receiver), 0);
}

static void
finish(struct end *e)
{
    receiver_stop(e->receiver);
    (void)pthread_join(e->thread, NULL);
    receiver_close(e->receiver);
}

static const struct transport *
https(void)
{
    const struct transport *t = transport_find("https");

    assert_non_null(t);
    return t;
}

#define MAX_VALUES 10

static void *
open_with(const struct option_value *v)
{
    struct err err = {0};
    void *t = NULL;
    size_t n = 0;

    while (v[n].name)
        n++;
    if (https()->open(v, n, &t, &err) != ERR_OK)
        fail_msg("open: %s: %s", err.where, err.msg);
    return t;
}

#define TEXT(s)                                                                \
    {                                                                          \
        (s), sizeof(s) - 1                                                     \
    }

static const struct batch two = {.body = TEXT("{\"items\":[1,2]}"),
                                 .id = TEXT("id-1"),
                                 .info_type = TEXT("alert"),
                                 .content_type = "application/json",
                                 .items = 2};

static void
test_plain_and_gzip(void **state)
{
    static const char *const gzip[] = {"false", "true"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct end e = {0};
        struct send_report r;
        void *t;

        start(&e, NULL, NULL);
        t = open_with((struct option_value[]){
            {"url", e.url}, {"insecure_http", "true"}, {"gzip", gzip[i]}, {0}});
        for (int k = 0; k < 3; k++) {
            https()->send(t, &two, 5000, &r);
            assert_int_equal(r.result, SEND_SENT);
        }
        https()->close(t);
        finish(&e);
        assert_int_equal(e.plan.calls, 3);
        assert_string_equal(e.plan.body, "{\"items\":[1,2]}");
        assert_string_equal(e.plan.id, "id-1");
        assert_string_equal(e.plan.type, "alert");
    }
}

struct answer_row {
    const char *name;
    struct plan plan;
    enum send_result result;
    bool split, pause;
    uint32_t retry_after_ms;
    int item[2]; /* -1: no items named */
};

static const struct answer_row answers[] = {
    {"202", {.status = 202}, SEND_SENT, .item = {-1}},
    {"items",
     {.status = 202, .item = {202, 202}, .items = 2},
     SEND_SENT,
     .item = {SEND_SENT, SEND_SENT}},
    {"one item refused",
     {.status = 202, .item = {202, 400}, .items = 2},
     SEND_SENT,
     .item = {SEND_SENT, SEND_REFUSED}},
    {"all items refused",
     {.status = 202, .item = {422, 400}, .items = 2},
     SEND_REFUSED,
     .item = {SEND_REFUSED, SEND_REFUSED}},
    {"one item again",
     {.status = 202, .item = {202, 503}, .items = 2},
     SEND_AGAIN,
     .item = {SEND_SENT, SEND_AGAIN}},
    {"item known",
     {.status = 202, .item = {409, 200}, .items = 2},
     SEND_SENT,
     .item = {SEND_SENT, SEND_SENT}},
    {"items of another batch",
     {.status = 202, .item = {202}, .items = 1},
     SEND_AGAIN,
     .item = {-1}},
    {"more items than were sent",
     {.status = 202, .item = {202, 202, 202}, .items = 3},
     SEND_AGAIN,
     .item = {-1}},
    {"400", {.status = 400}, SEND_REFUSED, .item = {-1}},
    {"401", {.status = 401}, SEND_AGAIN, .pause = true, .item = {-1}},
    {"404", {.status = 404}, SEND_AGAIN, .pause = true, .item = {-1}},
    {"409", {.status = 409}, SEND_SENT, .item = {-1}},
    {"413", {.status = 413}, SEND_AGAIN, .split = true, .item = {-1}},
    {"429",
     {.status = 429, .retry_after_s = 3},
     SEND_AGAIN,
     .retry_after_ms = 3000,
     .item = {-1}},
    {"503",
     {.status = 503, .retry_after_s = 7},
     SEND_AGAIN,
     .retry_after_ms = 7000,
     .item = {-1}},
    {"302", {.status = 302}, SEND_AGAIN, .pause = true, .item = {-1}},
};

static void
test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const struct answer_row *a = &answers[i];
        struct end e = {.plan = a->plan};
        struct send_report r;
        void *t;

        start(&e, NULL, NULL);
        t = open_with((struct option_value[]){
            {"url", e.url}, {"insecure_http", "true"}, {0}});
        https()->send(t, &two, 5000, &r);
        if (r.result != a->result || r.split != a->split ||
            r.pause != a->pause || r.retry_after_ms != a->retry_after_ms)
            fail_msg("%s: result %d split %d pause %d after %u: %s", a->name,
                     (int)r.result, r.split, r.pause, r.retry_after_ms, r.text);
        if ((a->item[0] >= 0) != (r.item != NULL))
            fail_msg("%s: items named: %d", a->name, r.item != NULL);
        for (size_t k = 0; r.item && k < 2; k++) {
            if ((int)r.item[k] != a->item[k])
                fail_msg("%s: item %zu is %d", a->name, k, (int)r.item[k]);
        }
        https()->close(t);
        finish(&e);
    }
}

struct tls_row {
    const char *name;
    const char *server_cert; /* and key */
    const char *client_ca;   /* the server asks for certificates of it */
    const char *ca;          /* whom the client trusts */
    const char *cert;        /* the client's, NULL: none */
    bool stale;              /* the client's files go bad after open */
    enum send_result result;
    bool pause;
};

static const struct tls_row tls_rows[] = {
    {"server verified", "server", NULL, "ca", NULL, false, SEND_SENT, false},
    {"mutual", "server", "ca", "ca", "client", false, SEND_SENT, false},
    {"no client certificate", "server", "ca", "ca", NULL, false, SEND_DOWN,
     true},
    {"client of another authority", "server", "ca", "ca", "stranger", false,
     SEND_DOWN, true},
    {"client expired", "server", "ca", "ca", "client", true, SEND_DOWN, true},
    {"server of another authority", "server", NULL, "other-ca", NULL, false,
     SEND_DOWN, true},
    {"server has another name", "named", NULL, "ca", NULL, false, SEND_DOWN,
     true},
};

static const char *
pem(const char *name, const char *kind)
{
    char file[64];

    (void)snprintf(file, sizeof(file), "%s.%s", name, kind);
    return certs_path(&certs, file);
}

static void
copy_file(const char *from, const char *to)
{
    char command[400];

    (void)snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static void
test_tls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tls_rows) / sizeof(tls_rows[0]); i++) {
        const struct tls_row *row = &tls_rows[i];
        struct tls_files tls = {
            .ca = row->client_ca ? pem(row->client_ca, "crt") : NULL,
            .cert = pem(row->server_cert, "crt"),
            .key = pem(row->server_cert, "key")};
        struct end e = {0};
        struct send_report r;
        struct option_value v[MAX_VALUES] = {{"url", NULL},
                                             {"ca", pem(row->ca, "crt")}};
        void *t;

        start(&e, &tls, NULL);
        v[0].text = e.url;
        if (row->cert) {
            copy_file(pem(row->cert, "crt"), pem("mine", "crt"));
            copy_file(pem(row->cert, "key"), pem("mine", "key"));
            v[2] = (struct option_value){"cert", pem("mine", "crt")};
            v[3] = (struct option_value){"key", pem("mine", "key")};
        }
        t = open_with(v);
        if (row->stale) {
            copy_file(pem("expired", "crt"), pem("mine", "crt"));
            copy_file(pem("expired", "key"), pem("mine", "key"));
        }
        https()->send(t, &two, 5000, &r);
        if (r.result != row->result || r.pause != row->pause)
            fail_msg("%s: result %d pause %d: %s", row->name, (int)r.result,
                     r.pause, r.text);
        https()->close(t);
        finish(&e);
        assert_int_equal(e.plan.calls, row->result == SEND_SENT);
    }
}

/* The token is right, then wrong in the file, then right again. */
static void
test_token(void **state)
{
    struct tls_files tls = {.cert = pem("server", "crt"),
                            .key = pem("server", "key")};
    struct end e = {0};
    struct send_report r;
    void *t;

    (void)state;
    certs_file(&certs, "token", "correct horse\n", 0600);
    certs_file(&certs, "server-token", "correct horse\n", 0600);
    start(&e, &tls, certs_path(&certs, "server-token"));
    t = open_with(
        (struct option_value[]){{"url", e.url},
                                {"ca", pem("ca", "crt")},
                                {"token_file", certs_path(&certs, "token")},
                                {0}});
    https()->send(t, &two, 5000, &r);
    assert_int_equal(r.result, SEND_SENT);
    certs_file(&certs, "token", "wrong\n", 0600);
    https()->send(t, &two, 5000, &r);
    assert_int_equal(r.result, SEND_AGAIN);
    assert_true(r.pause);
    assert_null(strstr(r.text, "wrong\n"));
    certs_file(&certs, "token", "correct horse", 0600);
    https()->send(t, &two, 5000, &r);
    assert_int_equal(r.result, SEND_SENT);
    certs_file(&certs, "token", "correct horse", 0644);
    https()->send(t, &two, 5000, &r);
    assert_int_equal(r.result, SEND_AGAIN);
    assert_true(r.pause);
    assert_non_null(strstr(r.text, "lets others read"));
    https()->close(t);
    t = open_with(
        (struct option_value[]){{"url", e.url}, {"ca", pem("ca", "crt")}, {0}});
    https()->send(t, &two, 5000, &r);
    assert_int_equal(r.result, SEND_AGAIN); /* 401 */
    assert_true(r.pause);
    https()->close(t);
    finish(&e);
    assert_int_equal(e.plan.calls, 2);
}

/* The answer comes after the deadline: again, and the next request is not
 * answered by the old reply. */
static void
test_slow_answer(void **state)
{
    struct end e = {.plan = {.status = 202, .sleep_ms = 400}};
    struct send_report r;
    void *t;

    (void)state;
    start(&e, NULL, NULL);
    t = open_with((struct option_value[]){
        {"url", e.url}, {"insecure_http", "true"}, {0}});
    https()->send(t, &two, 100, &r);
    assert_int_equal(r.result, SEND_AGAIN);
    https()->send(t, &two, 5000, &r);
    assert_int_equal(r.result, SEND_SENT);
    https()->close(t);
    finish(&e);
    assert_int_equal(e.plan.calls, 2);
}

/* A socket that answers each connection with fixed bytes, then closes. */
struct fake {
    int fd;
    const char *reply;
    pthread_t thread;
};

static void *
fake_run(void *arg)
{
    struct fake *f = arg;
    char in[4096];
    int fd;

    while ((fd = accept(f->fd, NULL, NULL)) >= 0) {
        if (recv(fd, in, sizeof(in), 0) > 0)
            (void)send(fd, f->reply, strlen(f->reply), MSG_NOSIGNAL);
        (void)shutdown(fd, SHUT_WR);
        while (recv(fd, in, sizeof(in), 0) > 0)
            continue;
        (void)close(fd);
    }
    return NULL;
}

static unsigned
listen_here(int *fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);

    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(*fd >= 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(*fd, 8), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&a, &len), 0);
    return ntohs(a.sin_port);
}

static const struct {
    const char *name, *reply;
    enum send_result result;
    bool pause; /* nobody has to act: what was garbled once may not be again */
} broken[] = {
    {"nothing", "", SEND_AGAIN, false},
    {"cut in the status", "HTTP/1.1 202 Acc", SEND_AGAIN, false},
    {"cut in a field", "HTTP/1.1 202 Accepted\r\nC", SEND_AGAIN, false},
    {"cut in the body", "HTTP/1.1 202 Accepted\r\nContent-Length: 90\r\n\r\n{",
     SEND_AGAIN, false},
    {"not HTTP", "SSH-2.0-x\r\n", SEND_AGAIN, false},
    {"redirect",
     "HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/\r\n"
     "Content-Length: 0\r\n\r\n",
     SEND_AGAIN, true},
    {"whole", "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}", SEND_SENT,
     false},
};

static void
test_broken_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct fake f = {.reply = broken[i].reply};
        struct send_report r;
        char url[64];
        void *t;

        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/x",
                       listen_here(&f.fd));
        assert_int_equal(pthread_create(&f.thread, NULL, fake_run, &f), 0);
        t = open_with((struct option_value[]){
            {"url", url}, {"insecure_http", "true"}, {0}});
        https()->send(t, &two, 3000, &r);
        if (r.result != broken[i].result || r.pause != broken[i].pause)
            fail_msg("%s: result %d pause %d: %s", broken[i].name,
                     (int)r.result, r.pause, r.text);
        https()->close(t);
        (void)shutdown(f.fd, SHUT_RDWR);
        (void)pthread_join(f.thread, NULL);
        (void)close(f.fd);
    }
}

/* ---- handshakes that come to nothing */

enum cut { CUT_AT_ONCE, CUT_RESET, CUT_AFTER_HELLO, CUT_PLAINTEXT };

struct cutter {
    int fd;
    enum cut how;
    pthread_t thread;
};

static void *
cut_run(void *arg)
{
    const struct linger now = {1, 0};
    struct cutter *c = arg;
    char in[4096];
    int fd;

    while ((fd = accept(c->fd, NULL, NULL)) >= 0) {
        if (c->how != CUT_AT_ONCE)
            (void)recv(fd, in, sizeof(in), 0);
        if (c->how == CUT_PLAINTEXT)
            (void)send(fd, "HTTP/1.1 400 x\r\n\r\n", 18, MSG_NOSIGNAL);
        if (c->how == CUT_RESET)
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        (void)close(fd);
    }
    return NULL;
}

/* A receiver that goes down in the middle of a handshake comes back by itself;
 * one that speaks no TLS wants a person. */
static void
test_cut_handshakes(void **state)
{
    static const struct {
        const char *name;
        enum cut how;
        bool pause;
    } rows[] = {{"closed at once", CUT_AT_ONCE, false},
                {"reset", CUT_RESET, false},
                {"closed behind the hello", CUT_AFTER_HELLO, false},
                {"no TLS", CUT_PLAINTEXT, true}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cutter c = {.how = rows[i].how};
        struct send_report r;
        char url[64];
        void *t;

        (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/x",
                       listen_here(&c.fd));
        assert_int_equal(pthread_create(&c.thread, NULL, cut_run, &c), 0);
        t = open_with((struct option_value[]){
            {"url", url}, {"ca", pem("ca", "crt")}, {0}});
        https()->send(t, &two, 3000, &r);
        if (r.result != SEND_DOWN || r.pause != rows[i].pause)
            fail_msg("%s: result %d pause %d: %s", rows[i].name, (int)r.result,
                     r.pause, r.text);
        https()->close(t);
        (void)shutdown(c.fd, SHUT_RDWR);
        (void)pthread_join(c.thread, NULL);
        (void)close(c.fd);
    }
}

static int
set_up(void **state)
{
    (void)state;
    certs_make(&certs);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    certs_remove(&certs);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_and_gzip),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_slow_answer),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_cut_handshakes),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
