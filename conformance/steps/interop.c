/* SPDX-License-Identifier: Apache-2.0 */
/* See interop.h: the products file and the pairs. */
#include "conformance/steps/interop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "conformance/ledger/folder.h"
#include "conformance/wire/bound.h"
#include "conformance/wire/kafka_mock.h"
#include "formats/base/yaml.h"

#define READY_MS  15000 /* for a consumer to listen */
#define FIRST_MS  15000 /* for the first record of a producer */
#define QUIET_MS  400   /* without a byte: all has gone over */
#define STORED_MS 3000  /* for the consumer to store what it has */
#define GROUP_MS  15000 /* the same, for a group that has to come together */
#define SECONDS   2
#define FILE_MAX  ((size_t)1 << 20)   /* of a products file */
#define STORE_MAX ((size_t)256 << 20) /* of what a consumer stored */

/* Who can speak with whom. ${command}: what goes over has no {store}: the
 * answers count. */
static const struct match {
    const char *producer, *consumer, *transport;
    const char *scheme; /* when the row of a product names none */
    bool command;
} matches[] = {
    {"http_client", "http_server", "http", "http", false},
    {"function_client", "function_server", "function", "http", true},
    {"syslog_sender", "syslog_receiver", "syslog", "tcp", false},
    {"zmq_pub", "zmq_sub", "zmq", "pub", false},
    {"zmq_push", "zmq_sub", "zmq", "push", false},
    {"zmq_dealer", "zmq_sub", "zmq", "dealer", false},
    {"kafka_producer", "kafka_consumer", "kafka", "tcp", false},
};

/* ---- the products file */

static const char *
default_scheme(const char *role, const char *exec)
{
    for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        const struct match *m = &matches[i];

        if (strcmp(role, m->producer) != 0 && strcmp(role, m->consumer) != 0)
            continue;
        if (strcmp(m->scheme, "http") == 0)
            return strstr(exec, "{ca}") || strstr(exec, "{cert}") ? "https"
                                                                  : "http";
        return m->scheme;
    }
    return NULL;
}

static void
load_product(struct interop *m, struct yaml_file *f, struct yaml_node *n)
{
    static const char *const known[] = {"id", "role", "exec", "scheme", NULL};
    struct interop_product *p = &m->product[m->products];
    const char *role;

    if (n->type != YAML_MAP || m->products == INTEROP_PRODUCTS_MAX) {
        yaml_error(f, n,
                   "a product is a map of id, role, exec and scheme, at "
                   "most 64 of them");
        return;
    }
    if (!yaml_need(f, n, "id") || !yaml_need(f, n, "role") ||
        !yaml_need(f, n, "exec"))
        return;
    p->id = yaml_str(f, n, "id", "");
    p->exec = yaml_str(f, n, "exec", "");
    role = yaml_str(f, n, "role", "");
    p->role = role_find(role);
    p->scheme = yaml_str(f, n, "scheme", default_scheme(role, p->exec));
    yaml_unused(f, n, known);
    if (p->role == NULL || p->scheme == NULL)
        yaml_error(f, n, "role '%s' has no counterpart in a matrix", role);
    else
        m->products++;
}

bool
interop_load(const char *path, struct interop *m, struct diag *diag)
{
    static const char *const known[] = {"kind",    "id",       "version",
                                        "seconds", "products", NULL};
    struct yaml_file f = {.name = path, .arena = &m->arena, .diag = diag};
    struct buf text = {0};
    struct err err = {0};
    struct yaml_node *root = NULL, *list;
    struct bytes kept;

    if (folder_slurp(path, FILE_MAX, &text, &err) != ERR_OK) {
        diag_add(diag, DIAG_ERROR, path, 0, 0, "%s", err.msg);
        buf_free(&text);
        return false;
    }
    kept = arena_copy(&m->arena, buf_view(&text));
    buf_free(&text);
    if (kept.data != NULL)
        root = yaml_parse(path, kept, &m->arena, diag);
    if (root == NULL)
        return false;
    if (strcmp(yaml_str(&f, root, "kind", ""), "interop-products") != 0)
        yaml_error(&f, root, "kind is not interop-products");
    (void)yaml_str(&f, root, "id", "");
    (void)yaml_str(&f, root, "version", "");
    m->seconds = (unsigned)yaml_int(&f, root, "seconds", 1, 600, SECONDS);
    list = yaml_list(&f, root, "products");
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next)
        load_product(m, &f, n);
    yaml_unused(&f, root, known);
    return diag->errors == 0;
}

