/* SPDX-License-Identifier: Apache-2.0 */
/* What an overlay changes about codes: how one is written (`code`) and its
 * number (`alias`). The code keeps its identity: its old text becomes one of
 * the spellings that mappings may name, so no mapping has to change. */
#include "formats/standard/internal.h"

/* The kinds themselves: info_type is fixed in every record (DESIGN section 3).
 */
#define FIXED_LIST "info_types"

static struct codes_def *
find_list(const struct std_loader *l, struct bytes id)
{
    struct codes_def *c = l->s->codes;

    while (c != NULL && !bytes_is(id, c->pub.id))
        c = c->next;
    return c;
}

/* Number of the code that the shipped file calls ${name}, or count. */
static size_t
find_code(const struct codes_def *c, struct bytes name)
{
    size_t i = 0;

    while (i < c->pub.count && !bytes_is(name, c->change[i].shipped))
        i++;
    return i;
}

static const char *const *
with_word(struct std_loader *l, const char *const *words, const char *word)
{
    const char **out;
    size_t n = 0;

    while (words[n] != NULL)
        n++;
    out = load_alloc(l, n + 2, sizeof *out);
    if (out == NULL)
        return words;
    memcpy(out, words, n * sizeof *out);
    out[n] = word;
    return out;
}

static bool
taken(const struct overlay *o, const struct overlay **by,
      const struct yaml_node *n)
{
    if (*by != NULL && *by != o) {
        yaml_key_error(&o->f, n, "overlay '%s' changed this already",
                       (*by)->id);
        return true;
    }
    *by = o;
    return false;
}

static void
change_code(struct std_loader *l, struct overlay *o, struct codes_def *c,
            struct yaml_node *n)
{
    static const char *const words[] = {"code", "alias", NULL};
    size_t i = find_code(c, n->key);
    struct yaml_node *code = yaml_get(n, "code");
    struct yaml_node *alias = yaml_get(n, "alias");
    struct std_code *to;

    if (i == c->pub.count) {
        yaml_key_error(&o->f, n, "'%s' is no code of '%s'", n->key.data,
                       c->pub.id);
        return;
    }
    if (n->type != YAML_MAP) {
        yaml_error(&o->f, n, "the changes of a code must be a map");
        return;
    }
    to = &c->code[i];
    if (code != NULL && !taken(o, &c->change[i].code_by, code)) {
        to->alt = with_word(l, to->alt, to->code);
        to->code = yaml_str(&o->f, n, "code", to->code);
    }
    if (alias != NULL && !taken(o, &c->change[i].alias_by, alias))
        to->alias =
            yaml_int(&o->f, n, "alias", INT64_MIN + 1, INT64_MAX, to->alias);
    yaml_unused(&o->f, n, words);
}

/* Subcategories name their category by its code. */
static void
rename_parents(struct codes_def *c)
{
    for (size_t i = 0; i < c->pub.count; i++) {
        size_t up = c->code[i].parent == NULL
                        ? c->pub.count
                        : find_code(c, bytes_str(c->change[i].parent));

        if (up < c->pub.count)
            c->code[i].parent = c->code[up].code;
    }
}

void
overlay_codes(struct std_loader *l, struct overlay *o)
{
    struct yaml_node *lists = yaml_map(&o->f, o->root, "codes");

    for (struct yaml_node *n = lists ? lists->first : NULL; n; n = n->next) {
        struct codes_def *c = find_list(l, n->key);

        if (c == NULL) {
            yaml_key_error(&o->f, n, "no code list '%s'", n->key.data);
            continue;
        }
        if (n->type != YAML_MAP || strcmp(c->pub.id, FIXED_LIST) == 0) {
            yaml_key_error(&o->f, n, "the codes of '%s' cannot be changed so",
                           c->pub.id);
            continue;
        }
        for (struct yaml_node *m = n->first; m != NULL; m = m->next)
            change_code(l, o, c, m);
        rename_parents(c);
        codes_index(l, c);
    }
}
