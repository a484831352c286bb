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
#include "formats/base/embed.h"
#include "transport/digest.h"

static char path[] = "/tmp/hutong-test-XXXXXX";

static void
test_ids(void **state)
{
    enum { MAX = 64 };
    struct recent *s = recent_new(MAX);
    char id[16];

    (void)state;
    assert_non_null(s);
    for (unsigned i = 0; i < 10000; i++) {
        struct bytes b;

        (void)snprintf(id, sizeof(id), "id-%u", i);
        b = bytes_str(id);
        assert_true(recent_add(s, b));
        assert_false(recent_add(s, b));
        if (i >= MAX - 1) { /* the oldest of the window is still there */
            (void)snprintf(id, sizeof(id), "id-%u", i - (MAX - 1));
            assert_false(recent_add(s, bytes_str(id)));
        }
    }
    assert_int_equal(recent_count(s), MAX);
    assert_true(recent_add(s, BYTES("id-0"))); /* long gone */
    recent_undo(s, 1);
    assert_int_equal(recent_count(s), MAX - 1);
    assert_true(recent_add(s, BYTES("id-0")));
    recent_undo(s, 1000);
    assert_int_equal(recent_count(s), 0);
    assert_true(recent_add(s, BYTES("id-9999")));
    recent_free(s);
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

/* A body alone, as it comes without an Idempotency-Key. */
static unsigned
batch(struct receive_take *t, struct bytes body, uint16_t *item, size_t *count,
      const char **why)
{
    const struct receiver_batch b = {.body = body};
    struct receiver_verdict v = {.status = 500, .item = item};

    receive_take_batch(t, &b, &v);
    *count = v.items;
    *why = v.why;
    return v.status;
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
        unsigned status =
            batch(&t, bytes_str(rows[i].body), item, &count, &why);

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
    assert_int_equal(batch(&t,
                           BYTES("{\"items\":[{\"x_event_id\":\"a\"},"
                                 "{\"x_event_id\":\"g\"}]}"),
                           item, &count, &why),
                     202);
    assert_int_equal(item[0], 200);
    assert_int_equal(item[1], 202);
    receive_take_fini(&t);
}

/* Records without an id of their own: known by their envelope's. */
static void
test_messages(void **state)
{
    static const char one[] = "{\"msg_id\":\"m-1\",\"items\":[{\"a\":1},{}]}";
    static const char other[] = "{\"msg_id\":\"m-1\",\"items\":[{\"a\":2}]}";
    struct receive_take t;
    struct err err;
    uint16_t item[4];
    size_t count;
    const char *why;

    (void)state;
    for (int round = 0; round < 2; round++) { /* the second after a restart */
        assert_int_equal(receive_take_init(&t, path, &err), ERR_OK);
        assert_int_equal(batch(&t, bytes_str(one), item, &count, &why), 202);
        assert_int_equal(count, 2);
        assert_int_equal(item[0], round == 0 ? 202 : 200);
        assert_int_equal(batch(&t, bytes_str(one), item, &count, &why), 202);
        assert_int_equal(item[0], 200);
        assert_int_equal(item[1], 200);
        assert_int_equal(batch(&t, bytes_str(other), item, &count, &why), 409);
        assert_int_equal(count, 0);
        receive_take_fini(&t);
    }
}

/* --check: what the definitions refuse is refused with its code and place. */
static void
test_judge(void **state)
{
#define ALERT(level)                                                           \
    "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"a\","                \
    "\"alert_name\":\"n\",\"alert_type\":\"02001\",\"alert_level\":" level     \
    ",\"alert_time\":\"2026-11-22T10:00:00Z\",\"detector\":"                   \
    "{\"product_name\":\"p\",\"vendor\":\"v\"}}}"
#define ENVELOPE(id, kind, items)                                              \
    "{\"schema\":\"interconn/alert\",\"schema_version\":\"0.1.0\","            \
    "\"msg_id\":\"0b8f0a7e-4b0c-4c2e-9a75-0d7a0c3f5a0" id "\","                \
    "\"info_type\":\"" kind "\",\"sent_time\":\"2026-11-22T10:00:05Z\","       \
    "\"source_product\":{\"product_id\":\"i\",\"product_name\":\"p\","         \
    "\"vendor\":\"v\"},\"items\":[" items "]}"
    static const struct {
        const char *body, *way;
        unsigned status, code;
        const char *pointer;
    } cases[] = {
        {ENVELOPE("1", "alert", ALERT("\"high\"")), "alert", 202, 0, NULL},
        {ENVELOPE("2", "alert", ALERT("\"high\"") "," ALERT("7")), "alert", 207,
         0, NULL},
        {ENVELOPE("3", "alert", ALERT("7")), "alert", 400, 1002,
         "/items/0/general/alert_level"},
        {ENVELOPE("4", "alert", ALERT("\"severe\"")), "alert", 400, 1004,
         "/items/0/general/alert_level"},
        {ENVELOPE("5", "alert", "{\"info_type\":\"alert\"}"), "alert", 400,
         1003, "/items/0/general"},
        {ENVELOPE("6", "alert", ""), "alert", 400, 1004, "/items"},
        {ENVELOPE("7", "alert", ALERT("\"high\"")), "asset", 400, 1004,
         "/info_type"},
        {"{\"items\":[]}", "alert", 400, 1004, "/items"},
        {"{\"items\":[]}", "weather", 404, 0, NULL},
    };
    struct receive_take t;
    struct receive_judge judge;
    struct standard *s;
    struct diag diag;
    struct err err;
    uint16_t item[8];

    (void)state;
    diag_init(&diag);
    s = std_embedded(hutong_data, &diag);
    assert_non_null(s);
    assert_int_equal(receive_judge_init(&judge, s, &err), ERR_OK);
    assert_int_equal(receive_take_init(&t, path, &err), ERR_OK);
    t.judge = &judge;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct receiver_batch b = {.body = bytes_str(cases[i].body),
                                         .info_type = bytes_str(cases[i].way)};
        struct receiver_verdict v = {.item = item};

        receive_take_batch(&t, &b, &v);
        if (v.status != cases[i].status || v.code != cases[i].code)
            fail_msg("case %zu: %u, code %u, %s: %s", i, v.status, v.code,
                     v.pointer ? v.pointer : "", v.why ? v.why : "");
        if (cases[i].pointer != NULL)
            assert_string_equal(v.pointer, cases[i].pointer);
        if (v.status == 207) {
            assert_int_equal(item[0], 202);
            assert_int_equal(item[1], 400);
        }
    }
    receive_take_fini(&t);
    receive_judge_fini(&judge);
    std_free(s);
    diag_free(&diag);
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
    assert_int_equal(batch(&t, body, item, &count, &why), 503);
    assert_int_equal(count, 0);
    receive_store_close(&t.store);
    t.store.fd = good;
    assert_int_equal(batch(&t, body, item, &count, &why), 202);
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
        assert_int_equal(batch(&t, buf_view(&body), item, &count, &why), 202);
        assert_int_equal(item[0], alg == 0 ? 202 : 200);
        body.data[body.len - 3] = '\t'; /* one byte of items changed */
        assert_int_equal(batch(&t, buf_view(&body), item, &count, &why), 422);
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
    char log[sizeof(path) + sizeof(".messages")];

    (void)state;
    (void)snprintf(log, sizeof(log), "%s.messages", path);
    return unlink(log) == 0 ? unlink(path) : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),     cmocka_unit_test(test_batches),
        cmocka_unit_test(test_restart), cmocka_unit_test(test_messages),
        cmocka_unit_test(test_judge),   cmocka_unit_test(test_failed_store),
        cmocka_unit_test(test_digests),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
