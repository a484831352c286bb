/* SPDX-License-Identifier: Apache-2.0 */
/* Named properties of one request that data alone cannot express. */
#ifndef CONFORMANCE_STEPS_SERVE_CHECK_H
#define CONFORMANCE_STEPS_SERVE_CHECK_H

#include "conformance/steps/serve.h"

struct serve_finding { /* why a property does not hold */
    const char *at;    /* static: the element, for cards */
    char text[240];
};

struct serve_check {
    const char *name;
    const char *expected; /* one line, static */
    /* holds(s, v, q, f): 1 yes, 0 no (f says why), -1 says nothing about this
     * request (absent where it may be). */
    int (*holds)(struct session *s, struct serve *v,
                 const struct serve_request *q, struct serve_finding *f);
};

extern const struct serve_check serve_check_table[]; /* ends with name NULL */
const struct serve_check *serve_check_find(const char *name);

/* serve_finding(f, at, fmt, ...): fill it in; 0. */
int serve_finding(struct serve_finding *f, const char *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
