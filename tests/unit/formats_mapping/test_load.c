/* SPDX-License-Identifier: Apache-2.0 */
/* Broken mapping files: what is said about them. */
#include "fixture.h"

#define FIELDS FIXTURE_HEAD "to: alert\nfields:\n"

static const struct {
    const char *name, *yaml;
    const char *want[4]; /* parts of the messages, all of them */
} cases[] = {
    {"not a map", "- a\n", {"map"}},
    {"other kind", "kind: overlay\n", {"kind must be mapping", "id", "from"}},
    {"head typo",
     FIXTURE_HEAD "to: alert\nfeilds: {}\n",
     {"did you mean fields"}},
    {"no product",
     "kind: mapping\nid: m\nversion: 1\nfrom: {codec: json}\n"
     "to: alert\nfields: {alert.general.alert_name: {path: a}}\n",
     {"product"}},
    {"bad match",
     "kind: mapping\nid: m\nversion: 1\nfrom:\n  codec: json\n  product: "
     "{vendor: V, name: N}\n  match: a =\nto: alert\nfields: "
     "{alert.general.alert_name: {path: a}}\n",
     {"operator", "m.yaml:7:"}},
    {"no source",
     FIELDS "  alert.general.note: {time: clf}\n",
     {"exactly one of path"}},
    {"two sources",
     FIELDS "  alert.general.note: {path: a, const: b, why: c}\n",
     {"exactly one of path"}},
    {"const without why",
     FIELDS "  alert.general.note: {const: b}\n",
     {"const needs a why"}},
    {"default without why",
     FIELDS "  alert.general.note: {path: a, default: b}\n",
     {"default needs a why"}},
    {"lookup without evidence",
     FIELDS "  alert.general.note: {path: a, lookup: {b: c}}\n",
     {"needs evidence"}},
    {"unknown lookup",
     FIXTURE_HEAD "to: alert\nlookups: {levels: {table: {a: b}, evidence: "
                  "xxxxxxxx}}\nfields:\n"
                  "  alert.general.note: {path: a, lookup: levls}\n",
     {"no lookup \"levls\"", "did you mean levels"}},
    {"bad range",
     FIELDS "  alert.general.note: {path: a, lookup: {b: c}, evidence: x, "
            "range: 4..1}\n",
     {"A..B"}},
    {"bad path", FIELDS "  alert.general.note: {path: a..b}\n", {"empty name"}},
    {"op typo",
     FIELDS "  alert.general.note: {path: a, lokup: {}}\n",
     {"did you mean lookup"}},
    {"bad time form",
     FIELDS "  alert.general.alert_time: {path: a, time: iso}\n",
     {"unknown time form"}},
    {"drop without why",
     FIELDS "  alert.general.note: {path: a}\ndrop: [b]\n",
     {"needs a why"}},
    {"array in keep",
     FIELDS "  alert.general.note: {path: a}\nkeep: ['b[]']\n",
     {"kept or dropped whole"}},
    {"all at once",
     FIELDS "  alert.general.note: {path: a..b, tme: clf}\n"
            "  alert.general.score: {const: 1}\n",
     {"empty name", "did you mean time", "const needs a why"}},
    /* ---- compile */
    {"unknown row",
     FIELDS "  alert.general.alert_nam: {path: a}\n",
     {"no row alert.general.alert_nam",
      "did you mean alert.general.alert_name"}},
    {"right name elsewhere",
     FIELDS "  alert.general.ip: {path: a}\n",
     {"did you mean alert.general.source.ip"}},
    {"unknown kind",
     FIXTURE_HEAD "to: alrt\nfields:\n  x: {path: a}\n",
     {"no kind \"alrt\""}},
    {"no code",
     FIELDS "  alert.general.alert_level: {path: a, lookup: {1: hihg}, "
            "evidence: x}\n",
     {"\"hihg\" is no value", "did you mean high"}},
    {"const of wrong type",
     FIELDS "  alert.general.count: {const: x, why: y}\n",
     {"\"x\" is no value of alert.general.count"}},
    {"const out of range",
     FIELDS "  alert.general.count: {const: 0, why: y}\n",
     {"\"0\" is no value of alert.general.count"}},
    {"const too long",
     FIELDS "  alert.general.alert_name: {const: 123456789, why: y}\n",
     {"is no value of alert.general.alert_name"}},
    {"object as value",
     FIELDS "  alert.general.source: {path: a}\n",
     {"filled by its members"}},
    {"element without each",
     FIELDS "  alert.general.parts[].name: {path: a}\n",
     {"filled with each"}},
    {"each on no array",
     FIELDS "  alert.general.note: {each: a, fields: {name: {path: b}}}\n",
     {"each fills an array"}},
    {"unknown row in each",
     FIELDS "  alert.general.parts: {each: a, fields: {nam: {path: b}}}\n",
     {"no row alert.general.parts[].nam", "did you mean"}},
    {"bad regex",
     FIELDS "  alert.general.note: {path: a, regex: 'x('}\n",
     {"regex:"}},
    {"split on text",
     FIELDS "  alert.general.note: {path: a, split: ','}\n",
     {"split fills arrays"}},
    {"join on array",
     FIELDS "  alert.general.tags: {path: 'a[]', join: ','}\n",
     {"join makes one text"}},
    {"time on text",
     FIELDS "  alert.general.note: {path: a, time: clf}\n",
     {"is no time"}},
    {"kept twice",
     FIELDS "  alert.general.note: {path: a}\nkeep: [b, b]\n",
     {"twice"}},
    {"mapped and dropped",
     FIELDS "  alert.general.note: {path: a}\ndrop: [{path: a, why: x}]\n",
     {"is mapped, not dropped"}},
};

