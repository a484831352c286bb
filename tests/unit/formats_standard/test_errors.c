/* SPDX-License-Identifier: Apache-2.0 */
/* Broken definition files: every problem, each with its place and, where a
 * word is near, what may have been meant. */
#include "tests/unit/formats_standard/files.h"

/* Seven lines; rows begin at line 8. */
#define HEAD                                                                   \
    "kind: definition\nid: t\nversion: 0.1.0\nedition: e1\nzh: 测\nen: t\n"   \
    "rows:\n"
#define ROW(key, type, more)                                                   \
    "  - {key: " key ", zh: 名, en: name, type: " type                         \
    ", presence: E, source: P, provisional: true" more "}\n"
#define LISTS                                                                  \
    "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"                             \
    "  - {id: levels, zh: 级, en: levels, codes: [\n"                         \
    "      {code: hi, zh: 高, en: hi, alias: 2, source: P, provisional: "     \
    "true},\n"                                                                 \
    "      {code: lo, zh: 低, en: lo, source: P, provisional: true}]}\n"

struct bad {
    const char *name;
    const char *definition; /* file "d" */
    const char *codes;      /* file "c" loaded before it; NULL: LISTS */
    const char *want;       /* all diagnostics */
};

static const struct bad bad[] = {
    {"not a map", "[1, 2]\n", NULL, "d:1:1: the file must hold a map\n"},
    {"no kind", "id: t\n", NULL, "d:1:1: 'kind' is missing\n"},
    {"wrong kind", "kind: definitoin\nid: t\n", NULL,
     "d:1:7: 'kind' cannot be 'definitoin'; did you mean definition?\n"},
    {"head incomplete and misspelt",
     "kind: definition\nid: t\nverison: 1\nedition: e\nzh: 测\nrows: []\n",
     NULL,
     "d:1:1: 'version' is missing\n"
     "d:1:1: 'en' is missing\n"
     "d:3:1: unknown key 'verison'; did you mean version?\n"},
    {"row without what every row needs", HEAD "  - {key: t.a, type: string}\n",
     NULL,
     "d:8:5: 'zh' is missing\n"
     "d:8:5: 'en' is missing\n"
     "d:8:5: 'source' is missing\n"
     "d:8:5: 'presence' is missing\n"
     "d:8:5: 'provisional' is missing\n"
     "d:8:5: 't.a' needs a name in zh and en\n"},
    {"unknown property", HEAD ROW("t.a", "string", ", max_length: 3"), NULL,
     "d:8:92: unknown key 'max_length'\n"},
    {"misspelt property", HEAD ROW("t.a", "string", ", max_ln: 3"), NULL,
     "d:8:92: unknown key 'max_ln'; did you mean max_len?\n"},
    {"wrong type word", HEAD ROW("t.a", "strng", ""), NULL,
     "d:8:41: 'type' cannot be 'strng'; did you mean string?\n"},
    {"two rows with one key",
     HEAD ROW("t.a", "string", "") ROW("t.a", "string", ""), NULL,
     "d:9:5: row 't.a' exists already at d:8\n"},
    {"two rows at one place",
     HEAD ROW("t.a", "string", "") ROW("t.b", "string", ", id: a"), NULL,
     "d:9:5: two rows at one place: 't.b' and 't.a' (d:8)\n"},
    {"key of another kind", HEAD ROW("x.a", "string", ""), NULL,
     "d:8:11: 'x.a' is not a key of kind 't' (words and dots)\n"},
    {"key with capitals", HEAD ROW("t.aB", "string", ""), NULL,
     "d:8:11: 't.aB' is not a key of kind 't' (words and dots)\n"},
    {"no parent row", HEAD ROW("t.a.b", "string", ""), NULL,
     "d:8:5: row 't.a.b' has no parent row 't.a'\n"},
    {"parent behind", HEAD ROW("t.a.b", "string", "") ROW("t.a", "object", ""),
     NULL, "d:8:5: row 't.a.b' must stand behind its parent 't.a'\n"},
    {"parent is no object",
     HEAD ROW("t.a", "string", "") ROW("t.a.b", "string", ""), NULL,
     "d:9:5: place of 't.a.b': 'a' is string and has no members\n"},
    {"object without members", HEAD ROW("t.a", "object", ""), NULL,
     "d:8:5: object 't.a' has no members\n"},
    {"name taken in every record", HEAD ROW("t.x_a", "string", ""), NULL,
     "d:8:5: place of 't.x_a': 'x_a' is taken in every record\n"},
    {"dangling code list", HEAD ROW("t.a", "enum", ", codes: level"), NULL,
     "d:8:5: 't.a' names no code list: 'level'; did you mean levels?\n"},
    {"enum without codes", HEAD ROW("t.a", "enum", ""), NULL,
     "d:8:5: enum 't.a' needs codes\n"},
    {"dangling condition",
     HEAD ROW("t.a", "string", ", allow: {key: t.zz, in: [x]}"), NULL,
     "d:8:5: 'allow' of 't.a' names no row: 't.zz'\n"},
    {"condition value is no code",
     HEAD ROW("t.l", "enum", ", codes: levels")
         ROW("t.a", "string", ", allow: {key: t.l, in: [hi, mid]}"),
     NULL, "d:9:5: 'allow' of 't.a': 'mid' is no code of 'levels'\n"},
    {"condition without values",
     HEAD ROW("t.l", "string", "") ROW("t.a", "string", ", allow: {key: t.l}"),
     NULL, "d:9:99: 'allow' needs 'in' or 'prefix'\n"},
    {"condition on a number",
     HEAD ROW("t.n", "integer", "")
         ROW("t.a", "string", ", allow: {key: t.n, in: [x]}"),
     NULL, "d:9:5: 'allow' of 't.a': 't.n' is neither string nor enum\n"},
    {"C without when",
     HEAD "  - {key: t.a, zh: 名, en: n, type: string, presence: C, source: P, "
          "provisional: true}\n",
     NULL, "d:8:5: presence C and 'when' go together: 't.a'\n"},
    {"property of another type", HEAD ROW("t.a", "string", ", min: 3"), NULL,
     "d:8:5: 'min/max' does not fit type string of 't.a'\n"},
    {"pattern not anchored", HEAD ROW("t.a", "string", ", pattern: 'a+'"), NULL,
     "d:8:101: 'pattern': must begin with ^ and end with $\n"},
    {"pattern with a class letter",
     HEAD ROW("t.a", "string", ", pattern: '^\\d$'"), NULL,
     "d:8:101: 'pattern': a backslash may only stand before punctuation\n"},
    {"pattern with a dot", HEAD ROW("t.a", "string", ", pattern: '^a.$'"), NULL,
     "d:8:101: 'pattern': write a set instead of a dot\n"},
    {"pattern broken", HEAD ROW("t.a", "string", ", pattern: '^(a$'"), NULL,
     "d:8:101: 'pattern': not a regular expression\n"},
    {"limits turned round",
     HEAD ROW("t.a", "string", ", min_len: 3, max_len: 2")
         ROW("t.n", "integer", ", min: 3, max: 2"),
     NULL,
     "d:8:5: min_len is above max_len: 't.a'\n"
     "d:9:5: min is above max: 't.n'\n"},
    {"code without alias written as a number",
     HEAD ROW("t.l", "enum", ", codes: levels, encoding: number"), NULL,
     "d:8:5: 't.l' is written as a number, but code 'lo' of 'levels' has no "
     "alias\n"},
    {"element of no array", HEAD ROW("t.a", "string", ", element: {}"), NULL,
     "d:8:5: 'element' needs type array\n"},
    {"not_after of a text",
     HEAD ROW("t.a", "string", "") ROW("t.b", "time", ", not_after: t.a"), NULL,
     "d:9:5: 'not_after' needs two times: 't.b'\n"},
    {"before a text",
     HEAD ROW("t.a", "string", "") ROW("t.b", "time", ", before: t.a"), NULL,
     "d:9:5: 'before' needs two times: 't.b'\n"},
    {"before and not after",
     HEAD ROW("t.a", "time", "")
         ROW("t.b", "time", ", before: t.a, not_after: t.a"),
     NULL, "d:9:5: 'not_after' and 'before' exclude each other: 't.b'\n"},
    {"group of a row without codes",
     HEAD ROW("t.a", "string", "")
         ROW("t.b", "enum", ", codes: levels, group_of: t.a"),
     NULL, "d:9:5: 'group_of' needs two rows with codes: 't.b'\n"},
    {"group of codes that have none",
     HEAD ROW("t.a", "enum", ", codes: levels")
         ROW("t.b", "enum", ", codes: levels, group_of: t.a"),
     NULL,
     "d:9:5: 'group_of' of 't.b': the group of 'hi' in 'levels' is no code "
     "of 'levels'\n"
     "d:9:5: 'group_of' of 't.b': the group of 'lo' in 'levels' is no code "
     "of 'levels'\n"},
    {"one_of names a stranger",
     HEAD ROW("t.o", "object", ", one_of: [t.b]") ROW("t.o.a", "string", "")
         ROW("t.b", "string", ""),
     NULL, "d:8:5: 'one_of': 't.b' is no member of 't.o'\n"},
    {"everything at once",
     HEAD ROW("t.a", "strng", "") ROW("t.a", "string", "")
         ROW("t.q.r", "string", "") ROW("t.l", "enum", ", codes: nope"),
     NULL,
     "d:8:41: 'type' cannot be 'strng'; did you mean string?\n"
     "d:9:5: row 't.a' exists already at d:8\n"
     "d:10:5: row 't.q.r' has no parent row 't.q'\n"
     "d:11:5: 't.l' names no code list: 'nope'\n"},
    {"definition that claims to be settled",
     HEAD "  - {key: t.a, zh: 名, en: n, type: string, presence: E, source: P, "
          "provisional: false}\n",
     NULL, "d:8:83: only an overlay can clear 'provisional'\n"},
    {"code twice", HEAD ROW("t.a", "string", ""),
     "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
     "  - {id: l, zh: 级, en: l, codes: [\n"
     "      {code: a, zh: 甲, en: a, source: P, provisional: true},\n"
     "      {code: a, zh: 乙, en: b, source: P, provisional: true}]}\n",
     "c:7:7: code 'a' stands twice in 'l'\n"},
    {"codes that are no maps", HEAD ROW("t.a", "string", ""),
     "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
     "  - {id: l, zh: 级, en: l, codes: [\n"
     "      {code: a, zh: 甲, en: a, source: P, provisional: true}, b,\n"
     "      {code: c, parent: q, zh: 丙, en: c, source: P, provisional: "
     "true}, []]}\n",
     "c:6:64: a code must be a map\n"
     "c:7:75: a code must be a map\n"
     "c:7:7: parent 'q' is not a code of 'l'\n"},
    {"spelling with two meanings", HEAD ROW("t.a", "string", ""),
     "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
     "  - {id: l, zh: 级, en: l, codes: [\n"
     "      {code: a, zh: 甲, en: a, alias: 1, source: P, provisional: true},\n"
     "      {code: b, zh: 乙, en: b, alt: [\"1\"], source: P, provisional: "
     "true}]}\n",
     "c:5:1: list 'l': '1' means both 'a' and 'b'\n"},
    {"parent code unknown", HEAD ROW("t.a", "string", ""),
     "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
     "  - {id: l, zh: 级, en: l, codes: [\n"
     "      {code: a, zh: 甲, en: a, parent: q, source: P, provisional: "
     "true}]}\n",
     "c:6:7: parent 'q' is not a code of 'l'\n"},
    {"code without a name", HEAD ROW("t.a", "string", ""),
     "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
     "  - {id: l, zh: 级, en: l, codes: [{code: a, source: P, provisional: "
     "true}]}\n",
     "c:5:37: 'zh' is missing\nc:5:37: 'en' is missing\n"},
    {"empty list", HEAD ROW("t.a", "string", ""),
     "kind: codes\nid: c\nversion: 0.1.0\nlists:\n"
     "  - {id: l, zh: 级, en: l, codes: []}\n",
     "c:5:36: list 'l' needs 1 to 4096 codes\n"},
};

