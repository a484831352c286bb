/* SPDX-License-Identifier: Apache-2.0 */
/* One event through one mapping: what is written. */
#include "fixture.h"

/* A record without the parts that every one has. ${general} begins with what
 * follows alert_id. */
#define REC(general, rest)                                                     \
    "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"" FIXTURE_ID         \
    "\"" general "}" rest "}"
#define TAIL         ",\"x_event_id\":\"" FIXTURE_ID "\""
#define SRC(members) TAIL ",\"x_source\":{" members "}"
#define FAILED(key)  "\"x_repairs\":[\"conversion:alert.general." key "\"]"

static const struct {
    const char *name;
    const char *fields; /* below `fields:`, and what may follow it */
    const char *json;
    const char *want;
} cases[] = {
    /* ---- text */
    {"text", "  alert.general.note: {path: a.b}\n", "{\"a\":{\"b\":\"x\"}}",
     REC(",\"note\":\"x\"", TAIL)},
    {"escapes are copied", "  alert.general.note: {path: a}\n",
     "{\"a\":\"x\\\"\\u4e2d\\/\"}", REC(",\"note\":\"x\\\"\\u4e2d\\/\"", TAIL)},
    {"number as text", "  alert.general.note: {path: a}\n", "{\"a\":1.50}",
     REC(",\"note\":\"1.50\"", TAIL)},
    {"big number as text", "  alert.general.note: {path: a}\n",
     "{\"a\":12345678901234567890}",
     REC(",\"note\":\"12345678901234567890\"",
         SRC("\"x_repairs\":[\"big_number\"]"))},
    {"true as text", "  alert.general.note: {path: a}\n", "{\"a\":true}",
     REC(",\"note\":\"true\"", TAIL)},
    {"null is absent", "  alert.general.note: {path: a}\n", "{\"a\":null}",
     REC("", TAIL)},
    {"empty is absent", "  alert.general.note: {path: a}\n", "{\"a\":\"\"}",
     REC("", TAIL)},
    {"object is no text", "  alert.general.note: {path: a}\n",
     "{\"a\":{\"b\":1}}", REC("", SRC("\"a\":{\"b\":1}," FAILED("note")))},
    {"cut at a character", "  alert.general.alert_name: {path: a}\n",
     "{\"a\":\"一二三四五六七八九\"}",
     REC(",\"alert_name\":\"一二三四五六七八\"",
         SRC("\"x_repairs\":[\"cut:alert.general.alert_name\"]"))},
    {"escapes count as characters", "  alert.general.alert_name: {path: a}\n",
     "{\"a\":\"\\u0041\\u0042\\u0043\"}", REC(",\"alert_name\":\"ABC\"", TAIL)},
    {"absent words", "  alert.general.note: {path: a}\nabsent: ['-', N/A]\n",
     "{\"a\":\"N/A\"}", REC("", TAIL)},
    /* ---- numbers */
    {"integer", "  alert.general.count: {path: a}\n", "{\"a\":7}",
     REC(",\"count\":7", TAIL)},
    {"integer from text", "  alert.general.count: {path: a}\n",
     "{\"a\":\"0007\"}", REC(",\"count\":7", TAIL)},
    {"whole number with fraction", "  alert.general.count: {path: a}\n",
     "{\"a\":7.0}", REC(",\"count\":7", TAIL)},
    {"fraction is no integer", "  alert.general.count: {path: a}\n",
     "{\"a\":7.5}", REC("", SRC("\"a\":7.5," FAILED("count")))},
    {"out of range", "  alert.general.count: {path: a}\n", "{\"a\":1001}",
     REC("", SRC("\"a\":1001," FAILED("count")))},
    {"below range", "  alert.general.count: {path: a}\n", "{\"a\":0}",
     REC("", SRC("\"a\":0," FAILED("count")))},
    {"no number", "  alert.general.count: {path: a}\n", "{\"a\":\"7x\"}",
     REC("", SRC("\"a\":\"7x\"," FAILED("count")))},
    {"hex", "  alert.general.count: {path: a, number: hex}\n",
     "{\"a\":\"0x1F\"}", REC(",\"count\":31", TAIL)},
    {"times and divide",
     "  alert.general.count: {path: a, times: 10, divide: 4}\n", "{\"a\":2}",
     REC(",\"count\":5", TAIL)},
    {"number is copied", "  alert.general.score: {path: a}\n",
     "{\"a\":-1.50e2}", REC(",\"score\":-1.50e2", TAIL)},
    {"number from text", "  alert.general.score: {path: a}\n",
     "{\"a\":\"2.5\"}", REC(",\"score\":2.5", TAIL)},
    {"no JSON number", "  alert.general.score: {path: a}\n", "{\"a\":\"02.5\"}",
     REC("", SRC("\"a\":\"02.5\"," FAILED("score")))},
    {"boolean", "  alert.general.flag: {path: a}\n", "{\"a\":false}",
     REC(",\"flag\":false", TAIL)},
    {"boolean from text", "  alert.general.flag: {path: a}\n", "{\"a\":\"是\"}",
     REC(",\"flag\":true", TAIL)},
    /* ---- codes */
    {"code as it is", "  alert.general.alert_level: {path: a}\n",
     "{\"a\":\"high\"}", REC(",\"alert_level\":\"high\"", TAIL)},
    {"other spelling", "  alert.general.alert_level: {path: a}\n",
     "{\"a\":\"HIGH\"}", REC(",\"alert_level\":\"high\"", TAIL)},
    {"numeric alias", "  alert.general.alert_level: {path: a}\n", "{\"a\":1}",
     REC(",\"alert_level\":\"low\"", TAIL)},
    {"no code", "  alert.general.alert_level: {path: a}\n", "{\"a\":\"x\"}",
     REC("", SRC("\"a\":\"x\"," FAILED("alert_level")))},
    {"lookup",
     "  alert.general.alert_level: {path: a, lookup: {9: high}, evidence: e}\n",
     "{\"a\":9}", REC(",\"alert_level\":\"high\"", TAIL)},
    {"lookup of an escaped text",
     "  alert.general.alert_level: {path: a, lookup: {bad: low}, evidence: e}\n",
     "{\"a\":\"b\\u0061d\"}", REC(",\"alert_level\":\"low\"", TAIL)},
    {"lookup miss",
     "  alert.general.alert_level: {path: a, lookup: {9: high}, evidence: e}\n",
     "{\"a\":8}", REC("", SRC("\"a\":8," FAILED("alert_level")))},
    {"lookup miss means nothing",
     "  alert.general.alert_level: {path: a, lookup: {9: high}, miss: absent, "
     "evidence: e}\n",
     "{\"a\":8}", REC("", TAIL)},
    {"default of a miss keeps the value",
     "  alert.general.alert_level: {path: a, lookup: {9: high}, evidence: e, "
     "default: low, why: w}\n",
     "{\"a\":8}",
     REC(",\"alert_level\":\"low\"", SRC("\"a\":8," FAILED("alert_level")))},
    {"default of an absent value",
     "  alert.general.alert_level: {path: a, lookup: {9: high}, evidence: e, "
     "default: low, why: w}\n",
     "{\"b\":8}", REC(",\"alert_level\":\"low\"", TAIL)},
    {"case before lookup",
     "  alert.general.alert_level: {path: a, case: lower, lookup: {bad: low}, "
     "evidence: e}\n",
     "{\"a\":\"BAD\"}", REC(",\"alert_level\":\"low\"", TAIL)},
    /* ---- times */
    {"time is copied", "  alert.general.alert_time: {path: a, time: rfc3339}\n",
     "{\"a\":\"2022-07-10T23:50:05.533101-05:00\"}",
     REC(",\"alert_time\":\"2022-07-10T23:50:05.533101-05:00\"", TAIL)},
    {"colon put in", "  alert.general.alert_time: {path: a, time: rfc3339}\n",
     "{\"a\":\"2022-07-10T23:50:05.533101+0000\"}",
     REC(",\"alert_time\":\"2022-07-10T23:50:05.533101+00:00\"", TAIL)},
    {"epoch", "  alert.general.alert_time: {path: a, time: epoch}\n",
     "{\"a\":1700000000.25}",
     REC(",\"alert_time\":\"2023-11-14T22:13:20.25Z\"", TAIL)},
    {"common log form", "  alert.general.alert_time: {path: a, time: clf}\n",
     "{\"a\":\"22/Nov/2026:08:41:33.893770 +0800\"}",
     REC(",\"alert_time\":\"2026-11-22T08:41:33.893770+08:00\"", TAIL)},
    {"guessed year", "  alert.general.alert_time: {path: a, time: rfc3164}\n",
     "{\"a\":\"Nov 14 10:00:00\"}",
     REC(",\"alert_time\":\"2023-11-14T10:00:00+00:00\"",
         SRC("\"x_repairs\":[\"time_guessed:alert.general.alert_time\"]"))},
    {"bad time", "  alert.general.alert_time: {path: a, time: rfc3339}\n",
     "{\"a\":\"2022-13-10T23:50:05Z\"}",
     REC("", SRC("\"a\":\"2022-13-10T23:50:05Z\"," FAILED("alert_time")))},
    /* ---- addresses */
    {"IPv4", "  alert.general.source.ip: {path: a}\n", "{\"a\":\"10.0.0.1\"}",
     REC(",\"source\":{\"ip\":\"10.0.0.1\"}", TAIL)},
    {"IPv6 by RFC 5952", "  alert.general.source.ip: {path: a}\n",
     "{\"a\":\"2001:0DB8:0:0:0:0:0:1\"}",
     REC(",\"source\":{\"ip\":\"2001:db8::1\"}", TAIL)},
    {"no address", "  alert.general.source.ip: {path: a}\n",
     "{\"a\":\"10.0.0\"}",
     REC("", SRC("\"a\":\"10.0.0\"," FAILED("source.ip")))},
    {"ip op on a plain text", "  alert.general.note: {path: a, ip: true}\n",
     "{\"a\":\"::0001\"}", REC(",\"note\":\"::1\"", TAIL)},
    {"MAC", "  alert.general.source.mac: {path: a}\n",
     "{\"a\":\"0016.31E1.BCC4\"}",
     REC(",\"source\":{\"mac\":\"00:16:31:e1:bc:c4\"}", TAIL)},
    /* ---- several values */
    {"array", "  alert.general.tags: {path: 'a[]'}\n",
     "{\"a\":[\"x\",2,null,\"\"]}", REC(",\"tags\":[\"x\",\"2\"]", TAIL)},
    {"array without brackets", "  alert.general.tags: {path: a}\n",
     "{\"a\":[\"x\"]}", REC(",\"tags\":[\"x\"]", TAIL)},
    {"one value as an array", "  alert.general.tags: {path: 'a[].b'}\n",
     "{\"a\":{\"b\":\"x\"}}", REC(",\"tags\":[\"x\"]", TAIL)},
    {"empty array is absent", "  alert.general.tags: {path: 'a[]'}\n",
     "{\"a\":[]}", REC("", TAIL)},
    {"too many elements", "  alert.general.tags: {path: 'a[]'}\n",
     "{\"a\":[1,2,3,4]}",
     REC(",\"tags\":[\"1\",\"2\",\"3\"]",
         SRC("\"x_repairs\":[\"cut:alert.general.tags\"]"))},
    {"one bad element", "  alert.general.tags: {path: 'a[]'}\n",
     "{\"a\":[\"x\",{}]}",
     REC(",\"tags\":[\"x\"]", SRC("\"a\":[\"x\",{}]," FAILED("tags")))},
    {"split", "  alert.general.tags: {path: a, split: ','}\n",
     "{\"a\":\"x, y,,z\"}", REC(",\"tags\":[\"x\",\"y\",\"z\"]", TAIL)},
    {"join", "  alert.general.note: {path: 'a[]', join: '; '}\n",
     "{\"a\":[\"x\",\"\",\"y\"]}", REC(",\"note\":\"x; y\"", TAIL)},
    {"first of an array", "  alert.general.note: {path: 'a[]'}\n",
     "{\"a\":[null,\"x\",\"y\"]}", REC(",\"note\":\"x\"", TAIL)},
    {"only the first", "  alert.general.note: {path: 'a[0]'}\n",
     "{\"a\":[null,\"x\"]}", REC("", TAIL)},
    {"each",
     "  alert.general.parts:\n    each: a\n    fields:\n"
     "      name: {path: n}\n      size: {path: s.v}\n",
     "{\"a\":[{\"n\":\"x\",\"s\":{\"v\":1}},{\"q\":1},{\"n\":\"y\"}]}",
     REC(",\"parts\":[{\"name\":\"x\",\"size\":1},{\"name\":\"y\"}]", TAIL)},
    {"each with when and const",
     "  alert.general.parts:\n    each: a.b[]\n    fields:\n"
     "      name: {path: n}\n"
     "      size: {const: 5, when: k == 1, why: w}\n",
     "{\"a\":{\"b\":[{\"n\":\"x\",\"k\":1},{\"n\":\"y\",\"k\":2}]}}",
     REC(",\"parts\":[{\"name\":\"x\",\"size\":5},{\"name\":\"y\"}]", TAIL)},
    {"each keeps what failed",
     "  alert.general.parts: {each: a, fields: {name: {path: n}, size: {path: "
     "s}}}\n",
     "{\"a\":[{\"n\":\"x\",\"s\":\"big\"}]}",
     REC(",\"parts\":[{\"name\":\"x\"}]",
         SRC("\"a\":[{\"n\":\"x\",\"s\":\"big\"}],"
             "\"x_repairs\":[\"conversion:alert.general.parts[].size\"]"))},
    /* ---- sources */
    {"first of", "  alert.general.note: {first_of: [a, b]}\n",
     "{\"a\":\"\",\"b\":\"x\"}", REC(",\"note\":\"x\"", TAIL)},
    {"first of inherits the transform",
     "  alert.general.note: {first_of: [a, {path: b}], case: upper}\n",
     "{\"a\":\"x\"}", REC(",\"note\":\"X\"", TAIL)},
    {"first of after a failure", "  alert.general.count: {first_of: [a, b]}\n",
     "{\"a\":\"x\",\"b\":3}", REC(",\"count\":3", TAIL)},
    {"concat", "  alert.general.note: {concat: [a, {const: x}, b], sep: '-'}\n",
     "{\"a\":1,\"b\":\"2\"}", REC(",\"note\":\"1-x-2\"", TAIL)},
    {"concat needs all parts", "  alert.general.note: {concat: [a, b]}\n",
     "{\"a\":1}", REC("", TAIL)},
    {"regex group", "  alert.general.note: {path: a, regex: 'v=([0-9]+)'}\n",
     "{\"a\":\"x v=12 y\"}", REC(",\"note\":\"12\"", TAIL)},
    {"regex without a group",
     "  alert.general.note: {path: a, regex: '[0-9]+'}\n", "{\"a\":\"x 12 y\"}",
     REC(",\"note\":\"12\"", TAIL)},
    {"regex alternatives",
     "  alert.general.note: {path: a, regex: 'x=(.)|y=(.)'}\n",
     "{\"a\":\"y=2\"}", REC(",\"note\":\"2\"", TAIL)},
    {"regex miss is absent", "  alert.general.note: {path: a, regex: 'z'}\n",
     "{\"a\":\"x\"}", REC("", TAIL)},
    {"regex steps are limited",
     "  alert.general.note: {path: a, regex: '(x+x+)+y'}\n",
     "{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxzy\"}",
     REC("",
         SRC("\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxzy\"," FAILED(
             "note")))},
    {"const", "  alert.general.note: {const: \"say \\\"x\\\"\", why: w}\n",
     "{}", REC(",\"note\":\"say \\\"x\\\"\"", TAIL)},
    {"when", "  alert.general.note: {path: a, when: b == 1}\n",
     "{\"a\":\"x\",\"b\":2}", REC("", TAIL)},
    {"event id", "  alert.general.note: {event: id}\n", "{}",
     REC(",\"note\":\"" FIXTURE_ID "\"", TAIL)},
    {"receive time", "  alert.general.alert_time: {event: received}\n", "{}",
     REC(",\"alert_time\":\"2023-11-14T22:13:20.000Z\"",
         SRC("\"x_repairs\":[\"time_guessed:alert.general.alert_time\"]"))},
    {"base64",
     "  alert.extension.two.data: {path: a, encode: base64}\n"
     "  alert.general.alert_type: {const: \"02001\", why: w}\n",
     "{\"a\":\"hi\"}",
     REC(",\"alert_type\":\"02001\"",
         ",\"extension\":{\"two\":{\"data\":\"aGk=\"}}" TAIL)},
    {"no base64", "  alert.extension.two.data: {path: a}\n", "{\"a\":\"h-\"}",
     REC("", SRC("\"a\":\"h-\",\"x_repairs\":[\"conversion:alert.extension.two."
                 "data\"]"))},
    /* ---- members by category */
    {"member of the category",
     "  alert.general.alert_type: {path: t}\n"
     "  alert.extension.one.what: {path: a}\n"
     "  alert.extension.two.free: {path: b}\n",
     "{\"t\":\"01001\",\"a\":\"x\",\"b\":{\"c\":[1]}}",
     REC(",\"alert_type\":\"01001\"",
         ",\"extension\":{\"one\":{\"what\":\"x\"}}" SRC("\"b\":{\"c\":[1]}"))},
    {"the other category",
     "  alert.general.alert_type: {path: t}\n"
     "  alert.extension.one.what: {path: a}\n"
     "  alert.extension.two.free: {path: b}\n",
     "{\"t\":\"02001\",\"a\":\"x\",\"b\":{\"c\":[1]}}",
     REC(",\"alert_type\":\"02001\"",
         ",\"extension\":{\"two\":{\"free\":{\"c\":[1]}}}" SRC("\"a\":\"x\""))},
    {"misplaced but used elsewhere",
     "  alert.general.alert_type: {path: t}\n"
     "  alert.general.note: {path: a}\n"
     "  alert.extension.one.what: {path: a}\n",
     "{\"t\":\"02001\",\"a\":\"x\"}",
     REC(",\"alert_type\":\"02001\",\"note\":\"x\"", TAIL)},
    {"no category at all",
     "  alert.general.alert_type: {path: t}\n"
     "  alert.extension.one.what: {path: a}\n",
     "{\"a\":\"x\"}", REC("", SRC("\"a\":\"x\""))},
    /* ---- x_source */
    {"keep", "  alert.general.note: {path: a}\nkeep: [k, o.p]\n",
     "{\"k\":[1, {\"x\":null}],\"a\":\"n\",\"o\":{\"p\":1,\"q\":2},\"z\":3}",
     REC(",\"note\":\"n\"", SRC("\"k\":[1, {\"x\":null}],\"o\":{\"p\":1}"))},
    {"keep the rest",
     "  alert.general.note: {path: o.a}\nkeep: [o]\n"
     "drop: [{path: o.d, why: w}]\n",
     "{\"o\":{\"a\":\"n\",\"b\":{\"c\":1},\"d\":2}}",
     REC(",\"note\":\"n\"", SRC("\"o\":{\"b\":{\"c\":1}}"))},
    {"keep everything", "  alert.general.note: {path: o.a}\nkeep: ['*']\n",
     "{\"x\":1,\"o\":{\"a\":\"n\",\"b\":2}}",
     REC(",\"note\":\"n\"", SRC("\"x\":1,\"o\":{\"b\":2}"))},
    {"nothing left of an object",
     "  alert.general.note: {path: o.a}\nkeep: "
     "['*']\n",
     "{\"o\":{\"a\":\"n\"}}", REC(",\"note\":\"n\"", TAIL)},
    {"named object that is none",
     "  alert.general.note: {path: o.a}\nkeep: "
     "['*']\n",
     "{\"o\":\"text\"}", REC("", SRC("\"o\":\"text\""))},
    {"our own name", "  alert.general.note: {path: a}\nkeep: ['*']\n",
     "{\"x_repairs\":\"forged\",\"y\":1}", REC("", SRC("\"y\":1"))},
    {"key with NUL", "  alert.general.note: {path: a}\nkeep: ['*']\n",
     "{\"a\\u0000b\":1,\"y\":1}",
     REC(",\"raw\":\"{\\\"a\\\\u0000b\\\":1,\\\"y\\\":1}\"",
         SRC("\"a\xEF\xBF\xBD"
             "b\":1,\"y\":1,\"x_repairs\":[\"undecodable\"]"))},
    {"line feed between tokens", "  alert.general.note: {path: a}\nkeep: [k]\n",
     "{\"k\":{\n\"x\": 1\n}}", REC("", SRC("\"k\":{\"x\":1}"))},
    /* ---- repairs */
    {"duplicate key", "  alert.general.note: {path: a}\n",
     "{\"a\":\"x\",\"a\":\"y\"}",
     REC(",\"note\":\"x\",\"raw\":\"{\\\"a\\\":\\\"x\\\",\\\"a\\\":\\\"y\\\"}\"",
         SRC("\"x_repairs\":[\"duplicate_key\"]"))},
    {"bad bytes", "  alert.general.note: {path: a}\n", "{\"a\":\"x\xff\"}",
     REC(",\"note\":\"x\xEF\xBF\xBD\",\"raw\":\"eyJhIjoieP8ifQ==\"",
         SRC("\"x_repairs\":[\"undecodable\",\"base64:alert.general.raw\"]"))},
};

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char yaml[2048];
        struct fixture f;
        enum plan_result r;
        const char *got;

        (void)snprintf(yaml, sizeof yaml, FIXTURE_HEAD "to: alert\nfields:\n%s",
                       cases[i].fields);
        fixture_open(&f, yaml, NULL);
        /* Twice: a state must not remember. */
        (void)fixture_run(&f, cases[i].json, &r);
        got = fixture_run(&f, cases[i].json, &r);
        if (r != PLAN_RECORD || strcmp(got, cases[i].want) != 0) {
            print_error("%s:\n got  %s\n want %s\n", cases[i].name, got,
                        cases[i].want);
            fail();
        }
        fixture_close(&f);
    }
}

