/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_wire */
/* The judge of syslog: frames use the stream up without standing still, what
 * they say lies inside it, and a message read twice says the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/wire/syslog_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
message(struct bytes in)
{
    struct syslog_message m, again;

    syslog_read(in, &m);
    syslog_read(in, &again);
    if (m.faults != again.faults || !bytes_eq(m.msg, again.msg))
        abort();
    for (int i = 0; i < SYSLOG_FAULT_MAX; i++) {
        if (m.fault_at[i] > in.len)
            abort();
    }
    if (m.msg.len > 0 &&
        (m.msg.data < in.data || m.msg.data + m.msg.len > in.data + in.len))
        abort();
    if (m.severity > 7)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of((const char *)data, size);
    struct syslog_frame f;

    message(in);
    while (syslog_frame(in, true, &f) == SYSLOG_FRAME_DONE) {
        if (f.used == 0 || f.used > in.len || f.message.len > in.len)
            abort();
        message(f.message);
        in = bytes_from(in, f.used);
    }
    if (in.len > 0)
        abort(); /* an ended stream is used up */
    return 0;
}
