/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the report's writer: members of the JSON text. */
#ifndef CONFORMANCE_REPORT_REPORT_IN_H
#define CONFORMANCE_REPORT_REPORT_IN_H

#include "conformance/report/report.h"
#include "formats/json/writer.h"

/* report_put(w, key, value): a text, or null for NULL. */
void report_put(struct json_writer *w, const char *key, const char *value);
void report_put_u64(struct json_writer *w, const char *key, uint64_t value);
/* report_put_text(w, key, t): {zh, en}; ${key} NULL: an element of an array;
 * NULL texts are "". */
void report_put_text(struct json_writer *w, const char *key,
                     struct ledger_text t);
/* report_put_list(w, key, list): a NULL-ended list of texts. */
void report_put_list(struct json_writer *w, const char *key,
                     const char *const *list);

/* report_put_card(r, res, h, w): from `depends_on` to `curl` of a test. */
void report_put_card(const struct run *r, const struct run_result *res,
                     const struct report_head *h, struct json_writer *w);
/* report_put_setting(r, w): member `setting`. */
void report_put_setting(const struct run *r, struct json_writer *w);
/* report_put_features(r, w): member `features`: what the declaration claims and
 * what it does not; null without one. */
void report_put_features(const struct run *r, struct json_writer *w);

#endif
