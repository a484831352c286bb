/* SPDX-License-Identifier: Apache-2.0 */
/* hutong receive without the network: envelopes split, repeats dropped, stored
 * records known after a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/tool/receive_take.h"
#include "transport/digest.h"

static char path[] = "/tmp/hutong-test-XXXXXX";

static void
test_ids(void **state)
{
    enum { MAX = 64 };
    struct receive_ids *s = receive_ids_new(MAX);
    char id[16];

    (void)state;
    assert_non_null(s);
    for (unsigned i = 0; i < 10000; i++) {
        struct bytes b;

        (void)snprintf(id, sizeof(id), "id-%u", i);
        b = bytes_str(id);
        assert_true(receive_ids_add(s, b));
        assert_false(receive_ids_add(s, b));
        if (i >= MAX - 1) { /* the oldest of the window is still there */
            (void)snprintf(id, sizeof(id), "id-%u", i - (MAX - 1));
            assert_false(receive_ids_add(s, bytes_str(id)));
        }
    }
    assert_int_equal(receive_ids_count(s), MAX);
    assert_true(receive_ids_add(s, BYTES("id-0"))); /* long gone */
    receive_ids_undo(s, 1);
    assert_int_equal(receive_ids_count(s), MAX - 1);
    assert_true(receive_ids_add(s, BYTES("id-0")));
    receive_ids_undo(s, 1000);
    assert_int_equal(receive_ids_count(s), 0);
    assert_true(receive_ids_add(s, BYTES("id-9999")));
    receive_ids_free(s);
}

static const struct {
    const char *name, *body;
    unsigned status;
    size_t count;
    uint16_t item[4];
} rows[] = {
    {"two new",
     "{\"items\":[{\"x_event_id\":\"a\"},{\"x_event_id\":\"b\"}]}",
     202,
     2,
     {202, 202}},
    {"one known, one twice",
     "{\"items\":[{\"x_event_id\":\"b\"},{\"x_event_id\":\"c\"},"
     "{\"x_event_id\":\"c\"}]}",
     202,
     3,
     {200, 202, 200}},
    {"escaped id is the same id",
     "{\"items\":[{\"x_event_id\":\"\\u0061\"}]}",
     202,
     1,
     {200}},
    {"no id: cannot be a repeat",
     "{\"items\":[{\"n\":1},{\"n\":1}]}",
     202,
     2,
     {202, 202}},
    {"no object",
     "{\"items\":[1,{\"x_event_id\":\"d\"},null]}",
     202,
     3,
     {400, 202, 400}},
    {"spans lines",
     "{\"items\":[{\n\"x_event_id\" :\r\n \"e\"}]}",
     202,
     1,
     {202}},
    {"empty", "{\"items\":[]}", 202, 0, {0}},
    {"no items", "{}", 400, 0, {0}},
    {"items no array", "{\"items\":{}}", 400, 0, {0}},
    {"array", "[]", 400, 0, {0}},
    {"cut", "{\"items\":[{\"x_event_id\":\"f\"}", 400, 0, {0}},
    {"duplicate key", "{\"items\":[],\"items\":[]}", 400, 0, {0}},
    {"digest wrong",
     "{\"items\":[{\"x_event_id\":\"f\"}],\"digest\":{\"alg\":\"sm3\","
     "\"value\":\"00\"}}",
     422,
     0,
     {0}},
    {"digest of unknown kind",
     "{\"items\":[{\"x_event_id\":\"f\"}],\"digest\":{\"alg\":\"md5\","
     "\"value\":\"00\"}}",
     422,
     0,
     {0}},
    {"digest no object", "{\"items\":[],\"digest\":1}", 422, 0, {0}},
    {"after the bad ones it is new",
     "{\"items\":[{\"x_event_id\":\"f\"}]}",
     202,
     1,
     {202}},
};

static const char stored[] = "{\"x_event_id\":\"a\"}\n{\"x_event_id\":\"b\"}\n"
                             "{\"x_event_id\":\"c\"}\n{\"n\":1}\n{\"n\":1}\n"
                             "{\"x_event_id\":\"d\"}\n{\"x_event_id\":\"e\"}\n"
                             "{\"x_event_id\":\"f\"}\n";

static void
expect_store(const char *text)
{
    char got[1024] = {0};
    FILE *f = fopen(path, "re");
    size_t n;

    assert_non_null(f);
    n = fread(got, 1, sizeof(got) - 1, f);
    (void)fclose(f);
    got[n] = '\0';
    assert_string_equal(got, text);
}