static void
test_meta(void **state)
{
    struct fixture f;
    enum plan_result r;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD "to: alert\nfields:\n"
                              "  alert.general.alert_id: {path: i}\n"
                              "  alert.general.alert_level: {path: l}\n"
                              "  alert.general.alert_time: {path: t}\n"
                              "  alert.general.count: {path: c}\n",
                 NULL);
    (void)fixture_run(&f,
                      "{\"i\":\"id-1\",\"l\":\"HIGH\",\"t\":\"2023-11-14T22:13:"
                      "20Z\",\"c\":\"x\",\"i\":2}",
                      &r);
    assert_int_equal(r, PLAN_RECORD);
    assert_string_equal(f.meta.kind, "alert");
    assert_string_equal(f.meta.key, "id-1");
    assert_string_equal(f.meta.level, "high");
    assert_int_equal(f.meta.event_time.sec, 1700000000);
    assert_int_equal(f.meta.repairs, TAPE_DUPLICATE);
    assert_int_equal(f.meta.conversions_failed, 1);
    (void)fixture_run(&f, "{}", &r);
    assert_string_equal(f.meta.level, "");
    assert_string_equal(f.meta.key, FIXTURE_ID);
    assert_int_equal(f.meta.event_time.sec, 0);
    fixture_close(&f);
}

