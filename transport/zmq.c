/* SPDX-License-Identifier: Apache-2.0 */
/* Transport `zmq`: a batch is one message [topic][header JSON][body]. Mode
 * `dealer` waits for the receiver's acknowledgement [id][status][results] (see
 * results.h); `push` and `pub` only hand over. Nothing is queued for a peer
 * that is not there. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <zmq.h>

#include "transport/answer.h"
#include "transport/clock.h"
#include "transport/report.h"
#include "transport/transport.h"
#include "transport/wake.h"
#include "transport/zbody.h"
#include "transport/zhead.h"
#include "transport/zsock.h"

enum mode { MODE_DEALER, MODE_PUSH, MODE_PUB };
static const char *const mode_names[] = {"dealer", "push", "pub", NULL};
static const int mode_types[] = {ZMQ_DEALER, ZMQ_PUSH, ZMQ_PUB};

#define ACK_MAX ((size_t)1 << 20) /* bytes of one acknowledgement frame */

static const struct option_row options[] = {
    {.name = "endpoint",
     .type = OPT_STRING,
     .required = true,
     .help_zh = "地址，如 tcp://10.0.0.1:5556 或 ipc:///run/x.sock",
     .help_en = "address, such as tcp://10.0.0.1:5556 or ipc:///run/x.sock"},
    {.name = "mode",
     .type = OPT_ENUM,
     .names = mode_names,
     .def = "dealer",
     .help_zh = "dealer 等待接收方确认；push 与 pub 不确认，可能丢失",
     .help_en = "dealer waits for acknowledgements; push and pub do not and "
                "may lose"},
    {.name = "bind",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "监听该地址，而不是主动连接",
     .help_en = "bind the address instead of connecting to it"},
    {.name = "curve_secret",
     .type = OPT_SECRET_FILE,
     .help_zh = "本端 CURVE 私钥文件（Z85）",
     .help_en = "file with our CURVE secret key (Z85)"},
    {.name = "curve_server_key",
     .type = OPT_PATH,
     .help_zh = "对端 CURVE 公钥文件（主动连接时）",
     .help_en = "file with the server's CURVE public key (when connecting)"},
    {.name = "curve_allow",
     .type = OPT_PATH,
     .help_zh = "允许接入的客户端公钥文件，每行一个（监听时）",
     .help_en = "file with the clients' public keys, one a line (when bound)"},
    {.name = "plain",
     .type = OPT_BOOL,
     .def = "false",
     .help_zh = "允许在本机之外不加密传输",
     .help_en = "allow unencrypted ZeroMQ beyond this machine"},
    {.name = "queue",
     .type = OPT_INT,
     .min = 1,
     .max = 1000,
     .def = "8",
     .help_zh = "每个对端排队的批数上限",
     .help_en = "batches that may wait per peer"},
    {0},
};

struct zmq_out {
    enum mode mode;
    struct zsock sock;
    struct wake wake;
    struct zbody *bodies;
    struct answer answer;
    struct buf topic, header;
    struct buf ack[3]; /* id, status, results */
};

static void
out_close(void *t)
{
    struct zmq_out *z = t;

    if (!z)
        return;
    zsock_close(&z->sock);
    zbody_free(z->bodies); /* after the context let go of all messages */
    wake_fini(&z->wake);
    answer_fini(&z->answer);
    buf_free(&z->topic);
    buf_free(&z->header);
    for (size_t i = 0; i < 3; i++)
        buf_free(&z->ack[i]);
    free(z);
}

static enum err_code
set_up(struct zmq_out *z, const struct option_value *v, size_t n,
       struct err *err)
{
    struct zsock_options o = {
        .endpoint = option_get(v, n, options, "endpoint"),
        .bind = option_flag(v, n, options, "bind"),
        .plain = option_flag(v, n, options, "plain"),
        .secret = option_get(v, n, options, "curve_secret"),
        .server_key = option_get(v, n, options, "curve_server_key"),
        .allow = option_get(v, n, options, "curve_allow"),
        .max_message = ACK_MAX,
        .queue = (int)option_number(v, n, options, "queue"),
    };
    enum err_code code = wake_init(&z->wake, err);

    z->mode = (enum mode)option_choice(v, n, options, "mode");
    o.type = mode_types[z->mode];
    z->bodies = zbody_new();
    if (code == ERR_OK && !z->bodies)
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    return code == ERR_OK ? zsock_open(&z->sock, &o, err) : code;
}

