/* SPDX-License-Identifier: Apache-2.0 */
/* The listening side of the tester: accepts TCP or TLS connections on loopback,
 * keeps every byte with the time it came, and can do to a connection what a
 * broken peer does (cut, reset, wrong certificate, old version). It judges
 * nothing. One thread owns an intake; every wait is bounded by its caller. */
#ifndef CONFORMANCE_WIRE_INTAKE_H
#define CONFORMANCE_WIRE_INTAKE_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

#define INTAKE_CONNS_MAX 256                /* of one intake; more are closed */
#define INTAKE_BYTES_MAX ((size_t)40 << 20) /* kept of one connection */

enum intake_client { /* the certificate of the connecting side */
                     INTAKE_CLIENT_NONE,
                     INTAKE_CLIENT_WANT, /* asked for, may be absent */
                     INTAKE_CLIENT_REQUIRE /* the handshake fails without one of ${ca} */
};

struct intake_tls {
    const char *cert, *key; /* PEM files of the tester's side */
    const char *ca;         /* PEM, who signs client certificates; or NULL */
    enum intake_client client;
    int min_version, max_version; /* TLS1_2_VERSION ...; 0: what there is */
};

enum intake_end {
    INTAKE_OPEN,
    INTAKE_EOF,     /* the peer ended it */
    INTAKE_RESET,   /* the peer or the network broke it */
    INTAKE_REFUSED, /* no TLS session came about */
    INTAKE_SHUT     /* by us */
};

struct intake_conn {
    struct intake *owner;
    unsigned number; /* 1, 2 ... in the order of acceptance */
    int fd;          /* -1 once it has ended */
    void *ssl;       /* SSL *, or NULL */
    enum intake_end end;
    bool established;  /* ready for data: accepted, TLS handshake complete */
    bool plaintext;    /* the first byte on a TLS port was no TLS record */
    bool close_notify; /* the peer said that it ends (TLS) */
    bool resumed;      /* TLS session was resumed */
    int alert;       /* TLS alert that the peer sent (RFC 8446 section 6), -1 */
    int tls_version; /* once established; 0 without TLS */
    char sni[256];   /* server name that the peer asked for, "" */
    char subject[256];          /* of the client's certificate, "" */
    int64_t opened_ms, last_ms; /* monotonic: accepted; last byte */
    struct buf in;              /* every byte of application data */
    size_t taken;               /* of them, used by the protocol's reader */
    bool full;                  /* INTAKE_BYTES_MAX reached: no more is read */
};

struct intake;

/* intake_open(port, tls, out, err): listen on 127.0.0.1:${port} (0: any free
 * one), with TLS unless ${tls} is NULL. The texts of ${tls} are borrowed during
 * the call. ERR_EXISTS, ERR_IO: the port; ERR_ARG: a certificate that cannot be
 * used. */
enum err_code intake_open(unsigned port, const struct intake_tls *tls,
                          struct intake **out, struct err *err) MUST_USE;
void intake_close(struct intake *in); /* NULL is allowed; at once */
unsigned intake_port(const struct intake *in);
bool intake_is_tls(const struct intake *in);

/* intake_tls(in, tls, err): what later connections meet. */
enum err_code intake_tls(struct intake *in, const struct intake_tls *tls,
                         struct err *err) MUST_USE;

/* intake_pause(in), intake_resume(in, err): stop listening (connections are
 * refused by the kernel) and listen again on the same port. */
void intake_pause(struct intake *in);
enum err_code intake_resume(struct intake *in, struct err *err) MUST_USE;

/* intake_wait(in, ms): until something has happened (a connection, bytes, an
 * end), at most ${ms} milliseconds. True when something has. */
bool intake_wait(struct intake *in, unsigned ms);

/* intake_count(in), intake_conn(in, i): all connections so far, by acceptance;
 * ended ones keep their bytes. Pointers stay valid until intake_close. */
size_t intake_count(const struct intake *in);
struct intake_conn *intake_conn(const struct intake *in, size_t i);

/* intake_write(c, data, ms): all of it, within ${ms}; false when the connection
 * ended or the time was up. */
bool intake_write(struct intake_conn *c, struct bytes data, unsigned ms);

enum intake_shut {
    INTAKE_SHUT_CLEAN, /* close_notify where there is TLS, FIN */
    INTAKE_SHUT_CUT,   /* FIN without close_notify */
    INTAKE_SHUT_RESET  /* RST */
};
/* intake_shut(c, how): end it; no effect when it has ended. */
void intake_shut(struct intake_conn *c, enum intake_shut how);

/* intake_alert_name(alert): "unknown_ca"; "alert" when it has no name. */
const char *intake_alert_name(int alert);

/* intake_now_ms(): monotonic milliseconds. */
int64_t intake_now_ms(void);

#endif
