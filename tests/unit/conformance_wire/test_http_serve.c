/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of requests: what it calls clean, which rule each fault breaks,
 * where a request ends, whole and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/wire/http_serve.h"

#define H "Host: a:1\r\n"

static const struct {
    const char *name, *in;
    bool ended;
    enum http_serve_state state;
    const char *faults; /* names with a space behind each */
    const char *body;
    size_t left; /* bytes behind the request */
} rows[] = {
    {"clean", "POST /a?b=1 HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}", false,
     HTTP_SERVE_DONE, "", "{}", 0},
    {"two", "GET / HTTP/1.1\r\n" H "\r\nGET /", false, HTTP_SERVE_DONE, "", "",
     5},
    {"chunks",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
     "2\r\n{}\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\nX",
     false, HTTP_SERVE_DONE, "", "{}0123456789", 1},
    {"empty line first", "\r\nGET / HTTP/1.1\r\n" H "\r\n", false,
     HTTP_SERVE_DONE, "", "", 0},
    {"two empty lines", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", false,
     HTTP_SERVE_DONE, "garbage ", "", 0},
    {"nothing", "", true, HTTP_SERVE_MORE, "", "", 0},
    {"half a head", "POST / HTTP/1.1\r\nHos", false, HTTP_SERVE_MORE, "", "",
     0},
    {"cut head", "POST / HTTP/1.1\r\nHos", true, HTTP_SERVE_BROKEN, "cut ", "",
     0},
    {"cut body", "POST / HTTP/1.1\r\n" H "Content-Length: 9\r\n\r\n{}", true,
     HTTP_SERVE_BROKEN, "cut ", "", 0},
    {"bare LF", "GET / HTTP/1.1\n" H "\r\n", false, HTTP_SERVE_DONE,
     "line_end ", "", 0},
    {"two parts", "GET /\r\n" H "\r\n", false, HTTP_SERVE_DONE,
     "request_line version ", "", 0},
    {"four parts", "GET / x HTTP/1.1\r\n" H "\r\n", false, HTTP_SERVE_DONE,
     "request_line version ", "", 0},
    {"method", "GE(T / HTTP/1.1\r\n" H "\r\n", false, HTTP_SERVE_DONE,
     "method ", "", 0},
    {"absolute", "GET http://a/ HTTP/1.1\r\n" H "\r\n", false, HTTP_SERVE_DONE,
     "target ", "", 0},
    {"fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", false, HTTP_SERVE_DONE,
     "target ", "", 0},
    {"raw utf-8", "GET /\xE4\xB8\xAD HTTP/1.1\r\n" H "\r\n", false,
     HTTP_SERVE_DONE, "target ", "", 0},
    {"old", "GET / HTTP/1.0\r\n" H "\r\n", false, HTTP_SERVE_DONE, "version ",
     "", 0},
    {"no host", "GET / HTTP/1.1\r\n\r\n", false, HTTP_SERVE_DONE, "host ", "",
     0},
    {"two hosts", "GET / HTTP/1.1\r\n" H H "\r\n", false, HTTP_SERVE_DONE,
     "host ", "", 0},
    {"host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", false,
     HTTP_SERVE_DONE, "host ", "", 0},
    {"space before colon", "GET / HTTP/1.1\r\n" H "X : 1\r\n\r\n", false,
     HTTP_SERVE_DONE, "field_name ", "", 0},
    {"no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n", false, HTTP_SERVE_DONE,
     "field_name ", "", 0},
    {"control", "GET / HTTP/1.1\r\n" H "X: a\x01\r\n\r\n", false,
     HTTP_SERVE_DONE, "field_value ", "", 0},
    {"fold", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", false,
     HTTP_SERVE_DONE, "fold ", "", 0},
    {"both",
     "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     false, HTTP_SERVE_DONE, "both_lengths ", "", 0},
    {"twice the length",
     "POST / HTTP/1.1\r\n" H "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
     false, HTTP_SERVE_DONE, "length ", "{}", 0},
    {"lengths differ",
     "POST / HTTP/1.1\r\n" H "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
     false, HTTP_SERVE_BROKEN, "length ", "", 0},
    {"length list", "POST / HTTP/1.1\r\n" H "Content-Length: 2, 2\r\n\r\n{}",
     false, HTTP_SERVE_BROKEN, "length ", "", 0},
    {"huge length",
     "POST / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n",
     false, HTTP_SERVE_BROKEN, "length ", "", 0},
    {"other coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n",
     false, HTTP_SERVE_BROKEN, "coding ", "", 0},
    {"bad chunk",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false,
     HTTP_SERVE_BROKEN, "chunk ", "", 0},
    {"chunk without end",
     "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\nabcd",
     false, HTTP_SERVE_BROKEN, "chunk ", "", 0},
    {"no length", "POST / HTTP/1.1\r\n" H "\r\n", false, HTTP_SERVE_DONE,
     "no_length ", "", 0},
};

static void
names(uint32_t faults, struct buf *out)
{
    buf_reset(out);
    for (int i = 0; i < HTTP_FAULT_COUNT; i++) {
        if (faults & (1U << i))
            buf_printf(out, "%s ", http_fault_table[i].name);
    }
    assert_non_null(buf_cstr(out));
}

static void
test_table(void **state)
{
    struct http_serve_request *r = calloc(1, sizeof *r);
    struct buf decoded = {0}, got = {0};

    (void)state;
    assert_non_null(r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes in = bytes_str(rows[i].in);
        enum http_serve_state s =
            http_serve_read(in, rows[i].ended, &decoded, r);

        names(r->faults, &got);
        if (s != rows[i].state || strcmp(got.data, rows[i].faults) != 0 ||
            !bytes_is(r->body, rows[i].body) ||
            (s == HTTP_SERVE_DONE && in.len - r->used != rows[i].left))
            fail_msg("%s: state %d, faults \"%s\", %zu bytes used",
                     rows[i].name, (int)s, got.data, r->used);
    }
    buf_free(&decoded);
    buf_free(&got);
    free(r);
}

/* Every shorter piece of a complete request is MORE and says no fault of its
 * end; ended there it is CUT. */
static void
test_pieces(void **state)
{
    struct http_serve_request *r = calloc(1, sizeof *r);
    struct buf decoded = {0};

    (void)state;
    assert_non_null(r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t used;

        if (http_serve_read(bytes_str(rows[i].in), false, &decoded, r) !=
            HTTP_SERVE_DONE)
            continue;
        used = r->used;
        for (size_t n = 1; n < used; n++) {
            struct bytes part = bytes_upto(bytes_str(rows[i].in), n);

            if (http_serve_read(part, false, &decoded, r) != HTTP_SERVE_MORE)
                fail_msg("%s: complete after %zu", rows[i].name, n);
            assert_true(r->need <= used);
            assert_int_equal(http_serve_read(part, true, &decoded, r),
                             HTTP_SERVE_BROKEN);
            assert_true(r->faults & (1U << HTTP_FAULT_CUT));
        }
    }
    buf_free(&decoded);
    free(r);
}

static void
test_fields(void **state)
{
    struct http_serve_request *r = calloc(1, sizeof *r);
    struct buf decoded = {0}, big = {0};

    (void)state;
    assert_non_null(r);
    assert_int_equal(
        http_serve_read(BYTES("GET / HTTP/1.1\r\nHOST:  b \r\nX: 1\r\nx: 2\r\n"
                              "Empty:\r\nConnection: keep-alive, Close\r\n"
                              "Expect: 100-continue\r\n\r\n"),
                        false, &decoded, r),
        HTTP_SERVE_DONE);
    assert_int_equal(r->faults, 0);
    assert_true(bytes_is(http_serve_field(r, "host", 0), "b"));
    assert_true(bytes_is(http_serve_field(r, "X", 1), "2"));
    assert_null(http_serve_field(r, "X", 2).data);
    assert_non_null(http_serve_field(r, "empty", 0).data);
    assert_false(r->keep_alive);
    assert_false(r->expects);
    assert_int_equal(
        http_serve_read(BYTES("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 3"
                              "\r\nExpect: 100-continue\r\n\r\n"),
                        false, &decoded, r),
        HTTP_SERVE_MORE);
    assert_true(r->expects);
    while (big.len <= HTTP_SERVE_HEAD_MAX)
        buf_str(&big, "GET / aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_int_equal(http_serve_read(buf_view(&big), false, &decoded, r),
                     HTTP_SERVE_BROKEN);
    assert_true(r->faults & (1U << HTTP_FAULT_TOO_LARGE));
    buf_free(&decoded);
    buf_free(&big);
    free(r);
}

static void
test_inflate(void **state)
{
    /* {"a":1} through gzip */
    static const char packed[] =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x4a\x54\xb2\x32\xac"
        "\x05\x00\xaf\xac\x1b\x56\x07\x00\x00\x00";
    struct bytes in = bytes_of(packed, sizeof packed - 1);
    struct buf out = {0};
    bool good = http_serve_inflate(in, 100, &out);

    (void)state;
    if (good)
        assert_true(bytes_is(buf_view(&out), "{\"a\":1}"));
    for (size_t n = 0; n < in.len; n++)
        assert_false(http_serve_inflate(bytes_upto(in, n), 100, &out));
    assert_false(http_serve_inflate(in, 3, &out));
    assert_false(http_serve_inflate(BYTES("{\"a\":1}"), 100, &out));
    buf_free(&out);
    assert_true(good);
}

static void
test_names(void **state)
{
    (void)state;
    for (int i = 0; i < HTTP_FAULT_COUNT; i++) {
        assert_int_equal(http_fault_find(http_fault_table[i].name), i);
        assert_non_null(http_fault_table[i].clause);
    }
    assert_int_equal(http_fault_find("none such"), HTTP_FAULT_COUNT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),  cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_fields), cmocka_unit_test(test_inflate),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
