/* SPDX-License-Identifier: Apache-2.0 */
/* Code lists: loading, and lookup by any accepted spelling. */
#include "formats/standard/internal.h"

static const char *const list_words[] = {"id", "zh", "en", "codes", NULL};
static const char *const code_words[] = {
    "code", "zh",  "en",     "alias",       "parent", "group",
    "also", "alt", "source", "provisional", NULL};

static const struct code_slot *
slot_find(const struct codes_def *c, struct bytes text)
{
    size_t i = hash_key(text.data, text.len) & c->mask;

    while (c->slot[i].code != NULL && !bytes_eq(c->slot[i].text, text))
        i = (i + 1) & c->mask;
    return &c->slot[i];
}

const struct std_code *
std_code(const struct std_codes *c, struct bytes text)
{
    if (text.len == 0)
        return NULL;
    /* std_codes is always the first member of a codes_def */
    return slot_find((const struct codes_def *)(const void *)c, text)->code;
}

static const char *const *
spellings(struct std_loader *l, const struct yaml_file *f,
          struct yaml_node *map, const char *name)
{
    struct yaml_node *list = yaml_list(f, map, name);
    const char **out = load_alloc(l, (list ? list->count : 0) + 1, sizeof *out);
    size_t n = 0;

    if (out == NULL || list == NULL)
        return out;
    for (const struct yaml_node *i = list->first; i != NULL; i = i->next) {
        if (i->type != YAML_SCALAR || i->text.len == 0 ||
            bytes_find(i->text, '\0') != i->text.len)
            yaml_error(f, i, "'%s' must hold texts", name);
        else
            out[n++] = i->text.data;
    }
    return out;
}

/* False after saying so: it is no code at all. */
static bool
code_load(struct std_loader *l, const struct yaml_file *f,
          struct yaml_node *map, struct std_code *c)
{
    static const char *const need[] = {"code", "zh", "en", "source",
                                       "provisional"};

    if (map->type != YAML_MAP) {
        yaml_error(f, map, "a code must be a map");
        return false;
    }
    for (size_t i = 0; i < 5; i++)
        yaml_need(f, map, need[i]);
    c->code = yaml_str(f, map, "code", "?");
    c->name_zh = yaml_str(f, map, "zh", "");
    c->name_en = yaml_str(f, map, "en", "");
    c->alias = yaml_int(f, map, "alias", INT64_MIN + 1, INT64_MAX, INT64_MIN);
    c->parent = yaml_str(f, map, "parent", NULL);
    c->group = yaml_str(f, map, "group", NULL);
    c->also = spellings(l, f, map, "also");
    c->alt = spellings(l, f, map, "alt");
    c->source = yaml_str(f, map, "source", "P");
    c->provisional = yaml_bool(f, map, "provisional", true);
    yaml_unused(f, map, code_words);
    return true;
}

/* Enter one spelling; two codes must not share one. Twins of a file are left to
 * check_parents, which knows their lines. */
static void
slot_add(struct std_loader *l, struct codes_def *c, const char *text,
         const struct std_code *code)
{
    struct bytes b = bytes_str(text);
    struct code_slot *s = &c->slot[slot_find(c, b) - c->slot];
    bool twins = s->code != NULL && c->change == NULL &&
                 strcmp(s->code->code, code->code) == 0;

    if (s->code != NULL && s->code != code && !twins)
        diag_add(l->diag, DIAG_ERROR, c->file, c->line, 1,
                 "list '%s': '%s' means both '%s' and '%s'", c->pub.id, text,
                 s->code->code, code->code);
    if (s->code == NULL)
        *s = (struct code_slot){b, code};
}

static size_t
words_count(const char *const *words)
{
    size_t n = 0;

    while (words != NULL && words[n] != NULL)
        n++;
    return n;
}

void
codes_index(struct std_loader *l, struct codes_def *c)
{
    size_t all = 0, slots = 8;

    for (size_t i = 0; i < c->pub.count; i++)
        all += 2 + words_count(c->pub.code[i].also) +
               words_count(c->pub.code[i].alt);
    while (slots < all * 2)
        slots *= 2;
    c->slot = load_alloc(l, slots, sizeof *c->slot);
    c->mask = slots - 1;
    if (c->slot == NULL)
        return;
    for (size_t i = 0; i < c->pub.count; i++) {
        const struct std_code *code = &c->pub.code[i];
        const char *const *w;

        slot_add(l, c, code->code, code);
        for (w = code->also; w != NULL && *w != NULL; w++)
            slot_add(l, c, *w, code);
        for (w = code->alt; w != NULL && *w != NULL; w++)
            slot_add(l, c, *w, code);
        if (code->alias != INT64_MIN)
            slot_add(l, c, load_printf(l, "%lld", (long long)code->alias),
                     code);
    }
}

