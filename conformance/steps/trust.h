/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the families whose product connects to the tester: which certificate
 * and TLS version it meets, and whether it trusted what it must not. */
#ifndef CONFORMANCE_STEPS_TRUST_H
#define CONFORMANCE_STEPS_TRUST_H

#include "conformance/steps/session.h"
#include "conformance/wire/intake.h"

/* Closed lists for the parameters: leaves of wire/ca.h with "auto" (sound, when
 * the product was told to use TLS) and "none" (no TLS); TLS versions; what is
 * asked of the client. */
extern const char *const trust_certificates[], *const trust_versions[],
                                                   *const trust_clients[];

struct trust {
    struct intake_tls tls; /* texts live as long as the session */
    bool plain;
};

/* trust_read(s, st, param, secure, t): what the step says that a connection
 * meets: ${param} names the certificate, "version" and "client" the rest.
 * ${secure}: the product was told to use TLS. NOT_APPLICABLE: the step wants TLS
 * of a product without it. */
enum verdict trust_read(struct session *s, const struct ledger_step *st,
                        const char *param, bool secure, struct trust *t);

/* trust_refused(s, in, from, ms, pump, arg): wait until the product has refused
 * this server at least twice, or once and the time is over; connections from
 * number ${from} on count. FAIL: it went on (application data, plaintext on a
 * TLS port); INCONC: it never came. ${pump}(arg) is called while waiting. */
enum verdict trust_refused(struct session *s, struct intake *in, size_t from,
                           unsigned ms, void (*pump)(void *arg), void *arg);

#endif
