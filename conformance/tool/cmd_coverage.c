/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform coverage: what the tests cover, and that nothing of it is
 * lost. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/ledger/facts.h"
#include "conformance/ledger/folder.h"
#include "conformance/roles/coverage.h"
#include "conformance/selftest/manifest.h"
#include "conformance/tool/selftest.h"

#define WANTED_PERCENT 90
#define BASELINE_MAX   ((size_t)4 << 20)
#define BASELINE       "coverage-baseline.txt"

static void
print_row(const struct command_context *c, const struct requirement *q,
          const struct coverage_row *k, struct buf *out)
{
    char n[3][24];
    bool hole = k->wanted && !k->covered;

    (void)snprintf(n[0], sizeof n[0], "%zu", k->positive);
    (void)snprintf(n[1], sizeof n[1], "%zu", k->negative);
    (void)snprintf(n[2], sizeof n[2], "%zu", k->invalid);
    if (c->json)
        command_row(out, "rid", q->rid, "part", q->part, "clause", q->clause,
                    "status", ledger_status_name(q->status), "level",
                    ledger_level_name(q->level, true), "#positive", n[0],
                    "#negative", n[1], "#invalid", n[2], "#wanted",
                    k->wanted ? "true" : "false", "#covered",
                    k->covered ? "true" : "false", NULL);
    else
        buf_printf(out, "%s %-12s %-13s %3s %3s %3s %s%s\n", hole ? "!" : " ",
                   q->rid, ledger_status_name(q->status), n[0], n[1], n[2],
                   c->zh ? q->text.zh : q->text.en,
                   hole ? command_say(c, "  ← 缺正例或反例",
                                      "  <- lacks a positive or a negative "
                                      "test")
                        : "");
}

struct group { /* of one part and clause */
    const char *part, *clause;
    size_t rows, wanted, covered;
};

static struct group *
group_of(struct group *g, size_t *n, const struct requirement *q)
{
    for (size_t i = 0; i < *n; i++) {
        if (strcmp(g[i].part, q->part) == 0 &&
            bytes_eq(bytes_str(g[i].clause), bytes_str(q->clause)))
            return &g[i];
    }
    g[*n] = (struct group){.part = q->part, .clause = q->clause};
    return &g[(*n)++];
}

/* By part and clause; what is not bound to a clause stands together. */
static void
print_groups(const struct command_context *c, const struct coverage *v,
             struct buf *out)
{
    const struct ledger *l = c->ledger;
    struct group *g = calloc(l->requirements + 1, sizeof *g);
    size_t n = 0;

    for (size_t i = 0; g != NULL && i < l->requirements; i++) {
        struct group *one = group_of(g, &n, &l->requirement[i]);

        one->rows++;
        one->wanted += v->row[i].wanted;
        one->covered += v->row[i].wanted && v->row[i].covered;
    }
    if (!c->json)
        buf_printf(out, "\n%s\n",
                   command_say(c,
                               "部分          条款        要求  应测  已覆盖",
                               "part          clause      rows  wanted  "
                               "covered"));
    for (size_t i = 0; i < n && !c->json; i++)
        buf_printf(out, "%-13s %-10s %5zu %7zu %8zu\n", g[i].part,
                   g[i].clause ? g[i].clause : "-", g[i].rows, g[i].wanted,
                   g[i].covered);
    if (g == NULL)
        out->failed = true;
    free(g);
}

/* The baseline: of the catalogue, embedded or in its folder, or --baseline.
 * None at all is no fault of a catalogue that somebody else made. */
enum err_code
coverage_baseline(const struct command_context *c, const char *file,
                  struct buf *out, struct err *err)
{
    char path[1024];
    enum err_code code;

    if (file == NULL && c->catalogue == NULL) {
        for (const struct embed_file *f = conform_data; f->name != NULL; f++) {
            if (strcmp(f->name, "catalogue/" BASELINE) == 0)
                buf_add(out, f->start, (size_t)(f->end - f->start));
        }
        return buf_ok(out) ? ERR_OK : ERR_NOMEM;
    }
    (void)snprintf(path, sizeof path, "%s/%s", c->catalogue, BASELINE);
    code = folder_slurp(file ? file : path, BASELINE_MAX, out, err);
    return code == ERR_NOT_FOUND && file == NULL ? ERR_OK : code;
}

static int
check_baseline(const struct command_context *c, const char *file)
{
    struct buf text = {0};
    struct err err = {0};
    struct diag diag;
    size_t lost;

    if (coverage_baseline(c, file, &text, &err) != ERR_OK) {
        buf_free(&text);
        return command_fail(c, EXIT_USAGE, &err);
    }
    diag_init(&diag);
    lost =
        facts_lost(c->ledger, buf_view(&text), file ? file : BASELINE, &diag);
    command_diag(c, &diag);
    if (lost > 0)
        (void)fprintf(stderr,
                      command_say(c, "与基线相比丢失 %zu 项\n",
                                  "%zu facts of the baseline are lost\n"),
                      lost);
    diag_free(&diag);
    buf_free(&text);
    return lost > 0 ? EXIT_FAILED : EXIT_PASSED;
}

