/* SPDX-License-Identifier: Apache-2.0 */
/* A catalogue written by a test, a tiny HTTP server with chosen behaviour by
 * path, and a bench over both. */
#ifndef TESTS_ENGINE_H
#define TESTS_ENGINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/steps/session_in.h"
#include "conformance/wire/conn.h"

/* Paths: /200 /202 /400 (bare) /400code /403 /close /reset /silent /flaky (200,
 * then 400, ...) /garbage /dies (200, from then on everything is closed)
 * /freeze (the whole process stands still, then close; 200 from the third on)
 * /icy (the same every time). */
struct engine_server {
    int fd;
    unsigned port;
    pthread_t thread;
    atomic_bool stop, dead;
    atomic_uint flaky, served, frozen;
};

static inline void
engine_say(int fd, unsigned status, const char *body)
{
    char text[300];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 %u X\r\nContent-Length: %zu\r\n\r\n%s", status,
                     strlen(body), body);

    (void)send(fd, text, (size_t)n, MSG_NOSIGNAL);
}

/* This process and all its threads stand still for 400 ms. */
static inline void
engine_freeze(void)
{
    pid_t me = getpid(), waker = fork();

    assert_true(waker >= 0);
    if (waker == 0) {
        (void)poll(NULL, 0, 400);
        (void)kill(me, SIGCONT);
        _exit(0);
    }
    (void)kill(me, SIGSTOP);
    (void)waitpid(waker, NULL, 0);
}

static inline void
engine_answer(struct engine_server *s, int fd, const char *path)
{
    const struct linger now = {1, 0};

    if (s->dead || strncmp(path, "/close", 6) == 0)
        return;
    if (strncmp(path, "/reset", 6) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    else if (strncmp(path, "/silent", 7) == 0)
        (void)poll(NULL, 0, 400);
    else if (strncmp(path, "/400code", 8) == 0)
        engine_say(fd, 400, "{\"code\":1004,\"n\":[1,\"a\"],\"s\":\"x\"}");
    else if (strncmp(path, "/flaky", 6) == 0)
        engine_say(fd, s->flaky++ % 2 == 0 ? 500 : 200, "{}");
    else if (strncmp(path, "/garbage", 8) == 0)
        (void)send(fd, "nonsense\r\n\r\n", 12, MSG_NOSIGNAL);
    else if (path[0] == '/' && path[1] >= '2' && path[1] <= '5')
        engine_say(fd, (unsigned)atoi(path + 1), "{}");
    if (strncmp(path, "/icy", 4) == 0)
        engine_freeze();
    if (strncmp(path, "/freeze", 7) == 0) {
        if (s->frozen++ < 2)
            engine_freeze();
        else
            engine_say(fd, 200, "{}");
    }
    if (strncmp(path, "/dies", 5) == 0) {
        engine_say(fd, 400, "{\"code\":1}");
        s->dead = true;
    }
}

static void *
engine_loop(void *arg)
{
    struct engine_server *s = arg;

    while (!s->stop) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        char in[4096] = "";
        ssize_t n;
        int fd;
        const char *path;

        if (poll(&p, 1, 20) <= 0)
            continue;
        fd = accept(s->fd, NULL, NULL);
        p.fd = fd;
        n = poll(&p, 1, 500) > 0 ? recv(fd, in, sizeof in - 1, 0) : 0;
        s->served++;
        path = n > 0 ? strchr(in, ' ') : NULL;
        if (path != NULL)
            engine_answer(s, fd, path + 1);
        (void)close(fd);
    }
    return NULL;
}

struct engine {
    char dir[64], target[64];
    struct engine_server server;
    struct ledger *ledger;
    struct run run;
    struct bench bench;
    char order[4096]; /* ids in the order they ended */
};

static inline void
engine_record(void *ctx, const struct bench_record *r)
{
    struct engine *e = ctx;
    size_t n = strlen(e->order);

    (void)snprintf(e->order + n, sizeof e->order - n, "%s ", r->test->id);
}

static inline void
engine_write(struct engine *e, const char *name, const char *text)
{
    char path[200];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", e->dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* ${tests}: the list of a tests file of role http_server. */
static inline void
engine_open(struct engine *e, const char *tests)
{
    static const char head[] =
        "kind: tests\nid: t\nversion: 0.1.0\nrole: http_server\nlists:\n"
        "  - id: http_server.liveness\n    steps:\n"
        "      - {op: http.send, path: /200}\n"
        "      - {op: http.expect, status: ['200']}\ntests:\n";
    struct diag diag;
    struct buf text = {0};
    struct err err = {0};

    memset(e, 0, sizeof *e);
    (void)strcpy(e->dir, "/tmp/hutong-engine-XXXXXX");
    assert_non_null(mkdtemp(e->dir));
    engine_write(e, "catalogue.yaml",
                 "kind: catalogue\nid: c\nversion: 0.1.0\n");
    buf_str(&text, head);
    buf_str(&text, tests);
    engine_write(e, "tests.yaml", buf_cstr(&text));
    engine_write(e, "corpus.yaml",
                 "kind: corpus\nid: c\nversion: 0.1.0\nbases:\n  - id: one\n"
                 "    of: alert\n    document: '{\"info_type\":\"alert\","
                 "\"general\":{\"alert_id\":\"al-1\",\"alert_name\":\"n\"}}'\n"
                 "cases: []\n");
    buf_free(&text);
    diag_init(&diag);
    e->ledger = ledger_load(e->dir, &diag);
    diag_print(&diag, &text);
    if (e->ledger == NULL)
        fail_msg("%s", buf_cstr(&text));
    step_lint(e->ledger, &diag);
    buf_free(&text);
    diag_free(&diag);
    e->server.fd = wire_listen("127.0.0.1", 0);
    e->server.port = wire_port(e->server.fd);
    assert_int_equal(
        pthread_create(&e->server.thread, NULL, engine_loop, &e->server), 0);
    (void)snprintf(e->target, sizeof e->target, "http://127.0.0.1:%u",
                   e->server.port);
    e->run.ledger = e->ledger;
    assert_int_equal(run_select(&e->run, "http_server", &err), ERR_OK);
    e->bench.run = &e->run;
    e->bench.o.target = e->target;
    e->bench.o.seed = 42;
    e->bench.o.jobs = 4;
    e->bench.record = engine_record;
    e->bench.ctx = e;
}

static inline void
engine_run(struct engine *e, const struct standard *s)
{
    struct err err = {0};

    e->run.standard = s;
    if (bench_open(&e->bench, "http_server", &err) != ERR_OK)
        fail_msg("%s: %s", err.where, err.msg);
    bench_run(&e->bench);
}

static inline const struct run_result *
engine_result(const struct engine *e, const char *id)
{
    for (size_t i = 0; i < e->run.results; i++) {
        if (strcmp(e->run.result[i].test->id, id) == 0)
            return &e->run.result[i];
    }
    fail_msg("no test %s", id);
    return NULL;
}

static inline void
engine_close(struct engine *e)
{
    char command[100];

    bench_close(&e->bench);
    e->server.stop = true;
    (void)pthread_join(e->server.thread, NULL);
    (void)close(e->server.fd);
    free(e->run.result);
    free(e->run.place);
    ledger_free(e->ledger);
    (void)snprintf(command, sizeof command, "rm -r %s", e->dir);
    assert_int_equal(system(command), 0);
}

#endif
