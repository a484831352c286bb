/* SPDX-License-Identifier: Apache-2.0 */
/* The key table behind duplicate detection, by itself: stamps that run over,
 * growth in the middle of a document, the bound on colliding keys. */
#include "formats/json/keyset.h"
#include "tests/unit/formats_json/json_help.h"

/* A tape whose keys the table can compare: one object of k0, k1, ... */
static void
fill(struct tape *t, unsigned keys)
{
    char key[16];

    tape_reset(t, BYTES(""));
    tape_object(t);
    for (unsigned i = 0; i < keys; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        assert_true(tape_key(t, tape_own(t, bytes_str(key))));
        tape_simple(t, TAPE_NULL);
    }
    tape_close(t);
    assert_int_equal(tape_done(t), ERR_OK);
}

static enum keyset_result
add(struct keyset *k, const struct tape *t, uint32_t serial, unsigned i,
    uint32_t *found)
{
    const struct tape_node *n = &t->node[1 + 2 * i];
    struct keyset_key key = {.serial = serial,
                             .object = 0,
                             .node = 1 + 2 * i,
                             .hash = n->hash,
                             .text = tape_raw(t, n)};

    return keyset_add(k, t, &key, found);
}

static void
test_stamps_run_over(void **state)
{
    struct keyset *k = keyset_new();
    struct tape t = {0};
    uint32_t found = 0;

    (void)state;
    assert_non_null(k);
    fill(&t, 3);
    for (unsigned i = 0; i < 1000; i++) {
        keyset_begin(k, i % 3 ? TAPE_MAX_INPUT : 2);
        assert_int_equal(add(k, &t, 0, 0, &found), KEYSET_NEW);
        assert_int_equal(add(k, &t, 0, 1, &found), KEYSET_NEW);
        assert_int_equal(add(k, &t, 0, 0, &found), KEYSET_OLD);
        assert_int_equal(found, 1);
        assert_int_equal(add(k, &t, i % 3 ? TAPE_MAX_INPUT - 1 : 1, 0, &found),
                         KEYSET_NEW);
    }
    keyset_free(k);
    keyset_free(NULL);
    tape_free(&t);
}

static void
test_growth(void **state)
{
    struct keyset *k = keyset_new();
    struct tape t = {0};
    uint32_t found;

    (void)state;
    fill(&t, 5000);
    for (unsigned document = 0; document < 3; document++) {
        keyset_begin(k, 10);
        for (unsigned i = 0; i < 5000; i++) {
            assert_int_equal(add(k, &t, i % 2, i, &found), KEYSET_NEW);
            assert_int_equal(add(k, &t, i % 2, i / 4 * 2 + i % 2, &found),
                             KEYSET_OLD);
            assert_int_equal(found, 1 + 2 * (i / 4 * 2 + i % 2));
        }
    }
    keyset_free(k);
    tape_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stamps_run_over),
        cmocka_unit_test(test_growth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
