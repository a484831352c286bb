/* SPDX-License-Identifier: Apache-2.0 */
/* Following files in a real loop: rotation by rename and by copytruncate,
 * reused inodes, unfinished lines, restarts, many files, a host that is full. */
#include <errno.h>
#include <limits.h>

#include "tests/unit/agent_source/rig.h"

extern const struct source source_file;

#define NONE ((struct bytes){0})

struct place { /* a path in the folder of the rig */
    char path[PATH_MAX];
};

static struct place
at(const struct rig *r, const char *name)
{
    struct place p;

    (void)snprintf(p.path, sizeof p.path, "%s/%s", r->dir, name);
    return p;
}

static void
put(const char *path, int flags, const char *text, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

static void
append(const struct rig *r, const char *name, const char *text)
{
    put(at(r, name).path, O_APPEND, text, strlen(text));
}

static void
rename_to(const struct rig *r, const char *from, const char *to)
{
    struct place a = at(r, from), b = at(r, to);

    assert_int_equal(rename(a.path, b.path), 0);
}

/* A rig that follows ${name} with short intervals. */
static void
follow(struct rig *r, struct place *p, const char *name)
{
    rig_init(r, &source_file);
    *p = at(r, name);
    rig_set(r, "path", p->path);
    rig_set(r, "rescan", "10ms");
    rig_set(r, "rotate_wait", "50ms");
}

static const struct source_counters *
counters(const struct rig *r)
{
    return r->source->counters(r->handle);
}

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

/* ---- rotation */

static void
test_rename_and_create(void **state)
{
    struct rig r;
    struct place p;
    int old;

    (void)state;
    follow(&r, &p, "eve.json");
    append(&r, "eve.json", "1\n2\n");
    old = open(p.path, O_WRONLY | O_APPEND);
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    rename_to(&r, "eve.json", "eve.json.1");
    append(&r, "eve.json", "4\n");
    rig_frames(&r, 3);
    /* The writer was not told yet. */
    assert_int_equal(write(old, "3\n", 2), 2);
    rig_frames(&r, 4);
    close(old);
    append(&r, "eve.json", "5\n");
    rig_frames(&r, 5);
    rig_texts_are(&r, "1|2|4|3|5|");
    rig_seeds_differ(&r);
    assert_int_equal(counters(&r)->lost, 0);
    rig_free(&r);
}

static void
test_rotated_half_line_is_flushed(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "eve.json");
    append(&r, "eve.json", "1\nhalf");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    rename_to(&r, "eve.json", "eve.json.1");
    append(&r, "eve.json", "2\n");
    rig_frames(&r, 3);
    assert_int_equal(rig_count_text(&r, "half"), 1);
    assert_int_equal(rig_count_text(&r, "2"), 1);
    rig_free(&r);
}

static void
test_rotated_name_that_matches_too(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "eve.json*");
    append(&r, "eve.json", "1\n");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    for (int i = 0; i < 5; i++) {
        rename_to(&r, "eve.json", i % 2 ? "eve.json.1" : "eve.json.2");
        append(&r, "eve.json", "more\n");
        rig_frames(&r, (size_t)i + 2);
    }
    assert_int_equal(rig_count_text(&r, "1"), 1);
    assert_int_equal(rig_count_text(&r, "more"), 5);
    rig_seeds_differ(&r);
    rig_free(&r);
}

static void
fill(const struct rig *r, const char *name, size_t lines)
{
    struct buf b = {0};

    for (size_t i = 0; i < lines; i++)
        buf_printf(&b, "%s line %zu %0100d\n", name, i, 7);
    put(at(r, name).path, O_APPEND, b.data, b.len);
    buf_free(&b);
}

#define LINES 4000 /* about 460 KB: more than one chunk */

static void
test_renamed_and_deleted_before_it_was_read(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    r.room = 0;
    fill(&r, "a.log", LINES);
    rig_open(&r, NONE);
    rig_until(&r, rig_has_refusals, 1);
    assert_int_equal(unlink(p.path), 0);
    append(&r, "a.log", "new\n");
    r.room = SIZE_MAX;
    r.source->resume(r.handle);
    rig_frames(&r, LINES + 1);
    assert_int_equal(rig_count_text(&r, "new"), 1);
    assert_int_equal(counters(&r)->lost, 0);
    rig_free(&r);
}

static void
test_copytruncate(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "1\n2\n");
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(truncate(p.path, 0), 0);
        append(&r, "a.log", "1\n");
        rig_frames(&r, 3 + 2 * i);
        append(&r, "a.log", "2\n");
        rig_frames(&r, 4 + 2 * i);
    }
    /* The same text at the same offset, and yet other events. */
    rig_seeds_differ(&r);
    assert_int_equal(counters(&r)->lost, 0);
    rig_free(&r);
}

