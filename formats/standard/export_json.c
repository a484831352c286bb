/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Schema 2020-12 from the compiled places. It accepts what the checker's
 * strict profile accepts, except that the order of two times (not_after,
 * before) cannot be said in a schema. Syntaxes and code lists stand once, under $defs. */
#include "formats/standard/export_json.h"

#include "formats/standard/export_pattern.h"
#include "formats/standard/internal.h"

struct bytes
schema_made(struct schema_out *x)
{
    if (!buf_ok(&x->scratch))
        x->w.out->failed = true;
    return buf_view(&x->scratch);
}

void
schema_title(struct schema_out *x, const char *zh, const char *en)
{
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "%s / %s", zh, en);
    json_key(&x->w, "title");
    json_string(&x->w, schema_made(x));
}

static void
put_annotations(struct schema_out *x, const struct std_row *r)
{
    if (r == NULL)
        return;
    schema_title(x, r->zh, r->en);
    if (*r->about_zh != '\0' || *r->about_en != '\0') {
        buf_reset(&x->scratch);
        buf_printf(&x->scratch, "%s / %s", r->about_zh, r->about_en);
        json_key(&x->w, "description");
        json_string(&x->w, schema_made(x));
    }
    json_key(&x->w, "x-key");
    json_cstr(&x->w, r->key);
    json_key(&x->w, "x-source");
    json_cstr(&x->w, r->source);
    json_key(&x->w, "x-clause");
    json_cstr(&x->w, r->clause);
    json_key(&x->w, "x-provisional");
    json_bool(&x->w, r->provisional);
}

void
schema_type(struct schema_out *x, const char *type)
{
    json_key(&x->w, "type");
    json_cstr(&x->w, type);
}

void
schema_size(struct schema_out *x, const char *key, size_t v)
{
    json_key(&x->w, key);
    json_u64(&x->w, v);
}

static void
put_ref(struct schema_out *x, const char *fmt, const char *a, const char *b)
{
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "%s%s%s%s", x->refs, fmt, a, b);
    json_key(&x->w, "$ref");
    json_string(&x->w, schema_made(x));
}

static void
put_number(struct schema_out *x, const char *key, double v)
{
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "%.17g", v);
    json_key(&x->w, key);
    json_raw(&x->w, schema_made(x));
}

const char *
schema_suffix(enum std_encoding e)
{
    return e == STD_ENC_ALIAS ? "_number" : e == STD_ENC_NAME_ZH ? "_zh" : "";
}

/* ---------------------------------------------------------------- leaves */

static void
put_string_limits(struct schema_out *x, const struct std_row *r)
{
    schema_type(x, "string");
    if (r->min_len != 0)
        schema_size(x, "minLength", r->min_len);
    if (r->max_len != 0)
        schema_size(x, "maxLength", r->max_len);
    if (r->pattern != NULL) {
        buf_reset(&x->scratch);
        buf_add(&x->scratch, r->pattern, strlen(r->pattern) - 1);
        buf_str(&x->scratch, PATTERN_END);
        json_key(&x->w, "pattern");
        json_string(&x->w, schema_made(x));
    }
    if (r->format != STD_FORMAT_NONE)
        put_ref(x, "format_", std_format_name(r->format),
                r->prefix_ok ? "_prefix" : "");
}

/* RFC 7493 (I-JSON): integers that every implementation keeps exact; the strict
 * reader refuses others. */
#define EXACT_INTEGER 9007199254740991.0

static void
put_range(struct schema_out *x, const struct std_row *r)
{
    bool whole = r->type == STD_INTEGER;

    schema_type(x, whole ? "integer" : "number");
    if (r->has_min || whole)
        put_number(x, "minimum", r->has_min ? r->min : -EXACT_INTEGER);
    if (r->has_max || whole)
        put_number(x, "maximum", r->has_max ? r->max : EXACT_INTEGER);
}

static void
put_leaf(struct schema_out *x, enum std_type type, const struct std_row *r)
{
    switch (type) {
    case STD_STRING:
    case STD_ENUM:
        if (r->encoding == STD_ENC_PLAIN)
            put_string_limits(x, r);
        if (r->codes != NULL)
            put_ref(x, "codes_", r->codes->id, schema_suffix(r->encoding));
        break;
    case STD_INTEGER:
    case STD_NUMBER:
        put_range(x, r);
        break;
    case STD_BOOLEAN:
        schema_type(x, "boolean");
        break;
    case STD_TIME:
        put_ref(x, "time_", std_time_form_name(r->time_form), "");
        break;
    case STD_ANY:
        if (r->free_object)
            schema_type(x, "object");
        break;
    case STD_OBJECT:
    case STD_ARRAY:
        break; /* not leaves */
    }
}

