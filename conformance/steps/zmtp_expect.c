/* SPDX-License-Identifier: Apache-2.0 */
/* What is expected of octets: greeting, READY, frames, heartbeats, CURVE's first
 * command, the end of the connection. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>

#define HELLO_BODY                                                             \
    200 /* octets of CURVE's HELLO with its name, 25/ZMTP-CURVE */

const char *const zmtp_greeting_names[] = {"any",       "signature", "version",
                                           "mechanism", "as_server", "filler",
                                           "padding",   NULL};

/* What is wrong under the rule ${name}; false when it holds. */
static bool
greeting_wrong(struct session *s, const struct zmtp_greeting *g,
               const char *name, char *text, size_t size)
{
    const char *want = zmq_secure(s) ? "CURVE" : "NULL";
    struct bytes is = zmtp_mechanism(g);

    if (strcmp(name, "signature") == 0) {
        (void)snprintf(text, size, "%02x ... %02x", g->first, g->last);
        return g->first != 0xFF || g->last != 0x7F;
    }
    if (strcmp(name, "version") == 0) {
        (void)snprintf(text, size, "%u.%u", g->major, g->minor);
        return g->major < 3;
    }
    if (strcmp(name, "mechanism") == 0) {
        (void)snprintf(text, size, "%.*s", (int)is.len, is.data);
        return !bytes_is(is, want);
    }
    if (strcmp(name, "as_server") == 0) {
        (void)snprintf(text, size, "%u", g->as_server);
        return g->as_server != 0;
    }
    if (strcmp(name, "filler") == 0) {
        (void)snprintf(text, size, "an octet %02x", g->filler);
        return g->filler != 0;
    }
    (void)snprintf(text, size, "a greeting");
    return false;
}

enum verdict
zmtp_op_expect_greeting(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    const char *name = session_text(s, t, "rule", "any");
    char text[80], at[40];
    enum zmtp_state z =
        zmtp_link_greeting(&st->link, session_wait(s, t, "within_ms"));

    if (z == ZMTP_LINK_TIMEOUT)
        return session_silence(s, "timeout", "a greeting of 64 octets",
                               "fewer came");
    if (z == ZMTP_LINK_CLOSED)
        return session_silence(s, "closed", "a greeting of 64 octets",
                               "the product closed the connection");
    (void)snprintf(at, sizeof(at), "greeting.%s", name);
    if (greeting_wrong(s, &st->link.theirs, name, text, sizeof(text)))
        return session_fail(s, at, "what 37/ZMTP says", text);
    return VERDICT_PASS;
}

/* ---- READY */

const char *const zmtp_ready_names[] = {"any", "socket_type", "metadata",
                                        "identity", NULL};

static bool
metadata_sound(struct bytes data)
{
    for (;;) {
        struct bytes name, value;

        if (zmtp_property_read(&data, &name, &value) != ZMTP_FINE)
            return false;
        if (!name.len)
            return true;
        for (size_t i = 0; i < name.len; i++) {
            char c = name.data[i];

            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || (c && strchr("-_.+", c))))
                return false;
        }
    }
}

static bool
socket_is(struct bytes value, const char *want)
{
    if (value.len != strlen(want))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        char c = want[i];

        if (c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        if (value.data[i] != c)
            return false;
    }
    return true;
}

static enum verdict
wait_ready(struct session *s, struct zmq_state *st, unsigned wait_ms)
{
    int64_t end = session_now_ms() + wait_ms;

    while (!st->wire.ready) {
        int64_t left = end - session_now_ms();
        size_t at;
        enum err_code code = zmq_take(
            s, st, left > 50 ? 50 : (unsigned)(left > 0 ? left : 0), &at);

        if (st->wire.ready)
            break;
        if (code == ERR_CLOSED)
            return session_silence(s, "closed", "READY",
                                   "the product closed the connection");
        if (code == ERR_CORRUPT)
            return session_fail(s, "handshake", "READY",
                                "octets that are no ZMTP frame");
        if (left <= 0)
            return session_silence(s, "timeout", "READY", "no READY came");
    }
    return VERDICT_PASS;
}

enum verdict
zmtp_op_expect_ready(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    const char *name = session_text(s, t, "rule", "any");
    const char *socket = session_text(s, t, "socket", "dealer");
    enum verdict v = wait_ready(s, st, session_wait(s, t, "within_ms"));
    struct bytes meta, value = {0};
    char text[80];

    if (v != VERDICT_PASS)
        return v;
    meta = buf_view(&st->wire.metadata);
    if (st->wire.error)
        return session_fail(s, "handshake", "READY", "ERROR");
    if (strcmp(name, "metadata") == 0 && !metadata_sound(meta))
        return session_fail(s, "READY", "properties that fit their sizes",
                            "broken metadata");
    if (strcmp(name, "socket_type") == 0 &&
        !(zmtp_property_find(meta, "Socket-Type", &value) &&
          socket_is(value, socket))) {
        (void)snprintf(text, sizeof(text), "%.*s",
                       (int)(value.len < 40 ? value.len : 40),
                       value.data ? value.data : "");
        return session_fail(s, "READY/Socket-Type", socket, text);
    }
    if (strcmp(name, "identity") == 0 &&
        zmtp_property_find(meta, "Identity", &value) && value.len > 0 &&
        (value.len > 255 || value.data[0] == '\0'))
        return session_fail(s, "READY/Identity",
                            "at most 255 octets, not beginning with zero",
                            "another identity");
    return VERDICT_PASS;
}

