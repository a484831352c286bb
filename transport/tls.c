/* SPDX-License-Identifier: Apache-2.0 */
/* TLS contexts; see tls.h. OpenSSL's error queue is drained into the text of
 * the first fault. */
#include "transport/tls.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "transport/secret.h"

static enum err_code
fail(struct err *err, const char *where, const char *what)
{
    unsigned long e = ERR_peek_error();
    const char *why = e ? ERR_reason_error_string(e) : NULL;

    ERR_clear_error();
    return err_set(err, ERR_SYNTAX, where, "%s%s%s", what, why ? ": " : "",
                   why ? why : "");
}

void
tls_harden(SSL_CTX *ctx, bool tls12)
{
    (void)SSL_CTX_set_min_proto_version(ctx, tls12 ? TLS1_2_VERSION
                                                   : TLS1_3_VERSION);
    (void)SSL_CTX_set_cipher_list(ctx, TLS12_CIPHERS);
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_NO_COMPRESSION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_max_early_data(ctx, 0);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
}

static enum err_code
check_dates(const X509 *cert, const char *path, struct err *err)
{
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
        return err_set(err, ERR_RANGE, path, "certificate is not valid yet");
    if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
        return err_set(err, ERR_RANGE, path, "certificate has expired");
    return ERR_OK;
}

/* A passphrase prompt would block a daemon: encrypted keys are refused. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

static enum err_code
use_own(SSL_CTX *ctx, const struct tls_files *f, struct err *err)
{
    enum err_code code;

    if (!f->cert && !f->key)
        return ERR_OK;
    if (!f->cert || !f->key)
        return err_set(err, ERR_ARG, f->cert ? f->cert : f->key,
                       "certificate and key come together");
    code = secret_check_file(f->cert, false, err);
    if (code == ERR_OK)
        code = secret_check_file(f->key, true, err);
    if (code != ERR_OK)
        return code;
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
        return fail(err, f->cert, "no usable PEM certificate");
    if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
        return fail(err, f->key,
                    "no PEM private key that belongs to the certificate");
    if (SSL_CTX_check_private_key(ctx) != 1)
        return fail(err, f->key, "not the certificate's key");
    return check_dates(SSL_CTX_get0_certificate(ctx), f->cert, err);
}

static enum err_code
use_trust(SSL_CTX *ctx, const char *ca, struct err *err)
{
    enum err_code code;

    if (!ca) {
        return SSL_CTX_set_default_verify_paths(ctx) == 1
                   ? ERR_OK
                   : fail(err, NULL, "cannot use the system's certificates");
    }
    code = secret_check_file(ca, false, err);
    if (code != ERR_OK)
        return code;
    if (SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1)
        return fail(err, ca, "no usable PEM certificate authority");
    return ERR_OK;
}

static SSL_CTX *
build(const SSL_METHOD *method, const struct tls_files *f, struct err *err)
{
    SSL_CTX *ctx = SSL_CTX_new(method);

    ERR_clear_error();
    if (!ctx) {
        (void)err_set(err, ERR_NOMEM, NULL, "no TLS context");
        return NULL;
    }
    tls_harden(ctx, f->tls12);
    if (use_own(ctx, f, err) != ERR_OK) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

SSL_CTX *
tls_client(const struct tls_files *f, struct err *err)
{
    SSL_CTX *ctx = build(TLS_client_method(), f, err);

    if (ctx && use_trust(ctx, f->ca, err) != ERR_OK) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (ctx)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

static enum err_code
demand_clients(SSL_CTX *ctx, const char *ca, struct err *err)
{
    enum err_code code = use_trust(ctx, ca, err);

    if (code != ERR_OK)
        return code;
    SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(ca));
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
    return ERR_OK;
}

SSL_CTX *
tls_server(const struct tls_files *f, struct err *err)
{
    static const unsigned char session[] = "hutong";
    SSL_CTX *ctx;

    if (!f->cert || !f->key) {
        (void)err_set(err, ERR_ARG, NULL,
                      "a TLS server needs a certificate and a key");
        return NULL;
    }
    ctx = build(TLS_server_method(), f, err);
    if (ctx && f->ca && demand_clients(ctx, f->ca, err) != ERR_OK) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    if (ctx)
        (void)SSL_CTX_set_session_id_context(ctx, session, sizeof(session) - 1);
    return ctx;
}

bool
tls_expect(SSL *ssl, const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (inet_pton(AF_INET, host, address) == 1 ||
        inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}
