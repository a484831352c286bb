/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: alignment, zeroes, reset without new memory, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/arena.h"

static void
test_alloc(void **state)
{
    struct arena a = {0};

    (void)state;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *p = arena_alloc(&a, size);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xEE, size);
    }
    assert_non_null(arena_alloc(&a, 1000000));
    arena_free(&a);
    assert_int_equal(a.total, 0);
    arena_free(&a);
    assert_non_null(arena_alloc(&a, 1));
    arena_free(&a);
}

/* Pieces handed out do not overlap, also around large ones. */
static void
test_apart(void **state)
{
    static const size_t sizes[] = {1, 16, 20000, 17, 100, 16384, 1, 40000, 3};
    unsigned char *p[9];
    struct arena a = {0};

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 9; i++) {
            p[i] = arena_alloc(&a, sizes[i]);
            assert_non_null(p[i]);
            memset(p[i], (int)i + 1, sizes[i]);
        }
        for (unsigned i = 0; i < 9; i++) {
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[i][k], i + 1);
        }
        arena_reset(&a);
    }
    arena_free(&a);
}

/* The same work after a reset takes nothing more from the system. */
static void
test_steady(void **state)
{
    struct arena a = {0};
    size_t total = 0;

    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 100; i++)
            assert_non_null(arena_alloc(&a, 50 * i));
        if (round == 0)
            total = a.total;
        assert_int_equal(a.total, total);
        arena_reset(&a);
    }
    arena_free(&a);
}

static void
test_limits(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64 * 1024);
    assert_null(arena_alloc(&a, 64 * 1024 + 1));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX / 2));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_array(&a, SIZE_MAX, SIZE_MAX));
    assert_null(arena_copy(&a, bytes_of("x", SIZE_MAX)).data);
    assert_non_null(arena_array(&a, 10, 10));
    while (arena_alloc(&a, 1000) != NULL)
        assert_true(a.total <= 64 * 1024);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 1000));
    arena_free(&a);
    assert_int_equal(a.max, 64 * 1024);
}

static void
test_strings(void **state)
{
    struct arena a = {0};
    struct bytes copy = arena_copy(&a, BYTES("a\0b"));

    (void)state;
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.data, "a\0b", 4);
    assert_string_equal(arena_str(&a, BYTES("xyz")), "xyz");
    assert_string_equal(arena_str(&a, bytes_of(NULL, 0)), "");
    assert_string_equal(arena_printf(&a, "%d-%s", 5, "q"), "5-q");
    arena_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),   cmocka_unit_test(test_apart),
        cmocka_unit_test(test_steady),  cmocka_unit_test(test_limits),
        cmocka_unit_test(test_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