static void
test_batches(void **state)
{
    struct receive_take t;
    struct err err;

    (void)state;
    assert_int_equal(receive_take_init(&t, path, &err), ERR_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t item[4] = {0};
        size_t count = 99;
        const char *why = NULL;
        unsigned status = receive_take_batch(&t, bytes_str(rows[i].body), item,
                                             4, &count, &why);

        if (status != rows[i].status || count != rows[i].count ||
            memcmp(item, rows[i].item, count * sizeof(*item)) != 0)
            fail_msg("%s: %u, %zu items: %s", rows[i].name, status, count,
                     why ? why : "");
        if (status >= 400)
            assert_non_null(why);
    }
    assert_int_equal(t.counters.records, 8);
    assert_int_equal(t.counters.repeats, 3);
    assert_int_equal(t.counters.refused, 2);
    assert_int_equal(t.counters.bad, 8);
    expect_store(stored);
    receive_take_fini(&t);
}

/* After kill -9 in a write: the torn line goes, the rest is known. */
static void
test_restart(void **state)
{
    struct receive_take t, second;
    struct err err;
    uint16_t item[4];
    size_t count;
    const char *why;
    FILE *f = fopen(path, "ae");

    (void)state;
    assert_non_null(f);
    assert_true(fputs("{\"x_event_id\":\"g\"", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(receive_take_init(&t, path, &err), ERR_OK);
    expect_store(stored);
    assert_int_equal(receive_take_init(&second, path, &err), ERR_CONFLICT);
    assert_int_equal(
        receive_take_batch(&t,
                           BYTES("{\"items\":[{\"x_event_id\":\"a\"},"
                                 "{\"x_event_id\":\"g\"}]}"),
                           item, 4, &count, &why),
        202);
    assert_int_equal(item[0], 200);
    assert_int_equal(item[1], 202);
    receive_take_fini(&t);
}

/* A store that cannot be written: 503, and the same batch is new later. */
static void
test_failed_store(void **state)
{
    static const struct bytes body = {"{\"items\":[{\"x_event_id\":\"h\"}]}",
                                      30};
    struct receive_take t;
    struct err err;
    uint16_t item[4];
    size_t count;
    const char *why;
    int good;

    (void)state;
    assert_int_equal(receive_take_init(&t, path, &err), ERR_OK);
    good = t.store.fd;
    t.store.fd = dup(STDIN_FILENO);
    assert_true(t.store.fd >= 0 && freopen("/dev/null", "re", stdin) != NULL);
    assert_true(dup2(STDIN_FILENO, t.store.fd) >= 0); /* read only */
    assert_int_equal(receive_take_batch(&t, body, item, 4, &count, &why), 503);
    assert_int_equal(count, 0);
    receive_store_close(&t.store);
    t.store.fd = good;
    assert_int_equal(receive_take_batch(&t, body, item, 4, &count, &why), 202);
    assert_int_equal(item[0], 202);
    receive_take_fini(&t);
}

/* The digest is over the bytes of items as they stand, spaces included. */
static void
test_digests(void **state)
{
    static const char items[] = "[ {\"x_event_id\": \"z1\"} ]";
    struct receive_take t;
    struct buf body = {0};
    struct err err;
    uint16_t item[4];
    size_t count;
    const char *why;

    (void)state;
    assert_int_equal(receive_take_init(&t, path, &err), ERR_OK);
    for (int alg = 0; alg < DIGEST_ALG_COUNT; alg++) {
        char hex[DIGEST_HEX_MAX];

        assert_int_equal(digest_hex((enum digest_alg)alg,
                                    bytes_of(items, sizeof(items) - 1), hex,
                                    &err),
                         ERR_OK);
        buf_reset(&body);
        buf_printf(&body,
                   "{\"digest\":{\"alg\":\"%s\",\"value\":\"%s\"},"
                   "\"items\":%s}",
                   digest_text((enum digest_alg)alg), hex, items);
        assert_int_equal(
            receive_take_batch(&t, buf_view(&body), item, 4, &count, &why),
            202);
        assert_int_equal(item[0], alg == 0 ? 202 : 200);
        body.data[body.len - 3] = '\t'; /* one byte of items changed */
        assert_int_equal(
            receive_take_batch(&t, buf_view(&body), item, 4, &count, &why),
            422);
    }
    buf_free(&body);
    receive_take_fini(&t);
}

static int
set_up(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd >= 0 ? close(fd) : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),     cmocka_unit_test(test_batches),
        cmocka_unit_test(test_restart), cmocka_unit_test(test_failed_store),
        cmocka_unit_test(test_digests),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
