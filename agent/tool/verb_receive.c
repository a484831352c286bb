/* SPDX-License-Identifier: Apache-2.0 */
/* hutong receive: the receiving end of zmq and https outputs; prints or stores
 * what arrives and acknowledges it item by item. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/tool/receive_take.h"
#include "agent/tool/tool.h"
#include "transport/receiver.h"
#include "transport/transport.h"

struct options {
    struct receiver_options receiver;
    struct tls_files tls;
    const char *store, *port_file;
    uint64_t count;      /* 0: no end */
    uint64_t timeout_ms; /* 0: none */
    bool check;          /* items against the definitions */
};

struct work {
    struct receive_take take;
    struct receive_judge judge;
    struct standard *standard; /* owned; NULL without --check */
    struct receiver *receiver;
    uint64_t count;
};

static void
on_batch(void *arg, const struct receiver_batch *b, struct receiver_verdict *v)
{
    struct work *w = arg;

    receive_take_batch(&w->take, b, v);
    if (v->status == 503)
        v->retry_after_s = 1;
    if (w->take.closed || (w->count && w->take.counters.records >= w->count))
        receiver_stop(w->receiver);
}

/* The port, complete or not there at all: others wait for the file. */
static enum err_code
write_port(const char *path, unsigned port, struct err *err)
{
    struct buf temp = {0};
    enum err_code code = ERR_OK;
    FILE *f = NULL;

    buf_printf(&temp, "%s.new", path);
    if (buf_cstr(&temp))
        f = fopen(buf_cstr(&temp), "we");
    if (!f || fprintf(f, "%u\n", port) < 0)
        code = err_errno(err, path, "cannot write");
    if (f && fclose(f) != 0 && code == ERR_OK)
        code = err_errno(err, path, "cannot write");
    if (code == ERR_OK && rename(buf_cstr(&temp), path) != 0)
        code = err_errno(err, path, "cannot write");
    buf_free(&temp);
    return code;
}

/* SIGTERM and SIGINT end the wait through a descriptor. */
static int
stop_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
print_summary(const struct tool *t, const struct work *w)
{
    const struct receive_counters *c = &w->take.counters;
    struct receiver_counters r = receiver_counters(w->receiver);
    FILE *out = w->take.store.fd >= 0 ? stdout : stderr;
    unsigned long long records = c->records, repeats = c->repeats,
                       batches = c->batches, refused = c->refused,
                       bad = c->bad + r.malformed;

    if (t->json)
        (void)fprintf(out,
                      "{\"records\":%llu,\"repeats\":%llu,\"batches\":%llu,"
                      "\"refused\":%llu,\"bad\":%llu}\n",
                      records, repeats, batches, refused, bad);
    else if (t->zh && !t->quiet)
        (void)fprintf(out,
                      "收到 %llu 条记录，重复 %llu 条，共 %llu 批；拒绝 %llu "
                      "条，无效批次 %llu\n",
                      records, repeats, batches, refused, bad);
    else if (!t->quiet)
        (void)fprintf(out,
                      "%llu records, %llu repeats, %llu batches; %llu items "
                      "refused, %llu bad batches\n",
                      records, repeats, batches, refused, bad);
}

/* What must be there before the first batch may come. */
static enum err_code
open_all(struct work *w, struct options *o, struct err *err)
{
    enum err_code code = receive_take_init(&w->take, o->store, err);

    if (code == ERR_OK && w->standard != NULL) {
        code = receive_judge_init(&w->judge, w->standard, err);
        w->take.judge = &w->judge;
    }
    if (code != ERR_OK)
        return code;
    o->receiver.fn = on_batch;
    o->receiver.arg = w;
    code = receiver_open(&o->receiver, &w->receiver, err);
    if (code == ERR_OK && o->port_file)
        code = write_port(o->port_file, receiver_port(w->receiver), err);
    return code;
}

static int
receive(const struct tool *t, struct options *o)
{
    struct work w = {.count = o->count};
    struct err err = {0};
    int result = TOOL_OK;

    transport_quiet_pipes();
    if (o->check && (w.standard = tool_standard(t)) == NULL)
        return TOOL_CONFIG;
    o->receiver.stop_fd = stop_signals();
    if (o->receiver.stop_fd < 0) {
        std_free(w.standard);
        (void)err_errno(&err, NULL, "signals");
        return tool_fail(t, &err);
    }
    if (open_all(&w, o, &err) != ERR_OK) {
        result = tool_fail(t, &err);
        goto close;
    }
    if (!t->quiet)
        (void)fprintf(stderr, "hutong: %s %s (%u)\n",
                      tool_say(t, "正在接收", "receiving at"),
                      o->receiver.address, receiver_port(w.receiver));
    receiver_run(w.receiver, (unsigned)o->timeout_ms);
    print_summary(t, &w);
    if (o->count && w.take.counters.records < o->count)
        result = TOOL_UNAVAILABLE;
close:
    receiver_close(w.receiver);
    receive_take_fini(&w.take);
    receive_judge_fini(&w.judge);
    std_free(w.standard);
    close(o->receiver.stop_fd);
    return result;
}

