/* SPDX-License-Identifier: Apache-2.0 */
/* See zmq_state.h: messages in and out, whatever the end is. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>
#include <stdlib.h>

#include <zmq.h>

#define LOG_MAX ((size_t)64 << 10) /* octets of a message in the transcript */

const char *const zmq_socket_names[] = {"pair", "pub",    "sub",    "req",
                                        "rep",  "dealer", "router", "pull",
                                        "push", "xpub",   "xsub",   NULL};

int
zmq_socket_type(const char *name)
{
    /* In the order of libzmq's numbers. */
    for (int i = 0; zmq_socket_names[i]; i++) {
        if (strcmp(name, zmq_socket_names[i]) == 0)
            return i;
    }
    return -1;
}

bool
zmq_product_listens(struct session *s, char endpoint[ZMQ_ENDPOINT_MAX])
{
    const char *own = session_ixit(s, "zmq_connect");

    if (own == NULL)
        return false;
    if (strcmp(own, "product") == 0)
        (void)snprintf(endpoint, ZMQ_ENDPOINT_MAX, "tcp://127.0.0.1:%u",
                       session_listen_port(s));
    else
        (void)snprintf(endpoint, ZMQ_ENDPOINT_MAX, "%s", own);
    return true;
}

bool
zmq_secure(struct session *s)
{
    return session_has(s, "target.curve");
}

struct zmq_state *
zmq_state(struct session *s)
{
    static const struct json_limits limits = {.depth = 64,
                                              .keys = 65536,
                                              .string_bytes = 16U << 20,
                                              .nodes = TAPE_MAX_NODES,
                                              .bytes = (size_t)32 << 20};
    struct zmq_state *st = session_state(s, &step_family_zmq);

    if (st->begun)
        return st;
    st->begun = true;
    st->s = s;
    st->listener = -1;
    zmtp_link_init(&st->link);
    json_reader_init(&st->reader, JSON_STRICT, &limits);
    return st;
}

void
zmq_state_fini(void *state)
{
    struct zmq_state *st = state;

    if (!st->begun)
        return;
    zmq_end_close(&st->end, 0);
    zmtp_link_close(&st->link, false);
    if (st->listener >= 0)
        (void)zmtp_listen_close(st->listener);
    for (size_t i = 0; i < st->count; i++)
        zmq_message_free(&st->seen[i].m);
    free(st->seen);
    zmq_message_free(&st->partial);
    json_reader_free(&st->reader);
    tape_free(&st->tape);
    buf_free(&st->scratch);
    buf_free(&st->out);
    buf_free(&st->wire.metadata);
    buf_free(&st->wire.command);
    buf_free(&st->wire.data);
    st->begun = false;
}

size_t
zmq_frames(const struct zmq_seen *m)
{
    return m->m.frames > m->skip ? m->m.frames - m->skip : 0;
}

struct bytes
zmq_frame(const struct zmq_seen *m, size_t i)
{
    return zmq_message_frame(&m->m, i + m->skip);
}

bool
zmq_same_frames(const struct zmq_seen *a, const struct zmq_seen *b)
{
    if (zmq_frames(a) != zmq_frames(b))
        return false;
    for (size_t i = 0; i < zmq_frames(a); i++) {
        if (!bytes_eq(zmq_frame(a, i), zmq_frame(b, i)))
            return false;
    }
    return true;
}

static bool
make_room(struct zmq_state *st)
{
    size_t room = st->room ? st->room * 2 : 64;
    struct zmq_seen *p;

    if (st->count < st->room)
        return true;
    p = realloc(st->seen, room * sizeof(*p));
    if (!p)
        return false;
    st->seen = p;
    st->room = room;
    return true;
}

enum err_code
zmq_keep(struct zmq_state *st, struct zmq_message *m, size_t skip)
{
    struct zmq_seen *n;

    if (st->count >= ZMQ_SEEN_MAX || st->bytes > ZMQ_SEEN_BYTES)
        return ERR_LIMIT;
    if (!buf_ok(&m->data) || !make_room(st))
        return ERR_NOMEM;
    n = &st->seen[st->count];
    *n = (struct zmq_seen){.m = *m, .skip = skip};
    *m = (struct zmq_message){0};
    st->bytes += n->m.data.len;
    zmq_read(st, n);
    n->asked = bytes_starts(zmq_frame(n, 0), bytes_str(st->prefix));
    zmq_find_first(st, st->count++);
    return ERR_OK;
}

static void
log_message(struct session *s, const struct zmq_message *m, size_t skip,
            enum session_direction d)
{
    for (size_t i = skip; i < m->frames && i < ZMQ_END_FRAMES; i++) {
        char channel[24];

        (void)snprintf(channel, sizeof(channel), "zmq.frame.%zu", i - skip);
        session_log(s, d, channel,
                    bytes_upto(zmq_message_frame(m, i), LOG_MAX));
    }
}

/* ---- over libzmq */

static enum err_code
take_end(struct session *s, struct zmq_state *st, unsigned wait_ms)
{
    struct zmq_message m = {0};
    size_t skip = st->end.type == ZMQ_ROUTER ? 1 : 0;
    enum err_code code = zmq_end_receive(&st->end, &m, wait_ms);

    zmq_end_events(&st->end);
    if (code == ERR_OK) {
        log_message(s, &m, skip, SESSION_RECEIVED);
        code = zmq_keep(st, &m, skip);
    }
    zmq_message_free(&m);
    return code;
}

