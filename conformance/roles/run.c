/* SPDX-License-Identifier: Apache-2.0 */
/* Selection, dependencies and twins: the same for every role. */
#include "conformance/roles/run.h"

#include <stdlib.h>

#include "conformance/roles/role.h"
#include "conformance/verdict/fault.h"

#define NEEDS_MAX 16

/* r->only: prefixes of ids, with commas between them. */
static bool
is_named(const struct run *r, const struct ledger_test *t, const char *role)
{
    struct bytes rest = bytes_str(r->only);

    if (strcmp(t->role, role) != 0)
        return false;
    while (rest.len > 0) {
        size_t n = bytes_find(rest, ',');

        if (n > 0 && bytes_starts(bytes_str(t->id), bytes_upto(rest, n)))
            return true;
        rest = bytes_from(rest, n + 1);
    }
    return r->only == NULL;
}

/* Items of interfaces: who runs a network role without a declaration says by it
 * that the product has the interface. */
static bool
is_interface(struct bytes name)
{
    static const char *const first[] = {"zmq",    "kafka",    "http",
                                        "syslog", "function", "agent"};

    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        if (bytes_is(bytes_upto(name, bytes_find(name, '.')), first[i]))
            return true;
    }
    return false;
}

/* "ics.alert.send", "ics.alert.attack": claimed, or shown by the samples. */
static bool
holds(struct bytes name, void *ctx)
{
    const struct run *r = ctx;
    struct buf key = {0};
    size_t dot;
    bool yes;

    if (!bytes_starts(name, BYTES("ics.")))
        return r->holds != NULL && r->holds(r->holds_ctx, name);
    name = bytes_from(name, 4);
    if (r->ics != NULL)
        return ics_supports(r->ics, name);
    if (r->observe == NULL || (r->holds != NULL && is_interface(name)))
        return true;
    if (bytes_starts(name, BYTES("interface.")))
        return observe_interface(r->observe, bytes_from(name, 10)) > 0;
    if (bytes_starts(name, BYTES("function.")))
        return observe_function(r->observe, bytes_from(name, 9)) > 0;
    if (bytes_is(name, "http.server"))
        return observe_answers(r->observe) > 0;
    dot = bytes_find(name, '.');
    buf_bytes(&key, bytes_upto(name, dot));
    if (!bytes_is(bytes_from(name, dot), ".send")) {
        buf_str(&key, ".extension");
        buf_bytes(&key, bytes_from(name, dot));
    }
    yes =
        buf_cstr(&key) != NULL && observe_seen(r->observe, buf_cstr(&key)) > 0;
    buf_free(&key);
    return yes;
}

bool
run_applies(const struct run *r, const struct ledger_test *t)
{
    void *ctx = (void *)(uintptr_t)r;

    if (!ledger_condition(t->condition, holds, ctx))
        return false;
    for (const char *const *rid = t->verifies; *rid != NULL; rid++) {
        const struct requirement *q =
            ledger_requirement(r->ledger, bytes_str(*rid));

        if (q != NULL && !ledger_condition(q->condition, holds, ctx))
            return false;
    }
    return true;
}

struct run_result *
run_result_of(const struct run *r, const struct ledger_test *t)
{
    size_t place = t != NULL ? r->place[t - r->ledger->test] : 0;

    return place > 0 ? &r->result[place - 1] : NULL;
}

static const struct run_result *
result_of(const struct run *r, const char *id)
{
    return run_result_of(r, ledger_test(r->ledger, bytes_str(id)));
}

static enum verdict
verdict_by_id(const struct run *r, const char *id)
{
    const struct run_result *res = result_of(r, id);

    return res ? res->verdict : VERDICT_NONE;
}

enum verdict
run_worst(const struct run *r, const char *rid)
{
    enum verdict v = VERDICT_NONE;

    for (size_t i = 0; i < r->results; i++) {
        const struct run_result *res = &r->result[i];

        for (const char *const *p = res->test->verifies; *p; p++) {
            if (strcmp(*p, rid) == 0)
                v = verdict_worse(v, res->own != VERDICT_NONE ? res->own
                                                              : res->verdict);
        }
    }
    return v;
}

void
run_note(struct run *r, struct arena *a, const char *zh, const char *en)
{
    struct run_setting *s = &r->setting;
    struct ledger_text *note = arena_alloc(a, (s->notes + 1) * sizeof *note);

    if (note == NULL || zh == NULL || en == NULL)
        return;
    if (s->notes > 0)
        memcpy(note, s->note, s->notes * sizeof *note);
    note[s->notes++] = (struct ledger_text){zh, en};
    s->note = note;
}

/* One test whose needs are judged. A violation that was seen stays a violation
 * whatever its condition or its needs say: only passes are guarded. */
