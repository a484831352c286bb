/* SPDX-License-Identifier: Apache-2.0 */
/* The durable log (DESIGN section 8): one append-only sequence of records in
 * 16 MiB segments, many cursors. Threads: one appender, any number of readers
 * (one per cursor), one commit thread inside. */
#ifndef AGENT_SPOOL_SPOOL_H
#define AGENT_SPOOL_SPOOL_H

#include "formats/base/buf.h"
#include "formats/base/diag.h"

#define SPOOL_ID_BYTES      16
#define SPOOL_SEGMENT_BYTES ((uint64_t)16 << 20)
#define SPOOL_MAX_RECORD    ((size_t)4 << 20)
#define SPOOL_MAX_CURSORS   32
#define SPOOL_MAX_NAME      64

enum spool_quota { SPOOL_BLOCK, SPOOL_DROP_OLDEST, SPOOL_REFUSE_LOW };
enum spool_lag { SPOOL_LAG_BLOCK, SPOOL_LAG_DEAD_LETTER, SPOOL_LAG_SKIP };

struct spool_vfs; /* agent/spool/vfs.h: every system call the spool makes, so
                     that tests fail or lose the n-th one */

struct spool_options {
    const char *dir;             /* created 0700 when missing */
    const struct spool_vfs *vfs; /* NULL: the system */
    uint64_t max_bytes;          /* quota; 0: 1 GiB */
    uint64_t segment_bytes; /* 0: SPOOL_SEGMENT_BYTES; tests use small ones */
    uint64_t commit_bytes;  /* 0: 4 MiB; a group commits at this size */
    unsigned commit_ms;     /* 0: 5; or at this age */
    enum spool_quota on_full;
    bool relaxed; /* sync once a second, ack before: chosen in words */
    /* a change rolls the segment; <= 32 bytes */
    struct bytes definition_digest;
};

enum spool_record_kind {
    SPOOL_EVENT = 1, /* an item in the standard's format */
    SPOOL_DEAD = 2,  /* a dead letter: reason in ${meta}.reason, raw bytes */
    SPOOL_OTHER = 3
};

struct spool_meta { /* binary metadata; strings are cut at 255 bytes */
    enum spool_record_kind kind;
    struct bytes info_type; /* "alert" */
    struct bytes input;     /* configured name of the input */
    struct bytes product;   /* source product id */
    struct bytes source;    /* source position for people: file:offset */
    struct bytes mapping;   /* id@version */
    struct bytes key;       /* alert_id or asset_id */
    struct bytes reason;    /* dead letters */
    int64_t received_ns, event_ns;
    uint8_t level; /* 0 none, 1 info ... 5 critical */
    uint8_t flags; /* bit 0: has findings, bit 1: repaired */
    uint8_t event_id[SPOOL_ID_BYTES];
};

struct spool_record { /* as read; borrowed until the next read of the cursor */
    uint64_t sequence;
    struct spool_meta meta;
    struct bytes item;
};

struct spool;

/* spool_open(o, out, diag_text, err): lock, recover, start the commit thread.
 * Always starts on damaged content: what it did (torn tail cut, damage skipped,
 * bytes quarantined, slots rebuilt) is appended to ${report} as lines (NULL
 * allowed). ERR_EXISTS: another process owns the directory; ERR_VERSION: a
 * newer format, nothing touched; ERR_IO, ERR_FULL, ERR_NOMEM. */
enum err_code spool_open(const struct spool_options *o, struct spool **out,
                         struct buf *report, struct err *err) MUST_USE;

/* spool_close(s): commit what is marked, persist cursors, stop, free. No other
 * thread may use the spool or its cursors any more; open cursors go with it. */
void spool_close(struct spool *s);

