/* SPDX-License-Identifier: Apache-2.0 */
/* A source, a spool and two outputs on the simulated disk, stepped by chance, and
 * what must hold after any restart. */
#ifndef TESTS_UNIT_AGENT_SPOOL_HISTORY_H
#define TESTS_UNIT_AGENT_SPOOL_HISTORY_H

#include "tests/unit/agent_spool/disk.h"
#include "tests/unit/agent_spool/fixture.h"

#define HISTORY_OUTPUTS 2

struct history {
    uint64_t seed, random;
    struct disk *disk;
    struct spool *spool;
    struct spool_cursor *cursors[HISTORY_OUTPUTS];
    uint64_t appended;              /* number of the last record appended */
    uint64_t marked;                /* the last one before a mark */
    uint64_t acked;                 /* the last one reported durable */
    uint64_t read[HISTORY_OUTPUTS]; /* last one read by a cursor, contiguous */
    uint64_t settled[HISTORY_OUTPUTS]; /* highest frontier it ever had */
    uint64_t batch, batch_next; /* cursor state: durable; being written */
    unsigned cuts;              /* so far */
    const char *label;          /* of the seed, for messages */
};

static inline uint64_t
history_draw(struct history *h, uint64_t n)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    return (h->random * 0x2545F4914F6CDD1DU >> 11) % n;
}