void
interop_free(struct interop *m)
{
    if (m == NULL)
        return;
    arena_free(&m->arena);
    free(m);
}

/* ---- one pair */

struct pair {
    struct bench *b;
    struct interop_cell *cell;
    const struct match *match;
    struct product producer, consumer;
    struct interop_relay *relay;
    struct kafka_mock *broker; /* of Kafka in place of a relay */
    struct interop_set sent, stored;
    char dir[300];
};

static bool
stopped(const struct bench *b)
{
    return b->run->stop != NULL && *b->run->stop != 0;
}

static bool
fail(struct pair *p, const char *who, const char *what)
{
    p->cell->result = INTEROP_FAIL;
    (void)snprintf(p->cell->why, sizeof p->cell->why, "%s: %.120s", who, what);
    return false;
}

static bool
wait_listening(struct pair *p, unsigned port)
{
    const struct wire_until until = {wire_now_ms() + READY_MS, p->b->run->stop};
    bool datagrams = strcmp(p->cell->consumer->scheme, "udp") == 0, known;

    while (wire_left(&until) > 0) {
        struct wire_conn c;
        bool up = datagrams
                      ? wire_bound(port, &known)
                      : wire_connect(&c, "127.0.0.1", port, &until) == WIRE_OK;

        if (!datagrams)
            wire_close(&c);
        if (!product_alive(&p->consumer))
            return fail(p, "consumer", "it ended before it listened");
        if (up)
            return true;
        wire_sleep(20, &until);
    }
    return fail(p, "consumer", "it does not listen");
}

/* A broker needs no relay: what it has is what was sent. */
static bool
turn(struct pair *p, unsigned ms)
{
    struct kafka_record r;

    if (p->relay != NULL)
        return interop_relay_turn(p->relay, ms);
    if (kafka_mock_poll(p->broker, &r, ms) != ERR_OK)
        return false;
    (void)interop_document(&p->sent, r.value);
    return true;
}

/* Turn the relay until ${ms} have gone by without a byte, at most until. */
static void
drain(struct pair *p, unsigned quiet_ms, int64_t until)
{
    int64_t last = wire_now_ms();

    while (wire_now_ms() < until && wire_now_ms() - last < quiet_ms &&
           !stopped(p->b)) {
        if (turn(p, 5))
            last = wire_now_ms();
    }
}

static void
let_them_talk(struct pair *p, unsigned seconds)
{
    int64_t first = wire_now_ms() + FIRST_MS, end = INT64_MAX;

    while (wire_now_ms() < first && wire_now_ms() < end && !stopped(p->b) &&
           product_alive(&p->consumer)) {
        if (turn(p, 5) && end == INT64_MAX)
            end = wire_now_ms() + (int64_t)seconds * 1000;
        if (end != INT64_MAX)
            first = INT64_MAX;
        if (!product_alive(&p->producer))
            break;
    }
    product_signal(&p->producer, SIGTERM);
    drain(p, QUIET_MS, wire_now_ms() + 5000);
    product_end(&p->producer);
    drain(p, QUIET_MS, wire_now_ms() + 2000);
}

static void
read_store(struct pair *p)
{
    struct buf text = {0};
    struct err err;
    struct bytes rest;

    interop_set_free(&p->stored);
    if (folder_slurp(p->consumer.store, STORE_MAX, &text, &err) == ERR_OK) {
        for (rest = buf_view(&text); rest.len > 0;) {
            size_t n = bytes_find(rest, '\n');

            (void)interop_document(&p->stored, bytes_upto(rest, n));
            rest = bytes_from(rest, n + 1);
        }
    }
    buf_free(&text);
}

static void
wait_stored(struct pair *p)
{
    const struct wire_until until = {
        wire_now_ms() + (p->broker != NULL ? GROUP_MS : STORED_MS),
        p->b->run->stop};

    for (;;) {
        struct interop_cell try = {.sent = 0};

        read_store(p);
        interop_compare(&p->sent, &p->stored, &try);
        if (try.lost == 0 || wire_left(&until) == 0)
            return;
        wire_sleep(100, &until);
    }
}

