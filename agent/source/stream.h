/* SPDX-License-Identifier: Apache-2.0 */
/* Listening stream sockets (TCP, unix) and their connections: limits in total
 * and per peer, idle time, back-pressure by not reading. One server may listen
 * on several sockets. Loop thread only. */
#ifndef AGENT_SOURCE_STREAM_H
#define AGENT_SOURCE_STREAM_H

#include "agent/source/gate.h"
#include "formats/codec/framer.h"

struct event_base;
struct stream_server;

struct stream_options {
    enum framer_kind kind;
    size_t max_frame;         /* bytes */
    unsigned max_connections; /* in total */
    unsigned max_per_peer;    /* of one address; for unix of one user id */
    int64_t idle_ms;          /* without a byte; 0: no limit */
};

/* stream_new(base, gate, o): NULL when memory ran out. ${gate} is borrowed. */
struct stream_server *stream_new(struct event_base *base, struct gate *gate,
                                 const struct stream_options *o);
/* stream_add(s, fd, name): take a listening non-blocking socket; on failure it
 * stays the caller's. ${name} is for people. */
enum err_code stream_add(struct stream_server *s, int fd, const char *name,
                         struct err *err) MUST_USE;
enum err_code stream_start(struct stream_server *s, struct err *err) MUST_USE;
/* stream_resume(s): after the gate opened; stops by itself when it shuts. */
void stream_resume(struct stream_server *s);
void stream_stop(struct stream_server *s);
void stream_free(struct stream_server *s); /* NULL allowed */

/* The framings that the option "framing" of a source names, in the order of
 * enum framer_kind. */
extern const char *const stream_framings[];

#endif
