/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform validate: the faults of files, without verdicts. */
#include <stdio.h>

#include "conformance/report/report.h"
#include "conformance/tool/command.h"
#include "formats/base/text.h"
#include "formats/json/writer.h"

static void
print_violation(const struct command_context *c, const struct requirement *q,
                const struct observe_sample *s, struct buf *out)
{
    struct json_writer w;

    if (c->json) {
        json_writer_init(&w, out);
        report_sample(&w, q->rid, s);
        buf_char(out, '\n');
        return;
    }
    text_visible(out, bytes_str(s->file));
    buf_printf(out, ":%u:%u %s ", s->line, s->col, s->pointer);
    text_visible(out, bytes_str(c->zh ? s->text.zh : s->text.en));
    if (s->place != NULL)
        buf_printf(out, "  (%s, %s)", s->interface, s->place);
    buf_printf(out, "  [%s %s]\n", q->rid, s->rule);
}

/* The violations of each requirement; whether one of level shall is among
 * them. */
static bool
print_violations(const struct command_context *c, const struct run *r,
                 struct buf *out)
{
    bool bad = r->observe->unowned > 0;

    for (size_t i = 0; i < c->ledger->requirements; i++) {
        const struct requirement *q = &c->ledger->requirement[i];
        const struct observe_tally *t = &r->observe->tally[i];

        for (size_t k = 0; k < t->samples; k++)
            print_violation(c, q, &t->sample[k], out);
        if (t->count > t->samples && !c->json)
            buf_printf(
                out,
                command_say(c, "    %s：共 %llu 处\n", "    %s: %llu in all\n"),
                q->rid, (unsigned long long)t->count);
        bad |= t->count > 0 && q->level == LEVEL_SHALL;
    }
    return bad;
}

static void
say_failed(const struct command_context *c, const struct observe_target *t)
{
    struct err e = {.code = ERR_IO};

    (void)snprintf(e.where, sizeof e.where, "%s", t->name);
    (void)snprintf(e.msg, sizeof e.msg, "%s", t->error ? t->error : "");
    (void)command_fail(c, EXIT_TOOL, &e);
}

static int
validated(const struct command_context *c, const struct run *r)
{
    struct buf out = {0};
    bool bad = print_violations(c, r, &out), failed = r->observe->nomem;

    for (size_t i = 0; i < r->observe->targets; i++) {
        const struct observe_target *t = &r->observe->target[i];

        if (t->failed)
            say_failed(c, t);
        failed |= t->failed;
    }
    if (!c->json)
        buf_printf(&out,
                   command_say(c, "%llu 个文档，%llu 条记录；定义文件 %s：%s\n",
                               "%llu documents, %llu records; definition %s: "
                               "%s\n"),
                   (unsigned long long)r->observe->documents,
                   (unsigned long long)r->observe->records,
                   std_edition(c->standard),
                   bad ? command_say(c, "不一致", "inconsistent")
                   : r->observe->records > 0
                       ? command_say(c, "一致", "consistent")
                       : command_say(c, "未评定", "not assessed"));
    if (!command_write(&out))
        failed = true;
    buf_free(&out);
    if (failed)
        return EXIT_TOOL;
    return bad                       ? EXIT_FAILED
           : r->observe->records > 0 ? EXIT_PASSED
                                     : EXIT_NOTHING;
}

static int
run_validate(struct command_context *c, int argc, char **argv)
{
    struct run r = {0};
    struct err err = {0};
    int code;

    if (argc < 2)
        return command_usage(c, "%s",
                             command_say(c, "没有给出文件；- 表示标准输入",
                                         "no file given; - is standard input"));
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    r.ledger = c->ledger;
    r.standard = c->standard;
    if (run_open(&r, "files", &err) != ERR_OK) {
        code = command_fail(c, EXIT_TOOL, &err);
    } else {
        for (int i = 1; i < argc; i++)
            run_file(&r, argv[i]);
        run_judge(&r);
        code = validated(c, &r);
    }
    run_free(&r);
    return code;
}

const struct command command_validate = {
    .name = "validate",
    .synopsis = "FILE...|-",
    .zh = "检查文件，逐处列出违反的要求",
    .en = "check files and list every violated requirement",
    .help_zh =
        "不给出测试结论，只列出问题：文件:行:列、指针、说明、要求编号。\n"
        "退出码：0 没有，1 有违反“应”项的，4 读不了，6 没有记录。\n",
    .help_en = "Gives no verdict on tests, only the faults: file:line:column, "
               "pointer, text,\nrequirement. Exit status: 0 none, 1 a "
               "requirement of level shall is violated,\n4 unreadable, 6 no "
               "records.\n",
    .run = run_validate,
};
