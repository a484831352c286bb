/* SPDX-License-Identifier: Apache-2.0 */
/* Package databases: dpkg, apk, rpm; versions; the product table. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/host/package.h"
#include "agent/host/product.h"
#include "tests/unit/agent_host/tree.h"

#define FIXTURES TEST_ROOT "/tests/unit/agent_host/fixtures/"

/* "manager name version arch;" for each package */
static const char *
shown(const struct facts *f, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < f->package_count; i++) {
        const struct facts_package *p = &f->package[i];

        buf_printf(out, "%s %s %s %s;", p->manager, p->name,
                   p->version ? p->version : "-", p->arch ? p->arch : "-");
    }
    return buf_cstr(out);
}

enum syntax { DPKG, STATUS_D, APK };

static const struct {
    const char *name;
    enum syntax syntax;
    const char *text, *want;
} texts[] = {
    {"nothing", DPKG, "", ""},
    {"one", DPKG,
     "Package: a\nStatus: install ok installed\nArchitecture: all\n"
     "Version: 1\n",
     "dpkg a 1 all;"},
    {"no line end", DPKG, "Package: a\nStatus: install ok installed",
     "dpkg a - -;"},
    {"removed", DPKG, "Package: a\nStatus: deinstall ok config-files\n", ""},
    {"half", DPKG, "Package: a\nStatus: install ok half-installed\n", ""},
    {"held", DPKG, "Package: a\nStatus: hold ok installed\n", "dpkg a - -;"},
    {"no status", DPKG, "Package: a\nVersion: 1\n", ""},
    {"status does not leak", DPKG,
     "Package: a\nStatus: install ok installed\n\nPackage: b\n", "dpkg a - -;"},
    {"blank lines", DPKG,
     "\n\n \nPackage: a\nStatus: install ok installed\n\n\n", "dpkg a - -;"},
    {"continuation", DPKG,
     "Package: a\nStatus: install ok installed\nDescription: x\n Package: b\n"
     "\tVersion: 9\n",
     "dpkg a - -;"},
    {"carriage returns", DPKG,
     "Package: a\r\nStatus: install ok installed\r\n\r\n", "dpkg a - -;"},
    {"no colon", DPKG, "Package a\nStatus: install ok installed\n", ""},
    {"binary", DPKG,
     "Package: \xff\xfe\nStatus: install ok installed\n", /* kept, repaired */
     "dpkg \xef\xbf\xbd\xef\xbf\xbd - -;"},
    {"status.d", STATUS_D, "Package: libc6\nVersion: 2.36-9\n",
     "dpkg libc6 2.36-9 -;"},
    {"apk", APK, "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\nP:redis\nV:7\n",
     "apk musl 1.2.5-r0 x86_64;apk redis 7 -;"},
    {"apk short lines", APK, "P\nP:\n:\nP:a\nF:lib\n", "apk a - -;"},
};

