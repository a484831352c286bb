/* SPDX-License-Identifier: Apache-2.0 */
/* A report read back, and what it says of a product: whether a test points at
 * the place of a fault, what is a kill, an alarm, a hollow pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/selftest/network.h"

static const char report[] =
    "{\"complete\":true,\"tests\":["
    "{\"id\":\"HS-1\",\"verdict\":\"pass\",\"verifies\":[\"A-1\"],"
    "\"twin\":null},"
    "{\"id\":\"HS-2\",\"verdict\":\"fail\",\"verifies\":[\"A-2\",\"A-3\"],"
    "\"twin\":\"HS-1\",\"at\":\"status\","
    "\"samples\":[{\"pointer\":\"/items/0/general/alert_id\"}],"
    "\"expected\":{\"zh\":\"x\",\"en\":\"a 4xx\"},"
    "\"observed\":{\"zh\":\"y\",\"en\":\"status 202\"}},"
    "{\"id\":\"HS-3\",\"verdict\":\"not_applicable\",\"verifies\":[]}]}";

static void
reading(void **state)
{
    struct outcome o;
    struct err err = {0};

    (void)state;
    assert_int_equal(outcome_read(BYTES(report), &o, &err), ERR_OK);
    assert_true(o.complete);
    assert_int_equal(o.tests, 3);
    assert_string_equal(o.test[0].id, "HS-1");
    assert_int_equal(o.test[0].verdict, VERDICT_PASS);
    assert_false(o.test[0].negative);
    assert_true(o.test[1].negative);
    assert_true(outcome_verifies(&o.test[1], "A-3"));
    assert_false(outcome_verifies(&o.test[1], "A-"));
    assert_false(outcome_verifies(&o.test[2], "A-1"));
    assert_string_equal(o.test[1].observed, "status 202");
    assert_string_equal(o.test[0].observed, "");
    assert_int_equal(o.test[2].verdict, VERDICT_NOT_APPLICABLE);
    outcome_free(&o);
}

/* Cut anywhere it is no report; nor is JSON of another shape. */
static void
no_reports(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "{}",
        "{\"tests\":{}}",
        "{\"tests\":[{}]}",
        "{\"tests\":[{\"id\":\"A\",\"verdict\":\"perhaps\",\"verifies\":[]}]}",
        "{\"tests\":[1]}",
        "usage: hutong-conform"};
    struct outcome o;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (outcome_read(bytes_str(rows[i]), &o, &err) == ERR_OK)
            fail_msg("%s", rows[i]);
    }
    for (size_t n = 0; n < sizeof report - 1; n++)
        assert_int_not_equal(outcome_read(bytes_of(report, n), &o, &err),
                             ERR_OK);
}

