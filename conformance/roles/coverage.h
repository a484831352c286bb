/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of a catalogue cover, requirement by requirement. */
#ifndef CONFORMANCE_ROLES_COVERAGE_H
#define CONFORMANCE_ROLES_COVERAGE_H

#include "conformance/roles/run.h"

struct coverage_row { /* of one requirement */
    size_t positive;  /* tests of what is right; a negative one's twin counts */
    size_t negative;  /* tests of what is wrong; one that judges what a product
                         sends is both: it passes the right and fails the wrong */
    size_t seeded;    /* faults of products that break it (coverage_seed) */
    size_t invalid;   /* documents that break it */
    bool shown;       /* by files: its tests pass over the valid documents */
    bool wanted;      /* level shall, seen from outside, to be tested */
    bool covered;     /* has a positive and a negative test */
};

struct coverage {
    struct coverage_row *row; /* one a requirement, owned */
    size_t wanted, covered;   /* rows that are wanted, and both */
};

/* coverage_find(l, s, out, err): judge the valid documents and count. ERR_NOMEM,
 * broken definitions. Caller: coverage_free. */
enum err_code coverage_find(const struct ledger *l, const struct standard *s,
                            struct coverage *out, struct err *err) MUST_USE;
/* coverage_seed(l, c, rid): a product with a seeded fault breaks ${rid}. */
void coverage_seed(const struct ledger *l, struct coverage *c, const char *rid);
void coverage_free(struct coverage *c);

/* coverage_percent(c): covered of wanted, rounded down; 0 when none is wanted. */
unsigned coverage_percent(const struct coverage *c);

#endif
