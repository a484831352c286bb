/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the intake: what its two files share. */
#ifndef CONFORMANCE_WIRE_INTAKE_IN_H
#define CONFORMANCE_WIRE_INTAKE_IN_H

#include "conformance/wire/intake.h"

struct intake {
    int fd; /* listening; -1 while paused */
    unsigned port;
    void *ctx; /* SSL_CTX *, or NULL: plain */
    struct intake_conn *conn[INTAKE_CONNS_MAX];
    size_t count;
};

enum intake_step {
    INTAKE_STEP_DATA,    /* moved some bytes */
    INTAKE_STEP_NOTHING, /* would block */
    INTAKE_STEP_EOF,
    INTAKE_STEP_RESET
};

/* intake_end(c, how): close the descriptor and say how it ended. */
void intake_end(struct intake_conn *c, enum intake_end how);

void intake_tls_free(struct intake *in);
/* intake_tls_begin(c): a TLS session for a new connection; false: no memory. */
bool intake_tls_begin(struct intake_conn *c);
/* intake_tls_continue(c): further with the handshake; true once established. A
 * failed one ends the connection. */
bool intake_tls_continue(struct intake_conn *c);
enum intake_step intake_tls_read(struct intake_conn *c);
enum intake_step intake_tls_write(struct intake_conn *c, struct bytes *data);
/* intake_tls_goodbye(c): send close_notify; intake_tls_drop(c): forget it. */
void intake_tls_goodbye(struct intake_conn *c);
void intake_tls_drop(struct intake_conn *c);

#endif
