/* SPDX-License-Identifier: Apache-2.0 */
/* The ids that came in last over inputs whose senders repeat what was not
 * acknowledged: kept in the spool's commits together with the records they
 * belong to, so that a repeat is known after kill -9 too. Bounded: the last
 * 32,768 ids of all inputs together (about 1.3 MiB of memory, 512 KiB in the
 * first commit of a segment, 4 KiB in others). The appender's thread. */
#ifndef AGENT_PIPELINE_REPEATS_H
#define AGENT_PIPELINE_REPEATS_H

#include "agent/spool/spool.h"

#define REPEATS_MAX ((uint32_t)32768)

struct repeats;

/* repeats_open(s, err): with what the last commit of ${s} knew; NULL without
 * memory. ${s} is borrowed. */
struct repeats *repeats_open(struct spool *s, struct err *err);
void repeats_free(struct repeats *r); /* NULL allowed */

/* repeats_add(r, scope, kind, id): remember ${id}; false when it is known.
 * ${scope} is the input's name; ${kind} tells ids of different things apart. */
bool repeats_add(struct repeats *r, const char *scope, char kind,
                 struct bytes id);
/* repeats_undo(r): forget what was added last, which came to nothing. Once
 * after a repeats_add that said true. */
void repeats_undo(struct repeats *r);

/* repeats_store(r, err): what is new since the last call into the spool's next
 * commit. */
enum err_code repeats_store(struct repeats *r, struct err *err) MUST_USE;

#endif
