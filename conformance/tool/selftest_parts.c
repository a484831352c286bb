/* SPDX-License-Identifier: Apache-2.0 */
/* selftest, without products: rules, deletions from the catalogue, faults in the
 * tester itself. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance/roles/coverage.h"
#include "conformance/selftest/logic.h"
#include "conformance/selftest/mutate.h"
#include "conformance/selftest/pool.h"
#include "conformance/tool/selftest.h"
#include "conformance/verdict/fault.h"

#define FAULT_LIMIT_MS  300000
#define FAULT_DOCUMENTS "30" /* of the corpus, for each seeded fault */
#define FAULT_PRODUCTS  "6"

static void
number(char out[24], size_t n)
{
    (void)snprintf(out, 24, "%zu", n);
}

/* ---- rules */

static void
put_diag(const struct command_context *c, const struct diag *d, struct buf *out)
{
    for (const struct diag_item *i = d->first; i != NULL; i = i->next) {
        if (c->json)
            command_row(out, "part", "logic", "broken", i->text, NULL);
        else
            buf_printf(out, "! %s: %s\n", i->file, i->text);
    }
}

int
selftest_logic(struct command_context *c, const struct selftest_options *o,
               struct buf *out)
{
    struct diag diag;
    struct err err = {0};
    size_t rules, dumb = 0;
    char n[3][24];
    int code;

    (void)o;
    diag_init(&diag);
    rules = logic_verdicts(&diag);
    code = logic_dumb(c->ledger, c->standard, &diag, &dumb, &err) == ERR_OK
               ? EXIT_PASSED
               : command_fail(c, EXIT_TOOL, &err);
    if (code == EXIT_PASSED && diag.errors > 0)
        code = EXIT_FAILED;
    put_diag(c, &diag, out);
    number(n[0], rules);
    number(n[1], dumb);
    number(n[2], diag.errors);
    if (c->json)
        command_row(out, "part", "logic", "#rules", n[0], "#dumb_exports", n[1],
                    "#broken", n[2], NULL);
    else
        buf_printf(
            out,
            command_say(c, "结论规则 %s 条，无内容的导出 %s 种：%s 处不符\n",
                        "%s rules of verdicts, %s dumb exports: %s "
                        "broken\n"),
            n[0], n[1], n[2]);
    diag_free(&diag);
    return code;
}

/* ---- deletions */

struct tally {
    size_t tried, by[MUTATE_BY_BASELINE + 1];
};

static void
put_deletion(const struct command_context *c, enum mutate_class k,
             const struct mutate *m, struct buf *out)
{
    if (c->json)
        command_row(out, "part", "ledger", "unnoticed", mutate_name(k), "of",
                    m->what, NULL);
    else
        buf_printf(out, "! %s: %s %s\n",
                   command_say(c, "删除未被发现", "deletion not noticed"),
                   mutate_name(k), m->what);
}

static enum err_code
try_class(const struct command_context *c, enum mutate_class k,
          const struct checker *checker, size_t covered, struct bytes baseline,
          size_t every, const volatile sig_atomic_t *stop, struct tally *t,
          struct buf *out, struct err *err)
{
    size_t all = mutate_count(c->ledger, k);
    enum err_code code = ERR_OK;

    /* Each class begins elsewhere, so that a sample is not of first rows. */
    for (size_t i = (size_t)k * 7 % every;
         i < all && code == ERR_OK && *stop == 0; i += every) {
        enum mutate_noticed who = MUTATE_UNNOTICED;
        struct mutate m;

        code = mutate_make(c->ledger, k, i, &m, err);
        if (code != ERR_OK)
            break;
        code = mutate_judge(&m, c->standard, checker, covered, baseline, &who,
                            err);
        t->tried++;
        t->by[who]++;
        if (code == ERR_OK && who == MUTATE_UNNOTICED)
            put_deletion(c, k, &m, out);
        mutate_free(&m);
    }
    return code;
}

