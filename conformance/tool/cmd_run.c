/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform run: judge a product, keep the evidence, report. */
#include <stdio.h>
#include <unistd.h>

#include "conformance/tool/interrupt.h"
#include "conformance/tool/write_up.h"

#define PROGRESS_EVERY    4096 /* documents */
#define AGAIN_TARGETS_MAX 64   /* named in a command that repeats the run */

static void
show_progress(void *ctx, const struct run *r)
{
    const struct command_context *c = ctx;

    if (r->observe->documents % PROGRESS_EVERY == 0)
        (void)fprintf(stderr, "\r%s %llu",
                      command_say(c, "已读文档", "documents read"),
                      (unsigned long long)r->observe->documents);
}

/* ---- the run */

/* The command line that would do this run again, without --only. */
static void
command_line_again(const struct command_context *c, const struct run_options *o,
                   struct buf *out)
{
    write_up_program(c, out);
    buf_printf(out, " run --role %s", o->role);
    if (o->ics != NULL) {
        buf_str(out, " --ics");
        write_up_quoted(out, o->ics);
    }
    for (size_t i = 0; i < o->targets && i < AGAIN_TARGETS_MAX; i++) {
        buf_str(out, " --target");
        write_up_quoted(out, o->target[i]);
    }
    for (size_t i = 0; i < o->words; i++) {
        buf_char(out, ' ');
        buf_printf(out, "--%s", o->word[i].name);
        if (o->word[i].value != NULL)
            write_up_quoted(out, o->word[i].value);
    }
}

static int
run_role(struct command_context *c, const struct run_options *o, struct run *r)
{
    struct buf started = {0}, again = {0};
    struct report_head head = {.role = o->role, .operator= o->operator};
    struct evidence e = {.folder = -1, .log = -1};
    struct err err = {0};
    int code = EXIT_TOOL;

    write_up_now(&started);
    head.started = buf_cstr(&started);
    if (head.started == NULL || run_open(r, o->role, &err) != ERR_OK) {
        code = command_fail(c, EXIT_TOOL, &err);
    } else if (evidence_open(&e, o->keep ? o->out : NULL, &err) != ERR_OK) {
        code = command_fail(c, EXIT_USAGE, &err);
    } else if (write_up_begin(&e, r, o, head.started, &err) != ERR_OK) {
        code = command_fail(c, EXIT_TOOL, &err);
    } else {
        if (o->network) {
            code = net_run(c, o, r, &e);
        } else {
            for (size_t i = 0; i < o->targets; i++)
                run_file(r, o->target[i]);
            run_judge(r);
            code = EXIT_PASSED;
        }
        if (r->progress != NULL)
            (void)fputs("\r\033[K", stderr);
        command_line_again(c, o, &again);
        head.again = o->targets <= AGAIN_TARGETS_MAX ? buf_cstr(&again) : NULL;
        if (code == EXIT_PASSED && !buf_ok(&again))
            code = command_fail(c, EXIT_TOOL,
                                &(struct err){.msg = "out of memory"});
        if (code == EXIT_PASSED)
            code = write_up(c, o, r, &head, &e);
    }
    net_run_end(r);
    evidence_close(&e);
    run_free(r);
    buf_free(&started);
    buf_free(&again);
    return code;
}

static int
run(struct command_context *c, int argc, char **argv)
{
    struct run_options o = {.format = c->json ? REPORT_JSON : REPORT_TEXT};
    struct run r = {0};
    struct ics *ics = NULL;
    int code = run_options_read(c, argc, argv, &o);

    if (code != EXIT_PASSED)
        return code;
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    if (!command_ics(c, o.ics, &ics))
        return EXIT_USAGE;
    r.ledger = c->ledger;
    r.standard = c->standard;
    r.ics = ics;
    r.only = o.only;
    if (!c->quiet && isatty(STDERR_FILENO)) {
        r.progress = show_progress;
        r.ctx = c;
    }
    r.stop = interrupt_catch();
    code = run_role(c, &o, &r);
    ics_free(ics);
    return code;
}

