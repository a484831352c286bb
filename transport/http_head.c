/* SPDX-License-Identifier: Apache-2.0 */
/* Request line, header lines and what must hold between them. */
#include "transport/http_head.h"

#include "formats/base/text.h"

static const char *const methods[HTTP_METHODS] = {
    [HTTP_GET] = "GET",
    [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT",
    [HTTP_DELETE] = "DELETE",
};

static unsigned
refuse(struct http_parser *p, unsigned status, const char *why)
{
    p->why = why;
    return status;
}

/* RFC 9110 section 5.6.2. */
static bool
is_token(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c))))
            return false;
    }
    return b.len > 0;
}

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* pchar of RFC 3986 with '/', and '?' in queries; percent-encoding is checked
 * by the caller. */
static bool
is_target_char(char c, bool query)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (c && strchr("-._~!$&'()*+,;=:@/%", c)) ||
           (query && c == '?');
}

static bool
is_encoded(struct bytes b, bool query)
{
    for (size_t i = 0; i < b.len; i++) {
        if (!is_target_char(b.data[i], query))
            return false;
        if (b.data[i] == '%' &&
            (b.len - i < 3 || !is_hex(b.data[i + 1]) || !is_hex(b.data[i + 2])))
            return false;
    }
    return true;
}

static unsigned
hex_value(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Decodes in place; -1 when a decoded byte has no business in a path: controls,
 * a slash or backslash that would move segments, a percent sign that would
 * invite a second decoding. */
static ptrdiff_t
decode_path(char *path, size_t len)
{
    size_t out = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char b = (unsigned char)path[i];

        if (b == '%') {
            b = (unsigned char)(hex_value(path[i + 1]) << 4 |
                                hex_value(path[i + 2]));
            i += 2;
            if (b < 0x20 || b == 0x7f || b == '/' || b == '\\' || b == '%')
                return -1;
        }
        path[out++] = (char)b;
    }
    return (ptrdiff_t)out;
}

static bool
has_dot_segment(struct bytes path)
{
    while (path.len) {
        struct bytes segment;

        path = bytes_from(path, 1); /* the slash */
        segment = bytes_upto(path, bytes_find(path, '/'));
        if (bytes_is(segment, ".") || bytes_is(segment, ".."))
            return true;
        path = bytes_from(path, segment.len);
    }
    return false;
}

static unsigned
set_target(struct http_parser *p, char *text, size_t len)
{
    size_t end = bytes_find(bytes_of(text, len), '?');
    ptrdiff_t decoded;

    if (len == 0 || text[0] != '/')
        return refuse(p, 400, "target is not in origin form");
    p->query = bytes_from(bytes_of(text, len), end + 1);
    if (!is_encoded(bytes_of(text, end), false) || !is_encoded(p->query, true))
        return refuse(p, 400, "target has forbidden characters");
    decoded = decode_path(text, end);
    if (decoded < 0)
        return refuse(p, 400, "path hides a forbidden character");
    p->path = bytes_of(text, (size_t)decoded);
    if (text_utf8_valid(p->path) != p->path.len)
        return refuse(p, 400, "path is not UTF-8");
    if (has_dot_segment(p->path))
        return refuse(p, 400, "path has dot segments");
    return 0;
}

static unsigned
check_version(struct http_parser *p, struct bytes v)
{
    bool shaped = v.len == 8 && bytes_starts(v, BYTES("HTTP/")) &&
                  v.data[5] >= '0' && v.data[5] <= '9' && v.data[6] == '.' &&
                  v.data[7] >= '0' && v.data[7] <= '9';

    if (bytes_is(v, "HTTP/1.1"))
        return 0;
    return shaped ? refuse(p, 505, "only HTTP/1.1 is spoken")
                  : refuse(p, 400, "malformed request line");
}

unsigned
http_head_request(struct http_parser *p, char *line, size_t len)
{
    struct bytes all = bytes_of(line, len);
    size_t first = bytes_find(all, ' ');
    struct bytes method = bytes_upto(all, first);
    struct bytes rest = bytes_from(all, first + 1);
    size_t second = bytes_find(rest, ' ');
    unsigned status;

    if (!is_token(method) || first == len || second == rest.len)
        return refuse(p, 400, "malformed request line");
    status = check_version(p, bytes_from(rest, second + 1));
    if (status != 0)
        return status;
    for (size_t i = 0; i < HTTP_METHODS; i++) {
        if (bytes_is(method, methods[i])) {
            p->method = (enum http_method)i;
            return set_target(p, line + first + 1, second);
        }
    }
    p->is_head = bytes_is(method, "HEAD"); /* RFC 9110 section 9.3.2 */
    return refuse(p, 405, "method is not GET, POST, PUT or DELETE");
}

/* Fields that decide framing, routing or credentials: never twice; where a tab
 * would be read differently by others, none around the value. */
static const struct {
    const char *name;
    bool no_tab;
} single[] = {
    {"host", true},
    {"content-length", true},
    {"transfer-encoding", true},
    {"connection", true},
    {"content-type", false},
    {"content-encoding", true},
    {"authorization", false},
    {"idempotency-key", false},
    {"expect", true},
};

