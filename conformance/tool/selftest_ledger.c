/* SPDX-License-Identifier: Apache-2.0 */
/* selftest, catalogue: each deletion from it, and who notices. One process for
 * each processor: they share nothing but what they read. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/roles/coverage.h"
#include "conformance/selftest/mutate.h"
#include "conformance/tool/selftest.h"
#include "formats/base/text.h"

#define WORKERS_MAX 16

struct task {
    const struct command_context *c;
    const struct checker *checker;
    size_t covered; /* requirements with both tests, of the whole catalogue */
    struct bytes baseline;
    size_t every; /* one of so many deletions */
    unsigned width;
    const volatile sig_atomic_t *stop;
};

/* What a worker writes: less than PIPE_BUF, so they do not mix. */
struct outcome {
    enum mutate_class class;
    enum mutate_noticed who;
    char what[64];
};

struct tally {
    size_t tried, by[MUTATE_BY_BASELINE + 1];
};

/* ---- a worker */

static enum err_code
try_one(const struct task *t, enum mutate_class k, size_t i,
        struct outcome *out, struct err *err)
{
    struct mutate m;
    enum err_code code = mutate_make(t->c->ledger, k, i, &m, err);

    if (code != ERR_OK)
        return code;
    out->class = k;
    out->who = MUTATE_UNNOTICED;
    code = mutate_judge(&m, t->c->standard, t->checker, t->covered, t->baseline,
                        &out->who, err);
    text_copy(out->what, sizeof out->what, bytes_str(m.what));
    mutate_free(&m);
    return code;
}

/* Its share: every deletion whose number leaves ${me}. */
static int
work(const struct task *t, unsigned me, int fd)
{
    struct outcome o = {0};
    struct err err = {0};
    size_t nth = 0;

    for (int k = 0; k < MUTATE_CLASSES; k++) {
        size_t all = mutate_count(t->c->ledger, (enum mutate_class)k);

        /* Each class begins elsewhere, so that a sample is not of first rows. */
        for (size_t i = (size_t)k * 7 % t->every; i < all; i += t->every) {
            if (*t->stop != 0)
                return EXIT_UNDECIDED;
            if (nth++ % t->width != me)
                continue;
            if (try_one(t, (enum mutate_class)k, i, &o, &err) != ERR_OK)
                return command_fail(t->c, EXIT_TOOL, &err);
            if (write(fd, &o, sizeof o) != (ssize_t)sizeof o)
                return EXIT_TOOL;
        }
    }
    return EXIT_PASSED;
}

/* ---- the parent */

static void
put_deletion(const struct command_context *c, const struct outcome *o,
             struct buf *out)
{
    if (c->json)
        command_row(out, "part", "ledger", "unnoticed", mutate_name(o->class),
                    "of", o->what, NULL);
    else
        buf_printf(out, "! %s: %s %s\n",
                   command_say(c, "删除未被发现", "deletion not noticed"),
                   mutate_name(o->class), o->what);
}

static void
put_tally(const struct command_context *c, const char *name,
          const struct tally *t, struct buf *out)
{
    char n[6][24];

    (void)snprintf(n[0], sizeof n[0], "%zu", t->tried);
    for (size_t i = 0; i < 5; i++)
        (void)snprintf(n[i + 1], sizeof n[i + 1], "%zu", t->by[i]);
    if (c->json)
        command_row(out, "part", "ledger", "deleted", name, "#tried", n[0],
                    "#lint", n[2], "#documents", n[3], "#coverage", n[4],
                    "#baseline", n[5], "#unnoticed", n[1], NULL);
    else
        buf_printf(out, "%-12s %6s %6s %6s %9s %9s %10s\n", name, n[0], n[2],
                   n[3], n[4], n[5], n[1]);
}

static void
progress(const struct task *t, size_t done)
{
    if (!t->c->quiet && done % 100 == 0)
        (void)fprintf(stderr, "\r%s %zu",
                      command_say(t->c, "删除", "deletions"), done);
}

/* Until the last worker closed its end. */
static void
collect(const struct task *t, int fd, struct tally tally[MUTATE_CLASSES],
        struct buf *lost)
{
    struct outcome o;
    size_t done = 0;

