/* SPDX-License-Identifier: Apache-2.0 */
/* Single deletions from a catalogue in memory: what a slip of the hand could
 * take away, and whether lint, the documents or the coverage notice it. */
#ifndef CONFORMANCE_SELFTEST_MUTATE_H
#define CONFORMANCE_SELFTEST_MUTATE_H

#include "conformance/ledger/ledger.h"

enum mutate_class {
    MUTATE_REQUIREMENT, /* a row */
    MUTATE_RULE,        /* one of its rules */
    MUTATE_REASON,      /* why it is not simply tested */
    MUTATE_TEST,
    MUTATE_VERIFIES, /* one requirement of a test */
    MUTATE_TWIN,
    MUTATE_DEPENDS,
    MUTATE_STEP,       /* the last step of a test */
    MUTATE_CASE,       /* a document of the corpus */
    MUTATE_RULE_NAMED, /* the rule that a document is said to break */
    MUTATE_POINTER,    /* ... and where */
    MUTATE_PATCH,      /* the last change that makes it */
    MUTATE_ITEM,       /* the last item of a declaration template */
    MUTATE_CLASSES
};

const char *mutate_name(enum mutate_class c);

/* mutate_count(l, c): how many single deletions of this class there are. */
size_t mutate_count(const struct ledger *l, enum mutate_class c);

struct mutate {
    struct ledger ledger; /* without one thing; shares all else with the
                             original, which must outlive it: no ledger_free */
    const char *what;     /* id of what lost something; borrowed */
    const struct corpus_case *one; /* the document that changed, or NULL */
    void *owned[2];
};

/* mutate_make(l, c, n, out, err): deletion ${n}. ERR_NOMEM, ERR_ARG. */
enum err_code mutate_make(const struct ledger *l, enum mutate_class c, size_t n,
                          struct mutate *out, struct err *err) MUST_USE;
void mutate_free(struct mutate *m);

enum mutate_noticed {
    MUTATE_UNNOTICED,
    MUTATE_BY_LINT,
    MUTATE_BY_CORPUS,   /* a document is not as it is called */
    MUTATE_BY_COVERAGE, /* a row of level shall lacks a test */
    MUTATE_BY_BASELINE  /* only the committed list of facts misses it */
};

/* mutate_judge(m, s, checker, covered, baseline, out, err): who notices, the
 * first of the list. ${covered}: rows covered without the deletion. */
enum err_code mutate_judge(const struct mutate *m, const struct standard *s,
                           const struct checker *checker, size_t covered,
                           struct bytes baseline, enum mutate_noticed *out,
                           struct err *err) MUST_USE;

#endif
