/* SPDX-License-Identifier: Apache-2.0 */
/* hutong inventory: the assets of this host, as records, as the native
 * documents behind them, or as a table. */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/host/host.h"
#include "agent/tool/tool.h"
#include "formats/base/text.h"
#include "formats/json/reader.h"

#define MAPPING     "hutong-host"
#define DEADLINE_MS 30000

enum form { FORM_TABLE, FORM_RECORDS, FORM_NATIVE };

struct inventory {
    struct tool *tool;
    enum form form;
    const char *out_path; /* NULL: standard output */
    struct host_options host;
    struct standard *standard;
    struct mapping *mapping;
    struct plan *plan;
    struct plan_state *state;
    struct json_reader reader;
    struct tape tape;
    struct buf out;
    struct err err; /* of the first document that failed */
};

/* ---- the table for people */

/* Columns of a terminal: wide East Asian characters take two. */
static size_t
width(struct bytes text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];

        if ((c & 0xc0) != 0x80)
            n += c >= 0xe3 && c <= 0xed ? 2 : 1; /* U+3000 to U+DFFF */
    }
    return n;
}

static void
cell(struct buf *out, struct bytes text, size_t columns)
{
    struct buf shown = {0};

    text_visible(&shown, text);
    buf_bytes(out, buf_view(&shown));
    for (size_t n = width(buf_view(&shown)); n < columns; n++)
        buf_char(out, ' ');
    buf_str(out, "  ");
    buf_free(&shown);
}

static struct bytes
text_at(const struct tape *t, const char *path, struct buf *scratch)
{
    const uint32_t i = tape_path(t, bytes_str(path));

    return i ? tape_clean(t, &t->node[i], scratch) : BYTES("");
}

/* The name of ${text} in a code list of the standard, for people. */
static struct bytes
code_name(const struct inventory *v, const char *list, struct bytes text)
{
    const struct std_codes *codes = std_codes(v->standard, list);
    const struct std_code *code = codes ? std_code(codes, text) : NULL;

    if (code == NULL)
        return text;
    return bytes_str(tool_say(v->tool, code->name_zh, code->name_en));
}

/* The addresses of a host, or the ports of a program. */
static void
write_places(const struct tape *t, struct buf *out)
{
    struct buf scratch = {0};
    uint32_t list = tape_path(t, BYTES("interfaces"));
    const bool ports = list == 0;
    bool first = true;

    if (ports)
        list = tape_path(t, BYTES("ports"));
    for (uint32_t i = list && t->node[list].hash ? list + 1 : 0; i;
         i = t->node[i].next) {
        const char *const keys[] = {ports ? "port" : "ipv4", "ipv6"};

        for (size_t k = 0; k < (ports ? 1U : 2U); k++) {
            uint32_t value = tape_get(t, i, bytes_str(keys[k]));

            if (value && !ports) /* the first of several */
                value = t->node[value].hash ? value + 1 : 0;
            if (value == 0)
                continue;
            buf_str(out, first ? "" : ", ");
            text_visible(out, tape_clean(t, &t->node[value], &scratch));
            first = false;
            if (!ports)
                break;
            buf_char(out, '/');
            value = tape_get(t, i, BYTES("protocol"));
            if (value)
                text_visible(out, tape_clean(t, &t->node[value], &scratch));
        }
    }
    buf_free(&scratch);
}

static void
write_row(struct inventory *v)
{
    const struct tape *t = &v->tape;
    struct buf scratch = {0}, places = {0};
    struct bytes name = {0};

    cell(&v->out, code_name(v, "asset_types", text_at(t, "type", &scratch)),
         16);
    if (v->tool->zh)
        name = text_at(t, "name_zh", &scratch);
    if (name.len == 0)
        name = text_at(t, "name", &scratch);
    cell(&v->out, name, 34);
    cell(&v->out, text_at(t, "version", &scratch), 16);
    cell(&v->out,
         code_name(v, "running_status", text_at(t, "status", &scratch)), 7);
    write_places(t, &places);
    buf_bytes(&v->out, buf_view(&places));
    while (v->out.len && v->out.data[v->out.len - 1] == ' ')
        v->out.len--;
    buf_char(&v->out, '\n');
    buf_free(&scratch);
    buf_free(&places);
}

static void
write_heading(struct inventory *v)
{
    static const struct {
        const char *zh, *en;
        size_t columns;
    } columns[] = {{"类型", "TYPE", 16},
                   {"名称", "NAME", 34},
                   {"版本", "VERSION", 16},
                   {"状态", "STATUS", 7},
                   {"地址或端口", "ADDRESSES OR PORTS", 0}};

    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
        cell(&v->out,
             bytes_str(tool_say(v->tool, columns[i].zh, columns[i].en)),
             columns[i].columns);
    v->out.len -= 2; /* no blanks behind the last */
    buf_char(&v->out, '\n');
}

/* ---- records */

static enum err_code
write_record(struct inventory *v, const struct host_document *d)
{
    const struct plan_input in = {
        .source = &v->tape, .time = {.now = v->host.now}, .raw = d->json};
    struct plan_input named = in;
    struct plan_meta meta;
    struct buf id = {0};
    enum err_code code = ERR_OK;

    text_hex(&id, d->content, sizeof(d->content));
    named.event_id = buf_view(&id);
    if (plan_run(v->plan, v->state, &named, &v->out, &meta, &v->err) ==
        PLAN_RECORD)
        buf_char(&v->out, '\n');
    else
        code = v->err.code ? v->err.code : ERR_SYNTAX;
    buf_free(&id);
    return code;
}

