/* SPDX-License-Identifier: Apache-2.0 */
/* What http_conn decides and says: routes, bodies, response heads. No sockets
 * here. */
#ifndef TRANSPORT_HTTP_REPLY_H
#define TRANSPORT_HTTP_REPLY_H

#include <event2/buffer.h>
#include <openssl/x509.h>

#include "transport/http_conn.h"

struct http_verdict {
    unsigned status; /* 0: go on */
    const char *why;
    const struct http_route *route;
    unsigned roles;
};

/* http_reply_route(s, head, cert, out): the route of a complete head and
 * whether its caller may use it: 404, 405, 401, 403, 413, 415. */
void http_reply_route(struct http_shared *s, const struct http_parser *head,
                      bool cert, struct http_verdict *out);

/* http_reply_unpack(s, route, rq): replaces a gzip body by its content; 0, or
 * the status to refuse with. */
unsigned http_reply_unpack(struct http_shared *s,
                           const struct http_route *route,
                           struct http_request *rq);

/* http_reply_reset(rs): 500 with nothing. http_reply_refusal(rs, ...): a JSON
 * body {"status":N,"reason":"...","code":N,"pointer":"...","detail":"..."};
 * ${code} 0: the one that goes with the status; ${pointer} and ${why} are the
 * insides of JSON strings or NULL. http_reply_error(rs, ...): all of a refusal
 * by the server itself. */
void http_reply_refusal(struct http_response *rs, unsigned status,
                        unsigned code, const char *pointer, const char *why);
void http_reply_reset(struct http_response *rs);
void http_reply_error(struct http_response *rs, unsigned status,
                      const char *why, unsigned retry_after_s);

/* http_reply_write(out, rs, keep): head and body; false when it was not
 * complete. */
bool http_reply_write(struct evbuffer *out, const struct http_response *rs,
                      bool keep);

/* http_reply_subject(cert, out, n): the subject's common name, or its whole
 * name, visible ASCII only, cut to fit; never empty. */
void http_reply_subject(X509 *cert, char *out, size_t n);

#endif
