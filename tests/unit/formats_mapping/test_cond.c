/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "formats/mapping/cond.h"

static const struct {
    const char *text;
    const char *why; /* part of the message, NULL: good */
} parses[] = {
    {"a == 'x'", NULL},
    {"a.b != \"x\" and not c > 3", NULL},
    {"(has a or has b) and c in ['x', 2, true]", NULL},
    {"a[].b starts 'x' or a contains 'y'", NULL},
    {"src == dest", NULL},
    {"\"has\" == 1", NULL},
    {"a=='x'", NULL},
    {"", "512"},
    {"a", "operator"},
    {"a ==", "512"},
    {"a == 'x", "does not end"},
    {"a in 'x'", "[ is wanted"},
    {"a in ['x'", "] is wanted"},
    {"a in [b]", "numbers and quoted texts"},
    {"(a == 1", ") is wanted"},
    {"a == 1 b == 2", "\"and\" or \"or\""},
    {"not", "512"},
    {"((((((((((((((((( a == 1 )))))))))))))))))", "too deep"},
    {"not not not not not not not not not not not not not not not not not a "
     "== 1",
     "too deep"},
};

static void
test_parse(void **state)
{
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof parses / sizeof parses[0]; i++) {
        const char *why = NULL;
        struct cond *c = cond_parse(&arena, bytes_str(parses[i].text), &why);

        if ((c != NULL) != (parses[i].why == NULL) ||
            (c == NULL && strstr(why, parses[i].why) == NULL)) {
            print_error("%s: %s\n", parses[i].text, c ? "good" : why);
            fail();
        }
    }
    arena_free(&arena);
}

#define EVENT                                                                  \
    "{\"s\":\"abc\",\"e\":\"\\u0061bc\",\"n\":10,\"t\":\"10\",\"b\":true,"     \
    "\"z\":null,\"l\":[1,\"x\"],\"o\":[{\"k\":\"v\"},{\"k\":\"w\"}],"          \
    "\"f\":1.5}"

static const struct {
    const char *cond;
    bool holds;
} evals[] = {
    {"s == 'abc'", true},
    {"e == 'abc'", true},
    {"s == e", true},
    {"s != 'abc'", false},
    {"s == 'ABC'", false},
    {"n == 10", true},
    {"n == '10'", true},
    {"t == 10", true},
    {"n == t", true},
    {"n == 10.0", true},
    {"n != 10.0", false},
    {"n > 9", true},
    {"n > 10", false},
    {"n >= 10", true},
    {"n < 10", false},
    {"n <= 10", true},
    {"f < 2", true},
    {"f > 1.49", true},
    {"s > 3", false},
    {"s < 3", false},
    {"b == true", true},
    {"b == false", false},
    {"has s", true},
    {"has z", false},
    {"has missing", false},
    {"has missing.deeper", false},
    {"missing == 'x'", false},
    {"missing != 'x'", true},
    {"not missing == 'x'", true},
    {"missing < 3", false},
    {"s in ['x', 'abc']", true},
    {"n in [9, 10]", true},
    {"s in ['x', 'y']", false},
    {"l[] == 'x'", true},
    {"l[] == 'y'", false},
    {"o[].k == 'w'", true},
    {"o[0].k == 'w'", false},
    {"has o[].k", true},
    {"has o[].q", false},
    {"s starts 'ab'", true},
    {"s starts 'b'", false},
    {"s contains 'bc'", true},
    {"s contains 'abcd'", false},
    {"s == 'abc' and n == 11", false},
    {"s == 'abc' or n == 11", true},
    {"not (s == 'abc' and n == 10)", false},
    {"s == 'x' and n == 10 or b == true", true},
};

static void
test_eval(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof evals / sizeof evals[0]; i++) {
        char yaml[1024];
        struct fixture f;
        enum plan_result r;

        (void)snprintf(yaml, sizeof yaml,
                       FIXTURE_HEAD "  match: >-\n    %s\nto: alert\nfields:\n"
                                    "  alert.general.alert_name: {path: s}\n",
                       evals[i].cond);
        fixture_open(&f, yaml, NULL);
        (void)fixture_run(&f, EVENT, &r);
        if ((r == PLAN_RECORD) != evals[i].holds) {
            print_error("%s: %d\n", evals[i].cond, (int)r);
            fail();
        }
        fixture_close(&f);
    }
}

static const struct {
    const char *text;
    bool good;
    double value;
} numbers[] = {
    {"0", true, 0},      {"-1", true, -1},     {"12.5", true, 12.5},
    {"1e3", true, 1000}, {"1E-2", true, 0.01}, {"1e+2", true, 100},
    {"", false, 0},      {"-", false, 0},      {"1.", false, 0},
    {".5", false, 0},    {"1e", false, 0},     {"1 ", false, 0},
    {"0x10", false, 0},  {"inf", false, 0},
};

static void
test_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double v = 0;
        bool good = cond_number(bytes_str(numbers[i].text), &v);
        double off = v - numbers[i].value;

        if (good != numbers[i].good || (good && (off > 1e-9 || off < -1e-9))) {
            print_error("%s: %d %f\n", numbers[i].text, good, v);
            fail();
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse),
                                       cmocka_unit_test(test_eval),
                                       cmocka_unit_test(test_number)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
