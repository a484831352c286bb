/* SPDX-License-Identifier: Apache-2.0 */
/* The tester's ZeroMQ authentication handler (RFC 27/ZAP): a thread per context
 * that answers for CURVE clients only. Inside of zmq_end. */
#ifndef CONFORMANCE_WIRE_ZMQ_ZAP_H
#define CONFORMANCE_WIRE_ZMQ_ZAP_H

#include "conformance/wire/zmq_end.h"

/* zmq_zap_start(context, policy, key, err): before any socket of the context is
 * bound. ${key} (Z85) is whom ZMQ_END_LISTED lets in. NULL + err. */
struct zmq_end_zapper *zmq_zap_start(void *context, enum zmq_end_zap policy,
                                     const char *key, struct err *err);

/* zmq_zap_stop(z): end and join; before the context is terminated. NULL too. */
void zmq_zap_stop(struct zmq_end_zapper *z);

/* zmq_zap_asked(z): requests answered so far; any thread. */
unsigned zmq_zap_asked(const struct zmq_end_zapper *z);

#endif