/* ---- over octets */

/* A command between messages: heartbeats are answered as 37/ZMTP "Connection
 * Heartbeating" wants, the rest is remembered for expectations. */
static void
take_command(struct zmq_state *st, struct bytes body)
{
    struct zmq_wire *w = &st->wire;
    struct bytes name, data;

    w->commands++;
    if (!zmtp_command_read(body, &name, &data)) {
        w->nameless++;
        return;
    }
    buf_reset(&w->command);
    buf_bytes(&w->command, name);
    buf_reset(&w->data);
    buf_bytes(&w->data, data);
    w->pongs += bytes_is(name, "PONG");
    w->subscriptions += bytes_is(name, "SUBSCRIBE");
    if (bytes_is(name, "PING") && data.len >= 2) {
        w->pings++;
        buf_reset(&st->out);
        zmtp_command_write(&st->out, "PONG",
                           bytes_upto(bytes_from(data, 2), ZMTP_CONTEXT));
        (void)zmtp_link_send(&st->link, buf_view(&st->out), 1000);
    }
    if (bytes_is(name, "READY") || bytes_is(name, "ERROR")) {
        w->ready = true;
        w->error = bytes_is(name, "ERROR");
        buf_reset(&w->metadata);
        buf_bytes(&w->metadata, data);
    }
}

static void
count_frame(struct zmq_wire *w, const struct zmtp_frame *f)
{
    w->frames++;
    w->reserved += (f->flags & ZMTP_RESERVED) != 0;
    w->more_commands +=
        (f->flags & ZMTP_COMMAND) != 0 && (f->flags & ZMTP_MORE) != 0;
    w->long_short += (f->flags & ZMTP_COMMAND) != 0 &&
                     (f->flags & ZMTP_LONG) != 0 && f->body.len < 256;
}

static enum err_code
of_link(enum zmtp_state z)
{
    switch (z) {
    case ZMTP_LINK_OK:
    case ZMTP_LINK_FAULT:
        return ERR_OK;
    case ZMTP_LINK_TIMEOUT:
        return ERR_TIMEOUT;
    case ZMTP_LINK_CLOSED:
        break;
    }
    return ERR_CLOSED;
}

/* Frames until one message is whole, or a command came (ERR_AGAIN). */
static enum err_code
take_frame(struct session *s, struct zmq_state *st, unsigned wait_ms)
{
    struct zmtp_frame f;
    enum zmtp_state z = zmtp_link_frame(&st->link, &f, wait_ms);

    if (z == ZMTP_LINK_FAULT && st->link.fault == ZMTP_BAD_SIZE)
        return ERR_CORRUPT;
    if (z != ZMTP_LINK_OK && z != ZMTP_LINK_FAULT)
        return of_link(z);
    count_frame(&st->wire, &f);
    if (f.flags & ZMTP_COMMAND) {
        take_command(st, f.body);
        return ERR_AGAIN;
    }
    if (!st->wire.ready)
        st->wire.early = true;
    zmq_message_add(&st->partial, f.body);
    if (st->partial.data.len > ZMQ_SEEN_BYTES)
        return ERR_LIMIT;
    if (f.flags & ZMTP_MORE)
        return ERR_AGAIN;
    st->partial.at_ms = session_now_ms();
    /* ZMTP 3.0 subscribes by a message: 1, then the prefix. */
    st->wire.subscriptions +=
        st->partial.frames == 1 && f.body.len > 0 && f.body.data[0] == 1;
    log_message(s, &st->partial, 0, SESSION_RECEIVED);
    return zmq_keep(st, &st->partial, 0);
}

static enum err_code
take_link(struct session *s, struct zmq_state *st, unsigned wait_ms)
{
    int64_t end = session_now_ms() + wait_ms;

    for (;;) {
        int64_t left = end - session_now_ms();
        enum err_code code = take_frame(s, st, left > 0 ? (unsigned)left : 0);

        if (code != ERR_AGAIN)
            return code;
        if (left <= 0)
            return ERR_TIMEOUT;
    }
}

enum err_code
zmq_take(struct session *s, struct zmq_state *st, unsigned wait_ms, size_t *got)
{
    enum err_code code = st->open           ? take_end(s, st, wait_ms)
                         : st->link.fd >= 0 ? take_link(s, st, wait_ms)
                                            : ERR_ARG;

    if (code == ERR_OK)
        *got = st->count - 1;
    return code;
}

enum err_code
zmq_put(struct session *s, struct zmq_state *st, const struct zmq_seen *to,
        const struct bytes *frame, size_t n, unsigned wait_ms)
{
    struct bytes all[ZMQ_END_FRAMES + 1];
    size_t skip = st->open && st->end.type == ZMQ_ROUTER && to ? 1 : 0;

    if (n > ZMQ_END_FRAMES)
        return ERR_LIMIT;
    for (size_t i = 0; i < n; i++) {
        all[skip + i] = frame[i];
        session_log(s, SESSION_SENT, "zmq.frame",
                    bytes_upto(frame[i], LOG_MAX));
    }
    if (st->open) {
        if (skip)
            all[0] = zmq_message_frame(&to->m, 0);
        return zmq_end_send(&st->end, all, n + skip, wait_ms);
    }
    buf_reset(&st->out);
    zmtp_message_write(&st->out, all, n);
    if (!buf_ok(&st->out))
        return ERR_NOMEM;
    return of_link(zmtp_link_send(&st->link, buf_view(&st->out), wait_ms));
}
