/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/wire/reply.h"

#include <strings.h>

#define CHUNK_LINE_MAX 4096

static enum reply_state
bad(struct reply *r, size_t at, const char *why)
{
    r->why = why;
    r->at = at;
    return REPLY_BAD;
}

/* RFC 9110 section 5.6.2 */
static bool
is_token(struct bytes t)
{
    if (t.len == 0)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
              (c >= 'a' && c <= 'z') ||
              (c != '\0' && strchr("!#$%&'*+-.^_`|~", c))))
            return false;
    }
    return true;
}

static struct bytes
trim_ows(struct bytes v)
{
    while (v.len > 0 && (v.data[0] == ' ' || v.data[0] == '\t'))
        v = bytes_from(v, 1);
    while (v.len > 0 && (v.data[v.len - 1] == ' ' || v.data[v.len - 1] == '\t'))
        v.len--;
    return v;
}

static bool
same_name(struct bytes a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.data, b, a.len) == 0;
}

/* A line ends with CRLF; its length without it, or SIZE_MAX. */
static size_t
line_length(struct bytes in)
{
    for (size_t i = 0; i + 1 < in.len; i++) {
        if (in.data[i] == '\r' && in.data[i + 1] == '\n')
            return i;
    }
    return SIZE_MAX;
}

/* RFC 9112 section 4: HTTP-version SP 3DIGIT SP [reason] */
static enum reply_state
read_status(struct bytes line, struct reply *out)
{
    if (line.len < 8 || !bytes_starts(line, BYTES("HTTP/1.")) ||
        line.data[7] < '0' || line.data[7] > '9')
        return bad(out, 0, "no HTTP/1.x status line");
    out->minor = (unsigned)(line.data[7] - '0');
    if (line.len < 13 || line.data[8] != ' ' || line.data[12] != ' ')
        return bad(out, 8, "status line without version, code and reason");
    for (size_t i = 9; i < 12; i++) {
        if (line.data[i] < '0' || line.data[i] > '9')
            return bad(out, i, "status code is not three digits");
        out->status = out->status * 10 + (unsigned)(line.data[i] - '0');
    }
    if (out->status < 100 || out->status > 599)
        return bad(out, 9, "status code outside 100 to 599");
    for (size_t i = 13; i < line.len; i++) {
        unsigned char c = (unsigned char)line.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return bad(out, i, "control character in the reason phrase");
    }
    return REPLY_DONE;
}

/* RFC 9112 section 5 */
static enum reply_state
read_field(struct bytes line, size_t at, struct reply *out)
{
    size_t colon = bytes_find(line, ':');
    struct reply_header *h = &out->header[out->headers];

    if (line.data[0] == ' ' || line.data[0] == '\t')
        return bad(out, at, "folded header line");
    if (colon == line.len)
        return bad(out, at, "header line without a colon");
    h->name = bytes_upto(line, colon);
    h->value = trim_ows(bytes_from(line, colon + 1));
    if (!is_token(h->name))
        return bad(out, at, "header name is no token");
    for (size_t i = 0; i < h->value.len; i++) {
        unsigned char c = (unsigned char)h->value.data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return bad(out, at + colon, "control character in a header value");
    }
    out->headers++;
    return REPLY_DONE;
}

static enum reply_state
read_head(struct bytes in, struct reply *out)
{
    size_t at = 0;

    for (;;) {
        struct bytes rest = bytes_from(in, at);
        size_t n = line_length(bytes_upto(rest, REPLY_HEAD_MAX));
        enum reply_state s;

        if (n == SIZE_MAX)
            return in.len > REPLY_HEAD_MAX
                       ? bad(out, at, "header section is too large")
                       : REPLY_MORE;
        if (at == 0) {
            s = read_status(bytes_upto(rest, n), out);
        } else if (n == 0) {
            out->used = at + 2;
            return REPLY_DONE;
        } else if (out->headers == REPLY_HEADERS_MAX || at > REPLY_HEAD_MAX) {
            return bad(out, at, "too many headers");
        } else {
            s = read_field(bytes_upto(rest, n), at, out);
        }
        if (s != REPLY_DONE)
            return s;
        at += n + 2;
    }
}

struct bytes
reply_header(const struct reply *r, const char *name)
{
    for (size_t i = 0; i < r->headers; i++) {
        if (same_name(r->header[i].name, name))
            return r->header[i].value.data != NULL ? r->header[i].value
                                                   : BYTES("");
    }
    return (struct bytes){NULL, 0};
}

size_t
reply_header_count(const struct reply *r, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < r->headers; i++)
        n += same_name(r->header[i].name, name);
    return n;
}

