/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt of one test: its session from set-up to restore, what it weighs,
 * and whether it counts. */
#ifndef CONFORMANCE_STEPS_ATTEMPT_H
#define CONFORMANCE_STEPS_ATTEMPT_H

#include "conformance/steps/bench.h"

/* attempt_make(b, i, alone): of the test of result ${i}; ${alone}: no other
 * session is going on. False: it does not count, since the product fell over
 * under others, the tester stood still (alone, it was made again some times), or
 * the run is being stopped. Several threads, each with its own ${i}. */
bool attempt_make(struct bench *b, size_t i, bool alone);

/* attempt_stopped(b): by a signal or by the time limit of the run. */
bool attempt_stopped(const struct bench *b);

#endif
