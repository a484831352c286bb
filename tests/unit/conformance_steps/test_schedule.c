/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a run and the verdicts that rest on other things than a test's
 * own steps. */
#include "engine.h"

#include "formats/base/embed.h"
#include "formats/standard/standard.h"

static struct standard *definitions;

static int
load(void **state)
{
    struct diag diag;

    (void)state;
    diag_init(&diag);
    definitions = std_embedded(hutong_data, &diag);
    diag_free(&diag);
    return definitions ? 0 : 1;
}

static int
unload(void **state)
{
    (void)state;
    std_free(definitions);
    return 0;
}

#define TEST(id, more, path, status)                                           \
    "  - id: " id "\n    rev: 1\n    purpose: {zh: a, en: a}\n" more           \
    "    steps:\n      - {op: http.send, path: " path "}\n"                    \
    "      - {op: http.expect, within: 3000, status: ['" status "']}\n"
#define TWIN "    twin: POS\n"

#define SILENT                                                                 \
    "  - id: NEG-SILENT\n    rev: 1\n    purpose: {zh: a, en: a}\n" TWIN       \
    "    steps:\n      - {op: http.send, path: /silent}\n"                     \
    "      - {op: http.expect, within: 100, status: ['400']}\n"

static void
expect(const struct engine *e, const char *id, enum verdict v)
{
    const struct run_result *r = engine_result(e, id);

    if (r->verdict != v)
        fail_msg("%s: %s, not %s (%s)", id, verdict_name(r->verdict),
                 verdict_name(v),
                 r->card.observed.en ? r->card.observed.en : "");
}

static void
test_verdicts(void **state)
{
    static struct engine e;

    (void)state;
    engine_open(
        &e,
        TEST("NEG-BARE", TWIN, "/400", "400") /* before its twin in the file */
        TEST("PRE", "    preflight: true\n", "/200", "200") TEST(
            "POS", "    depends_on: [PRE]\n", "/202",
            "2xx") TEST("BAD", "", "/500",
                        "200") TEST("NEG-GOOD", TWIN, "/400code",
                                    "400") TEST("NEG-CLEAR", TWIN, "/403",
                                                "403") TEST("NEG-TAKEN", TWIN,
                                                            "/200", "400")
            TEST("NEG-CLOSED", TWIN, "/close", "400") TEST(
                "NEG-ALSO",
                TWIN "    pass_also: [{when: closed, verdict: pass}]\n",
                "/close", "400") SILENT TEST("NEG-NO-TWIN", "    twin: BAD\n",
                                             "/400code", "400")
                TEST("POS-CLOSED", "", "/close", "200") TEST("POS-RESET", "",
                                                             "/reset", "200")
                    TEST("GARBAGE", "", "/garbage", "200") TEST(
                        "SHOULD", "    kind: recommended\n", "/500",
                        "200") TEST("MAY", "    kind: observe\n", "/500", "200")
                        TEST("NEEDS", "    depends_on: [BAD]\n", "/200", "200")
                            TEST("FLAKY", "", "/flaky", "200") TEST(
                                "NO-TLS", "    condition: target.tls\n", "/200",
                                "200") TEST("TOOL", "",
                                            "'/${nobody.sets.this}'", "200")
                                TEST(
                                    "SETUP",
                                    "    setup: [{op: http.send, path: /500}, {op: http.expect, "
                                    "status: ['200']}]\n",
                                    "/200", "200"));
    engine_run(&e, definitions);
    expect(&e, "PRE", VERDICT_PASS);
    expect(&e, "POS", VERDICT_PASS);
    expect(&e, "BAD", VERDICT_FAIL);
    expect(&e, "NEG-BARE", VERDICT_INCONC); /* says not what it refuses */
    expect(&e, "NEG-GOOD", VERDICT_PASS);
    expect(&e, "NEG-CLEAR", VERDICT_PASS);
    expect(&e, "NEG-TAKEN", VERDICT_FAIL);
    expect(&e, "NEG-CLOSED", VERDICT_INCONC);
    expect(&e, "NEG-ALSO", VERDICT_PASS);
    expect(&e, "NEG-SILENT", VERDICT_INCONC);
    expect(&e, "NEG-NO-TWIN", VERDICT_INCONC);
    expect(&e, "POS-CLOSED", VERDICT_FAIL);
    expect(&e, "POS-RESET", VERDICT_FAIL);
    expect(&e, "GARBAGE", VERDICT_FAIL);
    expect(&e, "SHOULD", VERDICT_WARN);
    expect(&e, "MAY", VERDICT_INFO);
    expect(&e, "NEEDS", VERDICT_BLOCKED);
    expect(&e, "FLAKY", VERDICT_UNSTABLE);
    expect(&e, "NO-TLS", VERDICT_NOT_APPLICABLE);
    expect(&e, "TOOL", VERDICT_ERROR); /* never the product's */
    expect(&e, "SETUP", VERDICT_INCONC);
    assert_int_equal(e.run.exit, EXIT_TOOL);
    assert_int_equal(engine_result(&e, "BAD")->card.attempts, 4);
    assert_int_equal(engine_result(&e, "POS")->card.attempts, 1);
    assert_in_range(e.bench.wait_ms, BENCH_WAIT_FLOOR, BENCH_WAIT_CEIL);
    engine_close(&e);
}

