/* SPDX-License-Identifier: Apache-2.0 */
/* hutong normalize: logs of products to records of the standard, one a line,
 * in the order of the input, the same bytes on every run. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "agent/pipeline/bridge.h"
#include "agent/tool/normalize_report.h"
#include "agent/tool/recognise.h"

#define OUT_BLOCK      ((size_t)128 * 1024)
#define NAMED_MAPPINGS 16

struct options {
    const char *mapping[NAMED_MAPPINGS];
    size_t mappings;
    const char *rejects;
    enum check_profile profile;
    int64_t now_ns;
    struct bridge_options bridge;
};

struct work {
    struct tool *tool;
    struct options o;
    struct mappings mappings;
    struct checker *checker;
    struct bridge *bridge;
    struct buf out, rejects;
    int rejects_fd; /* -1: none */
    bool closed;    /* nobody reads stdout any more */
    struct normalize_report report;
};

/* The only thing a handler may touch. */
static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* Without SA_RESTART, so that a waiting read returns. */
static void
catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static void
flush_rejects(struct work *w)
{
    size_t done = 0;

    while (w->rejects_fd >= 0 && done < w->rejects.len) {
        ssize_t n =
            write(w->rejects_fd, w->rejects.data + done, w->rejects.len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) { /* said once; the run goes on, its status tells */
            perror("hutong: --rejects");
            *w->tool->unwritten = true;
            (void)close(w->rejects_fd);
            w->rejects_fd = -1;
            break;
        }
        done += (size_t)n;
    }
    buf_reset(&w->rejects);
}

static void
flush(struct work *w, bool all)
{
    if (w->out.len > (all ? 0 : OUT_BLOCK) && !w->closed) {
        w->report.bytes_out += w->out.len;
        w->closed = !tool_write(w->tool, &w->out);
    }
    if (w->rejects.len > (all ? 0 : OUT_BLOCK))
        flush_rejects(w);
}

static void
take_frame(struct work *w, const char *file, const uint8_t seed[16],
           const struct normalize_frame *f)
{
    struct bridge_output got;
    struct err err = {0};
    uint8_t id[EVENT_ID_BYTES];
    enum bridge_result r;

    event_id_of(seed, 16, f->offset, f->index, id);
    r = bridge_frame(w->bridge, f->data, id, w->o.now_ns, &got, &err);
    w->report.frames++;
    w->report.cut += f->cut;
    w->report.bytes_in += f->data.len;
    switch (r) {
    case BRIDGE_RECORD:
        w->report.records++;
        w->report.repaired += got.repairs != 0;
        w->report.findings += got.findings != 0;
        buf_bytes(&w->out, got.record);
        buf_char(&w->out, '\n');
        break;
    case BRIDGE_SKIP:
        w->report.skipped++;
        break;
    case BRIDGE_REJECT:
    case BRIDGE_REFUSED:
        report_reject(&w->report, w->rejects_fd >= 0 ? &w->rejects : NULL, file,
                      f, &err, r == BRIDGE_REFUSED);
        break;
    }
    flush(w, false);
}

static int
open_bridge(struct work *w, struct normalize_input *in)
{
    struct err err = {0};
    int status = TOOL_OK;

    if (w->o.mappings == 0)
        status = mappings_recognise(w->tool, &w->mappings, in->name,
                                    normalize_sample(in), w->o.bridge.charset);
    if (status != TOOL_OK || w->bridge != NULL)
        return status;
    w->bridge = bridge_new((const struct plan *const *)w->mappings.plan,
                           w->mappings.count, w->checker, &w->o.bridge, &err);
    return w->bridge ? TOOL_OK : tool_fail(w->tool, &err);
}

/* What was recognised holds for one file only. */
static void
close_bridge(struct work *w)
{
    struct standard *standard = w->mappings.standard;

    if (w->o.mappings != 0)
        return;
    bridge_free(w->bridge);
    w->bridge = NULL;
    w->mappings.standard = NULL;
    mappings_close(&w->mappings);
    w->mappings.standard = standard;
}

