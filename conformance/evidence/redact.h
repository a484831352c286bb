/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets out of a transcript before it is written. What a product or a tester
 * sent is kept as evidence for years and handed to others: tokens, passwords,
 * cookies and keys have no place in it. Works on any bytes (HTTP messages, JSON,
 * also escaped inside other JSON, URLs, PEM), in one pass, without reading them
 * as anything: broken messages are redacted as well as sound ones. */
#ifndef CONFORMANCE_EVIDENCE_REDACT_H
#define CONFORMANCE_EVIDENCE_REDACT_H

#include "formats/base/buf.h"

#define REDACT_MARK "[redacted]" /* what stands in place of a secret */

/* Secrets that the caller knows by their bytes: the run's token, --set values.
 * Shorter ones than REDACT_KNOWN_MIN are not looked for: they occur by chance. */
#define REDACT_KNOWN_MIN 6

struct redact_known {
    const struct bytes *secret; /* borrowed */
    size_t count;
};

/* redact(known, in, out): append ${in} to ${out}, each secret replaced by
 * REDACT_MARK; ${known} may be NULL. Taken for secrets are the values of
 *   header lines named like Authorization, Cookie or X-Api-Key (the scheme of an
 *   Authorization stays, folded lines go),
 *   JSON members and form or query parameters named like password, token,
 *   secret, credential or private_key,
 *   the user part of a URL, Bearer and Basic credentials, JSON web tokens,
 *   PEM private keys, and the known ones wherever they stand.
 * Returns how many were replaced. Failure latches in ${out}. Linear in the
 * length of ${in} (times the known secrets); any thread. */
size_t redact(const struct redact_known *known, struct bytes in,
              struct buf *out);

/* redact_in_place(known, in, out): the same, but each secret is replaced by as
 * many 'x' as it has bytes: lengths that stand elsewhere (Content-Length, frames)
 * stay right. */
size_t redact_in_place(const struct redact_known *known, struct bytes in,
                       struct buf *out);

/* redact_name(name): a header, member or parameter of this name holds a
 * secret. Case, '-', '_' and spaces do not matter. */
bool redact_name(struct bytes name);

#endif
