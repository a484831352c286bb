/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform preflight: what `run` needs, looked at before the first test. */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "conformance/roles/role.h"
#include "conformance/steps/phrase.h"
#include "conformance/tool/net_run.h"
#include "conformance/wire/kafka_mock.h"
#include "formats/json/writer.h"

#define CHECKS_MAX   32
#define REACH_MS     5000
#define SKEW_WARN_S  5
#define SKEW_MAX_S   300 /* the window of timestamps, PROPOSED */
#define EXPIRES_DAYS 14
#define ANSWER_MAX   ((size_t)16 << 10)

enum mark { MARK_OK, MARK_NOTE, MARK_BAD };

struct found { /* one line of the answer */
    const char *id;
    enum mark mark;
    struct ledger_text what, seen, todo; /* seen and todo may be NULL */
};

struct look {
    struct command_context *c;
    struct run_options *o;
    const struct role *role;
    struct run run;
    struct bench bench;
    bool benched;
    struct arena arena;
    struct found found[CHECKS_MAX];
    size_t founds;
};

static void
say(struct look *k, const char *id, enum mark mark, struct ledger_text what,
    struct ledger_text seen, struct ledger_text todo)
{
    if (k->founds < CHECKS_MAX)
        k->found[k->founds++] = (struct found){id, mark, what, seen, todo};
}

#define TEXT(zh, en) ((struct ledger_text){(zh), (en)})
#define NOTHING      TEXT(NULL, NULL)

static struct ledger_text
plain(struct look *k, const char *text)
{
    const char *own = arena_str(&k->arena, bytes_str(text));

    return TEXT(own, own);
}

/* What an error says, in both languages where a catalogue has it. */
static struct ledger_text
spoken(struct look *k, const char *text)
{
    const char *own = arena_str(&k->arena, bytes_str(text));
    const char *zh = phrase_text(text, &k->arena);
    struct buf b = {0};

    if (zh == NULL &&
        messages_zh(command_messages(k->c), bytes_str(text), &b) && buf_ok(&b))
        zh = arena_str(&k->arena, buf_view(&b));
    buf_free(&b);
    return TEXT(zh ? zh : own, own);
}

/* ---- this machine */

static void
look_tools(struct look *k)
{
    bool sm3 = EVP_get_digestbyname("SM3") != NULL;
    bool curve = zmq_has("curve") == 1;

    say(k, "openssl", sm3 ? MARK_OK : MARK_BAD, TEXT("密码库", "cryptography"),
        plain(k, OpenSSL_version(OPENSSL_VERSION)),
        sm3 ? NOTHING
            : TEXT("此 OpenSSL 没有 SM3：请安装完整版",
                   "this OpenSSL has no SM3: install a full one"));
    if (strncmp(k->role->name, "zmq", 3) == 0 ||
        strcmp(k->role->name, "agent") == 0)
        say(k, "curve", curve ? MARK_OK : MARK_NOTE,
            TEXT("ZeroMQ CURVE", "ZeroMQ CURVE"),
            curve ? TEXT("有", "there") : TEXT("没有", "not there"),
            curve ? NOTHING
                  : TEXT("CURVE 的测试将不适用",
                         "tests of CURVE will not apply"));
    if (strncmp(k->role->name, "kafka", 5) == 0)
        say(k, "kafka", kafka_mock_there() ? MARK_OK : MARK_BAD,
            TEXT("内置的 Kafka 代理节点", "the tester's Kafka broker"),
            kafka_mock_there() ? TEXT("有", "there")
                               : TEXT("没有", "not there"),
            kafka_mock_there() ? NOTHING
                               : TEXT("用 librdkafka 重新编译本工具",
                                      "build the tester with librdkafka"));
}

static void
look_folder(struct look *k)
{
    struct stat st;

    if (!k->o->keep)
        return;
    if (lstat(k->o->out, &st) == 0)
        say(k, "out", MARK_BAD, TEXT("运行记录的目录", "the run folder"),
            plain(k, k->o->out),
            TEXT("已存在：换一个名字，运行记录从不覆盖",
                 "exists: take another name, a run is never overwritten"));
    else
        say(k, "out", MARK_OK, TEXT("运行记录的目录", "the run folder"),
            plain(k, k->o->out), NOTHING);
}

