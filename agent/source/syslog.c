/* SPDX-License-Identifier: Apache-2.0 */
/* The source syslog: UDP (RFC 5426) and TCP (RFC 6587, both framings) on any
 * number of addresses. It frames; decoding is the codec's. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent/source/address.h"
#include "agent/source/dgram.h"
#include "agent/source/port_file.h"
#include "agent/source/stream.h"

#define MAX_LISTEN 16
#define BACKLOG    128

struct syslog_source {
    char *name;
    struct gate gate;
    struct stream_server *stream;
    struct dgram *dgram[MAX_LISTEN];
    size_t dgrams;
    struct buf ports; /* what port_file gets: a URL a line */
    char *port_file;  /* NULL: none */
    bool dgram_first; /* who goes first after the next resume */
    bool stopped;
};

static const struct option_row options[] = {
    {.name = "listen",
     .type = OPT_STRING,
     .required = true,
     .help_zh =
         "监听地址，如 udp://0.0.0.0:514 tcp://[::]:514，可写多个，以空格"
         "或逗号分隔",
     .help_en = "where to listen: udp://0.0.0.0:514 tcp://[::]:514; several, "
                "separated by spaces or commas"},
    {.name = "framing",
     .type = OPT_ENUM,
     .names = stream_framings,
     .def = "auto",
     .help_zh = "TCP 分帧方式：lines 按行，octets 按字节计数，auto 逐帧判断",
     .help_en = "frames over TCP: lines, octet counts, or auto for each"},
    {.name = "split_lines",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "一个 UDP 报文里有多条记录时按行拆开",
     .help_en = "a UDP datagram holds several records, a line each"},
    {.name = "max_frame",
     .type = OPT_SIZE,
     .min = 480,
     .max = (int64_t)FRAMER_MAX_FRAME,
     .def = "64KiB",
     .help_zh = "单条消息最大长度，超出部分截断并计数",
     .help_en = "longest message; a longer one is cut, flagged and counted"},
    {.name = "max_connections",
     .type = OPT_INT,
     .min = 1,
     .max = 65536,
     .def = "512",
     .help_zh = "TCP 连接总数上限",
     .help_en = "TCP connections in total"},
    {.name = "max_per_peer",
     .type = OPT_INT,
     .min = 1,
     .max = 65536,
     .def = "64",
     .help_zh = "每个源地址的 TCP 连接数上限",
     .help_en = "TCP connections from one address"},
    {.name = "idle",
     .type = OPT_DURATION_MS,
     .min = 0,
     .max = INT64_C(30) * 24 * 3600000,
     .def = "1h",
     .help_zh = "连接多久没有数据即关闭，0 为不限",
     .help_en = "close a connection after that long without data; 0: never"},
    {.name = "rcvbuf",
     .type = OPT_SIZE,
     .min = 0,
     .max = INT64_C(1) << 30,
     .def = "4MiB",
     .help_zh = "UDP 接收缓冲区大小，受 net.core.rmem_max 限制",
     .help_en = "receive buffer of UDP, limited by net.core.rmem_max"},
    {.name = "port_file",
     .type = OPT_PATH,
     .help_zh = "把实际监听的地址写入该文件，每行一个（端口为 0 时有用）",
     .help_en = "file to write the bound addresses to, a URL a line (of use "
                "with port 0)"},
    {0},
};

/* ---- listening */

static enum err_code
note_port(struct syslog_source *s, const char *scheme, int fd,
          char name[ADDRESS_TEXT], struct err *err)
{
    struct sockaddr_storage sa = {0};
    socklen_t n = sizeof sa;
    char text[ADDRESS_TEXT];

    if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
        return err_errno(err, s->name, "cannot tell the bound address");
    address_text(&sa, text);
    (void)snprintf(name, ADDRESS_TEXT, "%s://%.100s", scheme, text);
    buf_printf(&s->ports, "%s\n", name);
    return ERR_OK;
}

static enum err_code
listen_tcp(struct syslog_source *s, const struct address *a, struct err *err)
{
    char name[ADDRESS_TEXT];
    int fd;
    enum err_code code = address_bind(a, SOCK_STREAM, &fd, err);

    if (code != ERR_OK)
        return code;
    if (listen(fd, BACKLOG) != 0)
        code = err_errno(err, s->name, "cannot listen");
    if (code == ERR_OK)
        code = note_port(s, "tcp", fd, name, err);
    if (code == ERR_OK)
        code = stream_add(s->stream, fd, name, err);
    if (code != ERR_OK)
        close(fd);
    return code;
}

static enum err_code
listen_udp(struct syslog_source *s, struct event_base *base,
           const struct dgram_options *o, const struct address *a,
           struct err *err)
{
    char name[ADDRESS_TEXT];
    struct dgram *d = NULL;
    int fd;
    enum err_code code = address_bind(a, SOCK_DGRAM, &fd, err);

    if (code != ERR_OK)
        return code;
    code = note_port(s, "udp", fd, name, err);
    if (code == ERR_OK) {
        d = dgram_new(base, &s->gate, o, fd, name, err);
        code = d != NULL ? ERR_OK : err->code;
    }
    if (code != ERR_OK) {
        close(fd);
        return code;
    }
    s->dgram[s->dgrams++] = d;
    return ERR_OK;
}

