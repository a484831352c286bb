/* SPDX-License-Identifier: Apache-2.0 */
/* The strict reader of responses: what is whole, what wants more, what is bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/wire/reply.h"

struct row {
    const char *in;
    bool closed, head;
    enum reply_state state;
    unsigned status;
    const char *body; /* DONE: its body */
    size_t rest;      /* DONE: bytes behind it */
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct row rows[] = {
    /* lengths */
    {OK "Content-Length: 3\r\n\r\nabc", false, false, REPLY_DONE, 200, "abc",
     0},
    {OK "Content-Length: 3\r\n\r\nabcX", false, false, REPLY_DONE, 200, "abc",
     1},
    {OK "Content-Length: 0\r\n\r\n", false, false, REPLY_DONE, 200, "", 0},
    {OK "content-LENGTH:3\r\n\r\nabc", false, false, REPLY_DONE, 200, "abc", 0},
    {OK "Content-Length: 3\r\n\r\nab", false, false, REPLY_MORE, 200, NULL, 0},
    {OK "Content-Length: 3\r\n\r\nab", true, false, REPLY_BAD, 200, NULL, 0},
    {OK "Content-Length: -3\r\n\r\nabc", false, false, REPLY_BAD, 200, NULL, 0},
    {OK "Content-Length: 3, 3\r\n\r\nabc", false, false, REPLY_BAD, 200, NULL,
     0},
    {OK "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", false, false,
     REPLY_BAD, 200, NULL, 0},
    {OK "Content-Length: 99999999999999999999\r\n\r\n", false, false, REPLY_BAD,
     200, NULL, 0},
    /* until the end of the connection */
    {OK "\r\nabc", false, false, REPLY_MORE, 200, NULL, 0},
    {OK "\r\nabc", true, false, REPLY_DONE, 200, "abc", 0},
    {OK "\r\n", true, false, REPLY_DONE, 200, "", 0},
    /* chunks */
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", false, false,
     REPLY_DONE, 200, "abc", 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: "
        "b\r\n\r\nZ",
     false, false, REPLY_DONE, 200, "abcde", 1},
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false, false,
     REPLY_MORE, 200, NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX0\r\n\r\n", false, false,
     REPLY_BAD, 200, NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, false, REPLY_BAD,
     200, NULL, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n", false, false,
     REPLY_BAD, 200, NULL, 0},
    {OK "Transfer-Encoding: gzip\r\n\r\n", false, false, REPLY_BAD, 200, NULL,
     0},
    {OK "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", false, false,
     REPLY_BAD, 200, NULL, 0},
    /* no body */
    {"HTTP/1.1 204 No Content\r\n\r\nX", false, false, REPLY_DONE, 204, "", 1},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, false,
     REPLY_BAD, 204, NULL, 0},
    {"HTTP/1.1 304 \r\nContent-Length: 9\r\n\r\n", false, false, REPLY_DONE,
     304, "", 0},
    {"HTTP/1.1 100 Continue\r\n\r\n", false, false, REPLY_DONE, 100, "", 0},
    {OK "Content-Length: 3\r\n\r\n", false, true, REPLY_DONE, 200, "", 0},
    /* status line */
    {"", false, false, REPLY_MORE, 0, NULL, 0},
    {"HTTP/1", false, false, REPLY_MORE, 0, NULL, 0},
    {"HTTP/1.1 200", false, false, REPLY_MORE, 0, NULL, 0},
    {"HTTP/2 200 OK\r\n\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    {"HTTP/1.1 200\r\n\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    {"HTTP/1.1 099 No\r\n\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    {"HTTP/1.1 600 No\r\n\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    {"HTTP/1.1 2x0 OK\r\n\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    {"http/1.1 200 OK\r\n\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    {"<html>", false, false, REPLY_BAD, 0, NULL, 0},
    {"\r\n" OK "\r\n", false, false, REPLY_BAD, 0, NULL, 0},
    /* header lines */
    {OK "Name : x\r\n\r\n", true, false, REPLY_BAD, 200, NULL, 0},
    {OK "nocolon\r\n\r\n", true, false, REPLY_BAD, 200, NULL, 0},
    {OK "A: b\r\n folded\r\n\r\n", true, false, REPLY_BAD, 200, NULL, 0},
    {OK "A: b\001c\r\n\r\n", true, false, REPLY_BAD, 200, NULL, 0},
    {OK ": x\r\n\r\n", true, false, REPLY_BAD, 200, NULL, 0},
};

static void
test_rows(void **state)
{
    struct reply r = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *w = &rows[i];
        struct bytes in = bytes_str(w->in);
        enum reply_state got = reply_read(in, w->closed, w->head, &r);

        if (got != w->state)
            fail_msg("row %zu: state %d, not %d (%s): %s", i, (int)got,
                     (int)w->state, r.why ? r.why : "", w->in);
        if (w->state == REPLY_BAD)
            assert_non_null(r.why);
        if (w->state != REPLY_DONE)
            continue;
        assert_int_equal(r.status, w->status);
        assert_true(bytes_is(buf_view(&r.body), w->body));
        assert_int_equal(in.len - r.used, w->rest);
    }
    reply_free(&r);
}

/* Whatever is cut off a whole response, the rest wants more: never done early,
 * never bad. */
static void
test_prefixes(void **state)
{
    static const char *const whole[] = {
        OK "Content-Length: 3\r\n\r\nabc",
        OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"};
    struct reply r = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 0; n < strlen(whole[i]); n++)
            assert_int_equal(
                reply_read(bytes_of(whole[i], n), false, false, &r),
                REPLY_MORE);
    }
    reply_free(&r);
}

static void
test_keeps(void **state)
{
    static const struct {
        const char *in;
        bool keeps;
    } cases[] = {
        {OK "Content-Length: 0\r\n\r\n", true},
        {OK "Content-Length: 0\r\nConnection: close\r\n\r\n", false},
        {OK "Content-Length: 0\r\nConnection: x, CLOSE\r\n\r\n", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
         true},
        {OK "\r\n", false}};
    struct reply r = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(reply_read(bytes_str(cases[i].in), true, false, &r),
                         REPLY_DONE);
        assert_int_equal(r.keeps, cases[i].keeps);
    }
    reply_free(&r);
}

static void
test_limits(void **state)
{
    struct buf in = {0};
    struct reply r = {0};

    (void)state;
    buf_str(&in, OK);
    while (in.len < REPLY_HEAD_MAX + 1000)
        buf_str(
            &in,
            "A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    assert_int_equal(reply_read(buf_view(&in), false, false, &r), REPLY_BAD);
    buf_reset(&in);
    buf_str(&in, OK "A: ");
    while (in.len < REPLY_HEAD_MAX + 1000)
        buf_str(&in, "aaaaaaaaaaaaaaaa");
    assert_int_equal(reply_read(buf_view(&in), false, false, &r), REPLY_BAD);
    reply_free(&r);
    buf_free(&in);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_keeps), cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
