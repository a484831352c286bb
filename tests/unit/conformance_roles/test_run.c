/* SPDX-License-Identifier: Apache-2.0 */
/* Role `files` in memory: what was not exercised is no pass, a frozen sample
 * earns none, identifiers hold over documents, an interruption shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/roles/selfcheck.h"

#define ALERT(id, name, level)                                                 \
    "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"" id                 \
    "\",\"alert_name\":\"" name                                                \
    "\",\"alert_type\":\"02001\",\"alert_level\":\"" level                     \
    "\",\"alert_time\":\"2026-11-22T10:00:00+08:00\",\"detector\":"            \
    "{\"product_name\":\"n\",\"vendor\":\"v\"}}}"

struct bench {
    struct ledger *ledger;
    struct standard *standard;
    struct run run;
};

static int
setup(void **state)
{
    static struct bench b;
    struct diag diag;
    struct err err = {0};

    diag_init(&diag);
    b = (struct bench){0};
    b.ledger = ledger_load(NULL, &diag);
    b.standard = std_embedded(hutong_data, &diag);
    assert_non_null(b.ledger);
    assert_non_null(b.standard);
    diag_free(&diag);
    b.run.ledger = b.ledger;
    b.run.standard = b.standard;
    assert_int_equal(run_open(&b.run, "files", &err), ERR_OK);
    *state = &b;
    return 0;
}

static int
teardown(void **state)
{
    struct bench *b = *state;

    run_free(&b->run);
    std_free(b->standard);
    ledger_free(b->ledger);
    return 0;
}

static void
judge(struct run *r, const char *const *texts)
{
    struct observe_target *t;

    assert_true(observe_reset(r->observe));
    t = observe_target(r->observe, "memory");
    assert_non_null(t);
    for (unsigned line = 1; *texts != NULL; texts++, line++) {
        const struct input_document doc = {.text = bytes_str(*texts),
                                           .line = line};

        observe_document(r->observe, t, &doc);
    }
    run_judge(r);
}

static enum verdict
of(const struct run *r, const char *id)
{
    for (size_t i = 0; i < r->results; i++) {
        if (strcmp(r->result[i].test->id, id) == 0)
            return r->result[i].verdict;
    }
    fail_msg("no test %s", id);
    return VERDICT_NONE;
}

static const char *const good[] = {ALERT("a1", "one", "high"),
                                   ALERT("a2", "two", "low"), NULL};

static void
passes_and_what_does_not_apply(void **state)
{
    struct run *r = &((struct bench *)*state)->run;

    judge(r, good);
    assert_int_equal(r->exit, EXIT_PASSED);
    assert_int_equal(of(r, "FILES-ALERT-003"), VERDICT_PASS);
    /* not in the samples, so not exercised */
    assert_int_equal(of(r, "FILES-ALERT-009"), VERDICT_NOT_APPLICABLE);
    assert_int_equal(of(r, "FILES-ASSET-003"), VERDICT_NOT_APPLICABLE);
    assert_int_equal(run_worst(r, "ALERT-0003"), VERDICT_PASS);
    assert_int_equal(run_worst(r, "ALERT-0091"), VERDICT_NONE);
}

static void
one_fault(void **state)
{
    static const char *const texts[] = {ALERT("a1", "one", "high"),
                                        ALERT("a2", "two", "High"), NULL};
    struct run *r = &((struct bench *)*state)->run;

    judge(r, texts);
    assert_int_equal(r->exit, EXIT_FAILED);
    assert_int_equal(r->count[VERDICT_FAIL], 1);
    assert_int_equal(of(r, "FILES-ALERT-008"), VERDICT_FAIL);
    for (size_t i = 0; i < r->results; i++) {
        if (strcmp(r->result[i].test->id, "FILES-ALERT-008") == 0)
            assert_int_equal(r->result[i].violations, 1);
    }
}

static void
nothing_is_not_green(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const garbage[] = {"%PDF-1.7", "\x01\x02", NULL};
    static const char *const frozen[] = {ALERT("a1", "one", "high"),
                                         ALERT("a1", "one", "high"),
                                         ALERT("a1", "one", "high"), NULL};
    static const char *const foreign[] = {"{\"a\":1}", "{\"b\":2}", NULL};
    const char *const *const dumb[] = {none, garbage, frozen, foreign};
    struct run *r = &((struct bench *)*state)->run;

    for (size_t i = 0; i < sizeof dumb / sizeof dumb[0]; i++) {
        judge(r, dumb[i]);
        assert_int_equal(r->exit, EXIT_NOT_TESTABLE);
        assert_int_equal(r->count[VERDICT_PASS], 0);
    }
}

