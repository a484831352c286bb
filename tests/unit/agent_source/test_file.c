/* SPDX-License-Identifier: Apache-2.0 */
/* Following files in a real loop: what is there and what comes, unfinished
 * lines, many files, a host that is full, what is no file, once. */
#include <sys/resource.h>

#include "tests/unit/agent_source/files.h"

static void
test_reads_what_is_there_and_what_comes(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "one\r\ntwo\n\nthree\n");
    rig_open(&r, NONE);
    rig_frames(&r, 3);
    append(&r, "a.log", "four\n");
    rig_frames(&r, 4);
    rig_texts_are(&r, "one|two|three|four|");
    rig_seeds_differ(&r);
    assert_string_equal(r.got[3].origin, p.path);
    assert_int_equal(r.got[1].offset, 5);
    assert_int_equal(counters(&r)->frames, 4);
    assert_int_equal(counters(&r)->bytes, 15);
    assert_true(r.chunks >= 2);
    rig_free(&r);
}

static void
test_inotify_alone(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "*.log");
    rig_set(&r, "rescan", "1h");
    rig_open(&r, NONE);
    append(&r, "a.log", "one\n");
    rig_frames(&r, 1);
    append(&r, "a.log", "two\n");
    rig_frames(&r, 2);
    rename_to(&r, "a.log", "a.1");
    append(&r, "a.log", "three\n");
    rig_frames(&r, 3);
    append(&r, "a.log", "four\n");
    rig_frames(&r, 4);
    rig_free(&r);
}

static void
test_rescan_alone(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "*.log");
    rig_set(&r, "inotify", "false");
    rig_open(&r, NONE);
    append(&r, "a.log", "one\n");
    rig_frames(&r, 1);
    append(&r, "a.log", "two\n");
    rig_frames(&r, 2);
    append(&r, "b.log", "three\n");
    rig_frames(&r, 3);
    rig_free(&r);
}

static void
test_folder_comes_later(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "sub*/{x,y}.log");
    rig_open(&r, NONE);
    assert_int_equal(mkdir(at(&r, "sub1").path, 0755), 0);
    append(&r, "sub1/x.log", "one\n");
    rig_frames(&r, 1);
    append(&r, "sub1/z.log", "no\n");
    append(&r, "sub1/y.log", "two\n");
    rig_frames(&r, 2);
    rig_texts_are(&r, "one|two|");
    rig_free(&r);
}

static void
test_from_end(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "*.log");
    rig_set(&r, "from", "end");
    append(&r, "a.log", "old\nold too\nhalf");
    rig_open(&r, NONE);
    append(&r, "a.log", " a line\nnew\n");
    rig_frames(&r, 2);
    append(&r, "b.log", "first of b\n"); /* came later: from its start */
    rig_frames(&r, 3);
    rig_texts_are(&r, "half a line|new|first of b|");
    /* A restart goes on where it was, whatever from says. */
    rig_shut(&r);
    append(&r, "a.log", "while down\n");
    append(&r, "c.log", "c\n");
    rig_open(&r, buf_view(&r.saved));
    rig_frames(&r, 5);
    assert_int_equal(rig_count_text(&r, "while down"), 1);
    assert_int_equal(rig_count_text(&r, "c"), 1);
    rig_free(&r);
}

static void
test_unfinished_line_waits(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "*.log");
    append(&r, "a.log", "one\ntw");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    append(&r, "z.log", "mark\n");
    rig_frames(&r, 2);
    append(&r, "a.log", "o\n");
    rig_frames(&r, 3);
    rig_texts_are(&r, "one|mark|two|");
    assert_int_equal(r.got[2].offset, 4);
    rig_free(&r);
}

/* ---- many files, little room */

static void
test_thousand_files(void **state)
{
    struct rig r;
    struct place p;
    char name[32];

    (void)state;
    follow(&r, &p, "*.log");
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "f%04d.log", i);
        append(&r, name, "one\ntwo\nhalf");
    }
    rig_open(&r, NONE);
    rig_frames(&r, 2000);
    assert_true(r.saved.len < 32 * 1024);
    rig_restart(&r);
    append(&r, "f0500.log", " more\n");
    rig_frames(&r, 2001);
    assert_string_equal(r.got[2000].text, "half more");
    assert_int_equal(rig_count_text(&r, "one"), 1000);
    assert_int_equal(counters(&r)->lost, 0);
    rig_free(&r);
}

