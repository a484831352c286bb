/* SPDX-License-Identifier: Apache-2.0 */
/* Frames do not depend on how the stream was split, limits hold at and over
 * the edge, hostile octet counts break the stream, memory stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/codec/framer.h"

#define SHORT_LIMIT 8

struct row {
    const char *name;
    enum framer_kind kind;
    const char *in;
    size_t len; /* 0: strlen */
    /* Frames as "[data]start-end" with "!" when cut; "~" broken at the end;
     * "|" before frames of a final flush; NUL shows as "^". */
    const char *want;
};

static const struct row rows[] = {
    {"nothing", FRAMER_LINES, "", 0, ""},
    {"one line", FRAMER_LINES, "abc\n", 0, "[abc]0-4"},
    {"two lines", FRAMER_LINES, "a\nbc\n", 0, "[a]0-2[bc]2-5"},
    {"crlf", FRAMER_LINES, "a\r\nb\r\n", 0, "[a]0-3[b]3-6"},
    {"cr inside stays", FRAMER_LINES, "a\rb\n", 0, "[a\rb]0-4"},
    {"two cr, one stripped", FRAMER_LINES, "a\r\r\n", 0, "[a\r]0-4"},
    {"empty lines", FRAMER_LINES, "\n\r\na\n\n", 0, "[a]3-5"},
    {"nul is data", FRAMER_LINES, "a\0b\n", 4, "[a^b]0-4"},
    {"half line", FRAMER_LINES, "a\nbc", 0, "[a]0-2|[bc]2-4"},
    {"half line with cr", FRAMER_LINES, "bc\r", 0, "|[bc]0-3"},
    {"only a cr", FRAMER_LINES, "\r", 0, "|"},
    {"at the limit", FRAMER_LINES, "12345678\n", 0, "[12345678]0-9"},
    {"at the limit, crlf", FRAMER_LINES, "12345678\r\n", 0, "[12345678]0-10"},
    {"one over", FRAMER_LINES, "123456789\nab\n", 0,
     "[12345678]0-10![ab]10-13"},
    {"one over, crlf", FRAMER_LINES, "123456789\r\nab\n", 0,
     "[12345678]0-11![ab]11-14"},
    {"cr just over", FRAMER_LINES, "12345678\r9\n", 0, "[12345678]0-11!"},
    {"far over", FRAMER_LINES, "1234567890123456789012345\nab\n", 0,
     "[12345678]0-26![ab]26-29"},
    {"over, no end", FRAMER_LINES, "1234567890", 0, "|[12345678]0-10!"},
    {"lines may start with digits", FRAMER_LINES, "3 abc\n", 0, "[3 abc]0-6"},
    {"spaces stay", FRAMER_LINES, " a \n", 0, "[ a ]0-4"},

    {"counted", FRAMER_OCTETS, "3 abc", 0, "[abc]0-5"},
    {"counted twice", FRAMER_OCTETS, "3 abc2 de", 0, "[abc]0-5[de]5-9"},
    {"counted with lf inside", FRAMER_OCTETS, "3 a\nb", 0, "[a\nb]0-5"},
    {"counted lf stripped", FRAMER_OCTETS, "3 ab\n2 cd", 0, "[ab]0-5[cd]5-9"},
    {"counted crlf stripped", FRAMER_OCTETS, "4 ab\r\n2 cd", 0,
     "[ab]0-6[cd]6-10"},
    {"only a line end", FRAMER_OCTETS, "1 \n2 cd", 0, "[cd]3-7"},
    {"lf between", FRAMER_OCTETS, "2 ab\n2 cd\r\n1 e", 0,
     "[ab]0-4[cd]5-9[e]11-14"},
    {"counted at limit", FRAMER_OCTETS, "8 123456781 a", 0,
     "[12345678]0-10[a]10-13"},
    {"counted over limit", FRAMER_OCTETS, "9 1234567891 a", 0,
     "[12345678]0-11![a]11-14"},
    {"counted far over", FRAMER_OCTETS, "20 1234567890123456789x1 a", 0,
     "[12345678]0-23![a]23-26"},
    {"counted limit and lf", FRAMER_OCTETS, "9 12345678\n1 a", 0,
     "[12345678]0-11[a]11-14"},
    {"counted nul", FRAMER_OCTETS, "3 a\0b", 5, "[a^b]0-5"},
    {"half message", FRAMER_OCTETS, "5 ab", 0, "|[ab]0-4!"},
    {"half count", FRAMER_OCTETS, "5", 0, "|"},
    {"count without message", FRAMER_OCTETS, "5 ", 0, "|"},
    {"leading zero", FRAMER_OCTETS, "03 abc", 0, "~"},
    {"zero", FRAMER_OCTETS, "0 1 a", 0, "~"},
    {"zero after a frame", FRAMER_OCTETS, "1 a0 ", 0, "[a]0-3~"},
    {"seven digits", FRAMER_OCTETS, "1000000 ", 0, "|"},
    {"eight digits", FRAMER_OCTETS, "10000000 a", 0, "~"},
    {"many digits", FRAMER_OCTETS, "99999999999999999999999 a", 0, "~"},
    {"no digits", FRAMER_OCTETS, "<13>a", 0, "~"},
    {"sign", FRAMER_OCTETS, "-3 abc", 0, "~"},
    {"plus", FRAMER_OCTETS, "+3 abc", 0, "~"},
    {"space first", FRAMER_OCTETS, " 3 abc", 0, "~"},
    {"digits then other", FRAMER_OCTETS, "3:abc", 0, "~"},
    {"hexadecimal", FRAMER_OCTETS, "0x3 abc", 0, "~"},
    {"digits then lf", FRAMER_OCTETS, "3\nabc", 0, "~"},

    {"tcp lines", FRAMER_SYSLOG_TCP, "<1>a\n<2>b\n", 0, "[<1>a]0-5[<2>b]5-10"},
    {"tcp counted", FRAMER_SYSLOG_TCP, "4 <1>a4 <2>b", 0,
     "[<1>a]0-6[<2>b]6-12"},
    {"tcp mixed", FRAMER_SYSLOG_TCP, "4 <1>a<2>b\n4 <3>c", 0,
     "[<1>a]0-6[<2>b]6-11[<3>c]11-17"},
    {"tcp counted, lf after", FRAMER_SYSLOG_TCP, "4 <1>a\n4 <2>b\n", 0,
     "[<1>a]0-6[<2>b]7-13"},
    {"tcp line of a year", FRAMER_SYSLOG_TCP, "2018-05x\nb\n", 0,
     "[2018-05x]0-9[b]9-11"},
    {"tcp zero is a line", FRAMER_SYSLOG_TCP, "0 a\n", 0, "[0 a]0-4"},
    {"tcp eight digits", FRAMER_SYSLOG_TCP, "20131009\nb\n", 0,
     "[20131009]0-9[b]9-11"},
    {"tcp digits only", FRAMER_SYSLOG_TCP, "123\nb\n", 0, "[123]0-4[b]4-6"},
    {"tcp digits at end", FRAMER_SYSLOG_TCP, "123", 0, "|[123]0-3"},
    {"tcp half message", FRAMER_SYSLOG_TCP, "5 <1>", 0, "|[<1>]0-5!"},
    {"tcp half line", FRAMER_SYSLOG_TCP, "<1>ab", 0, "|[<1>ab]0-5"},
};