static void
test_messages(void **state)
{
    struct standard *s = fixture_standard(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct diag d;
        struct buf text = {0};
        struct mapping *m;
        struct plan *p;

        diag_init(&d);
        m = mapping_load("m.yaml", bytes_str(cases[i].yaml), &d);
        p = m ? plan_compile(m, s, &d) : NULL;
        diag_print(&d, &text);
        if (p != NULL) {
            print_error("%s: accepted\n", cases[i].name);
            fail();
        }
        for (size_t k = 0; k < 4 && cases[i].want[k] != NULL; k++)
            if (strstr(buf_cstr(&text), cases[i].want[k]) == NULL) {
                print_error("%s: no \"%s\" in\n%s", cases[i].name,
                            cases[i].want[k], text.data);
                fail();
            }
        mapping_free(m);
        diag_free(&d);
        buf_free(&text);
    }
    std_free(s);
}

/* Every prefix of a good file is refused or is a mapping; none crashes. */
static void
test_truncated(void **state)
{
    static const char yaml[] =
        FIXTURE_HEAD "  match: a == 'x'\n  require: [a, b]\nto: alert\n"
                     "absent: ['-']\nlookups: {l: {table: {1: high}, evidence: "
                     "somewhere, range: 1..1, worst: 1}}\nfields:\n"
                     "  alert.general.alert_level: {path: a, lookup: l}\n"
                     "  alert.general.note: {first_of: [a, {concat: [b, c], "
                     "sep: x}]}\n"
                     "  alert.general.parts: {each: p, fields: {name: {path: "
                     "n}}}\nkeep: ['*', k]\ndrop: [{path: d, why: w}]\n";
    struct standard *s = fixture_standard(NULL);

    (void)state;
    for (size_t n = 0; n < sizeof yaml; n++) {
        struct diag d;
        struct mapping *m;

        diag_init(&d);
        m = mapping_load("m.yaml", bytes_of(yaml, n), &d);
        assert_true(m != NULL || d.errors > 0);
        plan_free(m ? plan_compile(m, s, &d) : NULL);
        assert_true(n < sizeof yaml - 1 || d.errors == 0);
        mapping_free(m);
        diag_free(&d);
    }
    std_free(s);
}

static void
test_head(void **state)
{
    struct diag d;
    struct mapping *m;

    (void)state;
    diag_init(&d);
    m = mapping_load("m.yaml",
                     BYTES(FIXTURE_HEAD "to: alert\nfields: {x: {path: a}}\n"),
                     &d);
    assert_non_null(m);
    assert_string_equal(mapping_id(m), "m");
    assert_string_equal(mapping_version(m), "0.1.0");
    assert_string_equal(mapping_codec(m), "json");
    assert_string_equal(mapping_kind(m), "alert");
    assert_string_equal(mapping_product(m, "vendor"), "V");
    assert_null(mapping_product(m, "type"));
    assert_null(mapping_product(m, "nonsense"));
    mapping_free(m);
    mapping_free(NULL);
    diag_free(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_messages),
                                       cmocka_unit_test(test_truncated),
                                       cmocka_unit_test(test_head)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
