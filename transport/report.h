/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a send_report: every transport says the same things the same way. */
#ifndef TRANSPORT_REPORT_H
#define TRANSPORT_REPORT_H

#include "transport/transport.h"

/* report_set(r, result, fmt, ...): reset ${r}, then result and reason; the
 * reason is made of visible characters (controls of a peer's text are escaped)
 * and cut at a character. */
void report_set(struct send_report *r, enum send_result result, const char *fmt,
                ...) PRINTF_LIKE(3, 4);

/* report_items(r, items, n): point ${r} at per-item results (borrowed) and
 * derive the whole batch's: AGAIN when any item is, else SENT when any item is,
 * else REFUSED. */
void report_items(struct send_report *r, const enum send_result *items,
                  size_t n);

#endif
