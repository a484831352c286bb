/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the reader and the builder fails once: the error is
 * ERR_NOMEM, nothing leaks and the next try works. The allocator is replaced
 * for this program; a sanitizer has its own, so that there it is skipped. */
#include "tests/unit/formats_json/json_help.h"

#ifdef HUTONG_SANITIZED
#define REPLACED 0
#else
#define REPLACED 1
#endif

static long fail_at = -1; /* counts down; the allocation at 0 fails */

#if REPLACED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

static bool
fails(void)
{
    return fail_at >= 0 && fail_at-- == 0;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}

#endif

/* Needs every kind of memory: nodes, side text, scratch, a larger key table,
 * the copy of a document without a closing bracket. */
static struct bytes
document(struct buf *b)
{
    buf_str(b, "\xEF\xBB\xBF{\"\\u0061\":\"\xFF\"");
    for (unsigned i = 0; i < 600; i++)
        buf_printf(b, ",\"k%u\":%u", i, i);
    buf_str(b, "}");
    return buf_view(b);
}

static void
test_read(void **state)
{
    struct buf b = {0};
    struct bytes in = document(&b);
    struct bytes docs[2] = {in, BYTES("\"text\"")};
    unsigned failures = 0;

    (void)state;
    for (long n = 0; n < 200; n++) {
        struct json_reader r;
        struct tape t = {0};

        json_reader_init(&r, JSON_TOLERANT, NULL);
        for (unsigned i = 0; i < 2; i++) {
            enum err_code code;

            fail_at = n;
            code = json_read(&r, docs[i], &t, NULL);
            fail_at = -1;
            assert_true(code == ERR_OK || code == ERR_NOMEM);
            failures += code == ERR_NOMEM;
            assert_int_equal(json_read(&r, docs[i], &t, NULL), ERR_OK);
        }
        json_reader_free(&r);
        tape_free(&t);
    }
    assert_true(failures > 10);
    buf_free(&b);
}

/* The steady state allocates nothing: the first allocation would fail. */
static void
test_steady(void **state)
{
    struct buf b = {0}, out = {0};
    struct bytes in = document(&b);
    struct json_reader r;
    struct tape t = {0};

    (void)state;
    json_reader_init(&r, JSON_TOLERANT, NULL);
    for (unsigned i = 0; i < 20; i++) {
        fail_at = i == 0 ? -1 : 0;
        assert_int_equal(json_read(&r, in, &t, NULL), ERR_OK);
        buf_reset(&out);
        json_put_value(&out, &t, 0);
        assert_true(buf_ok(&out));
        fail_at = -1;
    }
    json_reader_free(&r);
    tape_free(&t);
    buf_free(&b);
    buf_free(&out);
}

static void
test_build(void **state)
{
    unsigned failures = 0;

    (void)state;
    for (long n = 0; n < 30; n++) {
        struct tape t = {0};
        enum err_code code;

        fail_at = n;
        tape_reset(&t, BYTES(""));
        tape_object(&t);
        for (unsigned i = 0; i < 1000; i++) {
            char key[8];

            (void)snprintf(key, sizeof key, "%u", i);
            if (tape_key(&t, tape_own(&t, bytes_str(key))))
                tape_simple(&t, TAPE_TRUE);
        }
        tape_close(&t);
        code = tape_done(&t);
        fail_at = -1;
        assert_true(code == ERR_OK || code == ERR_NOMEM);
        failures += code == ERR_NOMEM;
        tape_free(&t);
    }
    assert_true(failures > 5 && failures < 30);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_build),
    };

    if (!REPLACED) {
        print_message("SKIP: the sanitizer keeps its own allocator\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
