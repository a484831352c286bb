/* SPDX-License-Identifier: Apache-2.0 */
/* The one way of a source's frames to its host. After a refusal the gate stays
 * shut for every part of the source until resume(), so that nothing overtakes
 * and nobody asks again. */
#ifndef AGENT_SOURCE_GATE_H
#define AGENT_SOURCE_GATE_H

#include "agent/source/source.h"

struct gate {
    const struct source_host *host; /* borrowed */
    struct source_counters counters;
    bool full;  /* the host refused; wait for resume() */
    bool taken; /* frames went through since the last gate_burst */
};

/* gate_frame(g, f): hand over and count; false: keep it, stop reading. */
bool gate_frame(struct gate *g, const struct source_frame *f);

/* gate_burst(g): the end of a burst: tell the host if anything was taken. */
void gate_burst(struct gate *g);

/* gate_trouble(g, code, where, what): tell people through the host. */
void gate_trouble(struct gate *g, enum err_code code, const char *where,
                  const char *what);
/* gate_trouble_errno(g, where, what): as err_errno. */
void gate_trouble_errno(struct gate *g, const char *where, const char *what);

#endif
