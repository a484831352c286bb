/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the entries of one segment in large reads, over damage. The cursors,
 * the recovery and the offline tools all read through this. One thread. */
#ifndef AGENT_SPOOL_SCAN_H
#define AGENT_SPOOL_SCAN_H

#include "agent/spool/format.h"
#include "agent/spool/vfs.h"

#define SPOOL_SCAN_BYTES ((size_t)256 << 10)

struct spool_scan {
    const struct spool_vfs *vfs;
    int fd;        /* borrowed */
    uint32_t seed; /* spool_format_seed of the spool */
    uint64_t end;  /* look at bytes before this offset only; may grow */
    uint64_t at;   /* offset of the next entry */
    uint64_t from; /* of the entry or damage just returned */
    uint64_t base; /* file offset of buf[0] */
    char *buf;     /* owned */
    size_t len, cap;
    bool strict;     /* stop at a page that cannot be read */
    bool unreadable; /* a page could not be read; zeros stand in for it */
};

enum spool_scan_result {
    SPOOL_SCAN_ENTRY,  /* undamaged; [from, at) */
    SPOOL_SCAN_DAMAGE, /* [from, at) is not an entry */
    SPOOL_SCAN_END,    /* at == end */
    SPOOL_SCAN_NOMEM,
    SPOOL_SCAN_IO /* strict only: errno is set; may be called again */
};

/* spool_scan_start(s, vfs, fd, seed, at): keeps the buffer of an earlier use;
 * s->end is 0 afterwards. {0} is a valid scan to start. */
void spool_scan_start(struct spool_scan *s, const struct spool_vfs *vfs, int fd,
                      uint32_t seed, uint64_t at);
void spool_scan_free(struct spool_scan *s);

/* spool_scan_next(s, e): e->payload borrows from the buffer until the next
 * call. An entry that the end cuts off is damage up to the end. Unless strict, a
 * page that cannot be read counts as damage. */
enum spool_scan_result spool_scan_next(struct spool_scan *s,
                                       struct spool_entry *e);

/* spool_scan_shrink(s): give the memory of a very large record back. */
void spool_scan_shrink(struct spool_scan *s);

#endif
