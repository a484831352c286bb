/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts and the rules by which they change (reference/conformance.md 5.3):
 * within a run a verdict only worsens, what was not exercised is never passed,
 * a refusal counts only beside an acceptance, and nothing selected is an exit
 * status of its own. Pure functions; any thread. */
#ifndef CONFORMANCE_VERDICT_VERDICT_H
#define CONFORMANCE_VERDICT_VERDICT_H

#include "formats/base/bytes.h"
#include "formats/base/err.h"

/* In the order of worsening. The first three of them are what a test may begin
 * with; a test that is not applicable or blocked is never run. */
enum verdict {
    VERDICT_NONE,
    VERDICT_NOT_APPLICABLE, /* its condition on the declaration is false, or
                               nothing it speaks of was there to be judged */
    VERDICT_PASS,
    VERDICT_INFO,     /* behaviour left open, recorded */
    VERDICT_WARN,     /* a requirement of level should is violated */
    VERDICT_INCONC,   /* cannot be told */
    VERDICT_BLOCKED,  /* a test that it depends on did not pass */
    VERDICT_UNSTABLE, /* repeats disagree */
    VERDICT_FAIL,     /* a requirement of level shall is violated */
    VERDICT_ERROR,    /* the tester's own fault; never charged to the product */
    VERDICT_COUNT
};

/* verdict_name(v): stable word, "not_applicable"; verdict_word(v, zh): for
 * people. Never NULL. */
const char *verdict_name(enum verdict v);
const char *verdict_word(enum verdict v, bool zh);

/* verdict_of(name, out): the reverse of verdict_name. */
bool verdict_of(struct bytes name, enum verdict *out);

/* verdict_worse(a, b): the worse of the two: how a verdict takes a further
 * observation. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* What a test finds before it runs. */
struct verdict_gate {
    bool applies;              /* its condition holds */
    const enum verdict *needs; /* verdicts of the tests that it depends on */
    size_t count;
};

/* verdict_gate(g): NONE when the test may run, else NOT_APPLICABLE (the
 * condition is false or a needed test is not applicable) or BLOCKED (a needed
 * test has not passed; INFO and WARN have). */
enum verdict verdict_gate(const struct verdict_gate *g);

/* How a refusal, or the absence of a fault, was reached. */
struct verdict_negative {
    enum verdict own;  /* what the test itself says */
    enum verdict twin; /* of its positive twin in this run; NONE: not run */
    bool alive;        /* the peer answered a probe afterwards */
    bool attributable; /* the refusal says what it refuses */
};

/* verdict_negative(n): a pass is kept only with a passed twin, a living peer
 * and an attributable refusal; with a twin that is not applicable it is not
 * applicable, else inconclusive. Anything but a pass is kept. */
enum verdict verdict_negative(const struct verdict_negative *n);

/* verdict_repeat(v, n): the verdict of ${n} repeats: theirs when all are the
 * same, ERROR when any is, else UNSTABLE. NONE for no repeats. */
enum verdict verdict_repeat(const enum verdict *v, size_t n);

/* Exit status of a run (reference/conformance.md 5.3). */
enum verdict_exit {
    EXIT_PASSED = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,        /* usage, declaration or catalogue */
    EXIT_NOT_TESTABLE = 3, /* the preflight tests did not pass */
    EXIT_TOOL = 4,
    EXIT_UNDECIDED = 5, /* inconclusive, unstable or blocked, and no fail */
    EXIT_NOTHING = 6    /* no test was selected, or none applied */
};

/* verdict_exit(count, preflight_failed): from how many tests had each verdict
 * (VERDICT_COUNT numbers). Without a single pass nothing is green. */
enum verdict_exit verdict_exit(const size_t count[VERDICT_COUNT],
                               bool not_testable);

#endif
