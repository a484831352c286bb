/* SPDX-License-Identifier: Apache-2.0 */
/* A small standard of its own and one-line runs of mappings against it, so that
 * a change of the shipped definitions breaks no test of the mechanism. */
#ifndef TESTS_UNIT_FORMATS_MAPPING_FIXTURE_H
#define TESTS_UNIT_FORMATS_MAPPING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/json/reader.h"
#include "formats/mapping/mapping.h"

static const char fixture_codes[] =
    "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
    "  - id: levels\n    zh: 级别\n    en: levels\n    codes:\n"
    "      - {code: high, alias: 3, zh: 高, en: high, alt: [HIGH], source: P, "
    "provisional: true}\n"
    "      - {code: low, alias: 1, zh: 低, en: low, source: P, provisional: "
    "true}\n"
    "  - id: types\n    zh: 类型\n    en: types\n    codes:\n"
    "      - {code: \"01001\", zh: 甲, en: a, source: P, provisional: true}\n"
    "      - {code: \"02001\", zh: 乙, en: b, source: P, provisional: true}\n";

#define ROW(key, id, rest)                                                     \
    "  - {key: \"" key "\", id: " id ", zh: 行, en: row, " rest                \
    ", source: P, provisional: true}\n"

static const char fixture_definition[] =
    "kind: definition\nid: alert\nversion: 0.1.0\nedition: test-1\nzh: 告警\n"
    "en: alert\nrows:\n" ROW("alert.general", "general", "type: object, presence: M") ROW(
        "alert.general.alert_id", "alert_id",
        "type: string, presence: M, min_len: 1, max_len: 64") ROW("alert.general.alert_name",
                                                                  "alert_name",
                                                                  "type: string, presence: M, min_len: 1, max_len: 8")
        ROW("alert.general.alert_type", "alert_type",
            "type: string, presence: M, codes: types, min_len: 5, max_len: 5")
            ROW("alert.general.alert_level", "alert_level", "type: enum, presence: M, codes: levels") ROW(
                "alert.general.alert_time", "alert_time",
                "type: time, presence: M") ROW("alert.general.count", "count",
                                               "type: integer, presence: E, min: 1, max: 1000")
                ROW("alert.general.score", "score", "type: number, presence: E") ROW(
                    "alert.general.flag", "flag",
                    "type: boolean, presence: E") ROW("alert.general.note",
                                                      "note",
                                                      "type: string, presence: E, min_len: 0, max_len: 4096")
                    ROW("alert.general.source", "source", "type: object, presence: E") ROW(
                        "alert.general.source.ip", "ip",
                        "type: string, presence: E, format: ip, min_len: 1, max_len: 45")
                        ROW("alert.general.source.mac", "mac",
                            "type: string, presence: E, format: mac, min_len: 17, max_len: 17")
                            ROW("alert.general.tags", "tags",
                                "type: array, item: string, presence: E, max_len: 3, element: "
                                "{min_len: 1, max_len: 4}") ROW("alert.general.parts",
                                                                "parts",
                                                                "type: array, item: object, "
                                                                "presence: E, max_len: 4")
                                ROW("alert.general.parts[].name", "name",
                                    "type: string, presence: M, min_len: 1, max_len: 32")
                                    ROW("alert.general.parts[].size", "size",
                                        "type: integer, presence: E")
                                        ROW("alert.general.raw", "raw",
                                            "type: string, presence: E, min_len: 1, max_len: 65536")
                                            ROW("alert.extension", "extension",
                                                "type: object, presence: E")
                                                ROW("alert.extension.one",
                                                    "one",
                                                    "type: object, presence: E, allow: {key: alert.general.alert_type, "
                                                    "prefix: [\"01\"]}")
                                                    ROW("alert.extension.one.what",
                                                        "what",
                                                        "type: string, presence: E, min_len: 1, max_len: 64")
                                                        ROW("alert.extension.two",
                                                            "two",
                                                            "type: object, presence: E, allow: {key: alert.general.alert_type, "
                                                            "prefix: [\"02\"]}")
                                                            ROW("alert.extension.two.data",
                                                                "data",
                                                                "type: string, presence: E, format: base64, min_len: 1, max_len: 64")
                                                                ROW("alert.extension.two.free",
                                                                    "free",
                                                                    "type: any, presence: E");

#define FIXTURE_HEAD                                                           \
    "kind: mapping\nid: m\nversion: 0.1.0\nzh: 甲\nen: m\nfrom:\n"            \
    "  codec: json\n  product: {vendor: V, name: N}\n"
#define FIXTURE_ID "00112233445566778899aabbccddeeff"

static void
fixture_fail(const struct diag *d)
{
    struct buf b = {0};

    diag_print(d, &b);
    print_error("%s", buf_cstr(&b));
    buf_free(&b);
    fail();
}

/* ${overlay}: NULL or the text of one. */
static inline struct standard *
fixture_standard(const char *overlay)
{
    struct diag d;
    struct std_loader *l;
    struct standard *s;

    diag_init(&d);
    l = std_loader_new(&d);
    std_loader_add(l, "codes.yaml", bytes_str(fixture_codes));
    std_loader_add(l, "alert.yaml", bytes_str(fixture_definition));
    if (overlay != NULL)
        std_loader_add(l, "overlay.yaml", bytes_str(overlay));
    s = std_loader_finish(l);
    if (s == NULL || d.errors != 0)
        fixture_fail(&d);
    diag_free(&d);
    return s;
}

struct fixture {
    struct standard *s;
    struct mapping *m;
    struct plan *p;
    struct plan_state *st;
    struct json_reader reader;
    struct tape tape;
    struct buf out;
    struct plan_meta meta;
    struct err err;
};

static inline void
fixture_open(struct fixture *f, const char *yaml, const char *overlay)
{
    struct diag d;

    *f = (struct fixture){.s = fixture_standard(overlay)};
    diag_init(&d);
    f->m = mapping_load("m.yaml", bytes_str(yaml), &d);
    f->p = f->m ? plan_compile(f->m, f->s, &d) : NULL;
    if (f->p == NULL || d.errors != 0)
        fixture_fail(&d);
    diag_free(&d);
    f->st = plan_state_new(f->p);
    assert_non_null(f->st);
    json_reader_init(&f->reader, JSON_TOLERANT, NULL);
}

static inline void
fixture_close(struct fixture *f)
{
    plan_state_free(f->st);
    plan_free(f->p);
    mapping_free(f->m);
    std_free(f->s);
    json_reader_free(&f->reader);
    tape_free(&f->tape);
    buf_free(&f->out);
}

/* The record of ${json}, NUL-terminated; the result in *r. */
static inline const char *
fixture_run(struct fixture *f, const char *json, enum plan_result *r)
{
    struct plan_input in = {
        .source = &f->tape,
        .event_id = BYTES(FIXTURE_ID),
        .time.now = time_of_ns(INT64_C(1700000000) * INT64_C(1000000000)),
        .raw = bytes_str(json)};

    if (json_read(&f->reader, bytes_str(json), &f->tape, &f->err) != ERR_OK) {
        print_error("%s: %s\n", json, f->err.msg);
        fail();
    }
    buf_reset(&f->out);
    *r = plan_run(f->p, f->st, &in, &f->out, &f->meta, &f->err);
    return buf_cstr(&f->out);
}

#endif
