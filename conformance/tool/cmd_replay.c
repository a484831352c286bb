/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform replay: do one recorded execution again, with the same bytes,
 * and say whether it comes to the same verdict. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/tool/net_run.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

#define FILE_MAX ((size_t)64 << 20)

struct replay {
    const struct command_context *c;
    char folder[512], test[80];
    unsigned attempt; /* 0: the first one that is there */
    struct arena arena;
    struct run_options o;
    struct bench_replay what;
    struct buf transcript; /* as it was recorded */
    unsigned port;
    uint64_t wait_ms;
};

static bool
read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");

    buf_reset(out);
    while (f != NULL && out->len < FILE_MAX && buf_reserve(out, 65536)) {
        size_t n = fread(out->data + out->len, 1, 65536, f);

        out->len += n;
        if (n == 0)
            break;
    }
    if (f != NULL)
        (void)fclose(f);
    return f != NULL && buf_ok(out);
}

/* "RUN/TEST" or "RUN/TEST.3" */
static bool
split_name(struct replay *p, const char *text)
{
    const char *slash = strrchr(text, '/'), *dot;
    uint64_t n;

    if (slash == NULL || slash == text ||
        (size_t)(slash - text) >= sizeof p->folder ||
        strlen(slash + 1) >= sizeof p->test)
        return false;
    memcpy(p->folder, text, (size_t)(slash - text));
    memcpy(p->test, slash + 1, strlen(slash + 1) + 1);
    dot = strrchr(p->test, '.');
    if (dot != NULL && bytes_to_u64(bytes_str(dot + 1), 99, &n)) {
        p->attempt = (unsigned)n;
        p->test[dot - p->test] = '\0';
    }
    return p->test[0] != '\0';
}

static bool
find_transcript(struct replay *p)
{
    char path[700];
    unsigned last = p->attempt ? p->attempt : 1 + BENCH_REPEATS_MAX;

    for (unsigned n = p->attempt ? p->attempt : 1; n <= last; n++) {
        (void)snprintf(path, sizeof path, "%s/evidence/%s.%u.ndjson", p->folder,
                       p->test, n);
        if (read_file(path, &p->transcript)) {
            p->attempt = n;
            return true;
        }
    }
    return false;
}

static const char *
text_of(struct replay *p, const struct tape *t, uint32_t map, const char *name)
{
    struct buf scratch = {0};
    uint32_t at = tape_get(t, map, bytes_str(name));
    const char *out = NULL;

    if (at != 0)
        out = arena_str(&p->arena, t->node[at].type == TAPE_STRING
                                       ? tape_clean(t, &t->node[at], &scratch)
                                       : tape_raw(t, &t->node[at]));
    buf_free(&scratch);
    return out;
}

/* The first and the last line of the transcript: how it began and ended. */
static bool
read_ends(struct replay *p)
{
    struct bytes all = buf_view(&p->transcript);
    struct bytes first = bytes_upto(all, bytes_find(all, '\n')), last;
    struct json_reader reader;
    struct tape t = {0};
    const char *text;
    uint64_t n;
    bool ok;

    while (all.len > 0 && all.data[all.len - 1] == '\n')
        all.len--;
    last = all;
    while (bytes_find(last, '\n') < last.len)
        last = bytes_from(last, bytes_find(last, '\n') + 1);
    json_reader_init(&reader, JSON_STRICT, NULL);
    ok = json_read(&reader, first, &t, NULL) == ERR_OK &&
         (text = text_of(p, &t, 0, "wall_ns")) != NULL &&
         bytes_to_u64(bytes_str(text), INT64_MAX, &n);
    if (ok) {
        p->what.wall_ns = (int64_t)n;
        text = text_of(p, &t, 0, "rev");
        ok = text != NULL && bytes_to_u64(bytes_str(text), 9999, &n);
        p->what.rev = (unsigned)n;
    }
    ok = ok && json_read(&reader, last, &t, NULL) == ERR_OK &&
         (text = text_of(p, &t, 0, "verdict")) != NULL &&
         verdict_of(bytes_str(text), &p->what.before);
    json_reader_free(&reader);
    tape_free(&t);
    return ok;
}

