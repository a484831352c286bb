/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration needs of this machine, looked at without changing it. */
#ifndef AGENT_PIPELINE_ENVIRONMENT_H
#define AGENT_PIPELINE_ENVIRONMENT_H

#include "agent/pipeline/parts.h"

/* environment_check(p, diag): data folder writable, files of path options
 * readable (secrets not readable by others), transports openable, addresses of
 * syslog inputs and of the metrics free (in use is a warning: the running agent may have it), files
 * of file inputs present (a warning: they may come later). */
void environment_check(const struct parts *p, struct diag *diag);

#endif
