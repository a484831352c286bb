/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/steps/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conformance/steps/session_in.h"

#define AFTER_MS   6000 /* for `after` and `restore` */
#define GONE_TICKS 25   /* of 20 ms, that the end of a product may take */
#define STALLS_MAX 3    /* attempts of a test that a stall may cost */

bool
attempt_stopped(const struct bench *b)
{
    return (b->run->stop != NULL && *b->run->stop != 0) ||
           (b->deadline_ms != 0 && wire_now_ms() > b->deadline_ms);
}

/* How a violation weighs is decided here alone: by the kind of the test, which
 * is the level of what it verifies (lint). */
static enum verdict
weigh(const struct ledger_test *t, enum verdict v)
{
    static const enum verdict by_kind[] = {[TEST_REQUIRED] = VERDICT_FAIL,
                                           [TEST_RECOMMENDED] = VERDICT_WARN,
                                           [TEST_OBSERVE] = VERDICT_INFO};

    return v == VERDICT_FAIL ? by_kind[t->kind] : v;
}

static enum verdict
run_setup(struct session *s)
{
    enum verdict v = session_steps(s, s->test->setup, s->test->setups);

    /* A precondition that is not reached says nothing of what was to be seen. */
    return v == VERDICT_FAIL ? VERDICT_INCONC : v;
}

/* Behind the steps, whatever became of them. */
static bool
run_after(struct session *s, bool negative)
{
    const struct ledger_test *t = s->test;
    const struct ledger_list *probe =
        s->b->role->liveness != NULL
            ? ledger_list(s->b->run->ledger, bytes_str(s->b->role->liveness))
            : NULL;
    char at[sizeof s->at], expected[sizeof s->expected],
        observed[sizeof s->observed];
    const struct session_sent sent = s->sent;
    bool alive = true;

    memcpy(at, s->at, sizeof at);
    memcpy(expected, s->expected, sizeof expected);
    memcpy(observed, s->observed, sizeof observed);
    s->end_ms = wire_now_ms() + AFTER_MS;
    session_log(s, SESSION_NOTE, "test", BYTES("after"));
    if (t->afters > 0)
        alive = session_steps(s, t->after, t->afters) == VERDICT_PASS;
    else if (negative && probe != NULL)
        alive = session_steps(s, probe->step, probe->steps) == VERDICT_PASS;
    (void)session_steps(s, t->restore, t->restores);
    memcpy(s->at, at, sizeof at);
    memcpy(s->expected, expected, sizeof expected);
    memcpy(s->observed, observed, sizeof observed);
    s->sent = sent;
    return alive;
}

static void
keep(struct session *s, struct bench_slot *slot, enum verdict v, int64_t ms)
{
    struct bench *b = s->b;
    struct bench_record r;

    session_note_end(s, v);
    r = (struct bench_record){s->test,
                              s->attempt,
                              v,
                              s->at,
                              s->expected,
                              s->observed,
                              buf_view(&s->transcript),
                              s->curl,
                              s->curl_body,
                              s->product.log[0] ? s->product.log : NULL};

    (void)pthread_mutex_lock(&b->lock);
    if (slot->attempts < sizeof slot->attempt / sizeof slot->attempt[0])
        slot->attempt[slot->attempts++] = (struct run_attempt){v, (uint64_t)ms};
    if (s->expected[0] != '\0' || s->observed[0] != '\0') {
        memcpy(slot->at, s->at, sizeof slot->at);
        memcpy(slot->expected, s->expected, sizeof slot->expected);
        memcpy(slot->observed, s->observed, sizeof slot->observed);
        slot->sent = s->sent;
    }
    if (v == VERDICT_PASS && s->good.len > 0) {
        buf_bytes(&b->content, buf_view(&s->good));
        run_content_boundary(&b->content);
    }
    if (b->record != NULL)
        b->record(b->ctx, &r);
    (void)pthread_mutex_unlock(&b->lock);
}

/* Whether a product of this role may end by itself: senders may be done. */
static bool
must_stay(const struct bench *b)
{
    return b->role->shape == ROLE_SERVER || b->role->stays;
}

/* What the end of the product means: its own fault when nobody else was there. */
static enum verdict
product_gone(struct session *s, int status)
{
    char observed[100];

    (void)snprintf(observed, sizeof observed,
                   (status & 0x7f) != 0 ? "it was ended by signal %d"
                                        : "it ended by itself, status %d",
                   (status & 0x7f) != 0 ? status & 0x7f : status >> 8);
    return session_fail(s, "product", "the product keeps running", observed);
}

/* Its connections are cut a moment before its end can be seen: where nothing was
 * answered, that moment is waited for. */
