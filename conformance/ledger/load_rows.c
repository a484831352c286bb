/* SPDX-License-Identifier: Apache-2.0 */
/* Requirement rows and declaration templates. */
#include "conformance/ledger/load.h"

#include "formats/base/text.h"

const char *const load_authorities[] = {"normative",   "referenced_standard",
                                        "informative", "profile",
                                        "provisional", NULL};
const char *const load_levels[] = {"应", "宜", "可", NULL};
const char *const load_statuses[] = {"tested",   "partial",      "untestable",
                                     "implicit", "out_of_scope", "todo",
                                     NULL};
static const char *const observabilities[] = {"black_box", "document",
                                              "white_box", NULL};
static const char *const needs[] = {"mandatory", "optional", NULL};

static void
need_all(struct load *ld, struct yaml_node *n, const char *const *names)
{
    for (; *names != NULL; names++)
        (void)yaml_need(&ld->f, n, *names);
}

/* {alg: sm3, value: HEX or null} */
static const char *
load_quote(struct load *ld, struct yaml_node *n)
{
    static const char *const known[] = {"alg", "value", NULL};
    static const char *const algs[] = {"sm3", NULL};
    struct yaml_node *map = yaml_map(&ld->f, n, "quote_digest");
    const char *value;
    uint8_t bytes[32];

    if (map == NULL)
        return NULL;
    (void)yaml_need(&ld->f, map, "alg");
    (void)yaml_enum(&ld->f, map, "alg", algs, 0);
    value = yaml_str(&ld->f, map, "value", NULL);
    if (value != NULL && !text_unhex(bytes_str(value), bytes, sizeof bytes))
        yaml_error(&ld->f, yaml_get(map, "value"),
                   "'value' is 64 digits of lower-case hex, or null");
    yaml_unused(&ld->f, map, known);
    return value;
}

static void
load_requirement(struct load *ld, struct yaml_node *n, const char *part)
{
    static const char *const known[] = {
        "rid",       "std",   "clause",        "authority",    "level",
        "actor",     "text",  "observability", "status",       "reason",
        "condition", "rules", "sources",       "quote_digest", NULL};
    static const char *const wanted[] = {"rid",   "std",  "clause", "authority",
                                         "level", "text", "status", NULL};
    const struct yaml_file *f = &ld->f;
    struct requirement *r = load_add(ld, &ld->requirement, sizeof *r);

    if (r == NULL)
        return;
    need_all(ld, n, wanted);
    r->rid = load_id(ld, n, "rid");
    r->std = yaml_str(f, n, "std", "");
    r->part = part;
    r->clause = yaml_str(f, n, "clause", NULL);
    r->quote_sm3 = load_quote(ld, n);
    r->authority = (enum ledger_authority)yaml_enum(
        f, n, "authority", load_authorities, AUTHORITY_PROVISIONAL);
    r->level =
        (enum ledger_level)yaml_enum(f, n, "level", load_levels, LEVEL_SHALL);
    r->actor = yaml_str(f, n, "actor", "producer");
    r->condition = yaml_str(f, n, "condition", NULL);
    r->text = load_text(ld, n, "text");
    r->observability = (enum ledger_observability)yaml_enum(
        f, n, "observability", observabilities, SEEN_BLACK_BOX);
    r->status = (enum ledger_status)yaml_enum(f, n, "status", load_statuses,
                                              STATUS_TODO);
    r->reason = yaml_str(f, n, "reason", NULL);
    r->rules = load_strings(ld, n, "rules");
    r->sources = load_strings(ld, n, "sources");
    r->file = f->name;
    r->line = n->line;
    yaml_unused(f, n, known);
}

void
load_requirements(struct load *ld, struct yaml_node *root)
{
    static const char *const known[] = {"kind", "id", "version", "requirements",
                                        NULL};
    struct yaml_node *list = yaml_list(&ld->f, root, "requirements");
    const char *part = yaml_str(&ld->f, root, "id", "");

    (void)yaml_str(&ld->f, root, "version", "");
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next)
        load_requirement(ld, n, part);
    yaml_unused(&ld->f, root, known);
}

static void
load_item(struct load *ld, struct yaml_node *n, struct ics_item *item)
{
    static const char *const known[] = {"id", "text", "need", NULL};

    (void)yaml_need(&ld->f, n, "id");
    item->id = load_id(ld, n, "id");
    item->text = load_text(ld, n, "text");
    item->need = needs[yaml_enum(&ld->f, n, "need", needs, 1)];
    yaml_unused(&ld->f, n, known);
}

void
load_template(struct load *ld, struct yaml_node *root)
{
    static const char *const known[] = {
        "kind", "id", "version", "items", "product_type", "name", NULL};
    struct ics_template *t = load_add(ld, &ld->template, sizeof *t);
    struct yaml_node *list = yaml_list(&ld->f, root, "items");
    struct ics_item *item = arena_array(&ld->l->arena, list ? list->count : 0,
                                        sizeof(struct ics_item));

    if (t == NULL || item == NULL) {
        ld->nomem = true;
        return;
    }
    t->id = load_id(ld, root, "id");
    t->product_type = yaml_str(&ld->f, root, "product_type", "");
    t->name = load_text(ld, root, "name");
    t->file = ld->f.name;
    t->item = item;
    (void)yaml_str(&ld->f, root, "version", "");
    for (struct yaml_node *n = list ? list->first : NULL; n; n = n->next)
        load_item(ld, n, &item[t->items++]);
    yaml_unused(&ld->f, root, known);
}
