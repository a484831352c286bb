/* SPDX-License-Identifier: Apache-2.0 */
/* Value expressions and conditions of a mapping to those of a plan. */
#include <stdlib.h>

#include "formats/mapping/compile.h"

static const struct step each_step = {.each = true};

bool
path_join(struct compiling *c, const struct path *prefix,
          const struct path *path, struct path *out)
{
    struct step *step;

    if (prefix == NULL) {
        *out = *path;
        return true;
    }
    step = arena_array(&c->p->arena, prefix->count + path->count, sizeof *step);
    if (step == NULL)
        return false;
    memcpy(step, prefix->step, prefix->count * sizeof *step);
    memcpy(step + prefix->count, path->step, path->count * sizeof *step);
    *out = (struct path){
        .text = path->text, .step = step, .count = prefix->count + path->count};
    while (out->head < out->count && !step[out->head].each)
        out->head++;
    return true;
}

/* Mark the path for coverage and give its head a slot in ${prog}. */
static uint32_t
take_path(struct compiling *c, struct prog *prog, const struct path *path,
          const struct path *prefix, enum trie_flag flag)
{
    struct trie *all = &c->p->root.trie;
    struct path whole;
    uint32_t node;

    if (!path_join(c, prefix, path, &whole))
        return 0;
    node = trie_add(all, &c->p->arena, whole.step, whole.count);
    if (node == 0)
        return 0;
    all->node[node].flags |= (uint32_t)flag;
    node = trie_add(&prog->trie, &c->p->arena, path->step, path->head);
    return node ? trie_slot(&prog->trie, node, &c->p->slots) : 0;
}

struct test *
test_new(struct compiling *c, struct prog *prog, const struct cond *cond,
         const struct path *prefix)
{
    struct test *t = arena_alloc(&c->p->arena, sizeof *t);

    if (t == NULL)
        return NULL;
    t->cond = cond;
    switch (cond->kind) {
    case COND_AND:
    case COND_OR:
        t->right = test_new(c, prog, cond->right, prefix);
        /* fallthrough */
    case COND_NOT:
        t->left = test_new(c, prog, cond->left, prefix);
        return t->left && (cond->kind == COND_NOT || t->right) ? t : NULL;
    case COND_HAS:
    case COND_TEST:
        break;
    }
    t->slot = take_path(c, prog, &cond->path, prefix, TRIE_TEST);
    if (cond->kind == COND_TEST && cond->value[0].path != NULL)
        t->value_slot =
            take_path(c, prog, cond->value[0].path, prefix, TRIE_TEST);
    return t->slot ? t : NULL;
}

static bool
compile_regex(struct compiling *c, const struct spec *s, struct expr *e)
{
    struct plan *p = c->p;
    PCRE2_UCHAR text[128];
    PCRE2_SIZE at;
    int code;

    e->regex = pcre2_compile((PCRE2_SPTR)s->regex, PCRE2_ZERO_TERMINATED,
                             PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
                                 PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY,
                             &code, &at, NULL);
    if (e->regex == NULL) {
        (void)pcre2_get_error_message(code, text, sizeof text);
        compile_error(c, s->line, s->col, "regex: %s at byte %zu",
                      (const char *)text, (size_t)at + 1);
        return false;
    }
    if (p->regexes == p->regex_cap) {
        size_t cap = p->regex_cap ? p->regex_cap * 2 : 8;
        pcre2_code **grown = realloc(p->regex, cap * sizeof(pcre2_code *));

        if (grown == NULL) {
            pcre2_code_free(e->regex);
            return false;
        }
        p->regex = grown;
        p->regex_cap = cap;
    }
    p->regex[p->regexes++] = e->regex;
    return true;
}

/* What a wrong text for a row should perhaps have been. */
static const char *
near_code(const struct target *t, struct bytes text)
{
    const struct std_codes *list = t->row->codes;
    const char *names[65] = {0};

    for (size_t i = 0; list != NULL && i < list->count && i < 64; i++)
        names[i] = list->code[i].code;
    return diag_nearest(text, names);
}

