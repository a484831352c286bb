/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of lint: the rules that exist and the entries that name them, sorted, so
 * that a catalogue of thousands of both is looked through in no time. */
#ifndef CONFORMANCE_LEDGER_LINT_RULES_H
#define CONFORMANCE_LEDGER_LINT_RULES_H

#include "conformance/ledger/ledger.h"

struct lint_rules;

/* lint_rules_new(l, c): NULL when out of memory. */
struct lint_rules *lint_rules_new(const struct ledger *l,
                                  const struct checker *c);
void lint_rules_free(struct lint_rules *r);

/* lint_rules_count(r), lint_rules_at(r, i): all rules, of the checker and of the
 * roles; borrowed. */
size_t lint_rules_count(const struct lint_rules *r);
struct bytes lint_rules_at(const struct lint_rules *r, size_t i);

/* lint_rules_exists(r, pattern): some rule is named by ${pattern}. */
bool lint_rules_exists(const struct lint_rules *r, const char *pattern);

/* lint_rules_owners(r, i): how many requirements name rule ${i} most closely. */
unsigned lint_rules_owners(const struct lint_rules *r, size_t i);

#endif
