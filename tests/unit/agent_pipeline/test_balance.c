/* SPDX-License-Identifier: Apache-2.0 */
/* The balance: it holds, one missing term shows, it survives the spool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/pipeline/balance.h"

static void
test_gaps(void **state)
{
    struct balance_input in = {.frames = 21,
                               .skipped = 1,
                               .rejected = 2,
                               .absorbed = 3,
                               .normalised = 10,
                               .dropped = 4,
                               .held = 1,
                               .spooled = 4,
                               .deduplicated = 3,
                               .filtered = 2,
                               .dead_lettered = 1};
    struct balance_output out = {.routed = 15,
                                 .delivered = 5,
                                 .queued = 4,
                                 .filtered = 3,
                                 .dead_lettered = 2,
                                 .dropped = 1};

    (void)state;
    assert_int_equal(balance_input_gap(&in), 0);
    assert_int_equal(balance_bridge_gap(&in), 0);
    assert_int_equal(balance_output_gap(&out), 0);
    in.frames++;
    assert_int_equal(balance_input_gap(&in), 1);
    in.spooled++;
    assert_int_equal(balance_bridge_gap(&in), -1);
    out.delivered--;
    assert_int_equal(balance_output_gap(&out), 1);
}

static struct spool *
open_spool(const char *dir)
{
    struct spool_options o = {.dir = dir};
    struct spool *s = NULL;
    struct err err;

    assert_int_equal(spool_open(&o, &s, NULL, &err), ERR_OK);
    return s;
}

static void
test_survives(void **state)
{
    char dir[] = "/tmp/hutong-balance-XXXXXX", command[128];
    struct balance_input in = {.frames = 7, .normalised = 5, .cut = 2}, back;
    struct spool_meta m = {.kind = SPOOL_EVENT};
    uint64_t sequence, routed;
    struct spool *s;
    struct err err;

    (void)state;
    assert_non_null(mkdtemp(dir));
    s = open_spool(dir);
    assert_false(balance_get_routed(s, "o", &routed));
    assert_int_equal(balance_put(s, "a", &in, &err), ERR_OK);
    assert_int_equal(balance_put_routed(s, "o", 42, &err), ERR_OK);
    assert_int_equal(spool_append(s, &m, BYTES("{}"), &sequence, &err), ERR_OK);
    spool_mark(s);
    assert_int_equal(spool_wait(s, sequence, 5000), ERR_OK);
    /* Set, but never marked: must not come back. */
    in.frames = 99;
    assert_int_equal(balance_put(s, "a", &in, &err), ERR_OK);
    in.frames = 7;
    spool_close(s);
    s = open_spool(dir);
    balance_get(s, "a", &back);
    assert_true(back.frames == 7 || back.frames == 99);
    assert_true(back.normalised == 5 && back.cut == 2);
    assert_true(balance_get_routed(s, "o", &routed) && routed == 42);
    balance_get(s, "unknown", &back);
    assert_true(back.frames == 0);
    spool_close(s);
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_survives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
