/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's own log: one line on stderr a call, escaped, never longer than
 * 1 KiB; systemd adds time and name. Rate limits are the caller's object, so
 * that one noisy input cannot hide another. Any thread. */
#ifndef AGENT_CONTROL_LOG_H
#define AGENT_CONTROL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

/* log_line(level, fmt, ...): with the syslog priority prefix "<3>" etc. when
 * stderr is a journal stream, else "hutongd: error: ". */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct log_limit {
    int64_t second;      /* of the monotonic clock */
    uint32_t in_second;  /* lines let through in it */
    uint64_t suppressed; /* since the last line */
};
#define LOG_PER_SECOND 5

/* log_allowed(l, suppressed): may a line go out now? *suppressed is what was
 * kept back since the last one. One thread per limit. */
bool log_allowed(struct log_limit *l, uint64_t *suppressed);

#endif
