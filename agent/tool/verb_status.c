/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong status`: the running agent's balance, for people or as JSON. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

#include "agent/control/socket.h"
#include "agent/tool/tool.h"
#include "formats/json/reader.h"

#define DEFAULT_SOCKET "/var/lib/hutong/control.sock"
#define TIMEOUT_MS     5000

struct column {
    const char *key, *zh, *en;
};

static const struct column input_columns[] = {
    {"frames", "帧", "frames"},
    {"skipped", "略过", "skipped"},
    {"rejected", "拒绝", "rejected"},
    {"normalised", "归一化", "normal."},
    {"spooled", "入库", "spooled"},
    {"dead_lettered", "死信", "dead"},
    {"unaccounted", "去向不明", "unacc."},
};
static const struct column output_columns[] = {
    {"routed", "应送", "routed"},          {"delivered", "已送达", "delivered"},
    {"queued", "排队", "queued"},          {"filtered", "过滤", "filtered"},
    {"dropped", "丢弃", "dropped"},        {"dead_lettered", "死信", "dead"},
    {"unaccounted", "去向不明", "unacc."},
};
#define COLUMNS (sizeof input_columns / sizeof input_columns[0])

/* Chinese characters are two columns wide on a terminal. */
static void
put_cell(const char *text, int width)
{
    int used = 0;

    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p & 0xC0) != 0x80)
            used += *p >= 0xE0 ? 2 : 1;
    (void)printf("%*s%s", width > used ? width - used : 1, "", text);
}

static void
put_rows(const struct tool *t, const struct tape *doc, const char *list,
         const struct column *column)
{
    uint32_t array = tape_get(doc, 0, bytes_str(list));
    uint32_t i = array && doc->node[array].hash ? array + 1 : 0;

    if (i == 0)
        return;
    (void)printf("\n%-14s", list);
    for (size_t c = 0; c < COLUMNS; c++)
        put_cell(tool_say(t, column[c].zh, column[c].en), 11);
    (void)printf("\n");
    for (; i != 0; i = doc->node[i].next) {
        uint32_t name = tape_get(doc, i, BYTES("name"));
        uint32_t health = tape_get(doc, i, BYTES("health"));
        uint32_t reason = tape_get(doc, i, BYTES("reason"));
        struct bytes b = tape_raw(doc, &doc->node[name]);

        (void)printf("%-14.*s", (int)b.len, b.data);
        for (size_t c = 0; c < COLUMNS; c++) {
            uint32_t v = tape_get(doc, i, bytes_str(column[c].key));

            b = v ? tape_raw(doc, &doc->node[v]) : BYTES("-");
            (void)printf("%11.*s", (int)b.len, b.data);
        }
        if (health != 0) {
            b = tape_raw(doc, &doc->node[health]);
            (void)printf("  %.*s", (int)b.len, b.data);
        }
        if (reason != 0) {
            b = tape_raw(doc, &doc->node[reason]);
            (void)printf(": %.*s", (int)b.len, b.data);
        }
        (void)printf("\n");
    }
}

static void
put_head(const struct tool *t, const struct tape *doc)
{
    static const struct column head[] = {
        {"agent", "代理", "agent"},
        {"version", "版本", "version"},
        {"edition", "定义版本", "edition"},
        {"uptime_s", "运行秒数", "uptime s"},
        {"dead_letters", "死信", "dead letters"},
        {"unaccounted", "去向不明", "unaccounted"},
    };

    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        uint32_t v = tape_get(doc, 0, bytes_str(head[i].key));
        struct bytes b = v ? tape_raw(doc, &doc->node[v]) : BYTES("-");

        (void)printf("%s%s %.*s", i ? ", " : "",
                     tool_say(t, head[i].zh, head[i].en), (int)b.len, b.data);
    }
    (void)printf("\n");
}

static bool
is_balanced(const struct tape *doc)
{
    uint32_t v = tape_get(doc, 0, BYTES("unaccounted"));

    return v != 0 && bytes_is(tape_raw(doc, &doc->node[v]), "0");
}

static int
show(struct tool *t, const struct buf *answer)
{
    struct json_reader reader;
    struct tape doc = {0};
    struct err err;
    int status;

    json_reader_init(&reader, JSON_STRICT, NULL);
    if (json_read(&reader, bytes_trim(buf_view(answer)), &doc, &err) !=
        ERR_OK) {
        status = tool_fail(t, &err);
    } else {
        if (t->json) {
            (void)fwrite(answer->data, 1, answer->len, stdout);
        } else {
            put_head(t, &doc);
            put_rows(t, &doc, "inputs", input_columns);
            put_rows(t, &doc, "outputs", output_columns);
        }
        status = is_balanced(&doc) ? TOOL_OK : TOOL_FINDINGS;
    }
    tape_free(&doc);
    json_reader_free(&reader);
    return status;
}

static int
run(struct tool *t, int argc, char **argv)
{
    static const struct option words[] = {
        {"socket", required_argument, NULL, 's'},
        {"metrics", no_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    const char *path = DEFAULT_SOCKET, *request = "status";
    struct buf answer = {0};
    struct err err;
    int c, status;

    while ((c = getopt_long(argc, argv, "s:m", words, NULL)) != -1) {
        if (c == 's')
            path = optarg;
        else if (c == 'm')
            request = "metrics";
        else
            return tool_bad_option(t, argv[optind - 1]);
    }
    if (optind != argc)
        return tool_usage(t, "%s: %s", argv[optind],
                          tool_say(t, "多余的参数", "unexpected argument"));
    if (control_ask(path, request, &answer, TIMEOUT_MS, &err) != ERR_OK) {
        status = tool_fail(t, &err);
        if (status != TOOL_USAGE)
            status = TOOL_UNAVAILABLE;
    } else if (request[0] == 'm') {
        status = tool_write(t, &answer) ? TOOL_OK : TOOL_UNAVAILABLE;
    } else {
        status = show(t, &answer);
    }
    buf_free(&answer);
    return status;
}

const struct verb verb_status = {
    .name = "status",
    .synopsis = "[--socket PATH] [--metrics]",
    .zh = "查看运行中代理的收支平衡与健康状况",
    .en = "the running agent's balance and health",
    .help_zh = "  --socket PATH  控制套接字 (缺省 " DEFAULT_SOCKET ")\n"
               "  --metrics      Prometheus 文本\n\n"
               "去向不明 (unaccounted) 为 0 时退出码为 0, 否则为 1。\n",
    .help_en = "  --socket PATH  control socket (default " DEFAULT_SOCKET ")\n"
               "  --metrics      the same numbers as Prometheus text\n\n"
               "Exits with 0 when unaccounted is 0, else with 1.\n",
    .run = run,
};
