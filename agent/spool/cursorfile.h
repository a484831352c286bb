/* SPDX-License-Identifier: Apache-2.0 */
/* The file `cursor`: two slots of one generation each; the older is rewritten,
 * so that a torn write leaves the other. A slot also says how far the log was
 * known to be durable, which tells damage from a torn tail at start. */
#ifndef AGENT_SPOOL_CURSORFILE_H
#define AGENT_SPOOL_CURSORFILE_H

#include "agent/spool/spool.h"
#include "agent/spool/vfs.h"

#define SPOOL_CURSOR_FILE  "cursor"
#define SPOOL_CURSOR_STATE 1024
#define SPOOL_SLOT_BYTES   ((size_t)64 << 10) /* distance of the slots */

struct spool_slot_cursor {
    char name[SPOOL_MAX_NAME + 1];
    uint64_t settled;
    uint16_t state_len;
    char state[SPOOL_CURSOR_STATE];
};

struct spool_slot {
    uint64_t generation;
    uint8_t uuid[16];
    uint64_t synced;        /* sequence: durable up to here */
    uint64_t synced_serial; /* the segment of that */
    uint64_t synced_end;    /* and the offset in it */
    unsigned count;
    struct spool_slot_cursor cursors[SPOOL_MAX_CURSORS];
};

struct spool_cursorfile { /* writing side */
    int fd;               /* -1: not open */
    uint64_t generation;  /* of the newest durable slot */
    unsigned slot;        /* which one that is */
};

enum spool_cursorfile_result {
    SPOOL_CURSORFILE_OK,      /* both slots, or the only one ever written */
    SPOOL_CURSORFILE_ONE_BAD, /* may be older than the last one written */
    SPOOL_CURSORFILE_BAD,     /* none is readable */
    SPOOL_CURSORFILE_ABSENT,
    SPOOL_CURSORFILE_NEWER /* a later version */
};

/* spool_cursorfile_read(v, path, out, slot): the newest good slot. */
enum spool_cursorfile_result spool_cursorfile_read(const struct spool_vfs *v,
                                                   const char *path,
                                                   struct spool_slot *out,
                                                   unsigned *slot);

/* spool_cursorfile_write(f, v, content, keep): into the older slot (else errno,
 * and the other slot is as it was). What is only written is not the newest
 * durable slot: the next write goes over it. Sets content->generation. */
bool spool_cursorfile_write(struct spool_cursorfile *f,
                            const struct spool_vfs *v,
                            struct spool_slot *content, enum spool_keep keep);

/* For tests and the fuzzer: one slot as bytes. */
enum spool_cursorfile_result spool_cursorfile_decode(const char *p, size_t n,
                                                     struct spool_slot *out);
size_t spool_cursorfile_encode(const struct spool_slot *content, char *p);

#endif
