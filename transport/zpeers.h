/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a libzmq socket, from the events of its monitor.
 * A connection is a peer once its handshake (ZMTP 3, RFC 23) is done; one that
 * ends before it is a stranger, as a port scanner or the health check of a load
 * balancer is, and its end is the loss of nobody.
 *
 * Two things the events do not say. Whose handshake is done: whoever waited for
 * one at that moment counts as a peer when it goes, so a stranger can be taken
 * for a peer. And whether a stranger had a queue: ZMTP 1.0 has no handshake, so
 * anybody who does not begin with a greeting of ZMTP 3 may be given a message;
 * its end is a loss if it was there when the message was handed over. */
#ifndef TRANSPORT_ZPEERS_H
#define TRANSPORT_ZPEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strangers told apart at a time; further ones count as peers when they go. */
#define ZPEERS_STRANGERS 64

/* How the last handshake failed. */
enum zpeers_refusal {
    ZPEERS_WELCOME,
    ZPEERS_BROKEN, /* the other side went, or was silent: nothing was said */
    ZPEERS_CREDENTIALS, /* ZAP said no: the key is not allowed */
    ZPEERS_SECURITY     /* another protocol, or another mechanism */
};

struct zpeers {
    unsigned count; /* handshakes done minus peers gone */
    enum zpeers_refusal refused;
    bool handing; /* who comes now may be given what is handed over */
    bool lost;    /* one went that may have it */
    size_t strangers;
    struct zpeers_stranger {
        uint32_t fd; /* as the events number connections */
        bool given;  /* may have been given what was handed over */
    } stranger[ZPEERS_STRANGERS];
};

/* zpeers_events: the monitor's events to ask libzmq for. */
int zpeers_events(void);

/* zpeers_take(p, event, value): one event; ${value} is the descriptor where the
 * event has one. True when a connection ended. Never blocks. */
bool zpeers_take(struct zpeers *p, uint16_t event, uint32_t value);

/* zpeers_handing(p, on): a message is handed over from now on, to anybody who
 * is there or comes, and nothing of it is lost yet; with ${on} false, after the
 * events until then were taken: it is handed over, who comes later has it not. */
void zpeers_handing(struct zpeers *p, bool on);

/* zpeers_absent(p, bound, refused): why nothing can be handed over, in words.
 * ${*refused}: a peer that we call does not want us, people must act; at a bound
 * socket anybody may knock. */
const char *zpeers_absent(const struct zpeers *p, bool bound, bool *refused);

#endif
