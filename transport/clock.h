/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that waits and deadlines are counted on. */
#ifndef TRANSPORT_CLOCK_H
#define TRANSPORT_CLOCK_H

#include <stdint.h>
#include <time.h>

/* clock_ms(): milliseconds of CLOCK_MONOTONIC. Any thread. */
static inline int64_t
clock_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
