/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when an output does not keep up: quota and lag policies, each
 * record accounted for. On the simulated disk, without threads. */
#include "tests/unit/agent_spool/disk.h"
#include "tests/unit/agent_spool/fixture.h"

#define QUOTA ((uint64_t)1 << 20)

struct world {
    struct disk *disk;
    struct spool *spool;
};

static void
open_world(struct world *w, enum spool_quota policy)
{
    struct spool_options o = {.dir = "/s",
                              .max_bytes = QUOTA,
                              .segment_bytes = 64 << 10,
                              .on_full = policy};
    struct err err = {0};

    w->disk = disk_new(1);
    o.vfs = &w->disk->vfs;
    if (spool_open_manual(&o, &w->spool, NULL, &err) != ERR_OK)
        fail_msg("%s", err.msg);
}

static void
close_world(struct world *w)
{
    spool_close(w->spool);
    disk_free(w->disk);
}

static struct spool_cursor *
cursor(struct world *w, const char *name, uint64_t lag, enum spool_lag policy)
{
    struct spool_cursor *c = NULL;

    assert_int_equal(
        spool_cursor_open(w->spool, name, true, lag, policy, &c, NULL), ERR_OK);
    return c;
}

/* Append records from ${from} to ${to}, ten to a group. */
static uint64_t
append(struct world *w, uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n <= to; n++) {
        uint64_t sequence = 0;
        enum err_code e = fixture_append(w->spool, n, &sequence, NULL);

        if (e == ERR_FULL) {
            spool_mark(w->spool);
            spool_commit_step(w->spool, true);
            return n - 1;
        }
        assert_int_equal(e, ERR_OK);
        if (n % 10 == 0 || n == to) {
            spool_mark(w->spool);
            spool_commit_step(w->spool, true);
        }
    }
    return to;
}

/* Read and settle everything; the number of records. */
static uint64_t
drain(struct spool_cursor *c)
{
    struct spool_record r;
    uint64_t n = 0;

    while (spool_read(c, &r, 0, NULL) == ERR_OK) {
        assert_true(fixture_number(&r) != 0);
        spool_settle(c, r.sequence, r.sequence);
        n++;
    }
    return n;
}

static void
test_block(void **state)
{
    struct world w;
    struct spool_cursor *c;
    struct spool_stats st;
    uint64_t n;

    (void)state;
    open_world(&w, SPOOL_BLOCK);
    c = cursor(&w, "a", 0, SPOOL_LAG_BLOCK);
    n = append(&w, 1, 5000);
    assert_true(n > 500 && n < 5000);
    assert_false(spool_has_room(w.spool));
    spool_stats(w.spool, &st);
    assert_true(st.bytes <= QUOTA);
    assert_int_equal(drain(c), n);
    spool_commit_step(w.spool, true);
    assert_true(spool_has_room(w.spool));
    assert_int_equal(append(&w, n + 1, n + 10), n + 10);
    assert_int_equal(drain(c), 10);
    spool_stats(w.spool, &st);
    assert_int_equal(st.dropped_quota + st.dropped_lag + st.damaged, 0);
    close_world(&w);
}

static void
test_drop_oldest(void **state)
{
    struct world w;
    struct spool_cursor *a, *b;
    struct spool_missed ma, mb;
    struct spool_stats st;
    uint64_t first;

    (void)state;
    open_world(&w, SPOOL_DROP_OLDEST);
    a = cursor(&w, "a", 0, SPOOL_LAG_BLOCK);
    b = cursor(&w, "b", 0, SPOOL_LAG_BLOCK);
    assert_int_equal(append(&w, 1, 300), 300);
    first = drain(a);
    assert_int_equal(first, 300);
    assert_int_equal(append(&w, 301, 5000), 5000); /* never blocks */
    spool_stats(w.spool, &st);
    assert_true(st.bytes <= QUOTA);
    assert_int_equal(st.damaged, 0);
    first = drain(a) + 300;
    spool_cursor_missed(a, &ma);
    assert_int_equal(first + ma.dropped, 5000);
    first = drain(b);
    spool_cursor_missed(b, &mb);
    assert_int_equal(first + mb.dropped, 5000);
    assert_true(mb.dropped > 2000);
    assert_int_equal(ma.dropped + mb.dropped, st.dropped_quota);
    assert_int_equal(ma.damaged + mb.damaged + ma.dead + mb.dead, 0);
    close_world(&w);
}

