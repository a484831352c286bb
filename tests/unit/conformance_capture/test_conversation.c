/* SPDX-License-Identifier: Apache-2.0 */
/* Streams without packets: hostile lengths, limits, what is refused, flows
 * beyond the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/capture/internal.h"
#include "conformance/capture/tcp.h"

struct seen {
    struct capture_counts counts;
    struct buf text; /* the documents, each followed by '|'; "!" too long */
};

static void
take(void *ctx, const struct capture_document *d)
{
    struct seen *s = ctx;

    if (d->too_long)
        buf_char(&s->text, '!');
    buf_bytes(&s->text, d->text);
    buf_char(&s->text, '|');
}

#define DATA "POST /interconn/v1/data/alert HTTP/1.1\r\n"

static const struct {
    const char *name, *stream, *want;
    unsigned unknown, limits;
} rows[] = {
    {"no body", DATA "\r\n", "|", 0, 0},
    {"length 0", DATA "Content-Length: 0\r\n\r\n", "|", 0, 0},
    {"bare LF", "POST /x/data/alert HTTP/1.1\nContent-Length: 2\n\n{}", "{}|",
     0, 0},
    {"absolute form",
     "POST http://h/x/data/alert HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
     "{}|", 0, 0},
    {"lines",
     DATA "Content-Type: application/x-ndjson\r\nContent-Length: "
          "8\r\n\r\n{}\n\n[1]\n",
     "{}|[1]|", 0, 0},
    {"called gzip",
     DATA "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "{}|", 0, 0},
    {"two lengths", DATA "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "",
     1, 0},
    {"length no number", DATA "Content-Length: -2\r\n\r\n{}", "", 1, 0},
    {"length too great", DATA "Content-Length: 99999999999\r\n\r\n{}", "", 1,
     0},
    {"chunks",
     DATA "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n",
     "{}|", 0, 0},
    {"chunk no number",
     DATA "Transfer-Encoding: chunked\r\n\r\nzz\r\n{\r\n0\r\n\r\n", "", 1, 0},
    {"chunk of 9 digits",
     DATA "Transfer-Encoding: chunked\r\n\r\n100000000\r\n{\r\n", "", 1, 0},
    {"other path", "POST /x/command/a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
     "", 0, 0},
    {"command",
     "POST /x/command/a HTTP/1.1\r\nContent-Length: "
     "18\r\n\r\n{\"request_id\":\"a\"}",
     "{\"request_id\":\"a\"}|", 0, 0},
    {"path in the query",
     "POST /x?a=/data/b HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "", 0, 0},
    {"tunnel", "CONNECT a:443 HTTP/1.1\r\n\r\n", "", 1, 0},
    {"octets", "43 <14>1 2026-11-22T10:00:00Z h a p alert - {}", "{}|", 0, 0},
    {"octets, then none", "43 <14>1 2026-11-22T10:00:00Z h a p alert - {}x",
     "{}|", 1, 0},
    {"octets beyond", "99999999 <14>1 - - - - alert - {}", "!|", 0, 1},
    {"line without its end", "<14>1 - - - - alert - {}", "{}|", 0, 0},
    {"priority too great", "<192>1 - - - - alert - {}\n", "", 1, 0},
    {"priority no number", "<1a>1 - - - - alert - {}\n", "", 1, 0},
    {"structured data in quotes", "<14>1 - - - - alert [a b=\"]\\\"\"] {}\n",
     "{}|", 0, 0},
    {"structured data open", "<14>1 - - - - alert [a {}\n", "", 0, 0},
    {"too few words", "<14>1 - - {}\n", "", 0, 0},
    {"only text", "<14>1 - - - - - - hello\n", "", 0, 0},
    {"empty line", "<14>1 - - - - alert - {}\n\n\r\n", "{}|", 0, 0},
    {"nothing known", "SSH-2.0-OpenSSH\r\n", "", 1, 0},
};

/* ${step} bytes at a time, then the end. */
static void
run(const char *stream, size_t len, size_t step, struct seen *s)
{
    static const char *const names[2] = {"a>b", "b>a"};
    struct capture_sink sink = {
        .document = take, .ctx = s, .counts = &s->counts};
    struct conversation *c = conversation_new(&sink, names, false);

    assert_non_null(c);
    for (size_t i = 0; i < len; i += step)
        conversation_bytes(
            c, 0, bytes_of(stream + i, len - i < step ? len - i : step), i + 1);
    conversation_end(c, 0);
    conversation_bytes(c, 0, BYTES("after the end"), 1);
    conversation_free(c);
    assert_false(sink.nomem);
}

static void
test_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t step = 1; step < 200; step += 13) {
            struct seen s = {0};

            print_message("%s by %zu\n", rows[i].name, step);
            run(rows[i].stream, strlen(rows[i].stream), step, &s);
            buf_char(&s.text, '\0');
            assert_string_equal(s.text.data, rows[i].want);
            assert_int_equal(s.counts.unknown, rows[i].unknown);
            assert_int_equal(s.counts.limits, rows[i].limits);
            buf_free(&s.text);
        }
    }
}

