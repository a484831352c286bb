/* SPDX-License-Identifier: Apache-2.0 */
/* The value expressions of a mapping file: `{path: a.b, lookup: {...}}`. */
#include <string.h>

#include "formats/mapping/model.h"

static const char *const spec_names[] = {
    "path", "const",  "first_of", "concat", "each",     "event",  "fields",
    "sep",  "when",   "regex",    "split",  "join",     "case",   "lookup",
    "miss", "range",  "worst",    "number", "times",    "divide", "time",
    "ip",   "encode", "default",  "why",    "evidence", NULL};
static const char *const source_names[] = {"path",   "const", "first_of",
                                           "concat", "each",  "event"};
static const enum spec_kind source_kinds[] = {
    SPEC_PATH, SPEC_CONST, SPEC_FIRST_OF, SPEC_CONCAT, SPEC_EACH, SPEC_EVENT};
static const char *const event_names[] = {"id", "received", NULL};
static const char *const case_names[] = {"keep", "lower", "upper", NULL};
static const char *const encode_names[] = {"none", "base64", NULL};
static const char *const miss_names[] = {"fail", "absent", NULL};
static const char *const number_names[] = {"none", "decimal", "hex", NULL};
static const char *const table_names[] = {"table", "evidence", "range", "worst",
                                          NULL};

static bool
text_member(struct loading *l, struct yaml_node *map, const char *key,
            struct bytes *out)
{
    struct yaml_node *n = yaml_get(map, key);

    if (n == NULL)
        return false;
    if (n->type != YAML_SCALAR)
        yaml_error(&l->f, n, "%s: a single value is wanted", key);
    *out = arena_copy(&l->m->arena, n->text);
    if (out->data == NULL)
        *out = BYTES("");
    return true;
}

/* "A..B" with A <= B. */
static void
load_range(struct loading *l, struct yaml_node *map, struct lookup *t)
{
    struct bytes text, first;
    uint64_t from, to;
    size_t dot;

    if (!text_member(l, map, "range", &text))
        return;
    dot = bytes_find(text, '.');
    first = bytes_upto(text, dot);
    if (!bytes_starts(bytes_from(text, dot), BYTES("..")) ||
        !bytes_to_u64(first, INT64_MAX, &from) ||
        !bytes_to_u64(bytes_from(text, dot + 2), INT64_MAX, &to) || from > to) {
        yaml_error(&l->f, yaml_get(map, "range"),
                   "range is written A..B with A not above B");
        return;
    }
    t->ranged = true;
    t->from = (int64_t)from;
    t->to = (int64_t)to;
}

static void
load_entries(struct loading *l, struct yaml_node *map, struct lookup *t)
{
    if (map->count == 0 || map->count > MAPPING_MAX_LOOKUP) {
        yaml_error(&l->f, map, "a lookup has 1 to %d entries",
                   MAPPING_MAX_LOOKUP);
        return;
    }
    t->entry = arena_array(&l->m->arena, map->count, sizeof *t->entry);
    if (t->entry == NULL) {
        yaml_error(&l->f, map, "out of memory");
        return;
    }
    for (struct yaml_node *n = map->first; n != NULL; n = n->next) {
        n->used = true;
        if (n->type != YAML_SCALAR) {
            yaml_error(&l->f, n, "a single value is wanted");
            continue;
        }
        t->entry[t->count++] = (struct lookup_entry){
            arena_copy(&l->m->arena, n->key), arena_copy(&l->m->arena, n->text),
            n->line, n->col};
    }
}

/* A named table: {table: {...}, evidence: ..., range: 1..4, worst: 1}. */
struct lookup *
lookup_load(struct loading *l, struct yaml_node *node)
{
    struct lookup *t = arena_alloc(&l->m->arena, sizeof *t);
    struct yaml_node *table;

    node->used = true;
    if (t == NULL || node->type != YAML_MAP) {
        yaml_error(&l->f, node, t ? "a map is wanted" : "out of memory");
        return NULL;
    }
    t->line = node->line;
    t->col = node->col;
    if (yaml_need(&l->f, node, "table")) {
        table = yaml_map(&l->f, node, "table");
        if (table != NULL)
            load_entries(l, table, t);
    }
    if (yaml_need(&l->f, node, "evidence"))
        t->evidence = yaml_str(&l->f, node, "evidence", NULL);
    load_range(l, node, t);
    (void)text_member(l, node, "worst", &t->worst);
    yaml_unused(&l->f, node, table_names);
    return t;
}

