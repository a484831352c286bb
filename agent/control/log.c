/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/control/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "formats/base/text.h"

#define LINE_MAX_BYTES 1024

void
log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const plain[] = {
        "hutongd: error: ", "hutongd: warning: ", "hutongd: "};
    static const char *const journal[] = {"<3>", "<4>", "<6>"};
    const char *prefix =
        getenv("JOURNAL_STREAM") ? journal[level] : plain[level];
    char text[LINE_MAX_BYTES];
    struct buf line = {.max = 8 * LINE_MAX_BYTES};
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_str(&line, prefix);
    text_visible(&line, bytes_str(text));
    buf_char(&line, '\n');
    /* One write: lines of several threads do not mix. */
    if (buf_ok(&line) && write(STDERR_FILENO, line.data, line.len) < 0)
        (void)0; /* nowhere left to say it */
    buf_free(&line);
}

bool
log_allowed(struct log_limit *l, uint64_t *suppressed)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    if (t.tv_sec != l->second) {
        l->second = t.tv_sec;
        l->in_second = 0;
    }
    if (l->in_second == LOG_PER_SECOND) {
        l->suppressed++;
        return false;
    }
    l->in_second++;
    *suppressed = l->suppressed;
    l->suppressed = 0;
    return true;
}
