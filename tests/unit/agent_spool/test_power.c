/* SPDX-License-Identifier: Apache-2.0 */
/* Reliability goal R4: seeded histories of appends, commits, reads and restarts
 * on a simulated disk that loses power at any call. After every cut the spool
 * starts, holds every record whose commit was reported and no other content,
 * and its state agrees with its records. HUTONG_HISTORIES sets their number
 * (default 2,000), HUTONG_SEED runs one. */
#include "tests/unit/agent_spool/disk.h"
#include "tests/unit/agent_spool/fixture.h"

#define OUTPUTS 2

struct history {
    uint64_t seed, random;
    struct disk *disk;
    struct spool *spool;
    struct spool_cursor *cursors[OUTPUTS];
    uint64_t appended;          /* number of the last record appended */
    uint64_t marked;            /* the last one before a mark */
    uint64_t acked;             /* the last one reported durable */
    uint64_t read[OUTPUTS];     /* last one read by a cursor, contiguous */
    uint64_t settled[OUTPUTS];  /* highest frontier it ever had */
    uint64_t batch, batch_next; /* cursor state: durable; being written */
    unsigned damaged_start;     /* power cuts so far */
};

static uint64_t
draw(struct history *h, uint64_t n)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    return (h->random * 0x2545F4914F6CDD1DU >> 11) % n;
}

