/* SPDX-License-Identifier: Apache-2.0 */
/* The documents in a two-way stream of bytes: plaintext HTTP/1.1 (RFC 9112),
 * syslog over TCP (RFC 6587, octet counting or LF), ZeroMQ (ZMTP 3.x, mechanism
 * NULL). Which of them it is shows in the first bytes of each direction. The
 * same readers serve captures (tcp.h) and the passive judge. */
#ifndef CONFORMANCE_CAPTURE_CONVERSATION_H
#define CONFORMANCE_CAPTURE_CONVERSATION_H

#include "formats/base/buf.h"

#define CAPTURE_DOCUMENT_MAX ((size_t)16 << 20) /* longer ones are too_long */
#define CAPTURE_HEAD_MAX     ((size_t)64 << 10) /* an HTTP head */
#define CAPTURE_PLACE_MAX    160

/* What was seen and what became of it; only grows. */
struct capture_counts {
    uint64_t packets;   /* in the file */
    uint64_t foreign;   /* packets that are neither TCP nor UDP over IP */
    uint64_t fragments; /* IP fragments that were not put together */
    uint64_t cut;       /* packets whose payload the capture cut */
    uint64_t streams;   /* connections, and datagrams of no connection */
    uint64_t unknown;   /* directions of no known protocol */
    uint64_t encrypted; /* directions of TLS, or ZeroMQ with CURVE */
    uint64_t gaps;      /* holes in a stream that nothing filled */
    uint64_t limits;    /* what one of the limits here refused */
    uint64_t ignored;   /* whole messages that carry no information */
    uint64_t documents; /* given to the sink */
};

struct capture_document {
    struct bytes text;     /* borrowed until the sink returns; may be empty */
    const char *interface; /* static: "http", "https", "syslog-udp",
                              "syslog-tcp", "syslog-tls", "zeromq", "har" */
    const char *place;     /* "packet 12, 10.0.0.1:40000>10.0.0.2:80, byte 233";
                              borrowed like the text */
    unsigned direction;    /* of the conversation; 0 for datagrams */
    bool too_long;         /* beyond CAPTURE_DOCUMENT_MAX; ${text} is empty */
};

/* Where documents go. One thread. */
struct capture_sink {
    void (*document)(void *ctx, const struct capture_document *d);
    void *ctx;
    struct capture_counts *counts; /* borrowed */
    bool nomem;                    /* latched */
};

struct conversation;

/* conversation_new(sink, name, tls): ${name[d]} ("10.0.0.1:40000>10.0.0.2:80")
 * is copied and names direction ${d} in places; ${tls}: what comes was decrypted
 * and interfaces are named so. NULL when out of memory (latched in the sink).
 * ${sink} is borrowed until conversation_free. */
struct conversation *conversation_new(struct capture_sink *sink,
                                      const char *const name[2], bool tls);
void conversation_free(struct conversation *c); /* what is unfinished is lost */

/* conversation_bytes(c, d, b, packet): the next bytes of direction ${d} (0, 1);
 * ${packet} (from 1; 0: there are none) is where they were. */
void conversation_bytes(struct conversation *c, unsigned d, struct bytes b,
                        uint64_t packet);
/* conversation_gap(c, d, n): ${n} bytes are missing; reading goes on at the next
 * recognisable message. */
void conversation_gap(struct conversation *c, unsigned d, uint64_t n);
/* conversation_end(c, d): the direction was closed. */
void conversation_end(struct conversation *c, unsigned d);

/* conversation_datagram(sink, name, b, packet): one UDP payload as syslog
 * (RFC 5426); another one is counted as unknown. ${packet} as above. */
void conversation_datagram(struct capture_sink *sink, const char *name,
                           struct bytes b, uint64_t packet);

#endif
