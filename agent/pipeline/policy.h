/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a record that the check has something to say about. */
#ifndef AGENT_PIPELINE_POLICY_H
#define AGENT_PIPELINE_POLICY_H

#include "agent/config/config.h"
#include "formats/check/check.h"

/* policy_refuses(p, f, err): is a record with ${f} kept from the outputs? Then
 * ${err} has the first finding and its place. A value of another type breaks
 * parsers: it is, whatever ${p} says. */
bool policy_refuses(enum finding_policy p, const struct findings *f,
                    struct err *err);

/* policy_tag(record, f): add x_findings, the rules of the first findings, to the
 * object that ends ${record}. */
void policy_tag(struct buf *record, const struct findings *f);

#endif
