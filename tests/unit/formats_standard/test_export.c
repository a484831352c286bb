/* SPDX-License-Identifier: Apache-2.0 */
/* Exports: JSON that a schema validator takes, patterns with exactly the
 * language of standard.h, tables that keep their shape. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "tests/unit/formats_standard/files.h"

#include <json-c/json.h>
#include <sys/wait.h>

#include "formats/standard/export.h"
#include "formats/standard/export_pattern.h"

#define ALIEN TEST_ROOT "/tests/e2e/alien/alien.yaml"

static const char *const kinds[] = {"alert", "asset", STD_ENVELOPE, NULL};
#define KINDS (sizeof kinds / sizeof *kinds)

static struct json_object *
parse(const struct buf *b)
{
    struct json_tokener *t = json_tokener_new();
    struct json_object *o = json_tokener_parse_ex(t, b->data, (int)b->len);

    if (json_tokener_get_error(t) != json_tokener_success)
        fail_msg("not JSON: %s",
                 json_tokener_error_desc(json_tokener_get_error(t)));
    json_tokener_free(t);
    return o;
}

/* Follow member names; fails the test when one is missing. */
static struct json_object *
at(struct json_object *o, const char *const *path)
{
    for (; *path != NULL; path++) {
        if (!json_object_object_get_ex(o, *path, &o))
            fail_msg("no member %s", *path);
    }
    return o;
}
#define AT(o, ...) at(o, (const char *const[]){__VA_ARGS__, NULL})

static void
test_schema_is_json(void **state)
{
    (void)state;
    for (int alien = 0; alien < 2; alien++) {
        struct standard *s = load_shipped(alien ? ALIEN : NULL);

        for (size_t i = 0; i < KINDS; i++) {
            struct buf out = {0};
            struct json_object *o;

            assert_int_equal(export_json_schema(s, kinds[i], &out, NULL),
                             ERR_OK);
            o = parse(&out);
            assert_string_equal(json_object_get_string(AT(o, "$schema")),
                                "https://json-schema.org/draft/2020-12/schema");
            assert_false(
                json_object_get_boolean(AT(o, "additionalProperties")));
            assert_true(
                json_object_get_boolean(AT(o, "patternProperties", "^x_")));
            json_object_put(o);
            buf_free(&out);
        }
        std_free(s);
    }
}

static void
test_schema_content(void **state)
{
    struct standard *s = load_shipped(NULL);
    struct buf out = {0};
    struct json_object *o, *level;

    (void)state;
    assert_int_equal(export_json_schema(s, "alert", &out, NULL), ERR_OK);
    o = parse(&out);
    assert_string_equal(
        json_object_get_string(AT(o, "properties", "info_type", "const")),
        "alert");
    level = AT(o, "properties", "general", "properties", "alert_level");
    assert_string_equal(json_object_get_string(AT(level, "$ref")),
                        "#/$defs/codes_alert_levels");
    assert_string_equal(json_object_get_string(AT(level, "x-key")),
                        "alert.general.alert_level");
    assert_true(json_object_get_boolean(AT(level, "x-provisional")));
    assert_int_equal(
        json_object_array_length(AT(o, "$defs", "codes_alert_levels", "enum")),
        5);
    /* one rule a member of the extension */
    assert_int_equal(json_object_array_length(AT(o, "allOf")), 10);
    json_object_put(o);
    buf_free(&out);
    std_free(s);
}

static void
test_alien_schema_content(void **state)
{
    struct standard *s = load_shipped(ALIEN);
    struct buf out = {0};
    struct json_object *o, *list;

    (void)state;
    assert_int_equal(export_json_schema(s, "alert", &out, NULL), ERR_OK);
    o = parse(&out);
    assert_string_equal(
        json_object_get_string(AT(o, "properties", "alertLevel", "$ref")),
        "#/$defs/codes_alert_levels_number");
    list = AT(o, "$defs", "codes_alert_levels_number", "enum");
    assert_int_equal(json_object_get_int(json_object_array_get_idx(list, 0)),
                     50);
    assert_string_equal(
        json_object_get_string(AT(o, "$defs", "time_epoch_ms", "type")),
        "integer");
    json_object_put(o);
    buf_free(&out);
    std_free(s);
}

