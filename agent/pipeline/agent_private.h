/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent is made of. Private to agent.c (life and loop) and
 * agent_reload.c (configuration, also while running). */
#ifndef AGENT_PIPELINE_AGENT_PRIVATE_H
#define AGENT_PIPELINE_AGENT_PRIVATE_H

#include <signal.h>

#include "agent/control/metrics.h"
#include "agent/control/socket.h"
#include "agent/pipeline/agent.h"

struct event;

struct agent {
    struct agent_options o;
    struct config *config;
    struct parts *parts;
    struct event_base *base;
    struct spool *spool;
    struct dlq *dlq;
    struct control *control;
    struct metrics *metrics;
    struct buf metrics_text; /* scratch of the next snapshot */
    unsigned ticks;
    struct event *signal[3]; /* TERM, INT, HUP */
    struct event *commits;   /* the spool's eventfd */
    struct event *tick;
    struct buf recovery;
    int64_t started_ns;
    volatile sig_atomic_t stops; /* how often we were told to stop */
    bool parts_running;
};

/* agent_log_diag(d): every problem as a line of the log. */
void agent_log_diag(const struct diag *d);

/* agent_read_parts(o, config, diag): the configuration and everything it means;
 * NULL with the problems in ${diag}, *config is NULL then. */
struct parts *agent_read_parts(const struct agent_options *o,
                               struct config **config, struct diag *diag);

/* agent_start_parts(a, err): open and start a->parts. agent_stop_parts(a, ms):
 * inputs first, then what is committed, then ${ms} for the outputs to drain. */
enum err_code agent_start_parts(struct agent *a, struct err *err) MUST_USE;
void agent_stop_parts(struct agent *a, unsigned drain_ms);

#endif
