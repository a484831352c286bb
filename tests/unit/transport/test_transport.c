/* SPDX-License-Identifier: Apache-2.0 */
/* Option rules, and the contract that every row of transport_table keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/transport.h"

/* ---- options */

static const struct {
    const char *text;
    enum option_type type;
    bool ok;
    int64_t value;
} numbers[] = {
    {"0", OPT_INT, true, 0},
    {"42", OPT_INT, true, 42},
    {"-7", OPT_INT, true, -7},
    {"9223372036854775807", OPT_INT, true, INT64_MAX},
    {"9223372036854775808", OPT_INT, false, 0},
    {"", OPT_INT, false, 0},
    {"-", OPT_INT, false, 0},
    {"+1", OPT_INT, false, 0},
    {"1.5", OPT_INT, false, 0},
    {" 1", OPT_INT, false, 0},
    {"1s", OPT_INT, false, 0},
    {"200ms", OPT_DURATION_MS, true, 200},
    {"5s", OPT_DURATION_MS, true, 5000},
    {"1m", OPT_DURATION_MS, true, 60000},
    {"2h", OPT_DURATION_MS, true, 7200000},
    {"1d", OPT_DURATION_MS, true, 86400000},
    {"0", OPT_DURATION_MS, true, 0},
    {"5", OPT_DURATION_MS, false, 0},
    {"5 s", OPT_DURATION_MS, false, 0},
    {"-5s", OPT_DURATION_MS, false, 0},
    {"9223372036854775807d", OPT_DURATION_MS, false, 0},
    {"512", OPT_SIZE, true, 512},
    {"512B", OPT_SIZE, true, 512},
    {"64KiB", OPT_SIZE, true, 65536},
    {"16MiB", OPT_SIZE, true, 16 << 20},
    {"3GiB", OPT_SIZE, true, INT64_C(3) << 30},
    {"16MB", OPT_SIZE, false, 0},
    {"16mib", OPT_SIZE, false, 0},
    {"9223372036854775807KiB", OPT_SIZE, false, 0},
};

static void
test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int64_t value = 0;
        bool ok = option_int(numbers[i].text, numbers[i].type, &value);

        if (ok != numbers[i].ok || (ok && value != numbers[i].value))
            fail_msg("\"%s\": %d %lld", numbers[i].text, ok, (long long)value);
    }
}

static const char *const colours[] = {"red", "green", NULL};

static const struct option_row rows[] = {
    {.name = "path", .type = OPT_PATH, .required = true, .help_en = "a path"},
    {.name = "count", .type = OPT_INT, .min = 1, .max = 9, .def = "3"},
    {.name = "wait", .type = OPT_DURATION_MS, .min = 1, .max = 60000},
    {.name = "size", .type = OPT_SIZE},
    {.name = "flag", .type = OPT_BOOL, .def = "true"},
    {.name = "colour", .type = OPT_ENUM, .names = colours, .def = "green"},
    {0},
};

static const struct {
    const char *name;
    struct option_value v[3];
    const char *text; /* NULL: no problem */
} checks[] = {
    {"all well", {{"path", "/x"}, {"count", "9"}, {"colour", "red"}}, NULL},
    {"required", {{"count", "3"}}, "path: is required (a path)\n"},
    {"unknown, near",
     {{"path", "/x"}, {"cuont", "3"}},
     "cuont: unknown option; did you mean count?\n"},
    {"unknown, far",
     {{"path", "/x"}, {"elephant", "3"}},
     "elephant: unknown option\n"},
    {"range",
     {{"path", "/x"}, {"count", "10"}},
     "count: 10 is outside 1 to 9\n"},
    {"duration range",
     {{"path", "/x"}, {"wait", "2m"}},
     "wait: 2m is outside 1 to 60000 ms\n"},
    {"no number",
     {{"path", "/x"}, {"count", "many"}},
     "count: \"many\" is not a whole number such as 10\n"},
    {"no size",
     {{"path", "/x"}, {"size", "1G"}},
     "size: \"1G\" is not a size such as 16MiB or 512KiB\n"},
    {"enum",
     {{"path", "/x"}, {"colour", "gren"}},
     "colour: \"gren\" is not one of red, green; did you mean green?\n"},
    {"bool",
     {{"path", "/x"}, {"flag", "1"}},
     "flag: \"1\" is not one of false, true, no, yes\n"},
    {"twice", {{"path", "/x"}, {"path", "/y"}}, "path: given twice\n"},
    {"empty", {{"path", ""}}, "path: is empty\n"},
    {"control", {{"path", "/x\n"}}, "path: has a control character\n"},
    {"two at once",
     {{"path", ""}, {"count", "0"}},
     "path: is empty\ncount: 0 is outside 1 to 9\n"},
};

