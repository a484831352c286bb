/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/selftest/mutate.h"

#include <stdlib.h>

#include "conformance/ledger/facts.h"
#include "conformance/ledger/index.h"
#include "conformance/ledger/lint.h"
#include "conformance/roles/coverage.h"
#include "conformance/roles/selfcheck.h"
#include "conformance/steps/step.h"

const char *
mutate_name(enum mutate_class c)
{
    static const char *const names[MUTATE_CLASSES] = {
        [MUTATE_REQUIREMENT] = "requirement",
        [MUTATE_RULE] = "rule",
        [MUTATE_REASON] = "reason",
        [MUTATE_TEST] = "test",
        [MUTATE_VERIFIES] = "verifies",
        [MUTATE_TWIN] = "twin",
        [MUTATE_DEPENDS] = "depends_on",
        [MUTATE_STEP] = "step",
        [MUTATE_CASE] = "document",
        [MUTATE_RULE_NAMED] = "rule named",
        [MUTATE_POINTER] = "pointer",
        [MUTATE_PATCH] = "patch",
        [MUTATE_ITEM] = "item",
    };

    return names[c];
}

static size_t
length(const char *const *list)
{
    size_t n = 0;

    while (list[n] != NULL)
        n++;
    return n;
}

/* How many deletions of this class element ${i} allows; SIZE_MAX behind the
 * last element. */
static size_t
share(const struct ledger *l, enum mutate_class c, size_t i)
{
    const struct requirement *q =
        i < l->requirements ? &l->requirement[i] : NULL;
    const struct ledger_test *t = i < l->tests ? &l->test[i] : NULL;
    const struct corpus_case *k = i < l->items ? &l->item[i] : NULL;

    switch (c) {
    case MUTATE_REQUIREMENT:
        return q ? 1 : SIZE_MAX;
    case MUTATE_RULE:
        return q ? length(q->rules) : SIZE_MAX;
    case MUTATE_REASON:
        return q ? q->reason != NULL && q->status != STATUS_TESTED : SIZE_MAX;
    case MUTATE_TEST:
        return t ? 1 : SIZE_MAX;
    case MUTATE_VERIFIES:
        return t ? length(t->verifies) : SIZE_MAX;
    case MUTATE_TWIN:
        return t ? t->twin != NULL : SIZE_MAX;
    case MUTATE_DEPENDS:
        return t ? length(t->depends_on) : SIZE_MAX;
    case MUTATE_STEP:
        return t ? t->steps > 0 : SIZE_MAX;
    case MUTATE_CASE:
        return k ? 1 : SIZE_MAX;
    case MUTATE_RULE_NAMED:
    case MUTATE_POINTER:
        return k ? k->verdict == CORPUS_INVALID : SIZE_MAX;
    case MUTATE_PATCH:
        return k ? k->verdict == CORPUS_INVALID && k->patches > 0 : SIZE_MAX;
    case MUTATE_ITEM:
        return i < l->templates ? l->template[i].items > 0 : SIZE_MAX;
    case MUTATE_CLASSES:
        break;
    }
    return SIZE_MAX;
}

size_t
mutate_count(const struct ledger *l, enum mutate_class c)
{
    size_t n = 0, one;

    for (size_t i = 0; (one = share(l, c, i)) != SIZE_MAX; i++)
        n += one;
    return n;
}

/* A copy of ${count} elements of ${size} bytes, kept in ${m}. */
static void *
copy(struct mutate *m, int slot, const void *from, size_t count, size_t size)
{
    void *p = malloc(count * size + size);

    if (p != NULL && count > 0)
        memcpy(p, from, count * size);
    m->owned[slot] = p;
    return p;
}

/* A copy of a NULL-ended list without element ${k}. */
static const char *const *
list_without(struct mutate *m, const char *const *list, size_t k)
{
    size_t n = length(list);
    const char **p = copy(m, 1, list, n + 1, sizeof *p);

    if (p != NULL)
        memmove(p + k, p + k + 1, (n - k) * sizeof *p);
    return p;
}

static bool
on_requirement(struct mutate *m, enum mutate_class c, size_t i, size_t k)
{
    struct ledger *l = &m->ledger;
    struct requirement *q =
        copy(m, 0, l->requirement, l->requirements, sizeof *q);

    if (q == NULL)
        return false;
    m->what = q[i].rid;
    l->requirement = q;
    if (c == MUTATE_RULE)
        return (q[i].rules = list_without(m, q[i].rules, k)) != NULL;
    if (c == MUTATE_REASON)
        q[i].reason = NULL;
    else
        memmove(q + i, q + i + 1, (--l->requirements - i) * sizeof *q);
    return true;
}

