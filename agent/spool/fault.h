/* SPDX-License-Identifier: Apache-2.0 */
/* Named crash points (reliability goal R3), compiled in with HUTONG_FAULTS
 * only: HUTONG_CRASH="name:count" ends the process with _exit(137) at the
 * count-th pass of that point, as kill -9 would. */
#ifndef AGENT_SPOOL_FAULT_H
#define AGENT_SPOOL_FAULT_H

#include <stdbool.h>

#ifdef HUTONG_FAULTS
/* fault_point(name): see above; returns otherwise. Thread-safe. */
void fault_point(const char *name);
/* fault_armed(name): is this the point that HUTONG_CRASH names? */
bool fault_armed(const char *name);
#else
#define fault_point(name) ((void)0)
#define fault_armed(name) false
#endif

#endif
