/* SPDX-License-Identifier: Apache-2.0 */
/* One frame to one checked record, with the shipped mappings: what becomes of
 * good, foreign, broken and repaired frames under each policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/pipeline/bridge.h"
#include "formats/base/embed.h"

#define HEAD                                                                   \
    "{\"timestamp\":\"2026-11-22T10:00:00.000001+0800\",\"flow_id\":7,"        \
    "\"event_type\":\"alert\",\"src_ip\":\"192.0.2.1\",\"src_port\":1024,"     \
    "\"dest_ip\":\"198.51.100.2\",\"dest_port\":80,\"proto\":\"TCP\","
#define ALERT(name)                                                            \
    HEAD "\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":5,"     \
         "\"rev\":1,\"signature\":\"" name                                     \
         "\",\"category\":\"\",\"severity\":1}}"

static struct standard *standard;
static struct checker *checker;
static struct mapping *mapping[2];
static struct plan *plan[2];

struct row {
    const char *name;
    const char *frame;
    struct bridge_options o;
    enum bridge_result result;
    const char *holds; /* part of the record or of the reason; NULL: any */
    uint32_t repairs;
    size_t findings;
};

static const struct row rows[] = {
    {"alert", ALERT("x"), {0}, BRIDGE_RECORD, "\"alert_level\":\"high\"", 0, 0},
    {"other event",
     "{\"event_type\":\"dns\",\"timestamp\":\"2026-11-22T10:00:00Z\"}",
     {0},
     BRIDGE_SKIP,
     NULL,
     0,
     0},
    {"no structure",
     "\x7f"
     "ELF",
     {0},
     BRIDGE_REJECT,
     NULL,
     0,
     0},
    {"cut short", HEAD, {0}, BRIDGE_REJECT, NULL, 0, 0},
    {"bad bytes",
     ALERT("x\xff"),
     {0},
     BRIDGE_RECORD,
     "\"raw\":",
     TAPE_REPAIRED,
     0},
    {"GBK",
     ALERT("\xd6\xd0\xce\xc4"),
     {.charset = TEXT_GBK},
     BRIDGE_RECORD,
     "中文",
     0,
     0},
    {"GBK with a bad byte",
     ALERT("\xd6\xd0\xff"),
     {.charset = TEXT_GB18030},
     BRIDGE_RECORD,
     "中",
     TAPE_REPAIRED,
     0},
    {"finding, tagged",
     "{\"event_type\":\"alert\",\"alert\":{\"severity\":1,"
     "\"signature\":\"x\",\"signature_id\":1}}",
     {.on_finding = FINDING_TAG},
     BRIDGE_RECORD,
     "\"x_findings\":[\"alert.general.alert_time#missing\"]}",
     0,
     1},
    {"finding, passed",
     "{\"event_type\":\"alert\",\"alert\":{\"severity\":1,"
     "\"signature\":\"x\",\"signature_id\":1}}",
     {.on_finding = FINDING_PASS},
     BRIDGE_RECORD,
     NULL,
     0,
     1},
    {"finding, kept back",
     "{\"event_type\":\"alert\",\"alert\":{\"severity\":1,"
     "\"signature\":\"x\",\"signature_id\":1}}",
     {.on_finding = FINDING_DEAD_LETTER},
     BRIDGE_REFUSED,
     "alert_time",
     0,
     1},
    {"raw asked for",
     ALERT("x"),
     {.keep_raw = true},
     BRIDGE_RECORD,
     "\"raw\":\"{\\\"timestamp\\\"",
     0,
     0},
    {"tenant",
     ALERT("x"),
     {.tenant = {"t-1", 3}},
     BRIDGE_RECORD,
     "\"x_tenant\":\"t-1\"",
     0,
     0},
    {"second mapping",
     "CEF:0|V|P|1|s|n|5|rt=1763805600000 src=192.0.2.1",
     {0},
     BRIDGE_RECORD,
     "\"vendor\":\"V\"",
     0,
     0},
};

