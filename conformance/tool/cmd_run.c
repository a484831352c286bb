/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform run: judge a product, keep the evidence, report. */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "conformance/evidence/evidence.h"
#include "conformance/report/report.h"
#include "conformance/tool/command.h"
#include "conformance/tool/net_run.h"
#include "formats/base/time.h"
#include "formats/json/writer.h"
#include "transport/digest.h"

#define PROGRESS_EVERY    4096 /* documents */
#define AGAIN_TARGETS_MAX 64   /* named in a command that repeats the run */

static volatile sig_atomic_t stop_asked;

static void
on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void
catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal};

    (void)sigemptyset(&a.sa_mask);
    a.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends at once */
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
}

static void
now_text(struct buf *out)
{
    struct timespec t;
    struct stamp s;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    s = time_of_ns((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
    buf_reset(out);
    time_write_rfc3339(out, &s);
}

static void
show_progress(void *ctx, const struct run *r)
{
    const struct command_context *c = ctx;

    if (r->observe->documents % PROGRESS_EVERY == 0)
        (void)fprintf(stderr, "\r%s %llu",
                      command_say(c, "已读文档", "documents read"),
                      (unsigned long long)r->observe->documents);
}

/* ---- evidence */

/* What the run is about, before it begins. */
static enum err_code
log_begin(struct evidence *e, const struct run *r, const struct run_options *o,
          const char *time, struct err *err)
{
    struct json_writer w;
    struct buf b = {0};
    enum err_code code;

    json_writer_init(&w, &b);
    json_object(&w);
    json_key(&w, "role");
    json_cstr(&w, o->role);
    json_key(&w, "catalogue");
    json_cstr(&w, r->ledger->digest);
    json_key(&w, "ics");
    json_cstr(&w, r->ics ? r->ics->digest : NULL);
    json_key(&w, "tests");
    json_u64(&w, r->results);
    json_end_object(&w);
    code = buf_ok(&b) ? evidence_event(e, "begin", time,
                                       bytes_of(b.data + 1, b.len - 2), err)
                      : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&b);
    return code;
}

/* The samples behind a verdict, one a line; the card then names the file. */
static enum err_code
keep_transcript(struct evidence *e, struct run *r, struct run_result *res,
                const char *time, struct err *err)
{
    struct json_writer w;
    struct buf b = {0};
    char path[200], hex[DIGEST_HEX_MAX];
    enum err_code code = ERR_OK;

    for (const char *const *p = res->test->verifies; *p != NULL; p++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*p));
        const struct observe_tally *t =
            q ? &r->observe->tally[q - r->ledger->requirement] : NULL;

        for (size_t i = 0; t != NULL && i < t->samples; i++) {
            json_writer_init(&w, &b);
            report_sample(&w, *p, &t->sample[i]);
            buf_char(&b, '\n');
        }
    }
    (void)snprintf(path, sizeof path, "evidence/%s.ndjson", res->test->id);
    if (res->card.evidence != NULL) /* a session wrote it */
        b.len = 0;
    if (!buf_ok(&b))
        code = err_set(err, ERR_NOMEM, path, "out of memory");
    else if (b.len > 0 && e->dir != NULL &&
             (code = evidence_file(e, path, time, buf_view(&b), err)) ==
                 ERR_OK &&
             (code = digest_hex(DIGEST_SHA256, buf_view(&b), hex, err)) ==
                 ERR_OK) {
        res->card.evidence = arena_str(&r->observe->arena, bytes_str(path));
        res->card.evidence_sha256 =
            arena_str(&r->observe->arena, bytes_str(hex));
    }
    buf_free(&b);
    return code;
}

static enum err_code
log_verdict(struct evidence *e, struct run *r, struct run_result *res,
            const char *time, struct err *err)
{
    struct buf b = {0};
    enum err_code code;

    buf_printf(&b, "\"test\":\"%s\",\"rev\":%u,\"verdict\":\"%s\"",
               res->test->id, res->test->rev, verdict_name(res->verdict));
    code = keep_transcript(e, r, res, time, err);
    if (code == ERR_OK)
        code = buf_ok(&b)
                   ? evidence_event(e, "verdict", time, buf_view(&b), err)
                   : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&b);
    return code;
}

/* The verdicts, before the report is written: it names their transcripts. */
static enum err_code
keep_verdicts(struct evidence *e, struct run *r, const char *time,
              struct err *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < r->results && code == ERR_OK; i++)
        code = log_verdict(e, r, &r->result[i], time, err);
    return code;
}

static enum err_code
keep_report(struct evidence *e, const struct run *r, const char *time,
            struct bytes report, struct err *err)
{
    enum err_code code = evidence_file(e, "report.json", time, report, err);

    if (code == ERR_OK)
        code = evidence_event(e, r->interrupted ? "interrupted" : "end", time,
                              BYTES(""), err);
    return code == ERR_OK ? evidence_seal(e, err) : code;
}

/* ---- the run */

/* An argument of a POSIX shell. */
static void
put_quoted(struct buf *out, const char *text)
{
    buf_str(out, " '");
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, *text);
    }
    buf_char(out, '\'');
}

