/* SPDX-License-Identifier: Apache-2.0 */
/* A stored report as a tree, for the renderers. */
#ifndef CONFORMANCE_REPORT_RENDER_H
#define CONFORMANCE_REPORT_RENDER_H

#include "conformance/report/report.h"

struct render {
    struct tape tape;
    struct json_reader reader;
    struct buf scratch; /* owned: the text last asked for */
    struct buf *out;
    bool zh;
    struct bytes json;  /* the report itself; borrowed */
    struct bytes proof; /* for HTML: what is known about the run folder, as JSON
                           object, or empty */
};

#define RENDER_BYTES_MAX ((size_t)64 << 20) /* of a report */

/* render_open(r, json, err): read a report, which must stay. ERR_SYNTAX when it
 * is none of ours. render_close also after a failure. */
enum err_code render_open(struct render *r, struct bytes json,
                          struct err *err) MUST_USE;
void render_close(struct render *r);

/* render_get(r, at, path): node of "a.b" below object ${at}, or 0. */
uint32_t render_get(const struct render *r, uint32_t at, const char *path);
/* render_text(r, at, path): a string or number as text; "" when absent.
 * Borrowed until the next call. */
struct bytes render_text(struct render *r, uint32_t at, const char *path);
uint64_t render_u64(struct render *r, uint32_t at, const char *path);
/* render_said(r, at, path): member zh or en of a text. */
struct bytes render_said(struct render *r, uint32_t at, const char *path);
/* render_first(r, at, path): first element of an array, or 0; render_next. */
uint32_t render_first(const struct render *r, uint32_t at, const char *path);
uint32_t render_next(const struct render *r, uint32_t element);

/* render_verdict(r, test): its verdict; ERROR when that is no word of ours. */
enum verdict render_verdict(struct render *r, uint32_t test);

/* The forms: each appends to r->out. */
void render_plain(struct render *r);
void render_junit(struct render *r);
void render_tap(struct render *r);
void render_sarif(struct render *r);
void render_csv(struct render *r);
void render_html(struct render *r);

#endif
