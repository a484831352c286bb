/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters, bodies, assertions, transcripts, commands of a product, lint. */
#include "engine.h"

#include "conformance/steps/assert.h"
#include "conformance/steps/product.h"
#include "formats/base/yaml.h"
#include "formats/json/reader.h"

/* A session without a product, and a step made of YAML. */
struct rig {
    struct engine e;
    struct session s;
    struct arena arena;
    struct ledger_step step;
};

static struct rig *
rig_open(void)
{
    struct rig *r = calloc(1, sizeof *r);

    assert_non_null(r);
    engine_open(&r->e, "  - id: T\n    rev: 1\n    purpose: {zh: a, en: a}\n"
                       "    steps: [{op: wait, ms: 1}]\n");
    r->e.bench.role = role_find("http_server");
    r->e.bench.seed = 7;
    r->e.bench.wait_ms = 1234;
    (void)strcpy(r->e.bench.token, "0123456789abcdef0123456789abcdef");
    r->e.bench.o.ixit[0] = "name=value";
    r->e.bench.o.ixit[1] = "name=later";
    r->e.bench.o.ixits = 2;
    r->e.bench.replay_ns = 1764000000000000000; /* 2025-11-24T16:00:00Z */
    (void)pthread_mutex_init(&r->e.bench.lock, NULL);
    assert_true(wire_url("http://127.0.0.1:9/base", &r->e.bench.target));
    session_open(&r->s, &r->e.bench, ledger_test(r->e.ledger, BYTES("T")), 1,
                 60000);
    return r;
}

static void
rig_close(struct rig *r)
{
    session_close(&r->s);
    arena_free(&r->arena);
    engine_close(&r->e);
    free(r);
}

static const struct ledger_step *
step_of(struct rig *r, const char *yaml)
{
    struct diag diag;

    diag_init(&diag);
    r->step.args = yaml_parse("step", bytes_str(yaml), &r->arena, &diag);
    diag_free(&diag);
    assert_non_null(r->step.args);
    return &r->step;
}

static void
test_texts(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain", "plain"},
        {"a ${ixit.name} b", "a later b"},
        {"$${x} $ {y}", "${x} $ {y}"},
        {"${target.scheme}://${target.host}:${target.port}${target.path}",
         "http://127.0.0.1:9/base"},
        {"${now}", "2025-11-24T16:00:00.000Z"},
        {"${now+300s}", "2025-11-24T16:05:00.000Z"},
        {"${now-1h}", "2025-11-24T15:00:00.000Z"},
        {"${now+2d}", "2025-11-26T16:00:00.000Z"},
        {"${attempt}", "1"},
        {"${test}", "T"},
        {"${token.short}", "0123456789abcdef0123456789abcde"},
        {"${token.upper}", "0123456789ABCDEF0123456789ABCDEF"},
        {"${mine}", "saved"},
    };
    struct rig *r = rig_open();

    (void)state;
    session_set(&r->s, "mine", BYTES("first"));
    session_set(&r->s, "mine", BYTES("saved"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(session_expand(&r->s, bytes_str(rows[i].in)),
                            rows[i].out);
    assert_int_equal(r->s.fault.code, ERR_OK);
    (void)session_expand(&r->s, BYTES("${nobody}"));
    assert_int_equal(r->s.fault.code, ERR_NOT_FOUND);
    assert_string_not_equal(session_expand(&r->s, BYTES("${uuid}")),
                            session_expand(&r->s, BYTES("${uuid}")));
    assert_int_equal(strlen(session_expand(&r->s, BYTES("${uuid}"))), 36);
    assert_int_equal(strlen(session_expand(&r->s, BYTES("${nonce}"))), 16);
    rig_close(r);
}

static void
test_numbers(void **state)
{
    struct rig *r = rig_open();
    const struct ledger_step *st =
        step_of(r, "{n: 5, m: '-7', b: 'true', w: auto, x: 99999999, l: [a, "
                   "'${mine}'], map: {k: v}}");
    const char *name, *value;

    (void)state;
    session_set(&r->s, "mine", BYTES("z"));
    assert_int_equal(session_int(&r->s, st, "n", 1), 5);
    assert_int_equal(session_int(&r->s, st, "m", 1), -7);
    assert_int_equal(session_int(&r->s, st, "absent", 1), 1);
    assert_true(session_bool(&r->s, st, "b", false));
    assert_int_equal(session_wait(&r->s, st, "w"), 1234);
    assert_int_equal(session_wait(&r->s, st, "absent"), 1234);
    assert_in_range(session_wait(&r->s, st, "x"), 50000, 60000);
    assert_true(session_each(&r->s, st, "l", 1, &name, &value));
    assert_null(name);
    assert_string_equal(value, "z");
    assert_false(session_each(&r->s, st, "l", 2, &name, &value));
    assert_true(session_each(&r->s, st, "map", 0, &name, &value));
    assert_string_equal(name, "k");
    assert_string_equal(value, "v");
    rig_close(r);
}

static void
test_bodies(void **state)
{
    static const struct {
        const char *in, *out; /* out NULL: a fault of the test */
    } rows[] = {
        {"{body: 'a ${test}'}", "a T"},
        {"{body: {json: '{\"a\":\"${test}\"}'}}", "{\"a\":\"T\"}"},
        {"{body: {hex: '00ff41'}}", "\0\xff\x41"},
        {"{body: {hex: '0'}}", NULL},
        {"{body: {fill: ab, count: 3}}", "ababab"},
        {"{body: {json: '{\"a\":1,\"b\":2}', mutate: [{remove: /a}]}}",
         "{\"b\":2}"},
        {"{body: {json: '{\"a\":1}', mutate: [{set: /b, json: '\"${test}\"'}]}}",
         "{\"a\":1,\"b\":\"T\"}"},
        {"{body: {text: 'abc', mutate: [{cut: 1}, {append: X}, {find: a, "
         "put: b}]}}",
         "bbX"},
        {"{body: {json: '{}', mutate: [{remove: /x}]}}", NULL},
        {"{body: {seed: nobody}}", NULL},
        {"{body: {case: nobody}}", NULL},
        {"{body: {}}", NULL},
    };
    struct rig *r = rig_open();
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum verdict v =
            session_body(&r->s, step_of(r, rows[i].in), "body", &out);

        r->s.fault.code = ERR_OK;
        if (rows[i].out == NULL) {
            assert_int_equal(v, VERDICT_ERROR);
            continue;
        }
        assert_int_equal(v, VERDICT_PASS);
        assert_int_equal(out.len, i == 2 ? 3 : strlen(rows[i].out));
        assert_memory_equal(out.data, rows[i].out, out.len);
    }
    buf_free(&out);
    rig_close(r);
}