static void
judge(struct pair *p)
{
    struct interop_cell *c = p->cell;

    if (p->relay != NULL)
        interop_relay_count(p->relay, &p->sent, c->why, sizeof c->why);
    if (p->match->command) { /* an answer of success is the effect */
        interop_compare(&p->sent, &p->sent, c);
        c->doubled = c->changed = 0;
        c->result = c->sent > 0 ? INTEROP_PASS : INTEROP_FAIL;
    } else {
        wait_stored(p);
        interop_compare(&p->sent, &p->stored, c);
    }
    if (c->result != INTEROP_FAIL)
        c->why[0] = '\0';
    else if (c->why[0] == '\0')
        (void)snprintf(c->why, sizeof c->why, "%s",
                       c->sent == 0     ? "no record came over"
                       : c->stored == 0 ? "nothing was stored"
                       : c->doubled > 0 ? "records were stored twice"
                                        : "records were changed");
}

static bool
launch(struct pair *p, struct product *x, const struct interop_product *row,
       const char *name, unsigned port, bool listens)
{
    char dir[sizeof p->dir + 16];
    struct bench_launch l = {row->exec, dir, row->scheme, port, 0, listens};
    struct err err = {0};

    (void)snprintf(dir, sizeof dir, "%s/%s", p->dir, name);
    return bench_launch(p->b, x, &l, &err) == ERR_OK || fail(p, name, err.msg);
}

static bool
open_relay(struct pair *p, unsigned port, unsigned to)
{
    struct err err = {0};

    p->relay = interop_relay_open(p->b, p->cell, port, to, &err);
    return p->relay != NULL || fail(p, "relay", err.msg);
}

static bool
open_broker(struct pair *p, unsigned port)
{
    struct err err = {0};

    p->broker = kafka_mock_open(port, "interconn", &err);
    return p->broker != NULL || fail(p, "broker", err.msg);
}

static void
run_pair(struct pair *p, unsigned seconds)
{
    unsigned to = bench_port(p->b), port = bench_port(p->b);
    bool kafka = strcmp(p->match->transport, "kafka") == 0;

    if (kafka ? open_broker(p, port) &&
                    launch(p, &p->consumer, p->cell->consumer, "consumer", port,
                           false) &&
                    launch(p, &p->producer, p->cell->producer, "producer", port,
                           false)
              : launch(p, &p->consumer, p->cell->consumer, "consumer", to,
                       true) &&
                    wait_listening(p, to) && open_relay(p, port, to) &&
                    launch(p, &p->producer, p->cell->producer, "producer", port,
                           false)) {
        let_them_talk(p, seconds);
        judge(p);
    }
    product_end(&p->producer);
    product_end(&p->consumer);
    interop_relay_close(p->relay);
    kafka_mock_close(p->broker);
    interop_set_free(&p->sent);
    interop_set_free(&p->stored);
}

/* ---- all pairs */

static const struct match *
match_of(const struct interop_product *a, const struct interop_product *b)
{
    for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        if (strcmp(a->role->name, matches[i].producer) == 0 &&
            strcmp(b->role->name, matches[i].consumer) == 0 &&
            strcmp(a->scheme, b->scheme) == 0)
            return &matches[i];
    }
    return NULL;
}

static size_t
count_pairs(const struct interop *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->products; i++) {
        for (size_t k = 0; k < m->products; k++)
            n += match_of(&m->product[i], &m->product[k]) != NULL;
    }
    return n;
}

void
interop_run(struct bench *b, struct interop *m,
            void (*progress)(void *ctx, size_t done, size_t of), void *ctx)
{
    size_t of = count_pairs(m);

    for (size_t i = 0; i < m->products * m->products; i++) {
        const struct interop_product *a = &m->product[i / m->products];
        const struct interop_product *c = &m->product[i % m->products];
        struct pair p = {.b = b, .match = match_of(a, c)};

        if (p.match == NULL || m->cells == INTEROP_CELLS_MAX || stopped(b))
            continue;
        p.cell = &m->cell[m->cells++];
        p.cell->producer = a;
        p.cell->consumer = c;
        p.cell->transport = p.match->transport;
        (void)snprintf(p.dir, sizeof p.dir, "%.200s/pair-%zu", b->dir,
                       m->cells);
        if (mkdir(p.dir, 0700) != 0 && errno != EEXIST) {
            (void)fail(&p, "tester", "no folder for the pair");
            continue;
        }
        run_pair(&p, m->seconds);
        if (progress != NULL)
            progress(ctx, m->cells, of);
    }
}