static bool
render_or_say(struct compiling *c, const struct spec *s, const struct target *t,
              const struct lookup_entry *text, struct rendered *out)
{
    const char *near;

    if (render(c->p, t, s, text->to, out))
        return true;
    near = near_code(t, text->to);
    compile_error(c, text->line, text->col, "\"%.*s\" is no value of %s%s%s",
                  (int)text->to.len, text->to.data, t->key,
                  near ? "; did you mean " : "", near ? near : "");
    return false;
}

static bool
compile_lookup(struct compiling *c, const struct spec *s,
               const struct target *t, struct expr *e)
{
    const struct table *table = table_new(c->p, s->lookup->count);

    for (size_t i = 0; table != NULL && i < s->lookup->count; i++) {
        const struct lookup_entry *entry = &s->lookup->entry[i];
        struct rendered r;

        if (render_or_say(c, s, t, entry, &r))
            (void)table_add(table, entry->from, &r);
    }
    e->lookup = table;
    return table != NULL;
}

static bool
compile_transforms(struct compiling *c, const struct spec *s,
                   const struct target *t, struct expr *e)
{
    struct lookup_entry text = {{0}, s->otherwise, s->line, s->col};

    if (s->regex != NULL && !compile_regex(c, s, e))
        return false;
    if (s->lookup != NULL && !compile_lookup(c, s, t, e))
        return false;
    if (s->otherwise.data != NULL &&
        !render_or_say(c, s, t, &text, &e->otherwise))
        return false;
    if (s->split != NULL && !t->array)
        compile_error(c, s->line, s->col, "split fills arrays; %s is none",
                      t->key);
    if (s->join != NULL && t->array)
        compile_error(c, s->line, s->col, "join makes one text; %s is an array",
                      t->key);
    if (s->timed && t->conv != CONV_TIME)
        compile_error(c, s->line, s->col, "%s is no time", t->key);
    if (s->encode == ENCODE_BASE64 && t->conv != CONV_TEXT)
        compile_error(c, s->line, s->col, "%s takes no base64", t->key);
    e->plain = s->regex == NULL && s->lookup == NULL &&
               s->letters == CASE_KEEP && s->encode == ENCODE_NONE &&
               s->split == NULL && s->join == NULL && !s->ip;
    return true;
}

static bool
compile_parts(struct compiling *c, struct prog *prog, const struct spec *s,
              const struct target *t, const struct path *prefix, struct expr *e)
{
    e->part = arena_array(&c->p->arena, s->parts, sizeof(struct expr *));
    if (e->part == NULL)
        return false;
    for (size_t i = 0; i < s->parts; i++) {
        const struct spec *part = s->part[i];
        struct target text = {.row = t->row, .key = t->key, .conv = CONV_TEXT};
        bool concat = s->kind == SPEC_CONCAT;

        if (concat && part->kind != SPEC_PATH && part->kind != SPEC_CONST)
            compile_error(c, part->line, part->col,
                          "a part of concat is a path or a const");
        e->part[i] = expr_new(c, prog, part, concat ? &text : t, prefix);
        if (e->part[i] == NULL)
            return false;
        e->parts++;
    }
    return true;
}

static bool
compile_each(struct compiling *c, const struct prog *outer,
             const struct spec *s, const struct target *t,
             const struct path *prefix, struct expr *e)
{
    struct prog *sub = arena_alloc(&c->p->arena, sizeof *sub);
    const struct shape *place = std_place(c->s, t->key);
    struct path list, whole;
    struct prog_source from = {.field = s->sub,
                               .fields = s->subs,
                               .parent_key = t->key,
                               .prefix = &whole};
    struct step *step =
        arena_array(&c->p->arena, s->path.count + 1, sizeof *step);

    if (sub == NULL || step == NULL)
        return false;
    if (place == NULL || place->type != STD_ARRAY || place->child_count == 0) {
        compile_error(c, s->line, s->col,
                      "each fills an array of objects; %s is none", t->key);
        return false;
    }
    from.base = place->child[0];
    memcpy(step, s->path.step, s->path.count * sizeof *step);
    list = s->path;
    list.step = step;
    if (!step[list.count - 1].each)
        step[list.count++] = each_step;
    e->rest = step + list.head;
    e->rests = list.count - list.head;
    if (!path_join(c, prefix, &list, &whole))
        return false;
    e->sub = sub;
    sub->outer = outer->outer ? outer->outer : e->slot;
    return prog_compile(c, sub, &from);
}