static void
text_databases(void **state)
{
    struct arena arena = {0};
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct facts f = {.arena = &arena};
        const struct bytes text = bytes_str(texts[i].text);

        if (texts[i].syntax == APK)
            package_apk(&f, text);
        else
            package_dpkg(&f, text, texts[i].syntax == STATUS_D);
        if (strcmp(shown(&f, &out), texts[i].want) != 0) {
            print_error("%s: got %s\n", texts[i].name, buf_cstr(&out));
            fail();
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
    buf_free(&out);
}

static void
versions(void **state)
{
    static const char *const cases[][2] = {
        {"1:9.2p1-2+deb12u6", "9.2p1"},
        {"15+248", "15+248"},
        {"5:7.0.15-1~deb12u4", "7.0.15"},
        {"2.36-9-1", "2.36-9"},
        {"1.0", "1.0"},
        {"", ""},
        {"-1", "-1"},
        {"1:", ""},
        {"4:10.5-1", "10.5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct bytes got = package_upstream(bytes_str(cases[i][0]));

        if (!bytes_is(got, cases[i][1])) {
            print_error("%s: got %.*s\n", cases[i][0], (int)got.len, got.data);
            fail();
        }
    }
}

static void
copy(const char *from, const char *to, size_t cut)
{
    FILE *in = fopen(from, "re"), *out = fopen(to, "we");
    size_t n = 0;
    int c;

    assert_non_null(in);
    assert_non_null(out);
    while (n++ < cut && (c = getc(in)) != EOF)
        putc(c, out);
    fclose(in);
    fclose(out);
}

static void
rpm_database(void **state)
{
    struct arena arena = {0};
    struct buf out = {0};
    struct err err;
    char *root = tree_new(NULL);
    struct fsroot r;
    struct facts f = {.arena = &arena};

    (void)state;
    copy(FIXTURES "rpmdb.sqlite", tree_path(root, "var/lib/rpm/rpmdb.sqlite"),
         SIZE_MAX);
    assert_int_equal(fsroot_open(root, &r, &err), ERR_OK);
    package_rpm(&r, &f);
    assert_string_equal(shown(&f, &out),
                        "rpm suricata 7.0.3-1 noarch;"
                        "rpm openssh-server 8.8p1-21.oe2203 noarch;"
                        "rpm mariadb-server 4:10.5.22-1.oe2203 noarch;"
                        "rpm filesystem 3.16-5 noarch;");
    assert_false(f.partial);
    /* Nothing was written beside it. */
    assert_false(fsroot_exists(&r, "var/lib/rpm/rpmdb.sqlite-wal"));
    assert_false(fsroot_exists(&r, "var/lib/rpm/rpmdb.sqlite-shm"));

    /* Cut anywhere it is read as far as it goes or not at all. */
    for (size_t cut = 0; cut < 20480; cut += 511) {
        struct facts g = {.arena = &arena};

        copy(FIXTURES "rpmdb.sqlite",
             tree_path(root, "var/lib/rpm/rpmdb.sqlite"), cut);
        package_rpm(&r, &g);
        assert_true(g.package_count <= 4);
        assert_true(g.partial || g.package_count == 4);
    }
    fsroot_close(&r);
    tree_free(root);
    arena_free(&arena);
    buf_free(&out);
}

/* The same in the older form; one header lies in overflow pages. rpm 4.18
 * itself (bdb_ro) lists these five in this order. */
static void
rpm_berkeley(void **state)
{
    struct arena arena = {0};
    struct buf out = {0};
    struct err err;
    char *root = tree_new(NULL);
    const char *path;
    struct fsroot r;
    struct facts f = {.arena = &arena};

    (void)state;
    path = tree_path(root, "var/lib/rpm/Packages");
    copy(FIXTURES "Packages.bdb", path, SIZE_MAX);
    assert_int_equal(fsroot_open(root, &r, &err), ERR_OK);
    package_rpm(&r, &f);
    assert_string_equal(shown(&f, &out),
                        "rpm postgresql-server 13.14-2.el8 noarch;"
                        "rpm mariadb-server 4:10.5.22-1.oe2203 noarch;"
                        "rpm suricata 7.0.3-1 noarch;"
                        "rpm openssh-server 8.8p1-21.oe2203 noarch;"
                        "rpm filesystem 3.16-5 noarch;");
    assert_false(f.partial);
    assert_null(f.unread_packages);

    for (size_t cut = 0; cut < 40960; cut += 509) {
        struct facts g = {.arena = &arena};

        copy(FIXTURES "Packages.bdb", path, cut);
        package_rpm(&r, &g);
        assert_true(g.package_count <= 5);
        /* Shorter than its head it is no database at all. */
        assert_true(cut >= 72 || g.unread_packages != NULL);
    }
    /* Every byte wrong in turn: bounded, never more than was there. */
    for (size_t at = 0; at < 36864; at += 37) {
        struct facts g = {.arena = &arena};
        FILE *file;

        copy(FIXTURES "Packages.bdb", path, SIZE_MAX);
        file = fopen(path, "r+e");
        assert_non_null(file);
        fseek(file, (long)at, SEEK_SET);
        putc(0xff, file);
        fclose(file);
        package_rpm(&r, &g);
        assert_true(g.package_count <= 5);
    }
    fsroot_close(&r);
    tree_free(root);
    arena_free(&arena);
    buf_free(&out);
}

/* A header with one string entry of each wanted tag. */
static size_t
make_header(unsigned char *out)
{
    static const unsigned char index[] = {
        0, 0, 3, 0xe8, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1, /* name at 0 */
        0, 0, 3, 0xe9, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0, 1, /* version at 5 */
    };
    static const unsigned char head[] = {0, 0, 0, 2, 0, 0, 0, 9};

    memcpy(out, head, 8);
    memcpy(out + 8, index, 32);
    memcpy(out + 40,
           "name\0"
           "1.2\0",
           9);
    return 49;
}

static void
rpm_headers(void **state)
{
    struct arena arena = {0};
    struct facts f = {.arena = &arena};
    struct buf out = {0};
    unsigned char blob[64];
    const size_t len = make_header(blob);
    const struct {
        const char *what;
        size_t at;
        unsigned char byte;
        bool good;
    } cases[] = {
        {"as made", 0, 0, true},
        {"too many entries", 0, 1, false},
        {"store longer than the blob", 7, 10, false},
        {"no entries", 3, 0, false},
        {"one entry less", 3, 1, false}, /* the store is then elsewhere */
        {"name of another type", 15, 7, false},
        {"name outside the store", 19, 9, false},
        {"offset of 4 GiB", 16, 0xff, false},
        {"version outside the store", 35, 200, true},
        {"version without NUL", 48, 'x', true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct facts g = {.arena = &arena};
        bool good;

        make_header(blob);
        blob[cases[i].at] = cases[i].byte;
        good = package_rpm_header(&g, bytes_of((char *)blob, len));
        if (good != cases[i].good) {
            print_error("%s\n", cases[i].what);
            fail();
        }
    }
    make_header(blob);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(package_rpm_header(&f, bytes_of((char *)blob, cut)));
    assert_true(package_rpm_header(&f, bytes_of((char *)blob, len)));
    assert_string_equal(shown(&f, &out), "rpm name 1.2 -;");
    arena_free(&arena);
    buf_free(&out);
}

/* ---- the product table */

static void
product_rows(void **state)
{
    (void)state;
    for (const struct product *p = product_table; p->id; p++) {
        bool any = p->marker || p->packages[0] || p->processes[0];

        if (!any || !p->zh || !p->en || !strchr("DVR", p->source) ||
            (strcmp(p->type, "database") && strcmp(p->type, "middleware") &&
             strcmp(p->type, "application"))) {
            print_error("product %s\n", p->id);
            fail();
        }
        for (size_t i = 0; i < PRODUCT_NAMES && p->processes[i]; i++)
            assert_in_range(strlen(p->processes[i]), 1, 15);
        for (const struct product *q = p + 1; q->id; q++)
            assert_string_not_equal(p->id, q->id);
    }
}

static void
product_names(void **state)
{
    static const struct {
        const char *package, *product; /* NULL: none */
    } cases[] = {
        {"postgresql-15", "postgresql"},
        {"postgresql", NULL}, /* the meta package */
        {"postgresql-client-15", NULL},
        {"postgresql15-server", "postgresql"},
        {"postgresql-9.6", "postgresql"},
        {"tomcat10", "tomcat"},
        {"tomcat", "tomcat"},
        {"tomcat10-docs", NULL},
        {"mysql-server-8.0", "mysql"},
        {"mysql-server-core-8.0", NULL},
        {"nginx", "nginx"},
        {"nginx-common", NULL},
        {"openssh-client", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *got = NULL;

        for (const struct product *p = product_table; p->id; p++) {
            if (product_has_package(p, cases[i].package))
                got = p->id;
        }
        if (!bytes_eq(bytes_str(got), bytes_str(cases[i].product))) {
            print_error("%s: got %s\n", cases[i].package, got ? got : "none");
            fail();
        }
    }
}

static void
samples(void **state)
{
    const char *dir = getenv("HUTONG_SAMPLES");
    char path[512], line[1024];
    FILE *in;
    size_t products = 0;

    (void)state;
    snprintf(path, sizeof(path),
             "%s/glpi-agent-inventory/linux__packaging__dpkg",
             dir ? dir : TEST_ROOT "/../shared/samples");
    in = fopen(path, "re");
    if (in == NULL) {
        print_message("SKIP: no samples at %s\n", path);
        return;
    }
    /* name TAB arch TAB version: a real machine's list, for the table */
    while (fgets(line, sizeof(line), in)) {
        line[strcspn(line, "\t\n")] = '\0';
        for (const struct product *p = product_table; p->id; p++)
            products += product_has_package(p, line);
    }
    fclose(in);
    assert_true(products >= 1); /* apache2 */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_databases), cmocka_unit_test(versions),
        cmocka_unit_test(rpm_database),   cmocka_unit_test(rpm_headers),
        cmocka_unit_test(rpm_berkeley),   cmocka_unit_test(product_rows),
        cmocka_unit_test(product_names),  cmocka_unit_test(samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
