/* SPDX-License-Identifier: Apache-2.0 */
/* What a catalogue must be like beyond its syntax: every name leads somewhere,
 * every rule of the definitions has exactly one requirement, every negative
 * test a twin, every row that is not tested a reason. */
#ifndef CONFORMANCE_LEDGER_LINT_H
#define CONFORMANCE_LEDGER_LINT_H

#include "conformance/ledger/ledger.h"

/* lint_ledger(l, s, c, diag): all problems as errors in ${diag}. ${c} is a
 * checker of ${s}. */
void lint_ledger(const struct ledger *l, const struct standard *s,
                 const struct checker *c, struct diag *diag);

#endif
