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

#endif
