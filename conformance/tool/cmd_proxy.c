/* SPDX-License-Identifier: Apache-2.0 */
/* hutong-conform proxy: stand between two products and judge what passes. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "conformance/roles/role.h"
#include "conformance/tool/interrupt.h"
#include "conformance/tool/proxy.h"
#include "conformance/tool/write_up.h"

#define WAIT_MS     100
#define PROGRESS_NS 250000000
#define IDLE_NS     300000000           /* so long nothing: all has passed */
#define LINGER_NS   INT64_C(3000000000) /* at the end, at most */
#define SECOND_NS   INT64_C(1000000000)

struct options {
    struct run_options run;
    const char *listen, *target, *port_file;
    bool udp;
    uint64_t count, seconds, record_mib;
    const volatile sig_atomic_t *stop;
};

/* Who of the two is the product, by role: direction 0 is who connects. In ZeroMQ
 * either side may connect, and only the sending socket sends information. */
static const struct {
    const char *role;
    unsigned ways; /* 0: nothing of it can be judged so, because: */
    const char *zh, *en;
} roles[] = {
    {"interop", 3, NULL, NULL},
    {"http_client", 1, NULL, NULL},
    {"function_client", 1, NULL, NULL},
    {"http_server", 2, NULL, NULL},
    {"function_server", 2, NULL, NULL},
    {"syslog_sender", 1, NULL, NULL},
    {"zmq_pub", 3, NULL, NULL},
    {"zmq_push", 3, NULL, NULL},
    {"zmq_dealer", 3, NULL, NULL},
    {"zmq_sub", 0, "它不发出信息，无可评定；请评定发送方",
     "it sends no information; judge the sender"},
    {"syslog_receiver", 0, "它不发出信息，无可评定；请评定发送方",
     "it sends no information; judge the sender"},
    {"kafka_producer", 0,
     "Kafka 客户端会绕过代理直接连接代理节点公布的地址；请用 run --role",
     "a Kafka client goes around the proxy to the addresses that its broker "
     "names; use run --role"},
    {"kafka_consumer", 0,
     "Kafka 客户端会绕过代理直接连接代理节点公布的地址；请用 run --role",
     "a Kafka client goes around the proxy to the addresses that its broker "
     "names; use run --role"},
    {"agent", 0, "请在其两端各放一个代理",
     "put one proxy before and one behind it"},
    {"files", 0, "请用 run --role files", "use run --role files"},
};

static int64_t
now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* ---- the command line */

enum {
    OPT_LISTEN = 1000,
    OPT_COUNT,
    OPT_DURATION,
    OPT_RECORD,
    OPT_PORT_FILE,
    OPT_UDP
};

static const struct option known[] = {
    {"role", required_argument, NULL, 'r'},
    {"target", required_argument, NULL, 't'},
    {"ics", required_argument, NULL, 'i'},
    {"only", required_argument, NULL, 'o'},
    {"out", required_argument, NULL, 'd'},
    {"operator", required_argument, NULL, 'p'},
    {"format", required_argument, NULL, 'f'},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"count", required_argument, NULL, OPT_COUNT},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"record-max", required_argument, NULL, OPT_RECORD},
    {"port-file", required_argument, NULL, OPT_PORT_FILE},
    {"udp", no_argument, NULL, OPT_UDP},
    {0}};

static bool
take_own(int opt, struct options *o)
{
    switch (opt) {
    case 't':
        o->target = optarg;
        return true;
    case OPT_LISTEN:
        o->listen = optarg;
        return true;
    case OPT_PORT_FILE:
        o->port_file = optarg;
        return true;
    case OPT_UDP:
        o->udp = true;
        return true;
    case OPT_COUNT:
        return bytes_to_u64(bytes_str(optarg), UINT64_MAX, &o->count) &&
               o->count > 0;
    case OPT_DURATION:
        return bytes_to_u64(bytes_str(optarg), 30 * 86400, &o->seconds) &&
               o->seconds > 0;
    case OPT_RECORD:
        return bytes_to_u64(bytes_str(optarg), 1 << 20, &o->record_mib);
    default:
        return false;
    }
}