static void
run_row(const struct row *row)
{
    const struct plan *plans[] = {plan[0], plan[1]};
    const uint8_t id[EVENT_ID_BYTES] = {1, 2, 3};
    struct bridge_output o;
    struct err err = {.msg = ""};
    enum bridge_result r;
    struct bridge *b = bridge_new(plans, 2, checker, &row->o, &err);
    struct buf text = {0};

    assert_non_null(b);
    for (int again = 0; again < 2; again++) { /* a state must not remember */
        r = bridge_frame(b, bytes_str(row->frame), id, 1763805600000000000, &o,
                         &err);
        if (r != row->result || o.findings != row->findings ||
            (r == BRIDGE_RECORD && o.repairs != row->repairs))
            fail_msg("%s: result %d, findings %zu, repairs %u: %s", row->name,
                     (int)r, o.findings, o.repairs, err.msg);
    }
    buf_reset(&text);
    buf_bytes(&text, o.record);
    buf_str(&text, r == BRIDGE_RECORD ? "" : err.msg);
    assert_non_null(buf_cstr(&text));
    if (row->holds != NULL && strstr(text.data, row->holds) == NULL)
        fail_msg("%s: %s", row->name, text.data);
    if (r == BRIDGE_RECORD && row->o.on_finding != FINDING_TAG)
        assert_null(strstr(text.data, "x_findings"));
    buf_free(&text);
    bridge_free(b);
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        run_row(&rows[i]);
}

static void
test_event_ids(void **state)
{
    uint8_t a[EVENT_ID_BYTES], b[EVENT_ID_BYTES];

    (void)state;
    event_id_of((const uint8_t *)"seed", 4, 10, 0, a);
    event_id_of((const uint8_t *)"seed", 4, 10, 0, b);
    assert_memory_equal(a, b, sizeof a);
    event_id_of((const uint8_t *)"seed", 4, 11, 0, b);
    assert_true(memcmp(a, b, sizeof a) != 0);
    event_id_of((const uint8_t *)"seed", 4, 10, 1, b);
    assert_true(memcmp(a, b, sizeof a) != 0);
    event_id_of((const uint8_t *)"sEed", 4, 10, 0, b);
    assert_true(memcmp(a, b, sizeof a) != 0);
}

static bool
load(const char *name, size_t i, struct diag *diag)
{
    for (const struct embed_file *f = hutong_data; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            mapping[i] = mapping_load(
                name, bytes_of(f->start, (size_t)(f->end - f->start)), diag);
    plan[i] = mapping[i] ? plan_compile(mapping[i], standard, diag) : NULL;
    return plan[i] != NULL;
}

static int
setup(void **state)
{
    struct diag diag;
    struct err err;
    bool ok;

    (void)state;
    diag_init(&diag);
    standard = std_embedded(hutong_data, &diag);
    ok = standard != NULL &&
         load("mapping/data/in/suricata-eve.yaml", 0, &diag) &&
         load("mapping/data/in/cef-generic.yaml", 1, &diag);
    checker = ok ? checker_new(standard, CHECK_STRICT, &err) : NULL;
    diag_free(&diag);
    return checker == NULL;
}

static int
teardown(void **state)
{
    (void)state;
    checker_free(checker);
    for (size_t i = 0; i < 2; i++) {
        plan_free(plan[i]);
        mapping_free(mapping[i]);
    }
    std_free(standard);
    return 0;
}

/* Clean records one behind the other do not hide the next one's finding, and the
 * other way round. */
static void
test_known(void **state)
{
    static const struct {
        const char *frame;
        size_t findings;
    } turns[] = {
        {ALERT("x"), 0},
        {ALERT("another"), 0},
        {"{\"event_type\":\"alert\",\"alert\":{\"severity\":1,"
         "\"signature\":\"x\",\"signature_id\":1}}",
         1}, /* no time */
        {ALERT("x\xff"), 0},
        {HEAD "\"alert\":{\"severity\":7,\"signature_id\":5}}", 0},
    };
    const struct plan *plans[] = {plan[0], plan[1]};
    const struct bridge_options options = {.on_finding = FINDING_PASS};
    const uint8_t id[EVENT_ID_BYTES] = {1, 2, 3};
    struct err err = {.msg = ""};
    struct bridge *b = bridge_new(plans, 2, checker, &options, &err);
    size_t n = sizeof turns / sizeof turns[0];

    (void)state;
    assert_non_null(b);
    for (size_t i = 0; i < 40 * n; i++) {
        struct bridge_output o;
        enum bridge_result r =
            bridge_frame(b, bytes_str(turns[i * 7 % n].frame), id,
                         1763805600000000000, &o, &err);

        assert_int_equal(r, BRIDGE_RECORD);
        assert_int_equal(o.findings, turns[i * 7 % n].findings);
    }
    bridge_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_event_ids),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
