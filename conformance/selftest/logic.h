/* SPDX-License-Identifier: Apache-2.0 */
/* What the tester must do whatever the catalogue says: the rules of verdicts,
 * and that a product that shows nothing earns nothing. */
#ifndef CONFORMANCE_SELFTEST_LOGIC_H
#define CONFORMANCE_SELFTEST_LOGIC_H

#include "conformance/roles/run.h"

/* logic_verdicts(diag): the rules of reference/conformance.md 5.3, one by one;
 * an error in ${diag} for each that does not hold. Returns how many were tried. */
size_t logic_verdicts(struct diag *diag);

/* logic_dumb(l, s, diag, tried, err): exports of dumb products (nothing, no
 * JSON, empty objects, one frozen sample ...) through role files: none passes a
 * negative test, none exits with 0. */
enum err_code logic_dumb(const struct ledger *l, const struct standard *s,
                         struct diag *diag, size_t *tried,
                         struct err *err) MUST_USE;

#endif