static bool
is_gone(struct session *s, enum verdict v, int *status)
{
    const struct timespec tick = {0, 20 * 1000 * 1000};

    if (!must_stay(s->b) || s->b->o.exec == NULL)
        return false;
    for (int i = 0; session_alive(s, status); i++) {
        if (v != VERDICT_INCONC || i == GONE_TICKS)
            return false;
        (void)nanosleep(&tick, NULL);
    }
    return true;
}

/* What the end of the product, if it came, makes of ${*v}. False: somebody else
 * may have ended it, or the run stops. */
static bool
is_own(struct session *s, bool alone, bool gone, int status, enum verdict *v)
{
    struct bench *b = s->b;
    bool own = b->role->shape != ROLE_SERVER; /* each session has its product */

    if (attempt_stopped(b))
        return false;
    if (gone && own && *v <= VERDICT_INCONC)
        *v = product_gone(s, status);
    else if (gone && alone && *v <= VERDICT_FAIL)
        *v = product_gone(s, status);
    else if (gone)
        return false;
    return true;
}

/* Whether ${*v}, of a session that began when the stalls were ${before}, is of
 * no account: the tester stood still, so a pass is one, and nothing else is. It
 * says so of itself when that happens again and again. */
static bool
stood_still(struct session *s, struct bench_slot *slot, int64_t before,
            enum verdict *v)
{
    int64_t ms = stall_ms(&s->b->stall) - before;
    struct err err = {0};

    if (ms < STALL_MIN_MS || (*v == VERDICT_PASS && slot->alive))
        return false;
    if (slot->stalls < STALLS_MAX) {
        slot->stalls++;
        return true;
    }
    (void)err_set(&err, ERR_TIMEOUT, "tester",
                  "the tester stood still for %lld ms", (long long)ms);
    *v = session_error(s, &err);
    return false;
}

/* False: it does not count, and is to be made again. */
static bool
attempt(struct bench *b, size_t i, bool alone)
{
    const struct ledger_test *t = b->run->result[i].test;
    struct bench_slot *slot = &b->slot[i];
    struct session *s = calloc(1, sizeof *s);
    struct err err = {0};
    int64_t begin = wire_now_ms(), stalls = stall_ms(&b->stall);
    enum verdict v;
    int status = 0;
    bool alive, gone, counts;

    if (s == NULL || (alone && bench_product_up(b, false, &err) != ERR_OK)) {
        free(s);
        slot->attempt[slot->attempts++] =
            (struct run_attempt){VERDICT_INCONC, 0};
        (void)snprintf(slot->observed, sizeof slot->observed, "%s", err.msg);
        return true;
    }
    session_open(s, b, t, (unsigned)slot->attempts + 1, t->timeout_ms);
    s->upsets = slot->upsets;
    v = run_setup(s);
    if (v == VERDICT_PASS)
        v = session_steps(s, t->step, t->steps);
    gone = is_gone(s, v, &status);
    alive = !gone && run_after(s, t->twin != NULL);
    gone = gone || is_gone(s, alive ? v : VERDICT_INCONC, &status);
    slot->alive = alive;
    slot->attributable = s->attributable;
    counts =
        is_own(s, alone, gone, status, &v) && !stood_still(s, slot, stalls, &v);
    slot->upsets += !counts;
    if (counts)
        keep(s, slot, weigh(t, v), wire_now_ms() - begin);
    session_close(s);
    free(s);
    return counts;
}

bool
attempt_make(struct bench *b, size_t i, bool alone)
{
    unsigned stalls;

    do {
        stalls = b->slot[i].stalls;
        if (attempt(b, i, alone))
            return true;
    } while (alone && b->slot[i].stalls != stalls && !attempt_stopped(b));
    return false;
}

enum err_code
bench_replay(struct bench *b, const struct ledger_test *t,
             struct bench_replay *what, struct err *err)
{
    struct session *s = calloc(1, sizeof *s);
    enum verdict v;
    int status = 0;

    if (s == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (bench_product_up(b, false, err) != ERR_OK) {
        free(s);
        return err->code;
    }
    b->replay_ns = what->wall_ns;
    session_open(s, b, t, what->attempt, t->timeout_ms);
    v = run_setup(s);
    if (v == VERDICT_PASS)
        v = session_steps(s, t->step, t->steps);
    (void)run_after(s, t->twin != NULL);
    if (b->role->shape == ROLE_SERVER && !session_alive(s, &status) &&
        v <= VERDICT_FAIL)
        v = product_gone(s, status);
    what->after = weigh(t, v);
    memcpy(what->at, s->at, sizeof what->at);
    memcpy(what->expected, s->expected, sizeof what->expected);
    memcpy(what->observed, s->observed, sizeof what->observed);
    buf_bytes(&what->transcript, buf_view(&s->transcript));
    session_close(s);
    free(s);
    return ERR_OK;
}