static void
test_more_files_than_allowed(void **state)
{
    struct rig r;
    struct place p;
    char name[32];

    (void)state;
    follow(&r, &p, "*.log");
    for (int i = 0; i < 4100; i++) {
        (void)snprintf(name, sizeof name, "f%04d.log", i);
        append(&r, name, "one\n");
    }
    rig_open(&r, NONE);
    rig_frames(&r, 4096);
    rig_until(&r, rig_has_troubles, 1);
    assert_non_null(strstr(r.trouble.msg, "max_files"));
    assert_int_equal(r.count, 4096);
    assert_true(r.saved.len <= 64 * 1024);
    rig_free(&r);
}

static void
test_gone_files_make_room(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    rig_set(&r, "max_files", "3");
    rig_set(&r, "rotate_wait", "0");
    for (size_t i = 0; i < 8; i++) {
        append(&r, "a.log", "x\n");
        if (i == 0)
            rig_open(&r, NONE);
        rig_frames(&r, i + 1);
        unlink(p.path);
    }
    rig_free(&r);
}

static void
test_fewer_descriptors_than_files(void **state)
{
    struct rig r;
    struct place p;
    struct rlimit old, low;
    char name[32];

    (void)state;
    follow(&r, &p, "*.log");
    for (int i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof name, "f%03d.log", i);
        append(&r, name, "one\n");
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = 64; /* half of it for files */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    rig_open(&r, NONE);
    rig_frames(&r, 200);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(name, sizeof name, "f%03d.log", i);
        append(&r, name, "two\n");
    }
    rig_frames(&r, 400);
    /* A closed file that is renamed and written to is found by its inode. */
    append(&r, "f000.log", "three\n");
    rename_to(&r, "f000.log", "f000.old");
    append(&r, "f000.log", "four\n");
    rig_frames(&r, 402);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(rig_count_text(&r, "one"), 200);
    assert_int_equal(rig_count_text(&r, "two"), 200);
    assert_int_equal(rig_count_text(&r, "three"), 1);
    assert_int_equal(rig_count_text(&r, "four"), 1);
    assert_int_equal(r.troubles, 0);
    assert_int_equal(counters(&r)->lost, 0);
    rig_seeds_differ(&r);
    rig_free(&r);
}

/* Together they hold more than the source keeps: some are read twice. */
static void
test_many_long_unfinished_lines(void **state)
{
    static char line[1 << 20];
    struct rig r;
    struct place p;
    char name[32];

    (void)state;
    memset(line, 'x', sizeof line);
    follow(&r, &p, "*.log");
    for (int i = 0; i < 24; i++) {
        (void)snprintf(name, sizeof name, "f%02d.log", i);
        put(at(&r, name).path, 0, line, sizeof line - 8);
    }
    append(&r, "z.log", "mark\n");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    for (int i = 0; i < 24; i++) {
        (void)snprintf(name, sizeof name, "f%02d.log", i);
        append(&r, name, "end\n");
    }
    rig_frames(&r, 25);
    for (size_t i = 1; i < 25; i++) {
        assert_int_equal(r.got[i].len, sizeof line - 5);
        assert_false(r.got[i].cut);
        assert_string_equal(r.got[i].text + sizeof line - 9, "xend");
    }
    rig_free(&r);
}

static void
test_host_without_room(void **state)
{
    struct rig r;
    struct place p;
    size_t next[2] = {0};

    (void)state;
    follow(&r, &p, "*.log");
    fill(&r, "a.log", LINES);
    fill(&r, "b.log", LINES);
    r.room = 0;
    rig_open(&r, NONE);
    while (r.count < 2 * LINES) {
        rig_until(&r, rig_has_refusals, 1);
        r.refusals = 0;
        r.room = 777;
        r.source->resume(r.handle);
        while (r.room != 0 && r.count < 2 * LINES)
            event_base_loop(r.base, EVLOOP_ONCE);
    }
    for (size_t i = 0; i < r.count; i++) {
        size_t file = r.got[i].text[0] == 'b';

        assert_int_equal(strtoul(r.got[i].text + 11, NULL, 10), next[file]);
        next[file]++;
    }
    assert_int_equal(next[0], LINES);
    assert_int_equal(next[1], LINES);
    rig_free(&r);
}

static void
test_files_take_turns(void **state)
{
    struct rig r;
    struct place p;
    size_t first_b = 0, last_a = 0;

    (void)state;
    follow(&r, &p, "*.log");
    fill(&r, "a.log", 4 * LINES);
    fill(&r, "b.log", 10);
    rig_open(&r, NONE);
    rig_frames(&r, 4 * LINES + 10);
    for (size_t i = r.count; i-- > 0;) {
        if (r.got[i].text[0] == 'b')
            first_b = i;
        else if (last_a == 0)
            last_a = i;
    }
    assert_true(first_b < last_a);
    rig_free(&r);
}