static void
look_token(struct look *k)
{
    const char *file = k->o->bench.token_file;
    struct stat st;

    if (file == NULL)
        return;
    if (stat(file, &st) != 0)
        say(k, "token", MARK_BAD, TEXT("令牌文件", "token file"),
            plain(k, file), TEXT("无法读取", "cannot be read"));
    else if ((st.st_mode & 077) != 0)
        say(k, "token", MARK_BAD, TEXT("令牌文件", "token file"),
            plain(k, file),
            TEXT("他人可读：chmod 600", "others may read it: chmod 600"));
    else
        say(k, "token", MARK_OK, TEXT("令牌文件", "token file"), plain(k, file),
            NOTHING);
}

static void
look_declaration(struct look *k)
{
    size_t supports = 0;

    if (k->run.ics == NULL) {
        say(k, "declaration", MARK_NOTE, TEXT("产品声明", "declaration"),
            TEXT("没有：凡能进行的测试都做",
                 "none: every test that can run does"),
            TEXT("plan --template 打印空白表，--ics 使用它",
                 "plan --template prints a blank one, --ics takes it"));
        return;
    }
    while (k->run.ics->supports[supports] != NULL)
        supports++;
    say(k, "declaration", MARK_OK, TEXT("产品声明", "declaration"),
        TEXT(arena_printf(&k->arena, "%s，支持 %zu 项，共 %zu 项",
                          k->run.ics->name, supports,
                          k->run.ics->template->items),
             arena_printf(&k->arena, "%s, %zu of %zu items supported",
                          k->run.ics->name, supports,
                          k->run.ics->template->items)),
        NOTHING);
}

static void
look_tests(struct look *k)
{
    struct run r = {.ledger = k->c->ledger, .ics = k->run.ics};
    struct err err = {0};
    size_t applies = 0;

    r.holds = k->run.holds;
    r.holds_ctx = k->run.holds_ctx;
    r.only = k->o->only;
    if (run_select(&r, k->role->name, &err) != ERR_OK) {
        say(k, "tests", MARK_BAD, TEXT("测试", "tests"), spoken(k, err.msg),
            NOTHING);
        return;
    }
    for (size_t i = 0; i < r.results; i++)
        applies += run_applies(&r, r.result[i].test);
    say(k, "tests", applies > 0 ? MARK_OK : MARK_BAD, TEXT("测试", "tests"),
        TEXT(arena_printf(&k->arena, "选中 %zu 个，适用 %zu 个", r.results,
                          applies),
             arena_printf(&k->arena, "%zu selected, %zu of them apply",
                          r.results, applies)),
        applies > 0 ? NOTHING
                    : TEXT("检查 --role、--only 和声明",
                           "look at --role, --only and the declaration"));
    run_free(&r);
}

/* ---- the product on the network */

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7) of an answer. */
static bool
date_of(struct bytes answer, time_t *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm t = {0};
    char month[4], text[64];
    const char *m;

    while (answer.len > 0) {
        size_t n = bytes_find(answer, '\n');
        struct bytes line = bytes_trim(bytes_upto(answer, n));

        answer = bytes_from(answer, n + 1);
        if (line.len == 0 || line.len >= sizeof text || line.len < 6 ||
            (line.data[0] | 32) != 'd' ||
            !bytes_starts(bytes_from(line, 1), BYTES("ate:")))
            continue;
        memcpy(text, line.data, line.len);
        text[line.len] = '\0';
        if (sscanf(text + 5, " %*3s, %2d %3s %4d %2d:%2d:%2d GMT", &t.tm_mday,
                   month, &t.tm_year, &t.tm_hour, &t.tm_min, &t.tm_sec) != 6)
            return false;
        m = strstr(months, month);
        if (m == NULL || (m - months) % 3 != 0)
            return false;
        t.tm_mon = (int)(m - months) / 3;
        t.tm_year -= 1900;
        *out = timegm(&t);
        return true;
    }
    return false;
}

static void
look_clock(struct look *k, struct wire_conn *conn, const struct wire_until *u)
{
    const struct wire_url *url = &k->bench.target;
    struct ledger_text what = TEXT("时钟", "clock");
    struct buf ask = {0}, answer = {0};
    time_t theirs;
    long skew;

    buf_printf(&ask,
               "GET %s/ HTTP/1.1\r\nHost: %s:%u\r\nConnection: close\r\n\r\n",
               url->path, url->host, url->port);
    if (wire_send(conn, buf_view(&ask), u) == WIRE_OK)
        (void)wire_recv(conn, &answer, ANSWER_MAX, u);
    if (!date_of(buf_view(&answer), &theirs)) {
        say(k, "clock", MARK_NOTE, what,
            TEXT("应答没有 Date", "its answer has no Date"),
            TEXT("手动比对双方时钟", "compare the clocks by hand"));
    } else {
        skew = (long)(theirs - time(NULL));
        say(k, "clock",
            labs(skew) > SKEW_MAX_S    ? MARK_BAD
            : labs(skew) > SKEW_WARN_S ? MARK_NOTE
                                       : MARK_OK,
            what,
            TEXT(arena_printf(&k->arena, "相差 %ld 秒", skew),
                 arena_printf(&k->arena, "%ld s apart", skew)),
            labs(skew) > SKEW_WARN_S
                ? TEXT("先对时：时间戳的测试依赖它",
                       "set it first: tests of timestamps rest on it")
                : NOTHING);
    }
    buf_free(&ask);
    buf_free(&answer);
}

