/* SPDX-License-Identifier: Apache-2.0 */
/* Files of CURVE keys in Z85 (RFC 32/Z85), 40 digits a key. */
#ifndef TRANSPORT_ZKEYS_H
#define TRANSPORT_ZKEYS_H

#include "formats/base/buf.h"
#include "transport/zap.h"

/* zkeys_secret(path, out, err): a secret key; the file's rules are those of
 * secret_load. ERR_SYNTAX when it is no key. */
enum err_code zkeys_secret(const char *path, uint8_t out[ZAP_KEY_BYTES],
                           struct err *err) MUST_USE;

/* zkeys_public(path, keys, max, n, err): public keys, one a line, at least one;
 * empty lines and lines that start with # are skipped. Others may read the
 * file, not write it. ERR_SYNTAX with the line, ERR_LIMIT above ${max}. */
enum err_code zkeys_public(const char *path, uint8_t (*keys)[ZAP_KEY_BYTES],
                           size_t max, size_t *n, struct err *err) MUST_USE;

#endif
