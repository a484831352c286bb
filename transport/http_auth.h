/* SPDX-License-Identifier: Apache-2.0 */
/* Who a request comes from, as bits that routes ask for. Decided from the head
 * and the TLS layer alone, before a byte of the body is read. */
#ifndef TRANSPORT_HTTP_AUTH_H
#define TRANSPORT_HTTP_AUTH_H

#include "transport/secret.h"

struct http_auth_options {
    unsigned anonymous_roles; /* of anybody who can connect */
    unsigned cert_roles;      /* of a verified client certificate */
    unsigned token_roles;     /* of the bearer token */
    const char *token_file;   /* NULL: no token is accepted */
};

struct http_auth {
    struct http_auth_options options; /* token_file owned */
    struct secret secret;             /* identity of the file as read; its
                                         value is wiped after hashing */
    unsigned char hash[32];           /* SHA-256 of the token */
};

/* http_auth_init(a, o, err): reads the token. ERR_AUTH and others as
 * secret_load. */
enum err_code http_auth_init(struct http_auth *a,
                             const struct http_auth_options *o,
                             struct err *err) MUST_USE;
void http_auth_fini(struct http_auth *a);

/* http_auth_roles(a, field, cert, bad): the roles of a request with the
 * Authorization ${field} (empty when absent) and, if ${cert}, a verified client
 * certificate. *bad: a token was offered and is wrong. A token file that has
 * changed is read again; if that fails no token is right. */
unsigned http_auth_roles(struct http_auth *a, struct bytes field, bool cert,
                         bool *bad);

#endif
