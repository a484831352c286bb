/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles the shapes of one kind into its rule program. */
#include "formats/check/program.h"

#include <stdlib.h>

#include "formats/base/text.h"

struct build {
    struct checker *c;
    const struct standard *s;
    struct program *p;
    struct err *err;
};

static enum err_code
nomem(struct build *b)
{
    return err_set(b->err, ERR_NOMEM, b->p->kind, "out of memory");
}

enum err_code
program_rule(struct checker *c, const struct std_row *row, enum check_rule rule)
{
    for (size_t i = c->rules; i > 0; i--) {
        if (c->rule[i - 1].row == row && c->rule[i - 1].rule == rule)
            return ERR_OK;
        if (row != NULL && c->rule[i - 1].row != row)
            break; /* the rules of a row stand together */
    }
    if (c->rules == c->rule_cap) {
        size_t cap = c->rule_cap ? c->rule_cap * 2 : 256;
        struct rule *grown = realloc(c->rule, cap * sizeof(*grown));

        if (grown == NULL)
            return ERR_NOMEM;
        c->rule = grown;
        c->rule_cap = cap;
    }
    c->rule[c->rules++] = (struct rule){row, rule};
    return ERR_OK;
}

/* ---------------------------------------------------------------- slots */

/* The place whose instance bounds what a rule at ${s} may look at: the nearest
 * array element around it, or the record. */
static const struct shape *
scope_of(const struct shape *s)
{
    for (; s->parent != NULL; s = s->parent) {
        if (s->parent->type == STD_ARRAY)
            return s;
    }
    return s;
}

static bool
is_inside(const struct shape *s, const struct shape *outer)
{
    while (s != NULL && s != outer)
        s = s->parent;
    return s != NULL;
}

/* The slot of the row ${key}, which rules of the place ${user} may ask for. */
static enum err_code
add_slot(struct build *b, const struct place *user, const char *key)
{
    const struct shape *to = std_place(b->s, key), *scope;
    uint32_t steps = 0, at;
    const struct shape **path;

    if (to == NULL || !is_inside(to, b->p->root))
        return err_set(b->err, ERR_NOT_FOUND, user->row->key,
                       "the rule names %s, which has no place in %s", key,
                       b->p->kind);
    scope = scope_of(to);
    if (!is_inside(user->shape, scope))
        return err_set(b->err, ERR_UNSUPPORTED, user->row->key,
                       "the rule names %s inside another array", key);
    for (uint32_t i = 0; i < b->p->slots; i++) {
        if (b->p->slot[i].source->shape == to)
            return ERR_OK;
    }
    for (const struct shape *s = to; s != scope; s = s->parent)
        steps++;
    path = arena_array(&b->c->arena, steps, sizeof(*path));
    if (path == NULL)
        return nomem(b);
    at = steps;
    for (const struct shape *s = to; s != scope; s = s->parent)
        path[--at] = s;
    b->p->slot[b->p->slots++] =
        (struct slot){&b->p->place[to->number], path, steps};
    return ERR_OK;
}

/* Sort the slots by scope, so that a scope resets one range of them. Called
 * before any rule keeps a slot number. */
static int
slot_order(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;
    uint32_t i = scope_of(x->source->shape)->number;
    uint32_t k = scope_of(y->source->shape)->number;

    return i != k ? (i < k ? -1 : 1) : 0;
}

static void
place_slots(struct build *b)
{
    struct program *p = b->p;

    qsort(p->slot, p->slots, sizeof(*p->slot), slot_order);
    for (uint32_t i = p->slots; i > 0; i--) {
        const struct shape *source = p->slot[i - 1].source->shape;
        struct place *scope = &p->place[scope_of(source)->number];

        p->place[source->number].flags |= PLACE_SLOT;
        p->place[source->number].slot = i - 1;

        scope->first_slot = i - 1;
        scope->slots++;
    }
}

/* ---------------------------------------------------------------- places */

static enum place_op
string_op(const struct place *pl, enum std_encoding encoding)
{
    if (pl->row->codes == NULL)
        return OP_STRING;
    return encoding == STD_ENC_ALIAS ? OP_CODE_NUMBER : OP_CODE_TEXT;
}

