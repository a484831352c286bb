/* SPDX-License-Identifier: Apache-2.0 */
/* A run of a role: which tests apply, what each of them came to. */
#ifndef CONFORMANCE_ROLES_RUN_H
#define CONFORMANCE_ROLES_RUN_H

#include <signal.h>

#include "conformance/ledger/ics.h"
#include "conformance/roles/observe.h"
#include "conformance/verdict/verdict.h"

struct run_result { /* of one test */
    const struct ledger_test *test;
    enum verdict verdict;
    struct ledger_text reason; /* static or in the observation's arena */
    uint64_t violations;       /* of the requirements it verifies */
};

struct run {
    const struct ledger *ledger; /* borrowed, as are the next two */
    const struct standard *standard;
    const struct ics *ics;             /* or NULL */
    const char *only;                  /* prefix of test ids, or NULL */
    const volatile sig_atomic_t *stop; /* set by a signal; or NULL */
    /* progress(ctx, r): called now and then while reading; may be NULL */
    void (*progress)(void *ctx, const struct run *r);
    void *ctx;
    struct observe *observe;   /* owned */
    struct run_result *result; /* owned; in the catalogue's order */
    size_t results;
    size_t named; /* of them, asked for: 0 is "nothing selected" */
    size_t count[VERDICT_COUNT];
    bool interrupted;
    enum verdict_exit exit;
};

/* run_open(r, role, err): begin: ledger, standard, ics, only, stop and progress
 * are set, the rest is zero. ERR_NOMEM and broken definitions fail. */
enum err_code run_open(struct run *r, const char *role,
                       struct err *err) MUST_USE;

/* run_file(r, path): observe a file. One that cannot be read is a fault of the
 * tester's surroundings: every verdict becomes error. */
void run_file(struct run *r, const char *path);

/* run_judge(r): every selected test against what was observed. */
void run_judge(struct run *r);
void run_free(struct run *r);

/* run_select(r, role, err): fill r->result with the tests of ${role} that
 * r->only names, what they need and the preflight. ERR_NOMEM. */
enum err_code run_select(struct run *r, const char *role,
                         struct err *err) MUST_USE;

/* run_applies(r, t): the test's condition and those of what it verifies hold:
 * by the declaration, or without one by what was observed (NULL: nothing is
 * known, all is supposed to hold). */
bool run_applies(const struct run *r, const struct ledger_test *t);

/* run_worst(r, rid): how a requirement came out: the worst verdict of the tests
 * that verify it; NONE when none was selected. */
enum verdict run_worst(const struct run *r, const char *rid);

/* ---- inside: steps (steps.c) */
/* step_run(r, res): the steps of a test, in order; only worsens. */
void step_run(struct run *r, struct run_result *res);

#endif
