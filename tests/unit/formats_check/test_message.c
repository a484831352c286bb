/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and responses of the function interface: the message and what its
 * operation says about params and data, also under an edition with other names. */
#include "tests/unit/formats_check/load.h"

#include "formats/standard/interface.h"

#define HEAD                                                                   \
    "\"version\":\"1.0\",\"request_id\":\"r-1\",\"timestamp\":"                \
    "\"2026-11-22T10:00:00+08:00\""
#define REQUEST(class, operation, params)                                      \
    "{" HEAD ",\"nonce\":\"12345678\",\"sender\":\"s\",\"class\":\"" class     \
        "\",\"operation\":\"" operation "\",\"params\":" params "}"
#define RESPONSE(code, more)                                                   \
    "{" HEAD ",\"code\":" code ",\"message\":\"m\"" more "}"

struct message_case {
    const char *name, *text, *lines;
    const char *class, *operation; /* of a response; NULL: not known */
};

static const struct message_case requests[] = {
    {"clean",
     REQUEST("respond", "block", "{\"kind\":\"ip\",\"values\":[\"a\"]}"), "",
     NULL, NULL},
    {"no parameters wanted", REQUEST("common", "capability_query", "{}"), "",
     NULL, NULL},
    {"... but given", REQUEST("common", "capability_query", "{\"a\":1}"),
     "common.capability_query.params#unknown /params/a\n", NULL, NULL},
    {"not even an object", "[1]", "command.request#type \n", NULL, NULL},
    {"faults of both",
     REQUEST("respond", "block",
             "{\"kind\":\"ipp\",\"values\":[],\"ttl_s\":0,\"x_a\":1},\"y\":1,"
             "\"info_type\":\"alert\""),
     "command.request#unknown /y\n"
     "command.request#unknown /info_type\n"
     "respond.block.params.kind#code /params/kind\n"
     "respond.block.params.values#length /params/values\n"
     "respond.block.params.ttl_s#range /params/ttl_s\n"
     "respond.block.params#unknown /params/x_a\n",
     NULL, NULL},
    {"a class that is not the operation's",
     REQUEST("protect", "block", "{\"nosuch\":1}"),
     "command.request.class#group /class\n", NULL, NULL},
    {"an operation that is not known",
     REQUEST("respond", "self_destruct", "{\"nosuch\":1}"),
     "command.request.operation#code /operation\n", NULL, NULL},
    {"params of another type", REQUEST("respond", "block", "[1]"),
     "command.request.params#type /params\n", NULL, NULL},
    {"one of two members wanted",
     REQUEST("respond", "isolate_host", "{\"mode\":\"full\"}"),
     "respond.isolate_host.params#members /params\n", NULL, NULL},
};

static const struct message_case responses[] = {
    {"clean, nothing known of the command",
     RESPONSE("0", ",\"data\":{\"a\":1}"), "", NULL, NULL},
    {"accepted without a task", RESPONSE("1", ""),
     "command.response.task_id#condition /task_id\n", "respond", "block"},
    {"accepted, written as 1.0", RESPONSE("1.0", ""),
     "command.response.task_id#condition /task_id\n", "respond", "block"},
    {"a code that nobody knows", RESPONSE("4711", ",\"data\":{\"a\":1}"),
     "command.response.code#code /code\n", "respond", "block"},
    {"a result", RESPONSE("0", ",\"data\":{\"accepted\":[\"a\"],\"z\":1}"),
     "respond.block.result#unknown /data/z\n", "respond", "block"},
    {"where a fault is, is no result",
     RESPONSE("1004", ",\"data\":{\"pointer\":\"/params/kind\"}"), "",
     "respond", "block"},
    {"about a task",
     RESPONSE("0", ",\"task_id\":\"t\",\"data\":{\"state\":\"gone\"}"),
     "command.task.state#code /data/state\n", "respond", "block"},
    {"records in a result",
     RESPONSE("0", ",\"data\":{\"items\":[{\"info_type\":\"alert\"},{},7]}"),
     "identify.asset_query.result.items[]#type /data/items/2\n"
     "record#info_type /data/items/0/info_type\n"
     "asset.general#missing /data/items/0/general\n"
     "asset.general#missing /data/items/1/general\n",
     "identify", "asset_query"},
    {"capabilities",
     RESPONSE("0", ",\"data\":{\"capabilities\":[{\"class\":\"respond\","
                   "\"operation\":\"block\",\"versions\":[\"1.0\"]},"
                   "{\"class\":\"respond\",\"operation\":\"own_one\"}]}"),
     "common.capability_query.result.capabilities[].versions#missing "
     "/data/capabilities/1/versions\n",
     "common", "capability_query"},
};

