/* SPDX-License-Identifier: Apache-2.0 */
/* hutong coverage: what a mapping does with every path of some logs. Exit 1
 * when a path is unknown to it. */
#include <getopt.h>

#include "agent/pipeline/bridge.h"
#include "agent/tool/normalize_input.h"
#include "agent/tool/recognise.h"
#include "formats/json/writer.h"

struct tally {
    struct tool *tool;
    struct json_writer w;
    struct buf out;
    size_t paths[PATH_UNKNOWN + 1];
};

static const char *
fate_name(const struct tool *t, enum path_fate fate)
{
    static const char *const en[] = {"mapped", "kept", "dropped", "UNKNOWN"};
    static const char *const zh[] = {"已映射", "保留", "丢弃", "未知"};

    return t->zh ? zh[fate] : en[fate];
}

static void
take_path(void *ctx, const char *path, enum path_fate fate, uint64_t count,
          const char *why)
{
    static const char *const keys[] = {"mapped", "kept", "dropped", "unknown"};
    struct tally *y = ctx;

    y->paths[fate]++;
    if (y->tool->json) {
        json_object(&y->w);
        json_key(&y->w, "path");
        json_cstr(&y->w, path);
        json_key(&y->w, "fate");
        json_cstr(&y->w, keys[fate]);
        json_key(&y->w, "count");
        json_u64(&y->w, count);
        if (why != NULL) {
            json_key(&y->w, "why");
            json_cstr(&y->w, why);
        }
        json_end_object(&y->w);
        return;
    }
    buf_printf(&y->out, "%-8s %8llu  %s%s%s\n", fate_name(y->tool, fate),
               (unsigned long long)count, path, why ? "  # " : "",
               why ? why : "");
}

/* Decode and map every frame; only the counters matter. */
static int
run_file(struct tool *t, struct bridge *b, struct normalize_input *in,
         uint64_t *records)
{
    static const uint8_t id[EVENT_ID_BYTES];
    struct normalize_frame f;
    struct err err = {0};
    enum err_code code;

    while ((code = normalize_next(in, &f, &err)) == ERR_OK ||
           code == ERR_AGAIN) {
        struct bridge_output got;
        struct err bad;

        if (code == ERR_OK)
            *records +=
                bridge_frame(b, f.data, id, 0, &got, &bad) == BRIDGE_RECORD;
    }
    return code == ERR_CLOSED ? TOOL_OK : tool_fail(t, &err);
}

static int
open_bridge(struct tool *t, struct mappings *m, const char *name,
            const struct normalize_input *in, struct bridge **out)
{
    const struct bridge_options o = {.no_check = true};
    struct err err = {0};
    int status = name ? mappings_add(t, m, name)
                      : mappings_recognise(t, m, in->name, normalize_sample(in),
                                           TEXT_UTF8);

    if (status != TOOL_OK)
        return status;
    *out = bridge_new((const struct plan *const *)m->plan, m->count, NULL, &o,
                      &err);
    if (*out == NULL)
        return tool_fail(t, &err);
    plan_coverage_enable(bridge_plan_state(*out, 0), true);
    return TOOL_OK;
}

static int
print_all(struct tool *t, struct bridge *b, uint64_t records)
{
    struct tally y = {.tool = t};

    json_writer_init(&y.w, &y.out);
    if (t->json) {
        json_object(&y.w);
        json_key(&y.w, "paths");
        json_array(&y.w);
    }
    plan_coverage(bridge_plan_state(b, 0), take_path, &y);
    if (t->json) {
        json_end_array(&y.w);
        json_key(&y.w, "records");
        json_u64(&y.w, records);
        json_key(&y.w, "unknown");
        json_u64(&y.w, y.paths[PATH_UNKNOWN]);
        json_end_object(&y.w);
        buf_char(&y.out, '\n');
    } else {
        buf_printf(&y.out,
                   t->zh ? "记录 %llu；路径：已映射 %zu，保留 %zu，丢弃 %zu，"
                           "未知 %zu\n"
                         : "records %llu; paths: mapped %zu, kept %zu, dropped "
                           "%zu, unknown %zu\n",
                   (unsigned long long)records, y.paths[PATH_MAPPED],
                   y.paths[PATH_KEPT], y.paths[PATH_DROPPED],
                   y.paths[PATH_UNKNOWN]);
    }
    (void)tool_write(t, &y.out);
    buf_free(&y.out);
    return y.paths[PATH_UNKNOWN] ? TOOL_FINDINGS : TOOL_OK;
}

static int
run(struct tool *t, int argc, char **argv)
{
    static const struct option options[] = {
        {"mapping", required_argument, NULL, 'm'}, {0}};
    const char *name = NULL;
    struct mappings m;
    struct bridge *b = NULL;
    uint64_t records = 0;
    int status, c;

    while ((c = getopt_long(argc, argv, "m:", options, NULL)) != -1) {
        if (c != 'm')
            return tool_usage(t, "unknown option %s", argv[optind - 1]);
        name = optarg;
    }
    if (optind == argc)
        return tool_usage(t, "%s",
                          tool_say(t, "没有给出文件；- 表示标准输入",
                                   "no file given; - is standard input"));
    status = mappings_open(t, &m);
    for (int i = optind; i < argc && status == TOOL_OK; i++) {
        struct normalize_input in;
        struct err err = {0};

        if (normalize_open(&in, argv[i], &err) != ERR_OK) {
            status = tool_fail(t, &err);
            break;
        }
        if (normalize_try_document(&in, &err) != ERR_OK)
            status = tool_fail(t, &err);
        else if (b == NULL)
            status = open_bridge(t, &m, name, &in, &b);
        if (status == TOOL_OK)
            status = run_file(t, b, &in, &records);
        normalize_close(&in);
    }
    if (status == TOOL_OK)
        status = print_all(t, b, records);
    bridge_free(b);
    mappings_close(&m);
    return status;
}

const struct verb verb_coverage = {
    .name = "coverage",
    .synopsis = "[-m MAPPING] FILE...|-",
    .zh = "映射对日志各字段的处理情况",
    .en = "what a mapping does with every field of some logs",
    .help_zh = "  -m, --mapping ID|FILE  映射；缺省按第一个文件识别\n\n"
               "列出每个源字段：已映射、保留、丢弃（及原因）或未知。\n"
               "有未知字段时退出码为 1。--json 输出 JSON。\n",
    .help_en = "  -m, --mapping ID|FILE  default: recognised by the first "
               "file\n\n"
               "One line a source path: mapped, kept, dropped (and why) or "
               "unknown.\nExit status 1 when a path is unknown. --json for "
               "machines.\n",
    .run = run,
};
