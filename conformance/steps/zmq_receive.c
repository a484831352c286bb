/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving messages and acknowledging them: rightly, wrongly, late, or not. */
#include "conformance/steps/zmq_state.h"

#include <stdio.h>

#include <zmq.h>

#define ACK_ITEMS_MAX 65536
#define ACK_TEXT_MAX  ((size_t)1 << 20)
#define ACK_PUT_MS    2000

unsigned
zmq_until(struct session *s, int64_t end)
{
    int64_t left = end - session_now_ms();
    unsigned whole = session_left(s);

    if (left <= 0)
        return 0;
    return left < (int64_t)whole ? (unsigned)left : whole;
}

enum verdict
zmq_take_failed(struct session *s, enum err_code code, const char *expected)
{
    struct err err = {0};

    if (code == ERR_CLOSED)
        return session_silence(s, "closed", expected,
                               "the product closed the connection");
    if (code == ERR_CORRUPT)
        return session_fail(s, "frame.size", "a ZMTP frame",
                            "octets that are no ZMTP frame");
    if (code == ERR_LIMIT)
        return session_inconc(s, expected,
                              "more messages than the tester keeps");
    if (code == ERR_TIMEOUT)
        return session_silence(s, "timeout", expected, "nothing in time");
    (void)err_set(&err, code, "zmq", "no socket is open");
    return session_error(s, &err);
}

/* ---- acknowledgements */

/* "202", "503": the status of every item; "first:400": of the first one, the
 * others 202; "none": an empty list; anything else stands as it is. */
static void
write_items(struct buf *out, const char *how, int64_t items)
{
    bool first = strncmp(how, "first:", 6) == 0;
    const char *status = first ? how + 6 : how;
    int64_t n = items < 0 ? 0 : items > ACK_ITEMS_MAX ? ACK_ITEMS_MAX : items;
    uint64_t number;

    if (strcmp(how, "none") == 0) {
        buf_str(out, "[]");
        return;
    }
    if (!bytes_to_u64(bytes_str(status), 999, &number)) {
        buf_str(out, how);
        return;
    }
    buf_char(out, '[');
    for (int64_t i = 0; i < n; i++) {
        if (i)
            buf_char(out, ',');
        buf_str(out, first && i > 0 ? "202" : status);
    }
    buf_char(out, ']');
}

struct ack {
    const char *id, *status, *items; /* id NULL: the message's own */
    unsigned frames;
    size_t fill; /* octets more in the last frame */
};

static enum err_code
put_ack(struct session *s, struct zmq_state *st, size_t at, const struct ack *a,
        const char *id)
{
    struct zmq_seen *m = &st->seen[at];
    struct buf items = {.max = ACK_TEXT_MAX * 32};
    struct bytes frame[8];
    size_t n = a->frames < 8 ? a->frames : 8;
    enum err_code code;

    write_items(&items, a->items, m->items);
    for (size_t i = 0; i < a->fill && buf_ok(&items); i++)
        buf_char(&items, ' ');
    for (size_t i = 0; i < n; i++)
        frame[i] = BYTES("");
    frame[0] = bytes_str(id);
    if (n > 1)
        frame[1] = bytes_str(a->status);
    if (n > 2)
        frame[2] = buf_view(&items);
    code = buf_ok(&items) ? zmq_put(s, st, m, frame, n, ACK_PUT_MS) : ERR_NOMEM;
    buf_free(&items);
    return code;
}

/* By every name the message has: a sound sender knows the one, and passes by
 * the acknowledgement of another. */
static enum err_code
send_ack(struct session *s, struct zmq_state *st, size_t at,
         const struct ack *a)
{
    const struct zmq_seen *m = &st->seen[at];
    enum err_code code;

    if (a->id || m->names == 0)
        code = put_ack(s, st, at, a, a->id ? a->id : m->head.id);
    else
        code = put_ack(s, st, at, a, m->name[0]);
    for (size_t i = 1; code == ERR_OK && !a->id && i < m->names; i++)
        code = put_ack(s, st, at, a, m->name[i]);
    if (code == ERR_OK)
        st->seen[at].acked++;
    return code;
}

