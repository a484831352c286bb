/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings for the verbs: named ones, or the one that fits a sample. */
#ifndef AGENT_TOOL_RECOGNISE_H
#define AGENT_TOOL_RECOGNISE_H

#include "agent/tool/tool.h"
#include "formats/base/text.h"

#define MAPPINGS_MAX 64

struct mappings {
    struct standard *standard;             /* owned */
    struct mapping *mapping[MAPPINGS_MAX]; /* owned */
    struct plan *plan[MAPPINGS_MAX];       /* owned */
    size_t count;
};

/* mappings_open(t, m): load the standard. TOOL_OK, or the exit status after
 * saying why. mappings_close frees what is there. */
int mappings_open(const struct tool *t, struct mappings *m);
void mappings_close(struct mappings *m);

/* mappings_add(t, m, name): load and compile one. TOOL_OK or exit status. */
int mappings_add(const struct tool *t, struct mappings *m, const char *name);

/* mappings_recognise(t, m, file, sample, charset): try every mapping there is
 * on the first lines of ${sample}, keep the best one and say so on stderr (not
 * with --quiet). TOOL_INPUT when none fits, TOOL_USAGE when two fit alike. */
int mappings_recognise(const struct tool *t, struct mappings *m,
                       const char *file, struct bytes sample,
                       enum text_charset charset);

#endif
