/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's reader: how closely a rule is named, conditions, patches of
 * documents, declarations, and files that are refused with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conformance/ledger/corpus.h"
#include "conformance/ledger/ics.h"

static void
covering(void **state)
{
    static const struct {
        const char *pattern, *rule;
        bool covers;
    } rows[] = {
        {"a.b#type", "a.b#type", true},
        {"a.b#type", "a.b#missing", false},
        {"a.b#*", "a.b#missing", true},
        {"a.b#*", "a.b.c#missing", false},
        {"a.b.*#type", "a.b.c#type", true},
        {"a.b.*#type", "a.b.c.d#type", true},
        {"a.b.*#type", "a.b#type", false},
        {"a.b.*#type", "a.bc.d#type", false},
        {"a.b.*#*", "a.b[]#type", true},
        {"a.b.*#*", "a.b[].c#type", true},
        {"a.b", "a.b#type", false},
        {"#type", "#type", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((ledger_covers(rows[i].pattern, bytes_str(rows[i].rule)) > 0) !=
            rows[i].covers)
            fail_msg("%s and %s", rows[i].pattern, rows[i].rule);
    }
    /* the closest: exact rule, exact key, nearer container */
    assert_true(ledger_covers("a.b#type", BYTES("a.b#type")) >
                ledger_covers("a.b#*", BYTES("a.b#type")));
    assert_true(ledger_covers("a.b#*", BYTES("a.b#type")) >
                ledger_covers("a.*#type", BYTES("a.b#type")));
    assert_true(ledger_covers("a.b.*#*", BYTES("a.b.c#type")) >
                ledger_covers("a.*#type", BYTES("a.b.c#type")));
}

static bool
holds(struct bytes name, void *ctx)
{
    (void)ctx;
    return bytes_is(name, "yes") || bytes_is(name, "ics.a");
}

static void
conditions(void **state)
{
    static const struct {
        const char *text;
        bool valid, value;
    } rows[] = {
        {NULL, true, true},           {"yes", true, true},
        {"no", true, false},          {"!no", true, true},
        {"yes && ics.a", true, true}, {"yes && no", true, false},
        {"yes&&!no", true, true},     {"yes &&", true, true},
        {"yes || no", false, false},  {"&& yes", false, false},
        {"YES", false, false},        {"yes && && yes", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool value = ledger_condition(rows[i].text, holds, NULL);

        if (ledger_condition_valid(rows[i].text) != rows[i].valid ||
            value != rows[i].value)
            fail_msg("%s", rows[i].text ? rows[i].text : "(none)");
    }
}

static void
patches(void **state)
{
    static const struct corpus_base base = {
        .text = {"{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [1, 2]}",
                 sizeof "{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [1, 2]}" -
                     1}};
    static const struct {
        struct corpus_patch patch;
        const char *want; /* NULL: refused */
    } rows[] = {
        {{.remove = "/a/b"}, "{\"a\": { \"c\": \"x\"},\n \"d\": [1, 2]}"},
        {{.remove = "/a/c"}, "{\"a\": {\"b\": 1},\n \"d\": [1, 2]}"},
        {{.remove = "/d"}, "{\"a\": {\"b\": 1, \"c\": \"x\"}}"},
        {{.remove = "/d/0"},
         "{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [ 2]}"},
        {{.remove = "/x"}, NULL},
        {{.remove = "/d/2"}, NULL},
        {{.set = "/a/b", .json = "null"},
         "{\"a\": {\"b\": null, \"c\": \"x\"},\n \"d\": [1, 2]}"},
        {{.set = "/a/c", .json = "7"},
         "{\"a\": {\"b\": 1, \"c\": 7},\n \"d\": [1, 2]}"},
        {{.set = "/a/e~1f", .json = "7"},
         "{\"a\": {\"b\": 1, \"c\": \"x\",\"e/f\":7},\n \"d\": [1, 2]}"},
        {{.set = "/d/-", .json = "3"},
         "{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [1, 2,3]}"},
        {{.set = "/x/y", .json = "3"}, NULL},
        {{.set = "/a/b", .fill = "中", .count = 2},
         "{\"a\": {\"b\": \"中中\", \"c\": \"x\"},\n \"d\": [1, 2]}"},
        {{.copy = "/d/1", .count = 2},
         "{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [1, 2,2,2]}"},
        {{.find = "1, \"c\"", .put = "01"},
         "{\"a\": {\"b\": 01: \"x\"},\n \"d\": [1, 2]}"},
        {{.find = "x", .put_hex = "ff"},
         "{\"a\": {\"b\": 1, \"c\": \"\xff\"},\n \"d\": [1, 2]}"},
        {{.find = "zzz", .put = ""}, NULL},
        {{.append = " 1"},
         "{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [1, 2]} 1"},
        {{.cut = 2}, "{\"a\": {\"b\": 1, \"c\": \"x\"},\n \"d\": [1, 2"},
        {{.cut = 0}, NULL},
    };
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct corpus_case c = {
            .base = &base, .patch = &rows[i].patch, .patches = 1};
        struct err err = {0};
        enum err_code code = corpus_text(&c, &out, &err);

        if ((code == ERR_OK) != (rows[i].want != NULL))
            fail_msg("row %zu: %s", i, err.msg);
        if (code == ERR_OK && !bytes_is(buf_view(&out), rows[i].want))
            fail_msg("row %zu: %s", i, buf_cstr(&out));
    }
    buf_free(&out);
}

/* ---- files */

static void
write_file(const char *dir, const char *name, const char *text)
{
    char path[300];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#define HEAD "kind: catalogue\nid: t\nversion: 1\n"
#define TEST                                                                   \
    "kind: tests\nid: t\nrole: files\ntests:\n  - id: T-1\n    rev: 1\n"       \
    "    purpose: {zh: 一, en: one}\n    steps: [{op: rules.expect_clean}]\n"

static void
broken_files(void **state)
{
    static const struct {
        const char *name, *text, *says; /* NULL: accepted */
    } rows[] = {
        {"good", TEST, NULL},
        {"unknown key", TEST "    verfies: [A]\n", "verifies"},
        {"unknown kind", "kind: test\nid: t\n", "'kind' must be"},
        {"no purpose in English",
         "kind: tests\nid: t\nrole: files\ntests:\n  - id: T\n    rev: 1\n"
         "    purpose: {zh: 一}\n    steps: []\n",
         "en"},
        {"revision 0",
         "kind: tests\nid: t\nrole: files\ntests:\n  - id: T\n    rev: 0\n"
         "    purpose: {zh: 一, en: one}\n    steps: []\n",
         "rev"},
        {"case without base",
         "kind: corpus\nid: c\ncases:\n  - id: C\n    base: none\n"
         "    about: {zh: 一, en: one}\n",
         "no base document 'none'"},
        {"level in English",
         "kind: requirements\nid: x\nrequirements:\n  - rid: R\n    std: S\n"
         "    clause: null\n    authority: provisional\n    level: shall\n"
         "    text: {zh: 一, en: one}\n    status: tested\n",
         "level"},
        {"an id that leaves the folder",
         "kind: tests\nid: t\nrole: files\ntests:\n  - id: ../../T\n"
         "    rev: 1\n    purpose: {zh: 一, en: one}\n    steps: []\n",
         "letters, digits"},
        {"two documents", TEST "---\nkind: tests\n", "document"},
        {"a list", "[1, 2]\n", "map"},
    };
    char dir[] = "/tmp/hutong-ledger-XXXXXX";
    char path[300];

    (void)state;
    assert_non_null(mkdtemp(dir));
    write_file(dir, "a.yaml", HEAD);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct diag diag;
        struct buf text = {0};
        struct ledger *l;

        diag_init(&diag);
        write_file(dir, "b.yaml", rows[i].text);
        l = ledger_load(dir, &diag);
        diag_print(&diag, &text);
        if ((l != NULL) != (rows[i].says == NULL) ||
            (l == NULL && strstr(buf_cstr(&text), rows[i].says) == NULL))
            fail_msg("%s: %s", rows[i].name, buf_cstr(&text));
        ledger_free(l);
        buf_free(&text);
        diag_free(&diag);
    }
    (void)snprintf(path, sizeof path, "%s/a.yaml", dir);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/b.yaml", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void
no_folder(void **state)
{
    struct diag diag;

    (void)state;
    diag_init(&diag);
    assert_null(ledger_load("/nonexistent/catalogue", &diag));
    assert_true(diag.errors > 0);
    diag_free(&diag);
}

/* ---- the embedded catalogue, and declarations on it */

static void
embedded(void **state)
{
    struct ledger *l;
    struct diag diag;

    (void)state;
    diag_init(&diag);
    l = ledger_load(NULL, &diag);
    assert_non_null(l);
    assert_int_equal(diag.errors, 0);
    assert_true(l->requirements >= 120);
    assert_true(l->items >= 300);
    assert_int_equal(strlen(l->digest), 64);
    assert_null(ledger_requirement(l, BYTES("ALERT")));
    assert_non_null(ledger_test(l, BYTES("FILES-BASE-001")));
    assert_string_equal(
        ledger_owner(l, BYTES("alert.general.alert_level#code"))->rid,
        "ALERT-0008");
    assert_null(ledger_owner(l, BYTES("no.such.row#code")));
    ledger_free(l);
    diag_free(&diag);
}

static void
declarations(void **state)
{
#define ICS     "kind: ics\nversion: 1\ntemplate: ids\n"
#define PRODUCT "product: {vendor: v, name: n, version: '1'}\n"
    static const struct {
        const char *name, *text, *says;
    } rows[] = {
        {"good", ICS PRODUCT "supports: [alert.send, alert.attack]\n", NULL},
        {"lacks what is mandatory", ICS PRODUCT "supports: [alert.send]\n",
         "'alert.attack' is mandatory"},
        {"foreign item",
         ICS PRODUCT "supports: [alert.send, alert.attack, alert.atack]\n",
         "did you mean alert.attack"},
        {"no product", ICS "supports: [alert.send, alert.attack]\n", "product"},
        {"foreign template",
         "kind: ics\nversion: 1\ntemplate: firewal\n" PRODUCT "supports: []\n",
         "did you mean firewall"},
        {"another version", "kind: ics\nversion: 2\n", "version"},
        {"another kind", "kind: mapping\n", "kind: ics"},
    };
    struct ledger *l;
    struct diag diag;

    (void)state;
    diag_init(&diag);
    l = ledger_load(NULL, &diag);
    assert_non_null(l);
    diag_free(&diag);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf text = {0};
        struct ics *c;

        diag_init(&diag);
        c = ics_parse(l, "x.yaml", bytes_str(rows[i].text), &diag);
        diag_print(&diag, &text);
        if ((c != NULL) != (rows[i].says == NULL) ||
            (c == NULL && strstr(buf_cstr(&text), rows[i].says) == NULL))
            fail_msg("%s: %s", rows[i].name, buf_cstr(&text));
        if (c != NULL) {
            assert_true(ics_supports(c, BYTES("alert.attack")));
            assert_false(ics_supports(c, BYTES("asset.send")));
        }
        ics_free(c);
        buf_free(&text);
        diag_free(&diag);
    }
    ledger_free(l);
}

/* A blank form says all that its template has; filled in, it is accepted. */
static void
forms(void **state)
{
    struct ledger *l;
    struct diag diag;

    (void)state;
    diag_init(&diag);
    l = ledger_load(NULL, &diag);
    assert_non_null(l);
    for (size_t i = 0; i < l->templates; i++) {
        for (int zh = 0; zh < 2; zh++) {
            struct buf form = {0};
            struct ics *c;

            ics_form(&l->template[i], zh != 0, &form);
            c = ics_parse(l, "form", buf_view(&form), &diag);
            assert_non_null(c);
            for (size_t k = 0; k < l->template[i].items; k++)
                assert_true(
                    ics_supports(c, bytes_str(l->template[i].item[k].id)));
            ics_free(c);
            buf_free(&form);
        }
    }
    ledger_free(l);
    diag_free(&diag);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covering),     cmocka_unit_test(conditions),
        cmocka_unit_test(patches),      cmocka_unit_test(broken_files),
        cmocka_unit_test(no_folder),    cmocka_unit_test(embedded),
        cmocka_unit_test(declarations), cmocka_unit_test(forms)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