/* Acknowledging is for the dealer; other sockets have no way back. */
static bool
can_ack(const struct zmq_state *st)
{
    return st->open ? st->end.type == ZMQ_ROUTER : st->link.fd >= 0;
}

bool
zmq_find(const struct zmq_state *st, const char *of, size_t *at)
{
    if (st->count == 0)
        return false;
    *at = st->count - 1;
    if (strcmp(of, "first") == 0) {
        if (st->mark >= st->count)
            return false;
        *at = st->mark;
    } else if (strcmp(of, "unacked") == 0) {
        for (size_t i = 0; i < st->count; i++) {
            *at = i;
            if (!st->seen[i].acked)
                return true;
        }
        return false;
    }
    return true;
}

enum verdict
zmq_op_ack(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    struct ack a = {.status = session_text(s, t, "status", "202"),
                    .items = session_text(s, t, "items", "202"),
                    .id = session_text(s, t, "id", NULL),
                    .frames = (unsigned)session_int(s, t, "frames", 3),
                    .fill = (size_t)session_int(s, t, "fill", 0)};
    int64_t times = session_int(s, t, "times", 1);
    size_t at;

    if (!can_ack(st) || a.frames == 0 ||
        !zmq_find(st, session_text(s, t, "of", "last"), &at))
        return session_inconc(s, "a message to acknowledge", "none");
    for (int64_t i = 0; i < times && i < 1000; i++) {
        if (send_ack(s, st, at, &a) != ERR_OK)
            return session_inconc(s, "the product takes acknowledgements",
                                  "it does not");
    }
    return VERDICT_PASS;
}

/* ---- receiving */

static const struct ack ack_good = {
    .status = "202", .items = "202", .frames = 3};

/* "ok", "none", or a status that every item gets. */
enum err_code
zmq_ack_as(struct session *s, struct zmq_state *st, size_t at, const char *how)
{
    struct ack a = ack_good;

    if (!can_ack(st) || strcmp(how, "none") == 0)
        return ERR_OK;
    if (strcmp(how, "ok") != 0)
        a.status = a.items = how;
    return send_ack(s, st, at, &a);
}

static void
judge(struct session *s, struct zmq_state *st, size_t at)
{
    const struct zmq_seen *m = &st->seen[at];

    if (m->repeat == 0 && zmq_frames(m) >= 3)
        session_document(s, zmq_frame(m, 2), true);
}

enum verdict
zmq_op_receive(struct session *s, const struct ledger_step *t)
{
    struct zmq_state *st = zmq_state(s);
    int64_t want = session_int(s, t, "count", 1), got = 0;
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    int64_t pause = session_int(s, t, "pause_ms", 0);
    int64_t enough = session_int(s, t, "enough", 0);
    const char *how = session_text(s, t, "ack", "ok");
    bool fresh = session_bool(s, t, "fresh", false);
    bool keep = session_bool(s, t, "judge", false);
    char text[96];

    while (got < want) {
        size_t at;
        enum err_code code = zmq_take(s, st, zmq_until(s, end), &at);

        if (code == ERR_TIMEOUT && enough > 0 && got >= enough)
            break;
        if (code != ERR_OK) {
            (void)snprintf(text, sizeof(text), "%lld messages (%lld came)",
                           (long long)want, (long long)got);
            return zmq_take_failed(s, code, text);
        }
        if (keep)
            judge(s, st, at);
        if (pause > 0)
            session_pause(s, (unsigned)pause);
        (void)zmq_ack_as(s, st, at, how);
        got += !fresh || st->seen[at].repeat == 0;
    }
    return VERDICT_PASS;
}