/* options.json: the run's options, as they were given. */
static bool
read_options(struct replay *p, struct buf *text)
{
    struct json_reader reader;
    struct tape t = {0};
    char path[700];
    const char *number;
    uint64_t n;
    uint32_t list, i;
    bool ok;

    (void)snprintf(path, sizeof path, "%s/options.json", p->folder);
    json_reader_init(&reader, JSON_STRICT, NULL);
    ok = read_file(path, text) &&
         json_read(&reader, bytes_trim(buf_view(text)), &t, NULL) == ERR_OK;
    if (ok) {
        p->o.role = text_of(p, &t, 0, "role");
        p->o.bench.target = text_of(p, &t, 0, "target");
        number = text_of(p, &t, 0, "seed");
        ok = number != NULL &&
             bytes_to_u64(bytes_str(number), UINT64_MAX, &p->o.bench.seed);
        number = text_of(p, &t, 0, "wait_ms");
        p->wait_ms =
            number && bytes_to_u64(bytes_str(number), 60000, &n) ? n : 0;
        number = text_of(p, &t, 0, "port");
        p->port = number && bytes_to_u64(bytes_str(number), 65535, &n)
                      ? (unsigned)n
                      : 0;
    }
    list = ok ? tape_get(&t, 0, BYTES("options")) : 0;
    for (i = list && t.node[list].hash > 1 ? list + 1 : 0; i != 0;) {
        struct buf a = {0}, b = {0};
        uint32_t value = t.node[i].next;
        const char *name = arena_str(&p->arena, tape_clean(&t, &t.node[i], &a));

        if (value == 0 || name == NULL)
            break;
        ok =
            ok && run_options_take(
                      &p->o, name,
                      arena_str(&p->arena, tape_clean(&t, &t.node[value], &b)));
        i = t.node[value].next;
        buf_free(&a);
        buf_free(&b);
    }
    json_reader_free(&reader);
    tape_free(&t);
    return ok && p->o.role != NULL;
}

/* What was sent, line by line, without times: equal texts are equal bytes. */
static void
sent_of(struct bytes transcript, struct buf *out)
{
    while (transcript.len > 0) {
        size_t n = bytes_find(transcript, '\n');
        struct bytes line = bytes_upto(transcript, n);
        size_t comma = bytes_find(line, ',');

        transcript = bytes_from(transcript, n + 1);
        line = bytes_from(line, comma);
        if (bytes_starts(line, BYTES(",\"dir\":\"sent\"")))
            buf_bytes(out, line);
    }
}

static int
report(struct replay *p, const struct ledger_test *t)
{
    const struct command_context *c = p->c;
    struct buf a = {0}, b = {0}, out = {0};
    bool same = p->what.after == p->what.before, bytes;

    sent_of(buf_view(&p->transcript), &a);
    sent_of(buf_view(&p->what.transcript), &b);
    bytes = bytes_eq(buf_view(&a), buf_view(&b));
    if (c->json) {
        command_row(&out, "test", t->id, "before", verdict_name(p->what.before),
                    "after", verdict_name(p->what.after), "#same",
                    same ? "true" : "false", "#same_bytes",
                    bytes ? "true" : "false", "expected", p->what.expected,
                    "observed", p->what.observed, "at", p->what.at, NULL);
    } else {
        buf_printf(&out, "%s  %s -> %s: %s\n", t->id,
                   verdict_word(p->what.before, c->zh),
                   verdict_word(p->what.after, c->zh),
                   same ? command_say(c, "结论相同", "the same verdict")
                        : command_say(c, "结论不同", "ANOTHER verdict"));
        buf_printf(&out, "  %s\n",
                   bytes ? command_say(c, "发送的字节与记录相同",
                                       "the bytes sent are those recorded")
                   : t->fresh
                       ? command_say(c, "报文重新生成（含时间和随机数）",
                                     "made anew (times and nonces matter)")
                       : command_say(c, "发送的字节与记录不同",
                                     "the bytes sent are not those recorded"));
        if (p->what.expected[0] != '\0')
            buf_printf(&out, "  %s %s\n  %s %s\n",
                       command_say(c, "预期:", "expected:"), p->what.expected,
                       command_say(c, "实测:", "observed:"), p->what.observed);
    }
    buf_free(&a);
    buf_free(&b);
    same = command_write(&out) && same;
    buf_free(&out);
    return same ? EXIT_PASSED : EXIT_FAILED;
}

