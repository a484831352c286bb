/* SPDX-License-Identifier: Apache-2.0 */
/* Who made a run: an in-toto statement over its seal and report in a DSSE
 * envelope, signed with Ed25519 (RFC 8032). The envelope lies in the run folder
 * as attestation.json; the seal's digest covers every event, the events every
 * file. */
#ifndef CONFORMANCE_EVIDENCE_SIGN_H
#define CONFORMANCE_EVIDENCE_SIGN_H

#include "conformance/evidence/evidence.h"

#define SIGN_FILE "attestation.json"

/* sign_run(dir, key, result, err): sign the run in ${dir}, which has to be
 * intact (the caller verifies it first), with the private key in PEM file
 * ${key}. ${result}: "PASSED", "WARNED" or "FAILED". ERR_EXISTS when it is
 * signed already; ERR_UNSUPPORTED when the key is not Ed25519. */
enum err_code sign_run(const char *dir, const char *key, const char *result,
                       struct err *err) MUST_USE;

/* sign_check(dir, key, err): the signature is that of public key PEM ${key},
 * and the statement names the seal and the report that lie there. ERR_AUTH when
 * it is not, ERR_NOT_FOUND when there is no attestation. */
enum err_code sign_check(const char *dir, const char *key,
                         struct err *err) MUST_USE;

#endif
