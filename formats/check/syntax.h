/* SPDX-License-Identifier: Apache-2.0 */
/* The syntax of strings that a definition names by `format`. */
#ifndef FORMATS_CHECK_SYNTAX_H
#define FORMATS_CHECK_SYNTAX_H

#include "formats/standard/standard.h"

/* syntax_ok(format, prefix_ok, b): whether the unescaped text ${b} is written
 * as ${format} wants. ${prefix_ok}: addresses may end in "/length". */
bool syntax_ok(enum std_format format, bool prefix_ok, struct bytes b);

/* syntax_time(form, b): whether ${b} has the outer form of a value encoding
 * other than RFC 3339 (standard.h, STD_ENC_TIME); the calendar is the parser's
 * business. */
bool syntax_time(enum time_form form, struct bytes b);

/* syntax_name(format, zh): what is wanted, as the end of "must be ...". */
const char *syntax_name(enum std_format format, bool zh);

#endif
