/* SPDX-License-Identifier: Apache-2.0 */
/* A libzmq socket with one policy for both ends: CURVE with an allow-list that
 * fails closed, bounded messages and queues, a bounded handshake, heartbeats,
 * linger of at most a second, and a monitor that says whether a peer is there.
 * Plain ZeroMQ stays on the machine unless asked for in words. */
#ifndef TRANSPORT_ZSOCK_H
#define TRANSPORT_ZSOCK_H

#include "formats/base/buf.h"
#include "formats/base/err.h"
#include "transport/zpeers.h"

struct zap;

struct zsock_options {
    int type;               /* ZMQ_DEALER, ZMQ_ROUTER, ... */
    const char *endpoint;   /* tcp://127.0.0.1:5556, ipc://... */
    bool bind;              /* else connect */
    bool plain;             /* allow tcp beyond loopback without CURVE */
    const char *secret;     /* file: own secret key, Z85; NULL: no CURVE */
    const char *server_key; /* file: the server's public key (connect) */
    const char *allow;      /* file: clients' public keys, one a line (bind) */
    size_t max_message;     /* bytes of one frame */
    int queue;              /* messages waiting per peer and direction */
};

struct zsock {
    void *context;
    void *socket;
    void *monitor;      /* PAIR with connection events */
    struct zap *zap;    /* owned; NULL unless CURVE is served */
    char endpoint[256]; /* of a connecting socket, to connect again */
    int64_t alone_ms;   /* since when it has no peer; 0: it has one */
    bool bound;
    bool curve;
    struct zpeers peers;
};

/* zsock_open(z, o, err): ERR_ARG, ERR_AUTH and ERR_SYNTAX for keys and options,
 * ERR_IO for the address, ERR_EXISTS when it is in use; ERR_UNSUPPORTED when this libzmq cannot enforce ZAP
 * (option 93): we do not start open. On failure nothing is left. */
enum err_code zsock_open(struct zsock *z, const struct zsock_options *o,
                         struct err *err) MUST_USE;

/* zsock_close(z): within about a second; {0} is allowed. */
void zsock_close(struct zsock *z);

/* zsock_events(z): read the monitor; updates peers. True when a connection ended
 * since the last call. Never blocks. Call it at least every second or so: the
 * monitor holds about 650 connections that came and went, and then libzmq takes
 * no more until it is read. */
bool zsock_events(struct zsock *z);

/* zsock_settle(z): after zsock_events told that a connection ended. The monitor
 * tells it before libzmq takes its queue away, and until then a message
 * would be taken for nobody. Waits for that, a millisecond as a rule, 100 ms at
 * most; not for a PUB socket, which takes messages for nobody always. */
void zsock_settle(struct zsock *z);

/* zsock_revive(z, now_ms): libzmq gives an endpoint up for good when its peer
 * breaks the protocol (a frame that is too long). A connecting socket that has
 * no peer for 5 s connects anew; call it whenever waiting. ${now_ms} is the
 * monotonic clock. Never blocks. */
void zsock_revive(struct zsock *z, int64_t now_ms);

/* zsock_patience(z, wait_ms): how long to poll before zsock_revive is due:
 * ${wait_ms} (-1: for ever), at most a second for a connecting socket that has
 * no peer. */
long zsock_patience(const struct zsock *z, int64_t wait_ms);

/* zsock_port(z): the TCP port that a bound socket got, 0 otherwise. */
unsigned zsock_port(struct zsock *z);

/* zsock_recv_frame(z, out, more): the next waiting frame appended to ${out};
 * false when none waits. */
bool zsock_recv_frame(struct zsock *z, struct buf *out, bool *more);

#endif