static void
places(void **state)
{
    static const struct {
        const char *pointer, *site;
        bool same;
    } rows[] = {
        {"/general/alert_id", "/general/alert_id", true},
        {"/items/0/general/alert_id", "/general/alert_id", true},
        {"/general", "/general/alert_id", true},
        {"/general/alert_id", "/general/alert_name", false},
        {"/general/alert_id2", "/general/alert_id", false},
        {"status 202", "status", true},
        {"header Retry-After", "status", false},
        {"id", "Idempotency-Key", false},
        {"MSGID", "MSG", false},
        {"statuses", "status", false},
        {"POST /interconn/v1/data/alert", "POST /interconn/v1/", true},
        {"2 violations, first at received:1:5", "received:", true},
        {"", "", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct outcome_test t = {.pointer = {rows[i].pointer},
                                       .pointers = rows[i].pointer[0] != '\0'};

        if (outcome_points(&t, rows[i].site) != rows[i].same)
            fail_msg("%s and %s", rows[i].pointer, rows[i].site);
    }
}

static const char *const a1[] = {"A-1", NULL};
static const char *const a2[] = {"A-2", NULL};

/* One product, one test of this verdict: what it counts as. */
static void
judging(void **state)
{
    static const struct {
        const char *name;
        enum network_kind kind;
        enum verdict verdict;
        bool negative;
        const char *const *verifies;
        const char *pointer;
        bool killed, right;
        size_t alarms, hollow;
    } rows[] = {
        {"a reference passes", NETWORK_REFERENCE, VERDICT_PASS, true, a1, "",
         false, false, 0, 0},
        {"a reference fails", NETWORK_REFERENCE, VERDICT_FAIL, false, a1, "",
         false, false, 1, 0},
        {"a reference is unstable", NETWORK_REFERENCE, VERDICT_UNSTABLE, false,
         a1, "", false, false, 1, 0},
        {"a reference is warned", NETWORK_REFERENCE, VERDICT_WARN, false, a1,
         "", false, false, 1, 0},
        {"a reference is not decided", NETWORK_REFERENCE, VERDICT_INCONC, false,
         a1, "", false, false, 1, 0},
        {"a reference observed", NETWORK_REFERENCE, VERDICT_INFO, false, a1, "",
         false, false, 0, 0},
        {"an error at a reference", NETWORK_REFERENCE, VERDICT_ERROR, false, a1,
         "", false, false, 1, 0},
        {"a dumb one passes a negative test", NETWORK_DUMB, VERDICT_PASS, true,
         a1, "", false, false, 0, 1},
        {"a dumb one passes a positive test", NETWORK_DUMB, VERDICT_PASS, false,
         a1, "", false, false, 0, 0},
        {"a dumb one fails", NETWORK_DUMB, VERDICT_FAIL, true, a1, "", false,
         false, 0, 0},
        {"killed where it is seeded", NETWORK_MUTANT, VERDICT_FAIL, false, a1,
         "/general/x", true, true, 0, 0},
        {"a warning kills", NETWORK_MUTANT, VERDICT_WARN, false, a1,
         "/general/x", true, true, 0, 0},
        {"killed elsewhere", NETWORK_MUTANT, VERDICT_FAIL, false, a1,
         "/general/y", true, false, 0, 0},
        {"killed by another requirement", NETWORK_MUTANT, VERDICT_FAIL, false,
         a2, "/general/x", true, false, 0, 0},
        {"undecided is no kill", NETWORK_MUTANT, VERDICT_INCONC, false, a1,
         "/general/x", false, false, 0, 0},
        {"an error is no kill", NETWORK_MUTANT, VERDICT_ERROR, false, a1,
         "/general/x", false, false, 0, 0},
        {"survived", NETWORK_MUTANT, VERDICT_PASS, false, a1, "", false, false,
         0, 0},
    };
    static const char *const none[] = {NULL};
    const struct manifest_peer peer = {.advised = none};
    const struct manifest_mutant m = {.rid = "A-1", .site = "/general/x"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct outcome_test t = {.id = "T",
                                 .verdict = rows[i].verdict,
                                 .negative = rows[i].negative,
                                 .verifies = rows[i].verifies,
                                 .pointer = {rows[i].pointer},
                                 .pointers = rows[i].pointer[0] != '\0',
                                 .observed = ""};
        const struct outcome o = {.test = &t, .tests = 1};
        struct network_row r = {.kind = rows[i].kind,
                                .peer = &peer,
                                .mutant =
                                    rows[i].kind == NETWORK_MUTANT ? &m : NULL};

        network_judge(&r, &o);
        if (!r.ran || r.killed != rows[i].killed || r.right != rows[i].right ||
            r.alarms != rows[i].alarms || r.hollow != rows[i].hollow)
            fail_msg("%s: killed %d right %d alarms %zu hollow %zu",
                     rows[i].name, r.killed, r.right, r.alarms, r.hollow);
    }
}

/* A warning that the peer's list knows is no alarm; a failure is. */
static void
advice(void **state)
{
    static const char *const list[] = {"T", NULL};
    const struct manifest_peer peer = {.advised = list};
    const enum verdict verdicts[] = {VERDICT_WARN, VERDICT_FAIL};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct outcome_test t = {
            .id = "T", .verdict = verdicts[i], .verifies = a1, .observed = ""};
        const struct outcome o = {.test = &t, .tests = 1};
        struct network_row r = {.kind = NETWORK_REFERENCE, .peer = &peer};

        network_judge(&r, &o);
        assert_int_equal(r.alarms, i);
    }
}

/* The right one of two that fail decides, in whichever order. */
static void
right_among_others(void **state)
{
    const struct manifest_mutant m = {.rid = "A-1", .site = "/x"};
    struct outcome_test t[2] = {
        {"T-2", VERDICT_FAIL, false, a2, {"/y"}, 1, ""},
        {"T-1", VERDICT_FAIL, false, a1, {"/x"}, 1, ""}};
    const struct outcome o = {.test = t, .tests = 2};

    (void)state;
    for (int order = 0; order < 2; order++) {
        struct network_row r = {.kind = NETWORK_MUTANT, .mutant = &m};
        struct outcome_test swap = t[0];

        network_judge(&r, &o);
        assert_true(r.killed && r.right);
        assert_non_null(strstr(r.what, "T-1"));
        t[0] = t[1];
        t[1] = swap;
    }
}

/* What verifies the requirement is chosen, a tenth of the others, and nothing
 * of another role; the same ones each time. */
static void
selecting(void **state)
{
    static struct ledger_test t[201];
    static char id[201][16];
    struct ledger l = {.test = t, .tests = 201};
    const struct manifest_mutant m = {
        .id = "m", .role = "http_server", .rid = "A-1"};
    const struct manifest_mutant none = {
        .id = "m", .role = "http_server", .rid = "A-9"};
    struct buf first = {0}, again = {0};
    size_t commas = 0;

    (void)state;
    for (size_t i = 0; i < 201; i++) {
        (void)snprintf(id[i], sizeof id[i], "HS-%zu", i);
        t[i] = (struct ledger_test){.id = id[i],
                                    .role = i == 200   ? "zmq_sub"
                                            : i == 199 ? "files"
                                                       : "http_server",
                                    .verifies = i == 0 || i >= 199 ? a1 : a2};
    }
    assert_true(network_select(&l, &m, &first));
    assert_true(network_select(&l, &m, &again));
    assert_string_equal(buf_cstr(&first), buf_cstr(&again));
    assert_int_equal(strncmp(buf_cstr(&first), "HS-0,", 5), 0);
    assert_null(strstr(buf_cstr(&first), "HS-200"));
    for (const char *p = buf_cstr(&first); *p != '\0'; p++)
        commas += *p == ',';
    assert_in_range(commas, 10, 35);
    buf_reset(&again);
    assert_false(network_select(&l, &none, &again));
    buf_free(&first);
    buf_free(&again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading),  cmocka_unit_test(no_reports),
        cmocka_unit_test(places),   cmocka_unit_test(judging),
        cmocka_unit_test(advice),   cmocka_unit_test(right_among_others),
        cmocka_unit_test(selecting)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
