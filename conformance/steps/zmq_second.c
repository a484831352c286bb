/* SPDX-License-Identifier: Apache-2.0 */
/* A second subscriber beside the first, where the product listens. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>
#include <zmq.h>

#include "formats/base/hash.h"

#define COPIES_MAX 512

struct copies { /* bodies that came to the second, by hash */
    uint64_t body[COPIES_MAX];
    size_t count;
};

static uint64_t
hash_of(struct bytes b)
{
    return hash_key((const char *)b.data, b.len);
}

/* How many of them the first has, too. */
static size_t
common(const struct zmq_state *st, const struct copies *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->count; i++) {
        size_t k = 0;

        while (k < st->count &&
               hash_of(zmq_frame(&st->seen[k], 2)) != c->body[i])
            k++;
        n += k < st->count;
    }
    return n;
}

/* Something of either, for a short while. */
static enum err_code
pump(struct session *s, struct zmq_state *st, struct zmq_end *second,
     struct zmq_message *m, struct copies *c)
{
    size_t at;
    enum err_code code = zmq_take(s, st, 20, &at);

    if (code != ERR_OK && code != ERR_TIMEOUT)
        return code;
    while (c->count < COPIES_MAX && zmq_end_receive(second, m, 20) == ERR_OK) {
        if (m->frames > 2)
            c->body[c->count++] = hash_of(zmq_message_frame(m, 2));
    }
    return ERR_OK;
}

static enum verdict
compare(struct session *s, struct zmq_state *st, const struct ledger_step *t,
        struct zmq_end *second)
{
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    size_t want = (size_t)session_int(s, t, "count", 3), first = st->count;
    struct zmq_message m = {0};
    struct copies c = {.count = 0};
    enum err_code code = ERR_OK;
    char text[120];

    while (code == ERR_OK && common(st, &c) < want && session_now_ms() < end &&
           session_left(s) > 0)
        code = pump(s, st, second, &m, &c);
    zmq_message_free(&m);
    if (code != ERR_OK)
        return zmq_take_failed(s, code, "messages for both subscribers");
    (void)snprintf(text, sizeof text,
                   "%zu came to the first, %zu to the second, %zu to both",
                   st->count - first, c.count, common(st, &c));
    session_log(s, SESSION_NOTE, "zmq.copies", bytes_str(text));
    return common(st, &c) >= want
               ? VERDICT_PASS
               : session_fail(s, "message", "the same messages for both", text);
}

enum verdict
zmq_op_expect_copies(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct zmq_end second = {0};
    struct err err = {0};
    enum verdict v;

    if (!st->open || st->o.bind || st->o.type != ZMQ_SUB)
        return session_inconc(s, "a product that listens", "it connects");
    if (zmq_end_open(&second, &st->o, &err) != ERR_OK)
        return session_error(s, &err);
    v = zmq_end_subscribe(&second, st->prefix, true)
            ? compare(s, st, t, &second)
            : session_inconc(s, "a subscription", "libzmq refuses it");
    zmq_end_close(&second, 0);
    return v;
}
