/* SPDX-License-Identifier: Apache-2.0 */
/* The ZeroMQ authentication handler (RFC 27/ZAP): a thread that lets in CURVE
 * clients whose public key is on a list, and nobody else, whatever mechanism
 * they use. Without an answer from it a socket with ZAP enforced refuses. */
#ifndef TRANSPORT_ZAP_H
#define TRANSPORT_ZAP_H

#include "formats/base/buf.h"

#define ZAP_DOMAIN      "hutong"
#define ZAP_KEY_BYTES   32
#define ZAP_MAX_CLIENTS 4096

struct zap;

/* zap_start(context, keys, n, err): bind the handler in the libzmq ${context}
 * and start its thread. ${keys} are ${n} binary public keys, copied. It must
 * run before any socket of the context is bound. ERR_EXISTS when the context
 * has one, ERR_NOMEM, ERR_IO. */
struct zap *zap_start(void *context, const uint8_t (*keys)[ZAP_KEY_BYTES],
                      size_t n, struct err *err);

/* zap_stop(z): end and join the thread; later handshakes are refused. NULL is
 * allowed. Call it before the context is terminated. */
void zap_stop(struct zap *z);

#endif
