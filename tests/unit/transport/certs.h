/* SPDX-License-Identifier: Apache-2.0 */
/* Throw-away certificates and files for the tests of transport/, made at run
 * time in a folder of their own. */
#ifndef TESTS_TRANSPORT_CERTS_H
#define TESTS_TRANSPORT_CERTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define CERT_DAY 86400L

struct certs {
    char dir[64];
    EVP_PKEY *ca_key;
    X509 *ca;
};

/* certs_path: "<dir>/<name>" in one of eight rotating buffers. */
static inline const char *
certs_path(const struct certs *c, const char *name)
{
    static char ring[16][160];
    static unsigned at;
    char *out = ring[at++ % 16];

    (void)snprintf(out, sizeof(ring[0]), "%s/%s", c->dir, name);
    return out;
}

static inline void
certs_file(const struct certs *c, const char *name, const char *text,
           mode_t mode)
{
    FILE *f = fopen(certs_path(c, name), "we");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(certs_path(c, name), mode), 0);
}

static inline void
certs_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *e;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

/* A certificate for ${key}; issuer NULL: a self-signed authority. Valid from
 * one day before ${until} or now, whichever is earlier, to ${until} seconds
 * from now. */
static inline X509 *
certs_sign(EVP_PKEY *key, const char *name, const char *san, long until,
           X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert),
                    (until < 0 ? until : 0) - CERT_DAY);
    X509_gmtime_adj(X509_getm_notAfter(cert), until);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert,
                         issuer ? X509_get_subject_name(issuer) : subject);
    X509_set_pubkey(cert, key);
    certs_extension(cert, issuer ? issuer : cert, NID_basic_constraints,
                    issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (san)
        certs_extension(cert, issuer, NID_subject_alt_name, san);
    assert_true(X509_sign(cert, issuer_key, EVP_sha256()) > 0);
    return cert;
}

static inline void
certs_write(const struct certs *c, const char *name, X509 *cert, EVP_PKEY *key)
{
    char file[80];
    FILE *f;

    (void)snprintf(file, sizeof(file), "%s.crt", name);
    f = fopen(certs_path(c, file), "we");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, cert), 1);
    (void)fclose(f);
    (void)snprintf(file, sizeof(file), "%s.key", name);
    f = fopen(certs_path(c, file), "we");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL),
                     1);
    (void)fclose(f);
    assert_int_equal(chmod(certs_path(c, file), 0600), 0);
}

/* <name>.crt and <name>.key, signed by the authority of ${c}. */
static inline void
certs_leaf(const struct certs *c, const char *name, const char *san, long until)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = certs_sign(key, name, san, until, c->ca, c->ca_key);

    certs_write(c, name, cert, key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* A new authority, written as <name>.crt and <name>.key; later leaves are
 * signed by it. */
static inline void
certs_authority(struct certs *c, const char *name)
{
    X509_free(c->ca);
    EVP_PKEY_free(c->ca_key);
    c->ca_key = EVP_EC_gen("P-256");
    c->ca = certs_sign(c->ca_key, name, NULL, CERT_DAY, NULL, c->ca_key);
    certs_write(c, name, c->ca, c->ca_key);
}

/* ca, other-ca; server (127.0.0.1, localhost), named (other.example), client,
 * expired (client and server), stranger (of other-ca). */
static inline void
certs_make(struct certs *c)
{
    static const char here[] = "IP:127.0.0.1,DNS:localhost";

    *c = (struct certs){.dir = "/tmp/hutong-test-XXXXXX"};
    assert_non_null(mkdtemp(c->dir));
    certs_authority(c, "other-ca");
    certs_leaf(c, "stranger", here, CERT_DAY);
    certs_authority(c, "ca");
    certs_leaf(c, "server", here, CERT_DAY);
    certs_leaf(c, "named", "DNS:other.example", CERT_DAY);
    certs_leaf(c, "client", "DNS:client.example", CERT_DAY);
    certs_leaf(c, "expired", here, -CERT_DAY);
}

static inline void
certs_remove(struct certs *c)
{
    char command[160];

    X509_free(c->ca);
    EVP_PKEY_free(c->ca_key);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", c->dir);
    assert_int_equal(system(command), 0);
}

#endif
