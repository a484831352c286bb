/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded trees in, exact native documents out. HUTONG_WRITE_EXPECTED=1 writes
 * the expected files instead of comparing (for a reviewed commit of its own). */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "agent/host/host.h"
#include "tests/unit/agent_host/tree.h"

#define FIXTURES TEST_ROOT "/tests/unit/agent_host/fixtures/"

static const struct stamp when = {
    .sec = 1763805600, .offset_min = 480, .has_offset = true};

static bool
append(void *ctx, const struct host_document *d)
{
    buf_bytes(ctx, d->json);
    buf_char(ctx, '\n');
    return true;
}

static void
read_file(const char *path, struct buf *out)
{
    char chunk[4096];
    size_t n;
    FILE *in = fopen(path, "re");

    if (in == NULL)
        return;
    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        buf_add(out, chunk, n);
    fclose(in);
}

static void
check_tree(const char *name)
{
    char tree[512], expected[512];
    struct host_options o = {.now = when};
    struct host_summary summary;
    struct buf got = {0}, want = {0};
    struct err err = {0};
    char *root;

    snprintf(tree, sizeof(tree), FIXTURES "%s.tree", name);
    snprintf(expected, sizeof(expected), FIXTURES "%s.expected.ndjson", name);
    o.root = root = tree_new(tree);
    assert_int_equal(host_collect(&o, append, &got, &summary, &err), ERR_OK);
    if (getenv("HUTONG_WRITE_EXPECTED")) {
        FILE *out = fopen(expected, "we");

        assert_non_null(out);
        fwrite(got.data, 1, got.len, out);
        fclose(out);
    }
    read_file(expected, &want);
    if (got.len != want.len || memcmp(got.data, want.data, got.len) != 0) {
        print_error("%s: got\n%s\nwant\n%s\n", name, buf_cstr(&got),
                    want.len ? buf_cstr(&want) : "(no file)");
        fail();
    }
    tree_free(root);
    buf_free(&got);
    buf_free(&want);
}