static void
put_tally(const struct command_context *c, const char *name,
          const struct tally *t, struct buf *out)
{
    char n[6][24];

    number(n[0], t->tried);
    for (size_t i = 0; i < 5; i++)
        number(n[i + 1], t->by[i]);
    if (c->json)
        command_row(out, "part", "ledger", "deleted", name, "#tried", n[0],
                    "#lint", n[2], "#documents", n[3], "#coverage", n[4],
                    "#baseline", n[5], "#unnoticed", n[1], NULL);
    else
        buf_printf(out, "%-12s %6s %6s %6s %9s %9s %10s\n", name, n[0], n[2],
                   n[3], n[4], n[5], n[1]);
}

static enum err_code
try_deletions(const struct command_context *c, const struct checker *checker,
              size_t covered, struct bytes baseline,
              const struct selftest_options *o, struct tally *all,
              struct buf *out, struct err *err)
{
    enum err_code code = ERR_OK;
    size_t total = 0, every;

    for (int k = 0; k < MUTATE_CLASSES; k++)
        total += mutate_count(c->ledger, (enum mutate_class)k);
    every = o->sample > 0 && total > o->sample ? total / o->sample : 1;
    if (!c->json)
        buf_str(out,
                command_say(c,
                            "删去          次数  lint  样例    覆盖率    "
                            "基线      未发现\n",
                            "deleted       tried   lint  documents  coverage  "
                            "baseline  unnoticed\n"));
    for (int k = 0; k < MUTATE_CLASSES && code == ERR_OK; k++) {
        struct tally t = {0};

        code = try_class(c, (enum mutate_class)k, checker, covered, baseline,
                         every, o->stop, &t, out, err);
        put_tally(c, mutate_name((enum mutate_class)k), &t, out);
        all->tried += t.tried;
        for (size_t i = 0; i <= MUTATE_BY_BASELINE; i++)
            all->by[i] += t.by[i];
    }
    return code;
}

int
selftest_ledger(struct command_context *c, const struct selftest_options *o,
                struct buf *out)
{
    struct err err = {0};
    struct coverage v = {0};
    struct buf baseline = {0};
    struct tally all = {0};
    struct checker *checker = checker_new(c->standard, CHECK_STRICT, &err);
    enum err_code code = checker ? ERR_OK : err.code;

    if (code == ERR_OK)
        code = coverage_find(c->ledger, c->standard, &v, &err);
    if (code == ERR_OK)
        code = coverage_baseline(c, NULL, &baseline, &err);
    if (code == ERR_OK)
        code = try_deletions(c, checker, v.covered, buf_view(&baseline), o,
                             &all, out, &err);
    put_tally(c, "all", &all, out);
    coverage_free(&v);
    buf_free(&baseline);
    checker_free(checker);
    if (code != ERR_OK)
        return command_fail(c, EXIT_TOOL, &err);
    return all.by[MUTATE_UNNOTICED] > 0 || all.tried == 0 ? EXIT_FAILED
                                                          : EXIT_PASSED;
}

/* ---- faults in the tester */

bool
selftest_self(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);

    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

size_t
selftest_globals(const struct command_context *c, const char **out, size_t max)
{
    size_t n = 0;

    out[n++] = "--lang";
    out[n++] = "en";
    if (c->catalogue != NULL) {
        out[n++] = "--catalogue";
        out[n++] = c->catalogue;
    }
    for (size_t i = 0; i < c->overlays && n + 2 <= max; i++) {
        out[n++] = "--overlay";
        out[n++] = c->overlay[i];
    }
    return n;
}

struct trial { /* of one fault, or of none: the control */
    const struct fault_row *fault;
    bool network;
    char variable[80];
    const char *argv[64];
};

static void
set_trial(struct trial *t, const struct command_context *c,
          const struct selftest_options *o, const char *self)
{
    size_t n = 0;

    t->argv[n++] = self;
    n += selftest_globals(c, t->argv + n, 40);
    t->argv[n++] = "--quiet";
    t->argv[n++] = "selftest";
    t->argv[n++] = "--part";
    t->argv[n++] = t->network ? "network" : "logic,corpus";
    t->argv[n++] = "--sample";
    t->argv[n++] = t->network ? FAULT_PRODUCTS : FAULT_DOCUMENTS;
    if (t->network) {
        t->argv[n++] = "--peers";
        t->argv[n++] = o->peers;
        t->argv[n++] = "--role";
        t->argv[n++] = o->role ? o->role : "http_server";
    }
    t->argv[n] = NULL;
    if (t->fault != NULL)
        (void)snprintf(t->variable, sizeof t->variable, FAULT_VARIABLE "=%s",
                       t->fault->name);
}

