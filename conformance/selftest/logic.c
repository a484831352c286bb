/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/selftest/logic.h"

#include "conformance/ledger/corpus.h"
#include "conformance/steps/session_in.h" /* tries the engine itself */
#include "formats/standard/interface.h"

#define P VERDICT_PASS
#define F VERDICT_FAIL
#define N VERDICT_NONE
#define A VERDICT_NOT_APPLICABLE
#define I VERDICT_INCONC
#define B VERDICT_BLOCKED
#define E VERDICT_ERROR
#define W VERDICT_WARN

static void
wrong(struct diag *diag, const char *rule, const char *what, enum verdict got)
{
    diag_add(diag, DIAG_ERROR, "verdict rules", 0, 0, "%s: %s gave %s", rule,
             what, verdict_name(got));
}

static size_t
worsens(struct diag *diag)
{
    size_t n = 0;

    for (int a = VERDICT_NONE; a < VERDICT_COUNT; a++) {
        for (int b = VERDICT_NONE; b < VERDICT_COUNT; b++, n++) {
            enum verdict got = verdict_worse((enum verdict)a, (enum verdict)b);

            if ((int)got != (a > b ? a : b))
                wrong(diag, "a verdict only worsens",
                      verdict_name((enum verdict)a), got);
        }
    }
    return n;
}

static size_t
negative(struct diag *diag)
{
    static const struct {
        const char *what;
        struct verdict_negative in;
        enum verdict want;
    } rows[] = {
        {"all holds", {P, P, true, true}, P},
        {"the twin failed", {P, F, true, true}, I},
        {"the twin did not run", {P, N, true, true}, I},
        {"the twin is not applicable", {P, A, true, true}, A},
        {"the twin warned", {P, W, true, true}, P},
        {"the peer is dead", {P, P, false, true}, I},
        {"the refusal is not attributable", {P, P, true, false}, I},
        {"a failure stays one", {F, F, false, false}, F},
    };
    size_t n = sizeof rows / sizeof rows[0];

    for (size_t i = 0; i < n; i++) {
        enum verdict got = verdict_negative(&rows[i].in);

        if (got != rows[i].want)
            wrong(diag, "a negative pass", rows[i].what, got);
    }
    return n;
}

static size_t
gates(struct diag *diag)
{
    static const struct {
        const char *what;
        bool applies;
        enum verdict need;
        enum verdict want;
    } rows[] = {
        {"the need passed", true, P, N},
        {"the need failed", true, F, B},
        {"the need was blocked", true, B, B},
        {"the need is undecided", true, I, B},
        {"the need is not applicable", true, A, A},
        {"the condition is false", false, P, A},
        {"the need warned", true, W, N},
    };
    size_t n = sizeof rows / sizeof rows[0];

    for (size_t i = 0; i < n; i++) {
        const struct verdict_gate g = {rows[i].applies, &rows[i].need, 1};
        enum verdict got = verdict_gate(&g);

        if (got != rows[i].want)
            wrong(diag, "a dependency", rows[i].what, got);
    }
    return n;
}

static size_t
repeats(struct diag *diag)
{
    static const struct {
        const char *what;
        enum verdict v[3];
        enum verdict want;
    } rows[] = {
        {"three fails", {F, F, F}, F},
        {"fail, pass, fail", {F, P, F}, VERDICT_UNSTABLE},
        {"fail, fail, undecided", {F, F, I}, VERDICT_UNSTABLE},
        {"an error among them", {F, E, F}, E},
        {"three passes", {P, P, P}, P},
    };
    size_t n = sizeof rows / sizeof rows[0];

    for (size_t i = 0; i < n; i++) {
        enum verdict got = verdict_repeat(rows[i].v, 3);

        if (got != rows[i].want)
            wrong(diag, "repeats", rows[i].what, got);
    }
    return n;
}

static size_t
exits(struct diag *diag)
{
    static const struct {
        const char *what;
        enum verdict has[2];
        bool untestable;
        enum verdict_exit want;
    } rows[] = {
        {"passes", {P, P}, false, EXIT_PASSED},
        {"a fail", {P, F}, false, EXIT_FAILED},
        {"an error and a fail", {E, F}, false, EXIT_TOOL},
        {"blocked", {P, B}, false, EXIT_UNDECIDED},
        {"unstable", {P, VERDICT_UNSTABLE}, false, EXIT_UNDECIDED},
        {"undecided", {P, I}, false, EXIT_UNDECIDED},
        {"nothing applicable", {A, A}, false, EXIT_NOTHING},
        {"no pass", {VERDICT_INFO, A}, false, EXIT_NOTHING},
        {"not testable", {P, F}, true, EXIT_NOT_TESTABLE},
    };
    size_t n = sizeof rows / sizeof rows[0];

    for (size_t i = 0; i < n; i++) {
        size_t count[VERDICT_COUNT] = {0};
        enum verdict_exit got;

        count[rows[i].has[0]]++;
        count[rows[i].has[1]]++;
        got = verdict_exit(count, rows[i].untestable);
        if (got != rows[i].want)
            diag_add(diag, DIAG_ERROR, "verdict rules", 0, 0,
                     "exit status of %s: %d, wanted %d", rows[i].what, (int)got,
                     (int)rows[i].want);
    }
    return n;
}

