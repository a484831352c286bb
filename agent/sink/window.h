/* SPDX-License-Identifier: Apache-2.0 */
/* The records an output works on at a time: a contiguous range of sequences,
 * read once from the spool, split by batch key (information kind, source
 * product). Its bounds are stored before the first send, so that after a crash
 * the same range gives the same bytes (DESIGN section 3). */
#ifndef AGENT_SINK_WINDOW_H
#define AGENT_SINK_WINDOW_H

#include "agent/config/config.h"
#include "agent/spool/spool.h"

#define WINDOW_MAX_ITEMS  1000
#define WINDOW_MAX_GROUPS 32 /* batch keys in one window; a 33rd ends it */
#define WINDOW_MAX_TEXTS  32 /* remembered; more are copied each time */

struct window_item {
    uint64_t sequence;
    size_t offset, length;  /* in window.bytes */
    struct spool_meta meta; /* strings in window.keys, but for the key: */
    size_t key_offset;      /* of meta.key in window.bytes, which may move */
    uint32_t group;
};

struct window_group {
    struct bytes info_type, product; /* in window.keys */
    uint32_t item[WINDOW_MAX_ITEMS]; /* numbers of its items, in order */
    uint32_t count;
};

struct window {
    uint64_t first, last; /* sequences covered; last 0: empty */
    int64_t created_ns;   /* becomes sent_time */
    struct buf bytes;     /* item bytes and their keys */
    struct arena keys;
    struct bytes text[WINDOW_MAX_TEXTS]; /* metadata strings seen, in keys */
    uint32_t texts;
    struct window_item item[WINDOW_MAX_ITEMS];
    uint32_t items;
    struct window_group group[WINDOW_MAX_GROUPS];
    uint32_t groups;
    uint64_t filtered; /* records left out by the output's filter */
    bool full;
};

/* window_reset(w): empty, memory kept. window_free(w): release. */
void window_reset(struct window *w);
void window_free(struct window *w);

/* window_add(w, o, r): take record ${r} into the window, filtered as output ${o}
 * says. False: it does not fit (a further key, the byte or item limit): close
 * the window without it. Sequences must grow. A memory failure also returns
 * false, with the window unchanged; w->full is set in both cases. */
bool window_add(struct window *w, const struct config_output *o,
                const struct spool_record *r);

struct bytes window_item_bytes(const struct window *w, uint32_t i);
/* window_item_meta(w, i): with strings valid until the next window_add. */
struct spool_meta window_item_meta(const struct window *w, uint32_t i);

#endif
