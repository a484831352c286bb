/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/ledger/lint_rules.h"

#include <stdlib.h>

#include "formats/base/buf.h"

struct entry {
    struct bytes text;
    size_t requirement;
};

struct lint_rules {
    struct arena arena;
    struct bytes *rule; /* sorted, owned */
    size_t rules;
    struct entry *exact; /* entries without '*', sorted, owned ... */
    size_t exacts;
    struct entry *wide; /* ... and those with one */
    size_t wides;
    struct closest *closest; /* one a rule: what owns it, if by a wide entry */
};

struct closest {
    unsigned closeness; /* of ledger_covers; 0: no entry covers it */
    unsigned owners;
    size_t last; /* the requirement that was counted last */
};

static int
compare(const void *a, const void *b)
{
    const struct bytes *x = a, *y = b; /* an entry begins with its text */
    size_t n = x->len < y->len ? x->len : y->len;
    int c = n ? memcmp(x->data, y->data, n) : 0;

    return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

static bool
add_rules(struct lint_rules *r, const struct checker *c)
{
    size_t own = 0, n = checker_rule_count(c);
    struct buf id = {0};
    bool ok = true;

    while (ledger_own_rules[own] != NULL)
        own++;
    r->rule = malloc((n + own + 1) * sizeof *r->rule);
    for (size_t i = 0; r->rule != NULL && i < n; i++) {
        struct finding f = {0};

        checker_rule(c, i, &f.row, &f.rule);
        buf_reset(&id);
        finding_rule(&f, &id);
        r->rule[r->rules] = arena_copy(&r->arena, buf_view(&id));
        ok &= buf_ok(&id) && r->rule[r->rules++].data != NULL;
    }
    for (size_t i = 0; r->rule != NULL && i < own; i++)
        r->rule[r->rules++] = bytes_str(ledger_own_rules[i]);
    buf_free(&id);
    if (r->rule == NULL || !ok)
        return false;
    qsort(r->rule, r->rules, sizeof *r->rule, compare);
    return true;
}

static bool
is_wide(const char *pattern)
{
    return strchr(pattern, '*') != NULL;
}

static bool
add_entries(struct lint_rules *r, const struct ledger *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->requirements; i++) {
        for (const char *const *p = l->requirement[i].rules; *p; p++)
            n++;
    }
    r->exact = malloc((n + 1) * sizeof *r->exact);
    r->wide = malloc((n + 1) * sizeof *r->wide);
    if (r->exact == NULL || r->wide == NULL)
        return false;
    for (size_t i = 0; i < l->requirements; i++) {
        for (const char *const *p = l->requirement[i].rules; *p; p++) {
            const struct entry e = {bytes_str(*p), i};

            if (is_wide(*p))
                r->wide[r->wides++] = e;
            else
                r->exact[r->exacts++] = e;
        }
    }
    qsort(r->exact, r->exacts, sizeof *r->exact, compare);
    return true;
}

/* ---- wide entries: what one covers begins with its key, so it is one run of
 * the sorted rules */

/* The key of "key#*" and "key.*#name"; that one covers "key[", too, which sorts
 * elsewhere than "key.". */
static struct bytes
key_of(const char *pattern)
{
    struct bytes p = bytes_str(pattern);
    size_t n;

    p = bytes_upto(p, bytes_find(p, '#'));
    n = bytes_find(p, '*');
    return bytes_upto(p, n < p.len && n > 0 ? n - 1 : n);
}

static size_t
first_from(const struct lint_rules *r, struct bytes key)
{
    size_t low = 0, high = r->rules;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare(&r->rule[mid], &key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void
count_wide(struct lint_rules *r, const struct entry *e)
{
    const char *pattern = e->text.data;
    struct bytes key = key_of(pattern);

    for (size_t i = first_from(r, key);
         i < r->rules && bytes_starts(r->rule[i], key); i++) {
        unsigned n = ledger_covers(pattern, r->rule[i]);
        struct closest *c = &r->closest[i];

        if (n > c->closeness)
            *c = (struct closest){n, 1, e->requirement};
        else if (n == c->closeness && n > 0 && e->requirement != c->last)
            c->owners++;
    }
}

static bool
find_closest(struct lint_rules *r)
{
    r->closest = calloc(r->rules + 1, sizeof *r->closest);
    for (size_t i = 0; r->closest != NULL && i < r->wides; i++)
        count_wide(r, &r->wide[i]);
    return r->closest != NULL;
}

struct lint_rules *
lint_rules_new(const struct ledger *l, const struct checker *c)
{
    struct lint_rules *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    if (add_rules(r, c) && add_entries(r, l) && find_closest(r))
        return r;
    lint_rules_free(r);
    return NULL;
}

void
lint_rules_free(struct lint_rules *r)
{
    if (r == NULL)
        return;
    free(r->rule);
    free(r->exact);
    free(r->wide);
    free(r->closest);
    arena_free(&r->arena);
    free(r);
}

size_t
lint_rules_count(const struct lint_rules *r)
{
    return r->rules;
}

struct bytes
lint_rules_at(const struct lint_rules *r, size_t i)
{
    return r->rule[i];
}

bool
lint_rules_exists(const struct lint_rules *r, const char *pattern)
{
    struct bytes text = bytes_str(pattern);

    if (bsearch(&text, r->rule, r->rules, sizeof *r->rule, compare) != NULL)
        return true;
    if (!is_wide(pattern))
        return false;
    text = key_of(pattern);
    for (size_t i = first_from(r, text);
         i < r->rules && bytes_starts(r->rule[i], text); i++) {
        if (ledger_covers(pattern, r->rule[i]) > 0)
            return true;
    }
    return false;
}

/* Requirements among the exact entries that equal ${rule}. */
static unsigned
exact_owners(const struct lint_rules *r, struct bytes rule)
{
    const struct entry *e =
        bsearch(&rule, r->exact, r->exacts, sizeof *e, compare);
    const struct entry *end = r->exact + r->exacts;
    unsigned n = 0;
    size_t last = SIZE_MAX;

    while (e != NULL && e > r->exact && bytes_eq(e[-1].text, rule))
        e--;
    for (; e != NULL && e < end && bytes_eq(e->text, rule); e++) {
        n += e->requirement != last;
        last = e->requirement;
    }
    return n;
}

unsigned
lint_rules_owners(const struct lint_rules *r, size_t i)
{
    unsigned owners = exact_owners(r, r->rule[i]);

    /* nothing is closer than an entry that is the rule */
    return owners > 0 ? owners : r->closest[i].owners;
}