/* A body beyond the limit is told, and what follows it is read. */
static void
test_too_long(void **state)
{
    struct seen s = {0};
    struct buf in = {0};

    (void)state;
    buf_printf(&in, DATA "Content-Length: %zu\r\n\r\n",
               CAPTURE_DOCUMENT_MAX + 1);
    for (size_t i = 0; i <= CAPTURE_DOCUMENT_MAX; i++)
        buf_char(&in, 'x');
    buf_str(&in, DATA "Content-Length: 2\r\n\r\n{}");
    run(in.data, in.len, 1 << 16, &s);
    buf_char(&s.text, '\0');
    assert_string_equal(s.text.data, "!|{}|");
    assert_int_equal(s.counts.limits, 1);
    buf_free(&s.text);
    buf_free(&in);
}

static void
test_head_too_long(void **state)
{
    struct seen s = {0};
    struct buf in = {0};

    (void)state;
    buf_str(&in, DATA);
    while (in.len < 2 * CAPTURE_HEAD_MAX)
        buf_str(&in, "X-A: b\r\n");
    run(in.data, in.len, 1000, &s);
    assert_int_equal(s.counts.limits, 1);
    assert_int_equal(s.text.len, 0);
    buf_free(&in);
}

static void
greet(struct buf *out)
{
    static const char ready[] = "\x04\x1a\x05READY\x0bSocket-Type\0\0\0\4PUSH";

    buf_add(out, "\xFF\0\0\0\0\0\0\0\0\x7F\3\0NULL", 16);
    for (int i = 0; i < 48; i++)
        buf_char(out, '\0');
    buf_add(out, ready, sizeof ready - 1);
}

static void
test_zmtp_too_long(void **state)
{
    struct seen s = {0};
    struct buf in = {0};

    (void)state;
    greet(&in);
    buf_add(&in, "\2\0\0\0\0\2\0\0\0", 9); /* 32 MiB */
    for (size_t i = 0; i < (size_t)32 << 20; i++)
        buf_char(&in, 'x');
    buf_add(&in, "\0\2{}", 4);
    run(in.data, in.len, 1 << 16, &s);
    buf_char(&s.text, '\0');
    assert_string_equal(s.text.data, "!|{}|");
    buf_free(&s.text);
    buf_free(&in);
}

static void
test_zmtp_malformed(void **state)
{
    static const char *const bad[] = {"\x40", "\2\xFF\xFF\xFF\xFF\xFF\xFF\xFF"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct seen s = {0};
        struct buf in = {0};

        greet(&in);
        buf_str(&in, bad[i]);
        buf_add(&in, "\xFF\xFF\xFF", 3);
        run(in.data, in.len, 5, &s);
        assert_int_equal(s.counts.unknown, 1);
        assert_int_equal(s.text.len, 0);
        buf_free(&in);
    }
}

/* More connections than the table holds: the oldest end, all are read. */
static void
test_many_flows(void **state)
{
    struct seen s = {0};
    struct capture_sink sink = {
        .document = take, .ctx = &s, .counts = &s.counts};
    struct tcp *t = tcp_new(&sink);
    const unsigned flows = TCP_FLOWS_MAX + 100;

    (void)state;
    assert_non_null(t);
    for (unsigned i = 0; i < flows; i++) {
        struct tcp_segment g = {.from = {.port = (uint16_t)i},
                                .sequence = 7,
                                .packet = i + 1,
                                .payload = BYTES("<14>1 - - - - alert - {}\n")};

        g.from.address[0] = (uint8_t)(i >> 16);
        tcp_take(t, &g);
    }
    assert_int_equal(s.counts.documents, flows);
    assert_int_equal(s.counts.limits, 100);
    tcp_free(t);
    buf_free(&s.text);
}

