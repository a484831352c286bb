/* SPDX-License-Identifier: Apache-2.0 */
/* See zmq_zap.h. A request is version, id, domain, address, identity, mechanism
 * and credentials; the reply version, id, status, text, user and metadata
 * (27/ZAP "The ZAP Request", "The ZAP Reply"). */
#define _GNU_SOURCE /* pipe2 */
#include "conformance/wire/zmq_zap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <zmq.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_KEY      32 /* octets of a public key */

enum { ZAP_VERSION, ZAP_ID, ZAP_MECHANISM = 5, ZAP_CREDENTIALS, ZAP_FRAMES };

struct zmq_end_zapper {
    void *socket;
    pthread_t thread;
    int stop[2]; /* a pipe */
    enum zmq_end_zap policy;
    uint8_t key[ZAP_KEY];
    atomic_uint asked;
};

static bool
may_enter(const struct zmq_end_zapper *z, const struct zmq_message *m)
{
    struct bytes key = zmq_message_frame(m, ZAP_CREDENTIALS);

    if (m->frames != ZAP_FRAMES ||
        !bytes_is(zmq_message_frame(m, ZAP_VERSION), "1.0") ||
        !bytes_is(zmq_message_frame(m, ZAP_MECHANISM), "CURVE") ||
        key.len != ZAP_KEY)
        return false;
    return z->policy == ZMQ_END_ANY || (z->policy == ZMQ_END_LISTED &&
                                        memcmp(key.data, z->key, ZAP_KEY) == 0);
}

static void
answer(struct zmq_end_zapper *z, const struct zmq_message *m)
{
    bool in = may_enter(z, m);
    const struct bytes frame[] = {BYTES("1.0"),
                                  zmq_message_frame(m, ZAP_ID),
                                  bytes_str(in ? "200" : "400"),
                                  bytes_str(in ? "OK" : "not let in"),
                                  BYTES(""),
                                  BYTES("")};
    size_t n = sizeof(frame) / sizeof(frame[0]);

    atomic_fetch_add(&z->asked, 1);
    for (size_t i = 0; i < n; i++)
        (void)zmq_send(z->socket, frame[i].data, frame[i].len,
                       i + 1 < n ? ZMQ_SNDMORE : 0);
}

static void *
handle(void *arg)
{
    struct zmq_end_zapper *z = arg;
    struct zmq_end end = {.socket = z->socket};
    struct zmq_message m = {0};
    zmq_pollitem_t item[] = {{.socket = z->socket, .events = ZMQ_POLLIN},
                             {.fd = z->stop[0], .events = ZMQ_POLLIN}};

    for (;;) {
        if (zmq_poll(item, 2, -1) < 0 && errno != EINTR)
            break;
        if (item[1].revents)
            break;
        if ((item[0].revents & ZMQ_POLLIN) &&
            zmq_end_receive(&end, &m, 0) == ERR_OK)
            answer(z, &m);
    }
    zmq_message_free(&m);
    (void)zmq_close(z->socket);
    return NULL;
}

static void
release(struct zmq_end_zapper *z)
{
    for (size_t i = 0; i < 2; i++) {
        if (z->stop[i] >= 0)
            close(z->stop[i]);
    }
    free(z);
}

struct zmq_end_zapper *
zmq_zap_start(void *context, enum zmq_end_zap policy, const char *key,
              struct err *err)
{
    struct zmq_end_zapper *z = calloc(1, sizeof(*z));
    int linger = 0;

    if (!z) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    z->stop[0] = z->stop[1] = -1;
    z->policy = policy;
    if (policy == ZMQ_END_LISTED && (!key || strlen(key) != ZMQ_END_KEY - 1 ||
                                     !zmq_z85_decode(z->key, key))) {
        (void)err_set(err, ERR_ARG, NULL, "no CURVE key (Z85) of the client");
        goto fail;
    }
    z->socket = zmq_socket(context, ZMQ_REP);
    if (!z->socket ||
        zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_bind(z->socket, ZAP_ENDPOINT) != 0 ||
        pipe2(z->stop, O_CLOEXEC) != 0 ||
        pthread_create(&z->thread, NULL, handle, z) != 0) {
        (void)err_set(err, ERR_IO, "ZAP", "no authentication handler: %s",
                      zmq_strerror(errno));
        if (z->socket)
            (void)zmq_close(z->socket);
        goto fail;
    }
    return z;
fail:
    release(z);
    return NULL;
}

void
zmq_zap_stop(struct zmq_end_zapper *z)
{
    if (!z)
        return;
    (void)!write(z->stop[1], "", 1);
    (void)pthread_join(z->thread, NULL);
    release(z);
}

unsigned
zmq_zap_asked(const struct zmq_end_zapper *z)
{
    return atomic_load(&z->asked);
}
