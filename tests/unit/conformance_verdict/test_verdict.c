/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a verdict: it only worsens, a pass has conditions, and an exit
 * status is never green by accident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/verdict/verdict.h"

#define P VERDICT_PASS
#define F VERDICT_FAIL
#define N VERDICT_NOT_APPLICABLE
#define U VERDICT_UNSTABLE
#define I VERDICT_INCONC
#define B VERDICT_BLOCKED
#define W VERDICT_WARN
#define E VERDICT_ERROR

static void
names_lead_back(void **state)
{
    enum verdict v;

    (void)state;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        assert_true(verdict_of(bytes_str(verdict_name((enum verdict)i)), &v));
        assert_int_equal(v, i);
        assert_true(verdict_word((enum verdict)i, true)[0] != '\0');
        assert_true(verdict_word((enum verdict)i, false)[0] != '\0');
    }
    assert_false(verdict_of(BYTES("passed"), &v));
}

static void
only_worsens(void **state)
{
    (void)state;
    for (int a = 0; a < VERDICT_COUNT; a++) {
        for (int b = 0; b < VERDICT_COUNT; b++) {
            enum verdict v = verdict_worse((enum verdict)a, (enum verdict)b);

            assert_true((int)v >= a && (int)v >= b);
            assert_true((int)v == a || (int)v == b);
        }
    }
    assert_int_equal(verdict_worse(P, N), P);
    assert_int_equal(verdict_worse(F, E), E);
    assert_int_equal(verdict_worse(W, I), I);
    assert_int_equal(verdict_worse(U, F), F);
}

static void
gates(void **state)
{
    static const struct {
        const char *name;
        bool applies;
        enum verdict needs[2];
        size_t count;
        enum verdict want;
    } rows[] = {
        {"nothing needed", true, {0}, 0, VERDICT_NONE},
        {"condition false", false, {P}, 1, N},
        {"condition false, need failed", false, {F}, 1, N},
        {"all passed", true, {P, W}, 2, VERDICT_NONE},
        {"one failed", true, {P, F}, 2, B},
        {"one inconclusive", true, {I, P}, 2, B},
        {"one was not run", true, {VERDICT_NONE}, 1, B},
        {"one not applicable", true, {P, N}, 2, N},
        {"failed and not applicable", true, {F, N}, 2, B},
        {"not applicable and failed", true, {N, F}, 2, B},
        {"blocked", true, {B}, 1, B},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verdict_gate g = {rows[i].applies, rows[i].needs, rows[i].count};

        if (verdict_gate(&g) != rows[i].want)
            fail_msg("%s: %s", rows[i].name, verdict_name(verdict_gate(&g)));
    }
}

static void
a_negative_pass_has_conditions(void **state)
{
    static const struct {
        const char *name;
        struct verdict_negative in;
        enum verdict want;
    } rows[] = {
        {"all holds", {P, P, true, true}, P},
        {"twin warned", {P, W, true, true}, P},
        {"twin failed", {P, F, true, true}, I},
        {"twin not run", {P, VERDICT_NONE, true, true}, I},
        {"twin inconclusive", {P, I, true, true}, I},
        {"twin not applicable", {P, N, true, true}, N},
        {"the peer is dead", {P, P, false, true}, I},
        {"closed without a reason", {P, P, true, false}, I},
        {"a fail stays", {F, F, false, false}, F},
        {"a warning stays", {W, N, true, true}, W},
        {"not applicable stays", {N, P, true, true}, N},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum verdict v = verdict_negative(&rows[i].in);

        if (v != rows[i].want)
            fail_msg("%s: %s", rows[i].name, verdict_name(v));
    }
}

static void
repeats(void **state)
{
    static const struct {
        enum verdict v[3];
        size_t n;
        enum verdict want;
    } rows[] = {{{0}, 0, VERDICT_NONE}, {{P}, 1, P},       {{F, F, F}, 3, F},
                {{F, P, F}, 3, U},      {{P, P, F}, 3, U}, {{P, E, F}, 3, E},
                {{E, P}, 2, E},         {{F, P, E}, 3, E}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(verdict_repeat(rows[i].v, rows[i].n), rows[i].want);
}

static void
exit_statuses(void **state)
{
    static const struct {
        const char *name;
        enum verdict v[4];
        bool not_testable;
        enum verdict_exit want;
    } rows[] = {
        {"passed", {P, P, N}, false, EXIT_PASSED},
        {"passed with warnings", {P, W}, false, EXIT_PASSED},
        {"failed", {P, F, I}, false, EXIT_FAILED},
        {"inconclusive", {P, I}, false, EXIT_UNDECIDED},
        {"blocked", {P, B}, false, EXIT_UNDECIDED},
        {"unstable", {P, U}, false, EXIT_UNDECIDED},
        {"tool error before fail", {F, E}, false, EXIT_TOOL},
        {"not testable before fail", {F, P}, true, EXIT_NOT_TESTABLE},
        {"nothing", {0}, false, EXIT_NOTHING},
        {"nothing applied", {N, N}, false, EXIT_NOTHING},
        {"warnings alone are not green", {W, N}, false, EXIT_NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t count[VERDICT_COUNT] = {0};
        enum verdict_exit e;

        for (int k = 0; k < 4; k++)
            count[rows[i].v[k]] += rows[i].v[k] != VERDICT_NONE;
        e = verdict_exit(count, rows[i].not_testable);
        if (e != rows[i].want)
            fail_msg("%s: %d", rows[i].name, (int)e);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lead_back),
        cmocka_unit_test(only_worsens),
        cmocka_unit_test(gates),
        cmocka_unit_test(a_negative_pass_has_conditions),
        cmocka_unit_test(repeats),
        cmocka_unit_test(exit_statuses)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