/* spool_append(s, m, item, sequence, err): add to the open commit group; not
 * eligible for commit before the next spool_mark, not durable before
 * spool_committed reaches it. ERR_FULL: quota (policy block), a full device or too
 * much not yet durable - stop the source, spool_mark what is complete, retry when
 * spool_event_fd is readable and spool_has_room; under refuse_low a refused record
 * gives ERR_OK and sequence 0; ERR_LIMIT: item too long; ERR_CLOSED after a
 * failed sync that could not be recovered (degraded). One appending thread. */
enum err_code spool_append(struct spool *s, const struct spool_meta *m,
                           struct bytes item, uint64_t *sequence,
                           struct err *err) MUST_USE;

/* spool_state(s, name, value, err): put a small named state (source position,
 * counter set, dedup window; at most 64 KiB) into the next commit record. The
 * latest committed value of each name is handed back after a restart. Empty
 * ${value} removes it. Same thread as append. */
enum err_code spool_state(struct spool *s, struct bytes name,
                          struct bytes value, struct err *err) MUST_USE;
/* spool_state_get: the committed value found at open (or set since). The view is
 * borrowed until the next spool_state with that name. False when absent. */
bool spool_state_get(struct spool *s, struct bytes name, struct bytes *value);

/* spool_mark(s): everything appended and every state set so far belongs
 * together and may be committed. The commit thread never commits beyond the last
 * mark, so records, the source position behind them and the counters that count
 * them become durable in one step, or none of them does. Cheap (no system call
 * unless the commit thread sleeps); call it per chunk of frames, at most a few
 * milliseconds or 4 MiB apart. */
void spool_mark(struct spool *s);

/* spool_committed(s): highest durable sequence (0: none). Sequences start at 1
 * and have no holes except by damage. spool_wait(s, seq, ms): wait until it is
 * at least ${seq}; ERR_TIMEOUT, ERR_CLOSED (degraded). */
uint64_t spool_committed(const struct spool *s);
enum err_code spool_wait(struct spool *s, uint64_t sequence,
                         unsigned ms) MUST_USE;
/* spool_event_fd(s): an eventfd that becomes readable when the committed
 * sequence or the room changes; for the appender's loop. Owned by the spool. */
int spool_event_fd(const struct spool *s);
/* spool_has_room(s): would the append that got ERR_FULL fit now? The appending
 * thread. */
bool spool_has_room(const struct spool *s);

/* ---- cursors: one per output, named; survive restarts. */
struct spool_cursor;
/* A segment whose bytes are more than ${max_lag_bytes} behind (0: no limit) does
 * not wait for this cursor: skip drops what it has not settled of it,
 * dead_letter keeps the segment in deadletter/ (there at most a quarter of the
 * quota, the oldest give way).
 * from_start: a new cursor begins at the oldest record kept (true) or at the
 * end. ERR_LIMIT beyond SPOOL_MAX_CURSORS. */
enum err_code spool_cursor_open(struct spool *s, const char *name,
                                bool from_start, uint64_t max_lag_bytes,
                                enum spool_lag on_lag,
                                struct spool_cursor **out,
                                struct err *err) MUST_USE;
/* closing keeps its position; spool_cursor_remove forgets it. */
void spool_cursor_close(struct spool_cursor *c);
enum err_code spool_cursor_remove(struct spool *s, const char *name,
                                  struct err *err) MUST_USE;
/* spool_read(c, out, ms, err): the next committed record behind the read
 * position; waits up to ${ms}. ERR_AGAIN: none; ERR_CLOSED: closing; ERR_IO: the
 * device refuses, try again later; ERR_NOMEM. Damaged records are skipped and
 * counted, checksums verified again. */
enum err_code spool_read(struct spool_cursor *c, struct spool_record *out,
                         unsigned ms, struct err *err) MUST_USE;
/* spool_rewind(c): read position back to the settled position. */
void spool_rewind(struct spool_cursor *c);
/* spool_settle(c, first, last): these sequences are done (delivered, filtered
 * or dead-lettered); out of order allowed within 4,096 of the settled one. The
 * position stored on disk is the contiguous frontier; persisted at least each
 * second and before a segment is unlinked. */
