/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/steps/pause.h"

#include <time.h>

void
session_pause(struct session *s, unsigned ms)
{
    unsigned left = session_left(s);
    unsigned n = ms < left ? ms : left;
    struct timespec t = {n / 1000, (long)(n % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}
