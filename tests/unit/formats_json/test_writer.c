/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: escapes, values of a tape, the streaming calls, and what becomes
 * of a buffer that is too small. */
#include "tests/unit/formats_json/json_help.h"

static void
test_escape(void **state)
{
    struct buf out = {0};

    (void)state;
    json_put_string(&out, BYTES("a\"b\\c/\b\f\n\r\t\x01\x1F\x7F\0"
                                "\xE4\xB8\xAD\xF0\x9F\x98\x80"));
    assert_string_equal(buf_cstr(&out),
                        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\\u0000"
                        "\xE4\xB8\xAD\xF0\x9F\x98\x80\"");
    buf_reset(&out);
    json_put_string(&out, BYTES(""));
    assert_string_equal(buf_cstr(&out), "\"\"");
    buf_free(&out);
}

/* Every byte that needs an escape at every place around a vector's end. */
static void
test_escape_places(void **state)
{
    static const char special[] = {'"', '\\', '\n', '\0', '\x1F'};
    struct buf out = {0};

    (void)state;
    for (size_t len = 1; len < 50; len++) {
        for (size_t at = 0; at < len; at++) {
            char text[50];
            struct reading r;

            memset(text, 'x', len);
            text[at] = special[(len + at) % sizeof special];
            buf_reset(&out);
            json_put_string(&out, bytes_of(text, len));
            reading_open(&r, JSON_STRICT, NULL, buf_view(&out));
            assert_int_equal(r.code, ERR_OK);
            assert_true(tape_is(&r.tape, r.tape.node, bytes_of(text, len)));
            reading_close(&r);
        }
    }
    buf_free(&out);
}

static void
test_text(void **state)
{
    struct buf out = {0};
    struct reading r;

    (void)state;
    reading_open(&r, JSON_TOLERANT, NULL,
                 BYTES("{\"k\\n\":12.50,\"b\":9007199254740993}"));
    json_put_text(&out, &r.tape, &r.tape.node[1]);
    json_put_text(&out, &r.tape, &r.tape.node[2]);
    json_put_text(&out, &r.tape, &r.tape.node[4]);
    assert_string_equal(buf_cstr(&out),
                        "\"k\\n\"\"12.50\"\"9007199254740993\"");
    reading_close(&r);
    buf_free(&out);
}

/* Every subtree of a document, written alone, is what stood there. */
static void
test_subtrees(void **state)
{
    struct bytes in =
        BYTES("{\"a\":[1,[2,{\"b\":[]}],\"s\\n\"],\"c\":{\"d\":{},"
              "\"e\":[[[null]]]},\"f\":-1.5e3}");
    struct buf out = {0};
    struct reading r;

    (void)state;
    reading_open(&r, JSON_STRICT, NULL, in);
    assert_int_equal(r.code, ERR_OK);
    for (uint32_t i = 0; i < r.tape.count; i++) {
        const struct tape_node *n = &r.tape.node[i];
        struct bytes raw = tape_raw(&r.tape, n);

        if (n->type == TAPE_KEY)
            continue;
        buf_reset(&out);
        json_put_value(&out, &r.tape, i);
        if (n->type == TAPE_STRING)
            raw = bytes_of(raw.data - 1, raw.len + 2);
        assert_true(bytes_eq(buf_view(&out), raw));
    }
    reading_close(&r);
    buf_free(&out);
}

static void
test_streaming(void **state)
{
    struct buf out = {0};
    struct json_writer w;

    (void)state;
    json_writer_init(&w, &out);
    json_object(&w);
    json_key(&w, "a");
    json_array(&w);
    json_i64(&w, INT64_MIN);
    json_u64(&w, UINT64_MAX);
    json_i64(&w, 0);
    json_array(&w);
    json_end_array(&w);
    json_object(&w);
    json_end_object(&w);
    json_end_array(&w);
    json_key(&w, "b\"");
    json_bool(&w, true);
    json_key_bytes(&w, BYTES("c\0d"));
    json_bool(&w, false);
    json_key(&w, "e");
    json_null(&w);
    json_key(&w, "f");
    json_cstr(&w, NULL);
    json_key(&w, "g");
    json_cstr(&w, "x\n");
    json_key(&w, "h");
    json_string(&w, BYTES("y"));
    json_key(&w, "i");
    json_raw(&w, BYTES("[1,2]"));
    json_end_object(&w);
    assert_string_equal(
        buf_cstr(&out),
        "{\"a\":[-9223372036854775808,18446744073709551615,0,[],{}],"
        "\"b\\\"\":true,\"c\\u0000d\":false,\"e\":null,\"f\":null,"
        "\"g\":\"x\\n\",\"h\":\"y\",\"i\":[1,2]}");
    assert_int_equal(w.depth, 0);
    buf_free(&out);
}

static void
test_streaming_misuse(void **state)
{
    struct buf out = {0};
    struct json_writer w;

    (void)state;
    json_writer_init(&w, &out);
    for (unsigned i = 0; i < 63; i++)
        json_array(&w);
    assert_true(buf_ok(&out));
    json_array(&w);
    assert_false(buf_ok(&out));
    buf_reset(&out);
    json_writer_init(&w, &out);
    json_end_array(&w);
    assert_false(buf_ok(&out));
    buf_free(&out);
}

/* A full buffer latches and holds no more than it may. */
static void
test_full(void **state)
{
    struct reading r;

    (void)state;
    reading_open(&r, JSON_STRICT, NULL,
                 BYTES("{\"a\":[1,\"two\\n\",true],\"b\":\"\xE4\xB8\xAD\"}"));
    for (size_t max = 1; max <= r.out.len + 4; max++) {
        struct buf out;

        buf_init(&out, max);
        json_put_value(&out, &r.tape, 0);
        assert_true(out.len <= max);
        assert_int_equal(buf_ok(&out), max >= r.out.len);
        buf_free(&out);
    }
    reading_close(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_places),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_subtrees),
        cmocka_unit_test(test_streaming),
        cmocka_unit_test(test_streaming_misuse),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
