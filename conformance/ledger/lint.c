/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/ledger/lint.h"

#include <stdlib.h>

#include "conformance/ledger/lint_rules.h"
#include "formats/base/buf.h"

struct lint {
    const struct ledger *l;
    const struct standard *s;
    const struct checker *c;
    struct lint_rules *rules;
    bool *verified; /* one a requirement */
    bool *settled;  /* one a test: all that it needs can run before it */
    struct diag *diag;
};

static void
bad_row(const struct lint *t, const struct requirement *q, const char *what,
        const char *name)
{
    diag_add(t->diag, DIAG_ERROR, q->file, q->line, 1, "%s: %s%s%s", q->rid,
             what, name ? " " : "", name ? name : "");
}

static void
bad_test(const struct lint *t, const struct ledger_test *x, const char *what,
         const char *name)
{
    diag_add(t->diag, DIAG_ERROR, x->file, x->line, 1, "%s: %s%s%s", x->id,
             what, name ? " " : "", name ? name : "");
}

static void
bad_case(const struct lint *t, const struct corpus_case *c, const char *what,
         const char *name)
{
    diag_add(t->diag, DIAG_ERROR, c->file, c->line, 1, "%s: %s%s%s", c->id,
             what, name ? " " : "", name ? name : "");
}

static bool
among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* ---- conditions */

/* What a run knows of the product it has before it. */
static bool
is_of_bench(struct bytes word)
{
    static const char *const names[] = {
        "target.tls",   "target.mtls",  "target.token", "target.limited_token",
        "target.store", "target.curve", "target.exec",  "input.file",
        "input.stream", "output.http",  "output.zmq",   NULL};

    for (const char *const *p = names; *p != NULL; p++) {
        if (bytes_is(word, *p))
            return true;
    }
    return bytes_starts(word, BYTES("ixit.")) && word.len > 5;
}

static bool
is_declared(const struct ledger *l, struct bytes word)
{
    struct bytes id = bytes_from(word, 4);

    if (!bytes_starts(word, BYTES("ics.")))
        return false;
    for (size_t i = 0; i < l->templates; i++) {
        for (size_t k = 0; k < l->template[i].items; k++) {
            if (bytes_is(id, l->template[i].item[k].id))
                return true;
        }
    }
    return false;
}

static void
check_condition(const struct lint *t, const char *file, unsigned line,
                const char *text)
{
    struct bytes rest = bytes_str(text);

    if (!ledger_condition_valid(text)) {
        diag_add(t->diag, DIAG_ERROR, file, line, 1, "is no condition: %s",
                 text);
        return;
    }
    while (rest.len > 0) { /* every word of it is an item of some template */
        size_t n = 0;
        struct bytes word;

        while (n < rest.len && !strchr(" &!", rest.data[n]))
            n++;
        word = bytes_upto(rest, n);
        rest = bytes_from(rest, n ? n : 1);
        if (n == 0)
            continue;
        if (!is_of_bench(word) && !is_declared(t->l, word))
            diag_add(t->diag, DIAG_ERROR, file, line, 1,
                     "no template has the item '%.*s'", (int)word.len,
                     word.data);
    }
}

/* ---- requirements */

/* Which requirements some test verifies; owned by the caller, NULL: out of
 * memory. */
static bool *
find_verified(const struct ledger *l)
{
    bool *out = calloc(l->requirements + 1, sizeof *out);

    for (size_t i = 0; i < l->tests && out != NULL; i++) {
        for (const char *const *p = l->test[i].verifies; *p != NULL; p++) {
            const struct requirement *q = ledger_requirement(l, bytes_str(*p));

            if (q != NULL)
                out[q - l->requirement] = true;
        }
    }
    return out;
}

static void
lint_requirement(const struct lint *t, const struct requirement *q)
{
    bool national = strncmp(q->std, "GB/T 44886", 10) == 0;

    if (ledger_requirement(t->l, bytes_str(q->rid)) != q)
        bad_row(t, q, "this id is taken", NULL);
    if (q->text.zh == NULL || q->text.en == NULL)
        bad_row(t, q, "has no text in both languages", NULL);
    if (q->status != STATUS_TESTED && q->reason == NULL)
        bad_row(t, q, "is not tested and gives no reason", NULL);
    if (q->status == STATUS_TESTED && !t->verified[q - t->l->requirement])
        bad_row(t, q, "is called tested, but no test verifies it", NULL);
    if ((q->authority == AUTHORITY_NORMATIVE ||
         q->authority == AUTHORITY_REFERENCED) &&
        q->clause == NULL)
        bad_row(t, q, "needs the clause of its standard", NULL);
    if (national && q->clause != NULL && !among("T", q->sources))
        bad_row(t, q, "names a clause that nobody has read (source T)", NULL);
    if (q->sources[0] == NULL)
        bad_row(t, q, "has no source", NULL);
    check_condition(t, q->file, q->line, q->condition);
    for (const char *const *p = q->rules; *p != NULL; p++) {
        if (!lint_rules_exists(t->rules, *p))
            bad_row(t, q, "no rule is", *p);
    }
}

