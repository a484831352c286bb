/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that came in last: known, undone, known after a restart when they were
 * committed, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/pipeline/repeats.h"

static char dir[] = "/tmp/hutong-repeats-XXXXXX";

static struct spool *
open_spool(void)
{
    struct spool_options o = {.dir = dir};
    struct spool *s = NULL;
    struct err err;

    assert_int_equal(spool_open(&o, &s, NULL, &err), ERR_OK);
    return s;
}

static bool
add(struct repeats *r, unsigned n)
{
    char id[16];

    (void)snprintf(id, sizeof id, "id-%u", n);
    return repeats_add(r, "in", 'e', bytes_str(id));
}

static void
test_survives_a_restart(void **state)
{
    const unsigned last = REPEATS_MAX + 1000;
    struct spool *s = open_spool();
    struct err err;
    struct repeats *r = repeats_open(s, &err);

    (void)state;
    for (unsigned i = 0; i < last; i++) {
        assert_true(add(r, i));
        if (i % 97 == 0)
            assert_int_equal(repeats_store(r, &err), ERR_OK);
    }
    assert_false(add(r, last - 1));
    assert_true(repeats_add(r, "other", 'e', BYTES("id-5")));
    repeats_undo(r);
    assert_true(add(r, last));
    repeats_undo(r);
    assert_int_equal(repeats_store(r, &err), ERR_OK);
    spool_mark(s);
    spool_close(s);
    repeats_free(r);
    s = open_spool();
    r = repeats_open(s, &err);
    for (unsigned i = last - REPEATS_MAX + 256; i < last; i++)
        assert_false(add(r, i));
    assert_true(add(r, last)); /* it was undone */
    assert_true(add(r, 0));    /* long gone */
    repeats_free(r);
    spool_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survives_a_restart)};
    char command[64];
    int failed;

    if (mkdtemp(dir) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0 || failed;
}
