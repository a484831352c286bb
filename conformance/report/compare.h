/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two stored runs, and why: the product, or the test, the
 * definitions, the surroundings, or chance. */
#ifndef CONFORMANCE_REPORT_COMPARE_H
#define CONFORMANCE_REPORT_COMPARE_H

#include "conformance/report/render.h"

enum compare_cause {
    CAUSE_PRODUCT,     /* the product, or nothing else that is known */
    CAUSE_UNSTABLE,    /* the same product under the same circumstances */
    CAUSE_ENVIRONMENT, /* tool error, or other circumstances and the same
                          product */
    CAUSE_REVISED,     /* the test has another revision */
    CAUSE_RULES,       /* other definitions or another version of the tester */
    CAUSE_ADDED,       /* the test is new in the catalogue */
    CAUSE_REMOVED,
    CAUSE_SELECTION, /* the same catalogue, but not selected in one run */
    CAUSE_COUNT
};

struct compare_side { /* one of the two reports */
    struct buf json;  /* owned */
    struct render r;  /* the tree; nothing is rendered */
};

struct compare_row {
    uint32_t old, new; /* nodes of the test; 0: not in that run */
    enum compare_cause cause;
    int worse; /* 1, -1: better, 0: cannot be told */
};

struct compare {
    struct compare_side a, b;
    struct compare_row *row; /* owned; tests that came out differently */
    size_t rows, same;
    size_t count[CAUSE_COUNT];
};

/* compare_open(c, err): from the texts in c->a.json and c->b.json. ERR_SYNTAX
 * when one is no report, ERR_NOMEM. compare_close also after a failure. */
enum err_code compare_open(struct compare *c, struct err *err) MUST_USE;
void compare_close(struct compare *c);

/* Members of the two heads that tell circumstances; ends with name NULL. */
struct compare_head {
    const char *name; /* "catalogue.sha256" */
    const char *zh, *en;
};
extern const struct compare_head compare_heads[];

/* compare_same(c, path): that member is the same in both. */
bool compare_same(struct compare *c, const char *path);

const char *compare_name(enum compare_cause cause); /* "product_changed" */
const char *compare_word(enum compare_cause cause, bool zh);

#endif