/* Exactly one requirement owns a rule: one entry names it most closely. */
static void
lint_owners(const struct lint *t)
{
    for (size_t i = 0; i < lint_rules_count(t->rules); i++) {
        struct bytes rule = lint_rules_at(t->rules, i);
        unsigned owners = lint_rules_owners(t->rules, i);

        if (owners != 1)
            diag_add(t->diag, DIAG_ERROR, "requirements", 0, 0,
                     "rule %.*s has %s", (int)rule.len, rule.data,
                     owners == 0 ? "no requirement"
                                 : "more than one requirement");
    }
}

/* ---- tests */

static bool
place_exists(const struct lint *t, const char *at)
{
    struct buf entry = {0}, rule = {0};
    bool found = strcmp(at, STD_ENVELOPE) == 0 || std_row(t->s, at) != NULL;

    for (size_t i = 0; i < std_kind_count(t->s); i++)
        found |= strcmp(at, std_kind(t->s, i)) == 0;
    if (found)
        return true;
    buf_printf(&entry, "%s#*", at);
    for (size_t i = 0; i < std_row_count(t->s) && !found; i++) {
        buf_reset(&rule);
        buf_printf(&rule, "%s#*", std_row_at(t->s, i)->key);
        found = buf_cstr(&entry) != NULL &&
                ledger_covers(buf_cstr(&entry), buf_view(&rule)) > 0;
    }
    buf_free(&entry);
    buf_free(&rule);
    return found;
}

static bool
needs_settled(const struct ledger *l, const struct ledger_test *x,
              const bool *settled)
{
    const char *const twin[] = {x->twin, NULL};
    const char *const *lists[] = {twin, x->depends_on};

    for (size_t k = 0; k < 2; k++) {
        for (const char *const *p = lists[k]; *p != NULL; p++) {
            const struct ledger_test *t = ledger_test(l, bytes_str(*p));

            if (t != NULL && !settled[t - l->test])
                return false;
        }
    }
    return true;
}

/* What is left over is in a circle, or needs one that is. Owned by the caller,
 * NULL: out of memory. */
static bool *
find_settled(const struct ledger *l)
{
    bool *out = calloc(l->tests + 1, sizeof *out), more = out != NULL;

    while (more) {
        more = false;
        for (size_t i = 0; i < l->tests; i++) {
            if (!out[i] && needs_settled(l, &l->test[i], out))
                out[i] = more = true;
        }
    }
    return out;
}

/* Mark what the marked tests need; whether that marked more. */
static bool
mark_needs(const struct ledger *l, bool *marked)
{
    bool more = false;

    for (size_t i = 0; i < l->tests; i++) {
        const char *const twin[] = {l->test[i].twin, NULL};
        const char *const *lists[] = {twin, l->test[i].depends_on};

        for (size_t k = 0; marked[i] && k < 2; k++) {
            for (const char *const *p = lists[k]; *p != NULL; p++) {
                const struct ledger_test *t = ledger_test(l, bytes_str(*p));

                if (t != NULL && !marked[t - l->test])
                    more = marked[t - l->test] = true;
            }
        }
    }
    return more;
}

/* Whether what ${from} needs leads back to it. */
static bool
is_circular(const struct ledger *l, const struct ledger_test *from)
{
    bool *marked = calloc(l->tests + 1, sizeof *marked), circular = false;
    const char *const twin[] = {from->twin, NULL};
    const char *const *lists[] = {twin, from->depends_on};

    for (size_t k = 0; marked != NULL && k < 2; k++) {
        for (const char *const *p = lists[k]; *p != NULL; p++) {
            const struct ledger_test *t = ledger_test(l, bytes_str(*p));

            if (t != NULL)
                marked[t - l->test] = true;
        }
    }
    while (marked != NULL && mark_needs(l, marked))
        ;
    circular = marked != NULL && marked[from - l->test];
    free(marked);
    return circular;
}

static void
lint_steps(const struct lint *t, const struct ledger_test *x)
{
    bool negative = false;

    if (x->steps == 0)
        bad_test(t, x, "has no steps", NULL);
    if (strcmp(x->role, "files") != 0)
        return; /* conformance/steps looks at those */
    for (size_t i = 0; i < x->steps; i++) {
        const struct ledger_step *s = &x->step[i];

        if (!among(s->op, ledger_ops))
            bad_test(t, x, "no such step", s->op);
        if (strcmp(s->op, "place.expect_seen") == 0 && s->at == NULL)
            bad_test(t, x, "place.expect_seen wants 'at'", NULL);
        if (s->at != NULL && !place_exists(t, s->at))
            bad_test(t, x, "no such place", s->at);
        negative |= strcmp(s->op, "rules.expect_clean") == 0;
    }
    if (negative && x->twin == NULL)
        bad_test(t, x, "is negative and has no positive twin", NULL);
    if (negative && x->verifies[0] == NULL)
        bad_test(t, x, "looks for faults of no requirement", NULL);
}