/* U+0041, U+4E2D and U+1F600 in each encoding, patched before. */
static void
test_encodings(void **state)
{
    static const struct {
        const char *name, *hex; /* hex NULL: a fault of the test */
    } rows[] = {
        {"utf-16le", "41002d4e3dd800de"},
        {"utf-16be", "00414e2dd83dde00"},
        {"utf-32le", "410000002d4e000000f60100"},
        {"utf-32be", "0000004100004e2d0001f600"},
        {"utf-7", NULL},
    };
    struct rig *r = rig_open();
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[160], hex[64] = "";
        enum verdict v;

        (void)snprintf(yaml, sizeof yaml,
                       "{body: {text: 'B\xE4\xB8\xAD\xF0\x9F\x98\x80', "
                       "mutate: [{find: B, put: A}], encoding: %s}}",
                       rows[i].name);
        v = session_body(&r->s, step_of(r, yaml), "body", &out);
        r->s.fault.code = ERR_OK;
        if (rows[i].hex == NULL) {
            assert_int_equal(v, VERDICT_ERROR);
            continue;
        }
        assert_int_equal(v, VERDICT_PASS);
        for (size_t k = 0; k < out.len && 2 * k + 3 <= sizeof hex; k++)
            (void)snprintf(hex + 2 * k, 3, "%02x", (uint8_t)out.data[k]);
        assert_string_equal(hex, rows[i].hex);
    }
    buf_free(&out);
    rig_close(r);
}

/* Records get identifiers of their own; the envelope counts and digests them. */
static void
test_seed(void **state)
{
    struct rig *r = rig_open();
    struct buf out = {0};

    (void)state;
    assert_int_equal(
        session_body(&r->s,
                     step_of(r, "{body: {seed: one, count: 3, digest: sm3}}"),
                     "body", &out),
        VERDICT_PASS);
    session_set(&r->s, "doc", buf_view(&out));
    assert_int_equal(
        session_assert(
            &r->s,
            step_of(r, "{json: [{at: /items, type: array, len_min: 3, len_max: "
                       "3, unique: true}, {at: /items/0/general/alert_id, eq: "
                       "'${seed.id}'}, {at: /items/2/general/alert_id, eq: "
                       "'${seed.last_id}'}, {at: /msg_id, eq: "
                       "'${seed.msg_id}'}, {at: /info_type, eq: alert}, {at: "
                       "/digest/alg, eq: sm3}, {at: /digest/value, match: "
                       "'[0-9a-f]{64}'}]}"),
            "json", buf_view(&out), "it"),
        VERDICT_PASS);
    assert_int_equal(strncmp(session_get(&r->s, "seed.id"), "al-", 3), 0);
    assert_int_equal(
        session_body(&r->s,
                     step_of(r, "{body: {seed: one, wrap: none, count: 2}}"),
                     "body", &out),
        VERDICT_PASS);
    assert_int_equal(bytes_find(buf_view(&out), '\n') < out.len, true);
    buf_free(&out);
    rig_close(r);
}

