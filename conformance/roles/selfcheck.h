/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's own documents through the tester: a case that is called
 * invalid breaks its one rule at its one place and nothing else, what is called
 * valid or free breaks nothing. */
#ifndef CONFORMANCE_ROLES_SELFCHECK_H
#define CONFORMANCE_ROLES_SELFCHECK_H

#include "conformance/roles/run.h"

/* selfcheck_corpus(l, s, diag): an error in ${diag} for each case that is not
 * as it is called. ERR_NOMEM and broken definitions fail. */
enum err_code selfcheck_corpus(const struct ledger *l, const struct standard *s,
                               struct diag *diag, struct err *err) MUST_USE;

/* selfcheck_valid(r, err): observe every valid case as one target, each a
 * document, and judge: what passes has a positive example. ${r} is open. */
enum err_code selfcheck_valid(struct run *r, struct err *err) MUST_USE;

/* What the tests make of one invalid case among good documents. */
struct selfcheck_kill {
    bool killed; /* a test failed or warned */
    bool right;  /* all of them verify the requirement that owns the rule, and
                    the first sample points at the seeded place */
};
/* selfcheck_kill(r, c, out, err): reset ${r}, observe the base documents (all
 * valid), the case in place of its own base, and judge. */
enum err_code selfcheck_kill(struct run *r, const struct corpus_case *c,
                             struct selfcheck_kill *out,
                             struct err *err) MUST_USE;

#endif
