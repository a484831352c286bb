/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform lint, coverage, selftest: whether the catalogue is sound, what
 * it covers, and what it catches. */
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
        command_diag(&diag);
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

/* ---- coverage */

struct covered { /* of one requirement */
    size_t tests, invalid;
    bool positive; /* its tests pass over the valid documents */
};

/* How many invalid cases each requirement has; NULL: out of memory. */
static size_t *
count_invalid(const struct ledger *l)
{
    size_t *n = calloc(l->requirements + 1, sizeof *n);

    for (size_t i = 0; n != NULL && i < l->items; i++) {
        const struct requirement *q =
            l->item[i].rule ? ledger_owner(l, bytes_str(l->item[i].rule))
                            : NULL;

        if (q != NULL)
            n[q - l->requirement]++;
    }
    return n;
}

static void
count_cover(const struct run *r, const struct requirement *q,
            struct covered *out)
{
    const struct ledger *l = r->ledger;

    for (size_t i = 0; i < l->tests; i++) {
        for (const char *const *p = l->test[i].verifies; *p != NULL; p++)
            out->tests += strcmp(*p, q->rid) == 0;
    }
    out->positive = run_worst(r, q->rid) == VERDICT_PASS;
}

/* A row of level shall that the outside can see and that is called tested. */
static bool
must_be_covered(const struct requirement *q)
{
    return q->level == LEVEL_SHALL && q->observability == SEEN_BLACK_BOX &&
           (q->status == STATUS_TESTED || q->status == STATUS_TODO);
}

static void
print_cover(const struct command_context *c, const struct requirement *q,
            const struct covered *k, bool hole, struct buf *out)
{
    char tests[24], invalid[24];

    (void)snprintf(tests, sizeof tests, "%zu", k->tests);
    (void)snprintf(invalid, sizeof invalid, "%zu", k->invalid);
    if (c->json)
        command_row(out, "rid", q->rid, "status", ledger_status_name(q->status),
                    "level", ledger_level_name(q->level, true), "#tests", tests,
                    "#positive", k->positive ? "true" : "false", "#invalid",
                    invalid, "#lacking", hole ? "true" : "false", NULL);
    else
        buf_printf(out, "%s %-11s %-13s %2s %s %3s %s%s\n", hole ? "!" : " ",
                   q->rid, ledger_status_name(q->status), tests,
                   k->positive ? "+" : "-", invalid,
                   c->zh ? q->text.zh : q->text.en,
                   hole ? command_say(c, "  ← 缺测试、正例或反例",
                                      "  <- lacks a test, a positive or a "
                                      "negative example")
                        : "");
}

static size_t
print_coverage(const struct command_context *c, const struct run *r,
               const size_t *invalid, struct buf *out)
{
    size_t holes = 0, wanted = 0, status[STATUS_TODO + 1] = {0};

    for (size_t i = 0; i < c->ledger->requirements; i++) {
        const struct requirement *q = &c->ledger->requirement[i];
        struct covered k = {.invalid = invalid[i]};
        bool hole;

        count_cover(r, q, &k);
        status[q->status]++;
        wanted += must_be_covered(q);
        hole = must_be_covered(q) &&
               (k.tests == 0 || k.invalid == 0 || !k.positive);
        holes += hole;
        print_cover(c, q, &k, hole, out);
    }
    if (c->json)
        return holes;
    for (int s = 0; s <= STATUS_TODO; s++)
        buf_printf(out, "%s %zu  ", ledger_status_name((enum ledger_status)s),
                   status[s]);
    buf_printf(out,
               command_say(c, "\n可从外部检验的“应”项 %zu 个，缺 %zu 个\n",
                           "\n%zu testable rows of level shall, %zu lacking\n"),
               wanted, holes);
    return holes;
}

