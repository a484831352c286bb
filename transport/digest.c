/* SPDX-License-Identifier: Apache-2.0 */
/* Digests by OpenSSL's EVP interface. */
#include "transport/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const struct {
    const char *name, *openssl;
} algs[DIGEST_ALG_COUNT] = {
    [DIGEST_SM3] = {"sm3", "SM3"},
    [DIGEST_SHA256] = {"sha256", "SHA256"},
};

bool
digest_name(struct bytes name, enum digest_alg *out)
{
    for (int i = 0; i < DIGEST_ALG_COUNT; i++) {
        if (bytes_is(name, algs[i].name)) {
            *out = (enum digest_alg)i;
            return true;
        }
    }
    return false;
}

const char *
digest_text(enum digest_alg alg)
{
    return algs[alg].name;
}

enum err_code
digest_of(enum digest_alg alg, struct bytes in, uint8_t out[DIGEST_BYTES],
          struct err *err)
{
    uint8_t md[EVP_MAX_MD_SIZE];
    size_t len = 0;

    if (EVP_Q_digest(NULL, algs[alg].openssl, NULL, in.len ? in.data : "",
                     in.len, md, &len) != 1 ||
        len != DIGEST_BYTES)
        return err_set(err, ERR_UNSUPPORTED, NULL,
                       "this OpenSSL cannot compute %s", algs[alg].name);
    memcpy(out, md, DIGEST_BYTES);
    return ERR_OK;
}

enum err_code
digest_hex(enum digest_alg alg, struct bytes in, char out[DIGEST_HEX_MAX],
           struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t md[DIGEST_BYTES];
    enum err_code code = digest_of(alg, in, md, err);

    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[md[i] >> 4];
        out[2 * i + 1] = digits[md[i] & 15];
    }
    out[DIGEST_HEX_MAX - 1] = '\0';
    return ERR_OK;
}

bool
digest_same(struct bytes a, struct bytes b)
{
    return a.len == b.len &&
           (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}
