/* SPDX-License-Identifier: Apache-2.0 */
/* What one configuration makes: standard, plans, checker, outputs, inputs. Built
 * whole or not at all, so that a reload can build the new set aside and keep the
 * old one when that fails. */
#ifndef AGENT_PIPELINE_PARTS_H
#define AGENT_PIPELINE_PARTS_H

#include "agent/pipeline/input.h"
#include "agent/sink/output.h"

struct parts {
    const struct config *config; /* borrowed */
    struct standard *standard;
    struct checker *checker;
    struct mapping *mapping[CONFIG_MAX_INPUTS * CONFIG_MAX_MAPPINGS];
    struct plan *plan[CONFIG_MAX_INPUTS * CONFIG_MAX_MAPPINGS];
    const char *plan_name[CONFIG_MAX_INPUTS * CONFIG_MAX_MAPPINGS];
    size_t plans;
    struct arena arena; /* product table */
    struct product_table products;
    struct input_deps deps;
    uint64_t routed[CONFIG_MAX_OUTPUTS];
    struct input *input[CONFIG_MAX_INPUTS];
    size_t inputs;
    struct output *output[CONFIG_MAX_OUTPUTS];
    const char *output_name[CONFIG_MAX_OUTPUTS]; /* borrowed of config */
    size_t outputs;
};

struct parts_host { /* borrowed for the life of the parts */
    struct event_base *base;
    struct spool *spool;
    struct dlq *dlq;
    void (*finished)(void *ctx);
    void (*say)(void *ctx, const char *output, const char *text);
    void *ctx;
};

/* parts_data(c, diag): standard, mappings, plans and checker alone, and every
 * option of inputs and outputs checked: what `hutong check` looks at. Errors go
 * to ${diag} with file and line. NULL when there are any. */
struct parts *parts_data(const struct config *c, struct diag *diag);

/* parts_open(p, h, err): open outputs and inputs; nothing runs yet. */
enum err_code parts_open(struct parts *p, const struct parts_host *h,
                         struct err *err) MUST_USE;
/* parts_start(p, err): outputs first, then inputs. */
enum err_code parts_start(struct parts *p, struct err *err) MUST_USE;

/* parts_stop_inputs(p): no further frames; positions and counters marked.
 * parts_stop_outputs(p): wake, join, positions stored. */
void parts_stop_inputs(struct parts *p);
void parts_stop_outputs(struct parts *p);
bool parts_drained(const struct parts *p);  /* outputs have everything */
bool parts_finished(const struct parts *p); /* every input came to its end */
void parts_free(struct parts *p); /* stopped or never started; NULL allowed */

#endif
