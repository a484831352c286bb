/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML subset: what is read, what is refused and where, typed access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/yaml.h"

struct fixture {
    struct arena arena;
    struct diag diag;
    struct buf text; /* of the diagnostics */
};

static void
begin(struct fixture *x)
{
    *x = (struct fixture){.text = {0}};
    arena_init(&x->arena, 0);
    diag_init(&x->diag);
}

static void
end(struct fixture *x)
{
    buf_free(&x->text);
    diag_free(&x->diag);
    arena_free(&x->arena);
}

static const char *
problems(struct fixture *x)
{
    buf_reset(&x->text);
    buf_char(&x->text, ' ');
    buf_cut(&x->text, 0);
    diag_print(&x->diag, &x->text);
    return buf_cstr(&x->text);
}

static struct yaml_node *
parse(struct fixture *x, const char *text)
{
    return yaml_parse("f", bytes_str(text), &x->arena, &x->diag);
}

struct refused {
    const char *name, *text, *want; /* all diagnostics */
};

static const struct refused refused[] = {
    {"empty", "", "f:1:1: the file is empty\n"},
    {"comment only", "# nothing\n", "f:1:1: the file is empty\n"},
    {"duplicate key", "a: 1\nb: 2\na: 3\n",
     "f:3:1: duplicate key 'a', first at line 1\n"},
    {"two faults at once", "a: &x 1\nb: !!str 2\nc: 1\nc: 2\n",
     "f:1:4: anchors are not allowed here\n"
     "f:2:4: tags are not allowed here\n"
     "f:4:1: duplicate key 'c', first at line 3\n"},
    {"alias", "a: &x 1\nb: *x\n",
     "f:1:4: anchors are not allowed here\n"
     "f:2:4: aliases are not allowed here\n"},
    {"merge key", "a: {<<: {b: 1}}\n",
     "f:1:5: merge keys are not allowed here\n"},
    {"second document", "a: 1\n---\nb: 2\n",
     "f:2:1: a second document is not allowed here\n"},
    {"directive", "%YAML 1.1\n---\na: 1\n",
     "f:1:1: directives are not allowed here\n"},
    {"map as key", "? {a: 1}\n: 2\n", "f:1:3: a key must be a scalar\n"},
    {"empty key", "? \n: 2\n", "f:1:2: a key must not be empty\n"},
    {"NUL in key", "\"a\\0b\": 2\n", "f:1:1: a key must not contain NUL\n"},
    {"column counts bytes", "中文: &x 1\n",
     "f:1:9: anchors are not allowed here\n"},
    {"too deep", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n",
     "f:1:17: nested too deeply\n"},
    {"tag on list", "a: !x [1]\n", "f:1:4: tags are not allowed here\n"},
    {"anchor on map", "a: &m {b: 1}\n",
     "f:1:4: anchors are not allowed here\n"},
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct fixture x;

        begin(&x);
        if (parse(&x, refused[i].text) != NULL)
            fail_msg("%s: accepted", refused[i].name);
        if (strcmp(problems(&x), refused[i].want) != 0)
            fail_msg("%s: got\n%swant\n%s", refused[i].name, problems(&x),
                     refused[i].want);
        end(&x);
    }
}

