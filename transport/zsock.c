/* SPDX-License-Identifier: Apache-2.0 */
/* See zsock.h. libzmq lets everybody into a CURVE server unless a handler is
 * asked, and the domain alone does not make it ask: option 93 does. */
#include "transport/zsock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/crypto.h>
#include <zmq.h>

#include "transport/zap.h"
#include "transport/zkeys.h"

/* ZMQ_ZAP_ENFORCE_DOMAIN: the header hides the name behind its DRAFT macro, the
 * stable library of Debian 12 takes the number and obeys it. */
#define ZSOCK_ZAP_ENFORCE  93
#define ZSOCK_LINGER_MS    500
#define ZSOCK_HANDSHAKE_MS 5000
#define ZSOCK_HEARTBEAT_MS 2000
#define ZSOCK_SILENCE_MS   6000
#define ZSOCK_ALONE_MS     5000
#define ZSOCK_LOOK_MS      1000
#define ZSOCK_SETTLE_MS    100
#define ZSOCK_Z85_TEXT     41 /* with its NUL */

static enum err_code
set_int(void *socket, int option, int value, struct err *err)
{
    if (zmq_setsockopt(socket, option, &value, sizeof(value)) == 0)
        return ERR_OK;
    return err_set(err, ERR_UNSUPPORTED, NULL, "libzmq option %d: %s", option,
                   zmq_strerror(errno));
}

/* ---- CURVE */

static enum err_code
start_zap(struct zsock *z, const char *path, struct err *err)
{
    uint8_t(*keys)[ZAP_KEY_BYTES] = calloc(ZAP_MAX_CLIENTS, sizeof(*keys));
    struct err local = {0};
    size_t n = 0;
    enum err_code code;

    if (!keys)
        return err_set(err, ERR_NOMEM, path, "out of memory");
    code = zkeys_public(path, keys, ZAP_MAX_CLIENTS, &n, err);
    if (code == ERR_OK) {
        z->zap = zap_start(z->context, (const uint8_t(*)[ZAP_KEY_BYTES])keys, n,
                           &local);
        if (!z->zap) {
            code = local.code;
            if (err)
                *err = local;
        }
    }
    free(keys);
    return code;
}

static enum err_code
serve_curve(struct zsock *z, const struct zsock_options *o, struct err *err)
{
    static const char domain[] = ZAP_DOMAIN;
    enum err_code code;

    if (!o->allow)
        return err_set(err, ERR_ARG, o->secret,
                       "a bound CURVE socket needs the list of its clients' "
                       "public keys");
    code = start_zap(z, o->allow, err);
    if (code == ERR_OK)
        code = set_int(z->socket, ZMQ_CURVE_SERVER, 1, err);
    if (code == ERR_OK && zmq_setsockopt(z->socket, ZMQ_ZAP_DOMAIN, domain,
                                         sizeof(domain) - 1) != 0)
        code =
            err_set(err, ERR_UNSUPPORTED, NULL, "libzmq takes no ZAP domain");
    if (code == ERR_OK && set_int(z->socket, ZSOCK_ZAP_ENFORCE, 1, NULL) != 0)
        code = err_set(err, ERR_UNSUPPORTED, NULL,
                       "this libzmq cannot enforce authentication (option "
                       "93); a CURVE server would be open");
    return code;
}

static enum err_code
ask_curve(struct zsock *z, const struct zsock_options *o, struct err *err)
{
    uint8_t server[1][ZAP_KEY_BYTES];
    size_t n;
    enum err_code code;

    if (!o->server_key)
        return err_set(err, ERR_ARG, o->secret,
                       "a connecting CURVE socket needs the server's public "
                       "key");
    code = zkeys_public(o->server_key, server, 1, &n, err);
    if (code == ERR_OK && zmq_setsockopt(z->socket, ZMQ_CURVE_SERVERKEY,
                                         server[0], ZAP_KEY_BYTES) != 0)
        code = err_set(err, ERR_UNSUPPORTED, o->server_key,
                       "this libzmq has no CURVE");
    return code;
}

static enum err_code
own_key(void *socket, const uint8_t key[ZAP_KEY_BYTES], const char *path,
        struct err *err)
{
    char secret[ZSOCK_Z85_TEXT], public[ZSOCK_Z85_TEXT];
    enum err_code code = ERR_OK;

