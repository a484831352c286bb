/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong check`: is this configuration right, before the agent meets it? */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/pipeline/environment.h"
#include "agent/pipeline/parts.h"
#include "agent/tool/tool.h"
#include "formats/json/writer.h"

static const char *const levels[] = {"syntax", "semantic", "environment", NULL};

static int
level_of(const char *word)
{
    for (int i = 0; levels[i] != NULL; i++)
        if (strcmp(levels[i], word) == 0)
            return i;
    return -1;
}

static void
check_file(const char *path, int level, struct diag *diag)
{
    struct config *c = config_read(path, diag);
    struct parts *p = NULL;

    if (c == NULL)
        return;
    if (level >= 1)
        p = parts_data(c, diag);
    if (level >= 2 && p != NULL && diag->errors == 0)
        environment_check(p, diag);
    parts_free(p);
    config_free(c);
}

static void
put_json(const struct tool *t, const struct diag *d)
{
    struct buf out = {0};

    for (const struct diag_item *i = d->first; i != NULL; i = i->next) {
        struct json_writer w;

        json_writer_init(&w, &out);
        json_object(&w);
        json_key(&w, "file");
        json_cstr(&w, i->file);
        json_key(&w, "line");
        json_u64(&w, i->line);
        json_key(&w, "column");
        json_u64(&w, i->col);
        json_key(&w, "level");
        json_cstr(&w, i->level == DIAG_ERROR ? "error" : "warning");
        json_key(&w, "message");
        json_cstr(&w, i->text);
        json_end_object(&w);
        buf_char(&out, '\n');
    }
    (void)tool_write(t, &out);
    buf_free(&out);
}

static void
put_options(const struct tool *t, const char *group, const char *type,
            const struct option_row *rows)
{
    (void)printf("%s %s\n", group, type);
    for (; rows->name != NULL; rows++) {
        (void)printf("  %-18s %s", rows->name,
                     tool_say(t, rows->help_zh, rows->help_en));
        if (rows->required)
            (void)printf(" (%s)", tool_say(t, "必填", "required"));
        else if (rows->def != NULL)
            (void)printf(" (%s %s)", tool_say(t, "缺省", "default"), rows->def);
        for (size_t i = 0; rows->names != NULL && rows->names[i]; i++)
            (void)printf("%s%s", i ? "|" : " [", rows->names[i]);
        (void)printf("%s\n", rows->names != NULL ? "]" : "");
    }
}

static void
json_options(const struct tool *t, struct json_writer *w, const char *group,
             const char *type, const struct option_row *rows)
{
    for (; rows->name != NULL; rows++) {
        json_object(w);
        json_key(w, "of");
        json_cstr(w, group);
        json_key(w, "type");
        json_cstr(w, type);
        json_key(w, "name");
        json_cstr(w, rows->name);
        json_key(w, "required");
        json_bool(w, rows->required);
        if (rows->def != NULL) {
            json_key(w, "default");
            json_cstr(w, rows->def);
        }
        if (rows->names != NULL) {
            json_key(w, "values");
            json_array(w);
            for (size_t i = 0; rows->names[i] != NULL; i++)
                json_cstr(w, rows->names[i]);
            json_end_array(w);
        }
        json_key(w, "help");
        json_cstr(w, tool_say(t, rows->help_zh, rows->help_en));
        json_end_object(w);
    }
}

static int
list_options_json(const struct tool *t)
{
    struct buf out = {0};
    struct json_writer w;

    json_writer_init(&w, &out);
    json_array(&w);
    for (size_t i = 0; source_table[i] != NULL; i++)
        json_options(t, &w, "input", source_table[i]->kind,
                     source_table[i]->options);
    json_options(t, &w, "output", "*", output_options);
    for (size_t i = 0; transport_table[i] != NULL; i++)
        json_options(t, &w, "output", transport_table[i]->scheme,
                     transport_table[i]->options);
    json_end_array(&w);
    buf_char(&out, '\n');
    (void)tool_write(t, &out);
    buf_free(&out);
    return TOOL_OK;
}

/* The tables that inputs and outputs are checked against, as documentation. */
static int
list_options(const struct tool *t)
{
    if (t->json)
        return list_options_json(t);
    for (size_t i = 0; source_table[i] != NULL; i++)
        put_options(t, tool_say(t, "输入", "input"), source_table[i]->kind,
                    source_table[i]->options);
    put_options(t, tool_say(t, "输出", "output"), "*", output_options);
    for (size_t i = 0; transport_table[i] != NULL; i++) {
        put_options(t, tool_say(t, "输出", "output"),
                    transport_table[i]->scheme, transport_table[i]->options);
        (void)printf("  -- %s\n", transport_table[i]->guarantee);
    }
    return TOOL_OK;
}

static int
run(struct tool *t, int argc, char **argv)
{
    static const struct option words[] = {
        {"config", required_argument, NULL, 'c'},
        {"level", required_argument, NULL, 'l'},
        {"options", no_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    const char *file = NULL;
    int level = 1, c;
    struct diag diag;
    unsigned errors;

    while ((c = getopt_long(argc, argv, "c:l:", words, NULL)) != -1) {
        if (c == 'o')
            return list_options(t);
        if (c == 'c') { /* as hutongd takes it */
            file = optarg;
            continue;
        }
        level = c == 'l' ? level_of(optarg) : -1;
        if (level < 0)
            return tool_bad_option(t, argv[optind - 1]);
    }
    if (file == NULL && optind < argc)
        file = argv[optind++];
    if (optind < argc)
        return tool_usage(t, "%s: %s", argv[optind],
                          tool_say(t, "多余的参数", "unexpected argument"));
    diag_init(&diag);
    check_file(file ? file : CONFIG_DEFAULT_PATH, level, &diag);
    if (t->json)
        put_json(t, &diag);
    else
        tool_diag(t, &diag);
    errors = diag.errors;
    if (!t->quiet && !t->json)
        (void)fprintf(stderr, "%s%s: %u %s, %u %s\n",
                      tool_say(t, "检查级别 ", "check "), levels[level],
                      diag.errors, tool_say(t, "个错误", "errors"),
                      diag.warnings, tool_say(t, "个警告", "warnings"));
    diag_free(&diag);
    return errors ? TOOL_CONFIG : TOOL_OK;
}

const struct verb verb_check = {
    .name = "check",
    .synopsis = "[--level syntax|semantic|environment] [[-c] FILE] | --options",
    .zh = "检查 hutongd 的配置文件",
    .en = "check a configuration of hutongd",
    .help_zh = "  --level syntax       只看文件本身: 语法, 键名, 取值\n"
               "  --level semantic     还编译映射, 检查各类型的选项 (缺省)\n"
               "  --level environment  还看文件, 证书, 目录和端口是否可用\n"
               "  --options            列出各类输入输出的全部配置项\n\n"
               "FILE 缺省为 " CONFIG_DEFAULT_PATH "。有错误时退出码为 78。\n",
    .help_en =
        "  --level syntax       the file alone: grammar, keys, values\n"
        "  --level semantic     also compile mappings, check every option\n"
        "                       (default)\n"
        "  --level environment  also look for files, certificates, folders\n"
        "                       and ports\n"
        "  --options            list the keys of every input and output "
        "type\n\n"
        "FILE is " CONFIG_DEFAULT_PATH " by default. Exits with 78 when there "
        "are errors.\n",
    .run = run,
};
