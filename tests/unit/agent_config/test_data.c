/* SPDX-License-Identifier: Apache-2.0 */
/* Data files: embedded, replaced by a folder, refused when others may write
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/config/data.h"

static const char mapping_text[] =
    "kind: mapping\nid: %s\nversion: 9.9.9\nfrom: {codec: json, product: "
    "{vendor: V, name: N}}\nto: alert\nfields: {alert.general.alert_name: "
    "{path: n}}\n";

struct folder {
    char path[64];
    char in[128]; /* mapping/data/in below it */
};

static void
make(const char *path)
{
    assert_int_equal(mkdir(path, 0755), 0);
}

static void
folder_open(struct folder *f)
{
    char path[128];

    (void)snprintf(f->path, sizeof f->path, "/tmp/hutong-data-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    (void)snprintf(path, sizeof path, "%s/mapping", f->path);
    make(path);
    (void)snprintf(path, sizeof path, "%s/mapping/data", f->path);
    make(path);
    (void)snprintf(f->in, sizeof f->in, "%s/mapping/data/in", f->path);
    make(f->in);
}

static void
folder_close(struct folder *f)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -r %s", f->path);
    assert_int_equal(system(command), 0);
}

static void
write_mapping(const struct folder *f, const char *id, mode_t mode, char *path,
              size_t size)
{
    FILE *file;

    (void)snprintf(path, size, "%s/%s.yaml", f->in, id);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file, mapping_text, id);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static const char *
version_of(const struct data_options *o, const char *name, struct diag *d)
{
    static char version[32];
    struct mapping *m = data_mapping(o, name, d);

    (void)snprintf(version, sizeof version, "%s",
                   m ? mapping_version(m) : "none");
    mapping_free(m);
    return version;
}

static void
test_embedded(void **state)
{
    static const char *const want[] = {"cef-generic", "hutong-host",
                                       "modsecurity-json", "suricata-eve"};
    const struct data_options o = {0};
    struct arena arena = {0};
    const char *ids[64];
    struct diag d;
    size_t n = data_mapping_ids(&o, &arena, ids, 64);
    struct standard *s;

    (void)state;
    diag_init(&d);
    assert_true(n >= 4);
    for (size_t i = 1; i < n; i++)
        assert_true(strcmp(ids[i - 1], ids[i]) < 0);
    s = data_standard(&o, &d);
    assert_non_null(s);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        struct mapping *m = data_mapping(&o, want[i], &d);
        struct plan *p = m ? plan_compile(m, s, &d) : NULL;

        assert_non_null(p);
        mapping_lint(m, s, &d);
        assert_int_equal(d.errors + d.warnings, 0);
        plan_free(p);
        mapping_free(m);
    }
    assert_null(data_mapping(&o, "suricata-evе", &d));
    assert_null(data_mapping(&o, "suricata-ev", &d));
    assert_non_null(strstr((*d.last ? *d.last : d.first)->text, "no such"));
    std_free(s);
    diag_free(&d);
    arena_free(&arena);
}

static void
test_folder(void **state)
{
    struct folder f;
    struct data_options o = {0};
    struct arena arena = {0};
    const char *ids[64];
    char path[256];
    struct diag d;
    size_t n, found = 0;

    (void)state;
    diag_init(&d);
    folder_open(&f);
    o.dir = f.path;
    write_mapping(&f, "suricata-eve", 0644, path, sizeof path);
    write_mapping(&f, "aaa-own", 0600, path, sizeof path);
    assert_string_equal(version_of(&o, "suricata-eve", &d), "9.9.9");
    assert_string_equal(version_of(&o, "aaa-own", &d), "9.9.9");
    assert_string_equal(version_of(&o, "cef-generic", &d), "0.1.0");
    assert_string_equal(version_of(&o, path, &d), "9.9.9"); /* by path */
    assert_int_equal(d.errors, 0);
    n = data_mapping_ids(&o, &arena, ids, 64);
    for (size_t i = 0; i < n; i++)
        found += strcmp(ids[i], "suricata-eve") == 0 ||
                 strcmp(ids[i], "aaa-own") == 0;
    assert_int_equal(found, 2);
    /* A folder that is not there replaces nothing. */
    o.dir = "/nonexistent";
    assert_string_equal(version_of(&o, "suricata-eve", &d), "0.1.0");
    assert_int_equal(d.errors, 0);
    arena_free(&arena);
    diag_free(&d);
    folder_close(&f);
}

static void
test_unsafe(void **state)
{
    struct folder f;
    struct data_options o = {0};
    struct buf b = {0};
    struct err err;
    char path[256], link[300];
    struct diag d;

    (void)state;
    diag_init(&d);
    folder_open(&f);
    o.dir = f.path;
    write_mapping(&f, "own", 0664, path, sizeof path);
    assert_int_equal(data_read_safe(path, 4096, &b, &err), ERR_AUTH);
    assert_non_null(strstr(err.msg, "writable"));
    assert_string_equal(version_of(&o, "own", &d), "none");
    assert_true(d.errors > 0);
    write_mapping(&f, "own", 0644, path, sizeof path);
    assert_int_equal(data_read_safe(path, 10, &b, &err), ERR_LIMIT);
    assert_int_equal(b.len, 0);
    assert_int_equal(data_read_safe(path, 4096, &b, &err), ERR_OK);
    assert_true(b.len > 50);
    (void)snprintf(link, sizeof link, "%s.link", path);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(data_read_safe(link, 4096, &b, &err), ERR_ARG);
    assert_int_equal(data_read_safe(f.path, 4096, &b, &err), ERR_ARG);
    assert_int_equal(data_read_safe("/nonexistent", 4096, &b, &err),
                     ERR_NOT_FOUND);
    if (geteuid() == 0) { /* somebody else's file */
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_int_equal(data_read_safe(path, 4096, &b, &err), ERR_AUTH);
    }
    /* A folder that others may write is as bad as the file. */
    assert_int_equal(chmod(f.in, 0777), 0);
    assert_string_equal(version_of(&o, "suricata-eve", &d), "none");
    assert_int_equal(chmod(f.in, 0755), 0);
    buf_free(&b);
    diag_free(&d);
    folder_close(&f);
}

static void
test_overlay(void **state)
{
    struct data_options o = {
        .overlay = {TEST_ROOT "/tests/e2e/alien/alien.yaml"},
        .overlay_count = 1};
    struct standard *s;
    struct diag d;

    (void)state;
    diag_init(&d);
    s = data_standard(&o, &d);
    if (s == NULL && d.first != NULL && strstr(d.first->text, "writable")) {
        print_message("SKIP the checkout is writable by its group\n");
    } else {
        assert_non_null(s);
        assert_int_equal(std_overlay_count(s), 1);
    }
    std_free(s);
    o.overlay[0] = "/nonexistent.yaml";
    assert_null(data_standard(&o, &d));
    assert_true(d.errors > 0);
    diag_free(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedded), cmocka_unit_test(test_folder),
        cmocka_unit_test(test_unsafe), cmocka_unit_test(test_overlay)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
