/* SPDX-License-Identifier: Apache-2.0 */
/* From names to things: parents, places, code lists, conditions; and whether
 * the properties of each row fit its type. */
#include "formats/standard/internal.h"

/* The key of the row that holds this one, or NULL at the top of a record. */
static const char *
parent_key(struct std_loader *l, const struct draft *d)
{
    const char *key = d->row.key;
    size_t n = strlen(key);

    if (strcmp(key, d->row.kind) == 0)
        return NULL; /* a message itself */
    if (n > 2 && strcmp(key + n - 2, "[]") == 0)
        n -= 2;
    else
        while (key[n] != '.') /* row.c made sure that there is one */
            n--;
    if (n == strlen(d->row.kind))
        return draft_find(l, d->row.kind) ? d->row.kind : NULL;
    return load_printf(l, "%.*s", (int)n, key);
}

static void
find_parent(struct std_loader *l, struct draft *d)
{
    const char *key = parent_key(l, d);

    if (key == NULL)
        return;
    d->parent = draft_find(l, key);
    if (d->parent == NULL)
        draft_error(l, d, "row '%s' has no parent row '%s'", d->row.key, key);
    else if (d->parent->row.at == NULL && !d->parent->gone)
        draft_error(l, d, "row '%s' must stand behind its parent '%s'",
                    d->row.key, key);
}

static size_t
steps(const char *const *at)
{
    size_t n = 0;

    while (at != NULL && at[n] != NULL)
        n++;
    return n;
}

static bool
is_element(const struct draft *d)
{
    return d->parent != NULL && d->parent->element == d;
}

/* An explicit place must stay in the array that the key says, if any: one value
 * cannot become many, nor many one. */
static void
check_array(struct std_loader *l, const struct draft *d)
{
    const struct draft *array = d->parent;
    const char *const *at = d->given_at;

    while (array != NULL && !is_element(array))
        array = array->parent;
    if (array != NULL && array->row.at == NULL) {
        draft_error(l, d, "'%s' has a place, but its array was retired",
                    d->row.key);
        return;
    }
    for (size_t i = 0; array != NULL && array->row.at[i] != NULL; i++, at++) {
        if (*at == NULL || strcmp(*at, array->row.at[i]) != 0) {
            draft_error(l, d, "place of '%s' is outside the array of '%s'",
                        d->row.key, array->row.key);
            return;
        }
    }
    for (; *at != NULL; at++) {
        if (strcmp(*at, "[]") == 0) {
            draft_error(l, d, "place of '%s' is inside another array",
                        d->row.key);
            return;
        }
    }
}

static void
find_place(struct std_loader *l, struct draft *d)
{
    size_t n = d->parent ? steps(d->parent->row.at) : 0;
    const char **at;

    if (d->given_at != NULL && is_element(d))
        draft_error(l, d, "'at' of '%s' follows its array", d->row.key);
    if (d->given_at != NULL && !is_element(d)) {
        d->row.at = d->given_at;
        check_array(l, d);
    } else {
        at = load_alloc(l, n + 2, sizeof *at);
        if (at == NULL)
            return;
        if (n != 0)
            memcpy(at, d->parent->row.at, n * sizeof *at);
        at[n] = d->id;
        d->row.at = at;
    }
    if (steps(d->row.at) > STD_MAX_STEPS)
        draft_error(l, d, "'%s' is more than %d steps deep", d->row.key,
                    STD_MAX_STEPS);
}

static bool
is_gone(const struct draft *d)
{
    if (d->retired_by != NULL)
        return true;
    if (d->parent == NULL)
        return false;
    if (is_element(d) && d->parent->row.type != STD_ARRAY)
        return true; /* an overlay made something else of the array */
    return d->parent->gone && d->given_at == NULL;
}

static bool
in_array(const struct draft *d)
{
    for (const char *const *s = d->row.at; s != NULL && *s != NULL; s++) {
        if (strcmp(*s, "[]") == 0)
            return true;
    }
    return false;
}