/* Another edition: the same message under other names, places and codes. */
static const char alien[] =
    "kind: overlay\nid: o\nversion: 1\nover: provisional-2026\n"
    "codes:\n  operations:\n    block: {code: ban}\n"
    "  interface_classes:\n    respond: {code: C4}\n"
    "  interface_codes:\n    ok: {alias: 200}\n"
    "rows:\n  command.request.params: {id: arguments}\n"
    "  command.request.operation: {id: verb}\n"
    "  command.response.data: {id: body}\n"
    "  respond.block.params.ttl_s: {id: ttl, min: 60}\n"
    "  respond.block.params.scope: {retire: true}\n";

static void
expect(struct bench *b, const struct message_case *c, bool request)
{
    const struct std_operation *o =
        c->class ? std_operation(b->s, bytes_str(c->class),
                                 bytes_str(c->operation))
                 : NULL;
    struct err err = {0};
    struct buf got = {0};

    assert_int_equal(json_read(&b->reader, bytes_str(c->text), &b->tape, &err),
                     ERR_OK);
    findings_reset(&b->out);
    assert_int_equal(request
                         ? check_request(b->c, b->st, &b->tape, &b->out)
                         : check_response(b->c, b->st, &b->tape, o, &b->out),
                     ERR_OK);
    bench_lines(b, &got);
    if (!bytes_is(buf_view(&got), c->lines))
        fail_msg("%s:\n%.*s", c->name, (int)got.len, got.data);
    buf_free(&got);
}

static void
messages(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        expect(&b, &requests[i], true);
    for (size_t i = 0; i < sizeof responses / sizeof *responses; i++)
        expect(&b, &responses[i], false);
    bench_close(&b);
}

static void
other_edition(void **state)
{
    static const struct message_case cases[] = {
        {"clean",
         "{" HEAD ",\"nonce\":\"12345678\",\"sender\":\"s\",\"class\":\"C4\","
         "\"verb\":\"ban\",\"arguments\":{\"kind\":\"ip\",\"values\":[\"a\"],"
         "\"ttl\":60}}",
         "", NULL, NULL},
        {"faults",
         "{" HEAD ",\"nonce\":\"12345678\",\"sender\":\"s\",\"class\":\"C4\","
         "\"verb\":\"ban\",\"arguments\":{\"kind\":\"ip\",\"values\":[\"a\"],"
         "\"ttl\":59,\"scope\":\"x\"},\"params\":{}}",
         "command.request#unknown /params\n"
         "respond.block.params.ttl_s#range /arguments/ttl\n"
         "respond.block.params#unknown /arguments/scope\n",
         NULL, NULL},
    };
    static const struct message_case done = {
        "done is another number", RESPONSE("200", ",\"body\":{\"z\":1}"),
        "respond.block.result#unknown /body/z\n", "C4", "ban"};
    struct bench b;
    struct buf path = {0};

    (void)state;
    bench_open(&b, alien, CHECK_STRICT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(&b, &cases[i], true);
    expect(&b, &done, false);
    std_operation_path(b.s, std_operation(b.s, BYTES("C4"), BYTES("ban")),
                       &path);
    assert_string_equal(buf_cstr(&path), "/interconn/v1/command/C4/ban");
    buf_free(&path);
    bench_close(&b);
}

/* A body is no record: it cannot be named by info_type. */
static void
no_record(void **state)
{
    struct bench b;
    struct buf got = {0};

    (void)state;
    bench_open(&b, NULL, CHECK_STRICT);
    bench_check(&b, BYTES("{\"info_type\":\"command.request\"}"));
    bench_lines(&b, &got);
    assert_string_equal(buf_cstr(&got), "record#info_type /info_type\n");
    assert_int_equal(check_body(b.c, b.st, &b.tape, 0, "alert", "", &b.out),
                     ERR_NOT_FOUND);
    buf_free(&got);
    bench_close(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(other_edition),
        cmocka_unit_test(no_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
