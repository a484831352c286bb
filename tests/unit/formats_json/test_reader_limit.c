/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of the reader: at it accepted, one above it refused by strict and
 * cut by tolerant (where something can be cut). */
#include "tests/unit/formats_json/json_help.h"

static void
test_limit_string(void **state)
{
    static const struct {
        const char *head, *unit, *tail;
        size_t fit; /* units that fit in 100 bytes */
    } row[] = {
        {"[\"", "a", "\"]", 100},
        {"{\"", "a", "\":1}", 100},
        {"[\"", "\xE4\xB8\xAD", "\"]", 33},
        {"[\"", "\\u0041", "\"]", 16},
        {"[\"", "\\ud83d\\ude00", "\"]", 8},
        {"[\"", "\xF0\x9F\x98\x80", "\"]", 25},
        {"\"", "a", "\"", 100},
        {"[0.", "1", "]", 98},
    };
    struct json_limits limits = {.string_bytes = 100};
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct reading r;
        struct bytes in =
            make(&b, row[i].head, row[i].unit, row[i].fit, row[i].tail);

        expect_under(&limits, in, ERR_OK, ERR_OK, 0);
        in = make(&b, row[i].head, row[i].unit, row[i].fit + 1, row[i].tail);
        reading_open(&r, JSON_STRICT, &limits, in);
        assert_int_equal(r.code, ERR_LIMIT);
        reading_close(&r);
        reading_open(&r, JSON_TOLERANT, &limits, in);
        assert_int_equal(r.code, ERR_OK);
        assert_true(r.tape.flags & TAPE_CUT);
        /* Cut between units: what is left is the text that just fits. */
        in = make(&b, "", row[i].unit, row[i].fit, "");
        assert_non_null(strstr(buf_cstr(&r.out), buf_cstr(&b)));
        assert_true(r.out.len < in.len + 10);
        reading_close(&r);
    }
    buf_free(&b);
}

static void
test_limit_string_default(void **state)
{
    struct buf b = {0};

    (void)state;
    expect(make(&b, "[\"", "a", 65536, "\"]"), ERR_OK, ERR_OK, 0);
    expect(make(&b, "[\"", "a", 65537, "\"]"), ERR_LIMIT, ERR_OK, TAPE_CUT);
    expect(make(&b, "[\"", "\xFF", 65537, "\"]"), ERR_SYNTAX, ERR_OK,
           TAPE_CUT | TAPE_REPAIRED);
    /* Limits below 64 count as 64: short strings are not measured. */
    expect_under(&(struct json_limits){.string_bytes = 1},
                 make(&b, "[\"", "a", 64, "\"]"), ERR_OK, ERR_OK, 0);
    expect_under(&(struct json_limits){.string_bytes = 1},
                 make(&b, "[\"", "a", 65, "\"]"), ERR_LIMIT, ERR_OK, TAPE_CUT);
    buf_free(&b);
}

/* object(b, n): an object of ${n} keys k0, k1, ... */
static struct bytes
object(struct buf *b, unsigned n)
{
    buf_reset(b);
    buf_char(b, '{');
    for (unsigned i = 0; i < n; i++)
        buf_printf(b, "%s\"k%u\":%u", i ? "," : "", i, i);
    buf_char(b, '}');
    return buf_view(b);
}

static void
test_limit_keys(void **state)
{
    struct json_limits limits = {.keys = 5};
    struct buf b = {0};
    struct reading r;

    (void)state;
    expect_under(&limits, object(&b, 5), ERR_OK, ERR_OK, 0);
    expect_under(&limits, object(&b, 6), ERR_LIMIT, ERR_OK, TAPE_CUT);
    expect(object(&b, 4096), ERR_OK, ERR_OK, 0);
    expect(object(&b, 4097), ERR_LIMIT, ERR_OK, TAPE_CUT);
    reading_open(&r, JSON_TOLERANT, &limits, object(&b, 9));
    assert_int_equal(r.tape.node[0].hash, 5);
    assert_int_equal(r.tape.node[0].flags, TAPE_CUT);
    assert_string_equal(buf_cstr(&r.out),
                        "{\"k0\":0,\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4}");
    reading_close(&r);
    buf_free(&b);
}