/* 1*HEXDIG [ ext ]: the size; false when it is none or too large. */
static bool
chunk_size(struct bytes line, size_t *size)
{
    size_t i = 0;

    *size = 0;
    for (; i < line.len; i++) {
        char c = line.data[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;

        if (d < 0)
            break;
        if (*size > REPLY_BODY_MAX)
            return false;
        *size = *size * 16 + (size_t)d;
    }
    line = trim_ows(bytes_from(line, i));
    return i > 0 && *size <= REPLY_BODY_MAX &&
           (line.len == 0 || line.data[0] == ';');
}

/* Behind the last chunk: trailer fields up to an empty line. */
static enum reply_state
read_trailer(struct bytes in, size_t at, struct reply *out)
{
    size_t begin = at;

    for (;;) {
        struct bytes rest = bytes_from(in, at);
        size_t n = line_length(bytes_upto(rest, REPLY_HEAD_MAX));

        if (n == SIZE_MAX)
            return at - begin + rest.len > REPLY_HEAD_MAX
                       ? bad(out, at, "trailer section is too large")
                       : REPLY_MORE;
        at += n + 2;
        if (n == 0) {
            out->used = at;
            return REPLY_DONE;
        }
        if (bytes_find(bytes_upto(rest, n), ':') == n)
            return bad(out, at, "trailer line without a colon");
    }
}

/* RFC 9112 section 7.1 */
static enum reply_state
read_chunks(struct bytes in, struct reply *out)
{
    size_t at = out->used;

    out->chunked = true;
    for (;;) {
        struct bytes rest = bytes_from(in, at);
        size_t n = line_length(bytes_upto(rest, CHUNK_LINE_MAX)), size;

        if (n == SIZE_MAX)
            return rest.len >= CHUNK_LINE_MAX
                       ? bad(out, at, "chunk line is too long")
                       : REPLY_MORE;
        if (!chunk_size(bytes_upto(rest, n), &size))
            return bad(out, at, "chunk size is no hexadecimal number");
        at += n + 2;
        if (size == 0)
            return read_trailer(in, at, out);
        if (out->body.len + size > REPLY_BODY_MAX)
            return bad(out, at, "body is too large");
        rest = bytes_from(in, at);
        if (rest.len < size + 2)
            return REPLY_MORE;
        if (rest.data[size] != '\r' || rest.data[size + 1] != '\n')
            return bad(out, at + size, "chunk is not followed by CRLF");
        buf_add(&out->body, rest.data, size);
        at += size + 2;
    }
}

static enum reply_state
read_counted(struct bytes in, struct bytes text, struct reply *out)
{
    uint64_t n;

    if (reply_header_count(out, "content-length") != 1 ||
        !bytes_to_u64(text, UINT64_MAX, &n))
        return bad(out, out->used, "Content-Length is no single number");
    if (n > REPLY_BODY_MAX)
        return bad(out, out->used, "body is too large");
    if (in.len - out->used < n)
        return REPLY_MORE;
    buf_add(&out->body, in.data + out->used, (size_t)n);
    out->used += (size_t)n;
    return REPLY_DONE;
}

static bool
has_word(const struct reply *r, const char *name, const char *word)
{
    for (size_t i = 0; i < r->headers; i++) {
        struct bytes rest = r->header[i].value;

        if (!same_name(r->header[i].name, name))
            continue;
        while (rest.len > 0) {
            size_t n = bytes_find(rest, ',');

            if (same_name(trim_ows(bytes_upto(rest, n)), word))
                return true;
            rest = bytes_from(rest, n + 1);
        }
    }
    return false;
}

/* RFC 9112 section 6.3 */
static enum reply_state
read_body(struct bytes in, bool closed, bool head, struct reply *out)
{
    struct bytes length = reply_header(out, "content-length");
    bool coded = reply_header_count(out, "transfer-encoding") > 0;

    if (coded && length.data != NULL)
        return bad(out, 0, "both Transfer-Encoding and Content-Length");
    if (coded && (out->status < 200 || out->status == 204))
        return bad(out, 0, "Transfer-Encoding in a response without a body");
    if (length.data != NULL && (out->status < 200 || out->status == 204))
        return bad(out, 0, "Content-Length in a response without a body");
    if (head || out->status < 200 || out->status == 204 || out->status == 304)
        return REPLY_DONE;
    if (coded) {
        if (!has_word(out, "transfer-encoding", "chunked") ||
            reply_header_count(out, "transfer-encoding") != 1)
            return bad(out, 0, "unknown Transfer-Encoding");
        return read_chunks(in, out);
    }
    if (length.data != NULL)
        return read_counted(in, length, out);
    out->until_close = true;
    if (in.len - out->used > REPLY_BODY_MAX)
        return bad(out, out->used, "body is too large");
    if (!closed)
        return REPLY_MORE;
    buf_add(&out->body, in.data + out->used, in.len - out->used);
    out->used = in.len;
    return REPLY_DONE;
}

enum reply_state
reply_read(struct bytes in, bool closed, bool head, struct reply *out)
{
    struct buf body = out->body;
    enum reply_state s;

    buf_reset(&body);
    *out = (struct reply){.body = body};
    /* Not even a beginning of a status line: say so at once. */
    if (!bytes_starts(BYTES("HTTP/1."), bytes_upto(in, 7)))
        return bad(out, 0, "no HTTP/1.x status line");
    s = read_head(in, out);
    if (s == REPLY_DONE)
        s = read_body(in, closed, head, out);
    if (s == REPLY_MORE && closed)
        return bad(out, in.len,
                   reply_header(out, "Content-Length").data != NULL
                       ? "the connection ended before Content-Length was met"
                       : "the connection ended inside the response");
    if (s == REPLY_DONE && !buf_ok(&out->body))
        return bad(out, 0, "out of memory");
    out->keeps = s == REPLY_DONE && !out->until_close &&
                 !has_word(out, "connection", "close") &&
                 (out->minor >= 1 || has_word(out, "connection", "keep-alive"));
    return s;
}

void
reply_free(struct reply *r)
{
    buf_free(&r->body);
}