/* The directions that are judged; 0: printed why not. */
static unsigned
ways_of(const struct command_context *c, const char *role)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].role, role) != 0)
            continue;
        if (roles[i].ways == 0)
            (void)command_usage(c, "%s: %s", role,
                                command_say(c, roles[i].zh, roles[i].en));
        return roles[i].ways;
    }
    (void)command_usage(c, "%s",
                        command_say(c, "--role 的取值见 list --roles",
                                    "--role: see list --roles"));
    return 0;
}

static int
read_options(const struct command_context *c, int argc, char **argv,
             struct options *o)
{
    int opt;

    opterr = 0;
    while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!take_own(opt, o) && !run_options_common(&o->run, opt, optarg))
            return command_usage(c, "%s %s",
                                 command_say(c, "选项不对:", "wrong option:"),
                                 argv[optind - 1]);
    }
    if (optind < argc)
        return command_usage(c, "%s %s",
                             command_say(c, "多余的参数:", "one too many:"),
                             argv[optind]);
    if (o->listen == NULL || o->target == NULL)
        return command_usage(c, "%s",
                             command_say(c, "需要 --listen 和 --target",
                                         "--listen and --target are needed"));
    return EXIT_PASSED;
}

/* The command line that would do this again. */
static void
put_again(const struct command_context *c, const struct options *o,
          struct buf *out)
{
    const char *const rows[][2] = {{"--listen", o->listen},
                                   {"--target", o->target},
                                   {"--ics", o->run.ics}};

    write_up_program(c, out);
    buf_printf(out, " proxy --role %s%s", o->run.role, o->udp ? " --udp" : "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i][1] == NULL)
            continue;
        buf_printf(out, " %s", rows[i][0]);
        write_up_quoted(out, rows[i][1]);
    }
}

/* ---- relaying */

static void
show(const struct command_context *c, const struct proxy *p,
     const struct relay *r)
{
    (void)fprintf(
        stderr, "\r%s %zu/%llu  %s %llu  %s %.1f MB\033[K",
        command_say(c, "连接", "connections"), relay_links(r),
        (unsigned long long)p->links, command_say(c, "文档", "documents"),
        (unsigned long long)p->judged, command_say(c, "流量", "traffic"),
        (double)p->target->bytes / 1e6);
}

static enum err_code
relay_on(const struct command_context *c, const struct options *o,
         struct proxy *p, struct relay *r, struct err *err)
{
    bool terminal = !c->quiet && isatty(STDERR_FILENO);
    int64_t begun = now_ns(), shown = 0, ending = 0;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && p->err.code == ERR_OK) {
        int64_t now;

        code = relay_step(r, WAIT_MS, err);
        now = now_ns();
        if (terminal && now - shown >= PROGRESS_NS) {
            show(c, p, r);
            shown = now;
        }
        if (ending == 0 &&
            (*o->stop || (o->count > 0 && p->judged >= o->count) ||
             (o->seconds > 0 &&
              now - begun >= (int64_t)o->seconds * SECOND_NS)))
            ending = now;
        /* What was asked is still answered, so that no side is left with half a
         * message because the judge has had enough. */
        if (ending > 0 &&
            (now - ending >= LINGER_NS || now - p->last_ns >= IDLE_NS) &&
            relay_quiesce(r))
            break;
        if (ending > 0 && now - ending >= 2 * LINGER_NS)
            break;
    }
    if (terminal)
        (void)fputs("\r\033[K", stderr);
    return code == ERR_OK && p->err.code != ERR_OK
               ? err_set(err, p->err.code, p->err.where, "%s", p->err.msg)
               : code;
}

static int
say_where(const struct command_context *c, const struct options *o,
          const struct relay *r)
{
    FILE *f;

    if (!c->quiet)
        (void)fprintf(stderr, "%s %s (%s %u) → %s\n",
                      command_say(c, "转发", "relaying"), o->listen,
                      command_say(c, "端口", "port"), relay_port(r), o->target);
    if (o->port_file == NULL)
        return EXIT_PASSED;
    f = fopen(o->port_file, "we");
    if (f != NULL && fprintf(f, "%u\n", relay_port(r)) > 0 && fclose(f) == 0)
        return EXIT_PASSED;
    return command_usage(c, "%s: %s", o->port_file, strerror(errno));
}

