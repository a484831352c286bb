/* SPDX-License-Identifier: Apache-2.0 */
/* A redacting output leaves out what may quote the monitored traffic: the
 * vendor's fields (x_source) and the original log line (general.raw). */
#ifndef AGENT_SINK_REDACT_H
#define AGENT_SINK_REDACT_H

#include "formats/base/buf.h"
#include "formats/base/err.h"

/* redact_item(item, out): append the record without them. On failure ${out} is
 * as before; ERR_SYNTAX when ${item} is no JSON object, ERR_NOMEM. */
enum err_code redact_item(struct bytes item, struct buf *out) MUST_USE;

#endif
