/* SPDX-License-Identifier: Apache-2.0 */
/* What `hutong normalize` counts and says on stderr, and the file of rejected
 * frames. */
#ifndef AGENT_TOOL_NORMALIZE_REPORT_H
#define AGENT_TOOL_NORMALIZE_REPORT_H

#include "agent/tool/normalize_input.h"
#include "agent/tool/tool.h"

struct normalize_report {
    uint64_t frames, records, skipped;
    uint64_t rejected;                /* no record: frame cannot be used */
    uint64_t refused;                 /* record kept back by the check */
    uint64_t reasons[ERR_CODE_COUNT]; /* of both, by class */
    uint64_t repaired;                /* records whose source was repaired */
    uint64_t findings;                /* records with findings */
    uint64_t cut;                     /* frames longer than the limit */
    uint64_t bytes_in, bytes_out;
    unsigned unreadable; /* files */
    struct err first;    /* of the first rejected frame */
    uint64_t first_line;
    const char *first_file;
};

/* report_reject(r, out, in, f, err, refused): count it; append a line of the
 * rejects file to ${out} (NULL: none is written). */
void report_reject(struct normalize_report *r, struct buf *out,
                   const char *file, const struct normalize_frame *f,
                   const struct err *err, bool refused);

/* report_print(t, r, seconds): the summary, text or JSON. */
void report_print(const struct tool *t, const struct normalize_report *r,
                  double seconds);

#endif