/* A hole that is never filled does not keep more than the limit. */
static void
test_hole(void **state)
{
    struct seen s = {0};
    struct capture_sink sink = {
        .document = take, .ctx = &s, .counts = &s.counts};
    struct tcp *t = tcp_new(&sink);
    struct tcp_segment g = {.sequence = 1, .payload = BYTES("<14>1 - - - - ")};

    (void)state;
    assert_non_null(t);
    tcp_take(t, &g);
    for (uint32_t i = 0; i <= TCP_SEGMENTS_MAX; i++) {
        g.sequence = 1000 + i * 25;
        g.payload = BYTES("<14>1 - - - - alert - {}\n");
        tcp_take(t, &g);
    }
    assert_int_equal(s.counts.gaps, 1);
    assert_int_equal(s.counts.documents, TCP_SEGMENTS_MAX + 1);
    tcp_free(t);
    buf_free(&s.text);
}

/* A line that a capture ends in is no message; one that a FIN ends is. */
static void
test_unfinished(void **state)
{
    (void)state;
    for (int fin = 0; fin < 2; fin++) {
        struct seen s = {0};
        struct capture_sink sink = {
            .document = take, .ctx = &s, .counts = &s.counts};
        struct tcp *t = tcp_new(&sink);
        const struct tcp_segment g = {
            .fin = fin, .payload = BYTES("<14>1 - - - - alert - {}")};

        assert_non_null(t);
        tcp_take(t, &g);
        tcp_free(t);
        assert_int_equal(s.counts.documents, fin);
        buf_free(&s.text);
    }
}

/* What is answered, by what was asked. */
static void
test_responses(void **state)
{
    static const struct {
        const char *request, *status, *body, *want;
    } cases[] = {
        {"POST /interconn/v1/command/block/ip", "200 OK", "{\"request_id\":1}",
         "{\"request_id\":1}|"},
        {"POST /interconn/v1/command/block/ip", "401 No", "{\"request_id\":1}",
         "{\"request_id\":1}|"},
        {"POST /interconn/v1/command/block/ip", "401 No", "{\"code\":2001}",
         ""},
        {"GET /interconn/v1/task/7", "200 OK", "{\"request_id\":1}",
         "{\"request_id\":1}|"},
        {"POST /interconn/v1/data/alert", "202 OK", "{\"accepted\":1}",
         "{\"accepted\":1}|"},
        {"POST /interconn/v1/data/alert", "202 OK", "", ""},
        {"POST /interconn/v1/data/alert", "400 No", "{\"code\":1002}", ""},
        {"GET /interconn/v1/data/alert", "200 OK", "{}", "{}|"},
        {"GET /interconn/v1/data/alert", "404 No", "{}", ""},
        {"HEAD /interconn/v1/command/x/y", "200 OK", "", ""},
        {"GET /index.html", "200 OK", "{\"request_id\":1}", ""},
    };
    static const char *const names[2] = {"a>b", "b>a"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen s = {0};
        struct capture_sink sink = {
            .document = take, .ctx = &s, .counts = &s.counts};
        struct conversation *c = conversation_new(&sink, names, false);
        struct buf b = {0};

        buf_printf(&b, "%s HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                   cases[i].request);
        conversation_bytes(c, 0, buf_view(&b), 1);
        buf_reset(&b);
        buf_reset(&s.text); /* an empty body that was posted */
        buf_printf(&b, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                   cases[i].status, strlen(cases[i].body), cases[i].body);
        conversation_bytes(c, 1, buf_view(&b), 2);
        conversation_free(c);
        if (!bytes_is(buf_view(&s.text), cases[i].want))
            fail_msg("row %zu: %s", i, buf_cstr(&s.text));
        buf_free(&b);
        buf_free(&s.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_head_too_long),
        cmocka_unit_test(test_zmtp_too_long),
        cmocka_unit_test(test_zmtp_malformed),
        cmocka_unit_test(test_many_flows),
        cmocka_unit_test(test_hole),
        cmocka_unit_test(test_unfinished),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
