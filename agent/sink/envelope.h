/* SPDX-License-Identifier: Apache-2.0 */
/* The standard's envelope around a batch (reference table 10.0), built when it is
 * sent: names and order come from the definition (kind "envelope"), so an
 * overlay changes them without a change here. */
#ifndef AGENT_SINK_ENVELOPE_H
#define AGENT_SINK_ENVELOPE_H

#include "agent/sink/window.h"
#include "formats/standard/standard.h"
#include "transport/digest.h"

#define ENVELOPE_MSG_ID_LEN 36

/* Source products by id, as JSON object text. Immutable once outputs run. */
struct product_table {
    const char *const *id;   /* NULL-ended */
    const char *const *json; /* same order */
};

struct envelope {
    const struct standard *standard;
    const struct product_table *products;
    const uint8_t *spool_uuid; /* 16 bytes */
    const char *output;        /* name */
    bool with_digest;
    enum digest_alg digest;
    bool redact; /* leave raw and x_source out of the items */
};

/* envelope_build(e, w, item, n, body, msg_id, err): the batch of the ${n} items
 * numbered in ${item} (all of one group). ${body} is reset first. ${msg_id} gets
 * a UUID (RFC 4122 version 8 layout) made of the spool's UUID, the output and
 * the sequences: a retry has the same id and, with the same window, the same
 * bytes. ERR_NOMEM; ERR_NOT_FOUND for an unknown product (the id is then its
 * own description). */
enum err_code envelope_build(const struct envelope *e, const struct window *w,
                             const uint32_t *item, uint32_t n, struct buf *body,
                             char msg_id[ENVELOPE_MSG_ID_LEN + 1],
                             struct err *err) MUST_USE;

/* envelope_product(s, p, out): the source_product object of an input as JSON,
 * for the table; members and order as ${s} defines them. */
void envelope_product(const struct standard *s, const struct config_product *p,
                      struct buf *out);

#endif
