/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform lint: whether the catalogue is sound. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/ledger/lint.h"
#include "conformance/roles/selfcheck.h"
#include "conformance/steps/step.h"
#include "conformance/tool/command.h"

/* One object a problem, then one with the numbers. */
static void
lint_json(const struct ledger *l, const struct diag *d)
{
    struct buf out = {0};
    char n[5][24];

    for (const struct diag_item *i = d->first; i != NULL; i = i->next) {
        (void)snprintf(n[0], sizeof n[0], "%u", i->line);
        (void)snprintf(n[1], sizeof n[1], "%u", i->col);
        command_row(&out, "severity",
                    i->level == DIAG_ERROR ? "error" : "warning", "file",
                    i->file, "#line", n[0], "#column", n[1], "message", i->text,
                    NULL);
    }
    (void)snprintf(n[0], sizeof n[0], "%zu", l->requirements);
    (void)snprintf(n[1], sizeof n[1], "%zu", l->tests);
    (void)snprintf(n[2], sizeof n[2], "%zu", l->items);
    (void)snprintf(n[3], sizeof n[3], "%zu", l->templates);
    (void)snprintf(n[4], sizeof n[4], "%u", d->errors);
    command_row(&out, "#requirements", n[0], "#tests", n[1], "#documents", n[2],
                "#templates", n[3], "#errors", n[4], NULL);
    (void)command_write(&out);
    buf_free(&out);
}

static int
run_lint(struct command_context *c, int argc, char **argv)
{
    struct checker *checker;
    struct err err = {0};
    struct diag diag;
    int code = EXIT_PASSED;

    (void)argv;
    if (argc > 1)
        return command_usage(
            c, "%s",
            command_say(c, "lint 没有参数", "lint takes no arguments"));
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    checker = checker_new(c->standard, CHECK_STRICT, &err);
    if (checker == NULL)
        return command_fail(c, EXIT_TOOL, &err);
    diag_init(&diag);
    lint_ledger(c->ledger, c->standard, checker, &diag);
    step_lint(c->ledger, &diag);
    if (selfcheck_corpus(c->ledger, c->standard, &diag, &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    if (c->json)
        lint_json(c->ledger, &diag);
    else
        command_diag(c, &diag);
    if (diag.errors > 0)
        code = EXIT_USAGE;
    if (code == EXIT_PASSED && !c->json)
        (void)printf(command_say(c,
                                 "%zu 项要求，%zu 个测试，%zu 个样例，%zu "
                                 "个声明模板：没有问题\n",
                                 "%zu requirements, %zu tests, %zu documents, "
                                 "%zu templates: no problem\n"),
                     c->ledger->requirements, c->ledger->tests,
                     c->ledger->items, c->ledger->templates);
    diag_free(&diag);
    checker_free(checker);
    return code;
}

const struct command command_lint = {
    .name = "lint",
    .synopsis = "",
    .zh = "检查目录：编号、正反例、规则归属、样例是否名副其实",
    .en = "check the catalogue: ids, twins, owners of rules, documents",
    .help_zh = "有问题时以 2 退出，每个问题一行。\n",
    .help_en = "Exits with 2 when there are problems, one a line.\n",
    .run = run_lint,
};
