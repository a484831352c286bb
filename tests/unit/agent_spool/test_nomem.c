/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at the n-th allocation, for every n of a life of the spool:
 * no crash, no record lost that was acknowledged, and a start afterwards. */
#include "tests/unit/agent_spool/fixture.h"

#include <errno.h>

#ifdef HUTONG_SANITIZED
#define OWN_ALLOCATOR 0 /* the sanitizer's stands in the way */
#else
#define OWN_ALLOCATOR 1
#endif

static uint64_t allocations, fail_at;
static bool failed;

#if OWN_ALLOCATOR
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool
refuse(void)
{
    if (fail_at == 0 || ++allocations != fail_at)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t n)
{
    return refuse() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
    return refuse() ? NULL : __libc_realloc(p, n);
}
#endif

static char dir[128];

static void
put_position(struct spool *s, uint64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);

    if (spool_state(s, BYTES("pos"), bytes_of(text, (size_t)len), NULL) ==
        ERR_OK)
        spool_mark(s);
}

/* One life: appends up to 60 records behind those that are there. */
static uint64_t
life(uint64_t *appended)
{
    struct spool_options o = {.dir = dir, .segment_bytes = 8 << 10};
    struct spool *s = NULL;
    struct spool_cursor *c = NULL;
    struct spool_record r;
    struct buf report = {0};
    uint64_t acked, sequence = 0;

    if (spool_open_manual(&o, &s, &report, NULL) != ERR_OK) {
        buf_free(&report);
        return 0;
    }
    *appended = spool_committed(s);
    if (spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL) != ERR_OK)
        c = NULL;
    for (unsigned i = 0; i < 60; i++) {
        if (fixture_append(s, *appended + 1, &sequence, NULL) != ERR_OK)
            continue;
        ++*appended;
        if (i % 6 != 5)
            continue;
        put_position(s, *appended);
        spool_commit_step(s, true);
        if (c != NULL) {
            while (spool_read(c, &r, 0, NULL) == ERR_OK)
                if (r.sequence % 2 == 0) /* holes, so ranges are allocated */
                    spool_settle(c, r.sequence, r.sequence);
            if (i % 24 == 23)
                spool_settle(c, 1, *appended - 12);
            if (spool_cursor_state(c, BYTES("batch"), NULL) != ERR_OK)
                continue; /* as it may */
        }
    }
    acked = spool_committed(s);
    spool_close(s);
    buf_free(&report);
    return acked;
}

static void
verify(uint64_t acked, uint64_t appended)
{
    struct spool_options o = {.dir = dir};
    struct spool *s = NULL;
    struct spool_cursor *c = NULL;
    struct spool_record r;
    struct bytes v;
    uint64_t position = 0, n;

    assert_int_equal(spool_open_manual(&o, &s, NULL, NULL), ERR_OK);
    if (spool_state_get(s, BYTES("pos"), &v))
        assert_true(bytes_to_u64(v, UINT64_MAX, &position));
    assert_true(position >= acked && position <= appended);
    assert_int_equal(spool_committed(s), position);
    assert_int_equal(
        spool_cursor_open(s, "a", true, 0, SPOOL_LAG_BLOCK, &c, NULL), ERR_OK);
    n = spool_cursor_settled(c);
    while (spool_read(c, &r, 0, NULL) == ERR_OK) {
        assert_int_equal(r.sequence, ++n);
        assert_int_equal(fixture_number(&r), n);
    }
    assert_int_equal(n, position);
    spool_close(s);
}

static void
test_every_allocation(void **state)
{
    uint64_t n = 0;

    (void)state;
    if (!OWN_ALLOCATOR) {
        print_message("SKIP: a sanitizer owns the allocator\n");
        return;
    }
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0)
        assert_int_equal(setenv("TMPDIR", "/dev/shm", 1), 0);
    do {
        uint64_t acked, appended = 0;

        fixture_dir(dir);
        (void)life(&appended);
        failed = false;
        allocations = 0;
        fail_at = ++n;
        acked = life(&appended);
        fail_at = 0;
        verify(acked, appended);
        fixture_remove(dir);
    } while (failed);
    print_message("%llu allocations\n", (unsigned long long)n - 1);
    assert_true(n > 30);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
