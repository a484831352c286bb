/* SPDX-License-Identifier: Apache-2.0 */
/* Named states: the appender's current values, the values at the last mark
 * (which a commit takes), and which of them are not durable yet. */
#ifndef AGENT_SPOOL_STATE_H
#define AGENT_SPOOL_STATE_H

#include <pthread.h>

#include "agent/spool/format.h"

#define SPOOL_STATES       8192
#define SPOOL_STATES_BYTES ((size_t)8 << 20) /* all values together */
#define SPOOL_STATE_NAME   128

struct spool_state_value {
    uint32_t hash;
    char name[SPOOL_STATE_NAME];
    uint8_t name_len;
    bool set, touched;       /* appender: has a value; changed since the mark */
    bool marked_set;         /* lock */
    struct buf current;      /* appender */
    struct buf marked;       /* lock */
    uint64_t marked_version; /* lock: states.version when it was marked */
};

struct spool_states {
    struct spool_state_value **values; /* array: appender grows it under lock */
    size_t count, cap;
    size_t *touched; /* appender: indices */
    size_t touched_count;
    size_t bytes;     /* appender: of all current values */
    uint64_t version; /* lock: counts marks that changed a state */
};

void spool_states_free(struct spool_states *t);

/* Appender. get: NULL when absent. set: ${lock} is taken when the table grows;
 * ERR_LIMIT, ERR_NOMEM leave the old value. */
const struct spool_state_value *spool_states_get(const struct spool_states *t,
                                                 struct bytes name);
enum err_code spool_states_set(struct spool_states *t, pthread_mutex_t *lock,
                               struct bytes name, struct bytes value,
                               struct err *err) MUST_USE;

/* Lock held, appender: take over what changed; false without memory (the
 * changes stay for the next mark). */
bool spool_states_mark(struct spool_states *t);

struct spool_encoded { /* a group being put together */
    struct buf *out;
    uint64_t sum;     /* of header checksums */
    uint64_t entries; /* their number */
};

/* Lock held: append entries for the values marked after version ${since} (0:
 * every present one) with ${sequence}. */
void spool_states_encode(const struct spool_states *t, uint64_t since,
                         uint32_t seed, uint64_t sequence,
                         struct spool_encoded *to);

#endif
