/* SPDX-License-Identifier: Apache-2.0 */
/* One appender, several outputs and an onlooker at the same time, within a small
 * quota so that all of them wait for each other; what ThreadSanitizer watches. */
#include "tests/unit/agent_spool/fixture.h"

#include <poll.h>

#define RECORDS 6000U
#define OUTPUTS 3U

struct output {
    struct spool *spool;
    struct spool_cursor *cursor;
    unsigned id;
    const char *problem;
};

static char dir[128];

/* Batches of up to 40; some are sent again from the last settled record. */
static void *
deliver(void *arg)
{
    struct output *o = arg;
    struct spool_record r;
    uint64_t done = 0;
    unsigned turn = o->id;

    while (done < RECORDS) {
        uint64_t first = done + 1, last = done;
        enum err_code e = ERR_OK;

        while (last < done + 40 && last < RECORDS) {
            e = spool_read(o->cursor, &r, last == done ? 1000 : 0, NULL);
            if (e != ERR_OK)
                break;
            if (r.sequence != last + 1 || fixture_number(&r) != r.sequence) {
                o->problem = "wrong record";
                return NULL;
            }
            last++;
        }
        if (e != ERR_OK && e != ERR_AGAIN) {
            o->problem = "read failed";
            return NULL;
        }
        if (last == done)
            continue;
        if (++turn % 7 == 0) { /* the destination was down */
            spool_rewind(o->cursor);
            continue;
        }
        if (turn % 50 == 0 &&
            spool_cursor_state(o->cursor, BYTES("open"), NULL) != ERR_OK) {
            o->problem = "state failed";
            return NULL;
        }
        if (turn % 3 == 0 && last > first) {
            uint64_t mid = first + (last - first) / 2;

            spool_settle(o->cursor, mid + 1, last);
            spool_settle(o->cursor, first, mid);
        } else {
            spool_settle(o->cursor, first, last);
        }
        done = last;
    }
    return NULL;
}

struct onlooker {
    struct spool *spool;
    struct output *outputs;
    atomic_bool stop;
};

static void *
look(void *arg)
{
    struct onlooker *o = arg;

    while (!atomic_load(&o->stop)) {
        struct spool_stats st;
        struct spool_missed m;

        spool_stats(o->spool, &st);
        for (unsigned i = 0; i < OUTPUTS; i++) {
            (void)spool_cursor_queued(o->outputs[i].cursor);
            (void)spool_cursor_settled(o->outputs[i].cursor);
            spool_cursor_missed(o->outputs[i].cursor, &m);
        }
        (void)poll(NULL, 0, 1);
    }
    return NULL;
}

static void
append_one(struct spool *s, uint64_t n)
{
    uint64_t sequence = 0;
    struct pollfd p = {.fd = spool_event_fd(s), .events = POLLIN};
    enum err_code e;

    while ((e = fixture_append(s, n, &sequence, NULL)) == ERR_FULL) {
        spool_mark(s);
        while (!spool_has_room(s)) {
            uint64_t count;

            if (poll(&p, 1, 10000) == 1)
                (void)!read(p.fd, &count, sizeof count);
        }
    }
    assert_int_equal(e, ERR_OK);
    assert_int_equal(sequence, n);
}

static void
test_all_at_once(void **state)
{
    struct spool_options o = {
        .dir = dir, .max_bytes = 1 << 20, .segment_bytes = 128 << 10};
    struct spool *s = NULL;
    struct output outputs[OUTPUTS] = {{0}};
    struct onlooker onlooker = {.outputs = outputs};
    pthread_t threads[OUTPUTS], watcher;
    struct spool_stats st;

    (void)state;
    fixture_dir(dir);
    assert_int_equal(spool_open(&o, &s, NULL, NULL), ERR_OK);
    for (unsigned i = 0; i < OUTPUTS; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "o%u", i);
        outputs[i].spool = s;
        outputs[i].id = i;
        assert_int_equal(spool_cursor_open(s, name, true, 0, SPOOL_LAG_BLOCK,
                                           &outputs[i].cursor, NULL),
                         ERR_OK);
        assert_int_equal(
            pthread_create(&threads[i], NULL, deliver, &outputs[i]), 0);
    }
    onlooker.spool = s;
    assert_int_equal(pthread_create(&watcher, NULL, look, &onlooker), 0);
    for (uint64_t n = 1; n <= RECORDS; n++) {
        append_one(s, n);
        if (n % 25 == 0) {
            assert_int_equal(spool_state(s, BYTES("pos"),
                                         bytes_of((const char *)&n, sizeof n),
                                         NULL),
                             ERR_OK);
            spool_mark(s);
        }
        if (n % 1000 == 0)
            assert_int_equal(spool_wait(s, n, 30000), ERR_OK);
    }
    spool_mark(s);
    for (unsigned i = 0; i < OUTPUTS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (outputs[i].problem != NULL)
            fail_msg("output %u: %s", i, outputs[i].problem);
        assert_int_equal(spool_cursor_settled(outputs[i].cursor), RECORDS);
    }
    atomic_store(&onlooker.stop, true);
    assert_int_equal(pthread_join(watcher, NULL), 0);
    spool_stats(s, &st);
    assert_int_equal(st.appended, RECORDS);
    assert_int_equal(st.damaged + st.dropped_quota + st.dropped_lag, 0);
    spool_close(s);
    fixture_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
