/* SPDX-License-Identifier: Apache-2.0 */
/* The source zmq: envelopes of the standard from other agents and products, in
 * the form of the zmq output (transport/zserve.h). A ROUTER acknowledges each
 * envelope item by item once its records are durable, and not before; PULL and
 * SUB cannot, what is on its way when the agent dies is lost there.
 *
 * The descriptor of a libzmq socket is edge-triggered and tells of commands, not
 * of messages: after every use of the socket ZMQ_EVENTS has to be asked again. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>
#include <zmq.h>

#include "agent/source/port_file.h"
#include "agent/source/zmq_in.h"
#include "transport/clock.h"

#define BURST 16 /* messages between looks at other events */

static const char *const mode_names[] = {"router", "pull", "sub", NULL};

static const struct option_row options[] = {
    {.name = "endpoint",
     .type = OPT_STRING,
     .required = true,
     .help_zh = "地址，如 tcp://127.0.0.1:5556 或 ipc:///run/x.sock",
     .help_en = "address, such as tcp://127.0.0.1:5556 or ipc:///run/x.sock"},
    {.name = "mode",
     .type = OPT_ENUM,
     .names = mode_names,
     .def = "router",
     .help_zh = "router 落盘后逐项确认（对端为 DEALER）；pull 与 sub 不确认，"
                "可能丢失",
     .help_en = "router acknowledges each item once it is durable (peers are "
                "DEALERs); pull and sub do not and may lose"},
    {.name = "connect",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "主动连接该地址，而不是监听",
     .help_en = "connect to the address instead of binding it"},
    {.name = "curve_secret",
     .type = OPT_SECRET_FILE,
     .help_zh = "本端 CURVE 私钥文件（Z85）",
     .help_en = "file with our CURVE secret key (Z85)"},
    {.name = "curve_allow",
     .type = OPT_PATH,
     .help_zh = "允许接入的客户端公钥文件，每行一个（监听时）",
     .help_en = "file with the clients' public keys, one a line (when bound)"},
    {.name = "curve_server_key",
     .type = OPT_PATH,
     .help_zh = "对端 CURVE 公钥文件（主动连接时）",
     .help_en = "file with the server's CURVE public key (when connecting)"},
    {.name = "plain",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "允许在本机之外不加密传输",
     .help_en = "allow unencrypted ZeroMQ beyond this machine"},
    {.name = "max_envelope",
     .type = OPT_SIZE,
     .min = 1024,
     .max = (int64_t)RECEIVER_BODY_MAX,
     .def = "1MiB",
     .help_zh = "单帧最大长度，超出则断开该对端",
     .help_en =
         "longest frame; a peer that sends a longer one is disconnected"},
    {.name = "queue",
     .type = OPT_INT,
     .min = 1,
     .max = 1000,
     .def = "4",
     .help_zh = "每个对端排队的信封数上限；每个对端最多占用约 queue × "
                "max_envelope 内存",
     .help_en = "envelopes that may wait per peer; a peer takes at most about "
                "queue times max_envelope of memory"},
    {.name = "max_unacked",
     .type = OPT_INT,
     .min = 1,
     .max = 65536,
     .def = "4096",
     .help_zh = "已读取而尚未落盘确认的条目数上限，达到后停止读取",
     .help_en = "items read and not yet durable and acknowledged; at that "
                "number reading stops"},
    {.name = "port_file",
     .type = OPT_PATH,
     .help_zh = "把实际监听的地址写入该文件（端口为 0 或 * 时有用）",
     .help_en = "file to write the bound address to (of use with port 0 or *)"},
    {0},
};

/* ---- the loop */

static bool
may_read(const struct zmq_source *s)
{
    return s->started && !s->stopped && !s->gate.full &&
           s->acks.items < s->max_unacked;
}

/* Also takes the edge off the descriptor. */
static bool
more_waits(struct zmq_source *s)
{
    int events = 0;
    size_t n = sizeof events;

    return zmq_getsockopt(s->sock.socket, ZMQ_EVENTS, &events, &n) == 0 &&
           (events & ZMQ_POLLIN) != 0;
}

