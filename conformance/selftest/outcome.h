/* SPDX-License-Identifier: Apache-2.0 */
/* What a run came to, read back from its report.json: as a stranger would. */
#ifndef CONFORMANCE_SELFTEST_OUTCOME_H
#define CONFORMANCE_SELFTEST_OUTCOME_H

#include "conformance/verdict/verdict.h"
#include "formats/base/arena.h"
#include "formats/base/buf.h"

#define OUTCOME_POINTERS_MAX 12

struct outcome_test {
    const char *id;
    enum verdict verdict;
    bool negative;                             /* has a twin */
    const char *const *verifies;               /* NULL-ended */
    const char *pointer[OUTCOME_POINTERS_MAX]; /* where it saw something */
    size_t pointers;
    const char *observed; /* one line, or "" */
};

struct outcome {
    struct arena arena;
    struct outcome_test *test; /* in the arena */
    size_t tests;
    bool complete; /* the run was not interrupted */
};

/* outcome_read(report, out, err): ERR_SYNTAX when it is no report, ERR_LIMIT,
 * ERR_NOMEM. Caller: outcome_free. */
enum err_code outcome_read(struct bytes report, struct outcome *out,
                           struct err *err) MUST_USE;
void outcome_free(struct outcome *o);

/* outcome_points(t, site): one of its places is ${site}: the same pointer, or
 * the same in a record of an envelope ("/items/0/x" and "/x"), or what contains
 * it, or the same word of a protocol. */
bool outcome_points(const struct outcome_test *t, const char *site);

/* outcome_verifies(t, rid) */
bool outcome_verifies(const struct outcome_test *t, const char *rid);

#endif
