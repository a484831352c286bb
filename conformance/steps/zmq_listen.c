/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, closing and reopening the tester's libzmq socket, and what became of
 * the handshakes. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>

#include <zmq.h>

#define COME_MS   10000 /* a product that is being started */
#define LINGER_MS 300   /* acknowledgements on their way */

/* zmq_security says how the product is set up; a test may ask for the other. */
enum security { SECURE_AUTO, SECURE_NULL, SECURE_CURVE };

static enum security
security_of(struct session *s, const struct ledger_step *t)
{
    const char *v = session_text(s, t, "security", "auto");

    return strcmp(v, "null") == 0    ? SECURE_NULL
           : strcmp(v, "curve") == 0 ? SECURE_CURVE
                                     : SECURE_AUTO;
}

/* The keys of the run (or new ones, which the product does not trust). */
static enum verdict
choose_keys(struct session *s, struct zmq_state *st,
            const struct ledger_step *t)
{
    const char *zap = session_text(s, t, "zap", "any");
    const char *known = session_ixit(s, "zmq_client_key");
    struct err err = {0};

    if (strcmp(session_text(s, t, "key", "right"), "wrong") == 0) {
        if (!zmq_end_keys(st->secret, st->public)) {
            (void)err_set(&err, ERR_UNSUPPORTED, NULL, "libzmq has no CURVE");
            return session_error(s, &err);
        }
    } else if (zmq_keys_read(session_file(s, "curve.server.secret"), st->secret,
                             &err) != ERR_OK ||
               zmq_keys_read(session_file(s, "curve.server.public"), st->public,
                             &err) != ERR_OK) {
        return session_error(s, &err);
    }
    st->o.secret = st->secret;
    st->o.public = st->public;
    st->o.zap = strcmp(zap, "nobody") == 0 ? ZMQ_END_NOBODY
                : known                    ? ZMQ_END_LISTED
                                           : ZMQ_END_ANY;
    st->o.other = known;
    return VERDICT_PASS;
}

static enum verdict
open_end(struct session *s, struct zmq_state *st)
{
    struct err err = {0};

    if (zmq_end_open(&st->end, &st->o, &err) != ERR_OK)
        return session_error(s, &err);
    st->open = true;
    return VERDICT_PASS;
}

static void
choose_endpoint(struct session *s, struct zmq_state *st)
{
    bool own = zmq_product_listens(s, st->endpoint);

    if (!own)
        (void)snprintf(st->endpoint, sizeof(st->endpoint), "tcp://127.0.0.1:%u",
                       session_listen_port(s));
    st->o.endpoint = st->endpoint;
    st->o.bind = !own;
}

enum verdict
zmq_op_listen(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    enum security want = security_of(s, t);
    bool curve = want == SECURE_CURVE || (want == SECURE_AUTO && zmq_secure(s));
    enum verdict v = VERDICT_PASS;

    if (want == SECURE_CURVE && !zmq_secure(s))
        return VERDICT_NOT_APPLICABLE;
    if (st->open)
        zmq_end_close(&st->end, 0);
    st->open = false;
    st->o = (struct zmq_end_options){
        .type = zmq_socket_type(session_text(s, t, "socket", "router")),
        .hwm = (int)session_int(s, t, "hwm", 0)};
    choose_endpoint(s, st);
    if (curve)
        v = choose_keys(s, st, t);
    if (v == VERDICT_PASS)
        v = open_end(s, st);
    if (v == VERDICT_PASS && st->o.type == ZMQ_SUB) {
        const char *topic = session_text(s, t, "topic", NULL);

        (void)snprintf(st->prefix, sizeof(st->prefix), "%s",
                       topic ? topic : "");
        if (topic && !zmq_end_subscribe(&st->end, topic, true))
            v = session_inconc(s, "a subscription", "libzmq refuses it");
    }
    return v;
}

enum verdict
zmq_op_close(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);

    if (st->open)
        zmq_end_close(&st->end,
                      session_bool(s, t, "flush", true) ? LINGER_MS : 0);
    st->open = false;
    return VERDICT_PASS;
}

enum verdict
zmq_op_reopen(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    enum verdict v;

    (void)zmq_op_close(s, t);
    st->mark = st->count;
    if (!st->o.endpoint)
        return session_inconc(s, "a socket to open again", "none was open");
    v = open_end(s, st);
    if (v == VERDICT_PASS && st->o.type == ZMQ_SUB)
        (void)zmq_end_subscribe(&st->end, st->prefix, true);
    return v;
}

enum verdict
zmq_op_subscribe(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    const char *topic = session_text(s, t, "topic", "");
    bool on = !session_bool(s, t, "cancel", false);
    struct err err = {0};

    st->mark = st->count;
    (void)snprintf(st->prefix, sizeof(st->prefix), "%s", on ? topic : "");
    if (st->open && zmq_end_subscribe(&st->end, topic, on))
        return VERDICT_PASS;
    (void)err_set(&err, ERR_ARG, NULL, "no SUB socket is open");
    return session_error(s, &err);
}

/* ---- peers */

static void
wait_peers(struct session *s, struct zmq_state *st, unsigned wait_ms,
           unsigned want)
{
    int64_t end = session_now_ms() + wait_ms;

    do {
        zmq_pollitem_t item = {.socket = st->end.monitor, .events = ZMQ_POLLIN};

        (void)zmq_poll(&item, 1, 20);
        zmq_end_events(&st->end);
    } while (st->end.handshakes < want && session_now_ms() < end &&
             session_left(s) > 0);
}

enum verdict
zmq_op_expect_peer(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    unsigned want = (unsigned)session_int(s, t, "count", 1);
    char text[120];

    if (!st->open)
        return session_inconc(s, "an open socket", "none");
    wait_peers(s, st, session_wait(s, t, "within_ms"), want);
    if (st->end.handshakes >= want)
        return VERDICT_PASS;
    (void)snprintf(text, sizeof(text),
                   "%u connections, %u handshakes completed, %u failed",
                   st->end.connections, st->end.handshakes, st->end.failures);
    return session_silence(s, "timeout", "a completed ZMTP handshake", text);
}

/* For a wrong key, another mechanism, a refused client: it has to have come for
 * the refusal to be one. */
enum verdict
zmq_op_expect_no_peer(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t come = session_now_ms() + COME_MS;
    char text[120];

    if (!st->open)
        return session_inconc(s, "an open socket", "none");
    while (st->end.connections == 0 && session_now_ms() < come)
        wait_peers(s, st, 100, 1);
    wait_peers(s, st, session_wait(s, t, "within_ms"), 1);
    (void)snprintf(text, sizeof(text),
                   "%u connections, %u handshakes completed, %u failed",
                   st->end.connections, st->end.handshakes, st->end.failures);
    session_log(s, SESSION_NOTE, "zmq.handshakes", bytes_str(text));
    if (st->end.handshakes > 0 && !session_bool(s, t, "handshake", false))
        return session_fail(s, "handshake", "no completed handshake", text);
    if (st->end.connections == 0)
        return session_inconc(s, "the product tries to connect", text);
    session_refused(s, true);
    return VERDICT_PASS;
}
