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
values_of(struct run *r, uint32_t slot, const struct path *path, uint32_t *out)
{
    uint32_t at = r->st->slot[slot];

    if (at == 0)
        return 0;
    if (path->head == path->count) {
        out[0] = at;
        return 1;
    }
    return path_find(r->t, at, path->step + path->head,
                     path->count - path->head, out, TEST_MAX_VALUES);
}

static bool
test_value(struct run *r, const struct test *t, struct bytes text)
{
    const struct cond *c = t->cond;
    uint32_t at[TEST_MAX_VALUES];
    struct bytes other;

    for (size_t i = 0; i < c->count; i++) {
        const struct cond_value *v = &c->value[i];

        if (v->path == NULL) {
            if (compare(c->op, text, v->text, v->number, v->value))
                return true;
        } else if (values_of(r, t->value_slot, v->path, at) > 0 &&
                   text_of(r->t, at[0], &r->st->text, &other) &&
                   compare(c->op, text, other, false, 0)) {
            return true;
        }
    }
    return false;
}

static bool
test_path(struct run *r, const struct test *t)
{
    uint32_t at[TEST_MAX_VALUES];
    size_t n = values_of(r, t->slot, &t->cond->path, at);
    struct bytes text;

    if (n > TEST_MAX_VALUES)
        n = TEST_MAX_VALUES;
    if (t->cond->kind == COND_HAS) {
        for (size_t i = 0; i < n; i++)
            if (r->t->node[at[i]].type != TAPE_NULL)
                return true;
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool holds =
            text_of(r->t, at[i], &r->st->work, &text) && test_value(r, t, text);

        note_memory(r->st);
        if (holds)
            return true;
    }
    return n == 0 && t->cond->op == COND_NE;
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
