/* SPDX-License-Identifier: Apache-2.0 */
/* Truncation and damage at every byte, places of faults, reuse, and hostile
 * documents that must stay cheap. */
#include "tests/unit/formats_json/generate.h"
#include "tests/unit/formats_json/json_help.h"

/* Documents to be cut at every byte: every kind of token and of text. */
static const char *const whole[] = {
    "{\"a\":[1,-2.5e+10,true,false,null,{}],\"b\":{\"c\":\"d\"}}",
    "{\"\\u00e9\\ud83d\\ude00\":\"\xE4\xB8\xAD\xE6\x96\x87\",\"x\":[[],{}]}",
    " [ 1 , \"a\\\"b\\\\\" , { \"k\" : [ ] } ] ",
    ("{\"long\":\"0123456789012345678901234567890123456789012345678901234567890"
     "123456789012345678901234567890\",\"n\":123456789012345678901234567890e-9}"),
    "\"root string \\n \xF0\x9F\x98\x80\"",
    "[[[[[[[[[[1]]]]]]]]]]",
};

static void
test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        size_t len = strlen(whole[i]);
        size_t end = len;

        while (whole[i][end - 1] == ' ')
            end--;
        for (size_t n = 0; n <= len; n++) {
            for (int mode = 0; mode < 2; mode++) {
                struct reading r;

                reading_open(&r, (enum json_mode)mode, NULL,
                             bytes_of(whole[i], n));
                if (n >= end)
                    assert_int_equal(r.code, ERR_OK);
                else if (r.code != ERR_RANGE) /* half a number is too big */
                    assert_int_equal(r.code, ERR_SYNTAX);
                if (n < end)
                    assert_in_range(offset_of(&r.err), 0, (long)n);
                reading_close(&r);
            }
        }
    }
}

/* A byte changed at every place: no crash, and strict accepts only what
 * tolerant accepts without a repair. */
static void
test_flipped(void **state)
{
    static const unsigned char masks[] = {0x01, 0x20, 0x80, 0x7F, 0xFF};

    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        size_t len = strlen(whole[i]);

        for (size_t n = 0; n < len * sizeof masks; n++) {
            char copy[256];
            struct reading s, t;

            memcpy(copy, whole[i], len);
            copy[n % len] = (char)(copy[n % len] ^ masks[n / len]);
            reading_open(&s, JSON_STRICT, NULL, bytes_of(copy, len));
            reading_open(&t, JSON_TOLERANT, NULL, bytes_of(copy, len));
            if (s.code == ERR_OK) {
                assert_int_equal(t.code, ERR_OK);
                assert_int_equal(t.tape.flags, 0);
                assert_true(same_tape(&s.tape, &t.tape));
            } else if (t.code == ERR_OK) {
                assert_int_not_equal(t.tape.flags, 0);
            }
            reading_close(&s);
            reading_close(&t);
        }
    }
}

/* A reader guesses keys from the documents before. Whatever it has seen, it says
 * of a document what a fresh one says: truth, damaged truth, and truth again. */
static void
compare_used(struct json_reader *used, struct bytes in)
{
    char *copy = malloc(in.len ? in.len : 1);
    struct tape t = {0};
    struct err err = {0};
    struct reading fresh;
    enum err_code code;

    assert_non_null(copy);
    if (in.len)
        memcpy(copy, in.data, in.len);
    code = json_read(used, bytes_of(copy, in.len), &t, &err);
    reading_open(&fresh, used->mode, NULL, in);
    assert_int_equal(code, fresh.code);
    assert_string_equal(err.where, fresh.err.where);
    assert_string_equal(err.msg, fresh.err.msg);
    if (code == ERR_OK) {
        check_tape(&t);
        assert_int_equal(t.flags, fresh.tape.flags);
        assert_true(same_tape(&t, &fresh.tape));
    }
    reading_close(&fresh);
    tape_free(&t);
    free(copy);
}

static void
test_used_reader(void **state)
{
    static const char *const docs[] = {
        "{\"a\":1,\"ab\":2,\"abc\":[{\"a\":3},{\"a\":4}],\"\":5,\"abcd\":6}",
        "{\"src_ip\":\"10.0.0.1\",\"flow\":{\"src_ip\":1,\"dest_ip\":2}}",
        "{\"k0123456789abc\":1,\"k0123456789abcd\":2,\"k0123456789ab\":3}",
    };

    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        struct json_reader r = {.mode = (enum json_mode)mode};

        for (size_t i = 0; i < sizeof docs / sizeof docs[0]; i++) {
            size_t len = strlen(docs[i]);

            for (size_t n = 0; n < 4 * len; n++) {
                static const char put[] = {'"', ':', 'x', '\0'};
                char copy[128];

                compare_used(&r, bytes_of(docs[i], len));
                compare_used(&r, bytes_of(docs[i], n % len));
                memcpy(copy, docs[i], len);
                copy[n % len] = put[n / len];
                compare_used(&r, bytes_of(copy, len));
            }
        }
        json_reader_free(&r);
    }
}

static void
test_used_generated(void **state)
{
    struct json_reader r = {.mode = JSON_TOLERANT};
    struct generator g = {77};
    struct buf doc = {0};

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct bytes in = generate(&g, i, &doc);

        compare_used(&r, in);
        compare_used(&r, in);
    }
    json_reader_free(&r);
    buf_free(&doc);
}

