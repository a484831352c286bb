/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting inside of an operation. */
#ifndef CONFORMANCE_STEPS_PAUSE_H
#define CONFORMANCE_STEPS_PAUSE_H

#include "conformance/steps/session.h"

/* session_pause(s, ms): wait ${ms}, at most until the session's end. */
void session_pause(struct session *s, unsigned ms);

#endif
