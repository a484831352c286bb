/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/roles/coverage.h"

#include <stdlib.h>

#include "conformance/roles/role.h"
#include "conformance/roles/selfcheck.h"

static bool
is_wanted(const struct requirement *q)
{
    return q->level == LEVEL_SHALL && q->observability == SEEN_BLACK_BOX &&
           (q->status == STATUS_TESTED || q->status == STATUS_PARTIAL ||
            q->status == STATUS_TODO);
}

static struct coverage_row *
row_of(const struct ledger *l, struct coverage *c, const char *rid)
{
    const struct requirement *q = ledger_requirement(l, bytes_str(rid));

    return q ? &c->row[q - l->requirement] : NULL;
}

/* The product sends and the tester looks: nothing can be refused to it. */
static bool
judges_sender(const struct ledger_test *t)
{
    const struct role *role = role_find(t->role);

    return role != NULL &&
           (role->shape == ROLE_SENDER || role->shape == ROLE_BOTH ||
            role->shape == ROLE_MANY);
}

static void
count_tests(const struct ledger *l, struct coverage *c, bool *by_files)
{
    for (size_t i = 0; i < l->tests; i++) {
        const struct ledger_test *t = &l->test[i];

        for (const char *const *p = t->verifies; *p != NULL; p++) {
            struct coverage_row *row = row_of(l, c, *p);

            if (row == NULL)
                continue;
            row->negative += t->twin != NULL || judges_sender(t);
            row->positive +=
                t->twin == NULL || ledger_test(l, bytes_str(t->twin)) != NULL;
            by_files[row - c->row] |= strcmp(t->role, "files") == 0;
        }
    }
}

static void
count_documents(const struct ledger *l, struct coverage *c)
{
    for (size_t i = 0; i < l->items; i++) {
        const struct requirement *q =
            l->item[i].rule ? ledger_owner(l, bytes_str(l->item[i].rule))
                            : NULL;

        if (q != NULL)
            c->row[q - l->requirement].invalid++;
    }
}

/* A row that only files can show needs documents, not only a test. */
static void
conclude(const struct run *r, struct coverage *c, const bool *by_files)
{
    const struct ledger *l = r->ledger;

    for (size_t i = 0; i < l->requirements; i++) {
        const struct requirement *q = &l->requirement[i];
        struct coverage_row *row = &c->row[i];

        row->wanted = is_wanted(q);
        row->shown = run_worst(r, q->rid) == VERDICT_PASS;
        row->covered = row->positive > 0 && row->negative > 0 &&
                       (!by_files[i] || (row->shown && row->invalid > 0));
        c->wanted += row->wanted;
        c->covered += row->wanted && row->covered;
    }
}

enum err_code
coverage_find(const struct ledger *l, const struct standard *s,
              struct coverage *out, struct err *err)
{
    struct run r = {.ledger = l, .standard = s};
    bool *by_files = calloc(l->requirements + 1, sizeof *by_files);
    enum err_code code = ERR_OK;

    *out =
        (struct coverage){.row = calloc(l->requirements + 1, sizeof *out->row)};
    if (by_files == NULL || out->row == NULL)
        code = err_set(err, ERR_NOMEM, NULL, "out of memory");
    if (code == ERR_OK)
        code = run_open(&r, "files", err);
    if (code == ERR_OK)
        code = selfcheck_valid(&r, err);
    if (code == ERR_OK) {
        count_tests(l, out, by_files);
        count_documents(l, out);
        conclude(&r, out, by_files);
    } else {
        coverage_free(out);
    }
    run_free(&r);
    free(by_files);
    return code;
}

void
coverage_seed(const struct ledger *l, struct coverage *c, const char *rid)
{
    struct coverage_row *row = row_of(l, c, rid);

    if (row == NULL)
        return;
    row->seeded++;
    if (!row->covered && row->wanted && row->positive > 0 &&
        row->negative == 0) {
        row->covered = true; /* what a fault breaks, its test can tell */
        c->covered++;
    }
}

void
coverage_free(struct coverage *c)
{
    free(c->row);
    *c = (struct coverage){0};
}

unsigned
coverage_percent(const struct coverage *c)
{
    return c->wanted > 0 ? (unsigned)(c->covered * 100 / c->wanted) : 0;
}
