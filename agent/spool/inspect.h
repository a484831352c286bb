/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a spool from outside: what a start finds, its segments, cursors and
 * totals, for people and for programs. */
#ifndef AGENT_SPOOL_INSPECT_H
#define AGENT_SPOOL_INSPECT_H

#include "agent/spool/spool.h"

enum spool_note { /* what recovery finds; a and b of struct spool_item */
                  SPOOL_NOTE_TAIL_CUT,  /* offset, bytes: torn, copied, cut */
                  SPOOL_NOTE_TAIL_KEPT, /* offset, bytes: no copy, so not cut */
                  SPOOL_NOTE_UNREADABLE,       /* the device refuses the file */
                  SPOOL_NOTE_PART_UNREADABLE,  /* some pages of it */
                  SPOOL_NOTE_UNFINISHED,       /* empty file, removed */
                  SPOOL_NOTE_HEADER_DAMAGED,   /* the records are kept */
                  SPOOL_NOTE_FOREIGN,          /* of another spool, set aside */
                  SPOOL_NOTE_NOTHING_READABLE, /* 0, bytes: set aside */
                  SPOOL_NOTE_SECOND_COPY,      /* 0, bytes: set aside */
                  SPOOL_NOTE_NOT_MOVED,      /* setting aside failed: ignored */
                  SPOOL_NOTE_CURSOR_ONE_BAD, /* the other slot is used */
                  SPOOL_NOTE_CURSOR_BAD, /* reading starts at the oldest record */
                  SPOOL_NOTE_RECORDS_MISSING, /* first, count: for the named cursor */
                  SPOOL_NOTE_DAMAGE,      /* offset, bytes: inside a segment */
                  SPOOL_NOTE_DAMAGE_KEPT, /* the same, its copy is in quarantine */
                  SPOOL_NOTE_COUNT
};

enum spool_item_kind {
    SPOOL_ITEM_NOTE,
    SPOOL_ITEM_SEGMENT,
    SPOOL_ITEM_CURSOR,
    SPOOL_ITEM_SUMMARY
};

struct spool_item {
    enum spool_item_kind kind;
    const char *name;         /* file, cursor; the directory in the summary */
    enum spool_note note;     /* NOTE */
    uint64_t a, b;            /* NOTE */
    uint64_t first, last;     /* SEGMENT, SUMMARY: sequences */
    uint64_t bytes;           /* SEGMENT, SUMMARY */
    uint64_t records;         /* SEGMENT, SUMMARY: readable; full depth only */
    uint64_t lost;            /* the same: sequences that are not readable */
    uint64_t damaged_bytes;   /* the same */
    uint64_t segments;        /* SUMMARY */
    uint64_t notes;           /* SUMMARY */
    uint64_t settled, queued; /* CURSOR */
    const uint8_t *uuid;      /* SUMMARY: 16 bytes */
};
typedef void (*spool_item_fn)(void *ctx, const struct spool_item *item);

/* spool_item_text(i, out): a line of English without line end.
 * spool_item_json(i, out): the same as a JSON object. */
void spool_item_text(const struct spool_item *i, struct buf *out);
void spool_item_json(const struct spool_item *i, struct buf *out);
/* spool_note_text(n, zh): what a note means, a static text. */
const char *spool_note_text(enum spool_note n, bool zh);

enum spool_depth {
    SPOOL_HEADS, /* headers and the last segment; also of a running agent */
    SPOOL_FULL   /* every record; the spool must not be open elsewhere */
};
/* spool_inspect(dir, depth, fn, ctx, err): read-only; notes, then segments,
 * cursors and the summary. ERR_NOT_FOUND, ERR_EXISTS (open elsewhere),
 * ERR_VERSION, ERR_IO, ERR_NOMEM. */
enum err_code spool_inspect(const char *dir, enum spool_depth depth,
                            spool_item_fn fn, void *ctx,
                            struct err *err) MUST_USE;

#endif
