/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of family http: its state, and the pieces of its operations. */
#ifndef CONFORMANCE_STEPS_HTTP_H
#define CONFORMANCE_STEPS_HTTP_H

#include "conformance/steps/session_in.h"
#include "conformance/wire/reply.h"

#define HTTP_CONNS_MAX   64
#define HTTP_REPLIES_MAX 256

struct http_exchange { /* one connection and what is awaited on it */
    struct wire_conn conn;
    struct buf in;     /* received, owned */
    size_t taken;      /* bytes of it that replies have used */
    unsigned awaited;  /* replies */
    unsigned number;   /* of the channel in the transcript */
    bool head;         /* the request was HEAD */
    enum wire_end end; /* not WIRE_OK: how the connection ended */
};

struct http_reply {
    struct reply r; /* its headers point into ${in} */
    struct buf in;  /* owned copy of its bytes */
};

struct http {
    struct http_exchange ex[HTTP_CONNS_MAX];
    size_t exs;
    unsigned opened;
    struct http_reply *reply; /* owned: of the last http.send */
    size_t replies;
    unsigned interim;  /* 1xx seen */
    enum wire_end end; /* of the connection that gave fewer replies ... */
    bool missing;      /* ... than awaited */
    const char *bad;   /* a reply breaks RFC 9112: why */
    size_t bad_at;
    char why[120];
    /* tls.connect set it for the connections to come */
    bool tls_set;
    struct wire_tls tls;
    char last[HTTP_CONNS_MAX]; /* last bytes of concurrent requests */
    bool plain;                /* no TLS although the target has it */
    bool ready; /* ex[0] is a fresh connection for the next request */
};

extern const struct step_family step_family_http;

static inline struct http *
http_of(struct session *s)
{
    return session_state(s, &step_family_http);
}

/* http_until(s, ms): a deadline within the session's. */
struct wire_until http_until(const struct session *s, unsigned ms);

/* http_connect(s, h, ex, u): a connection to the target as the test wants it.
 * WIRE_OK, or how it failed (ex->conn.why). */
enum wire_end http_connect(struct session *s, struct http *h,
                           struct http_exchange *ex,
                           const struct wire_until *u);
void http_drop(struct http *h); /* all connections and replies */

/* http_collect(s, h, u): read what is awaited on all connections. */
void http_collect(struct session *s, struct http *h,
                  const struct wire_until *u);

/* http_request(s, st, out): the bytes of the request that the step describes. */
enum verdict http_request(struct session *s, const struct ledger_step *st,
                          struct buf *out);

/* http_sign(s, st, body, out): append X-Interconn-Signature over the request
 * whose head is in ${out}; `sign`: "good", or what to break: "key", "body",
 * "alg", "malformed". */
enum verdict http_sign(struct session *s, const struct ledger_step *st,
                       struct bytes body, struct buf *out);

/* http_head_length(request): bytes up to and with the empty line; all of it when
 * there is none. http_curl(s, st, request): s->curl and s->curl_body of it. */
size_t http_head_length(struct bytes request);
void http_curl(struct session *s, const struct ledger_step *st,
               struct bytes request);

/* The operations. */
enum verdict http_send(struct session *s, const struct ledger_step *st);
enum verdict http_expect(struct session *s, const struct ledger_step *st);
enum verdict http_tls(struct session *s, const struct ledger_step *st);
enum verdict http_offered(struct session *s, const struct ledger_step *st);
enum verdict http_obeyed(struct session *s, const struct ledger_step *st);
bool http_expect_negative(const struct ledger_step *st);
bool http_tls_negative(const struct ledger_step *st);

extern const char *const http_chunk_words[]; /* of `chunked` */

#endif
