/* SPDX-License-Identifier: Apache-2.0 */
/* Coverage, explanation and lint: what a mapping says about itself. */
#include "fixture.h"

struct paths {
    struct buf text;
};

static void
take_path(void *ctx, const char *path, enum path_fate fate, uint64_t count,
          const char *why)
{
    static const char letters[] = "MKDU";
    struct paths *p = ctx;

    buf_printf(&p->text, "%c%llu %s%s%s\n", letters[fate],
               (unsigned long long)count, path, why ? " # " : "",
               why ? why : "");
}

static void
test_coverage(void **state)
{
    struct paths got = {0};
    struct fixture f;
    enum plan_result r;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD
                 "  match: not k == 'no'\nto: alert\nfields:\n"
                 "  alert.general.note: {path: a.b}\n"
                 "  alert.general.tags: {path: 't[].x'}\n"
                 "  alert.general.parts: {each: p, fields: {name: {path: n}}}\n"
                 "keep: [o, {path: w, why: rare}]\n"
                 "drop: [{path: o.d, why: noise}, {path: q, why: other}]\n",
                 NULL);
    plan_coverage_enable(f.st, true);
    (void)fixture_run(&f,
                      "{\"k\":\"y\",\"a\":{\"b\":1,\"c\":2},\"t\":[{\"x\":1,"
                      "\"y\":2},{\"x\":3}],\"p\":[{\"n\":1,\"m\":2}],\"o\":{"
                      "\"d\":1,\"e\":[{\"f\":1}]},\"q\":{\"r\":[1,2]},\"w\":0,"
                      "\"u\":null,\"v\":{},\"a\\u0007b\":1}",
                      &r);
    (void)fixture_run(&f, "{\"k\":\"no\",\"new\":1}", &r);
    (void)fixture_run(&f, "{\"k\":\"y\",\"a\":{\"b\":1}}", &r);
    plan_coverage(f.st, take_path, &got);
    assert_string_equal(buf_cstr(&got.text), "M2 a.b\n"
                                             "U1 a.c\n"
                                             "U1 a\\u0007b\n"
                                             "M2 k\n"
                                             "D1 o.d # noise\n"
                                             "K1 o.e[].f\n"
                                             "U1 p[].m\n"
                                             "M1 p[].n\n"
                                             "D2 q.r[] # other\n"
                                             "M2 t[].x\n"
                                             "U1 t[].y\n"
                                             "U1 u\n"
                                             "K1 w # rare\n");
    plan_coverage_enable(f.st, false);
    buf_reset(&got.text);
    plan_coverage(f.st, take_path, &got);
    assert_int_equal(got.text.len, 0);
    buf_free(&got.text);
    fixture_close(&f);
}

/* Attackers invent keys: the table of paths is bounded. */
/* A member without a name is one like others (found by fuzzing: its path is
 * empty, and has no bytes to copy). */
static void
test_coverage_nameless(void **state)
{
    struct paths got = {0};
    struct fixture f;
    enum plan_result r;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD "to: alert\nfields:\n"
                              "  alert.general.note: {path: a}\n",
                 NULL);
    plan_coverage_enable(f.st, true);
    (void)fixture_run(&f, "{\"\":\"x\",\"a\":1}", &r);
    (void)fixture_run(&f, "{\"\":\"y\",\"a\":1}", &r);
    plan_coverage(f.st, take_path, &got);
    assert_string_equal(buf_cstr(&got.text), "U2 \nM2 a\n");
    buf_free(&got.text);
    fixture_close(&f);
}

static void
test_coverage_bound(void **state)
{
    struct paths got = {0};
    struct buf json = {0};
    struct fixture f;
    enum plan_result r;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD "to: alert\nfields:\n"
                              "  alert.general.note: {path: a}\n",
                 NULL);
    plan_coverage_enable(f.st, true);
    for (int n = 0; n < 21; n++) {
        buf_reset(&json);
        buf_char(&json, '{');
        for (int i = 0; i < 1000; i++)
            buf_printf(&json, "%s\"k%d\":1", i ? "," : "", n * 1000 + i);
        buf_char(&json, '}');
        (void)fixture_run(&f, buf_cstr(&json), &r);
    }
    plan_coverage(f.st, take_path, &got);
    assert_non_null(strstr(buf_cstr(&got.text), "U1000 ...\n"));
    buf_free(&got.text);
    buf_free(&json);
    fixture_close(&f);
}

