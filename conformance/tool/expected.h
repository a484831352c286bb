/* SPDX-License-Identifier: Apache-2.0 */
/* Expected deviations: what is known to fail is named, explained and dated, and
 * when it does not fail any more that is red too. */
#ifndef CONFORMANCE_TOOL_EXPECTED_H
#define CONFORMANCE_TOOL_EXPECTED_H

#include "conformance/roles/run.h"
#include "conformance/tool/command.h"

/* expected_apply(c, path, r, arena): the file of kind expected-deviations:
 *   deviations: [{test: ID, rev: N, text: REGEX, reason: .., until: DATE}]
 * A failure of that test and revision whose card's observation matches ${text}
 * counts as observed (INFO) until the date; one that does not happen, or is
 * out of date, makes the run fail. Counts and exit of ${r} are done again; the
 * results of requirements are those without the file, and a note says so.
 * EXIT_PASSED, or EXIT_USAGE after printing what is wrong with the file. */
int expected_apply(const struct command_context *c, const char *path,
                   struct run *r, struct arena *arena);

#endif
