/* SPDX-License-Identifier: Apache-2.0 */
/* `hutong receive --check`: whether an envelope that arrived is what the
 * definitions say, and which of its items are; with the code of the interface
 * and the place for the answer. */
#ifndef AGENT_TOOL_RECEIVE_JUDGE_H
#define AGENT_TOOL_RECEIVE_JUDGE_H

#include "formats/check/check.h"
#include "transport/receiver.h"

struct receive_judge {
    struct checker *checker; /* owned, as is all that follows */
    struct check_state *state;
    struct findings findings;
    struct buf pointer, why; /* of the last refusal, for the answer */
};

/* receive_judge_init(j, s, err): ${s} is borrowed. ERR_NOMEM and broken
 * definitions fail; receive_judge_fini also then. */
enum err_code receive_judge_init(struct receive_judge *j,
                                 const struct standard *s,
                                 struct err *err) MUST_USE;
void receive_judge_fini(struct receive_judge *j);

/* receive_judge_envelope(j, t, b, v, n): the envelope in ${t}, which came as ${b}
 * and has ${n} items. v->item[i] becomes 400 for an item with an error. 0 when
 * at least one item may be taken, else the status to refuse all with; code,
 * pointer and why in ${v} are of the first error, valid until the next call. */
unsigned receive_judge_envelope(struct receive_judge *j, const struct tape *t,
                                const struct receiver_batch *b,
                                struct receiver_verdict *v, size_t n);

/* receive_judge_refuse(j, v, code, pointer, why): fill ${v}; returns 400. */
unsigned receive_judge_refuse(struct receive_judge *j,
                              struct receiver_verdict *v, unsigned code,
                              const char *pointer, const char *why);

#endif