#define HISTORY_CHECK(h, condition)                                            \
    do {                                                                       \
        if (!(condition))                                                      \
            fail_msg("%s=%llu cut %u: %s", (h)->label,                         \
                     (unsigned long long)(h)->seed, (h)->cuts, #condition);    \
    } while (0)

static inline enum err_code
history_start(struct history *h)
{
    struct spool_options o = {.dir = "/s",
                              .segment_bytes = 2048 + history_draw(h, 3) * 6000,
                              .vfs = &h->disk->vfs};
    struct err err = {0};
    enum err_code e;

    if (history_draw(h, 8) == 0) /* other definitions roll the segment */
        o.definition_digest = BYTES("other");
    e = spool_open_manual(&o, &h->spool, NULL, &err);
    if (e != ERR_OK)
        return e;
    for (unsigned i = 0; i < HISTORY_OUTPUTS; i++) {
        e = spool_cursor_open(h->spool, i == 0 ? "a" : "b", true, 0,
                              SPOOL_LAG_BLOCK, &h->cursors[i], &err);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* The log after a start: exactly the records 1..position, each once, as far as
 * they are not let go; none that was acknowledged is missing. */
static inline void
history_verify(struct history *h)
{
    struct spool *s = h->spool;
    struct bytes state = {0};
    struct spool_stats st;
    uint64_t position = 0;

    if (spool_state_get(s, BYTES("pos"), &state))
        HISTORY_CHECK(h, bytes_to_u64(state, UINT64_MAX, &position));
    spool_stats(s, &st);
    HISTORY_CHECK(h, st.damaged == 0);
    HISTORY_CHECK(h, position >= h->acked);
    HISTORY_CHECK(h, position <= h->appended);
    HISTORY_CHECK(h, spool_committed(s) == position);
    for (unsigned i = 0; i < HISTORY_OUTPUTS; i++) {
        uint64_t settled = spool_cursor_settled(h->cursors[i]);
        struct spool_record r;
        uint64_t n = settled;
        unsigned refused = 0;
        enum err_code e;

        HISTORY_CHECK(h, settled <= h->settled[i]);
        while ((e = spool_read(h->cursors[i], &r, 0, NULL)) == ERR_OK ||
               (e == ERR_IO && refused++ < 3)) {
            if (e != ERR_OK)
                continue;
            n++;
            HISTORY_CHECK(h, r.sequence == n);
            HISTORY_CHECK(h, fixture_number(&r) == n);
        }
        if (!h->disk->failed || h->disk->fail != DISK_FAIL_FOREVER)
            HISTORY_CHECK(h, n == position); /* else nothing can be read */
        spool_rewind(h->cursors[i]);
        h->read[i] = h->settled[i] = settled;
    }
    state = spool_cursor_state_get(h->cursors[0]);
    if (state.len != 0) {
        uint64_t batch = 0;

        HISTORY_CHECK(h, bytes_to_u64(state, UINT64_MAX, &batch));
        HISTORY_CHECK(h, batch >= h->batch && batch <= h->batch_next);
        h->batch = h->batch_next = batch;
    } else {
        HISTORY_CHECK(h, h->batch == 0);
    }
    h->appended = h->marked = h->acked = position;
}

static inline void
history_step_append(struct history *h)
{
    uint64_t n = 1 + history_draw(h, 12), sequence;

    for (; n > 0; n--) {
        if (fixture_append(h->spool, h->appended + 1, &sequence, NULL) !=
            ERR_OK)
            return;
        h->appended++;
        HISTORY_CHECK(h, sequence == h->appended);
    }
}

static inline void
history_step_mark(struct history *h)
{
    char text[24];
    int n =
        snprintf(text, sizeof text, "%llu", (unsigned long long)h->appended);

    if (spool_state(h->spool, BYTES("pos"), bytes_of(text, (size_t)n), NULL) !=
        ERR_OK)
        return;
    spool_mark(h->spool);
    h->marked = h->appended;
}

static inline void
history_step_commit(struct history *h)
{
    spool_commit_step(h->spool, history_draw(h, 2) == 0);
    HISTORY_CHECK(h, spool_committed(h->spool) <= h->marked);
    if (spool_committed(h->spool) > h->acked)
        h->acked = spool_committed(h->spool);
}

static inline void
history_step_read(struct history *h)
{
    unsigned i = (unsigned)history_draw(h, HISTORY_OUTPUTS);
    uint64_t n = history_draw(h, 20), from = h->read[i] + 1, settled;
    struct spool_record r;

    while (n-- > 0 && spool_read(h->cursors[i], &r, 0, NULL) == ERR_OK) {
        HISTORY_CHECK(h, r.sequence == h->read[i] + 1);
        HISTORY_CHECK(h, r.sequence <= h->acked);
        HISTORY_CHECK(h, fixture_number(&r) == r.sequence);
        h->read[i]++;
    }
    if (h->read[i] < from)
        return;
    if (history_draw(h, 4) == 0) { /* the second half first */
        uint64_t mid = from + (h->read[i] - from) / 2;

        spool_settle(h->cursors[i], mid, h->read[i]);
        spool_settle(h->cursors[i], from, mid);
    } else {
        spool_settle(h->cursors[i], from, h->read[i]);
    }
    settled = spool_cursor_settled(h->cursors[i]);
    if (settled > h->settled[i])
        h->settled[i] = settled;
}

static inline void
history_step_batch(struct history *h)
{
    char text[24];
    int n;

    h->batch_next++;
    n = snprintf(text, sizeof text, "%llu", (unsigned long long)h->batch_next);
    if (history_draw(h, 2) == 0) { /* may be lost with the power */
        (void)!spool_cursor_save(h->cursors[0], 0, bytes_of(text, (size_t)n),
                                 SPOOL_KEEP_WRITTEN, NULL);
        return;
    }
    if (spool_cursor_state(h->cursors[0], bytes_of(text, (size_t)n), NULL) ==
        ERR_OK)
        h->batch = h->batch_next;
}

static inline void
history_steps(struct history *h)
{
    uint64_t n = 10 + history_draw(h, 60);

    for (; n > 0; n--) {
        switch (history_draw(h, 10)) {
        case 0:
        case 1:
        case 2:
            history_step_append(h);
            break;
        case 3:
        case 4:
            history_step_mark(h);
            break;
        case 5:
        case 6:
        case 7:
            history_step_commit(h);
            break;
        case 8:
            history_step_read(h);
            break;
        default:
            history_step_batch(h);
            break;
        }
    }
}

#endif