static void
test_limit_depth(void **state)
{
    struct buf b = {0};

    (void)state;
    for (uint32_t depth = 1; depth <= TAPE_MAX_DEPTH; depth++) {
        struct json_limits limits = {.depth = depth};

        for (unsigned more = 0; more < 2; more++) {
            buf_reset(&b);
            for (uint32_t i = 0; i < depth + more; i++)
                buf_str(&b, i % 2 ? "[" : "{\"a\":");
            buf_char(&b, '1');
            for (uint32_t i = depth + more; i > 0; i--)
                buf_char(&b, (i - 1) % 2 ? ']' : '}');
            expect_under(&limits, buf_view(&b), more ? ERR_LIMIT : ERR_OK,
                         ERR_OK, more ? TAPE_CUT : 0);
        }
    }
    /* A limit above the tape's own counts as the tape's. */
    buf_reset(&b);
    for (uint32_t i = 0; i < 2 * (TAPE_MAX_DEPTH + 1); i++)
        buf_char(&b, i <= TAPE_MAX_DEPTH ? '[' : ']');
    expect_under(&(struct json_limits){.depth = 1000}, buf_view(&b), ERR_LIMIT,
                 ERR_OK, TAPE_CUT);
    buf_free(&b);
}

static void
test_cut_depth(void **state)
{
    struct buf b = {0};
    const size_t depths[] = {4096 + 32, 4096 + 33, 200000};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        buf_reset(&b);
        for (size_t k = 0; k < depths[i]; k++)
            buf_char(&b, '[');
        for (size_t k = 0; k < depths[i]; k++)
            buf_char(&b, ']');
        expect(buf_view(&b), ERR_LIMIT, i == 0 ? ERR_OK : ERR_SYNTAX, TAPE_CUT);
    }
    buf_free(&b);
}

static void
test_limit_nodes(void **state)
{
    struct json_limits limits = {.nodes = 10};
    struct buf b = {0};

    (void)state;
    expect_under(&limits, make(&b, "[0", ",0", 8, "]"), ERR_OK, ERR_OK, 0);
    expect_under(&limits, make(&b, "[0", ",0", 9, "]"), ERR_LIMIT, ERR_LIMIT,
                 0);
    expect(make(&b, "[0", ",0", (1 << 18) - 2, "]"), ERR_OK, ERR_OK, 0);
    expect(make(&b, "[0", ",0", (1 << 18) - 1, "]"), ERR_LIMIT, ERR_LIMIT, 0);
    expect_under(&limits, object(&b, 4), ERR_OK, ERR_OK, 0);
    expect_under(&limits, object(&b, 5), ERR_LIMIT, ERR_LIMIT, 0);
    expect_under(&limits, BYTES("{\"a\":{\"b\":{\"c\":{\"d\":1}}}}"), ERR_OK,
                 ERR_OK, 0);
    buf_free(&b);
}

static void
test_limit_bytes(void **state)
{
    struct json_limits limits = {.bytes = 10};
    struct buf b = {0};

    (void)state;
    expect_under(&limits, BYTES("[12345678]"), ERR_OK, ERR_OK, 0);
    expect_under(&limits, BYTES("[123456789]"), ERR_LIMIT, ERR_LIMIT, 0);
    expect_under(&limits, BYTES("[1234567]  "), ERR_LIMIT, ERR_LIMIT, 0);
    expect(make(&b, "[", " ", ((size_t)1 << 20) - 2, "]"), ERR_OK, ERR_OK, 0);
    expect(make(&b, "[", " ", ((size_t)1 << 20) - 1, "]"), ERR_LIMIT, ERR_LIMIT,
           0);
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_string),
        cmocka_unit_test(test_limit_string_default),
        cmocka_unit_test(test_limit_keys),
        cmocka_unit_test(test_limit_depth),
        cmocka_unit_test(test_cut_depth),
        cmocka_unit_test(test_limit_nodes),
        cmocka_unit_test(test_limit_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
