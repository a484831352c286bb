/* SPDX-License-Identifier: Apache-2.0 */
/* A binding for the commands that use one. */
#ifndef CONFORMANCE_TOOL_BIND_H
#define CONFORMANCE_TOOL_BIND_H

#include "conformance/bind/binding.h"
#include "conformance/tool/command.h"

/* bind_load(c, path): the binding in a file, or NULL after saying why not.
 * Caller: binding_free. */
struct binding *bind_load(const struct command_context *c, const char *path);

#endif
