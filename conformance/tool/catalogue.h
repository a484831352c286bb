/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about the catalogue share. */
#ifndef CONFORMANCE_TOOL_CATALOGUE_H
#define CONFORMANCE_TOOL_CATALOGUE_H

#include "conformance/tool/command.h"

/* catalogue_test_json(c, t, out): a test as one line of JSON. */
void catalogue_test_json(const struct command_context *c,
                         const struct ledger_test *t, struct buf *out);

#endif