/* `lookup:` is a table here or the name of one above. */
static void
load_spec_lookup(struct loading *l, struct yaml_node *map, struct spec *s)
{
    struct yaml_node *n = yaml_get(map, "lookup");
    struct lookup *t;

    if (n == NULL)
        return;
    if (n->type == YAML_SCALAR) {
        const char *names[MAPPING_MAX_PARTS + 1] = {0};
        const char *near;

        for (size_t i = 0; i < l->m->lookups; i++) {
            if (bytes_is(n->text, l->m->lookup[i]->name))
                s->lookup = l->m->lookup[i];
            if (i < MAPPING_MAX_PARTS)
                names[i] = l->m->lookup[i]->name;
        }
        near = s->lookup ? NULL : diag_nearest(n->text, names);
        if (s->lookup == NULL)
            yaml_error(&l->f, n, "no lookup \"%.*s\" in lookups%s%s",
                       (int)n->text.len, n->text.data,
                       near ? "; did you mean " : "", near ? near : "");
        return;
    }
    t = arena_alloc(&l->m->arena, sizeof *t);
    if (t == NULL || n->type != YAML_MAP) {
        yaml_error(&l->f, n, "a map or the name of a lookup is wanted");
        return;
    }
    t->line = n->line;
    t->col = n->col;
    load_entries(l, n, t);
    load_range(l, map, t);
    (void)text_member(l, map, "worst", &t->worst);
    t->evidence = yaml_str(&l->f, map, "evidence", NULL);
    if (t->evidence == NULL)
        yaml_error(&l->f, n, "a lookup needs evidence");
    s->lookup = t;
}

static void
load_transforms(struct loading *l, struct yaml_node *map, struct spec *s)
{
    struct bytes form;

    s->regex = yaml_str(&l->f, map, "regex", NULL);
    s->split = yaml_str(&l->f, map, "split", NULL);
    s->join = yaml_str(&l->f, map, "join", NULL);
    s->letters = (enum spec_case)yaml_enum(&l->f, map, "case", case_names, 0);
    load_spec_lookup(l, map, s);
    s->miss_ok = yaml_enum(&l->f, map, "miss", miss_names, 0) == 1;
    s->number =
        (enum spec_number)yaml_enum(&l->f, map, "number", number_names, 0);
    s->times = yaml_int(&l->f, map, "times", 1, INT32_MAX, 1);
    s->divide = yaml_int(&l->f, map, "divide", 1, INT64_MAX, 1);
    s->ip = yaml_bool(&l->f, map, "ip", false);
    s->encode =
        (enum spec_encode)yaml_enum(&l->f, map, "encode", encode_names, 0);
    if (text_member(l, map, "time", &form)) {
        s->timed = time_form_name(form, &s->time);
        if (!s->timed)
            yaml_error(&l->f, yaml_get(map, "time"),
                       "unknown time form; one of rfc3339 rfc3164 clf epoch "
                       "epoch_ms epoch_us epoch_ns datetime cef compact");
    }
    if (s->split != NULL && s->split[0] == '\0')
        yaml_error(&l->f, yaml_get(map, "split"), "split needs a separator");
}

/* Plain paths of first_of take over what is done with the value, not when. */
static void
inherit_from(struct spec *s, const struct spec *from)
{
    struct spec own = *s;

    *s = *from;
    s->kind = own.kind;
    s->path = own.path;
    s->part = NULL;
    s->parts = 0;
    s->when = NULL;
    s->otherwise = (struct bytes){0};
    s->line = own.line;
    s->col = own.col;
}

static void
need_why(struct loading *l, const struct yaml_node *node, const struct spec *s)
{
    if (s->kind == SPEC_CONST && s->why == NULL)
        yaml_error(&l->f, node, "a const needs a why");
}

static void
load_parts(struct loading *l, struct yaml_node *map, struct spec *s,
           unsigned depth)
{
    const char *key = s->kind == SPEC_FIRST_OF ? "first_of" : "concat";
    struct yaml_node *list = yaml_list(&l->f, map, key);

    if (list == NULL)
        return;
    if (list->count == 0 || list->count > MAPPING_MAX_PARTS) {
        yaml_error(&l->f, list, "%s has 1 to %d parts", key, MAPPING_MAX_PARTS);
        return;
    }
    s->part = arena_array(&l->m->arena, list->count, sizeof(struct spec *));
    for (struct yaml_node *n = list->first; s->part && n; n = n->next) {
        struct spec *part =
            spec_load(l, n, s->kind == SPEC_FIRST_OF ? s : NULL, depth + 1);

        if (part == NULL)
            continue;
        if (s->kind == SPEC_FIRST_OF)
            need_why(l, n, part);
        s->part[s->parts++] = part;
    }
}

