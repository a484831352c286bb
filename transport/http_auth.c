/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens (RFC 6750), compared as hashes in constant time. */
#include "transport/http_auth.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "transport/digest.h"

/* Only the hash is kept in memory. */
static enum err_code
keep_hash(struct http_auth *a, struct err *err)
{
    enum err_code code =
        digest_of(DIGEST_SHA256, a->secret.value, a->hash, err);

    OPENSSL_cleanse(a->secret.text, a->secret.value.len);
    return code;
}

enum err_code
http_auth_init(struct http_auth *a, const struct http_auth_options *o,
               struct err *err)
{
    enum err_code code;

    *a = (struct http_auth){.options = *o};
    if (!o->token_file)
        return ERR_OK;
    a->options.token_file = strdup(o->token_file);
    if (!a->options.token_file)
        return err_set(err, ERR_NOMEM, NULL, "out of memory");
    code = secret_load(&a->secret, o->token_file, err);
    if (code == ERR_OK)
        code = keep_hash(a, err);
    if (code != ERR_OK)
        http_auth_fini(a);
    return code;
}

void
http_auth_fini(struct http_auth *a)
{
    free((char *)(uintptr_t)a->options.token_file);
    secret_fini(&a->secret);
    *a = (struct http_auth){0};
}

static bool
is_bearer(struct bytes field, struct bytes *token)
{
    static const char scheme[] = "bearer ";
    size_t n = sizeof(scheme) - 1;

    if (field.len <= n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if ((field.data[i] | 0x20) != scheme[i])
            return false;
    }
    *token = bytes_trim(bytes_from(field, n));
    return true;
}

static bool
is_token(struct http_auth *a, struct bytes token)
{
    unsigned char hash[DIGEST_BYTES];
    bool changed = false;

    if (!a->options.token_file ||
        secret_refresh(&a->secret, a->options.token_file, &changed, NULL) !=
            ERR_OK ||
        (changed && keep_hash(a, NULL) != ERR_OK))
        return false;
    return digest_of(DIGEST_SHA256, token, hash, NULL) == ERR_OK &&
           CRYPTO_memcmp(hash, a->hash, sizeof(hash)) == 0;
}

unsigned
http_auth_roles(struct http_auth *a, struct bytes field, bool cert, bool *bad)
{
    unsigned roles = a->options.anonymous_roles;
    struct bytes token;

    *bad = false;
    if (cert)
        roles |= a->options.cert_roles;
    if (field.len == 0)
        return roles;
    if (is_bearer(field, &token) && is_token(a, token))
        return roles | a->options.token_roles;
    *bad = true;
    return roles;
}
