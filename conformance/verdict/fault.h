/* SPDX-License-Identifier: Apache-2.0 */
/* Faults seeded into the tester itself: only in builds with HUTONG_FAULTS, only
 * when the environment variable HUTONG_TESTER_FAULT names one. `selftest` starts
 * itself with each of them and must notice. */
#ifndef CONFORMANCE_VERDICT_FAULT_H
#define CONFORMANCE_VERDICT_FAULT_H

#include <stdbool.h>

#define FAULT_VARIABLE "HUTONG_TESTER_FAULT"

struct fault_row {
    const char *name;
    const char *what; /* English, one line */
    /* Shows only against products: those of role http_server with a fault of
     * this requirement; NULL: shows without. */
    const char *requirement;
};
extern const struct fault_row fault_table[]; /* ends with name NULL */

#ifdef HUTONG_FAULTS
/* fault_on(name): this fault is seeded. ${name} is a row of the table. */
bool fault_on(const char *name);
#else
#define fault_on(name) false
#endif

/* fault_built(): the faults are compiled in. */
bool fault_built(void);

#endif
