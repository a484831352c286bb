/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files to documents: pcap (draft-ietf-opsawg-pcap), pcapng
 * (draft-ietf-opsawg-pcapng) and HAR (HTTP Archive 1.2), recognised by content.
 * The readers are our own: libpcap would bring a dependency and file handling of
 * its own for two record formats of a few fields. */
#ifndef CONFORMANCE_CAPTURE_CAPTURE_H
#define CONFORMANCE_CAPTURE_CAPTURE_H

#include "conformance/capture/conversation.h"

#define CAPTURE_HINT_BYTES     512               /* what recognition looks at */
#define CAPTURE_RECORD_MAX     ((size_t)1 << 20) /* of a packet, or a block */
#define CAPTURE_INTERFACES_MAX 64                /* of a pcapng section */
#define CAPTURE_HAR_MAX        ((size_t)64 << 20)

enum capture_kind { CAPTURE_NONE, CAPTURE_PCAP, CAPTURE_PCAPNG, CAPTURE_HAR };

/* capture_recognise(begin): by the first bytes of a file (CAPTURE_HINT_BYTES of
 * them, or all there are). */
enum capture_kind capture_recognise(struct bytes begin);
const char *capture_kind_name(enum capture_kind k); /* "pcapng"; never NULL */

struct capture;

/* capture_new(kind, sink, err): ${sink} is borrowed until capture_free. NULL +
 * err. */
struct capture *capture_new(enum capture_kind kind, struct capture_sink *sink,
                            struct err *err);
void capture_free(struct capture *c);

/* capture_feed(c, b, err): the next bytes of the file; documents go to the sink
 * as they are whole. ERR_CORRUPT, ERR_LIMIT (what came before stays given),
 * ERR_UNSUPPORTED (link type), ERR_NOMEM. After a failure nothing more is
 * read. */
enum err_code capture_feed(struct capture *c, struct bytes b,
                           struct err *err) MUST_USE;
/* capture_end(c, err): the file is over: open streams end. ERR_CORRUPT when it
 * ends within a record; for HAR also what capture_feed gives. */
enum err_code capture_end(struct capture *c, struct err *err) MUST_USE;

/* ---- inside: HAR (har.c) */
/* har_read(text, sink, err): a whole HTTP Archive. ERR_SYNTAX, ERR_LIMIT,
 * ERR_NOMEM. */
enum err_code har_read(struct bytes text, struct capture_sink *sink,
                       struct err *err) MUST_USE;

#endif
