/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions for the syntaxes of standard.h, in the subset that ECMA
 * 262, Python and PCRE2 read alike. Each accepts exactly the language that the
 * comments of enum std_format and enum std_encoding describe, except: a leap
 * second is known at whole-hour offsets only, and the first and last hours of
 * 1970..2199 are judged by the local date. */
#ifndef FORMATS_STANDARD_EXPORT_PATTERN_H
#define FORMATS_STANDARD_EXPORT_PATTERN_H

#include "formats/base/buf.h"
#include "formats/standard/standard.h"

/* Behind `$`: some engines (Python) match `$` before a final line feed too. */
#define PATTERN_END "$(?!\\n)"

/* export_format_pattern(f, prefix_ok, out): append; nothing for
 * STD_FORMAT_NONE. */
void export_format_pattern(enum std_format f, bool prefix_ok, struct buf *out);

/* export_time_pattern(form, out): append; only the forms that are texts
 * (RFC3339, DATETIME, COMPACT). */
void export_time_pattern(enum time_form form, struct buf *out);

/* The last value of an epoch form, 2199-12-31T23:59:59Z. */
#define EXPORT_EPOCH_MAX INT64_C(7258118399)

#endif
