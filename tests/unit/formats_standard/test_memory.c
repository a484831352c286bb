/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at every single allocation of a load and of the exports: the
 * result is NULL or an error, never a crash or a half-built standard. */
#include "tests/unit/formats_standard/files.h"

#include "formats/standard/export.h"

#ifdef HUTONG_SANITIZED
#define INTERPOSE 0 /* the sanitizer owns malloc */
#else
#define INTERPOSE 1
#endif

static const char codes[] =
    "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
    "  - {id: levels, zh: 级, en: levels, codes: [\n"
    "      {code: hi, zh: 高, en: hi, alias: 2, source: P, provisional: true},"
    "\n      {code: lo, zh: 低, en: lo, alias: 1, source: P, provisional: "
    "true}]}\n";
static const char definition[] =
    "kind: definition\nid: t\nversion: 0.1.0\nedition: e1\nzh: 测\nen: t\n"
    "rows:\n"
    "  - {key: t.l, zh: 级, en: l, type: enum, codes: levels, presence: M, "
    "source: P, provisional: true}\n"
    "  - {key: t.o, zh: 物, en: o, type: object, presence: E, source: P, "
    "provisional: true, allow: {key: t.l, in: [hi]}, one_of: [t.o.a]}\n"
    "  - {key: t.o.a, zh: 甲, en: a, type: array, item: string, presence: E, "
    "source: P, provisional: true, element: {pattern: '^[a-z]+$'}}\n";
static const char overlay[] =
    "kind: overlay\nid: o\nversion: 0.1.0\nover: e1\nrows:\n"
    "  t.l: {id: lvl, encoding: number}\n";

#if INTERPOSE
static long left = -1; /* allocations until one fails; -1: never */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t n);

static bool
fails(void)
{
    return left >= 0 && left-- == 0;
}

void *
malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}

static struct standard *
load(struct diag *d)
{
    struct std_loader *l = std_loader_new(d);

    if (l == NULL)
        return NULL;
    std_loader_add(l, "c", BYTES(codes));
    std_loader_add(l, "d", BYTES(definition));
    std_loader_add(l, "o", BYTES(overlay));
    return std_loader_finish(l);
}

static void
test_load(void **state)
{
    long n;

    (void)state;
    for (n = 0; n < 100000; n++) {
        struct standard *s;
        struct diag d;
        long rest;

        diag_init(&d);
        left = n;
        s = load(&d);
        rest = left;
        left = -1;
        std_free(s);
        if (s != NULL && rest < 0)
            fail_msg("allocation %ld failed unnoticed", n);
        diag_free(&d);
        if (s != NULL)
            break;
    }
    assert_true(n > 100 && n < 100000);
}

typedef enum err_code (*export_fn)(const struct standard *s, struct buf *out);

static enum err_code
as_schema(const struct standard *s, struct buf *out)
{
    return export_json_schema(s, "t", out, NULL);
}

static enum err_code
as_markdown(const struct standard *s, struct buf *out)
{
    return export_markdown(s, NULL, STD_ZH, out, NULL);
}

static enum err_code
as_csv(const struct standard *s, struct buf *out)
{
    return export_csv(s, NULL, out, NULL);
}

static void
test_exports(void **state)
{
    static const export_fn exports[] = {as_schema, as_markdown, as_csv};
    struct standard *s;
    struct diag d;

    (void)state;
    diag_init(&d);
    s = load(&d);
    assert_non_null(s);
    for (size_t i = 0; i < 3; i++) {
        long n;

        for (n = 0; n < 1000; n++) {
            struct buf out = {0};
            enum err_code rc;
            long rest;

            left = n;
            rc = exports[i](s, &out);
            rest = left;
            left = -1;
            buf_free(&out);
            if (rc == ERR_OK && rest < 0)
                fail_msg("export %zu: allocation %ld failed unnoticed", i, n);
            if (rc == ERR_OK)
                break;
            assert_int_equal(rc, ERR_NOMEM);
        }
        assert_true(n > 1 && n < 1000);
    }
    std_free(s);
    diag_free(&d);
}
#else
static void
test_load(void **state)
{
    (void)state;
    (void)codes, (void)definition, (void)overlay;
    printf("SKIP: a sanitizer owns malloc\n");
}

static void
test_exports(void **state)
{
    test_load(state);
}
#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_exports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
