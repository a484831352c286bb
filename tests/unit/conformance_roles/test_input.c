/* SPDX-License-Identifier: Apache-2.0 */
/* Documents out of a pipe that gives them in pieces of any size: the same ones,
 * with their lines, and the digest of all bytes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "conformance/roles/input.h"
#include "transport/digest.h"

struct want {
    const char *text; /* NULL: too long */
    unsigned line;
};

static pid_t
start_writer(const char *path, struct bytes in, size_t piece)
{
    pid_t pid = fork();
    int fd;

    if (pid != 0)
        return pid;
    fd = open(path, O_WRONLY);
    while (fd >= 0 && in.len > 0) {
        ssize_t n = write(fd, in.data, in.len < piece ? in.len : piece);

        if (n <= 0)
            _exit(1);
        in = bytes_from(in, (size_t)n);
    }
    _exit(fd < 0);
}

/* Read ${in} as documents while another process writes it into a FIFO, ${piece}
 * bytes at a time. */
static void
read_all(struct bytes in, size_t piece, const struct want *want, size_t count)
{
    char path[64], hex[65], right[DIGEST_HEX_MAX];
    struct input input;
    struct input_document doc;
    struct err err = {0};
    enum err_code code;
    size_t n = 0;
    bool changed;
    int status;
    pid_t pid;

    (void)snprintf(path, sizeof path, "/tmp/hutong-input-%d", (int)getpid());
    assert_int_equal(mkfifo(path, 0600), 0);
    pid = start_writer(path, in, piece);
    assert_int_equal(input_open(&input, path, &err), ERR_OK);
    assert_int_equal(unlink(path), 0);
    do {
        code = input_next(&input, &doc, &err);
        if (code != ERR_OK)
            continue;
        assert_true(n < count);
        assert_int_equal(doc.too_long, want[n].text == NULL);
        if (want[n].text != NULL &&
            !bytes_is(bytes_trim(doc.text), want[n].text))
            fail_msg("document %zu: %.*s", n, (int)doc.text.len, doc.text.data);
        assert_int_equal(doc.line, want[n].line);
        n++;
    } while (code == ERR_OK || code == ERR_AGAIN);
    assert_int_equal(code, ERR_CLOSED);
    assert_int_equal(n, count);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    input_finish(&input, hex, &changed);
    assert_false(changed);
    assert_int_equal(digest_hex(DIGEST_SHA256, in, right, &err), ERR_OK);
    assert_string_equal(hex, right);
    assert_int_equal(input.bytes, in.len);
    input_close(&input);
}

static void
pieces(void **state)
{
    static const struct {
        const char *in;
        struct want want[4];
        size_t count;
    } rows[] = {
        {"", {{0}}, 0},
        {"\n \n\n", {{0}}, 0},
        {"{\"a\":1}", {{"{\"a\":1}", 1}}, 1},
        {"\n{\"a\":1}\r\n\n{\"b\":2}\n",
         {{"{\"a\":1}", 2}, {"{\"b\":2}", 4}},
         2},
        {"{\n \"a\": \"}\",\n \"b\": 2\n}\n\n",
         {{"{\n \"a\": \"}\",\n \"b\": 2\n}", 1}},
         1},
        {"x\n{\n", {{"x", 1}, {"{", 2}}, 2},
        {"{\"a\":\"\\\"{\"}\n1", {{"{\"a\":\"\\\"{\"}", 1}, {"1", 2}}, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        read_all(bytes_str(rows[i].in), 5, rows[i].want, rows[i].count);
        read_all(bytes_str(rows[i].in), 4096, rows[i].want, rows[i].count);
    }
}

/* A line longer than the limit is told once; what follows it is read. */
static void
too_long(void **state)
{
    static const struct want lines[] = {{"1", 1}, {NULL, 2}, {"2", 3}};
    static const struct want whole[] = {{NULL, 1}};
    size_t n = INPUT_DOCUMENT_MAX + 4096;
    char *text = malloc(n + 8);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', n + 8);
    memcpy(text, "1\n", 2);
    memcpy(text + n, "\n2\n", 3);
    read_all(bytes_of(text, n + 3), 65536, lines, 3);
    memcpy(text, "{\n", 2);
    read_all(bytes_of(text, n + 3), 65536, whole, 1);
    free(text);
}

static void
not_there(void **state)
{
    struct input in;
    struct err err = {0};

    (void)state;
    assert_int_equal(input_open(&in, "/nonexistent", &err), ERR_NOT_FOUND);
    assert_int_equal(input_open(&in, "/tmp", &err), ERR_IO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces),
                                       cmocka_unit_test(too_long),
                                       cmocka_unit_test(not_there)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