static void
lint_test(const struct lint *t, const struct ledger_test *x)
{
    static const enum ledger_kind kinds[] = {[LEVEL_SHALL] = TEST_REQUIRED,
                                             [LEVEL_SHOULD] = TEST_RECOMMENDED,
                                             [LEVEL_MAY] = TEST_OBSERVE};

    if (ledger_test(t->l, bytes_str(x->id)) != x)
        bad_test(t, x, "this id is taken", NULL);
    if (x->purpose.zh == NULL || x->purpose.en == NULL)
        bad_test(t, x, "has no purpose in both languages", NULL);
    for (const char *const *p = x->verifies; *p != NULL; p++) {
        const struct requirement *q = ledger_requirement(t->l, bytes_str(*p));

        if (q == NULL)
            bad_test(t, x, "verifies an unknown requirement", *p);
        else if (kinds[q->level] != x->kind)
            bad_test(t, x, "its kind is not that of the level of", *p);
    }
    for (const char *const *p = x->depends_on; *p != NULL; p++) {
        if (ledger_test(t->l, bytes_str(*p)) == NULL)
            bad_test(t, x, "depends on an unknown test", *p);
    }
    if (x->twin != NULL && (ledger_test(t->l, bytes_str(x->twin)) == NULL ||
                            strcmp(x->twin, x->id) == 0))
        bad_test(t, x, "has no such twin:", x->twin);
    if (!t->settled[x - t->l->test] && is_circular(t->l, x))
        bad_test(t, x, "needs itself", NULL);
    check_condition(t, x->file, x->line, x->condition);
    lint_steps(t, x);
}

/* ---- corpus */

static void
lint_case(const struct lint *t, const struct corpus_case *c)
{
    if (ledger_case(t->l, bytes_str(c->id)) != c)
        bad_case(t, c, "this id is taken", NULL);
    if (c->about.zh == NULL || c->about.en == NULL)
        bad_case(t, c, "is not described in both languages", NULL);
    if (c->verdict != CORPUS_INVALID) {
        if (c->rule != NULL || c->at != NULL)
            bad_case(t, c, "breaks nothing, so it names no rule", NULL);
        return;
    }
    if (c->rule == NULL || c->at == NULL)
        bad_case(t, c, "does not say which rule it breaks, and where", NULL);
    else if (!lint_rules_exists(t->rules, c->rule))
        bad_case(t, c, "no rule is", c->rule);
    if (c->patches == 0)
        bad_case(t, c, "changes nothing", NULL);
}

/* A base that no case uses would never be read. */
static void
lint_base(const struct lint *t, const struct corpus_base *b)
{
    bool used = false;

    for (size_t i = 0; i < t->l->items; i++)
        used |= t->l->item[i].base == b && t->l->item[i].patches == 0 &&
                t->l->item[i].verdict == CORPUS_VALID;
    if (!used)
        diag_add(t->diag, DIAG_ERROR, "corpus", 0, 0,
                 "base %s is not listed as a valid case of its own", b->id);
}

static void
lint_template(const struct lint *t, const struct ics_template *x)
{
    for (size_t i = 0; i < x->items; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(x->item[i].id, x->item[k].id) == 0)
                diag_add(t->diag, DIAG_ERROR, x->file, 0, 0, "item %s twice",
                         x->item[i].id);
        }
    }
    if (x->name.zh == NULL || x->items == 0)
        diag_add(t->diag, DIAG_ERROR, x->file, 0, 0,
                 "a template has a name and items");
}

static void
lint_all(const struct lint *t)
{
    const struct ledger *l = t->l;

    for (size_t i = 0; i < l->requirements; i++)
        lint_requirement(t, &l->requirement[i]);
    lint_owners(t);
    for (size_t i = 0; i < l->tests; i++)
        lint_test(t, &l->test[i]);
    for (size_t i = 0; i < l->items; i++)
        lint_case(t, &l->item[i]);
    for (size_t i = 0; i < l->bases; i++)
        lint_base(t, &l->base[i]);
    for (size_t i = 0; i < l->templates; i++)
        lint_template(t, &l->template[i]);
}

void
lint_ledger(const struct ledger *l, const struct standard *s,
            const struct checker *c, struct diag *diag)
{
    struct lint t = {l,    s,   c, lint_rules_new(l, c), find_verified(l),
                     NULL, diag};

    t.settled = find_settled(l);
    if (t.rules == NULL || t.verified == NULL || t.settled == NULL)
        diag_add(diag, DIAG_ERROR, "requirements", 0, 0, "out of memory");
    else
        lint_all(&t);
    lint_rules_free(t.rules);
    free(t.verified);
    free(t.settled);
}