static void
test_unknown_kind(void **state)
{
    struct standard *s = load_shipped(NULL);
    struct buf out = {0};
    struct err err = {0};

    (void)state;
    assert_int_equal(export_json_schema(s, "weather", &out, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(export_markdown(s, "weather", STD_ZH, &out, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(export_csv(s, "weather", &out, &err), ERR_NOT_FOUND);
    assert_int_equal(out.len, 0);
    assert_string_equal(err.where, "weather");
    std_free(s);
}

/* A buffer that is too small must be reported, not written short in silence. */
static void
test_out_of_room(void **state)
{
    struct standard *s = load_shipped(NULL);
    struct buf small = {.max = 1000};

    (void)state;
    assert_int_equal(export_json_schema(s, NULL, &small, NULL), ERR_NOMEM);
    buf_reset(&small);
    assert_int_equal(export_markdown(s, NULL, STD_EN, &small, NULL), ERR_NOMEM);
    buf_reset(&small);
    assert_int_equal(export_csv(s, NULL, &small, NULL), ERR_NOMEM);
    buf_free(&small);
    std_free(s);
}

/* python3-jsonschema takes every schema for a schema of draft 2020-12. */
static void
test_schema_is_a_schema(void **state)
{
    static const char check[] =
        "/usr/bin/python3 -c 'import sys,json\n"
        "try: import jsonschema\n"
        "except ImportError: sys.exit(9)\n"
        "for line in sys.stdin:\n"
        "  jsonschema.Draft202012Validator.check_schema(json.loads(line))\n'";
    struct standard *s = load_shipped(NULL);
    FILE *p = popen(check, "w");
    int status;

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < KINDS; i++) {
        struct buf out = {0};

        assert_int_equal(export_json_schema(s, kinds[i], &out, NULL), ERR_OK);
        buf_char(&out, '\n');
        (void)fwrite(out.data, 1, out.len, p);
        buf_free(&out);
    }
    status = pclose(p);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 9)
        printf("SKIP: python3-jsonschema is not installed\n");
    else
        assert_int_equal(status, 0);
    std_free(s);
}

/* ---------------------------------------------------------------- patterns */

static bool
pattern_matches(const char *pattern, const char *text)
{
    int error;
    PCRE2_SIZE where;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_UTF, &error, &where, NULL);
    pcre2_match_data *m;
    int rc;

    if (code == NULL)
        fail_msg("pattern does not compile: %s", pattern);
    m = pcre2_match_data_create_from_pattern(code, NULL);
    rc = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, m, NULL);
    pcre2_match_data_free(m);
    pcre2_code_free(code);
    return rc >= 0;
}

struct sample {
    enum std_format format;
    bool prefix;
    const char *text;
    bool ok;
};

