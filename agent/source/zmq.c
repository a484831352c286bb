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

#include "agent/source/gate.h"
#include "agent/source/port_file.h"
#include "agent/source/unwrap.h"
#include "agent/source/zmq_ack.h"
#include "formats/base/hash.h"
#include "transport/clock.h"

#define BURST    16                /* messages between looks at other events */
#define DEAD_MAX ((size_t)1 << 20) /* bytes of a bad message that are kept */

struct zmq_source {
    char *name;
    struct gate gate;
    struct zsock sock;
    enum receiver_kind kind;
    size_t max_unacked;
    char *port_file; /* NULL: none */
    struct event *readable, *monitor, *tick, *again;
    struct zmq_acks acks;
    bool started, stopped;

    /* The message that is being handed over. */
    bool holding;
    struct zserve_message message;
    struct bytes identity;
    struct receiver_batch batch;
    struct receiver_verdict verdict; /* item: the array below */
    uint16_t *item;                  /* RESULTS_MAX */
    struct unwrap in;
    struct err broken; /* code set: goes to the dead letters as a whole */
    uint8_t seed[16];
    size_t next;  /* item */
    uint32_t at;  /* its node */
    bool refused; /* some item was not taken */
};

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

/* ---- one message */

/* The message as a whole goes to the dead letters and is refused. */
static void
refuse(struct zmq_source *s, unsigned status, const char *where,
       const char *why)
{
    s->verdict.status = status;
    s->verdict.items = 0;
    s->gate.counters.refused++;
    (void)err_set(&s->broken, ERR_SYNTAX, where, "%s", why ? why : "refused");
}

/* The header frame has to say what the envelope says. */
static const char *
contradiction(struct zmq_source *s)
{
    const struct receiver_batch *b = &s->batch;
    struct bytes type = unwrap_text(&s->in, 0, BYTES("info_type"));
    struct bytes id;

    if (type.len != 0 && !bytes_eq(type, b->info_type))
        return "info_type is not that of the header";
    id = unwrap_text(&s->in, 0, BYTES("msg_id"));
    if (id.len != 0 && !bytes_eq(id, b->id))
        return "msg_id is not the id of the header";
    if (b->items != 0 && b->items != s->in.count)
        return "items are not as many as the header says";
    return NULL;
}

static void
open_envelope(struct zmq_source *s)
{
    static const uint8_t key[16] = "hutong zmq item";
    const struct source_host *h = s->gate.host;
    struct receiver_verdict *v = &s->verdict;
    const char *why;

    s->verdict.status = unwrap_read(&s->in, s->batch.body, v);
    if (v->status == 0)
        v->status = unwrap_digest(&s->in, v);
    if (v->status != 0) {
        refuse(s, v->status, v->pointer ? v->pointer : "", v->why);
        return;
    }
    why = contradiction(s);
    if (why != NULL)
        refuse(s, 400, "", why);
    else if (h->message != NULL &&
             h->message(h->ctx, s->batch.id, s->batch.body) == SOURCE_OTHER)
        refuse(s, 409, "/msg_id", "the msg_id is that of another envelope");
    v->items = s->broken.code == ERR_OK ? s->in.count : 0;
    s->at = s->in.items + 1;
    hash_128(key, s->batch.id.data, s->batch.id.len, s->seed);
}

/* What is worth keeping of a message without the form. */
static struct bytes
largest_frame(struct zmq_source *s)
{
    struct bytes largest = {"", 0};

    for (size_t i = s->kind == RECEIVER_ROUTER; i < ZSERVE_FRAMES; i++) {
        struct bytes frame = bytes_of(zmq_msg_data(&s->message.frame[i]),
                                      zmq_msg_size(&s->message.frame[i]));

        if (frame.len > largest.len)
            largest = frame;
    }
    return largest;
}

/* False when nothing waits. */
static bool
take_message(struct zmq_source *s)
{
    if (!zserve_receive(&s->sock, &s->message)) {
        zserve_release(&s->message);
        return false;
    }
    s->holding = true;
    s->batch = (struct receiver_batch){.id = {"", 0}, .body = {"", 0}};
    s->verdict = (struct receiver_verdict){.item = s->item};
    s->broken.code = ERR_OK;
    s->next = 0;
    s->refused = false;
    if (zserve_read(s->kind, &s->message, &s->identity, &s->batch)) {
        open_envelope(s);
        return true;
    }
    refuse(s, 400, "", "the frames are not topic, header and body");
    s->batch.body = largest_frame(s);
    return true;
}

static bool
give_broken(struct zmq_source *s)
{
    struct source_frame f = {.data = bytes_upto(s->batch.body, DEAD_MAX),
                             .origin = s->batch.id,
                             .cut = s->batch.body.len > DEAD_MAX,
                             .broken = &s->broken};

    return gate_frame(&s->gate, &f);
}

static bool
give_item(struct zmq_source *s)
{
    static const uint16_t statuses[] = {[SOURCE_TAKEN] = 202,
                                        [SOURCE_REPEAT] = 200,
                                        [SOURCE_REFUSED] = 400,
                                        [SOURCE_LOST] = 503};
    struct source_answer answer = {.fate = SOURCE_TAKEN};
    struct source_frame f = {.data =
                                 tape_raw(&s->in.tape, &s->in.tape.node[s->at]),
                             .seed_len = sizeof s->seed,
                             .offset = s->next,
                             .origin = s->batch.id,
                             .kind = s->batch.info_type,
                             .out = &answer};

    memcpy(f.seed, s->seed, sizeof s->seed);
    if (!gate_frame(&s->gate, &f))
        return false;
    s->item[s->next++] = statuses[answer.fate];
    s->refused = s->refused || statuses[answer.fate] >= 400;
    s->at = s->in.tape.node[s->at].next;
    return true;
}

/* False: the host has no room; the message is kept. */
static bool
hand_over(struct zmq_source *s)
{
    bool broken = s->broken.code != ERR_OK;

    if (broken && !give_broken(s))
        return false;
    while (!broken && s->next < s->in.count)
        if (!give_item(s))
            return false;
    if (!broken)
        s->verdict.status = s->refused ? 207 : 202;
    if (s->kind == RECEIVER_ROUTER &&
        !zmq_acks_add(&s->acks, s->identity, s->batch.id, &s->verdict))
        gate_trouble(&s->gate, ERR_NOMEM, s->name,
                     "no memory for an acknowledgement");
    zserve_release(&s->message);
    s->holding = false;
    return true;
}

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
        if (!s->holding && !take_message(s))
            break;
        if (!hand_over(s))
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

static void
look_at_peers(struct zmq_source *s)
{
    (void)zsock_events(&s->sock);
    s->gate.counters.connections = s->sock.peers;
    if (s->sock.refused != 0) {
        s->gate.counters.refused++;
        gate_trouble(&s->gate, ERR_AUTH, s->name,
                     s->sock.refused == 400
                         ? "a peer was refused: its key is not allowed"
                         : "a peer was refused: it speaks another protocol or "
                           "security");
        s->sock.refused = 0;
    }
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
