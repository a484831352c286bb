/* SPDX-License-Identifier: Apache-2.0 */
/* See syslog_read.h: frames of a stream. */
#include <string.h>

#include "conformance/wire/syslog_read.h"

#define BIT(x)    (UINT64_C(1) << SYSLOG_FAULT_##x)
#define COUNT_MAX 8 /* digits of a MSG-LEN that can be true */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether "MSG-LEN SP <" begins here. */
static bool
begins_frame(struct bytes b)
{
    size_t n = 0;

    while (n < b.len && n <= COUNT_MAX && is_digit(b.data[n]))
        n++;
    return n > 0 && b.data[0] != '0' && n + 1 < b.len && b.data[n] == ' ' &&
           b.data[n + 1] == '<';
}

/* What is no counted frame: up to a line end, or where a counted one begins. */
static enum syslog_frame_state
take_line(struct bytes in, bool ended, struct syslog_frame *f)
{
    size_t n = 0;
    bool line = false;

    while (n < in.len && !line &&
           (n == 0 || is_digit(in.data[n - 1]) ||
            !begins_frame(bytes_from(in, n))))
        line = in.data[n++] == '\n';
    if (n == in.len && !line && !ended && n < SYSLOG_READ_FRAME_MAX)
        return SYSLOG_FRAME_MORE;
    f->used = n;
    f->message = bytes_upto(in, n);
    while (f->message.len > 0 &&
           strchr("\r\n", f->message.data[f->message.len - 1]) != NULL &&
           f->message.data[f->message.len - 1] != '\0')
        f->message.len--;
    f->faults |= in.data[0] == '<' ? BIT(LINES) : BIT(COUNT_SHORT);
    if (!line && ended && n == in.len)
        f->faults |= BIT(CUT);
    return SYSLOG_FRAME_DONE;
}

static enum syslog_frame_state
take_counted(struct bytes in, bool ended, size_t head, size_t count,
             struct syslog_frame *f)
{
    struct bytes rest = bytes_from(in, head);

    if (rest.len < count && !ended)
        return SYSLOG_FRAME_MORE;
    f->counted = true;
    f->message = bytes_upto(rest, count);
    f->used = head + f->message.len;
    if (rest.len < count)
        f->faults |= BIT(CUT);
    if (f->message.len > 0 && f->message.data[f->message.len - 1] == '\n') {
        f->faults |= BIT(COUNT_LF);
        f->message.len--;
    }
    rest = bytes_from(in, f->used);
    if (rest.len > 0 && rest.data[0] == '\n') { /* both framings at once */
        f->faults |= BIT(COUNT_LF);
        f->used++;
    }
    return SYSLOG_FRAME_DONE;
}

enum syslog_frame_state
syslog_frame(struct bytes in, bool ended, struct syslog_frame *f)
{
    size_t n = 0;
    uint64_t count = 0;

    memset(f, 0, sizeof *f);
    if (in.len == 0)
        return SYSLOG_FRAME_MORE;
    if (!is_digit(in.data[0]))
        return take_line(in, ended, f);
    while (n < in.len && n <= COUNT_MAX && is_digit(in.data[n]))
        n++;
    if (n == in.len && n <= COUNT_MAX && !ended)
        return SYSLOG_FRAME_MORE;
    (void)bytes_to_u64(bytes_upto(in, n), UINT64_MAX, &count);
    if (in.data[0] == '0')
        f->faults |= BIT(COUNT_FORM);
    if (n > COUNT_MAX || count == 0 || count > SYSLOG_READ_FRAME_MAX) {
        f->faults |= BIT(COUNT_FORM);
        return take_line(in, ended, f);
    }
    if (n < in.len && in.data[n] == ' ')
        n++;
    else
        f->faults |= BIT(COUNT_SPACE);
    return take_counted(in, ended, n, (size_t)count, f);
}