static const struct sample samples[] = {
    {STD_FORMAT_IPV4, false, "0.0.0.0", true},
    {STD_FORMAT_IPV4, false, "255.255.255.255", true},
    {STD_FORMAT_IPV4, false, "256.0.0.1", false},
    {STD_FORMAT_IPV4, false, "192.0.2.01", false},
    {STD_FORMAT_IPV4, false, "192.0.2", false},
    {STD_FORMAT_IPV4, false, "192.0.2.1\n", false},
    {STD_FORMAT_IPV4, false, "192.0.2.1/24", false},
    {STD_FORMAT_IPV4, true, "192.0.2.1/24", true},
    {STD_FORMAT_IPV4, true, "192.0.2.1/0", true},
    {STD_FORMAT_IPV4, true, "192.0.2.1/32", true},
    {STD_FORMAT_IPV4, true, "192.0.2.1/33", false},
    {STD_FORMAT_IPV4, true, "192.0.2.1/024", false},
    {STD_FORMAT_IPV4, true, "192.0.2.1/", false},
    {STD_FORMAT_IPV6, false, "::", true},
    {STD_FORMAT_IPV6, false, "::1", true},
    {STD_FORMAT_IPV6, false, "1::", true},
    {STD_FORMAT_IPV6, false, "2001:DB8::a", true},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5:6:7:8", true},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5:6:7::", true},
    {STD_FORMAT_IPV6, false, "::2:3:4:5:6:7:8", true},
    {STD_FORMAT_IPV6, false, "1::3:4:5:6:7:8", true},
    {STD_FORMAT_IPV6, false, "1::2:3:4:5:6:7:8", false},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5:6:7", false},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5:6:7:8:9", false},
    {STD_FORMAT_IPV6, false, ":::", false},
    {STD_FORMAT_IPV6, false, "1::2::3", false},
    {STD_FORMAT_IPV6, false, ":1", false},
    {STD_FORMAT_IPV6, false, "1:", false},
    {STD_FORMAT_IPV6, false, "12345::", false},
    {STD_FORMAT_IPV6, false, "::ffff:192.0.2.1", true},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5:6:192.0.2.1", true},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5::192.0.2.1", true},
    {STD_FORMAT_IPV6, false, "1:2:3:4:5:6:7:192.0.2.1", false},
    {STD_FORMAT_IPV6, false, "::192.0.2.01", false},
    {STD_FORMAT_IPV6, false, "fe80::1%eth0", false},
    {STD_FORMAT_IPV6, false, "::1/128", false},
    {STD_FORMAT_IPV6, true, "::1/128", true},
    {STD_FORMAT_IPV6, true, "::1/129", false},
    {STD_FORMAT_IPV6, true, "::1/64", true},
    {STD_FORMAT_IP, false, "192.0.2.1", true},
    {STD_FORMAT_IP, false, "::1", true},
    {STD_FORMAT_IP, false, "", false},
    {STD_FORMAT_MAC, false, "00:1a:2B:3c:4d:5e", true},
    {STD_FORMAT_MAC, false, "00-1a-2b-3c-4d-5e", false},
    {STD_FORMAT_MAC, false, "00:1a:2b:3c:4d", false},
    {STD_FORMAT_MAC, false, "00:1a:2b:3c:4d:5g", false},
    {STD_FORMAT_HOSTNAME, false, "a", true},
    {STD_FORMAT_HOSTNAME, false, "www.Example-1.com", true},
    {STD_FORMAT_HOSTNAME, false, "192.0.2.1", true},
    {STD_FORMAT_HOSTNAME, false, "a.", false},
    {STD_FORMAT_HOSTNAME, false, "-a", false},
    {STD_FORMAT_HOSTNAME, false, "a-", false},
    {STD_FORMAT_HOSTNAME, false, "a_b", false},
    {STD_FORMAT_HOSTNAME, false, "a..b", false},
    {STD_FORMAT_URI, false, "https://[::1]:8/%41?q#f", true},
    {STD_FORMAT_URI, false, "/path", true},
    {STD_FORMAT_URI, false, "urn:x", true},
    {STD_FORMAT_URI, false, "path", false},
    {STD_FORMAT_URI, false, "1x:y", false},
    {STD_FORMAT_URI, false, "http://a b", false},
    {STD_FORMAT_URI, false, "/%4", false},
    {STD_FORMAT_URI, false, "/\xe4\xb8\xad", false},
    {STD_FORMAT_UUID, false, "6ba7b810-9dad-11d1-80b4-00C04FD430c8", true},
    {STD_FORMAT_UUID, false, "6ba7b8109dad11d180b400c04fd430c8", false},
    {STD_FORMAT_HEX, false, "0aF9", true},
    {STD_FORMAT_HEX, false, "0aF", false},
    {STD_FORMAT_HEX, false, "", false},
    {STD_FORMAT_BASE64, false, "", true},
    {STD_FORMAT_BASE64, false, "QUJD", true},
    {STD_FORMAT_BASE64, false, "QUI=", true},
    {STD_FORMAT_BASE64, false, "QQ==", true},
    {STD_FORMAT_BASE64, false, "QR==", false},
    {STD_FORMAT_BASE64, false, "QUJ=", false},
    {STD_FORMAT_BASE64, false, "QUI", false},
    {STD_FORMAT_BASE64, false, "QU-D", false},
    {STD_FORMAT_BASE64, false, "QUJD\nQUJD", false},
};

static void
test_format_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *x = &samples[i];
        struct buf p = {0};

        export_format_pattern(x->format, x->prefix, &p);
        if (pattern_matches(buf_cstr(&p), x->text) != x->ok)
            fail_msg("%s%s: %s", std_format_name(x->format),
                     x->prefix ? "/prefix" : "", x->text);
        buf_free(&p);
    }
}