static enum err_code
listen_one(struct syslog_source *s, struct event_base *base,
           const struct dgram_options *o, struct bytes url, struct err *err)
{
    bool udp = bytes_starts(url, BYTES("udp://"));
    struct address a;
    enum err_code code;

    if (!udp && !bytes_starts(url, BYTES("tcp://")))
        return err_set(err, ERR_ARG, s->name,
                       "listen: \"%.*s\" does not begin with udp:// or tcp://",
                       (int)(url.len < 64 ? url.len : 64), url.data);
    code = address_parse(bytes_from(url, 6), &a, err);
    if (code != ERR_OK)
        return code;
    return udp ? listen_udp(s, base, o, &a, err) : listen_tcp(s, &a, err);
}

static enum err_code
listen_all(struct syslog_source *s, struct event_base *base,
           const struct dgram_options *o, struct bytes urls, struct err *err)
{
    size_t count = 0;

    while (urls.len != 0) {
        size_t n = 0;
        enum err_code code;

        while (n < urls.len && urls.data[n] != ' ' && urls.data[n] != ',')
            n++;
        if (n != 0) {
            if (count++ == MAX_LISTEN)
                return err_set(err, ERR_LIMIT, s->name,
                               "listen: at most %d addresses", MAX_LISTEN);
            code = listen_one(s, base, o, bytes_upto(urls, n), err);
            if (code != ERR_OK)
                return code;
        }
        urls = bytes_from(urls, n + 1);
    }
    if (count == 0)
        return err_set(err, ERR_ARG, s->name, "listen: no address");
    return ERR_OK;
}

/* ---- life */

static void
syslog_close(void *arg)
{
    struct syslog_source *s = arg;

    if (s == NULL)
        return;
    for (size_t i = 0; i < s->dgrams; i++)
        dgram_free(s->dgram[i]);
    stream_free(s->stream);
    buf_free(&s->ports);
    free(s->port_file);
    free(s->name);
    free(s);
}

static enum err_code
prepare(struct syslog_source *s, struct event_base *base,
        const struct option_value *v, size_t n, struct err *err)
{
    struct stream_options so = {
        .kind = (enum framer_kind)option_choice(v, n, options, "framing"),
        .max_frame = (size_t)option_number(v, n, options, "max_frame"),
        .max_connections =
            (unsigned)option_number(v, n, options, "max_connections"),
        .max_per_peer = (unsigned)option_number(v, n, options, "max_per_peer"),
        .idle_ms = option_number(v, n, options, "idle"),
    };
    struct dgram_options o = {
        .max_frame = so.max_frame < DGRAM_MAX ? so.max_frame : DGRAM_MAX,
        .rcvbuf = (size_t)option_number(v, n, options, "rcvbuf"),
        .split_lines = option_flag(v, n, options, "split_lines"),
    };
    const char *port_file = option_get(v, n, options, "port_file");

    s->stream = stream_new(base, &s->gate, &so);
    if (port_file != NULL)
        s->port_file = strdup(port_file);
    if (s->stream == NULL || (port_file != NULL && s->port_file == NULL))
        return err_set(err, ERR_NOMEM, s->name, "out of memory");
    return listen_all(s, base, &o,
                      bytes_str(option_get(v, n, options, "listen")), err);
}

static enum err_code
syslog_open(struct event_base *base, const char *name,
            const struct option_value *values, size_t n,
            const struct source_host *host, struct bytes saved, void **out,
            struct err *err)
{
    enum err_code code = option_verify(values, n, options, err);
    struct syslog_source *s;

    (void)saved;
    if (code != ERR_OK)
        return code;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    s->gate.host = host;
    s->name = strdup(name);
    code = s->name != NULL ? prepare(s, base, values, n, err)
                           : err_set(err, ERR_NOMEM, name, "out of memory");
    if (code != ERR_OK) {
        syslog_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

static enum err_code
syslog_start(void *arg, struct err *err)
{
    struct syslog_source *s = arg;
    enum err_code code = stream_start(s->stream, err);

    for (size_t i = 0; i < s->dgrams && code == ERR_OK; i++)
        code = dgram_start(s->dgram[i], err);
    if (code == ERR_OK && s->port_file != NULL)
        code = port_file_write(s->port_file, buf_view(&s->ports), err);
    return code;
}

static void
syslog_resume(void *arg)
{
    struct syslog_source *s = arg;

    if (s->stopped)
        return;
    s->gate.full = false;
    s->dgram_first = !s->dgram_first;
    if (!s->dgram_first)
        stream_resume(s->stream);
    for (size_t i = 0; i < s->dgrams; i++)
        dgram_resume(s->dgram[i]);
    if (s->dgram_first)
        stream_resume(s->stream);
}

static void
syslog_stop(void *arg)
{
    struct syslog_source *s = arg;

    s->stopped = true;
    stream_stop(s->stream);
    for (size_t i = 0; i < s->dgrams; i++)
        dgram_stop(s->dgram[i]);
}

static const struct source_counters *
syslog_counters(const void *arg)
{
    return &((const struct syslog_source *)arg)->gate.counters;
}

const struct source source_syslog = {
    .kind = "syslog",
    .options = options,
    .listens = true,
    .can_wait = true, /* UDP waits in the kernel, which counts what it drops */
    .open = syslog_open,
    .start = syslog_start,
    .resume = syslog_resume,
    .stop = syslog_stop,
    .close = syslog_close,
    .counters = syslog_counters,
};
