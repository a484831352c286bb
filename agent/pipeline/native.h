/* SPDX-License-Identifier: Apache-2.0 */
/* A frame that is a record of the standard already (mapping: standard): read
 * strictly and checked, otherwise left as it came. The other half of bridge.h,
 * with the same results. One thread. */
#ifndef AGENT_PIPELINE_NATIVE_H
#define AGENT_PIPELINE_NATIVE_H

#include "agent/pipeline/bridge.h"

struct native;

/* native_new(s, checker, o, err): ${s} and ${checker} are borrowed. Of ${o} tenant
 * and on_finding hold. NULL: out of memory. */
struct native *native_new(const struct standard *s,
                          const struct checker *checker,
                          const struct bridge_options *o, struct err *err);
void native_free(struct native *n); /* NULL allowed */

/* native_frame(n, frame, kind, id, out, event_id, err): ${kind} is that of the
 * envelope around it, empty for a record that says it itself. ${id} becomes its
 * x_event_id when it has none of its own; ${event_id} gets the text of the one
 * that it has then, until the next call. out->mapping is NULL. BRIDGE_REJECT and
 * BRIDGE_REFUSED fill ${err}; after a REFUSED out->record is set too. */
enum bridge_result native_frame(struct native *n, struct bytes frame,
                                struct bytes kind,
                                const uint8_t id[EVENT_ID_BYTES],
                                struct bridge_output *out,
                                struct bytes *event_id, struct err *err);

#endif
