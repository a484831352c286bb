/* SPDX-License-Identifier: Apache-2.0 */
/* The local sources: unix sockets and stdin. */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/agent_source/rig.h"

extern const struct source source_unix;
extern const struct source source_stdin;

#define NONE ((struct bytes){0})

static struct sockaddr_un
address(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    return a;
}

static void
start(struct rig *r, char path[PATH_MAX])
{
    if (r->source == NULL)
        rig_init(r, &source_unix);
    (void)snprintf(path, PATH_MAX, "%s/in.sock", r->dir);
    rig_set(r, "path", path);
    rig_open(r, NONE);
}

static int
dial(const char *path, int type)
{
    struct sockaddr_un a = address(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void
say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
                     (ssize_t)strlen(text));
}

static void
test_unix_stream(void **state)
{
    struct rig r = {0};
    struct stat st;
    char path[PATH_MAX], who[64];
    int fd;

    (void)state;
    start(&r, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    fd = dial(path, SOCK_STREAM);
    say(fd, "one\ntwo\nhalf");
    rig_frames(&r, 2);
    close(fd);
    rig_frames(&r, 3);
    rig_texts_are(&r, "one|two|half|");
    (void)snprintf(who, sizeof who, "pid=%ld uid=%lu gid=%lu", (long)getpid(),
                   (unsigned long)getuid(), (unsigned long)getgid());
    assert_non_null(strstr(r.got[0].origin, who));
    assert_non_null(strstr(r.got[0].origin, "in.sock"));
    rig_until(&r, rig_has_connections, 0);
    rig_shut(&r);
    assert_int_not_equal(stat(path, &st), 0); /* removed with the source */
    rig_free(&r);
}

static void
test_unix_modes_and_octets(void **state)
{
    struct rig r = {0};
    struct stat st;
    char path[PATH_MAX];
    int fd;

    (void)state;
    rig_init(&r, &source_unix);
    rig_set(&r, "mode", "0600");
    rig_set(&r, "framing", "octets");
    start(&r, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    fd = dial(path, SOCK_STREAM);
    say(fd, "3 a\nb1 x");
    rig_frames(&r, 2);
    say(fd, "bad");
    rig_until(&r, rig_has_refused, 1);
    rig_texts_are(&r, "a\nb|x|");
    close(fd);
    rig_free(&r);
}

static void
test_unix_dgram(void **state)
{
    struct rig r = {0};
    char path[PATH_MAX];
    int fd;

    (void)state;
    rig_init(&r, &source_unix);
    rig_set(&r, "socket", "dgram");
    start(&r, path);
    fd = dial(path, SOCK_DGRAM);
    say(fd, "one\n");
    say(fd, "two\nlines");
    r.room = 1;
    rig_until(&r, rig_has_refusals, 1);
    r.room = SIZE_MAX;
    r.source->resume(r.handle);
    rig_frames(&r, 2);
    rig_texts_are(&r, "one|two\nlines|");
    assert_string_equal(r.got[0].origin, path);
    close(fd);
    rig_free(&r);
}

static void
test_unix_connection_limit(void **state)
{
    struct rig r = {0};
    char path[PATH_MAX];
    int a, b;

    (void)state;
    rig_init(&r, &source_unix);
    rig_set(&r, "max_connections", "1");
    start(&r, path);
    a = dial(path, SOCK_STREAM);
    rig_until(&r, rig_has_connections, 1);
    b = dial(path, SOCK_STREAM);
    rig_until(&r, rig_has_refused, 1);
    say(a, "served\n");
    rig_frames(&r, 1);
    close(a);
    close(b);
    rig_free(&r);
}

static void
test_unix_path_taken(void **state)
{
    struct rig r = {0}, other = {0};
    struct sockaddr_un a;
    struct stat st;
    struct err err = {0};
    char path[PATH_MAX];
    int fd;

    (void)state;
    /* A socket of a run that was killed is replaced. */
    rig_init(&r, &source_unix);
    (void)snprintf(path, sizeof path, "%s/in.sock", r.dir);
    a = address(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    close(fd);
    start(&r, path);
    /* A living one is not. */
    rig_init(&other, &source_unix);
    rig_set(&other, "path", path);
    assert_int_equal(rig_try_open(&other, NONE, &err), ERR_EXISTS);
    assert_non_null(strstr(err.msg, "listens"));
    fd = dial(path, SOCK_STREAM);
    say(fd, "still there\n");
    rig_frames(&r, 1);
    close(fd);
    rig_shut(&r);
    /* Neither is anything else. */
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(rig_try_open(&other, NONE, &err), ERR_EXISTS);
    assert_int_equal(stat(path, &st), 0);
    rig_set(&other, "path", "relative.sock");
    assert_int_equal(rig_try_open(&other, NONE, &err), ERR_ARG);
    rig_free(&other);
    rig_free(&r);
}

static void
test_unix_host_without_room(void **state)
{
    struct rig r = {0};
    char path[PATH_MAX], text[32];
    struct buf b = {0};
    size_t sent = 0;
    int fd;

    (void)state;
    start(&r, path);
    fd = dial(path, SOCK_STREAM);
    for (int i = 0; i < 50000; i++)
        buf_printf(&b, "line %d and some more to fill the queue\n", i);
    r.room = 0;
    while (r.count < 50000) {
        ssize_t n =
            send(fd, b.data + sent, b.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n > 0)
            sent += (size_t)n;
        event_base_loop(r.base, EVLOOP_ONCE);
        if (r.refusals > 0) {
            r.refusals = 0;
            r.room = 9999;
            r.source->resume(r.handle);
        }
    }
    for (size_t i = 0; i < r.count; i++) {
        (void)snprintf(text, sizeof text, "line %zu and", i);
        assert_memory_equal(r.got[i].text, text, strlen(text));
    }
    close(fd);
    buf_free(&b);
    rig_free(&r);
}

/* ---- stdin */

/* fd 0 becomes ${fd} for the time of a test. */
static int
replace_stdin(int fd)
{
    int old = dup(STDIN_FILENO);

    assert_true(fd >= 0);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    return old;
}

static void
restore_stdin(int old)
{
    if (old >= 0) {
        assert_int_equal(dup2(old, STDIN_FILENO), STDIN_FILENO);
        close(old);
    }
}

static void
test_stdin_pipe(void **state)
{
    struct rig r = {0};
    int p[2], old;

    (void)state;
    assert_int_equal(pipe(p), 0);
    old = replace_stdin(p[0]);
    rig_init(&r, &source_stdin);
    rig_open(&r, NONE);
    assert_int_equal(write(p[1], "one\r\ntw", 7), 7);
    rig_frames(&r, 1);
    assert_int_equal(write(p[1], "o\nlast", 6), 6);
    rig_frames(&r, 2);
    assert_int_equal(r.finished, 0);
    r.room = 0;
    close(p[1]);
    rig_until(&r, rig_has_refusals, 1);
    assert_int_equal(r.finished, 0);
    r.room = SIZE_MAX;
    r.source->resume(r.handle);
    rig_until(&r, rig_has_finished, 1);
    rig_texts_are(&r, "one|two|last|");
    assert_string_equal(r.got[0].origin, "stdin");
    rig_free(&r);
    restore_stdin(old);
}

static void
test_stdin_file(void **state)
{
    struct rig r = {0};
    char path[PATH_MAX];
    FILE *f;
    int old;

    (void)state;
    rig_init(&r, &source_stdin);
    (void)snprintf(path, sizeof path, "%s/in", r.dir);
    f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 100000; i++)
        fprintf(f, "line %d\n", i);
    fclose(f);
    old = replace_stdin(open(path, O_RDONLY));
    rig_open(&r, NONE);
    rig_until(&r, rig_has_finished, 1);
    assert_int_equal(r.count, 100000);
    assert_int_equal(r.finished, 1);
    rig_free(&r);
    restore_stdin(old);
}

static void
test_stdin_empty(void **state)
{
    struct rig r = {0};
    int old = replace_stdin(open("/dev/null", O_RDONLY));

    (void)state;
    rig_init(&r, &source_stdin);
    rig_open(&r, NONE);
    rig_until(&r, rig_has_finished, 1);
    assert_int_equal(r.count, 0);
    rig_free(&r);
    restore_stdin(old);
}

static void
test_stdin_octets(void **state)
{
    struct rig r = {0};
    int p[2], old;

    (void)state;
    assert_int_equal(pipe(p), 0);
    old = replace_stdin(p[0]);
    rig_init(&r, &source_stdin);
    rig_set(&r, "framing", "octets");
    rig_open(&r, NONE);
    assert_int_equal(write(p[1], "3 a\nb00 ", 8), 8);
    rig_until(&r, rig_has_finished, 1);
    rig_texts_are(&r, "a\nb|");
    assert_int_equal(r.troubles, 1);
    assert_non_null(strstr(r.trouble.msg, "octet count"));
    close(p[1]);
    rig_free(&r);
    restore_stdin(old);
}

/* ---- the table */

static void
test_every_source_is_complete(void **state)
{
    static const char *const kinds[] = {"file", "stdin", "unix", "syslog",
                                        "host"};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct source *s = source_find(kinds[i]);

        assert_non_null(s);
        assert_string_equal(s->kind, kinds[i]);
        assert_true(s->open && s->start && s->resume && s->stop && s->close &&
                    s->counters);
        s->close(NULL);
        for (const struct option_row *o = s->options; o->name; o++) {
            int64_t v;

            if (!o->help_zh || !o->help_zh[0] || !o->help_en || !o->help_en[0])
                fail_msg("%s: %s has no help", kinds[i], o->name);
            if (o->type == OPT_ENUM)
                assert_non_null(o->names);
            if (o->def != NULL &&
                (o->type == OPT_INT || o->type == OPT_SIZE ||
                 o->type == OPT_DURATION_MS) &&
                (!option_int(o->def, o->type, &v) || v < o->min || v > o->max))
                fail_msg("%s: default of %s", kinds[i], o->name);
        }
    }
    assert_null(source_find("nothing"));
    assert_null(source_find(NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unix_stream),
        cmocka_unit_test(test_unix_modes_and_octets),
        cmocka_unit_test(test_unix_dgram),
        cmocka_unit_test(test_unix_connection_limit),
        cmocka_unit_test(test_unix_path_taken),
        cmocka_unit_test(test_unix_host_without_room),
        cmocka_unit_test(test_stdin_pipe),
        cmocka_unit_test(test_stdin_file),
        cmocka_unit_test(test_stdin_empty),
        cmocka_unit_test(test_stdin_octets),
        cmocka_unit_test(test_every_source_is_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
