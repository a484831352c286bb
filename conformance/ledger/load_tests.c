/* SPDX-License-Identifier: Apache-2.0 */
/* Tests and the lists of steps that they use by name. */
#include "conformance/ledger/load.h"

#define TIMEOUT_MAX_MS 60000

static const char *const kinds[] = {"required", "recommended", "observe", NULL};
static const char *const maturities[] = {"watch", "stable", NULL};
static const char *const endings[] = {"closed", "reset", "timeout", NULL};
static const char *const verdicts[] = {"pass", "info", "warn", "inconc", NULL};

/* The parameters of an operation are its family's (step_lint); those of role
 * files are known here. */
static void
load_step(struct load *ld, struct yaml_node *n, bool files,
          struct ledger_step *s)
{
    static const char *const known[] = {"op", "at", "to", NULL};
    const struct yaml_file *f = &ld->f;

    if (n->type != YAML_MAP) {
        yaml_error(f, n, "a step is a map with 'op'");
        s->op = "";
        return;
    }
    s->op = yaml_str(f, n, "op", "");
    s->use = files ? NULL : yaml_str(f, n, "use", NULL);
    s->when = files ? NULL : yaml_str(f, n, "if", NULL);
    s->args = n;
    s->line = n->line;
    if ((s->op[0] != '\0') == (s->use != NULL))
        yaml_error(f, n, "a step has either 'op' or 'use'");
    if (!files)
        return;
    s->at = yaml_str(f, n, "at", NULL);
    s->to = yaml_str(f, n, "to", NULL);
    yaml_unused(f, n, known);
}

static const struct ledger_step *
load_steps(struct load *ld, struct yaml_node *map, const char *key, bool files,
           size_t *count)
{
    struct yaml_node *list = yaml_list(&ld->f, map, key);
    struct ledger_step *s = arena_array(&ld->l->arena, list ? list->count : 0,
                                        sizeof(struct ledger_step));

    *count = 0;
    if (s == NULL) {
        ld->nomem = true;
        return NULL;
    }
    for (struct yaml_node *i = list ? list->first : NULL; i; i = i->next)
        load_step(ld, i, files, &s[(*count)++]);
    return s;
}

static void
load_also(struct load *ld, struct yaml_node *map, struct ledger_test *t)
{
    static const char *const known[] = {"when", "verdict", "note", NULL};
    struct yaml_node *list = yaml_list(&ld->f, map, "pass_also");
    struct ledger_also *a = arena_array(&ld->l->arena, list ? list->count : 0,
                                        sizeof(struct ledger_also));

    if (a == NULL) {
        ld->nomem = true;
        return;
    }
    t->also = a;
    for (struct yaml_node *i = list ? list->first : NULL; i; i = i->next) {
        if (i->type != YAML_MAP) {
            yaml_error(&ld->f, i, "an entry is {when: .., verdict: ..}");
            continue;
        }
        (void)(yaml_need(&ld->f, i, "when") && yaml_need(&ld->f, i, "verdict"));
        a[t->alsos++] = (struct ledger_also){
            .when = endings[yaml_enum(&ld->f, i, "when", endings, 0)],
            .verdict = verdicts[yaml_enum(&ld->f, i, "verdict", verdicts, 3)],
            .note = yaml_str(&ld->f, i, "note", NULL)};
        yaml_unused(&ld->f, i, known);
    }
}

/* What only tests that run against a product have. */
static void
load_network(struct load *ld, struct yaml_node *n, struct ledger_test *t)
{
    const struct yaml_file *f = &ld->f;

    t->setup = load_steps(ld, n, "setup", false, &t->setups);
    t->after = load_steps(ld, n, "after", false, &t->afters);
    t->restore = load_steps(ld, n, "restore", false, &t->restores);
    t->timeout_ms = (unsigned)yaml_int(f, n, "timeout_ms", 1, TIMEOUT_MAX_MS,
                                       LEDGER_TIMEOUT_MS);
    t->exclusive = yaml_bool(f, n, "exclusive", false);
    t->fresh = yaml_bool(f, n, "fresh", false);
    load_also(ld, n, t);
}

static void
load_test(struct load *ld, struct yaml_node *n, const char *role)
{
    static const char *const known[] = {
        "id",         "rev",       "maturity", "verifies",  "kind",
        "preflight",  "condition", "title",    "purpose",   "twin",
        "depends_on", "steps",     "setup",    "after",     "restore",
        "timeout_ms", "exclusive", "fresh",    "pass_also", NULL};
    static const char *const wanted[] = {"id", "rev", "purpose", "steps", NULL};
    const struct yaml_file *f = &ld->f;
    struct ledger_test *t = load_add(ld, &ld->test, sizeof *t);
    bool files = strcmp(role, "files") == 0;

    if (t == NULL)
        return;
    for (const char *const *p = wanted; *p != NULL; p++)
        (void)yaml_need(f, n, *p);
    t->id = load_id(ld, n, "id");
    t->rev = (unsigned)yaml_int(f, n, "rev", 1, 9999, 1);
    t->maturity = (enum ledger_maturity)yaml_enum(f, n, "maturity", maturities,
                                                  MATURITY_WATCH);
    t->role = role;
    t->verifies = load_strings(ld, n, "verifies");
    t->kind = (enum ledger_kind)yaml_enum(f, n, "kind", kinds, TEST_REQUIRED);
    t->preflight = yaml_bool(f, n, "preflight", false);
    t->condition = yaml_str(f, n, "condition", NULL);
    t->title = load_text(ld, n, "title");
    t->purpose = load_text(ld, n, "purpose");
    t->twin = yaml_str(f, n, "twin", NULL);
    t->depends_on = load_strings(ld, n, "depends_on");
    t->file = f->name;
    t->line = n->line;
    t->step = load_steps(ld, n, "steps", files, &t->steps);
    load_network(ld, n, t);
    yaml_unused(f, n, known);
}

static void
load_named(struct load *ld, struct yaml_node *n)
{
    static const char *const known[] = {"id", "steps", NULL};
    struct ledger_list *l = load_add(ld, &ld->list, sizeof *l);

    if (l == NULL)
        return;
    if (n->type != YAML_MAP) {
        yaml_error(&ld->f, n, "a list of steps has 'id' and 'steps'");
        l->id = "";
        return;
    }
    (void)(yaml_need(&ld->f, n, "id") && yaml_need(&ld->f, n, "steps"));
    l->id = load_id(ld, n, "id");
    l->step = load_steps(ld, n, "steps", false, &l->steps);
    l->file = ld->f.name;
    l->line = n->line;
    yaml_unused(&ld->f, n, known);
}

void
load_tests(struct load *ld, struct yaml_node *root)
{
    static const char *const known[] = {"kind",  "id",    "version", "role",
                                        "lists", "tests", NULL};
    struct yaml_node *lists = yaml_list(&ld->f, root, "lists");
    struct yaml_node *list = yaml_list(&ld->f, root, "tests");
    const char *role = yaml_str(&ld->f, root, "role", "");

    (void)yaml_str(&ld->f, root, "id", "");
    (void)yaml_str(&ld->f, root, "version", "");
    for (struct yaml_node *n = lists ? lists->first : NULL; n; n = n->next)
        load_named(ld, n);
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next)
        load_test(ld, n, role);
    yaml_unused(&ld->f, root, known);
}
