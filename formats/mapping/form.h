/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax of texts that are written as they are or not at all. */
#ifndef FORMATS_MAPPING_FORM_H
#define FORMATS_MAPPING_FORM_H

#include "formats/standard/standard.h"

/* form_fits(format, b): clean text ${b} is what the comment of enum std_format
 * says (host name, URI, UUID, hex, base64); true for other formats. */
bool form_fits(enum std_format format, struct bytes b);

#endif
