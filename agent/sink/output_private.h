/* SPDX-License-Identifier: Apache-2.0 */
/* What an output is made of. Private to output.c (its life and numbers) and
 * output_loop.c (its thread). */
#ifndef AGENT_SINK_OUTPUT_PRIVATE_H
#define AGENT_SINK_OUTPUT_PRIVATE_H

#include <pthread.h>

#include "agent/sink/deliver.h"
#include "agent/sink/position.h"

struct output {
    const struct config_output *c;
    struct output_deps d;
    struct delivery delivery;
    struct spool_cursor *cursor;
    struct window *window;
    struct position position; /* stored state; the thread's own */
    bool unsaved;             /* position differs from what is stored */
    uint64_t restored;        /* last of a run that an earlier process began */
    struct spool_record held; /* read, but of the next window */
    bool has_held;
    uint64_t taken; /* highest sequence read into a window */
    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;                 /* under lock */
    struct output_numbers numbers; /* under lock */
};

/* output_loop(o): the thread, a struct output: windows until it is stopped, then
 * the position stored. */
void *output_loop(void *o);

/* output_connect(o): put the thread's callbacks into o->delivery. */
void output_connect(struct output *o);

/* output_publish(o): copy the counters of the position into the numbers that
 * others read. */
void output_publish(struct output *o);

#endif