static void
put_frame(struct buf *out, const struct frame *f)
{
    buf_char(out, '[');
    for (size_t i = 0; i < f->data.len; i++)
        buf_char(out, f->data.data[i] ? f->data.data[i] : '^');
    buf_printf(out, "]%llu-%llu%s", (unsigned long long)f->start,
               (unsigned long long)f->end, f->cut ? "!" : "");
}

/* Run ${in} through a framer in pieces; next_size gives each piece's size. */
struct pieces {
    size_t first; /* size of the first piece */
    size_t other; /* size of each later one; 0: pseudo-random 1..5 */
    uint32_t seed;
};

static size_t
piece_size(struct pieces *p, size_t at)
{
    if (at == 0 && p->first != 0)
        return p->first;
    if (p->other != 0)
        return p->other;
    p->seed = p->seed * 1664525U + 1013904223U;
    return 1 + (p->seed >> 24) % 5;
}

static void
run(struct framer *f, struct bytes in, struct pieces p, struct buf *out)
{
    struct frame frame;

    for (size_t at = 0; at < in.len && !f->broken;) {
        size_t n = piece_size(&p, at);
        /* An exact copy, so that reading past it is caught. */
        struct bytes part = bytes_upto(bytes_from(in, at), n);
        char *copy = malloc(part.len);
        struct bytes rest = {copy, part.len};

        memcpy(copy, part.data, part.len);
        while (framer_next(f, &rest, &frame))
            put_frame(out, &frame);
        assert_true(rest.len == 0 || f->broken);
        at += part.len;
        free(copy);
    }
    if (f->broken)
        buf_char(out, '~');
    if (!f->broken && f->state != FRAMER_AT_START) {
        buf_char(out, '|');
        if (framer_flush(f, &frame))
            put_frame(out, &frame);
        assert_false(framer_flush(f, &frame));
    }
}

