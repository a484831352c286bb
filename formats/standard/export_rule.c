/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as JSON Schema: "if the value there is one of these, then this
 * member must (or must not) be there". */
#include "formats/standard/export_json.h"
#include "formats/standard/internal.h"

/* The places from the root (excluded) to ${at}. */
static size_t
path_of(const struct shape *at, const struct shape *path[STD_MAX_STEPS])
{
    size_t n = 0;

    for (const struct shape *s = at; s != NULL && s->parent; s = s->parent)
        n++;
    for (size_t i = n; i > 0; i--, at = at->parent)
        path[i - 1] = at;
    return n;
}

void
schema_chain_open(struct schema_out *x, const struct shape *at, bool required)
{
    const struct shape *path[STD_MAX_STEPS];
    size_t n = path_of(at, path);

    json_object(&x->w);
    for (size_t i = 0; i < n; i++) {
        if (path[i]->parent->type == STD_ARRAY) {
            json_key(&x->w, "items");
            json_object(&x->w);
            continue;
        }
        if (required) {
            json_key(&x->w, "type");
            json_cstr(&x->w, "object");
            json_key(&x->w, "required");
            json_array(&x->w);
            json_cstr(&x->w, path[i]->name);
            json_end_array(&x->w);
        }
        json_key(&x->w, "properties");
        json_object(&x->w);
        json_key(&x->w, path[i]->name);
        json_object(&x->w);
    }
}

void
schema_chain_close(struct schema_out *x, const struct shape *at, bool required)
{
    const struct shape *path[STD_MAX_STEPS];
    size_t n = path_of(at, path);

    (void)required;
    for (size_t i = n; i > 0; i--) {
        json_end_object(&x->w);
        if (path[i - 1]->parent->type != STD_ARRAY)
            json_end_object(&x->w); /* properties */
    }
    json_end_object(&x->w);
}

static bool
code_matches(const struct std_when *when, const char *code)
{
    for (const char *const *v = when->values; *v != NULL; v++) {
        if (when->prefix ? strncmp(code, *v, strlen(*v)) == 0
                         : strcmp(code, *v) == 0)
            return true;
    }
    return false;
}

/* A text that has no code list: the values themselves. */
static void
put_texts(struct schema_out *x, const struct std_when *when)
{
    if (!when->prefix) {
        json_key(&x->w, "enum");
        json_array(&x->w);
        for (const char *const *v = when->values; *v != NULL; v++)
            json_cstr(&x->w, *v);
        json_end_array(&x->w);
        return;
    }
    buf_reset(&x->scratch);
    buf_str(&x->scratch, "^(?:");
    for (const char *const *v = when->values; *v != NULL; v++) {
        if (v != when->values)
            buf_char(&x->scratch, '|');
        for (const char *p = *v; *p != '\0'; p++) {
            if (strchr(".*+?()[]{}|^$/\\-", *p) != NULL)
                buf_char(&x->scratch, '\\');
            buf_char(&x->scratch, *p);
        }
    }
    buf_char(&x->scratch, ')');
    json_key(&x->w, "pattern");
    json_string(&x->w, schema_made(x));
}

/* A schema of the record: the value that ${when} names is there and fits it
 * (${fits}) or contradicts it. */
static void
put_test(struct schema_out *x, const struct std_when *when, bool fits)
{
    const struct shape *at = std_place(x->s, when->key);
    const struct std_row *r = at->row;

    schema_chain_open(x, at, true);
    if (r->codes == NULL) {
        json_key(&x->w, "type");
        json_cstr(&x->w, "string");
        if (!fits) {
            json_key(&x->w, "not");
            json_object(&x->w);
        }
        put_texts(x, when);
        if (!fits)
            json_end_object(&x->w);
    } else {
        json_key(&x->w, "enum");
        json_array(&x->w);
        for (size_t i = 0; i < r->codes->count; i++) {
            if (code_matches(when, r->codes->code[i].code) == fits)
                schema_code(x, &r->codes->code[i], r->encoding);
        }
        json_end_array(&x->w);
    }
    schema_chain_close(x, at, true);
}