/* Only identifiers and times differ: perhaps a frozen sample. */
static void
nearly_frozen(void **state)
{
    static const char *const texts[] = {ALERT("a1", "one", "high"),
                                        ALERT("a2", "one", "high"), NULL};
    struct run *r = &((struct bench *)*state)->run;

    judge(r, texts);
    assert_int_equal(of(r, "FILES-BASE-003"), VERDICT_INCONC);
    assert_int_equal(r->exit, EXIT_NOT_TESTABLE);
}

static void
identifiers_over_documents(void **state)
{
    static const char *const texts[] = {ALERT("a1", "one", "high"),
                                        ALERT("a1", "two", "high"), NULL};
    static const char *const update[] = {ALERT("a1", "one", "high"),
                                         ALERT("a1", "one", "low"), NULL};
    struct run *r = &((struct bench *)*state)->run;

    judge(r, texts);
    assert_int_equal(of(r, "FILES-SET-001"), VERDICT_FAIL);
    judge(r, update);
    assert_int_equal(of(r, "FILES-SET-001"), VERDICT_PASS);
}

static void
an_interruption_shows(void **state)
{
    struct run *r = &((struct bench *)*state)->run;

    r->interrupted = true;
    judge(r, good);
    assert_int_equal(r->count[VERDICT_PASS], 0);
    assert_int_not_equal(r->exit, EXIT_PASSED);
    assert_true(r->count[VERDICT_INCONC] > 0);
}

static void
a_file_that_changes(void **state)
{
    struct run *r = &((struct bench *)*state)->run;
    struct observe_target *t;

    assert_true(observe_reset(r->observe));
    t = observe_target(r->observe, "memory");
    assert_non_null(t);
    for (size_t i = 0; good[i] != NULL; i++) {
        const struct input_document doc = {.text = bytes_str(good[i]),
                                           .line = 1};

        observe_document(r->observe, t, &doc);
    }
    t->changed = true;
    run_judge(r);
    assert_true(r->count[VERDICT_UNSTABLE] > 0);
    assert_int_equal(r->count[VERDICT_PASS], 0);
    assert_int_equal(r->exit, EXIT_NOT_TESTABLE);
}

/* The catalogue's own documents are what they are called. */
static void
corpus(void **state)
{
    struct bench *b = *state;
    struct diag diag;
    struct err err = {0};
    struct buf text = {0};

    diag_init(&diag);
    assert_int_equal(selfcheck_corpus(b->ledger, b->standard, &diag, &err),
                     ERR_OK);
    diag_print(&diag, &text);
    if (diag.errors > 0)
        fail_msg("%s", buf_cstr(&text));
    buf_free(&text);
    diag_free(&diag);
}

/* A case called by another's rule, place or verdict is noticed. */
static void
corpus_that_lies(void **state)
{
    struct bench *b = *state;
    struct corpus_case lies[4];
    struct ledger l = *b->ledger;
    struct diag diag;
    struct err err = {0};

    for (size_t i = 0; i < l.items; i++) {
        if (strcmp(l.item[i].id, "ALERT-INV-004") == 0)
            lies[0] = lies[1] = lies[2] = lies[3] = l.item[i];
    }
    lies[0].rule = "alert.general.alert_name#missing";
    lies[1].at = "/general";
    lies[2].verdict = CORPUS_VALID;
    lies[3].patches = 0;
    l.item = lies;
    l.items = 4;
    diag_init(&diag);
    assert_int_equal(selfcheck_corpus(&l, b->standard, &diag, &err), ERR_OK);
    assert_int_equal(diag.errors, 4);
    diag_free(&diag);
}

/* ---- messages of the function interface, which an archive or capture holds */

#define REQUEST(id, operation, params)                                         \
    "{\"version\":\"1.0\",\"request_id\":\"" id                                \
    "\",\"timestamp\":\"2026-11-22T10:00:00Z\",\"nonce\":\"12345678\","        \
    "\"sender\":\"s\",\"class\":\"respond\",\"operation\":\"" operation        \
    "\",\"params\":" params "}"
