/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/gate.h"

bool
gate_frame(struct gate *g, const struct source_frame *f)
{
    if (g->full || !g->host->frame(g->host->ctx, f)) {
        g->full = true;
        return false;
    }
    g->taken = true;
    g->counters.frames++;
    g->counters.bytes += f->data.len;
    g->counters.cut += f->cut;
    return true;
}

void
gate_burst(struct gate *g)
{
    if (g->taken)
        g->host->chunk_end(g->host->ctx);
    g->taken = false;
}

void
gate_trouble(struct gate *g, enum err_code code, const char *where,
             const char *what)
{
    struct err err;

    (void)err_set(&err, code, where, "%s", what);
    g->host->trouble(g->host->ctx, &err);
}

void
gate_trouble_errno(struct gate *g, const char *where, const char *what)
{
    struct err err;

    (void)err_errno(&err, where, what);
    g->host->trouble(g->host->ctx, &err);
}
