/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP connection that speaks ZMTP octet by octet: the tester's own hand on the
 * wire, as the end that listens or that connects. Every call is bounded by a
 * wait in milliseconds. One thread uses a link. */
#ifndef CONFORMANCE_WIRE_ZMTP_LINK_H
#define CONFORMANCE_WIRE_ZMTP_LINK_H

#include "conformance/wire/zmtp.h"

#define ZMTP_LINK_FRAME ((size_t)32 << 20) /* octets of a frame that we take */
#define ZMTP_LINK_TEXT  160

enum zmtp_state {
    ZMTP_LINK_OK,
    ZMTP_LINK_TIMEOUT, /* nothing, or not enough, within the wait */
    ZMTP_LINK_CLOSED,  /* the other end closed or reset it */
    ZMTP_LINK_FAULT    /* what came breaks a rule: see ${fault} */
};

struct zmtp_link {
    int fd;        /* -1: no connection */
    struct buf in; /* received; octets before ${at} were used */
    size_t at;
    bool reset;                  /* it ended with a reset */
    enum zmtp_fault fault;       /* of the last read */
    struct zmtp_greeting theirs; /* after zmtp_link_greeting */
    /* tap(ctx, sent, data): every piece that goes over the wire; or NULL. */
    void (*tap)(void *ctx, bool sent, struct bytes data);
    void *ctx;
};

/* zmtp_listen(port, fd, err): listen on 127.0.0.1; 0 takes a free port. The
 * descriptor in *fd is the caller's; ERR_IO. zmtp_listen_port(fd): its port. */
enum err_code zmtp_listen(unsigned port, int *fd, struct err *err) MUST_USE;
unsigned zmtp_listen_port(int fd);
int zmtp_listen_close(int fd); /* 0 */

/* zmtp_link_init(l): no connection; tap is kept. zmtp_link_close(l, reset): end
 * it, with a reset when asked; the buffer is released. */
void zmtp_link_init(struct zmtp_link *l);
void zmtp_link_close(struct zmtp_link *l, bool reset);

/* zmtp_link_accept(l, listener, wait_ms): the next connection, OK or TIMEOUT.
 * zmtp_link_connect(l, host, port, wait_ms): to a numeric address; OK, TIMEOUT
 * or CLOSED (refused). An earlier connection of ${l} is closed first. */
enum zmtp_state zmtp_link_accept(struct zmtp_link *l, int listener,
                                 unsigned wait_ms);
enum zmtp_state zmtp_link_connect(struct zmtp_link *l, const char *host,
                                  unsigned port, unsigned wait_ms);

/* zmtp_link_send(l, data, wait_ms): all of it; OK, TIMEOUT (the peer does not
 * read) or CLOSED. */
enum zmtp_state zmtp_link_send(struct zmtp_link *l, struct bytes data,
                               unsigned wait_ms);

/* zmtp_link_need(l, n, wait_ms): until ${n} unused octets are there. */
enum zmtp_state zmtp_link_need(struct zmtp_link *l, size_t n, unsigned wait_ms);

/* zmtp_link_greeting(l, wait_ms): read a greeting into l->theirs. A rule broken
 * is FAULT; what was read stays. */
enum zmtp_state zmtp_link_greeting(struct zmtp_link *l, unsigned wait_ms);

/* zmtp_link_frame(l, f, wait_ms): the next frame; ${f} points into l->in until
 * the next call. FAULT beside a readable frame leaves it in ${f} as well
 * (l->fault is not ZMTP_BAD_SIZE then). */
enum zmtp_state zmtp_link_frame(struct zmtp_link *l, struct zmtp_frame *f,
                                unsigned wait_ms);

/* zmtp_link_ended(l, wait_ms): whether the peer ends the connection within the
 * wait; what it sends meanwhile is read and kept. */
bool zmtp_link_ended(struct zmtp_link *l, unsigned wait_ms);

/* zmtp_link_unread(l): octets that came and were not used. */
struct bytes zmtp_link_unread(const struct zmtp_link *l);

#endif