static void
test_copytruncate_flushes_the_half_line(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "a long first line\nhalf");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    rig_restart(&r);
    append(&r, "a.log", " of it");
    append(&r, "b.log", "x");
    assert_int_equal(truncate(p.path, 0), 0);
    append(&r, "a.log", "new\n");
    rig_frames(&r, 2);
    assert_int_equal(rig_count_text(&r, "new"), 1);
    rig_free(&r);
}

static void
test_truncated_and_grown_again(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "1\n2\n");
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    /* Longer than before when it is looked at: only the content tells. */
    put(p.path, O_TRUNC, "first\nsecond\nthird\n", 19);
    rig_frames(&r, 5);
    rig_texts_are(&r, "1|2|first|second|third|");
    rig_free(&r);
}

static void
test_hole_left_by_a_writer_with_an_offset(void **state)
{
    struct rig r;
    struct place p;
    int fd;

    (void)state;
    follow(&r, &p, "a.log");
    fd = open(p.path, O_WRONLY | O_CREAT, 0644); /* not O_APPEND */
    for (int i = 0; i < 3000; i++)
        assert_int_equal(write(fd, "a line\n", 7), 7);
    rig_open(&r, NONE);
    rig_frames(&r, 3000);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(write(fd, "behind a hole\n", 14), 14);
    rig_frames(&r, 3001);
    assert_string_equal(r.got[3000].text, "behind a hole");
    close(fd);
    rig_free(&r);
}

static void
test_truncated_before_its_end_was_read(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    fill(&r, "a.log", LINES);
    r.room = 10;
    rig_open(&r, NONE);
    rig_until(&r, rig_has_refusals, 1);
    put(p.path, O_TRUNC, "new\n", 4);
    r.room = SIZE_MAX;
    r.source->resume(r.handle);
    rig_until(&r, rig_has_lost, 1);
    while (rig_count_text(&r, "new") == 0)
        rig_frames(&r, r.count + 1);
    assert_true(r.count < LINES); /* what was in the first chunk, and new */
    assert_int_equal(counters(&r)->lost, 1);
    assert_non_null(strstr(r.trouble.msg, "truncated"));
    rig_free(&r);
}

/* Delete and create until the file system gives the same inode again. */
static bool
reuse_inode(const struct rig *r, const char *name, ino_t want, const char *text)
{
    for (int i = 0; i < 200; i++) {
        struct stat st;

        append(r, name, text);
        assert_int_equal(stat(at(r, name).path, &st), 0);
        if (st.st_ino == want)
            return true;
        unlink(at(r, name).path);
    }
    print_message("[   SKIP   ] this file system does not reuse inodes\n");
    return false;
}

static void
test_reused_inode(void **state)
{
    struct rig r;
    struct place p;
    struct stat st;

    (void)state;
    follow(&r, &p, "a.log");
    rig_set(&r, "rotate_wait", "0");
    append(&r, "a.log", "same\n");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    assert_int_equal(stat(p.path, &st), 0);
    /* With the source shut nobody holds the old file. */
    rig_shut(&r);
    unlink(p.path);
    if (reuse_inode(&r, "a.log", st.st_ino, "other\nand more\n")) {
        rig_open(&r, buf_view(&r.saved));
        rig_frames(&r, 3);
        rig_texts_are(&r, "same|other|and more|");
        rig_seeds_differ(&r);
    }
    rig_free(&r);
}

static void
test_reused_inode_while_running(void **state)
{
    struct rig r;
    struct place p;
    struct stat st, now = {0};
    time_t end = time(NULL) + 2;

    (void)state;
    follow(&r, &p, "*.log");
    rig_set(&r, "rotate_wait", "0");
    append(&r, "a.log", "same\n");
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    assert_int_equal(stat(at(&r, "a.log").path, &st), 0);
    unlink(at(&r, "a.log").path);
    /* The inode stays taken until the source has let go of the old file. */
    while (now.st_ino != st.st_ino && time(NULL) <= end) {
        event_base_loop(r.base, EVLOOP_ONCE);
        unlink(at(&r, "a.tmp").path);
        append(&r, "a.tmp", "same\n");
        assert_int_equal(stat(at(&r, "a.tmp").path, &now), 0);
    }
    if (now.st_ino == st.st_ino) {
        rename_to(&r, "a.tmp", "a.log");
        append(&r, "a.log", "more\n");
        rig_frames(&r, 3);
        rig_texts_are(&r, "same|same|more|");
        rig_seeds_differ(&r);
    } else {
        print_message("[   SKIP   ] the inode was not given out again\n");
    }
    rig_free(&r);
}

/* ---- restart */

static void
test_restart_mid_file(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "1\n2\n3\n4\n5\nhalf");
    r.room = 3;
    rig_open(&r, NONE);
    rig_until(&r, rig_has_refusals, 1);
    r.room = SIZE_MAX;
    rig_restart(&r);
    rig_frames(&r, 5);
    rig_restart(&r);
    append(&r, "a.log", " done\n");
    rig_frames(&r, 6);
    rig_texts_are(&r, "1|2|3|4|5|half done|");
    rig_seeds_differ(&r);
    assert_int_equal(counters(&r)->lost, 0);
    rig_free(&r);
}

