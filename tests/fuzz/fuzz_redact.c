/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_evidence */
/* Any bytes through the redaction: a known secret never comes out whole, and
 * what came out once has nothing left to redact of that kind. */
#include "conformance/evidence/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
holds(struct bytes text, struct bytes what)
{
    for (; text.len >= what.len; text = bytes_from(text, 1)) {
        if (bytes_starts(text, what))
            return true;
    }
    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bytes secret = {"s3cr3t", 6};
    const struct redact_known known = {&secret, 1};
    struct bytes in = {(const char *)data, size};
    struct buf out = {0}, none = {0};
    size_t n = redact(&known, in, &out);

    if (!buf_ok(&out) || holds(buf_view(&out), secret))
        __builtin_trap();
    if (n == 0 && !bytes_eq(buf_view(&out), in))
        __builtin_trap(); /* nothing redacted, yet something changed */
    (void)redact(NULL, in, &none);
    buf_free(&out);
    buf_free(&none);
    return 0;
}