static void
test_not_ours(void **state)
{
    struct fixture f;
    enum plan_result r;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD "  match: k == 'alert'\n  require: [k, a]\nto: "
                              "alert\nfields:\n"
                              "  alert.general.note: {path: a}\n",
                 NULL);
    (void)fixture_run(&f, "{\"k\":\"flow\",\"a\":1}", &r);
    assert_int_equal(r, PLAN_SKIP);
    assert_int_equal(f.out.len, 0);
    assert_int_equal(plan_looks_like(f.p, f.st, &f.tape, 0), 30);
    (void)fixture_run(&f, "{\"k\":\"alert\",\"a\":1}", &r);
    assert_int_equal(r, PLAN_RECORD);
    assert_int_equal(plan_looks_like(f.p, f.st, &f.tape, 0), 100);
    (void)fixture_run(&f, "{\"k\":\"alert\"}", &r);
    assert_int_equal(plan_looks_like(f.p, f.st, &f.tape, 0), 0);
    (void)fixture_run(&f, "[1]", &r);
    assert_int_equal(r, PLAN_REJECT);
    assert_int_equal(f.err.code, ERR_TYPE);
    assert_int_equal(f.out.len, 0);
    fixture_close(&f);
}

/* An edition that names, places and writes everything otherwise needs no other
 * mapping. */
