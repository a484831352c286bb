/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon as a whole: spool, dead letters, one event loop, the parts that the
 * configuration makes, and what people ask of it. */
#ifndef AGENT_PIPELINE_AGENT_H
#define AGENT_PIPELINE_AGENT_H

#include "agent/pipeline/parts.h"

struct agent;

struct agent_options {
    const char *config_path; /* NULL: the embedded defaults */
    bool until_done; /* exit when every input ended and all is delivered */
};

/* agent_open(o, out, err): read the configuration (errors are logged one a
 * line), open everything; nothing runs yet. ERR_CONFLICT for configuration. */
enum err_code agent_open(const struct agent_options *o, struct agent **out,
                         struct err *err) MUST_USE;

/* agent_run(a): until SIGTERM or SIGINT (or done); SIGHUP reloads. Returns the
 * exit status. A second SIGTERM gives up draining. */
int agent_run(struct agent *a);
void agent_close(struct agent *a); /* NULL allowed */

/* agent_reload(a, out): read the configuration again; swap, or keep the old one
 * and say why in ${out}. */
bool agent_reload(struct agent *a, struct buf *out);

/* agent_status(a, out): the balance and the health as one JSON document.
 * agent_metrics(a, out): the same numbers as Prometheus text (version 0.0.4). */
void agent_status(struct agent *a, struct buf *out);
void agent_metrics(struct agent *a, struct buf *out);

/* What status and metrics read. */
const struct parts *agent_parts(const struct agent *a);
struct spool *agent_spool(const struct agent *a);
struct dlq *agent_dlq(const struct agent *a);
int64_t agent_started_ns(const struct agent *a);
const char *agent_recovery(const struct agent *a); /* what the spool said at
                                                      start, "" when nothing */

#endif
