/* SPDX-License-Identifier: Apache-2.0 */
/* The two JSON Schema documents: the bare record of one kind, and the envelope
 * whose items follow its info_type. */
#include "formats/standard/export_json.h"
#include "formats/standard/interface.h"
#include "formats/standard/internal.h"

static void
put_head(struct schema_out *x, const char *kind)
{
    json_key(&x->w, "$schema");
    json_cstr(&x->w, "https://json-schema.org/draft/2020-12/schema");
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "urn:hutong:standard:%s:%s:%s", std_edition(x->s),
               kind, std_kind_version(x->s, kind));
    json_key(&x->w, "$id");
    json_string(&x->w, schema_made(x));
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "%s / %s", std_kind_name(x->s, kind, true),
               std_kind_name(x->s, kind, false));
    json_key(&x->w, "title");
    json_string(&x->w, schema_made(x));
    json_key(&x->w, "$comment");
    json_cstr(&x->w,
              "Identifiers, types, presence and constraints are provisional. A "
              "schema cannot compare two times (first <= last).");
}

static void
put_defs_open(struct schema_out *x)
{
    json_key(&x->w, "$defs");
    json_object(&x->w);
    schema_defs(x);
}

void
schema_body(struct schema_out *x, const char *kind)
{
    x->body = true;
    schema_places(x, std_shape(x->s, kind));
    schema_conditions(x, kind);
    x->body = false;
}

void
schema_record(struct schema_out *x, const char *kind)
{
    x->record = kind;
    schema_places(x, std_shape(x->s, kind));
    schema_conditions(x, kind);
    x->record = NULL;
}

/* The value of a row that means ${code}, as the row writes it. */
static void
put_const(struct schema_out *x, const struct std_row *r, const char *code)
{
    const struct std_code *c =
        r->codes ? std_code(r->codes, bytes_str(code)) : NULL;

    json_array(&x->w);
    if (c != NULL)
        schema_code(x, c, r->encoding);
    else
        json_cstr(&x->w, code);
    json_end_array(&x->w);
}

/* "If info_type says this kind, then the items are records of it." */
static void
put_kind_rule(struct schema_out *x, const char *kind)
{
    const struct shape *info = std_place(x->s, "envelope.info_type");
    const struct shape *items = std_place(x->s, "envelope.items");

    json_object(&x->w);
    json_key(&x->w, "if");
    schema_chain_open(x, info, true);
    json_key(&x->w, "enum");
    put_const(x, info->row, kind);
    schema_chain_close(x, info, true);
    json_key(&x->w, "then");
    schema_chain_open(x, items, false);
    json_key(&x->w, "items");
    json_object(&x->w);
    buf_reset(&x->scratch);
    buf_printf(&x->scratch, "%srecord_%s", x->refs, kind);
    json_key(&x->w, "$ref");
    json_string(&x->w, schema_made(x));
    json_end_object(&x->w);
    schema_chain_close(x, items, false);
    json_end_object(&x->w);
}

/* A kind without a definition cannot be judged, so it is not accepted. */
static void
put_known_kinds(struct schema_out *x)
{
    const struct shape *info = std_place(x->s, "envelope.info_type");

    schema_chain_open(x, info, false);
    json_key(&x->w, "enum");
    json_array(&x->w);
    for (size_t i = 0; i < std_kind_count(x->s); i++) {
        const char *kind = std_kind(x->s, i);
        const struct std_code *c =
            info->row->codes ? std_code(info->row->codes, bytes_str(kind))
                             : NULL;

        if (c != NULL)
            schema_code(x, c, info->row->encoding);
        else
            json_cstr(&x->w, kind);
    }
    json_end_array(&x->w);
    schema_chain_close(x, info, false);
}

void
schema_envelope(struct schema_out *x)
{
    schema_places(x, std_shape(x->s, STD_ENVELOPE));
    json_key(&x->w, "allOf");
    json_array(&x->w);
    put_known_kinds(x);
    for (size_t i = 0; i < std_kind_count(x->s); i++)
        put_kind_rule(x, std_kind(x->s, i));
    json_end_array(&x->w);
}

static void
put_envelope(struct schema_out *x)
{
    put_head(x, STD_ENVELOPE);
    schema_envelope(x);
    put_defs_open(x);
    for (size_t i = 0; i < std_kind_count(x->s); i++) {
        buf_reset(&x->scratch);
        buf_printf(&x->scratch, "record_%s", std_kind(x->s, i));
        json_key_bytes(&x->w, schema_made(x));
        json_object(&x->w);
        schema_record(x, std_kind(x->s, i));
        json_end_object(&x->w);
    }
    json_end_object(&x->w);
}

enum err_code
export_json_schema(const struct standard *s, const char *kind, struct buf *out,
                   struct err *err)
{
    struct schema_out x = {
        .s = s, .kind = kind, .bare = kind != NULL, .refs = "#/$defs/"};

    if (std_shape(s, kind ? kind : STD_ENVELOPE) == NULL)
        return err_set(err, ERR_NOT_FOUND, kind, "no such kind is defined");
    if (kind == NULL && (std_place(s, "envelope.info_type") == NULL ||
                         std_place(s, "envelope.items") == NULL))
        return err_set(err, ERR_NOT_FOUND, STD_ENVELOPE,
                       "the envelope has no info_type or no items");
    json_writer_init(&x.w, out);
    json_object(&x.w);
    if (kind == NULL) {
        put_envelope(&x);
    } else {
        put_head(&x, kind);
        if (strcmp(kind, STD_ENVELOPE) == 0)
            schema_places(&x, std_shape(s, kind));
        else if (std_is_body(s, kind))
            schema_body(&x, kind);
        else
            schema_record(&x, kind);
        put_defs_open(&x);
        json_end_object(&x.w);
    }
    json_end_object(&x.w);
    buf_free(&x.scratch);
    if (!buf_ok(out))
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    return ERR_OK;
}
