/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of spool.h on the real file system. */
#include "tests/unit/agent_spool/fixture.h"

#include <poll.h>
#include <sys/stat.h>

static char dir[128];

static int
setup(void **state)
{
    (void)state;
    fixture_dir(dir);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    fixture_remove(dir);
    return 0;
}

static struct spool *
open_with(struct spool_options o)
{
    struct spool *s = NULL;
    struct err err = {0};
    struct buf report = {0};

    o.dir = dir;
    if (spool_open(&o, &s, &report, &err) != ERR_OK)
        fail_msg("open: %s", err.msg);
    if (report.len != 0)
        print_message("%s", buf_cstr(&report));
    buf_free(&report);
    return s;
}

static struct spool *
open_small(void)
{
    return open_with((struct spool_options){.segment_bytes = 64 << 10});
}

static void
append_many(struct spool *s, uint64_t from, uint64_t to)
{
    struct err err = {0};

    for (uint64_t n = from; n <= to; n++) {
        uint64_t sequence = 0;

        if (fixture_append(s, n, &sequence, &err) != ERR_OK)
            fail_msg("append %llu: %s", (unsigned long long)n, err.msg);
        assert_int_equal(sequence, n);
        if (n % 10 == 0)
            spool_mark(s);
        if (n % 100 == 0) /* else all of it is one group, so one segment */
            assert_int_equal(spool_wait(s, n, 10000), ERR_OK);
    }
    spool_mark(s);
    assert_int_equal(spool_wait(s, to, 10000), ERR_OK);
    assert_int_equal(spool_committed(s), to);
}

static struct spool_cursor *
open_cursor(struct spool *s, const char *name)
{
    struct spool_cursor *c = NULL;
    struct err err = {0};

    if (spool_cursor_open(s, name, true, 0, SPOOL_LAG_BLOCK, &c, &err) !=
        ERR_OK)
        fail_msg("cursor: %s", err.msg);
    return c;
}

static void
read_many(struct spool_cursor *c, uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n <= to; n++) {
        struct spool_record r;
        struct err err = {0};

        if (spool_read(c, &r, 5000, &err) != ERR_OK)
            fail_msg("read %llu: %s", (unsigned long long)n, err.msg);
        assert_int_equal(r.sequence, n);
        assert_int_equal(fixture_number(&r), n);
    }
}

static void
test_round_trip(void **state)
{
    struct spool *s = open_small();
    struct spool_cursor *c = open_cursor(s, "out");
    struct spool_stats st;
    struct spool_record r;

    (void)state;
    append_many(s, 1, 3000);
    read_many(c, 1, 3000);
    assert_int_equal(spool_read(c, &r, 0, NULL), ERR_AGAIN);
    spool_settle(c, 1, 1500);
    spool_close(s);

    s = open_small();
    c = open_cursor(s, "out");
    assert_int_equal(spool_committed(s), 3000);
    assert_int_equal(spool_cursor_settled(c), 1500);
    assert_int_equal(spool_cursor_queued(c), 1500);
    append_many(s, 3001, 3100);
    read_many(c, 1501, 3100);
    spool_stats(s, &st);
    assert_int_equal(st.damaged, 0);
    assert_int_equal(st.appended, 100);
    assert_true(st.segments > 5);
    assert_true(st.first > 1); /* the first segments were let go */
    spool_close(s);
}

static void
test_states_are_atomic_with_records(void **state)
{
    struct spool *s = open_small();
    struct bytes v;
    uint64_t sequence;

    (void)state;
    assert_false(spool_state_get(s, BYTES("pos"), &v));
    assert_int_equal(spool_state(s, BYTES("pos"), BYTES("10"), NULL), ERR_OK);
    assert_int_equal(spool_state(s, BYTES("gone"), BYTES("x"), NULL), ERR_OK);
    append_many(s, 1, 10);
    assert_int_equal(spool_state(s, BYTES("gone"), BYTES(""), NULL), ERR_OK);
    append_many(s, 11, 500); /* several segments */
    /* Not marked: neither the record nor the state may survive. */
    assert_int_equal(spool_state(s, BYTES("pos"), BYTES("501"), NULL), ERR_OK);
    assert_int_equal(fixture_append(s, 501, &sequence, NULL), ERR_OK);
    assert_true(spool_state_get(s, BYTES("pos"), &v) && bytes_is(v, "501"));
    spool_close(s);

    s = open_small();
    assert_int_equal(spool_committed(s), 500);
    assert_true(spool_state_get(s, BYTES("pos"), &v));
    assert_true(bytes_is(v, "10"));
    assert_false(spool_state_get(s, BYTES("gone"), &v));
    /* A state alone is a commit, too. */
    assert_int_equal(spool_state(s, BYTES("pos"), BYTES("alone"), NULL),
                     ERR_OK);
    spool_mark(s);
    spool_close(s);
    s = open_small();
    assert_true(spool_state_get(s, BYTES("pos"), &v) && bytes_is(v, "alone"));
    spool_close(s);
}

