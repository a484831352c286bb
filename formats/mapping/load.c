/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files: YAML to model, every error of a file at once. */
#include <stdlib.h>

#include "formats/mapping/model.h"

const char *const mapping_product_names[] = {
    "vendor", "name", "type", "code", "model", "version", NULL};
#define PRODUCT_MEMBERS 6

static const char *const head_names[] = {
    "kind",   "id",      "version", "zh",   "en",   "from", "to",
    "absent", "lookups", "fields",  "keep", "drop", "raw",  NULL};
static const char *const from_names[] = {"codec", "product", "match", "require",
                                         NULL};
static const char *const keep_names[] = {"path", "why", NULL};

bool
path_load(struct loading *l, const struct yaml_node *node, struct bytes text,
          struct path *out)
{
    const char *why = path_parse(&l->m->arena, text, out);

    if (why != NULL)
        yaml_error(&l->f, node, "path \"%.*s\": %s", (int)text.len, text.data,
                   why);
    return why == NULL;
}

static void *
array_for(struct loading *l, const struct yaml_node *node, size_t size)
{
    void *p = node->count ? arena_array(&l->m->arena, node->count, size) : NULL;

    if (node->count != 0 && p == NULL)
        yaml_error(&l->f, node, "out of memory");
    return p;
}

static void
load_product(struct loading *l, struct yaml_node *from)
{
    struct yaml_node *product;

    if (!yaml_need(&l->f, from, "product"))
        return;
    product = yaml_map(&l->f, from, "product");
    for (size_t i = 0; i < PRODUCT_MEMBERS; i++)
        l->m->product[i] =
            yaml_str(&l->f, product, mapping_product_names[i], NULL);
    if (product == NULL)
        return;
    (void)yaml_need(&l->f, product, "vendor");
    (void)yaml_need(&l->f, product, "name");
    yaml_unused(&l->f, product, mapping_product_names);
}

static void
load_need(struct loading *l, struct yaml_node *from)
{
    struct yaml_node *list = yaml_list(&l->f, from, "require");

    if (list == NULL)
        return;
    l->m->need = array_for(l, list, sizeof *l->m->need);
    if (l->m->need == NULL)
        return;
    for (struct yaml_node *n = list->first; n != NULL; n = n->next)
        if (path_load(l, n, n->text, &l->m->need[l->m->needs]))
            l->m->needs++;
}

static struct cond *
load_cond(struct loading *l, struct yaml_node *map, const char *key)
{
    const char *text = yaml_str(&l->f, map, key, NULL);
    struct cond *c;
    const char *why;

    if (text == NULL)
        return NULL;
    c = cond_parse(&l->m->arena, bytes_str(text), &why);
    if (c == NULL)
        yaml_error(&l->f, yaml_get(map, key), "%s", why);
    return c;
}

static void
load_from(struct loading *l, struct yaml_node *root)
{
    struct yaml_node *from;

    if (!yaml_need(&l->f, root, "from"))
        return;
    from = yaml_map(&l->f, root, "from");
    if (from == NULL)
        return;
    if (yaml_need(&l->f, from, "codec"))
        l->m->codec = yaml_str(&l->f, from, "codec", NULL);
    load_product(l, from);
    l->m->match = load_cond(l, from, "match");
    load_need(l, from);
    yaml_unused(&l->f, from, from_names);
}

/* The empty text is always "no value". */
static void
load_absent(struct loading *l, struct yaml_node *root)
{
    struct yaml_node *list = yaml_list(&l->f, root, "absent");

    if (list == NULL)
        return;
    l->m->absent = array_for(l, list, sizeof *l->m->absent);
    if (l->m->absent == NULL)
        return;
    for (struct yaml_node *n = list->first; n != NULL; n = n->next) {
        if (n->type != YAML_SCALAR)
            yaml_error(&l->f, n, "a text is wanted");
        l->m->absent[l->m->absents++] = arena_copy(&l->m->arena, n->text);
    }
}

static void
load_lookups(struct loading *l, struct yaml_node *root)
{
    struct yaml_node *map = yaml_map(&l->f, root, "lookups");

    if (map == NULL)
        return;
    l->m->lookup = array_for(l, map, sizeof *l->m->lookup);
    if (l->m->lookup == NULL)
        return;
    for (struct yaml_node *n = map->first; n != NULL; n = n->next) {
        struct lookup *t = lookup_load(l, n);

        if (t == NULL)
            continue;
        t->name = arena_str(&l->m->arena, n->key);
        l->m->lookup[l->m->lookups++] = t;
    }
}

