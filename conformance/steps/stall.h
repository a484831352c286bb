/* SPDX-License-Identifier: Apache-2.0 */
/* Times in which the tester stood still: a virtual machine that its host
 * stopped, a laptop that slept, a stopped process, a core that others had. What
 * a product did then was not seen in time, and nothing of it is its fault. */
#ifndef CONFORMANCE_STEPS_STALL_H
#define CONFORMANCE_STEPS_STALL_H

#include <pthread.h>
#include <stdint.h>

#include "transport/wake.h"

#define STALL_TICK_MS 50  /* how often the watch wakes up */
#define STALL_MIN_MS  250 /* later than this is a stall */

struct stall {
    pthread_mutex_t lock; /* of the next two */
    int64_t last_ms;      /* when it was awake */
    int64_t total_ms;     /* of the stalls before */
    struct wake end;
    pthread_t thread;
    bool runs;
};

/* stall_start(w, err): a thread that looks at the clock until stall_end. ${w}
 * stays where it is. ERR_IO, ERR_NOMEM: there is no watch, and stall_ms is 0. */
enum err_code stall_start(struct stall *w, struct err *err) MUST_USE;

/* stall_end(w): nothing to do when it was not started. stall_ms stays. */
void stall_end(struct stall *w);

/* stall_ms(w): milliseconds that the tester stood still since stall_start, one
 * that is hardly over included. When it grows by STALL_MIN_MS between two calls,
 * there was a stall between them. Any thread between start and end. */
int64_t stall_ms(struct stall *w);

/* stall_seen(w, now_ms): the watch is awake; stall_at(w, now_ms): the sum then.
 * What the two above do, with the time of a test. Under the lock. */
void stall_seen(struct stall *w, int64_t now_ms);
int64_t stall_at(const struct stall *w, int64_t now_ms);

#endif