/* The command line that would do this run again, without --only. */
static void
command_line_again(const struct command_context *c, const struct run_options *o,
                   struct buf *out)
{
    buf_str(out, "hutong-conform");
    if (c->catalogue != NULL) {
        buf_str(out, " --catalogue");
        put_quoted(out, c->catalogue);
    }
    for (size_t i = 0; i < c->overlays; i++) {
        buf_str(out, " --overlay");
        put_quoted(out, c->overlay[i]);
    }
    buf_printf(out, " run --role %s", o->role);
    if (o->ics != NULL) {
        buf_str(out, " --ics");
        put_quoted(out, o->ics);
    }
    for (size_t i = 0; i < o->targets && i < AGAIN_TARGETS_MAX; i++) {
        buf_str(out, " --target");
        put_quoted(out, o->target[i]);
    }
    for (size_t i = 0; i < o->words; i++) {
        buf_char(out, ' ');
        buf_printf(out, "--%s", o->word[i].name);
        if (o->word[i].value != NULL)
            put_quoted(out, o->word[i].value);
    }
}

/* Everything that is kept, and the report in the wanted form. */
static enum err_code
write_up(const struct command_context *c, const struct run_options *o,
         struct run *r, struct report_head *head, struct evidence *e,
         struct buf *out, struct err *err)
{
    struct buf report = {0};
    enum err_code code = keep_verdicts(e, r, head->ended, err);

    if (code == ERR_OK)
        report_json(r, head, &report);
    if (code == ERR_OK && !buf_ok(&report))
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (code == ERR_OK)
        code = keep_report(e, r, head->ended, buf_view(&report), err);
    if (code == ERR_OK)
        code = report_render(buf_view(&report), o->format, c->zh, out, err);
    buf_free(&report);
    return code;
}

static int
finish(const struct command_context *c, const struct run_options *o,
       struct run *r, struct report_head *head, struct evidence *e)
{
    struct buf out = {0}, ended = {0}, again = {0};
    struct err err = {0};
    int code = (int)r->exit;

    now_text(&ended);
    command_line_again(c, o, &again);
    head->ended = buf_cstr(&ended);
    head->again = o->targets <= AGAIN_TARGETS_MAX ? buf_cstr(&again) : NULL;
    if (head->ended == NULL || !buf_ok(&again))
        code =
            command_fail(c, EXIT_TOOL, &(struct err){.msg = "out of memory"});
    else if (write_up(c, o, r, head, e, &out, &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    else if (!command_write(&out))
        code = EXIT_TOOL;
    if (!c->quiet && o->keep && code != EXIT_TOOL)
        (void)fprintf(stderr, "%s %s\n",
                      command_say(c, "运行记录：", "run folder:"), o->out);
    if (r->named == 0)
        (void)fprintf(
            stderr, "%s\n",
            command_say(c, "没有选中任何测试", "no test was selected"));
    buf_free(&out);
    buf_free(&ended);
    buf_free(&again);
    return code;
}

static int
run_role(struct command_context *c, const struct run_options *o, struct run *r)
{
    struct buf started = {0};
    struct report_head head = {.role = o->role, .operator= o->operator};
    struct evidence e = {.folder = -1, .log = -1};
    struct err err = {0};
    int code = EXIT_TOOL;

    now_text(&started);
    head.started = buf_cstr(&started);
    if (head.started == NULL || run_open(r, o->role, &err) != ERR_OK) {
        code = command_fail(c, EXIT_TOOL, &err);
    } else if (evidence_open(&e, o->keep ? o->out : NULL, &err) != ERR_OK) {
        code = command_fail(c, EXIT_USAGE, &err);
    } else if (log_begin(&e, r, o, head.started, &err) != ERR_OK) {
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
        if (code == EXIT_PASSED)
            code = finish(c, o, r, &head, &e);
    }
    net_run_end(r);
    evidence_close(&e);
    run_free(r);
    buf_free(&started);
    return code;
}

static int
run(struct command_context *c, int argc, char **argv)
{
    struct run_options o = {.format = c->json ? REPORT_JSON : REPORT_TEXT};
    struct run r = {.stop = &stop_asked};
    struct ics *ics = NULL;
    struct diag diag;
    int code = run_options_read(c, argc, argv, &o);

    if (code != EXIT_PASSED)
        return code;
    if (!command_ledger(c) || !command_standard(c))
        return EXIT_USAGE;
    diag_init(&diag);
    if (o.ics != NULL)
        ics = ics_load(c->ledger, o.ics, &diag);
    command_diag(&diag);
    diag_free(&diag);
    if (o.ics != NULL && ics == NULL)
        return EXIT_USAGE;
    r.ledger = c->ledger;
    r.standard = c->standard;
    r.ics = ics;
    r.only = o.only;
    if (!c->quiet && isatty(STDERR_FILENO)) {
        r.progress = show_progress;
        r.ctx = c;
    }
    catch_signals();
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
    "                     {topic_prefix}\n"
    "  --ics F            产品的实现符合性声明（plan --template 打印空白表）\n"
    "  --set NAME=VALUE   测试参数，可重复，如 scheme=tls、zmq_security=curve\n"
    "  --products F       interop：产品清单\n"
    "连接：\n"
    "  --ca F             核验产品证书的 CA；缺省使用本次运行自建的 CA\n"
    "  --cert F --key F   工具的客户端证书\n"
    "  --token-file F     令牌文件，权限 0600\n"
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
    "                     {topic_prefix} are filled in\n"
    "  --ics F            its declaration (plan --template prints a blank one)\n"
    "  --set NAME=VALUE   a parameter of the tests, repeatable: scheme=tls,\n"
    "                     zmq_security=curve\n"
    "  --products F       interop: the list of products\n"
    "connection:\n"
    "  --ca F             verify the product with this CA; else the run's own\n"
    "  --cert F --key F   the tester's client certificate\n"
    "  --token-file F     bearer token, mode 0600\n"
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
