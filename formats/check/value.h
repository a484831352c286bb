/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of one value. Internal to formats/check. */
#ifndef FORMATS_CHECK_VALUE_H
#define FORMATS_CHECK_VALUE_H

#include "formats/check/walk.h"

/* value_check(w, pl, i): the value at node ${i} against place ${pl}, which is no
 * object or array; at most one finding. */
void value_check(struct walk *w, const struct place *pl, uint32_t i);

/* The value has another type, or so many elements or characters. */
void value_fault_type(struct walk *w, const struct place *pl, uint32_t i);
void value_fault_count(struct walk *w, const struct place *pl, uint32_t node,
                       size_t count);

/* value_integer_text(w, n, out): the integer ${n} however it is written (443,
 * 443.0, 4.43e2) as plain digits, in the document or in ${out}; empty when it
 * is no integer. */
struct bytes value_integer_text(const struct walk *w, const struct tape_node *n,
                                char out[24]);

#endif
