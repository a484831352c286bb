/* SPDX-License-Identifier: Apache-2.0 */
/* One configured input: a source, the bridge that its frames go through, and the
 * counters of both. Runs in the agent's loop; the only appender of the spool. */
#ifndef AGENT_PIPELINE_INPUT_H
#define AGENT_PIPELINE_INPUT_H

#include "agent/control/log.h"
#include "agent/pipeline/balance.h"
#include "agent/pipeline/bridge.h"
#include "agent/pipeline/repeats.h"
#include "agent/sink/dlq.h"
#include "agent/source/source.h"

struct event_base;

/* What all inputs share; owned by the agent. */
struct input_deps {
    struct event_base *base;
    struct spool *spool;
    struct dlq *dlq;
    const struct standard *standard;
    const struct checker *checker;
    uint64_t *routed;                /* one counter an output */
    const char *const *output_names; /* same order */
    size_t outputs;
    uint64_t last_sequence;      /* appended last, by any input */
    struct repeats *repeats;     /* of all inputs whose senders repeat, made
                                    with the first; parts free it */
    bool dlq_dirty;              /* letters put since the last sync */
    uint64_t lose_at;            /* tests: leave out the record of this number
                               (HUTONG_SEED_LOSS); 0: none */
    void (*finished)(void *ctx); /* a source came to its end */
    void *ctx;
};

struct input;

/* input_open(c, plans, n, d, out, err): ${plans} fit c->mapping; none of them:
 * what comes is in the standard's form. All borrowed. */
enum err_code input_open(const struct config_input *c,
                         const struct plan *const *plans, size_t n,
                         struct input_deps *d, struct input **out,
                         struct err *err) MUST_USE;
enum err_code input_start(struct input *in, struct err *err) MUST_USE;
/* input_committed(in): more is durable now. */
void input_committed(struct input *in);
void input_resume(struct input *in); /* there is room again */
void input_stop(struct input *in);
void input_free(struct input *in); /* NULL allowed */

const struct config_input *input_config(const struct input *in);
const struct balance_input *input_balance(const struct input *in);
const struct source_counters *input_source_counters(const struct input *in);
bool input_finished(const struct input *in);
/* input_trouble(in, count): the last one, or NULL; how many since the start. */
const struct err *input_trouble(const struct input *in, uint64_t *count);

/* input_check(c, out): problems of its options, one line each; false if any. */
bool input_check(const struct config_input *c, struct buf *out);

/* input_product(c, m, out): the source product of an input: what is configured,
 * else what mapping ${m} (NULL: none) says. Strings are borrowed from both. */
void input_product(const struct config_input *c, const struct mapping *m,
                   struct config_product *out);

#endif