/* ---- frames */

const char *const zmtp_wire_names[] = {
    "reserved", "more_command", "short_form", "command_name",
    "early",    "ping",         "few_pings",  NULL};

enum verdict
zmtp_op_expect_wire(struct session *s, const struct ledger_step *t)
{
    const struct zmq_wire *w = &zmq_state(s)->wire;
    const struct {
        const char *name, *at, *expected;
        unsigned bad;
    } rows[] = {
        {"reserved", "frame.flags", "bits 7-3 are zero", w->reserved},
        {"more_command", "frame.flags", "no MORE on commands",
         w->more_commands},
        {"short_form", "frame.size",
         "the short form for commands up to 255 octets", w->long_short},
        {"command_name", "command.name", "a command with a name", w->nameless},
        {"early", "handshake", "no message before READY of both ends",
         w->early},
        {"ping", "PING", "a heartbeat", w->pings == 0},
        {"few_pings", "PING", "few heartbeats", w->pings > 50},
    };
    const char *name = session_text(s, t, "rule", "reserved");
    char text[96];

    if (w->frames == 0)
        return session_inconc(s, "frames to look at", "none came");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) != 0 || rows[i].bad == 0)
            continue;
        (void)snprintf(text, sizeof(text), "%u of %u frames, %u PING",
                       rows[i].bad, w->frames, w->pings);
        return session_fail(s, rows[i].at, rows[i].expected, text);
    }
    return VERDICT_PASS;
}

enum verdict
zmtp_op_expect_pong(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    const char *context = session_text(s, t, "context", "");
    unsigned before = st->wire.pongs;
    size_t at;

    while (st->wire.pongs == before) {
        int64_t left = end - session_now_ms();
        enum err_code code = zmq_take(
            s, st, left > 50 ? 50 : (unsigned)(left > 0 ? left : 0), &at);

        if (st->wire.pongs != before)
            break;
        if (code == ERR_CLOSED)
            return session_silence(s, "closed", "PONG",
                                   "the product closed the connection");
        if (left <= 0)
            return session_fail(s, "PONG", "an answer to PING", "none in time");
    }
    if (!bytes_is(buf_view(&st->wire.data), context))
        return session_fail(s, "PONG", "the context of the PING",
                            "another context");
    return VERDICT_PASS;
}

enum verdict
zmtp_op_expect_subscription(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");

    while (st->wire.subscriptions == 0) {
        int64_t left = end - session_now_ms();
        size_t at;
        enum err_code code = zmq_take(
            s, st, left > 50 ? 50 : (unsigned)(left > 0 ? left : 0), &at);

        if (st->wire.subscriptions > 0)
            break;
        if (code == ERR_CLOSED)
            return session_silence(s, "closed", "a subscription",
                                   "the product closed the connection");
        if (left <= 0)
            return session_fail(s, "SUBSCRIBE", "a subscription",
                                "none in time");
    }
    return VERDICT_PASS;
}

/* CURVE's HELLO: name, version 1.0, 72 zeros, key, nonce, signature box. */
enum verdict
zmtp_op_expect_hello(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct zmtp_frame f;
    enum zmtp_state z =
        zmtp_link_frame(&st->link, &f, session_wait(s, t, "within_ms"));
    struct bytes name, data;
    char text[80];

    if (z != ZMTP_LINK_OK)
        return session_silence(s, z == ZMTP_LINK_TIMEOUT ? "timeout" : "closed",
                               "HELLO", "no HELLO came");
    if (!(f.flags & ZMTP_COMMAND) || !zmtp_command_read(f.body, &name, &data) ||
        !bytes_is(name, "HELLO"))
        return session_fail(s, "handshake", "HELLO first", "another frame");
    (void)snprintf(text, sizeof(text), "%zu octets", f.body.len);
    if (f.body.len != HELLO_BODY)
        return session_fail(s, "HELLO", "200 octets", text);
    if (data.data[0] != 1 || data.data[1] != 0)
        return session_fail(s, "HELLO/version", "1.0", "another version");
    for (size_t i = 2; i < 74; i++) {
        if (data.data[i])
            return session_fail(s, "HELLO/padding", "72 zero octets",
                                "another octet");
    }
    return VERDICT_PASS;
}

/* ---- the end */

enum verdict
zmtp_op_expect_closed(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);

    if (zmtp_link_ended(&st->link, session_wait(s, t, "within_ms"))) {
        session_refused(s, true);
        return VERDICT_PASS;
    }
    return session_fail(s, "connection", "the product closes the connection",
                        "it stays open");
}

/* Handshake commands may come, application data not. */
enum verdict
zmtp_op_expect_no_data(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "for_ms");

    for (;;) {
        int64_t left = end - session_now_ms();
        size_t at;
        enum err_code code = zmq_take(
            s, st, left > 50 ? 50 : (unsigned)(left > 0 ? left : 0), &at);

        if (code == ERR_OK || st->partial.frames > 0)
            return session_fail(s, "message", "no message", "a message");
        if (code != ERR_TIMEOUT || left <= 0 || session_left(s) == 0)
            break;
    }
    session_refused(s, true);
    return VERDICT_PASS;
}
