/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender sends again, and what it must not: whole messages and single
 * items; silence; subscriptions. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>

/* The message that a test holds back or acknowledges oddly. */
static bool
held(struct zmq_state *st, const struct session *s, const char *of, size_t *at)
{
    (void)s;
    return zmq_find(st, of, at) && st->seen[*at].head.id[0];
}

static enum verdict
judge_repeat(struct session *s, struct zmq_state *st, size_t first, size_t at)
{
    const struct zmq_seen *a = &st->seen[first], *b = &st->seen[at];
    char text[120];

    for (size_t i = 0; i < zmq_frames(a); i++) {
        if (bytes_eq(zmq_frame(a, i), zmq_frame(b, i)))
            continue;
        (void)snprintf(text, sizeof(text),
                       "frame %zu differs (%zu and %zu octets)", i,
                       zmq_frame(a, i).len, zmq_frame(b, i).len);
        return session_fail(s,
                            i == 0   ? "topic"
                            : i == 1 ? "header"
                                     : "body",
                            "the same bytes again", text);
    }
    if (!zmq_same_frames(a, b))
        return session_fail(s, "frames", "the same frames again",
                            "another number of frames");
    return VERDICT_PASS;
}

enum verdict
zmq_op_expect_repeat(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    int64_t least = session_int(s, t, "not_before_ms", 0);
    const char *how = session_text(s, t, "ack", "none");
    size_t first, at;
    char text[160];

    if (!held(st, s, session_text(s, t, "of", "unacked"), &first))
        return session_inconc(s, "an unacknowledged message with an id",
                              "none");
    (void)snprintf(text, sizeof(text), "message %.100s again",
                   st->seen[first].head.id);
    for (;;) {
        enum err_code code = zmq_take(s, st, zmq_until(s, end), &at);

        if (code == ERR_TIMEOUT)
            return session_fail(s, "header/id", text, "it was not sent again");
        if (code != ERR_OK)
            return zmq_take_failed(s, code, text);
        if (strcmp(st->seen[at].head.id, st->seen[first].head.id) != 0)
            continue;
        if (st->seen[at].m.at_ms - st->seen[first].m.at_ms < least)
            return session_fail(s, "header/id",
                                "a pause before it is sent again",
                                "sent again at once");
        (void)zmq_ack_as(s, st, at, how);
        return session_bool(s, t, "bytes", true)
                   ? judge_repeat(s, st, first, at)
                   : VERDICT_PASS;
    }
}

/* Others may come and are acknowledged; at least ${others} of them must. */
enum verdict
zmq_op_expect_no_repeat(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "for_ms");
    int64_t others = session_int(s, t, "others", 0);
    size_t first, at;
    char text[160];

    if (!held(st, s, session_text(s, t, "of", "last"), &first))
        return session_inconc(s, "a message with an id", "none");
    while (zmq_until(s, end) > 0) {
        enum err_code code = zmq_take(s, st, zmq_until(s, end), &at);

        if (code == ERR_TIMEOUT)
            break;
        if (code != ERR_OK)
            return zmq_take_failed(s, code, "further messages");
        (void)zmq_ack_as(s, st, at, "ok");
        if (strcmp(st->seen[at].head.id, st->seen[first].head.id) == 0) {
            (void)snprintf(text, sizeof(text), "message %.100s came again",
                           st->seen[first].head.id);
            return session_fail(s, "header/id", "it is not sent again", text);
        }
        others -= st->seen[at].repeat == 0;
    }
    if (others > 0)
        return session_silence(s, "timeout", "further messages",
                               "too few came");
    session_refused(s, true);
    return VERDICT_PASS;
}