/* From the first connection to the report. */
static int
relay_and_judge(const struct command_context *c, const struct options *o,
                struct proxy *p, struct report_head *head, struct err *err)
{
    struct relay_options options = {.listen = o->listen,
                                    .target = o->target,
                                    .datagrams = o->udp,
                                    .events = proxy_events(p)};
    struct relay *r = relay_open(&options, err);
    struct buf time = {0};
    enum err_code code;
    int exit = EXIT_TOOL;

    if (r == NULL)
        return command_fail(c, EXIT_USAGE, err);
    if (say_where(c, o, r) != EXIT_PASSED) {
        relay_close(r);
        return EXIT_USAGE;
    }
    code = relay_on(c, o, p, r, err);
    relay_close(r);
    write_up_now(&time);
    if (code == ERR_OK)
        code = buf_cstr(&time) != NULL
                   ? proxy_finish(p, buf_cstr(&time), err)
                   : err_set(err, ERR_NOMEM, NULL, "out of memory");
    buf_free(&time);
    if (code != ERR_OK)
        return command_fail(c, EXIT_TOOL, err);
    run_judge(p->run);
    exit = write_up(c, &o->run, p->run, head, p->e);
    return exit;
}

static int
proxy_role(struct command_context *c, const struct options *o, struct run *r,
           unsigned ways)
{
    struct buf started = {0}, again = {0}, name = {0};
    struct report_head head = {.role = o->run.role, .operator= o->run.operator};
    struct evidence e = {.folder = -1, .log = -1};
    struct proxy p = {.run = r,
                      .e = &e,
                      .ways = ways,
                      .record_max = o->record_mib << 20,
                      .fd = -1};
    struct err err = {0};
    int code = EXIT_TOOL;

    write_up_now(&started);
    put_again(c, o, &again);
    buf_printf(&name, "%s%s > %s", o->udp ? "udp " : "", o->listen, o->target);
    head.started = buf_cstr(&started);
    head.again = buf_cstr(&again);
    r->setting.target = buf_cstr(&name);
    if (head.started == NULL || head.again == NULL || r->setting.target == NULL)
        code =
            command_fail(c, EXIT_TOOL, &(struct err){.msg = "out of memory"});
    else if (run_open(r, "files", &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    else if (evidence_open(&e, o->run.keep ? o->run.out : NULL, &err) != ERR_OK)
        code = command_fail(c, EXIT_USAGE, &err);
    else if (write_up_begin(&e, r, &o->run, head.started, &err) != ERR_OK ||
             proxy_open(&p, r->setting.target, &err) != ERR_OK)
        code = command_fail(c, EXIT_TOOL, &err);
    else
        code = relay_and_judge(c, o, &p, &head, &err);
    proxy_close(&p);
    evidence_close(&e);
    run_free(r);
    buf_free(&started);
    buf_free(&again);
    buf_free(&name);
    return code;
}

static int
run(struct command_context *c, int argc, char **argv)
{
    struct options *o = calloc(1, sizeof *o);
    struct run r = {0};
    struct ics *ics = NULL;
    unsigned ways = 0;
    int code = EXIT_USAGE;

    if (o == NULL)
        return command_fail(c, EXIT_TOOL,
                            &(struct err){.msg = "out of memory"});
    o->run.role = "interop";
    o->run.format = c->json ? REPORT_JSON : REPORT_TEXT;
    o->record_mib = PROXY_RECORD_BYTES >> 20;
    if (read_options(c, argc, argv, o) == EXIT_PASSED &&
        (ways = ways_of(c, o->run.role)) > 0 && command_ledger(c) &&
        command_standard(c)) {
        if (command_ics(c, o->run.ics, &ics)) {
            r.ledger = c->ledger;
            r.standard = c->standard;
            r.ics = ics;
            r.only = o->run.only;
            o->stop = interrupt_catch();
            code = proxy_role(c, o, &r, ways);
        }
    }
    ics_free(ics);
    free(o);
    return code;
}

static const char help_zh[] =
    "在两个产品之间转发并评定：连接 --listen 的产品，其内容原样送到 --target，\n"
    "回答原样送回；字节不变，半关闭、复位和背压也照样传递。工具自己不发送任何报文。\n\n"
    "  --listen HOST:PORT 在此监听；端口 0 由系统选择\n"
    "  --target HOST:PORT 转发到此\n"
    "  --role R           被测的是哪一方（list --roles）；缺省 interop，两方都评定\n"
    "  --udp              UDP（syslog，RFC 5426）；缺省 TCP\n"
    "  --ics F            产品的实现符合性声明\n"
    "  --only PREFIX      只做编号以此开头的测试及其所依赖的\n"
    "停止（Ctrl-C 也停止，并给出报告）：\n"
    "  --count N          评定 N 个文档之后\n"
    "  --duration S       S 秒之后\n"
    "结果：\n"
    "  --out DIR          把运行记录写入新目录：流量 evidence/traffic.pcapng（其中的\n"
    "                     口令、令牌等已用 x 盖住）和每个连接的 evidence/connections.ndjson\n"
    "  --record-max MIB   流量记录的上限，缺省 256，0 为不记录\n"
    "  --port-file F      把监听的端口写入此文件\n"
    "  --operator NAME    记入报告的测试人员\n"
    "  --format F         text、json、junit、tap、sarif、csv 或 html\n\n"
    "可识别明文 HTTP/1.1、syslog 和 ZeroMQ（NULL）。TLS 和 CURVE 只转发，\n"
    "报告中写明有多少内容未能看到。\n"
    "退出码同 run：0 通过，1 有不通过，2 用法有误，3 无可评定，4 工具错误，\n"
    "5 无法判定，6 没有选中任何测试\n";
static const char help_en[] =
    "Relays between two products and judges what passes: who connects to --listen is\n"
    "connected to --target, bytes go over unchanged in both directions, and so do\n"
    "half-closes, resets and back-pressure. The tester sends nothing of its own.\n\n"
    "  --listen HOST:PORT listen here; port 0: any\n"
    "  --target HOST:PORT relay to here\n"
    "  --role R           which side is the product (list --roles); interop unless\n"
    "                     told: both are judged\n"
    "  --udp              UDP (syslog, RFC 5426) in place of TCP\n"
    "  --ics F            the product's declaration\n"
    "  --only PREFIX      only tests whose id begins so, and what they need\n"
    "when to stop (Ctrl-C stops too, and reports):\n"
    "  --count N          after N judged documents\n"
    "  --duration S       after S seconds\n"
    "result:\n"
    "  --out DIR          write the run into a new folder: the traffic in\n"
    "                     evidence/traffic.pcapng, where x stands for each byte of\n"
    "                     passwords and tokens, and evidence/connections.ndjson\n"
    "  --record-max MIB   limit of that capture, 256 unless told; 0: none\n"
    "  --port-file F      write the port that was taken into this file\n"
    "  --operator NAME    who tests, for the report\n"
    "  --format F         text, json, junit, tap, sarif, csv or html\n\n"
    "Plaintext HTTP/1.1, syslog and ZeroMQ (NULL) are read. TLS and CURVE are relayed\n"
    "only, and the report says how much was not seen.\n"
    "exit status as of run: 0 passed, 1 a failure, 2 usage, 3 nothing to judge, 4 tool\n"
    "error, 5 undecided, 6 nothing selected\n";

const struct command command_proxy = {
    .name = "proxy",
    .synopsis = "--listen HOST:PORT --target HOST:PORT [--role ROLE] ...",
    .zh = "在两个产品之间转发，评定经过的内容",
    .en = "relay between two products and judge what passes",
    .help_zh = help_zh,
    .help_en = help_en,
    .run = run,
};