static bool
on_test(struct mutate *m, enum mutate_class c, size_t i, size_t k)
{
    struct ledger *l = &m->ledger;
    struct ledger_test *t = copy(m, 0, l->test, l->tests, sizeof *t);

    if (t == NULL)
        return false;
    m->what = t[i].id;
    l->test = t;
    if (c == MUTATE_VERIFIES)
        return (t[i].verifies = list_without(m, t[i].verifies, k)) != NULL;
    if (c == MUTATE_DEPENDS)
        return (t[i].depends_on = list_without(m, t[i].depends_on, k)) != NULL;
    if (c == MUTATE_TWIN)
        t[i].twin = NULL;
    else if (c == MUTATE_STEP)
        t[i].steps--;
    else
        memmove(t + i, t + i + 1, (--l->tests - i) * sizeof *t);
    return true;
}

static bool
on_case(struct mutate *m, enum mutate_class c, size_t i)
{
    struct ledger *l = &m->ledger;
    struct corpus_case *k = copy(m, 0, l->item, l->items, sizeof *k);

    if (k == NULL)
        return false;
    m->what = k[i].id;
    l->item = k;
    if (c == MUTATE_CASE) {
        memmove(k + i, k + i + 1, (--l->items - i) * sizeof *k);
        return true;
    }
    m->one = &k[i];
    if (c == MUTATE_RULE_NAMED)
        k[i].rule = NULL;
    else if (c == MUTATE_POINTER)
        k[i].at = NULL;
    else
        k[i].patches--;
    return true;
}

static bool
on_template(struct mutate *m, size_t i)
{
    struct ledger *l = &m->ledger;
    struct ics_template *t = copy(m, 0, l->template, l->templates, sizeof *t);

    if (t == NULL)
        return false;
    m->what = t[i].id;
    l->template = t;
    t[i].items--;
    return true;
}

static bool
make(struct mutate *m, enum mutate_class c, size_t i, size_t k)
{
    if (c <= MUTATE_REASON)
        return on_requirement(m, c, i, k);
    if (c <= MUTATE_STEP)
        return on_test(m, c, i, k);
    return c <= MUTATE_PATCH ? on_case(m, c, i) : on_template(m, i);
}

enum err_code
mutate_make(const struct ledger *l, enum mutate_class c, size_t n,
            struct mutate *out, struct err *err)
{
    size_t i = 0, one;

    *out = (struct mutate){.ledger = *l};
    out->ledger.index = NULL; /* that one is of the whole ledger */
    for (; (one = share(l, c, i)) != SIZE_MAX && n >= one; i++)
        n -= one;
    if (one == SIZE_MAX)
        return err_set(err, ERR_ARG, NULL, "no such deletion");
    if (make(out, c, i, n) &&
        (out->ledger.index = index_new(&out->ledger)) != NULL)
        return ERR_OK;
    mutate_free(out);
    return err_set(err, ERR_NOMEM, NULL, "out of memory");
}

void
mutate_free(struct mutate *m)
{
    index_free(m->ledger.index);
    free(m->owned[0]);
    free(m->owned[1]);
    *m = (struct mutate){0};
}

/* ---- who notices */

static bool
lint_notices(const struct mutate *m, const struct standard *s,
             const struct checker *checker)
{
    struct diag diag;
    bool noticed;

    diag_init(&diag);
    lint_ledger(&m->ledger, s, checker, &diag);
    step_lint(&m->ledger, &diag);
    noticed = diag.errors > 0;
    diag_free(&diag);
    return noticed;
}

/* Only the document that changed is tried: the others are as they were. */
static enum err_code
corpus_notices(const struct mutate *m, const struct standard *s, bool *noticed,
               struct err *err)
{
    struct ledger small = m->ledger;
    struct diag diag;
    enum err_code code;

    *noticed = false;
    if (m->one == NULL)
        return ERR_OK;
    small.item = m->one;
    small.items = 1;
    diag_init(&diag);
    code = selfcheck_corpus(&small, s, &diag, err);
    *noticed = diag.errors > 0;
    diag_free(&diag);
    return code;
}

static enum err_code
coverage_notices(const struct mutate *m, const struct standard *s,
                 size_t covered, bool *noticed, struct err *err)
{
    struct coverage v;
    enum err_code code = coverage_find(&m->ledger, s, &v, err);

    if (code != ERR_OK)
        return code;
    *noticed = v.covered < covered;
    coverage_free(&v);
    return ERR_OK;
}

enum err_code
mutate_judge(const struct mutate *m, const struct standard *s,
             const struct checker *checker, size_t covered,
             struct bytes baseline, enum mutate_noticed *out, struct err *err)
{
    bool noticed = lint_notices(m, s, checker);
    enum err_code code = ERR_OK;

    *out = MUTATE_BY_LINT;
    if (!noticed) {
        *out = MUTATE_BY_CORPUS;
        code = corpus_notices(m, s, &noticed, err);
    }
    if (code == ERR_OK && !noticed) {
        *out = MUTATE_BY_COVERAGE;
        code = coverage_notices(m, s, covered, &noticed, err);
    }
    if (code == ERR_OK && !noticed) {
        *out = MUTATE_BY_BASELINE;
        noticed = facts_lost(&m->ledger, baseline, "baseline", NULL) > 0;
    }
    if (!noticed)
        *out = MUTATE_UNNOTICED;
    return code;
}
