/* SPDX-License-Identifier: Apache-2.0 */
/* Values elsewhere in the record that a rule asks for, and conditions over
 * them. Internal to formats/check. */
#ifndef FORMATS_CHECK_SLOT_H
#define FORMATS_CHECK_SLOT_H

#include "formats/check/walk.h"

/* slot_node(w, number): the value's node in the scope now open, or 0. */
uint32_t slot_node(struct walk *w, uint32_t number);

/* slot_code(w, number): the code that the value of a coded row means, or NULL
 * when it is absent or unusable. Uses w->st->other. */
const struct std_code *slot_code(struct walk *w, uint32_t number);

enum slot_outcome { SLOT_FAILS, SLOT_HOLDS, SLOT_UNDECIDED };

/* slot_condition(w, c): undecided when the value is absent or unusable, which
 * is a finding of its own. Uses w->st->other. */
enum slot_outcome slot_condition(struct walk *w, const struct condition *c);

#endif