/* What a product does while the tester stands still is not held against it: the
 * attempt is made again. One that is never seen to its end is the tester's. */
static void
test_stalls(void **state)
{
    static struct engine e;

    (void)state;
    engine_open(&e, TEST("COLD", "", "/freeze", "200")
                        TEST("POS", "", "/200", "200"));
    engine_run(&e, definitions);
    expect(&e, "COLD", VERDICT_PASS);
    expect(&e, "POS", VERDICT_PASS);
    assert_int_equal(engine_result(&e, "COLD")->card.attempts, 1);
    assert_in_range(bench_stalls(&e.bench), 2, 4); /* POS may be hit as well */
    assert_true(stall_ms(&e.bench.stall) >= 2 * STALL_MIN_MS);
    assert_int_equal(e.run.exit, EXIT_PASSED);
    engine_close(&e);
    engine_open(&e, TEST("ICE", "", "/icy", "200"));
    e.bench.o.repeats = 1;
    engine_run(&e, definitions);
    expect(&e, "ICE", VERDICT_ERROR);
    assert_string_equal(engine_result(&e, "ICE")->card.at, "tester");
    assert_int_equal(bench_stalls(&e.bench), 3); /* what counts is none */
    assert_int_equal(e.run.exit, EXIT_TOOL);
    engine_close(&e);
}

/* The sum is of what comes later than the watch wanted to wake up. */
static void
test_stall_sum(void **state)
{
    static const struct {
        int64_t at, sum;
    } rows[] = {{1050, 0},    /* as it wanted */
                {1349, 0},    /* late, as on a busy machine */
                {1649, 250},  /* as late as counts */
                {9699, 8250}, /* the machine was suspended */
                {9700, 8250}};
    struct stall w = {.last_ms = 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* one that is not over yet is in the sum already */
        assert_int_equal(stall_at(&w, rows[i].at), rows[i].sum);
        stall_seen(&w, rows[i].at);
        assert_int_equal(stall_at(&w, rows[i].at), rows[i].sum);
    }
}

/* Preflight, then twins and needs before those that need them, exclusive ones
 * behind all others, repeats last. */
static void
test_order(void **state)
{
    static struct engine e;
    const char *p;

    (void)state;
    engine_open(
        &e, TEST("X", "    exclusive: true\n", "/200",
                 "200") TEST("C", "    depends_on: [B]\n", "/200",
                             "200") TEST("N", TWIN, "/400code", "400")
                TEST("B", "    depends_on: [PRE]\n", "/200", "200")
                    TEST("POS", "", "/200", "200") TEST("F", "", "/500", "200")
                        TEST("PRE", "    preflight: true\n", "/200", "200"));
    engine_run(&e, definitions);
    p = e.order;
    assert_ptr_equal(strstr(p, "PRE "), p);
    assert_true(strstr(p, "B ") < strstr(p, "C "));
    assert_true(strstr(p, "POS ") < strstr(p, "N "));
    assert_true(strstr(p, "X ") > strstr(p, "C "));
    assert_true(strstr(p, "X ") > strstr(p, "N "));
    assert_non_null(strstr(p, "F F F ")); /* the repeats, one after the other */
    assert_true(strstr(p, "F F F ") > strstr(p, "X "));
    assert_int_equal(e.run.exit, EXIT_FAILED);
    engine_close(&e);
}

static void
test_preflight(void **state)
{
    static struct engine e;

    (void)state;
    engine_open(&e, TEST("PRE", "    preflight: true\n", "/500", "200")
                        TEST("POS", "", "/200", "200"));
    engine_run(&e, definitions);
    expect(&e, "PRE", VERDICT_FAIL);
    expect(&e, "POS", VERDICT_BLOCKED);
    assert_int_equal(e.run.exit, EXIT_NOT_TESTABLE);
    assert_int_not_equal(e.bench.err.code, ERR_OK);
    engine_close(&e);
}