static void
check_parents(struct std_loader *l, const struct yaml_file *f,
              const struct codes_def *c, const struct yaml_node *list)
{
    const struct yaml_node *n = list->first;

    for (size_t i = 0; i < c->pub.count; i++, n = n->next) {
        const struct std_code *code = &c->pub.code[i];
        const struct std_code *up;

        while (n->type != YAML_MAP) /* which code_load left out */
            n = n->next;
        for (size_t j = 0; j < i; j++) {
            if (strcmp(c->pub.code[j].code, code->code) == 0)
                yaml_error(f, n, "code '%s' stands twice in '%s'", code->code,
                           c->pub.id);
        }
        if (code->parent == NULL || l->nomem)
            continue;
        up = std_code(&c->pub, bytes_str(code->parent));
        if (up == NULL || strcmp(up->code, code->parent) != 0)
            yaml_error(f, n, "parent '%s' is not a code of '%s'", code->parent,
                       c->pub.id);
    }
}

/* What stands above the codes of a list. */
static struct yaml_node *
list_head(struct std_loader *l, const struct yaml_file *f,
          struct yaml_node *map, struct codes_def *c)
{
    struct yaml_node *list;

    if (map->type != YAML_MAP) {
        yaml_error(f, map, "a list must be a map");
        return NULL;
    }
    for (const char *const *w = list_words; *w != NULL; w++)
        yaml_need(f, map, *w);
    c->pub.id = yaml_str(f, map, "id", "?");
    c->pub.name_zh = yaml_str(f, map, "zh", "");
    c->pub.name_en = yaml_str(f, map, "en", "");
    c->file = f->name;
    c->line = map->line;
    list = yaml_list(f, map, "codes");
    yaml_unused(f, map, list_words);
    for (const struct codes_def *o = l->s->codes; o != NULL; o = o->next) {
        if (strcmp(o->pub.id, c->pub.id) == 0)
            yaml_error(f, map, "list '%s' exists already at %s:%u", o->pub.id,
                       o->file, o->line);
    }
    if (list != NULL && (list->count == 0 || list->count > STD_MAX_CODES)) {
        yaml_error(f, list, "list '%s' needs 1 to %d codes", c->pub.id,
                   STD_MAX_CODES);
        return NULL;
    }
    return list;
}

static void
list_load(struct std_loader *l, const struct yaml_file *f,
          struct yaml_node *map)
{
    struct codes_def *c = load_alloc(l, 1, sizeof *c);
    struct yaml_node *list = c ? list_head(l, f, map, c) : NULL;
    size_t i = 0;

    if (list == NULL)
        return;
    c->code = load_alloc(l, list->count, sizeof *c->code);
    if (c->code == NULL)
        return;
    for (struct yaml_node *n = list->first; n != NULL; n = n->next)
        i += code_load(l, f, n, &c->code[i]);
    c->pub.code = c->code;
    c->pub.count = i;
    codes_index(l, c);
    c->change = load_alloc(l, list->count, sizeof *c->change);
    if (c->slot == NULL || c->change == NULL)
        return;
    for (i = 0; i < c->pub.count; i++) {
        c->change[i].shipped = c->code[i].code;
        c->change[i].parent = c->code[i].parent;
    }
    check_parents(l, f, c, list);
    *l->last_codes = c;
    l->last_codes = &c->next;
    l->s->codes_count++;
}

void
codes_load(struct std_loader *l, const struct yaml_file *f,
           struct yaml_node *lists)
{
    if (lists == NULL)
        return;
    for (struct yaml_node *n = lists->first; n != NULL; n = n->next)
        list_load(l, f, n);
}

const struct std_codes *
std_codes(const struct standard *s, const char *id)
{
    for (const struct codes_def *c = s->codes; c != NULL; c = c->next) {
        if (strcmp(c->pub.id, id) == 0)
            return &c->pub;
    }
    return NULL;
}

size_t
std_codes_count(const struct standard *s)
{
    return s->codes_count;
}

const struct std_codes *
std_codes_at(const struct standard *s, size_t i)
{
    const struct codes_def *c = s->codes;

    while (c != NULL && i-- > 0)
        c = c->next;
    return c ? &c->pub : NULL;
}
