/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the ledger: where an id stands, by hash, and who names a rule. It is
 * built over the arrays of a ledger and answers for exactly those: where a copy
 * of the ledger has put another array in the place of one, that one is looked
 * through from the beginning. */
#ifndef CONFORMANCE_LEDGER_INDEX_H
#define CONFORMANCE_LEDGER_INDEX_H

#include "conformance/ledger/ledger.h"

enum index_kind {
    INDEX_REQUIREMENT,
    INDEX_TEST,
    INDEX_LIST,
    INDEX_BASE,
    INDEX_CASE,
    INDEX_KINDS
};

struct index;

/* index_new(l): over the arrays of ${l}, which must outlive it; NULL when out of
 * memory. Immutable: threads may share it. Caller: index_free. */
struct index *index_new(const struct ledger *l);
void index_free(struct index *x);

/* index_find(l, k, id): position of the first element with this id, SIZE_MAX
 * when there is none; without l->index slowly. */
size_t index_find(const struct ledger *l, enum index_kind k, struct bytes id);

/* index_owner(l, rule): position of the requirement whose entry names ${rule}
 * most closely (ledger_covers), the first of equals; SIZE_MAX: none. */
size_t index_owner(const struct ledger *l, struct bytes rule);

#endif
