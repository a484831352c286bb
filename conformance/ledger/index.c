/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/ledger/index.h"

#include <stdlib.h>

#include "formats/base/hash.h"

struct slot {
    const char *name; /* NULL: empty */
    size_t position;
};

struct table { /* open addressing, at most half full */
    struct slot *slot;
    size_t mask;
};

struct array { /* elements that begin with their id */
    const void *first;
    size_t count, size;
};

struct wide { /* an entry that takes more than one rule */
    const char *pattern;
    size_t requirement;
};

struct index {
    struct array array[INDEX_KINDS]; /* as they were when it was built */
    struct table table[INDEX_KINDS];
    struct table rule; /* exact entries: position of their requirement */
    struct wide *wide; /* the others, in order */
    size_t wides;
};

_Static_assert(offsetof(struct requirement, rid) == 0 &&
                   offsetof(struct ledger_test, id) == 0 &&
                   offsetof(struct ledger_list, id) == 0 &&
                   offsetof(struct corpus_base, id) == 0 &&
                   offsetof(struct corpus_case, id) == 0,
               "id_at reads the first member");

static struct array
array_of(const struct ledger *l, enum index_kind k)
{
    const struct array all[INDEX_KINDS] = {
        [INDEX_REQUIREMENT] = {l->requirement, l->requirements,
                               sizeof *l->requirement},
        [INDEX_TEST] = {l->test, l->tests, sizeof *l->test},
        [INDEX_LIST] = {l->list, l->lists, sizeof *l->list},
        [INDEX_BASE] = {l->base, l->bases, sizeof *l->base},
        [INDEX_CASE] = {l->item, l->items, sizeof *l->item},
    };

    return all[k];
}

static const char *
id_at(const struct array *a, size_t i)
{
    const char *id;

    memcpy(&id, (const char *)a->first + i * a->size, sizeof id);
    return id;
}

/* ---- tables */

static bool
table_init(struct table *t, size_t count)
{
    size_t n = 16;

    while (n < 2 * count)
        n *= 2;
    t->mask = n - 1;
    t->slot = calloc(n, sizeof *t->slot);
    return t->slot != NULL;
}

/* The place of ${name}: its own, or the empty one where it belongs. */
static struct slot *
table_place(const struct table *t, struct bytes name)
{
    size_t i = hash_key(name.data, name.len) & t->mask;

    while (t->slot[i].name != NULL && !bytes_is(name, t->slot[i].name))
        i = (i + 1) & t->mask;
    return &t->slot[i];
}

/* Of two with one name the first stays. */
static void
table_put(struct table *t, const char *name, size_t position)
{
    struct slot *at = table_place(t, bytes_str(name));

    if (at->name == NULL)
        *at = (struct slot){name, position};
}

static size_t
table_find(const struct table *t, struct bytes name)
{
    const struct slot *at = table_place(t, name);

    return at->name != NULL ? at->position : SIZE_MAX;
}

/* ---- building */

static bool
add_ids(struct index *x, const struct ledger *l, enum index_kind k)
{
    struct array a = array_of(l, k);

    x->array[k] = a;
    if (!table_init(&x->table[k], a.count))
        return false;
    for (size_t i = 0; i < a.count; i++)
        table_put(&x->table[k], id_at(&a, i), i);
    return true;
}

static bool
add_rules(struct index *x, const struct ledger *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->requirements; i++) {
        for (const char *const *p = l->requirement[i].rules; *p != NULL; p++)
            n++;
    }
    x->wide = malloc((n + 1) * sizeof *x->wide);
    if (x->wide == NULL || !table_init(&x->rule, n))
        return false;
    for (size_t i = 0; i < l->requirements; i++) {
        for (const char *const *p = l->requirement[i].rules; *p != NULL; p++) {
            if (strchr(*p, '*') != NULL)
                x->wide[x->wides++] = (struct wide){*p, i};
            else if (ledger_covers(*p, bytes_str(*p)) > 0)
                table_put(&x->rule, *p, i);
        }
    }
    return true;
}

struct index *
index_new(const struct ledger *l)
{
    struct index *x = calloc(1, sizeof *x);
    bool ok = x != NULL;

    for (int k = 0; k < INDEX_KINDS && ok; k++)
        ok = add_ids(x, l, (enum index_kind)k);
    if (ok && add_rules(x, l))
        return x;
    index_free(x);
    return NULL;
}

void
index_free(struct index *x)
{
    if (x == NULL)
        return;
    for (int k = 0; k < INDEX_KINDS; k++)
        free(x->table[k].slot);
    free(x->rule.slot);
    free(x->wide);
    free(x);
}

/* ---- looking up */

static bool
is_of(const struct index *x, enum index_kind k, const struct array *a)
{
    return x != NULL && x->array[k].first == a->first &&
           x->array[k].count == a->count;
}

size_t
index_find(const struct ledger *l, enum index_kind k, struct bytes id)
{
    struct array a = array_of(l, k);
    size_t i = 0;

    if (is_of(l->index, k, &a))
        return table_find(&l->index->table[k], id);
    while (i < a.count && !bytes_is(id, id_at(&a, i)))
        i++;
    return i < a.count ? i : SIZE_MAX;
}

static size_t
owner_by_scan(const struct ledger *l, struct bytes rule)
{
    size_t best = SIZE_MAX;
    unsigned closest = 0;

    for (size_t i = 0; i < l->requirements; i++) {
        for (const char *const *p = l->requirement[i].rules; *p != NULL; p++) {
            unsigned n = ledger_covers(*p, rule);

            if (n > closest) {
                closest = n;
                best = i;
            }
        }
    }
    return best;
}

size_t
index_owner(const struct ledger *l, struct bytes rule)
{
    struct array a = array_of(l, INDEX_REQUIREMENT);
    const struct index *x = l->index;
    unsigned closest = 0;
    size_t best;

    if (!is_of(x, INDEX_REQUIREMENT, &a))
        return owner_by_scan(l, rule);
    best = table_find(&x->rule, rule);
    if (best != SIZE_MAX) /* nothing is closer than itself */
        return best;
    for (size_t i = 0; i < x->wides; i++) {
        unsigned n = ledger_covers(x->wide[i].pattern, rule);

        if (n > closest) {
            closest = n;
            best = x->wide[i].requirement;
        }
    }
    return best;
}
