/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of syslog: every rule broken alone, and what is clean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conformance/wire/syslog_read.h"
#include "formats/base/buf.h"

#define T    "2026-11-22T10:00:00.123456+08:00"
#define HEAD "<134>1 " T " h a p alert "
#define BOM  "\xEF\xBB\xBF"

static const struct {
    const char *in, *faults; /* names with a space behind each */
} rows[] = {
    {HEAD "-", ""},
    {HEAD "- " BOM "{\"a\":\"\xE4\xB8\xAD\"}", ""},
    {HEAD "- plain", ""},
    {HEAD "[a@1 b=\"c\"][origin ip=\"1\" software=\"x\\]\\\"\\\\\"] m", ""},
    {"<0>1 - - - - - -", ""},
    {"<191>1 2026-02-28T23:59:59Z h a p m -", ""},
    {"", "empty "},
    {"134>1 " T " h a p m -", "pri_form version "},
    {"<x>1 " T " h a p m -", "pri_form "},
    {"<>1 " T " h a p m -", "pri_form "},
    {"<192>1 " T " h a p m -", "pri_range "},
    {"<999>1 " T " h a p m -", "pri_range "},
    {"<1340>1 " T " h a p m -", "pri_form "},
    {"<013>1 " T " h a p m -", "pri_zero "},
    {"<134>2 " T " h a p m -", "version "},
    {"<134> " T " h a p m -", "version header "},
    {"<134>1  h a p m -", "header time_form "},
    {"<134>1 Nov 22 10:00:00 h a p", "header time_form sd_form "},
    {"<134>1 2026-11-22 h a p m -", "time_form "},
    {"<134>1 20261122T100000Z h a p m -", "time_form "},
    {"<134>1 2026-11-22_10:00:00Z h a p m -", "time_form "},
    {"<134>1 2026-11-22T10:00:00 h a p m -", "time_zone "},
    {"<134>1 2026-11-22T10:00:00+0800 h a p m -", "time_zone "},
    {"<134>1 2026-11-22T10:00:00.1234567Z h a p m -", "time_frac "},
    {"<134>1 2026-11-22T10:00:00.Z h a p m -", "time_frac "},
    {"<134>1 2026-11-22t10:00:00Z h a p m -", "time_case "},
    {"<134>1 2026-11-22T10:00:00z h a p m -", "time_case "},
    {"<134>1 2026-12-31T23:59:60Z h a p m -", "time_leap "},
    {"<134>1 2026-02-29T10:00:00Z h a p m -", "time_range "},
    {"<134>1 2026-11-22T24:00:00Z h a p m -", "time_range "},
    {"<134>1 2026-13-22T10:00:00Z h a p m -", "time_range "},
    {"<134>1 " T " h\xC3\xA9 a p m -", "host_char "},
    {"<134>1 " T " h a\x01 p m -", "app_char "},
    {"<134>1 " T " h 123456789012345678901234567890123456789012345678 p m -",
     ""},
    {"<134>1 " T " h 1234567890123456789012345678901234567890123456789 p m -",
     "app_long "},
    {"<134>1 " T " h a p\x7F m -", "proc_char "},
    {"<134>1 " T " h a p m\xFF -", "id_char "},
    {"<134>1 " T " h a p 123456789012345678901234567890123 -", "id_long "},
    {HEAD, "header "},
    {HEAD "x", "header sd_form "},
    {HEAD "[a@1 b=c]", "sd_form "},
    {HEAD "[a@1 b=\"c]", "sd_form sd_escape "},
    {HEAD "[a@1  b=\"c\"]", "sd_form sd_name "},
    {HEAD "[]", "sd_name sd_private "},
    {HEAD "[a=@1]", "sd_form sd_private "},
    {HEAD "[123456789012345678901234567890@12]", "sd_name "},
    {HEAD "[mine b=\"c\"]", "sd_private "},
    {HEAD "[mine@x b=\"c\"]", "sd_private "},
    {HEAD "[a@1][a@1]", "sd_twice "},
    {HEAD "[a@1 b=\"c\"d\"]", "sd_escape "},
    {HEAD "[a@1 b=\"c]d\"]", "sd_escape "},
    {HEAD "[a@1 b=\"\xFF\"]", "sd_utf8 "},
    {HEAD "[a@1]{}", "msg_space "},
    {HEAD "- {\"a\":\"\xE4\xB8\xAD\"}", "msg_bom "},
    {HEAD "- " BOM "\xE4\xB8", "msg_utf8 "},
    {HEAD "- " BOM "{\n}", "msg_control "},
};

static void
names(uint64_t faults, struct buf *out)
{
    buf_reset(out);
    for (int i = 0; i < SYSLOG_FAULT_MAX; i++) {
        if (faults & (UINT64_C(1) << i))
            buf_printf(out, "%s ", syslog_fault_table[i].name);
    }
    assert_non_null(buf_cstr(out));
}

