/* SPDX-License-Identifier: Apache-2.0 */
/* TLS on a connection of the tester. Unlike the transports it offers whatever a
 * test asks for, so nothing here is a policy. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>

#include "conformance/wire/conn.h"

enum wire_end wire_tls_send(struct wire_conn *c, struct bytes *data,
                            const struct wire_until *u);
enum wire_end wire_tls_recv(struct wire_conn *c, char *to, size_t max,
                            size_t *got, const struct wire_until *u);

static enum wire_end
failed(struct wire_conn *c, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

    (void)snprintf(c->why, sizeof c->why, "%s%s%s", what, reason ? ": " : "",
                   reason ? reason : "");
    ERR_clear_error();
    return WIRE_FAILED;
}

/* A fatal alert of the other end is remembered; SSL_get_error does not tell. */
static void
on_info(const SSL *ssl, int where, int value)
{
    struct wire_conn *c = SSL_get_app_data(ssl);

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && c != NULL &&
        (value >> 8) == SSL3_AL_FATAL)
        c->alert = value & 0xff;
}

/* What an OpenSSL call that gave ${n} means; WIRE_OK: do it again. */
static enum wire_end
outcome(struct wire_conn *c, int n, const struct wire_until *u)
{
    int why = SSL_get_error(c->tls, n);
    struct pollfd p = {.fd = c->fd};

    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        unsigned left = wire_left(u);

        p.events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
        if (left == 0) {
            (void)snprintf(c->why, sizeof c->why, "timeout");
            return WIRE_TIMEOUT;
        }
        (void)poll(&p, 1, (int)(left < 50 ? left : 50));
        return WIRE_OK;
    }
    if (c->alert >= 0) {
        ERR_clear_error();
        (void)snprintf(c->why, sizeof c->why, "TLS alert %d (%s)", c->alert,
                       SSL_alert_desc_string_long(c->alert));
        return WIRE_ALERT;
    }
    if (why == SSL_ERROR_ZERO_RETURN) {
        (void)snprintf(c->why, sizeof c->why, "closed by the other end");
        return WIRE_EOF;
    }
    if (why == SSL_ERROR_SYSCALL || ERR_GET_REASON(ERR_peek_error()) ==
                                        SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        (void)snprintf(c->why, sizeof c->why, "connection cut");
        return WIRE_RESET;
    }
    if (SSL_get_verify_result(c->tls) != X509_V_OK) {
        ERR_clear_error();
        (void)snprintf(
            c->why, sizeof c->why, "certificate: %s",
            X509_verify_cert_error_string(SSL_get_verify_result(c->tls)));
        return WIRE_FAILED;
    }
    return failed(c, "TLS");
}

static bool
set_files(SSL_CTX *ctx, const struct wire_tls *o)
{
    if (o->ca != NULL && SSL_CTX_load_verify_locations(ctx, o->ca, NULL) != 1)
        return false;
    if (o->cert != NULL &&
        (SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1 ||
         SSL_CTX_use_PrivateKey_file(ctx, o->key, SSL_FILETYPE_PEM) != 1))
        return false;
    return true;
}

static SSL_CTX *
context(const struct wire_tls *o)
{
    SSL_CTX *ctx =
        SSL_CTX_new(o->server ? TLS_server_method() : TLS_client_method());
    int min = o->min ? o->min : TLS1_2_VERSION;
    unsigned char protocol[32];
    size_t n = o->alpn ? strlen(o->alpn) : 0;
    bool ok = ctx != NULL;

    if (ok && min < TLS1_2_VERSION)
        SSL_CTX_set_security_level(ctx, 0); /* old versions are wanted */
    ok = ok && SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
         SSL_CTX_set_max_proto_version(ctx, o->max) == 1 && set_files(ctx, o);
    if (ok && o->ciphers != NULL) {
        SSL_CTX_set_security_level(ctx, 0);
        ok = SSL_CTX_set_cipher_list(ctx, o->ciphers) == 1;
    }
    if (ok && n > 0 && n < sizeof protocol) {
        protocol[0] = (unsigned char)n;
        memcpy(protocol + 1, o->alpn, n);
        ok = SSL_CTX_set_alpn_protos(ctx, protocol, (unsigned)n + 1) == 0;
    }
    if (ok && o->ca != NULL && (!o->server || o->ask_cert))
        SSL_CTX_set_verify(
            ctx,
            SSL_VERIFY_PEER | (o->server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
            NULL);
    if (ok)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static bool
is_address(const char *name)
{
    return strchr(name, ':') != NULL ||
           strspn(name, "0123456789.") == strlen(name);
}

static bool
set_name(SSL *tls, const struct wire_tls *o)
{
    if (o->server || o->name == NULL)
        return true;
    if (is_address(o->name))
        return o->ca == NULL ||
               X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), o->name) == 1;
    return SSL_set_tlsext_host_name(tls, o->name) == 1 &&
           (o->ca == NULL || SSL_set1_host(tls, o->name) == 1);
}

enum wire_end
wire_tls(struct wire_conn *c, const struct wire_tls *o,
         const struct wire_until *u)
{
    SSL_CTX *ctx;
    enum wire_end e = WIRE_OK;
    int n;

    ERR_clear_error();
    ctx = context(o);
    c->tls = ctx ? SSL_new(ctx) : NULL;
    SSL_CTX_free(ctx);
    if (c->tls == NULL || SSL_set_fd(c->tls, c->fd) != 1 ||
        !set_name(c->tls, o))
        return failed(c, "TLS cannot be set up");
    (void)SSL_set_app_data(c->tls, c);
    SSL_set_info_callback(c->tls, on_info);
    SSL_set_mode(c->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    do {
        ERR_clear_error();
        n = o->server ? SSL_accept(c->tls) : SSL_connect(c->tls);
        if (n != 1)
            e = outcome(c, n, u);
    } while (n != 1 && e == WIRE_OK);
    return e;
}

enum wire_end
wire_tls_send(struct wire_conn *c, struct bytes *data,
              const struct wire_until *u)
{
    int n;

    ERR_clear_error();
    n = SSL_write(c->tls, data->data,
                  data->len > 16384 ? 16384 : (int)data->len);
    if (n <= 0)
        return outcome(c, n, u);
    *data = bytes_from(*data, (size_t)n);
    c->sent += (uint64_t)n;
    return WIRE_OK;
}

enum wire_end
wire_tls_recv(struct wire_conn *c, char *to, size_t max, size_t *got,
              const struct wire_until *u)
{
    for (;;) {
        int n;
        enum wire_end e;

        ERR_clear_error();
        n = SSL_read(c->tls, to, (int)max);
        if (n > 0) {
            *got = (size_t)n;
            return WIRE_OK;
        }
        e = outcome(c, n, u);
        if (e != WIRE_OK)
            return e;
    }
}
