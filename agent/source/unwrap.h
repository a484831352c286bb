/* SPDX-License-Identifier: Apache-2.0 */
/* An envelope that arrived, opened: strict JSON, an array of items, a digest
 * that fits. What its items are worth is for others to say. */
#ifndef AGENT_SOURCE_UNWRAP_H
#define AGENT_SOURCE_UNWRAP_H

#include "formats/json/reader.h"
#include "transport/receiver.h"

struct unwrap {
    struct json_reader reader; /* strict; limits of an envelope */
    struct tape tape;          /* the envelope read last */
    struct buf scratch;        /* unescaped texts */
    uint32_t items;            /* node of the array */
    size_t count;              /* of its elements, at most RESULTS_MAX */
};

void unwrap_init(struct unwrap *u);
void unwrap_fini(struct unwrap *u); /* {0} is allowed */

/* unwrap_read(u, body, v): 0, or the status (400) to refuse the envelope with and
 * code, pointer and why in ${v}. ${body} is borrowed until the next call. */
unsigned unwrap_read(struct unwrap *u, struct bytes body,
                     struct receiver_verdict *v);

/* unwrap_digest(u, v): 0 when the envelope has no digest or the right one, which
 * is over the exact bytes of the array, brackets included; else 422 or 503. */
unsigned unwrap_digest(struct unwrap *u, struct receiver_verdict *v);

/* unwrap_text(u, object, key): the text of a string member of node ${object},
 * unescaped; empty when there is none. Valid until the next call. */
struct bytes unwrap_text(struct unwrap *u, uint32_t object, struct bytes key);

#endif
