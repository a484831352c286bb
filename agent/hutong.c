/* SPDX-License-Identifier: Apache-2.0 */
/* The engineers' toolbox: global options, then one verb of the table. */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "agent/config/version.h"
#include "agent/tool/tool.h"

static bool
language_is_chinese(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *v = getenv(names[i]);

        if (v != NULL && v[0] != '\0')
            return strncmp(v, "zh", 2) == 0;
    }
    return false;
}

static void
print_help(const struct tool *t, FILE *out)
{
    (void)fprintf(out, "%s",
                  tool_say(t, "用法: hutong [选项] 动词 [参数]\n\n动词:\n",
                           "usage: hutong [OPTIONS] VERB [ARGUMENTS]\n\n"
                           "verbs:\n"));
    for (size_t i = 0; verb_table[i] != NULL; i++)
        (void)fprintf(out, "  %-11s %s\n", verb_table[i]->name,
                      tool_say(t, verb_table[i]->zh, verb_table[i]->en));
    (void)fprintf(
        out, "%s",
        tool_say(t,
                 "\n所有动词通用的选项 (写在动词前后均可):\n"
                 "  --lang zh|en     输出语言 (缺省取环境变量)\n"
                 "  --json           机器可读的输出\n"
                 "  --quiet          不打印进度和小结\n"
                 "  --data DIR       用此目录的数据文件替换内置的同名文件\n"
                 "  --overlay FILE   标准定义的覆盖文件, 可重复\n"
                 "  --version        程序、数据和库的版本\n"
                 "  --help           帮助; hutong 动词 --help 看该动词\n\n"
                 "退出码: 0 正常, 1 有发现, 2 用法错误, 65 输入不可读, "
                 "69 不可用, 78 配置错误\n",
                 "\noptions of every verb (before or after it):\n"
                 "  --lang zh|en     language of the output (default: locale)\n"
                 "  --json           machine-readable output\n"
                 "  --quiet          no progress, no summary\n"
                 "  --data DIR       replace embedded data files by this "
                 "folder's\n"
                 "  --overlay FILE   overlay on the standard, repeatable\n"
                 "  --version        versions of program, data and libraries\n"
                 "  --help           this text; hutong VERB --help for one\n\n"
                 "exit status: 0 ok, 1 findings, 2 usage, 65 unreadable "
                 "input, 69 unavailable,\n78 configuration\n"));
}

static int
print_verb_help(const struct tool *t, const struct verb *v)
{
    (void)printf("%s hutong %s %s\n\n%s\n\n%s", tool_say(t, "用法:", "usage:"),
                 v->name, v->synopsis, tool_say(t, v->zh, v->en),
                 tool_say(t, v->help_zh, v->help_en));
    return TOOL_OK;
}

/* The value of a global option: "--lang=en" or the next word. */
static const char *
option_value_of(char **argv, int argc, int *i, size_t name_len)
{
    if (argv[*i][name_len] == '=')
        return argv[*i] + name_len + 1;
    return *i + 1 < argc ? argv[++*i] : NULL;
}

static bool
is_option(const char *arg, const char *name, size_t *len)
{
    *len = strlen(name);
    return strncmp(arg, name, *len) == 0 &&
           (arg[*len] == '\0' || arg[*len] == '=');
}

/* Take one global option out of argv at *i. 1 taken, 0 not ours, -1 wrong. */
static int
take_global(struct tool *t, char **argv, int argc, int *i)
{
    const char *value;
    size_t len;

    if (strcmp(argv[*i], "--json") == 0) {
        t->json = true;
        return 1;
    }
    if (strcmp(argv[*i], "--quiet") == 0) {
        t->quiet = true;
        return 1;
    }
    if (is_option(argv[*i], "--lang", &len)) {
        value = option_value_of(argv, argc, i, len);
        if (value == NULL || (strcmp(value, "zh") && strcmp(value, "en")))
            return -1;
        t->zh = strcmp(value, "zh") == 0;
        return 1;
    }
    if (is_option(argv[*i], "--data", &len)) {
        t->data.dir = option_value_of(argv, argc, i, len);
        return t->data.dir ? 1 : -1;
    }
    if (is_option(argv[*i], "--overlay", &len)) {
        value = option_value_of(argv, argc, i, len);
        if (value == NULL || t->data.overlay_count == DATA_MAX_OVERLAYS)
            return -1;
        t->data.overlay[t->data.overlay_count++] = value;
        return 1;
    }
    return 0;
}

static const struct verb *
find_verb(const char *name)
{
    for (size_t i = 0; verb_table[i] != NULL; i++)
        if (strcmp(verb_table[i]->name, name) == 0)
            return verb_table[i];
    return NULL;
}

static int
unknown_verb(const struct tool *t, const char *name)
{
    const char *names[64] = {NULL};
    const char *near;

    for (size_t i = 0; verb_table[i] != NULL && i < 63; i++)
        names[i] = verb_table[i]->name;
    near = diag_nearest(bytes_str(name), names);
    if (near != NULL)
        return tool_usage(t, "%s \"%s\"; %s %s?",
                          tool_say(t, "没有此动词", "unknown verb"), name,
                          tool_say(t, "是否指", "did you mean"), near);
    return tool_usage(
        t, "%s \"%s\"; %s", tool_say(t, "没有此动词", "unknown verb"), name,
        tool_say(t, "全部动词见 hutong --help", "hutong --help lists them"));
}

int
main(int argc, char **argv)
{
    struct messages *messages = NULL;
    bool unwritten = false;
    struct tool t = {.zh = language_is_chinese(),
                     .data = {.system_overlays = true},
                     .unwritten = &unwritten,
                     .messages = &messages};
    const struct verb *verb = NULL;
    bool help = false;
    int n = 0, status;

    (void)setlocale(LC_CTYPE, "");
    (void)signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        int taken = take_global(&t, argv, argc, &i);

        if (taken < 0)
            return tool_bad_option(&t, option);
        if (taken > 0)
            continue;
        if (strcmp(argv[i], "--") == 0) { /* the rest is the verb's alone */
            while (i < argc)
                argv[n++] = argv[i++];
            break;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            help = true;
        else if (strcmp(argv[i], "--version") == 0)
            return version_print(&t.data, t.json) ? TOOL_OK : TOOL_CONFIG;
        else
            argv[n++] = argv[i];
    }
    argv[n] = NULL;
    if (n == 0) {
        print_help(&t, help ? stdout : stderr);
        return help ? TOOL_OK : TOOL_USAGE;
    }
    verb = find_verb(argv[0]);
    if (verb == NULL)
        return unknown_verb(&t, argv[0]);
    if (help)
        return print_verb_help(&t, verb);
    t.verb = verb->name;
    opterr = 0; /* tool_bad_option says it */
    optind = 0; /* glibc: also resets getopt_long's own state */
    status = verb->run(&t, n, argv);
    messages_free(messages);
    /* What nobody got is no success, whatever was found in it. */
    return unwritten && (status == TOOL_OK || status == TOOL_FINDINGS)
               ? TOOL_UNAVAILABLE
               : status;
}
