/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a catalogue says the same as looking through all of it, the first
 * of two with one id stays, and it never answers for an array that it does not
 * know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/ledger/index.h"

static const char *const none[] = {NULL};

static int
load(void **state)
{
    struct diag diag;

    diag_init(&diag);
    *state = ledger_load(NULL, &diag);
    diag_free(&diag);
    return *state != NULL ? 0 : -1;
}

static int
unload(void **state)
{
    ledger_free(*state);
    return 0;
}

/* Every id of the embedded catalogue, and some that it has not. */
static void
same_as_a_scan(void **state)
{
    static const char *const unknown[] = {"", "X", "ALERT-000", "ALERT-00010",
                                          "alert-0001"};
    const struct ledger *l = *state;
    struct ledger slow = *l;

    slow.index = NULL;
    assert_non_null(l->index);
    for (size_t i = 0; i < l->requirements; i++)
        assert_ptr_equal(
            ledger_requirement(l, bytes_str(l->requirement[i].rid)),
            &l->requirement[i]);
    for (size_t i = 0; i < l->tests; i++)
        assert_ptr_equal(ledger_test(l, bytes_str(l->test[i].id)), &l->test[i]);
    for (size_t i = 0; i < l->lists; i++)
        assert_ptr_equal(ledger_list(l, bytes_str(l->list[i].id)), &l->list[i]);
    for (size_t i = 0; i < l->bases; i++)
        assert_ptr_equal(ledger_base(l, bytes_str(l->base[i].id)), &l->base[i]);
    for (size_t i = 0; i < l->items; i++)
        assert_ptr_equal(ledger_case(l, bytes_str(l->item[i].id)), &l->item[i]);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        for (int k = 0; k < INDEX_KINDS; k++) {
            struct bytes id = bytes_str(unknown[i]);

            assert_true(index_find(l, (enum index_kind)k, id) == SIZE_MAX);
            assert_true(index_find(&slow, (enum index_kind)k, id) == SIZE_MAX);
        }
    }
}

/* Of every rule that a requirement or a document names, exact or not. */
static void
same_owner_as_a_scan(void **state)
{
    static const char *const others[] = {"alert.general#unknown",
                                         "alert.general.source.ip#missing",
                                         "text#nothing",
                                         "#type",
                                         "alert",
                                         "",
                                         "nobody.there#type"};
    const struct ledger *l = *state;
    struct ledger slow = *l;
    size_t owned = 0;

    slow.index = NULL;
    for (size_t i = 0; i < l->items; i++) {
        const char *rule = l->item[i].rule;

        if (rule == NULL)
            continue;
        owned += ledger_owner(l, bytes_str(rule)) != NULL;
        if (ledger_owner(l, bytes_str(rule)) !=
            ledger_owner(&slow, bytes_str(rule)))
            fail_msg("%s", rule);
    }
    assert_true(owned > 1000);
    for (size_t i = 0; i < l->requirements; i++) {
        for (const char *const *p = l->requirement[i].rules; *p; p++)
            assert_ptr_equal(ledger_owner(l, bytes_str(*p)),
                             ledger_owner(&slow, bytes_str(*p)));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_ptr_equal(ledger_owner(l, bytes_str(others[i])),
                         ledger_owner(&slow, bytes_str(others[i])));
}

static void
first_of_equals(void **state)
{
    static const char *const exact[] = {"a.b#type", NULL};
    static const char *const wide[] = {"a.*#*", "a.b.*#*", NULL};
    const struct requirement q[] = {{.rid = "A", .rules = wide},
                                    {.rid = "B", .rules = exact},
                                    {.rid = "B", .rules = exact},
                                    {.rid = "C", .rules = wide}};
    static const struct {
        const char *rule;
        size_t owner;
    } rows[] = {{"a.b#type", 1},         /* named before all around it */
                {"a.b#missing", 0},      /* first of two that take it */
                {"a.b.c#type", 0},       /* by the nearer entry of the first */
                {"a#type", SIZE_MAX},    /* is above both */
                {"b.c#type", SIZE_MAX}}; /* is elsewhere */
    struct ledger l = {.requirement = q, .requirements = 4};

    (void)state;
    l.index = index_new(&l);
    assert_non_null(l.index);
    assert_ptr_equal(ledger_requirement(&l, BYTES("B")), &q[1]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (index_owner(&l, bytes_str(rows[i].rule)) != rows[i].owner)
            fail_msg("%s", rows[i].rule);
    }
    index_free(l.index);
}

/* A copy of a ledger with another array keeps its index: what was there before
 * must not be found. */
static void
another_array(void **state)
{
    const struct ledger *l = *state;
    const struct requirement q[] = {{.rid = "NEW-1", .rules = none},
                                    {.rid = "NEW-2", .rules = none}};
    const char *old = l->requirement[0].rid;
    struct ledger other = *l;

    other.requirement = q;
    other.requirements = 2;
    assert_null(ledger_requirement(&other, bytes_str(old)));
    assert_ptr_equal(ledger_requirement(&other, BYTES("NEW-2")), &q[1]);
    assert_null(ledger_owner(&other, bytes_str(l->requirement[0].rules[0])));
    assert_ptr_equal(ledger_test(&other, bytes_str(l->test[0].id)),
                     &l->test[0]);
    other = *l;
    other.requirement++; /* the same memory, one element fewer */
    other.requirements--;
    assert_null(ledger_requirement(&other, bytes_str(old)));
    other = *l;
    other.requirements--;
    assert_null(ledger_requirement(
        &other, bytes_str(l->requirement[l->requirements - 1].rid)));
}

static void
empty(void **state)
{
    struct ledger l = {0};

    (void)state;
    l.index = index_new(&l);
    assert_non_null(l.index);
    assert_null(ledger_test(&l, BYTES("X")));
    assert_null(ledger_owner(&l, BYTES("a#type")));
    index_free(l.index);
    index_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_a_scan),
        cmocka_unit_test(same_owner_as_a_scan),
        cmocka_unit_test(first_of_equals),
        cmocka_unit_test(another_array),
        cmocka_unit_test(empty),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
