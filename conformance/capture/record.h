/* SPDX-License-Identifier: Apache-2.0 */
/* What passed a relay as a capture file: pcapng (draft-ietf-opsawg-pcapng) with
 * raw IP frames made up around the payloads, so that any reader of captures,
 * ours among them, reads it again. */
#ifndef CONFORMANCE_CAPTURE_RECORD_H
#define CONFORMANCE_CAPTURE_RECORD_H

#include <sys/socket.h>

#include "formats/base/buf.h"

#define RECORD_PAYLOAD_MAX ((size_t)32 << 10) /* of one frame */

enum record_flag {
    RECORD_FIN = 1,
    RECORD_SYN = 2,
    RECORD_RST = 4,
    RECORD_ACK = 16
};

struct record_frame {
    const struct sockaddr_storage *from, *to; /* AF_INET or AF_INET6; mixed ends
                                                 are written as IPv6 */
    bool udp;
    unsigned flags; /* of TCP, enum record_flag */
    uint32_t sequence, acknowledges;
    struct bytes payload; /* at most RECORD_PAYLOAD_MAX, of UDP 65,487 */
    int64_t time_ns;      /* since 1970 */
};

/* record_begin(out): the section and its one interface (LINKTYPE_RAW, times in
 * nanoseconds). record_frame(out, f): one packet, with right checksums. A longer
 * payload than allowed is cut. Failure latches in ${out}. Any thread. */
void record_begin(struct buf *out);
void record_frame(struct buf *out, const struct record_frame *f);

#endif
