/* SPDX-License-Identifier: Apache-2.0 */
/* The standard in other people's forms: JSON Schema 2020-12 (with patterns for
 * every format, since validators often ignore `format`), Markdown, CSV. */
#ifndef FORMATS_STANDARD_EXPORT_H
#define FORMATS_STANDARD_EXPORT_H

#include "formats/base/buf.h"
#include "formats/standard/standard.h"

enum std_lang { STD_ZH, STD_EN };

/* Each appends to ${out}; ${kind} NULL means all kinds (JSON Schema: an
 * envelope schema whose items follow info_type; otherwise the bare record of
 * that kind). ERR_NOT_FOUND for an unknown kind, ERR_NOMEM. Deterministic. */
enum err_code export_json_schema(const struct standard *s, const char *kind,
                                 struct buf *out, struct err *err) MUST_USE;
enum err_code export_markdown(const struct standard *s, const char *kind,
                              enum std_lang lang, struct buf *out,
                              struct err *err) MUST_USE;
enum err_code export_csv(const struct standard *s, const char *kind,
                         struct buf *out, struct err *err) MUST_USE;

/* The data and function interfaces as OpenAPI 3.1, with all schemas. ERR_NOT_FOUND
 * when no interface file is loaded. */
enum err_code export_openapi(const struct standard *s, struct buf *out,
                             struct err *err) MUST_USE;

/* export_place(r, out): where a row is written, e.g. "general.source.ip" or
 * "interfaces[].mac". */
void export_place(const struct std_row *r, struct buf *out);

/* export_limits(s, r, lang, out): what a value must be like beyond its type, as
 * one line: length, range, syntax, pattern, code list, members, conditions. */
void export_limits(const struct standard *s, const struct std_row *r,
                   enum std_lang lang, struct buf *out);

/* Words of a row's properties, static: "string", "M", "rfc3339", "number". */
const char *std_type_name(enum std_type t);
const char *std_presence_name(enum std_presence p);
const char *std_format_name(enum std_format f);
const char *std_encoding_name(enum std_encoding e);
const char *std_time_form_name(enum time_form f);

#endif