static enum place_op
op_of(const struct place *pl, enum std_type type)
{
    switch (type) {
    case STD_STRING:
    case STD_ENUM:
        return string_op(pl, pl->row->encoding);
    case STD_INTEGER:
        return OP_INTEGER;
    case STD_NUMBER:
        return OP_NUMBER;
    case STD_BOOLEAN:
        return OP_BOOLEAN;
    case STD_TIME:
        switch (pl->row->time_form) {
        case TIME_EPOCH:
        case TIME_EPOCH_MS:
        case TIME_EPOCH_US:
        case TIME_EPOCH_NS:
            return OP_TIME_NUMBER;
        case TIME_RFC3339:
        case TIME_RFC3164:
        case TIME_CLF:
        case TIME_DATETIME:
        case TIME_CEF:
        case TIME_COMPACT:
        case TIME_FORM_COUNT:
            break;
        }
        return OP_TIME_TEXT;
    case STD_OBJECT:
        return OP_OBJECT;
    case STD_ARRAY:
        return OP_ARRAY;
    case STD_ANY:
        break;
    }
    return pl->row && pl->row->free_object ? OP_FREE : OP_ANY;
}

static enum err_code
set_pattern(struct build *b, struct place *pl)
{
    struct pattern **grown =
        realloc(b->c->pattern, (b->c->patterns + 1) * sizeof(*grown));
    struct err err = {0};

    if (grown == NULL)
        return nomem(b);
    b->c->pattern = grown;
    pl->pattern = grown[b->c->patterns] =
        pattern_new(pl->row->pattern, true, &err);
    if (pl->pattern == NULL)
        return err_set(b->err, err.code, pl->row->key, "%s", err.msg);
    b->c->patterns++;
    pl->flags |= PLACE_PATTERN;
    return ERR_OK;
}

static enum err_code
set_values(struct build *b, struct place *pl)
{
    const struct std_row *r = pl->row;
    /* Length and pattern are about the code, not about its Chinese name. */
    bool plain_text = pl->op == OP_STRING ||
                      (pl->op == OP_CODE_TEXT && r->encoding == STD_ENC_PLAIN);

    if ((r->min_len > 0 || r->max_len > 0) &&
        (plain_text || pl->op == OP_ARRAY)) {
        pl->flags |= PLACE_LENGTH;
        pl->min_len =
            (uint32_t)(r->min_len < UINT32_MAX ? r->min_len : UINT32_MAX);
        pl->max_len = r->max_len > 0 && r->max_len < UINT32_MAX
                          ? (uint32_t)r->max_len
                          : UINT32_MAX;
    }
    if ((r->has_min || r->has_max) &&
        (pl->op == OP_INTEGER || pl->op == OP_NUMBER)) {
        pl->flags |= PLACE_RANGE;
        pl->min = r->has_min ? r->min : -1.7976931348623157e308;
        pl->max = r->has_max ? r->max : 1.7976931348623157e308;
    }
    if (pl->op == OP_STRING && r->format != STD_FORMAT_NONE)
        pl->flags |= PLACE_FORMAT;
    if (pl->op == OP_CODE_TEXT || pl->op == OP_CODE_NUMBER) {
        pl->codes = codeset_new(r->codes, r->encoding, &b->c->arena);
        if (pl->codes == NULL)
            return nomem(b);
    }
    if (r->pattern != NULL && plain_text)
        return set_pattern(b, pl);
    return ERR_OK;
}

static bool
is_listed(const char *key, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++) {
        if (strcmp(*list, key) == 0)
            return true;
    }
    return false;
}

static enum err_code
set_object(struct build *b, struct place *pl)
{
    const struct shape *s = pl->shape;
    const struct std_row *r = pl->row;
    struct object_rules *o = arena_alloc(&b->c->arena, sizeof(*o));
    const char **names =
        arena_array(&b->c->arena, s->child_count + 1, sizeof(*names));
    struct member *member =
        arena_array(&b->c->arena, s->child_count + 1, sizeof(*member));

    if (o == NULL || names == NULL || member == NULL)
        return nomem(b);
    if (s->child_count > PROGRAM_MEMBERS_MAX)
        return err_set(b->err, ERR_LIMIT, b->p->kind,
                       "more than %d members in one object",
                       PROGRAM_MEMBERS_MAX);
    o->words = (s->child_count + 63) / 64;
    o->members = s->child_count;
    o->guess = b->c->guesses;
    b->c->guesses += s->child_count + 1;
    o->member = member;
    o->names = names;
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct std_row *child = s->child[i]->row;
        uint64_t bit = (uint64_t)1 << (i & 63);

        names[i] = s->child[i]->name;
        member[i] = (struct member){s->child[i]->hash, s->child[i]->name_len,
                                    s->child[i]->name,
                                    &b->p->place[s->child[i]->number], bit};
        if (child == NULL)
            continue;
        if (child->presence == STD_M)
            o->required[i >> 6] |= bit;
        if (child->presence == STD_C && child->when != NULL) {
            o->conditional[i >> 6] |= bit;
            o->has_conditional = true;
        }
        if (r != NULL && is_listed(child->key, r->one_of))
            o->one_of[i >> 6] |= bit;
    }
    if (r != NULL) {
        o->has_one_of = r->one_of != NULL;
        o->any_member = r->any_member;
        o->one_member = r->one_member;
    }
    pl->object = o;
    return ERR_OK;
}