/* A step waits no longer than its test may take, whatever the product does. */
static size_t
ends(struct diag *diag)
{
    struct run run = {0};
    struct bench bench = {.run = &run};
    const int64_t now = session_now_ms();
    const struct session over = {.b = &bench, .end_ms = now - 1};
    const struct session soon = {.b = &bench, .end_ms = now + 1000};

    if (session_left(&over) != 0 || session_left(&soon) > 1000)
        diag_add(diag, DIAG_ERROR, "verdict rules", 0, 0,
                 "the end of a test: a step waits %u ms beyond it",
                 session_left(&over));
    return 2;
}

size_t
logic_verdicts(struct diag *diag)
{
    return worsens(diag) + negative(diag) + gates(diag) + repeats(diag) +
           exits(diag) + ends(diag);
}

/* ---- dumb exports */

static const struct dumb {
    const char *name, *document; /* NULL: the first base of the corpus */
    unsigned times;
} dumbs[] = {
    {"nothing", "", 0},
    {"no JSON", "<html><body>200 OK</body></html>", 3},
    {"empty objects", "{}", 3},
    {"a number", "200", 3},
    {"200 with an error body", "{\"code\":500,\"message\":\"error\"}", 3},
    {"random status", "{\"status\":\"ok\"}", 3},
    {"an unknown kind", "{\"info_type\":\"weather\",\"general\":{}}", 3},
    {"cut off", "{\"info_type\":\"alert\",\"general\":{", 3},
    {"one frozen sample", NULL, 5},
};

static enum err_code
observe_dumb(struct run *r, const struct dumb *d, struct err *err)
{
    struct observe_target *t;
    struct input_document doc = {.line = 1};

    doc.text = d->document ? bytes_str(d->document) : r->ledger->base[0].text;
    if (!observe_reset(r->observe) ||
        (t = observe_target(r->observe, d->name)) == NULL)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    for (unsigned i = 0; i < d->times; i++)
        observe_document(r->observe, t, &doc);
    run_judge(r);
    return ERR_OK;
}

/* A frozen sample is right in itself, so it may pass tests of its content; it
 * may not be passed as a product. */
static void
judge_dumb(const struct run *r, const struct dumb *d, struct diag *diag)
{
    if (r->exit == EXIT_PASSED)
        diag_add(diag, DIAG_ERROR, "dumb products", 0, 0,
                 "files, %s: the run is passed", d->name);
    for (size_t i = 0; i < r->results; i++) {
        if (r->result[i].test->twin != NULL && r->result[i].verdict == P)
            diag_add(diag, DIAG_ERROR, "dumb products", 0, 0,
                     "files, %s: passes %s", d->name, r->result[i].test->id);
    }
}

/* All places that the test looks for are absent. */
static bool
shows_nothing(const struct run *r, const struct ledger_test *t)
{
    size_t places = 0;

    for (size_t i = 0; i < t->steps; i++) {
        if (strcmp(t->step[i].op, "place.expect_seen") != 0)
            continue;
        places++;
        if (observe_seen(r->observe, t->step[i].at) > 0)
            return false;
    }
    return places > 0;
}

static void
judge_unseen(const struct run *r, const char *base, struct diag *diag)
{
    for (size_t i = 0; i < r->results; i++) {
        const struct ledger_test *test = r->result[i].test;

        if (r->result[i].verdict == P && shows_nothing(r, test))
            diag_add(diag, DIAG_ERROR, "unseen places", 0, 0,
                     "%s passes on %s, and nothing of it occurs there",
                     test->id, base);
    }
}

/* Every sound document alone: what it does not have, no test may pass. All of
 * them together would leave hardly a place unseen. */
static enum err_code
try_unseen(struct run *r, struct diag *diag, struct err *err)
{
    const struct ledger *l = r->ledger;

    for (size_t i = 0; i < l->bases; i++) {
        const struct corpus_base *b = &l->base[i];
        const struct input_document doc = {.text = b->text, .line = 1};
        struct observe_target *t;

        if (std_is_body(r->standard, b->kind))
            continue; /* bodies are told apart by where they were seen */
        if (!observe_reset(r->observe) ||
            (t = observe_target(r->observe, b->id)) == NULL)
            return err_set(err, ERR_NOMEM, NULL, "out of memory");
        observe_document(r->observe, t, &doc);
        run_judge(r);
        judge_unseen(r, b->id, diag);
    }
    return ERR_OK;
}

enum err_code
logic_dumb(const struct ledger *l, const struct standard *s, struct diag *diag,
           size_t *tried, struct err *err)
{
    struct run r = {.ledger = l, .standard = s};
    enum err_code code = run_open(&r, "files", err);

    *tried = 0;
    for (size_t i = 0; i < sizeof dumbs / sizeof dumbs[0] && code == ERR_OK;
         i++, ++*tried) {
        code = l->bases > 0 ? observe_dumb(&r, &dumbs[i], err)
                            : err_set(err, ERR_ARG, NULL, "no base document");
        if (code == ERR_OK)
            judge_dumb(&r, &dumbs[i], diag);
    }
    if (code == ERR_OK)
        code = try_unseen(&r, diag, err);
    run_free(&r);
    return code;
}