static enum err_code
out_open(const struct option_value *v, size_t n, void **out, struct err *err)
{
    enum err_code code = option_verify(v, n, options, err);
    struct zmq_out *z;

    if (code != ERR_OK)
        return code;
    z = calloc(1, sizeof(*z));
    if (!z)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    z->wake.fd = -1;
    for (size_t i = 0; i < 3; i++)
        buf_init(&z->ack[i], ACK_MAX);
    code = set_up(z, v, n, err);
    if (code != ERR_OK) {
        out_close(z);
        return code;
    }
    *out = z;
    return ERR_OK;
}

/* ---- waiting */

enum wait { WAIT_READY, WAIT_TIMEOUT, WAIT_WOKEN, WAIT_LOST };

/* News of the monitor; true when somebody went away whose queue mattered. */
static bool
look(struct zmq_out *z)
{
    bool gone = zsock_events(&z->sock) && z->mode != MODE_PUB;

    if (gone)
        zsock_settle(&z->sock);
    return gone;
}

/* Whether one went that may have the batch; of interest while we want to read. */
static bool
is_lost(const struct zmq_out *z, short events)
{
    return events == ZMQ_POLLIN && z->sock.peers.lost;
}

/* Until the socket is ready for ${events}, the batch is lost, the bell rings
 * or ${end_ms} passes. */
static enum wait
await(struct zmq_out *z, short events, int64_t end_ms)
{
    zmq_pollitem_t items[] = {
        {.socket = z->sock.socket, .events = events},
        {.socket = z->sock.monitor, .events = ZMQ_POLLIN},
        {.fd = z->wake.fd, .events = ZMQ_POLLIN},
    };

    for (;;) {
        int64_t left = end_ms - clock_ms();
        int64_t wait = left > 0 && !is_lost(z, events) ? left : 0;
        bool gone;

        (void)zmq_poll(items, 3, zsock_patience(&z->sock, wait));
        gone = look(z);
        zsock_revive(&z->sock, clock_ms());
        if (is_lost(z, events))
            return WAIT_LOST;
        if (!gone && items[0].revents & events)
            return WAIT_READY;
        if (wake_take(&z->wake))
            return WAIT_WOKEN;
        if (left <= 0)
            return WAIT_TIMEOUT;
    }
}

static void
report_absent(const struct zmq_out *z, struct send_report *r)
{
    bool refused;

    report_set(r, SEND_DOWN, "%s",
               zpeers_absent(&z->sock.peers, z->sock.bound, &refused));
    r->pause = refused;
}

/* ---- one batch */

static bool
make_heads(struct zmq_out *z, const struct batch *b)
{
    buf_reset(&z->topic);
    buf_bytes(&z->topic, b->info_type);
    buf_char(&z->topic, '.');
    buf_reset(&z->header);
    zhead_write(&z->header,
                &(struct zhead){
                    .id = b->id,
                    .info_type = b->info_type,
                    .content_type = bytes_str(
                        b->content_type ? b->content_type : "application/json"),
                    .items = b->items,
                    .first_sequence = b->first_sequence});
    return buf_ok(&z->topic) && buf_ok(&z->header);
}