    if (!zmq_z85_encode(secret, key, ZAP_KEY_BYTES) ||
        zmq_curve_public(public, secret) != 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, ZSOCK_Z85_TEXT) !=
            0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public, ZSOCK_Z85_TEXT) !=
            0)
        code = err_set(err, ERR_UNSUPPORTED, path, "this libzmq has no CURVE");
    OPENSSL_cleanse(secret, sizeof(secret));
    return code;
}

static bool
stays_here(const char *endpoint)
{
    static const char *const prefixes[] = {
        "ipc://",       "inproc://",        "tcp://127.",
        "tcp://[::1]:", "tcp://localhost:", NULL};

    for (size_t i = 0; prefixes[i]; i++) {
        if (strncmp(endpoint, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    }
    return false;
}

static enum err_code
set_curve(struct zsock *z, const struct zsock_options *o, struct err *err)
{
    uint8_t key[ZAP_KEY_BYTES];
    enum err_code code;

    if (!o->secret) {
        if (o->server_key || o->allow)
            return err_set(err, ERR_ARG, o->endpoint,
                           "keys of others need an own secret key");
        if (!o->plain && !stays_here(o->endpoint))
            return err_set(err, ERR_ARG, o->endpoint,
                           "leaves this machine without CURVE; give keys or "
                           "allow plain ZeroMQ in words");
        return ERR_OK;
    }
    z->curve = true;
    code = zkeys_secret(o->secret, key, err);
    if (code == ERR_OK)
        code = o->bind ? serve_curve(z, o, err) : ask_curve(z, o, err);
    if (code == ERR_OK)
        code = own_key(z->socket, key, o->secret, err);
    OPENSSL_cleanse(key, sizeof(key));
    return code;
}

/* ---- socket */

static enum err_code
set_limits(void *socket, const struct zsock_options *o, struct err *err)
{
    int64_t max = (int64_t)o->max_message;
    const int rows[][2] = {
        {ZMQ_LINGER, ZSOCK_LINGER_MS},
        {ZMQ_SNDHWM, o->queue},
        {ZMQ_RCVHWM, o->queue},
        {ZMQ_IMMEDIATE, 1}, /* nothing waits for a peer that is not there */
        {ZMQ_HANDSHAKE_IVL, ZSOCK_HANDSHAKE_MS},
        {ZMQ_HEARTBEAT_IVL, ZSOCK_HEARTBEAT_MS},
        {ZMQ_HEARTBEAT_TIMEOUT, ZSOCK_SILENCE_MS},
        {ZMQ_RECONNECT_IVL, 100},
        {ZMQ_RECONNECT_IVL_MAX, 2000},
        {ZMQ_IPV6, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum err_code code = set_int(socket, rows[i][0], rows[i][1], err);

        if (code != ERR_OK)
            return code;
    }
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max, sizeof(max)) != 0)
        return err_set(err, ERR_UNSUPPORTED, NULL, "libzmq: MAXMSGSIZE");
    if (o->type == ZMQ_PUB) /* a full queue says so instead of dropping */
        return set_int(socket, ZMQ_XPUB_NODROP, 1, err);
    if (o->type == ZMQ_SUB && zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) != 0)
        return err_set(err, ERR_UNSUPPORTED, NULL, "libzmq: SUBSCRIBE");
    if (o->type == ZMQ_ROUTER)
        return set_int(socket, ZMQ_ROUTER_MANDATORY, 1, err);
    return ERR_OK;
}

static enum err_code
watch(struct zsock *z, struct err *err)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "inproc://monitor-%p", z->socket);
    z->monitor = zmq_socket(z->context, ZMQ_PAIR);
    if (!z->monitor || set_int(z->monitor, ZMQ_LINGER, 0, NULL) != ERR_OK ||
        zmq_socket_monitor(z->socket, name, zpeers_events()) != 0 ||
        zmq_connect(z->monitor, name) != 0)
        return err_set(err, ERR_IO, NULL, "no ZeroMQ monitor: %s",
                       zmq_strerror(errno));
    return ERR_OK;
}

