/* SPDX-License-Identifier: Apache-2.0 */
/* Reliability goal R4: seeded histories of appends, commits, reads and restarts
 * on a simulated disk that loses power at any call. After every cut the spool
 * starts, holds every record whose commit was reported and no other content,
 * and its state agrees with its records. HUTONG_HISTORIES sets their number
 * (default 2,000, fewer under a sanitizer), HUTONG_SEED runs one. */
#include "tests/unit/agent_spool/history.h"

#ifdef HUTONG_SANITIZED
#define HISTORIES 200 /* slower there */
#else
#define HISTORIES 2000
#endif

/* Power fails at a call of the run or of the start itself. */
static void
cut(struct history *h)
{
    static const size_t units[] = {512, 4096, 1 << 20};

    disk_cut(h->disk, (unsigned)history_draw(h, 5), units[history_draw(h, 3)]);
    h->cuts++;
}

static void
close_all(struct history *h)
{
    if (h->spool == NULL)
        return;
    spool_close(h->spool); /* may commit what was marked */
    if (h->disk->dead_at == 0)
        h->acked = h->marked;
    h->spool = NULL;
}

static void
run(uint64_t seed)
{
    struct history h = {
        .label = "HUTONG_SEED", .seed = seed, .random = seed * 2 + 1};
    unsigned lives = 2;

    for (unsigned i = 0; i < 8; i++)
        (void)history_draw(&h, 2);
    lives += (unsigned)history_draw(&h, 3);
    h.disk = disk_new(seed);
    for (unsigned life = 0; life < lives; life++) {
        if (life > 0 && history_draw(&h, 3) == 0) { /* dies while it recovers */
            h.disk->dead_at = h.disk->calls + 1 + history_draw(&h, 40);
            if (history_start(&h) == ERR_OK) {
                spool_close(h.spool);
            } else if (h.spool != NULL) {
                spool_close(h.spool);
            }
            h.spool = NULL;
            cut(&h);
        }
        HISTORY_CHECK(&h, history_start(&h) == ERR_OK);
        history_verify(&h);
        if (history_draw(&h, 5) != 0)
            h.disk->dead_at = h.disk->calls + 1 + history_draw(&h, 150);
        history_steps(&h);
        if (h.disk->dead_at == 0) {
            close_all(&h);
            continue;
        }
        if (history_draw(&h, 2) == 0) { /* not reached: the power goes now */
            h.disk->dead_at = 1;
        }
        h.disk->dead_at = h.disk->calls;
        close_all(&h);
        cut(&h);
    }
    HISTORY_CHECK(&h, history_start(&h) == ERR_OK);
    history_verify(&h);
    spool_close(h.spool);
    disk_free(h.disk);
}

static void
test_power_cuts(void **state)
{
    const char *count = getenv("HUTONG_HISTORIES");
    const char *one = getenv("HUTONG_SEED");
    uint64_t n = HISTORIES, seed = 0;

    (void)state;
    if (count != NULL)
        assert_true(bytes_to_u64(bytes_str(count), 100000000, &n));
    if (one != NULL) {
        assert_true(bytes_to_u64(bytes_str(one), UINT64_MAX, &seed));
        run(seed);
        return;
    }
    for (seed = 1; seed <= n; seed++)
        run(seed);
    print_message("%llu histories\n", (unsigned long long)n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