/* The draft that a property of ${d} names, or NULL (reported). */
static struct draft *
named(struct std_loader *l, const struct draft *d, const char *what,
      const char *key)
{
    struct draft *o = draft_find(l, key);

    if (o == NULL)
        draft_error(l, d, "'%s' of '%s' names no row: '%s'", what, d->row.key,
                    key);
    else if (o->row.kind != d->row.kind)
        draft_error(l, d, "'%s' of '%s' names a row of another kind: '%s'",
                    what, d->row.key, key);
    else
        return o;
    return NULL;
}

static bool
is_prefix(const struct std_codes *codes, const char *value)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (strncmp(codes->code[i].code, value, strlen(value)) == 0)
            return true;
    }
    return false;
}

/* Values are named as the shipped list spells them; an overlay may have changed
 * the spelling, and then the condition follows. */
static void
check_values(struct std_loader *l, const struct draft *d, const char *what,
             struct std_when *w, const struct std_codes *codes)
{
    const char **values = load_alloc(l, steps(w->values) + 1, sizeof *values);

    for (size_t i = 0; values != NULL && w->values[i] != NULL; i++) {
        const struct std_code *c =
            w->prefix ? NULL : std_code(codes, bytes_str(w->values[i]));

        if (w->prefix ? !is_prefix(codes, w->values[i]) : c == NULL)
            draft_error(l, d, "'%s' of '%s': '%s' is no code of '%s'", what,
                        d->row.key, w->values[i], codes->id);
        values[i] = c ? c->code : w->values[i];
    }
    if (values != NULL)
        w->values = values;
}

static void
check_when(struct std_loader *l, const struct draft *d, const char *what,
           struct std_when *w)
{
    const struct draft *o = w ? named(l, d, what, w->key) : NULL;

    if (o == NULL)
        return;
    if (o->gone) {
        draft_error(l, d, "'%s' of '%s' depends on the retired row '%s'", what,
                    d->row.key, w->key);
        return;
    }
    if (o->row.type != STD_STRING && o->row.type != STD_ENUM)
        draft_error(l, d, "'%s' of '%s': '%s' is neither string nor enum", what,
                    d->row.key, w->key);
    if (in_array(o))
        draft_error(l, d, "'%s' of '%s': '%s' stands in an array", what,
                    d->row.key, w->key);
    if (o->row.codes != NULL)
        check_values(l, d, what, w, o->row.codes);
}

/* *${later}: the row that ${what} names, which takes the time after this. */
static void
check_order(struct std_loader *l, const struct draft *d, const char *what,
            const char **later)
{
    const struct draft *o = *later ? named(l, d, what, *later) : NULL;

    if (o == NULL)
        return;
    if (o->gone) {
        *later = NULL; /* an overlay took the other one away */
        return;
    }
    if (d->row.type != STD_TIME || o->row.type != STD_TIME)
        draft_error(l, d, "'%s' needs two times: '%s'", what, d->row.key);
    if (in_array(d) || in_array(o))
        draft_error(l, d, "'%s' does not work in arrays: '%s'", what,
                    d->row.key);
}

static void
check_orders(struct std_loader *l, struct draft *d)
{
    if (d->row.not_after != NULL && d->row.before != NULL)
        draft_error(l, d, "'not_after' and 'before' exclude each other: '%s'",
                    d->row.key);
    check_order(l, d, "not_after", &d->row.not_after);
    check_order(l, d, "before", &d->row.before);
}

/* Both rows are coded and stand in one object or above it; every group that the
 * other list names is a code of this one. */