static void
load_source(struct loading *l, struct yaml_node *map, struct spec *s,
            unsigned depth)
{
    struct bytes text = {0};
    struct yaml_node *fields;

    switch (s->kind) {
    case SPEC_PATH:
    case SPEC_EACH:
        (void)text_member(l, map, s->kind == SPEC_PATH ? "path" : "each",
                          &text);
        (void)path_load(l, map, text, &s->path);
        break;
    case SPEC_CONST:
        (void)text_member(l, map, "const", &s->text);
        break;
    case SPEC_EVENT:
        s->event =
            (enum spec_event)yaml_enum(&l->f, map, "event", event_names, 0);
        break;
    case SPEC_FIRST_OF:
    case SPEC_CONCAT:
        load_parts(l, map, s, depth);
        break;
    case SPEC_NONE:
        break;
    }
    if (s->kind != SPEC_EACH || !yaml_need(&l->f, map, "fields"))
        return;
    fields = yaml_map(&l->f, map, "fields");
    if (fields != NULL)
        fields_load(l, fields, &s->sub, &s->subs, depth + 1);
}

static enum spec_kind
find_kind(struct loading *l, struct yaml_node *map)
{
    enum spec_kind kind = SPEC_NONE;
    unsigned found = 0;

    for (size_t i = 0; i < sizeof source_names / sizeof source_names[0]; i++) {
        if (yaml_get(map, source_names[i]) == NULL)
            continue;
        kind = source_kinds[i];
        found++;
    }
    if (found != 1)
        yaml_error(&l->f, map,
                   "exactly one of path, const, first_of, concat, each, event "
                   "is wanted");
    return found == 1 ? kind : SPEC_NONE;
}

static struct cond *
load_when(struct loading *l, struct yaml_node *map)
{
    const char *text = yaml_str(&l->f, map, "when", NULL);
    const char *why;
    struct cond *c;

    if (text == NULL)
        return NULL;
    c = cond_parse(&l->m->arena, bytes_str(text), &why);
    if (c == NULL)
        yaml_error(&l->f, yaml_get(map, "when"), "%s", why);
    return c;
}

static void
load_map(struct loading *l, struct yaml_node *node, struct spec *s,
         unsigned depth)
{
    s->kind = find_kind(l, node);
    load_transforms(l, node, s);
    s->sep = yaml_str(&l->f, node, "sep", "");
    s->when = load_when(l, node);
    s->why = yaml_str(&l->f, node, "why", NULL);
    s->evidence = yaml_str(&l->f, node, "evidence", NULL);
    (void)text_member(l, node, "default", &s->otherwise);
    load_source(l, node, s, depth);
    if (s->otherwise.data != NULL && s->why == NULL)
        yaml_error(&l->f, node, "a default needs a why");
    yaml_unused(&l->f, node, spec_names);
}

struct spec *
spec_load(struct loading *l, struct yaml_node *node, const struct spec *inherit,
          unsigned depth)
{
    struct spec *s = arena_alloc(&l->m->arena, sizeof *s);

    node->used = true;
    if (s == NULL || depth > MAPPING_MAX_NEST) {
        yaml_error(&l->f, node, s ? "nested too deep" : "out of memory");
        return NULL;
    }
    s->line = node->line;
    s->col = node->col;
    s->times = s->divide = 1;
    s->sep = "";
    if (node->type == YAML_SCALAR) {
        s->kind = SPEC_PATH;
        (void)path_load(l, node, node->text, &s->path);
        if (inherit != NULL)
            inherit_from(s, inherit);
    } else if (node->type == YAML_MAP) {
        load_map(l, node, s, depth);
    } else {
        yaml_error(&l->f, node, "a path or a map is wanted");
    }
    return s;
}

void
fields_load(struct loading *l, struct yaml_node *map, struct field **out,
            size_t *count, unsigned depth)
{
    if (map->count == 0 || map->count > MAPPING_MAX_FIELDS) {
        yaml_error(&l->f, map, "fields has 1 to %d rows", MAPPING_MAX_FIELDS);
        return;
    }
    *out = arena_array(&l->m->arena, map->count, sizeof **out);
    if (*out == NULL) {
        yaml_error(&l->f, map, "out of memory");
        return;
    }
    for (struct yaml_node *n = map->first; n != NULL; n = n->next) {
        struct spec *s = spec_load(l, n, NULL, depth);

        if (s == NULL)
            continue;
        need_why(l, n, s);
        (*out)[(*count)++] =
            (struct field){arena_str(&l->m->arena, n->key), s, n->line, n->col};
    }
}
