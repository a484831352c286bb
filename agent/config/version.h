/* SPDX-License-Identifier: Apache-2.0 */
/* `--version`: the program, the data it would use and the libraries it runs
 * with, since each of them can be the reason for a difference. */
#ifndef AGENT_CONFIG_VERSION_H
#define AGENT_CONFIG_VERSION_H

#include "agent/config/data.h"

/* version_print(o, json): to stdout; false (and the reason on stderr) when the
 * data files cannot be loaded. */
bool version_print(const struct data_options *o, bool json);

/* version_text(o, json, out): the same into a buffer; false as above with the
 * diagnostics in ${out}. */
bool version_text(const struct data_options *o, bool json, struct buf *out);

#endif
