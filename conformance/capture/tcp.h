/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to streams: TCP segments in any order, repeated or overlapping, are
 * put in order (RFC 9293 3.4); each connection is a conversation. The first
 * bytes seen of an overlap stay. */
#ifndef CONFORMANCE_CAPTURE_TCP_H
#define CONFORMANCE_CAPTURE_TCP_H

#include "conformance/capture/conversation.h"

#define TCP_FLOWS_MAX    8192              /* the oldest is ended beyond */
#define TCP_SEGMENTS_MAX 1024              /* that wait in one direction */
#define TCP_HELD_MAX     ((size_t)4 << 20) /* bytes that wait in one direction */

struct tcp;

struct tcp_endpoint {
    uint8_t address[16]; /* IPv4 in the first four bytes */
    uint16_t port;
};

struct tcp_segment {
    struct tcp_endpoint from, to;
    bool v6;
    uint32_t sequence;
    bool syn, fin, rst;
    struct bytes payload; /* borrowed */
    size_t cut;           /* bytes of the payload that were not captured */
    uint64_t packet;      /* its number, from 1 */
};

/* tcp_new(sink): NULL when out of memory. ${sink} is borrowed. */
struct tcp *tcp_new(struct capture_sink *sink);
/* tcp_free(t): ends what is open, then releases. */
void tcp_free(struct tcp *t);
void tcp_take(struct tcp *t, const struct tcp_segment *s);
/* tcp_end(t): no more packets: holes that nothing filled are passed over and
 * what is unfinished is lost. */
void tcp_end(struct tcp *t);

/* tcp_name(from, to, v6, out): "10.0.0.1:40000>10.0.0.2:80". */
void tcp_name(const struct tcp_endpoint *from, const struct tcp_endpoint *to,
              bool v6, char *out, size_t size);

#endif
