/* SPDX-License-Identifier: Apache-2.0 */
/* See http_serve.h. */
#include "conformance/wire/http_serve.h"

#include <strings.h>
#include <zlib.h>

const struct http_fault_row http_fault_table[HTTP_FAULT_COUNT] = {
    [HTTP_FAULT_LINE_END] = {"line_end", "RFC 9112 2.2",
                             "a line ends without CR LF"},
    [HTTP_FAULT_REQUEST_LINE] = {"request_line", "RFC 9112 3",
                                 "the request line has not three parts"},
    [HTTP_FAULT_METHOD] = {"method", "RFC 9110 9.1", "the method is no token"},
    [HTTP_FAULT_TARGET] = {"target", "RFC 9112 3.2.1",
                           "the request target is not in origin form"},
    [HTTP_FAULT_VERSION] = {"version", "RFC 9112 2.3",
                            "the version is not HTTP/1.1"},
    [HTTP_FAULT_HOST] = {"host", "RFC 9112 3.2",
                         "Host is absent, repeated or malformed"},
    [HTTP_FAULT_FIELD_NAME] = {"field_name", "RFC 9112 5.1",
                               "a field name is no token"},
    [HTTP_FAULT_FIELD_VALUE] = {"field_value", "RFC 9110 5.5",
                                "a field value has control characters"},
    [HTTP_FAULT_FOLD] = {"fold", "RFC 9112 5.2",
                         "a field value is folded over lines"},
    [HTTP_FAULT_BOTH] = {"both_lengths", "RFC 9112 6.2",
                         "Content-Length together with Transfer-Encoding"},
    [HTTP_FAULT_LENGTH] = {"length", "RFC 9110 8.6",
                           "Content-Length is no number or is repeated"},
    [HTTP_FAULT_CODING] = {"coding", "RFC 9112 6.1",
                           "Transfer-Encoding does not end with chunked"},
    [HTTP_FAULT_CHUNK] = {"chunk", "RFC 9112 7.1", "a chunk is malformed"},
    [HTTP_FAULT_NO_LENGTH] = {"no_length", "RFC 9110 8.6",
                              "a POST without Content-Length or chunks"},
    [HTTP_FAULT_GARBAGE] = {"garbage", "RFC 9112 2.2",
                            "bytes between two requests"},
    [HTTP_FAULT_CUT] = {"cut", "RFC 9112 8",
                        "the connection ended inside a request"},
    [HTTP_FAULT_TOO_LARGE] = {"too_large", "RFC 9110 5.4",
                              "the request head is too large to read"},
};

enum http_fault
http_fault_find(const char *name)
{
    int i = 0;

    while (i < HTTP_FAULT_COUNT && strcmp(http_fault_table[i].name, name) != 0)
        i++;
    return (enum http_fault)i;
}

struct reading {
    struct bytes in;
    size_t at;
    struct http_serve_request *r;
    bool lengths_differ;
    bool has_length;
    uint64_t length;
    size_t hosts;
};

static void
fault(struct reading *t, enum http_fault f, size_t at)
{
    if (t->r->faults & (1U << f))
        return;
    t->r->faults |= 1U << f;
    t->r->fault_at[f] = at;
}

static bool
is_token(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        unsigned char c = (unsigned char)b.data[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z');

        if (!alnum && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return b.len > 0;
}

static bool
same_name(struct bytes a, const char *name)
{
    return a.len == strlen(name) && strncasecmp(a.data, name, a.len) == 0;
}

/* The next line without its end; false: not complete. */
static bool
next_line(struct reading *t, struct bytes *line)
{
    struct bytes rest = bytes_from(t->in, t->at);
    size_t n = bytes_find(rest, '\n');

    if (n == rest.len)
        return false;
    *line = bytes_upto(rest, n);
    if (n == 0 || line->data[n - 1] != '\r')
        fault(t, HTTP_FAULT_LINE_END, t->at + n);
    else
        line->len--;
    t->at += n + 1;
    return true;
}

/* An absolute path and an optional query: RFC 3986 characters only. */
static bool
is_origin_form(struct bytes b)
{
    if (b.len == 0 || b.data[0] != '/')
        return false;
    for (size_t i = 0; i < b.len; i++) {
        unsigned char c = (unsigned char)b.data[i];

        if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}#", c) != NULL)
            return false;
    }
    return true;
}

static void
read_request_line(struct reading *t, struct bytes line, size_t at)
{
    struct http_serve_request *r = t->r;
    struct bytes rest = line;

    r->method = bytes_upto(rest, bytes_find(rest, ' '));
    rest = bytes_from(rest, r->method.len + 1);
    r->target = bytes_upto(rest, bytes_find(rest, ' '));
    rest = bytes_from(rest, r->target.len + 1);
    r->version = rest;
    if (r->version.len == 0 || r->target.len == 0 ||
        bytes_find(rest, ' ') != rest.len)
        fault(t, HTTP_FAULT_REQUEST_LINE, at);
    if (!is_token(r->method))
        fault(t, HTTP_FAULT_METHOD, at);
    if (!is_origin_form(r->target))
        fault(t, HTTP_FAULT_TARGET, at + r->method.len + 1);
    if (!bytes_is(r->version, "HTTP/1.1"))
        fault(t, HTTP_FAULT_VERSION, at);
    r->keep_alive = bytes_is(r->version, "HTTP/1.1");
}

/* ---- the fields that mean something to the framing */

static void
see_length(struct reading *t, struct bytes value, size_t at)
{
    uint64_t n;

    if (!bytes_to_u64(value, HTTP_SERVE_BODY_MAX, &n)) {
        fault(t, HTTP_FAULT_LENGTH, at);
        t->lengths_differ = true;
        return;
    }
    if (t->has_length) {
        fault(t, HTTP_FAULT_LENGTH, at);
        t->lengths_differ |= n != t->length;
    }
    t->has_length = true;
    t->length = n;
}

static void
see_coding(struct reading *t, struct bytes value, size_t at)
{
    if (!same_name(value, "chunked") || t->r->chunked)
        fault(t, HTTP_FAULT_CODING, at);
    t->r->chunked |= same_name(value, "chunked");
}

static void
see_host(struct reading *t, struct bytes value, size_t at)
{
    t->hosts++;
    if (t->hosts > 1 || value.len == 0)
        fault(t, HTTP_FAULT_HOST, at);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];

        if (c <= ' ' || c >= 0x7F || strchr("/\\@?#,", c) != NULL)
            fault(t, HTTP_FAULT_HOST, at);
    }
}