static int
print_coverage(struct command_context *c, const struct coverage *v,
               const char *baseline)
{
    struct buf out = {0};
    char n[3][24];
    int code;

    for (size_t i = 0; i < c->ledger->requirements; i++)
        print_row(c, &c->ledger->requirement[i], &v->row[i], &out);
    print_groups(c, v, &out);
    (void)snprintf(n[0], sizeof n[0], "%zu", v->wanted);
    (void)snprintf(n[1], sizeof n[1], "%zu", v->covered);
    (void)snprintf(n[2], sizeof n[2], "%u", coverage_percent(v));
    if (c->json)
        command_row(&out, "#wanted", n[0], "#covered", n[1], "#percent", n[2],
                    NULL);
    else
        buf_printf(&out,
                   command_say(c,
                               "可从外部检验的“应”项 %s 个，正反例齐备 %s "
                               "个：%s%%（要求 %d%%）\n",
                               "%s testable rows of level shall, %s with a "
                               "positive and a negative test: %s %% (wanted: "
                               "%d %%)\n"),
                   n[0], n[1], n[2], WANTED_PERCENT);
    code = check_baseline(c, baseline);
    if (coverage_percent(v) < WANTED_PERCENT && code == EXIT_PASSED)
        code = EXIT_FAILED;
    if (!command_write(&out))
        code = EXIT_TOOL;
    buf_free(&out);
    return code;
}

static int
write_baseline(struct command_context *c)
{
    struct buf out = {0};
    int code;

    buf_str(&out, "# What the catalogue covers (hutong-conform coverage "
                  "--write-baseline). A line that goes is a loss.\n");
    facts_write(c->ledger, &out);
    code = command_write(&out) ? EXIT_PASSED : EXIT_TOOL;
    buf_free(&out);
    return code;
}

/* Seeded faults show that a test can fail. */
static int
add_seeded(const struct command_context *c, const char *file,
           struct coverage *v)
{
    struct manifest *m;
    struct diag diag;

    diag_init(&diag);
    m = manifest_load(file, &diag);
    command_diag(c, &diag);
    diag_free(&diag);
    for (size_t i = 0; m != NULL && i < m->mutants; i++)
        coverage_seed(c->ledger, v, m->mutant[i].rid);
    manifest_free(m);
    return m != NULL ? EXIT_PASSED : EXIT_USAGE;
}

static int
run_coverage(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {
        {"baseline", required_argument, NULL, 'b'},
        {"write-baseline", no_argument, NULL, 'w'},
        {"peers", required_argument, NULL, 'p'},
        {0}};
    struct coverage v;
    struct err err = {0};
    const char *baseline = NULL, *peers = NULL;
    bool write = false;
    int opt, code;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        baseline = opt == 'b' ? optarg : baseline;
        write |= opt == 'w';
        peers = opt == 'p' ? optarg : peers;
        if (opt == '?')
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
    }
    if (optind < argc)
        return command_usage(
            c, "%s %s", command_say(c, "多余的参数", "too many arguments:"),
            argv[optind]);
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    if (write)
        return write_baseline(c);
    if (coverage_find(c->ledger, c->standard, &v, &err) != ERR_OK)
        return command_fail(c, EXIT_TOOL, &err);
    code = peers ? add_seeded(c, peers, &v) : EXIT_PASSED;
    if (code == EXIT_PASSED)
        code = print_coverage(c, &v, baseline);
    coverage_free(&v);
    return code;
}

const struct command command_coverage = {
    .name = "coverage",
    .synopsis = "[--baseline FILE] [--write-baseline] [--peers MANIFEST]",
    .zh = "每项要求的正例和反例；低于 90% 或丢失基线时以 1 退出",
    .en = "positive and negative tests of each requirement; exits with 1 "
          "below\n             90 % or when the baseline is lost",
    .help_zh =
        "各列：编号、状态、正例测试、反例测试、反例样例、要求；其后按部分和条款汇总。\n"
        "  --baseline FILE    与此基线比较（缺省为目录自带的 "
        "coverage-baseline.txt）\n"
        "  --write-baseline   打印当前目录的基线\n"
        "  --peers MANIFEST   带缺陷的产品也算反例（tests/peers/peers.yaml）\n",
    .help_en = "Columns: id, status, positive tests, negative tests, invalid "
               "documents, text;\nthen sums by part and clause.\n"
               "  --baseline FILE    compare with this one (default: the "
               "catalogue's own\n                     coverage-baseline.txt)\n"
               "  --write-baseline   print the baseline of the catalogue as it "
               "is\n"
               "  --peers MANIFEST   products with seeded faults count as "
               "negative too\n",
    .run = run_coverage,
};
