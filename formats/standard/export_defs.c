/* SPDX-License-Identifier: Apache-2.0 */
/* What the schemas of many rows share, once: code lists, syntaxes and forms of
 * time, as members of $defs. */
#include "formats/standard/export_json.h"
#include "formats/standard/export_pattern.h"

/* ---------------------------------------------------------------- code lists */

void
schema_code(struct schema_out *x, const struct std_code *c,
            enum std_encoding encoding)
{
    if (encoding == STD_ENC_ALIAS) {
        json_i64(&x->w, c->alias);
    } else if (encoding == STD_ENC_NAME_ZH) {
        json_cstr(&x->w, c->name_zh);
    } else {
        json_cstr(&x->w, c->code);
        for (const char *const *a = c->also; *a != NULL; a++)
            json_cstr(&x->w, *a);
    }
}

static bool
kind_wanted(const struct schema_out *x, const char *kind)
{
    return x->kind == NULL || strcmp(x->kind, kind) == 0;
}

/* Whether a row of the schema writes list ${c} with ${encoding}. */
static bool
codes_used(const struct schema_out *x, const struct std_codes *c,
           enum std_encoding encoding)
{
    for (size_t i = 0; i < std_row_count(x->s); i++) {
        const struct std_row *r = std_row_at(x->s, i);

        if (r->codes == c && r->encoding == encoding && kind_wanted(x, r->kind))
            return true;
    }
    return false;
}

static void
put_codes_def(struct schema_out *x, const struct std_codes *c,
              enum std_encoding encoding)
{
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "codes_%s%s", c->id, schema_suffix(encoding));
    json_key_bytes(&x->w, schema_made(x));
    json_object(&x->w);
    schema_title(x, c->name_zh, c->name_en);
    json_key(&x->w, "enum");
    json_array(&x->w);
    for (size_t i = 0; i < c->count; i++)
        schema_code(x, &c->code[i], encoding);
    json_end_array(&x->w);
    json_end_object(&x->w);
}

/* ---------------------------------------------------------------- $defs */

static bool
format_used(const struct schema_out *x, enum std_format f, bool prefix)
{
    for (size_t i = 0; i < std_row_count(x->s); i++) {
        const struct std_row *r = std_row_at(x->s, i);

        if (r->format == f && r->prefix_ok == prefix && kind_wanted(x, r->kind))
            return true;
    }
    return false;
}

static void
put_format_def(struct schema_out *x, enum std_format f, bool prefix)
{
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "format_%s%s", std_format_name(f),
               prefix ? "_prefix" : "");
    json_key_bytes(&x->w, schema_made(x));
    json_object(&x->w);
    schema_type(x, "string");
    if (f == STD_FORMAT_HOSTNAME)
        schema_size(x, "maxLength", 253);
    buf_reset(&x->scratch);
    export_format_pattern(f, prefix, &x->scratch);
    json_key(&x->w, "pattern");
    json_string(&x->w, schema_made(x));
    json_end_object(&x->w);
}

static bool
form_used(const struct schema_out *x, enum time_form form)
{
    for (size_t i = 0; i < std_row_count(x->s); i++) {
        const struct std_row *r = std_row_at(x->s, i);

        if (r->type == STD_TIME && r->time_form == form &&
            kind_wanted(x, r->kind))
            return true;
    }
    return false;
}

static void
put_time_def(struct schema_out *x, enum time_form form)
{
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "time_%s", std_time_form_name(form));
    json_key_bytes(&x->w, schema_made(x));
    json_object(&x->w);
    if (form == TIME_EPOCH || form == TIME_EPOCH_MS) {
        schema_type(x, "integer");
        schema_size(x, "minimum", 0);
        schema_size(x, "maximum",
                    form == TIME_EPOCH ? (size_t)EXPORT_EPOCH_MAX
                                       : (size_t)EXPORT_EPOCH_MAX * 1000 + 999);
    } else {
        schema_type(x, "string");
        buf_reset(&x->scratch);
        export_time_pattern(form, &x->scratch);
        json_key(&x->w, "pattern");
        json_string(&x->w, schema_made(x));
    }
    json_end_object(&x->w);
}

void
schema_defs(struct schema_out *x)
{
    for (size_t i = 0; i < std_codes_count(x->s); i++) {
        const struct std_codes *c = std_codes_at(x->s, i);

        for (int e = STD_ENC_PLAIN; e <= STD_ENC_NAME_ZH; e++) {
            if (codes_used(x, c, (enum std_encoding)e))
                put_codes_def(x, c, (enum std_encoding)e);
        }
    }
    for (int f = STD_FORMAT_NONE + 1; f < STD_FORMAT_COUNT; f++) {
        for (int prefix = 0; prefix < 2; prefix++) {
            if (format_used(x, (enum std_format)f, prefix))
                put_format_def(x, (enum std_format)f, prefix);
        }
    }
    for (int f = 0; f < TIME_FORM_COUNT; f++) {
        if (form_used(x, (enum time_form)f))
            put_time_def(x, (enum time_form)f);
    }
}
