/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a run: product, preflight, calibration, tests side by side,
 * exclusive ones, repeats of what did not pass, verdicts that rest on others. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "conformance/steps/attempt.h"
#include "conformance/steps/phrase.h"
#include "conformance/steps/session_in.h"

#define REPEATS_BUDGET_MS 30000 /* for all repeats of a run together */

/* ---- who may run */

static size_t
index_of(const struct bench *b, const char *id)
{
    for (size_t i = 0; i < b->run->results; i++) {
        if (strcmp(b->run->result[i].test->id, id) == 0)
            return i;
    }
    return SIZE_MAX;
}

static enum verdict
first_of(const struct bench *b, const char *id)
{
    size_t i = index_of(b, id);

    if (i == SIZE_MAX)
        return VERDICT_NONE;
    if (b->slot[i].attempts == 0)
        return b->run->result[i].verdict;
    return b->slot[i].attempt[0].verdict;
}

static bool
is_ready(const struct bench *b, const struct ledger_test *t)
{
    size_t i;

    if (t->twin != NULL && (i = index_of(b, t->twin)) != SIZE_MAX &&
        b->slot[i].state != SLOT_DONE)
        return false;
    for (const char *const *d = t->depends_on; *d != NULL; d++) {
        i = index_of(b, *d);
        if (i != SIZE_MAX && b->slot[i].state != SLOT_DONE)
            return false;
    }
    return true;
}

/* Its condition is false or what it needs has not passed. */
static bool
is_gated(struct bench *b, size_t i)
{
    enum verdict needs[16], v;
    struct run_result *r = &b->run->result[i];
    struct verdict_gate g = {.applies = run_applies(b->run, r->test),
                             .needs = needs};

    for (const char *const *d = r->test->depends_on; *d && g.count < 16; d++)
        needs[g.count++] = first_of(b, *d);
    v = verdict_gate(&g);
    if (v == VERDICT_NONE)
        return false;
    r->verdict = v;
    r->reason = v == VERDICT_BLOCKED
                    ? (struct ledger_text){"所依赖的测试没有通过",
                                           "a test that it depends on did not "
                                           "pass"}
                    : (struct ledger_text){"声明中没有这一项", "not declared"};
    b->slot[i].gated = true;
    b->slot[i].state = SLOT_DONE;
    return true;
}

/* ---- side by side */

static bool
is_mine(const struct bench *b, size_t i)
{
    const struct ledger_test *t = b->run->result[i].test;

    return strcmp(t->role, b->role->name) == 0;
}

/* The next test of this phase that can start, under the lock; SIZE_MAX with
 * *waiting when some may become ready. */
static size_t
pick(struct bench *b, bool exclusive, bool *waiting)
{
    bool moved = true;

    *waiting = false;
    while (moved) {
        moved = false;
        *waiting = false;
        for (size_t i = 0; i < b->run->results; i++) {
            const struct ledger_test *t = b->run->result[i].test;

            if (b->slot[i].state == SLOT_RUNNING)
                *waiting = true;
            if (b->slot[i].state != SLOT_WAITING || !is_mine(b, i) ||
                b->slot[i].disturbed || t->exclusive != exclusive)
                continue;
            if (!is_ready(b, t))
                continue;
            if (is_gated(b, i)) {
                moved = true;
                continue;
            }
            return i;
        }
    }
    return SIZE_MAX;
}

static void
tell(struct bench *b)
{
    size_t done = 0;

    if (b->progress == NULL)
        return;
    for (size_t i = 0; i < b->run->results; i++)
        done += b->slot[i].state == SLOT_DONE;
    b->progress(b->ctx, b, done, b->run->results);
}

