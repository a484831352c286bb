/* SPDX-License-Identifier: Apache-2.0 */
/* report.json: the one result of a run, of which every other form is made. Its
 * schema is conformance/catalogue/schema/report.schema.json. */
#ifndef CONFORMANCE_REPORT_REPORT_H
#define CONFORMANCE_REPORT_REPORT_H

#include "conformance/roles/run.h"

struct report_head { /* what the run itself does not know */
    const char *role;
    const char *started, *ended; /* RFC 3339 */
    const char *operator;        /* or NULL */
    const char *again; /* command line that repeats the run, or NULL */
};

/* report_json(r, head, out): append the report; one member a line where that
 * helps a reader, so that `verify` can name a line. */
void report_json(const struct run *r, const struct report_head *head,
                 struct buf *out);

/* report_sample(w, s): one sample of a violation as JSON object. */
struct json_writer;
void report_sample(struct json_writer *w, const char *rid,
                   const struct observe_sample *s);

enum report_format {
    REPORT_TEXT,
    REPORT_JSON,
    REPORT_JUNIT,
    REPORT_TAP,
    REPORT_SARIF,
    REPORT_CSV,
    REPORT_HTML,
    REPORT_FORMATS
};

/* report_render(json, format, zh, out, err): a stored report in another form.
 * ERR_SYNTAX when it is no report. */
enum err_code report_render(struct bytes json, enum report_format format,
                            bool zh, struct buf *out, struct err *err) MUST_USE;
/* report_page: the same; in HTML also ${proof}, a JSON object of what is known
 * about the run folder: report_sha256, seal, intact, signatures [{as, keyid}]. */
enum err_code report_page(struct bytes json, struct bytes proof,
                          enum report_format format, bool zh, struct buf *out,
                          struct err *err) MUST_USE;
bool report_format_of(const char *name, enum report_format *out);

#endif
