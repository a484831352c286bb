/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of http_parse.h: lines and body framing, one byte at a time
 * except for body data. */
#include "transport/http_parse.h"

#include "transport/http_head.h"

#define BODY_KEEP    ((size_t)1 << 20) /* memory kept from body to body */
#define CHUNK_DIGITS 6 /* hex digits of a chunk's size: below 16 MiB */

enum state {
    LINE,       /* in a line of the head */
    LINE_LF,    /* its CR was there */
    BODY_START, /* the head was reported */
    BODY,       /* counted bytes */
    SIZE,       /* digits of a chunk's size */
    SIZE_LF,
    CHUNK, /* bytes of a chunk */
    CHUNK_CR,
    CHUNK_LF,
    LAST_CR, /* the empty line behind the last chunk */
    LAST_LF,
    DONE,
    FAILED
};

void
http_parse_init(struct http_parser *p)
{
    p->body = (struct buf){0};
    http_parse_next(p);
}

void
http_parse_fini(struct http_parser *p)
{
    buf_free(&p->body);
}

void
http_parse_next(struct http_parser *p)
{
    buf_reset(&p->body);
    if (p->body.cap > BODY_KEEP)
        buf_free(&p->body);
    p->path = p->query = (struct bytes){0};
    p->field_count = 0;
    p->length = p->left = 0;
    p->chunked = p->expects = false;
    p->keep_alive = true;
    p->max_body = 0;
    p->status = 0;
    p->why = NULL;
    p->state = LINE;
    p->line_start = p->head_len = p->line_count = p->fields_start = 0;
    p->digits = 0;
}

bool
http_parse_started(const struct http_parser *p)
{
    return p->state != LINE || p->head_len != 0;
}

struct bytes
http_parse_field(const struct http_parser *p, const char *name)
{
    for (size_t i = 0; i < p->field_count; i++) {
        if (bytes_is(p->field[i].name, name))
            return p->field[i].value;
    }
    return (struct bytes){0};
}

static enum http_event
fail(struct http_parser *p, unsigned status, const char *why)
{
    p->state = FAILED;
    p->status = status;
    if (why)
        p->why = why;
    return HTTP_ERROR;
}

/* A byte inside a line of the head, checked as it arrives. */
static enum http_event
line_byte(struct http_parser *p, unsigned char b)
{
    bool request = p->line_count == 0;
    bool first = p->head_len == p->line_start;

    if (b == '\r') {
        if (request && first)
            return fail(p, 400, "empty line before the request");
        p->state = LINE_LF;
        return HTTP_MORE;
    }
    if (b == '\n')
        return fail(p, 400, "line feed without carriage return");
    if (!(b >= 0x20 && b <= 0x7e) && !(b == '\t' && !request))
        return fail(p, 400, "control or non-ASCII byte in the head");
    if (first && (b == ' ' || b == '\t'))
        return fail(p, 400, "line starts with white space");
    if (request && p->head_len >= HTTP_PARSE_LINE - 2)
        return fail(p, 414, "request line too long");
    if (!request &&
        p->head_len - p->fields_start + 2 * p->line_count >= HTTP_PARSE_FIELDS)
        return fail(p, 431, "header lines too long");
    p->head[p->head_len++] = (char)b;
    return HTTP_MORE;
}

static enum http_event
line_end(struct http_parser *p)
{
    char *line = p->head + p->line_start;
    size_t len = p->head_len - p->line_start;
    unsigned status;

    if (p->line_count == 0) {
        status = http_head_request(p, line, len);
        p->fields_start = p->head_len;
    } else if (len == 0) {
        status = http_head_finish(p);
        if (status == 0) {
            p->state = BODY_START;
            return HTTP_HEAD;
        }
    } else if (p->line_count > HTTP_PARSE_LINES) {
        status = 431;
        p->why = "too many header lines";
    } else {
        status = http_head_field(p, line, len);
    }
    if (status != 0)
        return fail(p, status, NULL);
    p->line_count++;
    p->line_start = p->head_len;
    p->state = LINE;
    return HTTP_MORE;
}

static enum http_event
done(struct http_parser *p)
{
    p->state = DONE;
    return HTTP_DONE;
}

