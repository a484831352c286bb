/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: what could not be decoded, mapped, accepted or delivered, kept
 * with the reason and the bytes so that it can be looked at and replayed. A
 * spool of its own that drops its oldest when full. Any thread. */
#ifndef AGENT_SINK_DLQ_H
#define AGENT_SINK_DLQ_H

#include "agent/spool/spool.h"

struct dlq;

/* dlq_open(dir, max_bytes, report, err): as spool_open. */
enum err_code dlq_open(const char *dir, uint64_t max_bytes, struct dlq **out,
                       struct buf *report, struct err *err) MUST_USE;
void dlq_close(struct dlq *d); /* NULL allowed */

/* dlq_put(d, m, item, durable): keep one; ${m}->reason says why. With ${durable}
 * it returns after the sync. False when it could not be kept (disk full): the
 * caller counts it as dropped. */
bool dlq_put(struct dlq *d, const struct spool_meta *m, struct bytes item,
             bool durable);

/* dlq_sync(d): everything put so far is durable when this returns true. */
bool dlq_sync(struct dlq *d);

uint64_t dlq_count(const struct dlq *d); /* letters kept now */

#endif