static void
test_read_again_has_the_same_identity(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "1\n"); /* grows after it was first met */
    rig_open(&r, NONE);
    rig_frames(&r, 1);
    append(&r, "a.log", "2\n3\n");
    rig_frames(&r, 3);
    rig_shut(&r);
    rig_open(&r, NONE); /* nothing was committed: all over again */
    rig_frames(&r, 6);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(r.got[i].text, r.got[i + 3].text);
        assert_int_equal(r.got[i].seed_len, r.got[i + 3].seed_len);
        assert_memory_equal(r.got[i].seed, r.got[i + 3].seed,
                            r.got[i].seed_len);
        assert_int_equal(r.got[i].offset, r.got[i + 3].offset);
    }
    rig_free(&r);
}

static void
test_rotated_while_down(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "eve.json");
    append(&r, "eve.json", "1\n2\n");
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    rig_shut(&r);
    append(&r, "eve.json", "3\n");
    rename_to(&r, "eve.json", "eve.json.1");
    append(&r, "eve.json", "4\n");
    rig_open(&r, buf_view(&r.saved));
    rig_frames(&r, 4);
    rig_texts_are(&r, "1|2|3|4|");
    assert_int_equal(counters(&r)->lost, 0);
    rig_free(&r);
}

static void
test_deleted_while_down(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    fill(&r, "a.log", LINES);
    r.room = 10;
    rig_open(&r, NONE);
    rig_until(&r, rig_has_refusals, 1);
    rig_shut(&r);
    r.room = SIZE_MAX;
    unlink(p.path);
    rig_open(&r, buf_view(&r.saved));
    rig_until(&r, rig_has_lost, 1);
    assert_non_null(strstr(r.trouble.msg, "not read to its end"));
    rig_free(&r);
}

static void
test_truncated_while_down(void **state)
{
    struct rig r;
    struct place p;

    (void)state;
    follow(&r, &p, "a.log");
    append(&r, "a.log", "1\n2\n");
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    rig_shut(&r);
    put(p.path, O_TRUNC, "3\n", 2);
    rig_open(&r, buf_view(&r.saved));
    rig_frames(&r, 3);
    rig_texts_are(&r, "1|2|3|");
    rig_seeds_differ(&r);
    rig_free(&r);
}

static void
test_damaged_positions(void **state)
{
    struct rig r;
    struct place p;
    char copy[512];
    size_t n, refused = 0;

    (void)state;
    follow(&r, &p, "*.log");
    append(&r, "a.log", "1\n");
    append(&r, "b.log", "1\n");
    rig_open(&r, NONE);
    rig_frames(&r, 2);
    rig_shut(&r);
    n = r.saved.len;
    assert_true(n > 0 && n < sizeof copy);
    memcpy(copy, r.saved.data, n);
    for (size_t i = 1; i < n; i++) {
        struct err err;

        if (rig_try_open(&r, bytes_of(copy, i), &err) != ERR_OK)
            refused++;
        rig_shut(&r);
    }
    assert_true(refused >= n - 3); /* whole rows may be missing unnoticed */
    for (size_t i = 0; i < n * 8; i++) {
        struct err err;

        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        (void)rig_try_open(&r, bytes_of(copy, n), &err);
        rig_shut(&r);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
    }
    copy[0] = 9;
    {
        struct err err;

        assert_int_equal(rig_try_open(&r, bytes_of(copy, n), &err),
                         ERR_VERSION);
    }
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
        cmocka_unit_test(test_rename_and_create),
        cmocka_unit_test(test_rotated_half_line_is_flushed),
        cmocka_unit_test(test_rotated_name_that_matches_too),
        cmocka_unit_test(test_renamed_and_deleted_before_it_was_read),
        cmocka_unit_test(test_copytruncate),
        cmocka_unit_test(test_copytruncate_flushes_the_half_line),
        cmocka_unit_test(test_truncated_and_grown_again),
        cmocka_unit_test(test_hole_left_by_a_writer_with_an_offset),
        cmocka_unit_test(test_truncated_before_its_end_was_read),
        cmocka_unit_test(test_reused_inode),
        cmocka_unit_test(test_reused_inode_while_running),
        cmocka_unit_test(test_restart_mid_file),
        cmocka_unit_test(test_read_again_has_the_same_identity),
        cmocka_unit_test(test_rotated_while_down),
        cmocka_unit_test(test_deleted_while_down),
        cmocka_unit_test(test_truncated_while_down),
        cmocka_unit_test(test_damaged_positions),
        cmocka_unit_test(test_thousand_files),
        cmocka_unit_test(test_more_files_than_allowed),
        cmocka_unit_test(test_gone_files_make_room),
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
