/* SPDX-License-Identifier: Apache-2.0 */
/* Byte stream to frames, with bounded state: lines (LF, CRLF stripped) and
 * octet counts (RFC 6587 section 3.4.1: MSG-LEN SP MSG). A frame longer than the
 * limit is cut, flagged, its rest skipped and counted. How the stream was split
 * into reads never changes the frames. */
#ifndef FORMATS_CODEC_FRAMER_H
#define FORMATS_CODEC_FRAMER_H

#include "formats/base/buf.h"

enum framer_kind {
    FRAMER_LINES,
    FRAMER_OCTETS,    /* octet counts only: 1 to 7 digits, no leading zero, one
                         space; anything else breaks the stream */
    FRAMER_SYSLOG_TCP /* each frame: octet count when it starts with one, else
                         a line (RFC 6587 both methods) */
};

#define FRAMER_MAX_FRAME    ((size_t)1 << 20)
#define FRAMER_COUNT_DIGITS 7

struct frame {
    struct bytes data; /* without line end; borrowed until the next call */
    uint64_t start; /* offset of its first byte (of its count) in the stream */
    uint64_t end;   /* offset behind its line end: the position to store */
    bool cut;       /* longer than the limit, or a flushed half of a counted
                          message */
};

enum framer_state {
    FRAMER_AT_START,
    FRAMER_IN_COUNT,
    FRAMER_IN_LINE,
    FRAMER_IN_OCTETS
};

struct framer {
    enum framer_kind kind;
    size_t max;                  /* bytes of one frame */
    uint64_t offset;             /* stream offset of the next input byte */
    bool broken;                 /* octets: bad count; close the stream */
    uint64_t frames, cut, empty; /* counters; empty lines make no frame */
    uint64_t skipped; /* bytes left out because their frame was cut */
    /* Private. */
    enum framer_state state;
    struct buf held; /* an unfinished frame: its first max + 1 bytes */
    uint64_t held_start;
    uint64_t left; /* octets: bytes of the message still to come */
    bool over;     /* bytes beyond ${held} were skipped */
    bool drop;     /* the frame was flushed: skip the rest of it */
};

/* framer_init(f, kind, max, offset): ${max} 0 means FRAMER_MAX_FRAME; ${offset}
 * is the stream position of the first byte that will be given. */
void framer_init(struct framer *f, enum framer_kind kind, size_t max,
                 uint64_t offset);
void framer_free(struct framer *f);

/* framer_next(f, in, out): take bytes from *in (advanced) until one frame is
 * complete: true and *out. False: *in is used up and an unfinished frame is
 * held, or f->broken. A frame that lies whole in *in is not copied. Memory held
 * is at most twice the limit; when memory runs out the frame is cut. */
bool framer_next(struct framer *f, struct bytes *in, struct frame *out);

/* framer_flush(f, out): the unfinished last line, at end of input or after a
 * timeout; false when nothing is held. Bytes that still come for a flushed
 * octet-counted or over-long frame are skipped. */
bool framer_flush(struct framer *f, struct frame *out);

/* framer_pending(f): an unfinished frame is held that a flush would give. */
bool framer_pending(const struct framer *f);

#endif
