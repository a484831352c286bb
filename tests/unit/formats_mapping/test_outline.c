/* SPDX-License-Identifier: Apache-2.0 */
/* Outlines: what they tell apart, when they are not sure, and the table of
 * those that were clean. */
#include "fixture.h"

#include "formats/mapping/known.h"

#define FIELDS                                                                 \
    FIXTURE_HEAD "to: alert\nkeep: ['*']\nfields:\n"                           \
                 "  alert.general.alert_type: {path: t}\n"                     \
                 "  alert.general.alert_name: {path: n}\n"                     \
                 "  alert.general.alert_level: {path: l}\n"                    \
                 "  alert.general.count: {path: c}\n"                          \
                 "  alert.general.score: {path: s}\n"                          \
                 "  alert.general.tags: {path: 'g[]'}\n"                       \
                 "  alert.general.parts:\n"                                    \
                 "    each: 'p[]'\n    fields: {name: {path: a}}\n"            \
                 "  alert.extension.two.free: {path: f}\n"

enum { SAME, OTHER, UNSURE };

static const struct {
    const char *name, *one, *two;
    int want;
} cases[] = {
    {"other text", "{\"n\":\"a\"}", "{\"n\":\"bc\"}", SAME},
    {"other number", "{\"c\":1}", "{\"c\":999}", SAME},
    {"other code of a list without rules", "{\"l\":\"high\"}",
     "{\"l\":\"low\"}", SAME},
    {"other elements", "{\"g\":[\"a\"]}", "{\"g\":[\"b\",\"c\"]}", SAME},
    {"other rest", "{\"n\":\"a\",\"z\":1}", "{\"n\":\"a\",\"y\":{\"x\":[]}}",
     SAME},
    {"no rest", "{\"n\":\"a\",\"z\":1}", "{\"n\":\"a\"}", SAME},
    {"another member", "{\"n\":\"a\"}", "{\"n\":\"a\",\"c\":1}", OTHER},
    {"a member less", "{\"n\":\"a\",\"c\":1}", "{\"c\":1}", OTHER},
    {"a code that others ask for", "{\"t\":\"01001\"}", "{\"t\":\"02001\"}",
     OTHER},
    {"a number that no conversion proves", "{\"s\":1.5}", "{\"s\":2.5}", OTHER},
    {"any value", "{\"t\":\"02001\",\"f\":1}", "{\"t\":\"02001\",\"f\":2}",
     OTHER},
    {"objects in an array", "{\"p\":[{\"a\":\"x\"}]}", "{\"n\":\"a\"}", UNSURE},
    {"a failed conversion", "{\"c\":\"x\"}", "{\"n\":\"a\"}", UNSURE},
    {"a cut text", "{\"n\":\"123456789\"}", "{\"n\":\"a\"}", UNSURE},
    {"a repaired source", "{\"n\":\"a\",\"n\":\"b\"}", "{\"n\":\"a\"}", UNSURE},
    {"too much to tell",
     "{\"t\":\"02001\",\"f\":\"01234567890123456789012345678901234567890123\"}",
     "{\"n\":\"a\"}", UNSURE},
};

static struct plan_outline
outline_of(struct fixture *f, const char *json)
{
    enum plan_result r;

    (void)fixture_run(f, json, &r);
    assert_int_equal(r, PLAN_RECORD);
    return f->meta.outline;
}

static void
test_cases(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f, FIELDS, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plan_outline one = outline_of(&f, cases[i].one);
        struct plan_outline two = outline_of(&f, cases[i].two);
        struct known k = {0};
        int got;

        known_add(&k, 0, &one);
        got = !one.sure ? UNSURE : known_has(&k, 0, &two) ? SAME : OTHER;
        if (got != cases[i].want || !two.sure ||
            known_has(&k, 0, &one) != one.sure) {
            print_error("%s: %d, want %d\n", cases[i].name, got, cases[i].want);
            fail();
        }
        assert_false(known_has(&k, 1, &two)); /* another plan's */
        known_free(&k);
    }
    fixture_close(&f);
}

/* More outlines than there is room for: what was forgotten is not known, what
 * is known was added. */
static void
test_bounded(void **state)
{
    struct known k = {0};
    struct plan_outline o = {.sure = true};
    size_t still = 0;

    (void)state;
    for (uint64_t i = 0; i < 3 * KNOWN_SLOTS; i++) {
        o.member[i % PLAN_OUTLINE_MEMBERS] = i;
        assert_false(known_has(&k, 0, &o));
        known_add(&k, 0, &o);
        known_add(&k, 0, &o);
        assert_true(known_has(&k, 0, &o));
        assert_true(k.used < KNOWN_SLOTS);
        o.member[i % PLAN_OUTLINE_MEMBERS] = 0;
    }
    for (uint64_t i = 0; i < 3 * KNOWN_SLOTS; i++) {
        o.member[i % PLAN_OUTLINE_MEMBERS] = i;
        still += known_has(&k, 0, &o);
        o.member[i % PLAN_OUTLINE_MEMBERS] = 0;
    }
    assert_int_equal(still, k.used);
    known_clear(&k);
    o.member[7] = 7;
    assert_false(known_has(&k, 0, &o));
    known_free(&k);
}

static void
test_audit(void **state)
{
    struct known k = {0};
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < (size_t)4 * KNOWN_AUDIT; i++)
        n += known_audit(&k);
    assert_int_equal(n, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_bounded),
                                       cmocka_unit_test(test_audit)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
