/* SPDX-License-Identifier: Apache-2.0 */
/* What a window takes, groups, filters and refuses, and that the strings it
 * hands back are the record's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/sink/redact.h"
#include "agent/sink/window.h"

static struct window *w;

static const struct config_output any = {.batch_items = 1000,
                                         .batch_bytes = 1 << 20};

static bool
add(const struct config_output *o, uint64_t sequence, const char *kind,
    const char *product, uint8_t level)
{
    char item[64], key[32];
    struct spool_record r = {.sequence = sequence,
                             .meta = {.kind = SPOOL_EVENT,
                                      .info_type = bytes_str(kind),
                                      .product = bytes_str(product),
                                      .input = BYTES("eve"),
                                      .mapping = BYTES("m@1"),
                                      .level = level}};

    r.item = bytes_of(item, (size_t)snprintf(item, sizeof item, "{\"n\":%llu}",
                                             (unsigned long long)sequence));
    r.meta.key = bytes_of(key, (size_t)snprintf(key, sizeof key, "k%llu",
                                                (unsigned long long)sequence));
    return window_add(w, o, &r);
}

static void
test_groups_and_strings(void **state)
{
    (void)state;
    window_reset(w);
    for (uint64_t s = 1; s <= 300; s++)
        assert_true(
            add(&any, s, s % 3 ? "alert" : "asset", s % 2 ? "p1" : "p2", 3));
    assert_int_equal(w->items, 300);
    assert_int_equal(w->groups, 4);
    assert_int_equal(w->first, 1);
    assert_int_equal(w->last, 300);
    for (uint32_t i = 0; i < w->items; i++) {
        struct spool_meta m = window_item_meta(w, i);
        char want[64];

        (void)snprintf(want, sizeof want, "{\"n\":%u}", i + 1);
        assert_true(bytes_is(window_item_bytes(w, i), want));
        (void)snprintf(want, sizeof want, "k%u", i + 1);
        assert_true(bytes_is(m.key, want));
        assert_true(bytes_is(m.input, "eve"));
        assert_true(bytes_is(m.mapping, "m@1"));
        assert_true(bytes_eq(m.product, w->group[w->item[i].group].product));
        assert_true(
            bytes_eq(m.info_type, w->group[w->item[i].group].info_type));
    }
}

static void
test_filters(void **state)
{
    static const char *const kinds[] = {"alert", NULL};
    const struct config_output o = {.batch_items = 1000,
                                    .batch_bytes = 1 << 20,
                                    .kinds = kinds,
                                    .min_level = 3};

    (void)state;
    window_reset(w);
    assert_true(add(&o, 1, "asset", "p", 5)); /* not this kind */
    assert_true(add(&o, 2, "alert", "p", 2)); /* too low */
    assert_true(add(&o, 3, "alert", "p", 3));
    assert_true(add(&o, 4, "alert", "p", 0)); /* no level: never too low */
    assert_int_equal(w->filtered, 2);
    assert_int_equal(w->items, 2);
    assert_int_equal(w->last, 4);
}

static void
test_limits(void **state)
{
    const struct config_output few = {.batch_items = 3, .batch_bytes = 1 << 20};
    const struct config_output small = {.batch_items = 1000, .batch_bytes = 30};

    (void)state;
    window_reset(w);
    for (uint64_t s = 1; s <= 3; s++)
        assert_true(add(&few, s, "alert", "p", 3));
    assert_false(add(&few, 4, "alert", "p", 3));
    assert_true(w->full);
    assert_int_equal(w->last, 3);
    window_reset(w);
    assert_true(add(&small, 1, "alert", "p", 3)); /* one always fits */
    assert_true(add(&small, 2, "alert", "p", 3));
    assert_true(add(&small, 3, "alert", "p", 3));
    assert_false(add(&small, 4, "alert", "p", 3));
    window_reset(w);
    for (uint64_t s = 1; s <= WINDOW_MAX_GROUPS; s++) {
        char product[32];

        (void)snprintf(product, sizeof product, "p%llu", (unsigned long long)s);
        assert_true(add(&any, s, "alert", product, 3));
    }
    assert_false(add(&any, 100, "alert", "one more", 3));
    assert_true(add(&any, 101, "alert", "p1", 3));
}

static void
test_redact(void **state)
{
    static const struct {
        const char *in, *want; /* want NULL: refused */
    } cases[] = {
        {"{\"info_type\":\"alert\",\"general\":{\"a\":1,\"raw\":\"x\"},"
         "\"x_source\":{\"raw\":1}}",
         "{\"info_type\":\"alert\",\"general\":{\"a\":1}}"},
        {"{\"general\":{\"raw\":\"x\"}}", "{\"general\":{}}"},
        {"{\"x_source\":1}", "{}"},
        {"{\"extension\":{\"raw\":\"kept: not the log line\"}}",
         "{\"extension\":{\"raw\":\"kept: not the log line\"}}"},
        {"[]", NULL},
        {"{", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = {0};
        enum err_code code = redact_item(bytes_str(cases[i].in), &out);

        if (cases[i].want == NULL)
            assert_true(code != ERR_OK && out.len == 0);
        else if (code != ERR_OK || !bytes_is(buf_view(&out), cases[i].want))
            fail_msg("%s: %.*s", cases[i].in, (int)out.len, out.data);
        buf_free(&out);
    }
}

static int
setup(void **state)
{
    (void)state;
    w = calloc(1, sizeof *w);
    return w == NULL;
}

static int
teardown(void **state)
{
    (void)state;
    window_free(w);
    free(w);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_and_strings),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_redact),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