static void
test_asserts(void **state)
{
    static const char doc[] =
        "{\"n\":5,\"f\":1.5,\"s\":\"text\",\"d\":\"5\",\"t\":true,\"z\":null,"
        "\"a\":[1,2,2],\"u\":[1,\"1\"],\"o\":{\"x/y\":\"\\u4e2d\"},\"e\":\"\",\"w\":{"
        "\"from\":\"2026-11-27T12:00:00Z\",\"to\":\"2026-11-27T20:10:00+08:00\"}}";
    static const struct {
        const char *test;
        bool holds;
    } rows[] = {
        {"{at: /n, eq: 5}", true},
        {"{at: /n, eq: 6}", false},
        {"{at: /n, eq: '5'}", false},
        {"{at: /d, eq: '5'}", true},
        {"{at: /d, eq: 5}", false},
        {"{at: /s, eq: text}", true},
        {"{at: /t, eq: true}", true},
        {"{at: /z, eq: null}", true},
        {"{at: /n, ne: 6}", true},
        {"{at: /n, ne: 5}", false},
        {"{at: /q, ne: 5}", false},
        {"{at: /n, in: [4, 5]}", true},
        {"{at: /n, in: [4]}", false},
        {"{at: /s, match: 't.*t'}", true},
        {"{at: /s, match: 'ex'}", false},
        {"{at: /n, match: '5'}", false},
        {"{at: /n, type: integer}", true},
        {"{at: /n, type: number}", true},
        {"{at: /f, type: integer}", false},
        {"{at: /o, type: object}", true},
        {"{at: /z, type: 'null'}", true},
        {"{at: /n, present: true}", true},
        {"{at: /q, present: true}", false},
        {"{at: /q, absent: true}", true},
        {"{at: /n, absent: true}", false},
        {"{at: /n, min: 5}", true},
        {"{at: /n, min: 6}", false},
        {"{at: /f, max: 1.5}", true},
        {"{at: /f, max: 1.4}", false},
        {"{at: /s, min: 1}", false},
        {"{at: /s, len_min: 4}", true},
        {"{at: /s, len_max: 3}", false},
        {"{at: /o/x~1y, len_max: 1}", true},
        {"{at: /a, len_min: 3}", true},
        {"{at: /a, unique: true}", false},
        {"{at: /u, unique: true}", true},
        {"{at: /a, contains: 2}", true},
        {"{at: /a, contains: 3}", false},
        {"{at: /s, contains: ex}", true},
        {"{at: /a/1, eq: 2}", true},
        {"{at: /a/9, present: true}", false},
        {"{at: '', type: object}", true},
        {"{at: /a, same: '[1,2,2]'}", true},
        {"{at: /e, len_max: 0}", true},
        {"{at: /n, eq_or_absent: 5}", true},
        {"{at: /n, eq_or_absent: 6}", false},
        {"{at: /q, eq_or_absent: 6}", true},
        {"{at: /w/to, not_before: /w/from+600s}", true},
        {"{at: /w/to, not_before: /w/from+601s}", false},
        {"{at: /w/to, not_after: /w/from+600s}", true},
        {"{at: /w/to, not_after: /w/from+599s}", false},
        {"{at: /w/to, not_after: /w/q+599s}", false},
        {"{at: /n, not_after: /w/from+5s}", false},
        {"{at: /q, not_before: /w/from+0s}", false},
    };
    struct rig *r = rig_open();
    struct buf yaml = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ledger_step *st;
        enum verdict v;

        buf_reset(&yaml);
        buf_printf(&yaml, "{json: [%s]}", rows[i].test);
        st = step_of(r, buf_cstr(&yaml));
        assert_null(assert_fault(step_arg(st, "json")->first));
        v = session_assert(&r->s, st, "json", BYTES(doc), "it");
        if (v != (rows[i].holds ? VERDICT_PASS : VERDICT_FAIL))
            fail_msg("%s: %s", rows[i].test, verdict_name(v));
    }
    assert_int_equal(session_assert(&r->s,
                                    step_of(r, "{json: [{at: /n, eq: 5}]}"),
                                    "json", BYTES("{\"n\":5"), "it"),
                     VERDICT_FAIL);
    buf_free(&yaml);
    rig_close(r);
}

