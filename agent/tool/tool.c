/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/tool/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/embed.h"
#include "formats/base/text.h"

#define READ_BLOCK ((size_t)64 * 1024)

/* Messages carry text from files and peers: never raw to a terminal. */
static void
say_visible(const char *label, const char *text)
{
    struct buf b = {0};

    text_visible(&b, bytes_str(text));
    (void)fprintf(stderr, "%s%s\n", label, buf_cstr(&b) ? b.data : text);
    buf_free(&b);
}

const struct messages *
tool_messages(const struct tool *t)
{
    return t->zh && t->messages != NULL
               ? messages_once(t->messages, hutong_data)
               : NULL;
}

void
tool_message(const struct tool *t, const struct err *e, struct buf *out)
{
    (void)messages_zh(tool_messages(t), bytes_str(e->msg), out);
}

int
tool_fail(const struct tool *t, const struct err *e)
{
    struct buf line = {0};

    if (e->where[0] != '\0')
        buf_printf(&line, "%s: ", e->where);
    tool_message(t, e, &line);
    say_visible("hutong: ", buf_cstr(&line) ? line.data : e->msg);
    buf_free(&line);
    return err_exit(e->code);
}

int
tool_usage(const struct tool *t, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    say_visible("hutong: ", text);
    (void)fprintf(stderr, "%shutong %s --help\n",
                  tool_say(t, "用法见 ", "see "), t->verb ? t->verb : "VERB");
    return TOOL_USAGE;
}

int
tool_bad_option(const struct tool *t, const char *word)
{
    return tool_usage(
        t, "%s: %s",
        tool_say(t, "选项不存在或取值不对", "unknown option or wrong value"),
        word);
}

const char *
tool_say(const struct tool *t, const char *zh, const char *en)
{
    return t->zh ? zh : en;
}

static enum err_code
open_input(const char *path, int *fd, struct err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        *fd = STDIN_FILENO;
        return ERR_OK;
    }
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return err_errno(err, path, "open");
    if (fstat(*fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        (void)close(*fd);
        return err_set(err, ERR_ARG, path, "is a directory, a file is wanted");
    }
    return ERR_OK;
}

enum err_code
tool_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    enum err_code code;
    int fd;

    code = open_input(path, &fd, err);
    if (code != ERR_OK)
        return code;
    for (;;) {
        ssize_t n;

        if (!buf_reserve(out, READ_BLOCK)) {
            code = err_set(err, ERR_NOMEM, path, "out of memory");
            break;
        }
        n = read(fd, out->data + out->len, READ_BLOCK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            code = err_errno(err, path, "read");
        if (n <= 0)
            break;
        out->len += (size_t)n;
        if (out->len > max) {
            code = err_set(err, ERR_LIMIT, path,
                           "longer than the limit of %zu bytes", max);
            break;
        }
    }
    if (fd != STDIN_FILENO)
        (void)close(fd);
    return code;
}

bool
tool_write(const struct tool *t, struct buf *out)
{
    size_t done = 0;

    while (done < out->len) {
        ssize_t n = write(STDOUT_FILENO, out->data + done, out->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (errno == EPIPE)
                return false;
            perror("hutong: stdout");
            if (t != NULL && t->unwritten != NULL)
                *t->unwritten = true;
            return false;
        }
        done += (size_t)n;
    }
    buf_reset(out);
    return true;
}

void
tool_diag(const struct tool *t, const struct diag *d)
{
    struct buf b = {0};

    if (d->first != NULL)
        diag_print_zh(d, tool_messages(t), &b);
    if (b.len != 0)
        (void)fwrite(b.data, 1, b.len, stderr);
    buf_free(&b);
}

struct standard *
tool_standard(const struct tool *t)
{
    struct diag diag;
    struct standard *s;

    diag_init(&diag);
    s = data_standard(&t->data, &diag);
    tool_diag(t, &diag);
    diag_free(&diag);
    return s;
}
