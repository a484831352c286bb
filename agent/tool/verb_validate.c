/* SPDX-License-Identifier: Apache-2.0 */
/* hutong validate: envelopes, records and NDJSON against the definitions. */
#include <getopt.h>

#include "agent/tool/tool.h"
#include "agent/tool/validate_report.h"
#include "formats/json/reader.h"

#define SHOWN_DEFAULT 1000  /* findings printed unless --max-findings */
#define STORED_MAX    10000 /* findings kept of one document */
#define SHOWN_LIMIT   UINT32_MAX

struct options {
    enum check_profile profile;
    bool warnings_fail;
    size_t max;
};

struct work {
    struct checker *checker;
    struct check_state *state;
    struct json_reader reader;
    struct tape tape;
    struct findings findings;
    struct validate_report report;
};

static void
check_one(struct work *w, const struct validate_input *in,
          const struct validate_document *doc)
{
    struct err err = {0};
    enum err_code code = json_read(&w->reader, doc->text, &w->tape, &err);

    findings_reset(&w->findings);
    if (code == ERR_OK) {
        code = check_document(w->checker, w->state, &w->tape, &w->findings);
        if (code != ERR_OK)
            err_set(&err, code, NULL, "out of memory");
    }
    if (code != ERR_OK)
        validate_report_unreadable(&w->report, in->name, doc->line, &err);
    else
        validate_report_findings(&w->report, in->name, doc, in->whole,
                                 &w->findings);
}

static void
check_input(struct work *w, const char *path)
{
    struct validate_input in;
    struct validate_document doc;
    struct err err = {0};
    enum err_code code = validate_open(&in, path, &err);

    if (code != ERR_OK) {
        validate_report_unreadable(&w->report, path, 0, &err);
        return;
    }
    while (!w->report.broken) {
        code = validate_next(&in, &doc, &err);
        if (code == ERR_OK) {
            check_one(w, &in, &doc);
            continue;
        }
        if (code != ERR_CLOSED)
            validate_report_unreadable(&w->report, path,
                                       code == ERR_LIMIT ? doc.line : 0, &err);
        if (code != ERR_LIMIT)
            break;
    }
    validate_close(&in);
}

static int
exit_of(const struct work *w, const struct options *o)
{
    const struct validate_report *r = &w->report;

    if (r->unreadable > 0)
        return TOOL_INPUT;
    if (r->errors > 0 || (o->warnings_fail && r->warnings > 0))
        return TOOL_FINDINGS;
    return TOOL_OK;
}

static int
run_checked(struct tool *t, const struct options *o, struct standard *s,
            char **paths)
{
    const struct json_limits limits = {
        .depth = json_limits_default.depth,
        .keys = json_limits_default.keys,
        .string_bytes = json_limits_default.string_bytes,
        .nodes = TAPE_MAX_NODES,
        .bytes = VALIDATE_DOCUMENT_MAX,
    };
    struct work w = {.findings.max = STORED_MAX};
    struct err err = {0};
    int code;

    w.checker = checker_new(s, o->profile, &err);
    if (w.checker == NULL) {
        err.code = ERR_CONFLICT; /* the definitions are at fault: 78 */
        return tool_fail(t, &err);
    }
    w.state = check_state_new(w.checker);
    if (w.state == NULL) {
        checker_free(w.checker);
        err_set(&err, ERR_NOMEM, NULL, "out of memory");
        return tool_fail(t, &err);
    }
    json_reader_init(&w.reader, JSON_STRICT, &limits);
    w.report = (struct validate_report){
        .tool = t,
        .standard = s,
        .checker = w.checker,
        .profile = o->profile == CHECK_LENIENT ? "lenient" : "strict",
        .max = o->max,
    };
    for (; *paths != NULL; paths++)
        check_input(&w, *paths);
    validate_report_end(&w.report);
    code = exit_of(&w, o);
    validate_report_free(&w.report);
    findings_free(&w.findings);
    tape_free(&w.tape);
    json_reader_free(&w.reader);
    check_state_free(w.state);
    checker_free(w.checker);
    return code;
}

/* TOOL_OK, or what tool_usage returned. */
static int
read_options(const struct tool *t, int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"strict", no_argument, NULL, 's'},
        {"lenient", no_argument, NULL, 'l'},
        {"warnings-as-errors", no_argument, NULL, 'w'},
        {"max-findings", required_argument, NULL, 'm'},
        {0},
    };
    uint64_t number;
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 's':
            o->profile = CHECK_STRICT;
            break;
        case 'l':
            o->profile = CHECK_LENIENT;
            break;
        case 'w':
            o->warnings_fail = true;
            break;
        case 'm':
            if (!bytes_to_u64(bytes_str(optarg), SHOWN_LIMIT, &number))
                return tool_usage(t, "--max-findings wants a number: %s",
                                  optarg);
            o->max = (size_t)number;
            break;
        default:
            return tool_bad_option(t, argv[optind - 1]);
        }
    }
    if (optind == argc)
        return tool_usage(t, "%s",
                          tool_say(t, "没有给出文件；- 表示标准输入",
                                   "no file given; - is standard input"));
    return TOOL_OK;
}

static int
run(struct tool *t, int argc, char **argv)
{
    struct options o = {.profile = CHECK_STRICT, .max = SHOWN_DEFAULT};
    struct standard *s;
    int code = read_options(t, argc, argv, &o);

    if (code != TOOL_OK)
        return code;
    s = tool_standard(t);
    if (s == NULL)
        return TOOL_CONFIG;
    code = run_checked(t, &o, s, argv + optind);
    std_free(s);
    return code;
}

const struct verb verb_validate = {
    .name = "validate",
    .synopsis = "[--strict|--lenient] FILE...|-",
    .zh = "按定义文件检查记录、信封和 NDJSON",
    .en = "check records, envelopes and NDJSON against the definitions",
    .help_zh =
        "  --strict              全部规则（缺省）\n"
        "  --lenient             只有类型和语法算错误，其余为警告\n"
        "  --warnings-as-errors  有警告也以 1 退出\n"
        "  --max-findings N      最多列出 N 条（缺省 1000，0 为全部），其余只计数\n"
        "\n"
        "一个文件可以是一条记录、一个信封，或每行一个（NDJSON，大小不限）。\n"
        "退出码：0 无错误，1 有错误，2 用法不对，65 有不可读的内容。\n",
    .help_en =
        "  --strict              every rule (default)\n"
        "  --lenient             only types and syntax are errors, the rest "
        "warnings\n"
        "  --warnings-as-errors  exit 1 for warnings too\n"
        "  --max-findings N      list at most N (default 1000, 0: all); the rest "
        "is counted\n"
        "\n"
        "A file is one record, one envelope, or one of them a line (NDJSON, any "
        "size).\n"
        "Exit status: 0 no errors, 1 errors, 2 usage, 65 something is "
        "unreadable.\n",
    .run = run,
};