/* Every date of a form against the parser: the calendar, its limits, leap
 * seconds. The texts are what the pattern and time.h must agree on. */
static void
test_rfc3339_pattern(void **state)
{
    static const char *const tails[] = {"T10:00:00Z",
                                        "T10:00:00+08:00",
                                        "T23:59:60Z",
                                        "T07:59:60+08:00",
                                        "T23:59:60+08:00",
                                        "T24:00:00Z",
                                        "T10:60:00Z",
                                        "T10:00:00",
                                        "T10:00:00.Z",
                                        "T10:00:00.1234567891Z",
                                        "T10:00:00.123456789-14:00",
                                        "T10:00:00+14:01",
                                        "t10:00:00Z",
                                        "T10:00:00z",
                                        " 10:00:00Z",
                                        "T10:00:00+0800",
                                        "T10:00:00-00:00",
                                        "T22:59:60-01:00",
                                        "T10:00:00Z\n"};
    static const unsigned years[] = {1969, 1971, 1972, 2000, 2023,
                                     2024, 2100, 2104, 2199, 2200};
    struct buf p = {0};

    (void)state;
    export_time_pattern(TIME_RFC3339, &p);
    for (size_t y = 0; y < sizeof years / sizeof *years; y++) {
        for (unsigned month = 0; month <= 13; month++) {
            for (unsigned day = 0; day <= 32; day += day < 27 ? 9 : 1) {
                const char *tail = tails[(y + month + day) % 19];
                char text[64];
                struct stamp t;

                (void)snprintf(text, sizeof text, "%04u-%02u-%02u%s", years[y],
                               month, day, tail);
                if (pattern_matches(buf_cstr(&p), text) !=
                    time_rfc3339_strict(bytes_str(text), &t))
                    fail_msg("%s", text);
            }
        }
    }
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        char text[64];
        struct stamp t;

        (void)snprintf(text, sizeof text, "2024-02-29%s", tails[i]);
        if (pattern_matches(buf_cstr(&p), text) !=
            time_rfc3339_strict(bytes_str(text), &t))
            fail_msg("%s", text);
    }
    buf_free(&p);
}

/* ---------------------------------------------------------------- tables */

static size_t
count(const struct buf *b, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == c;
    return n;
}

static void
test_markdown(void **state)
{
    struct standard *s = load_shipped(NULL);

    (void)state;
    for (int lang = STD_ZH; lang <= STD_EN; lang++) {
        struct buf out = {0};
        const char *line, *text;

        assert_int_equal(
            export_markdown(s, "alert", (enum std_lang)lang, &out, NULL),
            ERR_OK);
        text = buf_cstr(&out);
        assert_non_null(
            strstr(text, lang == STD_ZH ? "告警级别" : "alert level"));
        assert_non_null(strstr(text, "`general.techniques[]`"));
        /* a pattern's bar must not end a cell */
        assert_non_null(strstr(text, "^(?:0[1-9]\\|10)[0-9]{3}$"));
        for (line = strstr(text, "| `general`"); *line == '|';) {
            const char *end = strchr(line, '\n');
            size_t bars = 0;

            for (const char *q = line; q < end; q++)
                bars += *q == '|' && q[-1] != '\\';
            assert_int_equal(bars, 10);
            line = end + 1;
        }
        buf_free(&out);
    }
    std_free(s);
}

static void
test_csv(void **state)
{
    struct standard *s = load_shipped(NULL);
    struct buf out = {0};

    (void)state;
    assert_int_equal(export_csv(s, NULL, &out, NULL), ERR_OK);
    assert_int_equal(count(&out, '\n'), std_row_count(s) + 1);
    assert_int_equal(count(&out, '\r'), std_row_count(s) + 1);
    assert_int_equal(count(&out, '"') % 2, 0);
    buf_free(&out);
    std_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_is_json),
        cmocka_unit_test(test_schema_content),
        cmocka_unit_test(test_alien_schema_content),
        cmocka_unit_test(test_unknown_kind),
        cmocka_unit_test(test_out_of_room),
        cmocka_unit_test(test_schema_is_a_schema),
        cmocka_unit_test(test_format_patterns),
        cmocka_unit_test(test_rfc3339_pattern),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_csv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