#define RESPONSE(id, code, more)                                               \
    "{\"version\":\"1.0\",\"request_id\":\"" id "\",\"code\":" code            \
    ",\"message\":\"m\",\"timestamp\":\"2026-11-22T10:00:00Z\"" more "}"
#define BLOCK "{\"kind\":\"ip\",\"values\":[\"192.0.2.1\"]}"

/* The verdict of the test that verifies a requirement. */
static enum verdict
verdict_of_rid(const struct run *r, const char *rid)
{
    for (size_t i = 0; i < r->results; i++) {
        const char *const *p = r->result[i].test->verifies;

        if (p[0] != NULL && strcmp(p[0], rid) == 0)
            return r->result[i].verdict;
    }
    fail_msg("no test of %s", rid);
    return VERDICT_NONE;
}

static void
messages(void **state)
{
    static const char *const clean[] = {
        REQUEST("r1", "block", BLOCK),
        RESPONSE("r1", "0", ",\"data\":{\"accepted\":[]}"), NULL};
    static const char *const broken[] = {
        REQUEST("r1", "block", "{\"kind\":\"ip\"}"),
        RESPONSE("r1", "0", ",\"data\":{\"acepted\":[]}"), NULL};
    /* Nothing tells which operation the result is of. */
    static const char *const alone[] = {
        RESPONSE("r9", "0", ",\"data\":{\"acepted\":[]}"), NULL};
    struct run *r = &((struct bench *)*state)->run;
    const struct requirement *params =
        ledger_owner(r->ledger, BYTES("respond.block.params.values#missing"));
    const struct requirement *result =
        ledger_owner(r->ledger, BYTES("respond.block.result#unknown"));

    assert_non_null(params);
    assert_non_null(result);
    judge(r, clean);
    assert_int_equal(verdict_of_rid(r, params->rid), VERDICT_PASS);
    assert_int_equal(verdict_of_rid(r, result->rid), VERDICT_PASS);
    judge(r, broken);
    assert_int_equal(verdict_of_rid(r, params->rid), VERDICT_FAIL);
    assert_int_equal(verdict_of_rid(r, result->rid), VERDICT_FAIL);
    assert_string_equal(
        r->observe->tally[params - r->ledger->requirement].sample[0].pointer,
        "/params/values");
    judge(r, alone);
    assert_int_equal(verdict_of_rid(r, params->rid), VERDICT_NOT_APPLICABLE);
    assert_int_equal(verdict_of_rid(r, result->rid), VERDICT_NOT_APPLICABLE);
    assert_int_equal(of(r, "FILES-FUNC-RES"), VERDICT_PASS);
}

/* What a receiver answered, as a capture shows it. */
static void
answers(void **state)
{
    static const char *const clean[] = {
        "{\"msg_id\":\"m1\",\"accepted\":1,\"results\":[202,400]}", NULL};
    static const char *const broken[] = {
        "{\"msg_id\":\"m1\",\"accepted\":1,\"results\":[202,4000]}", NULL};
    struct run *r = &((struct bench *)*state)->run;
    const struct requirement *q =
        ledger_owner(r->ledger, BYTES("data.answer.results[]#range"));

    assert_non_null(q);
    judge(r, clean);
    assert_int_equal(verdict_of_rid(r, q->rid), VERDICT_PASS);
    judge(r, broken);
    assert_int_equal(verdict_of_rid(r, q->rid), VERDICT_FAIL);
}

/* What came over a network: where every instance of the product has said one
 * thing only, that it has no fault tells nothing. */
#define A1 ALERT("a1", "one", "high")
#define A2 ALERT("a2", "two", "low")

/* ${said}: documents, behind "<" those of the tester, "" for a boundary, NULL at
 * the end. ${refused}: a test of the network has seen a refusal. */
static void
judge_content(struct bench *b, const char *const *said, bool refused,
              struct run *r)
{
    struct buf documents = {0};
    struct err err = {0};

    *r = (struct run){.ledger = b->ledger, .standard = b->standard};
    if (refused) {
        r->result = calloc(1, sizeof *r->result);
        assert_non_null(r->result);
        r->result[0].test = ledger_test(b->ledger, BYTES("HS-REJ-001"));
        r->result[0].verdict = VERDICT_PASS;
        assert_non_null(r->result[0].test);
        r->results = 1;
    }
    for (; *said != NULL; said++) {
        if (**said == '<')
            run_content_context(&documents, bytes_str(*said + 1));
        else if (**said)
            run_content_add(&documents, bytes_str(*said));
        else
            run_content_boundary(&documents);
    }
    assert_int_equal(run_content(r, buf_view(&documents), &err), ERR_OK);
    buf_free(&documents);
}

