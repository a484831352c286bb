/* SPDX-License-Identifier: Apache-2.0 */
/* ZAP handler; see zap.h. The list is immutable while the thread runs. */
#include "transport/zap.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <zmq.h>

#include "transport/wake.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_FRAMES   8   /* of a request: the credentials are frame 6 */
#define ZAP_FRAME    256 /* bytes kept of each */

struct zap {
    void *socket; /* REP, used by the thread only */
    struct wake stop;
    pthread_t thread;
    size_t n;
    uint8_t (*keys)[ZAP_KEY_BYTES];
};

struct zap_request {
    size_t frames;
    size_t len[ZAP_FRAMES];
    char data[ZAP_FRAMES][ZAP_FRAME];
};

enum { FRAME_VERSION, FRAME_ID, FRAME_DOMAIN, FRAME_MECHANISM = 5, FRAME_KEY };

/* False when a frame is missing, extra or too long: such a request is
 * answered with a refusal. All frames are always consumed. */
static bool
receive(void *socket, struct zap_request *rq)
{
    bool fits = true;
    int more = 1;

    rq->frames = 0;
    while (more) {
        char frame[ZAP_FRAME];
        size_t size = sizeof(more);
        int n = zmq_recv(socket, frame, sizeof(frame), 0);

        if (n < 0)
            return false;
        if ((size_t)n > sizeof(frame) || rq->frames >= ZAP_FRAMES) {
            fits = false;
        } else {
            memcpy(rq->data[rq->frames], frame, (size_t)n);
            rq->len[rq->frames++] = (size_t)n;
        }
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) != 0)
            return false;
    }
    return fits;
}

static bool
frame_is(const struct zap_request *rq, size_t i, const char *text)
{
    return i < rq->frames && bytes_is(bytes_of(rq->data[i], rq->len[i]), text);
}

static bool
is_listed(const struct zap *z, const struct zap_request *rq)
{
    if (rq->frames != FRAME_KEY + 1 || rq->len[FRAME_KEY] != ZAP_KEY_BYTES)
        return false;
    for (size_t i = 0; i < z->n; i++) {
        if (CRYPTO_memcmp(z->keys[i], rq->data[FRAME_KEY], ZAP_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

static void
answer(void *socket, const struct zap_request *rq, bool allowed)
{
    const char *const frames[] = {allowed ? "200" : "400",
                                  allowed ? "OK" : "not on the list", "", ""};
    size_t id = rq->frames > FRAME_ID ? rq->len[FRAME_ID] : 0;

    (void)zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
    (void)zmq_send(socket, rq->data[FRAME_ID], id, ZMQ_SNDMORE);
    for (size_t i = 0; i < 4; i++)
        (void)zmq_send(socket, frames[i], strlen(frames[i]),
                       i < 3 ? ZMQ_SNDMORE : 0);
}

static void *
handle(void *arg)
{
    struct zap *z = arg;
    zmq_pollitem_t items[] = {{.socket = z->socket, .events = ZMQ_POLLIN},
                              {.fd = z->stop.fd, .events = ZMQ_POLLIN}};

    for (;;) {
        struct zap_request rq = {0};
        bool whole;

        if (zmq_poll(items, 2, -1) < 0 && errno != EINTR)
            break;
        if (items[1].revents)
            break;
        if (!(items[0].revents & ZMQ_POLLIN))
            continue;
        whole = receive(z->socket, &rq);
        answer(z->socket, &rq,
               whole && frame_is(&rq, FRAME_VERSION, "1.0") &&
                   frame_is(&rq, FRAME_DOMAIN, ZAP_DOMAIN) &&
                   frame_is(&rq, FRAME_MECHANISM, "CURVE") &&
                   is_listed(z, &rq));
    }
    (void)zmq_close(z->socket);
    return NULL;
}

static void
release(struct zap *z)
{
    wake_fini(&z->stop);
    free(z->keys);
    free(z);
}

static struct zap *
make(const uint8_t (*keys)[ZAP_KEY_BYTES], size_t n, struct err *err)
{
    struct zap *z = calloc(1, sizeof(*z));

    if (!z) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        return NULL;
    }
    z->stop.fd = -1;
    z->n = n;
    z->keys = calloc(n ? n : 1, sizeof(*z->keys));
    if (!z->keys) {
        (void)err_set(err, ERR_NOMEM, NULL, "out of memory");
        release(z);
        return NULL;
    }
    if (n)
        memcpy(z->keys, keys, n * sizeof(*z->keys));
    if (wake_init(&z->stop, err) != ERR_OK) {
        release(z);
        return NULL;
    }
    return z;
}

struct zap *
zap_start(void *context, const uint8_t (*keys)[ZAP_KEY_BYTES], size_t n,
          struct err *err)
{
    struct zap *z = make(keys, n, err);
    int linger = 0;

    if (!z)
        return NULL;
    z->socket = zmq_socket(context, ZMQ_REP);
    if (!z->socket ||
        zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_bind(z->socket, ZAP_ENDPOINT) != 0) {
        (void)err_set(err, errno == EADDRINUSE ? ERR_EXISTS : ERR_IO, "ZAP",
                      "no authentication handler: %s", zmq_strerror(errno));
        goto close;
    }
    if (pthread_create(&z->thread, NULL, handle, z) != 0) {
        (void)err_set(err, ERR_NOMEM, "ZAP", "no thread");
        goto close;
    }
    return z;
close:
    if (z->socket)
        (void)zmq_close(z->socket);
    release(z);
    return NULL;
}

void
zap_stop(struct zap *z)
{
    if (!z)
        return;
    wake_ring(&z->stop);
    (void)pthread_join(z->thread, NULL);
    release(z);
}
