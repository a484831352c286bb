/* SPDX-License-Identifier: Apache-2.0 */
/* Message digests of the standard's `digest` member: SM3 (GB/T 32905) and
 * SHA-256 (FIPS 180-4), computed by OpenSSL. */
#ifndef TRANSPORT_DIGEST_H
#define TRANSPORT_DIGEST_H

#include "formats/base/buf.h"

enum digest_alg { DIGEST_SM3, DIGEST_SHA256, DIGEST_ALG_COUNT };

#define DIGEST_BYTES   32 /* both */
#define DIGEST_HEX_MAX (2 * DIGEST_BYTES + 1)

/* digest_name(name, out): "sm3" or "sha256", lower case; false otherwise. */
bool digest_name(struct bytes name, enum digest_alg *out);
const char *digest_text(enum digest_alg alg); /* the same back */

/* digest_of(alg, in, out): one-shot. ERR_UNSUPPORTED when the OpenSSL in use
 * lacks the algorithm (SM3 in some FIPS builds), ERR_NOMEM. Any thread. */
enum err_code digest_of(enum digest_alg alg, struct bytes in,
                        uint8_t out[DIGEST_BYTES], struct err *err) MUST_USE;

/* digest_hex(alg, in, out): as digest_of, as NUL-terminated lower-case hex. */
enum err_code digest_hex(enum digest_alg alg, struct bytes in,
                         char out[DIGEST_HEX_MAX], struct err *err) MUST_USE;

/* digest_same(a, b): equal texts, compared in constant time for equal lengths;
 * for secrets and their hashes. */
bool digest_same(struct bytes a, struct bytes b);

#endif