static void *
work(void *arg)
{
    struct bench *b = arg;
    struct err err = {0};

    (void)pthread_mutex_lock(&b->lock);
    while (!attempt_stopped(b)) {
        bool waiting, ok;
        size_t i = pick(b, false, &waiting);

        if (i == SIZE_MAX && !waiting)
            break;
        if (i == SIZE_MAX) {
            (void)pthread_cond_wait(&b->changed, &b->lock);
            continue;
        }
        b->slot[i].state = SLOT_RUNNING;
        (void)pthread_mutex_unlock(&b->lock);
        ok = attempt_make(b, i, false);
        /* What falls over again does so where it is alone. */
        if (!ok && !attempt_stopped(b) &&
            bench_product_up(b, false, &err) != ERR_OK)
            ok = false;
        (void)pthread_mutex_lock(&b->lock);
        b->slot[i].disturbed = !ok;
        b->slot[i].state = ok ? SLOT_DONE : SLOT_WAITING;
        tell(b);
        (void)pthread_cond_broadcast(&b->changed);
    }
    (void)pthread_cond_broadcast(&b->changed);
    (void)pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void
run_parallel(struct bench *b)
{
    pthread_t thread[BENCH_JOBS_MAX];
    unsigned n = 0,
             jobs = b->o.jobs > BENCH_JOBS_MAX ? BENCH_JOBS_MAX : b->o.jobs;

    while (n + 1 < jobs && pthread_create(&thread[n], NULL, work, b) == 0)
        n++;
    (void)work(b);
    while (n > 0)
        (void)pthread_join(thread[--n], NULL);
}

/* One after the other: what was disturbed, and what wants to be alone. */
static void
run_serial(struct bench *b)
{
    for (size_t i = 0; i < b->run->results; i++)
        b->slot[i].disturbed = false;
    for (int exclusive = 0; exclusive < 2; exclusive++) {
        while (!attempt_stopped(b)) {
            bool waiting;
            size_t i = pick(b, exclusive != 0, &waiting);

            if (i == SIZE_MAX)
                break;
            (void)attempt_make(b, i, true);
            b->slot[i].state = SLOT_DONE;
            tell(b);
        }
    }
}

static bool
wants_repeat(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_WARN || v == VERDICT_INCONC ||
           v == VERDICT_ERROR;
}

static void
repeat(struct bench *b)
{
    int64_t until = wire_now_ms() + REPEATS_BUDGET_MS;

    for (size_t i = 0; i < b->run->results && !attempt_stopped(b); i++) {
        struct bench_slot *slot = &b->slot[i];

        if (slot->attempts == 0 || !wants_repeat(slot->attempt[0].verdict))
            continue;
        for (unsigned k = 0; k < b->o.repeats && k < BENCH_REPEATS_MAX &&
                             !attempt_stopped(b) && wire_now_ms() < until;
             k++) {
            (void)attempt_make(b, i, true);
            /* Two that differ decide: it is unstable. */
            if (slot->attempt[slot->attempts - 1].verdict !=
                slot->attempt[0].verdict)
                break;
        }
    }
}

/* ---- before */

static void
spoil(struct bench *b, enum verdict v, const char *zh, const char *en)
{
    for (size_t i = 0; i < b->run->results; i++) {
        if (b->slot[i].state == SLOT_DONE || !is_mine(b, i))
            continue;
        b->run->result[i].verdict = v;
        b->run->result[i].reason = (struct ledger_text){zh, en};
        b->slot[i].state = SLOT_DONE;
        b->slot[i].gated = true;
    }
}

static int
compare_ms(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* The waits of this run, from how long the product takes to answer a probe. */
static bool
calibrate(struct bench *b)
{
    const struct ledger_list *probe =
        b->role->liveness != NULL
            ? ledger_list(b->run->ledger, bytes_str(b->role->liveness))
            : NULL;
    double ms[BENCH_PROBES], wait;
    enum verdict v = VERDICT_PASS;
    size_t n = 0;

    b->wait_ms = BENCH_WAIT_QUIET;
    if (probe == NULL)
        return true;
    b->wait_ms = BENCH_WAIT_CEIL;
    while (n < BENCH_PROBES && v == VERDICT_PASS && !attempt_stopped(b)) {
        struct session *s = calloc(1, sizeof *s);
        struct timespec from, to;

        if (s == NULL)
            return false;
        session_open(s, b, NULL, (unsigned)n + 1, BENCH_WAIT_CEIL);
        (void)clock_gettime(CLOCK_MONOTONIC, &from);
        v = session_steps(s, probe->step, probe->steps);
        (void)clock_gettime(CLOCK_MONOTONIC, &to);
        if (v != VERDICT_PASS)
            (void)err_set(&b->err, ERR_TIMEOUT, s->at,
                          "the liveness probe: expected %.90s, observed %.120s",
                          s->expected, s->observed);
        ms[n++] = (double)(to.tv_sec - from.tv_sec) * 1e3 +
                  (double)(to.tv_nsec - from.tv_nsec) / 1e6;
        session_close(s);
        free(s);
    }
    if (n == 0 || (v != VERDICT_PASS && n == 1))
        return false;
    /* One that mostly answers is testable; the tests say what is wrong. */
    if (v != VERDICT_PASS) {
        b->err = (struct err){0};
        b->probes = (unsigned)n - 1;
        return true;
    }
    qsort(ms, n, sizeof ms[0], compare_ms);
    b->probe_p99_ms = ms[n - 1];
    b->probes = (unsigned)n;
    wait = 8 * b->probe_p99_ms;
    b->wait_ms = wait < BENCH_WAIT_FLOOR  ? BENCH_WAIT_FLOOR
                 : wait > BENCH_WAIT_CEIL ? BENCH_WAIT_CEIL
                                          : (unsigned)wait;
    return true;
}

/* The preflight tests, one after the other; false: not testable. */
static bool
preflight(struct bench *b)
{
    bool ok = true;

    for (size_t i = 0; i < b->run->results && !attempt_stopped(b); i++) {
        struct bench_slot *slot = &b->slot[i];

        if (!b->run->result[i].test->preflight || !is_mine(b, i))
            continue;
        if (!is_gated(b, i)) {
            (void)attempt_make(b, i, true);
            if (slot->attempts > 0 &&
                slot->attempt[0].verdict != VERDICT_PASS && !attempt_stopped(b))
                (void)attempt_make(b, i, true);
        }
        slot->state = SLOT_DONE;
        tell(b);
        if (slot->attempts > 0 &&
            slot->attempt[slot->attempts - 1].verdict > VERDICT_WARN) {
            ok = false;
            (void)err_set(&b->err, ERR_CLOSED, b->run->result[i].test->id,
                          "preflight: expected %.90s, observed %.120s",
                          slot->expected, slot->observed);
        }
    }
    return ok;
}

/* ---- behind */

/* One line about what the tester sent before the product did what it did. */
static void
put_sent(struct bench *b, const struct session_sent *t, struct run_card *card)
{
    const char *colon[] = {t->line[0] ? "：" : "", t->line[0] ? ": " : ""};

    if (t->count == 0)
        return;
    card->sent.zh = arena_printf(
        &b->words, "%s%s%s（%zu 字节%s）", t->channel, colon[0], t->line,
        t->bytes,
        t->count > 1
            ? arena_printf(&b->words, "，共发送 %u 次，此为最后一次", t->count)
            : "");
    card->sent.en = arena_printf(
        &b->words, "%s%s%s (%zu bytes%s)", t->channel, colon[1], t->line,
        t->bytes,
        t->count > 1 ? arena_printf(&b->words, ", the last of %u", t->count)
                     : "");
}

static void
settle_own(struct bench *b, size_t i)
{
    struct bench_slot *slot = &b->slot[i];
    struct run_result *r = &b->run->result[i];
    enum verdict v[1 + BENCH_REPEATS_MAX];

    for (size_t k = 0; k < slot->attempts; k++)
        v[k] = slot->attempt[k].verdict;
    if (slot->attempts > 0)
        r->verdict = verdict_repeat(v, slot->attempts);
    else if (!slot->gated) {
        r->verdict = VERDICT_INCONC;
        r->reason = (struct ledger_text){"运行中断，未执行",
                                         "the run was interrupted before it"};
    }
    if (r->verdict == VERDICT_UNSTABLE)
        r->reason = (struct ledger_text){"重复执行的结果不一致",
                                         "repeats came to different verdicts"};
    r->violations = r->verdict == VERDICT_FAIL || r->verdict == VERDICT_WARN;
    r->card.attempt = slot->attempt;
    r->card.attempts = slot->attempts;
    for (size_t k = 0; k < slot->attempts; k++)
        r->card.duration_ms += slot->attempt[k].duration_ms;
    r->card.at = slot->at[0] ? slot->at : NULL;
    r->card.expected.en = slot->expected[0] ? slot->expected : NULL;
    r->card.observed.en = slot->observed[0] ? slot->observed : NULL;
    r->card.expected.zh = phrase_text(r->card.expected.en, &b->words);
    r->card.observed.zh = phrase_text(r->card.observed.en, &b->words);
    put_sent(b, &slot->sent, &r->card);
}

/* A pass of a negative test rests on its twin, the probe and the refusal. */
static void
settle_negative(struct bench *b, size_t i)
{
    struct run_result *r = &b->run->result[i];
    size_t twin = r->test->twin ? index_of(b, r->test->twin) : SIZE_MAX;
    struct verdict_negative n = {
        .own = r->verdict,
        .twin = twin != SIZE_MAX ? b->run->result[twin].verdict : VERDICT_NONE,
        .alive = b->slot[i].alive,
        .attributable = b->slot[i].attributable};

    if (r->test->twin == NULL || b->slot[i].gated)
        return;
    r->verdict = verdict_negative(&n);
    if (r->verdict == n.own)
        return;
    r->reason =
        n.twin > VERDICT_WARN || n.twin < VERDICT_PASS
            ? (struct ledger_text){"对应的正例没有通过，不计为通过",
                                   "its positive twin did not pass, so this is "
                                   "no pass"}
        : !n.alive
            ? (struct ledger_text){"之后的存活探测没有通过",
                                   "the liveness probe afterwards did not pass"}
            : (struct ledger_text){"拒绝没有说明原因，无法归因",
                                   "the refusal does not say what it refuses"};
}

static void
settle(struct bench *b, bool testable)
{
    struct run *r = b->run;

    for (size_t i = 0; i < r->results; i++) {
        if (is_mine(b, i))
            settle_own(b, i);
    }
    for (size_t i = 0; i < r->results; i++) {
        if (is_mine(b, i))
            settle_negative(b, i);
    }
    r->interrupted = attempt_stopped(b);
    for (size_t i = 0; i < r->results; i++)
        r->count[r->result[i].verdict]++;
    r->exit = r->named > 0 ? verdict_exit(r->count, !testable) : EXIT_NOTHING;
}

void
bench_run(struct bench *b)
{
    bool testable;

    b->slot = calloc(b->run->results + 1, sizeof *b->slot);
    if (b->o.timeout_ms > 0)
        b->deadline_ms = wire_now_ms() + b->o.timeout_ms;
    if (b->slot == NULL)
        return;
    testable =
        b->run->named == 0 || bench_product_up(b, false, &b->err) == ERR_OK;
    if (b->run->named > 0) {
        if (stall_start(&b->stall, &b->err) != ERR_OK)
            b->err = (struct err){0}; /* without a watch none is seen */
        testable = testable && preflight(b) && calibrate(b);
        if (!testable)
            spoil(b, VERDICT_BLOCKED, "预检没有通过，产品无法测试",
                  "the preflight did not pass: the product is not testable");
        else
            run_parallel(b);
        run_serial(b);
        repeat(b);
        stall_end(&b->stall);
    }
    settle(b, testable || attempt_stopped(b));
}

unsigned
bench_stalls(const struct bench *b)
{
    unsigned n = 0;

    for (size_t i = 0; b->slot != NULL && i < b->run->results; i++)
        n += b->slot[i].stalls;
    return n;
}