static void
see_connection(struct reading *t, struct bytes value, size_t at)
{
    (void)at;
    for (size_t i = 0; i + 5 <= value.len; i++) {
        if (strncasecmp(value.data + i, "close", 5) == 0)
            t->r->keep_alive = false;
    }
}

static void
see_expect(struct reading *t, struct bytes value, size_t at)
{
    (void)at;
    t->r->expects |= same_name(value, "100-continue");
}

static const struct {
    const char *name;
    void (*see)(struct reading *t, struct bytes value, size_t at);
} meanings[] = {
    {"content-length", see_length},
    {"transfer-encoding", see_coding},
    {"host", see_host},
    {"connection", see_connection},
    {"expect", see_expect},
};

static void
read_field(struct reading *t, struct bytes line, size_t at)
{
    size_t colon = bytes_find(line, ':');
    struct http_serve_field f = {.name = bytes_upto(line, colon),
                                 .value = bytes_from(line, colon + 1)};

    if (colon == line.len || !is_token(f.name))
        fault(t, HTTP_FAULT_FIELD_NAME, at);
    for (size_t i = 0; i < f.value.len; i++) {
        unsigned char c = (unsigned char)f.value.data[i];

        if ((c < ' ' && c != '\t') || c == 0x7F)
            fault(t, HTTP_FAULT_FIELD_VALUE, at + colon + 1 + i);
    }
    f.name = bytes_trim(f.name);
    f.value = bytes_trim(f.value);
    if (t->r->fields == HTTP_SERVE_FIELDS_MAX) {
        fault(t, HTTP_FAULT_TOO_LARGE, at);
        return;
    }
    t->r->field[t->r->fields++] = f;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (same_name(f.name, meanings[i].name))
            meanings[i].see(t, f.value, at);
    }
}

/* Request line and fields; MORE, or DONE with t->at behind the empty line. */
static enum http_serve_state
read_head(struct reading *t)
{
    struct bytes line;
    size_t at;

    for (;;) { /* one empty line before a request may be there: section 2.2 */
        at = t->at;
        if (!next_line(t, &line))
            return HTTP_SERVE_MORE;
        if (line.len > 0)
            break;
        if (at > 0)
            fault(t, HTTP_FAULT_GARBAGE, at);
    }
    read_request_line(t, line, at);
    for (;;) {
        at = t->at;
        if (!next_line(t, &line))
            return HTTP_SERVE_MORE;
        if (line.len == 0)
            break;
        if (line.data[0] == ' ' || line.data[0] == '\t')
            fault(t, HTTP_FAULT_FOLD, at);
        else
            read_field(t, line, at);
    }
    if (t->hosts == 0)
        fault(t, HTTP_FAULT_HOST, 0);
    t->r->head = bytes_upto(t->in, t->at);
    return HTTP_SERVE_DONE;
}

/* ---- content */

static bool
chunk_size(struct bytes line, uint64_t *out)
{
    size_t n = 0;
    uint64_t v = 0;

    for (; n < line.len && n < 9; n++) {
        const char *hex = "0123456789abcdef";
        char c = line.data[n] >= 'A' && line.data[n] <= 'F'
                     ? (char)(line.data[n] + 32)
                     : line.data[n];
        const char *p = c ? strchr(hex, c) : NULL;

        if (p == NULL)
            break;
        v = v * 16 + (uint64_t)(p - hex);
    }
    *out = v;
    return n > 0 && v <= HTTP_SERVE_BODY_MAX &&
           (n == line.len || line.data[n] == ';');
}