static struct bytes
row_input(const struct row *r)
{
    return bytes_of(r->in, r->len ? r->len : strlen(r->in));
}

static void
check(const struct row *r, struct pieces p)
{
    struct framer f;
    struct buf got = {0};
    struct bytes want = bytes_str(r->want);

    framer_init(&f, r->kind, SHORT_LIMIT, 0);
    run(&f, row_input(r), p, &got);
    if (!bytes_eq(buf_view(&got), want)) {
        print_error("%s, split %zu/%zu:\n  got  %.*s\n  want %.*s\n", r->name,
                    p.first, p.other, (int)got.len, got.data, (int)want.len,
                    want.data);
        fail();
    }
    assert_true(f.held.cap <= 2 * (SHORT_LIMIT + 1) + 256);
    buf_free(&got);
    framer_free(&f);
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i], (struct pieces){.other = SIZE_MAX});
}

static void
test_any_split_gives_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = row_input(&rows[i]).len;

        for (size_t cut = 1; cut <= n; cut++)
            check(&rows[i], (struct pieces){cut, SIZE_MAX, 0});
        for (size_t step = 1; step <= 5; step++)
            check(&rows[i], (struct pieces){0, step, 0});
        for (uint32_t seed = 1; seed <= 20; seed++)
            check(&rows[i], (struct pieces){0, 0, seed});
    }
}

/* Generated streams: counters and frames of one read equal those of many. */
static void
test_generated(void **state)
{
    static const char alphabet[] = "a\n\r19 0<\0";
    uint32_t x = 7;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char in[64];
        enum framer_kind kind = (enum framer_kind)(round % 3);
        struct framer whole, split;
        struct buf a = {0}, b = {0};

        for (size_t i = 0; i < sizeof in; i++) {
            x = x * 1664525U + 1013904223U;
            in[i] = alphabet[(x >> 20) % sizeof alphabet];
        }
        framer_init(&whole, kind, SHORT_LIMIT, 100);
        framer_init(&split, kind, SHORT_LIMIT, 100);
        run(&whole, bytes_of(in, sizeof in), (struct pieces){.other = SIZE_MAX},
            &a);
        run(&split, bytes_of(in, sizeof in), (struct pieces){.seed = x}, &b);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data ? a.data : "", b.data ? b.data : "", a.len);
        assert_int_equal(whole.frames, split.frames);
        assert_int_equal(whole.cut, split.cut);
        assert_int_equal(whole.empty, split.empty);
        assert_int_equal(whole.skipped, split.skipped);
        buf_free(&a);
        buf_free(&b);
        framer_free(&whole);
        framer_free(&split);
    }
}