static int
run_coverage(struct command_context *c, int argc, char **argv)
{
    struct run r = {0};
    struct buf out = {0};
    struct err err = {0};
    size_t *invalid = NULL;
    int code = EXIT_TOOL;

    (void)argv;
    if (argc > 1)
        return command_usage(
            c, "%s",
            command_say(c, "coverage 没有参数", "coverage takes no arguments"));
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    r.ledger = c->ledger;
    r.standard = c->standard;
    if (run_open(&r, "files", &err) != ERR_OK ||
        selfcheck_valid(&r, &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    else if ((invalid = count_invalid(c->ledger)) != NULL)
        code = print_coverage(c, &r, invalid, &out) > 0 ? EXIT_FAILED
                                                        : EXIT_PASSED;
    if (!command_write(&out))
        code = EXIT_TOOL;
    free(invalid);
    run_free(&r);
    buf_free(&out);
    return code;
}

/* ---- selftest */

#define CLASSES_MAX 64

struct matrix_row { /* of one fault class: the rule's name in one area */
    char area[16], name[24];
    size_t cases, killed, right;
};

static struct matrix_row *
row_of(struct matrix_row *rows, const struct corpus_case *c)
{
    struct bytes rule = bytes_str(c->rule);
    struct bytes name = bytes_from(rule, bytes_find(rule, '#') + 1);
    struct bytes area =
        bytes_upto(bytes_str(c->id), bytes_find(bytes_str(c->id), '-'));

    for (int i = 0; i < CLASSES_MAX; i++) {
        if (rows[i].cases == 0) {
            (void)snprintf(rows[i].area, sizeof rows[i].area, "%.*s",
                           (int)area.len, area.data);
            (void)snprintf(rows[i].name, sizeof rows[i].name, "%.*s",
                           (int)name.len, name.data);
            return &rows[i];
        }
        if (bytes_is(area, rows[i].area) && bytes_is(name, rows[i].name))
            return &rows[i];
    }
    return &rows[CLASSES_MAX - 1];
}

static void
print_matrix_json(const struct matrix_row *rows, struct buf *out)
{
    for (int i = 0; i < CLASSES_MAX && rows[i].cases > 0; i++) {
        char n[3][24];

        (void)snprintf(n[0], sizeof n[0], "%zu", rows[i].cases);
        (void)snprintf(n[1], sizeof n[1], "%zu", rows[i].killed);
        (void)snprintf(n[2], sizeof n[2], "%zu", rows[i].right);
        command_row(out, "area", rows[i].area, "fault", rows[i].name, "#cases",
                    n[0], "#killed", n[1], "#right", n[2], NULL);
    }
}

static void
print_matrix(const struct command_context *c, const struct matrix_row *rows,
             struct buf *out)
{
    size_t all = 0, killed = 0, right = 0;

    buf_str(out,
            command_say(c,
                        "角色 files：单一缺陷样例，各类缺陷被发现的情况\n"
                        "范围      缺陷类       样例  发现  原因正确\n",
                        "role files: documents of a single fault, by class\n"
                        "area      fault        cases  killed  right\n"));
    for (int i = 0; i < CLASSES_MAX && rows[i].cases > 0; i++) {
        buf_printf(out, "%-9s %-12s %5zu %5zu %5zu\n", rows[i].area,
                   rows[i].name, rows[i].cases, rows[i].killed, rows[i].right);
        all += rows[i].cases;
        killed += rows[i].killed;
        right += rows[i].right;
    }
    buf_printf(out,
               command_say(c, "合计 %zu，发现 %zu，原因正确 %zu\n",
                           "%zu in all, %zu killed, %zu for the right "
                           "reason\n"),
               all, killed, right);
}

static int
run_matrix(struct command_context *c, struct run *r, size_t every,
           struct buf *out)
{
    struct matrix_row rows[CLASSES_MAX] = {0};
    struct err err = {0};
    size_t survivors = 0, nth = 0;

    for (size_t i = 0; i < c->ledger->items; i++) {
        const struct corpus_case *k = &c->ledger->item[i];
        struct selfcheck_kill kill;
        struct matrix_row *row;

        if (k->verdict != CORPUS_INVALID || nth++ % every != 0)
            continue;
        if (selfcheck_kill(r, k, &kill, &err) != ERR_OK)
            return command_fail(c, EXIT_TOOL, &err);
        row = row_of(rows, k);
        row->cases++;
        row->killed += kill.killed;
        row->right += kill.right;
        if (!kill.right && c->json) {
            command_row(out, "survivor", k->id, "rule", k->rule, "#killed",
                        kill.killed ? "true" : "false", NULL);
            survivors++;
        } else if (!kill.right) {
            buf_printf(out, "%s %s %s\n", k->id, k->rule,
                       kill.killed ? command_say(c, "发现，但原因不对",
                                                 "killed for another reason")
                                   : command_say(c, "未发现", "survived"));
            survivors++;
        }
    }
    if (c->json)
        print_matrix_json(rows, out);
    else
        print_matrix(c, rows, out);
    return survivors > 0 || nth == 0 ? EXIT_FAILED : EXIT_PASSED;
}

static int
run_selftest(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {{"full", no_argument, NULL, 'f'},
                                          {0}};
    struct run r = {0};
    struct buf out = {0};
    struct err err = {0};
    size_t every = 5;
    int opt, code = EXIT_TOOL;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (opt != 'f')
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
        every = 1;
    }
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    r.ledger = c->ledger;
    r.standard = c->standard;
    if (run_open(&r, "files", &err) != ERR_OK ||
        selfcheck_valid(&r, &err) != ERR_OK) {
        code = command_fail(c, EXIT_TOOL, &err);
    } else if (r.exit != EXIT_PASSED) {
        (void)fprintf(stderr, "%s\n",
                      command_say(c, "合格样例没有通过自己的测试",
                                  "the valid documents do not pass"));
        code = EXIT_FAILED;
    } else {
        code = run_matrix(c, &r, every, &out);
    }
    if (!command_write(&out))
        code = EXIT_TOOL;
    run_free(&r);
    buf_free(&out);
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

const struct command command_coverage = {
    .name = "coverage",
    .synopsis = "",
    .zh = "每项要求的测试、正例和反例；“应”项缺少时以 1 退出",
    .en = "tests and examples of each requirement; exits with 1 when a row "
          "of level\n             shall lacks them",
    .help_zh = "各列：编号、状态、测试数、正例（+/-）、反例数、要求。\n",
    .help_en = "Columns: id, status, tests, positive example (+/-), invalid "
               "examples, text.\n",
    .run = run_coverage,
};

const struct command command_selftest = {
    .name = "selftest",
    .synopsis = "[--full]",
    .zh = "用单一缺陷样例检验测试本身，打印发现矩阵",
    .en = "try the tests themselves on documents of a single fault",
    .help_zh = "  --full   全部样例（缺省每五个取一个）\n"
               "有未发现的、或原因不对的，以 1 退出并逐个列出。\n",
    .help_en = "  --full   all documents (default: every fifth)\n"
               "Exits with 1 when one survives or fails for another reason; "
               "each is listed.\n",
    .run = run_selftest,
};