static enum http_serve_state
read_trailer(struct reading *t)
{
    struct bytes line;

    do {
        if (!next_line(t, &line))
            return HTTP_SERVE_MORE;
    } while (line.len > 0);
    return HTTP_SERVE_DONE;
}

static enum http_serve_state
read_chunks(struct reading *t, struct buf *decoded)
{
    for (;;) {
        size_t at = t->at;
        struct bytes line, rest;
        uint64_t size;

        if (!next_line(t, &line))
            return t->in.len - at > 1024 ? HTTP_SERVE_BROKEN : HTTP_SERVE_MORE;
        if (!chunk_size(line, &size) ||
            decoded->len + size > HTTP_SERVE_BODY_MAX) {
            fault(t, HTTP_FAULT_CHUNK, at);
            return HTTP_SERVE_BROKEN;
        }
        if (size == 0)
            break;
        rest = bytes_from(t->in, t->at);
        if (rest.len < size + 2) {
            t->r->need = t->at + (size_t)size + 2;
            return HTTP_SERVE_MORE;
        }
        buf_bytes(decoded, bytes_upto(rest, (size_t)size));
        if (rest.data[size] != '\r' || rest.data[size + 1] != '\n') {
            fault(t, HTTP_FAULT_CHUNK, t->at + (size_t)size);
            return HTTP_SERVE_BROKEN;
        }
        t->at += (size_t)size + 2;
    }
    t->r->body = buf_view(decoded);
    return read_trailer(t);
}

static bool
wants_content(struct bytes method)
{
    return bytes_is(method, "POST") || bytes_is(method, "PUT") ||
           bytes_is(method, "PATCH");
}

static enum http_serve_state
read_body(struct reading *t, struct buf *decoded)
{
    struct http_serve_request *r = t->r;
    bool coded = http_serve_field(r, "transfer-encoding", 0).data != NULL;

    if (coded && (t->has_length || t->lengths_differ))
        fault(t, HTTP_FAULT_BOTH, 0);
    if (coded)
        return r->chunked ? read_chunks(t, decoded) : HTTP_SERVE_BROKEN;
    if (t->lengths_differ)
        return HTTP_SERVE_BROKEN;
    if (!t->has_length) {
        if (wants_content(r->method))
            fault(t, HTTP_FAULT_NO_LENGTH, 0);
        return HTTP_SERVE_DONE;
    }
    if (t->in.len - t->at < t->length) {
        r->need = t->at + (size_t)t->length;
        return HTTP_SERVE_MORE;
    }
    r->body = bytes_upto(bytes_from(t->in, t->at), (size_t)t->length);
    t->at += (size_t)t->length;
    return HTTP_SERVE_DONE;
}

enum http_serve_state
http_serve_read(struct bytes in, bool ended, struct buf *decoded,
                struct http_serve_request *r)
{
    struct reading t = {.in = in, .r = r};
    enum http_serve_state s;

    memset(r, 0, sizeof *r);
    buf_reset(decoded);
    s = read_head(&t);
    if (s == HTTP_SERVE_MORE && in.len > HTTP_SERVE_HEAD_MAX) {
        fault(&t, HTTP_FAULT_TOO_LARGE, 0);
        s = HTTP_SERVE_BROKEN;
    } else if (s == HTTP_SERVE_DONE) {
        s = read_body(&t, decoded);
        r->expects = r->expects && s == HTTP_SERVE_MORE && t.at == in.len;
    }
    if (s == HTTP_SERVE_MORE && ended && in.len > 0) {
        fault(&t, HTTP_FAULT_CUT, in.len);
        s = HTTP_SERVE_BROKEN;
    }
    if (!buf_ok(decoded))
        s = HTTP_SERVE_BROKEN;
    r->used = s == HTTP_SERVE_DONE ? t.at : in.len;
    return s;
}

struct bytes
http_serve_field(const struct http_serve_request *r, const char *name,
                 size_t nth)
{
    for (size_t i = 0; i < r->fields; i++) {
        if (same_name(r->field[i].name, name) && nth-- == 0)
            return (struct bytes){
                r->field[i].value.data ? r->field[i].value.data : "",
                r->field[i].value.len};
    }
    return (struct bytes){0};
}

bool
http_serve_inflate(struct bytes in, size_t max, struct buf *out)
{
    z_stream z = {0};
    int code = Z_OK;

    buf_reset(out);
    if (in.len > UINT32_MAX || inflateInit2(&z, 15 + 16) != Z_OK)
        return false;
    z.next_in = (Bytef *)(uintptr_t)in.data;
    z.avail_in = (uInt)in.len;
    while (code == Z_OK && out->len <= max && buf_reserve(out, 16384)) {
        z.next_out = (Bytef *)out->data + out->len;
        z.avail_out = 16384;
        code = inflate(&z, Z_NO_FLUSH);
        out->len += 16384 - z.avail_out;
        if (z.avail_out != 0 && code == Z_OK)
            break; /* the input is used up and it is not the end */
    }
    (void)inflateEnd(&z);
    return code == Z_STREAM_END && z.avail_in == 0 && out->len <= max;
}
