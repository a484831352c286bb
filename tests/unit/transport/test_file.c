/* SPDX-License-Identifier: Apache-2.0 */
/* Transport `file`: appended, rotated, reopened, torn tails cut. */
#include "tests/unit/transport/certs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "transport/transport.h"

static struct certs dir;

static const struct transport *
file(void)
{
    const struct transport *t = transport_find("file");

    assert_non_null(t);
    return t;
}

static void *
open_file(const char *name, const char *size, const char *count)
{
    struct option_value v[] = {{"path", certs_path(&dir, name)},
                               {"rotate_size", size},
                               {"rotate_count", count}};
    struct err err = {0};
    void *t = NULL;

    if (file()->open(v, 3, &t, &err) != ERR_OK)
        fail_msg("%s: %s", err.where, err.msg);
    return t;
}

static struct send_report
put(void *t, const char *text)
{
    struct batch b = {.body = bytes_str(text), .items = 1};
    struct send_report r;

    file()->send(t, &b, 1000, &r);
    return r;
}

static void
expect_text(const char *name, const char *text)
{
    char got[4096] = {0};
    FILE *f = fopen(certs_path(&dir, name), "re");
    size_t n;

    if (!f)
        fail_msg("no file %s", name);
    n = fread(got, 1, sizeof(got) - 1, f);
    (void)fclose(f);
    got[n] = '\0';
    if (strcmp(got, text) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", name, got, text);
}

static void
test_append(void **state)
{
    void *t = open_file("a", "0", "1");
    struct stat st;

    (void)state;
    assert_int_equal(put(t, "{\"a\":1}").result, SEND_SENT);
    assert_int_equal(put(t, "{\"a\":2}\n").result, SEND_SENT);
    file()->close(t);
    t = open_file("a", "0", "1");
    assert_int_equal(put(t, "{\"a\":3}").result, SEND_SENT);
    file()->close(t);
    expect_text("a", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    assert_int_equal(stat(certs_path(&dir, "a"), &st), 0);
    assert_int_equal(st.st_mode & 07777 & (mode_t)~0640, 0);
}

static void
test_torn_tail(void **state)
{
    void *t;

    (void)state;
    certs_file(&dir, "torn", "{\"a\":1}\n{\"a\":", 0640);
    t = open_file("torn", "0", "1");
    assert_int_equal(put(t, "{\"a\":2}").result, SEND_SENT);
    expect_text("torn", "{\"a\":1}\n{\"a\":2}\n");
    file()->close(t);
    certs_file(&dir, "torn", "no line at all", 0640);
    t = open_file("torn", "0", "1");
    assert_int_equal(put(t, "{\"a\":3}").result, SEND_SENT);
    expect_text("torn", "{\"a\":3}\n");
    file()->close(t);
}

static void
test_rotation(void **state)
{
    void *t = open_file("r", "10B", "2");

    (void)state;
    assert_int_equal(put(t, "1111").result, SEND_SENT);
    assert_int_equal(put(t, "2222").result, SEND_SENT);
    assert_int_equal(put(t, "3333").result, SEND_SENT);
    expect_text("r", "3333\n");
    expect_text("r.1", "1111\n2222\n");
    assert_int_equal(put(t, "44444444444444").result, SEND_SENT);
    assert_int_equal(put(t, "5").result, SEND_SENT);
    expect_text("r", "5\n");
    expect_text("r.1", "44444444444444\n");
    expect_text("r.2", "3333\n");
    assert_int_not_equal(access(certs_path(&dir, "r.3"), F_OK), 0);
    file()->close(t);
}

static void
test_renamed_away(void **state)
{
    void *t = open_file("x", "0", "1");

    (void)state;
    assert_int_equal(put(t, "1").result, SEND_SENT);
    assert_int_equal(rename(certs_path(&dir, "x"), certs_path(&dir, "x.old")),
                     0);
    assert_int_equal(put(t, "2").result, SEND_SENT);
    assert_int_equal(unlink(certs_path(&dir, "x")), 0);
    assert_int_equal(put(t, "3").result, SEND_SENT);
    expect_text("x.old", "1\n");
    expect_text("x", "3\n");
    file()->close(t);
}

/* The device is full in the middle of a batch: nothing of it stays, and with
 * room again the same batch goes through. */
static void
test_full(void **state)
{
    void *t = open_file("full", "0", "1");
    struct rlimit limit, old;
    struct send_report r;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(put(t, "1").result, SEND_SENT);
    limit = (struct rlimit){.rlim_cur = 6, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    r = put(t, "0123456789");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(r.result, SEND_DOWN);
    assert_true(strlen(r.text) > 5);
    expect_text("full", "1\n");
    assert_int_equal(put(t, "0123456789").result, SEND_SENT);
    expect_text("full", "1\n0123456789\n");
    file()->close(t);
}

static void
test_bad_places(void **state)
{
    const char *const bad[] = {"/nonexistent/x", dir.dir, "/tmp/", "/dev/null",
                               NULL};

    (void)state;
    for (size_t i = 0; bad[i]; i++) {
        struct option_value v = {"path", bad[i]};
        struct err err = {0};
        void *t = NULL;

        if (file()->open(&v, 1, &t, &err) == ERR_OK)
            fail_msg("%s was taken", bad[i]);
    }
}

static int
set_up(void **state)
{
    (void)state;
    dir = (struct certs){.dir = "/tmp/hutong-test-XXXXXX"};
    assert_non_null(mkdtemp(dir.dir));
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    certs_remove(&dir);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),   cmocka_unit_test(test_torn_tail),
        cmocka_unit_test(test_rotation), cmocka_unit_test(test_renamed_away),
        cmocka_unit_test(test_full),     cmocka_unit_test(test_bad_places),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
