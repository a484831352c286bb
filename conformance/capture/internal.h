/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the stream readers: one direction of a conversation and the table of
 * protocols. */
#ifndef CONFORMANCE_CAPTURE_INTERNAL_H
#define CONFORMANCE_CAPTURE_INTERNAL_H

#include "conformance/capture/conversation.h"

#define ASKED_MAX  64 /* HTTP requests that wait for their response */
#define FRAMES_MAX 8  /* of a ZeroMQ message; further ones are passed over */

struct direction;

/* A protocol of one direction. */
struct protocol {
    const char *name;
    /* looks(b): 1 the stream begins so, 0 it cannot, -1 more bytes are needed. */
    int (*looks)(struct bytes b);
    /* take(d, b): bytes of ${b} that were used, which begins where the last call
     * ended; 0: more are needed. ${d->ended} tells that none will come. */
    size_t (*take)(struct direction *d, struct bytes b);
    bool resumes; /* can be taken up again behind a gap */
};

extern const struct protocol protocol_request, protocol_response,
    protocol_octets, protocol_lines, protocol_zmtp;

struct http_state {  /* of one direction */
    int body;        /* enum http_body of http.c */
    uint64_t left;   /* of the body, or of the chunk */
    bool wanted;     /* the body is a document */
    const char *has; /* ... only when it has this member: static; NULL: any */
    bool lines;      /* ... or one a line */
    bool packed;     /* gzip */
    bool too_long;
};

struct zmtp_state {
    bool greeted;
    bool carries; /* the socket type sends information */
    bool too_long;
    size_t frames;
    size_t at[FRAMES_MAX]; /* where each ends in the body */
};

struct direction {
    struct conversation *c;
    unsigned number;
    const struct protocol *protocol; /* NULL: not known yet */
    bool dead;                       /* what comes is not looked at */
    bool ended;
    struct buf held;       /* owned: came and not yet used */
    struct buf body;       /* owned: of the message being put together */
    uint64_t offset;       /* in the stream, of the first held byte */
    uint64_t packet, last; /* of the first held byte; of the last bytes */
    bool marked;           /* the document began before what is held: */
    uint64_t from_offset, from_packet;
    uint64_t skip; /* to pass over without looking */
    union {
        struct http_state http;
        struct zmtp_state zmtp;
    } u;
};

struct conversation {
    struct capture_sink *sink;
    char name[2][CAPTURE_PLACE_MAX / 2];
    bool tls;
    struct direction way[2];
    /* Requests whose response has not come: enum asked of http.c. */
    unsigned char asked[ASKED_MAX];
    unsigned asked_first, asked_count;
};

/* direction_mark(d, n): a document begins ${n} bytes into what is held; it may
 * come in pieces. Holds until it is given. */
void direction_mark(struct direction *d, size_t n);
/* direction_document(d, text, interface, too_long): to the sink. */
void direction_document(struct direction *d, struct bytes text,
                        const char *interface, bool too_long);
/* direction_lost(d): what follows cannot be read; *${counter} (of the counts)
 * grows. */
void direction_lost(struct direction *d, uint64_t *counter);

/* syslog_document(msg, text): the information in a syslog message of RFC 5424 or
 * RFC 3164; false when it carries none. The BOM belongs to syslog and is taken
 * off. */
bool syslog_document(struct bytes msg, struct bytes *text);

/* path_carries(path): a path of the data interface. path_commands(path): of the
 * function interface. */
bool path_carries(struct bytes path);
bool path_commands(struct bytes path);

#endif
