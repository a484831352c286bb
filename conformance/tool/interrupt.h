/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM as a wish that a long command looks at. */
#ifndef CONFORMANCE_TOOL_INTERRUPT_H
#define CONFORMANCE_TOOL_INTERRUPT_H

#include <signal.h>

/* interrupt_catch(): from now on the first of SIGINT and SIGTERM sets what is
 * returned to 1, and a second one ends the process at once. Of the process; call
 * it before threads are started. */
const volatile sig_atomic_t *interrupt_catch(void);

#endif