/* A character takes one to four bytes: a string not longer than wanted in bytes
 * is not longer in characters, and none is empty that has a byte. */
static void
set_quick(struct place *pl)
{
    bool length = (pl->flags & PLACE_LENGTH) != 0;

    pl->quick_least = 1;
    if (pl->op != OP_STRING || (pl->flags & (PLACE_FORMAT | PLACE_PATTERN)) ||
        (length && pl->min_len > 1))
        return;
    pl->quick_least = length ? pl->min_len : 0;
    pl->quick_most = length ? pl->max_len : UINT32_MAX;
}

/* Which codes need no further look once they are found in the list. */
static void
mark_fitting(struct place *pl)
{
    bool pattern = (pl->flags & PLACE_PATTERN) != 0;

    if (pattern && !pattern_plain(pl->pattern))
        return;
    for (uint32_t i = 0; i <= pl->codes->mask; i++) {
        struct codeset_slot *s = &pl->codes->slot[i];
        struct bytes text = {s->text, s->len};
        size_t count = s->hash != 0 ? text_utf8_count(text) : 0;

        s->fits = s->hash != 0 &&
                  (!(pl->flags & PLACE_LENGTH) ||
                   (count >= pl->min_len && count <= pl->max_len)) &&
                  (!pattern || pattern_ok(pl->pattern, NULL, text));
    }
}

static enum err_code
set_place(struct build *b, const struct shape *s, uint32_t bit)
{
    struct place *pl = &b->p->place[s->number];

    pl->shape = s;
    pl->bit = (uint16_t)bit;
    pl->row = s->row;
    pl->op = (uint8_t)op_of(pl, s->type);
    if (pl->op == OP_OBJECT && set_object(b, pl) != ERR_OK)
        return b->err ? b->err->code : ERR_NOMEM;
    if (pl->row && set_values(b, pl) != ERR_OK)
        return b->err ? b->err->code : ERR_NOMEM;
    set_quick(pl);
    if (pl->op == OP_CODE_TEXT)
        mark_fitting(pl);
    return ERR_OK;
}

/* ---------------------------------------------------------------- relations */

