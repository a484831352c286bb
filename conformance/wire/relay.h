/* SPDX-License-Identifier: Apache-2.0 */
/* A relay between two products that changes nothing: connections to one address
 * go on to another, bytes in both directions as they come, with half-closes and
 * resets; datagrams by their sender. One thread, poll(2). A slow receiver slows
 * its sender: each direction holds RELAY_BUFFER bytes and reads no more until
 * they are gone. */
#ifndef CONFORMANCE_WIRE_RELAY_H
#define CONFORMANCE_WIRE_RELAY_H

#include <sys/socket.h>

#include "formats/base/bytes.h"
#include "formats/base/err.h"

#define RELAY_LINKS_MAX 512 /* at once; further ones wait in the backlog */
#define RELAY_BUFFER    ((size_t)64 << 10) /* bytes held a direction */

enum relay_end {
    RELAY_OPEN,
    RELAY_CLOSED,  /* both directions ended in order */
    RELAY_RESET,   /* one side reset it; so was the other */
    RELAY_REFUSED, /* the target was not reached */
    RELAY_STOPPED  /* the relay was closed first */
};

/* A connection, or the datagrams of one sender. Direction 0 is from who connects
 * to the target, 1 the answers. */
struct relay_link {
    uint64_t number; /* from 1 */
    bool datagrams;
    struct sockaddr_storage from, to; /* who connects, the target */
    uint64_t taken[2], given[2];      /* bytes read, bytes handed on */
    uint64_t lost;                    /* datagrams that could not be sent on */
    enum relay_end end;
    int error;     /* errno of RESET and REFUSED, or 0 */
    void *subject; /* of who listens to events */
};

/* What is told, in order; NULL where nobody listens. Called from relay_step and
 * relay_close. Bytes are told after they were handed on as far as that went. */
struct relay_events {
    void (*opened)(void *ctx, struct relay_link *l);
    void (*bytes)(void *ctx, struct relay_link *l, unsigned d, struct bytes b);
    void (*ended)(void *ctx, struct relay_link *l, unsigned d); /* in order */
    void (*closed)(void *ctx, struct relay_link *l); /* ${l} goes away */
    void *ctx;
};

struct relay_options {
    const char *listen, *target; /* HOST:PORT, [ADDRESS]:PORT; port 0: any */
    bool datagrams;              /* UDP; else TCP */
    struct relay_events events;
};

struct relay;

/* relay_open(o, err): listens; the target is reached for when somebody connects.
 * ERR_ARG (an address), ERR_NOT_FOUND (a name), ERR_IO, ERR_NOMEM; NULL + err. */
struct relay *relay_open(const struct relay_options *o, struct err *err);

/* relay_port(r): the port that it listens on. relay_links(r): open ones. */
unsigned relay_port(const struct relay *r);
size_t relay_links(const struct relay *r);

/* relay_step(r, wait_ms, err): waits at most so long for something to happen, and
 * does it. A signal ends the wait. ERR_IO only when poll itself fails. */
enum err_code relay_step(struct relay *r, int wait_ms,
                         struct err *err) MUST_USE;

/* relay_quiesce(r): nobody is let in any more and nothing is read; true when all
 * that was read is handed on. */
bool relay_quiesce(struct relay *r);

/* relay_close(r): links that are open end as RELAY_STOPPED. NULL is allowed. */
void relay_close(struct relay *r);

/* relay_address(text, datagrams, listens, out, len, err): HOST:PORT resolved.
 * ERR_ARG, ERR_NOT_FOUND. */
enum err_code relay_address(const char *text, bool datagrams, bool listens,
                            struct sockaddr_storage *out, socklen_t *len,
                            struct err *err) MUST_USE;

#endif