/* The wording is libyaml's; the place is ours. */
static void
test_syntax_errors(void **state)
{
    static const struct {
        const char *name, *text, *place;
    } cases[] = {
        {"open bracket", "a: [1, 2\nb: 3\n", "f:2:2: not YAML: "},
        {"tab indent", "a:\n\tb: 1\n", "f:2:1: not YAML: "},
        {"bad UTF-8", "a: 1\nb: \xff\n", "f:2:4: not YAML: "},
        {"control", "a: 1\nb: \x01\n", "f:2:4: not YAML: "},
        {"quote", "a: \"x\n", "f:2:1: not YAML: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture x;

        begin(&x);
        assert_null(parse(&x, cases[i].text));
        if (strncmp(problems(&x), cases[i].place, strlen(cases[i].place)) != 0)
            fail_msg("%s: got %s", cases[i].name, problems(&x));
        end(&x);
    }
}

static void
test_tree(void **state)
{
    struct fixture x;
    struct yaml_node *root, *n;

    (void)state;
    begin(&x);
    root = parse(&x, "# head\na: 1\nlist: [x, \"2\", {k: v}]\n"
                     "text: |\n  one\n  two\nnot_false: no\n");
    if (root == NULL)
        fail_msg("%s", problems(&x));
    assert_int_equal(root->type, YAML_MAP);
    assert_int_equal(root->count, 4);
    assert_string_equal(root->first->key.data, "a");
    assert_int_equal(root->first->line, 2);
    assert_int_equal(root->first->col, 4);
    assert_int_equal(root->first->key_col, 1);
    n = root->first->next->first;
    assert_false(n->quoted);
    assert_true(n->next->quoted);
    assert_int_equal(n->next->next->type, YAML_MAP);
    assert_string_equal(yaml_get(root, "text")->text.data, "one\ntwo\n");
    assert_string_equal(yaml_get(root, "not_false")->text.data, "no");
    end(&x);
}

static void
test_json_is_accepted(void **state)
{
    struct fixture x;
    struct yaml_node *root;

    (void)state;
    begin(&x);
    root = parse(&x, "{\"a\": [1, true, null, \"x\\u00e9\"], \"b\": {}}");
    if (root == NULL)
        fail_msg("%s", problems(&x));
    assert_int_equal(root->first->count, 4);
    assert_string_equal(root->first->first->next->next->next->text.data,
                        "x\xc3\xa9");
    end(&x);
}

static void
test_depth_limit_is_exact(void **state)
{
    char text[64] = "";
    struct fixture x;

    (void)state;
    for (int i = 0; i < YAML_MAX_DEPTH; i++)
        strncat(text, "[", sizeof text - strlen(text) - 1);
    for (int i = 0; i < YAML_MAX_DEPTH; i++)
        strncat(text, "]", sizeof text - strlen(text) - 1);
    begin(&x);
    assert_non_null(parse(&x, text));
    end(&x);
}

static void
test_size_limit(void **state)
{
    size_t n = YAML_MAX_BYTES + 1;
    char *big = malloc(n);
    struct fixture x;

    (void)state;
    assert_non_null(big);
    memset(big, ' ', n);
    begin(&x);
    assert_null(yaml_parse("f", bytes_of(big, n), &x.arena, &x.diag));
    assert_string_equal(problems(&x), "f: larger than 1048576 bytes\n");
    end(&x);
    free(big);
}

/* Many members: finding duplicates must not take quadratic time. */
static void
test_many_members(void **state)
{
    struct buf b = {0};
    struct fixture x;
    struct yaml_node *root;

    (void)state;
    for (unsigned i = 0; i < 40000; i++)
        buf_printf(&b, "key_%u: %u\n", i, i);
    buf_str(&b, "key_7: again\n");
    begin(&x);
    root = yaml_parse("f", buf_view(&b), &x.arena, &x.diag);
    assert_null(root);
    assert_string_equal(problems(&x),
                        "f:40001:1: duplicate key 'key_7', first at line 8\n");
    end(&x);
    buf_free(&b);
}

/* Every prefix of a file either loads or is refused; none may crash. */
static void
test_truncated_at_every_byte(void **state)
{
    static const char text[] = "a: [1, \"x\\u4e2d\", {k: 'v', \"w\": |-\n}]\n"
                               "b:\n  - c: 1\n    d: 中\n  - {e: [[]]}\n";

    (void)state;
    for (size_t n = 0; n < sizeof text; n++) {
        struct fixture x;
        const struct yaml_node *root;

        begin(&x);
        root = yaml_parse("f", bytes_of(text, n), &x.arena, &x.diag);
        assert_true((root == NULL) == (x.diag.errors > 0));
        end(&x);
    }
}

static const char *const words[] = {"red", "green", "blue", NULL};

static void
test_getters(void **state)
{
    struct fixture x;
    struct yaml_file f;
    struct yaml_node *root;

    (void)state;
    begin(&x);
    f = (struct yaml_file){"f", &x.arena, &x.diag};
    root = parse(&x, "s: text\nq: \"null\"\nz: null\ny: yes\nt: true\n"
                     "i: -42\nm: {k: v}\nl: [1]\ne: green\n");
    assert_string_equal(yaml_str(&f, root, "s", "-"), "text");
    assert_string_equal(yaml_str(&f, root, "q", "-"), "null");
    assert_string_equal(yaml_str(&f, root, "z", "-"), "-");
    assert_string_equal(yaml_str(&f, root, "none", "-"), "-");
    assert_true(yaml_bool(&f, root, "y", false));
    assert_true(yaml_bool(&f, root, "t", false));
    assert_true(yaml_bool(&f, root, "none", true));
    assert_int_equal(yaml_int(&f, root, "i", -100, 100, 0), -42);
    assert_int_equal(yaml_int(&f, root, "none", 0, 9, 7), 7);
    assert_non_null(yaml_map(&f, root, "m"));
    assert_non_null(yaml_list(&f, root, "l"));
    assert_null(yaml_map(&f, root, "none"));
    assert_int_equal(yaml_enum(&f, root, "e", words, 0), 1);
    assert_int_equal(yaml_enum(&f, root, "none", words, 2), 2);
    assert_true(yaml_need(&f, root, "s"));
    assert_int_equal(x.diag.errors, 0);
    assert_null(yaml_get(NULL, "a"));
    assert_null(yaml_get(yaml_get(root, "s"), "a"));
    end(&x);
}

static void
test_getter_errors(void **state)
{
    struct fixture x;
    struct yaml_file f;
    struct yaml_node *root;

    (void)state;
    begin(&x);
    f = (struct yaml_file){"f", &x.arena, &x.diag};
    root = parse(&x, "s: [a]\nb: maybe\ni: 12x\nr: 300\nq: \"5\"\n"
                     "e: grean\nm: [1]\nl: {a: 1}\nn:\nz: \"a\\0b\"\n"
                     "big: 99999999999999999999\n");
    assert_string_equal(yaml_str(&f, root, "s", "-"), "-");
    assert_true(yaml_bool(&f, root, "b", true));
    assert_int_equal(yaml_int(&f, root, "i", 0, 9, 3), 3);
    assert_int_equal(yaml_int(&f, root, "r", 0, 255, 3), 3);
    assert_int_equal(yaml_int(&f, root, "q", 0, 255, 3), 3);
    assert_int_equal(yaml_enum(&f, root, "e", words, 0), 0);
    assert_null(yaml_map(&f, root, "m"));
    assert_null(yaml_list(&f, root, "l"));
    assert_string_equal(yaml_str(&f, root, "n", "-"), "-");
    assert_string_equal(yaml_str(&f, root, "z", "-"), "-");
    assert_int_equal(yaml_int(&f, root, "big", 0, 9, 4), 4);
    assert_false(yaml_need(&f, root, "gone"));
    assert_string_equal(problems(&x),
                        "f:1:4: 's' must be a text\n"
                        "f:2:4: 'b' must be true or false\n"
                        "f:3:4: 'i' must be a whole number\n"
                        "f:4:4: 'r' must be from 0 to 255\n"
                        "f:5:4: 'q' must be a whole number\n"
                        "f:6:4: 'e' cannot be 'grean'; did you mean green?\n"
                        "f:7:4: 'm' must be a map\n"
                        "f:8:4: 'l' must be a list\n"
                        "f:9:3: 'n' has no value\n"
                        "f:10:4: 'z' must not contain NUL\n"
                        "f:11:6: 'big' must be a whole number\n"
                        "f:1:1: 'gone' is missing\n");
    end(&x);
}

static void
test_unused(void **state)
{
    static const char *const known[] = {"name", "type", "when", NULL};
    struct fixture x;
    struct yaml_file f;
    struct yaml_node *root;

    (void)state;
    begin(&x);
    f = (struct yaml_file){"f", &x.arena, &x.diag};
    root = parse(&x, "name: a\ntpye: b\nzzz: c\nwhen: d\n");
    (void)yaml_str(&f, root, "name", "");
    (void)yaml_str(&f, root, "type", "");
    yaml_unused(&f, root, known);
    assert_string_equal(problems(&x),
                        "f:2:1: unknown key 'tpye'; did you mean type?\n"
                        "f:3:1: unknown key 'zzz'\n"
                        "f:4:1: key 'when' has no meaning here\n");
    end(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_syntax_errors),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_json_is_accepted),
        cmocka_unit_test(test_depth_limit_is_exact),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_getter_errors),
        cmocka_unit_test(test_unused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