static void
test_explain(void **state)
{
    static const char json[] = "{\"a\":\"x\",\"l\":8,\"z\":[1]}";
    struct plan_input in;
    struct buf out = {0};
    struct fixture f;
    struct err err;

    (void)state;
    fixture_open(&f,
                 FIXTURE_HEAD
                 "to: alert\nfields:\n"
                 "  alert.general.alert_name: {first_of: [q, a], case: upper}\n"
                 "  alert.general.alert_level: {path: l, lookup: {9: high}, "
                 "evidence: e}\n"
                 "  alert.general.note: {const: c, why: because}\n"
                 "drop: [{path: z, why: noise}]\n",
                 NULL);
    assert_int_equal(json_read(&f.reader, bytes_str(json), &f.tape, NULL),
                     ERR_OK);
    in = (struct plan_input){.source = &f.tape, .event_id = BYTES("id")};
    assert_int_equal(plan_explain(f.p, f.st, &in, &out, false, &err), ERR_OK);
    assert_string_equal(
        buf_cstr(&out),
        "{\"mapping\":\"m\",\"version\":\"0.1.0\",\"kind\":\"alert\","
        "\"wanted\":true,\"fields\":["
        "{\"row\":\"alert.general.alert_id\",\"name\":\"row\",\"outcome\":"
        "\"written\",\"value\":\"id\",\"from\":[],\"ops\":[\"event\"],\"why\":"
        "\"the source has no documented id\"},"
        "{\"row\":\"alert.general.alert_name\",\"name\":\"row\",\"outcome\":"
        "\"written\",\"value\":\"X\",\"from\":[\"q\",\"a\"],\"ops\":[\"first_"
        "of\",\"case\"]},"
        "{\"row\":\"alert.general.alert_level\",\"name\":\"row\",\"outcome\":"
        "\"failed\",\"from\":[\"l\"],\"ops\":[\"lookup\"],\"evidence\":\"e\"},"
        "{\"row\":\"alert.general.note\",\"name\":\"row\",\"outcome\":"
        "\"written\",\"value\":\"c\",\"const\":\"c\",\"ops\":[],\"why\":"
        "\"because\"}],"
        "\"missing\":[\"alert.general.alert_type\",\"alert.general.alert_"
        "level\",\"alert.general.alert_time\"],"
        "\"source\":["
        "{\"path\":\"a\",\"fate\":\"mapped\",\"value\":\"x\"},"
        "{\"path\":\"l\",\"fate\":\"mapped\",\"value\":8},"
        "{\"path\":\"z[]\",\"fate\":\"dropped\",\"why\":\"noise\",\"value\":1}"
        "]}");
    buf_free(&out);
    fixture_close(&f);
}

#define EVIDENCE "evidence: \"manual, page 1\""
#define GOOD                                                                   \
    "  alert.general.alert_name: {path: n}\n"                                  \
    "  alert.general.alert_type: {const: \"01001\", why: w}\n"                 \
    "  alert.general.alert_time: {path: t}\n"

