/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts an input into JSON documents without holding more than one. */
#include "agent/tool/validate_input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BLOCK ((size_t)256 * 1024)

enum err_code
validate_open(struct validate_input *in, const char *path, struct err *err)
{
    struct stat st;

    *in = (struct validate_input){.name = path, .fd = STDIN_FILENO, .line = 1};
    if (strcmp(path, "-") == 0)
        return ERR_OK;
    in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0)
        return err_errno(err, path, "open");
    if (fstat(in->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        validate_close(in);
        return err_set(err, ERR_SYNTAX, path, "is a directory");
    }
    return ERR_OK;
}

void
validate_close(struct validate_input *in)
{
    if (in->fd > STDIN_FILENO)
        (void)close(in->fd);
    in->fd = -1;
    buf_free(&in->buf);
}

/* Read one block behind what is there. */
static enum err_code
fill(struct validate_input *in, struct err *err)
{
    ssize_t n;

    if (in->taken > 0) {
        memmove(in->buf.data, in->buf.data + in->taken,
                in->buf.len - in->taken);
        in->buf.len -= in->taken;
        in->taken = 0;
    }
    if (!buf_reserve(&in->buf, READ_BLOCK))
        return err_set(err, ERR_NOMEM, in->name, "out of memory");
    do
        n = read(in->fd, in->buf.data + in->buf.len, READ_BLOCK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(err, in->name, "read");
    if (n == 0)
        in->ended = true;
    in->buf.len += (size_t)n;
    return ERR_OK;
}

/* Whether ${line} opens more brackets than it closes: then a document goes on
 * behind it, and the input is not one document a line. */
static bool
goes_on(struct bytes line)
{
    long depth = 0;
    bool text = false;

    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];

        if (c == '"')
            text = !text;
        else if (text && c == '\\')
            i++;
        else if (!text && (c == '{' || c == '['))
            depth++;
        else if (!text && (c == '}' || c == ']'))
            depth--;
    }
    return depth > 0 && !text; /* a string cannot go on */
}

/* Read until the buffer holds a whole line, or all that comes. */
static enum err_code
fill_line(struct validate_input *in, size_t *len, struct err *err)
{
    size_t seen = 0;

    for (;;) {
        struct bytes rest = {in->buf.data + in->taken, in->buf.len - in->taken};
        size_t more = bytes_find(bytes_from(rest, seen), '\n');
        enum err_code code;

        *len = seen + more;
        if (seen + more < rest.len || in->ended ||
            rest.len > VALIDATE_DOCUMENT_MAX)
            return ERR_OK;
        seen = rest.len;
        code = fill(in, err);
        if (code != ERR_OK)
            return code;
    }
}

static enum err_code
fill_all(struct validate_input *in, struct err *err)
{
    enum err_code code = ERR_OK;

    while (code == ERR_OK && !in->ended &&
           in->buf.len - in->taken <= VALIDATE_DOCUMENT_MAX)
        code = fill(in, err);
    return code;
}

/* Throw away the rest of an over-long line. */
static enum err_code
skip_line(struct validate_input *in, struct err *err)
{
    for (;;) {
        struct bytes rest = {in->buf.data + in->taken, in->buf.len - in->taken};
        size_t end = bytes_find(rest, '\n');
        enum err_code code;

        if (end < rest.len) {
            in->taken += end + 1;
            return ERR_OK;
        }
        in->taken = in->buf.len;
        if (in->ended)
            return ERR_OK;
        code = fill(in, err);
        if (code != ERR_OK)
            return code;
    }
}

static enum err_code
too_long(struct validate_input *in, struct err *err)
{
    enum err_code code = ERR_OK;

    if (in->whole) {
        in->taken = in->buf.len;
        in->ended = true;
    } else {
        code = skip_line(in, err);
    }
    if (code != ERR_OK)
        return code;
    return err_set(err, ERR_LIMIT, in->name, "document is longer than %zu MiB",
                   VALIDATE_DOCUMENT_MAX >> 20);
}

static enum err_code
next_whole(struct validate_input *in, struct validate_document *doc,
           struct err *err)
{
    enum err_code code = fill_all(in, err);

    if (code != ERR_OK)
        return code;
    doc->text = bytes_of(in->buf.data + in->taken, in->buf.len - in->taken);
    if (doc->text.len > VALIDATE_DOCUMENT_MAX)
        return too_long(in, err);
    in->taken = in->buf.len;
    return ERR_OK;
}

enum err_code
validate_next(struct validate_input *in, struct validate_document *doc,
              struct err *err)
{
    for (;;) {
        size_t len;
        enum err_code code = fill_line(in, &len, err);

        if (code != ERR_OK)
            return code;
        if (in->taken == in->buf.len)
            return ERR_CLOSED;
        doc->line = in->line++;
        doc->text = bytes_of(in->buf.data + in->taken, len);
        if (bytes_trim(doc->text).len == 0 && len <= VALIDATE_DOCUMENT_MAX) {
            in->taken += len;
            in->taken += in->taken < in->buf.len;
            continue;
        }
        if (!in->started) {
            in->started = true;
            in->whole = goes_on(doc->text);
        }
        if (in->whole)
            return next_whole(in, doc, err);
        if (len > VALIDATE_DOCUMENT_MAX)
            return too_long(in, err);
        in->taken += len;
        in->taken += in->taken < in->buf.len;
        return ERR_OK;
    }
}