/* Load codes and definition; the diagnostics end up in *d. */
static struct standard *
load(const struct bad *b, struct diag *d)
{
    struct std_loader *l;

    diag_init(d);
    l = std_loader_new(d);
    assert_non_null(l);
    std_loader_add(l, "c", bytes_str(b->codes ? b->codes : LISTS));
    std_loader_add(l, "d", bytes_str(b->definition));
    return std_loader_finish(l);
}

static void
test_bad_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct diag d;

        if (load(&bad[i], &d) != NULL)
            fail_msg("%s: accepted", bad[i].name);
        if (strcmp(diag_text(&d), bad[i].want) != 0)
            fail_msg("%s: got\n%swant\n%s", bad[i].name, diag_text(&d),
                     bad[i].want);
        diag_free(&d);
    }
}

/* The rows that the table breaks do load when they are not broken. */
static void
test_good_file(void **state)
{
    const struct bad good = {
        "good",
        HEAD ROW("t.a", "string", ", min_len: 1, pattern: '^a+$'")
            ROW("t.l", "enum", ", codes: levels")
                ROW("t.b", "string", ", allow: {key: t.l, in: [hi]}")
                    ROW("t.o", "object", ", one_of: [t.o.x]")
                        ROW("t.o.x", "time", "")
                            ROW("t.r", "array",
                                ", item: integer, max_len: 3, "
                                "element: {min: 1}"),
        NULL, ""};
    struct diag d;
    struct standard *s = load(&good, &d);

    (void)state;
    if (s == NULL)
        fail_msg("%s", diag_text(&d));
    assert_int_equal(std_row_count(s), 7);
    assert_true(std_row(s, "t.r[]")->has_min);
    assert_int_equal(std_row(s, "t.o.x")->encoding, STD_ENC_TIME);
    std_free(s);
    diag_free(&d);
}