static void
test_long_line(void **state)
{
    struct rig r;
    struct place p;
    struct buf b = {0};

    (void)state;
    follow(&r, &p, "a.log");
    rig_set(&r, "max_frame", "1KiB");
    for (int i = 0; i < 500000; i++)
        buf_char(&b, 'x');
    buf_str(&b, "\nshort\n");
    put(p.path, 0, b.data, b.len);
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    assert_true(r.got[0].cut);
    assert_int_equal(r.got[0].len, 1024);
    assert_string_equal(r.got[1].text, "short");
    assert_int_equal(counters(&r)->cut, 1);
    buf_free(&b);
    rig_free(&r);
}

/* ---- what is no file to follow */

static void
test_not_files(void **state)
{
    struct rig r;
    struct place p;
    struct err err;

    (void)state;
    follow(&r, &p, "a.log");
    assert_int_equal(mkfifo(p.path, 0600), 0);
    assert_int_equal(rig_try_open(&r, NONE, &err), ERR_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "FIFO"));
    rig_set(&r, "path", r.dir);
    assert_int_equal(rig_try_open(&r, NONE, &err), ERR_ARG);
    rig_set(&r, "path", "relative.log");
    assert_int_equal(rig_try_open(&r, NONE, &err), ERR_ARG);
    /* Found by a pattern it is told once, and the rest goes on. */
    p = at(&r, "*");
    rig_set(&r, "path", p.path);
    mkdir(at(&r, "folder").path, 0755);
    append(&r, "old.gz", "packed\n");
    append(&r, "b.log", "1\n");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    assert_int_equal(symlink("b.log", at(&r, "link").path), 0);
    assert_int_equal(link(at(&r, "b.log").path, at(&r, "second").path), 0);
    append(&r, "c.log", "2\n");
    rig_frames(&r, 2);
    append(&r, "c.log", "3\n");
    rig_frames(&r, 3);
    rig_texts_are(&r, "1|2|3|");
    assert_int_equal(r.troubles, 1);
    assert_non_null(strstr(r.trouble.msg, "FIFO"));
    rig_free(&r);
}

static void
test_options(void **state)
{
    static const struct option_value bad[] = {
        {"from", "middle"},    {"rescan", "1"},       {"rescan", "1ms"},
        {"max_files", "0"},    {"max_files", "5000"}, {"once", "maybe"},
        {"max_frame", "2MiB"}, {"patch", "/x"}};
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rig r;
        struct place p;

        follow(&r, &p, "a.log");
        rig_set(&r, bad[i].name, bad[i].text);
        assert_int_equal(rig_try_open(&r, NONE, &err), ERR_ARG);
        assert_non_null(strstr(err.msg, bad[i].name));
        rig_free(&r);
    }
}

/* ---- once */

static void
test_once(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "*.log");
    rig_set(&r, "once", "true");
    fill(&r, "a.log", LINES);
    append(&r, "b.log", "1\nno line end");
    append(&r, "c.log", "");
    r.room = 100;
    rig_open(&r, NONE);
    rig_until(&r, rig_has_refusals, 1);
    r.room = LINES + 2 - 101; /* the very last one is refused, too */
    r.source->resume(r.handle);
    rig_until(&r, rig_has_refusals, 2);
    assert_int_equal(r.finished, 0);
    r.room = SIZE_MAX;
    r.source->resume(r.handle);
    rig_until(&r, rig_has_finished, 1);
    assert_int_equal(r.count, LINES + 2);
    assert_int_equal(rig_count_text(&r, "no line end"), 1);
    /* The unfinished line was committed, too. */
    rig_restart(&r);
    rig_until(&r, rig_has_finished, 2);
    assert_int_equal(r.count, LINES + 2);
    rig_free(&r);
}

static void
test_once_without_a_file(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "*.log");
    rig_set(&r, "once", "true");
    rig_open(&r, NONE);
    rig_until(&r, rig_has_finished, 1);
    assert_int_equal(r.troubles, 1);
    assert_int_equal(r.trouble.code, ERR_NOT_FOUND);
    rig_free(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_is_there_and_what_comes),
        cmocka_unit_test(test_inotify_alone),
        cmocka_unit_test(test_rescan_alone),
        cmocka_unit_test(test_folder_comes_later),
        cmocka_unit_test(test_from_end),
        cmocka_unit_test(test_unfinished_line_waits),
        cmocka_unit_test(test_thousand_files),
        cmocka_unit_test(test_more_files_than_allowed),
        cmocka_unit_test(test_gone_files_make_room),
        cmocka_unit_test(test_fewer_descriptors_than_files),
        cmocka_unit_test(test_many_long_unfinished_lines),
        cmocka_unit_test(test_host_without_room),
        cmocka_unit_test(test_files_take_turns),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_not_files),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_once_without_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
