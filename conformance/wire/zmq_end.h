/* SPDX-License-Identifier: Apache-2.0 */
/* The tester's end of ZeroMQ for well-formed traffic: a libzmq socket with NULL
 * or CURVE, an authentication handler of its own (RFC 27/ZAP) that can let in,
 * let in one key or let in nobody, and a monitor that counts what handshakes
 * came to. One thread uses an end. */
#ifndef CONFORMANCE_WIRE_ZMQ_END_H
#define CONFORMANCE_WIRE_ZMQ_END_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

#define ZMQ_END_FRAMES 16 /* frames kept of a message; more are counted */
#define ZMQ_END_KEY    41 /* a CURVE key in Z85 with its NUL */

enum zmq_end_zap {                 /* whom the handler lets in, CURVE only */
                   ZMQ_END_LISTED, /* the client whose key is given */
                   ZMQ_END_ANY,    /* every client that has the server's key */
                   ZMQ_END_NOBODY
};

struct zmq_end_options {
    int type;             /* ZMQ_ROUTER ... */
    const char *endpoint; /* tcp://127.0.0.1:0 */
    bool bind;
    int hwm;        /* messages per peer and direction; 0: 1000 */
    const char *id; /* routing id of a connecting socket, or NULL */
    /* CURVE when ${secret} is given: own keys (Z85); bound: whom to let in and
     * its key; connecting: the server's public key in ${other}. */
    const char *secret, *public;
    enum zmq_end_zap zap;
    const char *other;
};

struct zmq_end_zapper;

struct zmq_end {
    void *context, *socket, *monitor;
    struct zmq_end_zapper *zap;
    int type;
    bool curve;
    /* counted by zmq_end_events */
    unsigned connections; /* accepted or made */
    unsigned handshakes;  /* completed */
    unsigned failures;    /* handshakes that failed */
    unsigned lost;        /* connections that ended */
    int64_t when[64];     /* ms of the first connections */
};

struct zmq_message {
    struct buf data;            /* the frames one behind the other */
    size_t end[ZMQ_END_FRAMES]; /* where each of them ends */
    size_t frames;              /* may be more than ZMQ_END_FRAMES */
    int64_t at_ms;              /* when it was taken */
};

/* zmq_end_open(e, o, err): ERR_ARG, ERR_IO, ERR_UNSUPPORTED (no CURVE, or ZAP
 * cannot be enforced: never open then), ERR_NOMEM; nothing is left. */
enum err_code zmq_end_open(struct zmq_end *e, const struct zmq_end_options *o,
                           struct err *err) MUST_USE;

/* zmq_end_close(e, linger_ms): what was sent may leave within ${linger_ms}. A
 * zeroed end is allowed. */
void zmq_end_close(struct zmq_end *e, unsigned linger_ms);

unsigned zmq_end_port(const struct zmq_end *e);

/* zmq_end_receive(e, m, wait_ms): the next message into ${m} (reset first);
 * ERR_OK, ERR_TIMEOUT, ERR_NOMEM, ERR_IO. */
enum err_code zmq_end_receive(struct zmq_end *e, struct zmq_message *m,
                              unsigned wait_ms);

/* zmq_end_send(e, frame, n, wait_ms): one message of ${n} frames. ERR_OK,
 * ERR_TIMEOUT, ERR_CLOSED (no such peer), ERR_IO. */
enum err_code zmq_end_send(struct zmq_end *e, const struct bytes *frame,
                           size_t n, unsigned wait_ms);

/* zmq_end_subscribe(e, topic, on): for a SUB. False: libzmq refuses. */
bool zmq_end_subscribe(struct zmq_end *e, const char *topic, bool on);

/* zmq_end_events(e): read what the monitor says. Never blocks. */
void zmq_end_events(struct zmq_end *e);

/* zmq_end_asked(e): requests that the authentication handler answered. */
unsigned zmq_end_asked(const struct zmq_end *e);

/* zmq_end_keys(secret, public): a new pair; false without CURVE. */
bool zmq_end_keys(char secret[ZMQ_END_KEY], char public[ZMQ_END_KEY]);

/* zmq_keys_read(path, out, err): the Z85 key in a file: 40 characters, with white
 * space around.
 * ERR_ARG (path NULL), ERR_IO, ERR_SYNTAX. */
enum err_code zmq_keys_read(const char *path, char out[ZMQ_END_KEY],
                            struct err *err) MUST_USE;

/* zmq_message_frame(m, i): empty behind the last kept one. */
struct bytes zmq_message_frame(const struct zmq_message *m, size_t i);
/* zmq_message_add(m, frame): append; memory is latched in m->data. */
void zmq_message_add(struct zmq_message *m, struct bytes frame);
void zmq_message_reset(struct zmq_message *m);
void zmq_message_free(struct zmq_message *m);

#endif
