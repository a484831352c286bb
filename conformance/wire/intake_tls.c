/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the listening side. Its policy is whatever the test wants, old
 * versions and bad certificates included, so nothing of transport/tls.h is
 * used: that one refuses what must be offered here. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "conformance/wire/intake_in.h"

#define READ_CHUNK 16384

static const struct {
    int alert;
    const char *name;
} alerts[] = {
    /* RFC 8446 section 6 and RFC 5246 section 7.2 */
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {90, "user_canceled"},
    {109, "missing_extension"},
    {112, "unrecognized_name"},
    {116, "certificate_required"},
};

const char *
intake_alert_name(int alert)
{
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++) {
        if (alerts[i].alert == alert)
            return alerts[i].name;
    }
    return "alert";
}

/* OpenSSL tells alerts here; the connection hangs on the session. */
static void
on_info(const SSL *ssl, int where, int ret)
{
    struct intake_conn *c = SSL_get_app_data(ssl);

    if (c == NULL || where != SSL_CB_READ_ALERT)
        return;
    if ((ret & 0xFF) == SSL_AD_CLOSE_NOTIFY)
        c->close_notify = true;
    else
        c->alert = ret & 0xFF;
}

static SSL_CTX *
make_context(const struct intake_tls *t)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    int verify =
        t->client == INTAKE_CLIENT_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;

    if (ctx == NULL)
        return NULL;
    if (t->client == INTAKE_CLIENT_REQUIRE)
        verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    /* Level 0 lets versions below 1.2 be offered; whether the product takes
     * them is the question. */
    if (t->max_version != 0 && t->max_version < TLS1_2_VERSION)
        SSL_CTX_set_security_level(ctx, 0);
    if (SSL_CTX_set_min_proto_version(ctx, t->min_version) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, t->max_version) != 1 ||
        SSL_CTX_use_certificate_chain_file(ctx, t->cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, t->key, SSL_FILETYPE_PEM) != 1 ||
        (t->ca != NULL &&
         SSL_CTX_load_verify_locations(ctx, t->ca, NULL) != 1)) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_verify(ctx, verify, NULL);
    if (t->ca != NULL)
        SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(t->ca));
    (void)SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"t", 1);
    SSL_CTX_set_info_callback(ctx, on_info);
    return ctx;
}

enum err_code
intake_tls(struct intake *in, const struct intake_tls *tls, struct err *err)
{
    SSL_CTX *ctx = make_context(tls);

    if (ctx == NULL) {
        unsigned long e = ERR_get_error();

        ERR_clear_error();
        return err_set(err, ERR_ARG, "listen", "certificate %s: %s", tls->cert,
                       e ? ERR_reason_error_string(e) : "out of memory");
    }
    SSL_CTX_free(in->ctx);
    in->ctx = ctx;
    return ERR_OK;
}

void
intake_tls_free(struct intake *in)
{
    SSL_CTX_free(in->ctx);
    in->ctx = NULL;
}

bool
intake_tls_begin(struct intake_conn *c)
{
    SSL *ssl = SSL_new(c->owner->ctx);

    if (ssl == NULL)
        return false;
    SSL_set_app_data(ssl, c);
    if (SSL_set_fd(ssl, c->fd) != 1) {
        SSL_free(ssl);
        return false;
    }
    SSL_set_accept_state(ssl);
    c->ssl = ssl;
    return true;
}

/* What is no TLS record must be seen before OpenSSL eats it. */
static bool
is_plaintext(struct intake_conn *c)
{
    char first[16];
    ssize_t n = recv(c->fd, first, sizeof first, MSG_PEEK);

    if (n <= 0 || (unsigned char)first[0] == 0x16)
        return false;
    c->plaintext = true;
    buf_add(&c->in, first, (size_t)n);
    return true;
}

static void
note_session(struct intake_conn *c)
{
    X509 *peer = SSL_get1_peer_certificate(c->ssl);
    const char *name = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);

    c->established = true;
    c->resumed = SSL_session_reused(c->ssl) == 1;
    c->tls_version = SSL_version(c->ssl);
    if (name != NULL && strlen(name) < sizeof c->sni)
        memcpy(c->sni, name, strlen(name) + 1);
    if (peer != NULL)
        (void)X509_NAME_oneline(X509_get_subject_name(peer), c->subject,
                                (int)sizeof c->subject);
    X509_free(peer);
}

bool
intake_tls_continue(struct intake_conn *c)
{
    int n, why;

    if (SSL_get_state(c->ssl) == TLS_ST_BEFORE && is_plaintext(c)) {
        intake_end(c, INTAKE_REFUSED);
        return false;
    }
    ERR_clear_error();
    n = SSL_accept(c->ssl);
    if (n == 1) {
        note_session(c);
        return true;
    }
    why = SSL_get_error(c->ssl, n);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        intake_end(c, INTAKE_REFUSED);
    return false;
}

static enum intake_step
outcome(struct intake_conn *c, int n)
{
    switch (SSL_get_error(c->ssl, n)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return INTAKE_STEP_NOTHING;
    case SSL_ERROR_ZERO_RETURN:
        return INTAKE_STEP_EOF;
    case SSL_ERROR_SSL: /* FIN without close_notify, or an alert */
        return c->alert < 0 && ERR_GET_REASON(ERR_peek_error()) ==
                                   SSL_R_UNEXPECTED_EOF_WHILE_READING
                   ? INTAKE_STEP_EOF
                   : INTAKE_STEP_RESET;
    default:
        return INTAKE_STEP_RESET;
    }
}

enum intake_step
intake_tls_read(struct intake_conn *c)
{
    int n;

    if (!buf_reserve(&c->in, READ_CHUNK))
        return INTAKE_STEP_RESET;
    ERR_clear_error();
    n = SSL_read(c->ssl, c->in.data + c->in.len, READ_CHUNK);
    if (n <= 0)
        return outcome(c, n);
    c->in.len += (size_t)n;
    return INTAKE_STEP_DATA;
}

enum intake_step
intake_tls_write(struct intake_conn *c, struct bytes *data)
{
    int n;

    ERR_clear_error();
    n = SSL_write(c->ssl, data->data,
                  data->len > READ_CHUNK ? READ_CHUNK : (int)data->len);
    if (n <= 0) {
        enum intake_step s = outcome(c, n);

        return s == INTAKE_STEP_EOF ? INTAKE_STEP_RESET : s;
    }
    *data = bytes_from(*data, (size_t)n);
    return INTAKE_STEP_DATA;
}

void
intake_tls_goodbye(struct intake_conn *c)
{
    if (c->ssl != NULL && c->established) {
        ERR_clear_error();
        (void)SSL_shutdown(c->ssl);
    }
}

void
intake_tls_drop(struct intake_conn *c)
{
    SSL_free(c->ssl);
    c->ssl = NULL;
}
