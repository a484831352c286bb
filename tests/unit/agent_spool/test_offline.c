/* SPDX-License-Identifier: Apache-2.0 */
/* spool_check, spool_repair and spool_export on a spool that nobody has open:
 * nothing changes unless asked, and what they say is true. */
#define _GNU_SOURCE
#include "formats/base/hash.h"
#include "tests/unit/agent_spool/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static char dir[128];

static void
make(uint64_t records)
{
    struct spool_options o = {.dir = dir, .segment_bytes = 32 << 10};
    struct spool *s = NULL;
    struct spool_cursor *c = NULL;
    uint64_t sequence;

    fixture_dir(dir);
    assert_int_equal(spool_open(&o, &s, NULL, NULL), ERR_OK);
    assert_int_equal(
        spool_cursor_open(s, "out \"1\"", true, 0, SPOOL_LAG_BLOCK, &c, NULL),
        ERR_OK);
    for (uint64_t n = 1; n <= records; n++) {
        assert_int_equal(fixture_append(s, n, &sequence, NULL), ERR_OK);
        if (n % 10 == 0) {
            spool_mark(s);
            assert_int_equal(spool_wait(s, n, 10000), ERR_OK);
        }
    }
    spool_settle(c, 1, 3);
    spool_close(s);
}

static void
change(const char *name, off_t at, const char *p, size_t n)
{
    char path[256];
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    if (at < 0)
        at = lseek(fd, 0, SEEK_END);
    assert_int_equal(pwrite(fd, p, n, at), n);
    close(fd);
}

/* A number that changes when any file of the spool does. */
static uint64_t
fingerprint(void)
{
    char(*names)[64] = fixture_names(dir);
    uint64_t sum = 0;

    for (size_t i = 0; names[i][0] != '\0'; i++) {
        char path[256], bytes[65536];
        ssize_t n;
        int fd;

        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        fd = open(path, O_RDONLY);
        sum += 1 + hash_crc32c(0, names[i], strlen(names[i]));
        while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0)
            sum += hash_crc32c((uint32_t)sum, bytes, (size_t)n);
        close(fd);
    }
    free(names);
    return sum;
}

struct seen {
    uint64_t count, last;
};

static bool
see(void *ctx, const struct spool_record *r)
{
    struct seen *s = ctx;

    assert_true(r->sequence > s->last);
    assert_int_equal(fixture_number(r), r->sequence);
    s->last = r->sequence;
    s->count++;
    return true;
}

static bool
contains(const struct buf *b, const char *what)
{
    return memmem(b->data, b->len, what, strlen(what)) != NULL;
}

static void
test_sound(void **state)
{
    struct buf report = {0};
    struct seen seen = {0};
    uint64_t before;

    (void)state;
    make(200);
    before = fingerprint();
    assert_int_equal(spool_check(dir, &report, NULL), ERR_OK);
    assert_true(contains(&report, "\"records\":200,\"lost\":0,"));
    assert_true(contains(&report, "\"notes\":0"));
    assert_true(contains(&report, "{\"type\":\"cursor\",\"name\":\"out "
                                  "\\u00221\\u0022\",\"settled\":3,"
                                  "\"queued\":197}"));
    assert_int_equal(spool_export(dir, see, &seen, NULL), ERR_OK);
    assert_int_equal(seen.count, 200);
    buf_reset(&report);
    assert_int_equal(spool_repair(dir, false, &report, NULL), ERR_OK);
    assert_int_equal(report.len, 0);
    assert_int_equal(fingerprint(), before);
    buf_free(&report);
    fixture_remove(dir);
}

static void
test_damaged(void **state)
{
    struct buf report = {0};
    struct seen seen = {0};
    uint64_t before;
    char last[64] = "";
    char(*names)[64];

    (void)state;
    make(200);
    names = fixture_names(dir);
    for (size_t i = 0; names[i][0] != '\0'; i++)
        if (strncmp(names[i], "seg-", 4) == 0 && strcmp(names[i], last) > 0)
            memcpy(last, names[i], 64);
    free(names);
    change("seg-0000000000000001.log", 1000, "damage", 6);
    change(last, -1, "a torn tail that was never finished", 35);
    change("seg-0000000000000005.log", 0, "a stranger", 10);
    before = fingerprint();
    assert_int_equal(spool_check(dir, &report, NULL), ERR_OK);
    assert_true(contains(&report, "\"records\":199,\"lost\":1,"));
    assert_true(contains(&report, "\"note\":\"damage\""));
    assert_true(contains(&report, "\"note\":\"tail_cut\""));
    assert_true(contains(&report, "\"note\":\"nothing_readable\""));
    assert_int_equal(spool_export(dir, see, &seen, NULL), ERR_OK);
    assert_int_equal(seen.count, 199);
    buf_reset(&report);
    assert_int_equal(spool_repair(dir, false, &report, NULL), ERR_OK);
    assert_true(contains(&report, "tail_cut"));
    assert_int_equal(fingerprint(), before); /* only a plan */
    buf_reset(&report);
    assert_int_equal(spool_repair(dir, true, &report, NULL), ERR_OK);
    assert_true(fingerprint() != before);
    buf_reset(&report);
    assert_int_equal(spool_check(dir, &report, NULL), ERR_OK);
    assert_true(contains(&report, "\"note\":\"damage_kept\""));
    assert_true(contains(&report, "\"notes\":1,"));
    seen = (struct seen){0};
    assert_int_equal(spool_export(dir, see, &seen, NULL), ERR_OK);
    assert_int_equal(seen.count, 199);
    buf_free(&report);
    fixture_remove(dir);
}

static void
ignore_item(void *ctx, const struct spool_item *item)
{
    *(bool *)ctx = item->kind == SPOOL_ITEM_SUMMARY;
}

static void
test_refusals(void **state)
{
    struct spool_options o = {.dir = dir};
    struct spool *s = NULL;
    struct buf report = {0};
    struct seen seen = {0};
    bool summary = false;

    (void)state;
    make(50);
    assert_int_equal(spool_check("/nonexistent/spool", &report, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(spool_open(&o, &s, NULL, NULL), ERR_OK);
    assert_int_equal(spool_check(dir, &report, NULL), ERR_EXISTS);
    assert_int_equal(spool_repair(dir, true, &report, NULL), ERR_EXISTS);
    assert_int_equal(spool_export(dir, see, &seen, NULL), ERR_EXISTS);
    /* The heads of a running agent's spool can be looked at. */
    assert_int_equal(
        spool_inspect(dir, SPOOL_HEADS, ignore_item, &summary, NULL), ERR_OK);
    assert_true(summary);
    spool_close(s);
    buf_free(&report);
    fixture_remove(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
