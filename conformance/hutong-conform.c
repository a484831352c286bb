/* SPDX-License-Identifier: Apache-2.0 */
/* The conformance tester: global options, then one command of the table. */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/tool/command.h"

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
print_help(const struct command_context *c, FILE *out)
{
    (void)fputs(
        command_say(c, "用法: hutong-conform [选项] 命令 [参数]\n\n命令:\n",
                    "usage: hutong-conform [OPTIONS] COMMAND "
                    "[ARGUMENTS]\n\ncommands:\n"),
        out);
    for (size_t i = 0; command_table[i] != NULL; i++)
        (void)fprintf(
            out, "  %-10s %s\n", command_table[i]->name,
            command_say(c, command_table[i]->zh, command_table[i]->en));
    (void)fputs(
        command_say(
            c,
            "\n所有命令通用的选项:\n"
            "  --lang zh|en      输出语言 (缺省取环境变量)\n"
            "  --json            机器可读的输出\n"
            "  --quiet           不打印进度\n"
            "  --catalogue DIR   用此目录代替内置的测试目录\n"
            "  --overlay FILE    标准定义的覆盖文件, 可重复\n"
            "  --version         程序、目录和定义的版本\n"
            "  --help            帮助; 命令 --help 看该命令\n\n"
            "结论只针对所载入的定义文件; 不构成符合 GB/T 44886 的声明。\n",
            "\noptions of every command:\n"
            "  --lang zh|en      language of the output (default: locale)\n"
            "  --json            machine-readable output\n"
            "  --quiet           no progress\n"
            "  --catalogue DIR   this folder instead of the embedded "
            "catalogue\n"
            "  --overlay FILE    overlay on the definitions, repeatable\n"
            "  --version         versions of program, catalogue, definitions\n"
            "  --help            this text; COMMAND --help for one\n\n"
            "Verdicts are about the definitions that were loaded; none of them "
            "says that\nGB/T 44886 is conformed to.\n"),
        out);
}

static int
print_version(struct command_context *c)
{
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    (void)printf(c->json
                     ? "{\"version\":\"%s\",\"catalogue\":\"%s\",\"sha256\":"
                       "\"%s\",\"definition\":\"%s\"}\n"
                     : "hutong-conform %s\ncatalogue %s sha256 %s\n"
                       "definition %s\n",
                 HUTONG_VERSION, c->ledger->version, c->ledger->digest,
                 std_edition(c->standard));
    return EXIT_PASSED;
}

/* The value of option ${name} at argv[*i], which it moves over; NULL when it is
 * another option or has no value (*wrong). */
static const char *
option_value(const char *name, char **argv, int argc, int *i, bool *wrong)
{
    size_t n = strlen(name);

    if (strncmp(argv[*i], name, n) != 0)
        return NULL;
    if (argv[*i][n] == '=')
        return argv[*i] + n + 1;
    if (argv[*i][n] != '\0')
        return NULL;
    *wrong = *i + 1 == argc;
    return *wrong ? NULL : argv[++*i];
}

/* 1: argv[*i] was a global option, 0: it was not, -1: it is wrong. */
static int
take_global(struct command_context *c, char **argv, int argc, int *i)
{
    const char *value;
    bool wrong = false;

    if (strcmp(argv[*i], "--json") == 0)
        c->json = true;
    else if (strcmp(argv[*i], "--quiet") == 0)
        c->quiet = true;
    else if ((value = option_value("--lang", argv, argc, i, &wrong)) != NULL) {
        c->zh = strcmp(value, "zh") == 0;
        return c->zh || strcmp(value, "en") == 0 ? 1 : -1;
    } else if ((value = option_value("--catalogue", argv, argc, i, &wrong)) !=
               NULL)
        c->catalogue = value;
    else if ((value = option_value("--overlay", argv, argc, i, &wrong)) !=
             NULL) {
        if (c->overlays == COMMAND_OVERLAYS_MAX)
            return -1;
        c->overlay[c->overlays++] = value;
    } else
        return wrong ? -1 : 0;
    return 1;
}

static int
run_command(struct command_context *c, int argc, char **argv, bool help)
{
    const char *names[64] = {NULL};
    const char *near;

    for (size_t i = 0; command_table[i] != NULL && i < 63; i++) {
        const struct command *k = command_table[i];

        names[i] = k->name;
        if (strcmp(k->name, argv[0]) != 0)
            continue;
        if (!help) {
            optind = 0; /* glibc: also resets getopt_long's own state */
            return k->run(c, argc, argv);
        }
        (void)printf("%s hutong-conform %s %s\n\n%s\n\n%s",
                     command_say(c, "用法:", "usage:"), k->name, k->synopsis,
                     command_say(c, k->zh, k->en),
                     command_say(c, k->help_zh, k->help_en));
        return EXIT_PASSED;
    }
    near = diag_nearest(bytes_str(argv[0]), names);
    return command_usage(
        c, "%s \"%s\"%s%s", command_say(c, "没有命令", "no command"), argv[0],
        near ? command_say(c, "；是否指 ", "; did you mean ") : "",
        near ? near : "");
}

int
main(int argc, char **argv)
{
    struct messages *messages = NULL;
    struct command_context c = {.zh = language_is_chinese(),
                                .messages = &messages};
    bool help = false, version = false;
    int n = 0, code = EXIT_USAGE;

    (void)setlocale(LC_CTYPE, "");
    (void)signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++) {
        int taken = take_global(&c, argv, argc, &i);

        if (taken < 0)
            return command_usage(
                &c, "%s %s",
                command_say(&c, "选项的值不对:", "no or a wrong value:"),
                argv[i]);
        if (taken > 0)
            continue;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            help = true;
        else if (strcmp(argv[i], "--version") == 0)
            version = true;
        else
            argv[n++] = argv[i];
    }
    argv[n] = NULL;
    if (version) {
        code = print_version(&c);
    } else if (n == 0) {
        print_help(&c, help ? stdout : stderr);
        code = help ? EXIT_PASSED : EXIT_USAGE;
    } else {
        code = run_command(&c, n, argv, help);
    }
    command_free(&c);
    messages_free(messages);
    return code;
}
