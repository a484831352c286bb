/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP connection of the tester, plain or TLS, with a deadline at every call.
 * It sends what it is told to, also what no client would: no framing, no
 * checks, half closes, resets, old TLS versions, wrong certificates. A
 * connection belongs to one thread. */
#ifndef CONFORMANCE_WIRE_CONN_H
#define CONFORMANCE_WIRE_CONN_H

#include <openssl/ssl.h>
#include <signal.h>

#include "formats/base/buf.h"

/* wire_now_ms(): monotonic milliseconds. */
int64_t wire_now_ms(void);

/* Until when a call may wait. */
struct wire_until {
    int64_t at;                        /* wire_now_ms() */
    const volatile sig_atomic_t *stop; /* not 0: give up at once; or NULL */
};

/* wire_left(u): milliseconds left, at least 0. */
unsigned wire_left(const struct wire_until *u);

enum wire_end { /* how a call ended */
                WIRE_OK,
                WIRE_EOF, /* the other end closed in order (FIN, close_notify) */
                WIRE_RESET, /* RST, or a TLS connection cut without close_notify */
                WIRE_ALERT, /* TLS: the other end sent a fatal alert */
                WIRE_TIMEOUT, /* the deadline passed, or the run is being stopped */
                WIRE_REFUSED, /* nobody listens there */
                WIRE_FAILED /* of this machine: no socket, no memory, no route */
};
const char *wire_end_name(enum wire_end e); /* "eof", "reset" ... */

struct wire_conn {
    int fd;             /* -1: not open */
    SSL *tls;           /* owned, or NULL */
    int alert;          /* TLS alert received, or -1 */
    char why[120];      /* of the last end that is not WIRE_OK */
    uint64_t sent, got; /* bytes */
};

/* wire_connect(c, host, port, u): a new TCP connection to an address or name.
 * Whatever happens, wire_close(c) ends it. */
enum wire_end wire_connect(struct wire_conn *c, const char *host, unsigned port,
                           const struct wire_until *u);

/* wire_listen(host, port): a listening socket (port 0: any free one, which
 * wire_port gives); -1 and errno. wire_accept(c, fd, u): the next connection. */
int wire_listen(const char *host, unsigned port);
unsigned wire_port(int fd);
enum wire_end wire_accept(struct wire_conn *c, int fd,
                          const struct wire_until *u);

struct wire_tls {
    const char *ca;         /* whom to trust; NULL: verify nobody */
    const char *cert, *key; /* own certificate, or NULL */
    const char *name;       /* SNI and the name to verify; NULL: none */
    int min, max;           /* TLS1_2_VERSION ...; 0: 1.2 and 1.3 */
    const char *ciphers;    /* of TLS 1.2, OpenSSL list; or NULL */
    const char *alpn;       /* one protocol, or NULL */
    bool server;
    bool ask_cert; /* server: demand a client certificate of ${ca} */
};

/* wire_tls(c, o, u): the handshake. WIRE_ALERT, WIRE_RESET, WIRE_EOF when the
 * other end refused; WIRE_FAILED with c->why when files cannot be read or the
 * other end's certificate does not verify (then c->why begins "certificate"). */
enum wire_end wire_tls(struct wire_conn *c, const struct wire_tls *o,
                       const struct wire_until *u);

/* wire_send(c, data, u): all of it. wire_recv(c, out, max, u): wait for some
 * bytes and append at most ${max}; WIRE_OK: something came. */
enum wire_end wire_send(struct wire_conn *c, struct bytes data,
                        const struct wire_until *u);
enum wire_end wire_recv(struct wire_conn *c, struct buf *out, size_t max,
                        const struct wire_until *u);

void wire_half_close(struct wire_conn *c); /* no more will be sent */
void wire_close(struct wire_conn *c);      /* orderly; {.fd = -1} is allowed */
void wire_reset(struct wire_conn *c);      /* close with RST */

/* wire_sleep(ms, u): at most until ${u}. */
void wire_sleep(unsigned ms, const struct wire_until *u);

#endif
