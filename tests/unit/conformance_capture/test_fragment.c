/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments in any order become their datagram; what overlaps, is malformed or
 * too much does not, and holds no memory for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/capture/capture.h"
#include "conformance/capture/fragment.h"

#define TEXT "0123456789abcdefghijklmnopq" /* 27 bytes */

struct part {
    unsigned offset, len;
    bool more;
};

static enum fragment_end
give(struct fragments *f, uint32_t id, struct part p, struct bytes *out)
{
    struct fragment g = {.id = id,
                         .protocol = 17,
                         .offset = p.offset,
                         .more = p.more,
                         .payload =
                             bytes_of(&(TEXT TEXT)[p.offset % 27], p.len)};
    unsigned protocol = 0;
    enum fragment_end end = fragments_take(f, &g, out, &protocol);

    if (end == FRAGMENT_WHOLE)
        assert_int_equal(protocol, 17);
    return end;
}

static void
test_orders(void **state)
{
    static const struct {
        const char *name;
        struct part part[6];
        enum fragment_end end; /* of the last part that is given */
    } rows[] = {
        {"in order",
         {{0, 8, true}, {8, 16, true}, {24, 3, false}},
         FRAGMENT_WHOLE},
        {"backwards",
         {{24, 3, false}, {8, 16, true}, {0, 8, true}},
         FRAGMENT_WHOLE},
        {"the middle last",
         {{0, 8, true}, {24, 3, false}, {8, 16, true}},
         FRAGMENT_WHOLE},
        {"one twice",
         {{0, 8, true}, {0, 8, true}, {8, 19, false}},
         FRAGMENT_WHOLE},
        {"a hole", {{0, 8, true}, {24, 3, false}}, FRAGMENT_WAITS},
        {"no end", {{0, 8, true}, {8, 16, true}}, FRAGMENT_WAITS},
        {"overlap", {{0, 16, true}, {8, 16, true}}, FRAGMENT_LOST},
        {"within another", {{0, 24, true}, {8, 8, true}}, FRAGMENT_LOST},
        {"behind the end", {{8, 8, false}, {16, 8, true}}, FRAGMENT_LOST},
        {"two ends", {{8, 8, false}, {16, 3, false}}, FRAGMENT_LOST},
        {"the end before what came",
         {{16, 8, true}, {8, 8, false}},
         FRAGMENT_LOST},
        {"no multiple of 8", {{0, 7, true}}, FRAGMENT_LOST},
        {"empty", {{0, 0, true}}, FRAGMENT_LOST},
        {"spoilt stays so",
         {{0, 16, true}, {8, 16, true}, {16, 11, false}},
         FRAGMENT_LOST},
        {"beyond 65,535", {{65528, 8, true}}, FRAGMENT_LOST},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fragments *f = fragments_new();
        enum fragment_end end = FRAGMENT_WAITS;
        struct bytes out = {0};

        assert_non_null(f);
        for (size_t k = 0; k < 6 && (k == 0 || rows[i].part[k].len > 0); k++)
            end = give(f, 7, rows[i].part[k], &out);
        if (end != rows[i].end)
            fail_msg("%s: %d", rows[i].name, end);
        if (end == FRAGMENT_WHOLE && !bytes_is(out, TEXT))
            fail_msg("%s: %.*s", rows[i].name, (int)out.len, out.data);
        fragments_free(f);
    }
}

/* Datagrams between each other; another identification is another datagram. */
static void
test_apart(void **state)
{
    struct fragments *f = fragments_new();
    struct bytes out;

    (void)state;
    assert_int_equal(give(f, 1, (struct part){0, 8, true}, &out),
                     FRAGMENT_WAITS);
    assert_int_equal(give(f, 2, (struct part){0, 8, true}, &out),
                     FRAGMENT_WAITS);
    assert_int_equal(give(f, 2, (struct part){8, 19, false}, &out),
                     FRAGMENT_WHOLE);
    assert_true(bytes_is(out, TEXT));
    assert_int_equal(fragments_held(f), 1);
    assert_int_equal(give(f, 1, (struct part){8, 19, false}, &out),
                     FRAGMENT_WHOLE);
    assert_int_equal(fragments_held(f), 0);
    fragments_free(f);
}

