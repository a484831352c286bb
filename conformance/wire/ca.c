/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/wire/ca.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/bytes.h"

#define DAY       86400L
#define PATH_SIZE 512

const char *const ca_leaves[] = {
    "server",      "client", "expired", "not_yet", "wrong_name",
    "self_signed", "other",  "weak",    "usage",   NULL};

enum issuer { BY_CA, BY_OTHER, BY_ITSELF };

static const struct leaf {
    const char *name, *san, *use;
    long from, to; /* seconds from now */
    enum issuer by;
    bool weak;
} leaves[] = {
#define HERE "IP:127.0.0.1,IP:::1,DNS:localhost"
#define BOTH "serverAuth,clientAuth"
    {"server", HERE, "serverAuth", -DAY, 2 * DAY, BY_CA, false},
    {"client", HERE, "clientAuth", -DAY, 2 * DAY, BY_CA, false},
    {"expired", HERE, BOTH, -9 * DAY, -DAY, BY_CA, false},
    {"not_yet", HERE, BOTH, DAY, 9 * DAY, BY_CA, false},
    {"wrong_name", "DNS:wrong.example", BOTH, -DAY, 2 * DAY, BY_CA, false},
    {"self_signed", HERE, BOTH, -DAY, 2 * DAY, BY_ITSELF, false},
    {"other", HERE, BOTH, -DAY, 2 * DAY, BY_OTHER, false},
    {"weak", HERE, BOTH, -DAY, 2 * DAY, BY_CA, true},
    {"usage", HERE, "codeSigning", -DAY, 2 * DAY, BY_CA, false},
};

struct pair {
    X509 *cert;
    EVP_PKEY *key;
};

static void
pair_free(struct pair *p)
{
    X509_free(p->cert);
    EVP_PKEY_free(p->key);
    *p = (struct pair){0};
}

static bool
add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *e;
    bool ok;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = e != NULL && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

/* Names and times; not signed yet. */
static bool
begin(struct pair *p, const char *name, long serial, long from, long to,
      bool weak)
{
    X509_NAME *subject;

    p->key = weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
    p->cert = X509_new();
    if (p->key == NULL || p->cert == NULL)
        return false;
    subject = X509_get_subject_name(p->cert);
    return X509_set_version(p->cert, 2) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(p->cert), serial) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(p->cert), from) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(p->cert), to) != NULL &&
           X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
                                      (const unsigned char *)"hutong-conform",
                                      -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1,
                                      0) == 1 &&
           X509_set_pubkey(p->cert, p->key) == 1;
}

static bool
sign(struct pair *p, const struct pair *issuer)
{
    return X509_set_issuer_name(p->cert, X509_get_subject_name(issuer->cert)) ==
               1 &&
           X509_sign(p->cert, issuer->key, EVP_sha256()) > 0;
}

static bool
make_ca(struct pair *p, const char *name, long serial)
{
    return begin(p, name, serial, -30 * DAY, 3 * DAY, false) &&
           add_extension(p->cert, p->cert, NID_basic_constraints,
                         "critical,CA:TRUE") &&
           add_extension(p->cert, p->cert, NID_key_usage,
                         "critical,keyCertSign,cRLSign") &&
           add_extension(p->cert, p->cert, NID_subject_key_identifier,
                         "hash") &&
           sign(p, p);
}

static bool
make_leaf(struct pair *p, const struct leaf *l, long serial,
          const struct pair *issuer)
{
    const struct pair *by = l->by == BY_ITSELF ? p : issuer;

    return begin(p, l->name, serial, l->from, l->to, l->weak) &&
           add_extension(p->cert, by->cert, NID_basic_constraints,
                         "critical,CA:FALSE") &&
           add_extension(p->cert, by->cert, NID_ext_key_usage, l->use) &&
           add_extension(p->cert, by->cert, NID_subject_alt_name, l->san) &&
           sign(p, by);
}

static enum err_code
keep(const char *dir, const char *name, const char *kind, const X509 *cert,
     const EVP_PKEY *key, struct err *err)
{
    char path[PATH_SIZE];
    FILE *f = NULL;
    int fd;
    bool ok;

    (void)snprintf(path, sizeof path, "%s/%s%s.pem", dir, name, kind);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0)
        f = fdopen(fd, "w");
    if (f == NULL) {
        (void)err_errno(err, path, "cannot be written");
        if (fd >= 0)
            (void)close(fd);
        return err ? err->code : ERR_IO;
    }
    ok = cert != NULL
             ? PEM_write_X509(f, cert) == 1
             : PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1;
    ok = fclose(f) == 0 && ok;
    return ok ? ERR_OK : err_set(err, ERR_IO, path, "cannot be written");
}

static enum err_code
make_all(const char *dir, struct pair ca[2], struct err *err)
{
    enum err_code code = ERR_OK;

    if (!make_ca(&ca[0], "throw-away CA", 1) ||
        !make_ca(&ca[1], "another throw-away CA", 2))
        return err_set(err, ERR_NOMEM, NULL, "no throw-away CA can be made");
    code = keep(dir, "ca", "", ca[0].cert, NULL, err);
    if (code == ERR_OK)
        code = keep(dir, "other_ca", "", ca[1].cert, NULL, err);
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        struct pair p = {0};

        if (code == ERR_OK && !make_leaf(&p, &leaves[i], 10 + (long)i,
                                         &ca[leaves[i].by == BY_OTHER]))
            code = err_set(err, ERR_NOMEM, leaves[i].name,
                           "certificate cannot be made");
        if (code == ERR_OK)
            code = keep(dir, leaves[i].name, ".cert", p.cert, NULL, err);
        if (code == ERR_OK)
            code = keep(dir, leaves[i].name, ".key", NULL, p.key, err);
        pair_free(&p);
    }
    return code;
}

enum err_code
ca_make(const char *dir, struct err *err)
{
    struct pair ca[2] = {{0}, {0}};
    enum err_code code = make_all(dir, ca, err);

    pair_free(&ca[0]);
    pair_free(&ca[1]);
    return code;
}

bool
ca_known(const char *name)
{
    if (strcmp(name, "ca") == 0 || strcmp(name, "other_ca") == 0)
        return true;
    for (const char *const *l = ca_leaves; *l != NULL; l++) {
        struct bytes rest = bytes_str(name);

        if (!bytes_starts(rest, bytes_str(*l)))
            continue;
        rest = bytes_from(rest, strlen(*l));
        if (bytes_is(rest, ".cert") || bytes_is(rest, ".key"))
            return true;
    }
    return false;
}
