/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature says of a run beside digests, out of its report. */
#ifndef CONFORMANCE_TOOL_ABOUT_H
#define CONFORMANCE_TOOL_ABOUT_H

#include "conformance/evidence/sign.h"

/* about_read(dir, store, about, err): the in-toto word for the run's exit status
 * and warnings, catalogue and definition that it ran with; ${store} holds the
 * text and must outlive ${about}. ERR_NOT_FOUND, ERR_SYNTAX. */
enum err_code about_read(const char *dir, struct buf *store,
                         struct sign_about *about, struct err *err) MUST_USE;

#endif
