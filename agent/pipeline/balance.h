/* SPDX-License-Identifier: Apache-2.0 */
/* The public balance (DESIGN section 9): every event that came in is accounted
 * for. Each term is counted where it happens; what does not add up is
 * `unaccounted`, and must be 0, also after a crash: the counters are part of the
 * commit that makes the records durable. */
#ifndef AGENT_PIPELINE_BALANCE_H
#define AGENT_PIPELINE_BALANCE_H

#include "agent/spool/spool.h"

struct balance_input {
    /* frames = skipped + rejected + absorbed + normalised + dropped + held */
    uint64_t frames;
    uint64_t skipped;    /* well-formed, not for us */
    uint64_t rejected;   /* unreadable: in the dead letters */
    uint64_t absorbed;   /* joined into a multi-line frame */
    uint64_t normalised; /* became a record */
    uint64_t dropped;    /* lost by policy or a full disk, and counted */
    uint64_t held;       /* taken, not yet decided */
    /* normalised = spooled + deduplicated + filtered + dead_lettered +
     * bridge_dropped */
    uint64_t spooled, deduplicated, filtered, dead_lettered, bridge_dropped;
    /* information, outside the balance */
    uint64_t repaired, with_findings, cut;
};

struct balance_output {
    /* routed = delivered + queued + filtered + dead_lettered + dropped */
    uint64_t routed, delivered, queued, filtered, dead_lettered, dropped;
};

/* What does not add up; negative when a term was counted twice. */
int64_t balance_input_gap(const struct balance_input *b);
int64_t balance_bridge_gap(const struct balance_input *b);
int64_t balance_output_gap(const struct balance_output *b);

/* balance_put(s, name, b): into the next commit of the spool, under
 * "balance/<name>"; balance_get: what was committed last (zeros when nothing).
 * The appender's thread. */
enum err_code balance_put(struct spool *s, const char *name,
                          const struct balance_input *b,
                          struct err *err) MUST_USE;
void balance_get(struct spool *s, const char *name, struct balance_input *b);

/* The routed counter of an output, the same way; false when none was stored. */
enum err_code balance_put_routed(struct spool *s, const char *output,
                                 uint64_t routed, struct err *err) MUST_USE;
bool balance_get_routed(struct spool *s, const char *output, uint64_t *routed);

#endif