#define CHECK(h, condition)                                                    \
    do {                                                                       \
        if (!(condition))                                                      \
            fail_msg("HUTONG_SEED=%llu cut %u: %s",                            \
                     (unsigned long long)(h)->seed, (h)->damaged_start,        \
                     #condition);                                              \
    } while (0)

static enum err_code
start(struct history *h)
{
    struct spool_options o = {.dir = "/s",
                              .segment_bytes = 2048 + draw(h, 3) * 6000,
                              .vfs = &h->disk->vfs};
    struct err err = {0};
    enum err_code e;

    if (draw(h, 8) == 0) /* other definitions roll the segment */
        o.definition_digest = BYTES("other");
    e = spool_open_manual(&o, &h->spool, NULL, &err);
    if (e != ERR_OK)
        return e;
    for (unsigned i = 0; i < OUTPUTS; i++) {
        e = spool_cursor_open(h->spool, i == 0 ? "a" : "b", true, 0,
                              SPOOL_LAG_BLOCK, &h->cursors[i], &err);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

/* The log after a start: exactly the records 1..position, each once, as far as
 * they are not let go; none that was acknowledged is missing. */
static void
verify(struct history *h)
{
    struct spool *s = h->spool;
    struct bytes state = {0};
    struct spool_stats st;
    uint64_t position = 0;

    if (spool_state_get(s, BYTES("pos"), &state))
        CHECK(h, bytes_to_u64(state, UINT64_MAX, &position));
    spool_stats(s, &st);
    CHECK(h, st.damaged == 0);
    CHECK(h, position >= h->acked);
    CHECK(h, position <= h->appended);
    CHECK(h, spool_committed(s) == position);
    for (unsigned i = 0; i < OUTPUTS; i++) {
        uint64_t settled = spool_cursor_settled(h->cursors[i]);
        struct spool_record r;
        uint64_t n = settled;

        CHECK(h, settled <= h->settled[i]);
        while (spool_read(h->cursors[i], &r, 0, NULL) == ERR_OK) {
            n++;
            CHECK(h, r.sequence == n);
            CHECK(h, fixture_number(&r) == n);
        }
        CHECK(h, n == position);
        spool_rewind(h->cursors[i]);
        h->read[i] = h->settled[i] = settled;
    }
    state = spool_cursor_state_get(h->cursors[0]);
    if (state.len != 0) {
        uint64_t batch = 0;

        CHECK(h, bytes_to_u64(state, UINT64_MAX, &batch));
        CHECK(h, batch >= h->batch && batch <= h->batch_next);
        h->batch = h->batch_next = batch;
    } else {
        CHECK(h, h->batch == 0);
    }
    h->appended = h->marked = h->acked = position;
}

static void
step_append(struct history *h)
{
    uint64_t n = 1 + draw(h, 12), sequence;

    for (; n > 0; n--) {
        if (fixture_append(h->spool, h->appended + 1, &sequence, NULL) !=
            ERR_OK)
            return;
        h->appended++;
        CHECK(h, sequence == h->appended);
    }
}

static void
step_mark(struct history *h)
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

static void
step_commit(struct history *h)
{
    spool_commit_step(h->spool, draw(h, 2) == 0);
    CHECK(h, spool_committed(h->spool) <= h->marked);
    if (spool_committed(h->spool) > h->acked)
        h->acked = spool_committed(h->spool);
}

static void
step_read(struct history *h)
{
    unsigned i = (unsigned)draw(h, OUTPUTS);
    uint64_t n = draw(h, 20), from = h->read[i] + 1, settled;
    struct spool_record r;

    while (n-- > 0 && spool_read(h->cursors[i], &r, 0, NULL) == ERR_OK) {
        CHECK(h, r.sequence == h->read[i] + 1);
        CHECK(h, r.sequence <= h->acked);
        CHECK(h, fixture_number(&r) == r.sequence);
        h->read[i]++;
    }
    if (h->read[i] < from)
        return;
    if (draw(h, 4) == 0) { /* the second half first */
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

static void
step_batch(struct history *h)
{
    char text[24];
    int n;

    h->batch_next++;
    n = snprintf(text, sizeof text, "%llu", (unsigned long long)h->batch_next);
    if (spool_cursor_state(h->cursors[0], bytes_of(text, (size_t)n), NULL) ==
        ERR_OK)
        h->batch = h->batch_next;
}

static void
steps(struct history *h)
{
    uint64_t n = 10 + draw(h, 60);

    for (; n > 0; n--) {
        switch (draw(h, 10)) {
        case 0:
        case 1:
        case 2:
            step_append(h);
            break;
        case 3:
        case 4:
            step_mark(h);
            break;
        case 5:
        case 6:
        case 7:
            step_commit(h);
            break;
        case 8:
            step_read(h);
            break;
        default:
            step_batch(h);
            break;
        }
    }
}

/* Power fails at a call of the run or of the start itself. */
static void
cut(struct history *h)
{
    static const size_t units[] = {512, 4096, 1 << 20};

    disk_cut(h->disk, (unsigned)draw(h, 5), units[draw(h, 3)]);
    h->damaged_start++;
}

static void
close_all(struct history *h)
{
    if (h->spool == NULL)
        return;
    spool_close(h->spool); /* may commit what was marked */
    if (h->disk->dead_at == 0)
        h->acked = h->marked;
    h->spool = NULL;
}

static void
run(uint64_t seed)
{
    struct history h = {.seed = seed, .random = seed * 2 + 1};
    unsigned lives = 2;

    for (unsigned i = 0; i < 8; i++)
        (void)draw(&h, 2);
    lives += (unsigned)draw(&h, 3);
    h.disk = disk_new(seed);
    for (unsigned life = 0; life < lives; life++) {
        if (life > 0 && draw(&h, 3) == 0) { /* dies while it recovers */
            h.disk->dead_at = h.disk->calls + 1 + draw(&h, 40);
            if (start(&h) == ERR_OK) {
                spool_close(h.spool);
            } else if (h.spool != NULL) {
                spool_close(h.spool);
            }
            h.spool = NULL;
            cut(&h);
        }
        CHECK(&h, start(&h) == ERR_OK);
        verify(&h);
        if (draw(&h, 5) != 0)
            h.disk->dead_at = h.disk->calls + 1 + draw(&h, 150);
        steps(&h);
        if (h.disk->dead_at == 0) {
            close_all(&h);
            continue;
        }
        if (draw(&h, 2) == 0) { /* not reached: the power goes now */
            h.disk->dead_at = 1;
        }
        h.disk->dead_at = h.disk->calls;
        close_all(&h);
        cut(&h);
    }
    CHECK(&h, start(&h) == ERR_OK);
    verify(&h);
    spool_close(h.spool);
    disk_free(h.disk);
}

static void
test_power_cuts(void **state)
{
    const char *count = getenv("HUTONG_HISTORIES");
    const char *one = getenv("HUTONG_SEED");
    uint64_t n = 2000, seed = 0;

    (void)state;
    if (count != NULL)
        assert_true(bytes_to_u64(bytes_str(count), 100000000, &n));
    if (one != NULL) {
        assert_true(bytes_to_u64(bytes_str(one), UINT64_MAX, &seed));
        run(seed);
        return;
    }
    for (seed = 1; seed <= n; seed++)
        run(seed);
    print_message("%llu histories\n", (unsigned long long)n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
