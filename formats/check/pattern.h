/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of a definition, compiled once. A pattern that is a choice of a
 * few runs of ASCII classes (nearly all are) is matched by hand in one pass;
 * any other goes to PCRE2 with match limits and without JIT. */
#ifndef FORMATS_CHECK_PATTERN_H
#define FORMATS_CHECK_PATTERN_H

#include "formats/base/bytes.h"
#include "formats/base/err.h"

struct pattern; /* immutable; share between threads */

/* What matching writes to; one a thread. */
struct pattern_scratch;

/* pattern_new(text, plain, err): ${text} is the common subset of PCRE2 and
 * ECMA 262, anchored by ^ and $ (else it is searched for). ${plain} false forbids the matching by hand (for tests that compare both). NULL + err
 * (ERR_SYNTAX, ERR_NOMEM). Caller: pattern_free. */
struct pattern *pattern_new(const char *text, bool plain, struct err *err);
void pattern_free(struct pattern *p);

/* pattern_plain(p): matched by hand, needs no scratch. */
bool pattern_plain(const struct pattern *p);

struct pattern_scratch *pattern_scratch_new(void); /* NULL: nomem */
void pattern_scratch_free(struct pattern_scratch *s);

/* pattern_ok(p, s, b): whether valid UTF-8 ${b} matches; false too when the
 * match limit is reached. ${s} may be NULL only for plain patterns. */
bool pattern_ok(const struct pattern *p, struct pattern_scratch *s,
                struct bytes b);

#endif
