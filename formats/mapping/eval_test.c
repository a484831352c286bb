/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of a plan over the slots of one event. */
#include "formats/mapping/plan.h"

static bool
compare(enum cond_op op, struct bytes a, struct bytes b, bool b_number,
        double b_value)
{
    double x = 0, y = b_value;
    bool same = op <= COND_NE || op == COND_IN ? bytes_eq(a, b) : false;
    bool numbers =
        !same && (b_number || cond_number(b, &y)) && cond_number(a, &x);

    switch (op) {
    case COND_EQ:
    case COND_IN:
        return same || (numbers && !(x < y) && !(x > y));
    case COND_NE:
        return !same && (!numbers || x < y || x > y);
    case COND_LT:
        return numbers && x < y;
    case COND_LE:
        return numbers && x <= y;
    case COND_GT:
        return numbers && x > y;
    case COND_GE:
        return numbers && x >= y;
    case COND_STARTS:
        return bytes_starts(a, b);
    case COND_CONTAINS:
        for (size_t i = 0; i + b.len <= a.len; i++)
            if (bytes_starts(bytes_from(a, i), b))
                return true;
        return false;
    }
    return false;
}

#define TEST_MAX_VALUES 64 /* of a "[]" path that a condition looks at */

static size_t
values_of(struct run *r, uint32_t at, const struct path *path, uint32_t *out)
{
    size_t n = path_find(r->t, at, path->step + path->head,
                         path->count - path->head, out, TEST_MAX_VALUES);

    return n < TEST_MAX_VALUES ? n : TEST_MAX_VALUES;
}

/* The first value of the path on the right side. */
static bool
other_text(struct run *r, uint32_t at, const struct path *path,
           struct bytes *out)
{
    uint32_t found[TEST_MAX_VALUES];

    if (at != 0 && path->head < path->count)
        at = values_of(r, at, path, found) > 0 ? found[0] : 0;
    return at != 0 && text_of(r->t, at, &r->st->text, out);
}

/* One value of the left side. */
static bool
test_value(struct run *r, const struct test *t, uint32_t at)
{
    const struct cond *c = t->cond;
    struct bytes text, other;
    bool holds = false;

    if (c->kind == COND_HAS)
        return r->t->node[at].type != TAPE_NULL;
    if (!text_of(r->t, at, &r->st->work, &text))
        return false;
    for (size_t i = 0; i < c->count && !holds; i++) {
        const struct cond_value *v = &c->value[i];

        if (v->path == NULL)
            holds = compare(c->op, text, v->text, v->number, v->value);
        else
            holds =
                other_text(r, r->st->slot[t->value_slot], v->path, &other) &&
                compare(c->op, text, other, false, 0);
    }
    note_memory(r->st);
    return holds;
}

/* One fitting value is enough; without any, only "is not" holds. */
static bool
test_values(struct run *r, const struct test *t, uint32_t at)
{
    uint32_t found[TEST_MAX_VALUES];
    size_t n = values_of(r, at, &t->cond->path, found);

    for (size_t i = 0; i < n; i++)
        if (test_value(r, t, found[i]))
            return true;
    return n == 0 && t->cond->op == COND_NE && t->cond->kind == COND_TEST;
}

static bool
test_path(struct run *r, const struct test *t)
{
    uint32_t at = r->st->slot[t->slot];

    if (at == 0)
        return t->cond->op == COND_NE && t->cond->kind == COND_TEST;
    if (t->cond->path.head < t->cond->path.count)
        return test_values(r, t, at);
    return test_value(r, t, at);
}

/* The depth is that of the mapping's text, at most COND_MAX_DEPTH nestings. */
bool
eval_test(struct run *r, const struct test *t)
{
    switch (t->cond->kind) {
    case COND_AND:
        return eval_test(r, t->left) && eval_test(r, t->right);
    case COND_OR:
        return eval_test(r, t->left) || eval_test(r, t->right);
    case COND_NOT:
        return !eval_test(r, t->left);
    case COND_HAS:
    case COND_TEST:
        break;
    }
    return test_path(r, t);
}
