/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the spool share. Who may touch a field stands in its group:
 * the appender, the commit thread, or anyone who holds ${lock}. */
#ifndef AGENT_SPOOL_INTERNAL_H
#define AGENT_SPOOL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/spool/cursorfile.h"
#include "agent/spool/format.h"
#include "agent/spool/inspect.h"
#include "agent/spool/pend.h"
#include "agent/spool/scan.h"
#include "agent/spool/state.h"
#include "agent/spool/vfs.h"

#define SPOOL_PATH_BYTES     1024
#define SPOOL_PEND_MAX       ((uint64_t)8 << 20) /* marked, not yet durable */
#define SPOOL_SEGMENT_MIN    ((uint64_t)64 << 10)
#define SPOOL_QUARANTINE_MAX ((uint64_t)64 << 20)

/* Segments whose header is damaged get serials from here on, for this process. */
#define SPOOL_SERIAL_UNKNOWN (UINT64_C(1) << 63)

struct spool_segment {
    uint64_t serial; /* identity: a replaced one has another */
    uint64_t first;  /* sequence of the first record */
    uint64_t end;    /* offset behind the last committed byte */
    char name[SPOOL_NAME_BYTES];
    uint8_t digest_len, digest[SPOOL_DIGEST_BYTES];
    bool suspect; /* damaged or unreadable: to quarantine, never unlinked */
};

struct spool_mark { /* what may be committed together */
    struct pend_place place;
    uint64_t last;    /* sequence of the last record before it */
    uint64_t sum;     /* of header checksums since the start */
    uint64_t entries; /* since the start */
};

struct spool_durable { /* how far the log is known to be on the device */
    uint64_t sequence;
    uint64_t serial, end; /* the segment, the offset in it */
};

#define SPOOL_HINTS 64 /* remembered places, so that a rewind is short */

struct spool_range {
    uint64_t first, last;
};

struct spool_cursor {
    struct spool *spool;
    /* under the lock */
    char name[SPOOL_MAX_NAME + 1];
    bool open;
    uint64_t settled;           /* everything up to here is done */
    uint64_t stored;            /* the value of ${settled} on disk */
    struct spool_range *ranges; /* done beyond ${settled}, sorted, disjoint */
    unsigned range_count, range_cap;
    struct spool_missed missed;
    uint64_t *given_up_as;       /* the counter of what was skipped last */
    struct spool_range given_up; /* skipped last; may still be settled */
    uint64_t max_lag;
    enum spool_lag on_lag;
    uint16_t state_len;
    char state[SPOOL_CURSOR_STATE];
    atomic_uint_fast64_t skipped; /* reader: go on behind this sequence */
    /* the reading thread */
    uint64_t next; /* sequence expected next */
    struct spool_scan scan;
    uint64_t serial; /* of the segment at hand, 0: none */
    uint64_t bound;  /* records from this sequence on are in a later one */
    char segment_name[SPOOL_NAME_BYTES];
    uint8_t digest_len, digest[SPOOL_DIGEST_BYTES];
    unsigned open_failures, read_failures;
    struct {
        uint64_t sequence, serial, offset;
    } hints[SPOOL_HINTS];
    uint64_t hint_count;
};

struct spool {
    /* constant after open */
    struct spool_options o; /* defaults filled in */
    char dir[SPOOL_PATH_BYTES - 128];
    const struct spool_vfs *vfs;
    uint8_t uuid[16];
    uint32_t seed;
    uint8_t digest_len, digest[SPOOL_DIGEST_BYTES];
    int lock_fd, event_fd;
    uint64_t pend_max;     /* bytes that may wait for their commit */
    bool manual;           /* no commit thread: tests call spool_commit_step */
    bool readonly;         /* the offline tools: nothing is changed on disk */
    spool_item_fn on_item; /* told what recovery finds, NULL allowed */
    void *on_item_ctx;

    /* the appender */
    struct pend pend; /* head: the commit thread */
    uint64_t next;    /* sequence of the next record */
    struct spool_mark open_mark;
    uint64_t appended, refused_low;
    struct spool_states states; /* see state.h */

    /* anyone */
    atomic_uint_fast64_t committed;          /* sequence */
    atomic_uint_fast64_t committed_position; /* of the pend chain */
    atomic_uint_fast64_t used;               /* bytes of all segments */
    atomic_uint_fast64_t need;               /* bytes an append waits for */
    atomic_bool degraded, device_full;

    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t work;    /* for the commit thread */
    pthread_cond_t changed; /* for readers and waiters */
    struct spool_mark mark;
    int64_t mark_ns; /* when the oldest uncommitted mark was made */
    struct spool_durable durable; /* synced */
    uint64_t full_serial;         /* this segment durably holds every state */
    unsigned sleeping;            /* enum commit_sleep */
    bool collect_due;             /* a cursor passed the first segment */
    unsigned waiters;             /* threads in spool_wait: commit at once */
    unsigned readers;             /* threads that wait for ${changed} */
    bool stop;
    struct spool_segment *segments;
    size_t segment_count, segment_cap;
    uint64_t last_serial;
    struct spool_cursor *cursors[SPOOL_MAX_CURSORS];
    unsigned cursor_count;
    uint64_t cursor_change, cursor_stored; /* generations of cursor content */
    struct spool_stats stats;              /* counters only */
    uint64_t marked_appended, marked_refused;
    uint64_t damage_mark; /* gaps up to this sequence are counted */

