/* SPDX-License-Identifier: Apache-2.0 */
/* Deletions from the embedded catalogue: each takes away one thing and leaves the
 * original as it was; facts name what went; the rules of verdicts and the dumb
 * exports hold for the tester as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/ledger/facts.h"
#include "conformance/roles/coverage.h"
#include "conformance/selftest/logic.h"
#include "conformance/selftest/mutate.h"
#include "formats/standard/standard.h"

struct things {
    struct ledger *l;
    struct standard *s;
    struct buf facts;
};

static int
begin(void **state)
{
    static struct things t;
    struct diag diag;

    diag_init(&diag);
    t.l = ledger_load(NULL, &diag);
    t.s = std_embedded(hutong_data, &diag);
    diag_free(&diag);
    if (t.l != NULL)
        facts_write(t.l, &t.facts);
    *state = &t;
    return t.l && t.s && buf_ok(&t.facts) ? 0 : -1;
}

static int
end(void **state)
{
    struct things *t = *state;

    ledger_free(t->l);
    std_free(t->s);
    buf_free(&t->facts);
    return 0;
}

/* The first and the last deletion of every class that leaves a fact behind lose
 * one; the catalogue that they were made from loses none. */
static void
deletions(void **state)
{
    const struct things *t = *state;

    for (int k = 0; k < MUTATE_CLASSES; k++) {
        enum mutate_class c = (enum mutate_class)k;
        size_t n = mutate_count(t->l, c);
        struct err err = {0};
        struct mutate m;

        assert_true(n > 0);
        for (size_t i = 0; i<n; i += n> 1 ? n - 1 : 1) {
            assert_int_equal(mutate_make(t->l, c, i, &m, &err), ERR_OK);
            if (c != MUTATE_REASON &&
                facts_lost(&m.ledger, buf_view(&t->facts), "f", NULL) == 0)
                fail_msg("%s %zu of %s", mutate_name(c), i, m.what);
            mutate_free(&m);
        }
        assert_int_equal(mutate_make(t->l, c, n, &m, &err), ERR_ARG);
    }
    assert_int_equal(facts_lost(t->l, buf_view(&t->facts), "f", NULL), 0);
}

/* What is gone is not found any more, and its neighbours still are. */
static void
lookups(void **state)
{
    const struct things *t = *state;
    struct err err = {0};
    struct mutate m;

    assert_int_equal(mutate_make(t->l, MUTATE_TEST, 1, &m, &err), ERR_OK);
    assert_null(ledger_test(&m.ledger, bytes_str(t->l->test[1].id)));
    assert_string_equal(ledger_test(&m.ledger, bytes_str(t->l->test[2].id))->id,
                        t->l->test[2].id);
    assert_non_null(ledger_test(t->l, bytes_str(t->l->test[1].id)));
    mutate_free(&m);
    assert_int_equal(mutate_make(t->l, MUTATE_CASE, 0, &m, &err), ERR_OK);
    assert_int_equal(m.ledger.items, t->l->items - 1);
    assert_null(ledger_case(&m.ledger, bytes_str(t->l->item[0].id)));
    mutate_free(&m);
}

static void
noticed(void **state)
{
    static const struct {
        enum mutate_class c;
        enum mutate_noticed by;
    } rows[] = {{MUTATE_REQUIREMENT, MUTATE_BY_LINT},
                {MUTATE_REASON, MUTATE_BY_LINT},
                {MUTATE_RULE_NAMED, MUTATE_BY_LINT},
                {MUTATE_POINTER, MUTATE_BY_LINT}};
    const struct things *t = *state;
    struct err err = {0};
    struct checker *checker = checker_new(t->s, CHECK_STRICT, &err);

    assert_non_null(checker);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum mutate_noticed who;
        struct mutate m;

        assert_int_equal(mutate_make(t->l, rows[i].c, 0, &m, &err), ERR_OK);
        assert_int_equal(
            mutate_judge(&m, t->s, checker, 0, buf_view(&t->facts), &who, &err),
            ERR_OK);
        if (who != rows[i].by)
            fail_msg("%s: %d", mutate_name(rows[i].c), who);
        mutate_free(&m);
    }
    checker_free(checker);
}

static void
facts(void **state)
{
    const struct things *t = *state;
    struct bytes all = buf_view(&t->facts), last = {0};
    struct diag diag;

    while (all.len > 0) { /* sorted, each once */
        struct bytes line = bytes_upto(all, bytes_find(all, '\n'));
        size_t n = line.len < last.len ? line.len : last.len;
        int c = n > 0 ? memcmp(last.data, line.data, n) : 0;

        if (c > 0 || (c == 0 && last.len > line.len))
            fail_msg("%.*s", (int)line.len, line.data);
        last = line;
        all = bytes_from(all, line.len + 1);
    }
    diag_init(&diag);
    assert_int_equal(
        facts_lost(t->l,
                   BYTES("# a comment\n\ntest NO-SUCH files required\n"
                         "twin NO-SUCH X\n"),
                   "base.txt", &diag),
        2);
    assert_int_equal(diag.errors, 2);
    assert_int_equal(diag.first->line, 3);
    assert_string_equal(diag.first->file, "base.txt");
    diag_free(&diag);
    assert_int_equal(facts_lost(t->l, (struct bytes){0}, "b", NULL), 0);
}

static void
coverage(void **state)
{
    const struct things *t = *state;
    struct coverage v;
    struct err err = {0};
    size_t wanted = 0, covered = 0, before;

    assert_int_equal(coverage_find(t->l, t->s, &v, &err), ERR_OK);
    for (size_t i = 0; i < t->l->requirements; i++) {
        const struct coverage_row *r = &v.row[i];

        wanted += r->wanted;
        covered += r->wanted && r->covered;
        if (r->covered && (r->positive == 0 || r->negative == 0))
            fail_msg("%s", t->l->requirement[i].rid);
    }
    assert_int_equal(wanted, v.wanted);
    assert_int_equal(covered, v.covered);
    assert_int_equal(coverage_percent(&v), covered * 100 / wanted);
    before = v.covered;
    coverage_seed(t->l, &v, "NO-SUCH"); /* nobody's fault covers nothing */
    assert_int_equal(v.covered, before);
    for (size_t i = 0; i < t->l->requirements; i++) {
        const struct coverage_row *r = &v.row[i];

        if (r->wanted && !r->covered && r->positive > 0 && r->negative == 0) {
            coverage_seed(t->l, &v, t->l->requirement[i].rid);
            coverage_seed(t->l, &v, t->l->requirement[i].rid);
            assert_int_equal(v.covered, before + 1); /* once */
            assert_int_equal(r->seeded, 2);
            break;
        }
    }
    coverage_free(&v);
    assert_int_equal(coverage_percent(&v), 0);
}

static void
logic(void **state)
{
    const struct things *t = *state;
    struct diag diag;
    struct err err = {0};
    size_t dumb = 0;

    diag_init(&diag);
    assert_true(logic_verdicts(&diag) > 100);
    assert_int_equal(logic_dumb(t->l, t->s, &diag, &dumb, &err), ERR_OK);
    assert_true(dumb >= 9);
    for (const struct diag_item *d = diag.first; d != NULL; d = d->next)
        fail_msg("%s: %s", d->file, d->text);
    diag_free(&diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deletions), cmocka_unit_test(lookups),
        cmocka_unit_test(noticed),   cmocka_unit_test(facts),
        cmocka_unit_test(coverage),  cmocka_unit_test(logic)};

    return cmocka_run_group_tests(tests, begin, end);
}
