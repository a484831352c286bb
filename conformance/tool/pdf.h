/* SPDX-License-Identifier: Apache-2.0 */
/* A page on paper: an HTML file printed to PDF by a Chromium of this machine. */
#ifndef CONFORMANCE_TOOL_PDF_H
#define CONFORMANCE_TOOL_PDF_H

#include "formats/base/buf.h"

#define PDF_TIMEOUT_S 120

/* pdf_print(html, out, err): write ${html} as PDF file ${out} (which is written
 * over), with the first of chromium, chromium-browser, google-chrome and
 * google-chrome-stable on PATH; it runs without a network profile of the user.
 * ERR_NOT_FOUND when there is none, ERR_TIMEOUT, ERR_IO when it made no PDF. */
enum err_code pdf_print(struct bytes html, const char *out,
                        struct err *err) MUST_USE;

#endif
