/* SPDX-License-Identifier: Apache-2.0 */
/* A strict subset of HTTP/1.1 requests (RFC 9112) as a pure push parser: bytes
 * in, events out, no sockets and no clock. What two parsers could read
 * differently is refused: CRLF only, no folding, one framing, one Host, no
 * upgrade, origin-form targets without dot segments. The verdict does not
 * depend on how the bytes are cut into pieces. */
#ifndef TRANSPORT_HTTP_PARSE_H
#define TRANSPORT_HTTP_PARSE_H

#include "formats/base/buf.h"

#define HTTP_PARSE_LINE   4096 /* bytes of the request line */
#define HTTP_PARSE_FIELDS 8192 /* bytes of all header lines, CRLFs included */
#define HTTP_PARSE_LINES  64   /* header lines */

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_METHODS };

enum http_event {
    HTTP_MORE, /* all input used, nothing complete yet */
    HTTP_HEAD, /* the head is complete; set max_body, then push on */
    HTTP_DONE, /* the request is complete; http_parse_next before more */
    HTTP_ERROR /* status and why are set; only closing is left */
};

struct http_field {
    struct bytes name;  /* lower case */
    struct bytes value; /* without white space around it */
};

struct http_parser {
    /* Of a complete head: */
    enum http_method method;
    bool is_head;       /* HEAD, which is refused: its answer has no body */
    struct bytes path;  /* percent-decoded, starts with '/' */
    struct bytes query; /* raw, valid percent-encoding; empty without */
    struct http_field field[HTTP_PARSE_LINES];
    size_t field_count;
    uint64_t length; /* Content-Length; 0 without */
    bool chunked;    /* Transfer-Encoding: chunked */
    bool keep_alive; /* no Connection: close */
    bool expects;    /* Expect: 100-continue */
    /* Of the body: */
    size_t max_body; /* bytes; set by the caller at HTTP_HEAD, 0 by then */
    struct buf body; /* owned; complete at HTTP_DONE */
    /* Of an error: */
    unsigned status; /* 400, 405, 411, 413, 414, 417, 431, 503, 505 */
    const char *why; /* for people, static */
    /* Private: */
    int state;
    size_t line_start, fields_start, head_len; /* into head */
    size_t line_count; /* lines complete, request line included */
    uint64_t left;     /* bytes of the body or chunk to come */
    unsigned digits;   /* of a chunk's size */
    char head[HTTP_PARSE_LINE + HTTP_PARSE_FIELDS];
};

/* http_parse_init(p): ready for the first request. http_parse_fini frees the
 * body. http_parse_next(p): ready for the next one; all views are gone. */
void http_parse_init(struct http_parser *p);
void http_parse_fini(struct http_parser *p);
void http_parse_next(struct http_parser *p);

/* http_parse_push(p, in): use bytes from the front of ${in} until an event. At
 * HTTP_HEAD and HTTP_DONE nothing behind the head or request has been used.
 * After HTTP_HEAD call it again even without bytes: a request without a body is
 * then done. Views in ${p} point into ${p} and stay until http_parse_next. */
enum http_event http_parse_push(struct http_parser *p, struct bytes *in);

/* http_parse_started(p): some byte of the request has been seen. */
bool http_parse_started(const struct http_parser *p);

/* http_parse_field(p, name): the value, empty when absent; ${name} in lower
 * case. Of repeated names the first; those of framing and credentials cannot
 * repeat. */
struct bytes http_parse_field(const struct http_parser *p, const char *name);

#endif