enum verdict
zmq_op_expect_silence(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t begin = session_now_ms();
    int64_t grace = begin + session_int(s, t, "grace_ms", 0);
    int64_t end = grace + session_wait(s, t, "for_ms");
    size_t at;
    enum err_code code;
    char text[160];

    do /* what was on its way */
        code = zmq_take(s, st, zmq_until(s, end), &at);
    while (code == ERR_OK && session_now_ms() < grace);
    if (code == ERR_OK) {
        (void)snprintf(text, sizeof(text), "a message of %zu frames came",
                       zmq_frames(&st->seen[at]));
        return session_fail(s, "message", "no message", text);
    }
    if (code != ERR_TIMEOUT && code != ERR_CLOSED)
        return zmq_take_failed(s, code, "no message");
    session_refused(s, true);
    return VERDICT_PASS;
}

/* An XPUB of ours gets subscriptions as messages: 1 or 0, then the prefix. */
enum verdict
zmq_op_expect_subscription(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    const char *topic = session_text(s, t, "topic", NULL);
    struct zmq_message m = {0};
    enum verdict v;

    for (;;) {
        enum err_code code = zmq_end_receive(&st->end, &m, zmq_until(s, end));
        struct bytes f = zmq_message_frame(&m, 0), prefix = bytes_from(f, 1);

        if (code != ERR_OK) {
            v = zmq_take_failed(s, code, "a subscription");
            break;
        }
        session_log(s, SESSION_RECEIVED, "zmq.subscription", f);
        if (f.len && f.data[0] == 1 &&
            (!topic || bytes_starts(bytes_str(topic), prefix))) {
            session_set(s, "subscription", prefix);
            v = VERDICT_PASS;
            break;
        }
    }
    zmq_message_free(&m);
    return v;
}

/* ---- items */

static bool
has_text(struct bytes body, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; n > 0 && i + n <= body.len; i++) {
        if (body.data[i] == text[0] && memcmp(body.data + i, text, n) == 0)
            return true;
    }
    return false;
}

/* Until a later message has the item, or the time is over; others are
 * acknowledged. */
static enum err_code
wait_item(struct session *s, struct zmq_state *st, const char *id, int64_t end,
          size_t *others)
{
    *others = 0;
    for (;;) {
        size_t at;
        enum err_code code = zmq_take(s, st, zmq_until(s, end), &at);

        if (code != ERR_OK)
            return code;
        (void)zmq_ack_as(s, st, at, "ok");
        if (has_text(zmq_frame(&st->seen[at], 2), id))
            return ERR_OK;
        *others += st->seen[at].repeat == 0;
    }
}

/* The item that a test refused, put off or took; NULL: inconclusive. */
static bool
item_of(struct session *s, struct zmq_state *st, const struct ledger_step *t,
        char id[ZMQ_TEXT])
{
    size_t first;

    return zmq_find(st, "last", &first) &&
           zmq_item_id(st, &st->seen[first], session_int(s, t, "item", 0), id);
}

enum verdict
zmq_op_expect_no_item(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "for_ms");
    char id[ZMQ_TEXT], text[ZMQ_TEXT + 40];
    size_t others;
    enum err_code code;

    if (!item_of(s, st, t, id))
        return session_inconc(s, "a message of several items with identifiers",
                              "none");
    code = wait_item(s, st, id, end, &others);
    (void)snprintf(text, sizeof(text), "item %.200s was sent again", id);
    if (code == ERR_OK)
        return session_fail(s, "body/items", "it is not sent again", text);
    if (code != ERR_TIMEOUT)
        return zmq_take_failed(s, code, "further messages");
    if ((int64_t)others < session_int(s, t, "others", 0))
        return session_silence(s, "timeout", "further messages",
                               "too few came");
    session_refused(s, true);
    return VERDICT_PASS;
}

enum verdict
zmq_op_expect_item(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    char id[ZMQ_TEXT], text[ZMQ_TEXT + 40];
    size_t others;
    enum err_code code;

    if (!item_of(s, st, t, id))
        return session_inconc(s, "a message of several items with identifiers",
                              "none");
    code = wait_item(s, st, id, end, &others);
    if (code == ERR_OK)
        return VERDICT_PASS;
    (void)snprintf(text, sizeof(text), "item %.200s again", id);
    if (code == ERR_TIMEOUT)
        return session_fail(s, "body/items", text, "it was not sent again");
    return zmq_take_failed(s, code, text);
}