static void
settle(struct zmq_source *s)
{
    const struct source_host *h = s->gate.host;

    if (s->acks.first != NULL)
        (void)zmq_acks_send(&s->acks, &s->sock, h->durable(h->ctx));
}

static void
work(struct zmq_source *s)
{
    const struct source_host *h = s->gate.host;
    const struct timeval at_once = {0};

    for (unsigned i = 0; i < BURST && may_read(s); i++) {
        if (!s->holding && !zmq_source_take(s))
            break;
        if (!zmq_source_give(s))
            break;
    }
    gate_burst(&s->gate);
    if (s->acks.fresh != NULL)
        zmq_acks_number(&s->acks, h->appended(h->ctx));
    settle(s);
    if (more_waits(s) && may_read(s))
        (void)evtimer_add(s->again, &at_once);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    work(arg);
}

/* Who comes to a bound socket and goes is not worth a word: health checks do. */
static bool
is_refusal(const struct zsock *z)
{
    return z->peers.refused > ZPEERS_BROKEN ||
           (z->peers.refused == ZPEERS_BROKEN && !z->bound);
}

static void
tell_refusal(struct zmq_source *s)
{
    s->gate.counters.refused++;
    if (s->sock.peers.refused == ZPEERS_BROKEN)
        gate_trouble(&s->gate, ERR_IO, s->name,
                     "the peer ended the connection within the handshake: a "
                     "wrong key, or another protocol");
    else
        gate_trouble(&s->gate, ERR_AUTH, s->name,
                     s->sock.peers.refused == ZPEERS_CREDENTIALS
                         ? "a peer was refused: its key is not allowed"
                         : "a peer was refused: it speaks another protocol or "
                           "security");
}

static void
look_at_peers(struct zmq_source *s)
{
    (void)zsock_events(&s->sock);
    s->gate.counters.connections = s->sock.peers.count;
    if (is_refusal(&s->sock))
        tell_refusal(s);
    s->sock.peers.refused = ZPEERS_WELCOME;
}

static void
on_monitor(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    look_at_peers(arg);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct zmq_source *s = arg;

    (void)fd, (void)what;
    look_at_peers(s);
    zsock_revive(&s->sock, clock_ms());
    work(s);
}

/* ---- life */

static void
zmq_source_close(void *arg)
{
    struct zmq_source *s = arg;
    struct event *events[] = {s ? s->readable : NULL, s ? s->monitor : NULL,
                              s ? s->tick : NULL, s ? s->again : NULL};

    if (s == NULL)
        return;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i] != NULL)
            event_free(events[i]);
    if (s->started)
        settle(s); /* what became durable while we stopped */
    if (s->holding)
        zserve_release(&s->message);
    zsock_close(&s->sock);
    zmq_acks_free(&s->acks);
    unwrap_fini(&s->in);
    free(s->item);
    free(s->port_file);
    free(s->name);
    free(s);
}

/* libzmq's descriptor is of its own making, never shared by two sockets. */
static struct event *
watch(struct event_base *base, void *socket, event_callback_fn fn, void *arg)
{
    int fd = -1;
    size_t n = sizeof fd;

    if (zmq_getsockopt(socket, ZMQ_FD, &fd, &n) != 0)
        return NULL;
    return event_new(base, fd, EV_READ | EV_PERSIST, fn, arg);
}