static void
check_group_of(struct std_loader *l, struct draft *d)
{
    const struct draft *o =
        d->row.group_of ? named(l, d, "group_of", d->row.group_of) : NULL;

    if (o == NULL)
        return;
    if (o->gone) {
        d->row.group_of = NULL;
        return;
    }
    if (d->row.codes == NULL || o->row.codes == NULL) {
        draft_error(l, d, "'group_of' needs two rows with codes: '%s'",
                    d->row.key);
        return;
    }
    if (in_array(o))
        draft_error(l, d, "'group_of' of '%s': '%s' stands in an array",
                    d->row.key, d->row.group_of);
    for (size_t i = 0; i < o->row.codes->count; i++) {
        const struct std_code *c = &o->row.codes->code[i];

        if (c->group == NULL ||
            std_code(d->row.codes, bytes_str(c->group)) == NULL)
            draft_error(l, d,
                        "'group_of' of '%s': the group of '%s' in '%s' is no "
                        "code of '%s'",
                        d->row.key, c->code, o->row.codes->id,
                        d->row.codes->id);
    }
}

/* Members that an overlay retired no longer count. */
static void
check_one_of(struct std_loader *l, struct draft *d)
{
    size_t n = steps(d->row.one_of), kept = 0;
    const char **left = n ? load_alloc(l, n + 1, sizeof *left) : NULL;

    for (size_t i = 0; left != NULL && i < n; i++) {
        const struct draft *o = named(l, d, "one_of", d->row.one_of[i]);

        if (o != NULL && o->parent != d)
            draft_error(l, d, "'one_of': '%s' is no member of '%s'", o->row.key,
                        d->row.key);
        if (o != NULL && !o->gone)
            left[kept++] = o->row.key;
    }
    d->row.one_of = kept ? left : NULL;
}

static void
find_codes(struct std_loader *l, struct draft *d)
{
    const char *names[64] = {NULL};
    const char *near;
    size_t n = 0;

    if (d->codes_id == NULL) {
        d->row.codes = NULL;
        return;
    }
    d->row.codes = std_codes(l->s, d->codes_id);
    if (d->row.codes != NULL)
        return;
    for (const struct codes_def *c = l->s->codes; c && n < 63; c = c->next)
        names[n++] = c->pub.id;
    near = diag_nearest(bytes_str(d->codes_id), names);
    draft_error(l, d, "'%s' names no code list: '%s'%s%s%s", d->row.key,
                d->codes_id, near ? "; did you mean " : "", near ? near : "",
                near ? "?" : "");
}

/* One row: a property and whether it may stand at a type. */
struct fit {
    const char *what;
    bool given, wrong;
};

static void
check_fits(struct std_loader *l, const struct draft *d)
{
    const struct std_row *r = &d->row;
    bool text = r->type == STD_STRING;
    bool coded = r->codes != NULL && (text || r->type == STD_ENUM);
    bool digits = r->type == STD_INTEGER || r->type == STD_NUMBER;
    bool object = r->type == STD_OBJECT;
    const struct fit fits[] = {
        {"codes", d->codes_id != NULL, !text && r->type != STD_ENUM},
        {"pattern", r->pattern != NULL, !text},
        {"format", r->format != STD_FORMAT_NONE, !text},
        {"prefix", r->prefix_ok,
         r->format != STD_FORMAT_IP && r->format != STD_FORMAT_IPV4 &&
             r->format != STD_FORMAT_IPV6},
        {"min_len/max_len", r->min_len || r->max_len,
         !text && r->type != STD_ARRAY},
        {"min/max", r->has_min || r->has_max, !digits},
        {"free", r->free_object, r->type != STD_ANY},
        {"one_member", r->one_member, !object},
        {"any_member", r->any_member, !object},
        {"one_of", r->one_of != NULL, !object},
        {"member_by", r->member_by != NULL, !object},
        {"encoding", r->encoding != STD_ENC_PLAIN && r->type != STD_TIME,
         !coded},
        {"encoding: time", r->encoding == STD_ENC_TIME, r->type != STD_TIME},
        {"time_form", r->time_form != TIME_RFC3339, r->type != STD_TIME},
    };

    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        if (fits[i].given && fits[i].wrong)
            draft_error(l, d, "'%s' does not fit type %s of '%s'", fits[i].what,
                        std_type_name(r->type), r->key);
    }
    if (r->type == STD_ENUM && d->codes_id == NULL)
        draft_error(l, d, "enum '%s' needs codes", r->key);
    if ((r->presence == STD_C) != (r->when != NULL))
        draft_error(l, d, "presence C and 'when' go together: '%s'", r->key);
    if (r->max_len != 0 && r->min_len > r->max_len)
        draft_error(l, d, "min_len is above max_len: '%s'", r->key);
    if (r->has_min && r->has_max && r->min > r->max)
        draft_error(l, d, "min is above max: '%s'", r->key);
    if (*r->zh == '\0' || *r->en == '\0')
        draft_error(l, d, "'%s' needs a name in zh and en", r->key);
}

