/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are in the standard's form already: what is refused, what is left
 * as it came, and what is added. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/pipeline/native.h"
#include "formats/base/embed.h"

#define ID    "01020300000000000000000000000000"
#define OWN   "\"x_event_id\":\"" ID "\""
#define ALERT "\"info_type\":\"alert\","
#define BODY(level)                                                            \
    "\"general\":{\"alert_id\":\"a-1\",\"alert_name\":\"n\","                  \
    "\"alert_type\":\"02001\",\"alert_level\":" level                          \
    ",\"alert_time\":\"2026-11-22T10:00:00+08:00\","                           \
    "\"detector\":{\"product_name\":\"p\",\"vendor\":\"v\"}}"

static struct standard *standard;
static struct checker *checker;

static const struct row {
    const char *name, *frame, *kind;
    struct bridge_options o;
    enum bridge_result result;
    const char *record; /* the whole of it, or part of the reason */
    const char *event_id;
    size_t findings;
} rows[] = {
    {.name = "as it came",
     .frame = "{" ALERT BODY("\"high\"") ",\"x_event_id\":\"e-9\"}",
     .record = "{" ALERT BODY("\"high\"") ",\"x_event_id\":\"e-9\"}",
     .event_id = "e-9"},
    {.name = "no event id",
     .frame = "{" ALERT BODY("\"high\"") "}",
     .record = "{" ALERT BODY("\"high\"") "," OWN "}",
     .event_id = ID},
    {.name = "an empty event id",
     .frame = "{" ALERT BODY("\"high\"") ",\"x_event_id\":\"\"}",
     .record = "{" ALERT BODY("\"high\"") ",\"x_event_id\":\"\"}",
     .event_id = ID},
    {.name = "the kind of the envelope",
     .frame = "{" BODY("\"high\"") "}",
     .kind = "alert",
     .record = "{" ALERT BODY("\"high\"") "," OWN "}",
     .event_id = ID},
    {.name = "lines become one",
     .frame = "{\n \"info_type\" : \"alert\",\r\n" BODY("\"high\"") "\n}",
     .record = "{" ALERT BODY("\"high\"") "," OWN "}",
     .event_id = ID},
    {.name = "spaces around it",
     .frame = "  {" ALERT BODY("\"high\"") "} ",
     .record = "{" ALERT BODY("\"high\"") "," OWN "}",
     .event_id = ID},
    {.name = "a tenant",
     .frame = "{" ALERT BODY("\"high\"") "}",
     .o = {.tenant = {"t\"1", 3}},
     .record = "{" ALERT BODY("\"high\"") "," OWN ",\"x_tenant\":\"t\\\"1\"}",
     .event_id = ID},
    {.name = "a tenant of its own",
     .frame = "{" ALERT BODY("\"high\"") ",\"x_tenant\":\"t2\"}",
     .o = {.tenant = {"t1", 2}},
     .record = "{" ALERT BODY("\"high\"") ",\"x_tenant\":\"t2\"," OWN "}",
     .event_id = ID},
    {.name = "a finding, passed",
     .frame = "{" ALERT BODY("\"odd\"") "}",
     .o = {.on_finding = FINDING_PASS},
     .record = "{" ALERT BODY("\"odd\"") "," OWN "}",
     .event_id = ID,
     .findings = 1},
    {.name = "a finding, tagged",
     .frame = "{" ALERT BODY("\"odd\"") "}",
     .o = {.on_finding = FINDING_TAG},
     .record = "{" ALERT BODY(
         "\"odd\"") "," OWN
                    ",\"x_findings\":[\"alert.general.alert_level#code\"]}",
     .event_id = ID,
     .findings = 1},
    {.name = "a wrong type breaks consumers",
     .frame = "{" ALERT BODY("7") "}",
     .o = {.on_finding = FINDING_PASS},
     .result = BRIDGE_REFUSED,
     .record = "alert_level",
     .event_id = ID,
     .findings = 1},
    {.name = "a finding, kept back",
     .frame = "{" ALERT BODY("7") "}",
     .o = {.on_finding = FINDING_DEAD_LETTER},
     .result = BRIDGE_REFUSED,
     .record = "alert_level",
     .event_id = ID,
     .findings = 1},
    {.name = "another kind",
     .frame = "{\"info_type\":\"weather\"}",
     .result = BRIDGE_REJECT,
     .record = "no such kind"},
    {.name = "a kind that is no text",
     .frame = "{\"info_type\":1}",
     .result = BRIDGE_REJECT,
     .record = "no such kind"},
    {.name = "no kind",
     .frame = "{}",
     .result = BRIDGE_REJECT,
     .record = "no such kind"},
    {.name = "an empty object with a kind",
     .frame = "{}",
     .kind = "alert",
     .o = {.on_finding = FINDING_PASS},
     .record = "{\"info_type\":\"alert\"," OWN "}",
     .event_id = ID,
     .findings = 1},
    {.name = "no object",
     .frame = "[1]",
     .kind = "alert",
     .result = BRIDGE_REJECT,
     .record = "JSON object"},
    {.name = "no JSON",
     .frame = "{\"info_type\":\"alert\"",
     .result = BRIDGE_REJECT,
     .record = ""},
    {.name = "a member twice",
     .frame = "{" ALERT ALERT BODY("\"high\"") "}",
     .result = BRIDGE_REJECT,
     .record = ""},
    {.name = "bytes that are no UTF-8",
     .frame = "{" ALERT BODY("\"\xff\"") "}",
     .result = BRIDGE_REJECT,
     .record = ""},
};

