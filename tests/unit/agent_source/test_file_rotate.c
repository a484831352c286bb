/* SPDX-License-Identifier: Apache-2.0 */
/* Files that change their names or contents, while they are followed and while
 * nobody looks: rename, copytruncate, reused inodes, restarts. */
#include "tests/unit/agent_source/files.h"

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

/* ---- all of it at random */

#define STORM_LINES 6000
#define STORM_LAG   4 /* bursts that a kill may undo */

struct past { /* one commit */
    struct buf saved;
    size_t count;
};

struct storm {
    struct rig r; /* first: the host's context is this */
    struct past past[STORM_LAG];
    size_t undone; /* frames that came again */
    uint32_t x;
    size_t written, rotations, kills;
    bool every_name; /* the pattern matches the rotated names too */
    uint8_t (*seed)[SOURCE_SEED_MAX]; /* of each line, when first seen */
    bool *known;                      /* the line has a seed */
    size_t checked;                   /* frames whose seed was looked at */
};

static uint32_t
chance(struct storm *t, uint32_t n)
{
    t->x = t->x * 1664525U + 1013904223U;
    return (t->x >> 8) % n;
}

static void
storm_write(struct storm *t)
{
    struct buf b = {0};

    for (uint32_t n = 1 + chance(t, 60); n-- > 0 && t->written < STORM_LINES;)
        buf_printf(&b, "%zu some text behind it\n", t->written++);
    append(&t->r, "a.log", b.len != 0 ? buf_cstr(&b) : "");
    buf_free(&b);
}

/* A frame that is read again has the identity that it had before. */
static void
storm_check_seeds(struct storm *t)
{
    for (; t->checked < t->r.count; t->checked++) {
        const struct got *g = &t->r.got[t->checked];
        size_t line = strtoul(g->text, NULL, 10);

        assert_true(line < STORM_LINES);
        if (t->known[line])
            assert_memory_equal(t->seed[line], g->seed, SOURCE_SEED_MAX);
        memcpy(t->seed[line], g->seed, SOURCE_SEED_MAX);
        t->known[line] = true;
    }
}

static void
storm_chunk_end(void *ctx)
{
    struct storm *t = ctx;
    struct past oldest = t->past[STORM_LAG - 1];

    rig_chunk_end(ctx);
    memmove(t->past + 1, t->past, (STORM_LAG - 1) * sizeof *t->past);
    buf_reset(&oldest.saved);
    buf_bytes(&oldest.saved, buf_view(&t->r.saved));
    oldest.count = t->r.count;
    t->past[0] = oldest;
}

/* kill -9: what came behind the last commit never happened. A truncated file
 * cannot be read again, so then nothing lags. */
static void
storm_kill(struct storm *t)
{
    struct rig *r = &t->r;
    const struct past *p = &t->past[t->every_name ? chance(t, STORM_LAG) : 0];

    storm_check_seeds(t);
    while (r->count > p->count) {
        r->count--;
        t->undone++;
        free(r->got[r->count].text);
        free(r->got[r->count].origin);
    }
    t->checked = r->count;
    buf_reset(&r->saved);
    buf_bytes(&r->saved, buf_view(&p->saved));
    for (size_t i = 0; i < STORM_LAG; i++) { /* the only past now */
        t->past[i].count = r->count;
        if (&t->past[i] == p)
            continue;
        buf_reset(&t->past[i].saved);
        buf_bytes(&t->past[i].saved, buf_view(&r->saved));
    }
    rig_restart(r);
    t->kills++;
}

static void
storm_rotate(struct storm *t)
{
    char name[32];

    /* A file that is renamed before its first name was seen is out of reach of
     * a pattern that does not match the new name; what was not read when the
     * file is truncated is nowhere. */
    if (!t->every_name)
        rig_frames(&t->r, t->written);
    if (!t->every_name && chance(t, 3) == 0) {
        assert_int_equal(truncate(at(&t->r, "a.log").path, 0), 0);
    } else {
        (void)snprintf(name, sizeof name, "a.log.%zu", t->rotations);
        rename_to(&t->r, "a.log", name);
    }
    t->rotations++;
    storm_write(t);
}

static void
storm_step(struct storm *t)
{
    uint32_t what = chance(t, 20);

    /* A host that sometimes has no room leaves frames uncommitted. */
    t->r.room = what % 3 == 0 ? chance(t, 100) : SIZE_MAX;
    if (what < 6)
        storm_write(t);
    else if (what < 7)
        storm_kill(t);
    else if (what < 8) {
        t->r.room = SIZE_MAX;
        t->r.source->resume(t->r.handle);
        storm_rotate(t);
    } else {
        t->r.source->resume(t->r.handle);
        event_base_loop(t->r.base, EVLOOP_ONCE);
    }
}

static void
storm(bool every_name, uint32_t seed)
{
    struct storm t = {.x = seed, .every_name = every_name};
    bool *seen = calloc(STORM_LINES, sizeof *seen);
    struct place p;

    t.seed = calloc(STORM_LINES, sizeof *t.seed);
    t.known = calloc(STORM_LINES, sizeof *t.known);
    assert_true(seen && t.seed && t.known);
    follow(&t.r, &p, every_name ? "a.log*" : "a.log");
    t.r.host.chunk_end = storm_chunk_end;
    storm_write(&t);
    rig_open(&t.r, NONE);
    while (t.written < STORM_LINES)
        storm_step(&t);
    t.r.room = SIZE_MAX;
    t.r.source->resume(t.r.handle);
    rig_frames(&t.r, STORM_LINES);
    storm_check_seeds(&t);
    rig_seeds_differ(&t.r);
    for (size_t i = 0; i < t.r.count; i++) {
        size_t line = strtoul(t.r.got[i].text, NULL, 10);

        if (seen[line])
            fail_msg("line %zu came twice (storm %u)", line, seed);
        seen[line] = true;
    }
    assert_int_equal(t.r.count, STORM_LINES);
    assert_int_equal(counters(&t.r)->lost, 0);
    assert_true(t.rotations > 5 && t.kills > 5);
    assert_true(t.undone > 100 || !every_name);
    for (size_t i = 0; i < STORM_LAG; i++)
        buf_free(&t.past[i].saved);
    free(seen);
    free(t.known);
    free(t.seed);
    rig_free(&t.r);
}

static void
test_storm(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 2; seed++) {
        storm(true, seed);
        storm(false, seed + 100);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(test_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