enum err_code
zsock_open(struct zsock *z, const struct zsock_options *o, struct err *err)
{
    enum err_code code;

    *z = (struct zsock){.bound = o->bind};
    (void)snprintf(z->endpoint, sizeof(z->endpoint), "%s", o->endpoint);
    z->context = zmq_ctx_new();
    z->socket = z->context ? zmq_socket(z->context, o->type) : NULL;
    if (!z->socket) {
        zsock_close(z);
        return err_set(err, ERR_NOMEM, NULL, "libzmq does not start");
    }
    code = set_limits(z->socket, o, err);
    if (code == ERR_OK)
        code = set_curve(z, o, err);
    if (code == ERR_OK)
        code = watch(z, err);
    if (code == ERR_OK && (o->bind ? zmq_bind(z->socket, o->endpoint)
                                   : zmq_connect(z->socket, o->endpoint)) != 0)
        code = err_set(err,
                       errno == EINVAL       ? ERR_ARG
                       : errno == EADDRINUSE ? ERR_EXISTS
                                             : ERR_IO,
                       o->endpoint, "cannot %s: %s",
                       o->bind ? "bind" : "connect", zmq_strerror(errno));
    if (code != ERR_OK)
        zsock_close(z);
    return code;
}

void
zsock_close(struct zsock *z)
{
    if (z->monitor) {
        (void)zsock_events(z); /* libzmq may wait for room to tell of more */
        (void)zmq_socket_monitor(z->socket, NULL, 0);
        (void)zmq_close(z->monitor);
    }
    if (z->socket)
        (void)zmq_close(z->socket);
    zap_stop(z->zap);
    if (z->context) {
        while (zmq_ctx_term(z->context) != 0 && errno == EINTR)
            continue;
    }
    *z = (struct zsock){0};
}

bool
zsock_recv_frame(struct zsock *z, struct buf *out, bool *more)
{
    zmq_msg_t msg;

    (void)zmq_msg_init(&msg);
    if (zmq_msg_recv(&msg, z->socket, ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(&msg);
        return false;
    }
    buf_add(out, zmq_msg_data(&msg), zmq_msg_size(&msg));
    *more = zmq_msg_more(&msg);
    (void)zmq_msg_close(&msg);
    return true;
}

/* An event is two frames: number (16 bits) and value (32 bits), then the
 * address. */
bool
zsock_events(struct zsock *z)
{
    bool gone = false;
    char frame[6], address[256];

    while (zmq_recv(z->monitor, frame, sizeof(frame), ZMQ_DONTWAIT) ==
           (int)sizeof(frame)) {
        uint16_t event;
        uint32_t value;

        memcpy(&event, frame, sizeof(event));
        memcpy(&value, frame + 2, sizeof(value));
        (void)zmq_recv(z->monitor, address, sizeof(address), ZMQ_DONTWAIT);
        gone |= zpeers_take(&z->peers, event, value);
    }
    return gone;
}

static bool
writable(struct zsock *z)
{
    int events = 0;
    size_t size = sizeof(events);

    return zmq_getsockopt(z->socket, ZMQ_EVENTS, &events, &size) == 0 &&
           (events & ZMQ_POLLOUT);
}

void
zsock_settle(struct zsock *z)
{
    struct timespec nap = {.tv_nsec = 1000000};

    for (int i = 0; i < ZSOCK_SETTLE_MS && z->peers.count == 0 && writable(z);
         i++) {
        (void)nanosleep(&nap, NULL);
        (void)zsock_events(z);
    }
}

void
zsock_revive(struct zsock *z, int64_t now_ms)
{
    if (z->bound || z->peers.count > 0) {
        z->alone_ms = 0;
        return;
    }
    if (z->alone_ms == 0)
        z->alone_ms = now_ms;
    if (now_ms - z->alone_ms < ZSOCK_ALONE_MS)
        return;
    z->alone_ms = now_ms;
    /* An endpoint that was given up is unknown to libzmq; one that is being
     * tried is tried anew. */
    (void)zmq_disconnect(z->socket, z->endpoint);
    (void)zmq_connect(z->socket, z->endpoint);
}

long
zsock_patience(const struct zsock *z, int64_t wait_ms)
{
    bool alone = !z->bound && z->peers.count == 0;

    return (long)(alone && (wait_ms < 0 || wait_ms > ZSOCK_LOOK_MS)
                      ? ZSOCK_LOOK_MS
                      : wait_ms);
}

unsigned
zsock_port(struct zsock *z)
{
    char endpoint[256] = {0};
    size_t size = sizeof(endpoint) - 1;
    uint64_t port = 0;
    struct bytes tail;

    if (!z->bound ||
        zmq_getsockopt(z->socket, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
        return 0;
    tail = bytes_str(strrchr(endpoint, ':'));
    if (!bytes_starts(bytes_str(endpoint), BYTES("tcp://")) ||
        !bytes_to_u64(bytes_from(tail, 1), 65535, &port))
        return 0;
    return (unsigned)port;
}
