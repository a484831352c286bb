/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of loading, compiling and running fails once: an error is
 * said, nothing leaks and the next try works. The allocator is replaced for this
 * program; a sanitizer has its own, so that there it is skipped. */
#include "fixture.h"

#ifdef HUTONG_SANITIZED
#define REPLACED 0
#else
#define REPLACED 1
#endif

static long fail_at = -1; /* counts down; the allocation at 0 fails */

#if REPLACED

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t size);

static bool
fails(void)
{
    return fail_at >= 0 && fail_at-- == 0;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}

#endif

#define TRIES 4000 /* more than there are allocations */

static const char yaml[] =
    FIXTURE_HEAD "  match: a == 'x'\n  require: [a]\nto: alert\nfields:\n"
                 "  alert.general.alert_name: {path: a, regex: '(.)'}\n"
                 "  alert.general.alert_level: {path: l, lookup: {1: high}, "
                 "evidence: e}\n"
                 "  alert.general.note: {concat: [a, b], sep: '-'}\n"
                 "  alert.general.tags: {path: t, case: upper}\n"
                 "  alert.general.parts: {each: p, fields: {name: {path: n}}}\n"
                 "keep: ['*']\n";

/* True when nothing failed any more. */
static bool
load_and_compile(const struct standard *s)
{
    struct mapping *m;
    struct plan *p = NULL;
    struct plan_state *st = NULL;
    struct diag d;
    bool whole;

    diag_init(&d);
    m = mapping_load("m.yaml", bytes_str(yaml), &d);
    assert_true(m != NULL || d.errors > 0);
    if (m != NULL) {
        p = plan_compile(m, s, &d);
        assert_true(p != NULL || d.errors > 0);
    }
    if (p != NULL)
        st = plan_state_new(p);
    whole = st != NULL && fail_at >= 0;
    fail_at = -1;
    plan_state_free(st);
    plan_free(p);
    mapping_free(m);
    diag_free(&d);
    return whole;
}

static void
test_load(void **state)
{
    struct standard *s = fixture_standard(NULL);
    long n = 0;

    (void)state;
    if (!REPLACED) {
        std_free(s);
        skip();
    }
    for (bool whole = false; !whole; n++) {
        assert_true(n < TRIES);
        fail_at = n;
        whole = load_and_compile(s);
    }
    assert_true(n > 10);
    std_free(s);
}

static void
test_run(void **state)
{
    static const char json[] =
        "{\"a\":\"x\",\"b\":\"\\u0041\",\"l\":1,\"t\":[\"u\",\"v\"],\"p\":[{"
        "\"n\":\"1\"}],\"k\":{\"m\":\"n\"}}";
    struct fixture f;
    enum plan_result r;
    struct buf want = {0};
    long n = 0;

    (void)state;
    if (!REPLACED)
        skip();
    fixture_open(&f, yaml, NULL);
    buf_str(&want, fixture_run(&f, json, &r));
    for (bool whole = false; !whole; n++) {
        struct plan_input in = {.source = &f.tape,
                                .event_id = BYTES(FIXTURE_ID)};
        struct plan_state *st = plan_state_new(f.p);
        struct buf out = {0};

        assert_true(n < TRIES);
        fail_at = n;
        r = plan_run(f.p, st, &in, &out, &f.meta, &f.err);
        whole = fail_at >= 0;
        fail_at = -1;
        assert_int_equal(r, whole ? PLAN_RECORD : PLAN_REJECT);
        assert_int_equal(out.len, whole ? want.len : 0);
        if (!whole)
            assert_int_equal(f.err.code, ERR_NOMEM);
        buf_free(&out);
        plan_state_free(st);
    }
    assert_true(n > 3);
    buf_free(&want);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_load),
                                       cmocka_unit_test(test_run)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
