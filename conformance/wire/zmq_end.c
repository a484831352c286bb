/* SPDX-License-Identifier: Apache-2.0 */
/* See zmq_end.h. */
#include "conformance/wire/zmq_end.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include <zmq.h>

#include "conformance/wire/zmq_zap.h"
#include "transport/clock.h"

/* ZMQ_ZAP_ENFORCE_DOMAIN: the header hides the name behind its DRAFT macro, the
 * stable library takes the number and obeys it. Without it libzmq lets in
 * everybody when a domain has no handler. */
#define END_ZAP_ENFORCE 93
#define END_MESSAGE_MAX ((int64_t)32 << 20) /* octets of one frame */
#define END_BIND_MS     2000 /* the port of an end that was just closed */

/* ---- messages */

void
zmq_message_reset(struct zmq_message *m)
{
    buf_reset(&m->data);
    m->frames = 0;
    m->at_ms = 0;
}

void
zmq_message_free(struct zmq_message *m)
{
    buf_free(&m->data);
    m->frames = 0;
}

void
zmq_message_add(struct zmq_message *m, struct bytes frame)
{
    if (m->frames < ZMQ_END_FRAMES) {
        buf_bytes(&m->data, frame);
        m->end[m->frames] = m->data.len;
    }
    m->frames++;
}

struct bytes
zmq_message_frame(const struct zmq_message *m, size_t i)
{
    size_t from;

    if (i >= m->frames || i >= ZMQ_END_FRAMES)
        return (struct bytes){0};
    from = i ? m->end[i - 1] : 0;
    return bytes_upto(bytes_from(buf_view(&m->data), from), m->end[i] - from);
}

/* ---- open */

static bool
set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static enum err_code
refuse(struct err *err, const char *what)
{
    return err_set(err, ERR_UNSUPPORTED, NULL, "libzmq: %s: %s", what,
                   zmq_strerror(errno));
}

/* Option 93 needs a domain; the handler is there before the socket is bound. */
static enum err_code
serve_curve(struct zmq_end *e, const struct zmq_end_options *o, struct err *err)
{
    e->zap = zmq_zap_start(e->context, o->zap, o->other, err);
    if (!e->zap)
        return ERR_IO;
    if (!set_int(e->socket, ZMQ_CURVE_SERVER, 1) ||
        zmq_setsockopt(e->socket, ZMQ_ZAP_DOMAIN, "conform", 7) != 0 ||
        !set_int(e->socket, END_ZAP_ENFORCE, 1))
        return refuse(err, "authentication cannot be enforced");
    return ERR_OK;
}

static enum err_code
set_curve(struct zmq_end *e, const struct zmq_end_options *o, struct err *err)
{
    enum err_code code = ERR_OK;

    if (!o->secret)
        return ERR_OK;
    e->curve = true;
    if (o->bind)
        code = serve_curve(e, o, err);
    else if (!o->other || zmq_setsockopt(e->socket, ZMQ_CURVE_SERVERKEY,
                                         o->other, ZMQ_END_KEY) != 0)
        code = refuse(err, "the server's CURVE key");
    if (code == ERR_OK && (zmq_setsockopt(e->socket, ZMQ_CURVE_SECRETKEY,
                                          o->secret, ZMQ_END_KEY) != 0 ||
                           zmq_setsockopt(e->socket, ZMQ_CURVE_PUBLICKEY,
                                          o->public, ZMQ_END_KEY) != 0))
        code = refuse(err, "own CURVE keys");
    return code;
}

