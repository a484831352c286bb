/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/evidence/key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <unistd.h>

#include "transport/digest.h"

#define SIGNATURE_MAX 128 /* bytes; SM2 in DER has at most 72 */

static const struct {
    const char *name;    /* ours */
    const char *openssl; /* its own */
    const EVP_MD *(*digest)(void);
} algs[KEY_ALG_COUNT] = {
    [KEY_ED25519] = {"ed25519", "ED25519", NULL},
    [KEY_SM2] = {"sm2", "SM2", EVP_sm3},
};

bool
key_alg_of(const char *name, enum key_alg *out)
{
    for (int i = 0; i < KEY_ALG_COUNT; i++) {
        if (strcmp(name, algs[i].name) == 0) {
            *out = (enum key_alg)i;
            return true;
        }
    }
    return false;
}

const char *
key_alg_name(enum key_alg alg)
{
    return algs[alg].name;
}

/* Algorithm and id of a key that was read. */
static enum err_code
settle(struct key *k, const char *path, struct err *err)
{
    unsigned char *der = NULL;
    enum err_code code;
    int n;

    for (int i = 0; i < KEY_ALG_COUNT; i++) {
        if (!EVP_PKEY_is_a(k->pkey, algs[i].openssl))
            continue;
        k->alg = (enum key_alg)i;
        n = i2d_PUBKEY(k->pkey, &der);
        if (n <= 0)
            return err_set(err, ERR_SYNTAX, path, "has no public part");
        code = digest_hex(DIGEST_SHA256, bytes_of((char *)der, (size_t)n),
                          k->id, err);
        OPENSSL_free(der);
        return code;
    }
    return err_set(err, ERR_UNSUPPORTED, path,
                   "is neither an Ed25519 nor an SM2 key");
}

enum err_code
key_private(struct key *k, const char *path, struct err *err)
{
    FILE *f = fopen(path, "re");

    *k = (struct key){0};
    if (f == NULL)
        return err_errno(err, path, "open");
    k->pkey = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    if (k->pkey == NULL)
        return err_set(err, ERR_SYNTAX, path, "is no private key in PEM form");
    return settle(k, path, err);
}

/* The public key and the subject of a certificate. */
static void
take_certificate(struct key *k, FILE *f)
{
    X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
    BIO *text = BIO_new(BIO_s_mem());
    int n = 0;

    if (x != NULL) {
        k->pkey = X509_get_pubkey(x);
        if (text != NULL &&
            X509_NAME_print_ex(text, X509_get_subject_name(x), 0,
                               XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) > 0)
            n = BIO_read(text, k->holder, sizeof k->holder - 1);
    }
    k->holder[n > 0 ? n : 0] = '\0';
    BIO_free(text);
    X509_free(x);
}

enum err_code
key_public(struct key *k, const char *path, struct err *err)
{
    FILE *f = fopen(path, "re");

    *k = (struct key){0};
    if (f == NULL)
        return err_errno(err, path, "open");
    k->pkey = PEM_read_PUBKEY(f, NULL, NULL, NULL);
    if (k->pkey == NULL) {
        rewind(f);
        take_certificate(k, f);
    }
    (void)fclose(f);
    if (k->pkey == NULL)
        return err_set(err, ERR_SYNTAX, path,
                       "is neither a public key nor a certificate in PEM form");
    return settle(k, path, err);
}

void
key_free(struct key *k)
{
    EVP_PKEY_free(k->pkey);
    *k = (struct key){0};
}

/* ---- making */

static EVP_PKEY *
generate(enum key_alg alg)
{
    EVP_PKEY_CTX *ctx =
        EVP_PKEY_CTX_new_from_name(NULL, algs[alg].openssl, NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_generate(ctx, &pkey) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static enum err_code
store(EVP_PKEY *pkey, bool private, const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  private ? 0600 : 0644);
    FILE *f;
    bool ok;

    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_EXISTS, path,
                       "exists; a key is never written over");
    if (fd < 0)
        return err_errno(err, path, "create");
    f = fdopen(fd, "w");
    if (f == NULL) {
        (void)close(fd);
        return err_errno(err, path, "open");
    }
    ok = private ? PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL) == 1
                 : PEM_write_PUBKEY(f, pkey) == 1;
    ok = fclose(f) == 0 && ok;
    return ok ? ERR_OK : err_set(err, ERR_IO, path, "cannot be written");
}

enum err_code
key_make(enum key_alg alg, const char *private_path, const char *public_path,
         struct err *err)
{
    EVP_PKEY *pkey = generate(alg);
    enum err_code code;

    if (pkey == NULL)
        return err_set(err, ERR_UNSUPPORTED, NULL,
                       "OpenSSL makes no %s keys here", algs[alg].name);
    code = store(pkey, true, private_path, err);
    if (code == ERR_OK) {
        code = store(pkey, false, public_path, err);
        if (code != ERR_OK)
            (void)unlink(private_path);
    }
    EVP_PKEY_free(pkey);
    return code;
}

/* ---- using */

/* A context for ${k}; SM2 hashes the signer's identity with the message. */
static EVP_MD_CTX *
context(const struct key *k, EVP_PKEY_CTX **pctx)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();

    *pctx = EVP_PKEY_CTX_new(k->pkey, NULL);
    if (md == NULL || *pctx == NULL ||
        (k->alg == KEY_SM2 &&
         EVP_PKEY_CTX_set1_id(*pctx, KEY_SM2_ID, sizeof KEY_SM2_ID - 1) != 1)) {
        EVP_MD_CTX_free(md);
        EVP_PKEY_CTX_free(*pctx);
        *pctx = NULL;
        return NULL;
    }
    EVP_MD_CTX_set_pkey_ctx(md, *pctx);
    return md;
}

static const EVP_MD *
digest(const struct key *k)
{
    return algs[k->alg].digest != NULL ? algs[k->alg].digest() : NULL;
}

enum err_code
key_sign(const struct key *k, struct bytes in, struct buf *out, struct err *err)
{
    unsigned char signature[SIGNATURE_MAX];
    size_t n = sizeof signature;
    EVP_PKEY_CTX *pctx;
    EVP_MD_CTX *md = context(k, &pctx);
    bool ok = md != NULL &&
              EVP_DigestSignInit(md, NULL, digest(k), NULL, k->pkey) == 1 &&
              EVP_DigestSign(md, signature, &n, (const unsigned char *)in.data,
                             in.len) == 1;

    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(pctx);
    if (!ok)
        return err_set(err, ERR_UNSUPPORTED, NULL, "OpenSSL cannot sign");
    buf_add(out, (const char *)signature, n);
    return buf_ok(out) ? ERR_OK
                       : err_set(err, ERR_NOMEM, NULL, "out of memory");
}

bool
key_holds(const struct key *k, struct bytes in, struct bytes signature)
{
    EVP_PKEY_CTX *pctx;
    EVP_MD_CTX *md = context(k, &pctx);
    bool ok = md != NULL &&
              EVP_DigestVerifyInit(md, NULL, digest(k), NULL, k->pkey) == 1 &&
              EVP_DigestVerify(md, (const unsigned char *)signature.data,
                               signature.len, (const unsigned char *)in.data,
                               in.len) == 1;

    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(pctx);
    return ok;
}
