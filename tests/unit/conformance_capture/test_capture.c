/* SPDX-License-Identifier: Apache-2.0 */
/* Whole capture files (make-fixtures.py) through the readers: what documents
 * come out, whole, byte by byte, and cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/capture/capture.h"

struct seen {
    struct capture_counts counts;
    char ids[64];       /* the digit of each document's alert_id; '?': none */
    char interface[16]; /* of the last document */
    char place[CAPTURE_PLACE_MAX]; /* of the first */
    size_t n;
};

static void
take(void *ctx, const struct capture_document *d)
{
    struct seen *s = ctx;
    const char *mark = "\"alert_id\":\"cap-";
    size_t n = strlen(mark);
    char id = '?';

    for (size_t i = 0; i + n < d->text.len; i++) {
        if (memcmp(d->text.data + i, mark, n) == 0)
            id = d->text.data[i + n];
    }
    if (s->n == 0)
        (void)snprintf(s->place, sizeof s->place, "%s", d->place);
    if (s->n < sizeof s->ids - 1)
        s->ids[s->n++] = id;
    (void)snprintf(s->interface, sizeof s->interface, "%s", d->interface);
}

static char *
load(const char *name, size_t *len)
{
    char path[512];
    FILE *f;
    char *data = malloc(1 << 20);

    (void)snprintf(path, sizeof path,
                   TEST_ROOT "/tests/unit/conformance_capture/fixtures/%s",
                   name);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_non_null(data);
    *len = fread(data, 1, 1 << 20, f);
    (void)fclose(f);
    return data;
}

/* Feeds ${len} bytes in pieces of ${step}. */
static enum err_code
feed(const char *data, size_t len, size_t step, struct seen *s)
{
    struct capture_sink sink = {
        .document = take, .ctx = s, .counts = &s->counts};
    struct bytes rest = bytes_of(data, len);
    struct err err = {0};
    struct capture *c;
    enum capture_kind kind = capture_recognise(rest);
    enum err_code code = ERR_OK;

    memset(s, 0, sizeof *s);
    if (kind == CAPTURE_NONE)
        return ERR_SYNTAX;
    c = capture_new(kind, &sink, &err);
    assert_non_null(c);
    while (rest.len > 0 && code == ERR_OK) {
        code = capture_feed(c, bytes_upto(rest, step), &err);
        rest = bytes_from(rest, step);
    }
    if (code == ERR_OK)
        code = capture_end(c, &err);
    capture_free(c);
    assert_false(sink.nomem);
    assert_int_equal(s->counts.documents, s->n);
    return code;
}

static const struct {
    const char *file, *ids, *interface;
    unsigned ignored, unknown, encrypted, gaps;
} files[] = {
    {"link-null.pcap", "1", "http", 1, 0, 0, 0},
    {"link-ethernet.pcap", "1", "http", 1, 0, 0, 0},
    {"link-vlan.pcap", "1", "http", 1, 0, 0, 0},
    {"link-raw.pcap", "1", "http", 1, 0, 0, 0},
    {"link-loop.pcap", "1", "http", 1, 0, 0, 0},
    {"link-sll.pcap", "1", "http", 1, 0, 0, 0},
    {"link-sll2.pcap", "1", "http", 1, 0, 0, 0},
    {"ipv6.pcap", "1", "http", 1, 0, 0, 0},
    {"ng-enhanced.pcapng", "1", "http", 1, 0, 0, 0},
    {"ng-simple-big.pcapng", "1", "http", 1, 0, 0, 0},
    {"http.pcap", "1234", "http", 8, 0, 0, 0},
    {"disorder.pcap", "1234", "http", 8, 0, 0, 0},
    {"again.pcap", "1234", "http", 8, 0, 0, 0},
    {"overlap.pcap", "12", "http", 0, 0, 0, 0},
    {"gap.pcap", "2", "http", 0, 0, 0, 1},
    {"snaplen.pcap", "", "", 0, 0, 0, 1},
    {"reuse.pcap", "12", "http", 0, 0, 0, 0},
    {"syslog-lf.pcap", "12", "syslog-tcp", 1, 0, 0, 0},
    {"syslog-octets.pcap", "1?3", "syslog-tcp", 0, 0, 0, 0},
    {"syslog-udp.pcap", "12", "syslog-udp", 1, 1, 0, 0},
    {"zeromq.pcap", "12", "zeromq", 2, 0, 0, 0},
    {"zeromq-pub.pcap", "1", "zeromq", 1, 0, 0, 0},
    {"encrypted.pcap", "", "", 0, 0, 2, 0},
    {"foreign.pcap", "", "", 0, 1, 0, 0},
    {"archive.har", "12", "har", 1, 0, 0, 0},
};

