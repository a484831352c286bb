/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1.x response as bytes, read strictly by RFC 9112: what a product sends
 * is judged here, so nothing is repaired. A pure function of the bytes. */
#ifndef CONFORMANCE_WIRE_REPLY_H
#define CONFORMANCE_WIRE_REPLY_H

#include "formats/base/buf.h"

#define REPLY_HEAD_MAX    ((size_t)64 << 10)
#define REPLY_BODY_MAX    ((size_t)16 << 20)
#define REPLY_HEADERS_MAX 128

struct reply_header {
    struct bytes name, value; /* into the input; value trimmed of OWS */
};

enum reply_state {
    REPLY_MORE, /* not complete; more bytes may come */
    REPLY_DONE,
    REPLY_BAD /* ${why} says what breaks RFC 9112 */
};

struct reply {
    unsigned status; /* 100..599 */
    unsigned minor;  /* HTTP/1.minor */
    struct reply_header header[REPLY_HEADERS_MAX];
    size_t headers;
    size_t used;      /* bytes of the input that are this response's */
    struct buf body;  /* owned: decoded of chunks */
    bool chunked;     /* came in chunks */
    bool until_close; /* its end is the end of the connection */
    bool keeps;       /* the connection stays usable behind it */
    const char *why;  /* static, with REPLY_BAD */
    size_t at;        /* offset of the fault */
};

/* reply_read(in, closed, head, out): one response at the start of ${in};
 * ${closed}: no more bytes will come; ${head}: of a HEAD request. Interim
 * responses (1xx) are responses of their own. ${out}->body is reset and filled
 * when DONE; reply_free when no longer wanted. */
enum reply_state reply_read(struct bytes in, bool closed, bool head,
                            struct reply *out);
void reply_free(struct reply *r);

/* reply_header(r, name): the value of the first header of that name (case of
 * ASCII letters ignored); data NULL when absent. reply_header_count: how many. */
struct bytes reply_header(const struct reply *r, const char *name);
size_t reply_header_count(const struct reply *r, const char *name);

#endif
