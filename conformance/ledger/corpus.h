/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a corpus case: its base with its patches applied as text, so
 * that also what is no JSON any more can be made. */
#ifndef CONFORMANCE_LEDGER_CORPUS_H
#define CONFORMANCE_LEDGER_CORPUS_H

#include "conformance/ledger/ledger.h"

#define CORPUS_TEXT_MAX ((size_t)16 << 20)

/* corpus_text(c, out, err): the document of ${c} into ${out} (reset first).
 * ERR_NOT_FOUND when a pointer or text is not there, ERR_SYNTAX when a pointer
 * is used on what is no JSON, ERR_LIMIT, ERR_NOMEM. */
enum err_code corpus_text(const struct corpus_case *c, struct buf *out,
                          struct err *err) MUST_USE;

/* corpus_apply(text, patch, n, err): the same changes to any text, in order;
 * ${text} is unspecified after an error. Errors as corpus_text. */
enum err_code corpus_apply(struct buf *text, const struct corpus_patch *patch,
                           size_t n, struct err *err) MUST_USE;

#endif
