/* SPDX-License-Identifier: Apache-2.0 */
/* Reliability goal R3: a child process dies at each named point, again and again
 * in the same directory; the parent starts the spool and compares. Every
 * acknowledged record is readable, once, and the state agrees with the records.
 * HUTONG_REPEATS sets the deaths per point (default 20). The children use
 * memory-backed files where there are any: the system lives on, so what was
 * written is there whether it was synced or not. */
#include "tests/unit/agent_spool/fixture.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define RECORDS 260U
#ifdef __SANITIZE_THREAD__
#define REPEATS 4 /* an exit is slow there */
#else
#define REPEATS 20
#endif

struct point {
    const char *name;
    unsigned passes; /* dies at one of the first so many passes */
    bool tail;       /* needs a torn tail */
    bool stranger;   /* needs a foreign segment */
    bool replace;    /* needs a segment with states only */
    bool lag;        /* needs an output that lags */
};

static const struct point points[] = {
    {.name = "segment_create", .passes = 5},
    {.name = "segment_header", .passes = 5},
    {.name = "segment_sync", .passes = 5},
    {.name = "segment_named", .passes = 5},
    {.name = "segment_dir_sync", .passes = 5},
    {.name = "segment_sealed", .passes = 5},
    {.name = "segment_before_rename", .passes = 1, .replace = true},
    {.name = "segment_after_rename", .passes = 1, .replace = true},
    {.name = "group_before_write", .passes = 20},
    {.name = "group_partial", .passes = 20},
    {.name = "group_after_write", .passes = 20},
    {.name = "group_after_sync", .passes = 20},
    {.name = "group_published", .passes = 20},
    {.name = "cursor_before_write", .passes = 10},
    {.name = "cursor_after_write", .passes = 10},
    {.name = "cursor_after_sync", .passes = 10},
    {.name = "before_unlink", .passes = 3},
    {.name = "after_unlink", .passes = 3},
    {.name = "unlink_dir_sync", .passes = 3},
    {.name = "deadletter_moved", .passes = 3, .lag = true},
    {.name = "quarantine_copied", .passes = 1, .tail = true},
    {.name = "before_truncate", .passes = 1, .tail = true},
    {.name = "after_truncate", .passes = 1, .tail = true},
    {.name = "quarantine_moved", .passes = 1, .stranger = true},
    {.name = "recovered", .passes = 1},
    {.name = "close_drain", .passes = 1},
    {.name = "closed", .passes = 1},
};

struct shared { /* what survives the child, in a file */
    uint64_t acked;
    uint64_t settled; /* asked for by the child */
    uint64_t appended;
};

static char dir[128];
extern char **environ;

static struct shared *
map_shared(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    struct shared *sh;

    if (fd < 0 || ftruncate(fd, sizeof *sh) != 0)
        return NULL;
    sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return sh != MAP_FAILED ? sh : NULL;
}

static enum err_code
open_spool(struct spool **s, bool other_definitions)
{
    struct spool_options o = {.dir = dir,
                              .max_bytes = 4 << 20,
                              .segment_bytes = 32 << 10,
                              .definition_digest =
                                  other_definitions ? BYTES("b") : BYTES("a")};

    return spool_open(&o, s, NULL, NULL);
}

static uint64_t
position(struct spool *s)
{
    struct bytes v;
    uint64_t n = 0;

    if (spool_state_get(s, BYTES("pos"), &v) &&
        !bytes_to_u64(v, UINT64_MAX, &n))
        return UINT64_MAX;
    return n;
}

static void
set_position(struct spool *s, uint64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);

    if (spool_state(s, BYTES("pos"), bytes_of(text, (size_t)len), NULL) !=
        ERR_OK)
        _exit(3);
}

/* ---------------------------------------------------------------- child */

static void
consume(struct spool_cursor *c, uint64_t to, struct shared *out)
{
    struct spool_record r;
    uint64_t first = spool_cursor_settled(c) + 1, last = 0;

    spool_rewind(c);
    while (spool_read(c, &r, 0, NULL) == ERR_OK && r.sequence <= to)
        last = r.sequence;
    if (last == 0)
        return;
    if (last > out->settled)
        out->settled = last;
    spool_settle(c, first, last);
    if (spool_cursor_state(c, BYTES("batch"), NULL) != ERR_OK)
        _exit(3);
}

static void
child(const struct point *p, struct shared *out, unsigned repeat)
{
    struct spool *s;
    struct spool_cursor *live, *lagging;
    uint64_t n, sequence = 0;

    if (open_spool(&s, repeat % 2 == 0) != ERR_OK ||
        spool_cursor_open(s, "live", true, 0, SPOOL_LAG_BLOCK, &live, NULL) !=
            ERR_OK ||
        (p->lag &&
         spool_cursor_open(s, "lag", true, 96 << 10, SPOOL_LAG_DEAD_LETTER,
                           &lagging, NULL) != ERR_OK))
        _exit(3);
    n = position(s);
    set_position(s, n); /* a group of states alone */
    spool_mark(s);
    for (uint64_t end = n + (p->replace ? 0 : RECORDS); n < end;) {
        n++;
        if (fixture_append(s, n, &sequence, NULL) != ERR_OK || sequence != n)
            _exit(4);
        out->appended = n;
        if (n % 10 != 0)
            continue;
        set_position(s, n);
        spool_mark(s);
        if (spool_wait(s, n, 10000) != ERR_OK)
            _exit(5);
        out->acked = n;
        if (n % 50 == 0)
            consume(live, n - 20, out);
    }
    spool_close(s);
    _exit(0);
}

/* ---------------------------------------------------------------- parent */

