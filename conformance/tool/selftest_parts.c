/* SPDX-License-Identifier: Apache-2.0 */
/* selftest, without products: rules, faults in the tester itself. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance/selftest/logic.h"
#include "conformance/selftest/pool.h"
#include "conformance/tool/selftest.h"
#include "conformance/verdict/fault.h"

#define FAULT_LIMIT_MS  300000
#define FAULT_DOCUMENTS "30" /* of the corpus, for each seeded fault */

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
    const char *requirement; /* of the products to try, or NULL: none */
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
    t->argv[n++] = t->requirement ? "network" : "logic,corpus";
    if (t->requirement == NULL) {
        t->argv[n++] = "--sample";
        t->argv[n++] = FAULT_DOCUMENTS;
    } else {
        const char *const more[] = {
            "--full", "--kind",      "mutant",        "--peers",     o->peers,
            "--role", "http_server", "--requirement", t->requirement};

        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
            t->argv[n++] = more[i];
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
            : t->requirement
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
            sound[t[i].requirement != NULL] =
                j[i].status == EXIT_PASSED && !j[i].late;
    }
    for (size_t i = 0; i < n; i++) {
        bool ok = t[i].fault == NULL
                      ? sound[t[i].requirement != NULL]
                      : sound[t[i].requirement != NULL] &&
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

/* All requirements of the table, for the control without a fault. */
static void
join_requirements(char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (const struct fault_row *f = fault_table; f->name != NULL; f++) {
        if (f->requirement != NULL && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? "," : "",
                                  f->requirement);
    }
}

/* ${all}: requirements of products to try; NULL: there are no products. */
static size_t
plan_trials(struct trial *t, const char *all)
{
    size_t n = 1;

    t[0] = (struct trial){.fault = NULL};
    if (all != NULL)
        t[n++] = (struct trial){.requirement = all};
    for (const struct fault_row *f = fault_table; f->name != NULL; f++) {
        if (f->requirement == NULL || all != NULL)
            t[n++] = (struct trial){.fault = f, .requirement = f->requirement};
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
    char self[1024], all[200];
    size_t n;
    int code;

    join_requirements(all, sizeof all);
    n = plan_trials(t, o->peers != NULL ? all : NULL);
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
