/* SPDX-License-Identifier: Apache-2.0 */
/* The end where the agent delivers: ZeroMQ with acknowledgements, or the data
 * interface over HTTP(S). A test says what the receiver does, not which it is. */
#include "conformance/steps/agent_state.h"

#include <stdlib.h>

#include "conformance/steps/serve.h"
#include "conformance/steps/zmq_state.h"

/* Nothing for so long, and no more will come: senders try again every few
 * seconds at the least. */
#define STALL_MS 8000

const char *const agent_answer_names[] = {"ok",  "none", "408", "429",
                                          "500", "503",  NULL};

/* One receiver of a kind. take: the next message, its envelope in *body,
 * borrowed until the next; ERR_TIMEOUT. answer: to the one taken last, as
 * agent_answer_names have it ("none": it never learns). */
struct receiver {
    enum verdict (*listen)(struct session *s, const struct ledger_step *t);
    enum verdict (*close)(struct session *s, const struct ledger_step *t);
    enum verdict (*reopen)(struct session *s, const struct ledger_step *t);
    enum err_code (*take)(struct session *s, unsigned ms, struct bytes *body);
    void (*answer)(struct session *s, const char *how);
};

/* ---- ZeroMQ */

static enum err_code
zmq_next(struct session *s, unsigned ms, struct bytes *body)
{
    struct zmq_state *st = zmq_state(s);
    size_t at;
    enum err_code code = zmq_take(s, st, ms, &at);

    if (code == ERR_OK)
        *body = zmq_frame(&st->seen[at], 2);
    return code;
}

static void
zmq_answer(struct session *s, const char *how)
{
    struct zmq_state *st = zmq_state(s);

    if (st->count > 0)
        (void)zmq_ack_as(s, st, st->count - 1, how);
}

/* ---- HTTP(S) */

static enum verdict
http_close(struct session *s, const struct ledger_step *t)
{
    struct serve *v = serve_of(s);

    (void)t;
    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    for (size_t i = 0; i < intake_count(v->in); i++)
        intake_shut(intake_conn(v->in, i), INTAKE_SHUT_CLEAN);
    intake_pause(v->in);
    session_log(s, SESSION_NOTE, "server", BYTES("does not listen"));
    return VERDICT_PASS;
}

static enum verdict
http_reopen(struct session *s, const struct ledger_step *t)
{
    struct serve *v = serve_of(s);
    struct err err = {0};

    (void)t;
    if (v == NULL || v->in == NULL)
        return VERDICT_ERROR;
    session_log(s, SESSION_NOTE, "server", BYTES("listens again"));
    return intake_resume(v->in, &err) == ERR_OK ? VERDICT_PASS
                                                : session_error(s, &err);
}

static enum err_code
http_next(struct session *s, unsigned ms, struct bytes *body)
{
    struct serve *v = serve_of(s);
    struct serve_request *q =
        v != NULL && v->in != NULL ? serve_take(s, v, ms) : NULL;

    if (q == NULL)
        return v == NULL || v->nomem ? ERR_NOMEM : ERR_TIMEOUT;
    *body = q->body;
    return ERR_OK;
}

static void
http_answer(struct session *s, const char *how)
{
    struct serve *v = serve_of(s);
    struct serve_request *q = v != NULL ? serve_named(v, NULL) : NULL;
    uint64_t status;

    if (q == NULL)
        return;
    if (bytes_to_u64(bytes_str(how), 599, &status)) {
        serve_answer_status(s, v, q, (unsigned)status);
    } else if (strcmp(how, "ok") == 0) {
        serve_answer_well(s, v, q);
    } else {
        session_log(s, SESSION_NOTE, "http", BYTES("reset without an answer"));
        intake_shut(q->conn, INTAKE_SHUT_RESET);
        q->ended_ms = session_now_ms();
    }
}

static const struct receiver *
receiver_of(struct session *s)
{
    static const struct receiver zmq = {zmq_op_listen, zmq_op_close,
                                        zmq_op_reopen, zmq_next, zmq_answer};
    static const struct receiver http = {serve_open, http_close, http_reopen,
                                         http_next, http_answer};

    return session_has(s, "output.http") ? &http : &zmq;
}

/* ---- operations */

enum verdict
agent_op_listen(struct session *s, const struct ledger_step *t)
{
    return receiver_of(s)->listen(s, t);
}

enum verdict
agent_op_close(struct session *s, const struct ledger_step *t)
{
    return receiver_of(s)->close(s, t);
}

enum verdict
agent_op_reopen(struct session *s, const struct ledger_step *t)
{
    return receiver_of(s)->reopen(s, t);
}

/* Until all that was fed was taken and then nothing comes for `quiet_ms`, or
 * `until` of it has come, or the time is over. Behind the first `after` messages
 * the next `times` messages (all, without it) are answered with `answer`, the
 * others well: only those are taken, the rest has to come again. Every message
 * that came is answered before this ends, so what the product holds for delivered
 * is known. */
enum verdict
agent_op_collect(struct session *s, const struct ledger_step *t)
{
    const struct receiver *r = receiver_of(s);
    struct agent_state *a = agent_state(s);
    int64_t end = session_now_ms() + session_wait(s, t, "within_ms");
    const char *answer = session_text(s, t, "answer", "ok");
    int64_t times = session_int(s, t, "times", INT64_MAX);
    int64_t after = session_int(s, t, "after", 0);
    unsigned want = (unsigned)session_int(s, t, "until", 0);
    unsigned quiet = (unsigned)session_int(s, t, "quiet_ms", 0);
    const unsigned *got;
    int64_t pause = session_int(s, t, "pause_ms", 0);

    if (!a)
        return VERDICT_ERROR;
    got = want ? &a->arrived : &a->taken;
    if (want == 0 || want > a->fed)
        want = a->fed;
    while ((*got < want || quiet > 0) && zmq_until(s, end) > 0) {
        unsigned left = zmq_until(s, end);
        unsigned stall = *got < want ? STALL_MS : quiet;
        unsigned ms = left < stall ? left : stall;
        const char *how;
        struct bytes body;
        enum err_code code = r->take(s, ms, &body);

        if (code == ERR_TIMEOUT)
            break;
        if (code != ERR_OK)
            return zmq_take_failed(s, code, "messages of the agent");
        how = after-- <= 0 && times-- > 0 ? answer : "ok";
        agent_take(a, body, strcmp(how, "ok") == 0);
        if (pause > 0)
            session_pause(s, (unsigned)pause);
        r->answer(s, how);
    }
    return VERDICT_PASS; /* what is missing is judged by agent.expect */
}
