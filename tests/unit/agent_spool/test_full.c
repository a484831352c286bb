/* SPDX-License-Identifier: Apache-2.0 */
/* Reliability goal R6 on a real file system: a small tmpfs in a mount namespace
 * of its own is filled by the spool and by a stranger; nothing acknowledged is
 * lost, and appending goes on by itself when there is room again. */
#define _GNU_SOURCE
#include "tests/unit/agent_spool/fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

struct device {
    const char *options;
    uint64_t bytes;
};

static const struct device devices[] = {
    {"size=1M", 1 << 20},
    {"size=8M", 8 << 20},
};

static bool
write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return ok;
}

/* A mount namespace, as root or as the root of a user namespace. */
static bool
own_namespace(void)
{
    char map[64];
    unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();

    if (uid == 0) {
        if (unshare(CLONE_NEWNS) != 0)
            return false;
    } else {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return false;
        (void)snprintf(map, sizeof map, "0 %u 1", uid);
        if (!write_file("/proc/self/setgroups", "deny") ||
            !write_file("/proc/self/uid_map", map))
            return false;
        (void)snprintf(map, sizeof map, "0 %u 1", gid);
        if (!write_file("/proc/self/gid_map", map))
            return false;
    }
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void
wait_room(struct spool *s, unsigned ms)
{
    struct pollfd p = {.fd = spool_event_fd(s), .events = POLLIN};
    uint64_t n;

    if (poll(&p, 1, (int)ms) == 1)
        (void)!read(p.fd, &n, sizeof n);
}

/* Append until nothing more is taken for a while; the last number. */
static uint64_t
fill_up(struct spool *s, uint64_t n)
{
    uint64_t sequence;
    unsigned patience = 0;

    while (patience < 5) {
        enum err_code e = fixture_append(s, n + 1, &sequence, NULL);

        spool_mark(s);
        if (e == ERR_FULL) {
            patience = spool_has_room(s) ? 0 : patience + 1;
            wait_room(s, 100);
            continue;
        }
        assert_int_equal(e, ERR_OK);
        patience = 0;
        n++;
    }
    return n;
}

static void
stranger(const char *dir, bool fill)
{
    char path[256], block[4096] = {1};
    int fd;

    (void)snprintf(path, sizeof path, "%s/stranger", dir);
    if (!fill) {
        assert_int_equal(unlink(path), 0);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0) {
    }
    close(fd);
}

static void
fill_device(const char *dir, const struct device *d)
{
    char spool_dir[256];
    struct spool_options o = {.dir = spool_dir};
    struct spool *s = NULL;
    struct spool_cursor *c = NULL;
    struct spool_record r;
    struct spool_stats st;
    uint64_t n, read_to = 0, committed, sequence;

    (void)snprintf(spool_dir, sizeof spool_dir, "%s/spool", dir);
    assert_int_equal(mount("spool", dir, "tmpfs", 0, d->options), 0);
    assert_int_equal(spool_open(&o, &s, NULL, NULL), ERR_OK);
    assert_int_equal(
        spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL), ERR_OK);
    n = fill_up(s, 0); /* the device is full before the quota */
    spool_stats(s, &st);
    assert_true(st.bytes > d->bytes / 2);
    assert_false(st.degraded);
    committed = spool_committed(s);
    assert_true(committed > 0);
    while (spool_read(c, &r, 0, NULL) == ERR_OK)
        assert_int_equal(fixture_number(&r), ++read_to);
    assert_int_equal(read_to, committed);
    spool_settle(c, 1, read_to);
    assert_int_equal(spool_wait(s, n, 10000), ERR_OK); /* no restart needed */
    /* Somebody else takes the room; then it comes back. */
    stranger(dir, true);
    n = fill_up(s, n);
    stranger(dir, false);
    assert_int_equal(spool_wait(s, n, 10000), ERR_OK);
    assert_int_equal(fixture_append(s, n + 1, &sequence, NULL), ERR_OK);
    spool_mark(s);
    assert_int_equal(spool_wait(s, ++n, 10000), ERR_OK);
    while (spool_read(c, &r, 0, NULL) == ERR_OK)
        assert_int_equal(fixture_number(&r), ++read_to);
    assert_int_equal(read_to, n);
    spool_close(s);
    /* It also starts on a full device. */
    stranger(dir, true);
    assert_int_equal(spool_open(&o, &s, NULL, NULL), ERR_OK);
    assert_int_equal(spool_committed(s), n);
    spool_close(s);
    assert_int_equal(umount(dir), 0);
}

static void
test_small_devices(void **state)
{
    char dir[128];
    int status;
    pid_t pid;

    (void)state;
    fixture_dir(dir);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(own_namespace() ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !own_namespace()) {
        print_message("SKIP: no mount namespace here\n");
        fixture_remove(dir);
        return;
    }
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        fill_device(dir, &devices[i]);
    fixture_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_devices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
