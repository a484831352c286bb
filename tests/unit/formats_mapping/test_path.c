/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "formats/mapping/path.h"

static const struct {
    const char *text;
    const char *why; /* part of the message, NULL: good */
    unsigned count, head;
} parses[] = {
    {"a", NULL, 1, 1},
    {"a.b.c", NULL, 3, 3},
    {"a[].b", NULL, 3, 1},
    {"a.b[0]", NULL, 3, 2},
    {"a[][].b", NULL, 4, 1},
    {"\"a.b\".c", NULL, 2, 2},
    {"\"a[]\"", NULL, 1, 1},
    {"User-Agent", NULL, 1, 1},
    {"", "512", 0, 0},
    {".a", "empty name", 0, 0},
    {"a.", "empty name", 0, 0},
    {"a..b", "empty name", 0, 0},
    {"[]", "empty name", 0, 0},
    {"\"\"", "empty name", 0, 0},
    {"\"a", "does not end", 0, 0},
    {"a[1]", "[] and [0]", 0, 0},
    {"a[", "[] and [0]", 0, 0},
    {"a]b", "quotes", 0, 0},
    {"a b", "quotes", 0, 0},
    {"a\"b\"", "quotes", 0, 0},
    {"a[]b", "dot", 0, 0},
    {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "too many", 0, 0},
    {"a[][][][][][][][][][][][][][][][]", "too many", 0, 0},
};

static void
test_parse(void **state)
{
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof parses / sizeof parses[0]; i++) {
        struct path p = {0};
        const char *why = path_parse(&arena, bytes_str(parses[i].text), &p);

        if ((why == NULL) != (parses[i].why == NULL) ||
            (why != NULL && strstr(why, parses[i].why) == NULL) ||
            (why == NULL &&
             (p.count != parses[i].count || p.head != parses[i].head))) {
            print_error("%s: %s, %u steps, head %u\n", parses[i].text,
                        why ? why : "good", p.count, p.head);
            fail();
        }
    }
    arena_free(&arena);
}

static const struct {
    const char *json, *path;
    const char *want; /* values, joined with '|' */
    size_t max;
} finds[] = {
    {"{\"a\":1}", "a", "1", 8},
    {"{\"a\":{\"b\":2}}", "a.b", "2", 8},
    {"{\"a\":{\"b\":2}}", "a.c", "", 8},
    {"{\"a\":1}", "a.b", "", 8},
    {"{\"a.b\":3}", "\"a.b\"", "3", 8},
    {"{\"a\\u002eb\":3}", "\"a.b\"", "3", 8},
    {"{\"a\":[1,2,3]}", "a[]", "1|2|3", 8},
    {"{\"a\":[1,2,3]}", "a[0]", "1", 8},
    {"{\"a\":[1,2,3]}", "a[]", "1|2", 2},
    {"{\"a\":[]}", "a[]", "", 8},
    {"{\"a\":[]}", "a[0]", "", 8},
    {"{\"a\":7}", "a[]", "7", 8},
    {"{\"a\":{\"b\":7}}", "a[].b", "7", 8},
    {"{\"a\":[{\"b\":1},{},{\"b\":[2,3]}]}", "a[].b[]", "1|2|3", 8},
    {"{\"a\":[[1,2],[3]]}", "a[][]", "1|2|3", 8},
    {"{\"a\":[[1,2],[3]]}", "a[][0]", "1|3", 8},
    {"{\"a\":[[1,2],[3]]}", "a[0][]", "1|2", 8},
    {"{\"a\":[{\"b\":1},5,{\"b\":2}]}", "a[].b", "1|2", 8},
};

static void
test_find(void **state)
{
    struct json_reader reader;
    struct tape t = {0};
    struct arena arena = {0};
    struct buf got = {0};

    (void)state;
    json_reader_init(&reader, JSON_TOLERANT, NULL);
    for (size_t i = 0; i < sizeof finds / sizeof finds[0]; i++) {
        uint32_t at[8];
        struct path p;
        size_t n;

        assert_int_equal(json_read(&reader, bytes_str(finds[i].json), &t, NULL),
                         ERR_OK);
        assert_null(path_parse(&arena, bytes_str(finds[i].path), &p));
        n = path_find(&t, 0, p.step, p.count, at, finds[i].max);
        buf_reset(&got);
        for (size_t k = 0; k < n && k < finds[i].max; k++) {
            buf_str(&got, k ? "|" : "");
            buf_bytes(&got, tape_raw(&t, &t.node[at[k]]));
        }
        if (!bytes_is(buf_view(&got), finds[i].want)) {
            print_error("%s of %s: %s, want %s\n", finds[i].path, finds[i].json,
                        buf_cstr(&got), finds[i].want);
            fail();
        }
    }
    json_reader_free(&reader);
    tape_free(&t);
    arena_free(&arena);
    buf_free(&got);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse),
                                       cmocka_unit_test(test_find)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