static void
test_assert_faults(void **state)
{
    static const char *const bad[] = {
        "{json: [{eq: 5}]}",
        "{json: [{at: /n}]}",
        "{json: [{at: /n, is: 5}]}",
        "{json: [{at: /n, in: 5}]}",
        "{json: [{at: /n, match: '('}]}",
        "{json: [{at: /n, not_after: /w/from}]}",
        "{json: [{at: /n, not_before: /w/from+5}]}"};
    struct rig *r = rig_open();

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_non_null(
            assert_fault(step_arg(step_of(r, bad[i]), "json")->first));
    rig_close(r);
}

/* No secret reaches a transcript; what only hides the token says so. */
static void
test_transcript(void **state)
{
    struct rig *r = rig_open();
    struct bytes text;

    (void)state;
    session_log(&r->s, SESSION_SENT, "http:1",
                BYTES("GET / HTTP/1.1\r\nAuthorization: Bearer "
                      "0123456789abcdef0123456789abcdef\r\n\r\n"));
    session_log(&r->s, SESSION_RECEIVED, "http:1",
                BYTES("{\"password\":\"hunter2hunter2\"}"));
    session_log(&r->s, SESSION_RECEIVED, "http:1", bytes_of("\xff\0", 2));
    text = buf_view(&r->s.transcript);
    assert_false(assert_within(text, BYTES("0123456789abcdef")));
    assert_false(assert_within(text, BYTES("hunter2")));
    assert_true(assert_within(text, BYTES("\"hidden\":\"token\"")));
    assert_true(assert_within(text, BYTES("\"hidden\":\"other\"")));
    assert_true(assert_within(text, BYTES("\"base64\":\"/wA=\"")));
    rig_close(r);
}

static void
test_command(void **state)
{
    static const struct product_slot slots[] = {
        {"host", "127.0.0.1"}, {"token_file", "/a b/it's"}, {NULL, NULL}};
    static const struct {
        const char *in, *out;
    } rows[] = {{"x --listen {host}:1", "x --listen '127.0.0.1':1"},
                {"x {token_file}", "x '/a b/it'\\''s'"},
                {"x {{y}", "x {y}"},
                {"x {nobody}", NULL},
                {"x {host", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        struct err err = {0};
        enum err_code code = product_command(rows[i].in, slots, &out, &err);

        assert_int_equal(code, rows[i].out ? ERR_OK : ERR_ARG);
        if (rows[i].out != NULL)
            assert_string_equal(buf_cstr(&out), rows[i].out);
        buf_free(&out);
    }
}

static void
test_lint(void **state)
{
    static const struct {
        const char *test, *says; /* NULL: nothing wrong */
    } rows[] = {
        {"steps: [{op: http.send, path: /}]", NULL},
        {"steps: [{op: http.sent}]", "no such step"},
        {"steps: [{op: http.send, paht: /}]", "the step has no"},
        {"steps: [{op: wait}]", "the step wants ms"},
        {"steps: [{op: wait, ms: soon}]", "is no number"},
        {"steps: [{op: http.send, end: never}]", "none of its words"},
        {"steps: [{op: http.send, path: '${x}'}]", "nothing sets"},
        {"steps: [{op: set, save: {x: 1}}, {op: http.send, path: '${x}'}]",
         NULL},
        {"steps: [{op: http.send, body: {seed: two}}]", "no base document"},
        {"steps: [{op: http.send, body: {case: two}}]", "no case"},
        {"steps: [{op: http.send, body: {seed: one, text: x}}]", "one of seed"},
        {"steps: [{op: http.send, headers: [a]}]", "another shape"},
        {"steps: [{op: http.expect, status: ['400']}]", "no positive twin"},
        {"steps: [{op: http.expect, status: ['200', '400']}]", NULL},
        {"steps: [{op: http.expect, json: [{at: /a, is: 1}]}]",
         "no such operator"},
        {"steps: [{use: nobody}]", "no such list"},
        {"steps: [{use: http_server.liveness}]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct engine e;
        struct diag diag;
        struct buf text = {0}, said = {0};

        buf_printf(&text,
                   "  - id: T\n    rev: 1\n    preflight: true\n    purpose: "
                   "{zh: a, en: a}\n    %s\n",
                   rows[i].test);
        engine_open(&e, buf_cstr(&text));
        diag_init(&diag);
        step_lint(e.ledger, &diag);
        diag_print(&diag, &said);
        if (rows[i].says == NULL
                ? diag.errors != 0
                : !assert_within(buf_view(&said), bytes_str(rows[i].says)))
            fail_msg("%s: %s", rows[i].test, buf_cstr(&said));
        diag_free(&diag);
        buf_free(&text);
        buf_free(&said);
        (void)pthread_mutex_init(&e.bench.lock, NULL);
        engine_close(&e);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),         cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bodies),        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_encodings),     cmocka_unit_test(test_asserts),
        cmocka_unit_test(test_assert_faults), cmocka_unit_test(test_command),
        cmocka_unit_test(test_transcript),    cmocka_unit_test(test_lint)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
