/* SPDX-License-Identifier: Apache-2.0 */
/* What operations say of a failure, in Chinese. They say it in English, where it is
 * seen; this table says it again for the reader of the report. */
#ifndef CONFORMANCE_STEPS_PHRASE_H
#define CONFORMANCE_STEPS_PHRASE_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

/* In ${en} a '*' stands for any text, as short as the rest allows, a '#' for a
 * number (digits, hexadecimal ones too, 'x' and points). In ${zh} $1 to $6 stand
 * for what the first to sixth of them were, as they are; %1 to %6 for the same,
 * said in Chinese where the table has it: never for what a product sent. The
 * first row that fits is taken: special ones come first. */
struct phrase {
    const char *en, *zh;
};

extern const struct phrase phrase_table[]; /* ends with en NULL */

/* phrase_zh(en, out): append ${en} in Chinese; as it is, and false, when no row
 * fits. Numbers, identifiers and what a product sent stay. Any thread. */
bool phrase_zh(struct bytes en, struct buf *out);

/* phrase_text(en, arena): the same as a text of the arena; NULL when no row fits or
 * memory is short, so that a report shows the English one in both languages. */
const char *phrase_text(const char *en, struct arena *arena);

#endif