static void
test_no_files(void **state)
{
    struct std_loader *l;
    struct diag d;

    (void)state;
    diag_init(&d);
    l = std_loader_new(&d);
    assert_null(std_loader_finish(l));
    assert_string_equal(diag_text(&d), "standard: no definition was loaded\n");
    diag_free(&d);
}

static void
test_editions_must_agree(void **state)
{
    struct std_loader *l;
    struct diag d;

    (void)state;
    diag_init(&d);
    l = std_loader_new(&d);
    std_loader_add(l, "a", BYTES(HEAD ROW("t.a", "string", "")));
    std_loader_add(
        l, "b",
        BYTES("kind: definition\nid: u\nversion: 0.1.0\n"
              "edition: e2\nzh: 测\nen: u\nrows:\n" ROW("u.a", "string", "")));
    std_loader_add(l, "c", BYTES(HEAD ROW("t.b", "string", "")));
    assert_null(std_loader_finish(l));
    assert_string_equal(
        diag_text(&d),
        "b:4:10: edition 'e2' does not fit 'e1' of the files before\n"
        "c:2:5: kind 't' is defined by a\n");
    diag_free(&d);
}

/* Every prefix of a definition is refused or loads; none may crash. */
static void
test_truncated_at_every_byte(void **state)
{
    static const char text[] =
        HEAD ROW("t.a", "array", ", item: object, element: {any_member: true}")
            ROW("\"t.a[].b\"", "enum", ", codes: levels");

    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        struct std_loader *l;
        struct standard *s;
        struct diag d;

        diag_init(&d);
        l = std_loader_new(&d);
        std_loader_add(l, "c", BYTES(LISTS));
        std_loader_add(l, "d", bytes_of(text, n));
        s = std_loader_finish(l);
        assert_true((s == NULL) == (d.errors > 0));
        std_free(s);
        diag_free(&d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_no_files),
        cmocka_unit_test(test_editions_must_agree),
        cmocka_unit_test(test_truncated_at_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