enum {
    OPT_ZMQ = 256,
    OPT_HTTPS,
    OPT_MODE,
    OPT_CONNECT,
    OPT_PLAIN,
    OPT_CURVE_SECRET,
    OPT_CURVE_ALLOW,
    OPT_CURVE_SERVER_KEY,
    OPT_CERT,
    OPT_KEY,
    OPT_CLIENT_CA,
    OPT_TLS12,
    OPT_INSECURE,
    OPT_TOKEN_FILE,
    OPT_STORE,
    OPT_COUNT,
    OPT_TIMEOUT,
    OPT_PORT_FILE,
    OPT_CHECK
};

static const struct option known[] = {
    {"zmq", required_argument, NULL, OPT_ZMQ},
    {"https", required_argument, NULL, OPT_HTTPS},
    {"mode", required_argument, NULL, OPT_MODE},
    {"connect", no_argument, NULL, OPT_CONNECT},
    {"plain", no_argument, NULL, OPT_PLAIN},
    {"curve-secret", required_argument, NULL, OPT_CURVE_SECRET},
    {"curve-allow", required_argument, NULL, OPT_CURVE_ALLOW},
    {"curve-server-key", required_argument, NULL, OPT_CURVE_SERVER_KEY},
    {"cert", required_argument, NULL, OPT_CERT},
    {"key", required_argument, NULL, OPT_KEY},
    {"client-ca", required_argument, NULL, OPT_CLIENT_CA},
    {"tls12", no_argument, NULL, OPT_TLS12},
    {"insecure-http", no_argument, NULL, OPT_INSECURE},
    {"token-file", required_argument, NULL, OPT_TOKEN_FILE},
    {"store", required_argument, NULL, OPT_STORE},
    {"count", required_argument, NULL, OPT_COUNT},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"port-file", required_argument, NULL, OPT_PORT_FILE},
    {"check", no_argument, NULL, OPT_CHECK},
    {0},
};

/* Options that only set a text; the table says where. */
static const char **
text_place(struct options *o, int c)
{
    switch (c) {
    case OPT_CURVE_SECRET:
        return &o->receiver.secret;
    case OPT_CURVE_ALLOW:
        return &o->receiver.allow;
    case OPT_CURVE_SERVER_KEY:
        return &o->receiver.server_key;
    case OPT_CERT:
        return &o->tls.cert;
    case OPT_KEY:
        return &o->tls.key;
    case OPT_CLIENT_CA:
        return &o->tls.ca;
    case OPT_TOKEN_FILE:
        return &o->receiver.token_file;
    case OPT_STORE:
        return &o->store;
    case OPT_PORT_FILE:
        return &o->port_file;
    default:
        return NULL;
    }
}

static bool
set_mode(struct options *o, const char *text)
{
    static const struct {
        const char *name;
        enum receiver_kind kind;
    } modes[] = {{"router", RECEIVER_ROUTER},
                 {"pull", RECEIVER_PULL},
                 {"sub", RECEIVER_SUB}};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(text, modes[i].name) == 0) {
            o->receiver.kind = modes[i].kind;
            return true;
        }
    }
    return false;
}

struct flags {
    bool http, insecure, mode;
};

#define TIMEOUT_MAX_S ((uint64_t)86400 * 30)

/* False when the value is wrong. */
static bool
set_option(struct options *o, struct flags *f, int c)
{
    switch (c) {
    case OPT_ZMQ:
    case OPT_HTTPS:
        f->http = c == OPT_HTTPS;
        if (o->receiver.address)
            return false;
        o->receiver.address = optarg;
        return true;
    case OPT_MODE:
        f->mode = true;
        return set_mode(o, optarg);
    case OPT_CONNECT:
        o->receiver.connect = true;
        return true;
    case OPT_PLAIN:
        o->receiver.plain = true;
        return true;
    case OPT_TLS12:
        o->tls.tls12 = true;
        return true;
    case OPT_INSECURE:
        f->insecure = true;
        return true;
    case OPT_CHECK:
        o->check = true;
        return true;
    case OPT_COUNT:
        return bytes_to_u64(bytes_str(optarg), UINT64_MAX, &o->count);
    case OPT_TIMEOUT:
        if (!bytes_to_u64(bytes_str(optarg), TIMEOUT_MAX_S, &o->timeout_ms))
            return false;
        o->timeout_ms *= 1000;
        return true;
    default:
        return false;
    }
}