#define FILES (sizeof files / sizeof files[0])

static void
test_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        static const size_t steps[] = {1 << 20, 1, 7, 1000};
        size_t len;
        char *data = load(files[i].file, &len);

        for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
            struct seen s;

            print_message("%s in pieces of %zu\n", files[i].file, steps[k]);
            assert_int_equal(feed(data, len, steps[k], &s), ERR_OK);
            assert_string_equal(s.ids, files[i].ids);
            assert_string_equal(s.interface, files[i].interface);
            assert_int_equal(s.counts.ignored, files[i].ignored);
            assert_int_equal(s.counts.unknown, files[i].unknown);
            assert_int_equal(s.counts.encrypted, files[i].encrypted);
            assert_int_equal(s.counts.gaps, files[i].gaps);
            assert_int_equal(s.counts.limits, 0);
        }
        free(data);
    }
}

/* However short the file is: no document that the whole one does not have.
 * Every length of the headers, then every fifth: each opens a
 * capture anew, which is slow under a sanitizer. */
static void
test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        size_t len;
        char *data = load(files[i].file, &len);
        bool har = strstr(files[i].file, ".har") != NULL;

        for (size_t n = 0; n < len; n += n < 300 ? 1 : 5) {
            char *copy = malloc(n + 1); /* a read beyond is seen by ASan */
            struct seen s;
            enum err_code code;

            memcpy(copy, data, n);
            code = feed(copy, n, n + 1, &s);
            free(copy);
            assert_true(code == ERR_OK || code == ERR_CORRUPT ||
                        code == ERR_SYNTAX);
            if (!har && files[i].gaps == 0)
                assert_memory_equal(s.ids, files[i].ids, s.n);
        }
        free(data);
    }
}

static void
test_places(void **state)
{
    static const struct {
        const char *file, *place;
    } rows[] = {
        {"link-raw.pcap", "packet 3, 192.0.2.1:40000>192.0.2.2:8080, byte 104"},
        {"ipv6.pcap",
         "packet 3, [2001:db8::1]:40000>[2001:db8::2]:8080, byte 104"},
        {"syslog-udp.pcap", "packet 1, 192.0.2.1:40000>192.0.2.2:514"},
        {"archive.har", "entry 1, body of https://a/interconn/v1/data/alert"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len;
        char *data = load(rows[i].file, &len);
        struct seen s;

        assert_int_equal(feed(data, len, len, &s), ERR_OK);
        assert_string_equal(s.place, rows[i].place);
        free(data);
    }
}

static void
put32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> 8 * i);
}

/* Sizes that lie, in a header that is otherwise right. */
static void
test_malformed(void **state)
{
    static const struct {
        const char *name, *file;
        size_t at;
        uint32_t value;
        enum err_code want;
    } rows[] = {
        {"huge packet", "link-null.pcap", 32, 0x7FFFFFFF, ERR_LIMIT},
        {"link type unknown", "link-null.pcap", 20, 9999, ERR_UNSUPPORTED},
        {"block of 0 bytes", "ng-enhanced.pcapng", 32, 0, ERR_CORRUPT},
        {"block of 13 bytes", "ng-enhanced.pcapng", 32, 13, ERR_CORRUPT},
        {"block too long", "ng-enhanced.pcapng", 32, 1 << 22, ERR_LIMIT},
        {"block ends otherwise", "ng-enhanced.pcapng", 44, 24, ERR_CORRUPT},
        {"no order of bytes", "ng-enhanced.pcapng", 8, 0, ERR_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len;
        char *data = load(rows[i].file, &len);
        struct seen s;

        print_message("%s\n", rows[i].name);
        put32(data + rows[i].at, rows[i].value);
        assert_int_equal(feed(data, len, len, &s), rows[i].want);
        free(data);
    }
}

static void
test_recognise(void **state)
{
    static const struct {
        const char *text;
        enum capture_kind want;
    } rows[] = {
        {"", CAPTURE_NONE},
        {"{\"info_type\":\"alert\"}", CAPTURE_NONE},
        {"{\"log\":{\"version\"", CAPTURE_HAR},
        {"\xEF\xBB\xBF {\n \"log\" : {", CAPTURE_HAR},
        {"{\"log\":\"text\"}", CAPTURE_NONE},
        {"{\"log\"", CAPTURE_NONE},
        {"\xD4\xC3\xB2\xA1", CAPTURE_PCAP},
        {"\xA1\xB2\xC3\xD4", CAPTURE_PCAP},
        {"\x4D\x3C\xB2\xA1", CAPTURE_PCAP},
        {"\xD4\xC3\xB2", CAPTURE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(capture_recognise(bytes_str(rows[i].text)),
                         rows[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_places),    cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_recognise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