static void
check_output(const struct row *row, enum bridge_result r,
             const struct bridge_output *o, struct bytes event_id,
             const struct err *err)
{
    if (r != row->result || (row->findings == 0) != (o->findings == 0))
        fail_msg("%s: result %d, findings %zu: %s", row->name, (int)r,
                 o->findings, err->msg);
    if (r == BRIDGE_RECORD && !bytes_is(o->record, row->record))
        fail_msg("%s: %.*s", row->name, (int)o->record.len, o->record.data);
    if (r != BRIDGE_RECORD && strstr(err->msg, row->record) == NULL &&
        strstr(err->where, row->record) == NULL)
        fail_msg("%s: %s: %s", row->name, err->where, err->msg);
    if (r != BRIDGE_REJECT && !bytes_is(event_id, row->event_id))
        fail_msg("%s: event id %.*s", row->name, (int)event_id.len,
                 event_id.data);
    assert_null(o->mapping);
}

static void
test_rows(void **state)
{
    const uint8_t id[EVENT_ID_BYTES] = {1, 2, 3};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct err err = {.msg = ""};
        struct native *n = native_new(standard, checker, &row->o, &err);

        assert_non_null(n);
        for (int again = 0; again < 2; again++) { /* nothing is remembered */
            struct bridge_output o;
            struct bytes event_id;
            enum bridge_result r = native_frame(
                n, bytes_str(row->frame), bytes_str(row->kind ? row->kind : ""),
                id, &o, &event_id, &err);

            check_output(row, r, &o, event_id, &err);
        }
        native_free(n);
    }
}

/* Time, level and key of a record, for routing and the spool. */
static void
test_metadata(void **state)
{
    const struct bridge_options options = {.on_finding = FINDING_PASS};
    const uint8_t id[EVENT_ID_BYTES] = {0};
    struct err err = {.msg = ""};
    struct bridge_output o;
    struct bytes event_id;
    struct native *n = native_new(standard, checker, &options, &err);

    (void)state;
    assert_non_null(n);
    assert_int_equal(native_frame(n, BYTES("{" ALERT BODY("\"high\"") "}"),
                                  BYTES(""), id, &o, &event_id, &err),
                     BRIDGE_RECORD);
    assert_string_equal(o.meta.kind, "alert");
    assert_string_equal(o.meta.level, "high");
    assert_true(o.meta.event_time.sec == 1795312800);
    native_free(n);
    native_free(NULL);
}

static int
setup(void **state)
{
    struct diag diag;
    struct err err;

    (void)state;
    diag_init(&diag);
    standard = std_embedded(hutong_data, &diag);
    checker = standard ? checker_new(standard, CHECK_STRICT, &err) : NULL;
    diag_free(&diag);
    return checker == NULL;
}

static int
teardown(void **state)
{
    (void)state;
    checker_free(checker);
    std_free(standard);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_metadata),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