/* A flood of beginnings: the oldest give way, all are counted. */
static void
test_flood(void **state)
{
    struct fragments *f = fragments_new();
    struct bytes out;

    (void)state;
    for (uint32_t id = 0; id < 10 * FRAGMENT_OPEN_MAX; id++)
        assert_int_equal(give(f, id, (struct part){0, 8, true}, &out),
                         FRAGMENT_WAITS);
    assert_int_equal(fragments_held(f), 10 * FRAGMENT_OPEN_MAX);
    /* too many pieces of one */
    for (unsigned k = 0; k < FRAGMENT_PIECE_MAX; k++)
        assert_int_equal(give(f, 9999, (struct part){k * 8, 8, true}, &out),
                         FRAGMENT_WAITS);
    assert_int_equal(
        give(f, 9999, (struct part){FRAGMENT_PIECE_MAX * 8, 8, true}, &out),
        FRAGMENT_LOST);
    fragments_free(f);
}

/* ---- in a capture: a syslog datagram in two fragments */

#define MESSAGE "<13>1 2026-11-22T10:00:00Z h a - alert - {\"n\":1}" /* 50 */
#define CUT     24 /* of the UDP datagram, a multiple of 8 */

static void
put16(struct buf *b, unsigned v)
{
    buf_char(b, (char)(v >> 8));
    buf_char(b, (char)v);
}

/* The fragment of the UDP datagram ${udp} from ${from} on, as a pcap record. */
static void
put_part(struct buf *file, struct bytes udp, size_t from, size_t to, bool v6)
{
    struct bytes part = bytes_upto(bytes_from(udp, from), to - from);
    bool more = to < udp.len;
    struct buf ip = {0};
    char zero[16] = {0};

    if (v6) {
        buf_add(&ip, "\x60\0\0\0", 4);
        put16(&ip, (unsigned)(8 + part.len));
        buf_add(&ip, "\x2c\x40", 2); /* a fragment header follows */
        buf_add(&ip, zero, 15);
        buf_char(&ip, 1);
        buf_add(&ip, zero, 15);
        buf_char(&ip, 2);
        buf_add(&ip, "\x11\0", 2); /* UDP */
        put16(&ip, (unsigned)from | more);
        buf_add(&ip, "\0\0\0\x09", 4);
    } else {
        buf_add(&ip, "\x45\0", 2);
        put16(&ip, (unsigned)(20 + part.len));
        put16(&ip, 9);
        put16(&ip, (unsigned)(from / 8) | (more ? 0x2000u : 0u));
        buf_add(&ip, "\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2", 12);
    }
    buf_bytes(&ip, part);
    buf_add(file, zero, 8); /* time */
    for (int i = 0; i < 2; i++) {
        put16(file, 0);
        put16(file, (unsigned)ip.len);
    }
    buf_bytes(file, buf_view(&ip));
    buf_free(&ip);
}

static void
take(void *ctx, const struct capture_document *d)
{
    buf_bytes(ctx, d->text);
}

static void
test_capture(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) { /* IPv4, IPv6; whole, with one missing */
        struct capture_counts counts = {0};
        struct buf file = {0}, udp = {0}, got = {0};
        struct capture_sink sink = {
            .document = take, .ctx = &got, .counts = &counts};
        struct err err;
        struct capture *c = capture_new(CAPTURE_PCAP, &sink, &err);

        buf_add(&file,
                "\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\0"
                "\xff\xff\0\0\0\x65",
                24);
        put16(&udp, 4000);
        put16(&udp, 514);
        put16(&udp, 8 + sizeof MESSAGE - 1);
        put16(&udp, 0);
        buf_str(&udp, MESSAGE);
        put_part(&file, buf_view(&udp), CUT, udp.len, i & 1);
        if (i < 2)
            put_part(&file, buf_view(&udp), 0, CUT, i & 1);
        assert_int_equal(capture_feed(c, buf_view(&file), &err), ERR_OK);
        assert_int_equal(capture_end(c, &err), ERR_OK);
        capture_free(c);
        assert_string_equal(buf_cstr(&got), i < 2 ? "{\"n\":1}" : "");
        assert_int_equal(counts.fragments, i < 2 ? 0 : 1);
        assert_int_equal(counts.foreign, 0);
        buf_free(&file);
        buf_free(&udp);
        buf_free(&got);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_capture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