/* Slots first (their numbers change by sorting), then what refers to them. */
static enum err_code
collect_slots(struct build *b, const struct place *pl)
{
    const struct std_row *r = pl->row;
    const char *keys[5] = {0};
    size_t n = 0;

    if (r == NULL)
        return ERR_OK;
    if (r->presence == STD_C && r->when != NULL)
        keys[n++] = r->when->key;
    if (r->allow != NULL)
        keys[n++] = r->allow->key;
    if (r->not_after != NULL)
        keys[n++] = r->not_after;
    if (r->before != NULL)
        keys[n++] = r->before;
    if (r->group_of != NULL)
        keys[n++] = r->group_of;
    for (size_t i = 0; i < n; i++) {
        enum err_code rc = add_slot(b, pl, keys[i]);

        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static uint32_t
slot_of(const struct build *b, const char *key)
{
    const struct shape *to = std_place(b->s, key);
    uint32_t i = 0;

    while (b->p->slot[i].source->shape != to)
        i++;
    return i;
}

static const struct condition *
condition_new(struct build *b, const struct std_when *when)
{
    struct condition *c = arena_alloc(&b->c->arena, sizeof(*c));

    if (c != NULL) {
        c->slot = slot_of(b, when->key);
        c->when = when;
        c->source = b->p->slot[c->slot].source->row;
    }
    return c;
}

static enum err_code
set_relations(struct build *b, struct place *pl)
{
    const struct std_row *r = pl->row;

    if (r == NULL)
        return ERR_OK;
    if (r->presence == STD_C && r->when != NULL &&
        (pl->when = condition_new(b, r->when)) == NULL)
        return nomem(b);
    if (r->allow != NULL && (pl->allow = condition_new(b, r->allow)) == NULL)
        return nomem(b);
    if ((r->not_after != NULL || r->before != NULL) &&
        (pl->op == OP_TIME_TEXT || pl->op == OP_TIME_NUMBER)) {
        pl->flags |= PLACE_ORDER;
        pl->other = slot_of(b, r->not_after ? r->not_after : r->before);
    }
    if (r->group_of != NULL && pl->codes != NULL) {
        pl->flags |= PLACE_GROUP;
        pl->other = slot_of(b, r->group_of);
    }
    return ERR_OK;
}

/* ---------------------------------------------------------------- rules */

static enum err_code
note_rules(struct checker *c, const struct place *pl)
{
    const struct std_row *r = pl->row;
    const struct object_rules *o = pl->object;
    const bool has[CHECK_RULE_COUNT] = {
        [CHECK_TYPE] = pl->op != OP_ANY,
        [CHECK_MISSING] =
            r != NULL && r->presence == STD_M && pl->shape->name_len > 0,
        [CHECK_CONDITION] = pl->when != NULL,
        [CHECK_UNKNOWN] = pl->op == OP_OBJECT,
        [CHECK_LENGTH] = (pl->flags & PLACE_LENGTH) != 0,
        [CHECK_RANGE] = (pl->flags & PLACE_RANGE) != 0,
        [CHECK_PATTERN] = (pl->flags & PLACE_PATTERN) != 0,
        [CHECK_FORMAT] = (pl->flags & PLACE_FORMAT) || pl->op == OP_TIME_TEXT ||
                         pl->op == OP_TIME_NUMBER,
        [CHECK_CODE] = pl->codes != NULL,
        [CHECK_ORDER] = (pl->flags & PLACE_ORDER) != 0,
        [CHECK_GROUP] = (pl->flags & PLACE_GROUP) != 0,
        [CHECK_MEMBERS] =
            o != NULL && (o->has_one_of || o->any_member || o->one_member),
        [CHECK_MISPLACED] = pl->allow != NULL,
    };

    for (int rule = 0; rule < CHECK_RULE_COUNT; rule++) {
        if (has[rule] && program_rule(c, r, (enum check_rule)rule) != ERR_OK)
            return ERR_NOMEM;
    }
    return ERR_OK;
}

/* Every place in preorder; the walk over the definition keeps its own stack. */
static enum err_code
set_places(struct build *b)
{
    const struct shape *s = b->p->root;
    uint32_t next[TAPE_MAX_DEPTH] = {0};
    unsigned depth = 0;
    enum err_code rc = set_place(b, s, 0);

    while (rc == ERR_OK) {
        uint32_t i = next[depth];

        if (i < s->child_count) {
            next[depth]++;
            if (++depth == TAPE_MAX_DEPTH)
                return err_set(b->err, ERR_LIMIT, b->p->kind,
                               "places are nested too deeply");
            next[depth] = 0;
            s = s->child[i];
            rc = set_place(b, s, i);
        } else if (depth == 0) {
            break;
        } else {
            depth--;
            s = s->parent;
        }
    }
    return rc;
}

enum err_code
program_compile(struct checker *c, const struct standard *s, struct program *p,
                const char *kind, struct err *err)
{
    struct build b = {c, s, p, err};
    enum err_code rc;

    p->kind = kind;
    p->root = std_shape(s, kind);
    if (p->root == NULL)
        return err_set(err, ERR_NOT_FOUND, kind, "no definition of this kind");
    p->places = std_shape_count(s, kind);
    p->place = arena_array(&c->arena, p->places, sizeof(*p->place));
    /* Each place asks for at most four other values: a time has no codes. */
    p->slot = arena_array(&c->arena, p->places, 4 * sizeof(*p->slot));
    if (p->place == NULL || p->slot == NULL)
        return nomem(&b);
    rc = set_places(&b);
    for (uint32_t i = 0; rc == ERR_OK && i < p->places; i++)
        rc = collect_slots(&b, &p->place[i]);
    if (rc != ERR_OK)
        return rc;
    place_slots(&b);
    for (uint32_t i = 0; rc == ERR_OK && i < p->places; i++) {
        rc = set_relations(&b, &p->place[i]);
        if (rc == ERR_OK && note_rules(c, &p->place[i]) != ERR_OK)
            rc = nomem(&b);
    }
    return rc;
}