static void
newest_segment(char out[256])
{
    char(*names)[64] = fixture_names(dir);
    const char *best = "";
    uint64_t first;

    for (size_t i = 0; names[i][0] != '\0'; i++)
        if (spool_format_read_name(names[i], &first) &&
            strcmp(names[i], best) > 0)
            best = names[i];
    (void)snprintf(out, 256, "%s/%s", dir, best);
    free(names);
}

static void
append_to(const char *path, const char *p, size_t n)
{
    FILE *f = fopen(path, "ab");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void
prepare(const struct point *p)
{
    char path[256], foreign[SPOOL_HEADER_BYTES];
    struct spool_header h = {.first = 1, .uuid = {9}};

    newest_segment(path);
    if (path[strlen(path) - 1] == '/')
        return; /* the first life of this directory */
    if (p->tail)
        append_to(path, "not a record, never finished", 28);
    if (p->stranger) {
        spool_format_header(&h, foreign);
        (void)snprintf(path, sizeof path, "%s/seg-%016x.log", dir, 0xffffff);
        (void)unlink(path);
        append_to(path, foreign, sizeof foreign);
    }
}

static void
verify(const struct point *p, unsigned repeat, struct shared *sh)
{
    struct spool *s = NULL;
    struct spool_cursor *c = NULL;
    struct spool_record r;
    uint64_t n, at;

    if (open_spool(&s, false) != ERR_OK)
        fail_msg("%s %u: does not start", p->name, repeat);
    n = position(s);
    if (n < sh->acked || n > sh->appended || spool_committed(s) != n)
        fail_msg("%s %u: acked %llu, position %llu, committed %llu", p->name,
                 repeat, (unsigned long long)sh->acked, (unsigned long long)n,
                 (unsigned long long)spool_committed(s));
    assert_int_equal(
        spool_cursor_open(s, "live", true, 0, SPOOL_LAG_BLOCK, &c, NULL),
        ERR_OK);
    at = spool_cursor_settled(c);
    if (at > sh->settled)
        fail_msg("%s %u: settled %llu", p->name, repeat,
                 (unsigned long long)at);
    while (spool_read(c, &r, 0, NULL) == ERR_OK)
        if (r.sequence != ++at || fixture_number(&r) != at)
            fail_msg("%s %u: record %llu", p->name, repeat,
                     (unsigned long long)at);
    if (at != n)
        fail_msg("%s %u: ends at %llu of %llu", p->name, repeat,
                 (unsigned long long)at, (unsigned long long)n);
    spool_close(s);
    sh->appended = sh->acked = n;
}

static bool
die_once(const struct point *p, unsigned repeat, struct shared *sh)
{
    char armed[96], index[24], turn[24], name[] = "test_crash";
    char *argv[] = {name, dir, index, turn, NULL};
    int status = 0;
    pid_t pid;

    prepare(p);
    (void)snprintf(armed, sizeof armed, "%s:%u", p->name,
                   1 + repeat % p->passes);
    assert_int_equal(setenv("HUTONG_CRASH", armed, 1), 0);
    /* ThreadSanitizer sleeps a second before every exit otherwise. */
    assert_int_equal(setenv("TSAN_OPTIONS", "atexit_sleep_ms=0", 0), 0);
    (void)snprintf(index, sizeof index, "%td", p - points);
    (void)snprintf(turn, sizeof turn, "%u", repeat);
    assert_int_equal(
        posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
    assert_int_equal(unsetenv("HUTONG_CRASH"), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) ||
        (WEXITSTATUS(status) != 137 && WEXITSTATUS(status) != 0))
        fail_msg("%s %u: child status %x", p->name, repeat, (unsigned)status);
    verify(p, repeat, sh);
    return WEXITSTATUS(status) == 137;
}

static void
test_every_point(void **state)
{
    const char *asked = getenv("HUTONG_REPEATS");
    uint64_t repeats = REPEATS;
    struct shared *sh;
    char path[256];

    (void)state;
#ifndef HUTONG_FAULTS
    print_message("SKIP: crash points are not compiled into this build\n");
    return;
#endif
    if (asked != NULL)
        assert_true(bytes_to_u64(bytes_str(asked), 1000, &repeats));
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0)
        assert_int_equal(setenv("TMPDIR", "/dev/shm", 1), 0);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        unsigned deaths = 0;

        fixture_dir(dir);
        (void)snprintf(path, sizeof path, "%s/shared", dir);
        sh = map_shared(path);
        assert_non_null(sh);
        /* Some lives only prepare what the point needs. */
        for (unsigned k = 0; deaths < repeats && k < 3 * repeats + 2; k++)
            deaths += die_once(&points[i], k, sh);
        if (deaths < repeats)
            fail_msg("%s: died %u times only", points[i].name, deaths);
        assert_int_equal(munmap(sh, sizeof *sh), 0);
        fixture_remove(dir);
    }
    print_message("%zu points, %llu times each\n",
                  sizeof points / sizeof points[0],
                  (unsigned long long)repeats);
}

/* test_crash DIR POINT REPEAT: the child, a program of its own so that the
 * threads of a sanitizer do not meet fork(). */
static void
child_main(char **argv)
{
    char path[256];
    struct shared *sh;
    uint64_t index, repeat;

    (void)snprintf(dir, sizeof dir, "%s", argv[1]);
    (void)snprintf(path, sizeof path, "%s/shared", dir);
    sh = map_shared(path);
    if (sh == NULL ||
        !bytes_to_u64(bytes_str(argv[2]), sizeof points / sizeof points[0] - 1,
                      &index) ||
        !bytes_to_u64(bytes_str(argv[3]), UINT32_MAX, &repeat))
        _exit(6);
    child(&points[index], sh, (unsigned)repeat);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_point),
    };

    if (argc == 4)
        child_main(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