    for (;;) {
        ssize_t n = read(fd, &o, sizeof o);

        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof o)
            break;
        tally[o.class].tried++;
        tally[o.class].by[o.who]++;
        if (o.who == MUTATE_UNNOTICED)
            put_deletion(t->c, &o, lost);
        progress(t, ++done);
    }
    if (!t->c->quiet)
        (void)fputs("\r\033[K", stderr);
}

/* The worst exit status of the workers. */
static int
reap(const pid_t *pid, unsigned n)
{
    int worst = EXIT_PASSED;

    for (unsigned i = 0; i < n; i++) {
        int status = 0;

        while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
            ;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_PASSED)
            worst = EXIT_TOOL;
    }
    return worst;
}

static int
try_all(const struct task *t, struct tally tally[MUTATE_CLASSES],
        struct buf *lost)
{
    pid_t pid[WORKERS_MAX];
    unsigned n = 0;
    int fd[2], worst;

    if (pipe(fd) != 0)
        return EXIT_TOOL;
    (void)fflush(NULL); /* or a worker would print it once more */
    for (; n < t->width; n++) {
        pid[n] = fork();
        if (pid[n] < 0)
            break;
        if (pid[n] == 0) {
            (void)close(fd[0]);
            _exit(work(t, n, fd[1]));
        }
    }
    (void)close(fd[1]);
    collect(t, fd[0], tally, lost);
    (void)close(fd[0]);
    worst = reap(pid, n);
    return n == t->width ? worst : EXIT_TOOL;
}

static int
report(const struct command_context *c, const struct tally *tally,
       struct buf *lost, struct buf *out)
{
    struct tally all = {0};

    if (!c->json)
        buf_str(out,
                command_say(c,
                            "删去          次数  lint  样例    覆盖率    "
                            "基线      未发现\n",
                            "deleted       tried   lint  documents  coverage  "
                            "baseline  unnoticed\n"));
    for (int k = 0; k < MUTATE_CLASSES; k++) {
        put_tally(c, mutate_name((enum mutate_class)k), &tally[k], out);
        all.tried += tally[k].tried;
        for (size_t i = 0; i <= MUTATE_BY_BASELINE; i++)
            all.by[i] += tally[k].by[i];
    }
    put_tally(c, "all", &all, out);
    buf_bytes(out, buf_view(lost));
    return all.by[MUTATE_UNNOTICED] > 0 || all.tried == 0 ? EXIT_FAILED
                                                          : EXIT_PASSED;
}

static size_t
one_of(const struct ledger *l, size_t sample)
{
    size_t total = 0;

    for (int k = 0; k < MUTATE_CLASSES; k++)
        total += mutate_count(l, (enum mutate_class)k);
    return sample > 0 && total > sample ? total / sample : 1;
}

int
selftest_ledger(struct command_context *c, const struct selftest_options *o,
                struct buf *out)
{
    struct err err = {0};
    struct coverage v = {0};
    struct buf baseline = {0}, lost = {0};
    struct tally tally[MUTATE_CLASSES] = {{0}};
    struct checker *checker = checker_new(c->standard, CHECK_STRICT, &err);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct task t = {.c = c,
                     .checker = checker,
                     .every = one_of(c->ledger, o->sample),
                     .stop = o->stop};
    enum err_code code = checker ? ERR_OK : err.code;
    int status;

    t.width = cpus < 1 ? 1 : cpus > WORKERS_MAX ? WORKERS_MAX : (unsigned)cpus;
    if (code == ERR_OK)
        code = coverage_find(c->ledger, c->standard, &v, &err);
    if (code == ERR_OK)
        code = coverage_baseline(c, NULL, &baseline, &err);
    t.covered = v.covered;
    t.baseline = buf_view(&baseline);
    status = code == ERR_OK ? try_all(&t, tally, &lost)
                            : command_fail(c, EXIT_TOOL, &err);
    if (status == EXIT_PASSED)
        status = report(c, tally, &lost, out);
    coverage_free(&v);
    buf_free(&baseline);
    buf_free(&lost);
    checker_free(checker);
    return status;
}