static void
test_overlay(void **state)
{
    static const char overlay[] =
        "kind: overlay\nid: o\nversion: 0.1.0\nover: test-1\nrows:\n"
        "  alert.general.alert_name: {at: [alertName]}\n"
        "  alert.general.alert_level: {at: [level], encoding: number}\n"
        "  alert.general.alert_type: {encoding: name_zh}\n"
        "  alert.general.alert_time: {at: [when], time_form: epoch_ms}\n"
        "  alert.general.note: {retire: true}\n"
        "  alert.general.source.ip: {at: [srcIp]}\n";
    struct fixture f;
    struct diag d;
    enum plan_result r;

    (void)state;
    f = (struct fixture){.s = fixture_standard(overlay)};
    diag_init(&d);
    f.m = mapping_load(
        "m.yaml",
        BYTES(FIXTURE_HEAD
              "to: alert\nfields:\n"
              "  alert.general.alert_name: {path: n}\n"
              "  alert.general.alert_level: {path: l, lookup: {9: high}, "
              "evidence: e}\n"
              "  alert.general.alert_type: {path: k}\n"
              "  alert.general.alert_time: {path: t}\n"
              "  alert.general.note: {path: gone}\n"
              "  alert.general.source.ip: {path: s}\n"),
        &d);
    f.p = plan_compile(f.m, f.s, &d);
    assert_non_null(f.p);
    assert_int_equal(d.errors, 0);
    assert_int_equal(d.warnings, 1); /* the retired row */
    f.st = plan_state_new(f.p);
    json_reader_init(&f.reader, JSON_TOLERANT, NULL);
    assert_string_equal(
        fixture_run(&f,
                    "{\"n\":\"x\",\"l\":9,\"k\":\"01001\",\"t\":"
                    "\"2023-11-14T22:13:20.5Z\",\"gone\":\"g\",\"s\":"
                    "\"10.0.0.1\"}",
                    &r),
        "{\"info_type\":\"alert\",\"general\":{\"alert_id\":\"" FIXTURE_ID
        "\",\"alert_type\":\"甲\"},\"alertName\":\"x\",\"level\":3,"
        "\"when\":1700000000500,\"srcIp\":\"10.0.0.1\"" SRC(
            "\"gone\":\"g\"") "}");
    assert_string_equal(f.meta.level, "high");
    diag_free(&d);
    fixture_close(&f);
}