static bool
send_frames(struct zmq_out *z, zmq_msg_t *body)
{
    void *s = z->sock.socket;
    bool taken;

    zpeers_handing(&z->sock.peers, true);
    taken = zmq_send(s, z->topic.data, z->topic.len,
                     ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0 &&
            zmq_send(s, z->header.data, z->header.len,
                     ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0 &&
            zmq_msg_send(body, s, ZMQ_DONTWAIT) >= 0;
    if (taken)
        (void)zsock_events(&z->sock);
    zpeers_handing(&z->sock.peers, false);
    return taken;
}

/* hand_over(z, b, end_ms, r): false with ${r} set when libzmq did not take the
 * batch. */
static bool
hand_over(struct zmq_out *z, const struct batch *b, int64_t end_ms,
          struct send_report *r)
{
    zmq_msg_t body;
    enum wait wait = await(z, ZMQ_POLLOUT, end_ms);

    if (wait == WAIT_WOKEN) {
        report_set(r, SEND_AGAIN, "interrupted");
        return false;
    }
    if (wait != WAIT_READY) {
        report_absent(z, r);
        return false;
    }
    if (!make_heads(z, b) || !zbody_message(z->bodies, b->body, &body)) {
        report_set(r, SEND_AGAIN, "out of memory");
        return false;
    }
    if (!send_frames(z, &body)) {
        report_set(r, z->mode == MODE_PUB ? SEND_AGAIN : SEND_DOWN,
                   "the peer takes nothing: %s", zmq_strerror(errno));
        (void)zmq_msg_close(&body);
        return false;
    }
    return true;
}

/* The next acknowledgement that waits; frames beyond three are dropped. */
static bool
next_ack(struct zmq_out *z)
{
    struct buf extra = {.max = ACK_MAX};
    bool more = true;

    for (size_t i = 0; i < 3; i++)
        buf_reset(&z->ack[i]);
    for (size_t i = 0; more; i++) {
        buf_reset(&extra);
        if (!zsock_recv_frame(&z->sock, i < 3 ? &z->ack[i] : &extra, &more)) {
            buf_free(&extra);
            return false;
        }
    }
    buf_free(&extra);
    return true;
}

/* Acknowledgements of earlier batches, late or repeated, pass by. */
static bool
read_ack(struct zmq_out *z, const struct batch *b, struct send_report *r)
{
    uint64_t status;

    while (next_ack(z)) {
        if (!bytes_eq(buf_view(&z->ack[0]), b->id) ||
            !bytes_to_u64(buf_view(&z->ack[1]), 599, &status))
            continue;
        answer_read(&z->answer, b, (unsigned)status, ANSWER_LIST,
                    buf_view(&z->ack[2]), r);
        return true;
    }
    return false;
}

static void
await_ack(struct zmq_out *z, const struct batch *b, int64_t end_ms,
          struct send_report *r)
{
    for (;;) {
        switch (await(z, ZMQ_POLLIN, end_ms)) {
        case WAIT_READY:
            if (read_ack(z, b, r))
                return;
            break;
        case WAIT_TIMEOUT:
            report_set(r, SEND_AGAIN, "no acknowledgement in time");
            return;
        case WAIT_WOKEN:
            report_set(r, SEND_AGAIN, "interrupted");
            return;
        case WAIT_LOST:
            /* What it sent before it went is still in the pipe. */
            if (read_ack(z, b, r))
                return;
            report_set(r, SEND_DOWN,
                       "the peer went away before it acknowledged");
            return;
        }
    }
}

static void
out_send(void *t, const struct batch *b, unsigned deadline_ms,
         struct send_report *r)
{
    struct zmq_out *z = t;
    int64_t end_ms = clock_ms() + deadline_ms;

    if (!answer_expects(&z->answer, b, r))
        return;
    if (wake_take(&z->wake)) {
        report_set(r, SEND_AGAIN, "interrupted");
        return;
    }
    (void)look(z);
    if (!hand_over(z, b, end_ms, r))
        return;
    if (z->mode == MODE_DEALER)
        await_ack(z, b, end_ms, r);
    else
        report_set(r, SEND_SENT, "handed to ZeroMQ (%s)", mode_names[z->mode]);
}

static void
out_probe(void *t, unsigned deadline_ms, struct send_report *r)
{
    struct zmq_out *z = t;

    switch (await(z, ZMQ_POLLOUT, clock_ms() + deadline_ms)) {
    case WAIT_READY:
        report_set(r, SEND_SENT, "a peer is connected");
        break;
    case WAIT_WOKEN:
        report_set(r, SEND_AGAIN, "interrupted");
        break;
    case WAIT_TIMEOUT:
    case WAIT_LOST:
        report_absent(z, r);
        break;
    }
}

/* libzmq stops when nobody reads what it tells of connections, and a peer may
 * have to be called anew. */
static void
out_idle(void *t)
{
    struct zmq_out *z = t;

    (void)look(z);
    zsock_revive(&z->sock, clock_ms());
}

static void
out_wake(void *t)
{
    struct zmq_out *z = t;

    wake_ring(&z->wake);
}

extern const struct transport transport_zmq;
const struct transport transport_zmq = {
    .scheme = "zmq",
    .options = options,
    .guarantee = "dealer: SENT means that the receiver acknowledged the batch "
                 "(at least once); push: handed to a connected peer, lost when "
                 "its connection breaks; pub: handed to whoever subscribes "
                 "now, gaps show in the sequence numbers",
    .open = out_open,
    .send = out_send,
    .probe = out_probe,
    .idle = out_idle,
    .wake = out_wake,
    .close = out_close,
};
