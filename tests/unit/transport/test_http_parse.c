/* SPDX-License-Identifier: Apache-2.0 */
/* The push parser against the table of raw requests, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/http_parse.h"

#include "tests/unit/transport/hostile.h"

/* What a server would answer to ${raw} given in pieces of ${step} bytes. */
static void
verdict(struct http_parser *p, struct bytes raw, size_t step, struct buf *out)
{
    bool over = false;

    buf_reset(out);
    http_parse_init(p);
    while (!over && raw.len) {
        struct bytes piece = bytes_upto(raw, step);

        raw = bytes_from(raw, piece.len);
        for (bool again = true; again && !over;) {
            switch (http_parse_push(p, &piece)) {
            case HTTP_MORE:
                again = false;
                break;
            case HTTP_HEAD:
                p->max_body = HOSTILE_BODY_MAX;
                break;
            case HTTP_DONE:
                buf_str(out, out->len ? " ok" : "ok");
                http_parse_next(p);
                again = piece.len > 0;
                break;
            case HTTP_ERROR:
                buf_printf(out, "%s%u", out->len ? " " : "", p->status);
                assert_non_null(p->why);
                assert_int_equal(http_parse_push(p, &piece), HTTP_ERROR);
                over = true;
                break;
            }
        }
    }
    if (!over && http_parse_started(p))
        buf_str(out, out->len ? " more" : "more");
    assert_non_null(buf_cstr(out));
    http_parse_fini(p);
}

static void
test_table(void **state)
{
    static const size_t steps[] = {1 << 20, 1, 2, 3, 7, 64, 1000};
    struct http_parser *p = calloc(1, sizeof(*p));
    FILE *f = fopen(TEST_ROOT "/tests/e2e/http-hostile.txt", "re");
    struct hostile row = {0};
    struct buf got = {0};
    unsigned refused = 0, rows = 0;

    (void)state;
    assert_non_null(p);
    assert_non_null(f);
    while (hostile_next(f, &row)) {
        rows++;
        refused += strcmp(row.verdict, "ok") != 0;
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            verdict(p, buf_view(&row.raw), steps[i], &got);
            if (strcmp(got.data, row.verdict) != 0)
                fail_msg("%s in pieces of %zu: \"%s\", not \"%s\" (%s)",
                         row.name, steps[i], got.data, row.verdict,
                         p->why ? p->why : "");
        }
    }
    (void)fclose(f);
    assert_true(rows >= 150 && refused >= 82);
    buf_free(&row.raw);
    buf_free(&got);
    free(p);
}

static void
test_views(void **state)
{
    static const char raw[] = "POST /a%20b/c?q=%41 HTTP/1.1\r\n"
                              "Host: h:1\r\n"
                              "Content-TYPE:  text/x; a=b \r\n"
                              "Transfer-Encoding: chunked\r\n"
                              "Connection: close\r\n\r\n"
                              "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nrest";
    struct http_parser *p = calloc(1, sizeof(*p));
    struct bytes in = bytes_of(raw, sizeof(raw) - 1);

    (void)state;
    assert_non_null(p);
    http_parse_init(p);
    assert_int_equal(http_parse_push(p, &in), HTTP_HEAD);
    assert_int_equal(p->method, HTTP_POST);
    assert_true(bytes_is(p->path, "/a b/c"));
    assert_true(bytes_is(p->query, "q=%41"));
    assert_true(bytes_is(http_parse_field(p, "content-type"), "text/x; a=b"));
    assert_int_equal(http_parse_field(p, "accept").len, 0);
    assert_int_equal(p->field_count, 4);
    assert_true(p->chunked);
    assert_false(p->keep_alive);
    p->max_body = 5;
    assert_int_equal(http_parse_push(p, &in), HTTP_DONE);
    assert_true(bytes_is(buf_view(&p->body), "abcde"));
    assert_true(bytes_is(in, "rest"));
    http_parse_fini(p);
    free(p);
}

/* Cut at every byte a request is never complete and never an error. */
static void
test_truncated(void **state)
{
    static const char raw[] = "POST /x HTTP/1.1\r\nHost: a\r\n"
                              "Content-Length: 4\r\n\r\nabcd";
    struct http_parser *p = calloc(1, sizeof(*p));
    struct buf got = {0};

    (void)state;
    assert_non_null(p);
    for (size_t n = 1; n < sizeof(raw) - 1; n++) {
        verdict(p, bytes_of(raw, n), 1 << 20, &got);
        assert_string_equal(got.data, "more");
    }
    buf_free(&got);
    free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_truncated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