/* "*" is everything that is not named, "a.b.*" the same below a.b. */
static bool
load_keep_path(struct loading *l, const struct yaml_node *n, struct bytes text,
               struct keep *out)
{
    if (bytes_is(text, "*")) {
        out->root = out->rest = true;
        return true;
    }
    if (text.len > 2 && bytes_is(bytes_from(text, text.len - 2), ".*")) {
        out->rest = true;
        text.len -= 2;
    }
    if (!path_load(l, n, text, &out->path))
        return false;
    if (out->path.head != out->path.count) {
        yaml_error(&l->f, n, "an array is kept or dropped whole, without []");
        return false;
    }
    return true;
}

static void
load_keep(struct loading *l, struct yaml_node *root, const char *key,
          struct keep **out, size_t *count)
{
    struct yaml_node *list = yaml_list(&l->f, root, key);
    bool drop = key[0] == 'd';

    if (list == NULL)
        return;
    *out = array_for(l, list, sizeof **out);
    if (*out == NULL)
        return;
    for (struct yaml_node *n = list->first; n != NULL; n = n->next) {
        struct keep k = {.line = n->line, .col = n->col};
        struct bytes text = n->text;

        if (n->type == YAML_MAP) {
            text = bytes_str(yaml_str(&l->f, n, "path", ""));
            k.why = yaml_str(&l->f, n, "why", NULL);
            yaml_unused(&l->f, n, keep_names);
        } else if (n->type == YAML_LIST) {
            yaml_error(&l->f, n, "a path is wanted");
            continue;
        }
        if (drop && k.why == NULL)
            yaml_error(&l->f, n, "what is dropped needs a why");
        if (k.why != NULL)
            k.why = arena_str(&l->m->arena, bytes_str(k.why));
        if (load_keep_path(l, n, text, &k))
            (*out)[(*count)++] = k;
    }
}

static void
load_head(struct loading *l, struct yaml_node *root)
{
    struct mapping *m = l->m;
    const char *kind = yaml_str(&l->f, root, "kind", "");

    if (strcmp(kind, "mapping") != 0)
        yaml_error(&l->f, yaml_get(root, "kind"), "kind must be mapping");
    m->id = m->version = m->to = "";
    if (yaml_need(&l->f, root, "id"))
        m->id = yaml_str(&l->f, root, "id", "");
    if (yaml_need(&l->f, root, "version"))
        m->version = yaml_str(&l->f, root, "version", "");
    if (yaml_need(&l->f, root, "to"))
        m->to = yaml_str(&l->f, root, "to", "");
    m->zh = yaml_str(&l->f, root, "zh", NULL);
    m->en = yaml_str(&l->f, root, "en", NULL);
    m->raw = yaml_bool(&l->f, root, "raw", false);
}

static void
load_root(struct loading *l, struct yaml_node *root)
{
    struct yaml_node *fields;

    load_head(l, root);
    load_from(l, root);
    load_absent(l, root);
    load_lookups(l, root);
    if (yaml_need(&l->f, root, "fields")) {
        fields = yaml_map(&l->f, root, "fields");
        if (fields != NULL)
            fields_load(l, fields, &l->m->field, &l->m->fields, 0);
    }
    load_keep(l, root, "keep", &l->m->keep, &l->m->keeps);
    load_keep(l, root, "drop", &l->m->drop, &l->m->drops);
    yaml_unused(&l->f, root, head_names);
}

struct mapping *
mapping_load(const char *file, struct bytes yaml, struct diag *diag)
{
    struct mapping *m = calloc(1, sizeof *m);
    unsigned errors = diag->errors;
    struct loading l = {.m = m};
    struct yaml_node *root;

    if (m == NULL) {
        diag_add(diag, DIAG_ERROR, file, 0, 0, "out of memory");
        return NULL;
    }
    arena_init(&m->arena, 0);
    m->file = arena_str(&m->arena, bytes_str(file));
    l.f = (struct yaml_file){m->file ? m->file : "", &m->arena, diag};
    root = yaml_parse(l.f.name, yaml, &m->arena, diag);
    if (root != NULL && root->type != YAML_MAP)
        yaml_error(&l.f, root, "a mapping file is a map");
    else if (root != NULL)
        load_root(&l, root);
    if (diag->errors != errors) {
        mapping_free(m);
        return NULL;
    }
    return m;
}

void
mapping_free(struct mapping *m)
{
    if (m == NULL)
        return;
    arena_free(&m->arena);
    free(m);
}

const char *
mapping_id(const struct mapping *m)
{
    return m->id;
}

const char *
mapping_version(const struct mapping *m)
{
    return m->version;
}

const char *
mapping_codec(const struct mapping *m)
{
    return m->codec;
}

const char *
mapping_kind(const struct mapping *m)
{
    return m->to;
}

const char *
mapping_product(const struct mapping *m, const char *field)
{
    for (size_t i = 0; i < PRODUCT_MEMBERS; i++)
        if (strcmp(mapping_product_names[i], field) == 0)
            return m->product[i];
    return NULL;
}
