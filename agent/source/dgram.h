/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram socket (UDP, unix): one datagram is one frame. What the kernel
 * drops for want of room is counted as lost. Loop thread only. */
#ifndef AGENT_SOURCE_DGRAM_H
#define AGENT_SOURCE_DGRAM_H

#include "agent/source/gate.h"

struct event_base;
struct dgram;

struct dgram_options {
    size_t max_frame; /* bytes; at most DGRAM_MAX */
    size_t rcvbuf;    /* bytes wanted for SO_RCVBUF; 0: as it is */
    bool split_lines; /* several records in one datagram, a line each */
};

#define DGRAM_MAX ((size_t)65536)

/* dgram_new(base, gate, o, fd, name, err): takes a bound non-blocking socket on
 * success; NULL otherwise. ${gate} is borrowed; ${name} is for people. */
struct dgram *dgram_new(struct event_base *base, struct gate *gate,
                        const struct dgram_options *o, int fd, const char *name,
                        struct err *err);
enum err_code dgram_start(struct dgram *d, struct err *err) MUST_USE;
void dgram_resume(struct dgram *d);
/* dgram_count_drops(d): ask the kernel for its counter now. */
void dgram_count_drops(struct dgram *d);
void dgram_stop(struct dgram *d);
void dgram_free(struct dgram *d); /* NULL allowed */

#endif
