/* SPDX-License-Identifier: Apache-2.0 */
/* One frame to one checked record: decode, map, read back strictly, check. A
 * straight function with scratch memory of its own; `hutong normalize` and the
 * daemon's inputs run this same code. One thread per bridge. */
#ifndef AGENT_PIPELINE_BRIDGE_H
#define AGENT_PIPELINE_BRIDGE_H

#include "agent/config/config.h"
#include "formats/check/check.h"
#include "formats/codec/codec.h"
#include "formats/mapping/mapping.h"

#define BRIDGE_MAX_PLANS 64
#define EVENT_ID_BYTES   16

enum bridge_result {
    BRIDGE_RECORD, /* a record to deliver */
    BRIDGE_SKIP,   /* well-formed, but no mapping wants it (not an alert) */
    BRIDGE_REJECT, /* cannot be decoded or mapped: dead letter of the frame */
    BRIDGE_REFUSED /* a record that the check keeps from the outputs: dead
                      letter with the record */
};

struct bridge_options {
    enum text_charset charset;
    int16_t offset_min; /* of local times */
    bool keep_raw;
    struct bytes tenant;
    enum finding_policy on_finding;
    bool no_check; /* measurement only: leave the checker out */
};

struct bridge_output {
    struct bytes record; /* borrowed until the next frame */
    struct plan_meta meta;
    const struct mapping *mapping; /* the one that fitted */
    size_t findings;               /* of the record, 0 when clean */
    uint32_t repairs;              /* enum tape_flag repairs of the source */
};

struct bridge;

/* bridge_new(plans, n, checker, o, err): ${plans} in order of trial, borrowed
 * with ${checker} (NULL only with o->no_check). */
struct bridge *bridge_new(const struct plan *const *plans, size_t n,
                          const struct checker *checker,
                          const struct bridge_options *o, struct err *err);
void bridge_free(struct bridge *b);

/* bridge_frame(b, frame, id, now_ns, out, err): ${id} is the event id, ${now_ns}
 * the receive time. BRIDGE_REJECT and BRIDGE_REFUSED fill ${err}. */
enum bridge_result bridge_frame(struct bridge *b, struct bytes frame,
                                const uint8_t id[EVENT_ID_BYTES],
                                int64_t now_ns, struct bridge_output *out,
                                struct err *err);

/* bridge_findings(b): of the last record. */
const struct findings *bridge_findings(const struct bridge *b);

/* bridge_plan_state(b, i): for coverage. */
struct plan_state *bridge_plan_state(struct bridge *b, size_t i);

/* Event ids (DESIGN section 3): from what identifies the frame, never from its
 * content. ${seed}: file identity and generation, or the spool's UUID. */
void event_id_of(const uint8_t *seed, size_t seed_len, uint64_t offset,
                 uint64_t index, uint8_t id[EVENT_ID_BYTES]);

#endif
