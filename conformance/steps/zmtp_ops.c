/* SPDX-License-Identifier: Apache-2.0 */
/* The tester's own hand on the wire: greetings, commands and frames, right or
 * wrong, to a product that connects or listens. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>
#include <stdlib.h>

#define PUT_MS 3000

static void
tap(void *ctx, bool sent, struct bytes data)
{
    struct zmq_state *st = ctx;

    session_log(st->s, sent ? SESSION_SENT : SESSION_RECEIVED, "tcp", data);
}

static enum verdict
put(struct session *s, struct zmq_state *st, struct bytes data)
{
    struct err err = {0};

    if (!buf_ok(&st->out)) {
        (void)err_set(&err, ERR_NOMEM, NULL, "out of memory");
        return session_error(s, &err);
    }
    /* A peer that closes while we send what it must refuse: seen by the next
     * expectation. */
    (void)zmtp_link_send(&st->link, data, PUT_MS);
    return VERDICT_PASS;
}

static void
forget_wire(struct zmq_state *st)
{
    struct zmq_wire *w = &st->wire;
    struct buf metadata = w->metadata, command = w->command, data = w->data;

    buf_reset(&metadata);
    buf_reset(&command);
    buf_reset(&data);
    *w = (struct zmq_wire){
        .metadata = metadata, .command = command, .data = data};
    zmq_message_reset(&st->partial);
}

static bool
target(struct session *s, char host[64], unsigned *port)
{
    char url[ZMQ_ENDPOINT_MAX];
    const char *colon;
    uint64_t n;

    if (!zmq_product_listens(s, url) || strncmp(url, "tcp://", 6) != 0)
        return false;
    colon = strrchr(url, ':');
    if (colon < url + 6 || !bytes_to_u64(bytes_str(colon + 1), 65535, &n))
        return false;
    (void)snprintf(host, 64, "%.*s", (int)(colon - url - 6), url + 6);
    *port = (unsigned)n;
    return true;
}

enum verdict
zmtp_op_listen(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct err err = {0};
    char host[64];
    unsigned port;

    (void)t;
    st->link.tap = tap;
    st->link.ctx = st;
    if (target(s, host, &port) || st->listener >= 0)
        return VERDICT_PASS;
    if (zmtp_listen(session_listen_port(s), &st->listener, &err) != ERR_OK)
        return session_error(s, &err);
    return VERDICT_PASS;
}

/* A product that was just started may not listen yet. */
static enum zmtp_state
connect_in_time(struct session *s, struct zmq_state *st, const char *host,
                unsigned port, unsigned wait_ms)
{
    int64_t end = session_now_ms() + wait_ms;

    for (;;) {
        int64_t left = end - session_now_ms();
        enum zmtp_state z = zmtp_link_connect(&st->link, host, port,
                                              left > 0 ? (unsigned)left : 0);

        if (z == ZMTP_LINK_OK || left <= 0 || session_left(s) == 0)
            return z;
        zmtp_link_close(&st->link, false);
        session_pause(s, 20);
    }
}

static enum zmtp_state
get_link(struct session *s, struct zmq_state *st, unsigned wait_ms)
{
    char host[64];
    unsigned port;
    enum zmtp_state z;

    if (target(s, host, &port))
        z = connect_in_time(s, st, host, port, wait_ms);
    else
        z = zmtp_link_accept(&st->link, st->listener, wait_ms);
    if (z == ZMTP_LINK_OK) {
        st->accepted++;
        forget_wire(st);
        st->mark = st->count;
    }
    return z;
}

enum verdict
zmtp_op_accept(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);

    if (get_link(s, st, session_wait(s, t, "within_ms")) == ZMTP_LINK_OK)
        return VERDICT_PASS;
    return session_silence(s, "timeout", "a connection of the product",
                           "none came");
}

enum verdict
zmtp_op_greet(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct zmtp_greeting g = zmtp_greeting_of(
        session_text(s, t, "mechanism", zmq_secure(s) ? "CURVE" : "NULL"));
    size_t cut;

    g.major = (uint8_t)session_int(s, t, "major", 3);
    g.minor = (uint8_t)session_int(s, t, "minor", 1);
    g.as_server = (uint8_t)session_int(s, t, "as_server", zmq_secure(s));
    g.first = (uint8_t)session_int(s, t, "first", 0xFF);
    g.last = (uint8_t)session_int(s, t, "last", 0x7F);
    memset(g.padding, (int)session_int(s, t, "padding", 0), sizeof(g.padding));
    g.filler = (uint8_t)session_int(s, t, "filler", 0);
    cut = (size_t)session_int(s, t, "cut", ZMTP_GREETING);
    buf_reset(&st->out);
    zmtp_greeting_write(&st->out, &g);
    return put(s, st, bytes_upto(buf_view(&st->out), cut));
}

static void
upper(char *out, size_t size, const char *name)
{
    size_t n = 0;

    for (; name[n] && n + 1 < size; n++)
        out[n] = (char)(name[n] >= 'a' && name[n] <= 'z' ? name[n] - ('a' - 'A')
                                                         : name[n]);
    out[n] = '\0';
}

