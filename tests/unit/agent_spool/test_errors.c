/* SPDX-License-Identifier: Apache-2.0 */
/* Reliability goal R5: the n-th system call fails, for every n of a run of
 * starts, commits, reads and restarts, in every way it can. Nothing that was
 * reported durable may depend on what the device had not taken: after the run
 * the power is cut and every unsynced byte is gone. */
#include "tests/unit/agent_spool/history.h"

#ifdef HUTONG_SANITIZED
#define STRIDE 4 /* slower there */
#else
#define STRIDE 1
#endif

struct way {
    const char *name;
    int error;
    enum disk_fail fail;
};

static const struct way ways[] = {
    {"EIO once", EIO, DISK_FAIL_ONCE},
    {"EIO from there on", EIO, DISK_FAIL_FOREVER},
    {"ENOSPC once", ENOSPC, DISK_FAIL_ONCE},
    {"ENOSPC from there on", ENOSPC, DISK_FAIL_FOREVER},
    {"EINTR", EINTR, DISK_FAIL_ONCE},
    {"short write, else EINTR", EINTR, DISK_FAIL_SHORT},
};

/* Two lives with a clean stop between them. True when the call number
 * h->disk->fail_at came to pass. */
static bool
script(struct history *h)
{
    for (unsigned life = 0; life < 2; life++) {
        h->spool = NULL;
        if (history_start(h) == ERR_OK) {
            struct spool_stats st;

            history_verify(h);
            history_steps(h);
            spool_commit_step(h->spool, true);
            if (spool_committed(h->spool) > h->acked)
                h->acked = spool_committed(h->spool);
            spool_stats(h->spool, &st);
            HISTORY_CHECK(h, st.damaged == 0);
        }
        spool_close(h->spool);
        if (h->disk->failed)
            break;
        h->acked = h->marked;
    }
    return h->disk->failed;
}

static bool
run(const struct way *way, uint64_t n, uint64_t seed)
{
    struct history h = {.label = way->name, .seed = n, .random = seed};
    bool failed;

    h.disk = disk_new(n);
    h.disk->fail_at = n;
    h.disk->fail_errno = way->error;
    h.disk->fail = way->fail;
    failed = script(&h);
    disk_cut(h.disk, 0, DISK_SECTOR);
    HISTORY_CHECK(&h, history_start(&h) == ERR_OK);
    history_verify(&h);
    history_steps(&h);
    spool_close(h.spool);
    disk_free(h.disk);
    return failed;
}

static void
test_every_call_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        uint64_t n = 1;

        while (run(&ways[w], n, 77 + w))
            n += STRIDE;
        print_message("%s: up to call %llu\n", ways[w].name,
                      (unsigned long long)n - 1);
        assert_true(n > 100);
    }
}

/* A failed fdatasync is not asked again: the group goes to a new segment. */
static void
test_failed_sync_moves_on(void **state)
{
    struct history h = {.label = "sync", .random = 5};
    struct spool_stats st;
    uint64_t sequence;

    (void)state;
    h.disk = disk_new(1);
    assert_int_equal(history_start(&h), ERR_OK);
    assert_int_equal(fixture_append(h.spool, 1, &sequence, NULL), ERR_OK);
    spool_mark(h.spool);
    spool_commit_step(h.spool, true);
    assert_int_equal(spool_committed(h.spool), 1);
    assert_int_equal(fixture_append(h.spool, 2, &sequence, NULL), ERR_OK);
    spool_mark(h.spool);
    h.disk->fail_at = h.disk->calls + 2; /* write, sync */
    h.disk->fail_errno = EIO;
    spool_commit_step(h.spool, false);
    assert_true(h.disk->failed);
    spool_stats(h.spool, &st);
    assert_int_equal(st.sync_failures, 1);
    assert_int_equal(st.segments, 2);
    assert_false(st.degraded);
    assert_int_equal(spool_committed(h.spool), 2);
    /* The device stays bad: no more appends, but reading goes on. */
    h.disk->fail_at = 0;
    assert_int_equal(fixture_append(h.spool, 3, &sequence, NULL), ERR_OK);
    spool_mark(h.spool);
    h.disk->fail = DISK_FAIL_FOREVER;
    h.disk->fail_at = h.disk->calls + 2;
    spool_commit_step(h.spool, false);
    spool_stats(h.spool, &st);
    assert_true(st.degraded);
    assert_int_equal(spool_committed(h.spool), 2);
    assert_int_equal(spool_wait(h.spool, 3, 1), ERR_CLOSED);
    assert_int_equal(fixture_append(h.spool, 4, &sequence, NULL), ERR_CLOSED);
    h.disk->fail_at = 0;
    for (uint64_t n = 1; n <= 2; n++) {
        struct spool_record r;

        assert_int_equal(spool_read(h.cursors[0], &r, 0, NULL), ERR_OK);
        assert_int_equal(fixture_number(&r), n);
    }
    spool_close(h.spool);
    disk_free(h.disk);
}

/* A full device behaves like a full spool and recovers by itself. */
static void
test_full_device_recovers(void **state)
{
    struct history h = {.label = "full", .random = 5};
    struct spool_record r;
    uint64_t n = 0, sequence;

    (void)state;
    h.disk = disk_new(1);
    h.disk->capacity = 256 << 10;
    assert_int_equal(history_start(&h), ERR_OK);
    for (;;) {
        enum err_code e = fixture_append(h.spool, n + 1, &sequence, NULL);

        if (e != ERR_OK) {
            assert_int_equal(e, ERR_FULL);
            break;
        }
        n++;
        spool_mark(h.spool);
        spool_commit_step(h.spool, true);
        assert_true(n < 1000);
    }
    assert_true(n > 50);
    assert_false(spool_has_room(h.spool));
    /* The last one was taken and waits in memory. */
    assert_int_equal(spool_committed(h.spool), n - 1);
    for (uint64_t i = 1; i < n; i++) {
        assert_int_equal(spool_read(h.cursors[0], &r, 0, NULL), ERR_OK);
        assert_int_equal(fixture_number(&r), i);
    }
    for (unsigned i = 0; i < HISTORY_OUTPUTS; i++)
        spool_settle(h.cursors[i], 1, n - 1);
    spool_commit_step(h.spool, true); /* lets segments go */
    spool_commit_step(h.spool, true);
    assert_int_equal(spool_committed(h.spool), n);
    assert_true(spool_has_room(h.spool));
    assert_int_equal(fixture_append(h.spool, n + 1, &sequence, NULL), ERR_OK);
    assert_int_equal(spool_read(h.cursors[0], &r, 0, NULL), ERR_OK);
    assert_int_equal(fixture_number(&r), n);
    spool_close(h.spool);
    disk_free(h.disk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call_fails),
        cmocka_unit_test(test_failed_sync_moves_on),
        cmocka_unit_test(test_full_device_recovers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