void spool_settle(struct spool_cursor *c, uint64_t first, uint64_t last);
uint64_t spool_cursor_settled(const struct spool_cursor *c);
/* spool_cursor_state(c, value) / _get: a small blob (<= 1 KiB) stored with the
 * cursor: the bounds of the open batch, so a retry repeats the same bytes. It is
 * durable when the call returns. */
enum err_code spool_cursor_state(struct spool_cursor *c, struct bytes value,
                                 struct err *err) MUST_USE;
struct bytes spool_cursor_state_get(struct spool_cursor *c);
/* spool_cursor_save(c, upto, value, keep): settle everything up to ${upto} and
 * store the blob in ONE slot write: nothing on disk ever shows one without the
 * other. SPOOL_KEEP_DURABLE: both are durable when the call returns, or neither
 * is. SPOOL_KEEP_WRITTEN: both outlive this process at once; after a power cut
 * the last durable save may count instead. */
enum spool_keep { SPOOL_KEEP_DURABLE, SPOOL_KEEP_WRITTEN };
enum err_code spool_cursor_save(struct spool_cursor *c, uint64_t upto,
                                struct bytes value, enum spool_keep keep,
                                struct err *err) MUST_USE;

/* spool_cursor_missed(c): records that this cursor can never deliver since the
 * start: damaged, dropped by quota or lag. They are settled by themselves. */
struct spool_missed {
    uint64_t damaged; /* lost to damage */
    uint64_t dropped; /* by the quota or max_lag with skip */
    uint64_t dead;    /* by max_lag with dead_letter: in deadletter/ */
};
void spool_cursor_missed(const struct spool_cursor *c,
                         struct spool_missed *out);
/* spool_cursor_digest(c): definition digest of the segment that the last record
 * read came from; borrowed until the next read. */
struct bytes spool_cursor_digest(const struct spool_cursor *c);
/* spool_cursor_each(s, fn, ctx): the cursors on disk, also those that nobody
 * opened (an output that was removed from the configuration holds its segments
 * until spool_cursor_remove). */
typedef void (*spool_cursor_fn)(void *ctx, const char *name, bool open);
void spool_cursor_each(struct spool *s, spool_cursor_fn fn, void *ctx);

/* ---- numbers */
struct spool_stats {
    uint64_t first, last, committed; /* sequences */
    uint64_t bytes, segments;
    uint64_t appended, dropped_quota, dropped_lag, refused_low;
    uint64_t damaged;               /* records lost to damage */
    uint64_t quarantined_bytes;     /* set aside in quarantine/ */
    uint64_t dead_segments_removed; /* from deadletter/, for its bound */
    uint64_t commits, sync_failures;
    bool degraded;
};
void spool_stats(const struct spool *s, struct spool_stats *out);
uint64_t spool_cursor_queued(const struct spool_cursor *c); /* records behind */
const uint8_t *spool_uuid(const struct spool *s);           /* 16 bytes */

/* ---- offline tools; the spool must not be open elsewhere (lock). More in
 * agent/spool/inspect.h. */
/* spool_check: spool_inspect in full as JSON lines. spool_repair: what a start
 * would do and the damage inside segments, as JSON lines; done only with
 * ${apply}, then damaged bytes are in quarantine/. spool_export: every readable
 * record in order; false from ${fn} stops. All need a spool that is not open
 * elsewhere; export also reads the deadletter/ folder of a spool. */
enum err_code spool_check(const char *dir, struct buf *report,
                          struct err *err) MUST_USE;
enum err_code spool_repair(const char *dir, bool apply, struct buf *report,
                           struct err *err) MUST_USE;
typedef bool (*spool_export_fn)(void *ctx, const struct spool_record *r);
enum err_code spool_export(const char *dir, spool_export_fn fn, void *ctx,
                           struct err *err) MUST_USE;

#endif
