/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `run`. */
#include <getopt.h>
#include <stdlib.h>

#include "conformance/tool/net_run.h"

enum {
    OPT_EXEC = 1000,
    OPT_CA,
    OPT_CERT,
    OPT_KEY,
    OPT_TOKEN,
    OPT_LIMITED,
    OPT_INSECURE,
    OPT_JOBS,
    OPT_REPEAT,
    OPT_SEED,
    OPT_TIMEOUT,
    OPT_SET,
    OPT_EXPECT,
    OPT_FAIL_ON,
    OPT_PRODUCTS
};

static const struct option known[] = {
    {"role", required_argument, NULL, 'r'},
    {"target", required_argument, NULL, 't'},
    {"ics", required_argument, NULL, 'i'},
    {"only", required_argument, NULL, 'o'},
    {"out", required_argument, NULL, 'd'},
    {"operator", required_argument, NULL, 'p'},
    {"format", required_argument, NULL, 'f'},
    {"exec", required_argument, NULL, OPT_EXEC},
    {"ca", required_argument, NULL, OPT_CA},
    {"cert", required_argument, NULL, OPT_CERT},
    {"key", required_argument, NULL, OPT_KEY},
    {"token-file", required_argument, NULL, OPT_TOKEN},
    {"limited-token-file", required_argument, NULL, OPT_LIMITED},
    {"insecure", no_argument, NULL, OPT_INSECURE},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"repeat", required_argument, NULL, OPT_REPEAT},
    {"seed", required_argument, NULL, OPT_SEED},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"set", required_argument, NULL, OPT_SET},
    {"expect", required_argument, NULL, OPT_EXPECT},
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"products", required_argument, NULL, OPT_PRODUCTS},
    {0}};

bool
run_options_common(struct run_options *o, int opt, const char *arg)
{
    switch (opt) {
    case 'r':
        o->role = arg;
        return true;
    case 'i':
        o->ics = arg;
        return true;
    case 'o':
        o->only = arg;
        return true;
    case 'd':
        o->out = arg;
        o->keep = true;
        return true;
    case 'p':
        o->operator= arg;
        return true;
    case 'f':
        return report_format_of(arg, &o->format);
    default:
        return false;
    }
}

static bool
take_own(int opt, struct run_options *o)
{
    switch (opt) {
    case 't':
        if (o->targets < RUN_TARGETS_MAX)
            o->target[o->targets++] = optarg;
        return o->targets < RUN_TARGETS_MAX;
    case OPT_EXPECT:
        o->expect = optarg;
        return true;
    case OPT_PRODUCTS:
        o->products = optarg;
        return true;
    case OPT_FAIL_ON:
        o->fail_on_warn = true;
        return strcmp(optarg, "warn") == 0;
    default:
        return false;
    }
}

static bool
take_number(const char *arg, unsigned max, unsigned *out)
{
    uint64_t v;

    if (!bytes_to_u64(bytes_str(arg), max, &v) || v == 0)
        return false;
    *out = (unsigned)v;
    return true;
}

static bool
take_network(int opt, const char *arg, struct run_options *o)
{
    struct bench_options *b = &o->bench;
    unsigned seconds = 0;

    switch (opt) {
    case OPT_EXEC:
        b->exec = arg;
        return true;
    case OPT_CA:
        b->ca = arg;
        return true;
    case OPT_CERT:
        b->cert = arg;
        return true;
    case OPT_KEY:
        b->key = arg;
        return true;
    case OPT_TOKEN:
        b->token_file = arg;
        return true;
    case OPT_LIMITED:
        b->limited_token_file = arg;
        return true;
    case OPT_INSECURE:
        b->insecure = true;
        return true;
    case OPT_JOBS:
        return take_number(arg, BENCH_JOBS_MAX, &b->jobs);
    case OPT_REPEAT:
        return take_number(arg, BENCH_REPEATS_MAX, &b->repeats);
    case OPT_SEED:
        return bytes_to_u64(bytes_str(arg), UINT64_MAX, &b->seed);
    case OPT_TIMEOUT:
        if (!take_number(arg, 86400, &seconds))
            return false;
        b->timeout_ms = seconds * 1000;
        return true;
    case OPT_SET:
        if (b->ixits < BENCH_IXIT_MAX && strchr(arg, '=') != NULL) {
            b->ixit[b->ixits++] = arg;
            return true;
        }
        return false;
    default:
        return false;
    }
}

bool
run_options_take(struct run_options *o, const char *name, const char *value)
{
    for (const struct option *k = known; k->name != NULL; k++) {
        if (strcmp(k->name, name) == 0 && k->val >= OPT_EXEC &&
            k->val < OPT_EXPECT)
            return take_network(k->val, value, o);
    }
    return false;
}

/* Files are named from where the command was called. */
static void
note_word(struct run_options *o, int opt)
{
    for (const struct option *k = known; k->name != NULL; k++) {
        if (k->val != opt || o->words == RUN_WORDS_MAX)
            continue;
        o->word[o->words].name = k->name;
        o->word[o->words++].value = k->has_arg ? optarg : NULL;
    }
}

/* What belongs together, by role. */
static int
check(const struct command_context *c, struct run_options *o)
{
    const struct role *role = o->role ? role_find(o->role) : NULL;

    if (role == NULL)
        return command_usage(c, "%s",
                             command_say(c, "--role 的取值见 list --roles",
                                         "--role: see list --roles"));
    o->network = role->shape != ROLE_FILES;
    o->many = role->shape == ROLE_MANY;
    if (o->many != (o->products != NULL) || (o->many && o->targets > 0))
        return command_usage(
            c, "%s",
            command_say(c, "interop 角色用 --products FILE 指明产品",
                        "role interop names its products by --products FILE"));
    if (!o->network && o->targets == 0)
        return command_usage(c, "%s",
                             command_say(c, "没有 --target", "no --target"));
    if (!o->network && o->words > 0)
        return command_usage(
            c, "--%s %s", o->word[0].name,
            command_say(c, "不用于 files", "is not for role files"));
    if (o->network && o->targets > 1)
        return command_usage(
            c, "%s",
            command_say(c, "只能有一个 --target", "one --target only"));
    if (o->network)
        o->bench.target = o->targets ? o->target[0] : NULL;
    return EXIT_PASSED;
}

int
run_options_read(const struct command_context *c, int argc, char **argv,
                 struct run_options *o)
{
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        bool network = opt >= OPT_EXEC && opt < OPT_EXPECT;

        if (!(network ? take_network(opt, optarg, o)
                      : run_options_common(o, opt, optarg) || take_own(opt, o)))
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
        if (network)
            note_word(o, opt);
    }
    for (; optind < argc && o->targets < RUN_TARGETS_MAX; optind++)
        o->target[o->targets++] = argv[optind];
    return check(c, o);
}