static int
replay(struct replay *p, struct command_context *c)
{
    const struct ledger_test *t = ledger_test(c->ledger, bytes_str(p->test));
    struct run r = {.ledger = c->ledger, .standard = c->standard};
    struct bench b = {.run = &r, .o = p->o.bench};
    struct err err = {0};
    int code;

    if (t == NULL || t->rev != p->what.rev)
        return command_usage(
            c, "%s: %s", p->test,
            command_say(c, "目录中没有这一版本的测试",
                        "the catalogue has no such test of that revision"));
    r.only = t->id;
    r.holds = bench_holds;
    r.holds_ctx = &b;
    (void)signal(SIGPIPE, SIG_IGN);
    b.want_port = p->port;
    if (run_open(&r, p->o.role, &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    else if (bench_open(&b, p->o.role, &err) != ERR_OK)
        code = command_fail(c, EXIT_USAGE, &err);
    else {
        if (p->wait_ms > 0)
            b.wait_ms = (unsigned)p->wait_ms;
        code = bench_replay(&b, t, &p->what, &err) == ERR_OK
                   ? report(p, t)
                   : command_fail(c, EXIT_NOT_TESTABLE, &err);
        bench_close(&b);
    }
    run_free(&r);
    buf_free(&p->what.transcript);
    return code;
}

static int
run(struct command_context *c, int argc, char **argv)
{
    static const struct option known[] = {
        {"target", required_argument, NULL, 't'},
        {"exec", required_argument, NULL, 'e'},
        {0}};
    struct replay *p = calloc(1, sizeof *p);
    struct buf text = {0};
    const char *target = NULL, *exec = NULL;
    int opt, code;

    if (p == NULL)
        return EXIT_TOOL;
    p->c = c;
    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (opt == 't')
            target = optarg;
        else if (opt == 'e')
            exec = optarg;
    }
    if (optind + 1 != argc || !split_name(p, argv[optind]))
        code = command_usage(c, "%s",
                             command_say(c, "replay 需要 运行目录/测试编号",
                                         "replay wants RUN/TEST"));
    else if (!find_transcript(p) || !read_ends(p) || !read_options(p, &text))
        code = command_fail(
            c, EXIT_USAGE,
            &(struct err){.msg = "no record of a network test there"});
    else if (!command_ledger(c) || !command_standard(c))
        code = EXIT_USAGE;
    else {
        if (target != NULL || exec != NULL) {
            p->o.bench.target = target;
            p->o.bench.exec = exec;
        }
        p->what.attempt = p->attempt;
        code = replay(p, c);
    }
    arena_free(&p->arena);
    buf_free(&p->transcript);
    buf_free(&text);
    free(p);
    return code;
}

const struct command command_replay = {
    .name = "replay",
    .synopsis = "RUN/TEST [--target URL | --exec CMD]",
    .zh = "用记录的字节重做一次测试，比较结论",
    .en = "do one recorded test again with its bytes, compare the verdict",
    .help_zh =
        "  RUN/TEST      运行目录和测试编号；TEST.N 为第 N 次执行\n"
        "  --target URL  另一个地址；--exec CMD：另一条启动命令（缺省同记录）\n\n"
        "含时间窗口或随机数的测试重新生成报文。结论相同以 0 退出，否则以 1 "
        "退出。\n",
    .help_en =
        "  RUN/TEST      run folder and test id; TEST.N: its N-th execution\n"
        "  --target URL  another address; --exec CMD: another command "
        "(default: as recorded)\n\n"
        "Tests of time windows and nonces make their messages anew. Exits with "
        "0 for the\nsame verdict, else with 1.\n",
    .run = run,
};
