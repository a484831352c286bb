/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the steps of every network test mean something. */
#include <stdlib.h>

#include "conformance/roles/role.h"
#include "conformance/steps/assert.h"
#include "conformance/steps/session.h"
#include "conformance/steps/step.h"

#define NAMES_MAX 64

struct lint {
    const struct ledger *l;
    struct diag *diag;
    const char *file, *id;
    /* names that steps so far have set */
    struct bytes name[NAMES_MAX];
    size_t names;
};

static void
bad(const struct lint *t, const struct yaml_node *n, const char *what,
    struct bytes name)
{
    diag_add(t->diag, DIAG_ERROR, t->file, n ? n->line : 0, n ? n->col : 0,
             "%s: %s%s%.*s", t->id, what, name.len ? " " : "", (int)name.len,
             name.data ? name.data : "");
}

/* ---- names in texts */

static bool
is_set(const struct lint *t, struct bytes name)
{
    static const char *const fixed[] = {
        "target.url",  "target.scheme", "auth.line",
        "made.length", "target.host",   "target.port",
        "target.path", "token",         "limited_token",
        "uuid",        "nonce",         "attempt",
        "test",        "listen.port",   "seed.last_id",
        "request.id",  "request.nonce", "sent.body",
        "token.short", "token.upper",   "seed.id",
        "seed.msg_id", "seed.count",    "seed.kind",
        NULL};
    static const char *const prefix[] = {"ixit.", "file.", "now", NULL};

    for (const char *const *p = fixed; *p != NULL; p++) {
        if (bytes_is(name, *p))
            return true;
    }
    for (const char *const *p = prefix; *p != NULL; p++) {
        if (bytes_starts(name, bytes_str(*p)))
            return true;
    }
    for (size_t i = 0; i < t->names; i++) {
        if (bytes_eq(name, t->name[i]) ||
            (t->name[i].len > 1 && t->name[i].data[t->name[i].len - 1] == '.' &&
             bytes_starts(name, t->name[i])))
            return true;
    }
    return false;
}

static void
lint_text(const struct lint *t, const struct yaml_node *n)
{
    struct bytes rest = n->text;

    while (rest.len > 0) {
        size_t at = bytes_find(rest, '$'), end;

        rest = bytes_from(rest, at);
        if (bytes_starts(rest, BYTES("$${"))) {
            rest = bytes_from(rest, 3);
            continue;
        }
        if (!bytes_starts(rest, BYTES("${"))) {
            rest = bytes_from(rest, 1);
            continue;
        }
        end = bytes_find(rest, '}');
        if (end == rest.len)
            bad(t, n, "${ without }", rest);
        else if (!is_set(t, bytes_of(rest.data + 2, end - 2)))
            bad(t, n, "nothing sets", bytes_upto(rest, end + 1));
        rest = bytes_from(rest, end);
    }
}

/* Every scalar of a parameter, whatever its shape; no recursion. */
static void
lint_texts(const struct lint *t, const struct yaml_node *root)
{
    const struct yaml_node *stack[YAML_MAX_DEPTH + 1];
    size_t depth = 0;
    const struct yaml_node *n = root;

    while (n != NULL) {
        if (n->type == YAML_SCALAR)
            lint_text(t, n);
        if (n->first != NULL && depth < YAML_MAX_DEPTH) {
            stack[depth++] = n;
            n = n->first;
            continue;
        }
        while (n != NULL && n != root && n->next == NULL)
            n = depth > 0 ? stack[--depth] : NULL;
        n = n == NULL || n == root ? NULL : n->next;
    }
}

/* ---- parameters */

static bool
is_word(struct bytes text, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (bytes_is(text, *names))
            return true;
    }
    return false;
}

static bool
has_variable(const struct yaml_node *n)
{
    return assert_within(n->text, BYTES("${"));
}

