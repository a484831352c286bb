/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and codes as JSON, for `hutong standard --json`. */
#ifndef AGENT_TOOL_STANDARD_JSON_H
#define AGENT_TOOL_STANDARD_JSON_H

#include "formats/json/writer.h"
#include "formats/standard/export.h"

/* Each writes one value; where a key or an element stands is the caller's. */
void standard_json_row(struct json_writer *w, const struct standard *s,
                       const struct std_row *r);
/* ${list} NULL: no member "list". */
void standard_json_code(struct json_writer *w, const char *list,
                        const struct std_code *c);
void standard_json_codes(struct json_writer *w, const struct std_codes *c);

#endif
