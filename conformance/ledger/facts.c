/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/ledger/facts.h"

#include <stdlib.h>

static const char *
or_dash(const char *s)
{
    return s && s[0] ? s : "-";
}

static void
put_requirement(const struct requirement *q, struct buf *out)
{
    buf_printf(out, "requirement %s %s %s %s\n", q->rid,
               ledger_level_name(q->level, false),
               ledger_status_name(q->status),
               ledger_authority_name(q->authority));
    for (const char *const *p = q->rules; *p != NULL; p++)
        buf_printf(out, "rule %s %s\n", q->rid, *p);
    if (q->condition != NULL)
        buf_printf(out, "condition %s %s\n", q->rid, q->condition);
    if (q->clause != NULL)
        buf_printf(out, "clause %s %s\n", q->rid, q->clause);
}

static void
put_steps(const char *id, const char *word, const struct ledger_step *step,
          size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s %s %zu %s %s\n", word, id, i,
                   step[i].use ? step[i].use : step[i].op, or_dash(step[i].at));
}

static void
put_test(const struct ledger_test *t, struct buf *out)
{
    buf_printf(out, "test %s %s %s%s\n", t->id, t->role,
               ledger_kind_name(t->kind), t->preflight ? " preflight" : "");
    for (const char *const *p = t->verifies; *p != NULL; p++)
        buf_printf(out, "verifies %s %s\n", t->id, *p);
    for (const char *const *p = t->depends_on; *p != NULL; p++)
        buf_printf(out, "depends %s %s\n", t->id, *p);
    if (t->twin != NULL)
        buf_printf(out, "twin %s %s\n", t->id, t->twin);
    if (t->condition != NULL)
        buf_printf(out, "condition %s %s\n", t->id, t->condition);
    put_steps(t->id, "setup", t->setup, t->setups, out);
    put_steps(t->id, "step", t->step, t->steps, out);
    put_steps(t->id, "after", t->after, t->afters, out);
    put_steps(t->id, "restore", t->restore, t->restores, out);
}

static void
put_all(const struct ledger *l, struct buf *out)
{
    static const char *const verdicts[] = {"valid", "invalid", "free"};

    for (size_t i = 0; i < l->requirements; i++)
        put_requirement(&l->requirement[i], out);
    for (size_t i = 0; i < l->tests; i++)
        put_test(&l->test[i], out);
    for (size_t i = 0; i < l->lists; i++)
        put_steps(l->list[i].id, "list", l->list[i].step, l->list[i].steps,
                  out);
    for (size_t i = 0; i < l->bases; i++)
        buf_printf(out, "base %s %s\n", l->base[i].id, l->base[i].kind);
    for (size_t i = 0; i < l->items; i++)
        buf_printf(out, "case %s %s %s %s %zu\n", l->item[i].id,
                   verdicts[l->item[i].verdict], or_dash(l->item[i].rule),
                   or_dash(l->item[i].at), l->item[i].patches);
    for (size_t i = 0; i < l->templates; i++) {
        for (size_t k = 0; k < l->template[i].items; k++)
            buf_printf(out, "item %s %s %s\n", l->template[i].id,
                       l->template[i].item[k].id,
                       or_dash(l->template[i].item[k].need));
    }
}

static int
compare(const void *a, const void *b)
{
    const struct bytes *x = a, *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int c = n ? memcmp(x->data, y->data, n) : 0;

    return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/* The lines of ${text}, sorted; NULL: out of memory. */
static struct bytes *
lines_of(struct bytes text, size_t *count)
{
    struct bytes *line, rest = text;
    size_t n = 0;

    while (rest.len > 0) {
        n++;
        rest = bytes_from(rest, bytes_find(rest, '\n') + 1);
    }
    line = malloc((n + 1) * sizeof *line);
    for (*count = 0, rest = text; line != NULL && rest.len > 0; ++*count) {
        line[*count] = bytes_upto(rest, bytes_find(rest, '\n'));
        rest = bytes_from(rest, bytes_find(rest, '\n') + 1);
    }
    if (line != NULL)
        qsort(line, *count, sizeof *line, compare);
    return line;
}

void
facts_write(const struct ledger *l, struct buf *out)
{
    struct buf text = {0};
    struct bytes *line;
    size_t n = 0;

    put_all(l, &text);
    line = buf_ok(&text) ? lines_of(buf_view(&text), &n) : NULL;
    if (line == NULL)
        out->failed = true;
    for (size_t i = 0; i < n; i++) {
        buf_bytes(out, line[i]);
        buf_char(out, '\n');
    }
    free(line);
    buf_free(&text);
}

size_t
facts_lost(const struct ledger *l, struct bytes baseline, const char *file,
           struct diag *diag)
{
    struct buf text = {0};
    struct bytes *line;
    size_t n = 0, lost = 0;
    unsigned number = 0;

    put_all(l, &text);
    line = buf_ok(&text) ? lines_of(buf_view(&text), &n) : NULL;
    if (line == NULL) {
        buf_free(&text);
        return SIZE_MAX;
    }
    while (baseline.len > 0) {
        size_t end = bytes_find(baseline, '\n');
        struct bytes want = bytes_trim(bytes_upto(baseline, end));

        number++;
        baseline = bytes_from(baseline, end + 1);
        if (want.len == 0 || want.data[0] == '#' ||
            bsearch(&want, line, n, sizeof *line, compare) != NULL)
            continue;
        lost++;
        if (diag != NULL)
            diag_add(diag, DIAG_ERROR, file, number, 1, "lost: %.*s",
                     (int)want.len, want.data);
    }
    free(line);
    buf_free(&text);
    return lost;
}
