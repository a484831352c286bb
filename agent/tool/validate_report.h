/* SPDX-License-Identifier: Apache-2.0 */
/* What `hutong validate` says: a line a finding, counts by rule, and a verdict
 * that names the definition it rests on, never the standard. */
#ifndef AGENT_TOOL_VALIDATE_REPORT_H
#define AGENT_TOOL_VALIDATE_REPORT_H

#include "agent/tool/tool.h"
#include "agent/tool/validate_input.h"
#include "formats/check/check.h"

struct validate_count { /* how often one rule was broken */
    const struct std_row *row;
    enum check_rule rule;
    enum check_severity severity;
    size_t count;
};

struct validate_report {
    const struct tool *tool; /* borrowed, as are the next three */
    const struct standard *standard;
    const struct checker *checker;
    const char *profile; /* "strict" or "lenient" */
    size_t max;          /* findings to print; 0: all */
    struct buf out;      /* owned; flushed to standard output */
    bool broken;         /* standard output is gone */
    size_t shown;
    size_t documents, records, envelopes, unreadable, errors, warnings;
    uint32_t kinds;
    struct validate_count *counts; /* owned */
    size_t rules, cap;
};

/* validate_report_findings(r, name, doc, whole, f): the findings of one
 * document of input ${name}. ${whole}: the document has lines of its own. */
void validate_report_findings(struct validate_report *r, const char *name,
                              const struct validate_document *doc, bool whole,
                              const struct findings *f);

/* validate_report_unreadable(r, name, line, e): what stood at ${line} (0: the
 * whole input) is no JSON document or cannot be read. */
void validate_report_unreadable(struct validate_report *r, const char *name,
                                unsigned line, const struct err *e);

/* validate_report_end(r): counts and verdict. */
void validate_report_end(struct validate_report *r);

void validate_report_free(struct validate_report *r);

#endif