/* ---------------------------------------------------------------- places */

static void
test_place(void **state)
{
    static const struct {
        const char *in;
        const char *where;
    } row[] = {
        {"[1,]", "offset 3, line 1, column 4"},
        {"[1,\n]", "offset 4, line 2, column 1"},
        {"{\n  \"a\": 1,\n  \"a\": 2\n}", "offset 14, line 3, column 3"},
        {"{\r\n\"\xE4\xB8\xAD\" 1}", "offset 9, line 2, column 7"},
        {"\n\n\n", "offset 0, line 1, column 1"},
    };
    unsigned line, col;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof row / sizeof row[0]; i++) {
        struct reading r;

        reading_open(&r, JSON_STRICT, NULL, bytes_str(row[i].in));
        assert_string_equal(r.err.where, row[i].where);
        reading_close(&r);
    }
    json_place(BYTES("a\nb\n"), 4, &line, &col);
    assert_int_equal(line, 3);
    assert_int_equal(col, 1);
    json_place(BYTES("ab"), 99, &line, &col);
    assert_int_equal(line, 1);
    assert_int_equal(col, 3);
    json_place(BYTES(""), 0, &line, &col);
    assert_int_equal(line, 1);
    assert_int_equal(col, 1);
}

/* ---------------------------------------------------------------- reuse */

static void
test_reuse(void **state)
{
    static const char *const docs[] = {
        "{\"a\":1,\"b\":[1,2,3]}",
        "{\"a\":1,\"a\":2}",
        "[",
        "{\"a\":\"\xFF\",\"b\":9007199254740993}",
        "7",
        "{\"a\":{\"a\":{\"a\":[]}}}",
        "{\"z\":1}",
    };
    struct json_reader r = {.mode = JSON_TOLERANT};
    struct tape t = {0};
    struct buf out = {0};

    (void)state;
    for (unsigned i = 0; i < 70000; i++) {
        const char *doc = docs[i % 7];
        struct reading fresh;
        enum err_code code = json_read(&r, bytes_str(doc), &t, NULL);

        if (i > 700 && i < 69900)
            continue; /* many documents: the stamps must not run out */
        reading_open(&fresh, JSON_TOLERANT, NULL, bytes_str(doc));
        assert_int_equal(code, fresh.code);
        if (code == ERR_OK) {
            buf_reset(&out);
            json_put_value(&out, &t, 0);
            assert_true(bytes_eq(buf_view(&out), buf_view(&fresh.out)));
            assert_int_equal(t.flags, fresh.tape.flags);
        }
        reading_close(&fresh);
    }
    json_reader_free(&r);
    json_reader_free(&r);
    tape_free(&t);
    tape_free(&t);
    buf_free(&out);
}

/* ---------------------------------------------------------------- hostile */

/* collision(seed, key): the next key of 24 bytes whose hash_key is 1: what the
 * first 16 bytes give is cancelled by the next 8, where those happen to be plain
 * text. Returns the seed to go on with. */
static uint64_t
collision(uint64_t seed, char key[25])
{
    for (;; seed++) {
        uint64_t h = HASH_K0 ^ 24;
        size_t plain = 0;

        (void)snprintf(key, 25, "%016llx", (unsigned long long)seed);
        h = hash_mix(h ^ hash_load(key, 8), HASH_K1 ^ hash_load(key + 8, 8));
        memcpy(key + 16, &h, 8);
        while (plain < 8 && key[16 + plain] >= ' ' && key[16 + plain] < 0x7F &&
               key[16 + plain] != '"' && key[16 + plain] != '\\')
            plain++;
        if (plain == 8)
            return seed + 1;
    }
}

/* An attacker's object: every key has one hash. Few are read as they are; when
 * they are many, looking at them is refused instead of done. */
static void
test_colliding_keys(void **state)
{
    struct buf b = {0};
    uint64_t seed = 0;
    char key[25] = "", first[25] = "";

    (void)state;
    buf_char(&b, '{');
    for (unsigned i = 0; i < 1600; i++) {
        seed = collision(seed, key);
        assert_int_equal(hash_key(key, 24), 1);
        if (i == 0)
            memcpy(first, key, sizeof first);
        buf_printf(&b, "%s\"%.24s\":%u", i ? "," : "", key, i);
        if (i == 200) {
            size_t len = b.len;

            buf_char(&b, '}');
            expect(buf_view(&b), ERR_OK, ERR_OK, 0);
            buf_cut(&b, len);
            buf_printf(&b, ",\"%.24s\":1}", first);
            expect(buf_view(&b), ERR_CONFLICT, ERR_OK, TAPE_DUPLICATE);
            buf_cut(&b, len);
        }
    }
    buf_char(&b, '}');
    expect(buf_view(&b), ERR_LIMIT, ERR_OK, TAPE_CUT);
    buf_free(&b);
}

static void
test_many_objects(void **state)
{
    struct buf b = {0};

    (void)state;
    expect(make(&b, "[{\"a\":1}", ",{\"a\":1}", 60000, "]"), ERR_OK, ERR_OK, 0);
    expect(make(&b, "{\"z\":[{}", ",{}", 100000, "],\"y\":0}"), ERR_OK, ERR_OK,
           0);
    buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_used_reader),
        cmocka_unit_test(test_used_generated),
        cmocka_unit_test(test_colliding_keys),
        cmocka_unit_test(test_many_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