static enum err_code
set_limits(struct zmq_end *e, const struct zmq_end_options *o, struct err *err)
{
    int64_t max = END_MESSAGE_MAX;
    int hwm = o->hwm ? o->hwm : 1000;
    const int rows[][2] = {
        {ZMQ_LINGER, 0},           {ZMQ_SNDHWM, hwm},  {ZMQ_RCVHWM, hwm},
        {ZMQ_HANDSHAKE_IVL, 5000}, {ZMQ_IMMEDIATE, 1}, {ZMQ_RECONNECT_IVL, 50},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!set_int(e->socket, rows[i][0], rows[i][1]))
            return refuse(err, "socket option");
    }
    if (zmq_setsockopt(e->socket, ZMQ_MAXMSGSIZE, &max, sizeof(max)) != 0 ||
        (o->id &&
         zmq_setsockopt(e->socket, ZMQ_ROUTING_ID, o->id, strlen(o->id)) != 0))
        return refuse(err, "socket option");
    if (o->type == ZMQ_ROUTER && !set_int(e->socket, ZMQ_ROUTER_MANDATORY, 1))
        return refuse(err, "ROUTER_MANDATORY");
    if (o->type == ZMQ_PUB && !set_int(e->socket, ZMQ_XPUB_NODROP, 1))
        return refuse(err, "XPUB_NODROP");
    return ERR_OK;
}

static enum err_code
watch(struct zmq_end *e, struct err *err)
{
    char name[64];
    int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED |
                 ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

    (void)snprintf(name, sizeof(name), "inproc://monitor-%p", e->socket);
    e->monitor = zmq_socket(e->context, ZMQ_PAIR);
    if (!e->monitor || !set_int(e->monitor, ZMQ_LINGER, 0) ||
        zmq_socket_monitor(e->socket, name, events) != 0 ||
        zmq_connect(e->monitor, name) != 0)
        return refuse(err, "no monitor");
    return ERR_OK;
}

static enum err_code
attach(struct zmq_end *e, const struct zmq_end_options *o, struct err *err)
{
    int64_t end = clock_ms() + END_BIND_MS;
    struct timespec nap = {0, 20 * 1000 * 1000};

    for (;;) {
        if ((o->bind ? zmq_bind(e->socket, o->endpoint)
                     : zmq_connect(e->socket, o->endpoint)) == 0)
            return ERR_OK;
        if (errno != EADDRINUSE || clock_ms() >= end)
            return err_set(err, ERR_IO, o->endpoint, "cannot %s: %s",
                           o->bind ? "bind" : "connect", zmq_strerror(errno));
        (void)nanosleep(&nap, NULL);
    }
}

enum err_code
zmq_end_open(struct zmq_end *e, const struct zmq_end_options *o,
             struct err *err)
{
    enum err_code code;

    *e = (struct zmq_end){.type = o->type};
    e->context = zmq_ctx_new();
    e->socket = e->context ? zmq_socket(e->context, o->type) : NULL;
    if (!e->socket) {
        zmq_end_close(e, 0);
        return err_set(err, ERR_NOMEM, NULL, "libzmq does not start");
    }
    code = set_limits(e, o, err);
    if (code == ERR_OK)
        code = set_curve(e, o, err);
    if (code == ERR_OK)
        code = watch(e, err);
    if (code == ERR_OK)
        code = attach(e, o, err);
    if (code != ERR_OK)
        zmq_end_close(e, 0);
    return code;
}

void
zmq_end_close(struct zmq_end *e, unsigned linger_ms)
{
    if (e->monitor) {
        (void)zmq_socket_monitor(e->socket, NULL, 0);
        (void)zmq_close(e->monitor);
    }
    if (e->socket) {
        (void)set_int(e->socket, ZMQ_LINGER, (int)linger_ms);
        (void)zmq_close(e->socket);
    }
    zmq_zap_stop(e->zap);
    if (e->context) {
        while (zmq_ctx_term(e->context) != 0 && errno == EINTR)
            continue;
    }
    e->context = e->socket = e->monitor = NULL;
    e->zap = NULL;
}

