/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform selftest: whether the tester catches what it must. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/selftest/network.h"
#include "conformance/tool/interrupt.h"
#include "conformance/tool/selftest.h"

#define SAMPLE_DEFAULT 200
#define JOBS_MAX       64

static const struct part {
    const char *name, *zh, *en;
    int (*run)(struct command_context *c, const struct selftest_options *o,
               struct buf *out);
    bool peers; /* only with a manifest */
} parts[] = {
    {"logic", "结论规则与无内容的导出", "rules of verdicts, dumb exports",
     selftest_logic, false},
    {"corpus", "单一缺陷样例", "documents of a single fault", selftest_corpus,
     false},
    {"ledger", "从目录中删去一项", "deletions from the catalogue",
     selftest_ledger, false},
    {"tester", "测试工具自身的缺陷", "faults in the tester itself",
     selftest_tester, false},
    {"network", "产品：参考、无理解、带缺陷",
     "products: references, dumb ones, mutants", selftest_network, true},
};

#define PARTS (sizeof parts / sizeof parts[0])

/* The worst of the parts: a tool error before a missed target. */
static int
run_parts(struct command_context *c, const struct selftest_options *o)
{
    int code = EXIT_PASSED;
    size_t done = 0;

    for (size_t i = 0; i < PARTS && *o->stop == 0; i++) {
        struct buf out = {0};
        int one;

        if (!network_named(o->parts, parts[i].name) ||
            (parts[i].peers && o->peers == NULL))
            continue;
        if (!c->json)
            buf_printf(&out, "== %s\n",
                       command_say(c, parts[i].zh, parts[i].en));
        one = parts[i].run(c, o, &out);
        if (!command_write(&out))
            one = EXIT_TOOL;
        (void)fflush(stdout);
        buf_free(&out);
        done++;
        if (one != EXIT_PASSED && code != EXIT_TOOL)
            code = one;
    }
    if (*o->stop != 0)
        return EXIT_TOOL;
    return done > 0 ? code : EXIT_NOTHING;
}

static bool
take_option(int opt, struct selftest_options *o)
{
    uint64_t n;

    switch (opt) {
    case 'f':
        o->sample = 0;
        return true;
    case 's':
        if (!bytes_to_u64(bytes_str(optarg), 1000000, &n) || n == 0)
            return false;
        o->sample = (size_t)n;
        return true;
    case 'p':
        o->peers = optarg;
        return true;
    case 'r':
        o->roles = optarg;
        return true;
    case 't':
        o->parts = optarg;
        return true;
    case 'k':
        o->kinds = optarg;
        return true;
    case 'e':
        o->set = optarg;
        return strcmp(optarg, "dev") == 0 || strcmp(optarg, "held_out") == 0;
    case 'q':
        o->requirement = optarg;
        return true;
    case 'o':
        o->out = optarg;
        return true;
    case 'j':
        if (!bytes_to_u64(bytes_str(optarg), JOBS_MAX, &n) || n == 0)
            return false;
        o->jobs = (unsigned)n;
        return true;
    default:
        return false;
    }
}

/* Before the parts: some of them take minutes. */
static bool
make_out(const struct command_context *c, const char *out)
{
    struct err err = {0};

    if (out == NULL || mkdir(out, 0755) == 0)
        return true;
    (void)err_errno(&err, out, "a new folder is wanted");
    (void)command_fail(c, EXIT_USAGE, &err);
    return false;
}

static int
run_selftest(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {
        {"full", no_argument, NULL, 'f'},
        {"sample", required_argument, NULL, 's'},
        {"peers", required_argument, NULL, 'p'},
        {"role", required_argument, NULL, 'r'},
        {"part", required_argument, NULL, 't'},
        {"kind", required_argument, NULL, 'k'},
        {"set", required_argument, NULL, 'e'},
        {"requirement", required_argument, NULL, 'q'},
        {"out", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'j'},
        {0}};
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct selftest_options o = {
        .sample = SAMPLE_DEFAULT,
        .jobs = cpus > 0 && cpus < JOBS_MAX ? (unsigned)cpus : 2};
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!take_option(opt, &o))
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
    }
    if (optind < argc)
        return command_usage(
            c, "%s %s", command_say(c, "多余的参数", "too many arguments:"),
            argv[optind]);
    if (o.out != NULL && o.peers == NULL)
        return command_usage(
            c, "%s",
            command_say(c, "--out 要与 --peers 一起用", "--out wants --peers"));
    if (!command_ledger(c) || !command_standard(c) || !make_out(c, o.out))
        return EXIT_USAGE;
    o.stop = interrupt_catch();
    return run_parts(c, &o);
}

const struct command command_selftest = {
    .name = "selftest",
    .synopsis =
        "[--full|--sample N] [--peers MANIFEST] [--role LIST] [--jobs N]",
    .zh = "检验测试工具本身：缺陷是否都被发现，且原因正确",
    .en = "try the tester itself: whether it finds what it must, and why",
    .help_zh =
        "  --full             全部（缺省每部分约取 200 个，参考产品只试首个变体）\n"
        "  --sample N         每部分约取 N 个\n"
        "  --peers MANIFEST   参考产品清单（tests/peers/peers.yaml）；给出时才试产品\n"
        "  --role LIST        只试这些角色的产品\n"
        "  --part LIST        只做这些部分：logic,corpus,ledger,tester,network\n"
        "  --kind LIST        只试这些产品：reference,dumb,mutant\n"
        "  --set dev|held_out 只试开发集或保留集的缺陷\n"
        "  --requirement LIST 只试违反这些要求的缺陷\n"
        "  --out DIR          新目录，保留有问题的产品的运行记录（其余删去）\n"
        "  --jobs N           同时运行的产品数（缺省为处理器数）\n\n"
        "目标：缺陷发现 97%，其中原因正确 95%，空通过 0，误报 0，"
        "目录与工具自身的缺陷全部发现；\n未达到时以 1 退出。\n",
    .help_en =
        "  --full             everything (default: about 200 of each part, "
        "references in\n"
        "                     their first variant)\n"
        "  --sample N         about N of each part\n"
        "  --peers MANIFEST   products to try (tests/peers/peers.yaml); only "
        "then are any\n"
        "  --role LIST        products of these roles only\n"
        "  --part LIST        of logic,corpus,ledger,tester,network\n"
        "  --kind LIST        products of reference,dumb,mutant only\n"
        "  --set SET          mutants of dev or held_out only\n"
        "  --requirement LIST mutants that break these requirements only\n"
        "  --out DIR          a new folder that keeps the runs of what is in "
        "trouble\n"
        "  --jobs N           products at a time (default: the processors)\n\n"
        "Targets: 97 % of mutants killed, 95 % of those for the right reason, no "
        "hollow pass,\nno false alarm, every fault in catalogue and tester "
        "noticed; exits with 1 when one is\nmissed.\n",
    .run = run_selftest,
};