static enum verdict
put_ready(struct session *s, struct zmq_state *st, const char *socket,
          size_t extra)
{
    struct buf data = {0};
    char name[16];
    enum verdict v;

    upper(name, sizeof(name), socket);
    zmtp_property_write(&data, "Socket-Type", bytes_str(name));
    if (extra) {
        struct buf fill = {0};

        for (size_t i = 0; i < extra && buf_ok(&fill); i++)
            buf_char(&fill, 'x');
        zmtp_property_write(&data, "X-Padding", buf_view(&fill));
        buf_free(&fill);
    }
    buf_reset(&st->out);
    zmtp_command_write(&st->out, "READY", buf_view(&data));
    if (!buf_ok(&data))
        st->out.failed = true;
    v = put(s, st, buf_view(&st->out));
    buf_free(&data);
    return v;
}

enum verdict
zmtp_op_ready(struct session *s, const struct ledger_step *t)
{
    return put_ready(s, zmq_state(s), session_text(s, t, "socket", "router"),
                     (size_t)session_int(s, t, "extra", 0));
}

/* Everything up to the exchange of READY, as a good peer does it. */
enum verdict
zmtp_op_open(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    const char *socket = session_text(s, t, "socket", "router");
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    enum verdict v = zmtp_op_listen(s, t);

    if (v == VERDICT_PASS)
        v = zmtp_op_accept(s, t);
    if (v == VERDICT_PASS)
        v = zmtp_op_greet(s, t);
    if (v != VERDICT_PASS)
        return v;
    if (zmtp_link_greeting(&st->link, session_wait(s, t, "within_ms")) !=
        ZMTP_LINK_OK)
        return session_inconc(s, "a ZMTP greeting",
                              zmtp_fault_name(st->link.fault));
    v = put_ready(s, st, socket, 0);
    while (v == VERDICT_PASS && !st->wire.ready) {
        int64_t left = end - session_now_ms();
        size_t at;
        enum err_code code;

        /* Commands are taken along; a message cannot come before READY. */
        code = zmq_take(
            s, st, left > 100 ? 100 : (unsigned)(left > 0 ? left : 0), &at);
        if (st->wire.ready)
            break;
        if (left <= 0 || (code != ERR_OK && code != ERR_TIMEOUT))
            return session_inconc(s, "READY", "no READY came");
    }
    return v;
}

/* ---- commands and frames */

static enum verdict
body_param(struct session *s, const struct ledger_step *t, const char *name,
           struct buf *out)
{
    return step_arg(t, name) ? session_body(s, t, name, out) : VERDICT_PASS;
}

enum verdict
zmtp_op_command(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct buf data = {0};
    enum verdict v = body_param(s, t, "data", &data);

    if (v == VERDICT_PASS) {
        buf_reset(&st->out);
        zmtp_command_write(&st->out, session_text(s, t, "name", "PING"),
                           buf_view(&data));
        v = put(s, st, buf_view(&st->out));
    }
    buf_free(&data);
    return v;
}

/* One frame whose flags and size are what the test says; without size, the
 * size of the body. */
enum verdict
zmtp_op_frame(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct buf body = {0};
    enum verdict v = body_param(s, t, "body", &body);
    unsigned flags = (unsigned)session_int(s, t, "flags", 0);
    int64_t size = session_int(s, t, "size", -1);

    if (v == VERDICT_PASS) {
        buf_reset(&st->out);
        if (size < 0 && body.len > 255)
            flags |= ZMTP_LONG;
        zmtp_frame_head(&st->out, flags, size < 0 ? body.len : (uint64_t)size);
        buf_bytes(&st->out, buf_view(&body));
        v = put(s, st, buf_view(&st->out));
    }
    buf_free(&body);
    return v;
}

enum verdict
zmtp_op_send(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct buf data = {0};
    enum verdict v = session_body(s, t, "data", &data);

    buf_reset(&st->out);
    if (v == VERDICT_PASS)
        v = put(s, st, buf_view(&data));
    buf_free(&data);
    return v;
}

enum verdict
zmtp_op_close(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);

    zmtp_link_close(&st->link, session_bool(s, t, "reset", false));
    if (session_bool(s, t, "listener", false) && st->listener >= 0) {
        (void)zmtp_listen_close(st->listener);
        st->listener = -1;
    }
    return VERDICT_PASS;
}

/* Connections within a time from the first one, each closed at once: how fast the product comes
 * again when nobody lets it in. */
enum verdict
zmtp_op_expect_pace(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    unsigned max = (unsigned)session_int(s, t, "max", 100), n = 0;
    bool reset = session_bool(s, t, "reset", false);
    char text[96], limit[96];

    while (session_now_ms() < end && session_left(s) > 0) {
        int64_t left = end - session_now_ms();

        if (get_link(s, st, left > 0 ? (unsigned)left : 0) == ZMTP_LINK_OK) {
            if (n++ == 0) /* it is counted from the first one on */
                end = session_now_ms() + session_int(s, t, "for_ms", 3000);
        } else if (st->listener < 0) {
            session_pause(s, 20);
        }
        zmtp_link_close(&st->link, reset);
    }
    (void)snprintf(text, sizeof(text), "%u connections", n);
    (void)snprintf(limit, sizeof(limit), "2 to %u connections", max);
    session_log(s, SESSION_NOTE, "zmtp.connections", bytes_str(text));
    if (n == 0)
        return session_inconc(s, "connections of the product", text);
    if (n == 1)
        return session_fail(s, "connect", limit, "it does not come again");
    return n > max ? session_fail(s, "connect", limit, text) : VERDICT_PASS;
}
