/* SPDX-License-Identifier: Apache-2.0 */
/* One configured output: a thread that reads the spool behind its own cursor,
 * builds envelopes, sends them and settles what became of each item. Its
 * numbers balance: routed = delivered + queued + filtered + dead-lettered +
 * dropped (DESIGN section 9). */
#ifndef AGENT_SINK_OUTPUT_H
#define AGENT_SINK_OUTPUT_H

#include "agent/sink/dlq.h"
#include "agent/sink/envelope.h"

struct output;

struct output_deps { /* borrowed for the output's life */
    struct spool *spool;
    struct dlq *dlq;
    const struct standard *standard;
    const struct product_table *products;
    /* say(ctx, output, text): a change of state for people; any thread. */
    void (*say)(void *ctx, const char *output, const char *text);
    void *ctx;
};

enum output_health {
    OUTPUT_IDLE,
    OUTPUT_SENDING,
    OUTPUT_RETRYING,
    OUTPUT_DOWN,
    OUTPUT_PAUSED,
    OUTPUT_STOPPED
};

struct output_numbers {
    uint64_t delivered, filtered, dead_lettered, dropped;
    uint64_t queued;  /* records behind the settled position */
    uint64_t settled; /* highest sequence done with all before it */
    uint64_t batches, retries, refused_batches;
    uint64_t bytes;           /* of delivered batches */
    int64_t last_delivery_ns; /* wall clock; 0: never */
    enum output_health health;
    char reason[200]; /* of the last trouble, "" when none */
};

/* The options that every output has in `values` beside the transport's own. */
extern const struct option_row output_options[]; /* digest */

/* output_open(c, d, out, err): check the options, open the transport and the
 * cursor; nothing is sent yet. */
enum err_code output_open(const struct config_output *c,
                          const struct output_deps *d, struct output **out,
                          struct err *err) MUST_USE;
enum err_code output_start(struct output *o, struct err *err) MUST_USE;

/* output_stop(o): no further window; a send in progress is woken. output_join
 * waits for the thread (at most about a second) and stores the position.
 * output_drained(o): everything committed so far is settled. */
void output_stop(struct output *o);
void output_join(struct output *o);
bool output_drained(const struct output *o);
void output_free(struct output *o); /* joined or never started; NULL allowed */

const char *output_name(const struct output *o);
void output_numbers(struct output *o, struct output_numbers *out);
const char *output_health_name(enum output_health h);

/* output_check(c, out): option problems of one configured output, one line each
 * into ${out}; false when there are any. */
bool output_check(const struct config_output *c, struct buf *out);

/* output_try(c, err): open the transport as the agent would and close it again;
 * nothing is connected. What it says is what the agent would say at its start:
 * keys and certificates that are none, an address that needs encryption. */
enum err_code output_try(const struct config_output *c,
                         struct err *err) MUST_USE;

#endif
