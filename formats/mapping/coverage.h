/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every source path: counted per path, off the hot path. */
#ifndef FORMATS_MAPPING_COVERAGE_H
#define FORMATS_MAPPING_COVERAGE_H

#include "formats/mapping/mapping.h"

#define COVERAGE_MAX_PATHS                                                     \
    20000 /* attackers invent keys; later ones are
                                    counted under "..." */

struct coverage; /* counters of one state */

struct coverage *coverage_new(void); /* NULL: nomem */
void coverage_free(struct coverage *c);

/* coverage_count(c, p, t, at): every leaf of the event at ${at}. */
void coverage_count(struct coverage *c, const struct plan *p,
                    const struct tape *t, uint32_t at);

/* coverage_each(c, fn, ctx): the paths, sorted by their bytes. */
void coverage_each(const struct coverage *c, coverage_fn fn, void *ctx);

/* coverage_leaves(p, t, at, fn, ctx): the leaves of one event in its order;
 * ${node} is the leaf in the tape. */
typedef void (*coverage_leaf_fn)(void *ctx, struct bytes path,
                                 enum path_fate fate, const char *why,
                                 uint32_t node);
void coverage_leaves(const struct plan *p, const struct tape *t, uint32_t at,
                     coverage_leaf_fn fn, void *ctx);

#endif