static enum http_event
body_start(struct http_parser *p)
{
    p->body.max = p->max_body;
    if (p->chunked) {
        p->state = SIZE;
        return HTTP_MORE;
    }
    if (p->length > p->max_body)
        return fail(p, 413, "body too large");
    p->left = p->length;
    p->state = BODY;
    return p->left ? HTTP_MORE : done(p);
}

/* Bytes of a body or chunk, as many as there are. */
static enum http_event
data(struct http_parser *p, struct bytes *in)
{
    size_t n = in->len < p->left ? in->len : (size_t)p->left;

    buf_add(&p->body, in->data, n);
    if (!buf_ok(&p->body))
        return fail(p, 503, "out of memory");
    *in = bytes_from(*in, n);
    p->left -= n;
    if (p->left)
        return HTTP_MORE;
    if (p->state == BODY)
        return done(p);
    p->state = CHUNK_CR;
    return HTTP_MORE;
}

static int
hex_digit(unsigned char b)
{
    if (b >= '0' && b <= '9')
        return b - '0';
    if (b >= 'a' && b <= 'f')
        return b - 'a' + 10;
    return b >= 'A' && b <= 'F' ? b - 'A' + 10 : -1;
}

static enum http_event
size_byte(struct http_parser *p, unsigned char b)
{
    int digit = hex_digit(b);

    if (b == '\r' && p->digits > 0) {
        p->state = SIZE_LF;
        return HTTP_MORE;
    }
    if (digit < 0 || p->digits >= CHUNK_DIGITS)
        return fail(p, 400, "chunk size is not 1 to 6 hex digits alone");
    p->digits++;
    p->left = p->left * 16 + (unsigned)digit;
    return HTTP_MORE;
}

static enum http_event
size_end(struct http_parser *p)
{
    p->digits = 0;
    if (p->left == 0) {
        p->state = LAST_CR;
        return HTTP_MORE;
    }
    if (p->left > p->max_body - p->body.len)
        return fail(p, 413, "body too large");
    p->state = CHUNK;
    return HTTP_MORE;
}

/* The bytes between chunks: one certain byte, then the next state. */
static enum http_event
expect(struct http_parser *p, unsigned char b, char wanted, enum state next)
{
    if (b != (unsigned char)wanted)
        return fail(p, 400,
                    p->state == LAST_CR ? "trailers are not taken"
                                        : "chunk or line ends without CRLF");
    p->state = (int)next;
    return HTTP_MORE;
}

static enum http_event
byte(struct http_parser *p, unsigned char b)
{
    enum http_event event;

    switch ((enum state)p->state) {
    case LINE:
        return line_byte(p, b);
    case LINE_LF:
        return b == '\n' ? line_end(p)
                         : fail(p, 400, "carriage return without line feed");
    case SIZE:
        return size_byte(p, b);
    case SIZE_LF:
        event = expect(p, b, '\n', SIZE_LF);
        return event == HTTP_MORE ? size_end(p) : event;
    case CHUNK_CR:
        return expect(p, b, '\r', CHUNK_LF);
    case CHUNK_LF:
        return expect(p, b, '\n', SIZE);
    case LAST_CR:
        return expect(p, b, '\r', LAST_LF);
    case LAST_LF:
        event = expect(p, b, '\n', DONE);
        return event == HTTP_MORE ? done(p) : event;
    case BODY_START:
    case BODY:
    case CHUNK:
    case DONE:
    case FAILED:
        break;
    }
    return fail(p, 400, "request is over");
}

enum http_event
http_parse_push(struct http_parser *p, struct bytes *in)
{
    enum http_event event = HTTP_MORE;

    if (p->state == FAILED)
        return HTTP_ERROR;
    if (p->state == DONE)
        return HTTP_DONE;
    if (p->state == BODY_START)
        event = body_start(p);
    while (event == HTTP_MORE && in->len > 0) {
        if (p->state == BODY || p->state == CHUNK) {
            event = data(p, in);
        } else {
            event = byte(p, (unsigned char)in->data[0]);
            *in = bytes_from(*in, 1);
        }
    }
    return event;
}
