/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t stop_asked;

static void
on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

const volatile sig_atomic_t *
interrupt_catch(void)
{
    struct sigaction a = {.sa_handler = on_signal,
                          .sa_flags = (int)SA_RESETHAND};

    (void)sigemptyset(&a.sa_mask);
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
    return &stop_asked;
}