static void
lint_body(const struct lint *t, const struct yaml_node *n)
{
    static const char *const known[] = {
        "seed",    "wrap",   "count",      "mutate",   "digest",
        "case",    "json",   "text",       "hex",      "fill",
        "command", "params", "request_id", "encoding", NULL};
    static const char *const form[] = {"seed", "case", "json",    "text",
                                       "hex",  "fill", "command", NULL};
    const struct yaml_node *m;
    size_t forms = 0;

    if (n->type == YAML_SCALAR)
        return;
    if (n->type != YAML_MAP) {
        bad(t, n, "a body is a text or a map", BYTES(""));
        return;
    }
    for (m = n->first; m != NULL; m = m->next) {
        if (!is_word(m->key, known))
            bad(t, m, "a body has no", m->key);
        forms += is_word(m->key, form);
    }
    if (forms != 1)
        bad(t, n, "a body is one of seed, case, json, text, hex, fill, command",
            BYTES(""));
    m = step_member(n, "seed");
    if (m != NULL && ledger_base(t->l, m->text) == NULL)
        bad(t, m, "no base document", m->text);
    m = step_member(n, "case");
    if (m != NULL && ledger_case(t->l, m->text) == NULL)
        bad(t, m, "no case", m->text);
    m = step_member(n, "fill");
    if (m != NULL && step_member(n, "count") == NULL)
        bad(t, m, "'fill' wants 'count'", BYTES(""));
    m = step_member(n, "encoding");
    if (m != NULL && !session_encoding(m->text))
        bad(t, m, "no such encoding", m->text);
}

static void
lint_tests(const struct lint *t, const struct yaml_node *n)
{
    if (n->type != YAML_LIST) {
        bad(t, n, "wants a list of assertions", n->key);
        return;
    }
    for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
        const char *fault = assert_fault(i);

        if (fault != NULL)
            bad(t, i, fault, BYTES(""));
    }
}

static void
lint_scalar(const struct lint *t, const struct step_param *p,
            const struct yaml_node *n)
{
    static const char *const truths[] = {"true", "false", "yes", "no", NULL};
    struct bytes text = n->text;
    uint64_t v;

    if (n->type != YAML_SCALAR) {
        bad(t, n, "wants one value", n->key);
        return;
    }
    if (has_variable(n))
        return;
    if (p->type == STEP_WAIT && bytes_is(text, "auto"))
        return;
    if (text.len > 0 && text.data[0] == '-' && p->type == STEP_INT)
        text = bytes_from(text, 1);
    if ((p->type == STEP_INT || p->type == STEP_WAIT) &&
        !bytes_to_u64(text, INT64_MAX, &v))
        bad(t, n, "is no number", n->text);
    if (p->type == STEP_BOOL && !is_word(text, truths))
        bad(t, n, "is neither true nor false", text);
    if (p->type == STEP_TEXT && p->names != NULL && !is_word(text, p->names))
        bad(t, n, "is none of its words", text);
}

static void
lint_param(const struct lint *t, const struct step_param *p,
           const struct yaml_node *n)
{
    switch (p->type) {
    case STEP_LIST:
    case STEP_MAP:
        if (n->type != (p->type == STEP_LIST ? YAML_LIST : YAML_MAP))
            bad(t, n, "has another shape:", n->key);
        break;
    case STEP_BODY:
        lint_body(t, n);
        break;
    case STEP_TESTS:
        lint_tests(t, n);
        break;
    case STEP_TEXT:
    case STEP_INT:
    case STEP_BOOL:
    case STEP_WAIT:
        lint_scalar(t, p, n);
        break;
    }
    lint_texts(t, n);
}

/* What a step sets for later ones: `save` names variables, `as` a prefix. */
static void
note_names(struct lint *t, const struct ledger_step *st)
{
    const struct yaml_node *save = step_arg(st, "save");
    const struct yaml_node *as = step_arg(st, "as");

    for (const struct yaml_node *n = save ? save->first : NULL;
         n && t->names < NAMES_MAX; n = n->next)
        t->name[t->names++] = n->key;
    if (save != NULL && save->type == YAML_SCALAR && t->names < NAMES_MAX)
        t->name[t->names++] = save->text;
    if (as != NULL && as->type == YAML_SCALAR && t->names < NAMES_MAX)
        t->name[t->names++] = as->text;
}

static const struct step_param *
param_of(const struct step_op *op, struct bytes name)
{
    for (const struct step_param *p = op->param; p->name != NULL; p++) {
        if (bytes_is(name, p->name))
            return p;
    }
    return NULL;
}