static void
test_counters(void **state)
{
    struct framer f;
    struct frame frame;
    struct bytes in = BYTES("a\n\n123456789012\nb\n");

    (void)state;
    framer_init(&f, FRAMER_LINES, SHORT_LIMIT, 5);
    while (framer_next(&f, &in, &frame))
        ;
    assert_int_equal(f.frames, 3);
    assert_int_equal(f.cut, 1);
    assert_int_equal(f.empty, 1);
    assert_int_equal(f.skipped, 4);
    assert_int_equal(f.offset, 5 + 18);
    framer_free(&f);
}

static void
test_whole_frames_are_not_copied(void **state)
{
    struct framer f;
    struct frame frame;
    static const char text[] = "abc\n3 def";
    struct bytes in = bytes_of(text, sizeof text - 1);

    (void)state;
    framer_init(&f, FRAMER_SYSLOG_TCP, 0, 0);
    assert_true(framer_next(&f, &in, &frame));
    assert_ptr_equal(frame.data.data, text);
    assert_true(framer_next(&f, &in, &frame));
    assert_ptr_equal(frame.data.data, text + 6);
    framer_free(&f);
}

static void
test_huge_line_in_bounded_memory(void **state)
{
    static char block[1 << 16];
    struct framer f;
    struct frame frame;
    struct bytes in;
    size_t total = 0;

    (void)state;
    memset(block, 'x', sizeof block);
    framer_init(&f, FRAMER_LINES, 0, 0);
    for (; total < (size_t)100 << 20; total += sizeof block) {
        in = bytes_of(block, sizeof block);
        assert_false(framer_next(&f, &in, &frame));
        assert_true(f.held.cap <= 2 * FRAMER_MAX_FRAME);
    }
    in = BYTES("\nok\n");
    assert_true(framer_next(&f, &in, &frame));
    assert_true(frame.cut);
    assert_int_equal(frame.data.len, FRAMER_MAX_FRAME);
    assert_int_equal(frame.end, total + 1);
    assert_int_equal(f.skipped, total - FRAMER_MAX_FRAME);
    assert_true(framer_next(&f, &in, &frame));
    assert_true(bytes_is(frame.data, "ok"));
    assert_true(f.held.cap <= FRAMER_MAX_FRAME / 8);
    framer_free(&f);
}

static void
test_rest_of_a_flushed_frame_is_dropped(void **state)
{
    struct framer f;
    struct frame frame;
    struct bytes in = BYTES("123456789");

    (void)state;
    framer_init(&f, FRAMER_LINES, SHORT_LIMIT, 0);
    assert_false(framer_next(&f, &in, &frame));
    assert_true(framer_flush(&f, &frame));
    assert_true(frame.cut);
    assert_false(framer_pending(&f));
    in = BYTES("more\nb\n");
    assert_true(framer_next(&f, &in, &frame));
    assert_true(bytes_is(frame.data, "b"));
    assert_int_equal(frame.start, 14);
    framer_free(&f);

    framer_init(&f, FRAMER_OCTETS, SHORT_LIMIT, 0);
    in = BYTES("5 ab");
    assert_false(framer_next(&f, &in, &frame));
    assert_true(framer_flush(&f, &frame));
    in = BYTES("cde1 z");
    assert_true(framer_next(&f, &in, &frame));
    assert_true(bytes_is(frame.data, "z"));
    framer_free(&f);
}

static void
test_flushed_line_then_more(void **state)
{
    struct framer f;
    struct frame frame;
    struct bytes in = BYTES("ab");

    (void)state;
    framer_init(&f, FRAMER_LINES, SHORT_LIMIT, 0);
    assert_false(framer_next(&f, &in, &frame));
    assert_true(framer_flush(&f, &frame));
    assert_int_equal(frame.end, 2);
    in = BYTES("cd\n");
    assert_true(framer_next(&f, &in, &frame));
    assert_true(bytes_is(frame.data, "cd"));
    assert_int_equal(frame.start, 2);
    framer_free(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_any_split_gives_the_same),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_whole_frames_are_not_copied),
        cmocka_unit_test(test_huge_line_in_bounded_memory),
        cmocka_unit_test(test_rest_of_a_flushed_frame_is_dropped),
        cmocka_unit_test(test_flushed_line_then_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