static bool
take(void *ctx, const struct host_document *d)
{
    struct inventory *v = ctx;

    if (v->form == FORM_NATIVE) {
        buf_bytes(&v->out, d->json);
        buf_char(&v->out, '\n');
        return true;
    }
    if (json_read(&v->reader, d->json, &v->tape, &v->err) != ERR_OK)
        return false;
    if (v->form == FORM_TABLE) {
        write_row(v);
        return true;
    }
    return write_record(v, d) == ERR_OK;
}

/* ---- the verb */

static bool
prepare(struct inventory *v)
{
    struct diag diag;
    bool ok;

    if (v->form == FORM_NATIVE)
        return true;
    json_reader_init(&v->reader, JSON_STRICT, NULL);
    v->standard = tool_standard(v->tool);
    if (v->standard == NULL || v->form == FORM_TABLE)
        return v->standard != NULL;
    diag_init(&diag);
    v->mapping = data_mapping(&v->tool->data, MAPPING, &diag);
    if (v->mapping)
        v->plan = plan_compile(v->mapping, v->standard, &diag);
    if (v->plan)
        v->state = plan_state_new(v->plan);
    ok = v->state != NULL;
    tool_diag(v->tool, &diag);
    diag_free(&diag);
    return ok;
}

static void
clean_up(struct inventory *v)
{
    plan_state_free(v->state);
    plan_free(v->plan);
    mapping_free(v->mapping);
    std_free(v->standard);
    json_reader_free(&v->reader);
    tape_free(&v->tape);
    buf_free(&v->out);
}

static bool
write_file(struct inventory *v)
{
    FILE *f = fopen(v->out_path, "we");
    size_t written = 0;
    bool ok;

    if (f)
        written = fwrite(v->out.data, 1, v->out.len, f);
    ok = f != NULL && written == v->out.len;
    if (f && fclose(f) != 0)
        ok = false;
    if (!ok)
        err_errno(&v->err, v->out_path, "cannot write");
    return ok;
}

static int
run_inventory(struct inventory *v)
{
    struct host_summary summary = {0};

    if (!prepare(v))
        return TOOL_CONFIG;
    if (v->form == FORM_TABLE)
        write_heading(v);
    if (host_collect(&v->host, take, v, &summary, &v->err) != ERR_OK ||
        v->err.code != ERR_OK || !buf_ok(&v->out))
        return tool_fail(v->tool, &v->err);
    if (v->out_path ? !write_file(v) : !tool_write(v->tool, &v->out))
        return v->out_path ? tool_fail(v->tool, &v->err) : TOOL_INPUT;
    if (summary.partial && !v->tool->quiet)
        fputs(tool_say(v->tool, "hutong: 盘点不完整: 达到了某个上限或时限\n",
                       "hutong: the inventory is not complete: a limit or the "
                       "deadline was reached\n"),
              stderr);
    return TOOL_OK;
}

static int
run(struct tool *t, int argc, char **argv)
{
    static const struct option names[] = {
        {"root", required_argument, NULL, 'r'},
        {"native", no_argument, NULL, 'n'},
        {"out", required_argument, NULL, 'o'},
        {"now", required_argument, NULL, 't'},
        {0}};
    struct inventory v = {
        .tool = t,
        .form = FORM_RECORDS,
        .host = {.root = "/", .now = host_now(), .deadline_ms = DEADLINE_MS}};
    bool native = false;
    int c, status;

    while ((c = getopt_long(argc, argv, "o:", names, NULL)) != -1) {
        if (c == 'r')
            v.host.root = optarg;
        else if (c == 'n')
            native = true;
        else if (c == 'o')
            v.out_path = optarg;
        else if (c != 't')
            return tool_bad_option(t, argv[optind - 1]);
        else if (!time_rfc3339_strict(bytes_str(optarg), &v.host.now))
            return tool_usage(t, "--now: %s",
                              tool_say(t, "应为 RFC 3339 时间",
                                       "an RFC 3339 time is wanted"));
    }
    if (optind < argc)
        return tool_usage(t, "%s: %s", argv[optind],
                          tool_say(t, "多余的参数", "unexpected argument"));
    if (native)
        v.form = FORM_NATIVE;
    else if (!t->json && v.out_path == NULL && isatty(STDOUT_FILENO))
        v.form = FORM_TABLE;
    status = run_inventory(&v);
    clean_up(&v);
    return status;
}

const struct verb verb_inventory = {
    .name = "inventory",
    .synopsis = "[--root DIR] [--native] [-o FILE] [--now TIME]",
    .zh = "盘点本机: 设备、操作系统、数据库、中间件和应用软件",
    .en = "this host's assets: device, system, databases, middleware, "
          "applications",
    .help_zh =
        "  --root DIR     以 DIR 为根目录盘点 (缺省 /)\n"
        "  --native       输出采集到的原始文档, 不做归一化\n"
        "  -o, --out FILE 写入文件\n"
        "  --now TIME     以此 RFC 3339 时间作为采集时间\n\n"
        "输出到终端时为表格; 重定向、--out 或 --json 时每行一条资产记录。\n"
        "普通用户看不到序列号和他人进程的端口归属, 其余不变。\n",
    .help_en =
        "  --root DIR     look at the host whose root is DIR (default /)\n"
        "  --native       print the documents as collected, not normalised\n"
        "  -o, --out FILE write to a file\n"
        "  --now TIME     RFC 3339 time to write as the time of observation\n\n"
        "A table on a terminal; one asset record a line when redirected, with "
        "--out or\n--json. An ordinary user does not see serial numbers and "
        "whose process holds a\nport; all else is the same.\n",
    .run = run,
};