/* The member ${at} is required in, or banned from, its object. */
static void
put_verdict(struct schema_out *x, const char *key, const struct shape *at,
            bool wanted)
{
    json_key(&x->w, key);
    schema_chain_open(x, at->parent, false);
    if (wanted) {
        json_key(&x->w, "required");
        json_array(&x->w);
        json_cstr(&x->w, at->name);
        json_end_array(&x->w);
    } else {
        json_key(&x->w, "properties");
        json_object(&x->w);
        json_key(&x->w, at->name);
        json_bool(&x->w, false);
        json_end_object(&x->w);
    }
    schema_chain_close(x, at->parent, false);
}

static void
put_when(struct schema_out *x, const struct shape *at)
{
    const struct std_row *r = at->row;

    json_object(&x->w);
    json_key(&x->w, "if");
    if (r->allow == NULL) {
        put_test(x, r->when, true);
    } else { /* a member that may not stand here is not missed */
        json_object(&x->w);
        json_key(&x->w, "allOf");
        json_array(&x->w);
        put_test(x, r->when, true);
        json_object(&x->w);
        json_key(&x->w, "not");
        put_test(x, r->allow, false);
        json_end_object(&x->w);
        json_end_array(&x->w);
        json_end_object(&x->w);
    }
    put_verdict(x, "then", at, true);
    json_end_object(&x->w);
}

static void
put_allow(struct schema_out *x, const struct shape *at)
{
    json_object(&x->w);
    json_key(&x->w, "if");
    put_test(x, at->row->allow, false);
    put_verdict(x, "then", at, false);
    if (at->row->presence == STD_M)
        put_verdict(x, "else", at, true);
    json_end_object(&x->w);
}

/* For each group: when the other value falls under it, this one is its code. */
static void
put_group(struct schema_out *x, const struct shape *at)
{
    const struct std_row *r = at->row;
    const struct shape *other = std_place(x->s, r->group_of);
    const struct std_codes *theirs = other->row->codes;

    for (size_t g = 0; g < r->codes->count; g++) {
        const struct std_code *group = &r->codes->code[g];
        bool named = false;

        for (size_t i = 0; i < theirs->count; i++)
            named |=
                std_code(r->codes, bytes_str(theirs->code[i].group)) == group;
        if (!named)
            continue;
        json_object(&x->w);
        json_key(&x->w, "if");
        schema_chain_open(x, other, true);
        json_key(&x->w, "enum");
        json_array(&x->w);
        for (size_t i = 0; i < theirs->count; i++) {
            if (std_code(r->codes, bytes_str(theirs->code[i].group)) == group)
                schema_code(x, &theirs->code[i], other->row->encoding);
        }
        json_end_array(&x->w);
        schema_chain_close(x, other, true);
        json_key(&x->w, "then");
        schema_chain_open(x, at, false);
        json_key(&x->w, "enum");
        json_array(&x->w);
        schema_code(x, group, r->encoding);
        json_end_array(&x->w);
        schema_chain_close(x, at, false);
        json_end_object(&x->w);
    }
}

void
schema_conditions(struct schema_out *x, const char *kind)
{
    bool open = false;

    for (size_t i = 0; i < std_row_count(x->s); i++) {
        const struct std_row *r = std_row_at(x->s, i);

        if (strcmp(r->kind, kind) != 0 ||
            (r->presence != STD_C && r->allow == NULL && r->group_of == NULL))
            continue;
        if (!open) {
            json_key(&x->w, "allOf");
            json_array(&x->w);
            open = true;
        }
        if (r->presence == STD_C)
            put_when(x, std_place(x->s, r->key));
        if (r->allow != NULL)
            put_allow(x, std_place(x->s, r->key));
        if (r->group_of != NULL)
            put_group(x, std_place(x->s, r->key));
    }
    if (open)
        json_end_array(&x->w);
}
