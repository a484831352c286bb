/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/ledger/ics.h"

#include <stdlib.h>

#include "conformance/ledger/folder.h"
#include "formats/base/yaml.h"
#include "transport/digest.h"

#define ICS_ITEMS_MAX 256

const struct ics_template *
ics_template(const struct ledger *l, struct bytes id)
{
    for (size_t i = 0; i < l->templates; i++) {
        if (bytes_is(id, l->template[i].id))
            return &l->template[i];
    }
    return NULL;
}

bool
ics_supports(const struct ics *c, struct bytes item)
{
    for (const char *const *s = c->supports; *s != NULL; s++) {
        if (bytes_is(item, *s))
            return true;
    }
    return false;
}

static void
load_template_name(struct ics *c, const struct yaml_file *f,
                   const struct ledger *l, struct yaml_node *root)
{
    const char *names[ICS_ITEMS_MAX] = {NULL};
    const char *id = yaml_str(f, root, "template", "");
    const char *near;

    c->template = ics_template(l, bytes_str(id));
    if (c->template != NULL)
        return;
    for (size_t i = 0; i < l->templates && i + 1 < ICS_ITEMS_MAX; i++)
        names[i] = l->template[i].id;
    near = diag_nearest(bytes_str(id), names);
    yaml_error(f, root, "no template '%s'%s%s", id,
               near ? "; did you mean " : "", near ? near : "");
}

static void
load_supports(struct ics *c, const struct yaml_file *f, struct yaml_node *root)
{
    const char *names[ICS_ITEMS_MAX] = {NULL};
    struct yaml_node *list = yaml_list(f, root, "supports");
    const char **out = arena_array(&c->arena, (list ? list->count : 0) + 1,
                                   sizeof(const char *));
    size_t n = 0;

    if (out == NULL) {
        yaml_error(f, root, "out of memory");
        return;
    }
    c->supports = out;
    for (size_t i = 0; i < c->template->items && i + 1 < ICS_ITEMS_MAX; i++)
        names[i] = c->template->item[i].id;
    for (struct yaml_node *i = list ? list->first : NULL; i; i = i->next) {
        const char *const *known = names;

        if (i->type != YAML_SCALAR) {
            yaml_error(f, i, "'supports' is a list of item names");
            continue;
        }
        while (*known != NULL && !bytes_is(i->text, *known))
            known++;
        if (*known == NULL) {
            const char *near = diag_nearest(i->text, names);

            yaml_error(f, i, "template %s has no item '%s'%s%s",
                       c->template->id, i->text.data,
                       near ? "; did you mean " : "", near ? near : "");
        } else {
            out[n++] = *known;
        }
    }
    for (size_t i = 0; i < c->template->items; i++) {
        const struct ics_item *item = &c->template->item[i];

        if (item->need[0] == 'm' && !ics_supports(c, bytes_str(item->id)))
            yaml_error(f, list ? list : root,
                       "'%s' is mandatory for a %s and not declared", item->id,
                       c->template->id);
    }
}

static void
load_product(struct ics *c, const struct yaml_file *f, struct yaml_node *root)
{
    static const char *const known[] = {"vendor", "name", "version", NULL};
    struct yaml_node *p;

    if (!yaml_need(f, root, "product"))
        return;
    p = yaml_map(f, root, "product");
    if (p == NULL)
        return;
    for (int i = 0; known[i] != NULL; i++)
        (void)yaml_need(f, p, known[i]);
    c->vendor = yaml_str(f, p, "vendor", "");
    c->name = yaml_str(f, p, "name", "");
    c->version = yaml_str(f, p, "version", "");
    yaml_unused(f, p, known);
}

struct ics *
ics_parse(const struct ledger *l, const char *file, struct bytes text,
          struct diag *diag)
{
    static const char *const known[] = {"kind",    "template", "version",
                                        "product", "supports", NULL};
    static const char *const nothing[] = {NULL};
    unsigned errors = diag->errors;
    struct ics *c = calloc(1, sizeof *c);
    struct yaml_file f = {.name = file, .diag = diag};
    struct yaml_node *root;
    struct err err = {0};

    if (c == NULL) {
        diag_add(diag, DIAG_ERROR, file, 0, 0, "out of memory");
        return NULL;
    }
    f.arena = &c->arena;
    c->supports = nothing;
    if (digest_hex(DIGEST_SHA256, text, c->digest, &err) != ERR_OK)
        diag_add(diag, DIAG_ERROR, file, 0, 0, "%s", err.msg);
    root = yaml_parse(file, text, &c->arena, diag);
    if (root != NULL && root->type != YAML_MAP)
        yaml_error(&f, root, "a declaration is a map");
    else if (root != NULL) {
        if (strcmp(yaml_str(&f, root, "kind", ""), "ics") != 0)
            yaml_error(&f, root, "a declaration has 'kind: ics'");
        (void)yaml_int(&f, root, "version", 1, 1, 1);
        load_template_name(c, &f, l, root);
        load_product(c, &f, root);
        if (c->template != NULL)
            load_supports(c, &f, root);
        yaml_unused(&f, root, known);
    }
    if (diag->errors == errors)
        return c;
    ics_free(c);
    return NULL;
}

struct ics *
ics_load(const struct ledger *l, const char *path, struct diag *diag)
{
    struct buf b = {0};
    struct err err = {0};
    struct ics *c = NULL;

    if (folder_slurp(path, YAML_MAX_BYTES, &b, &err) != ERR_OK)
        diag_add(diag, DIAG_ERROR, path, 0, 0, "%s", err.msg);
    else
        c = ics_parse(l, path, buf_view(&b), diag);
    buf_free(&b);
    return c;
}

void
ics_free(struct ics *c)
{
    if (c == NULL)
        return;
    arena_free(&c->arena);
    free(c);
}

void
ics_form(const struct ics_template *t, bool zh, struct buf *out)
{
    buf_printf(out,
               zh ? "# 实现符合性声明：%s（%s）。删去产品不支持的条目。\n"
                  : "# Declaration of a product: %s (%s). Take out what it "
                    "does not support.\n",
               zh ? t->name.zh : t->name.en, t->product_type);
    buf_printf(out,
               "kind: ics\nversion: 1\ntemplate: %s\nproduct:\n  vendor: \"\"\n"
               "  name: \"\"\n  version: \"\"\nsupports:\n",
               t->id);
    for (size_t i = 0; i < t->items; i++)
        buf_printf(out, "  - %-28s # %s%s\n", t->item[i].id,
                   zh ? t->item[i].text.zh : t->item[i].text.en,
                   t->item[i].need[0] != 'm' ? ""
                   : zh                      ? "（必选）"
                                             : " (mandatory)");
}