static enum err_code
prepare(struct zmq_source *s, struct event_base *base,
        const struct option_value *v, size_t n, struct err *err)
{
    const char *port_file = option_get(v, n, options, "port_file");
    struct zsock_options zo = {
        .endpoint = option_get(v, n, options, "endpoint"),
        .bind = !option_flag(v, n, options, "connect"),
        .plain = option_flag(v, n, options, "plain"),
        .secret = option_get(v, n, options, "curve_secret"),
        .allow = option_get(v, n, options, "curve_allow"),
        .server_key = option_get(v, n, options, "curve_server_key"),
        .max_message = (size_t)option_number(v, n, options, "max_envelope"),
        .queue = (int)option_number(v, n, options, "queue"),
    };
    enum err_code code;

    s->kind = (enum receiver_kind)option_choice(v, n, options, "mode");
    s->max_unacked = (size_t)option_number(v, n, options, "max_unacked");
    s->item = calloc(RESULTS_MAX, sizeof *s->item);
    if (port_file != NULL)
        s->port_file = strdup(port_file);
    if (s->item == NULL || (port_file != NULL && s->port_file == NULL))
        return err_set(err, ERR_NOMEM, s->name, "out of memory");
    zo.type = zserve_type(s->kind);
    code = zsock_open(&s->sock, &zo, err);
    if (code != ERR_OK)
        return code;
    s->readable = watch(base, s->sock.socket, on_readable, s);
    s->monitor = watch(base, s->sock.monitor, on_monitor, s);
    s->tick = event_new(base, -1, EV_PERSIST, on_tick, s);
    s->again = evtimer_new(base, on_readable, s);
    if (!s->readable || !s->monitor || !s->tick || !s->again)
        return err_set(err, ERR_NOMEM, s->name, "out of memory");
    return ERR_OK;
}

static enum err_code
zmq_source_open(struct event_base *base, const char *name,
                const struct option_value *values, size_t n,
                const struct source_host *host, struct bytes saved, void **out,
                struct err *err)
{
    enum err_code code = option_verify(values, n, options, err);
    struct zmq_source *s;

    (void)saved;
    if (code != ERR_OK)
        return code;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(err, ERR_NOMEM, name, "out of memory");
    s->gate.host = host;
    unwrap_init(&s->in);
    s->name = strdup(name);
    code = s->name != NULL ? prepare(s, base, values, n, err)
                           : err_set(err, ERR_NOMEM, name, "out of memory");
    if (code != ERR_OK) {
        zmq_source_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

static enum err_code
write_port(struct zmq_source *s, struct err *err)
{
    char endpoint[300] = {0};
    size_t n = sizeof endpoint - 2;

    if (zmq_getsockopt(s->sock.socket, ZMQ_LAST_ENDPOINT, endpoint, &n) != 0)
        return err_set(err, ERR_IO, s->name, "cannot tell the bound address");
    endpoint[strlen(endpoint)] = '\n';
    return port_file_write(s->port_file, bytes_str(endpoint), err);
}

static enum err_code
zmq_source_start(void *arg, struct err *err)
{
    const struct timeval second = {.tv_sec = 1}, at_once = {0};
    struct zmq_source *s = arg;

    s->started = true;
    if (event_add(s->readable, NULL) != 0 || event_add(s->monitor, NULL) != 0 ||
        event_add(s->tick, &second) != 0 || event_add(s->again, &at_once) != 0)
        return err_set(err, ERR_NOMEM, s->name, "no events");
    return s->port_file != NULL ? write_port(s, err) : ERR_OK;
}

static void
zmq_source_committed(void *arg)
{
    struct zmq_source *s = arg;

    if (s->acks.first == NULL)
        return;
    settle(s);
    work(s);
}

static void
zmq_source_resume(void *arg)
{
    struct zmq_source *s = arg;

    s->gate.full = false;
    work(s);
}

static void
zmq_source_stop(void *arg)
{
    struct zmq_source *s = arg;

    s->stopped = true;
    (void)event_del(s->again);
}

static const struct source_counters *
zmq_source_counters(const void *arg)
{
    return &((const struct zmq_source *)arg)->gate.counters;
}

const struct source source_zmq = {
    .kind = "zmq",
    .options = options,
    .can_wait = true,
    .repeats = true,
    .listens = true,
    .native = true,
    .open = zmq_source_open,
    .start = zmq_source_start,
    .committed = zmq_source_committed,
    .resume = zmq_source_resume,
    .stop = zmq_source_stop,
    .close = zmq_source_close,
    .counters = zmq_source_counters,
};
