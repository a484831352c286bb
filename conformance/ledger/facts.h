/* SPDX-License-Identifier: Apache-2.0 */
/* What a catalogue covers, as a list of facts: which test verifies what, with
 * which twin and steps, which document shows which fault where. A committed list
 * is a baseline: what it names may not silently disappear. */
#ifndef CONFORMANCE_LEDGER_FACTS_H
#define CONFORMANCE_LEDGER_FACTS_H

#include "conformance/ledger/ledger.h"

/* facts_write(l, out): one fact a line, sorted; deterministic. */
void facts_write(const struct ledger *l, struct buf *out);

/* facts_lost(l, baseline, file, diag): how many lines of ${baseline} are no
 * fact of ${l} (blank lines and those that begin with '#' aside), each an error
 * in ${diag} (may be NULL). SIZE_MAX: out of memory. */
size_t facts_lost(const struct ledger *l, struct bytes baseline,
                  const char *file, struct diag *diag);

#endif
