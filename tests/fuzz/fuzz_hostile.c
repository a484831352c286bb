/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_steps */
/* A hostile server under the tests of roles http_server and function_server: the
 * bytes of the input are its answer on one connection, judged by the expectation
 * of a test of the catalogue. Neither crashes nor hangs, always a verdict. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/steps/http.h"

#define EXPECTS_MAX 2048

static struct run run;
static struct bench bench;
static const struct ledger_step *expects[EXPECTS_MAX];
static const struct ledger_test *tests[EXPECTS_MAX];
static size_t count;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
note_steps(const struct ledger_test *t)
{
    for (size_t i = 0; i < t->steps && count < EXPECTS_MAX; i++) {
        if (strcmp(t->step[i].op, "http.expect") != 0)
            continue;
        tests[count] = t;
        expects[count++] = &t->step[i];
    }
}

static void
prepare(void)
{
    struct diag diag;

    diag_init(&diag);
    run.ledger = ledger_load(NULL, &diag);
    if (run.ledger == NULL)
        abort();
    diag_free(&diag);
    bench.run = &run;
    bench.role = role_find("http_server");
    bench.seed = 1;
    bench.wait_ms = 50;
    (void)strcpy(bench.token, "0123456789abcdef");
    (void)pthread_mutex_init(&bench.lock, NULL);
    for (size_t i = 0; i < run.ledger->tests; i++) {
        const struct ledger_test *t = &run.ledger->test[i];

        if (strcmp(t->role, "http_server") == 0 ||
            strcmp(t->role, "function_server") == 0)
            note_steps(t);
    }
    if (count == 0)
        abort();
}

/* What the test would have set by its own sending. */
static void
set_names(struct session *s)
{
    static const char *const names[] = {
        "seed.id",       "seed.last_id", "seed.msg_id", "request.id",
        "request.nonce", "sent.body",    "rid",         "tid",
        "first",         "data",         "doc",         "old",
        "long"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        session_set(s, names[i], BYTES("x"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session *s = calloc(1, sizeof *s);
    struct http *h;
    enum verdict v;
    size_t which;
    int pair[2];

    if (count == 0)
        prepare();
    if (s == NULL || size < 4 || size > 60000 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        free(s);
        return 0;
    }
    which = ((size_t)data[0] << 8 | data[1]) % count;
    session_open(s, &bench, tests[which], 1, 1000);
    set_names(s);
    h = http_of(s);
    h->exs = 1;
    h->ex[0] = (struct http_exchange){.conn = {.fd = pair[0], .alert = -1},
                                      .awaited = 1 + (data[2] & 3),
                                      .head = (data[2] & 4) != 0};
    if (send(pair[1], data + 3, size - 3, MSG_NOSIGNAL) < 0)
        abort();
    (void)close(pair[1]);
    v = step_op_find("http.expect", NULL)->run(s, expects[which]);
    if (v == VERDICT_NONE || v >= VERDICT_COUNT || v == VERDICT_ERROR)
        abort(); /* a reply is never the tester's fault */
    if (v == VERDICT_FAIL && s->expected[0] == '\0')
        abort();
    session_close(s);
    free(s);
    return 0;
}