static void
look_certificate(struct look *k, const struct wire_conn *conn)
{
    X509 *cert = SSL_get1_peer_certificate(conn->tls);
    char subject[160] = "?";
    int days = 0, seconds = 0;

    if (cert == NULL)
        return;
    (void)X509_NAME_oneline(X509_get_subject_name(cert), subject,
                            sizeof subject);
    (void)ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert));
    say(k, "certificate",
        days < 0 || seconds < 0 ? MARK_BAD
        : days < EXPIRES_DAYS   ? MARK_NOTE
                                : MARK_OK,
        TEXT("证书", "certificate"),
        TEXT(arena_printf(&k->arena, "%s，还有 %d 天", subject, days),
             arena_printf(&k->arena, "%s, %d days left", subject, days)),
        days < EXPIRES_DAYS ? TEXT("更换即将到期或已到期的证书",
                                   "renew it: it has or will soon have expired")
                            : NOTHING);
    X509_free(cert);
}

static bool
look_tls(struct look *k, struct wire_conn *conn, const struct wire_until *u)
{
    const struct bench_options *b = &k->o->bench;
    struct wire_tls t = {.ca = b->insecure ? NULL : b->ca,
                         .cert = b->cert,
                         .key = b->key,
                         .name = k->bench.target.host};
    enum wire_end end;

    if (t.ca == NULL) /* facts are wanted even of whom nobody vouches for */
        t.name = NULL;
    end = wire_tls(conn, &t, u);
    say(k, "tls", end == WIRE_OK ? MARK_OK : MARK_BAD, TEXT("TLS", "TLS"),
        end == WIRE_OK ? plain(k, arena_printf(&k->arena, "%s %s",
                                               SSL_get_version(conn->tls),
                                               SSL_get_cipher_name(conn->tls)))
                       : plain(k, conn->why),
        end == WIRE_OK
            ? (t.ca ? NOTHING
                    : TEXT("没有核验证书：用 --ca 指明 CA",
                           "its certificate was not verified: give --ca"))
            : TEXT("检查 --ca、--cert、--key 和产品的证书",
                   "look at --ca, --cert, --key and its certificate"));
    if (end == WIRE_OK)
        look_certificate(k, conn);
    return end == WIRE_OK;
}

static void
look_target(struct look *k)
{
    const struct wire_url *url = &k->bench.target;
    struct wire_until u = {wire_now_ms() + REACH_MS, NULL};
    struct wire_conn conn = {.fd = -1};
    int64_t begun = wire_now_ms();
    enum wire_end end;
    bool tls = bench_has(&k->bench, "target.tls"), open;

    if (strcmp(url->scheme, "udp") == 0)
        return; /* nothing can be asked of it */
    end = wire_connect(&conn, url->host, url->port, &u);
    open = end == WIRE_OK;
    say(k, "target", open ? MARK_OK : MARK_BAD, TEXT("产品可达", "reachable"),
        open ? plain(k, arena_printf(&k->arena, "%s:%u, %lld ms", url->host,
                                     url->port,
                                     (long long)(wire_now_ms() - begun)))
             : plain(k, arena_printf(&k->arena, "%s:%u: %s", url->host,
                                     url->port, conn.why)),
        open ? NOTHING
             : TEXT("产品是否在运行？地址、防火墙是否正确？",
                    "does it run? are address and firewall right?"));
    if (open && tls)
        open = look_tls(k, &conn, &u);
    if (open && strncmp(url->scheme, "http", 4) == 0)
        look_clock(k, &conn, &u);
    wire_close(&conn);
}

static void
look_port(struct look *k)
{
    unsigned port = k->bench.target.port;
    int fd = wire_listen("127.0.0.1", port);

    say(k, "port", fd >= 0 ? MARK_OK : MARK_BAD,
        TEXT("监听的端口空闲", "the port to listen on is free"),
        plain(k, arena_printf(&k->arena, "%u", port)),
        fd >= 0 ? NOTHING
                : TEXT("另有程序占用：换一个端口",
                       "another program has it: take another one"));
    if (fd >= 0)
        (void)close(fd);
}