/* What is written is read strictly, whatever the source does. */
static void
test_limits(void **state)
{
    struct buf deep = {0}, big = {0};
    struct json_reader strict;
    struct tape tape = {0};
    struct fixture f;
    enum plan_result r;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD "to: alert\nfields:\n"
                              "  alert.general.note: {path: n}\nkeep: ['*']\n",
                 NULL);
    json_reader_init(&strict, JSON_STRICT, NULL);
    buf_str(&deep, "{\"k\":");
    for (int i = 0; i < 31; i++)
        buf_char(&deep, '[');
    for (int i = 0; i < 31; i++)
        buf_char(&deep, ']');
    buf_char(&deep, '}');
    (void)fixture_run(&f, buf_cstr(&deep), &r);
    assert_int_equal(r, PLAN_RECORD);
    assert_int_equal(json_read(&strict, buf_view(&f.out), &tape, NULL), ERR_OK);
    assert_non_null(strstr(buf_cstr(&f.out), "left_out"));
    buf_str(&big, "{\"n\":\"");
    for (int i = 0; i < 66000; i++)
        buf_char(&big, (char)('a' + i % 26));
    buf_str(&big, "\",\"k\":\"");
    for (int i = 0; i < 66000; i++)
        buf_char(&big, 'k');
    buf_str(&big, "\"}");
    (void)fixture_run(&f, buf_cstr(&big), &r);
    assert_int_equal(r, PLAN_RECORD);
    assert_int_equal(json_read(&strict, buf_view(&f.out), &tape, NULL), ERR_OK);
    assert_non_null(strstr(buf_cstr(&f.out), "cut:alert.general.note"));
    json_reader_free(&strict);
    tape_free(&tape);
    buf_free(&deep);
    buf_free(&big);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases), cmocka_unit_test(test_meta),
        cmocka_unit_test(test_not_ours), cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_limits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