    /* the commit thread */
    pthread_t thread;
    int fd;          /* the last segment, -1: a new one is needed */
    uint64_t first;  /* its first sequence */
    bool unnamed;    /* still under its name with .new */
    uint64_t end;    /* its committed end */
    uint64_t limit;  /* roll beyond this size */
    uint64_t rolled; /* relaxed: full_serial after the next sync */
    bool synced;     /* relaxed: nothing written since the last sync */
    struct spool_mark done;
    struct spool_durable written;
    uint64_t done_states; /* version of the states committed */
    struct buf tail;      /* encoded states and commit entry of a group */
    bool busy;            /* the last group was large: let them gather */
    unsigned failures;    /* in a row */
    int64_t retry_ns, persist_ns, sync_ns; /* due times, monotonic */

    /* under cursor_io */
    pthread_mutex_t cursor_io;
    struct spool_cursorfile cursorfile;
};

/* ---- spool.c */
/* spool_open_manual: spool_open without the commit thread, for tests. */
enum err_code spool_open_manual(const struct spool_options *o,
                                struct spool **out, struct buf *report,
                                struct err *err) MUST_USE;
int64_t spool_now_ns(void); /* monotonic */
void spool_path(const struct spool *s, const char *name,
                char out[SPOOL_PATH_BYTES]);
void spool_notify(struct spool *s); /* eventfd */

/* Without anything opened; release closes what is open and frees. */
struct spool *spool_new(void);
enum err_code spool_fill_options(struct spool *s, const struct spool_options *o,
                                 struct err *err) MUST_USE;
enum err_code spool_lock(struct spool *s, struct err *err) MUST_USE;
void spool_release(struct spool *s);

/* ---- note.c */
/* Tell s->on_item that recovery found this about ${name}. */
void spool_note(struct spool *s, enum spool_note note, const char *name,
                uint64_t a, uint64_t b);

/* ---- commit.c */
enum commit_sleep {
    COMMIT_AWAKE,
    COMMIT_IDLE,     /* until somebody signals */
    COMMIT_TIMED,    /* until something is due, such as storing the cursors */
    COMMIT_GATHERING /* until the group is old or large enough */
};
void *spool_commit_run(void *spool);
/* One pass of the commit thread's work; ${all}: also what is not due yet. */
void spool_commit_step(struct spool *s, bool all);

/* ---- segment.c; the commit thread or the opener */
/* A new last segment, durable before it returns. One that takes the place of a
 * segment that holds states but no record is written aside first: it gets its
 * name, in one step, when its first group is in it. False with errno. */
bool spool_segment_create(struct spool *s, uint64_t first, uint64_t need);
bool spool_segment_name(struct spool *s);
/* Stop writing to the last segment. */
void spool_segment_seal(struct spool *s);
/* lock held: insert behind the others; false without memory */
bool spool_segment_add(struct spool *s, const struct spool_segment *seg);
/* lock held: index of the segment that holds ${sequence}, or of the first;
 * segment_count must not be 0. */
size_t spool_segment_find(const struct spool *s, uint64_t sequence);
/* lock held: recompute ${used}. */
void spool_segment_account(struct spool *s);

/* ---- collect.c; the commit thread */
void spool_collect(struct spool *s);

/* ---- deadletter.c; the commit thread */
/* Move a whole segment to deadletter/, within a quarter of the quota there (the
 * oldest give way). */
bool spool_deadletter_move(struct spool *s, const char *name);

/* ---- quarantine.c */
/* Copy [from, to) of an open segment there, durable; false when that failed. */
bool spool_quarantine_copy(struct spool *s, int fd, const char *name,
                           uint64_t from, uint64_t to);
bool spool_quarantine_has(const struct spool *s, const char *name,
                          uint64_t from);
bool spool_quarantine_move(struct spool *s, const char *name);

/* ---- listing.c; the opener */
/* The directory's segments of this spool into the table, sorted; sets uuid and
 * seed. ${cursor_uuid}: of the cursor file, or NULL. */
enum err_code spool_listing_load(struct spool *s, const uint8_t *cursor_uuid,
                                 struct err *err) MUST_USE;

/* ---- tail.c; the opener */
enum spool_tail_result {
    SPOOL_TAIL_OPEN,   /* may be written behind seg->end */
    SPOOL_TAIL_CLOSED, /* what is readable stays, a new segment is needed */
    SPOOL_TAIL_NOMEM
};
/* Find the committed end of the last segment (into seg->end; on entry the
 * file's size) and cut what lies behind it. */
enum spool_tail_result spool_tail_recover(struct spool *s, int fd,
                                          struct spool_segment *seg);
struct spool_tail {
    uint64_t last; /* sequence of the last record, 0: none */
    bool full;     /* a group with every state was found */
};
/* Apply the states of one segment to s->states. Entries from ${bound} on belong
 * to a later segment. False without memory. */
bool spool_tail_replay(struct spool *s, int fd, const struct spool_segment *seg,
                       uint64_t bound, struct spool_tail *out);

/* ---- recover.c; the opener */
enum err_code spool_recover(struct spool *s, struct err *err) MUST_USE;

/* ---- frontier.c; lock held */
/* [first, last] is done, in whatever order; nothing when first > last. */
void spool_frontier_settle(struct spool_cursor *c, uint64_t first,
                           uint64_t last);
/* The same, because it cannot be read any more: counted as damage. */
void spool_frontier_lost(struct spool_cursor *c, uint64_t first, uint64_t last);
/* Give up what is not settled up to ${last}, as dead letters or dropped; the
 * number of records. */
uint64_t spool_frontier_skip(struct spool_cursor *c, uint64_t last, bool dead);

/* ---- cursor.c */
/* Write the cursors' positions; true when everything up to the state at the
 * call is durable. Not under the lock. */
bool spool_cursor_persist(struct spool *s);
struct spool_cursor *spool_cursor_new(struct spool *s, const char *name);
void spool_cursor_free(struct spool_cursor *c);

#endif
