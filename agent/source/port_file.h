/* SPDX-License-Identifier: Apache-2.0 */
/* Tells others where a source listens when the kernel chose the port. */
#ifndef AGENT_SOURCE_PORT_FILE_H
#define AGENT_SOURCE_PORT_FILE_H

#include "formats/base/bytes.h"
#include "formats/base/err.h"

/* port_file_write(path, text, err): replace ${path} in one step, so that a
 * reader sees nothing or all of it. */
enum err_code port_file_write(const char *path, struct bytes text,
                              struct err *err) MUST_USE;

#endif
