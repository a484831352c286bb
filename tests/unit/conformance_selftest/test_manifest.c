/* SPDX-License-Identifier: Apache-2.0 */
/* The list of products: what it says is read, what is wrong in it is named with
 * its place; and the pool that runs commands: exit statuses, output, limits. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conformance/selftest/manifest.h"
#include "conformance/selftest/pool.h"

static char folder[64];

static void
put(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static struct manifest *
load(const char *peers, const char *mutants, struct diag *diag)
{
    char path[128];

    put("peers.yaml", peers);
    put("m.yaml", mutants);
    (void)snprintf(path, sizeof path, "%s/peers.yaml", folder);
    return manifest_load(path, diag);
}

static int
begin(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/test manifest.XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
end(void **state)
{
    static const char *const names[] = {"peers.yaml", "m.yaml"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

#define HEAD "kind: peers\nid: p\nversion: 0.1.0\nmutants: [m.yaml]\n"
#define PEERS                                                                   \
    HEAD                                                                        \
        "peers:\n"                                                              \
        "  - {id: py, command: \"run {peers}/x\", roles: [http_server], dumb: " \
        "[silent], advised: [T-1]}\n"                                           \
        "arguments:\n"                                                          \
        "  - {role: http_server, text: \"--listen {host}\"}\n"                  \
        "  - {role: http_server, variant: mtls, text: \"--mtls\", set: "        \
        "[\"mtls=yes\"], only: [py]}\n"
#define MUTANT(more)                                                           \
    "kind: mutants\nid: m\nversion: 0.1.0\nmutants:\n"                         \
    "  - {id: f-1, peer: py, role: http_server, rid: A-1, site: status, "      \
    "class: wrong_value, operator: o, description: d, set: held_out" more      \
    "}\n"

static void
reading(void **state)
{
    struct diag diag;
    struct buf out = {0};
    struct manifest *m;

    (void)state;
    diag_init(&diag);
    m = load(PEERS, MUTANT(", variant: mtls"), &diag);
    assert_non_null(m);
    assert_int_equal(m->peers, 1);
    assert_int_equal(m->roles, 2);
    assert_int_equal(m->mutants, 1);
    assert_string_equal(m->peer[0].dumb[0], "silent");
    assert_null(m->peer[0].dumb[1]);
    assert_string_equal(m->peer[0].advised[0], "T-1");
    assert_string_equal(m->mutant[0].variant, "mtls");
    assert_string_equal(m->mutant[0].class, "wrong_value");
    assert_true(m->mutant[0].held_out);
    assert_ptr_equal(manifest_peer(m, "py"), &m->peer[0]);
    assert_null(manifest_peer(m, "p"));
    assert_ptr_equal(manifest_call(m, "http_server", ""), &m->role[0]);
    assert_ptr_equal(manifest_call(m, "http_server", "mtls"), &m->role[1]);
    assert_null(manifest_call(m, "zmq_sub", ""));
    assert_string_equal(m->role[1].set[0], "mtls=yes");
    /* the folder has a space in its name: the shell must not see it */
    assert_true(
        manifest_command(&m->peer[0], &m->role[1], "--fault f-1", &out));
    assert_non_null(strstr(buf_cstr(&out), "/test\\ manifest."));
    assert_non_null(strstr(buf_cstr(&out), "/x --mtls --fault f-1"));
    buf_free(&out);
    manifest_free(m);
    manifest_free(NULL);
    diag_free(&diag);
}

