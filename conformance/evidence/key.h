/* SPDX-License-Identifier: Apache-2.0 */
/* Signing keys: Ed25519 (RFC 8032) and SM2 with SM3 (GB/T 32918, GB/T 35276:
 * the signer's identity is 1234567812345678), in PEM files, through OpenSSL. A
 * key is known by the SHA-256 of its SubjectPublicKeyInfo. */
#ifndef CONFORMANCE_EVIDENCE_KEY_H
#define CONFORMANCE_EVIDENCE_KEY_H

#include "formats/base/buf.h"

#define KEY_SM2_ID  "1234567812345678"
#define KEY_ID_SIZE 65 /* NUL-terminated hex */

enum key_alg { KEY_ED25519, KEY_SM2, KEY_ALG_COUNT };

struct key {
    void *pkey; /* owned: EVP_PKEY */
    enum key_alg alg;
    char id[KEY_ID_SIZE];
    char holder[128]; /* subject of a certificate; "" for a bare key */
};

/* key_alg_of(name, out): "ed25519" or "sm2"; key_alg_name(alg): back. */
bool key_alg_of(const char *name, enum key_alg *out);
const char *key_alg_name(enum key_alg alg);

/* key_private(k, path, err), key_public(k, path, err): read a PEM file; public
 * keys also out of an X.509 certificate. ERR_SYNTAX when it holds no key,
 * ERR_UNSUPPORTED for another algorithm. key_free also after a failure. */
enum err_code key_private(struct key *k, const char *path,
                          struct err *err) MUST_USE;
enum err_code key_public(struct key *k, const char *path,
                         struct err *err) MUST_USE;
void key_free(struct key *k);

/* key_make(alg, private_path, public_path, err): a new pair; the private key is
 * readable by its owner alone. ERR_EXISTS: no file is written over. */
enum err_code key_make(enum key_alg alg, const char *private_path,
                       const char *public_path, struct err *err) MUST_USE;

/* key_sign(k, in, out, err): append the signature; Ed25519: 64 bytes, SM2: the
 * DER sequence of r and s. */
enum err_code key_sign(const struct key *k, struct bytes in, struct buf *out,
                       struct err *err) MUST_USE;
/* key_holds(k, in, signature): ${signature} is one by ${k} over ${in}. */
bool key_holds(const struct key *k, struct bytes in, struct bytes signature);

#endif