static void
test_refuse_low(void **state)
{
    struct world w;
    struct spool_stats st;
    uint64_t taken = 0, refused = 0, sequence = 0;

    (void)state;
    open_world(&w, SPOOL_REFUSE_LOW);
    (void)cursor(&w, "a", 0, SPOOL_LAG_BLOCK);
    for (uint64_t n = 1; n < 5000; n++) {
        enum err_code e = fixture_append(w.spool, n, &sequence, NULL);

        if (e == ERR_FULL)
            break;
        assert_int_equal(e, ERR_OK);
        if (sequence == 0) { /* levels 1 and 2 only, 0 has no level */
            assert_true(n % 6 == 1 || n % 6 == 2);
            refused++;
        } else {
            assert_int_equal(sequence, ++taken);
        }
        spool_mark(w.spool);
        spool_commit_step(w.spool, false);
    }
    spool_mark(w.spool);
    spool_stats(w.spool, &st);
    assert_true(st.bytes > QUOTA / 10 * 9); /* the high ones got the rest */
    assert_int_equal(st.refused_low, refused);
    assert_int_equal(st.appended, taken);
    assert_true(refused > 20);
    close_world(&w);
}

static void
test_lag_skip(void **state)
{
    struct world w;
    struct spool_cursor *live, *dead;
    struct spool_missed m;
    struct spool_stats st;
    struct spool_record r;
    uint64_t got = 0, last;

    (void)state;
    open_world(&w, SPOOL_BLOCK);
    live = cursor(&w, "live", 0, SPOOL_LAG_BLOCK);
    dead = cursor(&w, "dead", 256 << 10, SPOOL_LAG_SKIP);
    assert_int_equal(append(&w, 1, 20), 20);
    for (unsigned i = 0; i < 20; i++) /* a batch on its way */
        assert_int_equal(spool_read(dead, &r, 0, NULL), ERR_OK);
    for (last = 120; last <= 5000; last += 100) {
        assert_int_equal(append(&w, last - 99, last), last);
        got += drain(live);
    }
    last -= 100;
    assert_int_equal(got, last);
    spool_stats(w.spool, &st);
    assert_true(st.bytes < 512 << 10);
    /* The batch arrives after all: delivered, so not dropped. */
    spool_settle(dead, 1, 20);
    got = 20 + drain(dead);
    spool_cursor_missed(dead, &m);
    assert_int_equal(got + m.dropped, last);
    assert_true(m.dropped > 3000);
    assert_int_equal(m.damaged + m.dead, 0);
    spool_cursor_missed(live, &m);
    assert_int_equal(m.damaged + m.dropped + m.dead, 0);
    close_world(&w);
}

static bool
count_record(void *ctx, const struct spool_record *r)
{
    uint64_t *count = ctx;

    assert_true(fixture_number(r) != 0);
    ++*count;
    return true;
}

static void
test_lag_dead_letter(void **state)
{
    char dir[128], path[256];
    struct spool_options o = {.max_bytes = QUOTA, .segment_bytes = 64 << 10};
    struct world w = {0};
    struct spool_cursor *live, *dead;
    struct spool_missed m;
    struct spool_stats st;
    uint64_t got, exported = 0;

    (void)state;
    fixture_dir(dir);
    o.dir = dir;
    assert_int_equal(spool_open_manual(&o, &w.spool, NULL, NULL), ERR_OK);
    live = cursor(&w, "live", 0, SPOOL_LAG_BLOCK);
    dead = cursor(&w, "dead", 256 << 10, SPOOL_LAG_DEAD_LETTER);
    for (uint64_t last = 100; last <= 600; last += 100) {
        assert_int_equal(append(&w, last - 99, last), last);
        assert_int_equal(drain(live), 100);
    }
    got = drain(dead);
    spool_cursor_missed(dead, &m);
    assert_int_equal(got + m.dead, 600);
    assert_true(m.dead > 100);
    assert_int_equal(m.damaged + m.dropped, 0);
    (void)snprintf(path, sizeof path, "%s/deadletter", dir);
    assert_int_equal(spool_export(path, count_record, &exported, NULL), ERR_OK);
    assert_int_equal(exported, m.dead);
    /* And they are bounded: a quarter of the quota. */
    for (uint64_t last = 700; last <= 3000; last += 100) {
        assert_int_equal(append(&w, last - 99, last), last);
        assert_int_equal(drain(live), 100);
    }
    spool_stats(w.spool, &st);
    assert_true(st.dead_segments_removed > 5);
    spool_close(w.spool);
    fixture_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_drop_oldest),
        cmocka_unit_test(test_refuse_low),
        cmocka_unit_test(test_lag_skip),
        cmocka_unit_test(test_lag_dead_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