static int
judge(const struct tool *t, struct options *o, const struct flags *f)
{
    bool curve = o->receiver.secret || o->receiver.allow ||
                 o->receiver.server_key || o->receiver.plain ||
                 o->receiver.connect || f->mode;
    bool tls = o->tls.cert || o->tls.key || o->tls.ca || o->tls.tls12;

    if (!o->receiver.address)
        return tool_usage(t, "%s",
                          tool_say(t, "用 --zmq 或 --https 给出地址",
                                   "give an address with --zmq or --https"));
    if (f->http ? curve : tls || f->insecure || o->receiver.token_file != NULL)
        return tool_usage(t, "%s",
                          tool_say(t, "ZeroMQ 与 HTTPS 的选项不能混用",
                                   "options of ZeroMQ and HTTPS do not mix"));
    if (!f->http)
        return TOOL_OK;
    o->receiver.kind = RECEIVER_HTTP;
    if (!f->insecure && (!o->tls.cert || !o->tls.key))
        return tool_usage(t, "%s",
                          tool_say(t, "--https 需要 --cert 和 --key",
                                   "--https needs --cert and --key"));
    if (f->insecure && tls)
        return tool_usage(t, "%s",
                          tool_say(t, "--insecure-http 与证书不能同时使用",
                                   "--insecure-http takes no certificates"));
    o->receiver.tls = f->insecure ? NULL : &o->tls;
    return TOOL_OK;
}

static int
run(struct tool *t, int argc, char **argv)
{
    struct options o = {0};
    struct flags f = {0};
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        const char **text = text_place(&o, c);

        if (text)
            *text = optarg;
        else if (!set_option(&o, &f, c))
            return tool_bad_option(t, argv[optind - 1]);
    }
    if (optind < argc)
        return tool_usage(t, "%s: %s", argv[optind],
                          tool_say(t, "多余的参数", "unexpected argument"));
    c = judge(t, &o, &f);
    return c == TOOL_OK ? receive(t, &o) : c;
}

const struct verb verb_receive = {
    .name = "receive",
    .synopsis = "--zmq ADDRESS|--https HOST:PORT [--store FILE]",
    .zh = "接收 ZeroMQ 或 HTTPS 输出，逐条确认，去除重复",
    .en = "receive zmq or https outputs, acknowledge each item, drop repeats",
    .help_zh =
        "  --zmq 地址            如 tcp://127.0.0.1:5556 或 ipc:///tmp/x\n"
        "  --mode 方式           router（缺省，确认）、pull、sub（二者不能确认）\n"
        "  --connect             主动连接，而不是监听\n"
        "  --plain               允许在本机之外不加密\n"
        "  --curve-secret 文件   本端 CURVE 私钥；--curve-allow 文件：允许的客户端"
        "公钥\n"
        "  --curve-server-key 文件   对端公钥（与 --connect 同用）\n"
        "  --https 主机:端口     端口 0 由系统选择；需要 --cert 和 --key\n"
        "  --client-ca 文件      要求客户端证书由它签发\n"
        "  --token-file 文件     要求该访问令牌\n"
        "  --tls12               允许 TLS 1.2\n"
        "  --insecure-http       不加密，仅限本机回环地址\n"
        "  --store 文件          追加到 NDJSON 文件，落盘后才确认；缺省打印到标准"
        "输出\n"
        "  --count N             收到 N 条新记录后退出；--timeout 秒：到时退出\n"
        "  --port-file 文件      写入实际端口\n"
        "  --check               按定义检验，不合规的信封或记录以 400 拒绝，写明代码和"
        "位置\n"
        "\n"
        "重复按 x_event_id（最近一百万个）和 msg_id 判断；用 --store 时重启后仍然"
        "有效\n（文件.messages 记录 msg_id）。\n"
        "退出码：0 正常，69 到时仍不足 N 条。\n",
    .help_en =
        "  --zmq ADDRESS         such as tcp://127.0.0.1:5556 or ipc:///tmp/x\n"
        "  --mode MODE           router (default, acknowledges), pull, sub "
        "(cannot)\n"
        "  --connect             connect instead of listening\n"
        "  --plain               allow it unencrypted beyond this machine\n"
        "  --curve-secret FILE   own CURVE secret key; --curve-allow FILE: "
        "clients' keys\n"
        "  --curve-server-key FILE   the server's public key (with --connect)\n"
        "  --https HOST:PORT     port 0: the system chooses; needs --cert and "
        "--key\n"
        "  --client-ca FILE      demand a client certificate of it\n"
        "  --token-file FILE     demand this bearer token\n"
        "  --tls12               allow TLS 1.2\n"
        "  --insecure-http       unencrypted, on loopback only\n"
        "  --store FILE          append to an NDJSON file, synced before the "
        "acknowledgement;\n"
        "                        default: print to standard output\n"
        "  --count N             exit after N new records; --timeout S: after "
        "S seconds\n"
        "  --port-file FILE      write the port there\n"
        "  --check               refuse envelopes and items that the definitions "
        "refuse: 400\n"
        "                        with code and place, 207 when some items are "
        "good\n"
        "\n"
        "Repeats are told by x_event_id (the last million) and msg_id; with "
        "--store also\nafter a restart (FILE.messages has the msg_ids).\n"
        "Exit status: 0 ok, 69 fewer than N records in time.\n",
    .run = run,
};
