/* SPDX-License-Identifier: Apache-2.0 */
/* Two testers side by side never listen on the same port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conformance/wire/conn.h"
#include "conformance/wire/ports.h"

#define ALL (PORTS_BLOCK * PORTS_BLOCKS)

static unsigned char taken[ALL];

static void
take(struct ports *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned port = ports_take(p);

        assert_in_range(port, PORTS_FIRST, PORTS_FIRST + ALL - 1);
        assert_int_equal(taken[port - PORTS_FIRST]++, 0);
    }
}

static void
side_by_side(void **state)
{
    struct ports a, b;

    (void)state;
    memset(taken, 0, sizeof taken);
    ports_init(&a, 7); /* both would begin with the same */
    ports_init(&b, 7);
    for (unsigned i = 0; i < 15; i++) {
        take(&a, PORTS_BLOCK / 3);
        take(&b, PORTS_BLOCK / 4);
    }
    ports_free(&a);
    ports_free(&b);
}

static void
a_port_in_use_is_passed_over(void **state)
{
    struct ports a, b;
    unsigned first;
    int fd;

    (void)state;
    ports_init(&a, 50);
    first = ports_take(&a);
    fd = wire_listen("127.0.0.1", first);
    assert_true(fd >= 0);
    ports_free(&a);
    ports_init(&b, 50); /* the block is free again, its first port is not */
    assert_int_not_equal(ports_take(&b), first);
    (void)close(fd);
    ports_free(&b);
}

/* What others hold is better than none at all. */
static void
with_all_held(void **state)
{
    struct ports a, b;

    (void)state;
    ports_init(&a, 0);
    for (unsigned i = 0; i < PORTS_BLOCKS; i++) {
        (void)ports_take(&a);
        a.left = 0; /* the rest of the block is not needed */
    }
    ports_init(&b, 3);
    assert_int_not_equal(ports_take(&b), 0);
    ports_free(&b);
    ports_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side),
        cmocka_unit_test(a_port_in_use_is_passed_over),
        cmocka_unit_test(with_all_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