static void
test_out_of_order_settle(void **state)
{
    struct spool *s = open_small();
    struct spool_cursor *c = open_cursor(s, "out");

    (void)state;
    append_many(s, 1, 200);
    read_many(c, 1, 200);
    spool_settle(c, 11, 20);
    spool_settle(c, 31, 40);
    assert_int_equal(spool_cursor_settled(c), 0);
    assert_int_equal(spool_cursor_queued(c), 180);
    spool_settle(c, 1, 10);
    assert_int_equal(spool_cursor_settled(c), 20);
    spool_settle(c, 15, 35); /* overlaps both */
    assert_int_equal(spool_cursor_settled(c), 40);
    for (uint64_t n = 200; n > 41; n -= 2)
        spool_settle(c, n, n);
    spool_rewind(c);
    read_many(c, 41, 200);
    spool_settle(c, 41, 900); /* beyond the end: only what exists */
    assert_int_equal(spool_cursor_settled(c), 200);
    assert_int_equal(spool_cursor_queued(c), 0);
    spool_close(s);
}

static void
test_cursor_state_and_names(void **state)
{
    struct spool *s = open_small();
    struct spool_cursor *c = open_cursor(s, "a"), *d;
    char big[1025] = {0};
    char name[16];

    (void)state;
    assert_int_equal(spool_cursor_state(c, BYTES("bounds"), NULL), ERR_OK);
    assert_int_equal(spool_cursor_state(c, bytes_of(big, 1025), NULL),
                     ERR_LIMIT);
    assert_int_equal(
        spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &d, NULL),
        ERR_EXISTS);
    append_many(s, 1, 10);
    /* At the end, also after a restart without any settling. */
    assert_int_equal(
        spool_cursor_open(s, "late", false, 0, SPOOL_LAG_BLOCK, &d, NULL),
        ERR_OK);
    append_many(s, 11, 12);
    spool_close(s);

    s = open_small();
    c = open_cursor(s, "a");
    d = open_cursor(s, "late");
    assert_true(bytes_is(spool_cursor_state_get(c), "bounds"));
    read_many(d, 11, 12);
    for (unsigned i = 2; i < SPOOL_MAX_CURSORS; i++) {
        (void)snprintf(name, sizeof name, "c%u", i);
        (void)open_cursor(s, name);
    }
    assert_int_equal(
        spool_cursor_open(s, "x", true, 0, SPOOL_LAG_BLOCK, &c, NULL),
        ERR_LIMIT);
    assert_int_equal(spool_cursor_remove(s, "late", NULL), ERR_CONFLICT);
    spool_cursor_close(d);
    assert_int_equal(spool_cursor_remove(s, "late", NULL), ERR_OK);
    assert_int_equal(spool_cursor_remove(s, "late", NULL), ERR_NOT_FOUND);
    (void)open_cursor(s, "x");
    spool_close(s);
}

static void
test_lock_and_modes(void **state)
{
    struct spool *s = open_small(), *t = NULL;
    struct spool_options o = {.dir = dir};
    struct err err = {0};
    struct stat st;
    char path[256];

    (void)state;
    assert_int_equal(spool_open(&o, &t, NULL, &err), ERR_EXISTS);
    append_many(s, 1, 1);
    spool_close(s);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    (void)snprintf(path, sizeof path, "%s/seg-%016x.log", dir, 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(st.st_size < 4096); /* the reserve was given back */
}

static void
test_event_fd(void **state)
{
    struct spool *s = open_small();
    struct pollfd p = {.fd = spool_event_fd(s), .events = POLLIN};
    uint64_t n;

    (void)state;
    while (read(p.fd, &n, sizeof n) > 0) {
    }
    append_many(s, 1, 1);
    assert_int_equal(poll(&p, 1, 10000), 1);
    spool_close(s);
}

static void
test_quota_blocks_and_frees(void **state)
{
    struct spool *s = open_with((struct spool_options){
        .max_bytes = 1 << 20, .segment_bytes = 64 << 10});
    struct spool_cursor *c = open_cursor(s, "out");
    struct spool_record r;
    uint64_t sequence = 0, n = 0;
    enum err_code e = ERR_OK;
    struct spool_stats st;

    (void)state;
    while (n < 5000) {
        e = fixture_append(s, n + 1, &sequence, NULL);
        if (e == ERR_FULL && sequence != spool_committed(s)) {
            spool_mark(s); /* memory, not quota: what is marked goes out */
            assert_int_equal(spool_wait(s, sequence, 10000), ERR_OK);
            continue;
        }
        if (e != ERR_OK)
            break;
        n++;
        if (n % 50 == 0)
            spool_mark(s);
    }
    assert_int_equal(e, ERR_FULL);
    assert_false(spool_has_room(s));
    spool_stats(s, &st);
    assert_true(st.bytes <= 1 << 20);
    assert_true(st.bytes > 900 << 10);
    spool_mark(s);
    assert_int_equal(spool_wait(s, n, 10000), ERR_OK);
    /* Everything is read and done: all room comes back, even that of the
     * segment being written. */
    while (spool_read(c, &r, 0, NULL) == ERR_OK)
        spool_settle(c, r.sequence, r.sequence);
    assert_int_equal(spool_cursor_settled(c), n);
    for (unsigned i = 0; !spool_has_room(s) && i < 1000; i++) {
        struct pollfd p = {.fd = spool_event_fd(s), .events = POLLIN};

        (void)poll(&p, 1, 10);
        (void)!read(p.fd, &sequence, sizeof sequence);
    }
    assert_true(spool_has_room(s));
    assert_int_equal(fixture_append(s, n + 1, &sequence, NULL), ERR_OK);
    assert_int_equal(sequence, n + 1);
    spool_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_states_are_atomic_with_records,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_order_settle, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_cursor_state_and_names, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lock_and_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_event_fd, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quota_blocks_and_frees, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
