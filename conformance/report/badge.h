/* SPDX-License-Identifier: Apache-2.0 */
/* A badge of a run: which result file it is, with which catalogue, when. It
 * says where a result can be found and checked, never that something conforms
 * or is certified, whatever the verdicts are; so it has one colour. */
#ifndef CONFORMANCE_REPORT_BADGE_H
#define CONFORMANCE_REPORT_BADGE_H

#include "formats/base/buf.h"

/* badge_svg(json, zh, out, err): SVG of the report ${json}, whose folder the
 * caller has verified. ERR_SYNTAX when it is no report. */
enum err_code badge_svg(struct bytes json, bool zh, struct buf *out,
                        struct err *err) MUST_USE;

#endif