static const struct {
    const char *name, *fields;
    const char *want; /* part of the message; NULL: clean */
    bool error;
} lints[] = {
    {"clean",
     GOOD "  alert.general.alert_level: {path: l, lookup: {1: low, 2: high}, "
          "range: 1..2, worst: 2, " EVIDENCE "}\n"
          "  alert.general.source.ip: {first_of: [src_ip, alert.source.ip]}\n",
     NULL, false},
    {"turned round",
     GOOD "  alert.general.alert_level: {path: l, lookup: {1: low, 2: high}, "
          "range: 1..2, worst: 1, " EVIDENCE "}\n",
     "wrong direction", true},
    {"up and down",
     GOOD "  alert.general.alert_level: {path: l, lookup: {1: low, 2: high, 3: "
          "low}, range: 1..3, worst: 2, " EVIDENCE "}\n",
     "rise and fall", true},
    {"no direction",
     GOOD "  alert.general.alert_level: {path: l, lookup: {1: low, 2: high}, "
          "range: 1..2, " EVIDENCE "}\n",
     "which number is worst", false},
    {"words turned round",
     GOOD
     "  alert.general.alert_level: {path: l, lookup: {critical: low}, " EVIDENCE
     "}\n",
     "\"critical\" becomes \"low\"", true},
    {"gap in the range",
     GOOD "  alert.general.alert_level: {path: l, lookup: {1: low, 3: high}, "
          "range: 1..3, worst: 3, " EVIDENCE "}\n",
     "2 is in the documented range", true},
    {"no range",
     GOOD "  alert.general.alert_level: {path: l, lookup: {1: low, 3: high}, "
          "worst: 3, " EVIDENCE "}\n",
     "neither its documented range", false},
    {"poor evidence",
     GOOD "  alert.general.alert_level: {path: l, lookup: {high: high}, "
          "evidence: yes}\n",
     "names a document", true},
    {"invented address",
     GOOD "  alert.general.alert_level: {path: l}\n"
          "  alert.general.source.ip: {const: 127.0.0.1, why: w}\n",
     "nothing is invented", true},
    {"invented by default",
     GOOD "  alert.general.alert_level: {path: l}\n"
          "  alert.general.source.ip: {path: src, default: 127.0.0.1, why: "
          "w}\n",
     "nothing is invented", true},
    {"constant level",
     GOOD "  alert.general.alert_level: {const: high, why: w}\n",
     "sources differ", false},
    {"swapped ends",
     GOOD "  alert.general.alert_level: {path: l}\n"
          "  alert.general.source.ip: {path: dest_ip}\n",
     "the ends look swapped", true},
    {"mandatory row never filled",
     "  alert.general.alert_name: {path: n}\n"
     "  alert.general.alert_type: {const: \"01001\", why: w}\n"
     "  alert.general.alert_level: {path: l}\n",
     "alert.general.alert_time is never filled", false},
};

static void
test_lint(void **state)
{
    struct standard *s = fixture_standard(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof lints / sizeof lints[0]; i++) {
        char yaml[2048];
        struct buf text = {0};
        struct mapping *m;
        struct diag d;
        bool good;

        (void)snprintf(yaml, sizeof yaml,
                       FIXTURE_HEAD "  require: [n]\nto: alert\nfields:\n%s",
                       lints[i].fields);
        diag_init(&d);
        m = mapping_load("m.yaml", bytes_str(yaml), &d);
        if (m == NULL)
            fixture_fail(&d);
        mapping_lint(m, s, &d);
        diag_print(&d, &text);
        good = lints[i].want == NULL
                   ? d.errors + d.warnings == 0
                   : d.errors + d.warnings == 1 &&
                         (d.errors == 1) == lints[i].error &&
                         strstr(buf_cstr(&text), lints[i].want) != NULL;
        if (!good) {
            print_error("%s: %s\n", lints[i].name, buf_cstr(&text));
            fail();
        }
        mapping_free(m);
        diag_free(&d);
        buf_free(&text);
    }
    std_free(s);
}

static void
test_lint_head(void **state)
{
    struct standard *s = fixture_standard(NULL);
    struct buf text = {0};
    struct diag d;
    struct mapping *m;

    (void)state;
    diag_init(&d);
    m = mapping_load("data/other.yaml",
                     BYTES("kind: mapping\nid: m\nversion: 1\nfrom: {codec: "
                           "json, product: {vendor: V, name: N}}\nto: "
                           "alert\nfields:\n" GOOD
                           "  alert.general.alert_level: {path: l}\n"),
                     &d);
    mapping_lint(m, s, &d);
    diag_print(&d, &text);
    assert_non_null(strstr(buf_cstr(&text), "must be m.yaml"));
    assert_non_null(strstr(text.data, "cannot be recognised"));
    assert_non_null(strstr(text.data, "zh and en"));
    mapping_free(m);
    diag_free(&d);
    buf_free(&text);
    std_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_coverage),
                                       cmocka_unit_test(test_coverage_nameless),
                                       cmocka_unit_test(test_coverage_bound),
                                       cmocka_unit_test(test_explain),
                                       cmocka_unit_test(test_lint),
                                       cmocka_unit_test(test_lint_head)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
