/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/roles/input.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <unistd.h>

#define BLOCK   ((size_t)256 * 1024)
#define WAIT_MS 200

enum err_code
input_open(struct input *in, const char *path, struct err *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    *in = (struct input){.name = path, .fd = -1, .line = 1, .digest = md};
    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
        input_close(in);
        return err_set(err, ERR_NOMEM, path, "out of memory");
    }
    in->fd = strcmp(path, "-") == 0
                 ? dup(STDIN_FILENO)
                 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0 || fstat(in->fd, &in->before) != 0) {
        enum err_code code = err_errno(err, path, "open");

        input_close(in);
        return code;
    }
    if (S_ISDIR(in->before.st_mode)) {
        input_close(in);
        return err_set(err, ERR_IO, path, "is a folder");
    }
    return ERR_OK;
}

void
input_close(struct input *in)
{
    if (in->fd >= 0)
        (void)close(in->fd);
    EVP_MD_CTX_free(in->digest);
    buf_free(&in->buf);
    in->fd = -1;
    in->digest = NULL;
}

/* What was read and not yet given away; nothing at all before the first read. */
static struct bytes
unread(const struct input *in)
{
    return bytes_from(buf_view(&in->buf), in->at);
}

static enum err_code
more(struct input *in, struct err *err)
{
    struct pollfd ready = {.fd = in->fd, .events = POLLIN};
    ssize_t n;

    if (in->at > 0) {
        memmove(in->buf.data, in->buf.data + in->at, in->buf.len - in->at);
        in->buf.len -= in->at;
        in->at = 0;
    }
    if (!buf_reserve(&in->buf, BLOCK))
        return err_set(err, ERR_NOMEM, in->name, "out of memory");
    if (!S_ISREG(in->before.st_mode) && poll(&ready, 1, WAIT_MS) <= 0)
        return ERR_AGAIN; /* a pipe may stay silent: look up now and then */
    n = read(in->fd, in->buf.data + in->buf.len, BLOCK);
    if (n < 0 && errno == EINTR)
        return ERR_AGAIN; /* a signal: whoever reads may want to stop */
    if (n < 0)
        return err_errno(err, in->name, "read");
    if (EVP_DigestUpdate(in->digest, in->buf.data + in->buf.len, (size_t)n) !=
        1)
        return err_set(err, ERR_NOMEM, in->name, "digest failed");
    in->ended = n == 0;
    in->buf.len += (size_t)n;
    in->bytes += (uint64_t)n;
    return ERR_OK;
}

/* The first line leaves a bracket open: the file is one document. */
static bool
leaves_open(struct bytes line)
{
    bool quoted = false;
    long open = 0;

    for (size_t i = 0; i < line.len; i++) {
        char c = line.data[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted)
            open += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return open > 0 && !quoted;
}

/* A line that is whole in the buffer, or as much as there is. */
static enum err_code
line_of(struct input *in, struct bytes *line, struct err *err)
{
    size_t seen = 0;

    for (;;) {
        struct bytes rest = unread(in);
        size_t n = seen + bytes_find(bytes_from(rest, seen), '\n');
        enum err_code code;

        *line = bytes_upto(rest, n);
        if (n < rest.len || in->ended || rest.len > INPUT_DOCUMENT_MAX)
            return ERR_OK;
        seen = rest.len;
        code = more(in, err);
        if (code != ERR_OK)
            return code;
    }
}

/* Pass over the rest of a line, or of the whole document, that is too long. */
static enum err_code
skip(struct input *in, struct err *err)
{
    enum err_code code = ERR_OK;

    while (in->skipping && code == ERR_OK) {
        struct bytes rest = unread(in);
        size_t n = in->whole ? rest.len : bytes_find(rest, '\n');

        in->at += n < rest.len ? n + 1 : n;
        if (n < rest.len || in->ended)
            in->skipping = false;
        else
            code = more(in, err);
    }
    return code;
}

static enum err_code
rest_of(struct input *in, struct input_document *doc, struct err *err)
{
    while (!in->ended && in->buf.len - in->at <= INPUT_DOCUMENT_MAX) {
        enum err_code code = more(in, err);

        if (code != ERR_OK)
            return code;
    }
    doc->text = unread(in);
    in->at = in->buf.len;
    return ERR_OK;
}

enum err_code
input_next(struct input *in, struct input_document *doc, struct err *err)
{
    *doc = (struct input_document){0};
    for (;;) {
        enum err_code code = skip(in, err);

        if (code == ERR_OK && !in->whole)
            code = line_of(in, &doc->text, err);
        if (code != ERR_OK)
            return code;
        if (in->at == in->buf.len && in->ended)
            return ERR_CLOSED;
        doc->line = in->line;
        if (!in->decided && bytes_trim(doc->text).len > 0) {
            in->decided = true;
            in->whole = leaves_open(doc->text);
        }
        if (in->whole) {
            code = rest_of(in, doc, err);
            if (code != ERR_OK)
                return code;
        } else {
            in->line++;
            in->at += doc->text.len;
            if (in->at < in->buf.len && doc->text.len <= INPUT_DOCUMENT_MAX)
                in->at++;
        }
        if (doc->text.len > INPUT_DOCUMENT_MAX) {
            doc->text = BYTES(""); /* it moves while the rest is skipped */
            doc->too_long = in->skipping = true;
            return ERR_OK;
        }
        if (bytes_trim(doc->text).len > 0)
            return ERR_OK;
    }
}

enum err_code
input_peek(struct input *in, size_t want, struct bytes *begin, struct err *err)
{
    while (!in->ended && in->buf.len - in->at < want) {
        enum err_code code = more(in, err);

        if (code != ERR_OK)
            return code;
    }
    *begin = unread(in);
    return ERR_OK;
}

enum err_code
input_raw(struct input *in, struct bytes *b, struct err *err)
{
    enum err_code code = input_peek(in, 1, b, err);

    if (code != ERR_OK)
        return code;
    in->at = in->buf.len;
    return b->len > 0 ? ERR_OK : ERR_CLOSED;
}

void
input_finish(struct input *in, char hex[65], bool *changed)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct stat now;

    hex[0] = '\0';
    if (EVP_DigestFinal_ex(in->digest, md, &n) == 1 && n == 32) {
        for (unsigned i = 0; i < n; i++) {
            hex[2 * i] = digits[md[i] >> 4];
            hex[2 * i + 1] = digits[md[i] & 15];
        }
        hex[64] = '\0';
    }
    *changed = fstat(in->fd, &now) != 0 ||
               (S_ISREG(now.st_mode) &&
                (now.st_size != in->before.st_size ||
                 now.st_mtim.tv_sec != in->before.st_mtim.tv_sec ||
                 now.st_mtim.tv_nsec != in->before.st_mtim.tv_nsec));
}