/* What is said of the options, in both languages, in the order of use. */
static const char help_zh[] =
    "产品：\n"
    "  --role R           产品的角色（list --roles 列出）：files 检验导出的文件，其余经网络\n"
    "  --target FILE|URL  files：信封、单条记录、NDJSON、pcap、HAR，可重复，- 为标准输入；\n"
    "                     其余：已在运行的产品的地址\n"
    "  --exec CMD         由工具启动产品；可用 {host} {port} {url} {ca} {cert} {key}\n"
    "                     {token_file} {store} {records} {dir} {curve_server_key}\n"
    "                     {limited_token_file} {topic_prefix}；agent 还可用 {input}\n"
    "                     {input_port}\n"
    "  --ics F            产品的实现符合性声明（plan --template 打印空白表）\n"
    "  --set NAME=VALUE   测试参数，可重复，如 scheme=tls、zmq_security=curve、\n"
    "                     input_format=cef（agent 的输入，缺省 eve）\n"
    "  --products F       interop：产品清单\n"
    "连接：\n"
    "  --ca F             核验产品证书的 CA；缺省使用本次运行自建的 CA\n"
    "  --cert F --key F   工具的客户端证书\n"
    "  --token-file F     令牌文件，权限 0600\n"
    "  --limited-token-file F\n"
    "                     无权使用 respond 类指令的角色的令牌（function_server）\n"
    "  --insecure         不核验产品证书，作为偏离记入报告\n"
    "测试：\n"
    "  --only PREFIX      只做编号以此开头的测试及其所依赖的\n"
    "  --jobs N           并行数，缺省 8\n"
    "  --repeat N         未通过的重复次数，缺省 3；结果不一致为“不稳定”\n"
    "  --timeout S        整个运行至多 S 秒；到时未做的为“无法判定”\n"
    "  --seed N           随机种子，相同则报文相同\n"
    "  --expect F         预期偏离清单；预期的偏离未出现也算失败\n"
    "  --fail-on warn     “建议改进”也算失败\n"
    "结果：\n"
    "  --out DIR          把运行记录写入新目录（verify、report、replay、sign 使用）\n"
    "  --operator NAME    记入报告的测试人员\n"
    "  --format F         text、json、junit、tap、sarif、csv 或 html\n\n"
    "退出码：0 适用的都通过，1 有不通过，2 用法、声明或目录有误，"
    "3 产品无法测试，\n4 工具错误，5 无法判定，6 没有选中任何测试\n";
static const char help_en[] =
    "the product:\n"
    "  --role R           what it is (list --roles): files judges what it exports, the\n"
    "                     others are reached over a network\n"
    "  --target FILE|URL  files: envelopes, records, NDJSON, pcap, HAR; repeatable, - is\n"
    "                     standard input; else where the running product listens\n"
    "  --exec CMD         start the product; {host} {port} {url} {ca} {cert} {key}\n"
    "                     {token_file} {store} {records} {dir} {curve_server_key}\n"
    "                     {limited_token_file} {topic_prefix}, of an agent {input}\n"
    "                     {input_port} are filled in\n"
    "  --ics F            its declaration (plan --template prints a blank one)\n"
    "  --set NAME=VALUE   a parameter of the tests, repeatable: scheme=tls,\n"
    "                     zmq_security=curve, input_format=cef (what an agent\n"
    "                     reads; eve by default)\n"
    "  --products F       interop: the list of products\n"
    "connection:\n"
    "  --ca F             verify the product with this CA; else the run's own\n"
    "  --cert F --key F   the tester's client certificate\n"
    "  --token-file F     bearer token, mode 0600\n"
    "  --limited-token-file F\n"
    "                     token of a role that may not use class respond\n"
    "                     (function_server)\n"
    "  --insecure         do not verify the product; stands in the report\n"
    "tests:\n"
    "  --only PREFIX      only tests whose id begins so, and what they need\n"
    "  --jobs N           side by side, 8 unless told\n"
    "  --repeat N         repeats of what did not pass, 3 unless told; if they differ\n"
    "                     the verdict is unstable\n"
    "  --timeout S        the whole run at most; what is not done then is undecided\n"
    "  --seed N           same seed, same bytes\n"
    "  --expect F         expected deviations; one that does not happen is red\n"
    "  --fail-on warn     warnings fail too\n"
    "result:\n"
    "  --out DIR          write the run into a new folder (verify, report, replay, sign)\n"
    "  --operator NAME    who tests, for the report\n"
    "  --format F         text, json, junit, tap, sarif, csv or html\n\n"
    "exit status: 0 all that apply passed, 1 a failure, 2 usage, declaration or "
    "catalogue,\n3 product not testable, 4 tool error, 5 undecided, 6 nothing "
    "selected\n";

const struct command command_run = {
    .name = "run",
    .synopsis = "--role ROLE (--target FILE|URL | --exec CMD) [--out DIR] ...",
    .zh = "测试一个产品，给出逐项结论",
    .en = "test a product and give a verdict on every item",
    .help_zh = help_zh,
    .help_en = help_en,
    .run = run,
};
