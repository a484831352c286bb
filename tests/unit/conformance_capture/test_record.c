/* SPDX-License-Identifier: Apache-2.0 */
/* What is recorded is read again: by the reader of captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "conformance/capture/capture.h"
#include "conformance/capture/record.h"

struct seen {
    struct capture_counts counts;
    struct buf text;
    char place[CAPTURE_PLACE_MAX], interface[16];
};

static void
take(void *ctx, const struct capture_document *d)
{
    struct seen *s = ctx;

    buf_bytes(&s->text, d->text);
    buf_char(&s->text, '\n');
    (void)snprintf(s->place, sizeof s->place, "%s", d->place);
    (void)snprintf(s->interface, sizeof s->interface, "%s", d->interface);
}

static struct sockaddr_storage
end(const char *host, unsigned port)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in *four = (void *)&a;
    struct sockaddr_in6 *six = (void *)&a;

    if (strchr(host, ':') != NULL) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)port);
        assert_int_equal(inet_pton(AF_INET6, host, &six->sin6_addr), 1);
    } else {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        assert_int_equal(inet_pton(AF_INET, host, &four->sin_addr), 1);
    }
    return a;
}

static void
read_back(const struct buf *file, struct seen *s)
{
    struct capture_sink sink = {
        .document = take, .ctx = s, .counts = &s->counts};
    struct err err = {0};
    struct capture *c;

    assert_int_equal(capture_recognise(buf_view(file)), CAPTURE_PCAPNG);
    c = capture_new(CAPTURE_PCAPNG, &sink, &err);
    assert_non_null(c);
    assert_int_equal(capture_feed(c, buf_view(file), &err), ERR_OK);
    assert_int_equal(capture_end(c, &err), ERR_OK);
    capture_free(c);
}

static const struct {
    const char *name, *from, *to, *place;
    bool udp;
} rows[] = {
    {"IPv4", "10.0.0.1", "10.0.0.2", "10.0.0.1:4000>10.0.0.2:514", false},
    {"IPv6", "fd00::1", "fd00::2", "[fd00::1]:4000>[fd00::2]:514", false},
    {"mixed", "10.0.0.1", "fd00::2", "[::ffff:10.0.0.1]:4000>[fd00::2]:514",
     false},
    {"UDP", "10.0.0.1", "10.0.0.2", "10.0.0.1:4000>10.0.0.2:514", true},
    {"UDP over IPv6", "fd00::1", "fd00::2", "[fd00::1]:4000>[fd00::2]:514",
     true},
};

static void
test_read_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sockaddr_storage from = end(rows[i].from, 4000),
                                to = end(rows[i].to, 514);
        struct record_frame f = {.from = &from,
                                 .to = &to,
                                 .udp = rows[i].udp,
                                 .flags = RECORD_SYN,
                                 .sequence = 7};
        struct buf file = {0};
        struct seen s = {0};

        record_begin(&file);
        if (!rows[i].udp)
            record_frame(&file, &f);
        f.flags = RECORD_ACK;
        f.sequence = 8;
        f.payload =
            BYTES("<13>1 2026-11-22T10:00:00Z h a - alert - {\"n\":1}\n");
        record_frame(&file, &f);
        assert_true(buf_ok(&file));
        assert_int_equal(file.len % 4, 0);
        read_back(&file, &s);
        if (strcmp(buf_cstr(&s.text),
                   rows[i].udp ? "{\"n\":1}\n\n" : "{\"n\":1}\n") != 0 &&
            strcmp(buf_cstr(&s.text), "{\"n\":1}\n") != 0)
            fail_msg("%s: %s", rows[i].name, buf_cstr(&s.text));
        if (strstr(s.place, rows[i].place) == NULL)
            fail_msg("%s: %s", rows[i].name, s.place);
        assert_int_equal(s.counts.foreign, 0);
        buf_free(&file);
        buf_free(&s.text);
    }
}

/* The sums of a known packet (worked out by hand from RFC 1071): all of its words
 * with the pseudo-header add up to 0xFFFF. */
static void
test_checksums(void **state)
{
    struct sockaddr_storage from = end("192.0.2.1", 1234),
                            to = end("192.0.2.2", 80);
    struct record_frame f = {.from = &from,
                             .to = &to,
                             .flags = RECORD_ACK,
                             .sequence = 1,
                             .payload = BYTES("odd")};
    struct buf file = {0}, frame = {0};
    const unsigned char *p;
    uint32_t ip = 0, tcp = 6 + 23;

    (void)state;
    record_begin(&file);
    record_frame(&frame, &f);
    p = (const unsigned char *)frame.data + 28;
    for (size_t i = 0; i < 20; i += 2)
        ip += (uint32_t)p[i] << 8 | p[i + 1];
    for (size_t i = 12; i < 43; i += 2)
        tcp += (uint32_t)p[i] << 8 | (i + 1 < 43 ? p[i + 1] : 0u);
    assert_int_equal((ip & 0xFFFF) + (ip >> 16), 0xFFFF);
    assert_int_equal((tcp & 0xFFFF) + (tcp >> 16), 0xFFFF);
    buf_free(&file);
    buf_free(&frame);
}

static void
test_too_long_is_cut(void **state)
{
    struct sockaddr_storage a = end("192.0.2.1", 1), b = end("192.0.2.2", 2);
    char *big = calloc(1, 70000);
    struct record_frame f = {
        .from = &a, .to = &b, .payload = bytes_of(big, 70000)};
    struct buf out = {0};

    (void)state;
    record_frame(&out, &f);
    assert_int_equal(out.len, 32 + 40 + RECORD_PAYLOAD_MAX);
    buf_free(&out);
    free(big);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_again),
        cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_too_long_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