/* The probe behind a negative test: what refused and died earned nothing. */
static void
test_liveness(void **state)
{
    static struct engine e;

    (void)state;
    engine_open(&e, TEST("POS", "", "/200", "200") TEST(
                        "N", TWIN "    exclusive: true\n", "/dies", "400"));
    engine_run(&e, definitions);
    expect(&e, "POS", VERDICT_PASS);
    expect(&e, "N", VERDICT_INCONC);
    assert_int_equal(e.run.exit, EXIT_UNDECIDED);
    engine_close(&e);
}

static volatile sig_atomic_t stop;

static void
stop_at(void *ctx, const struct bench *b, size_t done, size_t of)
{
    (void)ctx;
    (void)b;
    (void)of;
    stop = done >= 3;
}

/* Stopped in the middle: what is done stays, the rest says why not, no green. */
static void
test_interrupt(void **state)
{
    static struct engine e;
    size_t passed = 0;

    (void)state;
    engine_open(
        &e, TEST("A", "", "/200", "200") TEST("B", "", "/200", "200")
                TEST("C", "", "/200", "200")
                    TEST("D", "    depends_on: [C]\n", "/200", "200")
                        TEST("E", "    depends_on: [D]\n", "/200", "200")
                            TEST("F", "    depends_on: [E]\n", "/200", "200"));
    e.bench.progress = stop_at;
    e.bench.o.jobs = 1;
    e.run.stop = &stop;
    engine_run(&e, definitions);
    assert_true(e.run.interrupted);
    for (size_t i = 0; i < e.run.results; i++)
        passed += e.run.result[i].verdict == VERDICT_PASS;
    assert_int_equal(passed, 3);
    expect(&e, "F", VERDICT_INCONC);
    assert_int_equal(e.run.exit, EXIT_UNDECIDED);
    engine_close(&e);
}

/* The same seed and time: the same bytes; another attempt: others. */
static void
test_replay(void **state)
{
    static struct engine e;
    struct bench_replay a = {.attempt = 1, .wall_ns = 1764000000000000000},
                        b = a, c = a;
    const struct ledger_test *t;
    struct err err = {0};

    (void)state;
    engine_open(&e, "  - id: A\n    rev: 1\n    purpose: {zh: a, en: a}\n    "
                    "steps:\n      - {op: http.send, path: /200, body: {seed: "
                    "one}}\n      - {op: http.expect, status: ['200']}\n");
    e.run.standard = definitions;
    assert_int_equal(bench_open(&e.bench, "http_server", &err), ERR_OK);
    t = ledger_test(e.ledger, BYTES("A"));
    c.attempt = 2;
    assert_int_equal(bench_replay(&e.bench, t, &a, &err), ERR_OK);
    assert_int_equal(bench_replay(&e.bench, t, &b, &err), ERR_OK);
    assert_int_equal(bench_replay(&e.bench, t, &c, &err), ERR_OK);
    assert_int_equal(a.after, VERDICT_PASS);
    for (struct bytes x = buf_view(&a.transcript), y = buf_view(&b.transcript),
                      z = buf_view(&c.transcript);
         x.len > 0;) {
        struct bytes l = bytes_upto(x, bytes_find(x, '\n'));
        struct bytes m = bytes_upto(y, bytes_find(y, '\n'));
        struct bytes n = bytes_upto(z, bytes_find(z, '\n'));

        x = bytes_from(x, l.len + 1);
        y = bytes_from(y, m.len + 1);
        z = bytes_from(z, n.len + 1);
        l = bytes_from(l, bytes_find(l, ','));
        m = bytes_from(m, bytes_find(m, ','));
        n = bytes_from(n, bytes_find(n, ','));
        if (!bytes_starts(l, BYTES(",\"dir\":\"sent\"")))
            continue;
        assert_true(bytes_eq(l, m));
        assert_false(bytes_eq(l, n));
    }
    buf_free(&a.transcript);
    buf_free(&b.transcript);
    buf_free(&c.transcript);
    engine_close(&e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_stalls),    cmocka_unit_test(test_stall_sum),
        cmocka_unit_test(test_preflight), cmocka_unit_test(test_liveness),
        cmocka_unit_test(test_interrupt), cmocka_unit_test(test_replay)};

    return cmocka_run_group_tests(tests, load, unload);
}