unsigned
zmq_end_port(const struct zmq_end *e)
{
    char endpoint[256] = {0};
    size_t size = sizeof(endpoint) - 1;
    const char *colon;
    uint64_t port = 0;

    if (!e->socket ||
        zmq_getsockopt(e->socket, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
        return 0;
    colon = strrchr(endpoint, ':');
    if (!colon || !bytes_to_u64(bytes_str(colon + 1), 65535, &port))
        return 0;
    return (unsigned)port;
}

/* ---- traffic */

static bool
await(struct zmq_end *e, short events, unsigned wait_ms)
{
    zmq_pollitem_t item = {.socket = e->socket, .events = events};
    int64_t end = clock_ms() + wait_ms;

    for (;;) {
        int64_t left = end - clock_ms();

        if (zmq_poll(&item, 1, left > 0 ? left : 0) > 0)
            return true;
        if (left <= 0)
            return false;
    }
}

enum err_code
zmq_end_receive(struct zmq_end *e, struct zmq_message *m, unsigned wait_ms)
{
    int more = 1;

    zmq_message_reset(m);
    if (!await(e, ZMQ_POLLIN, wait_ms))
        return ERR_TIMEOUT;
    while (more) {
        zmq_msg_t part;

        (void)zmq_msg_init(&part);
        if (zmq_msg_recv(&part, e->socket, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&part);
            return errno == EAGAIN ? ERR_TIMEOUT : ERR_IO;
        }
        zmq_message_add(m, bytes_of(zmq_msg_data(&part), zmq_msg_size(&part)));
        more = zmq_msg_more(&part);
        (void)zmq_msg_close(&part);
    }
    m->at_ms = clock_ms();
    return buf_ok(&m->data) ? ERR_OK : ERR_NOMEM;
}

enum err_code
zmq_end_send(struct zmq_end *e, const struct bytes *frame, size_t n,
             unsigned wait_ms)
{
    if (!await(e, ZMQ_POLLOUT, wait_ms))
        return ERR_TIMEOUT;
    for (size_t i = 0; i < n; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0);

        if (zmq_send(e->socket, frame[i].data, frame[i].len, flags) < 0)
            return errno == EHOSTUNREACH ? ERR_CLOSED
                   : errno == EAGAIN     ? ERR_TIMEOUT
                                         : ERR_IO;
    }
    return ERR_OK;
}

bool
zmq_end_subscribe(struct zmq_end *e, const char *topic, bool on)
{
    return zmq_setsockopt(e->socket, on ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE,
                          topic, strlen(topic)) == 0;
}

/* ---- what handshakes came to */

static void
count(struct zmq_end *e, uint16_t event)
{
    switch (event) {
    case ZMQ_EVENT_ACCEPTED:
    case ZMQ_EVENT_CONNECTED:
        if (e->connections < sizeof(e->when) / sizeof(e->when[0]))
            e->when[e->connections] = clock_ms();
        e->connections++;
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        e->handshakes++;
        break;
    case ZMQ_EVENT_DISCONNECTED:
        e->lost++;
        break;
    default:
        e->failures++;
        break;
    }
}

/* An event is two frames: number (16 bits) and value (32 bits), then the
 * address. */
void
zmq_end_events(struct zmq_end *e)
{
    char frame[6], address[256];

    if (!e->monitor)
        return;
    while (zmq_recv(e->monitor, frame, sizeof(frame), ZMQ_DONTWAIT) ==
           (int)sizeof(frame)) {
        uint16_t event;

        memcpy(&event, frame, sizeof(event));
        (void)zmq_recv(e->monitor, address, sizeof(address), ZMQ_DONTWAIT);
        count(e, event);
    }
}

unsigned
zmq_end_asked(const struct zmq_end *e)
{
    return e->zap ? zmq_zap_asked(e->zap) : 0;
}

bool
zmq_end_keys(char secret[ZMQ_END_KEY], char public[ZMQ_END_KEY])
{
    return zmq_curve_keypair(public, secret) == 0;
}

enum err_code
zmq_keys_read(const char *path, char out[ZMQ_END_KEY], struct err *err)
{
    char line[128] = {0};
    uint8_t key[32];
    FILE *f = path ? fopen(path, "re") : NULL;
    struct bytes text;

    if (!path)
        return err_set(err, ERR_ARG, NULL, "no file with a CURVE key");
    if (!f)
        return err_errno(err, path, "cannot be read");
    (void)!fread(line, 1, sizeof(line) - 1, f);
    (void)fclose(f);
    text = bytes_trim(bytes_str(line));
    if (text.len != ZMQ_END_KEY - 1)
        return err_set(err, ERR_SYNTAX, path, "is no CURVE key (Z85)");
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    if (!zmq_z85_decode(key, out))
        return err_set(err, ERR_SYNTAX, path, "is no CURVE key (Z85)");
    return ERR_OK;
}
