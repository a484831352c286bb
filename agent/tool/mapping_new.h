/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping skeleton from one event: every path of it, to be sorted out. */
#ifndef AGENT_TOOL_MAPPING_NEW_H
#define AGENT_TOOL_MAPPING_NEW_H

#include "agent/tool/tool.h"

/* mapping_new(t, argc, argv): ID [CODEC] [FILE]; YAML on stdout. Returns enum
 * tool_exit. */
int mapping_new(struct tool *t, int argc, char **argv);

#endif
