/* SPDX-License-Identifier: Apache-2.0 */
/* Example documents: bases, and cases made of a base and patches. */
#include "conformance/ledger/load.h"

static const char *const verdicts[] = {"valid", "invalid", "free", NULL};

static void
load_base(struct load *ld, struct yaml_node *n)
{
    static const char *const known[] = {"id", "of", "document", NULL};
    struct corpus_base *b = load_add(ld, &ld->base, sizeof *b);
    const char *text;

    if (b == NULL)
        return;
    (void)yaml_need(&ld->f, n, "id");
    (void)yaml_need(&ld->f, n, "document");
    b->id = load_id(ld, n, "id");
    b->kind = yaml_str(&ld->f, n, "of", "");
    text = yaml_str(&ld->f, n, "document", "");
    b->text = bytes_trim(bytes_str(text));
    b->line = n->line;
    yaml_unused(&ld->f, n, known);
}

static void
load_patch(struct load *ld, struct yaml_node *n, struct corpus_patch *p)
{
    static const char *const known[] = {"remove",  "set",    "json", "fill",
                                        "copy",    "count",  "find", "put",
                                        "put_hex", "append", "cut",  NULL};
    const struct yaml_file *f = &ld->f;

    if (n->type != YAML_MAP) {
        yaml_error(f, n, "a patch is a map");
        return;
    }
    p->remove = yaml_str(f, n, "remove", NULL);
    p->set = yaml_str(f, n, "set", NULL);
    p->json = yaml_str(f, n, "json", NULL);
    p->fill = yaml_str(f, n, "fill", NULL);
    p->copy = yaml_str(f, n, "copy", NULL);
    p->count = (unsigned)yaml_int(f, n, "count", 0, 1 << 20, 0);
    p->find = yaml_str(f, n, "find", NULL);
    p->put = yaml_str(f, n, "put", NULL);
    p->put_hex = yaml_str(f, n, "put_hex", NULL);
    p->append = yaml_str(f, n, "append", NULL);
    p->cut = (unsigned)yaml_int(f, n, "cut", 0, 1 << 20, 0);
    yaml_unused(f, n, known);
}

static void
load_case(struct load *ld, struct yaml_node *n)
{
    static const char *const known[] = {"id",    "verdict",    "base",
                                        "patch", "rule",       "at",
                                        "about", "after_base", NULL};
    const struct yaml_file *f = &ld->f;
    struct corpus_case *c = load_add(ld, &ld->item, sizeof *c);
    struct yaml_node *list;
    struct corpus_patch *p;

    if (c == NULL)
        return;
    (void)yaml_need(f, n, "id");
    (void)yaml_need(f, n, "about");
    c->id = load_id(ld, n, "id");
    c->verdict = (enum corpus_verdict)yaml_enum(f, n, "verdict", verdicts,
                                                CORPUS_INVALID);
    c->base_id = yaml_str(f, n, "base", "");
    c->after_base = yaml_bool(f, n, "after_base", false);
    c->rule = yaml_str(f, n, "rule", NULL);
    c->at = yaml_str(f, n, "at", NULL);
    c->about = load_text(ld, n, "about");
    c->file = f->name;
    c->line = n->line;
    list = yaml_list(f, n, "patch");
    p = arena_array(&ld->l->arena, list ? list->count : 0, sizeof *p);
    if (p == NULL)
        ld->nomem = true;
    c->patch = p;
    for (struct yaml_node *i = list && p ? list->first : NULL; i; i = i->next)
        load_patch(ld, i, &p[c->patches++]);
    yaml_unused(f, n, known);
}

void
load_corpus(struct load *ld, struct yaml_node *root)
{
    static const char *const known[] = {"kind",  "id",    "version",
                                        "bases", "cases", NULL};
    struct yaml_node *bases = yaml_list(&ld->f, root, "bases");
    struct yaml_node *cases = yaml_list(&ld->f, root, "cases");

    (void)yaml_str(&ld->f, root, "id", "");
    (void)yaml_str(&ld->f, root, "version", "");
    for (struct yaml_node *n = bases ? bases->first : NULL; n; n = n->next)
        load_base(ld, n);
    for (struct yaml_node *n = cases ? cases->first : NULL; n; n = n->next)
        load_case(ld, n);
    yaml_unused(&ld->f, root, known);
}

void
load_corpus_link(struct load *ld, struct corpus_case *item)
{
    const struct ledger *l = ld->l;

    for (size_t i = 0; i < l->items; i++) {
        for (size_t k = 0; k < l->bases && item[i].base == NULL; k++) {
            if (strcmp(l->base[k].id, item[i].base_id) == 0)
                item[i].base = &l->base[k];
        }
        if (item[i].base == NULL)
            diag_add(ld->f.diag, DIAG_ERROR, item[i].file, item[i].line, 1,
                     "no base document '%s'", item[i].base_id);
    }
}
