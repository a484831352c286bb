/* SPDX-License-Identifier: Apache-2.0 */
/* TLS contexts of one policy: TLS 1.3 (1.2 only on explicit request, and then
 * only AEAD with ECDHE, RFC 9325), peers verified with their name or address,
 * no renegotiation, no compression, no early data. Files are checked when the
 * context is built; a reload builds a new one and swaps it, live connections
 * keep theirs. */
#ifndef TRANSPORT_TLS_H
#define TRANSPORT_TLS_H

#include <openssl/ssl.h>

#include "formats/base/err.h"

#include <stdbool.h>

#define TLS12_CIPHERS                                                          \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"               \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"               \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

struct tls_files {
    const char *ca;   /* PEM; whom we trust: client: NULL is the system's store;
                         server: NULL asks no client certificate */
    const char *cert; /* PEM chain, leaf first; a server needs it */
    const char *key;  /* PEM private key of ${cert} */
    bool tls12;       /* allow TLS 1.2 */
};

/* tls_client(f, err), tls_server(f, err): a new context, SSL_CTX_free it; NULL
 * with ${err}: unreadable or unsafe files, a key that is not the certificate's,
 * a certificate outside its dates. With ${f}->ca a server demands a client
 * certificate. */
SSL_CTX *tls_client(const struct tls_files *f, struct err *err);
SSL_CTX *tls_server(const struct tls_files *f, struct err *err);

/* tls_harden(ctx, tls12): the policy alone, for contexts made by a library. */
void tls_harden(SSL_CTX *ctx, bool tls12);

/* tls_expect(ssl, host): the peer must be ${host}, a DNS name or an address; a
 * name is also sent as SNI. False when out of memory. */
bool tls_expect(SSL *ssl, const char *host);

#endif
