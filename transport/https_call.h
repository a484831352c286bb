/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request at a time over a kept libcurl connection, with an absolute
 * deadline and a bell that ends the wait. Part of the transport `https`. */
#ifndef TRANSPORT_HTTPS_CALL_H
#define TRANSPORT_HTTPS_CALL_H

#include <curl/curl.h>

#include "transport/tls.h"
#include "transport/transport.h"
#include "transport/wake.h"

#define HTTPS_CALL_REPLY_MAX ((size_t)1 << 20) /* bytes of an answer we read */

struct https_call {
    CURLM *multi;
    CURL *easy;
    bool tls12;
    bool head_ended;             /* the empty line behind the last head came */
    struct buf reply;            /* body of the last answer */
    char error[CURL_ERROR_SIZE]; /* libcurl's text of the last failure */
};

struct https_outcome {
    CURLcode code;           /* CURLE_OK: a complete answer */
    bool woken;              /* the bell ended the wait */
    bool connected;          /* TCP and TLS were up */
    unsigned status;         /* with CURLE_OK */
    uint32_t retry_after_ms; /* Retry-After, 0 without */
};

/* https_call_init(c, files, connect_ms, err): ${files} NULL is plain http; they
 * are borrowed during the call only. On failure ${c} is released. */
enum err_code https_call_init(struct https_call *c,
                              const struct tls_files *files, long connect_ms,
                              struct err *err) MUST_USE;
void https_call_fini(struct https_call *c);

/* https_call_run(c, headers, body, deadline_ms, bell, out): POST ${body}
 * (borrowed) to the URL set with CURLOPT_URL. */
void https_call_run(struct https_call *c, struct curl_slist *headers,
                    struct bytes body, unsigned deadline_ms,
                    const struct wake *bell, struct https_outcome *out);

/* https_call_failed(c, o, r): the report of an outcome without an answer. */
void https_call_failed(const struct https_call *c,
                       const struct https_outcome *o, struct send_report *r);

#endif