static void
judge(struct run *r, struct run_result *res)
{
    const struct ledger_test *t = res->test;
    enum verdict needs[NEEDS_MAX], gate;
    struct verdict_gate g = {.applies = run_applies(r, t), .needs = needs};
    struct verdict_negative n = {.alive = true, .attributable = true};

    for (const char *const *d = t->depends_on; *d && g.count < NEEDS_MAX; d++)
        needs[g.count++] = verdict_by_id(r, *d);
    step_run(r, res);
    if (res->verdict == VERDICT_NONE) { /* its steps look, but judge nothing */
        res->verdict = VERDICT_ERROR;
        res->reason = (struct ledger_text){"测试没有作出任何判断",
                                           "the test judges nothing"};
    }
    gate = verdict_gate(&g);
    if (gate != VERDICT_NONE && res->violations == 0) {
        res->verdict = gate;
        res->reason =
            gate == VERDICT_BLOCKED
                ? (struct ledger_text){"所依赖的测试没有通过",
                                       "a test that it depends on did not "
                                       "pass"}
                : (struct ledger_text){"声明或样本中没有这一项",
                                       "neither declared nor in the samples"};
    }
    if (t->twin == NULL)
        return;
    n.own = res->verdict;
    n.twin = verdict_by_id(r, t->twin);
    res->verdict = verdict_negative(&n);
    if (res->verdict != n.own)
        res->reason = (struct ledger_text){
            "对应的正例没有通过，不计为通过",
            "its positive twin did not pass, so this is no pass"};
}

static bool
is_pending(const struct run *r, const char *id)
{
    const struct run_result *res = result_of(r, id);

    return res != NULL && res->verdict == VERDICT_NONE;
}

static bool
is_ready(const struct run *r, const struct ledger_test *t)
{
    if (t->twin != NULL && is_pending(r, t->twin))
        return false;
    for (const char *const *d = t->depends_on; *d != NULL; d++) {
        if (is_pending(r, *d))
            return false;
    }
    return true;
}

/* In rounds, so that the order in the files does not matter; lint refuses
 * circles, and what is left over anyway is the tester's fault. */
static void
judge_all(struct run *r)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (size_t i = 0; i < r->results; i++) {
            struct run_result *res = &r->result[i];

            if (res->verdict != VERDICT_NONE || !is_ready(r, res->test))
                continue;
            judge(r, res);
            moved = true;
        }
    }
    for (size_t i = 0; i < r->results; i++) {
        if (r->result[i].verdict == VERDICT_NONE) {
            r->result[i].verdict = VERDICT_ERROR;
            r->result[i].reason = (struct ledger_text){
                "测试之间循环依赖",
                "the tests depend on each other in a circle"};
        }
    }
}

static void
spoil(struct run *r, enum verdict v, const char *zh, const char *en)
{
    for (size_t i = 0; i < r->results; i++) {
        struct run_result *res = &r->result[i];

        if (res->verdict == VERDICT_NOT_APPLICABLE)
            continue;
        res->verdict = verdict_worse(res->verdict, v);
        if (res->verdict == v)
            res->reason = (struct ledger_text){zh, en};
    }
}

/* A product that does not pass the preflight earns no pass at all. */
static bool
withhold(struct run *r)
{
    bool untestable = false;

    for (size_t i = 0; i < r->results; i++)
        untestable |=
            r->result[i].test->preflight && r->result[i].verdict > VERDICT_WARN;
    untestable &= !fault_on("preflight-ignored");
    for (size_t i = 0; i < r->results && untestable; i++) {
        struct run_result *res = &r->result[i];

        if (res->verdict != VERDICT_PASS)
            continue;
        res->verdict = res->test->preflight ? VERDICT_INFO : VERDICT_BLOCKED;
        res->reason = (struct ledger_text){
            "预检没有通过，产品无法测试",
            "the preflight did not pass: the product is not testable"};
    }
    return untestable;
}

/* What happened to the files changes what the verdicts are worth. */
static void
settle(struct run *r)
{
    bool changed = false, failed = false, untestable;

    for (size_t i = 0; i < r->observe->targets; i++) {
        changed |= r->observe->target[i].changed;
        failed |= r->observe->target[i].failed;
    }
    if (r->observe->nomem)
        spoil(r, VERDICT_ERROR, "内存不足", "out of memory");
    else if (failed)
        spoil(r, VERDICT_ERROR, "有文件无法读取", "a file could not be read");
    else if (changed)
        spoil(r, VERDICT_UNSTABLE, "文件在读取时被改动",
              "a file changed while it was read");
    else if (r->interrupted)
        spoil(r, VERDICT_INCONC, "运行中断，只看到一部分",
              "the run was interrupted: only a part was seen");
    untestable = withhold(r);
    for (size_t i = 0; i < r->results; i++)
        r->count[r->result[i].verdict]++;
    r->exit = r->named > 0 ? verdict_exit(r->count, untestable) : EXIT_NOTHING;
}