static unsigned
check_single(struct http_parser *p, struct bytes name, bool tab)
{
    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        if (!bytes_is(name, single[i].name))
            continue;
        if (tab && single[i].no_tab)
            return refuse(p, 400, "tab around a framing field");
        for (size_t k = 0; k < p->field_count; k++) {
            if (bytes_eq(p->field[k].name, name))
                return refuse(p, 400, "field given twice");
        }
    }
    return 0;
}

unsigned
http_head_field(struct http_parser *p, char *line, size_t len)
{
    struct bytes all = bytes_of(line, len);
    size_t colon = bytes_find(all, ':');
    struct bytes name = bytes_upto(all, colon);
    struct bytes raw = bytes_from(all, colon + 1);
    struct bytes value = bytes_trim(raw);
    bool tab = bytes_find(raw, '\t') != raw.len;
    unsigned status;

    if (colon == len || !is_token(name))
        return refuse(p, 400, "malformed header line");
    for (size_t i = 0; i < colon; i++) {
        if (line[i] >= 'A' && line[i] <= 'Z')
            line[i] = (char)(line[i] + ('a' - 'A'));
    }
    status = check_single(p, name, tab);
    if (status != 0)
        return status;
    p->field[p->field_count].name = name;
    p->field[p->field_count].value = value;
    p->field_count++;
    return 0;
}

static const struct http_field *
find(const struct http_parser *p, const char *name)
{
    for (size_t i = 0; i < p->field_count; i++) {
        if (bytes_is(p->field[i].name, name))
            return &p->field[i];
    }
    return NULL;
}

static bool
all_of(struct bytes b, const char *more)
{
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z') || (c && strchr(more, c))))
            return false;
    }
    return b.len > 0;
}

/* host [":" port]: a name, an IPv4 address or a bracketed IPv6 address. */
static bool
is_host(struct bytes b)
{
    size_t end;
    uint64_t port;
    bool ok;

    if (b.len && b.data[0] == '[') {
        end = bytes_find(b, ']');
        ok = end < b.len && all_of(bytes_of(b.data + 1, end - 1), ":.") &&
             bytes_find(bytes_upto(b, end), ':') != end;
        end++;
    } else {
        end = bytes_find(b, ':');
        ok = all_of(bytes_upto(b, end), "-._");
    }
    if (!ok || end >= b.len)
        return ok;
    return b.data[end] == ':' && b.len - end <= 6 &&
           bytes_to_u64(bytes_from(b, end + 1), 65535, &port) && port > 0;
}

static unsigned
check_framing(struct http_parser *p)
{
    const struct http_field *length = find(p, "content-length");
    const struct http_field *coding = find(p, "transfer-encoding");
    bool takes_body = p->method == HTTP_POST || p->method == HTTP_PUT;

    if (length && coding)
        return refuse(p, 400, "two framings");
    if (coding && !bytes_is(coding->value, "chunked"))
        return refuse(p, 400, "transfer coding is not chunked alone");
    p->chunked = coding != NULL;
    if (length) {
        size_t digits = 0;

        while (digits < length->value.len &&
               length->value.data[digits] >= '0' &&
               length->value.data[digits] <= '9')
            digits++;
        if (digits == 0 || digits != length->value.len)
            return refuse(p, 400, "Content-Length is not digits alone");
        if (!bytes_to_u64(length->value, INT64_MAX, &p->length))
            return refuse(p, 413, "body too large");
    }
    if (!takes_body && (p->chunked || p->length > 0))
        return refuse(p, 400, "this method takes no body");
    if (takes_body && !length && !coding)
        return refuse(p, 411, "body without length");
    return 0;
}

static bool
word_is(struct bytes b, const char *lower)
{
    if (b.len != strlen(lower))
        return false;
    for (size_t i = 0; i < b.len; i++) {
        char c = b.data[i];

        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != lower[i])
            return false;
    }
    return true;
}

/* Connection: a list of close and keep-alive, nothing else: other names would
 * ask us to drop fields or to change protocol. */
static unsigned
check_connection(struct http_parser *p)
{
    const struct http_field *f = find(p, "connection");
    struct bytes rest = f ? f->value : (struct bytes){0};

    if (f && rest.len == 0)
        return refuse(p, 400, "empty Connection");
    while (rest.len) {
        struct bytes word = bytes_upto(rest, bytes_find(rest, ','));

        rest = bytes_from(rest, word.len + 1);
        word = bytes_trim(word);
        if (word_is(word, "close"))
            p->keep_alive = false;
        else if (!word_is(word, "keep-alive"))
            return refuse(p, 400, "Connection asks for more than we offer");
    }
    return 0;
}

unsigned
http_head_finish(struct http_parser *p)
{
    const struct http_field *host = find(p, "host");
    const struct http_field *expect = find(p, "expect");
    unsigned status;

    if (!host)
        return refuse(p, 400, "no Host");
    if (!is_host(host->value))
        return refuse(p, 400, "malformed Host");
    if (find(p, "upgrade") || find(p, "http2-settings"))
        return refuse(p, 400, "no other protocol is offered");
    if (find(p, "trailer"))
        return refuse(p, 400, "trailers are not taken");
    status = check_connection(p);
    if (status == 0)
        status = check_framing(p);
    if (status != 0)
        return status;
    if (expect && !word_is(expect->value, "100-continue"))
        return refuse(p, 417, "unknown expectation");
    p->expects = expect && (p->chunked || p->length > 0);
    return 0;
}
