/* SPDX-License-Identifier: Apache-2.0 */
/* Byte stream to frames, with bounded state: lines (LF, CRLF stripped) and
 * octet counts (RFC 6587 section 3.4.1: MSG-LEN SP MSG). A frame longer than the
 * limit is cut, flagged, its rest skipped and counted. */
#ifndef FORMATS_CODEC_FRAMER_H
#define FORMATS_CODEC_FRAMER_H

#include "formats/base/buf.h"

enum framer_kind {
    FRAMER_LINES,
    FRAMER_OCTETS,
    FRAMER_SYSLOG_TCP /* each frame: octet count when it starts with a digit
                         1-9, else a line (RFC 6587 both methods) */
};

#define FRAMER_MAX_FRAME ((size_t)1 << 20)

struct frame {
    struct bytes data; /* without line end; borrowed until the next call */
    uint64_t start;    /* offset of its first byte in the stream */
    uint64_t end;      /* offset behind its line end: the position to store */
    bool cut;          /* longer than the limit */
};

struct framer {
    enum framer_kind kind;
    size_t max;        /* 0: FRAMER_MAX_FRAME */
    uint64_t offset;   /* stream offset of the next input byte */
    struct buf held;   /* an unfinished frame */
    uint64_t held_start;
    uint64_t skipping; /* octets: bytes still to drop; lines: 1 until LF */
    bool broken;       /* octets: bad count; close the stream */
    uint64_t frames, cut, empty; /* counters; empty lines make no frame */
};

void framer_init(struct framer *f, enum framer_kind kind, size_t max,
                 uint64_t offset);
void framer_free(struct framer *f);

/* framer_next(f, in, out): take bytes from *in (advanced) until one frame is
 * complete: true and *out. False: *in is used up and an unfinished frame is
 * held, or f->broken. A frame that lies whole in *in is not copied. */
bool framer_next(struct framer *f, struct bytes *in, struct frame *out);

/* framer_flush(f, out): the unfinished last line, at end of input or after a
 * timeout; false when nothing is held. */
bool framer_flush(struct framer *f, struct frame *out);

#endif