/* A test brings what it depends on and its twin; the preflight always runs. */
static bool
needs_of(const struct run *r, bool *wanted)
{
    const struct ledger *l = r->ledger;
    bool more = false;

    for (size_t i = 0; i < l->tests; i++) {
        const char *const twin[] = {l->test[i].twin, NULL};
        const char *const *lists[] = {twin, l->test[i].depends_on};

        for (size_t k = 0; wanted[i] && k < 2; k++) {
            for (const char *const *d = lists[k]; *d != NULL; d++) {
                const struct ledger_test *t = ledger_test(l, bytes_str(*d));

                if (t == NULL || wanted[t - l->test])
                    continue;
                wanted[t - l->test] = true;
                more = true;
            }
        }
    }
    return more;
}

/* Tests of what a product sends are named, and no test that makes it send. */
static bool
names_content_only(const struct run *r, const char *role)
{
    const struct ledger *l = r->ledger;
    const struct role *known = role_find(role);
    size_t i = 0;

    if (r->named > 0 || known == NULL || !known->content)
        return false;
    while (i < l->tests && !is_named(r, &l->test[i], "files"))
        i++;
    return i < l->tests;
}

static void
want_role(struct run *r, const char *role, bool *wanted)
{
    for (size_t i = 0; i < r->ledger->tests; i++) {
        wanted[i] = strcmp(r->ledger->test[i].role, role) == 0;
        r->named += wanted[i];
    }
}

enum err_code
run_select(struct run *r, const char *role, struct err *err)
{
    const struct ledger *l = r->ledger;
    bool *wanted = calloc(l->tests + 1, sizeof *wanted);

    r->result = calloc(l->tests + 1, sizeof *r->result);
    r->place = calloc(l->tests + 1, sizeof *r->place);
    if (wanted == NULL || r->result == NULL || r->place == NULL) {
        free(wanted);
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    }
    for (size_t i = 0; i < l->tests; i++) {
        wanted[i] = is_named(r, &l->test[i], role);
        r->named += wanted[i];
    }
    if (names_content_only(r, role)) /* then whatever it says is wanted */
        want_role(r, role, wanted);
    for (size_t i = 0; i < l->tests && r->named > 0; i++)
        wanted[i] |= l->test[i].preflight && strcmp(l->test[i].role, role) == 0;
    while (needs_of(r, wanted))
        ;
    for (size_t i = 0; i < l->tests; i++) {
        if (!wanted[i])
            continue;
        r->result[r->results++].test = &l->test[i];
        r->place[i] = r->results;
    }
    free(wanted);
    return ERR_OK;
}

static bool
stopped(struct run *r)
{
    r->interrupted |= r->stop != NULL && *r->stop != 0;
    return r->interrupted;
}

static enum err_code
read_documents(struct run *r, struct observe_target *t, struct input *in,
               struct err *err)
{
    struct input_document doc;
    enum err_code code = ERR_OK;

    while (!stopped(r)) {
        code = input_next(in, &doc, err);
        if (code == ERR_AGAIN)
            continue;
        if (code != ERR_OK)
            break;
        observe_document(r->observe, t, &doc);
        if (r->progress != NULL)
            r->progress(r->ctx, r);
    }
    return code;
}

/* What the file is, by its first bytes. */
static enum err_code
recognise(struct run *r, struct observe_target *t, struct input *in,
          struct err *err)
{
    enum err_code code = ERR_AGAIN;
    struct bytes begin = {0};

    while (code == ERR_AGAIN && !stopped(r))
        code = input_peek(in, CAPTURE_HINT_BYTES, &begin, err);
    t->kind = capture_recognise(begin);
    return code;
}

static void
read_target(struct run *r, struct observe_target *t)
{
    struct input in;
    struct err err = {0};
    enum err_code code = input_open(&in, t->name, &err);

    if (code == ERR_OK) {
        code = recognise(r, t, &in, &err);
        if (code == ERR_OK && t->kind != CAPTURE_NONE)
            code = observe_capture(r->observe, t, &in, r->stop, &err);
        else if (code == ERR_OK)
            code = read_documents(r, t, &in, &err);
        (void)stopped(r);
        t->bytes = in.bytes;
        input_finish(&in, t->digest, &t->changed);
        input_close(&in);
    }
    if (code != ERR_OK && code != ERR_CLOSED && code != ERR_AGAIN) {
        t->failed = true;
        t->error = arena_str(&r->observe->arena, bytes_str(err.msg));
    }
}

enum err_code
run_open(struct run *r, const char *role, struct err *err)
{
    r->observe = observe_new(r->ledger, r->standard, err);
    return r->observe ? run_select(r, role, err) : err->code;
}

void
run_file(struct run *r, const char *path)
{
    struct observe_target *t =
        stopped(r) ? NULL : observe_target(r->observe, path);

    if (t != NULL)
        read_target(r, t);
}

void
run_judge(struct run *r)
{
    for (size_t i = 0; i < r->results; i++)
        r->result[i] = (struct run_result){.test = r->result[i].test};
    memset(r->count, 0, sizeof r->count);
    observe_end(r->observe);
    judge_all(r);
    settle(r);
}

void
run_free(struct run *r)
{
    observe_free(r->observe);
    free(r->result);
    free(r->place);
    r->observe = NULL;
    r->result = NULL;
    r->place = NULL;
    r->results = 0;
}