static void
test_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        struct buf out = {0};
        size_t n = 0;
        bool ok;

        while (n < 3 && checks[i].v[n].name)
            n++;
        ok = option_check(checks[i].v, n, rows, &out);
        if (ok != (checks[i].text == NULL) ||
            (!ok && strcmp(buf_cstr(&out), checks[i].text) != 0))
            fail_msg("%s: %s", checks[i].name, buf_cstr(&out));
        buf_free(&out);
    }
}

static void
test_getters(void **state)
{
    const struct option_value v[] = {{"path", "/x"}, {"wait", "3s"}};

    (void)state;
    assert_string_equal(option_get(v, 2, rows, "path"), "/x");
    assert_string_equal(option_get(v, 2, rows, "count"), "3");
    assert_null(option_get(v, 2, rows, "size"));
    assert_int_equal(option_number(v, 2, rows, "wait"), 3000);
    assert_int_equal(option_number(v, 2, rows, "count"), 3);
    assert_int_equal(option_number(v, 2, rows, "size"), 0);
    assert_true(option_flag(v, 2, rows, "flag"));
    assert_int_equal(option_choice(v, 2, rows, "colour"), 1);
}

/* ---- the contract; a new row needs a line here or the test fails */

static const struct recipe {
    const char *scheme;
    struct option_value dead[4]; /* opens, but nobody is there */
    bool blocks;                 /* send waits for a peer: wake matters */
} recipes[] = {
    {"https",
     {{"url", "https://127.0.0.1:1/x"}, {"connect_timeout", "200ms"}},
     false},
    {"zmq", {{"endpoint", "tcp://127.0.0.1:1"}}, true},
    {"file", {{"path", "/proc/nothing-can-be-made-here"}}, false},
};

static const struct recipe *
recipe_of(const struct transport *t)
{
    for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
        if (strcmp(recipes[i].scheme, t->scheme) == 0)
            return &recipes[i];
    }
    fail_msg("no recipe for transport %s", t->scheme);
    return NULL;
}

static void *
open_dead(const struct transport *t)
{
    const struct recipe *r = recipe_of(t);
    struct err err = {0};
    void *out = NULL;
    size_t n = 0;

    while (r->dead[n].name)
        n++;
    if (t->open(r->dead, n, &out, &err) != ERR_OK)
        fail_msg("%s: %s: %s", t->scheme, err.where, err.msg);
    return out;
}

#define TEXT(s)                                                                \
    {                                                                          \
        (s), sizeof(s) - 1                                                     \
    }

static const struct batch one = {.body = TEXT("{}"),
                                 .id = TEXT("id"),
                                 .info_type = TEXT("alert"),
                                 .items = 1};

static int64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
test_rows(void **state)
{
    (void)state;
    assert_null(transport_find("gopher"));
    for (size_t i = 0; transport_table[i]; i++) {
        const struct transport *t = transport_table[i];

        assert_ptr_equal(transport_find(t->scheme), t);
        assert_true(strlen(t->guarantee) > 20);
        assert_non_null(t->open);
        assert_non_null(t->send);
        assert_non_null(t->wake);
        for (const struct option_row *o = t->options; o->name; o++) {
            if (!o->help_en || !o->help_zh || strlen(o->help_zh) < 6)
                fail_msg("%s.%s: no help", t->scheme, o->name);
            if (o->def) { /* a default must pass its own check */
                struct option_value v = {o->name, o->def};
                struct option_row only[] = {*o, {0}};
                struct buf out = {0};

                if (!option_check(&v, 1, only, &out))
                    fail_msg("%s: %s", t->scheme, buf_cstr(&out));
                buf_free(&out);
            }
        }
        t->close(NULL);
    }
}