static void
put_trial(const struct command_context *c, const struct trial *t,
          const struct pool_job *j, bool noticed, struct buf *out)
{
    const char *name = t->fault ? t->fault->name : "-";

    if (c->json)
        command_row(out, "part", "tester", "fault", name, "what",
                    t->fault ? t->fault->what : "control", "#noticed",
                    noticed ? "true" : "false", NULL);
    else
        buf_printf(
            out, "%s %-22s %s%s\n", noticed ? " " : "!", name,
            t->fault ? t->fault->what
            : t->network
                ? command_say(c, "对照：无缺陷，产品", "control, products")
                : command_say(c, "对照：无缺陷", "control, none seeded"),
            j->late ? " (late)" : "");
}

/* A fault is noticed when selftest fails with it; without one it must pass, or
 * nothing was shown. */
static int
judge_trials(const struct command_context *c, const struct trial *t,
             const struct pool_job *j, size_t n, struct buf *out)
{
    bool sound[2] = {false, false};
    size_t faults = 0, seen = 0;
    int code = EXIT_PASSED;

    for (size_t i = 0; i < n; i++) {
        if (t[i].fault == NULL)
            sound[t[i].network] = j[i].status == EXIT_PASSED && !j[i].late;
    }
    for (size_t i = 0; i < n; i++) {
        bool ok = t[i].fault == NULL
                      ? sound[t[i].network]
                      : sound[t[i].network] &&
                            (j[i].status == EXIT_FAILED || j[i].late);

        put_trial(c, &t[i], &j[i], ok, out);
        faults += t[i].fault != NULL;
        seen += t[i].fault != NULL && ok;
        if (!ok)
            code = EXIT_FAILED;
    }
    if (!c->json)
        buf_printf(
            out,
            command_say(c, "测试工具自身的缺陷 %zu 个，发现 %zu 个\n",
                        "%zu faults in the tester itself, %zu noticed\n"),
            faults, seen);
    return code;
}

static size_t
plan_trials(struct trial *t, bool network)
{
    size_t n = 1;

    t[0] = (struct trial){.fault = NULL};
    if (network)
        t[n++] = (struct trial){.network = true};
    for (const struct fault_row *f = fault_table; f->name != NULL; f++) {
        if (!f->network || network)
            t[n++] = (struct trial){.fault = f, .network = f->network};
    }
    return n;
}

int
selftest_tester(struct command_context *c, const struct selftest_options *o,
                struct buf *out)
{
    struct trial t[64];
    struct pool_job j[64];
    struct err err = {0};
    char self[1024];
    size_t n = plan_trials(t, o->peers != NULL);
    int code;

    if (!fault_built()) {
        if (!c->json)
            buf_str(out, command_say(c, "此构建没有编入测试工具自身的缺陷\n",
                                     "faults of the tester itself are not "
                                     "built in\n"));
        return EXIT_PASSED;
    }
    if (!selftest_self(self, sizeof self))
        return command_fail(c, EXIT_TOOL,
                            &(struct err){.msg = "the program's own path is "
                                                 "unknown"});
    for (size_t i = 0; i < n; i++) {
        set_trial(&t[i], c, o, self);
        j[i] = (struct pool_job){.argv = t[i].argv,
                                 .variable = t[i].fault ? t[i].variable : NULL,
                                 .limit_ms = FAULT_LIMIT_MS};
    }
    code = pool_run(j, n, o->jobs, o->stop, NULL, NULL, &err) == ERR_OK
               ? judge_trials(c, t, j, n, out)
               : command_fail(c, EXIT_TOOL, &err);
    for (size_t i = 0; i < n; i++)
        buf_free(&j[i].out);
    return code;
}