static bool
lint_op(struct lint *t, const struct ledger_step *st)
{
    const struct step_op *op = step_op_find(st->op, NULL);

    if (st->when != NULL && !ledger_condition_valid(st->when))
        bad(t, st->args, "is no condition:", bytes_str(st->when));
    if (op == NULL) {
        bad(t, st->args, "no such step", bytes_str(st->op));
        return false;
    }
    for (const struct yaml_node *n = st->args->first; n; n = n->next) {
        const struct step_param *p = param_of(op, n->key);

        if (p != NULL)
            lint_param(t, p, n);
        else if (!is_word(n->key,
                          (const char *const[]){"op", "if", "note", NULL}))
            bad(t, n, "the step has no", n->key);
    }
    for (const struct step_param *p = op->param; p->name != NULL; p++) {
        if (p->required && step_arg(st, p->name) == NULL)
            bad(t, st->args, "the step wants", bytes_str(p->name));
    }
    note_names(t, st);
    return op->negative != NULL && op->negative(st);
}

/* Whether one of them wants a refusal. */
static bool
lint_steps(struct lint *t, const struct ledger_step *st, size_t n)
{
    bool negative = false;

    for (size_t i = 0; i < n; i++) {
        const struct ledger_list *list;

        if (st[i].use == NULL) {
            negative |= lint_op(t, &st[i]);
            continue;
        }
        list = ledger_list(t->l, bytes_str(st[i].use));
        if (list == NULL)
            bad(t, st[i].args, "no such list", bytes_str(st[i].use));
        for (size_t k = 0; list != NULL && k < list->steps; k++)
            note_names(t, &list->step[k]);
    }
    return negative;
}

static void
lint_test(const struct ledger *l, const struct ledger_test *x,
          struct diag *diag)
{
    struct lint t = {.l = l, .diag = diag, .file = x->file, .id = x->id};
    const struct yaml_node here = {.line = x->line, .col = 1};
    const struct role *role = role_find(x->role);
    bool negative;

    if (role == NULL)
        bad(&t, &here, "no such role", bytes_str(x->role));
    if (role == NULL || role->shape == ROLE_FILES)
        return;
    (void)lint_steps(&t, x->setup, x->setups);
    negative = lint_steps(&t, x->step, x->steps);
    (void)lint_steps(&t, x->after, x->afters);
    (void)lint_steps(&t, x->restore, x->restores);
    if (negative && x->twin == NULL)
        bad(&t, &here, "wants a refusal and has no positive twin", BYTES(""));
    if (x->twin != NULL) {
        const struct ledger_test *twin = ledger_test(l, bytes_str(x->twin));

        if (twin != NULL && twin->twin != NULL)
            bad(&t, &here, "its twin is negative too:", bytes_str(x->twin));
    }
    if (x->verifies[0] == NULL && !x->preflight)
        bad(&t, &here, "verifies nothing", BYTES(""));
}

void
step_lint(const struct ledger *l, struct diag *diag)
{
    for (size_t i = 0; i < l->tests; i++)
        lint_test(l, &l->test[i], diag);
    for (size_t i = 0; i < l->lists; i++) {
        const struct ledger_list *x = &l->list[i];
        struct lint t = {.l = l, .diag = diag, .file = x->file, .id = x->id};

        for (size_t k = 0; k < i; k++) {
            if (strcmp(l->list[k].id, x->id) == 0)
                bad(&t, NULL, "this id is taken", BYTES(""));
        }
        for (size_t k = 0; k < x->steps; k++) {
            if (x->step[k].use != NULL)
                bad(&t, x->step[k].args, "a list uses no other list",
                    BYTES(""));
        }
        (void)lint_steps(&t, x->step, x->steps);
    }
    for (const struct role *r = role_table; r->name != NULL; r++) {
        bool used = false;

        for (size_t i = 0; i < l->tests; i++)
            used |= strcmp(l->test[i].role, r->name) == 0;
        if (used && r->liveness != NULL &&
            ledger_list(l, bytes_str(r->liveness)) == NULL)
            diag_add(diag, DIAG_ERROR, "roles", 0, 0, "no list %s for role %s",
                     r->liveness, r->name);
    }
}