/* ---- the preflight tests of the role */

static void
put_results(struct look *k)
{
    for (size_t i = 0; i < k->run.results; i++) {
        const struct run_result *r = &k->run.result[i];
        struct ledger_text seen = r->card.observed;

        if (!r->test->preflight)
            continue;
        if (seen.en == NULL && r->verdict > VERDICT_WARN)
            seen = r->reason;
        if (seen.zh == NULL)
            seen.zh = seen.en;
        say(k, r->test->id, r->verdict > VERDICT_WARN ? MARK_BAD : MARK_OK,
            r->test->purpose, r->verdict > VERDICT_WARN ? seen : NOTHING,
            r->verdict > VERDICT_WARN
                ? TEXT(arena_printf(&k->arena, "explain %s", r->test->id),
                       arena_printf(&k->arena, "explain %s", r->test->id))
                : NOTHING);
    }
}

static const char *
first_preflight(const struct look *k)
{
    for (size_t i = 0; i < k->c->ledger->tests; i++) {
        const struct ledger_test *t = &k->c->ledger->test[i];

        if (t->preflight && strcmp(t->role, k->role->name) == 0)
            return t->id;
    }
    return NULL;
}

static void
run_tests(struct look *k)
{
    struct err err = {0};

    k->run.only = first_preflight(k);
    if (k->run.only == NULL)
        return;
    if (run_open(&k->run, k->role->name, &err) != ERR_OK) {
        say(k, "product", MARK_BAD, TEXT("产品", "product"), spoken(k, err.msg),
            NOTHING);
        return;
    }
    if (k->role->shape == ROLE_FILES) {
        for (size_t i = 0; i < k->o->targets; i++)
            run_file(&k->run, k->o->target[i]);
        run_judge(&k->run);
    } else {
        bench_run(&k->bench);
    }
    if (k->bench.err.code != ERR_OK) {
        say(k, "product", MARK_BAD,
            TEXT("产品应答探测", "the product answers probes"),
            spoken(k, k->bench.err.msg),
            TEXT("检查 --exec、--target、--token-file",
                 "look at --exec, --target, --token-file"));
    } else if (k->bench.probes > 0) {
        say(k, "probes", MARK_OK, TEXT("探测", "probes"),
            TEXT(arena_printf(&k->arena, "%u 次，p99 %.1f ms，等待 %u ms",
                              k->bench.probes, k->bench.probe_p99_ms,
                              k->bench.wait_ms),
                 arena_printf(&k->arena, "%u, p99 %.1f ms, waits of %u ms",
                              k->bench.probes, k->bench.probe_p99_ms,
                              k->bench.wait_ms)),
            NOTHING);
    }
    put_results(k);
}

/* ---- the answer */

static const char *
said(const struct command_context *c, struct ledger_text t)
{
    const char *s = c->zh ? t.zh : t.en;

    return s ? s : "";
}