static void
check_aliases(struct std_loader *l, const struct draft *d)
{
    const struct std_codes *c = d->row.codes;

    if (c == NULL || d->row.encoding != STD_ENC_ALIAS)
        return;
    for (size_t i = 0; i < c->count; i++) {
        if (c->code[i].alias == INT64_MIN)
            draft_error(l, d,
                        "'%s' is written as a number, but code '%s' of "
                        "'%s' has no alias",
                        d->row.key, c->code[i].code, c->id);
    }
}

static void
resolve_row(struct std_loader *l, struct draft *d)
{
    if (d->row.zh == NULL)
        d->row.zh = "";
    if (d->row.en == NULL)
        d->row.en = "";
    if (d->row.type == STD_ARRAY) {
        if (d->element == NULL)
            draft_error(l, d,
                        "no array can be made of '%s': retire it, add another",
                        d->row.key);
        else
            d->element->row.type = d->row.item;
    }
    if (d->row.type == STD_TIME)
        d->row.encoding = STD_ENC_TIME;
    find_codes(l, d);
    find_parent(l, d);
    d->gone = is_gone(d);
    if (!d->gone)
        find_place(l, d);
}

void
rows_resolve(struct std_loader *l)
{
    for (struct draft *d = l->first; d != NULL && !l->nomem; d = d->next)
        resolve_row(l, d);
    for (struct draft *d = l->first; d != NULL && !l->nomem; d = d->next) {
        if (d->gone)
            continue;
        check_one_of(l, d);
        check_fits(l, d);
        check_aliases(l, d);
        check_orders(l, d);
        check_group_of(l, d);
        check_when(l, d, "when", d->when);
        check_when(l, d, "allow", d->allow);
        if (d->row.member_by != NULL &&
            named(l, d, "member_by", d->row.member_by) == NULL)
            continue; /* reported */
    }
}

static bool
is_below(const struct shape *s, const struct shape *top)
{
    while (s != NULL && s != top)
        s = s->parent;
    return s != NULL;
}

/* What only some values allow as a whole, each of its members needs too once it
 * stands elsewhere: flattening must not lose the rule. */
static void
inherit_allow(struct draft *d)
{
    const struct draft *p = d->row.allow == NULL ? d->parent : NULL;

    while (p != NULL && p->row.allow == NULL)
        p = p->parent;
    if (p != NULL && (p->place == NULL || !is_below(d->place, p->place)))
        d->row.allow = p->row.allow;
}

void
rows_check_places(struct std_loader *l)
{
    for (struct draft *d = l->first; d != NULL; d = d->next) {
        if (d->gone)
            continue;
        inherit_allow(d);
        for (size_t i = 0; d->row.one_of && d->row.one_of[i]; i++) {
            const struct draft *o = draft_find(l, d->row.one_of[i]);

            if (o->place == NULL || o->place->parent != d->place)
                draft_error(l, d, "'one_of': '%s' was moved out of '%s'",
                            o->row.key, d->row.key);
        }
    }
}
