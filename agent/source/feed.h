/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of one byte stream on their way to the host: a frame that the host
 * refused is kept and offered again, before anything behind it. */
#ifndef AGENT_SOURCE_FEED_H
#define AGENT_SOURCE_FEED_H

#include "formats/codec/framer.h"

struct feed {
    struct framer framer;
    struct bytes rest;    /* not framed yet; the caller keeps it in place */
    struct frame waiting; /* refused by the host */
    bool refused;         /* ${waiting} is set */
};

enum feed_result {
    FEED_EMPTY, /* everything was taken; give more bytes */
    FEED_FULL,  /* the host has no room: feed_run again after resume() */
    FEED_BROKEN /* a bad octet count: close the stream */
};

/* Hands one frame on; false: no room. */
typedef bool (*feed_fn)(void *ctx, const struct frame *frame);

/* feed_run(f, give, ctx): offer the frames of f->rest until it is empty. */
enum feed_result feed_run(struct feed *f, feed_fn give, void *ctx);

/* feed_end(f, give, ctx): as feed_run, then the unfinished last frame. */
enum feed_result feed_end(struct feed *f, feed_fn give, void *ctx);

#endif
