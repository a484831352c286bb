/* SPDX-License-Identifier: Apache-2.0 */
/* The tape built by hand, as codecs that are not JSON do, and looked up. */
#include "tests/unit/formats_json/json_help.h"

static void
expect_text(const struct tape *t, const char *want)
{
    struct buf out = {0};

    assert_int_equal(tape_done(t), ERR_OK);
    check_tape(t);
    json_put_value(&out, t, 0);
    assert_string_equal(buf_cstr(&out), want);
    buf_free(&out);
}

static void
test_build(void **state)
{
    struct bytes in = BYTES("src=10.0.0.1 msg=a\"b\\c\td cnt=42");
    struct tape t = {0};

    (void)state;
    tape_reset(&t, in);
    tape_object(&t);
    assert_true(tape_key(&t, bytes_of(in.data, 3)));
    tape_text(&t, bytes_of(in.data + 4, 8), 0);
    assert_true(tape_key(&t, bytes_of(in.data + 13, 3)));
    tape_text(&t, bytes_of(in.data + 17, 7), 0);
    assert_true(tape_key(&t, bytes_of(in.data + 25, 3)));
    tape_number(&t, TAPE_INTEGER, bytes_of(in.data + 29, 2));
    assert_true(tape_key(&t, tape_own(&t, BYTES("list"))));
    tape_array(&t);
    tape_simple(&t, TAPE_TRUE);
    tape_simple(&t, TAPE_FALSE);
    tape_simple(&t, TAPE_NULL);
    tape_object(&t);
    tape_close(&t);
    tape_text(&t, tape_own(&t, BYTES("\xE4\xB8\xAD")), 0);
    tape_text(&t, BYTES(""), 0);
    tape_close(&t);
    tape_close(&t);
    expect_text(&t,
                "{\"src\":\"10.0.0.1\",\"msg\":\"a\\\"b\\\\c\\td\",\"cnt\":42,"
                "\"list\":[true,false,null,{},\"\xE4\xB8\xAD\",\"\"]}");
    assert_int_equal(t.node[4].flags, TAPE_QUOTE);
    assert_int_equal(t.node[2].flags, 0);
    assert_int_equal(t.node[7].flags, TAPE_SIDE);
    tape_free(&t);
}

static void
test_duplicate(void **state)
{
    struct tape t = {0};

    (void)state;
    tape_reset(&t, BYTES(""));
    tape_object(&t);
    assert_true(tape_key(&t, tape_own(&t, BYTES("a"))));
    tape_object(&t);
    assert_true(tape_key(&t, tape_own(&t, BYTES("a"))));
    tape_simple(&t, TAPE_TRUE);
    tape_close(&t);
    assert_false(tape_key(&t, tape_own(&t, BYTES("a"))));
    assert_true(tape_key(&t, tape_own(&t, BYTES("b"))));
    tape_simple(&t, TAPE_NULL);
    assert_false(tape_key(&t, tape_own(&t, BYTES("b"))));
    tape_close(&t);
    expect_text(&t, "{\"a\":{\"a\":true},\"b\":null}");
    assert_int_equal(t.flags, TAPE_DUPLICATE);
    assert_int_equal(t.node[1].flags & TAPE_DUPLICATE, TAPE_DUPLICATE);
    tape_reset(&t, BYTES(""));
    assert_int_equal(t.flags, 0);
    tape_object(&t);
    assert_true(tape_key(&t, tape_own(&t, BYTES("b"))));
    tape_simple(&t, TAPE_NULL);
    tape_close(&t);
    expect_text(&t, "{\"b\":null}");
    tape_free(&t);
}

static void
test_flags(void **state)
{
    struct tape t = {0};

    (void)state;
    tape_reset(&t, BYTES("abc"));
    tape_text(&t, bytes_of(t.input, 3), TAPE_CUT | TAPE_REPAIRED);
    assert_int_equal(tape_done(&t), ERR_OK);
    assert_int_equal(t.flags, TAPE_CUT | TAPE_REPAIRED);
    check_tape(&t);
    tape_free(&t);
}

/* What callers can do wrong ends in a latched failure, not in a broken tape. */
static void
test_misuse(void **state)
{
    struct tape t = {0};

    (void)state;
    assert_int_equal(tape_done(&t), ERR_ARG);
    tape_reset(&t, BYTES("x"));
    assert_int_equal(tape_done(&t), ERR_ARG);
    tape_object(&t);
    assert_int_equal(tape_done(&t), ERR_ARG);
    tape_close(&t);
    assert_int_equal(tape_done(&t), ERR_OK);
    tape_close(&t);
    assert_int_equal(tape_done(&t), ERR_ARG);

    tape_reset(&t, BYTES("x"));
    assert_false(tape_key(&t, BYTES("x")));
    assert_int_equal(tape_done(&t), ERR_ARG);

    tape_reset(&t, BYTES("x"));
    tape_text(&t, BYTES("from elsewhere"), 0);
    assert_int_equal(tape_done(&t), ERR_ARG);

    tape_reset(&t, BYTES("x"));
    for (unsigned i = 0; i <= TAPE_MAX_DEPTH; i++)
        tape_array(&t);
    assert_int_equal(tape_done(&t), ERR_LIMIT);

    tape_reset(&t, bytes_of("x", TAPE_MAX_INPUT + 1));
    assert_int_equal(tape_done(&t), ERR_LIMIT);
    tape_free(&t);
}

