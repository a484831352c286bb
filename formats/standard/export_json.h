/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that write JSON Schema; not for other modules. */
#ifndef FORMATS_STANDARD_EXPORT_JSON_H
#define FORMATS_STANDARD_EXPORT_JSON_H

#include "formats/json/writer.h"
#include "formats/standard/export.h"

struct schema_out {
    const struct standard *s;
    struct json_writer w;
    struct buf scratch; /* owned; one text at a time */
    const char *kind;   /* whose code lists and syntaxes $defs has; NULL: all */
    const char *record; /* kind of the record being written; NULL: envelope */
    bool bare;          /* info_type is required */
    bool body;          /* no record: nothing but the members defined */
    bool named;         /* the root has the title and the key of its row */
    const char *refs;   /* where the shared schemas are: "#/$defs/" */
};

/* schema_places(x, root): the keywords of the object at ${root} and below, into
 * the JSON object that is open. */
void schema_places(struct schema_out *x, const struct shape *root);

/* schema_envelope(x), schema_record(x, kind), schema_body(x, kind): all of one
 * document's schema, into the JSON object that is open; references to schemas
 * "record_<kind>" and those of schema_defs. */
void schema_envelope(struct schema_out *x);
void schema_record(struct schema_out *x, const char *kind);
void schema_body(struct schema_out *x, const char *kind);

/* schema_conditions(x, kind): the array elements for conditional presence and
 * for members that only some values allow. Writes nothing when there are none;
 * otherwise the key "allOf" and an array. */
void schema_conditions(struct schema_out *x, const char *kind);

/* schema_chain_open(x, at, required): from the root of a record down to place
 * ${at} (NULL or the root: nothing), one nested subschema a step; with
 * ${required} each step must be there. The innermost object is left open. Close
 * with as many steps. */
void schema_chain_open(struct schema_out *x, const struct shape *at,
                       bool required);
void schema_chain_close(struct schema_out *x, const struct shape *at,
                        bool required);

/* schema_made(x): what x->scratch holds; when it ran out of memory, so did the
 * output. */
struct bytes schema_made(struct schema_out *x);

/* Single keywords: "title" in both languages, "type", a count. */
void schema_title(struct schema_out *x, const char *zh, const char *en);
void schema_type(struct schema_out *x, const char *type);
void schema_size(struct schema_out *x, const char *key, size_t v);

/* schema_suffix(e): what the name of a code list in $defs ends with. */
const char *schema_suffix(enum std_encoding e);

/* schema_defs(x): the members of $defs, into the JSON object that is open. */
void schema_defs(struct schema_out *x);

/* schema_code(x, c, encoding): the values a document may hold for ${c}, as
 * elements of the open array. */
void schema_code(struct schema_out *x, const struct std_code *c,
                 enum std_encoding encoding);

#endif
