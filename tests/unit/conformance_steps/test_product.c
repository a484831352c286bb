/* SPDX-License-Identifier: Apache-2.0 */
/* A product as its tester starts and ends it. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conformance/steps/product.h"
#include "conformance/wire/conn.h"

static void
log_at(struct product *p)
{
    *p = (struct product){.log = "/tmp/hutong-product-XXXXXX"};
    int fd = mkstemp(p->log);

    assert_true(fd >= 0);
    (void)close(fd);
}

/* What it printed, once ${want} is in it; the last text after ten seconds. */
static const char *
printed(const struct product *p, const char *want)
{
    static char text[4096];
    const struct wire_until until = {wire_now_ms() + 10000, NULL};

    do {
        FILE *f = fopen(p->log, "re");
        size_t n;

        assert_non_null(f);
        n = fread(text, 1, sizeof text - 1, f);
        (void)fclose(f);
        text[n] = '\0';
        if (strstr(text, want) != NULL)
            return text;
        wire_sleep(10, &until);
    } while (wire_left(&until) > 0);
    return text;
}

/* A listener that a product inherits keeps its port in use, and takes in whoever
 * connects there: another test's stream, up to the end of a stranger. */
static void
test_inherits_nothing(void **state)
{
    struct product p;
    struct err err;
    const char *text;
    int fd = open("/dev/null", O_RDONLY); /* not marked to be closed */
    int last = dup2(fd, 200);

    (void)state;
    assert_true(fd > 2 && last == 200);
    log_at(&p);
    assert_int_equal(
        product_start(&p,
                      "for fd in /proc/$$/fd/*; do echo fd ${fd##*/}; done; "
                      "echo end; sleep 100",
                      &err),
        ERR_OK);
    text = printed(&p, "end\n");
    assert_non_null(strstr(text, "fd 2\n"));
    assert_non_null(strstr(text, "end\n"));
    for (int i = 4; i <= 200; i++) { /* 3: the folder that the shell reads */
        char line[16];

        (void)snprintf(line, sizeof line, "fd %d\n", i);
        if (strstr(text, line) != NULL)
            fail_msg("descriptor %d was inherited:\n%s", i, text);
    }
    product_end(&p);
    (void)unlink(p.log);
    (void)close(last);
    (void)close(fd);
}

/* The shell ends at SIGTERM; what it started would go on. */
static void
test_ends_with_its_group(void **state)
{
    struct product p;
    struct err err;
    long child = 0;

    (void)state;
    log_at(&p);
    assert_int_equal(
        product_start(&p, "(trap '' TERM; sleep 100) & echo pid $! end; wait",
                      &err),
        ERR_OK);
    assert_int_equal(sscanf(printed(&p, "end"), "pid %ld", &child), 1);
    assert_true(product_alive(&p));
    assert_int_equal(kill((pid_t)child, 0), 0);
    product_end(&p);
    assert_false(product_alive(&p));
    assert_int_not_equal(kill((pid_t)child, 0), 0);
    (void)unlink(p.log);
}

static void
test_command(void **state)
{
    static const struct product_slot slot[] = {
        {"dir", "/a b"}, {"quote", "it's; rm"}, {NULL, NULL}};
    static const struct {
        const char *command, *want; /* NULL: refused */
    } rows[] = {
        {"x", "x"},
        {"x {dir}/y", "x '/a b'/y"},
        {"{quote}", "'it'\\''s; rm'"},
        {"a {{b}", "a {b}"},
        {"{nope}", NULL},
        {"{dir", NULL},
        {"{", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = {0};
        struct err err = {0};
        enum err_code code = product_command(rows[i].command, slot, &out, &err);

        if (rows[i].want == NULL) {
            assert_int_equal(code, ERR_ARG);
            assert_non_null(strstr(err.msg, "placeholder"));
        } else {
            assert_int_equal(code, ERR_OK);
            assert_string_equal(buf_cstr(&out), rows[i].want);
        }
        buf_free(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_inherits_nothing),
        cmocka_unit_test(test_ends_with_its_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
