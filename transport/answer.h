/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver's answer means for a batch, the same over HTTP and ZeroMQ:
 * status of the whole by the one retry table, and per item where it names
 * them. */
#ifndef TRANSPORT_ANSWER_H
#define TRANSPORT_ANSWER_H

#include "transport/results.h"
#include "transport/transport.h"

#define ANSWER_ID_MAX   256 /* bytes of a batch's id */
#define ANSWER_TYPE_MAX 64  /* bytes of its info_type */

enum answer_form { ANSWER_OBJECT, ANSWER_LIST }; /* see results.h */

struct answer {             /* {0} is valid; reused from batch to batch */
    struct results results; /* its array is owned: room for RESULTS_MAX, so that
                               too many results are seen as such */
    enum send_result *item; /* owned */
    size_t item_max;        /* its places */
};

void answer_fini(struct answer *a);

/* answer_expects(a, b, r): make room for ${b}'s items; false with ${r} set when
 * the batch cannot be sent by any transport (its id is not 1..256 visible ASCII
 * without quote and backslash, its type not [A-Za-z0-9_-]{1,64}, too many
 * items) or memory is short. */
bool answer_expects(struct answer *a, const struct batch *b,
                    struct send_report *r);

/* answer_read(a, b, status, form, body, r): ${r}->item points into ${a}. */
void answer_read(struct answer *a, const struct batch *b, unsigned status,
                 enum answer_form form, struct bytes body,
                 struct send_report *r);

#endif