static int
take_file(struct work *w, const char *path)
{
    struct normalize_input in;
    struct normalize_frame f;
    struct err err = {0};
    uint8_t seed[16];
    enum err_code code = normalize_open(&in, path, &err);
    int status;

    if (code == ERR_OK)
        code = normalize_try_document(&in, &err);
    if (code != ERR_OK)
        return tool_fail(w->tool, &err);
    normalize_seed(path, seed);
    status = open_bridge(w, &in);
    while (status == TOOL_OK && !w->closed && !interrupted) {
        code = normalize_next(&in, &f, &err);
        if (code == ERR_AGAIN)
            continue;
        if (code != ERR_OK)
            break;
        take_frame(w, path, seed, &f);
    }
    flush(w, true);
    if (status == TOOL_OK && code != ERR_OK && code != ERR_CLOSED &&
        code != ERR_AGAIN)
        status = tool_fail(w->tool, &err);
    close_bridge(w);
    normalize_close(&in);
    return status;
}

static double
seconds_now(clockid_t clock)
{
    struct timespec t = {0};

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- options */

static bool
take_now(struct options *o, const char *text)
{
    struct stamp t;

    if (!time_rfc3339_strict(bytes_str(text), &t))
        return false;
    o->now_ns = t.sec * INT64_C(1000000000) + t.nsec;
    return true;
}

/* "+08:00", as RFC 3339 writes offsets. */
static bool
take_offset(struct options *o, const char *text)
{
    struct buf b = {0};
    struct stamp t;
    bool good;

    buf_printf(&b, "2000-01-01T00:00:00%s", text);
    good = time_rfc3339_strict(buf_view(&b), &t);
    if (good)
        o->bridge.offset_min = t.offset_min;
    buf_free(&b);
    return good;
}

static bool
take_policy(struct options *o, const char *text)
{
    static const char *const names[] = {"tag", "pass", "dead_letter"};

    for (size_t i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            o->bridge.on_finding = (enum finding_policy)i;
            return true;
        }
    return false;
}

enum {
    OPT_NOW = 256,
    OPT_REJECTS,
    OPT_NO_CHECK,
    OPT_LENIENT,
    OPT_KEEP_RAW,
    OPT_CHARSET,
    OPT_OFFSET,
    OPT_TENANT,
    OPT_ON_FINDING
};

static const struct option long_options[] = {
    {"mapping", required_argument, NULL, 'm'},
    {"now", required_argument, NULL, OPT_NOW},
    {"rejects", required_argument, NULL, OPT_REJECTS},
    {"no-check", no_argument, NULL, OPT_NO_CHECK},
    {"lenient", no_argument, NULL, OPT_LENIENT},
    {"keep-raw", no_argument, NULL, OPT_KEEP_RAW},
    {"charset", required_argument, NULL, OPT_CHARSET},
    {"offset", required_argument, NULL, OPT_OFFSET},
    {"tenant", required_argument, NULL, OPT_TENANT},
    {"on-finding", required_argument, NULL, OPT_ON_FINDING},
    {0},
};

static bool
take_option(struct options *o, int c)
{
    switch (c) {
    case 'm':
        if (o->mappings == NAMED_MAPPINGS)
            return false;
        o->mapping[o->mappings++] = optarg;
        return true;
    case OPT_NOW:
        return take_now(o, optarg);
    case OPT_REJECTS:
        o->rejects = optarg;
        return true;
    case OPT_NO_CHECK:
        o->bridge.no_check = true;
        return true;
    case OPT_LENIENT:
        o->profile = CHECK_LENIENT;
        return true;
    case OPT_KEEP_RAW:
        o->bridge.keep_raw = true;
        return true;
    case OPT_CHARSET:
        return text_charset_name(bytes_str(optarg), &o->bridge.charset);
    case OPT_OFFSET:
        return take_offset(o, optarg);
    case OPT_TENANT:
        o->bridge.tenant = bytes_str(optarg);
        return true;
    case OPT_ON_FINDING:
        return take_policy(o, optarg);
    default:
        return false;
    }
}

static int
parse(struct tool *t, int argc, char **argv, struct options *o)
{
    int c;

    o->now_ns = (int64_t)(seconds_now(CLOCK_REALTIME) * 1e9);
    while ((c = getopt_long(argc, argv, "m:", long_options, NULL)) != -1)
        if (!take_option(o, c))
            return tool_bad_option(t, argv[optind - 1]);
    if (optind == argc)
        return tool_usage(t, "%s",
                          tool_say(t, "没有给出文件；- 表示标准输入",
                                   "no file given; - is standard input"));
    return TOOL_OK;
}

/* ---- the verb */

static int
open_all(struct work *w)
{
    struct err err = {0};
    int status = mappings_open(w->tool, &w->mappings);

    for (size_t i = 0; i < w->o.mappings && status == TOOL_OK; i++)
        status = mappings_add(w->tool, &w->mappings, w->o.mapping[i]);
    if (status == TOOL_OK && !w->o.bridge.no_check) {
        w->checker = checker_new(w->mappings.standard, w->o.profile, &err);
        if (w->checker == NULL)
            status = tool_fail(w->tool, &err);
    }
    if (status == TOOL_OK && w->o.rejects != NULL) {
        /* Rejected frames may hold credentials: for the owner only. */
        w->rejects_fd =
            open(w->o.rejects, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (w->rejects_fd < 0) {
            (void)err_errno(&err, w->o.rejects, "open");
            status = tool_fail(w->tool, &err);
        }
    }
    return status;
}

static void
close_all(struct work *w)
{
    bridge_free(w->bridge);
    checker_free(w->checker);
    mappings_close(&w->mappings);
    if (w->rejects_fd >= 0)
        (void)close(w->rejects_fd);
    buf_free(&w->out);
    buf_free(&w->rejects);
}

static int
run(struct tool *t, int argc, char **argv)
{
    struct work w = {.tool = t, .rejects_fd = -1};
    double start;
    int status = parse(t, argc, argv, &w.o);

    if (status != TOOL_OK)
        return status;
    interrupted = 0;
    catch_interrupts();
    status = open_all(&w);
    if (status != TOOL_OK) {
        close_all(&w);
        return status;
    }
    start = seconds_now(CLOCK_MONOTONIC);
    for (int i = optind; i < argc && !w.closed && !interrupted; i++) {
        int file = take_file(&w, argv[i]);

        if (file == TOOL_OK)
            continue;
        w.report.unreadable++;
        status = file;
        if (file != TOOL_INPUT) /* not the file's fault */
            break;
    }
    flush(&w, true);
    report_print(t, &w.report, seconds_now(CLOCK_MONOTONIC) - start);
    close_all(&w);
    if (status == TOOL_OK &&
        (w.report.rejected + w.report.refused + w.report.findings) != 0)
        status = TOOL_FINDINGS;
    return status;
}

const struct verb verb_normalize = {
    .name = "normalize",
    .synopsis = "[-m MAPPING] [OPTIONS] FILE...|-",
    .zh = "把产品日志转换为标准记录",
    .en = "turn logs of products into records of the standard",
    .help_zh =
        "  -m, --mapping ID|FILE  映射，可重复，依次尝试；缺省自动识别\n"
        "  --now TIME             接收时间 (RFC 3339)，缺省为当前时间\n"
        "  --offset +08:00        不带时区的时间所用的时区，缺省 +00:00\n"
        "  --charset NAME         utf-8、gbk 或 gb18030\n"
        "  --rejects FILE         无法转换的帧写入此文件 (NDJSON)\n"
        "  --on-finding POLICY    记录有发现时: tag 标注 (缺省)、pass 放行、\n"
        "                         dead_letter 扣留\n"
        "  --lenient              宽松检查；--no-check 不检查\n"
        "  --keep-raw             总是保留原始日志\n"
        "  --tenant NAME          记录的租户标签\n\n"
        "每行一条记录写到标准输出，小结写到标准错误 (--json 为 JSON)。\n",
    .help_en =
        "  -m, --mapping ID|FILE  repeatable, tried in order; default: "
        "recognised\n"
        "  --now TIME             receive time (RFC 3339), default: now\n"
        "  --offset +08:00        of times without one, default +00:00\n"
        "  --charset NAME         utf-8, gbk or gb18030\n"
        "  --rejects FILE         frames that gave no record, as NDJSON\n"
        "  --on-finding POLICY    records with findings: tag (default), pass,\n"
        "                         dead_letter\n"
        "  --lenient              lenient check; --no-check: none\n"
        "  --keep-raw             always keep the input in raw\n"
        "  --tenant NAME          label of every record\n\n"
        "One record a line on stdout; the summary on stderr (--json: as "
        "JSON).\n",
    .run = run,
};
