/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one HTTP/1.1 request as a product sent it, byte by byte, and says which
 * rules of RFC 9112 and RFC 9110 it breaks. Strict about what it calls clean,
 * patient about what it reads: after a fault it goes on where the framing still
 * tells where the request ends. Shares nothing with transport/http_*: that
 * reader refuses, this one judges. Pure functions of bytes, any thread. */
#ifndef CONFORMANCE_WIRE_HTTP_SERVE_H
#define CONFORMANCE_WIRE_HTTP_SERVE_H

#include "formats/base/buf.h"

#define HTTP_SERVE_HEAD_MAX   ((size_t)64 << 10) /* beyond: broken */
#define HTTP_SERVE_FIELDS_MAX 128
#define HTTP_SERVE_BODY_MAX   ((size_t)32 << 20)

enum http_fault {
    HTTP_FAULT_LINE_END,     /* a line ends without CR */
    HTTP_FAULT_REQUEST_LINE, /* not "method SP target SP version" */
    HTTP_FAULT_METHOD,       /* no token */
    HTTP_FAULT_TARGET,       /* not in origin form, or a byte no URI has */
    HTTP_FAULT_VERSION,      /* not HTTP/1.1 */
    HTTP_FAULT_HOST,         /* absent, twice or malformed */
    HTTP_FAULT_FIELD_NAME,   /* no token, or white space before the colon */
    HTTP_FAULT_FIELD_VALUE,  /* control characters */
    HTTP_FAULT_FOLD,         /* a field continued on the next line */
    HTTP_FAULT_BOTH,         /* Transfer-Encoding and Content-Length */
    HTTP_FAULT_LENGTH,       /* Content-Length no number, or several */
    HTTP_FAULT_CODING,       /* Transfer-Encoding other than "chunked" */
    HTTP_FAULT_CHUNK,        /* malformed chunk */
    HTTP_FAULT_NO_LENGTH,    /* a method with content, and no length */
    HTTP_FAULT_GARBAGE,      /* bytes between requests */
    HTTP_FAULT_CUT,          /* the connection ended inside the request */
    HTTP_FAULT_TOO_LARGE,    /* head or fields beyond the limits above */
    HTTP_FAULT_COUNT
};

struct http_fault_row {
    const char *name;   /* "line_end" */
    const char *clause; /* "RFC 9112 2.2" */
    const char *what;   /* one line of English */
};
extern const struct http_fault_row http_fault_table[HTTP_FAULT_COUNT];

/* http_fault_find(name): its number, HTTP_FAULT_COUNT when unknown. */
enum http_fault http_fault_find(const char *name);

struct http_serve_field {
    struct bytes name, value; /* value without white space around it */
};

struct http_serve_request { /* slices of the input */
    struct bytes method, target, version;
    struct http_serve_field field[HTTP_SERVE_FIELDS_MAX];
    size_t fields;
    struct bytes head; /* request line to the empty line, inclusive */
    struct bytes body; /* Content-Length: a slice; chunked: of ${decoded} */
    bool chunked;
    bool keep_alive; /* the request does not ask to close */
    bool expects;    /* Expect: 100-continue, and the body is not there yet */
    size_t used;     /* bytes of the input that it takes */
    size_t need;     /* MORE: not before the input is so long */
    uint32_t faults; /* bits 1 << HTTP_FAULT_... */
    size_t fault_at[HTTP_FAULT_COUNT]; /* offset of the first of its kind */
};

enum http_serve_state {
    HTTP_SERVE_MORE,  /* incomplete */
    HTTP_SERVE_DONE,  /* complete; faults may be set */
    HTTP_SERVE_BROKEN /* where it ends cannot be told; faults say why */
};

/* http_serve_read(in, ended, decoded, r): the request that ${in} begins with.
 * ${ended}: nothing will follow (an incomplete one is BROKEN with CUT). A
 * chunked body is put into ${decoded} (reset first). */
enum http_serve_state http_serve_read(struct bytes in, bool ended,
                                      struct buf *decoded,
                                      struct http_serve_request *r);

/* http_serve_field(r, name, nth): value of the nth (0 first) field of this name
 * in any case; data NULL when there is none. */
struct bytes http_serve_field(const struct http_serve_request *r,
                              const char *name, size_t nth);

/* http_serve_inflate(in, max, out): undo Content-Encoding gzip; false when
 * malformed, cut, followed by something or larger than ${max}. */
bool http_serve_inflate(struct bytes in, size_t max, struct buf *out);

#endif