static void
broken(void **state)
{
    static const struct {
        const char *peers, *mutants, *says;
    } rows[] = {
        {PEERS, MUTANT(", variant: curve"), "no variant 'curve'"},
        {PEERS, MUTANT(", colour: red"), "colour"},
        {PEERS,
         "kind: mutants\nmutants:\n  - {id: f-1, peer: node, role: "
         "http_server, rid: A, site: s}\n",
         "no peer 'node'"},
        {PEERS,
         "kind: mutants\nmutants:\n  - {id: f-1, peer: py, role: "
         "zmq_sub, rid: A, site: s}\n",
         "role 'zmq_sub'"},
        {HEAD "peers:\n  - {id: py, commando: x}\n", MUTANT(""), "commando"},
        {"peers: [", MUTANT(""), "peers.yaml"},
        {PEERS, "mutants: {", "m.yaml"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct diag diag;
        bool said = false;

        diag_init(&diag);
        if (load(rows[i].peers, rows[i].mutants, &diag) != NULL)
            fail_msg("row %zu is taken", i);
        for (const struct diag_item *d = diag.first; d != NULL; d = d->next)
            said |= strstr(d->text, rows[i].says) != NULL ||
                    strstr(d->file, rows[i].says) != NULL;
        if (!said)
            fail_msg("row %zu: nobody says %s", i, rows[i].says);
        diag_free(&diag);
    }
}

static void
no_file(void **state)
{
    struct diag diag;

    (void)state;
    diag_init(&diag);
    assert_null(manifest_load("/nowhere/peers.yaml", &diag));
    assert_int_equal(diag.errors, 1);
    diag_free(&diag);
}

/* ---- the pool */

struct seen {
    unsigned done;
    bool late;
};

static void
on_done(void *ctx, const struct pool_job *j)
{
    struct seen *s = ctx;

    s->done++;
    s->late |= j->late;
}

static void
commands(void **state)
{
    static const char *const argv[][4] = {
        {"/bin/sh", "-c", "echo out; exit 3", NULL},
        {"/bin/sh", "-c", "printf %s \"$POOL_TEST\"", NULL},
        {"/bin/sh", "-c", "kill -9 $$", NULL},
        {"/bin/sh", "-c", "cat; echo end", NULL}, /* its input is empty */
        {"/nowhere/program", NULL, NULL, NULL},
    };
    struct pool_job j[5];
    struct seen seen = {0};
    struct err err = {0};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        j[i] = (struct pool_job){.argv = argv[i], .limit_ms = 60000};
    j[1].variable = "POOL_TEST=given";
    assert_int_equal(pool_run(j, 5, 2, NULL, on_done, &seen, &err), ERR_OK);
    assert_int_equal(seen.done, 5);
    assert_false(seen.late);
    assert_int_equal(j[0].status, 3);
    assert_string_equal(buf_cstr(&j[0].out), "out\n");
    assert_string_equal(buf_cstr(&j[1].out), "given");
    assert_int_equal(j[2].status, 128 + 9);
    assert_string_equal(buf_cstr(&j[3].out), "end\n");
    assert_int_equal(j[4].status, 127);
    for (size_t i = 0; i < 5; i++)
        buf_free(&j[i].out);
}

/* One that does not end is ended, with what it started. */
static void
limits(void **state)
{
    static const char *const argv[] = {"/bin/sh", "-c", "sleep 600 & sleep 600",
                                       NULL};
    struct pool_job j = {.argv = argv, .limit_ms = 50};
    struct seen seen = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(pool_run(&j, 1, 1, NULL, on_done, &seen, &err), ERR_OK);
    assert_true(j.late && seen.late);
    assert_int_not_equal(j.status, 0);
    buf_free(&j.out);
}

/* One that is killed cannot end what it started: that must not stay. */
static void
orphans(void **state)
{
    static const char *const argv[] = {
        "/bin/sh", "-c",
        "setsid sh -c 'sleep 600 & echo $!; echo $$; exec >&-; wait' & "
        "sleep 0.5; kill -9 $$",
        NULL};
    struct pool_job j = {.argv = argv, .limit_ms = 60000};
    struct seen seen = {0};
    struct err err = {0};
    char *end;
    long first, second;

    (void)state;
    assert_int_equal(pool_run(&j, 1, 1, NULL, on_done, &seen, &err), ERR_OK);
    assert_int_equal(j.status, 128 + SIGKILL);
    first = strtol(buf_cstr(&j.out), &end, 10);
    second = strtol(end, NULL, 10);
    assert_true(first > 1 && second > 1);
    assert_int_equal(kill((pid_t)first, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(kill((pid_t)second, 0), -1);
    assert_int_equal(errno, ESRCH);
    buf_free(&j.out);
}

static void
stopping(void **state)
{
    static const char *const argv[] = {"/bin/true", NULL};
    const volatile sig_atomic_t stop = 1;
    struct pool_job j[2] = {{.argv = argv, .limit_ms = 1000},
                            {.argv = argv, .limit_ms = 1000}};
    struct seen seen = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(pool_run(j, 2, 1, &stop, on_done, &seen, &err), ERR_OK);
    assert_int_equal(seen.done, 0);
    for (size_t i = 0; i < 2; i++)
        buf_free(&j[i].out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading), cmocka_unit_test(broken),
        cmocka_unit_test(no_file), cmocka_unit_test(commands),
        cmocka_unit_test(limits),  cmocka_unit_test(orphans),
        cmocka_unit_test(stopping)};

    return cmocka_run_group_tests(tests, begin, end);
}