static void
test_messages(void **state)
{
    struct syslog_message m;
    struct buf got = {0};
    uint64_t seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        syslog_read(bytes_str(rows[i].in), &m);
        names(m.faults, &got);
        seen |= m.faults;
        if (strcmp(got.data, rows[i].faults) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].in, got.data,
                     rows[i].faults);
        for (int k = 0; k < SYSLOG_FAULT_MAX; k++)
            assert_true(m.fault_at[k] <= strlen(rows[i].in));
    }
    for (int k = 0; k < SYSLOG_FAULT_COUNT_FORM; k++) {
        if (k != SYSLOG_FAULT_HOST_LONG && k != SYSLOG_FAULT_PROC_LONG)
            assert_true(seen & (UINT64_C(1) << k));
    }
    buf_free(&got);
}

static void
test_long(void **state)
{
    static const struct {
        const char *form;
        int most;
        enum syslog_fault fault;
    } fields[] = {
        {"<134>1 - %s a p m -", 255, SYSLOG_FAULT_HOST_LONG},
        {"<134>1 - h a %s m -", 128, SYSLOG_FAULT_PROC_LONG},
    };
    struct syslog_message m;
    char text[600], word[300];

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        for (int n = fields[i].most; n <= fields[i].most + 1; n++) {
            memset(word, 'x', sizeof word);
            word[n] = '\0';
            /* the format is one of the two rows above */
            (void)snprintf(
                text, sizeof text,
                i == 0 ? "<134>1 - %s a p m -" : "<134>1 - h a %s m -", word);
            syslog_read(bytes_str(text), &m);
            assert_int_equal(m.faults, n > fields[i].most
                                           ? UINT64_C(1) << fields[i].fault
                                           : 0);
        }
    }
}

static void
test_slices(void **state)
{
    struct syslog_message m;

    (void)state;
    syslog_read(BYTES("<165>1 - host app 77 asset [x@1 y=\"z\"] " BOM "{}"),
                &m);
    assert_int_equal(m.faults, 0);
    assert_int_equal(m.facility, 20);
    assert_int_equal(m.severity, 5);
    assert_true(bytes_is(m.host, "host"));
    assert_true(bytes_is(m.app, "app"));
    assert_true(bytes_is(m.proc, "77"));
    assert_true(bytes_is(m.id, "asset"));
    assert_true(bytes_is(m.sd, "[x@1 y=\"z\"]"));
    assert_true(bytes_is(m.msg, "{}"));
    assert_true(m.bom);
}

static const struct {
    const char *in;
    bool ended;
    const char *want; /* per frame: message|faults; */
} streams[] = {
    {"4 <1>a5 <2>bc", false, "<1>a|;<2>bc|;"},
    {"4 <1>a5 <2>b", false, "<1>a|;"},
    {"4 <1>a5 <2>b", true, "<1>a|;<2>b|cut ;"},
    {"12", false, ""},
    {"04 <1>a4 <2>b", false, "<1>a|count_form ;<2>b|;"},
    {"4<1>a4 <2>b", false, "<1>a|count_space ;<2>b|;"},
    {"4 <1>ab4 <2>b", false, "<1>a|;b|count_short ;<2>b|;"},
    {"5 <1>a\n4 <2>b", false, "<1>a|count_lf ;<2>b|;"},
    {"4 <1>a\n4 <2>b", false, "<1>a|count_lf ;<2>b|;"},
    {"<1>a\n<2>b\n", false, "<1>a|lines ;<2>b|lines ;"},
    {"<1>a\r\n", false, "<1>a|lines ;"},
    {"<1>a", true, "<1>a|lines cut ;"},
    {"0 \n4 <1>a", false, "0 |count_form count_short ;<1>a|;"},
    {"999999999999 <1>a\n4 <1>b", false,
     "999999999999 <1>a|count_form count_short ;<1>b|;"},
    {"3000000 <1>a\n", false, "3000000 <1>a|count_form count_short ;"},
};

static void
test_streams(void **state)
{
    struct buf got = {0}, some = {0};

    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        struct bytes in = bytes_str(streams[i].in);
        struct syslog_frame f;

        buf_reset(&got);
        while (syslog_frame(in, streams[i].ended, &f) == SYSLOG_FRAME_DONE) {
            assert_true(f.used > 0 && f.used <= in.len);
            names(f.faults, &some);
            buf_bytes(&got, f.message);
            buf_printf(&got, "|%s;", some.data ? buf_cstr(&some) : "");
            in = bytes_from(in, f.used);
        }
        if (strcmp(buf_cstr(&got), streams[i].want) != 0)
            fail_msg("%s: %s", streams[i].in, got.data);
    }
    buf_free(&got);
    buf_free(&some);
}

static void
test_names(void **state)
{
    (void)state;
    for (int i = 0; i < SYSLOG_FAULT_MAX; i++)
        assert_int_equal(syslog_fault_find(syslog_fault_table[i].name), i);
    assert_int_equal(syslog_fault_find("none such"), SYSLOG_FAULT_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages), cmocka_unit_test(test_long),
        cmocka_unit_test(test_slices),   cmocka_unit_test(test_streams),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