static void
test_bad_options(void **state)
{
    const struct option_value unknown[] = {{"elephant", "1"}};

    (void)state;
    for (size_t i = 0; transport_table[i]; i++) {
        const struct transport *t = transport_table[i];
        void *out = &out;
        struct err err = {0};

        assert_int_not_equal(t->open(NULL, 0, &out, &err), ERR_OK);
        assert_non_null(strstr(err.msg, "is required"));
        assert_int_not_equal(t->open(unknown, 1, &out, &err), ERR_OK);
        assert_non_null(strstr(err.msg, "elephant: unknown option"));
        assert_non_null(strstr(err.msg, "is required")); /* all at once */
        assert_int_not_equal(t->open(unknown, 1, &out, NULL), ERR_OK);
        assert_ptr_equal(out, &out); /* untouched */
    }
}

/* Down within the deadline (and a generous second), with a reason. */
static void
test_dead_destination(void **state)
{
    (void)state;
    for (size_t i = 0; transport_table[i]; i++) {
        const struct transport *t = transport_table[i];
        void *out = open_dead(t);
        struct send_report r;
        int64_t start = now_ms();

        t->send(out, &one, 300, &r);
        if (r.result != SEND_DOWN || r.text[0] == '\0')
            fail_msg("%s: result %d: %s", t->scheme, (int)r.result, r.text);
        assert_null(r.item);
        if (t->probe) {
            t->probe(out, 100, &r);
            assert_int_equal(r.result, SEND_DOWN);
        }
        assert_true(now_ms() - start < 1500);
        start = now_ms();
        t->close(out);
        assert_true(now_ms() - start < 2000);
    }
}

/* Rung before the send: sticky, and taken by it. */
static void
test_sticky_wake(void **state)
{
    (void)state;
    for (size_t i = 0; transport_table[i]; i++) {
        const struct transport *t = transport_table[i];
        void *out = open_dead(t);
        struct send_report r;

        t->wake(out);
        t->wake(out);
        if (recipe_of(t)->blocks) {
            t->send(out, &one, 60000, &r);
            assert_int_equal(r.result, SEND_AGAIN);
        }
        t->send(out, &one, 100, &r);
        if (recipe_of(t)->blocks)
            assert_int_equal(r.result, SEND_DOWN);
        t->close(out);
    }
}

static const struct {
    const char *name;
    struct batch batch;
} unsendable[] = {
    {"no id", {.info_type = TEXT("alert"), .items = 1}},
    {"id with newline", {.id = TEXT("a\nb"), .info_type = TEXT("alert")}},
    {"id with quote", {.id = TEXT("a\"b"), .info_type = TEXT("alert")}},
    {"type with slash", {.id = TEXT("a"), .info_type = TEXT("../x")}},
    {"no type", {.id = TEXT("a")}},
    {"too many items",
     {.id = TEXT("a"), .info_type = TEXT("alert"), .items = UINT32_MAX}},
};

static void
test_unsendable(void **state)
{
    (void)state;
    for (size_t i = 0; transport_table[i]; i++) {
        const struct transport *t = transport_table[i];
        void *out = open_dead(t);

        if (strcmp(t->scheme, "file") == 0) { /* writes no head */
            t->close(out);
            continue;
        }
        for (size_t k = 0; k < sizeof(unsendable) / sizeof(unsendable[0]);
             k++) {
            struct send_report r;

            t->send(out, &unsendable[k].batch, 1000, &r);
            if (r.result != SEND_REFUSED)
                fail_msg("%s: %s: %d", t->scheme, unsendable[k].name,
                         (int)r.result);
        }
        t->close(out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_dead_destination),
        cmocka_unit_test(test_sticky_wake),
        cmocka_unit_test(test_unsendable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