/* ---------------------------------------------------------------- objects */

static void
put_required(struct schema_out *x, const struct shape *s, bool info_type)
{
    bool open = info_type;

    if (info_type) {
        json_key(&x->w, "required");
        json_array(&x->w);
        json_cstr(&x->w, "info_type");
    }
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct std_row *r = s->child[i]->row;

        if (r == NULL || r->presence != STD_M || r->allow != NULL)
            continue;
        if (!open) {
            json_key(&x->w, "required");
            json_array(&x->w);
            open = true;
        }
        json_cstr(&x->w, s->child[i]->name);
    }
    if (open)
        json_end_array(&x->w);
}

static void
put_one_of(struct schema_out *x, const struct std_row *r)
{
    json_key(&x->w, "anyOf");
    json_array(&x->w);
    for (const char *const *k = r->one_of; *k != NULL; k++) {
        json_object(&x->w);
        json_key(&x->w, "required");
        json_array(&x->w);
        json_cstr(&x->w, std_place(x->s, *k)->name);
        json_end_array(&x->w);
        json_end_object(&x->w);
    }
    json_end_array(&x->w);
}

/* Everything of an object up to the open "properties". */
static void
open_object(struct schema_out *x, const struct shape *s)
{
    const struct std_row *r = s->row;
    bool record = s->parent == NULL && x->record != NULL;

    schema_type(x, "object");
    if (r != NULL && (r->one_member || r->any_member))
        schema_size(x, "minProperties", 1);
    if (r != NULL && r->one_member)
        schema_size(x, "maxProperties", 1);
    if (r != NULL && r->one_of != NULL)
        put_one_of(x, r);
    put_required(x, s, record && x->bare);
    json_key(&x->w, "properties");
    json_object(&x->w);
    if (record) {
        json_key(&x->w, "info_type");
        json_object(&x->w);
        json_key(&x->w, "const");
        json_cstr(&x->w, x->record);
        json_end_object(&x->w);
    }
}

/* One place; false when it is a leaf and complete. */
static bool
open_place(struct schema_out *x, const struct shape *s)
{
    if (s->parent != NULL)
        json_object(&x->w); /* the root is open already */
    if (s->parent != NULL || x->named)
        put_annotations(x, s->row);
    if (s->type == STD_OBJECT) {
        open_object(x, s);
        return true;
    }
    if (s->type == STD_ARRAY) {
        schema_type(x, "array");
        if (s->row != NULL && s->row->min_len != 0)
            schema_size(x, "minItems", s->row->min_len);
        if (s->row != NULL && s->row->max_len != 0)
            schema_size(x, "maxItems", s->row->max_len);
        json_key(&x->w, "items");
        return true;
    }
    put_leaf(x, s->type, s->row);
    json_end_object(&x->w);
    return false;
}

static void
close_place(struct schema_out *x, const struct shape *s)
{
    if (s->type == STD_OBJECT) {
        json_end_object(&x->w); /* properties */
        if (s->parent == NULL && !x->body) {
            json_key(&x->w, "patternProperties");
            json_raw(&x->w, BYTES("{\"^x_\":true}"));
        }
        json_key(&x->w, "additionalProperties");
        json_bool(&x->w, false);
    }
    if (s->parent != NULL)
        json_end_object(&x->w);
}

void
schema_places(struct schema_out *x, const struct shape *root)
{
    struct {
        const struct shape *s;
        uint32_t next;
    } stack[STD_MAX_STEPS + 2] = {{root, 0}};
    size_t depth = 1;

    (void)open_place(x, root);
    while (depth > 0) {
        const struct shape *s = stack[depth - 1].s, *child;

        if (stack[depth - 1].next == s->child_count) {
            close_place(x, s);
            depth--;
            continue;
        }
        child = s->child[stack[depth - 1].next++];
        if (s->type == STD_OBJECT)
            json_key(&x->w, child->name);
        if (open_place(x, child)) {
            stack[depth].s = child;
            stack[depth++].next = 0;
        }
    }
}