static bool
compile_source(struct compiling *c, struct prog *prog, const struct spec *s,
               const struct target *t, const struct path *prefix,
               struct expr *e)
{
    struct lookup_entry text = {{0}, s->text, s->line, s->col};

    switch (s->kind) {
    case SPEC_PATH:
    case SPEC_EACH:
        e->slot = take_path(c, prog, &s->path, prefix,
                            s->kind == SPEC_PATH ? TRIE_MAPPED : TRIE_TEST);
        e->rest = s->path.step + s->path.head;
        e->rests = s->path.count - s->path.head;
        if (e->rests == 0 && t->array) {
            e->rest = &each_step;
            e->rests = 1;
        }
        if (s->kind == SPEC_EACH)
            return e->slot != 0 && compile_each(c, prog, s, t, prefix, e);
        return e->slot != 0;
    case SPEC_CONST:
        return render_or_say(c, s, t, &text, &e->value);
    case SPEC_FIRST_OF:
    case SPEC_CONCAT:
        return compile_parts(c, prog, s, t, prefix, e);
    case SPEC_EVENT:
    case SPEC_NONE:
        break;
    }
    return true;
}

/* The depth is that of the mapping, at most MAPPING_MAX_NEST. */
struct expr *
expr_new(struct compiling *c, struct prog *prog, const struct spec *spec,
         const struct target *target, const struct path *prefix)
{
    struct expr *e = arena_alloc(&c->p->arena, sizeof *e);
    bool one;

    if (e == NULL)
        return NULL;
    e->spec = spec;
    if (spec->kind != SPEC_EACH && !compile_transforms(c, spec, target, e))
        return NULL;
    if (spec->when != NULL) {
        e->when = test_new(c, prog, spec->when, prefix);
        if (e->when == NULL)
            return NULL;
    }
    if (!compile_source(c, prog, spec, target, prefix, e))
        return NULL;
    e->skips = spec->kind == SPEC_PATH && e->otherwise.json.data == NULL;
    one = spec->kind == SPEC_PATH && e->rests == 0 && !target->array;
    e->direct = one && e->skips && e->when == NULL;
    e->quick = one && c->m->absents == 0 && spec->times == 1 &&
               spec->divide == 1 && spec->number == NUMBER_NONE &&
               (e->plain || (e->lookup != NULL && e->regex == NULL &&
                             spec->letters == CASE_KEEP));
    return e;
}

bool
expr_always(const struct expr *e)
{
    if (e->otherwise.json.data != NULL)
        return true;
    switch (e->spec->kind) {
    case SPEC_CONST:
    case SPEC_EVENT:
        return true;
    case SPEC_FIRST_OF:
        for (size_t i = 0; i < e->parts; i++)
            if (expr_always(e->part[i]))
                return true;
        return false;
    case SPEC_NONE:
    case SPEC_PATH:
    case SPEC_CONCAT:
    case SPEC_EACH:
        break;
    }
    return false;
}

uint32_t
expr_uses(const struct expr *e, uint32_t *out, uint32_t max)
{
    uint32_t n = 0;

    if (e->slot != 0 && max > 0)
        out[n++] = e->slot;
    for (size_t i = 0; i < e->parts; i++)
        n += expr_uses(e->part[i], out + n, max - n);
    return n;
}
