/* SPDX-License-Identifier: Apache-2.0 */
/* Finds where the timestamp of a syslog header ends; does not convert it. */
#ifndef FORMATS_CODEC_SYSLOG_TIME_H
#define FORMATS_CODEC_SYSLOG_TIME_H

#include "formats/base/bytes.h"

/* syslog_time_span(b): bytes of the timestamp that ${b} begins with (zone
 * included), or 0. Knows RFC 3164, RFC 3339 and what products send instead:
 * "Mmm dd yyyy hh:mm:ss", "Mmm dd hh:mm:ss yyyy", "yyyy Mmm dd hh:mm:ss",
 * "yyyy-m-d hh:mm:ss" and "yyyy/m/d", a weekday in front, fractions, zones
 * "Z +08:00 +0800 GMT+08:00 UTC". A space, ": " or the end must follow. */
size_t syslog_time_span(struct bytes b);

#endif