static void
test_limits(void **state)
{
    struct tape t = {0};

    (void)state;
    tape_reset(&t, BYTES(""));
    for (unsigned i = 0; i < TAPE_MAX_DEPTH; i++)
        tape_array(&t);
    tape_simple(&t, TAPE_TRUE);
    for (unsigned i = 0; i < TAPE_MAX_DEPTH; i++)
        tape_close(&t);
    assert_int_equal(tape_done(&t), ERR_OK);
    check_tape(&t);

    tape_reset(&t, BYTES(""));
    tape_array(&t);
    for (uint32_t i = 1; i < TAPE_MAX_NODES; i++)
        tape_simple(&t, TAPE_TRUE);
    tape_close(&t);
    assert_int_equal(tape_done(&t), ERR_OK);
    assert_int_equal(t.count, TAPE_MAX_NODES);
    tape_reset(&t, BYTES(""));
    tape_array(&t);
    for (uint32_t i = 0; i < TAPE_MAX_NODES; i++)
        tape_simple(&t, TAPE_TRUE);
    tape_close(&t);
    assert_int_equal(tape_done(&t), ERR_LIMIT);
    tape_free(&t);
}

/* An object of very many keys stays cheap: no list is walked. */
static void
test_many_keys(void **state)
{
    struct tape t = {0};
    char key[16];

    (void)state;
    tape_reset(&t, BYTES(""));
    tape_object(&t);
    for (unsigned i = 0; i < 100000; i++) {
        (void)snprintf(key, sizeof key, "%u", i % 50000);
        assert_int_equal(tape_key(&t, tape_own(&t, bytes_str(key))), i < 50000);
        if (i < 50000)
            tape_simple(&t, TAPE_NULL);
    }
    tape_close(&t);
    assert_int_equal(tape_done(&t), ERR_OK);
    assert_int_equal(t.node[0].hash, 50000);
    tape_free(&t);
}

static void
test_lookup(void **state)
{
    struct reading r;
    const struct tape *t = &r.tape;
    uint32_t a;

    (void)state;
    reading_open(&r, JSON_STRICT, NULL,
                 BYTES("{\"a\":{\"b\":[1,{\"c\":2}],\"\\u0064\":{\"e\":\"f\"}},"
                       "\"x.y\":1,\"\":{\"\":3}}"));
    assert_int_equal(r.code, ERR_OK);
    a = tape_get(t, 0, BYTES("a"));
    assert_int_equal(t->node[a].type, TAPE_OBJECT);
    assert_int_equal(t->node[a].hash, 2);
    assert_int_equal(tape_get(t, a, BYTES("z")), 0);
    assert_int_equal(tape_get(t, tape_get(t, a, BYTES("b")), BYTES("c")), 0);
    assert_int_equal(tape_get(t, 999, BYTES("a")), 0);
    assert_int_not_equal(tape_get(t, 0, BYTES("x.y")), 0);
    assert_int_equal(tape_path(t, BYTES("x.y")), 0);
    assert_true(tape_is(t, &t->node[tape_path(t, BYTES("a.d.e"))], BYTES("f")));
    assert_int_equal(tape_path(t, BYTES("a.d.e.f")), 0);
    assert_int_equal(tape_path(t, BYTES("a.q.e")), 0);
    assert_int_not_equal(tape_path(t, BYTES(".")), 0);
    assert_int_equal(tape_end(t, 0), t->count);
    assert_int_equal(tape_end(t, a), tape_get(t, 0, BYTES("x.y")) - 1);
    reading_close(&r);
    reading_open(&r, JSON_STRICT, NULL, BYTES("[]"));
    assert_int_equal(tape_get(t, 0, BYTES("a")), 0);
    reading_close(&r);
}

static void
test_is(void **state)
{
    static const struct {
        const char *json, *text;
        bool same;
    } row[] = {
        {"\"abc\"", "abc", true},
        {"\"abc\"", "abd", false},
        {"\"abc\"", "ab", false},
        {"\"a\\u0062c\"", "abc", true},
        {"\"a\\u0062c\"", "abcd", false},
        {"\"a\\u0062c\"", "ab", false},
        {"\"a\\u0062\"", "abc", false},
        {"\"\\n\"", "\n", true},
        {"\"\\n\"", "n", false},
        {"\"\\/\"", "/", true},
        {"\"\\\\u0041\"", "\\u0041", true},
        {"\"\\u4e2d\\u6587\"", "\xE4\xB8\xAD\xE6\x96\x87", true},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", true},
        {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x81", false},
        {"\"\"", "", true},
        {"\"\\n\"", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct buf scratch = {0};
        struct reading r;
        struct bytes clean;

        reading_open(&r, JSON_STRICT, NULL, bytes_str(row[i].json));
        assert_int_equal(r.code, ERR_OK);
        assert_int_equal(tape_is(&r.tape, r.tape.node, bytes_str(row[i].text)),
                         row[i].same);
        clean = tape_clean(&r.tape, r.tape.node, &scratch);
        assert_int_equal(bytes_is(clean, row[i].text), row[i].same);
        buf_free(&scratch);
        reading_close(&r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build),  cmocka_unit_test(test_duplicate),
        cmocka_unit_test(test_flags),  cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_lookup), cmocka_unit_test(test_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