static void
trees(void **state)
{
    static const char *const names[] = {"debian-vm", "server",  "container",
                                        "arm-board", "hostile", "empty-vm"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        check_tree(names[i]);
}

/* ---- what must stay the same, and what must not be given away */

struct ids {
    char device[HOST_ID_MAX];
    uint8_t content[16];
    size_t documents;
};

static bool
take_ids(void *ctx, const struct host_document *d)
{
    struct ids *ids = ctx;

    if (ids->documents++ == 0) {
        memcpy(ids->device, d->id, sizeof(ids->device));
        memcpy(ids->content, d->content, sizeof(ids->content));
    }
    return true;
}

static struct ids
ids_of(const char *root, struct stamp now)
{
    const struct host_options o = {.root = root, .now = now};
    struct ids ids = {0};
    struct err err = {0};

    assert_int_equal(host_collect(&o, take_ids, &ids, NULL, &err), ERR_OK);
    return ids;
}

static void
write_file(const char *root, const char *path, const char *text)
{
    FILE *out = fopen(tree_path(root, path), "we");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void
identity(void **state)
{
    char *root = tree_new(FIXTURES "debian-vm.tree");
    struct stamp later = when;
    struct ids first, again, other;

    (void)state;
    later.sec += 86400;
    first = ids_of(root, when);
    again = ids_of(root, later);
    assert_string_equal(first.device, again.device);
    assert_memory_equal(first.content, again.content, 16); /* time is not in */
    assert_null(strstr(first.device, "0f1e2d3c"));

    write_file(root, "proc/meminfo", "MemTotal: 8018408 kB\n");
    other = ids_of(root, when);
    assert_string_equal(first.device, other.device);
    assert_memory_not_equal(first.content, other.content, 16);

    /* Root sees the UUID, a user does not: the id is the same for both. */
    unlink(tree_path(root, "sys/devices/virtual/dmi/id/product_uuid"));
    assert_string_equal(first.device, ids_of(root, when).device);

    write_file(root, "etc/machine-id", "00000000000000000000000000000001\n");
    assert_string_not_equal(first.device, ids_of(root, when).device);

    /* Two containers of one image share a machine id, not an asset id. */
    write_file(root, "run/systemd/container", "lxc\n");
    first = ids_of(root, when);
    write_file(root, "proc/sys/kernel/hostname", "sensor-02\n");
    assert_string_not_equal(first.device, ids_of(root, when).device);
    tree_free(root);
}

static bool
count_only(void *ctx, const struct host_document *d)
{
    (void)d;
    ++*(size_t *)ctx;
    return *(size_t *)ctx < 2;
}

static void
failures(void **state)
{
    struct host_options o = {.root = "/nonexistent-root", .now = when};
    struct err err = {0};
    size_t count = 0;
    char *root = tree_new(NULL);
    atomic_bool cancel = true;
    struct host_summary summary;

    (void)state;
    assert_int_equal(host_collect(&o, count_only, &count, NULL, &err),
                     ERR_NOT_FOUND);
    o.root = root; /* an empty folder is no host */
    assert_int_equal(host_collect(&o, count_only, &count, NULL, &err),
                     ERR_NOT_FOUND);
    assert_int_equal(count, 0);
    tree_free(root);

    o.root = root = tree_new(FIXTURES "debian-vm.tree");
    assert_int_equal(host_collect(&o, count_only, &count, NULL, &err), ERR_OK);
    assert_int_equal(count, 2); /* stopped by the callback */
    o.cancel = &cancel;
    assert_int_equal(host_collect(&o, count_only, &count, &summary, &err),
                     ERR_TIMEOUT); /* nothing was collected */
    assert_true(summary.partial);
    tree_free(root);
}

/* ---- too much of everything */

static void
oversize(void **state)
{
    char *root = tree_new(FIXTURES "empty-vm.tree");
    struct host_options o = {.root = root, .now = when};
    struct host_summary summary;
    struct buf got = {0};
    struct err err = {0};
    FILE *out;

    (void)state;
    out = fopen(tree_path(root, "proc/net/tcp"), "we");
    assert_non_null(out);
    for (int i = 1; i <= 9000; i++)
        fprintf(out, " %d: 00000000:%04X 0:0 0A 0:0 0:0 0 0 0 %d 1\n", i, i, i);
    fclose(out);
    out = fopen(tree_path(root, "proc/cpuinfo"), "we");
    assert_non_null(out);
    for (int i = 0; i < 200000; i++)
        fprintf(out, "processor : %d\nphysical id : %d\ncore id : %d\n", i, i,
                i);
    fclose(out);
    out = fopen(tree_path(root, "var/lib/dpkg/status"), "we");
    assert_non_null(out);
    for (int i = 0; i < 70000; i++)
        fprintf(out, "Package: p%d\nStatus: install ok installed\n\n", i);
    fclose(out);
    out = fopen(tree_path(root, "proc/sys/kernel/hostname"), "we");
    assert_non_null(out);
    for (int i = 0; i < 100000; i++)
        fputs("long", out);
    fclose(out);
    write_file(root, "proc/sys/kernel/ostype", "Linux\n");
    assert_int_equal(host_collect(&o, append, &got, &summary, &err), ERR_OK);
    assert_true(summary.partial);
    assert_int_equal(summary.sockets, 4096);
    assert_int_equal(summary.packages, 65536);
    assert_in_range(got.len, 1000, 1 << 20);
    tree_free(root);
    buf_free(&got);
}

/* ---- an ordinary user sees less, but the same host */

static int
open_to_all(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_SL || type == FTW_SLN)
        return 0;
    return chmod(path, S_ISDIR(st->st_mode) ? 0755 : 0644);
}

/* In the child: exit status 0 when the device document is as it should be. */
static int
look_as_user(const char *root, const char *id)
{
    const struct host_options o = {.root = root, .now = when};
    struct buf got = {0};
    struct err err = {0};
    bool good = setgid(65534) == 0 && setuid(65534) == 0 &&
                host_collect(&o, append, &got, NULL, &err) == ERR_OK &&
                strstr(buf_cstr(&got), id) != NULL &&
                strstr(got.data, "210235A3XXX000000042") == NULL &&
                strstr(got.data, "ServerPro") != NULL;

    buf_free(&got);
    return good ? 0 : 1;
}

static void
ordinary_user(void **state)
{
    char *root = tree_new(FIXTURES "server.tree");
    struct ids as_root;
    int status = -1;
    pid_t child;

    (void)state;
    if (geteuid() != 0) {
        print_message("SKIP: needs root to become somebody else\n");
        tree_free(root);
        return;
    }
    nftw(root, open_to_all, 16, FTW_PHYS);
    chmod(tree_path(root, "sys/class/dmi/id/product_serial"), 0400);
    chmod(tree_path(root, "sys/class/dmi/id/product_uuid"), 0400);
    as_root = ids_of(root, when);
    child = fork();
    if (child == 0)
        _exit(look_as_user(root, as_root.device));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    tree_free(root);
}

/* ---- this machine, whatever it is and whoever we are */

static void
live(void **state)
{
    const struct host_options o = {.root = "/", .now = when};
    struct host_summary summary;
    struct buf got = {0};
    struct err err = {0};
    enum err_code code = host_collect(&o, append, &got, &summary, &err);

    (void)state;
    assert_int_equal(code, ERR_OK);
    assert_true(summary.documents >= 2);
    assert_true(summary.processes >= 1);
    assert_non_null(strstr(buf_cstr(&got), "\"type\":\"device\""));
    assert_non_null(strstr(buf_cstr(&got), "\"type\":\"operating_system\""));
    assert_non_null(strstr(buf_cstr(&got), "\"status\":\"running\""));
    buf_free(&got);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees),         cmocka_unit_test(identity),
        cmocka_unit_test(failures),      cmocka_unit_test(oversize),
        cmocka_unit_test(ordinary_user), cmocka_unit_test(live),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