static void
frozen_content(void **state)
{
    static const struct {
        const char *said[7];
        enum verdict want;
    } rows[] = {
        {{A1, A1, "", A2, A2, "", NULL}, VERDICT_INCONC},
        {{A1, "", A2, "", NULL}, VERDICT_INCONC},
        {{A1, A2, "", NULL}, VERDICT_PASS},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run r;
        size_t negative = 0;

        judge_content(*state, rows[i].said, false, &r);
        for (size_t k = 0; k < r.results; k++) {
            if (r.result[k].test->twin == NULL ||
                r.result[k].verdict == VERDICT_NOT_APPLICABLE)
                continue;
            assert_int_equal(r.result[k].verdict, rows[i].want);
            negative++;
        }
        assert_true(negative > 0);
        run_free(&r);
    }
}

/* A line end is white space between members and a fault within a string: what
 * came is judged as it came. */
static void
content_with_line_ends(void **state)
{
    static const char *const between[] = {"\n" A1 "\n", A2, "", NULL};
    static const char *const within[] = {ALERT("a1", "o\nne", "high"), A2, "",
                                         NULL};
    struct run r;

    judge_content(*state, between, false, &r);
    assert_int_equal(verdict_of_rid(&r, "TEXT-0001"), VERDICT_PASS);
    assert_int_equal(r.observe->readable, 2);
    run_free(&r);
    judge_content(*state, within, false, &r);
    assert_int_equal(verdict_of_rid(&r, "TEXT-0001"), VERDICT_FAIL);
    assert_int_equal(r.observe->readable, 1);
    run_free(&r);
}

/* An answer is judged by what was asked for; the question is not judged, and two
 * questions do not make two messages of one frozen answer. Who refuses nothing may
 * answer everything alike. */
static void
content_that_answers(void **state)
{
#define ASKED(id)      "<" REQUEST(id, "block", "{\"kind\":\"ip\"}")
#define DONE(id, data) RESPONSE(id, "0", ",\"data\":" data)
    static const struct {
        const char *said[7];
        bool refused;
        enum verdict want;
    } rows[] = {
        {{ASKED("r1"), DONE("r1", "{\"accepted\":[]}"), ASKED("r2"),
          DONE("r2", "{\"accepted\":[]}"), "", NULL},
         true,
         VERDICT_PASS},
        {{ASKED("r1"), DONE("r1", "{\"accepted\":[]}"), ASKED("r2"),
          DONE("r2", "{\"acepted\":[]}"), "", NULL},
         false,
         VERDICT_FAIL},
        {{ASKED("r1"), DONE("r1", "{\"accepted\":[]}"), ASKED("r2"),
          DONE("r1", "{\"accepted\":[]}"), "", NULL},
         true,
         VERDICT_INCONC},
        {{ASKED("r1"), DONE("r1", "{\"accepted\":[]}"), ASKED("r2"),
          DONE("r2", "{\"accepted\":[]}"), "", NULL},
         false,
         VERDICT_INCONC},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run r;
        const struct requirement *result, *params;

        judge_content(*state, rows[i].said, rows[i].refused, &r);
        result = ledger_owner(r.ledger, BYTES("respond.block.result#unknown"));
        params = ledger_owner(r.ledger,
                              BYTES("respond.block.params.values#missing"));
        assert_int_equal(verdict_of_rid(&r, result->rid), rows[i].want);
        assert_int_equal(verdict_of_rid(&r, params->rid),
                         VERDICT_NOT_APPLICABLE);
        run_free(&r);
    }
}

int
main(void)
{
#define ON_BENCH(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {ON_BENCH(passes_and_what_does_not_apply),
                                       ON_BENCH(one_fault),
                                       ON_BENCH(nothing_is_not_green),
                                       ON_BENCH(nearly_frozen),
                                       ON_BENCH(identifiers_over_documents),
                                       ON_BENCH(an_interruption_shows),
                                       ON_BENCH(a_file_that_changes),
                                       ON_BENCH(corpus),
                                       ON_BENCH(corpus_that_lies),
                                       ON_BENCH(messages),
                                       ON_BENCH(answers),
                                       ON_BENCH(frozen_content),
                                       ON_BENCH(content_with_line_ends),
                                       ON_BENCH(content_that_answers)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