static void
put_json(const struct look *k, int code, struct buf *out)
{
    static const char *const marks[] = {"ok", "note", "bad"};
    struct json_writer w;

    json_writer_init(&w, out);
    json_object(&w);
    json_key(&w, "role");
    json_cstr(&w, k->role->name);
    json_key(&w, "exit");
    json_i64(&w, code);
    json_key(&w, "checks");
    json_array(&w);
    for (size_t i = 0; i < k->founds; i++) {
        const struct found *f = &k->found[i];

        json_object(&w);
        json_key(&w, "id");
        json_cstr(&w, f->id);
        json_key(&w, "result");
        json_cstr(&w, marks[f->mark]);
        json_key(&w, "what");
        json_cstr(&w, said(k->c, f->what));
        json_key(&w, "seen");
        json_cstr(&w, said(k->c, f->seen));
        json_key(&w, "todo");
        json_cstr(&w, said(k->c, f->todo));
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    buf_char(out, '\n');
}

static int
answer(const struct look *k)
{
    static const char *const marks[] = {"✓", "–", "✗"};
    struct buf out = {0};
    int code = EXIT_PASSED;

    for (size_t i = 0; i < k->founds; i++) {
        if (k->found[i].mark == MARK_BAD)
            code = EXIT_NOT_TESTABLE;
    }
    if (k->c->json)
        put_json(k, code, &out);
    for (size_t i = 0; i < k->founds && !k->c->json; i++) {
        const struct found *f = &k->found[i];

        buf_printf(&out, "%s %s%s%s\n", marks[f->mark], said(k->c, f->what),
                   said(k->c, f->seen)[0] ? "  " : "", said(k->c, f->seen));
        if (said(k->c, f->todo)[0])
            buf_printf(&out, "    → %s\n", said(k->c, f->todo));
    }
    if (!k->c->json)
        buf_str(&out,
                code == EXIT_PASSED
                    ? command_say(k->c, "可以测试\n", "ready to be tested\n")
                    : command_say(k->c, "不能测试：先处理标有 ✗ 的项\n",
                                  "not testable: mend what has ✗ first\n"));
    if (!command_write(&out))
        code = EXIT_TOOL;
    buf_free(&out);
    return code;
}

static void
look_network(struct look *k)
{
    struct err err = {0};

    k->bench.run = &k->run;
    k->bench.o = k->o->bench;
    k->bench.o.repeats = 1;
    k->run.holds = bench_holds;
    k->run.holds_ctx = &k->bench;
    k->benched = true;
    if (bench_open(&k->bench, k->role->name, &err) != ERR_OK) {
        say(k, "options", MARK_BAD, TEXT("选项", "options"),
            spoken(k, arena_printf(&k->arena, "%s%s%s", err.where,
                                   err.where[0] ? ": " : "", err.msg)),
            TEXT("见 run --help", "see run --help"));
        return;
    }
    look_tests(k);
    if (k->o->bench.target != NULL && k->role->shape == ROLE_SERVER)
        look_target(k);
    if (k->o->bench.target != NULL && k->role->shape != ROLE_SERVER)
        look_port(k);
    for (size_t i = 0; i < k->founds; i++) {
        if (k->found[i].mark == MARK_BAD &&
            strcmp(k->found[i].id, "target") == 0)
            return; /* probing it would only say so again */
    }
    run_tests(k);
}

static int
look_at(struct look *k)
{
    look_tools(k);
    look_folder(k);
    look_token(k);
    look_declaration(k);
    if (k->role->shape == ROLE_FILES) {
        look_tests(k);
        run_tests(k);
    } else if (k->role->shape != ROLE_MANY) {
        look_network(k);
    }
    return answer(k);
}

static int
run(struct command_context *c, int argc, char **argv)
{
    struct run_options *o = calloc(1, sizeof *o);
    struct look *k = calloc(1, sizeof *k);
    struct ics *ics = NULL;
    int code = EXIT_USAGE;

    if (o == NULL || k == NULL) {
        free(o);
        free(k);
        return command_fail(c, EXIT_TOOL,
                            &(struct err){.msg = "out of memory"});
    }
    code = run_options_read(c, argc, argv, o);
    if (code == EXIT_PASSED && (!command_ledger(c) || !command_standard(c)))
        code = EXIT_USAGE;
    if (code == EXIT_PASSED && !command_ics(c, o->ics, &ics))
        code = EXIT_USAGE;
    if (code == EXIT_PASSED) {
        (void)signal(SIGPIPE, SIG_IGN);
        k->c = c;
        k->o = o;
        k->role = role_find(o->role);
        k->run = (struct run){
            .ledger = c->ledger, .standard = c->standard, .ics = ics};
        code = look_at(k);
    }
    if (k->benched)
        bench_close(&k->bench);
    run_free(&k->run);
    arena_free(&k->arena);
    ics_free(ics);
    free(k);
    free(o);
    return code;
}

const struct command command_preflight = {
    .name = "preflight",
    .synopsis = "--role ROLE (--target FILE|URL | --exec CMD) ...",
    .zh = "测试之前看是否具备条件",
    .en = "whether everything is there that a run needs",
    .help_zh =
        "选项同 run。查看本机的库、运行记录目录、令牌文件、产品声明、选中的测试、\n"
        "产品是否可达、TLS 和证书、双方时钟、端口，再做该角色的预检测试；不做其他测试。\n"
        "✓ 具备，– 提示，✗ 不具备，下一行说明怎么办；--json 给出一个 JSON 对象。\n\n"
        "退出码：0 可以测试，2 用法、声明或目录有误，3 不能测试\n",
    .help_en =
        "Options as of run. Looks at this machine's libraries, the run folder, the token\n"
        "file, the declaration, the tests that are selected, whether the product is\n"
        "reachable, TLS and certificate, both clocks, ports; then runs the preflight tests\n"
        "of the role and no others. ✓ is there, – worth knowing, ✗ is not there, with\n"
        "what to do in the line below; --json gives one JSON object.\n\n"
        "exit status: 0 ready, 2 usage, declaration or catalogue, 3 not testable\n",
    .run = run,
};
